"""Every flow there is on volumes, for the sweep of faults: what is there before, what is done, what is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terraform_provider_xivds8k.driver import Family, Pool, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.driver.inventory import SINGLE_READS

from .core import Core, Rejected
from .resource_runs import Config, ImportRun, ReadRun, ResourceRun, WrittenRun, new_core, on, timed, timeouts
from .sweep_parts import Bench, Flow, Run
from .volume_runs import GIB, SHORT_S, DriverRun, Wanted

BOTH: tuple[Family, ...] = ("xiv", "ds8k")
XIV: tuple[Family, ...] = ("xiv",)
DS8K: tuple[Family, ...] = ("ds8k",)
GROWN_GIB = 40
EXISTING_GIB = {"xiv": 16, "ds8k": 1}  # whole units, so that an array that rounds up shows the same
THIN = {"xiv": {}, "ds8k": {"provisioning": "thin"}}


class Ground:
    """Be what a flow starts from: names nobody uses, two pools, and volumes that exist."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.gib = EXISTING_GIB[bench.family]
        self.pools: tuple[Pool, Pool] = bench.notes["pools"]
        self.name = bench.world.new_name()
        self.new_name = f"{self.name}b"

    def config(self, **more: Any) -> Config:
        """Return a configuration in the first pool."""
        return {"name": self.name, "pool": self.pools[0].id, "size_gib": self.gib, **more}

    def wanted(self, *, name: str = "", gib: int = 0, pool: int = 0, more: str | None = None) -> Wanted:
        """Return how the volume shall be in the end, in the first pool unless said otherwise."""
        found = self.pools[pool]
        place = found.name if self.bench.family == "xiv" else found.id
        return Wanted(name or self.name, (gib or self.gib) * GIB, place, more)

    def there(self, qos_class: str = "") -> tuple[Core, Volume]:
        """Have a volume and a core that holds it, impatient where its state decides."""
        volume_id = self._made(qos_class)
        core = new_core(self.bench)
        core.import_object(volume_id)
        assert core.instance is not None
        core.instance.state["timeouts"] = timeouts(SHORT_S)
        return core, self._seen(volume_id)

    def doubtful(self) -> tuple[Core, Volume]:
        """Lose a creation, and return the volume it may have made with the core that holds the doubt."""
        core = new_core(self.bench)
        self.bench.world.fail(CREATE[self.bench.family], "drop_before")
        with self.bench.disturbed("none") as driver:
            on(core, self.bench, driver)
            try:
                core.run(timed(self.config(**THIN[self.bench.family]), SHORT_S))
            except Rejected:
                on(core, self.bench, self.bench.calm)
        assert core.instance is not None
        assert core.instance.state["id"] is None
        return core, self._seen(self._made())

    def _made(self, more: str = "") -> str:
        return self.bench.witness.make(self.name, self.wanted().place, self.gib * GIB, more)

    def _seen(self, volume_id: str) -> Volume:
        found = self.bench.calm.find_volume(volume_id)
        assert found is not None
        return found


CREATE = {"xiv": "vol_create", "ds8k": "POST /volumes"}


def _create(kind: type[ResourceRun] = ResourceRun, **more: Any) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground = Ground(bench)
        config, gib, shown = ground.config(**{"size_gib": 1, **more}), 1, more.get("qos_class")
        if "os400" in more:
            config["size_gib"], gib = None, 65
        if bench.family == "ds8k":
            shown = {"thin": "ese", "thick": "none"}.get(str(more.get("provisioning")))
        return kind(bench, config, ground.wanted(gib=gib, more=shown), names={ground.name})

    return arrange


def _change(first: dict[str, Any], pool: int = 0, **changed: Any) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground = Ground(bench)
        thin = {**THIN[bench.family], **first}
        core, existing = ground.there(**first)
        renamed = "name" in changed
        config = ground.config(**thin, **{k: v for k, v in changed.items() if k != "name" and k not in first})
        config |= {k: v for k, v in changed.items() if k != "name"}
        config["pool"] = ground.pools[pool].id
        if renamed:
            config["name"] = ground.new_name
        wanted = ground.wanted(
            name=str(config["name"]), gib=int(config["size_gib"]), pool=pool, more=config.get("qos_class")
        )
        names = {ground.name, str(config["name"])}
        return ResourceRun(bench, config, wanted, names=names, core=core, existing=existing)

    return arrange


def _retype_and_change(bench: Bench) -> Run:
    more = {"qos_class": "silver"} if bench.family == "xiv" else {}
    first = {"qos_class": "gold"} if bench.family == "xiv" else {}
    return _change(first, pool=1, name=True, size_gib=GROWN_GIB, **more)(bench)


def _destroy(bench: Bench) -> Run:
    ground = Ground(bench)
    core, existing = ground.there()
    return ResourceRun(bench, None, None, names={ground.name}, core=core, existing=existing)


def _read(bench: Bench) -> Run:
    ground = Ground(bench)
    core, existing = ground.there()
    return ReadRun(bench, ground.config(), ground.wanted(), names={ground.name}, core=core, existing=existing)


def _import(how: Callable[[Volume], dict[str, Any]]) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground = Ground(bench)
        _, existing = ground.there()
        return ImportRun(bench, ground.config(), ground.wanted(), existing=existing, how=how(existing))

    return arrange


def _take_over(bench: Bench) -> Run:
    ground = Ground(bench)
    core, made = ground.doubtful()
    assert core.instance is not None
    core.instance.tainted = False
    config = ground.config(**THIN[bench.family])
    return ResourceRun(bench, config, ground.wanted(), names={ground.name}, core=core, existing=made)


def _destroy_doubtful(bench: Bench) -> Run:
    ground = Ground(bench)
    core, made = ground.doubtful()
    return ResourceRun(bench, None, None, names={ground.name}, core=core, existing=made)


RESOURCE_FLOWS = (
    Flow("create", XIV, _create()),
    Flow("create with a class", XIV, _create(qos_class="gold")),
    Flow("create thin", DS8K, _create(provisioning="thin")),
    Flow("create thick", DS8K, _create(provisioning="thick")),
    Flow("create an OS/400 model", DS8K, _create(os400="A04")),
    Flow("rename", BOTH, _change({}, name=True)),
    Flow("grow", BOTH, _change({}, size_gib=GROWN_GIB)),
    Flow("move", BOTH, _change({}, pool=1)),
    Flow("put into another class", XIV, _change({"qos_class": "gold"}, qos_class="silver")),
    Flow("take out of its class", XIV, _change({"qos_class": "gold"}, qos_class="")),
    Flow("change all", BOTH, _retype_and_change),
    Flow("destroy", BOTH, _destroy),
    Flow("read", BOTH, _read),
    Flow("import by id", BOTH, _import(lambda volume: {"text": volume.id})),
    Flow("import by name", BOTH, _import(lambda volume: {"text": f"name:{volume.name}"})),
    Flow("import by wwn", BOTH, _import(lambda volume: {"text": f"wwn:{volume.wwn}"})),
    Flow(
        "import by identity",
        BOTH,
        _import(lambda volume: {"identity": {"system_id": volume.system_id, "id": volume.id}}),
    ),
    Flow("take over what was in doubt", BOTH, _take_over),
    Flow("destroy what was in doubt", BOTH, _destroy_doubtful),
)

WRITTEN_FLOWS = (
    Flow("create, written to meanwhile", XIV, _create(WrittenRun)),
    Flow("create thin, written to meanwhile", DS8K, _create(WrittenRun, provisioning="thin")),
)

Method = Callable[[XIVDS8KDriver, Ground, Volume, float], Any]  # the last one is the deadline


def _driver_change(method: Method, first: dict[str, Any] | None = None, **wanted: Any) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground = Ground(bench)
        _, existing = ground.there(**(first or {}))
        name = ground.new_name if wanted.get("name") else ground.name
        shall = ground.wanted(**{**wanted, "name": name})
        names = {ground.name, name}
        return DriverRun(
            bench, lambda driver, deadline: method(driver, ground, existing, deadline), shall, names, existing
        )

    return arrange


def _driver_create(bench: Bench) -> Run:
    ground = Ground(bench)
    more: dict[str, Any] = {"qos_class": "gold"} if bench.family == "xiv" else {}

    def create(driver: XIVDS8KDriver, deadline: float) -> Volume:
        pool = ground.pools[0].id
        return driver.create_volume(name=ground.name, pool=pool, size_bytes=GIB, deadline=deadline, **more)

    return DriverRun(bench, create, ground.wanted(gib=1), {ground.name})


def _driver_delete(bench: Bench) -> Run:
    ground = Ground(bench)
    _, existing = ground.there()
    return DriverRun(
        bench,
        lambda driver, deadline: driver.delete_volume(
            volume_id=existing.id, expected_name=existing.name, deadline=deadline
        ),
        None,
        {ground.name},
        existing,
    )


def _driver_find(method: Method) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground = Ground(bench)
        _, existing = ground.there()

        def complete(found: Any) -> None:
            assert existing.name in {volume.name for volume in found}, f"not found, and there: {found}"

        return DriverRun(
            bench,
            lambda driver, deadline: method(driver, ground, existing, deadline),
            ground.wanted(),
            {ground.name},
            existing,
            answer=complete,
        )

    return arrange


def _read_several(driver: XIVDS8KDriver, _: Ground, one: Volume, deadline: float) -> list[Any]:
    """Read a volume as often as it takes until the inventory serves it; None stands for one called gone."""
    driver.forget_recent()
    found = [
        driver.find_recent_volume(one.id, system_id=one.system_id, deadline=deadline) for _ in range(SINGLE_READS + 2)
    ]
    assert None not in found, "called gone, and there"
    return found


DRIVER_FLOWS = (
    Flow("create_volume", BOTH, _driver_create),
    Flow(
        "rename_volume",
        BOTH,
        _driver_change(
            lambda driver, ground, one, deadline: driver.rename_volume(
                volume_id=one.id, new_name=ground.new_name, deadline=deadline
            ),
            name=True,
        ),
    ),
    Flow(
        "extend_volume",
        BOTH,
        _driver_change(
            lambda driver, _, one, deadline: driver.extend_volume(
                volume_id=one.id, size_bytes=GROWN_GIB * GIB, expected_name=one.name, deadline=deadline
            ),
            gib=GROWN_GIB,
        ),
    ),
    Flow(
        "migrate_volume",
        BOTH,
        _driver_change(
            lambda driver, ground, one, deadline: driver.migrate_volume(
                volume_id=one.id, pool=ground.pools[1].id, deadline=deadline
            ),
            pool=1,
        ),
    ),
    Flow(
        "retype",
        XIV,
        _driver_change(
            lambda driver, _, one, deadline: driver.retype(volume_id=one.id, qos_class="silver", deadline=deadline),
            {"qos_class": "gold"},
            more="silver",
        ),
    ),
    Flow("delete_volume", BOTH, _driver_delete),
    Flow(
        "find_volumes_by_name",
        BOTH,
        _driver_find(lambda driver, ground, _one, _deadline: driver.find_volumes_by_name(ground.name)),
    ),
    Flow("find_recent_volume", BOTH, _driver_find(_read_several)),
    Flow("list_volumes", BOTH, _driver_find(lambda driver, _ground, _one, _deadline: driver.list_volumes())),
)

"""Every flow there is on snapshots, for the sweep of faults: what is there before, what is done, what is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terraform_provider_xivds8k.driver import Family, Snapshot, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.driver.inventory import SINGLE_READS

from .core import Core, Rejected
from .resource_runs import Config, timeouts
from .snapshot_hands import GIB, WITHDRAW, keeper
from .snapshot_runs import SnapshotDriverRun, SnapshotResourceRun
from .sweep_benches import write_label
from .sweep_parts import Bench, Flow, Run
from .volume_runs import SHORT_S

BOTH: tuple[Family, ...] = ("xiv", "ds8k")
XIV: tuple[Family, ...] = ("xiv",)
DS8K: tuple[Family, ...] = ("ds8k",)


class Ground:
    """Be what a flow starts from: a volume somebody wrote to, and names nobody uses."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.name = bench.world.new_name()
        self.new_name = f"{self.name}b"
        made = bench.witness.make(bench.world.new_name(), self._place, GIB)
        self.volume = self._seen(made)
        write_label(bench, self.volume.id, self.volume.name)

    @property
    def base(self) -> tuple[Bench, Volume, str]:
        """Return the array, the volume and the snapshot's name."""
        return self.bench, self.volume, self.name

    @property
    def _place(self) -> str:
        pool = self.bench.notes["pools"][0]
        return str(pool.name if self.bench.family == "xiv" else pool.id)

    def _seen(self, volume_id: str) -> Volume:
        found = self.bench.calm.find_volume(volume_id)
        assert found is not None
        return found

    def config(self, **more: Any) -> Config:
        """Return a configuration of a snapshot of the volume."""
        return {"volume_id": self.volume.id, "name": self.name, **more}

    def there(self, **more: Any) -> tuple[Core, Snapshot]:
        """Have a snapshot and a core that holds it, impatient where its state decides."""
        taken = self.bench.calm.create_snapshot(**self.config(**more), deadline=60)
        core = keeper(self.bench.world)
        core.import_object(taken.id)
        assert core.instance is not None
        core.instance.state["timeouts"] = timeouts(SHORT_S)
        return core, taken


def _take(**more: Any) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground = Ground(bench)
        return SnapshotResourceRun(bench, ground.volume, ground.config(**more), names={ground.name})

    return arrange


def _change(first: dict[str, Any], **changed: Any) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground = Ground(bench)
        core, existing = ground.there(**first)
        config = ground.config(**{**first, **changed})
        if "name" in changed:
            config["name"] = ground.new_name
        names = {ground.name, ground.new_name}
        return SnapshotResourceRun(bench, ground.volume, config, names=names, core=core, existing=existing)

    return arrange


def _destroy(bench: Bench) -> Run:
    ground = Ground(bench)
    core, existing = ground.there()
    return SnapshotResourceRun(bench, ground.volume, None, names={ground.name}, core=core, existing=existing)


def _destroy_what_is_left(bench: Bench) -> Run:
    """The relation was withdrawn, and then the target's deletion did not reach the array."""
    ground = Ground(bench)
    core, existing = ground.there()
    bench.world.fail("DELETE /volumes/{id}", "drop_before")
    try:
        core.run(None)
    except Rejected:
        assert bench.world.calls()[WITHDRAW] > 0
    assert core.instance is not None
    assert core.instance.state["lost"] is None
    return SnapshotResourceRun(bench, ground.volume, None, names={ground.name}, core=core, existing=existing)


def _refresh(core: Core, _: Config | None) -> None:
    core.refresh()
    assert core.instance is not None, "called gone and there"
    assert core.instance.state["lost"] is False, "called lost and there"


def _read(bench: Bench) -> Run:
    ground = Ground(bench)
    core, existing = ground.there()
    return SnapshotResourceRun(
        bench, ground.volume, ground.config(), names={ground.name}, core=core, existing=existing, do=_refresh
    )


def _import(form: str) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground = Ground(bench)
        _, existing = ground.there()

        def take_over(core: Core, _: Config | None) -> None:
            if core.instance is None:
                core.import_object(existing.id if form == "id" else f"{form}:{getattr(existing, form)}")

        return SnapshotResourceRun(
            bench, ground.volume, ground.config(), names={ground.name}, existing=existing, do=take_over
        )

    return arrange


RESOURCE_FLOWS = (
    Flow("take", BOTH, _take()),
    Flow("take and copy", DS8K, _take(copy="full")),
    Flow("rename a snapshot", BOTH, _change({}, name=True)),
    Flow("destroy a snapshot", BOTH, _destroy),
    Flow("destroy what is left of one", DS8K, _destroy_what_is_left),
    Flow("read a snapshot", BOTH, _read),
)
SELDOM_FLOWS = (  # for the long tests: their calls stand in other flows too
    Flow("take with a priority", XIV, _take(delete_priority=3)),
    Flow("change its priority", XIV, _change({"delete_priority": 2}, delete_priority=4)),
    Flow("import a snapshot by id", BOTH, _import("id")),
    Flow("import a snapshot by name", BOTH, _import("name")),
)

Method = Callable[[XIVDS8KDriver, Ground, float], Any]


def _driver_take(**more: Any) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground = Ground(bench)

        def take(driver: XIVDS8KDriver, deadline: float, _: int | None) -> Snapshot:
            return driver.create_snapshot(**ground.config(**more), deadline=deadline)

        return SnapshotDriverRun(ground.base, take)

    return arrange


def _driver_delete(bench: Bench) -> Run:
    ground = Ground(bench)
    _, existing = ground.there()

    def delete(driver: XIVDS8KDriver, deadline: float, left_bytes: int | None) -> None:
        left = driver.delete_snapshot(
            snapshot_id=existing.id,
            volume_id=existing.volume_id,
            expected_name=existing.name,
            left_bytes=left_bytes,
            deadline=deadline,
        )
        assert left is None, f"not touched: {left}"

    return SnapshotDriverRun(ground.base, delete, existing, deletes=True)


def _driver_find(method: Callable[[XIVDS8KDriver, Snapshot], Any]) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground = Ground(bench)
        _, existing = ground.there()

        def find(driver: XIVDS8KDriver, _deadline: float, _left: int | None) -> None:
            found = [one for one in method(driver, existing) if one is None or one.name == existing.name]
            assert found, "not found, and there"
            assert all(one is not None and one.lost is None for one in found), f"called gone or lost: {found}"

        return SnapshotDriverRun(ground.base, find, existing)

    return arrange


def _read_several(driver: XIVDS8KDriver, one: Snapshot) -> list[Snapshot | None]:
    """Read a snapshot as often as it takes until the inventory serves it."""
    driver.forget_recent()
    return [
        driver.find_recent_snapshot(one.id, volume_id=one.volume_id, system_id=one.system_id, deadline=SHORT_S)
        for _ in range(SINGLE_READS + 2)
    ]


DRIVER_FLOWS = (
    Flow("create_snapshot", BOTH, _driver_take()),
    Flow("create_snapshot, copied", DS8K, _driver_take(copy="full")),
    Flow("delete_snapshot", BOTH, _driver_delete),
    Flow("find_recent_snapshot", BOTH, _driver_find(_read_several)),
)

"""Taking volumes somebody else made, and giving them up again, for the sweep of faults: no name is left halfway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terraform_provider_xivds8k.driver import Family, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.resources import ManagedVolumeResource

from .core import Core
from .resource_runs import timed, timeouts
from .sweep_benches import LABEL, labels, write_label
from .sweep_parts import Bench, Flow, Run, Seen, Told
from .volume_flows import Ground
from .volume_runs import LONG_S, SHORT_S

BOTH: tuple[Family, ...] = ("xiv", "ds8k")
Config = dict[str, Any]


class ManagingRun(Run):
    """Have a managed volume's configuration made so, or with None give up what there is."""

    def __init__(self, bench: Bench, core: Core, config: Config | None, volume: Volume, *, end: str) -> None:
        self.bench = bench
        self.core = core
        self.config = config
        self.volume = volume
        self.end = end
        self.names = {volume.name, end}
        self.before = {seen.id for seen in bench.witness.objects()}
        write_label(bench, volume.id, volume.name)

    def act(self, driver: XIVDS8KDriver) -> None:
        on(self.core, self.bench, driver)
        self.do(timed(self.config, SHORT_S))

    def do(self, config: Config | None) -> None:
        """Run Terraform once."""
        if config is not None or self.core.instance is not None:
            self.core.run(config)

    def judge(self, told: Told) -> None:
        on(self.core, self.bench, self.bench.calm)
        seen = self._seen()
        if told.error is None:
            self._check_done(seen)
        elif self.core.instance is None:
            assert self.config is not None, f"out of the state, and not given up: {told.words}"
            assert seen.name == self.volume.name, f"in no state, and renamed: {seen} {told.words}"
        else:
            assert self.core.instance.state["id"] == self.volume.id

    def finish(self, told: Told) -> None:
        """Run it again: what was tainted is given up first, with the name it had."""
        patient = timed(self.config, LONG_S)
        self._be_patient()
        if told.error is not None:
            self.do(patient)
        self._check_done(self._seen())
        if self.config is not None:
            self.core.refresh()
            self._be_patient()
            assert self.core.plan(patient).action == "no-op"

    def _be_patient(self) -> None:
        if self.core.instance is not None:
            self.core.instance.state["timeouts"] = timeouts(LONG_S)

    def _check_done(self, seen: Seen) -> None:
        assert seen.name == self.end, seen
        assert (self.core.instance is None) == (self.config is None)

    def _seen(self) -> Seen:
        """Return the volume, which must be there, alone of its names, with what was written to it."""
        found = self.bench.witness.objects()
        assert {seen.id for seen in found} == self.before, "made or deleted"
        assert [seen.id for seen in found if seen.name in self.names] == [self.volume.id]
        (seen,) = [seen for seen in found if seen.id == self.volume.id]
        assert labels(self.bench, seen.id, seen.name) == [LABEL], "what was written is lost"
        assert (seen.size, seen.place in {self.volume.pool_id, self.volume.pool_name}) == (self.volume.size_bytes, True)
        return seen


class ImportingRun(ManagingRun):
    """Import the volume by a text."""

    def do(self, config: Config | None) -> None:
        if self.core.instance is None:
            self.core.import_object(f"name:{self.volume.name}")


def _existing(bench: Bench) -> tuple[Ground, Volume]:
    ground = Ground(bench)
    pool = ground.pools[0]
    place = pool.name if bench.family == "xiv" else pool.id
    made = bench.witness.make(ground.name, place, ground.gib * 2**30)
    found = bench.calm.find_volume(made)
    assert found is not None
    return ground, found


def _take(by: str, **more: Any) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground, volume = _existing(bench)
        expected = {"pool": ground.pools[0].name, "size_bytes": volume.size_bytes, "provisioning": volume.provisioning}
        new_name = ground.new_name if "name" not in more else volume.name
        config = {f"existing_{by}": getattr(volume, by), "expected": expected, "name": new_name}
        return ManagingRun(bench, new_core(bench), config, volume, end=new_name)

    return arrange


def _give_up(bench: Bench) -> Run:
    ground, volume = _existing(bench)
    core = new_core(bench)
    core.run({"existing_id": volume.id, "restore_name": ground.new_name, "timeouts": timeouts(SHORT_S)})
    return ManagingRun(bench, core, None, volume, end=ground.new_name)


def _change(bench: Bench) -> Run:
    ground, volume = _existing(bench)
    core = new_core(bench)
    config = {"existing_id": volume.id, "timeouts": timeouts(SHORT_S)}
    core.run(config)
    return ManagingRun(bench, core, {**config, "name": ground.new_name}, volume, end=ground.new_name)


def _import(bench: Bench) -> Run:
    ground, volume = _existing(bench)
    config = {"name": ground.name, "pool": ground.pools[0].id, "size_gib": ground.gib}
    return ImportingRun(bench, new_core(bench), config, volume, end=ground.name)


MANAGING_FLOWS = (
    Flow("take by id", BOTH, _take("id")),
    Flow("take by name", BOTH, _take("name")),
    Flow("take by wwn under its own name", BOTH, _take("wwn", name="as it is")),
    Flow("give up with the old name", BOTH, _give_up),
    Flow("rename a managed volume", BOTH, _change),
    Flow("import a managed volume", BOTH, _import),
)


def new_core(bench: Bench) -> Core:
    """Return a core whose provider talks to the array undisturbed."""
    core = Core(lambda: ManagedVolumeResource(None))
    on(core, bench, bench.calm)
    return core


def on(core: Core, bench: Bench, driver: XIVDS8KDriver) -> None:
    """Have a core's provider use a driver from now on, as a new process would."""
    configured: Configured[XIVDS8KDriver] = Configured(
        open_driver=lambda: driver, close_driver=lambda _: None, guards=Guards(), family=bench.family
    )
    core.resource, core.begin = lambda: ManagedVolumeResource(configured), driver.forget_recent
    driver.forget_recent()

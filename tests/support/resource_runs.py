"""Runs of a sweep through the volume resource, driven as Terraform core does, and how their states are judged."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from terraform_provider_xivds8k.driver import Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.resources import VolumeResource
from terraform_provider_xivds8k.schema import RawObject

from .core import Core, Instance, Rejected, warnings_of
from .late_copies import let_time_pass
from .sweep_benches import LABEL, labels, write_label
from .sweep_parts import Bench, Call, Seen, Told
from .volume_runs import LONG_S, SHORT_S, VolumeRun, Wanted

Config = dict[str, Any]


class ResourceRun(VolumeRun):
    """Have the resource make a configuration so, or with None destroy what there is."""

    def __init__(
        self,
        bench: Bench,
        config: Config | None,
        wanted: Wanted | None,
        *,
        names: set[str],
        core: Core | None = None,
        existing: Volume | None = None,
    ) -> None:
        super().__init__(bench, wanted, names, existing)
        self.config = config
        self.core = core or new_core(bench)

    def act(self, driver: XIVDS8KDriver) -> None:
        on(self.core, self.bench, driver)
        self.do(timed(self.config, SHORT_S))

    def do(self, config: Config | None) -> None:
        """Run Terraform once."""
        self.core.run(config)

    def judge(self, told: Told) -> None:
        on(self.core, self.bench, self.bench.calm)
        found = self.check_array()
        self._check_held(found, told)
        if told.error is None:
            self.check_done(found)
        self._check_refreshed()

    def _check_held(self, found: tuple[Seen, ...], told: Told) -> None:
        state = self.core.instance.state if self.core.instance is not None else None
        for seen in self.made(found):
            held = state is not None and (
                state["id"] == seen.id or (state["id"] is None and state["name"] == seen.name)
            )
            assert held or seen.id in told.words or seen.name in told.words, f"{seen} is nowhere: {state} {told.words}"
        if self.existing is not None and any(seen.id == self.existing.id for seen in found):
            assert state is not None or told.error is None, "out of the state, and there"
            assert state is None or state["id"] in {None, self.existing.id}

    def _check_refreshed(self) -> None:
        if self.core.instance is None:
            return
        state = self.core.instance.state
        said = self.core.refresh()
        if is_gone(self.core):
            found = self.bench.witness.objects()
            still = [seen for seen in found if seen.id == state["id"] or seen.name == state["name"]]
            assert not still, f"called gone and there: {still} {warnings_of(said)}"

    def finish(self, told: Told) -> None:
        if told.error is None:
            self.check_end(timed(self.config, SHORT_S))
            return
        config = timed(self.config, LONG_S)
        if self.core.instance is not None:
            self.core.instance.state["timeouts"] = timeouts(LONG_S)
        doubt = self._doubtful()
        let_time_pass(self.core)
        refused = self._refused(config)
        if refused is not None:
            assert doubt is not None, f"refused: {refused}"
            assert "in doubt and was not" in str(refused)
            assert doubt.id in str(refused), f"the candidate {doubt} is not named: {refused}"
            self._take_ways_out(doubt, config)
        self.check_end(config)

    def _refused(self, config: Config | None) -> Rejected | None:
        try:
            if config is not None or self.core.instance is not None:
                self.do(config)
        except Rejected as refused:
            return refused
        return None

    def _doubtful(self) -> Seen | None:
        """Return the volume a state without an id stands for, where that is all that is known."""
        instance = self.core.instance
        if instance is None or instance.state["id"] is not None:
            return None
        return next((seen for seen in self.bench.witness.objects() if seen.name == instance.state["name"]), None)

    def _take_ways_out(self, doubt: Seen, config: Config | None) -> None:
        """Follow both ways a refusal names: untaint and apply; out of the state, and import by id."""
        assert config is not None
        assert self.core.instance is not None
        other = new_core(self.bench)
        other.import_object(doubt.id)
        writes = _writes(self.bench)
        other.run(config)
        assert _writes(self.bench) == writes, "taking an imported volume over changed the array"
        assert other.plan(config).action == "no-op"
        self.core.instance.tainted = False
        self.do(config)
        assert self.core.instance.state["id"] == doubt.id

    def check_done(self, found: tuple[Seen, ...]) -> None:
        """Make sure that the array is as wanted."""
        state = self.core.instance.state if self.core.instance is not None else None
        if self.wanted is None:
            assert not [seen for seen in found if seen.name in self.names], "said to be done, and there"
            return
        assert state is not None
        assert isinstance(state["id"], str)
        self.wanted.check(found, state["id"])

    def check_end(self, config: Config | None) -> None:
        """Make sure that nothing is left to do."""
        self.check_done(self.check_array())
        if config is not None:
            self.core.refresh()
            assert self.core.plan(config).action == "no-op"


class WrittenRun(ResourceRun):
    """Have a host write to what a creation in doubt made before Terraform is run again."""

    def judge(self, told: Told) -> None:
        super().judge(told)
        self.written = self._doubtful()
        if self.written is not None:
            write_label(self.bench, self.written.id, self.written.name)

    def check_end(self, config: Config | None) -> None:
        super().check_end(config)
        if self.written is not None:
            assert labels(self.bench, self.written.id, self.written.name) == [LABEL], "what was written is lost"


class ImportRun(ResourceRun):
    """Take an existing volume under management."""

    def __init__(
        self, bench: Bench, config: Config, wanted: Wanted, *, existing: Volume, how: Mapping[str, Any]
    ) -> None:
        super().__init__(bench, config, wanted, names={wanted.name}, existing=existing)
        self.how = how

    def do(self, config: Config | None) -> None:
        if self.core.instance is None:
            self.core.import_object(**self.how)

    def act(self, driver: XIVDS8KDriver) -> None:
        on(self.core, self.bench, driver)
        self.do(self.config)

    def judge(self, told: Told) -> None:
        if told.error is not None:
            assert self.core.instance is None or self.core.instance.state["id"] is not None
        on(self.core, self.bench, self.bench.calm)
        self.check_array()

    def finish(self, told: Told) -> None:
        self.do(self.config)
        self.check_end(self.config)


class ReadRun(ResourceRun):
    """Refresh."""

    def do(self, config: Config | None) -> None:
        self.core.refresh()

    def judge(self, told: Told) -> None:
        assert self.core.instance is not None, "called gone and there"
        on(self.core, self.bench, self.bench.calm)
        self.check_array()

    def finish(self, told: Told) -> None:
        self.do(self.config)
        self.check_end(timed(self.config, SHORT_S))


def new_core(bench: Bench, instance: Instance | None = None) -> Core:
    """Return a core whose provider talks to the array undisturbed."""
    core = Core(lambda: VolumeResource(None), copy.deepcopy(instance))
    on(core, bench, bench.calm)
    return core


def on(core: Core, bench: Bench, driver: XIVDS8KDriver) -> None:
    """Have a core's provider use a driver from now on, as a new process would."""
    configured: Configured[XIVDS8KDriver] = Configured(
        open_driver=lambda: driver,
        close_driver=lambda _: None,
        guards=Guards(deletion_protection=False),
        family=bench.family,
    )
    core.resource, core.begin = lambda: VolumeResource(configured), driver.forget_recent
    driver.forget_recent()


def is_gone(core: Core) -> bool:
    """Tell whether nothing is in the state any more."""
    return core.instance is None


def timed(config: Config | None, seconds: int) -> Config | None:
    """Return a configuration with deadlines."""
    if config is None:
        return None
    return {**config, "timeouts": timeouts(seconds)}


def timeouts(seconds: int) -> RawObject:
    """Return the same deadline for everything."""
    return dict.fromkeys(("create", "read", "update", "delete"), f"{seconds}s")


def _writes(bench: Bench) -> dict[str, int]:
    return {command: count for command, count in bench.world.calls().items() if Call(command, 1).is_write}

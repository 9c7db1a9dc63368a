"""How what a sweep leaves of snapshots is judged: nothing unnamed, nothing twice, no point in time harmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terraform_provider_xivds8k.driver import AlreadyExists, DriverError, Snapshot, Volume, XIVDS8KDriver

from .core import Core, Rejected, warnings_of
from .late_copies import let_time_pass
from .resource_runs import Config, is_gone, timed, timeouts
from .snapshot_hands import keeper
from .sweep_benches import LABEL, labels, write_label
from .sweep_parts import Bench, Run, Seen, Told
from .volume_runs import LONG_S, SHORT_S

LATER = "tuesday"


class SnapshotRun(Run):
    """Judge what all flows on snapshots have in common; ``name`` is what the snapshot is called in the end, if any.

    ``volume`` was written to before an ``existing`` snapshot was taken, and once more since.
    """

    def __init__(
        self, bench: Bench, volume: Volume, name: str | None, names: set[str], existing: Snapshot | None = None
    ) -> None:
        self.bench = bench
        self.volume = volume
        self.name = name
        self.names = names
        self.existing = existing
        if existing is not None:
            write_label(bench, volume.id, volume.name, LATER)
        self.written = labels(bench, volume.id, volume.name)
        self.before = {seen.id for seen in bench.witness.objects()}

    def check_array(self) -> tuple[Seen, ...]:
        """Make sure that nothing is there twice, and that volume and snapshot hold what they held."""
        found = self.bench.witness.objects()
        for name in self.names:
            twice = [seen for seen in found if seen.name == name]
            assert len(twice) <= 1, f"doubled: {twice}"
        assert labels(self.bench, self.volume.id, self.volume.name) == self.written, "the volume was harmed"
        if self.existing is not None and self.name is not None:
            now = next((seen for seen in found if seen.id == self.existing.id), None)
            assert now is not None, f"{self.existing.name} was deleted"
            assert now.name in self.names, f"named by nobody: {now}"
            self.check_whole(now)
        return found

    def check_whole(self, seen: Seen) -> None:
        """Make sure that an object is a snapshot of the volume and holds its point in time."""
        found = self.bench.calm.find_snapshot(seen.id, self.volume.id)
        assert found is not None, f"{seen} is gone"
        assert found.lost is None, f"{seen} is lost: {found.lost}"
        assert labels(self.bench, seen.id, seen.name) == [LABEL], f"{seen} does not hold its point in time"

    def check_done(self, found: tuple[Seen, ...]) -> None:
        """Make sure that the array is as wanted."""
        if self.name is None:
            assert not [seen for seen in found if seen.name in self.names], "said to be done, and there"
            return
        (seen,) = [seen for seen in found if seen.name == self.name]
        assert self.existing is None or seen.id == self.existing.id
        self.check_whole(seen)

    def made(self, found: tuple[Seen, ...]) -> list[Seen]:
        """Return what this run made."""
        return [seen for seen in found if seen.id not in self.before]


class SnapshotResourceRun(SnapshotRun):
    """Have the resource make a configuration so, or with None destroy what there is; ``do`` runs Terraform once."""

    def __init__(
        self,
        bench: Bench,
        volume: Volume,
        config: Config | None,
        *,
        names: set[str],
        core: Core | None = None,
        existing: Snapshot | None = None,
        do: Callable[[Core, Config | None], object] = Core.run,
    ) -> None:
        super().__init__(bench, volume, str(config["name"]) if config is not None else None, names, existing)
        self.config = config
        self.held = core is not None  # an import has nothing in its state yet
        self.core = core or keeper(bench.world)
        self.do = do

    def act(self, driver: XIVDS8KDriver) -> None:
        on(self.core, self.bench, driver)
        self.do(self.core, timed(self.config, SHORT_S))

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
        if self.existing is not None and self.held and any(seen.id == self.existing.id for seen in found):
            assert state is not None or told.error is None, "out of the state, and there"

    def _check_refreshed(self) -> None:
        if self.core.instance is None:
            return
        state = dict(self.core.instance.state)
        said = self.core.refresh()
        if is_gone(self.core):
            found = self.bench.witness.objects()
            still = [seen for seen in found if seen.id == state["id"] or seen.name == state["name"]]
            assert not still, f"called gone and there: {still} {warnings_of(said)}"
        if self.existing is not None and self.name is not None and self.held:
            assert self.core.instance is not None
            assert self.core.instance.state["lost"] is False, f"called lost and there: {warnings_of(said)}"

    def finish(self, told: Told) -> None:
        if self.core.instance is not None:
            self.core.instance.state["timeouts"] = timeouts(LONG_S)
        let_time_pass(self.core)
        if told.error is not None:
            self._run_again(timed(self.config, LONG_S))
        self.check_done(self.check_array())
        if self.config is not None:
            self.core.refresh()
            assert self.core.instance is not None
            config = {**self.config, "timeouts": self.core.instance.state["timeouts"]}
            assert self.core.plan(config).action == "no-op"

    def _run_again(self, config: Config | None) -> None:
        refused = self._refused(config)
        if refused is None:
            return
        assert self.core.instance is not None
        assert self.core.instance.state["id"] is None, f"refused: {refused}"
        assert "in doubt and was not deleted" in str(refused)
        assert config is not None
        self.core.instance.tainted = False
        self.do(self.core, config)

    def _refused(self, config: Config | None) -> Rejected | None:
        try:
            if config is not None or self.core.instance is not None:
                self.do(self.core, config)
        except Rejected as refused:
            return refused
        return None


class SnapshotDriverRun(SnapshotRun):
    """Call one method of the driver, with a deadline and what an error of the call before left."""

    def __init__(
        self,
        ground: tuple[Bench, Volume, str],
        call: Callable[[XIVDS8KDriver, float, int | None], Any],
        existing: Snapshot | None = None,
        *,
        deletes: bool = False,
    ) -> None:
        bench, volume, name = ground
        super().__init__(bench, volume, None if deletes else name, {name}, existing)
        self.call = call
        self.done = False

    def act(self, driver: XIVDS8KDriver) -> None:
        self.call(driver, SHORT_S, None)
        self.done = True

    def judge(self, told: Told) -> None:
        found = self.check_array()
        if self.done:
            self.check_done(found)
        for seen in self.made(found) if not self.done else ():
            assert seen.id in told.words or seen.name in told.words, f"{seen} is not named: {told.words}"

    def finish(self, told: Told) -> None:
        """Call it again; a creation whose outcome was left open may find its name taken by what it made."""
        there = self.made(self.bench.witness.objects())
        left = told.error.left if isinstance(told.error, DriverError) else None
        self.bench.calm.forget_recent()
        taken = self._taken(left.size_bytes if left is not None else None)
        if taken is None:
            self.check_done(self.check_array())
        else:
            assert [one.id for one in taken.candidates] == [seen.id for seen in there]
            self.check_array()

    def _taken(self, left_bytes: int | None) -> AlreadyExists | None:
        try:
            self.call(self.bench.calm, LONG_S, left_bytes)
        except AlreadyExists as taken:
            return taken
        return None


def on(core: Core, bench: Bench, driver: XIVDS8KDriver) -> None:
    """Have a core's provider use a driver from now on, as a new process would."""
    other = keeper(bench.world, driver)
    core.resource, core.begin = other.resource, other.begin
    driver.forget_recent()

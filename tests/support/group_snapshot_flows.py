"""Group snapshots for the sweep of faults: one point in time or an error, nothing lost, no LSS frozen unnamed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from terraform_provider_xivds8k.driver import AlreadyExists, DriverError, GroupSnapshot, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.resources import ConsistencyGroupSnapshotResource

from .core import Core, Rejected
from .group_stage import held, labels, members
from .late_copies import let_time_pass
from .resource_runs import timed, timeouts
from .sweep_parts import Bench, Flow, Run, Seen, Told
from .volume_runs import LONG_S

THEN = "then"
SHORT_S = 6  # thirty calls, on a machine with other things to do
BOTH: tuple[Any, ...] = ("xiv", "ds8k")


class GroupRun(Run):
    """Judge what all flows on group snapshots have in common."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.group = members(bench.world)
        self.name = f"s{bench.world.new_name()}"
        for index in range(len(self.group.volumes)):
            assert self.group.write(index, THEN)
        self.before = {seen.id for seen in bench.witness.objects()}

    @property
    def made(self) -> list[Seen]:
        """Return what there is of snapshots."""
        return [seen for seen in self.bench.witness.objects() if seen.id not in self.before]

    def check_members(self) -> None:
        """Make sure that the volumes are there with what was written to them."""
        there = {seen.id for seen in self.bench.witness.objects()}
        assert set(self.group.ids) <= there, "a member was deleted"
        array = self.bench.world
        held_labels = [labels(array, volume) for volume in self.group.volumes]
        assert all(one[:1] == [THEN] for one in held_labels), f"what was written is lost: {held_labels}"

    def check_frozen(self, words: str) -> None:
        """Make sure that every LSS that holds back writes is named."""
        if self.bench.family == "ds8k":
            unnamed = [lss for lss in self.group.frozen if f"LSS {lss}" not in words and f", {lss}" not in words]
            assert not unnamed, f"LSS {unnamed} frozen and not named: {words}"

    def check_complete(self, snapshot_ids: Any) -> None:
        """Make sure that there is one snapshot of every member with what it held, and nothing else."""
        assert set(snapshot_ids) == set(self.group.ids)
        found = {seen.id: seen for seen in self.made}
        assert set(found) == set(snapshot_ids.values()), f"{found} but said {snapshot_ids}"
        assert all(labels(self.bench.world, found[one])[:1] == [THEN] for one in snapshot_ids.values())


class ResourceRun(GroupRun):
    """Drive the resource as Terraform core does."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.core = Core(lambda: ConsistencyGroupSnapshotResource(None))
        self.on(bench.calm)

    @property
    def config(self) -> dict[str, Any]:
        """Return a configuration of a snapshot of all members."""
        return {"consistency_group_id": self.group.group_id, "name": self.name, "volume_ids": self.group.ids}

    def on(self, driver: XIVDS8KDriver) -> None:
        """Have the provider use a driver from now on, as a new process would."""
        configured: Configured[XIVDS8KDriver] = Configured(
            open_driver=lambda: driver,
            close_driver=lambda _: None,
            guards=Guards(),
            family=self.bench.family,
        )
        self.core.resource, self.core.begin = (
            lambda: ConsistencyGroupSnapshotResource(configured),
            driver.forget_recent,
        )
        driver.forget_recent()

    def judge(self, told: Told) -> None:
        self.on(self.bench.calm)
        self.check_members()
        state: dict[str, Any] = self.core.instance.state if self.core.instance is not None else {}
        known = {*(state["snapshot_ids"] or {}).values()} if state else set()
        for seen in self.made:
            in_doubt = bool(state) and state["id"] is None and seen.name.startswith(self.name)
            named = seen.id in told.words or seen.name in told.words
            assert named or in_doubt or seen.id in known, f"{seen} is nowhere: {state} {told.words}"
        self.check_frozen(told.words)
        if told.error is None:
            self.check_done()
        if self.core.instance is not None:
            self.core.refresh()
            assert self.is_held or not self.made, f"called gone and there: {self.made}"

    @property
    def is_held(self) -> bool:
        """Tell whether the state holds anything."""
        return self.core.instance is not None

    def check_done(self) -> None:
        """Make sure that the array is as wanted."""
        assert self.core.instance is not None
        state = self.core.instance.state
        assert state["lost"] is False
        self.check_complete(state["snapshot_ids"])

    def patient(self) -> None:
        """Give the state time."""
        if self.core.instance is not None:
            self.core.instance.state["timeouts"] = timeouts(LONG_S)


class CreateRun(ResourceRun):
    """Take a group snapshot."""

    def act(self, driver: XIVDS8KDriver) -> None:
        self.on(driver)
        self.core.run(timed(self.config, SHORT_S))

    def finish(self, told: Told) -> None:
        """Run it again until it is there; a snapshot group of an XIV in doubt is kept by untainting it."""
        self.patient()
        config = timed(self.config, LONG_S)
        let_time_pass(self.core)
        refused = self._refused(config)
        if refused is not None:
            assert self.bench.family == "xiv", f"refused: {refused}"
            assert self.name in str(refused)
            assert self.core.instance is not None
            self.core.instance.tainted = False
            self.core.run(config)
        self.check_done()
        assert self.core.plan(config).action == "no-op"
        self.check_frozen("")
        self.core.run(None)
        assert not self.made
        self.check_members()

    def _refused(self, config: Any) -> Rejected | None:
        try:
            self.core.run(config)
        except Rejected as refused:
            return refused
        return None


class KeptRun(ResourceRun):
    """Begin with a group snapshot that is there."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.core.run(timed(self.config, LONG_S))
        assert self.core.instance is not None
        self.core.instance.state["timeouts"] = timeouts(SHORT_S)


class DestroyRun(KeptRun):
    """Destroy a group snapshot."""

    def act(self, driver: XIVDS8KDriver) -> None:
        self.on(driver)
        self.core.run(None)

    def check_done(self) -> None:
        assert self.core.instance is None
        assert not self.made, f"said to be destroyed: {self.made}"

    def finish(self, told: Told) -> None:
        self.patient()
        if self.core.instance is not None:
            self.core.run(None)
        self.check_done()
        self.check_frozen("")


class ReadRun(KeptRun):
    """Refresh a group snapshot."""

    def act(self, driver: XIVDS8KDriver) -> None:
        self.on(driver)
        self.core.refresh()

    def judge(self, told: Told) -> None:
        self.check_done()  # neither called lost nor gone, whatever broke
        super().judge(told)

    def finish(self, told: Told) -> None:
        self.core.refresh()
        self.check_done()


class TakeRun(GroupRun):
    """Take a group snapshot as a Python user does, with what the error tells for clearing up."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.taken: GroupSnapshot | None = None

    def take(self, driver: XIVDS8KDriver, deadline: float) -> GroupSnapshot:
        """Take it."""
        return driver.create_cgsnapshot(
            group_id=self.group.group_id, name=self.name, volume_ids=self.group.ids, deadline=deadline
        )

    def act(self, driver: XIVDS8KDriver) -> None:
        self.taken = self.take(driver, SHORT_S)

    def judge(self, told: Told) -> None:
        self.check_members()
        for seen in self.made if self.taken is None else ():
            assert seen.id in told.words or self.name in told.words, f"{seen} is not named: {told.words}"
        self.check_frozen(told.words)
        if self.taken is not None:
            self.check_complete({one.volume_id: one.id for one in self.taken.snapshots})

    def finish(self, told: Told) -> None:
        if self.taken is None:
            self._clear(told)
            with suppress(AlreadyExists):  # an XIV may have taken it all the same
                self.taken = self.take(self.bench.calm, LONG_S)
            if self.taken is None:
                self.taken = self.bench.calm.find_cgsnapshot(self.name)
        assert self.taken is not None
        self.check_complete({one.volume_id: one.id for one in self.taken.snapshots})
        assert self.bench.calm.delete_cgsnapshot(held(self.taken)) == ()
        assert not self.made
        self.check_frozen("")

    def _clear(self, told: Told) -> None:
        if self.bench.family == "ds8k" and isinstance(told.error, DriverError):
            left = {volume_id: one.id for volume_id, one in told.error.left_copies}
            self.bench.calm.clear_cgsnapshot(name=self.name, volume_ids=self.group.ids, snapshot_ids=left)


GROUP_SNAPSHOT_FLOWS: tuple[Flow, ...] = tuple(
    Flow(name, BOTH, kind)
    for name, kind in (
        ("take a group snapshot", CreateRun),
        ("destroy a group snapshot", DestroyRun),
        ("read a group snapshot", ReadRun),
        ("create_cgsnapshot", TakeRun),
    )
)

"""What is done to replications, for the sweep of faults: switch, failover, resync, failback, create, grow, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terraform_provider_xivds8k.driver import (
    Family,
    Operation,
    Pair,
    ReplicationMode,
    Side,
    XIVDS8KDriver,
)

from .linked import Linked
from .replication_stage import GROWTH, LONG_S, MODES, SHORT_S, GroupStage, Stage
from .replication_sweep import SIDES, PairFlow, PairRun
from .sweep_parts import Told


class MovingRun(PairRun):
    """Bring a pair in ``rows`` to ``end``; after a fault it may be in any of ``rows``, and it keeps every label."""

    def __init__(
        self,
        stage: Stage,
        operation: Operation,
        to: Side,
        *,
        end: set[int],
        rows: set[int],
        dead: tuple[Side, ...] = (),
        **terms: Any,
    ) -> None:
        self.stage, self.operation, self.to = stage, operation, to
        self.end, self.rows, self.dead, self.terms = end, rows, dead, terms

    def act(self, driver: XIVDS8KDriver) -> None:
        self.stage.move(driver, self.operation, self.to, SHORT_S, **self.terms)

    def judge(self, told: Told) -> None:
        found = self.stage.look()
        assert found is not None, f"the pair is gone: {told.words}"
        if told.error is None:
            assert found.row in self.end, f"called done in row {found.row}"
        assert found.row in self.rows | self.end, f"row {found.row}: {found.cause} {told.words}"
        self._check_labels(found)

    def finish(self, told: Told) -> None:
        if told.error is not None:
            self.stage.settle()
            self.stage.move(self.stage.both.driver, self.operation, self.to, LONG_S, **self.terms)
        found = self.stage.look()
        assert found is not None
        assert found.row in self.end, f"row {found.row}: {found.cause}"
        self._check_labels(found)
        if not self.dead:
            self.stage.settle()
            assert self.stage.read("home") == self.stage.read("remote") == self.stage.labels

    def _check_labels(self, found: Pair) -> None:
        """Make sure that a side that may be written holds everything."""
        for side in SIDES:
            half = found.half(side)
            if half is not None and half.role == "source" and side not in self.dead:
                held = self.stage.read(side)
                assert held == self.stage.labels, f"{side}, which may be written, holds {held} in row {found.row}"


def _switch(mode: ReplicationMode, kind: type[Stage] = Stage) -> Callable[[Linked], PairRun]:
    def arrange(both: Linked) -> PairRun:
        stage = _paired(both, mode, kind)
        window = {10} if both.family == "ds8k" else set()
        return MovingRun(stage, "switch", "remote", end={4}, rows={1, 2, 5} | window)

    return arrange


def _failover(mode: ReplicationMode, kind: type[Stage] = Stage) -> Callable[[Linked], PairRun]:
    def arrange(both: Linked) -> PairRun:
        stage = _paired(both, mode, kind)
        _lose_home(both)
        return MovingRun(stage, "failover", "remote", end={9}, rows={7}, dead=("home",))

    return arrange


def _resync(mode: ReplicationMode, kind: type[Stage] = Stage) -> Callable[[Linked], PairRun]:
    def arrange(both: Linked) -> PairRun:
        stage = _failed_over(both, mode, kind)
        keeps = _label_of(both, "remote")
        rows = {2, 5, 10, 11, 12}  # from both writable on: 2 where a former source was paused
        return ResyncRun(stage, "resync", "remote", end={4}, rows=rows, authoritative_backend_id=keeps)

    return arrange


class ResyncRun(MovingRun):
    """The same, keeping what the remote array was written: home's own is discarded, and it may hold less meanwhile."""

    def _check_labels(self, found: Pair) -> None:
        half = found.half("remote")
        if half is not None and half.role == "source":
            held = self.stage.read("remote")
            assert held == self.stage.labels, f"the side kept holds {held} in row {found.row}"


def _failback(mode: ReplicationMode, kind: type[Stage] = Stage) -> Callable[[Linked], PairRun]:
    def arrange(both: Linked) -> PairRun:
        stage = _paired(both, mode, kind)
        stage.move(both.driver, "switch", "remote")
        stage.write("remote", "b")
        window = {11} if both.family == "ds8k" else set()
        return MovingRun(stage, "failback", "home", end={1}, rows={2, 4, 5} | window)

    return arrange


class CreatingRun(PairRun):
    """Set a pair up: it is there afterwards, or neither it nor its remote volume is."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def act(self, driver: XIVDS8KDriver) -> None:
        self.stage.replicate(driver, SHORT_S)

    def judge(self, told: Told) -> None:
        found = self.stage.look()
        assert self.stage.read("home") == ["a"]
        if told.error is None:
            assert found is not None
            assert found.row == 1, f"called in step in row {found.row}"
        if found is not None:
            assert found.row in {1, 2}, f"row {found.row}: {found.cause} {told.words}"
            named = any(one in told.words for one in (self.stage.volume.name, self.stage.volume.id))
            assert told.error is None or named, f"it is there, and not named: {told.words}"
            return
        for left in self._left():
            assert left in told.words, f"{left} is left on the remote array, and not named: {told.words}"

    def finish(self, told: Told) -> None:
        driver = self.stage.both.driver
        if told.error is not None and self.stage.look() is None:
            for left in self._left():  # named, and deleted by whoever read of it
                for volume in driver.remote.find_volumes_by_name(left):
                    driver.remote.delete_volume(volume_id=volume.id, expected_name=left, deadline=LONG_S)
            self.stage.replicate(driver)
        found = self.stage.look()
        assert found is not None
        self.stage.remote_id, self.stage.remote_system = found.remote_id or "", driver.remote.system_id()
        self.stage.settle()
        if self._is_idle():
            self.stage.move(driver, "resync", "remote")  # as the way out of its row says
        now = self.stage.look()
        assert now is not None
        assert now.row == 1, f"row {now.row}: {now.cause}"
        assert self.stage.read("home") == self.stage.read("remote") == ["a"]

    def _is_idle(self) -> bool:
        """Tell whether the pair was made and nothing began to copy."""
        now = self.stage.look()
        return now is not None and now.home is not None and now.home.standing == "inactive"

    def _left(self) -> list[str]:
        self.stage.both.driver.forget_recent()
        name = self.stage.volume.name
        return [one.name for one in self.stage.both.driver.remote.find_volumes_by_name(name)]


class GrowingRun(PairRun):
    """Grow both volumes of a pair, which a DS8000 may have to take apart."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.size = stage, stage.volume.size_bytes + GROWTH

    def act(self, driver: XIVDS8KDriver) -> None:
        self._grow(driver, SHORT_S)

    def _grow(self, driver: XIVDS8KDriver, deadline: float) -> None:
        driver.extend_volume(
            volume_id=self.stage.volume.id, size_bytes=self.size, allow_full_resync=True, deadline=deadline
        )

    def judge(self, told: Told) -> None:
        found = self.stage.look()
        home, remote = self._volumes()
        assert self.stage.read("home") == ["a"]
        assert remote.id == self.stage.remote_id
        if told.error is None:
            assert home.size_bytes >= self.size
        if found is None:
            assert self.stage.both.family == "ds8k"
            assert remote.id in told.words, f"taken apart, and the remote volume is not named: {told.words}"
        else:
            assert found.row in {1, 2, 14}, f"row {found.row}: {found.cause} {told.words}"

    def finish(self, told: Told) -> None:
        if self.stage.look() is None:
            return  # what a user does then the error says; the volumes were judged
        self.stage.settle()
        if told.error is not None:
            self._grow(self.stage.both.driver, LONG_S)
        home, remote = self._volumes()
        assert home.size_bytes == remote.size_bytes
        assert home.size_bytes >= self.size
        self.stage.settle()
        now = self.stage.look()
        assert now is not None
        assert (now.row, now.remote_id) == (1, self.stage.remote_id), now.cause
        assert self.stage.read("home") == self.stage.read("remote") == ["a"]

    def _volumes(self) -> tuple[Any, Any]:
        driver = self.stage.both.driver
        driver.forget_recent()
        found = driver.find_volume(self.stage.volume.id), driver.remote.find_volume(self.stage.remote_id)
        assert None not in found, found
        return found


class DeletingRun(PairRun):
    """End a pair, and keep the remote volume or delete it."""

    def __init__(self, stage: Stage, remaining: Any) -> None:
        self.stage, self.remaining = stage, remaining

    def act(self, driver: XIVDS8KDriver) -> None:
        self._end(driver, SHORT_S)

    def _end(self, driver: XIVDS8KDriver, deadline: float) -> None:
        driver.disable_replication(
            replication_id=self.stage.volume.id, remote_on_delete=self.remaining, deadline=deadline
        )

    def judge(self, told: Told) -> None:
        found = self.stage.look()
        assert self.stage.read("home") == ["a"]
        if told.error is None:
            assert found is None
        assert found is None or found.row in {1, 2, 14}, f"row {found.row}: {found.cause} {told.words}"
        if found is None and told.error is not None and self._remote() is not None and self.remaining == "delete":
            assert self.stage.remote_id in told.words, f"left on the remote array, and not named: {told.words}"

    def finish(self, told: Told) -> None:
        gone = self.stage.look() is None
        self._end(self.stage.both.driver, LONG_S)
        assert self.stage.look() is None
        if self.remaining == "keep" or (gone and told.error is not None):
            return
        assert self._remote() is None

    def _remote(self) -> Any:
        driver = self.stage.both.driver
        driver.forget_recent()
        return driver.remote.find_volume(self.stage.remote_id)


def _paired(both: Linked, mode: ReplicationMode, kind: type[Stage] = Stage) -> Stage:
    stage = kind(both, mode)
    stage.replicate(both.driver)
    stage.settle()
    return stage


def _lose_home(both: Linked) -> None:
    both.set_link("down")
    both.set_state("home", "refuse")
    both.driver.forget_recent()


def _failed_over(both: Linked, mode: ReplicationMode, kind: type[Stage]) -> Stage:
    stage = _paired(both, mode, kind)
    _lose_home(both)
    stage.move(both.driver, "failover", "remote")
    both.write("remote", stage.remote_id, "b")
    stage.labels.append("b")
    both.set_state("home", "up")
    both.set_link("up")
    both.driver.forget_recent()
    return stage


def _label_of(both: Linked, side: Side) -> str:
    return both.settings.backend_id if side == "home" else "remote"


def _making(mode: ReplicationMode) -> Callable[[Linked], PairRun]:
    return lambda both: CreatingRun(Stage(both, mode))


def _growing(mode: ReplicationMode) -> Callable[[Linked], PairRun]:
    return lambda both: GrowingRun(_paired(both, mode))


def _ending(mode: ReplicationMode, remaining: str) -> Callable[[Linked], PairRun]:
    return lambda both: DeletingRun(_paired(both, mode), remaining)


def _flows(family: Family, mode: ReplicationMode) -> tuple[PairFlow, ...]:
    return (
        PairFlow(f"switch {mode}", family, _switch(mode)),
        PairFlow(f"failover {mode}", family, _failover(mode)),
        PairFlow(f"resync {mode}", family, _resync(mode)),
        PairFlow(f"failback {mode}", family, _failback(mode)),
        PairFlow(f"create {mode}", family, _making(mode)),
        PairFlow(f"grow {mode}", family, _growing(mode)),
        PairFlow(f"delete {mode} and keep", family, _ending(mode, "keep")),
        PairFlow(f"delete {mode} and its remote volume", family, _ending(mode, "delete")),
    )


def _group_flows(mode: ReplicationMode) -> tuple[PairFlow, ...]:
    moves = {"switch": _switch, "failover": _failover, "resync": _resync, "failback": _failback}
    return tuple(PairFlow(f"{name} group {mode}", "xiv", move(mode, GroupStage)) for name, move in moves.items())


PAIR_FLOWS = (
    *(flow for family, modes in MODES.items() for mode in modes for flow in _flows(family, mode)),
    *(flow for mode in MODES["xiv"] for flow in _group_flows(mode)),
)

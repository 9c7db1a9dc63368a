"""A DS8000 copies all volumes of a group at once and in full: of one point in time and whole, or nothing unnamed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.clone_lab import slow_down, spoil
from support.group_stage import LSSS, Members, labels, members, turn
from support.rest_console import Console
from support.simulated import World
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    Cancelled,
    CopiedGroup,
    DriverError,
    InDoubt,
    InUse,
    NotFound,
    Refused,
    TimedOut,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.driver.core import Core
from terraform_provider_xivds8k.driver.ds8k import DS8KArray
from terraform_provider_xivds8k.driver.flows import VolumeFlows
from terraform_provider_xivds8k.driver.flows.freezing import FREEZE_S
from terraform_provider_xivds8k.driver.flows.group_clones import NewGroup
from terraform_provider_xivds8k.driver.flows.group_snapshots import GroupSnapshots
from terraform_provider_xivds8k.driver.flows.group_sources import GroupSources
from terraform_provider_xivds8k.driver.waiting import Budget, NoStop
from terraform_provider_xivds8k.plugin import Cancellation

COPY, THAW = "POST /cs/flashcopies", "POST /cs/flashcopies/unfreeze"
WITHDRAW, DELETE = "DELETE /cs/flashcopies/{id}", "DELETE /volumes/{id}"
CODE = "BE7A0000"
TOO_LONG_S = 0.8  # a pause before asking again, the fourth
pytestmark = pytest.mark.parametrize("family", ["ds8k"])


class Impatience(Cancellation):
    """Be the sign of a user who stops a run that asks the array again and again."""

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is not None and timeout >= TOO_LONG_S:
            self.set()
        return super().wait(timeout)


@dataclass
class Stage:
    """Hold two volumes in an LSS each that something was written to, and the file the simulation is in."""

    array: World
    group: Members
    file: Path

    @property
    def names(self) -> dict[str, str]:
        """Return the name of each volume's copy."""
        return {volume.id: f"{volume.name}c" for volume in self.group.volumes}

    def copy(self, driver: XIVDS8KDriver | None = None, **more: Any) -> CopiedGroup:
        """Copy the group."""
        asked: dict[str, Any] = {"name": "copy", "source_group_id": "g", "volumes": self.names, "deadline": 30, **more}
        return (driver or self.array.driver).create_consistencygroup_from_src(**asked)

    def failing(self, **more: Any) -> DriverError:
        """Return the error copying ends with."""
        with pytest.raises(DriverError) as caught:
            self.copy(**more)
        return caught.value

    def copies(self) -> dict[str, str]:
        """Return the ids of the copies there are, by their volumes."""
        return {
            volume_id: found.id
            for volume_id, name in self.names.items()
            for found in self.array.driver.find_volumes_by_name(name)
        }

    def once(self, do: Callable[[], object]) -> Callable[[str], None]:
        """Return a listener that does something once, when the copies are first seen to run."""
        done: list[str] = []

        def listen(told: str) -> None:
            if "tracks left" in told and not done:
                done.append(told)
                do()

        return listen

    def check_sources(self) -> None:
        """Make sure that the sources hold what was written, have no relation left, and are not frozen."""
        held = [labels(self.array, volume) for volume in self.group.volumes]
        assert held == [["monday"], ["monday"]]
        assert not any(self.array.driver.volume_users(volume_id) for volume_id in self.group.ids)
        assert self.group.frozen == set()


@pytest.fixture
def stage(array: World, tmp_path: Path) -> Stage:
    """Make the volumes."""
    made = Stage(array, members(array), tmp_path / "simulator.db")
    for index in range(2):
        assert made.group.write(index, "monday")
    return made


@pytest.mark.parametrize("refused", [True, False])
def test_copies_of_a_group_are_whole_volumes_of_their_own(array: World, stage: Stage, *, refused: bool) -> None:
    turn(array, "flashcopy_from_target_refused", on=refused)
    before = {volume.id for volume in array.driver.list_volumes()}
    copied = stage.copy()
    assert ([volume.name for volume in copied.volumes], copied.left) == ([*stage.names.values()], ())
    assert {volume.id for volume in array.driver.list_volumes()} == before | {volume.id for volume in copied.volumes}
    stage.check_sources()
    for volume in copied.volumes:
        assert labels(array, volume) == ["monday"]
        assert not array.driver.volume_users(volume.id)
        assert array.driver.find_volume(volume.id) == volume
    assert (array.calls()[COPY], array.calls()[THAW]) == (1, 1)


def test_copies_stay_out_of_the_lsss_of_their_sources_so_that_the_next_time_is_as_easy(stage: Stage) -> None:
    for name in ("one", "two"):
        named = {volume_id: f"{name}{volume_id}" for volume_id in stage.group.ids}
        copied = stage.copy(name=name, volumes=named)
        assert not {volume.lss for volume in copied.volumes} & set(LSSS)


def test_an_lss_with_other_volumes_is_refused_naming_them_unless_it_may_be_frozen(array: World, stage: Stage) -> None:
    other = members(array, 1)
    error = stage.failing()
    assert isinstance(error, Refused)
    assert error.attribute == "allow_shared_lss"
    assert other.volumes[0].name in str(error)
    assert (stage.copies(), array.calls().get(COPY, 0)) == ({}, 0)
    assert len(stage.copy(allow_shared_lss=True).volumes) == 2


def test_what_cannot_be_copied_is_refused_before_anything_is_made(array: World, stage: Stage) -> None:
    first, second = stage.group.ids
    taken = stage.group.take("monday").snapshots[0].id
    before = array.calls()["POST /volumes"]
    for volumes, kind in (
        ({}, Refused),
        ({first: "same", second: "same"}, Refused),
        ({first: "n" * 17}, Refused),
        ({first: "a", "10FE": "b"}, NotFound),
        ({first: "a", taken: "b"}, InUse),
        ({first: "a", second: stage.group.volumes[0].name}, AlreadyExists),
    ):
        error = stage.failing(volumes=volumes)
        assert isinstance(error, kind), error
        assert error.attribute in {"volumes", "name"}
    assert (array.calls()["POST /volumes"], array.calls()[COPY]) == (before, 1)


def test_no_thaw_confirmed_is_no_point_in_time_and_the_next_one_thaws_first(array: World, stage: Stage) -> None:
    array.fail(THAW, "error", code="BE7A0000", times=1000)
    error = stage.failing()
    assert (error.frozen, error.left_copies) == (LSSS, ())
    assert "not of one point in time" in error.summary
    assert all(lss in str(error) for lss in LSSS)
    assert stage.copies() == {}
    assert stage.group.frozen == set(LSSS)
    array.ask("DELETE", "/faults")
    array.ask("DELETE", "/journal")
    stage.copy()
    assert array.calls()[THAW] == 2
    assert stage.group.frozen == set()


def test_a_thaw_later_than_the_timer_is_no_point_in_time(array: World, stage: Stage) -> None:
    ticks = itertools.count(0.0, FREEZE_S + 3)
    core = Core(array.settings, DS8KArray(array.settings), NoStop())
    slow = GroupSources(core, GroupSnapshots(core, VolumeFlows(core), clock=lambda: next(ticks)))
    wanted = NewGroup(name="copy", volumes=stage.names, pool=None)
    with pytest.raises(Refused, match="63 s"):
        slow.from_group(wanted, "g", core.budget(30), allow_shared_lss=False)
    core.array.close()
    assert stage.copies() == {}
    stage.check_sources()


@pytest.mark.parametrize("command", [COPY, THAW])
def test_a_lost_answer_is_looked_up_and_costs_nothing(array: World, stage: Stage, command: str) -> None:
    array.fail(command, "drop_after")
    copied = stage.copy()
    assert [labels(array, volume) for volume in copied.volumes] == [["monday"], ["monday"]]
    assert array.calls()[COPY] == 1
    stage.check_sources()


def test_targets_a_copy_may_still_come_to_are_left_and_named_with_their_lsss(array: World, stage: Stage) -> None:
    array.fail(COPY, "drop_before")
    error = stage.failing()
    assert isinstance(error, InDoubt)
    assert {volume_id: one.id for volume_id, one in error.left_copies} == stage.copies()
    assert len(stage.copies()) == 2
    assert all(text in str(error) for text in (*LSSS, *stage.copies().values(), *stage.names.values()))
    assert (error.frozen, array.calls()[COPY], array.calls().get(DELETE, 0)) == (LSSS, 1, 0)
    assert "copied_from" in error.next_step
    for volume_id, copy in error.left_copies:
        array.driver.delete_volume(volume_id=copy.id, copied_from=volume_id)
    assert len(stage.copy().volumes) == 2


def test_a_refused_copy_leaves_nothing_and_keeps_the_code(array: World, stage: Stage) -> None:
    array.fail(COPY, "error", code=CODE)
    error = stage.failing()
    assert (error.code, error.left_copies, stage.copies()) == (CODE, (), {})
    stage.check_sources()


@pytest.mark.parametrize("which", [0, 1])
def test_a_relation_that_becomes_invalid_while_it_copies_leaves_none_of_the_copies(
    array: World, stage: Stage, which: int
) -> None:
    slow_down(stage.file)
    source = stage.group.ids[which]

    def fail() -> None:
        spoil(array, stage.file, f"{source}:{stage.copies()[source]}", "tse_out_of_space")
        array.ask("POST", "/clock", {"advance_s": 60})  # the other one ends well

    error = stage.failing(progress=stage.once(fail))
    assert isinstance(error, Refused)
    assert "tse_out_of_space" in str(error)
    assert (error.left_copies, stage.copies()) == ((), {})
    stage.check_sources()


def test_a_relation_that_vanishes_while_it_copies_is_no_finished_copy(
    array: World, stage: Stage, console: Console
) -> None:
    slow_down(stage.file)
    (source, _) = stage.group.ids
    withdraw = stage.once(lambda: console.ask("DELETE", f"/cs/flashcopies/{source}:{stage.copies()[source]}"))
    error = stage.failing(progress=withdraw)
    assert isinstance(error, InDoubt)
    assert source in str(error)
    assert (error.left_copies, stage.copies()) == ((), {})
    stage.check_sources()


NOT_UNDONE = [
    (WITHDRAW, "error"),
    (WITHDRAW, "drop_before"),
    pytest.param(DELETE, "error", marks=pytest.mark.long),  # asked again for half a minute a copy
]


@pytest.mark.parametrize(("command", "action"), NOT_UNDONE)
def test_a_failed_copy_that_cannot_be_undone_is_named(array: World, stage: Stage, command: str, action: str) -> None:
    check_left(stage, failing_for_good(array, stage, command, action))


def test_a_failed_copy_that_is_not_deleted_until_the_user_waits_no_longer_is_named(array: World, stage: Stage) -> None:
    driver = XIVDS8KDriver(array.settings, cancellation=Impatience())
    error = failing_for_good(array, stage, DELETE, "error", driver=driver)
    driver.close()
    check_left(stage, error)
    assert array.calls()[DELETE] > 2


def failing_for_good(array: World, stage: Stage, command: str, action: str, **more: Any) -> DriverError:
    """Return the error of a copy that fails while the array does not take the copies back either."""
    slow_down(stage.file)
    source = stage.group.ids[0]
    array.fail(command, action, times=99, **({"code": CODE} if action == "error" else {}))
    return stage.failing(
        progress=stage.once(lambda: spoil(array, stage.file, f"{source}:{stage.copies()[source]}", "invalid")), **more
    )


def check_left(stage: Stage, error: DriverError) -> None:
    """Make sure that both copies are there and named."""
    assert "invalid" in str(error)
    assert {volume_id: one.id for volume_id, one in error.left_copies} == stage.copies()
    assert len(stage.copies()) == 2
    assert all(one in error.left_behind for one in stage.copies().values())


def test_copies_that_outlast_their_deadline_are_removed_again(array: World, stage: Stage) -> None:
    slow_down(stage.file)
    now_s = [0.0]
    core = Core(array.settings, DS8KArray(array.settings), NoStop())
    flows = GroupSources(
        core, GroupSnapshots(core, VolumeFlows(core)), stage.once(lambda: now_s.append(now_s.pop() + 31))
    )
    wanted = NewGroup(name="copy", volumes=stage.names, pool=None)
    with pytest.raises(TimedOut) as caught:
        flows.from_group(wanted, "g", Budget(30, clock=lambda: now_s[0]), allow_shared_lss=False)
    core.array.close()
    assert "more time" in caught.value.next_step
    assert (caught.value.left_copies, stage.copies()) == ((), {})
    stage.check_sources()


def test_a_stop_while_it_copies_leaves_nothing_unnamed_and_nothing_frozen(array: World, stage: Stage) -> None:
    slow_down(stage.file)
    stop = Cancellation()
    driver = XIVDS8KDriver(array.settings, cancellation=stop)
    with pytest.raises(Cancelled) as caught:
        stage.copy(driver, progress=stage.once(stop.set))
    driver.close()
    assert {volume_id: one.id for volume_id, one in caught.value.left_copies} == stage.copies()
    assert stage.group.frozen == set()


@pytest.mark.parametrize("action", ["error", "drop_before"])
def test_a_finished_relation_that_stays_is_told_of_and_can_be_withdrawn_later(
    array: World, stage: Stage, action: str
) -> None:
    array.fail(WITHDRAW, action, **({"code": CODE} if action == "error" else {}))
    copied = stage.copy()
    assert [labels(array, volume) for volume in copied.volumes] == [["monday"], ["monday"]]
    assert array.calls()[WITHDRAW] == 2
    (left,) = copied.left
    (stayed,) = [source for source, target in stage.copies().items() if f"{source}:{target}" in left]
    (copy,) = [volume for volume in copied.volumes if volume.id == stage.copies()[stayed]]
    array.driver.finish_cloned_volume(
        volume_id=copy.id, copied_from=stayed, expected_name=copy.name, size_bytes=copy.size_bytes, deadline=20
    )
    stage.check_sources()

"""Answers to changes of PPRC pairs that are lost: looked up, never repeated blindly, and finished all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.pprc_stage import DEADLINE_S, Stage
from terraform_provider_xivds8k.driver import DriverError, InDoubt, Replication, ReplicationMode, Scope, Side

LOST = ("drop_before", "drop_after")
CREATE, PAUSE, RESUME, DELETE, PATH = (
    f"POST /cs/pprcs{part}" for part in ("", "/pause", "/resume", "/delete", "/paths")
)
Call = tuple[Side, str, int]  # the side it goes to, its name in the journal, which of them is lost
SWITCHES: dict[ReplicationMode, tuple[Call, ...]] = {
    "metro_mirror": (("remote", CREATE, 1), ("remote", RESUME, 1)),
    "global_copy": (
        ("home", PAUSE, 1),
        ("home", RESUME, 1),
        ("remote", CREATE, 1),
        ("remote", RESUME, 1),
        ("remote", PAUSE, 1),
        ("remote", RESUME, 2),
    ),
}


@pytest.fixture(params=LOST)
def lost(request: pytest.FixtureRequest) -> str:
    """Return whether the request is lost or its answer."""
    return str(request.param)


@pytest.mark.parametrize(
    ("mode", "call"), [(mode, call) for mode, calls in SWITCHES.items() for call in calls], ids=str
)
def test_a_switch_is_finished(stage: Stage, lost: str, mode: ReplicationMode, call: Call) -> None:
    """Whichever answer of a switch is lost, it ends with the remote side serving, in the same mode."""
    made = stage.replicated("a", mode=mode)
    _lose(stage, lost, call)
    assert stage.move("switch", made).members[0].outcome == "moved"
    assert (stage.row(made), stage.mode(made)) == (4, mode)
    assert stage.two.read("remote", made.remote_id) == ["a"]


def _failover(stage: Stage, made: Replication) -> int:
    stage.move("failover", made, force=True)
    return stage.row(made)


def _resync(stage: Stage, made: Replication) -> int:
    stage.move("resync", made, authoritative_backend_id="default")
    return stage.row(made)


def _failback(stage: Stage, made: Replication) -> int:
    stage.move("failback", made, authoritative_backend_id="remote")
    return stage.row(made)


@pytest.mark.parametrize(
    ("operation", "call", "row"),
    [
        (_failover, ("remote", CREATE, 1), 10),
        (_resync, ("home", PAUSE, 1), 1),
        (_resync, ("home", RESUME, 1), 1),
        (_failback, ("remote", RESUME, 1), 1),
        (_failback, ("home", CREATE, 1), 1),
        (_failback, ("home", RESUME, 1), 1),
    ],
)
def test_other_operations_are_finished(
    stage: Stage, lost: str, operation: Callable[[Stage, Replication], int], call: Call, row: int
) -> None:
    """Failover, resync and failback end where they were to, whichever answer is lost."""
    made = stage.replicated("a")
    if operation is not _failover:
        _failover(stage, made)
    _lose(stage, lost, call)
    assert operation(stage, made) == row


@pytest.mark.parametrize(
    "call", [("home", PATH, 1), ("remote", PATH, 1), ("home", CREATE, 1), ("remote", "POST /volumes", 1)], ids=str
)
def test_a_replication_is_set_up(stage: Stage, lost: str, call: Call) -> None:
    """Whichever answer is lost while a pair is made: it is complete, or nothing is left and a second run makes it."""
    volume = stage.two.volume("a")
    _lose(stage, lost, call)
    try:
        made = stage.replicate(volume)
    except DriverError:
        assert [one for one in stage.driver.remote.list_volumes() if one.name == volume.name] == []
        made = stage.replicate(volume)
    stage.two.advance(5)
    assert stage.row(made) == 1
    assert stage.two.read("remote", made.remote_id) == ["a"]
    assert len(stage.driver.list_replications()) == 1


@pytest.mark.parametrize("call", [("home", PAUSE, 1), ("home", RESUME, 1)], ids=str)
def test_a_mode_is_changed(stage: Stage, lost: str, call: Call) -> None:
    """Whichever answer is lost, the pair is copied in the new mode."""
    made = stage.replicated("a", mode="global_copy")
    _lose(stage, lost, call)
    stage.driver.change_replication(replication_id=made.id, mode="metro_mirror")
    stage.two.advance(5)
    assert (stage.row(made), stage.mode(made)) == (1, "metro_mirror")


@pytest.mark.parametrize("reaches", [True, False])
@pytest.mark.parametrize("call", [("home", DELETE, 1), ("remote", DELETE, 1)], ids=str)
def test_a_pair_is_ended(stage: Stage, lost: str, call: Call, reaches: bool) -> None:
    """Whichever answer is lost, the pair is gone on both arrays, and so is the remote volume."""
    stage.two.turn("pprc_delete_reaches_target", on=reaches)
    made = stage.replicated("a")
    _lose(stage, lost, call)
    stage.driver.disable_replication(replication_id=made.id, remote_on_delete="delete")
    assert stage.driver.list_replications() == ()
    assert stage.driver.remote.find_volume(made.remote_id) is None
    assert stage.two.read("home", made.id) == ["a"]


def test_a_deletion_of_the_remote_volume_that_was_lost_is_told(stage: Stage) -> None:
    """A volume's deletion is not sent twice: the pair is ended, and the error names what may be left."""
    made = stage.replicated("a")
    _lose(stage, "drop_before", ("remote", "DELETE /volumes/{id}", 1))
    with pytest.raises(InDoubt) as told:
        stage.driver.disable_replication(replication_id=made.id, remote_on_delete="delete")
    assert made.remote_id in told.value.left_behind
    assert stage.driver.list_replications() == ()


def _lose(stage: Stage, action: str, call: Call) -> None:
    side, command, nth = call
    stage.two.fail(side, command, action, nth=nth)


def test_a_doubt_stays_one_when_the_array_falls_silent_while_pairs_are_asked_for_one_by_one(stage: Stage) -> None:
    """The first was sent and not answered, the second never sent: the report tells them apart."""
    first, second = sorted((stage.replicated("a") for _ in range(2)), key=lambda one: one.remote_id)
    stage.two.set_link("down")
    stage.up("home", "refuse")
    stage.two.fail("remote", "POST /cs/pprcs", "error", code="BE7A0005")  # all of it, so that each is asked for alone
    stage.two.fail("remote", "POST /cs/pprcs", "drop_before", nth=2)
    stage.two.fail("remote", "POST /cs/pprcs", "down", nth=3)

    def is_back(line: str) -> None:
        if "of 2)" in line:
            stage.two.set_state("remote", "up")

    with pytest.raises(DriverError) as failed:
        stage.driver.failover_host(
            scope=Scope(ids=(first.remote_id, second.remote_id)), deadline=DEADLINE_S, progress=is_back
        )
    assert failed.value.report is not None
    told = {member.remote_id: member for member in failed.value.report.members}
    assert told[first.remote_id].in_doubt
    assert not told[second.remote_id].in_doubt


def test_a_doubt_about_several_is_told_to_each_once(stage: Stage) -> None:
    """The answer about three pairs is lost, and asked again the array refuses: each is told that once, for itself."""
    made = [stage.replicated() for _ in range(3)]
    stage.two.set_link("down")
    stage.up("home", "refuse")
    stage.two.fail("remote", CREATE, "drop_before")
    stage.two.fail("remote", CREATE, "error", code="BE7A00FF", nth=2)
    with pytest.raises(DriverError) as failed:
        stage.move("failover", *made)
    assert failed.value.report is not None
    assert [one.problem.count("Asked again") for one in failed.value.report.members] == [1, 1, 1]


def test_a_mode_that_may_still_change_is_not_told_as_before_without_that(stage: Stage) -> None:
    """The order to pause is lost twice: the pair is copied as before, and the error says that it may still come."""
    made = stage.replicated("a")
    stage.two.fail("home", PAUSE, "drop_before", times=2)
    with pytest.raises(InDoubt) as failed:
        stage.driver.change_replication(replication_id=made.id, mode="global_copy")
    assert "as before" in failed.value.left_behind
    assert "may still be carried out" in failed.value.left_behind


def test_a_mode_that_was_changed_is_not_told_as_it_was(stage: Stage) -> None:
    """The answer is lost, and home refuses the looks that would show it: the error tells of the new mode."""
    made = stage.replicated("a")
    stage.two.fail("home", RESUME, "drop_after")
    stage.two.fail("home", "GET /cs/pprcs", "error", nth=2, times=3, code="BE7A00FF")
    with pytest.raises(DriverError) as failed:
        stage.driver.change_replication(replication_id=made.id, mode="global_copy")
    assert stage.mode(made) == "global_copy"
    assert "in the new mode" in failed.value.left_behind

"""Switch, failover, resync and failback on two linked DS8000s, in both modes: what moves, is kept, and is lost."""

from __future__ import annotations

import pytest

from support.pprc_stage import Stage
from terraform_provider_xivds8k.driver import DriverError, ReplicationMode, Unsupported
from terraform_provider_xivds8k.driver.flows.pair_work import NOT_KNOWN
from terraform_provider_xivds8k.driver.flows.pprc_bulk import pprcs_of


def test_a_switch_and_back_loses_nothing(stage: Stage, mode: ReplicationMode) -> None:
    """Each side serves in turn, in the same mode, with all that was written on either; a second time does nothing."""
    made = stage.replicated("a", mode=mode)
    for _ in range(2):
        report = stage.move("switch", made)
    assert [member.outcome for member in report.members] == ["was there"]
    assert (stage.row(made), stage.mode(made)) == (4, mode)
    with pytest.raises(ValueError, match="target"):
        stage.two.write("home", made.id, "refused")
    stage.two.write("remote", made.remote_id, "b")
    stage.two.advance(5)
    for _ in range(2):
        stage.move("switch", made, to="home")
    stage.two.write("home", made.id, "c")
    stage.two.advance(5)
    assert (stage.row(made), stage.mode(made)) == (1, mode)
    assert stage.two.read("home", made.id) == stage.two.read("remote", made.remote_id) == ["a", "b", "c"]


def test_writes_that_are_on_their_way_arrive_before_a_switch(stage: Stage) -> None:
    """What a Global Copy has not copied yet when the switch begins is on the other side when it ends."""
    made = stage.replicated("a", mode="global_copy")
    stage.written("home", made.id, ["b", "c", "d"])
    stage.move("switch", made)
    assert stage.two.read("remote", made.remote_id) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("operation", ["switch", "failback"])
def test_a_dry_run_names_exactly_the_calls_that_are_made(stage: Stage, mode: ReplicationMode, operation: str) -> None:
    """The calls of a dry run are those of the run, on each array as many as its journal counts; it sends none."""
    made = stage.replicated(mode=mode)
    if operation == "failback":
        stage.move("switch", made)
    stage.two.forget_calls()
    would = stage.move(operation, made, dry_run=True)  # type: ignore[arg-type]
    assert stage.posts("home") == stage.posts("remote") == {}
    did = stage.move(operation, made)  # type: ignore[arg-type]
    assert would.members[0].calls == did.members[0].calls
    assert [(one.outcome, one.calls != ()) for one in would.members] == [("would move", True)]
    for side in ("home", "remote"):
        named = [call for call in would.members[0].calls if call.startswith(f"{side}:")]
        assert len(named) == sum(stage.posts(side).values())


def test_metro_mirror_loses_no_acknowledged_write(stage: Stage) -> None:
    """Home dies: all it acknowledged is on the remote side, which takes writes; home comes back as its copy."""
    made = stage.replicated("a", "b")
    stage.up("home", "refuse")
    stage.two.set_link("down")
    report = stage.move("failover", made)
    assert [(one.outcome, one.after) for one in report.members] == [("moved", 9)]
    assert report.members[0].lost == NOT_KNOWN
    assert stage.two.read("remote", made.remote_id) == ["a", "b"]
    stage.two.write("remote", made.remote_id, "c")
    stage.up("home")
    stage.two.set_link("up")
    assert stage.row(made) == 10
    stage.move("resync", made, authoritative_backend_id="remote")
    stage.two.advance(5)
    assert stage.row(made) == 4
    stage.move("failback", made)
    assert stage.row(made) == 1
    assert stage.two.read("home", made.id) == stage.two.read("remote", made.remote_id) == ["a", "b", "c"]


def test_a_global_copy_failover_holds_no_label_the_source_lacked(stage: Stage) -> None:
    """What was on its way is missing, nothing is there that was not written; the report says so."""
    made = stage.replicated("a", mode="global_copy")
    stage.two.set_link("down")
    stage.written("home", made.id, ["b", "c"])
    stage.up("home", "refuse")
    report = stage.move("failover", made, accept_inconsistent=True)
    assert "inconsistent" in report.members[0].lost
    held = stage.two.read("remote", made.remote_id)
    assert held == ["a", "b", "c"][: len(held)]
    assert stage.row(made) == 9


def test_a_failover_twice_changes_nothing_the_second_time(stage: Stage) -> None:
    """A side that was promoted already is reported and left alone."""
    made = stage.replicated("a")
    stage.up("home", "refuse")
    stage.move("failover", made, force=True)
    stage.two.forget_calls()
    assert [one.outcome for one in stage.move("failover", made).members] == ["was there"]
    assert stage.posts("remote") == {}


def test_a_failover_needs_no_path(stage: Stage) -> None:
    """The link is down for good: the copy is promoted all the same."""
    made = stage.replicated("a")
    stage.two.set_link("down")
    stage.up("home", "refuse")
    assert stage.move("failover", made).members[0].after == 9


def test_a_forced_failover_with_home_alive_keeps_the_remote_side(stage: Stage) -> None:
    """With force it is promoted although home serves; what home is written then goes with the resync, and is named."""
    made = stage.replicated("a")
    stage.move("failover", made, force=True)
    assert stage.row(made) == 10
    stage.two.write("home", made.id, "gone")
    stage.two.write("remote", made.remote_id, "kept")
    would = stage.move("resync", made, authoritative_backend_id="remote", dry_run=True)
    assert "no copy of it is made" in would.members[0].lost
    done = stage.move("resync", made, authoritative_backend_id="remote")
    assert "no copy of it is made" in done.members[0].lost
    stage.two.advance(5)
    assert stage.row(made) == 4
    assert stage.two.read("home", made.id) == stage.two.read("remote", made.remote_id) == ["a", "kept"]


def test_a_resync_can_keep_home_instead(stage: Stage, mode: ReplicationMode) -> None:
    """After a failover nobody wanted, home's data stays and the remote side's is gone."""
    made = stage.replicated("a", mode=mode)
    stage.move("failover", made, force=True, accept_inconsistent=True)
    stage.two.write("remote", made.remote_id, "gone")
    stage.two.write("home", made.id, "kept")
    for _ in range(2):
        stage.move("resync", made, authoritative_backend_id="default")
    stage.two.advance(5)
    assert (stage.row(made), stage.mode(made)) == (1, mode)
    assert stage.two.read("home", made.id) == stage.two.read("remote", made.remote_id) == ["a", "kept"]


def test_a_failback_after_a_disaster_brings_the_remote_data_home(stage: Stage, mode: ReplicationMode) -> None:
    """One operation: resync onto home, then home serves again with what the remote side was written."""
    made = stage.replicated("a", mode=mode)
    stage.up("home", "refuse")
    stage.move("failover", made, force=True, accept_inconsistent=True)
    stage.two.write("remote", made.remote_id, "b")
    stage.up("home")
    for _ in range(2):
        stage.move("failback", made, authoritative_backend_id="remote")
    stage.two.advance(5)
    assert (stage.row(made), stage.mode(made)) == (1, mode)
    assert stage.two.read("home", made.id) == stage.two.read("remote", made.remote_id) == ["a", "b"]


def test_a_failover_home_when_the_remote_side_dies(stage: Stage) -> None:
    """The remote array serves and dies: home is promoted, and the pair is mended later with home's data."""
    made = stage.replicated("a")
    stage.move("switch", made)
    stage.two.write("remote", made.remote_id, "b")
    stage.two.set_link("down")
    stage.up("remote", "refuse")
    assert stage.move("failover", made, to="home").members[0].outcome == "moved"
    stage.two.write("home", made.id, "c")
    stage.up("remote")
    stage.two.set_link("up")
    assert stage.row(made) == 11
    stage.move("resync", made, authoritative_backend_id="default")
    stage.two.advance(5)
    assert stage.row(made) == 1
    assert stage.two.read("home", made.id) == stage.two.read("remote", made.remote_id) == ["a", "b", "c"]


def test_a_suspended_pair_goes_on(stage: Stage, mode: ReplicationMode) -> None:
    """After a link loss home's pair is suspended; resync copies what differs, with no question asked."""
    made = stage.replicated("a", mode=mode)
    stage.two.set_link("down")
    stage.two.write("home", made.id, "b")
    stage.two.set_link("up")
    assert stage.row(made) == 2
    stage.move("resync", made)
    stage.two.advance(5)
    assert stage.row(made) == 1
    assert stage.two.read("remote", made.remote_id) == ["a", "b"]


def test_paths_back_are_made_where_there_are_none(stage: Stage) -> None:
    """The way back was deleted: a switch makes it first, and names that call."""
    made = stage.replicated("a")
    remote = stage.driver.remote._core
    assert remote.array.pprcs is not None
    (path,) = remote.array.pprcs.paths(remote.budget())
    remote.array.pprcs.delete_path(path.id, remote.budget())
    would = stage.move("switch", made, dry_run=True).members[0].calls
    assert would[0].startswith("remote: POST /cs/pprcs/paths")
    assert stage.move("switch", made).members[0].calls == would
    assert stage.row(made) == 4


def test_one_that_fails_does_not_stop_the_others(stage: Stage) -> None:
    """The array refuses one of three: two moved, the error says where each is, and a second run finishes the third."""
    made = [stage.replicated(f"v{number}") for number in range(3)]
    stage.two.fail("remote", "POST /cs/pprcs", "error", code="BE7A00FF", times=2)
    with pytest.raises(DriverError) as failed:
        stage.move("switch", *made)
    report = failed.value.report
    assert report is not None
    assert [one.outcome for one in report.members] == ["failed", "moved", "moved"]
    assert [stage.row(one) for one in made] == [1, 4, 4]
    assert [one.outcome for one in stage.move("switch", *made).members].count("was there") == 2
    assert [stage.row(one) for one in made] == [4, 4, 4]


def test_a_switch_broken_off_between_failover_and_failback_goes_on(stage: Stage) -> None:
    """Home still is in full duplex, so it was not written since: a second run finishes the switch, asking nothing."""
    made = stage.replicated("a")
    stage.two.fail("remote", "POST /cs/pprcs/resume", "error", code="BE7A00FF")
    with pytest.raises(DriverError):
        stage.move("switch", made)
    assert stage.row(made) == 10
    stage.move("switch", made)
    assert stage.row(made) == 4


def test_a_switch_does_not_go_on_once_home_was_written(stage: Stage) -> None:
    """Broken off after the failover, then home takes a write: going on would lose it, so it is refused."""
    made = stage.replicated("a")
    stage.two.fail("remote", "POST /cs/pprcs/resume", "error", code="BE7A00FF")
    with pytest.raises(DriverError):
        stage.move("switch", made)
    stage.two.write("home", made.id, "b")
    with pytest.raises(DriverError):
        stage.move("switch", made)
    assert stage.two.read("home", made.id) == ["a", "b"]


def test_a_global_copy_that_cannot_be_switched_goes_on_as_one(stage: Stage) -> None:
    """The array refuses the failover: the pair is a Global Copy again, and a second run switches it."""
    made = stage.replicated("a", mode="global_copy")
    stage.two.fail("remote", "POST /cs/pprcs", "error", code="BE7A00FF")
    with pytest.raises(DriverError):
        stage.move("switch", made)
    assert (stage.row(made), stage.mode(made)) == (1, "global_copy")
    stage.move("switch", made)
    assert (stage.row(made), stage.mode(made)) == (4, "global_copy")


@pytest.mark.parametrize("nth", [4, 5, 6])
def test_a_look_the_array_refuses_keeps_only_the_pairs_it_is_about(stage: Stage, nth: int) -> None:
    """While a Global Copy becomes a Metro Mirror home refuses a look: it is a Global Copy again, the other moves."""
    made, other = stage.replicated("a", mode="global_copy"), stage.replicated("b")
    stage.two.fail("home", "GET /cs/pprcs", "error", nth=nth, code="BE7A0029")
    with pytest.raises(DriverError) as failed:
        stage.move("switch", made, other)
    assert failed.value.report is not None
    assert [one.outcome for one in failed.value.report.members] == ["failed", "moved"]
    assert [(stage.row(one), stage.mode(one)) for one in (made, other)] == [(1, "global_copy"), (4, "metro_mirror")]
    stage.move("switch", made)
    assert (stage.row(made), stage.mode(made)) == (4, "global_copy")


@pytest.mark.parametrize(("command", "nth", "row"), [("/pause", 1, 4), ("/resume", 2, 5)])
def test_a_global_copy_left_as_metro_mirror_is_told_and_finished(
    stage: Stage, command: str, nth: int, row: int
) -> None:
    """It moved and could not be made a Global Copy again: never called done; a second run that names the mode is."""
    made = stage.replicated("a", mode="global_copy")
    stage.two.fail("remote", f"POST /cs/pprcs{command}", "error", nth=nth, code="BE7A00FF")
    with pytest.raises(DriverError, match='mode = "global_copy"'):
        stage.move("switch", made)
    assert (stage.row(made), stage.mode(made)) == (row, "metro_mirror")
    would = stage.move("switch", made, mode="global_copy", dry_run=True).members[0].calls
    assert stage.move("switch", made, mode="global_copy").members[0].calls == would
    assert (stage.row(made), stage.mode(made)) == (4, "global_copy")
    assert [one.outcome for one in stage.move("switch", made, mode="global_copy").members] == ["was there"]


@pytest.mark.parametrize("refused", ["/paths", ""])
def test_a_metro_mirror_that_cannot_be_switched_stays_one(stage: Stage, refused: str) -> None:
    """It was to be a Global Copy after its switch, which is refused: it goes on as it was, and nothing is sent home."""
    made = stage.replicated("a")
    if refused:
        pprcs, budget = pprcs_of(stage.driver._views.remote), stage.driver._core.budget()
        for path in pprcs.paths(budget):
            pprcs.delete_path(path.id, budget)
    stage.two.forget_calls()
    stage.two.fail("remote", f"POST /cs/pprcs{refused}", "error", code="BE7A00FF")
    with pytest.raises(DriverError):
        stage.move("switch", made, mode="global_copy")
    assert (stage.row(made), stage.mode(made)) == (1, "metro_mirror")
    assert stage.posts("home") == {}
    stage.move("switch", made, mode="global_copy")
    assert (stage.row(made), stage.mode(made)) == (4, "global_copy")


def test_what_a_resync_discarded_is_told_where_it_fails_after_that(stage: Stage) -> None:
    """Home refuses a look while it copies: what the remote side was written is gone by then, and the report says so."""
    made = stage.replicated("a")
    stage.move("failover", made, force=True)
    stage.two.write("remote", made.remote_id, "gone")
    stage.two.fail("home", "GET /cs/pprcs", "error", nth=6, code="BE7A0029")
    with pytest.raises(DriverError) as failed:
        stage.move("resync", made, authoritative_backend_id="default")
    assert failed.value.report is not None
    member = failed.value.report.members[0]
    assert "[failback]" in member.calls[-1]
    assert "no copy of it is made" in member.lost


def test_a_failover_is_of_the_pair_s_own_mode(stage: Stage) -> None:
    """A mode is for what ends in step: a failover refuses one, and so does a mode of another family."""
    made = stage.replicated("a")
    for operation, mode in (("failover", "global_copy"), ("switch", "async")):
        with pytest.raises(Unsupported) as refused:
            stage.move(operation, made, mode=mode)  # type: ignore[arg-type]
        assert refused.value.attribute == "mode"

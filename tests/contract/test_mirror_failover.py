"""A failover of XIVs: the copy serves, and it is said exactly what it lacks."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

import pytest

from support.mirror_lab import COPIED_S, Lab
from support.refusals import says_all
from terraform_provider_xivds8k.driver import DriverError, InDoubt, NoSpace, Refused, Replication, Scope, Side, Terms
from terraform_provider_xivds8k.driver.flows.mirror_checks import loss_s
from terraform_provider_xivds8k.driver.flows.pair_work import NOT_KNOWN, Work

Mode = Literal["sync", "async"]
MODES: tuple[Mode, ...] = ("sync", "async")


def _duplicates(lab: Lab) -> list[str]:
    return sorted(name for name in lab.names("remote") if ".before-failover-" in name)


@pytest.mark.parametrize("needs_standby", [False, True])
def test_with_home_lost_a_synchronous_copy_has_all_that_was_acknowledged(lab: Lab, needs_standby: bool) -> None:
    lab.linked.turn("xiv_mirror_promote_needs_standby", on=needs_standby)
    made = lab.pair("sync", "a")
    lab.linked.write("home", made.id, "b")
    lab.lose_home()
    moved = lab.one("failover", made.remote_id)
    assert (moved.before, moved.after, moved.outcome, moved.serves, moved.lost) == (7, 9, "moved", "remote", NOT_KNOWN)
    assert lab.linked.read("remote", made.remote_id) == ["a", "b"]
    lab.linked.write("remote", made.remote_id, "c")
    assert any("mirror_deactivate" in call for call in moved.calls) == needs_standby


@pytest.mark.parametrize("needs_standby", [False, True])
def test_an_asynchronous_copy_lacks_exactly_what_lies_after_the_point_that_is_told(
    lab: Lab, needs_standby: bool
) -> None:
    lab.linked.turn("xiv_mirror_promote_needs_standby", on=needs_standby)
    made = lab.pair("async", "before")
    (mirror,) = lab.tell("home", "mirror_list")
    lab.linked.advance(5)
    lab.linked.write("home", made.id, "after")
    lab.lose_home()
    moved = lab.one("failover", made.remote_id)
    assert (moved.after, moved.serves) == (9, "remote")
    assert f"written after {mirror['last_replicated_snapshot_time']}" in moved.lost
    assert lab.linked.read("remote", made.remote_id) == ["before"]
    (duplicate,) = _duplicates(lab)
    assert f"kept in {duplicate} as well" in moved.lost
    assert lab.labels("remote", duplicate) == ["before"]


def test_a_job_caught_half_way_leaves_no_trace(still_lab: Lab) -> None:
    lab, made = still_lab, still_lab.pair("async", "a")
    lab.tell("home", "mirror_list")
    lab.linked.write("home", made.id, "b")
    lab.tell("home", "mirror_create_snapshot", vol=made.name, name="s", slave_name="s")
    assert lab.tell("home", "sync_job_list")
    lab.lose_home()
    lab.one("failover", made.remote_id)
    assert lab.linked.read("remote", made.remote_id) == ["a"]


@pytest.mark.parametrize("mode", MODES)
def test_a_group_is_failed_over_as_one(lab: Lab, mode: Mode) -> None:
    first, second = lab.pair(mode, "a"), lab.pair(mode, "b")
    lab.group("g", mode, first, second)
    lab.lose_home()
    moved = lab.run_group("failover", "g")
    assert (moved.before, moved.after, moved.serves) == (7, 9, "remote")
    for made, label in ((first, "a"), (second, "b")):
        lab.linked.write("remote", made.remote_id, "c")
        assert lab.linked.read("remote", made.remote_id) == [label, "c"]
    assert any("snap_group_duplicate" in call for call in moved.calls) == (mode == "async")


@pytest.mark.parametrize("mode", MODES)
def test_a_failover_done_twice_changes_nothing_the_second_time(lab: Lab, mode: Mode) -> None:
    made = lab.pair(mode)
    lab.lose_home()
    lab.one("failover", made.remote_id)
    lab.linked.write("remote", made.remote_id, "new")
    lab.linked.forget_calls()
    again = lab.one("failover", made.remote_id)
    assert (again.outcome, again.calls, lab.changes()["remote"]) == ("was there", (), [])
    assert "new" in lab.linked.read("remote", made.remote_id)


@pytest.mark.parametrize("mode", MODES)
def test_a_dry_run_names_the_very_calls_and_sends_none(lab: Lab, mode: Mode) -> None:
    made = lab.pair(mode)
    lab.lose_home()
    lab.linked.forget_calls()
    would = lab.one("failover", made.remote_id, dry_run=True)
    assert (would.outcome, lab.changes()["remote"]) == ("would move", [])
    did = lab.one("failover", made.remote_id)
    cut = re.compile(r"-[0-9]{8}-[0-9]{6}-[0-9a-f]{4}")
    assert [cut.sub("", call) for call in did.calls] == [cut.sub("", call) for call in would.calls]
    assert sorted({call.split()[1] for call in did.calls}) == lab.changes()["remote"]
    assert would.lost
    assert [part for part in did.lost.split("; ") if "kept in" not in part] == would.lost.split("; ")


def test_what_is_copied_for_the_first_time_is_never_promoted(still_lab: Lab) -> None:
    lab = still_lab
    volume = lab.linked.volume("a")
    made = lab.driver.enable_replication(mode="sync", volume_id=volume.id)
    lab.tell("home", "mirror_list")
    lab.lose_home()
    with pytest.raises(Refused, match=r"first copy has not ended.*Wait until.*no option helps") as refused:
        lab.one("failover", made.remote_id, force=True, accept_inconsistent=True)
    says_all(refused.value)
    assert "mirror_change_role" not in lab.linked.calls("remote")


@pytest.mark.parametrize("mode", MODES)
def test_with_home_out_of_reach_and_the_link_alive_it_takes_force(lab: Lab, mode: Mode) -> None:
    made = lab.pair(mode)
    lab.linked.set_state("home", "refuse")
    with pytest.raises(Refused, match=r"link to it is alive.*likely to serve.*check at home.*force = true") as refused:
        lab.one("failover", made.remote_id)
    says_all(refused.value, "force")
    assert refused.value.attribute == "force"
    assert "mirror_change_role" not in lab.linked.calls("remote")
    assert lab.one("failover", made.remote_id, force=True).after == 9


@pytest.mark.parametrize("mode", MODES)
def test_with_home_in_service_it_takes_force_and_home_is_stopped_first(lab: Lab, mode: Mode) -> None:
    made = lab.pair(mode, "a")
    with pytest.raises(Refused, match=r"row 1.*both sides take writes.*use switch.*force = true") as refused:
        lab.one("failover", made.id)
    says_all(refused.value, "force")
    assert lab.row(made.id) == 1
    moved = lab.one("failover", made.id, force=True)
    assert (moved.outcome, moved.after) == ("moved", 12)
    commands = [call.split()[:2] for call in moved.calls]
    assert commands.index(["home:", "mirror_deactivate"]) < commands.index(["remote:", "mirror_change_role"])
    assert lab.linked.read("remote", made.remote_id) == ["a"]
    assert lab.one("resync", made.id, authoritative_backend_id="remote").after == 4


def test_what_home_is_written_after_a_forced_failover_is_told_not_to_be_there(lab: Lab) -> None:
    """All that was written before is there: no loss is allowed, and none happens."""
    made = lab.pair("sync", "a")
    lab.attach("home", made.name)
    would = lab.one("failover", made.id, force=True, max_data_loss_s=0, dry_run=True)
    did = lab.one("failover", made.id, force=True, max_data_loss_s=0)
    assert would.lost == did.lost == "nothing written so far; what the home array is written from now on is not here"
    lab.linked.write("home", made.id, "later")
    assert lab.linked.read("remote", made.remote_id) == ["a"]


def test_a_forced_failover_that_fails_lets_home_go_on_copying(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.linked.fail("remote", "mirror_change_role", "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError) as failed:
        lab.one("failover", made.id, force=True)
    report = failed.value.report
    assert report is not None
    assert "Home was stopped and started again" in failed.value.left_behind
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 1


def test_force_with_the_link_down_leaves_home_as_it_is(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.linked.set_link("down")
    with pytest.raises(Refused, match=r"row 2"):
        lab.one("failover", made.id)
    assert lab.one("failover", made.id, force=True).after == 10


def _torn(lab: Lab) -> Replication:
    """Return a pair whose copy was caught while it was brought up to date."""
    made = lab.pair("sync", "a")
    lab.linked.set_link("down")
    lab.linked.write("home", made.id, "b")
    lab.linked.write("home", made.id, "c")
    lab.linked.set_link("up")
    lab.tell("home", "mirror_list")
    lab.lose_home()
    return made


@pytest.mark.parametrize("says_consistent", [False, True])
def test_an_inconsistent_copy_is_served_only_where_that_is_accepted(still_lab: Lab, says_consistent: bool) -> None:
    lab = still_lab
    lab.linked.turn("xiv_mirror_slave_says_consistent", on=says_consistent)
    made = _torn(lab)
    left = f"last-consistent-{made.remote_name}"
    with pytest.raises(Refused, match=rf"not consistent.*mixed.*kept in {left}.*accept_inconsistent = true") as refused:
        lab.one("failover", made.remote_id)
    says_all(refused.value, "accept_inconsistent")
    assert refused.value.attribute == "accept_inconsistent"
    moved = lab.one("failover", made.remote_id, accept_inconsistent=True)
    assert moved.after == 9
    assert left in moved.lost
    assert "deleting the pair" in moved.lost
    assert lab.labels("remote", left) == ["a"]


def test_more_loss_than_allowed_is_refused(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.row(made.id)  # both clocks are read while both arrays answer
    lab.linked.advance(100)
    lab.lose_home()
    with pytest.raises(
        Refused, match=r"more than 60 s of writes may be lost.*up to [1-9][0-9][0-9] s.*written after"
    ) as refused:
        lab.one("failover", made.remote_id, max_data_loss_s=60)
    says_all(refused.value, "max_data_loss_seconds")
    assert "mirror_change_role" not in lab.linked.calls("remote")
    assert lab.one("failover", made.remote_id, max_data_loss_s=3600).after == 9


def test_clocks_that_disagree_make_no_loss_of_nothing(lab: Lab) -> None:
    """The time of the last point that was replicated lies ahead of the clock of the only array that answers."""
    made = lab.pair("async", "a")
    half = lab.driver.find_replication(made.id)
    assert half is not None
    work = Work("failover", "remote", Terms(max_data_loss_s=10**6), (half,), {})
    for now, known in (("2020-01-01 00:00:00", False), ("2099-01-01 00:00:00", True)):
        lone = replace(half, home=None, home_answers=False)
        assert (loss_s(work, lone, {"remote": now}) is not None) == known
    assert loss_s(work, half, {"remote": "2099-01-01 00:00:00", "home": half.remote.replicated_at or ""}) == 0.0  # type: ignore[union-attr]


def test_the_allowed_loss_is_looked_at_once_more_right_before_the_promotion(lab: Lab) -> None:
    first, second = lab.pair("async"), lab.pair("async")
    lab.row(first.id)
    lab.lose_home()

    def hours_pass(line: str) -> None:
        if "done" in line and "1 of 2" in line:
            lab.linked.advance(7200)

    with pytest.raises(DriverError, match=r"more than 3600 s of writes may be lost") as failed:
        lab.driver.failover_host(
            operation="failover",
            scope=Scope(ids=(first.remote_id, second.remote_id)),
            terms=Terms(max_data_loss_s=3600),
            deadline=20,
            progress=hours_pass,
        )
    assert failed.value.report is not None
    assert sorted(one.outcome for one in failed.value.report.members) == ["failed", "moved"]
    (late,) = failed.value.report.failed
    assert failed.value.happened.count(late.name) == 1
    assert len(_duplicates(lab)) == 1


def test_a_loss_that_is_not_known_is_more_than_any_allowed(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.lose_home()
    with pytest.raises(Refused, match=NOT_KNOWN) as refused:
        lab.one("failover", made.remote_id, max_data_loss_s=10**6)
    says_all(refused.value, "max_data_loss_seconds")


def test_without_room_for_the_duplicate_nothing_is_promoted(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.lose_home()
    lab.linked.fail("remote", "snapshot_duplicate", "error", code="MAX_VOLUMES_REACHED")
    with pytest.raises(NoSpace, match=r"Nothing was promoted.*accept_inconsistent = true, or force = true") as full:
        lab.one("failover", made.remote_id)
    says_all(full.value, "accept_inconsistent")
    assert full.value.attribute == "accept_inconsistent"
    assert "mirror_change_role" not in lab.linked.calls("remote")
    assert lab.one("failover", made.remote_id).after == 9


@pytest.mark.parametrize("term", ["force", "accept_inconsistent"])
def test_without_room_for_the_duplicate_it_is_done_without_where_the_user_says_so(lab: Lab, term: str) -> None:
    made = lab.pair("async", "a")
    lab.lose_home()
    lab.linked.fail("remote", "snapshot_duplicate", "error", code="NOT_ENOUGH_SNAPSHOT_SPACE")
    moved = lab.one("failover", made.remote_id, force=term == "force", accept_inconsistent=term != "force")
    assert (moved.after, _duplicates(lab)) == (9, [])
    assert "no second snapshot of that state is kept" in moved.lost
    assert not any("snapshot_duplicate" in call for call in moved.calls)


def test_that_there_is_nothing_to_duplicate_is_told_before_and_after(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.group("g", "async")
    lab.tell("home", "cg_add_vol", cg="g", vol=made.name)  # no job of the group has run since
    lab.lose_home()
    would = lab.run_group("failover", "g", dry_run=True)
    did = lab.run_group("failover", "g")
    for told in (would.lost, did.lost):
        assert "no second snapshot of that state is kept (the array has none to duplicate)" in told


def test_the_duplicate_of_a_promotion_that_failed_goes_again(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.lose_home()
    lab.linked.fail("remote", "mirror_change_role", "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError):
        lab.one("failover", made.remote_id)
    assert _duplicates(lab) == []


def test_a_promotion_that_may_still_come_leaves_its_duplicate_and_home_stopped(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.linked.fail("remote", "mirror_change_role", "drop_before", times=2)
    with pytest.raises(InDoubt, match=r"may be promoted, or may still be.*The mirror is stopped at home") as failed:
        lab.one("failover", made.id, force=True)
    (duplicate,) = _duplicates(lab)
    assert f"Snapshot {duplicate} there holds what was last replicated" in failed.value.left_behind
    report = failed.value.report
    assert report is not None
    assert report.members[0].kept == (f"{duplicate} on the remote array",)
    assert [state[:2] for state in lab.states(vol=made.name)] == ["M0", "S0"]
    assert lab.one("failover", made.id, force=True).serves != "home"


@pytest.mark.parametrize("how", ["drop_before", "drop_after"])
def test_a_lost_answer_to_the_promotion_is_looked_up(lab: Lab, how: str) -> None:
    made = lab.pair("async", "a")
    lab.lose_home()
    lab.linked.fail("remote", "mirror_change_role", how)
    assert lab.one("failover", made.remote_id).after == 9
    assert len(_duplicates(lab)) == 1


def test_a_lost_answer_to_the_duplicate_is_looked_up(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.lose_home()
    lab.linked.fail("remote", "snapshot_duplicate", "drop_after")
    assert lab.one("failover", made.remote_id).after == 9
    assert len(_duplicates(lab)) == 1


def test_home_that_comes_back_meanwhile_is_not_failed_over(lab: Lab) -> None:
    """What was checked with home lost is looked at once more right before the role is changed."""
    first, second = lab.pair("sync"), lab.pair("sync")
    lab.lose_home()

    def home_returns(line: str) -> None:
        if "done" in line and "of 2" in line:
            lab.return_home()
            lab.driver._core.silent = None

    with pytest.raises(DriverError, match=r"row 1|row 2") as failed:
        lab.driver.failover_host(
            operation="failover",
            scope=Scope(ids=(first.remote_id, second.remote_id)),
            terms=Terms(),
            deadline=20,
            progress=home_returns,
        )
    assert failed.value.report is not None
    assert sorted(one.outcome for one in failed.value.report.members) == ["failed", "moved"]


def test_the_remote_array_lost_home_takes_over_again(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.one("switch", made.id)
    lab.linked.write("remote", made.remote_id, "b")
    lab.linked.set_state("remote", "refuse")
    lab.linked.set_link("down")
    moved = lab.one("failover", made.id, to="home")
    assert (moved.before, moved.after, moved.serves) == (6, 3, "home")
    assert lab.linked.read("home", made.id) == ["a", "b"]
    lab.linked.write("home", made.id, "c")


@pytest.mark.parametrize("to", ["home", "remote"])
def test_with_nobody_serving_it_has_to_be_said_whose_data_stays(lab: Lab, to: Side) -> None:
    made = lab.pair("sync", "a")
    lab.lose_home()
    lab.one("failover", made.remote_id)
    lab.return_home()
    for side in ("home", "remote"):
        lab.says(side, "mirror_deactivate", vol=made.name)
        lab.tell(side, "mirror_change_role", vol=made.name, new_role="Slave")
    assert lab.row(made.id) == 13
    with pytest.raises(Refused, match=r"say whose data stays.*authoritative_backend_id") as refused:
        lab.one("failover", made.id, to=to)
    says_all(refused.value, "authoritative_backend_id")
    label = {"home": "default", "remote": "remote"}[to]
    moved = lab.one("failover", made.id, to=to, authoritative_backend_id=label)
    assert moved.after == {"home": 2, "remote": 5}[to]
    assert lab.one("resync", made.id).after == {"home": 1, "remote": 4}[to]

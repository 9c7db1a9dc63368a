"""What changes while a copy is promoted: nothing is done by a look of before, and what is left is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.mirror_lab import COPIED_S, Lab
from support.plugin_client import eventually
from terraform_provider_xivds8k.driver import DriverError, FailoverReport, InDoubt

CHECKED = "snap_group_list"  # the remote array is asked for it by the checks alone


def _failed_over(
    lab: Lab, asked: str, meanwhile: Callable[[], object], *ids: str, force: bool = False
) -> FailoverReport:
    """Fail over, with something happening once the remote array was asked for a command; return the report."""
    lab.linked.forget_calls()
    with ThreadPoolExecutor(1) as pool:
        failover = pool.submit(lab.run, "failover", *ids, force=force)
        eventually(lambda: lab.linked.calls("remote").get(asked), f"{asked} to be asked for")
        meanwhile()
        error = failover.exception(60)
        if error is None:
            return failover.result()
    assert isinstance(error, DriverError), error
    assert error.report is not None
    return error.report


def test_a_copy_whose_mirror_is_ended_while_home_falls_silent_keeps_no_other_from_being_moved(lab: Lab) -> None:
    ended, other = lab.pair("sync", "a"), lab.pair("sync", "b")
    lab.linked.fail("remote", CHECKED, "delay_after", seconds=2)

    def meanwhile() -> None:
        lab.linked.set_link("down")
        lab.linked.set_state("home", "refuse")
        lab.tell("remote", "mirror_deactivate", vol=ended.remote_name)
        lab.tell("remote", "mirror_delete", vol=ended.remote_name, force_on_slave="yes")

    report = _failed_over(lab, CHECKED, meanwhile, ended.id, other.id, force=True)
    assert [one.outcome for one in report.members] == ["failed", "moved"]
    assert "the remote array has no such mirror any more, and home does not answer" in report.members[0].problem
    assert lab.linked.read("remote", other.remote_id) == ["b"]


@pytest.mark.parametrize("busy", ["snapshot_duplicate", "mirror_change_role"])
def test_home_that_comes_back_while_the_array_is_busy_is_not_failed_over(lab: Lab, busy: str) -> None:
    made = lab.pair("async" if busy == "snapshot_duplicate" else "sync", "a")
    lab.lose_home()
    lab.linked.fail("remote", busy, "error", code="MIRROR_RETRY_OPERATION", times=8)

    def meanwhile() -> None:
        lab.return_home()
        lab.linked.write("home", made.id, "served again")

    (member,) = _failed_over(lab, busy, meanwhile, made.remote_id).members
    assert member.outcome == "failed"
    assert "failover to remote is not possible in row" in member.problem
    assert not [call for call in member.calls if "mirror_change_role" in call]
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 1
    assert not [name for name in lab.names("remote") if ".before-failover-" in name]


@pytest.mark.parametrize("lost", ["drop_before", "drop_after"])
def test_a_promotion_that_was_not_answered_is_sent_again_all_the_same(lab: Lab, lost: str) -> None:
    made = lab.pair("async", "a")
    lab.lose_home()
    lab.linked.fail("remote", "mirror_change_role", lost)
    assert lab.one("failover", made.remote_id).after == 9


def test_a_forced_failover_without_an_answer_to_the_duplicate_lets_home_go_on_copying(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.linked.fail("remote", "snapshot_duplicate", "drop_before")
    with pytest.raises(InDoubt, match=r"Nothing was promoted.*Home was stopped and started again"):
        lab.one("failover", made.id, force=True)
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 1


def test_home_that_answered_from_the_stop_on_is_started_again(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.linked.set_state("home", "refuse")
    lab.linked.fail("remote", CHECKED, "delay_after", seconds=2)
    lab.linked.fail("remote", "mirror_change_role", "error", code="MIRROR_IS_INITIAL")
    back = lambda: lab.linked.set_state("home", "up")  # noqa: E731
    (member,) = _failed_over(lab, CHECKED, back, made.remote_id, force=True).members
    assert "Home was stopped and started again" in member.problem
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 1


def test_the_duplicate_taken_for_a_copy_that_somebody_else_promoted_is_named(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.lose_home()
    lab.linked.fail("remote", "snapshot_duplicate", "delay_after", seconds=2)

    def promote() -> None:
        lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Master")
        lab.linked.fail("remote", "mirror_change_role", "error", code="MIRROR_CONFIGURATION_ERROR")

    (member,) = _failed_over(lab, "snapshot_duplicate", promote, made.remote_id).members
    (duplicate,) = (name for name in lab.names("remote") if ".before-failover-" in name)
    assert (member.outcome, member.after) == ("moved", 9)
    assert member.kept == (f"{duplicate} on the remote array",)

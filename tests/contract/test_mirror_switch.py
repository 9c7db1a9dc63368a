"""A planned switch on XIVs: both sides hold the same, and the other one serves afterwards."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest

from support.mirror_lab import Lab
from support.plugin_client import eventually
from support.refusals import says_all
from support.xiv_mirroring import sites_of
from terraform_provider_xivds8k.driver import DriverError, Member, Refused, ReplicationMode, Scope, Side

Mode = Literal["sync", "async"]
MODES: tuple[Mode, ...] = ("sync", "async")


def _problem(error: pytest.ExceptionInfo[DriverError]) -> Member:
    report = error.value.report
    assert report is not None
    (member,) = report.members
    return member


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stays_active", [False, True])
def test_a_switch_there_and_back_loses_nothing(lab: Lab, mode: Mode, stays_active: bool) -> None:
    lab.linked.turn("xiv_mirror_switched_roles_stay_active", on=stays_active)
    made = lab.pair(mode, "a")
    lab.linked.write("home", made.id, "b")
    there = lab.one("switch", made.id)
    assert (there.before, there.after, there.outcome, there.serves, there.lost) == (1, 4, "moved", "remote", "")
    with pytest.raises(ValueError, match="read-only"):
        lab.linked.write("home", made.id, "no")
    lab.linked.write("remote", made.remote_id, "c")
    back = lab.one("switch", made.id, to="home")
    assert (back.before, back.after, back.serves) == (4, 1, "home")
    assert lab.linked.read("home", made.id) == lab.linked.read("remote", made.remote_id) == ["a", "b", "c"]
    assert lab.names("home") - {f"last-replicated-{made.name}", f"most-recent-{made.name}"} == {made.name}


@pytest.mark.parametrize("mode", MODES)
def test_a_group_is_switched_as_one(lab: Lab, mode: Mode) -> None:
    first, second = lab.pair(mode, "a"), lab.pair(mode, "b")
    lab.group("g", mode, first, second)
    there = lab.run_group("switch", "g")
    assert (there.subject, there.after, there.serves) == ("group", 4, "remote")
    assert any("mirror_switch_roles cg=g" in call for call in there.calls)
    for made in (first, second):
        assert lab.row(made.id) == 4
        lab.linked.write("remote", made.remote_id, "c")
    assert lab.run_group("switch", "g", to="home").after == 1
    assert [lab.linked.read("home", one.id) for one in (first, second)] == [["a", "c"], ["b", "c"]]


def test_a_member_of_a_group_is_not_switched_by_itself(lab: Lab) -> None:
    made = lab.pair()
    lab.group("g", "sync", made)
    with pytest.raises(Refused, match=r"moves with its consistency group g only.*consistency_group_id") as refused:
        lab.one("switch", made.id)
    says_all(refused.value)
    assert lab.row(made.id) == 1


@pytest.mark.parametrize("mode", MODES)
def test_a_switch_done_twice_changes_nothing_the_second_time(lab: Lab, mode: Mode) -> None:
    made = lab.pair(mode)
    lab.one("switch", made.id)
    lab.linked.forget_calls()
    again = lab.one("switch", made.id)
    assert (again.outcome, again.calls) == ("was there", ())
    assert lab.changes() == {"home": [], "remote": []}


@pytest.mark.parametrize("mode", MODES)
def test_a_dry_run_names_the_very_calls_and_sends_none(lab: Lab, mode: Mode) -> None:
    made = lab.pair(mode)
    lab.linked.forget_calls()
    would = lab.one("switch", made.id, dry_run=True)
    assert (would.outcome, lab.changes()) == ("would move", {"home": [], "remote": []})
    did = lab.one("switch", made.id)
    assert [call.split()[:2] for call in did.calls] == [call.split()[:2] for call in would.calls]
    sent = {side: sorted({call.split()[1] for call in did.calls if call.startswith(side)}) for side in lab.changes()}
    assert sent == lab.changes()


def test_an_asynchronous_switch_is_refused_while_hosts_may_write(lab: Lab) -> None:
    made = lab.pair("async")
    host = lab.attach("home", made.name)
    lab.linked.forget_calls()
    with pytest.raises(Refused, match=rf"may be writing at home.*{host}.*logged in.*io_stopped = true") as refused:
        lab.one("switch", made.id)
    says_all(refused.value, "io_stopped")
    assert refused.value.attribute == "io_stopped"
    assert lab.changes() == {"home": [], "remote": []}
    assert lab.one("switch", made.id, io_stopped=True).after == 4


def test_a_mapping_to_a_host_that_is_not_logged_in_hinders_nothing(lab: Lab) -> None:
    made = lab.pair("async")
    lab.attach("home", made.name, log_in=False)
    assert lab.one("switch", made.id).after == 4


def test_a_synchronous_switch_does_not_ask_who_is_logged_in(lab: Lab) -> None:
    made = lab.pair("sync")
    lab.attach("home", made.name)
    assert lab.one("switch", made.id).after == 4


def test_without_orders_for_a_sync_job_the_next_interval_is_waited_for(lab: Lab) -> None:
    lab.linked.turn("xiv_mirror_snapshots", on=False)
    made = lab.replicate(lab.linked.volume("a"), "async", 50)
    lab.linked.write("home", made.id, "b")
    there = lab.one("switch", made.id)
    assert not any("mirror_create_snapshot" in call for call in there.calls)
    assert lab.linked.read("remote", made.remote_id) == ["a", "b"]


def test_an_array_that_never_switches_asynchronous_mirrors_is_told_of_with_a_way(lab: Lab) -> None:
    lab.linked.turn("xiv_mirror_async_switch_refused", on=True)
    made = lab.pair("async")
    with pytest.raises(Refused, match=r"MIRROR_IS_ASYNC.*failover with force = true there, then resync") as refused:
        lab.one("switch", made.id)
    assert _problem(refused).after == 1
    assert lab.names("home") <= {made.name, f"last-replicated-{made.name}", f"most-recent-{made.name}"}


def test_a_job_whose_end_is_not_acknowledged_is_not_taken_for_done(lab: Lab) -> None:
    made = lab.pair("async")
    assert lab.row(made.id) == 1
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=True)
    with pytest.raises(DriverError) as failed:
        lab.driver.failover_host(operation="switch", scope=Scope(ids=(made.id,)), deadline=1.5)
    assert _problem(failed).after in {1, 2}
    assert "mirror_switch_roles" not in lab.linked.calls("home")


def test_each_of_several_that_run_out_of_time_tells_what_was_sent_for_itself(lab: Lab) -> None:
    made = [lab.pair("async") for _ in range(3)]
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=True)
    with pytest.raises(DriverError) as failed:
        lab.driver.failover_host(operation="switch", scope=Scope(ids=tuple(one.id for one in made)), deadline=3)
    report = failed.value.report
    assert report is not None
    for member in report.members:
        others = {one.name for one in made} - {member.name.split()[-1]}
        assert not any(f"vol={other} " in member.problem for other in others)
    assert sum("Sent so far" in member.problem for member in report.members) == 3


@pytest.mark.parametrize("mode", MODES)
def test_a_switch_that_was_broken_off_half_way_goes_on(lab: Lab, mode: Mode) -> None:
    made = lab.pair(mode, "a")
    lab.linked.fail("remote", "mirror_activate", "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError) as failed:
        lab.one("switch", made.id)
    assert _problem(failed).after == 5
    with pytest.raises(ValueError, match="read-only"):
        lab.linked.write("home", made.id, "no")
    again = lab.one("switch", made.id)
    assert (again.before, again.after) == (5, 4)
    assert [call.split()[1] for call in again.calls] == ["mirror_activate"]


@pytest.mark.parametrize(
    ("side", "command", "how"),
    [
        ("home", "mirror_create_snapshot", "drop_after"),
        ("home", "mirror_switch_roles", "drop_before"),
        ("home", "mirror_switch_roles", "drop_after"),
        ("remote", "mirror_activate", "drop_before"),
        ("remote", "mirror_activate", "drop_after"),
        ("home", "snapshot_delete", "drop_before"),
        ("home", "snapshot_delete", "drop_after"),
    ],
)
def test_a_lost_answer_is_looked_up(lab: Lab, side: Side, command: str, how: str) -> None:
    made = lab.pair("async", "a")
    lab.linked.fail(side, command, how)
    assert lab.one("switch", made.id).after == 4
    assert lab.linked.read("remote", made.remote_id) == ["a"]
    assert not [name for name in lab.names("home") | lab.names("remote") if "xivds8k" in name]


def test_a_switch_into_which_another_was_sent_meanwhile_goes_on_from_there(lab: Lab) -> None:
    """One whose answer was lost is carried out late: the array then says that its volume is no master."""
    made = lab.pair("sync", "a")
    lab.linked.fail("home", "mirror_switch_roles", "delay_before", seconds=1)
    with ThreadPoolExecutor() as pool, sites_of(lab.linked.simulation) as sites:
        ours = pool.submit(lab.one, "switch", made.id)
        held = lambda: lab.linked.ask("GET", "/journal")[lab.linked.name("home")].get("held")  # noqa: E731
        eventually(held, "the array was asked")
        sites.home.does("mirror_switch_roles", vol=made.name)
        assert ours.result().outcome == "moved"
    assert lab.row(made.id) == 4


def test_an_order_for_a_sync_job_that_may_still_come_ends_it_with_nothing_switched(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.linked.fail("home", "mirror_create_snapshot", "drop_before")
    with pytest.raises(DriverError) as failed:
        lab.one("switch", made.id)
    assert _problem(failed).after == 1
    assert lab.one("switch", made.id).after == 4


@pytest.mark.parametrize("mode", MODES)
def test_what_is_not_in_step_is_not_switched(lab: Lab, mode: ReplicationMode) -> None:
    made = lab.pair(mode)
    lab.linked.set_link("down")
    with pytest.raises(Refused, match=r"switch to remote is not possible in row 2"):
        lab.one("switch", made.id)


def test_one_that_fails_does_not_stop_the_others(lab: Lab) -> None:
    first, second = lab.pair(), lab.pair()
    lab.linked.fail("home", "mirror_switch_roles", "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError, match=r"1 of 2 replications are not where they should be") as failed:
        lab.run("switch", first.id, second.id)
    report = failed.value.report
    assert report is not None
    assert {one.id: (one.outcome, one.after) for one in report.members} == {
        first.id: ("failed", 1),
        second.id: ("moved", 4),
    }
    assert lab.run("switch", first.id, second.id).failed == ()
    assert [lab.row(one.id) for one in (first, second)] == [4, 4]


def _meanwhile(lab: Lab, command: str, does: Callable[[], object], switch: Callable[[], object]) -> DriverError:
    """Switch, and have somebody do something while home takes its time over a command; return the failure."""
    lab.linked.fail("home", command, "delay_before", seconds=1)
    before = lab.linked.calls("home").get(command, 0)
    with ThreadPoolExecutor(1) as pool:
        switching = pool.submit(switch)
        eventually(lambda: lab.linked.calls("home").get(command, 0) > before, f"{command} to be asked for")
        does()
        with pytest.raises(DriverError) as failed:
            switching.result()
    return failed.value


def test_hosts_of_a_volume_that_joins_the_group_meanwhile_hinder_it_too(lab: Lab) -> None:
    first, second = lab.pair("async", "a"), lab.pair("async", "b")
    lab.group("g", "async", first)
    lab.attach("home", first.name, log_in=False)
    host = lab.attach("home", second.name)
    failed = _meanwhile(
        lab,
        "mapping_list",
        lambda: lab.tell("home", "cg_add_vol", cg="g", vol=second.name),
        lambda: lab.run_group("switch", "g"),
    )
    assert f"{second.name}: host {host}" in str(failed)
    assert "mirror_switch_roles" not in lab.linked.calls("home")


def test_a_mirror_that_is_not_in_step_any_more_after_the_wait_is_not_switched(lab: Lab) -> None:
    made = lab.pair("async", "a")
    failed = _meanwhile(
        lab,
        "sync_job_list",
        lambda: lab.tell("home", "mirror_deactivate", vol=made.name),
        lambda: lab.one("switch", made.id),
    )
    assert "switch to remote is not possible in row 2" in str(failed)
    assert "mirror_switch_roles" not in lab.linked.calls("home")

"""Two sides of a mirror that parted are brought in step; what is discarded is in a named snapshot before that."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest

from support.mirror_lab import Lab
from support.refusals import says_all
from terraform_provider_xivds8k.driver import (
    Cancelled,
    DriverError,
    InDoubt,
    NoSpace,
    Refused,
    Scope,
    Side,
    Terms,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.plugin import Cancellation

Mode = Literal["sync", "async"]
MODES: tuple[Mode, ...] = ("sync", "async")
LABEL: dict[Side, str] = {"home": "default", "remote": "remote"}


def _safety(lab: Lab, side: Side) -> list[str]:
    return sorted(name for name in lab.names(side) if ".before-resync-" in name)


@pytest.mark.parametrize("conflict_deactivates", [False, True])
@pytest.mark.parametrize("kept", ["home", "remote"])
@pytest.mark.parametrize("mode", MODES)
def test_the_side_that_is_named_keeps_its_data_and_the_others_is_in_the_snapshot(
    lab: Lab, mode: Mode, kept: Side, conflict_deactivates: bool
) -> None:
    lab.linked.turn("xiv_mirror_role_conflict_deactivates", on=conflict_deactivates)
    made = lab.parted(mode)
    lost: Side = "remote" if kept == "home" else "home"
    done = lab.one("resync", made.id, authoritative_backend_id=LABEL[kept])
    assert (done.outcome, done.after, done.serves) == ("moved", 1 if kept == "home" else 4, kept)
    lab.linked.advance(5)
    ids: dict[Side, str] = {"home": made.id, "remote": made.remote_id}
    assert [lab.linked.read(side, own_id) for side, own_id in ids.items()] == [["common", f"{kept}'s"]] * 2
    (name,) = _safety(lab, lost)
    assert done.kept == (f"{name} on the {lost} array",)
    assert lab.labels(lost, name) == ["common", f"{lost}'s"]
    (row,) = lab.tell(lost, "vol_list", vol=name)
    assert row["delete_priority"] == "1"
    assert f"kept in snapshot {name}" in done.lost


def test_nobody_decides_whose_data_stays_but_the_user(lab: Lab) -> None:
    made = lab.parted()
    lab.linked.forget_calls()
    for operation in ("resync", "failback"):
        with pytest.raises(Refused, match=r"say whose data stays.*discarded.*authoritative_backend_id") as refused:
            lab.one(operation, made.id)
        says_all(refused.value, "authoritative_backend_id")
    assert lab.changes() == {"home": [], "remote": []}


@pytest.mark.parametrize("mode", MODES)
def test_a_group_is_brought_in_step_as_one(lab: Lab, mode: Mode) -> None:
    first, second = lab.pair(mode, "a"), lab.pair(mode, "b")
    lab.group("g", mode, first, second)
    lab.lose_home()
    lab.run_group("failover", "g")
    lab.linked.write("remote", first.remote_id, "r")
    lab.return_home()
    lab.linked.set_link("down")
    lab.linked.write("home", second.id, "h")
    lab.linked.set_link("up")
    done = lab.run_group("resync", "g", authoritative_backend_id="remote")
    assert (done.before, done.after) == (10, 4)
    (name,) = [row["name"] for row in lab.tell("home", "snap_group_list") if "before-resync" in row["name"]]
    assert done.kept == (f"{name} on the home array",)
    assert lab.labels("home", f"{name}.{second.name}"[:63]) == ["b", "h"]
    assert lab.linked.read("home", second.id) == ["b"]
    assert lab.run_group("failback", "g").after == 1
    assert [lab.linked.read("home", one.id) for one in (first, second)] == [["a", "r"], ["b"]]


def test_an_empty_group_needs_no_snapshot(lab: Lab) -> None:
    lab.group("g", "sync")
    lab.lose_home()
    lab.run_group("failover", "g")
    lab.return_home()
    done = lab.run_group("resync", "g", authoritative_backend_id="remote")
    assert (done.after, done.kept) == (4, ())


@pytest.mark.parametrize("mode", MODES)
def test_done_twice_it_changes_nothing_the_second_time(lab: Lab, mode: Mode) -> None:
    made = lab.parted(mode)
    lab.one("resync", made.id, authoritative_backend_id="remote")
    lab.linked.forget_calls()
    again = lab.one("resync", made.id, authoritative_backend_id="remote")
    assert (again.outcome, lab.changes()) == ("was there", {"home": [], "remote": []})
    lab.one("failback", made.id)
    lab.linked.forget_calls()
    assert lab.one("failback", made.id).outcome == "was there"
    assert lab.changes() == {"home": [], "remote": []}


@pytest.mark.parametrize("operation", ["resync", "failback"])
@pytest.mark.parametrize("mode", MODES)
def test_a_dry_run_names_the_very_calls_and_sends_none(
    lab: Lab, mode: Mode, operation: Literal["resync", "failback"]
) -> None:
    made = lab.parted(mode)
    lab.linked.forget_calls()
    would = lab.one(operation, made.id, dry_run=True, authoritative_backend_id="remote")
    assert (would.outcome, lab.changes()) == ("would move", {"home": [], "remote": []})
    did = lab.one(operation, made.id, authoritative_backend_id="remote")
    cut = re.compile(r"-[0-9]{8}-[0-9]{6}-[0-9a-f]{4}|-[0-9a-f]{8}\b")
    assert [cut.sub("", call) for call in did.calls] == [cut.sub("", call) for call in would.calls]
    sent = {side: sorted({call.split()[1] for call in did.calls if call.startswith(side)}) for side in lab.changes()}
    assert sent == lab.changes()


def test_hosts_that_may_write_what_is_discarded_hinder_it(lab: Lab) -> None:
    made = lab.parted()
    host = lab.attach("home", made.name)
    lab.attach("remote", made.remote_name)
    lab.linked.forget_calls()
    with pytest.raises(Refused, match=rf"writing at home.*{host}.*changes under them.*io_stopped = true") as refused:
        lab.one("resync", made.id, authoritative_backend_id="remote")
    says_all(refused.value, "io_stopped")
    assert refused.value.attribute == "io_stopped"
    assert lab.changes() == {"home": [], "remote": []}
    assert lab.one("resync", made.id, authoritative_backend_id="remote", io_stopped=True).after == 4


def test_without_room_for_the_safety_snapshot_nothing_is_given_up(lab: Lab) -> None:
    made = lab.parted()
    lab.linked.fail("home", "snapshot_create", "error", code="NOT_ENOUGH_SNAPSHOT_SPACE")
    with pytest.raises(NoSpace, match=r"took no safety snapshot.*not given up.*Nothing was changed") as refused:
        lab.one("resync", made.id, authoritative_backend_id="remote")
    says_all(refused.value)
    assert lab.row(made.id) == 10
    assert lab.linked.read("home", made.id) == ["common", "home's"]


def test_what_the_array_would_not_activate_afterwards_is_not_begun(lab: Lab) -> None:
    """A sync job reached the copy, and its end did not come back: the last replicated times differ."""
    made = lab.pair("async", "a")
    lab.tell("home", "mirror_list")
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=True)
    lab.linked.advance(10)
    lab.tell("home", "mirror_create_snapshot", vol=made.name, name="s", slave_name="s")
    lab.linked.advance(2)
    lab.tell("home", "mirror_list")
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=False)
    lab.lose_home()
    lab.one("failover", made.remote_id)
    lab.return_home()
    lab.linked.forget_calls()
    with pytest.raises(
        Refused, match=r"different last replicated times.*neither direction.*nothing was begun"
    ) as refused:
        lab.one("resync", made.id, authoritative_backend_id="remote")
    says_all(refused.value)
    assert lab.changes() == {"home": [], "remote": []}


@pytest.mark.parametrize("operation", ["resync", "failback"])
def test_nothing_is_given_up_while_the_link_is_down(lab: Lab, operation: Literal["resync", "failback"]) -> None:
    made = lab.parted()
    lab.linked.set_link("down")
    with pytest.raises(Refused, match=r"link between the two arrays is down.*Mend the link") as refused:
        lab.one(operation, made.id, authoritative_backend_id="remote")
    says_all(refused.value)
    assert _safety(lab, "home") == []


@pytest.mark.parametrize(("switched", "row", "after"), [(False, 2, 1), (True, 5, 4)])
def test_what_merely_stands_still_is_activated(lab: Lab, switched: bool, row: int, after: int) -> None:
    made = lab.pair("sync", "a")
    if switched:
        lab.one("switch", made.id)
    lab.tell("remote" if switched else "home", "mirror_deactivate", vol=made.name)
    assert lab.row(made.id) == row
    done = lab.one("resync", made.id)
    assert (done.after, done.kept, done.lost) == (after, (), "")
    assert [call.split()[1] for call in done.calls] == ["mirror_activate"]


def test_the_side_that_holds_the_copy_cannot_be_named_as_the_one_that_keeps(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.tell("home", "mirror_deactivate", vol=made.name)
    with pytest.raises(Refused, match=r"holds the copy: fail over to it first") as refused:
        lab.one("resync", made.id, authoritative_backend_id="remote")
    says_all(refused.value, "authoritative_backend_id")


BROKEN = [
    ("home", "snapshot_create"),
    ("home", "mirror_deactivate"),
    ("home", "mirror_change_role"),
    ("remote", "mirror_activate"),
]


@pytest.mark.parametrize("how", ["drop_before", "drop_after"])
@pytest.mark.parametrize(("side", "command"), BROKEN[1:])
def test_a_lost_answer_is_looked_up(lab: Lab, side: Side, command: str, how: str) -> None:
    made = lab.parted()
    lab.linked.fail(side, command, how)
    done = lab.one("resync", made.id, authoritative_backend_id="remote")
    assert done.after == 4
    (name,) = _safety(lab, "home")
    assert lab.labels("home", name) == ["common", "home's"]


def test_a_safety_snapshot_that_may_not_be_there_ends_it(lab: Lab) -> None:
    made = lab.parted()
    lab.linked.fail("home", "snapshot_create", "drop_before")
    with pytest.raises(DriverError, match=r"Nothing was given up"):
        lab.one("resync", made.id, authoritative_backend_id="remote")
    assert lab.row(made.id) == 10
    lab.linked.fail("home", "snapshot_create", "drop_after")
    assert lab.one("resync", made.id, authoritative_backend_id="remote").after == 4


@pytest.mark.parametrize("command", ["mirror_deactivate", "mirror_change_role"])
def test_a_demotion_that_may_still_come_leaves_the_safety_snapshot(lab: Lab, command: str) -> None:
    made = lab.parted()
    lab.linked.fail("home", command, "drop_before", times=2)
    with pytest.raises(InDoubt, match=r"may have been given up, or may still be.*keep safety snapshot") as failed:
        lab.one("resync", made.id, authoritative_backend_id="remote")
    (name,) = _safety(lab, "home")
    assert name in failed.value.left_behind
    report = failed.value.report
    assert report is not None
    assert report.members[0].kept == (f"{name} on the home array",)
    lab.says("home", "mirror_deactivate", vol=made.name)
    lab.tell("home", "mirror_change_role", vol=made.name, new_role="Slave")
    assert lab.one("resync", made.id).after == 4
    assert lab.labels("home", name) == ["common", "home's"]


@pytest.mark.parametrize(("side", "command"), BROKEN)
def test_what_was_broken_off_goes_on_when_run_again(lab: Lab, side: Side, command: str) -> None:
    made = lab.parted()
    lab.linked.fail(side, command, "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError) as failed:
        lab.one("resync", made.id, authoritative_backend_id="remote")
    report = failed.value.report
    assert report is not None
    row = report.members[0].after
    assert row in {5, 10, 12}
    assert len(_safety(lab, "home")) == (row == 5)
    again = lab.one("resync", made.id, authoritative_backend_id="remote")
    assert again.after == 4
    (name,) = _safety(lab, "home")
    assert lab.labels("home", name) == ["common", "home's"]


# two at once


@pytest.mark.parametrize("mode", MODES)
def test_of_two_opposite_resyncs_one_is_done_and_the_other_refused(lab: Lab, mode: Mode) -> None:
    made = lab.parted(mode)

    def resync(label: str) -> int | None:
        driver = lab.linked.another_driver()
        try:
            report = driver.failover_host(
                operation="resync",
                scope=Scope(ids=(made.id,)),
                terms=Terms(authoritative_backend_id=label),
                deadline=20,
            )
        except DriverError:
            return None
        finally:
            driver.close()
        return report.members[0].after

    with ThreadPoolExecutor(2) as pool:
        ended = set(pool.map(resync, LABEL.values()))
    assert ended in ({1, None}, {4, None})
    (row,) = ended - {None}
    assert lab.row(made.id) == row
    lab.linked.advance(5)
    kept, lost = ("home", "remote") if row == 1 else ("remote", "home")
    assert lab.linked.read("home", made.id) == lab.linked.read("remote", made.remote_id) == ["common", f"{kept}'s"]
    assert [lab.labels(lost, name) for name in _safety(lab, lost)] == [["common", f"{lost}'s"]]  # type: ignore[arg-type]


def test_an_array_that_falls_silent_half_way_is_said_to_with_what_was_sent(lab: Lab) -> None:
    made = lab.parted()
    lab.linked.fail("remote", "mirror_activate", "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError, match=r"Sent so far: home: snapshot_create .*; remote: mirror_activate"):
        lab.one("resync", made.id, authoritative_backend_id="remote")


def test_a_run_that_is_stopped_names_what_was_kept_of_each_that_was_touched(lab: Lab) -> None:
    pairs = [lab.parted(), lab.parted()]
    stop = Cancellation()

    def stops(line: str) -> None:
        if "done (1 of 2)" in line:
            lab.linked.set_link("down")  # or both would be there by the last look, which is no error
            stop.set()

    driver = XIVDS8KDriver(lab.linked.settings, cancellation=stop)
    try:
        with pytest.raises(Cancelled) as stopped:
            driver.failover_host(
                operation="resync",
                to="remote",
                scope=Scope(ids=tuple(made.id for made in pairs)),
                terms=Terms(authoritative_backend_id="remote"),
                deadline=20,
                progress=stops,
            )
    finally:
        driver.close()
    report = stopped.value.report
    assert report is not None
    named = {name.split(" on the ")[0] for member in report.members for name in member.kept}
    assert named == set(_safety(lab, "home"))
    assert len(named) == 2
    lab.linked.set_link("up")
    assert lab.run("resync", *(made.id for made in pairs), authoritative_backend_id="remote").failed == ()

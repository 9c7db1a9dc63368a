"""Replications of an XIV are changed and grown in row 1, on both arrays or on neither."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.mirror_lab import Lab
from support.plugin_client import eventually
from support.refusals import WOULD, says_all
from terraform_provider_xivds8k.driver import DriverError, InDoubt, InUse, NoSpace, Refused, Replication

GIB = 2**30


def _change(lab: Lab, made: Replication, mode: str, rpo_s: int | None = None, *, anew: bool = False) -> Replication:
    return lab.driver.change_replication(
        replication_id=made.id,
        mode=mode,  # type: ignore[arg-type]
        rpo_s=rpo_s,
        allow_full_resync=anew,
        deadline=20,
    )


@pytest.mark.parametrize("rpo_s", [60, 86_400])
def test_the_rpo_changes_in_place_and_the_schedule_with_it(lab: Lab, rpo_s: int) -> None:
    made = lab.pair("async")
    changed = _change(lab, made, "async", rpo_s)
    assert (changed.rpo_s, changed.remote_id) == (rpo_s, made.remote_id)
    wanted = {"xivds8k-30s" if rpo_s == 60 else "xivds8k-43200s"}
    assert lab.schedules("home") == lab.schedules("remote") == wanted
    assert not {"mirror_create", "mirror_delete"} & set(lab.changes()["home"]) - {"mirror_create"}
    assert lab.linked.calls("home")["mirror_create"] == 1
    assert lab.row(made.id) == 1


@pytest.mark.parametrize("how", ["drop_before", "drop_after"])
@pytest.mark.parametrize("command", ["mirror_change_rpo", "mirror_change_schedule", "mirror_change_remote_schedule"])
def test_a_lost_answer_to_a_new_rpo_is_looked_up(lab: Lab, command: str, how: str) -> None:
    made = lab.pair("async")
    lab.linked.fail("home", command, how)
    assert _change(lab, made, "async", 600).rpo_s == 600
    assert lab.schedules("home") == lab.schedules("remote") == {"xivds8k-300s"}


def test_what_is_so_already_sends_nothing(lab: Lab) -> None:
    made = lab.pair("async")
    lab.linked.forget_calls()
    _change(lab, made, "async", 7200)
    assert lab.changes() == {"home": [], "remote": []}


def test_a_schedule_of_somebody_else_that_keeps_the_rpo_stays(lab: Lab) -> None:
    made = lab.pair("async")
    lab.tell("home", "schedule_create", schedule="theirs", interval="00:10")
    lab.tell("home", "mirror_change_schedule", vol=made.name, schedule="theirs")
    _change(lab, made, "async", 3600)
    assert lab.tell("home", "mirror_list")[0]["schedule_name"] == "theirs"
    assert lab.tell("remote", "mirror_list")[0]["schedule_name"] == "xivds8k-1800s"


def test_a_mode_is_changed_only_where_everything_may_be_copied_again(lab: Lab) -> None:
    made = lab.pair("sync")
    lab.linked.forget_calls()
    with pytest.raises(Refused, match=r"made anew.*again.*nothing protects.*allow_full_resync = true") as refused:
        _change(lab, made, "async", 7200)
    says_all(refused.value, "allow_full_resync")
    assert refused.value.attribute == "allow_full_resync"
    assert lab.changes() == {"home": [], "remote": []}


@pytest.mark.parametrize("keeps", [False, True])
def test_a_mode_is_changed_between_the_same_volumes(lab: Lab, keeps: bool) -> None:
    lab.linked.turn("xiv_mirror_delete_keeps_snapshots", on=keeps)
    made = lab.pair("sync", "a")
    changed = _change(lab, made, "async", 7200, anew=True)
    assert (changed.mode, changed.rpo_s, changed.remote_id) == ("async", 7200, made.remote_id)
    lab.linked.advance(2)
    assert lab.row(made.id) == 1
    lab.linked.write("home", made.id, "b")
    again = _change(lab, made, "sync", anew=True)
    lab.linked.advance(2)
    assert (again.mode, lab.row(made.id), lab.schedules("home")) == ("sync", 1, set())
    assert lab.linked.read("remote", made.remote_id) == ["a", "b"]


def test_the_mode_of_an_empty_group_is_changed(lab: Lab) -> None:
    made = lab.group("g", "sync")
    assert _change(lab, made, "async", 7200, anew=True).mode == "async"


@pytest.mark.parametrize("command", ["mirror_deactivate", "mirror_delete", "mirror_create", "mirror_activate"])
def test_a_lost_answer_to_a_new_mode_is_looked_up(lab: Lab, command: str) -> None:
    made = lab.pair("sync")
    lab.linked.fail("home", command, "drop_after")
    assert _change(lab, made, "async", 7200, anew=True).remote_id == made.remote_id


def test_a_mirror_that_cannot_be_made_anew_is_put_back(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.linked.fail("home", "mirror_create", "error", code="REMOTE_MAX_VOLUMES_REACHED")
    with pytest.raises(NoSpace, match=r"The mirror is there as sync, active again"):
        _change(lab, made, "async", 7200, anew=True)
    lab.linked.advance(2)
    assert lab.row(made.id) == 1
    assert lab.schedules("home") == set()


def test_where_putting_back_fails_too_it_is_said_that_nothing_protects_the_data(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.linked.fail("home", "mirror_create", "error", code="REMOTE_MAX_VOLUMES_REACHED", times=2)
    with pytest.raises(DriverError, match=r"may be no mirror any more.*nothing protects.*still on the remote array"):
        _change(lab, made, "async", 7200, anew=True)
    assert made.remote_name in lab.names("remote")


def _meanwhile(lab: Lab, made: Replication, command: str, action: str, does: Callable[[], None]) -> DriverError:
    """Change a mode, and have somebody do something while home takes its time over a command; return the failure."""
    lab.linked.fail("home", command, action, seconds=1.5)
    before = lab.linked.calls("home").get(command, 0)
    with ThreadPoolExecutor(1) as pool:
        change = pool.submit(_change, lab, made, "async", 7200, anew=True)
        eventually(lambda: lab.linked.calls("home").get(command, 0) > before, f"{command} to be asked for", 10)
        if (command, action) == ("mirror_delete", "delay_after"):
            eventually(lambda: not lab.tell("home", "mirror_list"), "the mirror to be gone", 10)
        does()
        with pytest.raises(DriverError) as failed:
            change.result()
    return failed.value


@pytest.mark.parametrize(("command", "action"), [("mirror_delete", "delay_after"), ("mirror_create", "delay_before")])
def test_nothing_is_copied_onto_another_volume_that_came_to_bear_the_name(lab: Lab, command: str, action: str) -> None:
    made = lab.pair("sync", "a")
    theirs: list[str] = []

    def swap() -> None:
        lab.tell("remote", "vol_rename", vol=made.remote_name, new_name="aside")
        lab.tell("remote", "vol_create", vol=made.remote_name, size=17, pool="pool1")
        theirs.extend(row["wwn"] for row in lab.tell("remote", "vol_list", vol=made.remote_name))
        lab.linked.write("remote", theirs[0].lower(), "theirs")

    failed = _meanwhile(lab, made, command, action, swap)
    assert "nothing protects" in failed.left_behind
    lab.linked.advance(5)
    assert lab.linked.read("remote", theirs[0].lower()) == ["theirs"]
    assert lab.states(vol=made.name) == ("-", "-")


def test_a_copy_promoted_before_the_mirror_is_taken_apart_stays_as_it_is(lab: Lab) -> None:
    made = lab.pair("sync", "a")

    def promote() -> None:
        lab.one("failover", made.remote_id, force=True)
        lab.linked.write("remote", made.remote_id, "theirs")

    failed = _meanwhile(lab, made, "schedule_list", "delay_before", promote)
    assert "is not in step any more" in failed.summary
    assert failed.left_behind == "Nothing was changed."
    assert lab.row(made.id) == 12
    assert lab.linked.read("remote", made.remote_id) == ["a", "theirs"]
    assert lab.schedules("home") == lab.schedules("remote") == set()


def test_a_copy_promoted_while_the_mirror_is_deactivated_stays_as_it_is(lab: Lab) -> None:
    made = lab.pair("sync", "a")

    def promote() -> None:
        eventually(lambda: lab.states(vol=made.name)[0].startswith("M0"), "the mirror to be inactive", 10)
        lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Master")
        lab.linked.write("remote", made.remote_id, "theirs")

    failed = _meanwhile(lab, made, "mirror_deactivate", "delay_after", promote)
    assert "promoted meanwhile" in failed.summary
    assert "is not locked: hosts may use it" in failed.left_behind
    assert "delete" not in failed.next_step
    assert lab.row(made.id) == 12
    assert lab.linked.read("remote", made.remote_id) == ["a", "theirs"]


@pytest.mark.parametrize("how", ["unlocked", "snapshot", "mapped"])
def test_nothing_is_copied_onto_the_copy_once_somebody_begins_to_use_it(lab: Lab, how: str) -> None:
    made = lab.pair("sync", "a")

    def use() -> None:
        if how == "unlocked":
            lab.tell("remote", "vol_unlock", vol=made.remote_name)
        elif how == "snapshot":
            lab.tell("remote", "snapshot_create", vol=made.remote_name, name="theirs")
        else:
            lab.attach("remote", made.remote_name)

    failed = _meanwhile(lab, made, "mirror_delete", "delay_after", use)
    assert "not as the mirror left it" in str(failed)
    assert WOULD in failed.happened
    assert "nothing protects" in failed.left_behind
    assert ("is not locked" if how == "unlocked" else ", locked") in failed.left_behind
    assert ("delete" in failed.next_step) == (how != "unlocked")
    assert lab.states(vol=made.name) == ("-", "-")


def test_what_used_the_copy_before_hinders_no_new_mode(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.attach("remote", made.remote_name)
    assert _change(lab, made, "async", 7200, anew=True).remote_id == made.remote_id


def test_a_member_is_not_changed_without_its_group_nor_a_group_with_members(lab: Lab) -> None:
    made = lab.pair("sync")
    group = lab.group("g", "sync", made)
    with pytest.raises(InUse, match=r"moves with its consistency group g only.*Do it to the group") as refused:
        _change(lab, made, "async", 7200, anew=True)
    says_all(refused.value)
    with pytest.raises(InUse, match=rf"has members.*{made.name}") as refused:
        _change(lab, group, "async", 7200, anew=True)
    says_all(refused.value)


def test_a_member_takes_over_the_rpo_its_group_is_given_at_the_same_time_and_sends_nothing_for_it(lab: Lab) -> None:
    made = lab.pair("async")
    group = lab.group("g", "async", made)
    lab.linked.forget_calls()
    with ThreadPoolExecutor(1) as pool:
        member = pool.submit(_change, lab, made, "async", 3600)
        eventually(lambda: lab.linked.calls("home").get("mirror_list", 0) > 1, "the member to be looked at", 10)
        assert _change(lab, group, "async", 3600).rpo_s == 3600
        assert member.result().rpo_s == 3600
    assert lab.changes()["home"].count("mirror_change_rpo") == 1
    assert lab.row(group.id) == 1


def test_a_member_whose_group_is_left_as_it_is_gets_no_rpo_of_its_own(lab: Lab) -> None:
    made = lab.pair("async")
    lab.group("g", "async", made)
    lab.linked.forget_calls()
    with pytest.raises(InUse, match=r"moves with its consistency group g only"):
        lab.driver.change_replication(replication_id=made.id, mode="async", rpo_s=3600, deadline=1)
    assert lab.changes() == {"home": [], "remote": []}


def test_outside_of_row_1_nothing_is_changed(lab: Lab) -> None:
    made = lab.pair("async")
    lab.linked.set_link("down")
    lab.linked.forget_calls()
    with pytest.raises(Refused, match=r"row 2"):
        _change(lab, made, "async", 600)
    with pytest.raises(Refused, match=r"row 2"):
        lab.driver.extend_volume(volume_id=made.id, size_bytes=100 * GIB)
    assert lab.changes() == {"home": [], "remote": []}


# size


def _sizes(lab: Lab, made: Replication) -> set[int]:
    return {
        int(row["capacity"]) * 512 for side in ("home", "remote") for row in lab.tell(side, "vol_list", vol=made.name)
    }


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_both_volumes_grow_by_one_command(lab: Lab, mode: str) -> None:
    made = lab.pair(mode)  # type: ignore[arg-type]
    grown = lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB)
    assert grown.size_bytes == 40 * GIB
    assert _sizes(lab, made) == {40 * GIB}
    assert (lab.linked.calls("home")["vol_resize"], "vol_resize" in lab.linked.calls("remote")) == (1, False)
    assert lab.row(made.id) == 1


def test_a_member_of_a_mirrored_group_grows(lab: Lab) -> None:
    made = lab.pair("sync")
    lab.group("g", "sync", made)
    lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB)
    assert _sizes(lab, made) == {40 * GIB}


@pytest.mark.parametrize("side", ["home", "remote"])
def test_room_is_looked_for_on_both_arrays_before_either_grows(lab: Lab, side: str) -> None:
    lab.tell(side, "pool_create", pool="tiny", hard_size=103, soft_size=103, snapshot_size=17)  # type: ignore[arg-type]
    pools = ("tiny", "pool1") if side == "home" else ("pool1", "tiny")
    volume = lab.driver.create_volume(name="v", pool=pools[0], size_bytes=GIB)
    made = lab.driver.enable_replication(
        mode="sync", volume_id=volume.id, remote_pool=pools[1], wait_for_sync=True, deadline=20
    )
    lab.linked.forget_calls()
    with pytest.raises(
        NoSpace, match=rf"tiny.* of the {side} array has no room.*Both volumes grow, or none"
    ) as refused:
        lab.driver.extend_volume(volume_id=made.id, size_bytes=500 * GIB)
    says_all(refused.value)
    assert lab.changes() == {"home": [], "remote": []}


@pytest.mark.parametrize("how", ["drop_before", "drop_after"])
def test_a_lost_answer_to_a_growth_is_looked_up_on_both_sides(lab: Lab, how: str) -> None:
    made = lab.pair("sync")
    lab.linked.fail("home", "vol_resize", how)
    lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB)
    assert _sizes(lab, made) == {40 * GIB}


def test_an_acknowledgement_lost_between_the_arrays_is_told_and_mended_by_running_again(lab: Lab) -> None:
    made = lab.pair("sync")
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=True)
    with pytest.raises(InDoubt, match=r"MIRROR_SIZE_MISMATCH.*Run it again: the smaller one is grown") as doubt:
        lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB)
    assert f"{40 * GIB} bytes at home" in doubt.value.left_behind
    assert len(_sizes(lab, made)) == 2
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=False)
    lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB)
    assert _sizes(lab, made) == {40 * GIB}


def test_a_growth_that_was_broken_off_is_not_done_because_home_has_the_size(lab: Lab) -> None:
    made = lab.pair("sync")
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=True)
    with pytest.raises(InDoubt):
        lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB)
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=False)
    lab.tell("home", "mirror_deactivate", vol=made.name)
    lab.linked.forget_calls()
    with pytest.raises(
        Refused,
        match=rf"home has grown to {40 * GIB} bytes, and its copy has.*row 2.*"
        rf"home: vol_resize vol={made.name} size_blocks={40 * GIB // 512}\)",
    ) as no:
        lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB)
    says_all(no.value)
    assert (no.value.attribute, lab.changes()) == ("size_bytes", {"home": [], "remote": []})
    lab.tell("home", "vol_resize", vol=made.name, size_blocks=40 * GIB // 512)
    assert lab.one("resync", made.id).after == 1
    assert _sizes(lab, made) == {40 * GIB}
    lab.linked.set_state("remote", "refuse")
    lab.driver.forget_recent()
    with pytest.raises(Refused, match=r"row 3.*tell whether both volumes have grown"):
        lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB)


def test_what_has_grown_on_both_sides_is_done_in_any_row(lab: Lab) -> None:
    made = lab.pair("sync")
    lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB)
    lab.tell("home", "mirror_deactivate", vol=made.name)
    assert lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB).size_bytes == 40 * GIB

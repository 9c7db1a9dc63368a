"""Replications of an XIV end on both arrays; the remote volume stays or goes, and never goes while it is used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.mirror_lab import Lab
from support.plugin_client import eventually
from support.refusals import says_all
from terraform_provider_xivds8k.driver import DriverError, InDoubt, InUse, Refused, Remaining, Replication


def _end(lab: Lab, made: Replication, remaining: Remaining = "keep") -> list[str]:
    told: list[str] = []
    lab.driver.disable_replication(
        replication_id=made.id, remote_on_delete=remaining, progress=told.append, deadline=20
    )
    return told


def _gone(lab: Lab, made: Replication) -> bool:
    return lab.states(vol=made.name) == ("-", "-") and lab.driver.find_replication(made.id) is None


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("keeps", [False, True])
def test_the_remote_volume_stays_and_can_be_written(lab: Lab, mode: str, keeps: bool) -> None:
    lab.linked.turn("xiv_mirror_delete_keeps_snapshots", on=keeps)
    made = lab.pair(mode, "a")  # type: ignore[arg-type]
    told = _end(lab, made)
    assert _gone(lab, made)
    assert f"{made.remote_name} (id {made.remote_id}) stays on the remote array, writable" in told
    lab.linked.write("remote", made.remote_id, "b")
    assert lab.labels("remote", made.remote_name) == ["a", "b"]
    assert lab.schedules("home") == lab.schedules("remote") == set()
    assert lab.driver.enable_replication(mode="sync", volume_id=made.id, remote_name="new").remote_name == "new"


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("takes", [False, True])
def test_the_remote_volume_goes_where_that_is_asked_for(lab: Lab, mode: str, keeps: bool, takes: bool) -> None:
    lab.linked.turn("xiv_mirror_delete_keeps_snapshots", on=keeps)
    lab.linked.turn("xiv_delete_takes_snapshots", on=takes)
    made = lab.pair(mode)  # type: ignore[arg-type]
    _end(lab, made, "delete")
    assert _gone(lab, made)
    assert lab.names("remote") == set()
    assert lab.names("home") == {made.name}


def test_a_mapped_remote_volume_is_not_deleted_and_the_mirror_stays(lab: Lab) -> None:
    made = lab.pair()
    host = lab.attach("remote", made.remote_name)
    with pytest.raises(InUse, match=rf'is in use.*{host}.*remote_on_delete = "keep"') as refused:
        _end(lab, made, "delete")
    says_all(refused.value, "remote_on_delete")
    assert lab.row(made.id) == 1


def test_a_remote_volume_with_snapshots_is_not_deleted_and_the_mirror_stays(lab: Lab) -> None:
    made = lab.pair()
    lab.tell("remote", "snapshot_create", vol=made.remote_name, name="theirs")
    with pytest.raises(InUse, match=r"snapshot theirs"):
        _end(lab, made, "delete")
    assert lab.row(made.id) == 1


def _parted_group(lab: Lab, *others: Replication) -> tuple[Replication, Replication]:
    """Return an asynchronous pair that has just left its mirrored group, and the group's, which has its snapshot."""
    made = lab.pair("async")
    group = lab.group("g", "async", made, *others)
    lab.driver.update_consistencygroup(group_id="g", remove=(made.id,), deadline=20)
    assert [one["name"] for one in lab.tell("remote", "snap_group_list")] == ["last-replicated-g"]
    return made, group


@pytest.mark.parametrize("keeps", [False, True])
def test_a_remote_group_is_deleted_with_the_snapshots_its_mirror_kept_and_then_the_volumes(
    lab: Lab, *, keeps: bool
) -> None:
    made, group = _parted_group(lab)
    lab.linked.turn("xiv_mirror_delete_keeps_snapshots", on=keeps)
    _end(lab, group, "delete")
    assert lab.tell("remote", "cg_list") == []
    _end(lab, made, "delete")
    assert _gone(lab, made)
    assert made.remote_name not in lab.names("remote")


def test_a_remote_volume_goes_once_the_mirror_of_its_former_group_is_ended(lab: Lab) -> None:
    made, group = _parted_group(lab)
    before = lab.linked.calls("remote").get("snapshot_list", 0)
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(_end, lab, made, "delete")
        eventually(lambda: lab.linked.calls("remote").get("snapshot_list", 0) > before, "it to be looked at", 10)
        _end(lab, group, "delete")
        ending.result()
    assert made.remote_name not in lab.names("remote")


def test_a_remote_volume_that_its_former_group_still_holds_is_not_deleted_and_stays_protected(lab: Lab) -> None:
    made, _ = _parted_group(lab)
    with pytest.raises(InUse, match=r"former group.*next sync job.*end the group's replication") as refused:
        lab.driver.disable_replication(replication_id=made.id, remote_on_delete="delete", deadline=1)
    says_all(refused.value, "remote_on_delete")
    assert lab.row(made.id) == 1


def test_a_volume_is_deleted_once_the_next_sync_job_of_its_former_group_let_it_go(lab: Lab) -> None:
    made, _ = _parted_group(lab, lab.pair("async"))
    _end(lab, made)
    before = lab.linked.calls("home").get("snap_group_list", 0)
    with ThreadPoolExecutor(1) as pool:
        deleting = pool.submit(lab.driver.delete_volume, volume_id=made.id, deadline=20)
        eventually(lambda: lab.linked.calls("home").get("snap_group_list", 0) > before, "it to be looked at", 10)
        lab.sync("home", "g")
        deleting.result()
    assert made.name not in lab.names("home")
    assert "snapshot_delete" not in lab.linked.calls("home")


def test_a_volume_that_its_former_group_still_holds_is_not_deleted_and_the_way_out_can_be_gone(lab: Lab) -> None:
    made, group = _parted_group(lab)
    _end(lab, made)
    with pytest.raises(InUse, match=r"mirror of consistency group g.*next sync job.*Run it again") as refused:
        lab.driver.delete_volume(volume_id=made.id, deadline=1)
    assert "Remove these" not in str(refused.value)
    assert made.name in lab.names("home")
    assert lab.row(group.id) == 1
    _end(lab, group)
    lab.driver.delete_volume(volume_id=made.id, deadline=20)


def test_a_volume_with_a_snapshot_of_its_own_is_refused_at_once_whatever_its_former_group_holds(lab: Lab) -> None:
    made, _ = _parted_group(lab)
    _end(lab, made)
    lab.tell("home", "snapshot_create", vol=made.name, name="mine")
    with pytest.raises(InUse, match=r"snapshot mine.*Remove these first"):
        lab.driver.delete_volume(volume_id=made.id, deadline=20)


def test_a_last_consistent_state_is_never_deleted_with_the_volume(still_lab: Lab) -> None:
    lab, made = still_lab, still_lab.pair()
    lab.linked.set_link("down")
    lab.linked.write("home", made.id, "b")
    lab.linked.set_link("up")
    assert lab.tell("home", "mirror_list")[0]["sync_state"] == "Unsynchronized"
    left = f"last-consistent-{made.remote_name}"
    with pytest.raises(InUse, match=rf"snapshot {left}"):
        _end(lab, made, "delete")
    assert {made.remote_name, left} <= lab.names("remote")


def test_ending_twice_changes_nothing(lab: Lab) -> None:
    made = lab.pair()
    _end(lab, made)
    lab.linked.forget_calls()
    assert _end(lab, made) == []
    assert lab.changes() == {"home": [], "remote": []}


def test_with_the_link_down_it_ends_on_both_arrays_all_the_same(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.linked.set_link("down")
    _end(lab, made)
    assert _gone(lab, made)
    lab.linked.write("remote", made.remote_id, "b")


def test_where_the_array_needs_the_link_for_it_the_mirror_stays(lab: Lab) -> None:
    made = lab.pair()
    lab.linked.turn("xiv_mirror_delete_needs_link", on=True)
    lab.linked.set_link("down")
    with pytest.raises(Refused, match=r"TARGET_NOT_CONNECTED"):
        _end(lab, made)
    lab.linked.set_link("up")
    _end(lab, made)
    assert _gone(lab, made)


@pytest.mark.parametrize("refuses", [False, True])
def test_a_schedule_another_mirror_has_stays(lab: Lab, refuses: bool) -> None:
    lab.linked.turn("xiv_mirror_schedule_in_use_refused", on=refuses)
    made, other = lab.pair("async"), lab.pair("async")
    _end(lab, made, "delete")
    assert lab.schedules("home") == lab.schedules("remote") == {"xivds8k-3600s"}
    assert lab.row(other.id) == 1


@pytest.mark.parametrize(("name", "interval"), [("xivds8k-nightly", "00:10"), ("xivds8k-600s", "00:05")])
def test_a_schedule_that_is_not_as_ours_are_made_stays_however_its_name_begins(
    lab: Lab, name: str, interval: str
) -> None:
    made = lab.pair("async")
    lab.tell("home", "schedule_create", schedule=name, interval=interval)
    lab.tell("home", "mirror_change_schedule", vol=made.name, schedule=name)
    _end(lab, made)
    assert (lab.schedules("home"), lab.schedules("remote")) == ({name}, set())


@pytest.mark.parametrize("remaining", ["keep", "delete"])
def test_a_group_ends_while_it_is_empty(lab: Lab, remaining: Remaining) -> None:
    made = lab.pair()
    group = lab.group("g", "sync", made)
    with pytest.raises(InUse, match=rf"has members.*{made.name}.*Take its volumes out first"):
        _end(lab, group, remaining)
    with pytest.raises(InUse, match=r"moves with its consistency group g only"):
        _end(lab, made)
    lab.driver.update_consistencygroup(group_id="g", remove=(made.id,), deadline=20)
    _end(lab, group, remaining)
    assert [row["name"] for row in lab.tell("remote", "cg_list")] == (["g"] if remaining == "keep" else [])
    assert lab.row(made.id) == 1


@pytest.mark.parametrize("how", ["drop_before", "drop_after"])
@pytest.mark.parametrize("command", ["mirror_deactivate", "mirror_delete", "schedule_delete"])
def test_a_lost_answer_of_home_is_looked_up(lab: Lab, command: str, how: str) -> None:
    made = lab.pair("async")
    lab.linked.fail("home", command, how)
    _end(lab, made)
    assert _gone(lab, made)
    assert lab.schedules("home") == set()
    lab.linked.write("remote", made.remote_id, "b")


@pytest.mark.parametrize(
    ("command", "remaining", "how"),
    [
        ("vol_unlock", "keep", "drop_before"),
        ("vol_unlock", "keep", "drop_after"),
        ("vol_delete", "delete", "drop_after"),
    ],
)
def test_a_lost_answer_of_the_remote_array_is_looked_up(lab: Lab, command: str, remaining: Remaining, how: str) -> None:
    made = lab.pair()
    lab.linked.fail("remote", command, how)
    _end(lab, made, remaining)
    if remaining == "keep":
        lab.linked.write("remote", made.remote_id, "b")
    else:
        assert lab.names("remote") == set()


def test_the_deletion_of_the_remote_volume_is_sent_once_in_a_run(lab: Lab) -> None:
    """One that is carried out late would hit by its name what has taken the volume's place."""
    made = lab.pair()
    lab.linked.fail("remote", "vol_delete", "drop_before")
    lab.linked.forget_calls()
    with pytest.raises(InDoubt, match=r"was to be deleted; running this again goes on with it") as doubt:
        _end(lab, made, "delete")
    assert doubt.value.has_ended
    assert lab.linked.calls("remote")["vol_delete"] == 1
    _end_again(lab, made, "delete")
    assert lab.names("remote") == set()


def test_a_remote_volume_that_could_not_be_unlocked_is_named(lab: Lab) -> None:
    made = lab.pair()
    lab.linked.fail("remote", "vol_unlock", "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError, match=rf"mirror is ended.*{made.remote_name}.*is to be unlocked"):
        _end(lab, made)
    assert _gone(lab, made)


def _end_again(lab: Lab, made: Replication, remaining: Remaining) -> None:
    lab.driver.disable_replication(
        replication_id=made.id, remote_id=made.remote_id, remote_on_delete=remaining, deadline=20
    )


@pytest.mark.parametrize("remaining", ["keep", "delete"])
def test_an_ending_that_was_broken_off_is_finished_when_run_again(lab: Lab, remaining: Remaining) -> None:
    made = lab.pair()
    command = {"keep": "vol_unlock", "delete": "vol_delete"}[remaining]
    lab.linked.fail("remote", command, "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError):
        _end(lab, made, remaining)
    _end_again(lab, made, remaining)
    if remaining == "keep":
        lab.linked.write("remote", made.remote_id, "b")
    else:
        assert lab.names("remote") == set()


def test_a_former_copy_that_was_taken_into_use_is_left_alone(lab: Lab) -> None:
    made = lab.pair()
    _end(lab, made)
    lab.linked.forget_calls()
    _end_again(lab, made, "delete")
    assert made.remote_name in lab.names("remote")
    assert lab.changes() == {"home": [], "remote": []}


@pytest.mark.parametrize("is_linked", [False, True])
@pytest.mark.parametrize("remaining", ["keep", "delete"])
def test_an_ending_that_was_broken_off_at_the_remote_array_goes_on(
    lab: Lab, remaining: Remaining, is_linked: bool
) -> None:
    made = lab.pair("async", "a")
    lab.linked.set_link("down")
    lab.linked.fail("remote", "mirror_delete", "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError, match=rf"nothing protects {made.name} any more.*running this again goes on"):
        _end(lab, made, remaining)
    assert lab.row(made.id) == 14
    if is_linked:
        lab.linked.set_link("up")
    _end(lab, made, remaining)
    assert _gone(lab, made)
    assert (made.remote_name in lab.names("remote")) == (remaining == "keep")
    if remaining == "keep":
        lab.linked.write("remote", made.remote_id, "b")


def test_a_remote_half_that_serves_is_never_ended_as_the_rest_of_a_broken_ending(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.linked.set_link("down")
    lab.tell("home", "mirror_deactivate", vol=made.name)
    lab.tell("home", "mirror_delete", vol=made.name)
    lab.says("remote", "mirror_deactivate", vol=made.remote_name)
    lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Master")
    lab.linked.forget_calls()
    with pytest.raises(Refused, match=r"row 14") as refused:
        _end(lab, made)
    says_all(refused.value)
    assert lab.changes() == {"home": [], "remote": []}


def test_a_copy_that_stays_and_holds_nothing_whole_is_told_as_that(still_lab: Lab) -> None:
    lab = still_lab
    made = lab.driver.enable_replication(mode="sync", volume_id=lab.linked.volume("a").id, deadline=20)
    assert any("its first copy had not ended; what it holds is of no use" in line for line in _end(lab, made))


def test_a_copy_that_stays_out_of_step_is_told_as_that(still_lab: Lab) -> None:
    lab, made = still_lab, still_lab.pair("sync", "a")
    assert not any("in step" in line for line in _end(lab, made))
    other = lab.pair("sync", "a")
    lab.linked.set_link("down")
    lab.linked.write("home", other.id, "b")
    assert any("was not in step; it may lack what was written last" in line for line in _end(lab, other))

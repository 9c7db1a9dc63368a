"""Replications between two XIVs are made with new remote volumes, and undone whole where a step fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.mirror_lab import Lab
from support.plugin_client import eventually
from support.refusals import says_all
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    DriverError,
    InDoubt,
    InUse,
    NoSpace,
    NotFound,
    Refused,
)
from terraform_provider_xivds8k.driver.flows.mirror_schedules import schedule_for

GIB = 2**30


def _nothing_left(lab: Lab) -> bool:
    remote = lab.names("remote"), lab.tell("remote", "cg_list"), lab.tell("remote", "mirror_list")
    return not any(remote) and not lab.tell("home", "mirror_list") and not lab.schedules("home")


def test_a_volume_is_copied_to_a_new_remote_volume_of_its_name(lab: Lab) -> None:
    volume = lab.linked.volume("a", "b", name="db1")
    made = lab.replicate(volume)
    assert (made.id, made.name, made.remote_name, made.remote_pool) == (volume.id, "db1", "db1", "pool1")
    assert (made.mode, made.rpo_s, made.backend_id, made.subject) == ("sync", None, "remote", "volume")
    assert made.remote_wwn == made.remote_id != volume.id
    assert lab.linked.read("remote", made.remote_id) == ["a", "b"]
    assert lab.states(vol="db1") == ("M+ Synchronized", "S+ Consistent")
    lab.linked.write("home", volume.id, "c")
    assert lab.linked.read("remote", made.remote_id) == ["a", "b", "c"]


def test_name_and_pool_of_the_remote_volume_can_be_chosen(lab: Lab) -> None:
    volume = lab.linked.volume("a")
    made = lab.driver.enable_replication(mode="sync", volume_id=volume.id, remote_name="copy", remote_pool="pool2")
    assert (made.remote_name, made.remote_pool) == ("copy", "pool2")


def test_asynchronous_replications_share_a_schedule_under_our_name_which_goes_with_the_last(lab: Lab) -> None:
    first, second = lab.pair("async"), lab.pair("async")
    assert (first.mode, first.rpo_s) == ("async", 7200)
    for side in ("home", "remote"):
        assert lab.schedules(side) == {"xivds8k-3600s"}
    lab.driver.disable_replication(replication_id=first.id)
    assert lab.schedules("home") == {"xivds8k-3600s"}
    lab.driver.disable_replication(replication_id=second.id)
    assert lab.schedules("home") == lab.schedules("remote") == set()


@pytest.mark.parametrize(
    ("rpo_s", "interval_s"), [(21, 20), (59, 20), (60, 30), (119, 30), (600, 300), (7200, 3600), (86_400, 43_200)]
)
def test_the_schedule_leaves_room_for_a_job_as_long_as_its_interval(rpo_s: int, interval_s: int) -> None:
    schedule = schedule_for(rpo_s)
    assert schedule.interval_s == interval_s < rpo_s
    assert schedule.name == ("min_interval" if interval_s == 20 else f"xivds8k-{interval_s}s")


@pytest.mark.parametrize("rpo_s", [0, 20])
def test_an_rpo_no_schedule_can_keep_is_refused_with_its_range(lab: Lab, rpo_s: int) -> None:
    volume = lab.linked.volume("a")
    with pytest.raises(Refused, match=rf"rpo_seconds = {rpo_s} is too short.*Write 21 or more") as refused:
        lab.driver.enable_replication(mode="async", volume_id=volume.id, rpo_s=rpo_s)
    assert refused.value.attribute == "rpo_seconds"
    assert _nothing_left(lab)


def test_an_rpo_that_is_too_long_for_the_array_leaves_nothing(lab: Lab) -> None:
    volume = lab.linked.volume("a")
    with pytest.raises(Refused, match=r"ASYNC_MIRROR_RPO_TOO_LONG.*Lower rpo_seconds") as refused:
        lab.driver.enable_replication(mode="async", volume_id=volume.id, rpo_s=90_000)
    assert refused.value.attribute == "rpo_seconds"
    assert _nothing_left(lab)


def test_an_rpo_goes_with_async_and_only_with_it(lab: Lab) -> None:
    volume = lab.linked.volume("a")
    with pytest.raises(Refused, match=r"needs rpo_seconds"):
        lab.driver.enable_replication(mode="async", volume_id=volume.id)
    with pytest.raises(Refused, match=r"rpo_seconds goes with mode async"):
        lab.driver.enable_replication(mode="sync", volume_id=volume.id, rpo_s=60)


def test_a_schedule_somebody_changed_is_not_taken(lab: Lab) -> None:
    volume = lab.linked.volume("a")
    lab.tell("remote", "schedule_create", schedule="xivds8k-3600s", interval="12:00")
    with pytest.raises(Refused, match=r"xivds8k-3600s of the remote array is not as it was made.*43200 s"):
        lab.driver.enable_replication(mode="async", volume_id=volume.id, rpo_s=7200)
    assert lab.schedules("home") == set()


def test_an_existing_remote_volume_is_never_a_copy_target(lab: Lab) -> None:
    volume = lab.linked.volume("a", name="db1")
    lab.tell("remote", "vol_create", vol="db1", size=17, pool="pool1")
    lab.attach("remote", "db1")
    with pytest.raises(AlreadyExists, match=r"called 'db1' already.*mapped.*never a copy target") as taken:
        lab.driver.enable_replication(mode="async", volume_id=volume.id, rpo_s=7200)
    says_all(taken.value)
    (candidate,) = taken.value.candidates
    assert (candidate.name, candidate.mapped, taken.value.attribute) == ("db1", True, "remote_name")
    assert candidate.size_bytes > 0
    assert not lab.tell("home", "mirror_list")
    assert lab.schedules("home") == set()


def test_an_existing_remote_group_is_never_taken(lab: Lab) -> None:
    lab.driver.create_consistencygroup(name="g", pool="pool1")
    lab.tell("remote", "cg_create", cg="g", pool="pool2")
    with pytest.raises(AlreadyExists, match=r"consistency group called 'g' already.*pool2") as refused:
        lab.driver.enable_replication(mode="sync", consistency_group_id="g")
    says_all(refused.value)
    assert [row["name"] for row in lab.tell("remote", "cg_list")] == ["g"]


def test_an_unknown_remote_pool_is_named_with_near_matches(lab: Lab) -> None:
    volume = lab.linked.volume("a")
    with pytest.raises(NotFound, match=r"pool1") as missing:
        lab.driver.enable_replication(mode="sync", volume_id=volume.id, remote_pool="pool11")
    assert missing.value.attribute == "remote_pool"


def test_a_full_remote_pool_leaves_nothing(lab: Lab) -> None:
    volume = lab.linked.volume("a", gib=100)
    lab.tell("remote", "pool_create", pool="tiny", size=17, snapshot_size=0)
    with pytest.raises(NoSpace) as full:
        lab.driver.enable_replication(mode="async", volume_id=volume.id, rpo_s=7200, remote_pool="tiny")
    assert full.value.attribute == "remote_pool"
    assert _nothing_left(lab)


def test_what_is_replicated_already_is_named_with_its_peer(lab: Lab) -> None:
    made = lab.pair()
    with pytest.raises(InUse, match=rf"replicated already.*paired with {made.remote_name}.*import") as refused:
        lab.driver.enable_replication(mode="sync", volume_id=made.id, remote_name="another")
    says_all(refused.value)


def test_nothing_is_defined_while_the_link_is_down(lab: Lab) -> None:
    volume = lab.linked.volume("a")
    lab.linked.set_link("down")
    with pytest.raises(Refused, match=r"link to .* is down.*Mend the link") as refused:
        lab.driver.enable_replication(mode="sync", volume_id=volume.id)
    says_all(refused.value)
    assert _nothing_left(lab)


def test_snapshots_of_an_earlier_mirror_are_named_and_not_deleted(lab: Lab) -> None:
    lab.linked.turn("xiv_mirror_delete_keeps_snapshots", on=True)
    made = lab.pair("async")
    lab.tell("home", "mirror_deactivate", vol=made.name)
    lab.tell("home", "mirror_delete", vol=made.name)
    left = f"last-replicated-{made.name}"
    with pytest.raises(Refused, match=rf"snapshots of an earlier mirror.*{left}") as refused:
        lab.driver.enable_replication(mode="sync", volume_id=made.id, remote_name="another")
    says_all(refused.value)
    assert left in lab.names("home")


def test_a_group_is_mirrored_while_it_is_empty_and_made_in_the_remote_pool(lab: Lab) -> None:
    lab.driver.create_consistencygroup(name="g", pool="pool1")
    made = lab.driver.enable_replication(mode="sync", consistency_group_id="g", remote_pool="pool2", remote_name="gr")
    assert (made.id, made.subject, made.remote_id, made.remote_pool) == ("g", "group", "gr", "pool2")
    assert lab.row("g") == 1


def test_a_group_with_members_is_not_mirrored(lab: Lab) -> None:
    lab.driver.create_consistencygroup(name="g", pool="pool1")
    volume = lab.linked.volume("a")
    lab.driver.update_consistencygroup(group_id="g", add=(volume.id,))
    with pytest.raises(InUse, match=rf"not empty.*{volume.name}") as refused:
        lab.driver.enable_replication(mode="sync", consistency_group_id="g")
    says_all(refused.value)
    assert _nothing_left(lab)


@pytest.mark.parametrize("subject", ["volume", "group"])
def test_what_cannot_be_activated_is_undone_whole(lab: Lab, subject: str) -> None:
    if subject == "volume":
        wanted = {"volume_id": lab.linked.volume("a").id}
    else:
        lab.driver.create_consistencygroup(name="g", pool="pool1")
        wanted = {"consistency_group_id": "g"}
    lab.linked.fail("home", "mirror_activate", "error", code="REMOTE_MAX_VOLUMES_REACHED")
    with pytest.raises(NoSpace, match=r"Nothing is left on either array"):
        lab.driver.enable_replication(mode="async", rpo_s=7200, **wanted)  # type: ignore[arg-type]
    assert _nothing_left(lab)
    lab.driver.enable_replication(mode="async", rpo_s=7200, **wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize("command", ["schedule_create", "cg_create", "mirror_create", "mirror_activate"])
def test_a_lost_answer_is_looked_up(lab: Lab, command: str) -> None:
    lab.driver.create_consistencygroup(name="g", pool="pool1")
    lab.linked.fail("remote" if command == "cg_create" else "home", command, "drop_after")
    made = lab.driver.enable_replication(mode="async", rpo_s=7200, consistency_group_id="g", wait_for_sync=True)
    assert lab.row(made.id) == 1
    assert lab.linked.calls("home")["mirror_create"] == 1


@pytest.mark.parametrize("command", ["schedule_create", "mirror_activate"])
def test_what_never_arrived_is_sent_again_where_that_changes_nothing_twice(lab: Lab, command: str) -> None:
    volume = lab.linked.volume("a")
    lab.linked.fail("home", command, "drop_before")
    assert lab.row(lab.replicate(volume, "async").id) == 1


def test_a_definition_that_may_still_come_is_in_doubt_and_not_sent_twice(lab: Lab) -> None:
    volume = lab.linked.volume("a")
    lab.linked.fail("home", "mirror_create", "drop_before")
    with pytest.raises(InDoubt, match=r"may be there or appear"):
        lab.driver.enable_replication(mode="sync", volume_id=volume.id)
    assert lab.linked.calls("home")["mirror_create"] == 1
    assert lab.row(lab.replicate(volume).id) == 1


def test_what_no_answer_told_of_is_named_and_not_undone(lab: Lab) -> None:
    volume = lab.linked.volume("a", name="db1")
    lab.linked.fail("home", "mirror_create", "drop_after")
    lab.linked.fail("home", "mirror_activate", "error", code="REMOTE_MAX_VOLUMES_REACHED")
    with pytest.raises(DriverError) as failed:
        lab.driver.enable_replication(mode="sync", volume_id=volume.id)
    assert "the mirror of db1, volume db1" in failed.value.left_behind
    assert lab.states(vol="db1") == ("M0 Initializing", "S0 Initializing")


def test_a_remote_volume_that_could_not_be_read_at_first_is_undone_all_the_same(lab: Lab) -> None:
    volume = lab.linked.volume("a")
    lab.driver.find_replication(volume.id)
    lab.linked.ask(
        "POST",
        "/faults",
        {"array": "xiv2", "command": "vol_list", "nth": 2, "times": 1, "action": "error", "code": "ACCESS_DENIED"},
    )
    with pytest.raises(DriverError, match=r"Nothing is left on either array"):
        lab.driver.enable_replication(mode="async", volume_id=volume.id, rpo_s=7200)
    lab.linked.ask("DELETE", "/faults")
    assert _nothing_left(lab)


def test_a_remote_group_goes_again_though_it_is_in_doubt_whether_its_mirror_comes(lab: Lab) -> None:
    lab.driver.create_consistencygroup(name="g", pool="pool1")
    lab.linked.fail("home", "mirror_create", "drop_before")
    with pytest.raises(InDoubt):
        lab.driver.enable_replication(mode="sync", consistency_group_id="g")
    assert lab.tell("remote", "cg_list") == []
    lab.driver.enable_replication(mode="sync", consistency_group_id="g")


def test_a_mirror_that_is_not_as_it_was_made_is_left_and_named(lab: Lab) -> None:
    volume = lab.linked.volume("a", name="v")
    lab.linked.fail("home", "mirror_create", "delay_after", seconds=2)
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(lab.driver.enable_replication, mode="sync", volume_id=volume.id, deadline=20)
        eventually(lambda: lab.tell("home", "mirror_list"), "the mirror to be there")
        lab.tell("remote", "vol_rename", vol="v", new_name="w")
        with pytest.raises(Refused, match="The mirror of v is not as it was made") as refused:
            made.result(30)
    assert refused.value.may_be_there
    assert "Left behind: the mirror of v, volume v, made with the mirror, on the remote array." in f"{refused.value}"
    assert lab.states(vol="v")[0] == "M0 Initializing"

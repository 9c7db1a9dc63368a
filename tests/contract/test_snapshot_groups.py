"""Snapshot groups of an XIV: taken of the members that were asked for, deleted only where they are provably ours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.group_stage import Members, held, members, wait_until_held
from support.simulated import World
from support.xcli import Xcli
from terraform_provider_xivds8k.driver import InDoubt, InUse, NotFound, Refused, Unsupported

pytestmark = pytest.mark.parametrize("family", ["xiv"])
TAKE, DELETE = "cg_snapshots_create", "snap_group_delete"


@pytest.fixture
def group(array: World) -> Members:
    """Return a group of two volumes."""
    return members(array)


def test_other_members_than_asked_for_are_named_and_nothing_is_taken(array: World, group: Members) -> None:
    stranger = members(array, 1)
    asked = Members(array, group.group_id, (group.volumes[0], *stranger.volumes))
    with pytest.raises(Refused) as refused:
        asked.take("monday")
    assert refused.value.attribute == "volume_ids"
    assert group.volumes[1].name in refused.value.happened
    assert stranger.ids[0] in refused.value.happened
    assert array.calls().get(TAKE, 0) == 0


def test_without_volume_ids_whatever_the_group_holds_is_taken(array: World, group: Members) -> None:
    taken = array.driver.create_cgsnapshot(group_id=group.group_id, name="monday")
    assert {one.volume_id for one in taken.snapshots} == set(group.ids)


def test_an_empty_or_missing_group_is_refused(array: World, group: Members, xcli: Xcli) -> None:
    pool, _ = array.pools()
    xcli.does("cg_create", cg="hollow", pool=pool.name)
    with pytest.raises(Refused, match="no members"):
        array.driver.create_cgsnapshot(group_id="hollow", name="monday")
    with pytest.raises(NotFound) as missing:
        array.driver.create_cgsnapshot(group_id="nowhere", name="monday")
    assert missing.value.attribute == "consistency_group_id"


def test_members_that_change_meanwhile_leave_no_snapshot_group(array: World, group: Members, xcli: Xcli) -> None:
    array.fail(TAKE, "delay_before", seconds=0.5)
    with ThreadPoolExecutor(1) as threads:
        taking = threads.submit(group.take, "monday")
        wait_until_held(array)
        xcli.does("cg_remove_vol", vol=group.volumes[1].name)
        with pytest.raises(Refused, match="members"):
            taking.result(30)
    assert array.driver.list_cgsnapshots() == ()


def test_a_lost_answer_is_looked_up_once_by_name(array: World, group: Members) -> None:
    array.fail(TAKE, "drop_after")
    assert len(group.take("monday").snapshots) == 2
    assert array.calls()[TAKE] == 1


def test_a_lost_request_is_in_doubt_and_never_sent_again(array: World, group: Members) -> None:
    array.fail(TAKE, "drop_before")
    with pytest.raises(InDoubt) as doubt:
        group.take("monday")
    assert "monday" in str(doubt.value)
    assert array.calls()[TAKE] == 1
    assert array.driver.list_cgsnapshots() == ()


def test_a_deletion_whose_answer_was_lost_is_looked_up(array: World, group: Members) -> None:
    taken = group.take("monday")
    array.fail(DELETE, "drop_after")
    assert array.driver.delete_cgsnapshot(held(taken)) == ()
    assert array.driver.find_cgsnapshot("monday") is None


def test_a_deletion_that_may_come_late_is_sent_once(array: World, group: Members) -> None:
    """A second one, carried out late, would delete what bears the name by then."""
    taken = group.take("monday")
    array.fail(DELETE, "drop_before")
    with pytest.raises(InDoubt, match="may still go"):
        array.driver.delete_cgsnapshot(held(taken))
    assert array.calls()[DELETE] == 1
    assert array.driver.delete_cgsnapshot(held(taken)) == ()
    assert array.driver.find_cgsnapshot("monday") is None


def test_a_volume_deleted_while_groups_are_listed_stays_deleted(array: World, group: Members) -> None:
    group.take("monday")
    (volume,) = members(array, 1).volumes
    array.driver.update_consistencygroup(group_id=array.driver.get_volume(volume.id).group or "", remove=(volume.id,))
    for _ in range(3):
        assert array.driver.find_recent_volume(volume.id, system_id=volume.system_id) is not None
    array.fail("vol_list", "delay_after", seconds=0.7)
    with ThreadPoolExecutor(1) as threads:
        listing = threads.submit(array.driver.list_cgsnapshots)
        wait_until_held(array)
        array.driver.delete_volume(volume_id=volume.id)
        listing.result(20)
    assert array.driver.find_recent_volume(volume.id, system_id=volume.system_id) is None


def test_a_mapped_snapshot_keeps_the_snapshot_group(array: World, group: Members, xcli: Xcli) -> None:
    taken = group.take("monday")
    xcli.does("host_define", host="backup")
    xcli.does("map_vol", host="backup", vol=taken.snapshots[0].name, lun="1")
    with pytest.raises(InUse, match="backup"):
        array.driver.delete_cgsnapshot(held(taken))
    assert array.calls().get(DELETE, 0) == 0


def test_one_taken_anew_or_by_somebody_else_under_the_name_is_left_and_told_of(
    array: World, group: Members, xcli: Xcli
) -> None:
    taken = group.take("monday")
    array.ask("POST", "/clock", {"advance_s": 61})
    xcli.does(TAKE, cg=group.group_id, overwrite="monday")
    assert "monday" in array.driver.delete_cgsnapshot(held(taken))[0]
    xcli.does(DELETE, snap_group="monday")
    array.ask("POST", "/clock", {"advance_s": 61})
    xcli.does(TAKE, cg=group.group_id, snap_group="monday")
    assert "monday" in array.driver.delete_cgsnapshot(held(taken))[0]
    assert [one.name for one in array.driver.list_cgsnapshots()] == ["monday"]


def test_single_snapshots_of_a_disbanded_group_are_left_and_told_of(array: World, group: Members, xcli: Xcli) -> None:
    taken = group.take("monday")
    xcli.does("snap_group_disband", snap_group="monday")
    left = array.driver.delete_cgsnapshot(held(taken))
    assert [one.name in told for one, told in zip(sorted(taken.snapshots, key=lambda s: s.id), left, strict=True)]
    assert len(left) == 2


def test_there_is_no_lss_to_share(array: World, group: Members) -> None:
    with pytest.raises(Unsupported) as refused:
        group.take("monday", allow_shared_lss=True)
    assert refused.value.attribute == "allow_shared_lss"

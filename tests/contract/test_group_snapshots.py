"""Group snapshots: the same behaviour on both families, through the driver, over the real wire."""

from __future__ import annotations

from support.group_stage import held, members
from support.simulated import World


def test_a_group_snapshot_holds_what_every_member_held(array: World) -> None:
    group = members(array, 3)
    for index in range(3):
        group.write(index, f"before-{index}")
    taken = group.take("monday")
    for index in range(3):
        assert group.write(index, "after")
    assert group.labels(taken) == [["before-0"], ["before-1"], ["before-2"]]
    assert sorted(one.volume_id for one in taken.snapshots) == sorted(group.ids)
    assert (taken.name, taken.group_id) == ("monday", group.group_id)
    assert taken.created_at


def test_a_group_snapshot_is_found_by_its_id_and_gone_when_deleted(array: World) -> None:
    group = members(array)
    taken = group.take("monday")
    found = array.driver.find_cgsnapshot(taken.id)
    assert found is not None
    assert (found.id, found.name, {one.id for one in found.snapshots}) == (
        taken.id,
        "monday",
        {one.id for one in taken.snapshots},
    )
    assert array.driver.delete_cgsnapshot(held(taken)) == ()
    assert array.driver.find_cgsnapshot(taken.id) is None
    assert all(array.driver.find_volume(one.id) is None for one in taken.snapshots)
    assert array.driver.delete_cgsnapshot(held(taken)) == ()
    assert all(array.driver.find_volume(volume_id) is not None for volume_id in group.ids)

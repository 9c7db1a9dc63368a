"""Snapshots: the same behaviour on both families, through the driver, over the real wire."""

from __future__ import annotations

from typing import Any

import pytest

from support.simulated import World
from support.snapshot_hands import (
    WITHDRAW,
    delete,
    labels,
    lose,
    make,
    map_to_host,
    rest,
    take,
    turn,
    write,
    xcli,
)
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    Family,
    InUse,
    NotFound,
    Refused,
    SnapshotFilter,
    Unsupported,
)

GIB = 2**30
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])
xiv_only = pytest.mark.parametrize("family", ["xiv"])


def test_a_snapshot_holds_what_the_volume_held_when_it_was_taken(array: World) -> None:
    volume = make(array)
    write(array, volume, "monday")
    taken = take(array, volume)
    write(array, volume, "tuesday")
    assert labels(array, taken) == ["monday"]
    assert labels(array, volume) == ["monday", "tuesday"]
    assert (taken.volume_id, taken.size_bytes, taken.system_id) == (volume.id, volume.size_bytes, volume.system_id)
    assert taken.created_at
    assert taken.lost is None


def test_a_snapshot_reads_back_the_same_in_every_way_there_is(array: World) -> None:
    volume = make(array)
    taken = take(array, volume)
    driver = array.driver
    found = driver.find_snapshot(taken.id, volume.id)
    assert found is not None
    assert (found.id, found.name, found.copy, found.pool_id) == (taken.id, taken.name, taken.copy, taken.pool_id)
    assert driver.find_snapshot(taken.id) == found
    assert driver.find_snapshots_by_name(taken.name) == (found,)
    assert driver.list_snapshots(SnapshotFilter(volume_id=volume.id.upper())) == (found,)
    assert driver.list_snapshots(SnapshotFilter(name_regex=f"^{taken.name}$", pool=taken.pool_name)) == (found,)
    for _ in range(4):
        recent = driver.find_recent_snapshot(taken.id, volume_id=volume.id, system_id=volume.system_id)
        assert recent == found
    assert [one.id for one in driver.list_volumes() if one.is_snapshot] == [taken.id]


def test_a_volume_is_no_snapshot(array: World) -> None:
    volume = make(array)
    assert array.driver.find_snapshot(volume.id) is None
    found = array.driver.find_snapshot(volume.id, "0000" if array.family == "ds8k" else "0123456789abcdef")
    assert found is not None
    assert found.lost
    assert array.driver.find_snapshots_by_name(volume.name) == ()


def test_reading_many_snapshots_costs_no_call_for_each(array: World) -> None:
    volumes = [make(array) for _ in range(3)]
    taken = [take(array, volume) for volume in volumes for _ in range(3)]
    array.driver.forget_recent()

    def read() -> int:
        before = sum(array.calls().values())
        for one in taken:
            found = array.driver.find_recent_snapshot(one.id, volume_id=one.volume_id, system_id=one.system_id)
            assert found is not None
            assert found.lost is None
        return sum(array.calls().values()) - before

    assert read() <= 6 + 4 * len(array.driver.list_pools())
    assert read() == 0


def test_a_taken_name_is_refused_with_what_has_it(array: World) -> None:
    volume = make(array)
    taken = take(array, volume)
    for name, holder in ((taken.name, taken.id), (volume.name, volume.id)):
        with pytest.raises(AlreadyExists) as caught:
            array.driver.create_snapshot(volume_id=volume.id, name=name, deadline=10)
        assert [one.id for one in caught.value.candidates] == [holder]
    assert [one.id for one in array.driver.list_snapshots()] == [taken.id]


def test_a_name_the_array_would_not_take_is_refused_before_it_is_asked(array: World) -> None:
    volume = make(array)
    before = array.calls()
    with pytest.raises(Refused) as caught:
        array.driver.create_snapshot(volume_id=volume.id, name="a/b")
    assert caught.value.attribute == "name"
    assert array.calls() == before


@pytest.mark.parametrize("volume_id", ["00FE", "0123456789abcdef"])
def test_a_snapshot_of_a_volume_that_is_not_there_is_refused(array: World, volume_id: str) -> None:
    with pytest.raises((NotFound, Refused)) as caught:
        array.driver.create_snapshot(volume_id=volume_id, name="s1")
    assert caught.value.attribute == "volume_id"


@pytest.mark.parametrize("on", [True, False])
def test_a_snapshot_of_a_snapshot_is_refused_in_clear_words(array: World, *, on: bool) -> None:
    if array.family == "ds8k":
        turn(array, "flashcopy_from_target_refused", on=on)
    taken = take(array, make(array))
    before = {one.id for one in array.driver.list_volumes()}
    with pytest.raises(Refused, match="a snapshot itself"):
        array.driver.create_snapshot(volume_id=taken.id, name=array.new_name(), deadline=10)
    assert {one.id for one in array.driver.list_volumes()} == before


def test_what_a_family_does_not_have_is_refused_by_its_name(array: World) -> None:
    volume = make(array)
    foreign: tuple[dict[str, Any], ...] = ({"copy": "full"}, {"pool": volume.pool_id}, {"delete_priority": 2})
    foreign = foreign[:2] if array.family == "xiv" else foreign[2:]
    for more in foreign:
        with pytest.raises(Unsupported) as caught:
            array.driver.create_snapshot(volume_id=volume.id, name=array.new_name(), **more)
        assert caught.value.attribute in more
    assert array.driver.list_snapshots() == ()


def test_a_rename_keeps_the_snapshot(array: World) -> None:
    taken, name = take(array, make(array)), array.new_name()
    renamed = array.driver.rename_snapshot(snapshot_id=taken.id, volume_id=taken.volume_id, new_name=name, deadline=10)
    assert (renamed.id, renamed.name) == (taken.id, name)
    found = array.driver.find_snapshot(taken.id, taken.volume_id)
    assert found is not None
    assert (found.name, found.lost) == (name, None)


def test_a_deleted_snapshot_is_gone_and_its_volume_as_it_was(array: World) -> None:
    volume = make(array)
    write(array, volume, "monday")
    taken = take(array, volume)
    for _ in range(2):  # one that is gone already is done
        assert delete(array, taken) is None
    assert array.driver.find_volume(taken.id) is None
    assert array.driver.list_snapshots() == ()
    assert labels(array, volume) == ["monday"]
    array.driver.delete_volume(volume_id=volume.id, expected_name=volume.name, deadline=10)


def test_defect_22_a_mapped_snapshot_is_not_deleted(array: World) -> None:
    taken = take(array, make(array))
    map_to_host(array, taken)
    before = array.calls()
    with pytest.raises(InUse, match="h1"):
        delete(array, taken)
    changed = {name for name, count in array.calls().items() if count != before.get(name, 0)}
    assert not {name for name in changed if name.startswith(("DELETE", "snapshot_delete"))}
    found = array.driver.find_snapshot(taken.id, taken.volume_id)
    assert found is not None
    assert found.lost is None


def test_a_lost_snapshot_is_told_as_lost_and_never_touched(array: World) -> None:
    volume = make(array)
    taken = take(array, volume)
    lose(array, taken)
    found = array.driver.find_snapshot(taken.id, volume.id)
    recent = array.driver.find_recent_snapshot(taken.id, volume_id=volume.id, system_id=volume.system_id)
    assert recent == found
    before = array.calls()
    with pytest.raises(NotFound, match="is lost"):
        array.driver.rename_snapshot(snapshot_id=taken.id, volume_id=volume.id, new_name="elsewhere", deadline=10)
    left = delete(array, taken)
    written = {name for name, count in array.calls().items() if count != before.get(name, 0)}
    assert not {name for name in written if not name.startswith(("GET", "vol_list", "POST /tokens"))}
    if array.family == "xiv":
        assert (found, left) == (None, None)
        return
    assert found is not None
    assert found.lost == f"FlashCopy {volume.id}:{taken.id} is not on the array"
    assert left is not None
    assert (left.id, left.name) == (taken.id, taken.name)
    assert array.driver.find_volume(taken.id) is not None


def test_a_snapshot_of_another_volume_is_not_taken_for_ours(array: World) -> None:
    one, other = make(array), make(array)
    taken = take(array, one)
    found = array.driver.find_snapshot(taken.id, other.id)
    assert found is not None
    assert found.lost
    recent = array.driver.find_recent_snapshot(taken.id, volume_id=other.id, system_id=other.system_id)
    assert recent == found
    left = array.driver.delete_snapshot(snapshot_id=taken.id, volume_id=other.id, deadline=10)
    assert left is not None
    assert array.driver.find_snapshot(taken.id, one.id) is not None


@pytest.mark.parametrize("on", [True, False])
def test_the_volume_of_a_snapshot_is_not_deleted(array: World, *, on: bool) -> None:
    if array.family == "xiv":
        turn(array, "xiv_delete_takes_snapshots", on=on)
    volume = make(array)
    taken = take(array, volume)
    with pytest.raises(InUse, match=taken.name if array.family == "xiv" else taken.id):
        array.driver.delete_volume(volume_id=volume.id, deadline=10)
    assert array.driver.find_snapshot(taken.id, volume.id) is not None


# an XIV's own


@xiv_only
def test_a_deletion_priority_is_given_and_changed_in_place(array: World, family: Family) -> None:
    taken = take(array, make(array), delete_priority=3)
    assert taken.delete_priority == 3
    changed = array.driver.change_snapshot_priority(
        snapshot_id=taken.id, volume_id=taken.volume_id, delete_priority=2, deadline=10
    )
    assert (changed.id, changed.delete_priority) == (taken.id, 2)
    assert array.driver.find_snapshot(taken.id) == changed


@xiv_only
def test_a_snapshot_of_a_snapshot_group_is_refused_naming_the_group(array: World, family: Family) -> None:
    volume = make(array)
    xcli(array, "cg_create", cg="g1", pool=volume.pool_name)
    xcli(array, "cg_add_vol", cg="g1", vol=volume.name)
    xcli(array, "cg_snapshots_create", cg="g1", snap_group="g1.monday")
    (row,) = [one for one in array.driver.list_volumes() if one.is_snapshot]
    assert array.driver.list_snapshots() == ()
    with pytest.raises(InUse, match=r"g1\.monday"):
        array.driver.delete_snapshot(snapshot_id=row.id, volume_id=volume.id, deadline=10)
    assert array.driver.find_snapshot(row.id, volume.id) is not None


@xiv_only
def test_a_snapshot_the_array_deletes_for_want_of_space_is_lost(array: World, family: Family) -> None:
    volume, other = make(array), make(array)
    taken, first_to_stay = take(array, volume, delete_priority=4), take(array, other, delete_priority=1)
    (pool,) = xcli(array, "pool_list", pool=volume.pool_name)
    size = pool.get("soft_size") or pool["size"]
    xcli(array, "pool_resize", pool=volume.pool_name, size=size, snapshot_size=1)
    write(array, volume, "monday")
    write(array, other, "monday")
    assert array.driver.find_snapshot(taken.id, volume.id) is None
    assert array.driver.find_snapshot(first_to_stay.id, other.id) is not None


# a DS8000's


@ds8k_only
def test_a_target_is_thin_beside_its_volume_unless_all_is_copied(array: World, family: Family) -> None:
    thick = make(array, provisioning="thick")
    none, full = take(array, thick), take(array, thick, copy="full")
    found = {one.id: one for one in array.driver.list_volumes()}
    assert (found[none.id].provisioning, found[full.id].provisioning) == ("thin", "thick")
    assert (none.copy, full.copy) == ("none", "full")
    other = next(pool for pool in array.driver.list_pools() if pool.id != thick.pool_id and pool.storage_type == "fb")
    assert take(array, thick, pool=other.name).pool_id == other.id


@ds8k_only
@pytest.mark.parametrize("switch", ["os400_reports_whole_gib", "os400_model_in_mtm"])
@pytest.mark.parametrize("on", [True, False])
def test_a_target_has_the_model_of_its_volume(array: World, family: Family, switch: str, *, on: bool) -> None:
    turn(array, switch, on=on)
    pool, _ = array.pools()
    volume = array.driver.create_volume(
        name=array.new_name(), pool=pool.id, size_bytes=8 * GIB, os400="A01", deadline=10
    )
    taken = take(array, volume)
    target = array.driver.find_volume(taken.id)
    assert target is not None
    assert (target.os400, target.size_bytes) == (volume.os400, volume.size_bytes)


@ds8k_only
def test_a_full_copy_is_waited_for_and_keeps_its_relation(array: World, family: Family) -> None:
    volume, said = make(array), list[str]()
    write(array, volume, "monday")
    taken = take(array, volume, copy="full", progress=said.append)
    assert said[-1] == f"{taken.name}: 0 tracks are left to copy"
    assert array.driver.find_snapshot(taken.id, volume.id) is not None
    assert labels(array, taken) == ["monday"]
    assert delete(array, taken) is None


@ds8k_only
@pytest.mark.parametrize("on", [True, False])
def test_the_thirteenth_relation_is_refused_naming_the_twelve(array: World, family: Family, *, on: bool) -> None:
    turn(array, "twelve_relations_a_source", on=on)
    volume = make(array)
    taken = [take(array, volume) for _ in range(12)]
    before = {one.id for one in array.driver.list_volumes()}
    with pytest.raises(InUse) as caught:
        take(array, volume)
    assert all(f"{volume.id}:{one.id}" in caught.value.happened for one in taken)
    assert {one.id for one in array.driver.list_volumes()} == before


@ds8k_only
def test_a_target_out_of_room_loses_the_snapshot_and_not_the_write(array: World, family: Family) -> None:
    volume = make(array)
    taken = take(array, volume)
    relation = rest(array, "GET", f"/cs/flashcopies/{volume.id}:{taken.id}").records[0]
    assert relation["persistent"] == "enabled"
    pool = array.driver.get_pool(volume.pool_id)
    full = array.driver.create_volume(
        name=array.new_name(),
        pool=pool.id,
        size_bytes=pool.free_bytes // GIB * GIB,
        provisioning="thick",
        deadline=10,
    )
    for label in ("monday", "tuesday"):
        write(array, volume, label)
    found = array.driver.find_snapshot(taken.id, volume.id)
    assert found is not None
    assert found.lost == f"FlashCopy {volume.id}:{taken.id} is invalid"
    assert labels(array, volume) == ["monday", "tuesday"]
    array.driver.delete_volume(volume_id=full.id, deadline=10)


@ds8k_only
def test_somebody_elses_relation_is_never_withdrawn(array: World, family: Family) -> None:
    """Neither one that is not persistent, nor one our target is the source of."""
    volume = make(array)
    taken, other = take(array, volume), make(array)
    turn(array, "flashcopy_from_target_refused", on=False)
    pairs = [{"source_volume": taken.id, "target_volume": other.id}]
    permit = "permit_space_efficient_target"
    rest(array, "POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": ["no_background_copy", permit]})
    with pytest.raises(InUse, match=f"{taken.id}:{other.id}"):
        delete(array, taken)
    assert WITHDRAW not in array.calls()
    rest(array, "DELETE", f"/cs/flashcopies/{taken.id}:{other.id}")
    lose(array, taken)
    pairs = [{"source_volume": volume.id, "target_volume": taken.id}]
    rest(array, "POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": ["no_background_copy", permit]})
    before = array.calls()[WITHDRAW]
    assert delete(array, taken) is not None
    assert array.calls()[WITHDRAW] == before


@ds8k_only
def test_a_target_that_bears_another_name_is_not_deleted(array: World, family: Family) -> None:
    taken = take(array, make(array))
    rest(array, "PUT", f"/volumes/{taken.id}", {"name": "elsewhere"})
    with pytest.raises(Refused, match="elsewhere"):
        delete(array, taken)
    assert array.driver.find_snapshot(taken.id, taken.volume_id) is not None

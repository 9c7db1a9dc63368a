"""Snapshot groups: one point in time of a whole consistency group, and what holds its snapshots together."""

from __future__ import annotations

import pytest

from support.xcli import ControlAddress, Xcli


def _group(xiv: Xcli, *volumes: str, pool: str = "pool1") -> None:
    xiv.does("cg_create", cg="db", pool=pool)
    for volume in volumes:
        xiv.does("vol_create", vol=volume, size=17, pool=pool)
        xiv.does("cg_add_vol", cg="db", vol=volume)


def _write(control: ControlAddress, volume: str, label: str) -> None:
    control.ask("POST", "/io", {"array": "xiv1", "volume": volume, "write": label})


def _read(control: ControlAddress, volume: str) -> list[str]:
    found: list[str] = control.ask("GET", f"/io?array=xiv1&volume={volume}")
    return found


def _names(xiv: Xcli, **filters: object) -> list[str]:
    return [row["name"] for row in xiv.does("vol_list", **filters)]


def test_a_snapshot_group_holds_a_snapshot_of_every_member(xiv: Xcli) -> None:
    _group(xiv, "v1", "v2")
    xiv.does("cg_snapshots_create", cg="db", snap_group="now", delete_priority=3)
    first = xiv.ask("vol_list", vol="now.v1").one
    assert (first["master_name"], first["sg_name"], first["sg_snapshot_of"]) == ("v1", "now", "db")
    assert (first["locked"], first["delete_priority"]) == ("yes", "3")
    (listed,) = xiv.does("snap_group_list", snap_group="now")
    assert (listed["cg"], listed["locked"], listed["modified"]) == ("db", "yes", "no")
    assert listed["snapshot_time"] == first["snapshot_time"]
    assert xiv.does("snap_group_list", snap_group="never") == []
    xiv.does("cg_snapshots_create", cg="db")
    assert [row["name"] for row in xiv.does("snap_group_list", cg="db")] == ["now", "db.snap_group_00001"]


def test_names_of_snapshot_groups_are_checked_and_those_of_members_cut(xiv: Xcli) -> None:
    _group(xiv, "v" * 40)
    xiv.does("cg_snapshots_create", cg="db", snap_group="g" * 30)
    assert xiv.says("cg_snapshots_create", cg="db", snap_group="G" * 30) == "SNAPSHOT_GROUP_NAME_EXISTS"
    assert xiv.says("cg_snapshots_create", cg="db", snap_group="last-replicated-x") == "SNAPSHOT_GROUP_BAD_PREFIX"
    assert [len(name) for name in _names(xiv)] == [40, 63]
    xiv.does("snap_group_rename", snap_group="g" * 30, new_name="short")
    assert xiv.ask("vol_list", vol=_names(xiv)[1]).one["sg_name"] == "short"


def test_an_empty_or_missing_group_has_no_point_in_time(xiv: Xcli, control: ControlAddress) -> None:
    _group(xiv)
    assert xiv.says("cg_snapshots_create", cg="db") == "CONS_GROUP_EMPTY"
    assert xiv.says("cg_snapshots_create", cg="none") == "CONS_GROUP_BAD_NAME"
    assert xiv.says("snap_group_delete", snap_group="none") == "SNAPSHOT_GROUP_BAD_NAME"


def test_a_group_that_cannot_be_snapshotted_whole_is_not_in_part(xiv: Xcli) -> None:
    _group(xiv, "v1", "v2")
    xiv.does("vol_create", vol="now.v2", size=17, pool="pool1")
    assert xiv.says("cg_snapshots_create", cg="db", snap_group="now") == "VOLUME_EXISTS"
    assert _names(xiv) == ["v1", "v2", "now.v2"]
    assert xiv.does("snap_group_list") == []


def test_a_member_of_a_snapshot_group_is_not_taken_out_of_it(xiv: Xcli) -> None:
    _group(xiv, "v1")
    xiv.does("cg_snapshots_create", cg="db", snap_group="now")
    for command in ("snapshot_delete", "snapshot_duplicate"):
        assert xiv.says(command, snapshot="now.v1") == "SNAPSHOT_IS_PART_OF_SNAPSHOT_GROUP"
    assert xiv.says("snapshot_create", vol="v1", overwrite="now.v1") == "SNAPSHOT_IS_PART_OF_SNAPSHOT_GROUP"
    xiv.does("cg_remove_vol", vol="v1")
    assert xiv.says("vol_delete", vol="v1") == "SNAPSHOT_IS_PART_OF_SNAPSHOT_GROUP"
    xiv.does("snap_group_disband", snap_group="now")
    assert xiv.does("snap_group_list") == []
    xiv.does("snapshot_delete", snapshot="now.v1")


def test_a_group_is_restored_to_its_point_in_time(xiv: Xcli, control: ControlAddress) -> None:
    _group(xiv, "v1", "v2")
    _write(control, "v1", "a")
    xiv.does("cg_snapshots_create", cg="db", snap_group="now")
    xiv.does("snap_group_duplicate", snap_group="now", new_snap_group="copy")
    for volume in ("v1", "v2"):
        _write(control, volume, "b")
    assert (_read(control, "copy.v1"), _read(control, "copy.v2")) == (["a"], [])
    xiv.does("snap_group_restore", snap_group="now")
    assert (_read(control, "v1"), _read(control, "v2")) == (["a"], [])
    xiv.does("cg_remove_vol", vol="v2")
    assert xiv.says("snap_group_restore", snap_group="now") == "CONS_GROUP_MISMATCH"


def test_a_snapshot_group_is_restored_onto_another_of_the_same_volumes(xiv: Xcli, control: ControlAddress) -> None:
    _group(xiv, "v1")
    xiv.does("cg_snapshots_create", cg="db", snap_group="then")
    _write(control, "v1", "a")
    xiv.does("cg_snapshots_create", cg="db", snap_group="now")
    assert xiv.says("snap_group_restore", snap_group="now", target_snap_group="now") == (
        "TARGET_SNAPSHOT_GROUP_SAME_AS_SOURCE"
    )
    assert xiv.says("snap_group_restore", snap_group="now", target_snap_group="no") == "TARGET_SNAPSHOT_GROUP_BAD_NAME"
    xiv.does("snap_group_restore", snap_group="now", target_snap_group="then")
    assert _read(control, "then.v1") == ["a"]


def test_a_snapshot_group_is_taken_anew_in_place(xiv: Xcli, control: ControlAddress) -> None:
    _group(xiv, "v1")
    xiv.does("cg_snapshots_create", cg="db", snap_group="now")
    before = xiv.ask("vol_list", vol="now.v1").one["wwn"]
    _write(control, "v1", "a")
    xiv.does("cg_snapshots_create", cg="db", overwrite="now")
    assert (_read(control, "now.v1"), xiv.ask("vol_list", vol="now.v1").one["wwn"]) == (["a"], before)
    xiv.does("vol_create", vol="v2", size=17, pool="pool1")
    xiv.does("cg_add_vol", cg="db", vol="v2")
    assert xiv.says("cg_snapshots_create", cg="db", overwrite="now") == (
        "OVERWRITE_SNAPSHOT_GROUP_DOES_NOT_BELONG_TO_GIVEN_GROUP"
    )


@pytest.mark.parametrize("mapped", [True, False])
def test_a_snapshot_group_goes_whole_unless_a_member_is_mapped(xiv: Xcli, mapped: bool) -> None:
    _group(xiv, "v1", "v2")
    xiv.does("cg_snapshots_create", cg="db", snap_group="now")
    if mapped:
        xiv.does("host_define", host="h1")
        xiv.does("map_vol", host="h1", vol="now.v2", lun=1)
    assert xiv.says("snap_group_delete", snap_group="now") == ("SNAPSHOT_IS_MAPPED" if mapped else "SUCCESS")
    assert _names(xiv) == (["v1", "v2", "now.v1", "now.v2"] if mapped else ["v1", "v2"])


def test_a_group_is_unlocked_and_shows_what_was_written(xiv: Xcli, control: ControlAddress) -> None:
    _group(xiv, "v1")
    xiv.does("cg_snapshots_create", cg="db", snap_group="now")
    xiv.does("snap_group_unlock", snap_group="now")
    _write(control, "now.v1", "x")
    (listed,) = xiv.does("snap_group_list")
    assert (listed["locked"], listed["modified"]) == ("no", "yes")
    xiv.does("snap_group_lock", snap_group="now")
    xiv.does("snap_group_change_priority", snap_group="now", delete_priority=4)
    (listed,) = xiv.does("snap_group_list")
    assert (listed["locked"], listed["delete_priority"]) == ("yes", "4")
    assert xiv.ask("vol_list", vol="now.v1").one["delete_priority"] == "4"


def test_without_snapshot_space_a_whole_snapshot_group_goes(xiv: Xcli, control: ControlAddress) -> None:
    """Half a point in time is none."""
    xiv.does("pool_create", pool="little", size=170, snapshot_size=17)
    _group(xiv, "v1", "v2", pool="little")
    xiv.does("cg_snapshots_create", cg="db", snap_group="now")
    for volume in ("v1", "v2"):
        _write(control, volume, "x")
    assert _names(xiv) == ["v1", "v2"]
    assert xiv.does("snap_group_list") == []

"""What snapshots hold, what copies and restores of them take, and which of them pays for what is written."""

from __future__ import annotations

import urllib.error

import pytest

from support.xcli import ControlAddress, Xcli

GB_PER_UNIT = 17


def _write(control: ControlAddress, volume: str, label: str) -> None:
    control.ask("POST", "/io", {"array": "xiv1", "volume": volume, "write": label})


def _read(control: ControlAddress, volume: str) -> list[str]:
    found: list[str] = control.ask("GET", f"/io?array=xiv1&volume={volume}")
    return found


def _used(xiv: Xcli, volume: str) -> int:
    return int(xiv.ask("vol_list", vol=volume).one["used_capacity"])


def test_a_copy_of_a_snapshot_takes_all_it_shows_not_what_the_snapshot_holds(
    xiv: Xcli, control: ControlAddress
) -> None:
    """A copy that looked as if it had never been written could be taken for an empty volume."""
    for volume in ("v1", "clone"):
        xiv.does("vol_create", vol=volume, size=68, pool="pool1")
    for label in ("a", "b"):
        _write(control, "v1", label)
    xiv.does("snapshot_create", vol="v1", name="s1")
    assert _used(xiv, "s1") == 0
    xiv.does("vol_copy", vol_src="s1", vol_trg="clone")
    assert (_read(control, "clone"), _used(xiv, "clone")) == (["a", "b"], 2 * GB_PER_UNIT)


def test_a_restored_volume_is_never_shown_as_never_written(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("vol_create", vol="v1", size=68, pool="pool1")
    _write(control, "v1", "a")
    xiv.does("snapshot_create", vol="v1", name="s1")
    xiv.does("vol_format", vol="v1")
    assert (_read(control, "v1"), _used(xiv, "v1")) == ([], 0)
    xiv.does("snapshot_restore", snapshot="s1")
    assert (_read(control, "v1"), _used(xiv, "v1")) == (["a"], GB_PER_UNIT)


def test_a_resized_volume_has_snapshots_of_the_size_it_had(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("vol_create", vol="v1", size=17, pool="pool1")
    _write(control, "v1", "small")
    xiv.does("snapshot_create", vol="v1", name="s1")
    xiv.does("vol_resize", vol="v1", size=34)
    assert [row["size"] for row in xiv.does("vol_list")] == ["34", "17"]
    assert xiv.says("vol_resize", vol="s1", size=34) == "VOLUME_IS_SNAPSHOT"
    assert _read(control, "s1") == ["small"]


def test_a_renamed_snapshot_is_the_same_one(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("vol_create", vol="v1", size=17, pool="pool1")
    before = xiv.does("snapshot_create", vol="v1", name="s1")[0]
    xiv.does("vol_rename", vol="s1", new_name="s2")
    assert xiv.does("snapshot_list", vol="v1")[0] == before | {"name": "s2"}
    assert xiv.says("vol_rename", vol="s2", new_name="v1") == "VOLUME_EXISTS"
    assert xiv.says("vol_rename", vol="s2", new_name="last-replicated-v1") == "VOLUME_BAD_PREFIX"


def test_what_is_locked_takes_no_writes(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("vol_create", vol="v1", size=17, pool="pool1")
    xiv.does("snapshot_create", vol="v1", name="s1")
    xiv.does("vol_lock", vol="v1")
    for locked in ("v1", "s1"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            _write(control, locked, "x")
        with refused.value as answer:
            assert b"read-only" in answer.read()
    xiv.does("vol_unlock", vol="s1")
    _write(control, "s1", "x")
    assert (_read(control, "v1"), _read(control, "s1")) == ([], ["x"])


def test_what_an_unlocked_snapshot_is_written_takes_snapshot_space(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("pool_create", pool="little", size=170, snapshot_size=17)
    xiv.does("vol_create", vol="v1", size=68, pool="little")
    for name, priority in (("s1", 1), ("s2", 4)):
        xiv.does("snapshot_create", vol="v1", name=name, delete_priority=priority)
        xiv.does("vol_unlock", vol=name)
    _write(control, "s2", "a")
    assert xiv.ask("pool_list", pool="little").one["used_by_snapshots"] == str(GB_PER_UNIT)
    _write(control, "s1", "b")
    assert [row["name"] for row in xiv.does("vol_list", pool="little")] == ["v1", "s1"]
    assert _read(control, "s1") == ["b"]


def test_what_a_write_displaces_is_held_by_the_snapshot_taken_last(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("vol_create", vol="v1", size=68, pool="pool1")
    for name in ("s1", "s2"):
        xiv.does("snapshot_create", vol="v1", name=name)
    control.ask("POST", "/clock", {"advance_s": 5})
    xiv.does("snapshot_create", vol="v1", overwrite="s1")
    _write(control, "v1", "a")
    assert (_used(xiv, "s1"), _used(xiv, "s2")) == (GB_PER_UNIT, 0)

"""IBM's own client (pyxcli 1.2.1) drives snapshots and groups of the simulated XIV, and catches what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pyxcli import errors

from support.xcli import ControlAddress


class Hosts:
    """What hosts do behind the client's back: write labels and read them."""

    def __init__(self, control: ControlAddress) -> None:
        self._control = control

    def write(self, volume: str, label: str) -> None:
        """Write a label."""
        self._control.ask("POST", "/io", {"array": "xiv1", "volume": volume, "write": label})

    def read(self, *volumes: str) -> list[list[str]]:
        """Return what volumes or snapshots hold."""
        return [self._control.ask("GET", f"/io?array=xiv1&volume={volume}") for volume in volumes]


@pytest.fixture
def hosts(control: ControlAddress) -> Hosts:
    """Return what writes to the array's volumes."""
    return Hosts(control)


@pytest.fixture
def cmd(client: Any) -> Any:
    """Return the client's commands, beside two volumes."""
    for volume in ("v1", "v2"):
        client.cmd.vol_create(vol=volume, size=17, pool="pool1")
    return client.cmd


@pytest.fixture
def group(cmd: Any) -> Any:
    """Return the client's commands, the volumes in a group."""
    cmd.cg_create(cg="db", pool="pool1")
    for volume in ("v1", "v2"):
        cmd.cg_add_vol(cg="db", vol=volume)
    return cmd


def _map(cmd: Any, volume: str) -> None:
    cmd.host_define(host="h1")
    cmd.map_vol(host="h1", vol=volume, lun=1)


def _one(listing: Any) -> Any:
    assert len(listing) == 1
    return listing.as_single_element


def test_a_snapshot_is_taken_listed_reprioritised_unlocked_and_deleted(cmd: Any, hosts: Hosts) -> None:
    hosts.write("v1", "monday")
    taken = cmd.snapshot_create(vol="v1", name="s1", delete_priority=2).as_single_element
    hosts.write("v1", "tuesday")
    assert (taken.name, taken.master_name, taken.locked, taken.modified) == ("s1", "v1", "yes", "no")
    assert hosts.read("v1", "s1") == [["monday", "tuesday"], ["monday"]]
    cmd.snapshot_change_priority(snapshot="s1", delete_priority=4)
    cmd.vol_unlock(vol="s1")
    hosts.write("s1", "tried")
    found = _one(cmd.snapshot_list(vol="v1"))
    assert (found.delete_priority, found.locked, found.modified) == ("4", "no", "yes")
    cmd.vol_lock(vol="s1")
    assert _one(cmd.vol_list(vol="s1")).locked == "yes"
    assert hosts.read("v1", "s1") == [["monday", "tuesday"], ["monday", "tried"]]
    cmd.snapshot_delete(snapshot="s1")
    assert len(cmd.snapshot_list(vol="v1")) == 0


def test_a_duplicate_is_of_the_same_moment_and_outlives_its_original(cmd: Any, hosts: Hosts) -> None:
    hosts.write("v1", "then")
    first = cmd.snapshot_create(vol="v1", name="s1").as_single_element
    hosts.write("v1", "now")
    second = cmd.snapshot_duplicate(snapshot="s1", name="s2").as_single_element
    assert (second.master_name, second.snapshot_time, second.locked) == ("v1", first.snapshot_time, "yes")
    cmd.snapshot_delete(snapshot="s1")
    assert hosts.read("s2") == [["then"]]


def test_a_restore_gives_content_and_size_back_and_keeps_every_snapshot(cmd: Any, hosts: Hosts) -> None:
    hosts.write("v1", "good")
    cmd.snapshot_create(vol="v1", name="s1")
    cmd.vol_resize(vol="v1", size=34)
    hosts.write("v1", "bad")
    cmd.snapshot_create(vol="v1", name="safety")
    cmd.snapshot_restore(snapshot="s1")
    assert hosts.read("v1", "s1", "safety") == [["good"], ["good"], ["good", "bad"]]
    assert _one(cmd.vol_list(vol="v1")).size == "17"
    assert [row.name for row in cmd.snapshot_list(vol="v1")] == ["s1", "safety"]
    cmd.snapshot_restore(snapshot="safety", target_snapshot="s1")
    assert hosts.read("v1", "s1") == [["good"], ["good", "bad"]]


def test_a_clone_is_copied_from_a_snapshot_and_grown_as_cinder_does(cmd: Any, hosts: Hosts) -> None:
    hosts.write("v1", "then")
    cmd.snapshot_create(vol="v1", name="s1")
    cmd.vol_create(vol="clone", size=51, pool="pool1")
    cmd.vol_copy(vol_src="s1", vol_trg="clone")
    hosts.write("v1", "now")
    assert _one(cmd.vol_list(vol="clone")).size == "17"
    cmd.vol_resize(vol="clone", size=51)
    clone = _one(cmd.vol_list(vol="clone"))
    assert (clone.size, clone.master_name, clone.locked) == ("51", "", "no")
    assert int(clone.used_capacity) > 0
    hosts.write("clone", "own")
    assert hosts.read("v1", "s1", "clone") == [["then", "now"], ["then"], ["then", "own"]]


def test_a_snapshot_is_renamed_as_a_volume_is(cmd: Any, hosts: Hosts) -> None:
    hosts.write("v1", "then")
    taken = cmd.snapshot_create(vol="v1", name="s1").as_single_element
    cmd.vol_rename(vol="s1", new_name="s2")
    found = _one(cmd.snapshot_list(vol="v1"))
    assert (found.name, found.wwn, found.master_name) == ("s2", taken.wwn, "v1")
    assert hosts.read("s2") == [["then"]]


def test_a_group_is_snapshotted_listed_duplicated_restored_and_taken_apart(group: Any, hosts: Hosts) -> None:
    hosts.write("v1", "a1")
    group.cg_snapshots_create(cg="db", snap_group="now", delete_priority=3)
    hosts.write("v1", "b1")
    hosts.write("v2", "b2")
    taken = _one(group.snap_group_list(snap_group="now"))
    assert (taken.cg, taken.locked, taken.delete_priority) == ("db", "yes", "3")
    first = _one(group.vol_list(vol="now.v1"))
    assert (first.sg_name, first.sg_snapshot_of, first.master_name) == ("now", "db", "v1")
    assert first.snapshot_time == _one(group.vol_list(vol="now.v2")).snapshot_time == taken.snapshot_time
    group.snap_group_duplicate(snap_group="now", new_snap_group="copy")
    assert [row.name for row in group.snap_group_list(cg="db")] == ["now", "copy"]
    assert hosts.read("now.v1", "now.v2", "copy.v1", "copy.v2") == [["a1"], [], ["a1"], []]
    group.snap_group_restore(snap_group="copy")
    assert hosts.read("v1", "v2") == [["a1"], []]
    for name in ("now", "copy"):
        group.snap_group_delete(snap_group=name)
    for volume in ("v1", "v2"):
        group.cg_remove_vol(vol=volume)
    group.cg_delete(cg="db")
    assert len(group.cg_list()) == len(group.snap_group_list()) == 0
    assert [row.name for row in group.vol_list()] == ["v1", "v2"]
    assert hosts.read("v1", "v2") == [["a1"], []]


@contextmanager
def _refused(error: type[Exception], code: str) -> Iterator[None]:
    with pytest.raises(error) as caught:
        yield
    assert isinstance(caught.value, errors.CommandExecutionError)
    assert (type(caught.value), caught.value.code) == (error, code)


def test_what_is_refused_of_snapshots_is_ibms_own_class_and_changes_nothing(cmd: Any, hosts: Hosts) -> None:
    hosts.write("v1", "then")
    cmd.snapshot_create(vol="v1", name="s1")
    cmd.snapshot_create(vol="v2", name="s2")
    hosts.write("v1", "now")
    with _refused(errors.OperationNotPermittedOnSnapshotError, "VOLUME_IS_SNAPSHOT"):
        cmd.snapshot_create(vol="s1", name="s3")
    with _refused(errors.OperationNotPermittedOnSnapshotError, "VOLUME_IS_SNAPSHOT"):
        cmd.vol_resize(vol="s1", size=34)
    with _refused(errors.VolumeExistsError, "VOLUME_EXISTS"):
        cmd.snapshot_create(vol="v1", name="v2")
    with _refused(errors.VolumeBadNameError, "VOLUME_BAD_NAME"):
        cmd.snapshot_create(vol="none", name="s3")
    with _refused(errors.IllegalValueForArgumentError, "ILLEGAL_VALUE"):
        cmd.snapshot_change_priority(snapshot="s1", delete_priority=5)
    with _refused(errors.CommandFailedRuntimeError, "TARGET_SNAPSHOT_BAD_NAME"):
        cmd.snapshot_restore(snapshot="s1", target_snapshot="s2")
    for refused in (cmd.snapshot_restore, cmd.snapshot_delete, cmd.snapshot_duplicate):
        with _refused(errors.CommandFailedRuntimeError, "VOLUME_IS_NOT_A_SNAPSHOT"):
            refused(snapshot="v1")
    cmd.vol_lock(vol="v1")
    with _refused(errors.VolumeLocked, "VOLUME_LOCKED"):
        cmd.snapshot_restore(snapshot="s1")
    _map(cmd, "s1")
    with _refused(errors.SnapshotIsMappedError, "SNAPSHOT_IS_MAPPED"):
        cmd.snapshot_delete(snapshot="s1")
    with _refused(errors.SnapshotIsMappedError, "SNAPSHOT_IS_MAPPED"):
        cmd.vol_delete(vol="v1")
    assert [row.name for row in cmd.vol_list()] == ["v1", "v2", "s1", "s2"]
    assert hosts.read("v1", "s1", "s2") == [["then", "now"], ["then"], []]


def test_what_is_refused_of_groups_is_ibms_own_class_and_changes_nothing(group: Any, hosts: Hosts) -> None:
    group.cg_create(cg="empty", pool="pool1")
    group.vol_create(vol="v3", size=17, pool="pool2")
    with _refused(errors.CgNameExistsError, "CONS_GROUP_NAME_EXISTS"):
        group.cg_create(cg="db", pool="pool1")
    with _refused(errors.CgNotEmptyError, "CONS_GROUP_NOT_EMPTY"):
        group.cg_delete(cg="db")
    with _refused(errors.CgEmptyError, "CONS_GROUP_EMPTY"):
        group.cg_snapshots_create(cg="empty", snap_group="now")
    with _refused(errors.VolumeBelongsToCGError, "VOLUME_BELONGS_TO_CG"):
        group.cg_add_vol(cg="empty", vol="v1")
    with _refused(errors.VolumeBadPool, "VOLUME_BAD_POOL"):
        group.cg_add_vol(cg="db", vol="v3")
    with _refused(errors.VolumeNotInConsGroup, "VOLUME_NOT_IN_CONS_GROUP"):
        group.cg_remove_vol(vol="v3")
    with _refused(errors.VolumeBelongsToCGError, "VOLUME_BELONGS_TO_CG"):
        group.vol_delete(vol="v1")
    with _refused(errors.CgBadNameError, "CONS_GROUP_BAD_NAME"):
        group.cg_add_vol(cg="none", vol="v3")
    assert [row.name for row in group.vol_list(cg="db")] == ["v1", "v2"]
    assert [row.name for row in group.vol_list()] == ["v1", "v2", "v3"]


def test_what_is_refused_of_snapshot_groups_is_ibms_own_class_and_changes_nothing(group: Any, hosts: Hosts) -> None:
    hosts.write("v1", "then")
    group.cg_snapshots_create(cg="db", snap_group="now")
    hosts.write("v2", "now")
    with _refused(errors.SnapshotGroupAlreadyExistsError, "SNAPSHOT_GROUP_NAME_EXISTS"):
        group.cg_snapshots_create(cg="db", snap_group="now")
    with _refused(errors.SnapshotGroupIsReservedError, "SNAPSHOT_GROUP_BAD_PREFIX"):
        group.cg_snapshots_create(cg="db", snap_group="last-replicated-db")
    for refused in (group.snap_group_restore, group.snap_group_delete, group.snap_group_duplicate):
        with _refused(errors.SnapshotGroupDoesNotExistError, "SNAPSHOT_GROUP_BAD_NAME"):
            refused(snap_group="never")
    with _refused(errors.CommandFailedRuntimeError, "SNAPSHOT_IS_PART_OF_SNAPSHOT_GROUP"):
        group.snapshot_delete(snapshot="now.v1")
    with _refused(errors.CommandFailedRuntimeError, "SNAPSHOT_IS_PART_OF_SNAPSHOT_GROUP"):
        group.vol_delete(vol="now.v1")
    group.vol_lock(vol="v2")
    with _refused(errors.VolumeLocked, "VOLUME_LOCKED"):
        group.snap_group_restore(snap_group="now")
    _map(group, "now.v2")
    with _refused(errors.SnapshotIsMappedError, "SNAPSHOT_IS_MAPPED"):
        group.snap_group_delete(snap_group="now")
    group.cg_remove_vol(vol="v2")
    with _refused(errors.CgMismatchError, "CONS_GROUP_MISMATCH"):
        group.snap_group_restore(snap_group="now")
    with _refused(errors.SnapshotGroupMismatchError, "OVERWRITE_SNAPSHOT_GROUP_DOES_NOT_BELONG_TO_GIVEN_GROUP"):
        group.cg_snapshots_create(cg="db", overwrite="now")
    assert hosts.read("v1", "v2", "now.v1", "now.v2") == [["then"], ["now"], ["then"], []]


def test_a_pool_without_snapshot_space_takes_no_snapshot(cmd: Any) -> None:
    cmd.pool_create(pool="bare", size=170, snapshot_size=0)
    cmd.vol_create(vol="v3", size=17, pool="bare")
    with _refused(errors.PoolOutOfSnapshotSpaceError, "NOT_ENOUGH_SNAPSHOT_SPACE"):
        cmd.snapshot_create(vol="v3")


def test_a_mapped_volume_is_restored_all_the_same(cmd: Any, hosts: Hosts) -> None:
    """The manual lists no code against it: whoever restores has to look for hosts before."""
    cmd.snapshot_create(vol="v1", name="s1")
    hosts.write("v1", "bad")
    _map(cmd, "v1")
    cmd.snapshot_restore(snapshot="s1")
    assert hosts.read("v1") == [[]]


def test_a_restore_asks_whether_one_is_sure(client: Any, cmd: Any, hosts: Hosts) -> None:
    cmd.snapshot_create(vol="v1", name="s1")
    hosts.write("v1", "new")
    client.set_options(i_am_sure="no")
    with _refused(errors.CommandFailedRuntimeError, "ARE_YOU_SURE_YOU_WANT_TO_RESTORE_SNAPSHOT"):
        cmd.snapshot_restore(snapshot="s1")
    assert hosts.read("v1") == [["new"]]

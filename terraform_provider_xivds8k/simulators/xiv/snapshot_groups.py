"""Snapshot groups: the snapshots of a whole consistency group, taken at one point in time (§3.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from . import attachments, groups, mirror_store, names, pools, snapshots, volume_store, volumes
from .catalog import Arguments, FailureError, command
from .volume_store import key_of, timestamp
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context

Row = dict[str, Any]
KIND = "snap_group"


def members(context: Context, group: Row) -> list[Row]:
    """Return the snapshots of a snapshot group, by their masters' ids."""
    found = (context.get("volume", key) for key, _ in context.rows("snap_group_member", group["id"]))
    return sorted((row for row in found if row is not None), key=lambda row: str(row["master"]))


def _get(context: Context, name: str, missing: str = "SNAPSHOT_GROUP_BAD_NAME") -> Row:
    found = names.id_named(context, KIND, name)
    row = None if found is None else context.get(KIND, found)
    if row is None:
        raise FailureError(missing)
    return row


def check_name(context: Context, name: str, unless: str = "") -> None:
    """Check that a snapshot group can get the name; raises SNAPSHOT_GROUP_BAD_PREFIX, SNAPSHOT_GROUP_NAME_EXISTS."""
    if names.is_reserved(name):
        raise FailureError("SNAPSHOT_GROUP_BAD_PREFIX")
    if names.id_named(context, KIND, name) not in {None, unless}:
        raise FailureError("SNAPSHOT_GROUP_NAME_EXISTS")


def _automatic_name(context: Context, group_name: str) -> str:
    """Return the first free automatic name [K]."""
    number = 1
    while True:
        ending = f".snap_group_{number:05d}"
        name = group_name[: names.LONGEST - len(ending)] + ending
        if names.id_named(context, KIND, name) is None:
            return name
        number += 1


def entered(context: Context, name: str, group_id: str, created_s: float, priority: int, *, internal: str = "") -> Row:
    """Enter a snapshot group without snapshots; ``internal`` tells mirroring's own."""
    row: Row = {
        "id": key_of(context.next_number(KIND)),
        "name": name,
        "cg": group_id,
        "created_s": created_s,
        "delete_priority": priority,
        "internal": internal,
    }
    names.give_name(context, KIND, name, row["id"])
    context.put(KIND, row["id"], row, group_id)
    return row


def joined(context: Context, group: Row, snapshot: Row) -> None:
    """Put a snapshot into a snapshot group."""
    context.put("snap_group_member", snapshot["id"], {}, group["id"])
    volume_store.save(context, snapshot | {"snap_group": group["id"]})


def member_name(group_name: str, volume_name: str) -> str:
    """Return ``GROUP.VOLUME`` cut to the limit [S]."""
    return f"{group_name}.{volume_name}"[: names.LONGEST]


@command(
    "cg_snapshots_create cg=CgName [ snap_group=Name | overwrite=SnapGroupName ] [ delete_priority=1..4 ]",
    "Creates a snapshot group of a Consistency Group.",
    category="cg",
)
def cg_snapshots_create(context: Context, arguments: Arguments) -> None:
    """Take snapshots of all members at one point in time, or take them anew into an existing group."""
    group = groups.get(context, arguments.text("cg"))
    masters = groups.members(context, group)
    if not masters:
        raise FailureError("CONS_GROUP_EMPTY")
    for master in masters:
        mirror_store.check_snapshot(context, master)
    priority = arguments.number("delete_priority", least=1, most=4) if "delete_priority" in arguments else 1
    if not pools.by_id(context, group["pool"])["snapshot_bytes"]:
        raise FailureError("NOT_ENOUGH_SNAPSHOT_SPACE")
    if "overwrite" in arguments:
        _overwrite(context, group, masters, _get(context, arguments.text("overwrite")))
        return
    name = arguments.text("snap_group") or _automatic_name(context, group["name"])
    check_name(context, name)
    taken = entered(context, name, group["id"], context.now_s, priority)
    for master in masters:
        snapshot = snapshots.made(context, master, member_name(name, master["name"]), priority)
        joined(context, taken, snapshot)


def _overwrite(context: Context, group: Row, masters: Iterable[Row], taken: Row) -> None:
    volume_store.check_not_internal(taken)
    present = {row["master"]: row for row in members(context, taken)}
    if taken["cg"] != group["id"] or set(present) != {master["id"] for master in masters}:
        raise FailureError("OVERWRITE_SNAPSHOT_GROUP_DOES_NOT_BELONG_TO_GIVEN_GROUP")
    context.put(KIND, taken["id"], taken | {"created_s": context.now_s}, taken["cg"])
    for master in masters:
        snapshots.refilled(context, master, present[master["id"]])


@command("snap_group_list [ snap_group=Name ] [ cg=CgName ]", "Lists Snapshot Groups.", category="cg")
def snap_group_list(context: Context, arguments: Arguments) -> list[Record]:
    """List snapshot groups; unknown filters give an empty list (leaves: §3.5 [S])."""
    wanted = names.id_named(context, KIND, arguments.text("snap_group")) if "snap_group" in arguments else None
    group = names.id_named(context, "cg", arguments.text("cg")) if "cg" in arguments else None
    return [
        _record(context, row)
        for key, row in context.rows(KIND)
        if ("snap_group" not in arguments or key == wanted) and ("cg" not in arguments or row["cg"] == group)
    ]


def _record(context: Context, row: Row) -> Record:
    present, group = members(context, row), context.get("cg", row["cg"])
    leaves = {
        "id": int(row["id"]),
        "name": row["name"],
        "cg": group["name"] if group else "",
        "snapshot_time": timestamp(row["created_s"]),
        "locked": all(snapshot["locked"] for snapshot in present),
        "modified": any(snapshot["modified"] for snapshot in present),
        "delete_priority": row["delete_priority"],
        "snap_group_format": False,
    }
    return Record("snap_group", leaves, id=f"{int(row['id']):x}")


@command("snap_group_duplicate snap_group=Name [ new_snap_group=Name ]", "Duplicates a Snapshot Group.", category="cg")
def snap_group_duplicate(context: Context, arguments: Arguments) -> None:
    """Make another snapshot group of the same content and time."""
    row = _get(context, arguments.text("snap_group"))
    group = context.get("cg", row["cg"]) or {"name": row["name"]}
    name = arguments.text("new_snap_group") or _automatic_name(context, group["name"])
    check_name(context, name)
    copy = entered(context, name, row["cg"], row["created_s"], row["delete_priority"])
    for original in members(context, row):
        master = context.get("volume", original["master"]) or {"name": original["name"]}
        joined(context, copy, snapshots.duplicated(context, original, member_name(name, master["name"])))


@command(
    "snap_group_restore snap_group=Name [ target_snap_group=Name ]",
    "Restores a Consistency Group from a Snapshot Group.",
    category="cg",
)
def snap_group_restore(context: Context, arguments: Arguments) -> None:
    """Give every member the content and size of its snapshot; the group must have the same members as then [M]."""
    row = _get(context, arguments.text("snap_group"))
    present = members(context, row)
    if "target_snap_group" in arguments:
        arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_RESTORE_SNAP_GROUP")
        _restore_onto(context, row, present, arguments.text("target_snap_group"))
        return
    group = context.get("cg", row["cg"])
    if group is None or {one["id"] for one in groups.members(context, group)} != {one["master"] for one in present}:
        raise FailureError("CONS_GROUP_MISMATCH")
    if mirror_store.find(context, mirror_store.GROUP, row["cg"]) is not None:
        raise FailureError("CONS_GROUP_HAS_MIRROR")
    masters = [context.get("volume", one["master"]) or {} for one in present]
    for master in masters:
        mirror_store.check_none(context, master)
    if any(master["locked"] for master in masters):
        raise FailureError("VOLUME_LOCKED")
    arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_RESTORE_SNAP_GROUP")
    for master, snapshot in zip(masters, present, strict=True):
        snapshots.restored(context, snapshot, master)


def _restore_onto(context: Context, row: Row, present: list[Row], target_name: str) -> None:
    target = _get(context, target_name, "TARGET_SNAPSHOT_GROUP_BAD_NAME")
    if target["id"] == row["id"]:
        raise FailureError("TARGET_SNAPSHOT_GROUP_SAME_AS_SOURCE")
    volume_store.check_not_internal(target)
    others = {one["master"]: one for one in members(context, target)}
    if set(others) != {one["master"] for one in present}:
        raise FailureError("SNAPSHOT_GROUP_MISMATCH")
    for snapshot in present:
        snapshots.restored(context, snapshot, others[snapshot["master"]])


@command("snap_group_delete snap_group=Name", "Deletes a Snapshot Group and its snapshots.", category="cg")
def snap_group_delete(context: Context, arguments: Arguments) -> None:
    """Delete a snapshot group none of whose snapshots is mapped [K]."""
    row = _get(context, arguments.text("snap_group"))
    volume_store.check_not_internal(row)
    present = members(context, row)
    if any(attachments.of_volume(context, snapshot["id"]) for snapshot in present):
        raise FailureError("SNAPSHOT_IS_MAPPED")
    for snapshot in present:
        volumes.removed(context, snapshot)
    forgotten(context, row)


@command("snap_group_disband snap_group=Name", "Turns a Snapshot Group into single snapshots.", category="cg")
def snap_group_disband(context: Context, arguments: Arguments) -> None:
    """Let the snapshots stay and the group go."""
    row = _get(context, arguments.text("snap_group"))
    volume_store.check_not_internal(row)
    for snapshot in members(context, row):
        volume_store.save(context, snapshot | {"snap_group": ""})
    forgotten(context, row)


@command("snap_group_rename snap_group=Name new_name=Name", "Renames a Snapshot Group.", category="cg")
def snap_group_rename(context: Context, arguments: Arguments) -> None:
    """Give a snapshot group another name; its snapshots keep theirs [K]."""
    row, new_name = _get(context, arguments.text("snap_group")), arguments.text("new_name")
    volume_store.check_not_internal(row)
    check_name(context, new_name, row["id"])
    names.drop_name(context, KIND, row["name"])
    names.give_name(context, KIND, new_name, row["id"])
    context.put(KIND, row["id"], row | {"name": new_name}, row["cg"])


@command(
    "snap_group_change_priority snap_group=Name delete_priority=1..4",
    "Changes a Snapshot Group's deletion priority.",
    category="cg",
)
def snap_group_change_priority(context: Context, arguments: Arguments) -> None:
    """Set when the group goes if space runs out, and its snapshots with it."""
    row, priority = _get(context, arguments.text("snap_group")), arguments.number("delete_priority", least=1, most=4)
    context.put(KIND, row["id"], row | {"delete_priority": priority}, row["cg"])
    for snapshot in members(context, row):
        volume_store.save(context, snapshot | {"delete_priority": priority})


@command("snap_group_lock snap_group=Name", "Locks the snapshots of a Snapshot Group.", category="cg")
def snap_group_lock(context: Context, arguments: Arguments) -> None:
    """Make every snapshot of a group read-only."""
    _set_locked(context, arguments, locked=True)


@command("snap_group_unlock snap_group=Name", "Unlocks the snapshots of a Snapshot Group.", category="cg")
def snap_group_unlock(context: Context, arguments: Arguments) -> None:
    """Make every snapshot of a group writable."""
    _set_locked(context, arguments, locked=False)


def _set_locked(context: Context, arguments: Arguments, *, locked: bool) -> None:
    row = _get(context, arguments.text("snap_group"))
    volume_store.check_not_internal(row)
    for snapshot in members(context, row):
        volume_store.save(context, snapshot | {"locked": locked})


def forgotten(context: Context, row: Row) -> None:
    """Forget a snapshot group; its snapshots are the caller's business."""
    names.drop_name(context, KIND, row["name"])
    context.remove(KIND, row["id"])
    for key, _ in context.rows("snap_group_member", row["id"]):
        context.remove("snap_group_member", key)

"""Commands on snapshots (§3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import attachments, mirror_store, names, pools, volume_store, volumes
from .catalog import Arguments, FailureError, command
from .volume_store import Recorder
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context

Row = dict[str, Any]


@command(
    "snapshot_create vol=VolName [ name=Name | overwrite=SnapshotName ] [ delete_priority=1..4 ]",
    "Creates a snapshot.",
    category="snapshot",
)
def snapshot_create(context: Context, arguments: Arguments) -> list[Record]:
    """Take a snapshot: locked, named after its master unless named, or refill an existing one."""
    master = volume_store.get_master(context, arguments.text("vol"))
    mirror_store.check_snapshot(context, master)
    priority = arguments.number("delete_priority", least=1, most=4) if "delete_priority" in arguments else 1
    if not pools.by_id(context, master["pool"])["snapshot_bytes"]:
        raise FailureError("NOT_ENOUGH_SNAPSHOT_SPACE")
    if "overwrite" in arguments:
        row = _overwritten(context, master, arguments.text("overwrite"))
    else:
        row = made(context, master, arguments.text("name") or _automatic_name(context, master["name"]), priority)
    return [Recorder(context).record(row)]


@command("snapshot_duplicate snapshot=SnapshotName [ name=Name ]", "Duplicates a snapshot.", category="snapshot")
def snapshot_duplicate(context: Context, arguments: Arguments) -> list[Record]:
    """Make another snapshot of the same master, content and creation time."""
    original = volume_store.get_snapshot(context, arguments.text("snapshot"))
    _check_single(original)
    master = context.get("volume", original["master"]) or {}
    name = arguments.text("name") or _automatic_name(context, master["name"])
    return [Recorder(context).record(duplicated(context, original, name))]


@command(
    "snapshot_restore snapshot=SnapshotName [ target_snapshot=SnapshotName ]",
    "Restores a master volume or another snapshot from a snapshot.",
    category="snapshot",
)
def snapshot_restore(context: Context, arguments: Arguments) -> None:
    """Give the master, or another snapshot of it, the content and size of a snapshot; every snapshot stays."""
    row = volume_store.get_snapshot(context, arguments.text("snapshot"))
    target = context.get("volume", row["master"]) or {}
    if "target_snapshot" in arguments:
        target = volume_store.get_snapshot(context, arguments.text("target_snapshot"))
        if target["master"] != row["master"] or target["id"] == row["id"]:
            raise FailureError("TARGET_SNAPSHOT_BAD_NAME")
        volume_store.check_not_internal(target)
        _check_single(target)
    else:
        mirror_store.check_none(context, target)
        if target["locked"]:
            raise FailureError("VOLUME_LOCKED")
    arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_RESTORE_SNAPSHOT")
    restored(context, row, target)


@command("snapshot_delete snapshot=SnapshotName", "Deletes a snapshot.", category="snapshot")
def snapshot_delete(context: Context, arguments: Arguments) -> None:
    """Delete a snapshot that is not mapped."""
    row = volume_store.get_snapshot(context, arguments.text("snapshot"))
    volume_store.check_not_internal(row)
    _check_single(row)
    if attachments.of_volume(context, row["id"]):
        raise FailureError("SNAPSHOT_IS_MAPPED")
    volumes.removed(context, row)


@command("snapshot_list vol=VolName", "Lists the snapshots of a volume.", category="snapshot")
def snapshot_list(context: Context, arguments: Arguments) -> list[Record]:
    """List the snapshots of a volume, oldest first."""
    master = volume_store.get(context, arguments.text("vol"))
    return Recorder(context).records(volume_store.snapshots_of(context, master))


@command(
    "snapshot_change_priority snapshot=SnapshotName delete_priority=1..4",
    "Changes a snapshot's deletion priority.",
    category="snapshot",
)
def snapshot_change_priority(context: Context, arguments: Arguments) -> None:
    """Set which snapshots go first when space runs out: 4 first, 1 last [M]."""
    row = volume_store.get_snapshot(context, arguments.text("snapshot"))
    _check_single(row)
    row["delete_priority"] = arguments.number("delete_priority", least=1, most=4)
    volume_store.save(context, row)


def _check_single(row: Row) -> None:
    if row["snap_group"]:
        raise FailureError("SNAPSHOT_IS_PART_OF_SNAPSHOT_GROUP")


def made(context: Context, master: Row, name: str, priority: int) -> Row:
    """Take a snapshot of a volume as it is now; raises VOLUME_EXISTS, VOLUME_BAD_PREFIX, MAX_VOLUMES_REACHED."""
    volume_store.check_name(context, name)
    row = volume_store.make(
        context,
        name,
        master["pool"],
        master["size_bytes"],
        master=master["id"],
        locked=True,
        delete_priority=priority,
    )
    _copy_data(context, master, row)
    return row


def _overwritten(context: Context, master: Row, name: str) -> Row:
    row = volume_store.get_snapshot(context, name)
    if row["master"] != master["id"]:
        raise FailureError("VOLUME_BAD_NAME", "The snapshot belongs to another volume")
    volume_store.check_not_internal(row)
    _check_single(row)
    return refilled(context, master, row)


def refilled(context: Context, master: Row, row: Row) -> Row:
    """Let a snapshot be of now instead of then."""
    volumes.used(context, row, 0)
    row |= {"created_s": context.now_s, "size_bytes": master["size_bytes"], "locked": True, "modified": False}
    volume_store.save(context, row)
    _copy_data(context, master, row)
    return row


def duplicated(context: Context, original: Row, name: str) -> Row:
    """Make another snapshot of the same master, content and creation time."""
    master = context.get("volume", original["master"]) or {}
    row = made(context, master, name, original["delete_priority"])
    row |= {"created_s": original["created_s"], "size_bytes": original["size_bytes"]}
    volume_store.save(context, row)
    _copy_data(context, original, row)
    return row


def restored(context: Context, snapshot: Row, target: Row) -> None:
    """Give a volume or another snapshot the content and size of a snapshot."""
    if target["master"]:
        volume_store.save(context, target | {"size_bytes": snapshot["size_bytes"]})
    else:
        volumes.resized(context, target, snapshot["size_bytes"])
        volumes.used(context, target, max(target["used_bytes"], volumes.content_bytes(context, snapshot)))
    _copy_data(context, snapshot, target)


def _automatic_name(context: Context, master_name: str) -> str:
    """Return the first free automatic name; the master's part is cut to what the limit leaves."""
    number = 1
    while True:
        ending = f".snapshot_{number:05d}"
        name = master_name[: names.LONGEST - len(ending)] + ending
        if names.id_named(context, "volume", name) is None:
            return name
        number += 1


def _copy_data(context: Context, source: Row, target: Row) -> None:
    data = context.get("data", source["id"])
    if data is None:
        context.remove("data", target["id"])
    else:
        context.put("data", target["id"], data)

"""Commands on snapshots (§3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import attachments, names, pools, volume_store, volumes
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
    priority = arguments.number("delete_priority", least=1, most=4) if "delete_priority" in arguments else 1
    if not pools.by_id(context, master["pool"])["snapshot_bytes"]:
        raise FailureError("NOT_ENOUGH_SNAPSHOT_SPACE")
    if "overwrite" in arguments:
        row = _overwritten(context, master, arguments.text("overwrite"))
    else:
        row = _made(context, master, arguments.text("name") or _automatic_name(context, master["name"]), priority)
    return [Recorder(context).record(row)]


@command("snapshot_duplicate snapshot=SnapshotName [ name=Name ]", "Duplicates a snapshot.", category="snapshot")
def snapshot_duplicate(context: Context, arguments: Arguments) -> list[Record]:
    """Make another snapshot of the same master, content and creation time."""
    original = volume_store.get_snapshot(context, arguments.text("snapshot"))
    master = context.get("volume", original["master"]) or {}
    name = arguments.text("name") or _automatic_name(context, master["name"])
    row = _made(context, master, name, original["delete_priority"])
    row |= {"created_s": original["created_s"], "size_bytes": original["size_bytes"]}
    volume_store.save(context, row)
    _copy_data(context, original, row)
    return [Recorder(context).record(row)]


@command("snapshot_restore snapshot=SnapshotName", "Restores a master volume from a snapshot.", category="snapshot")
def snapshot_restore(context: Context, arguments: Arguments) -> None:
    """Give the master the content and size of its snapshot; every snapshot stays."""
    row = volume_store.get_snapshot(context, arguments.text("snapshot"))
    master = context.get("volume", row["master"]) or {}
    if master["locked"]:
        raise FailureError("VOLUME_LOCKED")
    arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_RESTORE_SNAPSHOT")
    volumes.resized(context, master, row["size_bytes"])
    _copy_data(context, row, master)


@command("snapshot_delete snapshot=SnapshotName", "Deletes a snapshot.", category="snapshot")
def snapshot_delete(context: Context, arguments: Arguments) -> None:
    """Delete a snapshot that is not mapped."""
    row = volume_store.get_snapshot(context, arguments.text("snapshot"))
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
    row["delete_priority"] = arguments.number("delete_priority", least=1, most=4)
    volume_store.save(context, row)


def _made(context: Context, master: Row, name: str, priority: int) -> Row:
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
    volumes.used(context, row, 0)
    row |= {"created_s": context.now_s, "size_bytes": master["size_bytes"], "locked": True, "modified": False}
    volume_store.save(context, row)
    _copy_data(context, master, row)
    return row


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

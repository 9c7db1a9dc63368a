"""What mirrored volumes hold, and the snapshots mirroring keeps of them.

Their names begin as no other's may (§2): ``last-replicated-`` and ``most-recent-`` of asynchronous mirrors,
``last-consistent-`` of a slave that is being resynchronised, ``most-updated-`` of what a change of role set aside [M].
A group has them as snapshot groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from . import mirror_store, names, pools, snapshot_groups, volume_store, volumes
from .mirror_store import GROUP

if TYPE_CHECKING:
    from ..context import Context

LAST_REPLICATED, MOST_RECENT = "last-replicated-", "most-recent-"
LAST_CONSISTENT, MOST_UPDATED = "last-consistent-", "most-updated-"
Row = dict[str, Any]
Contents = Mapping[str, list[str]]  # what volumes hold, by their ids


class Image(NamedTuple):
    """What volumes held at one moment, by their ids, and how snapshots of it are kept."""

    held: Contents
    at_s: float
    priority: int = 1
    internal: str = ""


def labels(context: Context, volume_id: str) -> list[str]:
    """Return what a volume or snapshot holds, oldest first."""
    return list((context.get("data", volume_id) or {"labels": []})["labels"])


def contents(context: Context, row: Row) -> dict[str, list[str]]:
    """Return what the volumes of a mirror hold."""
    return {one["subject"]: labels(context, one["subject"]) for one in mirror_store.members(context, row)}


def fill(context: Context, volume_id: str, held: list[str], used_bytes: int | None = None) -> None:
    """Let a volume hold other data; ``used_bytes`` is what its peer has used."""
    volume = context.get("volume", volume_id)
    if volume is None:
        return
    context.put("data", volume_id, {"labels": held})
    if used_bytes is not None:
        volumes.used(context, volume, min(used_bytes, volume_store.allocated_bytes(context, volume)))


def lock(context: Context, row: Row, *, locked: bool) -> None:
    """Make the volumes of a mirror read-only or writable."""
    for one in mirror_store.members(context, row):
        volume = context.get("volume", one["subject"])
        if volume is not None:
            volume_store.save(context, volume | {"locked": locked})


def take(context: Context, row: Row, prefix: str, held: Contents, at_s: float) -> None:
    """Take mirroring's own snapshots of these contents in place of those of the prefix; none in a pool without room."""
    drop(context, row, prefix)
    image = Image(held, at_s, internal=prefix)
    present = _masters(context, row)
    if not all(pools.by_id(context, one["pool"])["snapshot_bytes"] for one in present):
        return
    if row["kind"] == GROUP:
        group = context.get("cg", row["subject"]) or {"name": row["subject"]}
        name = f"{prefix}{group['name']}"[: names.LONGEST]
        if names.id_named(context, snapshot_groups.KIND, name) is not None:
            name = f"{name[: names.LONGEST - 9]}-{row['subject']}"
        _grouped(context, row, name, present, image)
        return
    for master in present:
        _named(context, master, _free_name(context, f"{prefix}{master['name']}", master), image)


def point_in_time(context: Context, row: Row, name: str, image: Image) -> None:
    """Take a snapshot of a mirrored volume, or a snapshot group, of what was theirs; does nothing for a taken name."""
    kind = snapshot_groups.KIND if row["kind"] == GROUP else "volume"
    if names.id_named(context, kind, name) is not None:
        return
    present = _masters(context, row)
    if row["kind"] == GROUP:
        _grouped(context, row, name, present, image)
        return
    for master in present:
        _named(context, master, name, image)


def _masters(context: Context, row: Row) -> list[Row]:
    found = (context.get("volume", one["subject"]) for one in mirror_store.members(context, row))
    return [one for one in found if one is not None]


def _named(context: Context, master: Row, name: str, image: Image) -> Row:
    snapshot = volume_store.make(
        context,
        name,
        master["pool"],
        master["size_bytes"],
        master=master["id"],
        locked=True,
        delete_priority=image.priority,
        created_s=image.at_s,
        internal=image.internal,
    )
    context.put("data", snapshot["id"], {"labels": image.held[master["id"]]})
    return snapshot


def _grouped(context: Context, row: Row, name: str, masters: list[Row], image: Image) -> None:
    if not masters:
        return
    taken = snapshot_groups.entered(context, name, row["subject"], image.at_s, image.priority, internal=image.internal)
    for master in masters:
        member = _free_name(context, snapshot_groups.member_name(name, master["name"]), master)
        snapshot_groups.joined(context, taken, _named(context, master, member, image))


def _free_name(context: Context, wanted: str, master: Row) -> str:
    """Return a name cut to the limit, with the master's id where another volume has it."""
    name = wanted[: names.LONGEST]
    if names.id_named(context, "volume", name) is None:
        return name
    return f"{name[: names.LONGEST - 9]}-{master['id']}"


def drop(context: Context, row: Row, prefix: str) -> None:
    """Delete mirroring's own snapshots of a prefix."""
    if row["kind"] == GROUP:
        for _, group in context.rows(snapshot_groups.KIND, row["subject"]):
            if group.get("internal", "") == prefix:
                for snapshot in snapshot_groups.members(context, group):
                    volumes.removed(context, snapshot)
                snapshot_groups.forgotten(context, group)
    for one in mirror_store.members(context, row):
        for snapshot in volume_store.snapshots_of(context, {"id": one["subject"]}):
            if snapshot.get("internal", "") == prefix and not snapshot["snap_group"]:
                volumes.removed(context, snapshot)


def has(context: Context, row: Row, prefix: str) -> bool:
    """Return whether there are snapshots of a prefix of a mirror's volumes."""
    return any(
        snapshot.get("internal", "") == prefix
        for one in mirror_store.members(context, row)
        for snapshot in volume_store.snapshots_of(context, {"id": one["subject"]})
    )


def release(context: Context, row: Row) -> None:
    """Leave mirroring's own snapshots of a mirror as anybody's."""
    for one in mirror_store.members(context, row):
        for snapshot in volume_store.snapshots_of(context, {"id": one["subject"]}):
            volume_store.save(context, snapshot | {"internal": ""})
    for key, group in context.rows(snapshot_groups.KIND, row["subject"] if row["kind"] == GROUP else ""):
        context.put(snapshot_groups.KIND, key, group | {"internal": ""}, group["cg"])

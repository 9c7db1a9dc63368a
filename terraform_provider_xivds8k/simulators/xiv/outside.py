"""What happens to the array from outside the protocol: hosts log in, write and read.

Data are labels in the order they were written.  Every label takes one unit of the volume until it is full, and what it
displaces is held by the youngest snapshot (redirect on write), whose space can run out; so is what an unlocked
snapshot is written, by itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import hosts, mirror_progress, snapshot_groups, space, volume_store, volumes

if TYPE_CHECKING:
    from ..context import Context

Row = dict[str, Any]


def set_login(context: Context, port: str, state: str) -> None:
    """Log a host port (WWPN or iSCSI name) in or out; raises ValueError for another state."""
    if state not in {"in", "out"}:
        raise ValueError(f"A port logs in or out, not {state!r}.")
    key = hosts.wwpn(port) if re.fullmatch(r"[0-9A-Fa-f:]{16,23}", port) else port
    if state == "in":
        context.put("login", key, {})
    else:
        context.remove("login", key)


def set_activity(context: Context, volume: str, seconds: float) -> None:
    """Let a volume have I/O for so many seconds from now; raises KeyError for an unknown volume."""
    row = _volume(context, volume)
    context.put("activity", row["id"], {"until_s": context.now_s + seconds})


def write(context: Context, volume: str, label: str) -> None:
    """Write a label to a volume or an unlocked snapshot; raises KeyError, ValueError where it is read-only.

    A mirror in step has it on both arrays when the write ends.
    """
    mirror_progress.settle(context)
    row = _volume(context, volume)
    if row["locked"]:
        raise ValueError(f"{row['name']} is locked: read-only.")
    data = context.get("data", row["id"]) or {"labels": []}
    data["labels"].append(label)
    context.put("data", row["id"], data)
    if row["master"]:
        row["modified"] = True
        volume_store.save(context, row)
        _displace(context, row)
        return
    allocated = volume_store.allocated_bytes(context, row)
    volumes.used(context, row, min(allocated, row["used_bytes"] + space.unit(context)))
    snapshots = volume_store.snapshots_of(context, row)
    if snapshots:
        _displace(context, max(snapshots, key=lambda one: (one["created_s"], one["id"])))
    mirror_progress.carried(context, row)


def labels(context: Context, volume: str) -> list[str]:
    """Return what a volume or snapshot holds, oldest first; raises KeyError."""
    mirror_progress.settle(context)
    data = context.get("data", _volume(context, volume)["id"]) or {"labels": []}
    return list(data["labels"])


def _volume(context: Context, name: str) -> Row:
    row = volume_store.find(context, name)
    if row is None:
        raise KeyError(f"There is no volume {name!r} on {context.array}.")
    return row


def _displace(context: Context, youngest: Row) -> None:
    """Hold one more unit in a snapshot; without space the array deletes snapshots, highest priority number first."""
    needed = space.unit(context)
    if youngest["used_bytes"] + needed > volume_store.allocated_bytes(context, youngest):
        return
    pool = context.get("pool", youngest["pool"]) or {}
    while pool["snapshots_used_bytes"] + needed > pool["snapshot_bytes"]:
        found = [row for _, row in context.rows("volume", pool["id"]) if row["master"]]
        in_pool = [row for row in found if not row.get("internal")] or found  # mirroring keeps its own to the last [K]
        victim = min(in_pool, key=lambda row: (-row["delete_priority"], row["created_s"], row["id"]))
        gone = _auto_deleted(context, victim)
        if youngest["id"] in gone:
            return
        pool = context.get("pool", youngest["pool"]) or {}
    volumes.used(context, youngest, youngest["used_bytes"] + needed)


def _auto_deleted(context: Context, victim: Row) -> set[str]:
    """Delete a snapshot, with its whole snapshot group where it has one [K]; return the ids that are gone."""
    group = context.get("snap_group", victim["snap_group"]) if victim["snap_group"] else None
    victims = [victim] if group is None else snapshot_groups.members(context, group)
    for one in victims:
        volumes.removed(context, one)
    if group is not None:
        snapshot_groups.forgotten(context, group)
    return {str(one["id"]) for one in victims}

"""Volumes join and leave mirrored consistency groups, on both arrays at once (§3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import groups, mirror_data, mirror_store
from .catalog import Arguments, FailureError
from .mirror_data import LAST_REPLICATED
from .mirror_store import ASYNC, GROUP, MASTER, OWN
from .mirror_subjects import reached

if TYPE_CHECKING:
    from ..context import Context

SHARED = ("type", "schedule", "role")  # what a volume has to have in common with its group [M]
Row = dict[str, Any]


def joins(context: Context, group: Row, volume: Row, arguments: Arguments) -> None:
    """Let a mirrored volume join a mirrored group, with its slave; does nothing for a group without a mirror.

    Raises the codes of §3.5 [M].
    """
    head = mirror_store.find(context, GROUP, group["id"])
    if head is None:
        return
    if head["role"] != MASTER:
        raise FailureError("CONS_GROUP_IS_SLAVE")
    there, peer = reached(context, head, "MIRROR_IS_NON_OPERATIONAL")
    row = mirror_store.of_volume(context, volume)
    if row is None or any(row[name] != head[name] for name in SHARED):
        raise FailureError("CONS_GROUP_MIRROR_PARAMS_MISMATCH")
    slave = mirror_store.peer_of(there, row)
    remote = None if slave is None else there.get("volume", slave["subject"])
    if slave is None or remote is None or not mirror_store.operational(context, row, slave):
        raise FailureError("MIRROR_IS_NON_OPERATIONAL")
    if not (_is_current(context, head) and _is_current(context, row)):
        raise FailureError("MIRROR_IS_NOT_SYNCHRONIZED")
    remote_group = there.get("cg", peer["subject"]) or {}
    if remote["pool"] != remote_group["pool"]:
        raise FailureError("REMOTE_VOLUME_BAD_POOL")
    if remote["cg"]:
        raise FailureError("REMOTE_VOLUME_BELONGS_TO_CONS_GROUP")
    if row["designation"] != head["designation"]:
        arguments.confirm(context, "CONS_GROUP_MIRROR_DESIGNATION_MISMATCH")
    groups.check_room(there, remote_group, "MAX_VOLUMES_IN_REMOTE_CONS_GROUP_REACHED")
    _follows(context, head, row)
    if context.switch("xiv_mirror_acknowledgements_lost"):
        groups.joined(context, group, volume)
        raise FailureError("MIRROR_POSSIBLE_CONS_GROUP_MEMBERSHIP_MISMATCH", stays=True)
    _follows(there, peer, slave)
    groups.joined(there, remote_group, remote)


def _follows(context: Context, head: Row, own: Row) -> None:
    """Let a volume's mirror be as its group's from now on; its own recovery point counts until the next sync job."""
    mirror_data.drop(context, own, LAST_REPLICATED)
    mirror_store.save(context, own | {name: value for name, value in head.items() if name not in OWN})


def _is_current(context: Context, row: Row) -> bool:
    """Return whether a mirror is Synchronized, or RPO OK."""
    if row["type"] == ASYNC:
        return bool(row["initialized"]) and context.now_s - row["replicated_s"] <= row["rpo_s"]
    return bool(row["in_step"])


def leaves(context: Context, volume: Row) -> None:
    """Let a volume leave a mirrored group, with its slave; does nothing for a group without a mirror.

    Its mirror goes on by itself.  Raises CONS_GROUP_IS_SLAVE, MIRROR_IS_NON_OPERATIONAL.
    """
    head, row = mirror_store.group_of(context, volume), mirror_store.of_volume(context, volume)
    if head is None or row is None:
        return
    if head["role"] != MASTER:
        raise FailureError("CONS_GROUP_IS_SLAVE")
    there, _ = reached(context, head, "MIRROR_IS_NON_OPERATIONAL")
    slave = mirror_store.peer_of(there, row)
    remote = None if slave is None else there.get("volume", slave["subject"])
    if slave is None or remote is None:
        raise FailureError("MIRROR_CONS_GROUP_MEMBERSHIP_MISMATCH")
    _stands_alone(context, row)
    if context.switch("xiv_mirror_acknowledgements_lost"):
        groups.left(context, volume)
        raise FailureError("MIRROR_POSSIBLE_CONS_GROUP_MEMBERSHIP_MISMATCH", stays=True)
    groups.left(there, remote)
    _stands_alone(there, slave)


def _stands_alone(context: Context, row: Row) -> None:
    mirror_store.save(context, row | {"jobs": [], "running": False})
    if row["type"] == ASYNC and row["initialized"]:
        held = {row["subject"]: mirror_store.common(context, row["subject"])}
        mirror_data.take(context, row, LAST_REPLICATED, held, row["replicated_s"])

"""Mirrors in the store: each array keeps what it knows itself, so that two of them can disagree (§3.9).

A mirror is a row per array, of a volume or of a consistency group.  The volumes of a mirrored group have rows of their
own, which follow the group's in all but their names.  What a volume held at the last common point of both peers is
kept beside the row, since that is what a master goes back to when it becomes a slave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .catalog import FailureError

if TYPE_CHECKING:
    from ..context import Context

KIND, BASE, QUIET = "mirror", "mirror_base", "mirrors_quiet"
VOLUME, GROUP = "volume", "cg"
MASTER, SLAVE = "Master", "Slave"
SYNC, ASYNC = "sync_best_effort", "async_interval"
OPPOSITE = {MASTER: SLAVE, SLAVE: MASTER, "Primary": "Secondary", "Secondary": "Primary"}
OWN = frozenset({"kind", "subject", "peer"})  # what a volume of a mirrored group does not share with it
Row = dict[str, Any]


def made(kind: str, subject: str, peer: str, role: str, **settings: Any) -> Row:
    """Return the row of a new mirror: inactive, and nothing copied yet [M]."""
    return {
        "kind": kind,
        "subject": subject,
        "peer": peer,
        "role": role,
        "designation": "Primary" if role == MASTER else "Secondary",
        "active": False,
        "initialized": False,
        "in_step": False,
        "consistent": True,
        "copy": None,
        "jobs": [],
        "running": False,
        "ticked_s": 0.0,
        "replicated_s": 0.0,
        **settings,
    }


def find(context: Context, kind: str, subject: str) -> Row | None:
    """Return the mirror of a volume or group, None when it has none."""
    return context.get(KIND, f"{kind}/{subject}")


def of_volume(context: Context, volume: Row) -> Row | None:
    """Return the mirror of a volume, None when it has none."""
    return find(context, VOLUME, volume["id"])


def group_of(context: Context, volume: Row) -> Row | None:
    """Return the mirror of the group a volume is in, None when that has none."""
    return find(context, GROUP, volume["cg"]) if volume["cg"] else None


def save(context: Context, row: Row) -> None:
    """Put a mirror back, and with a group's those of its volumes."""
    _put(context, row)
    if row["kind"] == GROUP:
        shared = {name: value for name, value in row.items() if name not in OWN}
        for member in members(context, row):
            _put(context, member | shared)


def members(context: Context, row: Row) -> list[Row]:
    """Return the mirrors of the volumes a mirror covers: of itself, or of those of its group."""
    if row["kind"] == VOLUME:
        return [row]
    found = (find(context, VOLUME, key) for key in context.keys("cg_member", row["subject"]))
    return [one for one in found if one is not None]


def remove(context: Context, row: Row) -> None:
    """Forget a mirror, and with a group's those of its volumes."""
    disturb(context)
    for one in (*members(context, row), row):
        context.remove(KIND, f"{one['kind']}/{one['subject']}")
        context.remove(BASE, one["subject"])


def peer_of(there: Context | None, row: Row) -> Row | None:
    """Return what the other array knows of the same mirror, None where it knows nothing of it."""
    found = None if there is None else find(there, row["kind"], row["peer"])
    return found if found is not None and found["peer"] == row["subject"] else None


def heads(context: Context, role: str) -> list[Row]:
    """Return the mirrors of a role that stand for themselves: groups, and volumes that are in no mirrored group."""
    found = [row for _, row in context.rows(KIND, role)]
    inside = {key for row in found if row["kind"] == GROUP for key in context.keys("cg_member", row["subject"])}
    return [row for row in found if row["kind"] == GROUP or row["subject"] not in inside]


def fits(context: Context, row: Row, peer: Row | None) -> bool:
    """Return whether the link is up and both ends agree on who is master."""
    return context.linked and peer is not None and peer["role"] == OPPOSITE[row["role"]]


def operational(context: Context, row: Row, peer: Row | None) -> bool:
    """Return whether a mirror is active at both ends and its data can travel."""
    return peer is not None and fits(context, row, peer) and bool(row["active"] and peer["active"])


def common(context: Context, volume_id: str) -> list[str]:
    """Return what a volume held at the last common point of both peers."""
    return list((context.get(BASE, volume_id) or {"labels": []})["labels"])


def set_common(context: Context, volume_id: str, labels: list[str]) -> None:
    """Keep what a volume held at a common point."""
    context.put(BASE, volume_id, {"labels": labels})


def check_none(context: Context, volume: Row) -> None:
    """Check that a volume is in no mirror; raises VOLUME_HAS_MIRROR."""
    if of_volume(context, volume) is not None:
        raise FailureError("VOLUME_HAS_MIRROR")


def check_snapshot(context: Context, volume: Row) -> None:
    """Check that snapshots of a volume mean something.

    Raises VOLUME_IS_SLAVE for an asynchronous slave, MIRROR_IS_NOT_SYNCHRONIZED for one that is not consistent: the
    rule is [M], the codes are [K].
    """
    row = of_volume(context, volume)
    if row is None or row["role"] == MASTER:
        return
    if row["type"] == ASYNC:
        raise FailureError("VOLUME_IS_SLAVE")
    if not (row["initialized"] and row["consistent"]):
        raise FailureError("MIRROR_IS_NOT_SYNCHRONIZED")


def keep_quiet(context: Context, until_s: float, conditions: list[bool]) -> None:
    """Remember that nothing happens to the mirrors of an array before a time, unless one is changed."""
    context.put(QUIET, "", {"until_s": until_s, "conditions": conditions})


def is_quiet(context: Context, now_s: float, conditions: list[bool]) -> bool:
    """Return whether nothing has happened to the mirrors of an array."""
    kept = context.get(QUIET, "")
    return kept is not None and now_s < kept["until_s"] and kept["conditions"] == conditions


def disturb(context: Context) -> None:
    """Have the mirrors of an array looked at anew."""
    context.remove(QUIET, "")


def _put(context: Context, row: Row) -> None:
    disturb(context)
    context.put(KIND, f"{row['kind']}/{row['subject']}", row, row["role"])

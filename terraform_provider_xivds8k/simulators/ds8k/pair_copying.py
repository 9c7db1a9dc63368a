"""What passes from the source of a PPRC pair to its target: tracks by the clock, and the labels that are in them.

A source's row counts: ``sent``, how many labels of its volume the target has (of a pair in full duplex: all); ``due``,
when each further one gets there; ``tracks``, how many are copied between ``from_s`` and ``until_s``, and ``goal``, how
many labels were in those. ``whole`` says that everything is still to be copied. When a pair is suspended these stand
still: that is the record of changes, from which a resume or a failback copies no more than what differs.
"""

from __future__ import annotations

from ..context import Context, Row
from .capacity import TRACK_BYTES, extents, pool_row, size_bytes, take_content, write_extents
from .codes import Refusal
from .pairs import DUPLEX, KIND, PENDING, SOURCE, SUSPENDED, TARGET, joined, of_volume, put

FULL_COPY_S = 0.5  # by default copies end within a second of simulated time
SHORTEST_COPY_S = 0.1
LAG_S = 0.1  # [K] how long after a write its track is copied while a pair is not in full duplex


def unsent(source_labels: int) -> Row:
    """Return what a new row of a source counts: the target has everything, nothing is to be copied."""
    return {
        "sent": source_labels,
        "goal": source_labels,
        "whole": False,
        "due": [],
        "tracks": 0,
        "from_s": 0.0,
        "until_s": 0.0,
    }


def out_of_sync_tracks(context: Context, row: Row) -> int:
    """Return how many tracks of a source its target lacks."""
    volume = None if row["state"] == DUPLEX else context.get("volume", row["source"])
    if volume is None:
        return 0
    if row["whole"]:
        return tracks_of(volume)
    later = len(volume["labels"]) - max(int(row["sent"]), int(row["goal"]))
    return min(tracks_of(volume), _left(context, row) + max(0, later))


def tracks_of(volume: Row) -> int:
    """Return how many tracks a volume has."""
    return -(-size_bytes(volume) // TRACK_BYTES)


def _left(context: Context, row: Row) -> int:
    """Return how many of the tracks that were out of sync at the start still are."""
    if row["state"] == SUSPENDED or not row["tracks"]:
        return int(row["tracks"])
    whole_s = float(row["until_s"]) - float(row["from_s"])
    left_s = float(row["until_s"]) - context.now_s
    return 0 if left_s <= 0 else max(1, min(int(row["tracks"]), round(int(row["tracks"]) * left_s / whole_s)))


def receiver(context: Context, key: str, row: Row) -> Context | None:
    """Return the machine of a source's target, None where the source cannot reach it or it is no target any more."""
    partner = context.partner
    if partner is None or not joined(context, row["source"][:2], row["target"][:2]):
        return None
    there = partner.get(KIND, key)
    is_target = there is not None and there["role"] == TARGET and partner.get("volume", row["target"]) is not None
    return partner if is_target else None


def settle(context: Context) -> None:
    """Let all that was copied by now be in the targets of this machine and of its partner."""
    partner = context.partner
    for machine in (context,) if partner is None else (context, partner):
        for key, row in machine.rows(KIND, "copying"):
            _go_on(machine, key, row)


def _go_on(context: Context, key: str, row: Row) -> None:
    partner, volume = receiver(context, key, row), context.get("volume", row["source"])
    if partner is None or volume is None:
        suspend(context, key, row)
        return
    arrived = sum(1 for due_s in row["due"] if due_s <= context.now_s)
    labels = volume["labels"][row["sent"] : row["sent"] + arrived]
    if not _deliver(partner, row["target"], labels):
        suspend(context, key, row)
        return
    row["sent"] += arrived
    row["due"] = row["due"][arrived:]
    if row["until_s"] <= context.now_s and not row["due"]:
        row["tracks"] = 0
        row["state"] = DUPLEX if row["type"] == "metro_mirror" else PENDING
    put(context, key, row)
    tell(partner, key, row)


def begin(context: Context, key: str, row: Row, tracks: int) -> None:
    """Let a pair copy what its target lacks, evenly; it is suspended at once where that cannot be.

    ``tracks`` is how many are copied unless everything is.
    """
    partner, volume = receiver(context, key, row), context.get("volume", row["source"])
    row["state"] = PENDING
    if partner is None or volume is None or (row["whole"] and not _emptied(partner, row["target"], volume)):
        suspend(context, key, row)
        return
    if row["whole"]:
        row |= {"sent": 0, "whole": False}
        tracks = tracks_of(volume)
    missing, now_s = len(volume["labels"]) - row["sent"], context.now_s
    takes_s = max(SHORTEST_COPY_S, FULL_COPY_S * tracks / tracks_of(volume))
    row |= {"goal": len(volume["labels"]), "tracks": tracks, "from_s": now_s, "until_s": now_s + takes_s}
    row["due"] = [now_s + takes_s * (number + 1) / missing for number in range(missing)]
    put(context, key, row)
    tell(partner, key, row)


def _emptied(partner: Context, target: str, giver: Row) -> bool:
    """Let a target be ready for all another volume holds; False where it is thin and its pool has no room for that."""
    volume = partner.get("volume", target) or {}
    try:
        take_content(partner, giver, volume)
    except Refusal:
        return False
    keep(partner, target, {**volume, "labels": []})
    return True


def nothing_to_copy(context: Context, key: str, row: Row) -> None:
    """Let a pair be in sync without a copy; its target keeps what it holds."""
    volume = context.get("volume", row["source"]) or {"labels": []}
    row |= unsent(len(volume["labels"]))
    row["state"] = DUPLEX if row["type"] == "metro_mirror" else PENDING
    put(context, key, row)
    partner = receiver(context, key, row)
    if partner is not None:
        tell(partner, key, row)


def suspend(context: Context, key: str, row: Row, lacking: int = 0) -> None:
    """Let a source record its changes from now on; its target learns of it where it can be reached.

    ``lacking`` is how many labels the target of a pair in full duplex did not get.
    """
    volume = context.get("volume", row["source"])
    if row["state"] == DUPLEX:
        row |= unsent((len(volume["labels"]) if volume else 0) - lacking)
    else:
        row |= {"tracks": _left(context, row), "due": []}
    row["state"] = SUSPENDED
    put(context, key, row)
    partner = receiver(context, key, row)
    if partner is not None:
        tell(partner, key, row)


def tell(partner: Context, key: str, row: Row) -> None:
    """Let a target know how its source stands."""
    there = partner.get(KIND, key)
    if there is not None and there["role"] == TARGET:
        put(partner, key, {**there, "state": row["state"], "type": row["type"]})


def written(context: Context, volume_id: str) -> None:
    """Pass on the label a volume was just given; where that cannot be, its pair is suspended [K]."""
    volume = context.get("volume", volume_id)
    if volume is None:
        return
    for key, row in of_volume(context, volume_id):
        if row["role"] == TARGET or row["state"] == SUSPENDED:
            continue
        partner = receiver(context, key, row)
        if row["state"] == DUPLEX:
            if partner is None or not _deliver(partner, row["target"], volume["labels"][-1:]):
                suspend(context, key, row, lacking=1)
        elif partner is None:
            suspend(context, key, row)
        else:
            row["due"].append(max([context.now_s + LAG_S, *row["due"][-1:]]))
            put(context, key, row)


def replaced(context: Context, volume_id: str) -> None:
    """Pass on that a volume has another content altogether: a FlashCopy was made onto it [K]."""
    volume = context.get("volume", volume_id)
    if volume is None:
        return
    for key, row in of_volume(context, volume_id):
        if row["role"] != SOURCE:
            continue
        partner, at_once = receiver(context, key, row), not context.switch("pprc_copy_onto_primary_is_pending")
        if row["state"] == DUPLEX and at_once and partner and _emptied(partner, row["target"], volume):
            _deliver(partner, row["target"], volume["labels"])
        elif row["state"] == SUSPENDED:
            put(context, key, {**row, "whole": True})
        else:
            begin(context, key, {**row, "whole": True}, 0)


def _deliver(partner: Context, target: str, labels: list[str]) -> bool:
    """Write labels into a target, an extent for each; False where it is thin and its pool is full."""
    volume = partner.get("volume", target)
    if volume is None:
        return False
    held = [*volume["labels"], *labels]
    more = min(extents(volume["cap"], pool_row(partner, volume["pool"])), len(held)) - int(volume["real"])
    if labels and volume["tp"] != "none" and more > 0:
        try:
            write_extents(partner, volume, more)
        except Refusal:
            return False
    if labels:
        keep(partner, target, {**volume, "labels": held})
    return True


def keep(context: Context, volume_id: str, row: Row) -> None:
    """Keep a volume's row."""
    context.put("volume", volume_id, row, group=volume_id[:2])

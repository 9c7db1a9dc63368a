"""What time does: migrations end, copies go on and end. Called first in every command; nothing runs by itself."""

from __future__ import annotations

from ..context import Context, Row
from . import pair_copying
from .capacity import TRACK_BYTES, Held, give_back

MIGRATION_S = 0.5  # by default copies end within a second of simulated time
BACKGROUND_COPY_S = 0.5
FREEZE_S = 60.0  # [K]
PAIR_S = 0.1  # [K] how much later each further pair of one request is copied, unless writes are held meanwhile


def settle(context: Context) -> None:
    """Bring the records up to the present moment."""
    for volume_id, move in context.rows("migration"):
        if move["until_s"] <= context.now_s:
            end_migration(context, volume_id)
    for key, relation in context.rows("flashcopy", "copying"):
        if relation["until_s"] <= context.now_s:
            _finish_copy(context, key, relation)
    pair_copying.settle(context)


def end_migration(context: Context, volume_id: str) -> None:
    """End the migration of a volume, if there is one: what it held in its old pool is free."""
    move, volume = context.get("migration", volume_id), context.get("volume", volume_id)
    if move is None or volume is None:
        return
    context.remove("migration", volume_id)
    give_back(context, move["from"], Held(**move["held"]))
    context.put("volume", volume_id, {**volume, "moving_from": ""}, group=volume_id[:2])


def _finish_copy(context: Context, key: str, relation: Row) -> None:
    if relation["persistent"]:
        context.put("flashcopy", key, {**relation, "copied": True}, group="steady")
    else:
        context.remove("flashcopy", key)


def out_of_sync_tracks(context: Context, relation: Row) -> int:
    """Return how many tracks are still to be copied: falls evenly to 0, stays where nothing copies."""
    total = -(-int(relation["bytes"]) // TRACK_BYTES)
    if relation["copied"]:
        return 0
    if not relation["background"]:
        return total
    left = (float(relation["until_s"]) - context.now_s) / BACKGROUND_COPY_S
    return max(1, min(total, round(total * left)))

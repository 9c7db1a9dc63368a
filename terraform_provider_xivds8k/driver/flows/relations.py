"""What a FlashCopy relation says of the point in time its target was made to hold."""

from __future__ import annotations

from ..errors import Refused
from ..objects import Relation


def lost_reason(relation: Relation | None, source_id: str, target_id: str) -> str | None:
    """Say why a target does not hold its point in time, None where it does."""
    name = f"FlashCopy {source_id}:{target_id}".upper().replace("FLASHCOPY", "FlashCopy")
    if relation is None:
        return f"{name} is not on the array"
    if not relation.is_persistent:
        return f"{name} is not persistent, so it makes no snapshot"
    return f"{name} is {relation.state}" if relation.is_broken else None


def refuse_unsure(name: str, relation: Relation, attribute: str) -> None:
    """Raise Refused for a snapshot of which the array says neither that it is whole nor that it is lost."""
    if not relation.is_valid:
        raise Refused(
            f"Whether {name} holds its point in time is not certain",
            happened=f"The array calls FlashCopy {relation.id} {relation.state}.",
            left_behind="Nothing was changed.",
            next_step="Look at it on the array; run it again when the array calls it valid.",
            attribute=attribute,
        )

"""Copies and mappings that were sent, not answered and not seen: what they are of keeps its id until they cannot come.

An array that carries a copy out late overwrites whatever volume bears the id, or on an XIV the name, by then; a late
mapping shows that volume to a host.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from ..errors import DriverError, Refused
from ..objects import Volume

MAY_COME_S = 900.0  # the longest operation of a DS8000 (ds8k-rest.md §3, limits [S]); nothing says more of an XIV


def mark(error: DriverError) -> None:
    """Keep in an error when the copy or mapping it is about was in doubt."""
    error.in_doubt_since = _written(time.time())


def refuse_while_open(volume: Volume, in_doubt_since: str | None) -> None:
    """Raise Refused where a copy onto a volume may still come; ``in_doubt_since`` is a time as an error keeps it."""
    if in_doubt_since is None or not may_still_come(in_doubt_since):
        return
    raise Refused(
        f"Volume {volume.name} ({volume.id}) is not deleted yet: a copy onto it may still come",
        happened=f"The copy was sent before {in_doubt_since}, no answer told what came of it, and the array does not "
        "show it. Carried out late, it would overwrite whatever volume had its place by then.",
        left_behind="Nothing was changed.",
        next_step=f"Run it again after {over_at(in_doubt_since)}: then the array is no longer at it.",
    )


def refuse_while_mapping_open(volume: str, holder: str, in_doubt_since: str | None) -> None:
    """Raise Refused where a mapping that is not seen may still come; both are named for a text."""
    if in_doubt_since is None or not may_still_come(in_doubt_since):
        return
    raise Refused(
        f"Volume {volume} is not detached for certain yet: its mapping to {holder} may still come",
        happened=f"The mapping was sent before {in_doubt_since}, no answer told what came of it, and the array does "
        "not show it. Carried out late, it would show the host whatever volume had its place by then.",
        left_behind="Nothing was changed.",
        next_step=f"Keep volume and host, and run it again after {over_at(in_doubt_since)}: then the array is no "
        "longer at it.",
    )


def may_still_come(in_doubt_since: str) -> bool:
    """Tell whether what was in doubt then may still be carried out; a time as an error keeps it."""
    return time.time() < datetime.fromisoformat(in_doubt_since).timestamp() + MAY_COME_S


def over_at(in_doubt_since: str) -> str:
    """Return when it cannot be carried out any more."""
    return _written(datetime.fromisoformat(in_doubt_since).timestamp() + MAY_COME_S)


def _written(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

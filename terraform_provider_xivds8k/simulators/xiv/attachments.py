"""Who sees which volume: the records of mappings.

A mapping is kept by owner and volume; owners are ``host/ID`` and ``cluster/ID``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..context import Context

Row = dict[str, Any]


def of_volume(context: Context, volume_id: str) -> list[Row]:
    """Return the mappings of a volume."""
    return [row for _, row in context.rows("mapping", volume_id)]


def of_owner(context: Context, owner: str) -> list[Row]:
    """Return the mappings of a host or cluster by LUN."""
    found = [context.get("mapping", f"{owner}/{row['volume']}") for _, row in context.rows("lun", owner)]
    return [row for row in found if row is not None]


def add(context: Context, owner: str, volume_id: str, lun: int) -> None:
    """Enter a mapping; the caller has checked LUN and volume."""
    row = {"owner": owner, "volume": volume_id, "lun": lun}
    context.put("mapping", f"{owner}/{volume_id}", row, volume_id)
    context.put("lun", f"{owner}/{lun:03d}", {"volume": volume_id}, owner)


def drop(context: Context, row: Row) -> None:
    """Remove a mapping."""
    context.remove("mapping", f"{row['owner']}/{row['volume']}")
    context.remove("lun", f"{row['owner']}/{row['lun']:03d}")

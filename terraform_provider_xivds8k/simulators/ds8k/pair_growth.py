"""Whether a volume of a PPRC pair grows: newer machines may allow it, the target first [K]."""

from __future__ import annotations

from ..context import Context
from . import pairs
from .codes import IN_COPY_RELATION, TARGET_TOO_SMALL, Refusal


def check(context: Context, volume_id: str, size: int) -> None:
    """Raise Refusal where a pair keeps a volume from growing to a size (bytes or cylinders)."""
    for _, row in pairs.of_volume(context, volume_id):
        if context.switch("pprc_growth_refused"):
            raise Refusal(IN_COPY_RELATION, volume=volume_id)
        if row["role"] == pairs.SOURCE:
            partner = context.partner
            target = partner.get("volume", row["target"]) if partner is not None else None
            if target is None or target["cap"] < size:
                raise Refusal(TARGET_TOO_SMALL, volume=row["target"])

"""PPRC pairs as they are kept: two volumes of two linked machines, of which the second holds what the first is written.

A pair is kept once, by the machine of its source; the other one finds it there (ds8k-rest.md §4.2). Pausing pairs and
turning them round is not built yet.
"""

from __future__ import annotations

from ..context import Context, Row

KIND = "pprc"
TYPES = {"metro_mirror": "metromirror", "global_copy": "globalcopy"}  # new form: old form [S]


def system_id(context: Context) -> str:
    """Return the id of a machine."""
    ((found, _),) = context.rows("system")
    return found


def all_of(context: Context) -> list[tuple[str, Row]]:
    """Return the pairs that have their source or their target on this machine."""
    partner = context.partner
    return context.rows(KIND) + ([] if partner is None else partner.rows(KIND))


def of_volume(context: Context, volume_id: str) -> list[tuple[str, Row]]:
    """Return the pairs a volume of this machine is source or target of."""
    found = all_of(context)
    here = (system_id(context), volume_id) if found else ()
    return [
        (key, row)
        for key, row in found
        if here in {(row["source_system"], row["source"]), (row["target_system"], row["target"])}
    ]


def is_secondary(context: Context, volume_id: str) -> bool:
    """Tell whether a volume of this machine is the target of a pair."""
    partner = context.partner
    return partner is not None and any(row["target"] == volume_id for _, row in partner.rows(KIND))


def state_of(context: Context, row: Row) -> str:
    """Return how a pair stands, as this machine calls it; what a target calls it is [K]."""
    pending = row["type"] == "global_copy" or row["until_s"] > context.now_s  # a Global Copy never ends
    state = "suspended" if row["suspended"] else "copy_pending" if pending else "full_duplex"
    return state if row["source_system"] == system_id(context) else f"target_{state}"


def carry(context: Context, volume_id: str, labels: list[str]) -> None:
    """Let the target of a volume hold what it holds; where the link is down the pair is suspended [K]."""
    for key, row in context.rows(KIND):
        if row["source"] != volume_id or row["suspended"]:
            continue
        partner = context.partner if context.linked else None
        target = partner.get("volume", row["target"]) if partner is not None else None
        if partner is None or target is None:
            context.put(KIND, key, {**row, "suspended": True})
        else:
            partner.put("volume", row["target"], {**target, "labels": list(labels)}, group=row["target"][:2])

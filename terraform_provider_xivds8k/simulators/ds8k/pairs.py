"""PPRC pairs as they are kept: each machine of the two has its own row of a pair, so that the two can disagree.

The source's row knows what the target still lacks (``pair_copying``), the target's only what it was told last. After a
failover both machines have a row in which they are the source; after a lost link a target still believes it is in
full duplex (ds8k-rest.md §4.2).
"""

from __future__ import annotations

from ..context import Context, Row

KIND = "pair"
PATH_KIND = "pprc_path"
TYPES = {"metro_mirror": "metromirror", "global_copy": "globalcopy"}  # new form: old form [S]
SOURCE, TARGET = "source", "target"
PENDING, DUPLEX, SUSPENDED = "copy_pending", "full_duplex", "suspended"  # [S]


def system_id(context: Context) -> str:
    """Return the id of a machine."""
    ((found, _),) = context.rows("system")
    return found


def key_of(source_system: str, source: str, target_system: str, target: str) -> str:
    """Return the id of a pair [S]."""
    return f"{source_system}_{source}:{target_system}_{target}"


def turned(row: Row) -> str:
    """Return the id of the same pair in the other direction."""
    return key_of(row["target_system"], row["target"], row["source_system"], row["source"])


def volume_here(row: Row) -> str:
    """Return the volume of a pair that belongs to the machine whose row this is."""
    return str(row[row["role"]])


def joined(context: Context, source_lss: str, target_lss: str) -> bool:
    """Tell whether a path leads from an LSS of this machine to one of its partner, and the link is up."""
    wanted = (source_lss, target_lss)
    return context.linked and any(
        (row["source_lss"], row["target_lss"]) == wanted for _, row in context.rows(PATH_KIND)
    )


def put(context: Context, key: str, row: Row) -> None:
    """Keep the row a machine has of a pair; those that are still copying are found by themselves."""
    copying = row["role"] == SOURCE and row["state"] == PENDING and bool(row["due"] or row["until_s"] > context.now_s)
    context.put(KIND, key, row, group="copying" if copying else "steady")


def of_volume(context: Context, volume_id: str) -> list[tuple[str, Row]]:
    """Return the pairs a volume of this machine is source or target of, as this machine sees them."""
    return [(key, row) for key, row in context.rows(KIND) if volume_here(row) == volume_id]


def is_secondary(context: Context, volume_id: str) -> bool:
    """Tell whether a volume of this machine is the target of a pair."""
    return any(row["role"] == TARGET for _, row in of_volume(context, volume_id))


def state_of(context: Context, row: Row) -> str:
    """Return how a pair stands, as this machine calls it; a suspended target is [S], the others are [K]."""
    state = str(row["state"])
    marked = row["role"] == TARGET and (state == SUSPENDED or context.switch("pprc_target_states_marked"))
    return f"target_{state}" if marked else state

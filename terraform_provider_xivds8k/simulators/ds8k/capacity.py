"""Sizes, extents and the space of pools.

An FB size counts bytes, a CKD size cylinders, here and in the records. A thick volume takes its extents at once; a thin
one (ESE) takes them as it is written and books its full size as virtual capacity of its pool's repository [S].
"""

from __future__ import annotations

from dataclasses import dataclass

from ..context import Context, Row
from .codes import BAD_VALUE, NO_SUCH_OBJECT, POOL_FULL, Code, Refusal

GIB = 2**30
BLOCK_BYTES = 512  # [S] §3
LARGEST_FB = 16 * 2**40  # [S] §3
LARGEST_CKD = 65520  # cylinders of a 3390 [S] §3
CYLINDER_BYTES = 849960  # [S] §3
TRACK_BYTES = 65536  # [K] what out_of_sync_tracks counts
CYLINDERS_PER_MOD1 = 1113  # [K]

# model: (GiB [S] Cinder, blocks of 512 usable bytes [K] product manuals)
OS400_FIXED = {
    "1": (8, 16_777_216),
    "2": (17, 34_275_328),
    "5": (33, 68_681_728),
    "4": (66, 137_822_208),
    "6": (132, 275_644_416),
    "7": (263, 551_288_832),
}
OS400_DATATYPES = {"A0": "FB 520P", "A8": "FB 520U", "050": "FB 520UV", "099": "FB 520PV"}  # [S] Cinder


def size_of(cap: str, captype: str, stgtype: str) -> int:
    """Return a size in bytes (fb) or cylinders (ckd); raises Refusal for a wrong unit or value."""
    try:
        number = int(cap)
    except ValueError:
        raise Refusal(BAD_VALUE, name="cap", value=cap, why="a whole number is expected") from None
    units = {"gib": GIB, "bytes": 1} if stgtype == "fb" else {"cyl": 1, "mod1": CYLINDERS_PER_MOD1}
    unit = units.get(captype.lower() or next(iter(units)))
    if unit is None:
        raise Refusal(BAD_VALUE, name="captype", value=captype, why=f"{stgtype} volumes know {', '.join(units)}")
    size = number * unit
    largest = LARGEST_FB if stgtype == "fb" else LARGEST_CKD
    if not 0 < size <= largest:
        raise Refusal(BAD_VALUE, name="cap", value=cap, why=f"a volume has 1 to {largest} bytes or cylinders")
    if stgtype == "fb" and size % BLOCK_BYTES:
        raise Refusal(BAD_VALUE, name="cap", value=cap, why="a volume consists of blocks of 512 bytes")
    return size


def os400_fixed_size(context: Context, model: str) -> int | None:
    """Return the size of a fixed OS/400 model in bytes, None for a variable one; raises Refusal for no model at all."""
    if model in {"050", "099"}:
        return None
    found = OS400_FIXED.get(model[2:]) if model[:2] in {"A0", "A8"} else None
    if found is None:
        raise Refusal(BAD_VALUE, name="os400", value=model, why="there is no such model")
    gib, blocks = found
    return gib * GIB if context.switch("os400_reports_whole_gib") else blocks * BLOCK_BYTES


def os400_datatype(model: str) -> str:
    """Return the data type of a volume with this OS/400 model, "" for none."""
    return OS400_DATATYPES.get(model) or OS400_DATATYPES.get(model[:2]) or "FB 512"


def pool_row(context: Context, pool_id: str) -> Row:
    """Return a pool; raises Refusal when it does not exist."""
    row = context.get("pool", pool_id.upper())
    if row is None:
        raise Refusal(NO_SUCH_OBJECT, kind="pool", name=pool_id)
    return row


def size_bytes(volume: Row) -> int:
    """Return the size of a volume in bytes."""
    return int(volume["cap"]) * (1 if volume["stgtype"] == "fb" else CYLINDER_BYTES)


def extents(size: int, pool: Row) -> int:
    """Return how many extents of the pool a size needs."""
    return -(-size // int(pool["extent"]))


@dataclass(frozen=True)
class Held:
    """Space in a pool: extents, those of them that belong to thin volumes, and virtual bytes or cylinders."""

    real: int = 0
    ese: int = 0
    virtual: int = 0


def book(context: Context, pool_id: str, more: Held, full: Code = POOL_FULL) -> None:
    """Take space; raises Refusal ``full`` for want of room."""
    check_room(context, pool_id, more, full)
    _count(context, pool_id, more, 1)


def give_back(context: Context, pool_id: str, held: Held) -> None:
    """Give space back."""
    _count(context, pool_id, held, -1)


def _count(context: Context, pool_id: str, held: Held, sign: int) -> None:
    pool = pool_row(context, pool_id)
    pool["used"] += sign * held.real
    pool["ese_used"] += sign * held.ese
    pool["virtual"] += sign * held.virtual
    context.put("pool", pool_id, pool)


def write_extents(context: Context, row: Row, number: int) -> None:
    """Let a thin volume take extents as it is written; raises Refusal when the pool is full. Does not put the row."""
    book(context, row["pool"], Held(real=number, ese=number))
    row["real"] = int(row["real"]) + number


def take_content(context: Context, giver: Row, taker: Row) -> None:
    """Let a thin volume take the extents another one's content needs; raises Refusal. Does not put the row."""
    if taker["tp"] == "none":
        return
    pool = pool_row(context, taker["pool"])
    shown = extents(giver["cap"], pool) if giver["tp"] == "none" else max(int(giver["real"]), len(giver["labels"]))
    needed = min(shown, extents(taker["cap"], pool))
    write_extents(context, taker, max(0, needed - int(taker["real"])))


def check_room(context: Context, pool_id: str, more: Held, full: Code = POOL_FULL) -> None:
    """Raise Refusal ``full`` when the pool has no room for this much more."""
    pool = pool_row(context, pool_id)
    over_real = more.real > 0 and pool["used"] + more.real > pool["extents"]
    over_virtual = more.virtual > 0 and pool["virtual"] + more.virtual > pool["repository"]
    if over_real or (over_virtual and context.switch("ese_limited_by_repository")):
        raise Refusal(full, pool=pool_id)


def held_by(volume: Row, pool: Row) -> Held:
    """Return what a volume holds in its pool."""
    if volume["tp"] == "none":
        return Held(real=extents(volume["cap"], pool))
    return Held(real=int(volume["real"]), ese=int(volume["real"]), virtual=volume["cap"])

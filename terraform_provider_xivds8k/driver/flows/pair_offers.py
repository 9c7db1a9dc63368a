"""What may be asked for of a pair, in which direction, and what a user has to say with it: known from a look alone.

Pure.  An operation may be refused all the same for what only a look elsewhere shows: hosts that write, paths, sizes.
"""

from __future__ import annotations

from ..pairing import BOTH_WRITABLE, NEEDS_FORCE
from ..replicating import OTHER, Half, Offer, Operation, Override, Pair, Side
from .pair_goals import FROM, THERE
from .pair_matching import group_of
from .pair_work import was_paused

ORDER: tuple[tuple[Operation, Side], ...] = (  # as people look for it; the direction of a resync means nothing
    ("switch", "remote"),
    ("switch", "home"),
    ("failover", "remote"),
    ("failover", "home"),
    ("resync", "home"),
    ("failback", "home"),
)
NOBODY = 13  # neither side serves
DIRECTED = frozenset({"switch", "failover"})


def offers_of(pair: Pair) -> tuple[Offer, ...]:
    """Return what may be asked for of a pair that moves by itself; nothing of a member of a mirrored group."""
    if group_of(pair) is not None:
        return ()
    return tuple(
        Offer(operation=operation, to=to if operation in DIRECTED else None, needs=needs)
        for operation, to in ORDER
        for needs in (needed(operation, to, pair),)
        if needs is not None
    )


def needed(operation: Operation, to: Side, pair: Pair) -> tuple[Override, ...] | None:
    """Return what has to be said for an operation to go, None where it does not, or the pair is there already."""
    if pair.row in THERE[operation, to] or not begins(operation, to, pair):
        return None
    if operation == "failover":
        return _of_failover(to, pair)
    if _is_unlinked(pair):
        return None
    is_asked = pair.row in BOTH_WRITABLE and (operation == "resync" or not goes_on_unwritten(to, pair))
    return ("authoritative_backend_id",) if is_asked else ()


def begins(operation: Operation, to: Side, pair: Pair) -> bool:
    """Tell whether an operation begins in the row of a pair, or one that was broken off goes on from it."""
    if operation == "switch" and was_paused(pair, to):
        return True
    is_apart = operation == "switch" and pair.row in BOTH_WRITABLE
    return pair.row in FROM[operation, to] and (not is_apart or goes_on_unwritten(to, pair))


def goes_on_unwritten(to: Side, pair: Pair) -> bool:
    """Tell whether both sides hold the same: a planned switch of a DS8000 was broken off half way.

    The old source still is in full duplex, so it was not written since: any write would have suspended it.  Of a Global
    Copy nothing shows that: its source may hold what was never copied.
    """
    old, new = pair.half(OTHER[to]), pair.half(to)
    turned = pair.row == (10 if to == "remote" else 11)
    is_duplex = old is not None and bool(old.pair_id) and old.in_step and old.mode == "metro_mirror"
    return turned and new is not None and is_duplex


def is_given_up(to: Side, pair: Pair) -> bool:
    """Tell whether an array that is alive is to be left, so that a failover has to be forced."""
    half, left = pair.half(to), pair.answers(OTHER[to])
    is_linked = half is not None and half.pair_id is None and bool(half.is_linked)  # a DS8000's paths are listed apart
    return pair.row in NEEDS_FORCE or (not left and (pair.is_alive or is_linked))


def _of_failover(to: Side, pair: Pair) -> tuple[Override, ...] | None:
    half = pair.half(to)
    if half is None or (half.pair_id is None and half.is_initial):  # half of an XIV's copy is none, and no option helps
        return None
    said: dict[Override, bool] = {
        "force": is_given_up(to, pair),
        "accept_inconsistent": _is_mixed(half),
        "authoritative_backend_id": pair.row == NOBODY,
    }
    return tuple(one for one, is_needed in said.items() if is_needed)


def _is_mixed(half: Half) -> bool:
    """Tell whether a copy may hold blocks of different moments."""
    return half.mode == "global_copy" or (half.mode != "async" and not half.in_step)


def _is_unlinked(pair: Pair) -> bool:
    """Tell whether nothing can be copied between two XIVs until their link is mended."""
    return any(half is not None and half.is_linked is False for half in (pair.home, pair.remote))

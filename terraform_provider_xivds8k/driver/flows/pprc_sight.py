"""Pairs looked at again, found by their volumes: their names for each other change as they are turned."""

from __future__ import annotations

from collections.abc import Iterable

from ..replicating import OTHER, Pair, Side
from ..waiting import Budget
from .pair_views import PairViews
from .pair_work import key_of


def seen_now(views: PairViews, pairs: Iterable[Pair], budget: Budget, *, afresh: bool = False) -> dict[str, Pair]:
    """Return pairs as both arrays have them now, by the ``key_of`` they had; those that are gone are left out.

    ``afresh`` asks also an array that was silent a moment ago.
    """
    found: dict[tuple[Side, str], Pair] = {}
    for pair in views.look(budget, afresh=afresh).pairs:
        for side in OTHER:
            half = pair.half(side)
            if half is not None:
                found[side, half.id] = pair
    now = {}
    for pair in pairs:
        ids = [(side, half.id) for side in OTHER for half in [pair.half(side)] if half is not None]
        fitting = [found[one] for one in ids if one in found]
        if fitting:
            now[key_of(pair)] = fitting[0]
    return now

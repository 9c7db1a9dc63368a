"""The clocks of two XIVs, compared while both answer.

The time of the last point that was replicated is by the clock of the array it was taken on: once that one is silent,
its age is told by the other clock and by how far the two were apart when both were read.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from ..errors import DriverError
from ..replicating import OTHER, Pair, Side
from ..waiting import Budget
from .mirror_ends import MirrorEnds
from .pair_views import Look

TIME = "%Y-%m-%d %H:%M:%S"  # xcli.md §3.3 [S]
WHOLE_S = 1.0  # a time is written in whole seconds
COMPARES_S = 5.0  # for an advice
STALE_S = 600.0  # a comparison is made anew after so long, where both answer


def read(text: str | None) -> datetime | None:
    """Return a time an array wrote, None where it wrote none."""
    try:
        return datetime.strptime(text or "", TIME)  # noqa: DTZ007 - it is the array's own
    except ValueError:
        return None


def times_of(ends: MirrorEnds, sides: Iterable[Side], budget: Budget) -> dict[Side, str]:
    """Return the times of these arrays, as far as they tell them; both are compared, and that is remembered.

    Of an array that tells none it is the latest that it can be, where the two were compared before.
    """
    told: dict[Side, str] = {}
    read_at: dict[Side, float] = {}
    for side in sides:
        try:
            now = ends.mirrors(side).find_now(budget)
        except DriverError:
            budget.check()
            continue
        if now is not None:
            told[side], read_at[side] = now, time.monotonic()
    if len(told) == len(OTHER):
        _compare(ends, told, read_at)
        return told
    for side in [side for side in OTHER if side not in told]:
        ahead_s, other = ends.core(side).ahead_s, read(told.get(OTHER[side]))
        if ahead_s is not None and other is not None:
            told[side] = (other + timedelta(seconds=ahead_s)).strftime(TIME)
    return told


def _compare(ends: MirrorEnds, told: dict[Side, str], read_at: dict[Side, float]) -> None:
    """Remember by how much each clock is ahead of the other one, at most."""
    first, second = sorted(OTHER, key=read_at.__getitem__)
    earlier, later = read(told[first]), read(told[second])
    if earlier is None or later is None:
        return
    apart_s, between_s = (later - earlier).total_seconds(), read_at[second] - read_at[first]
    ends.core(second).ahead_s = apart_s + WHOLE_S
    ends.core(first).ahead_s = between_s - apart_s + WHOLE_S
    for side in OTHER:
        ends.core(side).compared_at = read_at[second]


def compare_now(ends: MirrorEnds, look: Look, budget: Budget) -> None:
    """Compare the clocks where both arrays were just seen to answer, they have asynchronous mirrors, and it is due.

    That is for later: nothing comes of an array that tells no time.
    """
    if look.home is None or look.remote is None or not any(pair.mode == "async" for pair in look.pairs):
        return
    before = ends.core("home").compared_at
    if before is not None and time.monotonic() - before < STALE_S:
        return
    for side in OTHER:  # whatever comes of it, it is not asked by every call
        ends.core(side).compared_at = time.monotonic()
    try:
        times_of(ends, OTHER, Budget(min(COMPARES_S, budget.left_s / 4), budget.stop))
    except DriverError:
        return


def is_comparable(ends: MirrorEnds, pair: Pair, master: Side) -> bool:
    """Tell whether the time of what was last replicated can be told by a clock it is known to go with."""
    return pair.answers(master) or ends.core(master).ahead_s is not None

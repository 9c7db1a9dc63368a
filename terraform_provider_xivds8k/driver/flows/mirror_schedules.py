"""Schedules of asynchronous mirrors: made on both arrays when first needed, under our name, gone with the last user.

Ours are those of the very names that are made here, as ``xivds8k-3600s``, with the interval that the name says; any
other is somebody else's, however its name begins, and is never deleted.

An XIV runs sync jobs at certain intervals only.  The one taken is half the RPO at most, so that a job that takes as
long as its interval still keeps the RPO; for the shortest there is the array's own, which nobody can change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ..errors import AlreadyExists, DriverError, InUse, NotFound, Refused
from ..mirrors import Schedule
from ..replicating import OTHER, Side
from ..waiting import Budget
from .mirror_ends import UNTOUCHED, MirrorEnds

OURS = "xivds8k-"
INTERVALS_S = (30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 28_800, 43_200)  # xcli.md §3.7 [M]
INTERVAL_S = {f"{OURS}{interval_s}s": interval_s for interval_s in INTERVALS_S}
SHORTEST = Schedule(name="min_interval", interval_s=20)  # [M]
SIDES: tuple[Side, ...] = tuple(OTHER)


def schedule_for(rpo_s: int) -> Schedule:
    """Return the schedule by which an RPO is kept; raises Refused (``rpo_seconds``).

    How long one may be at most is the array's to say [K].
    """
    if rpo_s <= SHORTEST.interval_s:
        raise Refused(
            f"rpo_seconds = {rpo_s} is too short",
            happened=f"The shortest interval of this array is {SHORTEST.interval_s} s, and the RPO has to be longer.",
            left_behind=UNTOUCHED,
            next_step=f"Write {SHORTEST.interval_s + 1} or more.",
            attribute="rpo_seconds",
        )
    fitting = [interval_s for interval_s in INTERVALS_S if 2 * interval_s <= rpo_s]
    return Schedule(name=f"{OURS}{fitting[-1]}s", interval_s=fitting[-1]) if fitting else SHORTEST


def is_ours(name: str) -> bool:
    """Tell whether a schedule of that name is one that is made here."""
    return name in INTERVAL_S


class Schedules:
    """Keep the schedules of our mirrors on both arrays."""

    def __init__(self, ends: MirrorEnds) -> None:
        self._ends = ends

    @contextmanager
    def held(self, schedule: Schedule | None, budget: Budget) -> Iterator[None]:
        """Have a schedule on both arrays while the block gives it to a mirror; nobody here deletes it meanwhile."""
        if schedule is None:
            yield
            return
        with self._ends.core("home").naming(f"schedule {schedule.name}", budget):
            for side in SIDES:
                self._ensure(side, schedule, budget)
            yield

    def _ensure(self, side: Side, schedule: Schedule, budget: Budget) -> None:
        if self._is_there(side, schedule, budget):
            return
        mirrors = self._ends.mirrors(side)
        try:
            self._ends.write(
                side,
                budget,
                lambda: mirrors.make_schedule(schedule, budget),
                lambda look: self._is_there(side, schedule, look),
            )
        except AlreadyExists:  # somebody else was faster
            if not self._is_there(side, schedule, budget):
                raise

    def _is_there(self, side: Side, schedule: Schedule, budget: Budget) -> bool:
        found = {one.name: one for one in self._ends.mirrors(side).schedules(budget)}.get(schedule.name)
        if found is not None and found.interval_s != schedule.interval_s:
            raise Refused(
                f"Schedule {schedule.name} of the {side} array is not as it was made",
                happened=f"Its interval is {found.interval_s} s instead of {schedule.interval_s} s: somebody changed "
                "it, and every mirror that has it now runs by that.",
                left_behind=UNTOUCHED,
                next_step="Change it back with schedule_change, or choose another rpo_seconds.",
                attribute="rpo_seconds",
            )
        return found is not None

    def interval_s(self, side: Side, name: str | None, budget: Budget) -> int | None:
        """Return the interval of a schedule, None where there is no such or it waits for a tick."""
        found = {one.name: one for one in self._ends.mirrors(side).schedules(budget)}.get(name or "")
        return found.interval_s or None if found is not None else None

    def tidy(self, names: Iterable[str | None], budget: Budget) -> tuple[str, ...]:
        """Delete those of these schedules that are ours and no mirror has; return what is left to be deleted.

        Never raises: that a schedule stays harms nobody.
        """
        left: list[str] = []
        for name in sorted({name for name in names if name is not None and is_ours(name)}):
            for side in SIDES:
                try:
                    with self._ends.core("home").naming(f"schedule {name}", budget):
                        self._tidy(side, name, budget)
                except (InUse, NotFound):
                    continue
                except DriverError:
                    left.append(f"schedule {name} on the {side} array")
        return tuple(left)

    def _tidy(self, side: Side, name: str, budget: Budget) -> None:
        mirrors = self._ends.mirrors(side)
        if Schedule(name=name, interval_s=INTERVAL_S[name]) not in mirrors.schedules(budget):
            return
        if any(half.schedule == name for half in self._ends.core(side).array.pairs.listing(budget)):
            return
        self._ends.write(
            side,
            budget,
            lambda: mirrors.drop_schedule(name, budget),
            lambda look: name not in {one.name for one in mirrors.schedules(look)},
        )

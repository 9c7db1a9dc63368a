"""Switch, failover, resync and failback on an XIV: which steps an operation has, and what becomes of each pair."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..core import FIRST_PAUSE_S, LONGEST_PAUSE_S
from ..errors import Cancelled, DriverError, Refused, TimedOut
from ..replicating import OTHER, Pair
from ..waiting import Budget
from .mirror_checks import MirrorChecks, loss_s, refuse_used
from .mirror_clocks import is_comparable
from .mirror_deeds import Deed, Names, Seen
from .mirror_ends import MirrorEnds
from .mirror_promotion import NONE_FOUND, MirrorPromotion, age, lost_by_promotion, without_duplicate
from .mirror_resync import MirrorResync
from .mirror_rounds import Rounds, Waits
from .mirror_switching import MirrorSwitching
from .pair_views import PairViews
from .pair_work import Run, Work, key_of


@dataclass(slots=True)
class _Course:
    """Be the steps of one pair, and what it waits for."""

    pair: Pair
    deed: Deed
    steps: Waits
    waits_for: str = ""
    has_begun: bool = False
    has_ended: bool = False


class MirrorSteps:
    """Keep the contract of ``pair_work.PairSteps``, for one operation."""

    def __init__(self, views: PairViews) -> None:
        self._ends = MirrorEnds(views)
        self._seen = Seen()
        self._rounds = Rounds(self._ends)
        names = Names()
        self._checks = MirrorChecks(self._ends, self._seen)
        self._promotion = MirrorPromotion(self._ends, names)
        self._switching = MirrorSwitching(self._ends, names, self._rounds)
        self._resync = MirrorResync(self._ends, names, self._rounds)

    def problems(self, work: Work, budget: Budget) -> Mapping[str, DriverError]:
        """Return what keeps pairs from moving."""
        return self._checks.problems(work, budget)

    def calls(self, work: Work, pair: Pair) -> tuple[str, ...]:
        """Return the calls that change something."""
        if work.operation == "failover":
            return self._promotion.calls(work, pair, self._seen.last_replicated.get(key_of(pair), ()))
        if work.operation == "switch":
            return self._switching.calls(work, pair)
        first = () if pair.row in {1, 4} else self._resync.calls(work, pair)
        if work.operation == "resync" or work.kept(pair) == "home":
            return first
        return (*first, *self._switching.calls_in_step(work, pair))

    def lost(self, work: Work, pair: Pair) -> str:
        """Return what may be lost."""
        if work.operation == "failover":
            torn, last = (
                seen.get(key_of(pair), ()) for seen in (self._seen.last_consistent, self._seen.last_replicated)
            )
            short = self._seen.shortened.get(key_of(pair), "")
            unknown_age = age(work, pair, is_comparable=is_comparable(self._ends, pair, OTHER[work.to]))
            return lost_by_promotion(work, pair, torn, short, unknown_age) + (
                "" if last else without_duplicate(work, pair, NONE_FOUND)
            )
        return "" if work.operation == "switch" else self._resync.lost(work, pair)

    def loss_s(self, work: Work, pair: Pair) -> float | None:
        """Return how much may be lost, in seconds."""
        return loss_s(work, pair, self._seen.times) if work.operation == "failover" else 0.0

    def act(self, work: Work, run: Run) -> None:
        """Bring pairs where they should be: in rounds, each as far as its next wait, so that none holds up another."""
        courses = []
        for pair in work.pairs:
            deed = Deed()
            courses.append(_Course(pair, deed, self._carry_out(work, pair, deed, run)))
        try:
            self._in_rounds(courses, run)
        except (Cancelled, TimedOut) as ended:
            for one in courses:
                if one.has_begun and not one.has_ended:
                    _break_off(one, ended, run)
            raise

    def _in_rounds(self, courses: Sequence[_Course], run: Run) -> None:
        pause = FIRST_PAUSE_S
        while running := [one for one in courses if not one.has_ended]:
            self._rounds.begin()
            if any([_goes_on(one, run) for one in running]):  # noqa: C419 - each has its turn
                pause = FIRST_PAUSE_S
            elif waiting := [one.waits_for for one in running if not one.has_ended]:
                more = f", and {len(waiting) - 1} more wait" if len(waiting) > 1 else ""
                run.at(f"{waiting[0]}{more}")
                run.budget.pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)

    def _carry_out(self, work: Work, pair: Pair, deed: Deed, run: Run) -> Waits:
        if work.operation == "failover":
            self._promotion.carry_out(work, pair, deed, run.budget)
        elif work.operation == "switch":
            yield from self._switching.carry_out(work, pair, deed, run)
        else:
            if pair.row not in {1, 4}:
                yield from self._resync.carry_out(work, pair, deed, run)
            if work.operation == "failback" and work.kept(pair) == "remote":
                self._refuse_used(work, pair, run.budget)
                yield from self._switching.carry_out(work, pair, deed, run)

    def _refuse_used(self, work: Work, pair: Pair, budget: Budget) -> None:
        """Stop before the switch of a failback while hosts may be writing at remote."""
        if work.terms.io_stopped:
            return
        now = self._ends.now(pair, budget)
        try:
            refuse_used(self._ends, work, pair, OTHER[work.to], budget, now=now)
        except Refused as refusal:
            refusal.left_behind = "The remote array serves, and home is in step; the roles were not switched."
            raise


def _goes_on(one: _Course, run: Run) -> bool:
    """Go on with a pair until it has to wait; tell whether anything was done for it."""
    run.budget.check()
    run.at(one.pair.name)
    sent, one.has_begun = len(one.deed.calls), True
    try:
        one.waits_for = next(one.steps)
    except StopIteration:
        one.has_ended = True
        run.done(one.pair, one.deed.done())
    except DriverError as problem:
        one.has_ended = True
        run.done(one.pair, one.deed.done(problem))
        run.budget.check()
    return one.has_ended or len(one.deed.calls) != sent


def _break_off(one: _Course, ended: DriverError, run: Run) -> None:
    """End the steps of a pair that waits; each tells for itself what was sent, and what it waited for."""
    problem: DriverError | None = copy.copy(ended)
    try:
        one.steps.throw(copy.copy(ended))
    except StopIteration:
        problem = None
    except DriverError as told:
        problem = told
    run.done(one.pair, one.deed.done(problem))

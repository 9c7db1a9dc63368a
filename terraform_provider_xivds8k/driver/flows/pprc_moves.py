"""One step of an operation for many PPRC pairs: looked at right before, asked for in bulk, seen to have taken effect.

A step that has taken effect already is not asked for again; a pair that is not as the step needs it fails alone.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import Busy, Cancelled, DriverError, InDoubt, Refused, TimedOut
from ..pprcs import PairEnds
from ..replicating import OTHER, Pair, Side
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .pair_calls import SentCalls
from .pair_refusals import another_one, says
from .pair_views import PairViews
from .pair_work import Run, Work, is_another, key_of
from .pprc_bulk import (
    FOR_ALL,
    Holds,
    Send,
    ends_of,
    halves_at,
    in_bulk,
    is_copied_as,
    is_source,
    is_suspended,
    pprcs_of,
)
from .pprc_checks import PprcChecks
from .pprc_paths import MadePaths, PprcPaths
from .pprc_plans import SERVED, Arrive, FailOver, Join, Pause, Quiet, Resume, Step, call_of
from .pprc_readiness import is_wanted
from .pprc_sight import seen_now
from .volumes import UNDO_S

SHOWS_S = 60.0  # what the array said it did shows within
FRESH_S = 60.0  # how long a look at many pairs holds for those that are asked for after others
RESUMES_S = 15.0  # a pair that cannot copy is suspended again at once
FALLEN = frozenset({13, 14, 15, 16})  # no pair comes out of these by itself
SAYS: dict[type, str] = {
    Join: "making paths",
    Quiet: "looking who may write",
    FailOver: "failing over",
    Pause: "pausing",
    Resume: "letting them copy",
    Arrive: "copying what differs",
}

Failures = Mapping[str, DriverError]


class PprcMoves:
    """Take steps for one operation."""

    def __init__(self, views: PairViews, paths: PprcPaths, checks: PprcChecks, work: Work, run: Run) -> None:
        self._views = views
        self._paths = paths
        self._checks = checks
        self._work = work
        self._run = run
        self._relied_on: list[MadePaths] = []

    def release(self) -> None:
        """Say that the operation has ended: it relies on no path any more."""
        for made in self._relied_on:
            self._paths.release(made)

    def take(self, step: Step, pairs: Sequence[Pair], sent: SentCalls) -> Failures:
        """Take a step for pairs; return what went wrong, by ``key_of``, and add the calls that were made to ``sent``.

        Raises Cancelled or TimedOut where nothing more may be started.
        """
        self._run.budget.check()
        self._run.at(SAYS[type(step)])
        if isinstance(step, Join):
            return self._join(step, pairs, sent)
        if isinstance(step, Arrive):
            return self._arrive(step, pairs)
        try:
            if isinstance(step, Quiet):
                return self._quiet(step, pairs)
            return self._change(step, pairs, sent)
        except (Cancelled, TimedOut):
            raise
        except DriverError as error:
            return _for_each(pairs, error)

    def _join(self, step: Join, pairs: Sequence[Pair], sent: SentCalls) -> Failures:
        made = MadePaths()
        self._relied_on.append(made)
        try:
            self._paths.ensure(step.way, made, self._run.budget)
        except (Cancelled, TimedOut) as ended:
            left = self._paths.undo(made, Budget(LOOK_AFTER_STOP_S))
            ended.left_behind = f"Left behind: {', '.join(left)}." if left else ended.left_behind
            raise
        except DriverError as error:
            left = self._paths.undo(made, Budget(UNDO_S, self._run.budget.stop))
            error.moves_nothing = True
            error.left_behind = f"Left behind: {', '.join(left)}." if left else "The pairs are as they were."
            return _for_each(pairs, error)
        if made.ways:
            for pair in pairs:
                sent.begin(key_of(pair), call_of(step, pair))
                sent.end(key_of(pair))
        return {}

    # changing

    def _change(self, step: FailOver | Pause | Resume, pairs: Sequence[Pair], sent: SentCalls) -> Failures:
        if isinstance(step, FailOver):
            self._views.forget_silence()  # an array that was silent a moment ago may be back
        wanted, failures = self._wanted(step, pairs, sent)
        send, holds = self._asking(step)
        noting = _Noting(
            self._run, send, wanted, step, sent, lambda again: self._wanted(step, again, sent, afresh=True)
        )
        core = self._views.core(step.side)
        told = in_bulk(core, tuple(wanted), noting.sent, holds, self._run.budget) if wanted else {}
        noting.settle(told)
        failures |= {key_of(wanted[ends]): problem for ends, problem in told.items()}
        self._run.settle(pair for ends, pair in wanted.items() if not isinstance(told.get(ends), (InDoubt, *FOR_ALL)))
        done = {ends: pair for ends, pair in wanted.items() if ends not in told}
        return failures | self._unseen(step, done, holds)

    def _wanted(
        self, step: FailOver | Pause | Resume, pairs: Sequence[Pair], sent: SentCalls, *, afresh: bool = False
    ) -> tuple[dict[PairEnds, Pair], dict[str, DriverError]]:
        """Return for which pairs a step is to be asked for as they are now, and what keeps others from it."""
        now = seen_now(self._views, pairs, self._run.budget, afresh=afresh)
        failures: dict[str, DriverError] = {}
        wanted: dict[PairEnds, Pair] = {}
        for pair in pairs:
            try:
                if is_wanted(self._work, step, pair, now.get(key_of(pair))):
                    wanted[ends_of(pair, step.side)] = pair
            except DriverError as problem:
                failures[key_of(pair)] = problem
        failures |= self._written_now(step, wanted.values(), sent)
        failures |= self._alive_now(step, {key_of(pair): now[key_of(pair)] for pair in wanted.values()})
        return {ends: pair for ends, pair in wanted.items() if key_of(pair) not in failures}, failures

    def _asking(self, step: FailOver | Pause | Resume) -> tuple[Send, Holds]:
        pprcs = pprcs_of(self._views.core(step.side))
        if isinstance(step, FailOver):
            return lambda pairs, left: pprcs.create(pairs, step.kind, ("failover",), left), is_source
        if isinstance(step, Pause):
            return pprcs.pause, is_suspended
        return lambda pairs, left: pprcs.resume(pairs, step.kind, step.options, left), is_copied_as(step.kind)

    def _unseen(self, step: Step, done: Mapping[PairEnds, Pair], holds: Holds) -> dict[str, DriverError]:
        """Wait until what was asked for shows; return the pairs on which it does not."""
        if isinstance(step, Join | Arrive) or not done:
            return {}
        core, budget = self._views.core(step.side), self._run.budget
        missing, shows_s = dict(done), RESUMES_S if isinstance(step, Resume) else SHOWS_S

        def shown(look: Budget) -> bool:
            found = halves_at(core, look)
            for ends in [ends for ends in missing if holds(found.get(ends.id))]:
                del missing[ends]
            return not missing

        try:
            core.wait_until(Budget(min(shows_s, budget.left_s), budget.stop), shown, "it to show on the array")
        except (Cancelled, TimedOut) as ended:
            if budget.stop.is_set() or not budget.left_s:  # nobody waits any longer until it shows
                self._run.doubt(missing.values(), ended)
            budget.check()
        return {
            key_of(pair): Refused(
                f"{pair.name}: the {step.side} array said that it was done and does not show it",
                happened="It was asked for this: " + call_of(step, pair),
                next_step="Look at the pair on both arrays, at the paths, and at the room in the pools.",
            )
            for pair in missing.values()
        }

    # looking right before

    def _written_now(self, step: Step, pairs: Iterable[Pair], sent: SentCalls) -> Failures:
        """Look again who is logged in where a step is about to part with what they write."""
        if isinstance(step, FailOver) and step.in_step:
            parting = list(pairs)
        elif isinstance(step, Resume) and step.failback:
            parting = [pair for pair in pairs if _was_source(pair, OTHER[step.side])]
        else:
            return {}
        found = self._checks.writing_to({OTHER[step.side]: parting}, self._work, self._run.budget)
        for key, problem in found.items():
            if sent.of(key):
                problem.left_behind = f"This was done before: {', '.join(sent.of(key))}."
        return found

    def _quiet(self, step: Quiet, pairs: Sequence[Pair]) -> Failures:
        """Return the pairs that cannot go on, since hosts may write to the side that serves them."""
        found = self._checks.writing_to({step.side: pairs}, self._work, self._run.budget)
        for problem in found.values():
            problem.left_behind = f"The two sides are in step, and the {step.side} array goes on serving."
            problem.next_step = f"{problem.next_step} Then run it again: it goes on from here."
        return found

    def _alive_now(self, step: Step, now: Mapping[str, Pair]) -> Failures:
        """Look again whether the other side is alive where it is about to be taken for lost."""
        if not isinstance(step, FailOver) or step.in_step:
            return {}
        found = self._checks.alive(self._work, now.values(), self._run.budget)
        return {key: found[key_of(pair)] for key, pair in now.items() if key_of(pair) in found}

    # waiting

    def _arrive(self, step: Arrive, pairs: Sequence[Pair]) -> Failures:
        waiting = {key_of(pair): pair for pair in pairs}
        failures: dict[str, DriverError] = {}

        def arrived(look: Budget) -> bool:
            now = seen_now(self._views, waiting.values(), look)
            for key, pair in list(waiting.items()):
                found = now.get(key)
                gone = found is not None and is_another(pair, found)
                is_there = found is not None and not gone and found.row == SERVED[step.side] and found.mode == step.kind
                problem = None if is_there else _stuck(step, pair, found)
                if problem is not None:
                    failures[key] = problem
                if is_there or problem is not None:
                    del waiting[key]
            return not waiting

        what = f"{len(pairs)} pairs to be in step, served by the {step.side} array"
        try:
            self._views.core(step.side).wait_until(self._run.budget, arrived, what)
        except (Cancelled, TimedOut):
            raise
        except DriverError as error:  # an array that refuses to be looked at keeps only those that are waited for
            return failures | _for_each(tuple(waiting.values()), error)
        return failures


def _for_each(pairs: Sequence[Pair], error: DriverError) -> dict[str, DriverError]:
    """Return an error of its own for each pair: what is left behind may differ."""
    return {key_of(pair): copy.copy(error) for pair in pairs}


@dataclass(slots=True)
class _Noting:
    """Send a step's calls and take each down, with what came of it: a stop may leave nobody to tell of it later.

    ``look`` says anew, as right before the first call, for which pairs it is to be sent: what was waited for, or not
    answered, may have let a host write, or a silent array come back.
    """

    run: Run
    send: Send
    wanted: Mapping[PairEnds, Pair]
    step: FailOver | Pause | Resume
    calls: SentCalls
    look: Callable[[Sequence[Pair]], tuple[Mapping[PairEnds, Pair], Failures]]
    clock: Callable[[], float] = time.monotonic
    _begun: set[PairEnds] = field(default_factory=set)
    _withheld: dict[PairEnds, DriverError | None] = field(default_factory=dict)  # None: it is as wanted already
    _looked_at: float | None = field(init=False)

    def __post_init__(self) -> None:
        """Begin with a look just taken."""
        self._looked_at = self.clock()

    def sent(self, ends: tuple[PairEnds, ...], left: Budget) -> Mapping[PairEnds, DriverError]:
        """Send it for some; once more what was not answered, which it still is where that goes wrong."""
        if self._looked_at is None or self.clock() - self._looked_at > FRESH_S:
            self._look_again(ends)
        kept = {one: problem for one in ends for problem in [self._withheld.get(one)] if problem is not None}
        ends = tuple(one for one in ends if one not in self._withheld)
        return {**self._sent(ends, left), **kept} if ends else kept

    def _look_again(self, ends: tuple[PairEnds, ...]) -> None:
        wanted, problems = self.look([self.wanted[one] for one in ends])
        self._looked_at = self.clock()
        for one in ends:
            self._withheld.pop(one, None)
            if one not in wanted:
                self._withheld[one] = problems.get(key_of(self.wanted[one]))
                self._begun.discard(one)  # what came of it before stays taken down

    def _sent(self, ends: tuple[PairEnds, ...], left: Budget) -> Mapping[PairEnds, DriverError]:
        fresh = [one for one in ends if one not in self._begun]
        for one in fresh:
            self.calls.begin(key_of(self.wanted[one]), call_of(self.step, self.wanted[one]))
        self._begun |= set(ends)
        try:
            failures = self.send(ends, left)
        except DriverError as error:
            if isinstance(error, (Busy, InDoubt)):
                self._looked_at = None
            if isinstance(error, InDoubt):
                self.run.doubt([self.wanted[one] for one in ends], error)
            self._end(dict.fromkeys(ends if isinstance(error, InDoubt) else fresh, error))
            raise
        self._end({one: failures.get(one) for one in ends if one in fresh or one not in failures})
        return failures

    def settle(self, told: Mapping[PairEnds, DriverError]) -> None:
        """Take down what came of it in the end, by pair, None where it was carried out."""
        self._end({one: told.get(one) for one in self._begun})

    def _end(self, told: Mapping[PairEnds, DriverError | None]) -> None:
        for one, error in told.items():
            if not self.calls.end(key_of(self.wanted[one]), error):
                self._begun.discard(one)


def _was_source(pair: Pair, side: Side) -> bool:
    half = pair.half(side)
    return half is not None and half.role == "source"


def _stuck(step: Arrive, pair: Pair, now: Pair | None) -> DriverError | None:
    """Return why waiting for a pair is of no use, None while it is."""
    if now is not None and is_another(pair, now):
        return another_one(pair, now)
    source = now.half(step.side) if now is not None else None
    suspended = source is not None and (source.role != "source" or source.standing == "inactive")
    if now is not None and now.row not in FALLEN and not suspended:
        return None
    return Refused(
        f"{pair.name} does not copy any more",
        happened=f"Home says: {says(now, 'home')}; the remote array: {says(now, 'remote')}."
        if now is not None
        else "Neither array lists it.",
        left_behind=f"It is in row {now.row} ({now.state.replace('_', ' ')})." if now is not None else "",
        next_step="Look at the paths between the arrays and the room in the pools, then run it again.",
    )

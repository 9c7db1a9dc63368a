"""Switch, failover, resync and failback on a DS8000: many pairs a call, each with its own fate."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from ..errors import Cancelled, DriverError, TimedOut
from ..replicating import OTHER, Pair
from ..waiting import Budget
from .pair_calls import NOT_ANSWERED, SentCalls, sent_so_far
from .pair_views import PairViews
from .pair_work import NOT_KNOWN, Done, Run, Work, key_of, lost_from_now_on
from .pprc_checks import PprcChecks, inconsistent
from .pprc_global_copies import LEFT_AS_SYNC, PprcGlobalCopies
from .pprc_moves import PprcMoves
from .pprc_paths import PprcPaths, Way
from .pprc_plans import FailOver, Join, Resume, Step, call_of, is_unwritten, steps_of, ways_of


class PprcSteps:
    """Keep the contract of ``pair_work.PairSteps``; what ``problems`` saw of paths holds for what follows."""

    def __init__(self, views: PairViews) -> None:
        self._views = views
        self._paths = PprcPaths(views)
        self._checks = PprcChecks(views, self._paths)
        self._missing: frozenset[Way] = frozenset()

    def problems(self, work: Work, budget: Budget) -> Mapping[str, DriverError]:
        """Return what keeps pairs from moving."""
        self._missing = self._checks.missing_ways(work, budget)
        return self._checks.problems(work, self._missing, budget)

    def calls(self, work: Work, pair: Pair) -> tuple[str, ...]:
        """Return the calls that change something."""
        return tuple(call for step in self._plan(work, pair) for call in [call_of(step, pair)] if call)

    def lost(self, work: Work, pair: Pair) -> str:
        """Return what may be lost."""
        if work.operation == "switch":
            return ""
        if work.operation == "failover":
            return _lost_by_failover(work, pair)
        side = work.discarded(pair)
        gone = pair.half(side)
        if gone is None or gone.role != "source" or is_unwritten(work, pair):
            return ""
        much = f" (up to {gone.missing_bytes} bytes)" if gone.missing_bytes else ""
        return f"what the {side} array was written since the sides parted{much} is gone, and no copy of it is made"

    def loss_s(self, work: Work, pair: Pair) -> float | None:
        """Return how much may be lost, in seconds."""
        lacks_nothing = pair.row in {1, 4} and pair.mode == "metro_mirror" and pair.answers(OTHER[work.to])
        return 0.0 if lacks_nothing else None

    def act(self, work: Work, run: Run) -> None:
        """Bring pairs where they should be: all whose next step is the same take it together."""
        moves = PprcMoves(self._views, self._paths, self._checks, work, run)
        copies = PprcGlobalCopies(self._views, work, run)
        pairs = {key_of(pair): pair for pair in work.pairs}
        left = {key: list(self._plan(work, pair)) for key, pair in pairs.items()}
        sent = SentCalls()
        try:
            while left:
                step = next(iter(left.values()))[0]
                group = [pairs[key] for key, steps in left.items() if steps[0] == step]
                failures = moves.take(step, group, sent)
                copies.put_back({key: left[key] for key in failures}, pairs, failures)
                for pair in group:
                    done = Done(calls=sent.of(key_of(pair)), problem=failures.get(key_of(pair)))
                    self._taken(work, run, pair, left, done)
        except (Cancelled, TimedOut) as ended:
            endings = {key: copy.copy(ended) for key in left}  # each tells what was sent for itself
            copies.put_back(left, pairs, endings)
            for key, problem in endings.items():
                self._broken_off(work, run, pairs[key], Done(calls=sent.of(key), problem=problem))
            raise
        finally:
            moves.release()

    def _taken(self, work: Work, run: Run, pair: Pair, left: dict[str, list[Step]], done: Done) -> None:
        """Go on with a pair's next step, or report it where it failed or there is none."""
        key = key_of(pair)
        left[key].pop(0)
        if done.problem is not None or not left[key]:
            del left[key]
            lost = self.lost(work, pair) if done.problem is None else self._lost_by(work, pair, done.calls)
            run.done(pair, Done(calls=done.calls, lost=lost, problem=done.problem))

    def _broken_off(self, work: Work, run: Run, pair: Pair, done: Done) -> None:
        """Report a pair for which something was sent, or put back, before nothing more could be started."""
        problem = done.problem
        if problem is None or not (done.calls or LEFT_AS_SYNC in problem.left_behind):
            return
        if done.calls:
            problem.left_behind = f"{problem.left_behind} {sent_so_far(done.calls)}".strip()
        run.done(pair, Done(calls=done.calls, lost=self._lost_by(work, pair, done.calls), problem=problem))

    def _lost_by(self, work: Work, pair: Pair, calls: tuple[str, ...]) -> str:
        """Return what may be lost by calls that were carried out, or may be."""
        sent = {call.removesuffix(NOT_ANSWERED) for call in calls}
        is_given_up = any(_gives_up(step) and call_of(step, pair) in sent for step in self._plan(work, pair))
        return self.lost(work, pair) if is_given_up else ""

    def _plan(self, work: Work, pair: Pair) -> tuple[Step, ...]:
        steps = steps_of(work, pair)
        return (*(Join(way) for way in ways_of(pair, steps) if way in self._missing), *steps)


def _gives_up(step: Step) -> bool:
    """Tell whether a step parts with what one side was written, or promotes a copy."""
    return isinstance(step, FailOver) or (isinstance(step, Resume) and step.failback)


def _lost_by_failover(work: Work, pair: Pair) -> str:
    other = OTHER[work.to]
    source = pair.half(other)
    told = inconsistent(pair, work.to)
    mixed = f"; the copy may be inconsistent: {told}" if told else ""
    if source is None:
        return f"{NOT_KNOWN}{mixed}"
    if pair.row in {1, 4} and source.mode == "metro_mirror":
        return lost_from_now_on(other)
    much = f": up to {source.missing_bytes} bytes" if source.missing_bytes is not None else ""
    return f"what the {other} array did not copy yet{much}{mixed}"

"""What an operation on pairs consists of, and what each family adds to it.

``failovers`` decides which pairs are to move and refuses what the table refuses; the steps of a family look for what
only it can have, name the calls, and make them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from ..errors import DriverError
from ..replicating import NOT_UNDERSTOOD, OTHER, Member, Operation, Pair, Side, Subject, Terms
from ..waiting import Budget, Progress
from .pair_calls import with_sent
from .pair_views import PairViews

PULSE_S = 3.0  # a line at least every 5 s, whatever the array does meanwhile and however busy the machine is
NOT_KNOWN = "not known: the other side may have gone on alone"  # what a copy lacks while its source is silent
BY_OTHERS = "was there by now: somebody else did it, or an earlier call"
DONE, STOPPED = "done", "stopped"


@dataclass(frozen=True, slots=True)
class Work:
    """Be an operation on pairs that are not yet where it is to bring them.

    ``keeps`` says by ``key_of`` whose data stays where the two sides may differ; for a switch both have the same.
    ``evidence`` tells which side was written last, of those both sides of which may have been.
    """

    operation: Operation
    to: Side
    terms: Terms
    pairs: tuple[Pair, ...]
    keeps: Mapping[str, Side]
    evidence: Mapping[str, str] = field(default_factory=dict)

    def kept(self, pair: Pair) -> Side:
        """Return the side whose data stays."""
        return self.keeps[key_of(pair)]

    def discarded(self, pair: Pair) -> Side:
        """Return the side whose own changes, if there are any, leave it."""
        return OTHER[self.kept(pair)]


@dataclass(frozen=True, slots=True)
class Done:
    """Say what became of one pair."""

    calls: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    lost: str = ""
    problem: DriverError | None = None


@dataclass(slots=True)
class Run:
    """Collect what becomes of the pairs, and tell the user how far it is.

    A line comes when a pair is done, and at least every few seconds while nothing else is told.  Whether a pair whose
    steps stopped has failed, only a last look shows.  ``awaiting`` are the pairs, by ``key_of``, for which calls were
    foreseen: one that is done without any came there otherwise.
    """

    views: PairViews
    budget: Budget
    progress: Progress
    total: int = 0
    results: dict[str, Done] = field(default_factory=dict)
    doubts: dict[str, DriverError] = field(default_factory=dict)  # sent, and not known to be carried out or refused
    step: str = "looking at both arrays"
    awaiting: frozenset[str] = frozenset()
    _told_at: float = 0.0
    _verdicts: dict[str, str] = field(default_factory=dict)

    def tell(self, line: str) -> None:
        """Tell a line now."""
        self._told_at = time.monotonic()
        self.progress(line)

    def at(self, step: str) -> None:
        """Say what is being done, for the line that comes while nothing else is told."""
        self.step = step

    def done(self, pair: Pair, done: Done) -> None:
        """Take down what became of a pair, and tell it."""
        key = key_of(pair)
        if done.problem is not None:
            done = replace(done, problem=with_sent(done.problem, done.calls))
        self.results[key] = done
        came_otherwise = done.problem is None and not done.calls and key in self.awaiting
        self._verdicts[key] = STOPPED if done.problem is not None else BY_OTHERS if came_otherwise else DONE
        why = f": {done.problem.summary}" if done.problem is not None else ""
        self.tell(f"{pair.name}: {self._verdicts[key]}{why} ({len(self.results)} of {self.total})")

    def conclude(self, pair: Pair, member: Member) -> None:
        """Tell what became of a pair as a last look shows it, where something else was told before."""
        told = self._verdicts.get(key_of(pair))
        if member.outcome == "failed":
            if told not in {None, STOPPED}:
                self.tell(f"{pair.name}: {'in doubt' if member.in_doubt else 'failed'} after all: {member.problem}")
            return
        verdict = BY_OTHERS if member.by_others else DONE
        if told not in {None, verdict}:
            self.tell(f"{pair.name}: {verdict}, as a last look shows")

    def failed(self, pairs: Sequence[Pair], problem: DriverError, calls: tuple[str, ...] = ()) -> None:
        """Take down that pairs failed, each for the same reason."""
        for pair in pairs:
            self.done(pair, Done(calls=calls, problem=problem))

    def doubt(self, pairs: Iterable[Pair], problem: DriverError) -> None:
        """Take down that something was sent for pairs of which it is not known whether it took effect."""
        self.doubts |= {key_of(pair): problem for pair in pairs}

    def settle(self, pairs: Iterable[Pair]) -> None:
        """Take down that nothing is open any more for pairs."""
        for pair in pairs:
            self.doubts.pop(key_of(pair), None)

    @contextmanager
    def pulse(self) -> Iterator[None]:
        """Tell that it goes on, every few seconds, while the block runs."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(PULSE_S / 4):
                if time.monotonic() - self._told_at >= PULSE_S - PULSE_S / 4:
                    so_far = f": {len(self.results)} of {self.total} done" if self.total else ""
                    self.tell(f"{self.step}{so_far}")

        self._told_at = time.monotonic()
        thread = threading.Thread(target=beat, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


class PairSteps(Protocol):
    """What a family does to its pairs; every mutation is preceded by a fresh look at what it could hurt."""

    def problems(self, work: Work, budget: Budget) -> Mapping[str, DriverError]:
        """Return, by ``key_of``, why the operation cannot be done to a pair: what the table does not know.

        Bulk reads only: in a constant number of calls however many pairs there are.
        """

    def calls(self, work: Work, pair: Pair) -> tuple[str, ...]:
        """Return the calls that would change something, in order, each with the array it goes to."""

    def lost(self, work: Work, pair: Pair) -> str:
        """Return what the kept side may lack, in words fit for a report; empty where it lacks nothing."""

    def loss_s(self, work: Work, pair: Pair) -> float | None:
        """Return how many seconds of writes the kept side lacks at most, None where it is not known."""

    def act(self, work: Work, run: Run) -> None:
        """Bring every pair where it should be and report each to the run; one that fails does not stop the others.

        Raises Cancelled or TimedOut where nothing more may be started; what was not reported then is looked at anew.
        """


def lost_from_now_on(other: Side) -> str:
    """Return what a promoted side lacks that had everything, in words."""
    return f"nothing written so far; what the {other} array is written from now on is not here"


def key_of(pair: Pair) -> str:
    """Return what tells pairs apart within one operation."""
    ids = (half.id if half is not None else "-" for half in (pair.home, pair.remote))
    return f"{pair.subject} {':'.join(ids)}"


def is_another(pair: Pair, now: Pair) -> bool:
    """Tell whether what is found by one volume of a pair has, as far as is known, another one on the other side.

    What nobody understands is told as that.
    """
    ids = ((pair.id, now.id), (pair.remote_id, now.remote_id))
    return now.row != NOT_UNDERSTOOD and any(None not in {was, by_now} and was != by_now for was, by_now in ids)


def with_ids(name: str, subject: Subject, own_id: str | None, remote_id: str | None) -> str:
    """Return what a replication is called in a text with the ids it can be named by; those of a group are its names."""
    if subject == "group":
        return name
    return f"{name} (id {own_id or 'not known'}, remote id {remote_id or 'not known'})"


def was_paused(pair: Pair, to: Side) -> bool:
    """Tell whether a Global Copy is paused, as a planned move of it that was broken off early leaves it."""
    old = pair.half(OTHER[to])
    is_paused = old is not None and old.pair_id is not None and old.mode == "global_copy" and old.standing == "inactive"
    return is_paused and pair.row == (2 if to == "remote" else 5)

"""Many mirrors are waited for at once: in rounds, each with one look at all of them, so that none holds up another.

A wait ends early where the array does not copy any more: somebody stopped the mirror, or ended it.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

from ..errors import Cancelled, DriverError, Refused, TimedOut
from ..replicating import OTHER, Pair, Side
from ..waiting import Budget
from .mirror_ends import MirrorEnds
from .pair_outcomes import found_in, keys
from .pair_refusals import another_one, says
from .pair_work import is_another

SETTLES_S = 10.0  # what was started and never seen to run is given so long
IN_STEP: dict[Side, int] = {"home": 1, "remote": 4}

Waits = Generator[str, None, None]  # what is waited for, in words; goes on in the next round


class Rounds:
    """Look at all pairs once a round, for whoever waits."""

    def __init__(self, ends: MirrorEnds) -> None:
        self._ends = ends
        self._seen: Mapping[str, Pair] | DriverError | None = None
        self._one_is_silent = False

    def begin(self) -> None:
        """Begin a round: what the one before saw is forgotten."""
        self._seen = None

    def until(self, pair: Pair, serving: Side, holds: Callable[[Pair, Budget], bool], what: str, step: str) -> Wait:
        """Return the wait for something to hold of a pair that copies from one side to the other."""
        return Wait(self._ends, self, pair, serving, holds, what, step)

    def in_step(self, pair: Pair, serving: Side, step: str) -> Wait:
        """Return the wait for a pair to be in step."""
        what = f"{pair.name} to be in step with {serving} serving"
        return self.until(pair, serving, lambda now, _: now.row == IN_STEP[serving], what, step)

    def now(self, pair: Pair, budget: Budget) -> Pair | None:
        """Return a pair as this round's look shows it, None where that does not list it; raises what kept from it."""
        if self._seen is None:
            try:
                look = self._ends.views.look(budget, afresh=True)
            except DriverError as error:
                self._seen = error
            else:
                self._seen = {key: one for one in look.pairs for key in keys(one)}
                self._one_is_silent = bool(look.silent)
        if isinstance(self._seen, DriverError):
            raise copy.copy(self._seen)
        return found_in(self._seen, pair)

    def why_stuck(self, pair: Pair, serving: Side, now: Pair | None) -> Refused | None:
        """Return why a pair does not copy any more, as far as this round's look shows it."""
        if now is None:
            return None if self._one_is_silent else _stuck(pair, now)
        source, target = now.half(serving), now.half(OTHER[serving])
        stands = source is None or source.role != "source" or source.standing == "inactive"
        turned = target is None or target.role != "target"
        is_stuck = (stands and now.answers(serving)) or (turned and now.answers(OTHER[serving]))
        return _stuck(pair, now) if is_stuck else None


@dataclass(slots=True)
class Wait:
    """Wait for one pair, a look a round."""

    ends: MirrorEnds
    rounds: Rounds
    pair: Pair
    serving: Side
    holds: Callable[[Pair, Budget], bool]
    what: str
    step: str
    _began_s: float = field(default_factory=time.monotonic)
    _was_well: bool = False
    _stuck: Refused | None = None
    _is_stuck: bool = False

    def rest(self, budget: Budget) -> Waits:
        """Wait from the next round on; raises Refused where it would be for nothing, NotFound, TimedOut, Cancelled."""
        while True:
            try:
                yield self.step
            except (Cancelled, TimedOut) as ended:
                ended.happened = f"It was still waiting for this: {self.what}. The array goes on by itself."
                raise
            if self.ends.core("home").holds_now(budget, self._is_over):
                break
        if self._is_stuck and self._stuck is not None:
            raise self._stuck

    def _is_over(self, budget: Budget) -> bool:
        now = self.rounds.now(self.pair, budget)
        if now is not None and is_another(self.pair, now):
            self._stuck, self._is_stuck = another_one(self.pair, now), True
            return True
        if now is not None and self.holds(now, budget):
            return True
        again = self._stuck is not None
        self._stuck = self.rounds.why_stuck(self.pair, self.serving, now)
        is_seen = now is not None and now.answers(self.serving)
        self._was_well = self._was_well or (is_seen and self._stuck is None)
        shows = self._was_well or time.monotonic() - self._began_s >= SETTLES_S
        self._is_stuck = self._stuck is not None and again and shows  # twice: a look at two arrays is not of one moment
        return self._is_stuck


def _stuck(pair: Pair, now: Pair | None) -> Refused:
    return Refused(
        f"{pair.name} does not copy any more",
        happened=f"Home says: {says(now, 'home')}; the remote array: {says(now, 'remote')}."
        if now is not None
        else "Neither array lists it.",
        left_behind=f"It is in row {now.row} ({now.state.replace('_', ' ')})." if now is not None else "",
        next_step="Find out who stopped or changed it, and look at the link between the arrays; then run it again: it "
        "finishes what is left.",
    )

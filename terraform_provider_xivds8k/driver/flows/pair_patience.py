"""How long an array is waited for that may be dead, and how a slow one is told from it.

One that is to be left, or only looked at, is given up soon; one that an operation cannot do without is not.  Whatever
it answers meanwhile proves that it is alive: where nothing comes for a moment, it is asked a question beside the one
that may be long to answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from math import inf
from typing import TypeVar

from ..answering import Answering
from ..errors import TimedOut, Unreachable
from ..replicating import Side
from ..waiting import Budget

T = TypeVar("T")

LOOK_S = 20.0  # at most, for an array that may be dead
AGAIN_S = 5.0  # for one that was silent a moment ago
KNOCK_S = 2.0  # before it is asked something else beside
BOTH_NEEDED_S = 60.0  # where nothing can be done without either: signing in may take 30 s (ds8k-rest.md §1.1 [S])
DEAD = (Unreachable, TimedOut)  # not Busy: an array that says so is alive, and may be writing


@dataclass(frozen=True, slots=True)
class Patience:
    """Say how long arrays are waited for; ``needed`` are seconds by the sides an operation cannot do without."""

    look_s: float = LOOK_S
    again_s: float = AGAIN_S
    knock_s: float = KNOCK_S
    needed: Mapping[Side, float] = field(default_factory=dict)

    def budget(self, side: Side, within: Budget, *, again: bool) -> Budget:
        """Return what a look at one side may take; ``again`` where nothing at all came from it a moment ago."""
        least_s = self.again_s if again else self.look_s
        return Budget(min(max(least_s, self.needed.get(side, 0.0)), within.left_s), within.stop)

    def needing(self, sides: tuple[Side, ...]) -> Patience:
        """Return the patience of what needs sides: one as long as the caller has time, both alike."""
        return replace(self, needed=dict.fromkeys(sides, inf if len(sides) == 1 else BOTH_NEEDED_S))


PATIENCE = Patience()


def asked(array: Answering, budget: Budget, knock_s: float, ask: Callable[[Budget], T]) -> T:
    """Ask an array that may be dead; the error of one that answered anything meanwhile has ``was_heard``."""
    before = array.answers
    try:
        with _knocking(array, budget, knock_s, before):
            return ask(budget)
    except DEAD as error:
        error.was_heard = array.answers != before
        raise


@contextmanager
def _knocking(array: Answering, budget: Budget, after_s: float, before: int) -> Iterator[None]:
    """Ask the array which one it is, in a thread of its own, when the block runs for a while and nothing has come."""

    def knock() -> None:
        if array.answers == before:
            with suppress(Exception):  # whatever it answers counts, and nothing is no news
                array.greet(budget)

    timer = threading.Timer(after_s, knock)
    timer.name, timer.daemon = "knocking", True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

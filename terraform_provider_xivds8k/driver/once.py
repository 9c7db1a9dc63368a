"""What is asked once for all threads: one asks, the others wait no longer than their budgets allow.

A failure is told to all who waited for it, so that an array that does not answer is waited for once and not by every
thread in turn; who comes later asks again.
"""

from __future__ import annotations

import copy
import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from .errors import BadCredentials, Cancelled, DriverError, TimedOut, Unreachable
from .waiting import Budget, in_turn

T = TypeVar("T")

SILENT = (Unreachable, TimedOut, BadCredentials)
TELLING_S = 10.0


class Recent(Generic[T]):
    """Hold what the array said at most ``lives_s`` seconds ago.

    That an array does not answer is remembered for ``silent_s`` seconds: a refresh of a thousand objects then ends with
    the first wait and not after a hundred.
    """

    def __init__(
        self,
        ask: Callable[[Budget], T],
        lives_s: float,
        *,
        silent_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._lives_s = lives_s
        self._silent_s = silent_s
        self._clock = clock
        self._turn = threading.Lock()
        self._held: tuple[float, float, T] | None = None  # when asking began and ended
        self._failure: tuple[float, DriverError] | None = None
        self._forgotten = 0

    @property
    def is_silent(self) -> bool:
        """Tell whether it is remembered that the array does not answer."""
        failure = self._failure
        return failure is not None and self._still_silent(*failure)

    @property
    def known(self) -> T | None:
        """Return it while it is fresh; asks nothing."""
        return self._fresh(None)

    def _fresh(self, within_s: float | None) -> T | None:
        held = self._held
        if held is None or self._clock() - held[0] > self._lives_s:  # what was said later may be as old as the question
            return None
        return held[2] if within_s is None or self._clock() - held[1] < within_s else None

    def forget(self) -> None:
        """Ask anew the next time, whatever is being asked now."""
        self._forgotten += 1
        self._held = self._failure = None

    def get(self, budget: Budget, *, within_s: float | None = None) -> T:
        """Return it, asked now where it is not fresh or was not answered ``within_s``; raises what asking raised."""
        known = self._fresh(within_s)
        if known is not None:
            return known
        began = self._clock()
        with in_turn(self._turn, budget):
            known, failure = self._fresh(within_s), self._failure
            if known is not None:
                return known
            if failure is not None and (failure[0] > began or self._still_silent(*failure)):
                raise copy.copy(failure[1])
            return self._asked(budget)

    def _asked(self, budget: Budget) -> T:
        began, forgotten, self._failure = self._clock(), self._forgotten, None
        try:
            said = self._ask(budget)
        except Cancelled:
            raise
        except DriverError as error:
            if self._forgotten == forgotten:
                self._failure = self._told_to_others(error, budget, self._clock() - began)
            raise
        if self._forgotten == forgotten:
            self._held = began, self._clock(), said
        return said

    def _told_to_others(self, error: DriverError, budget: Budget, took_s: float) -> tuple[float, DriverError] | None:
        """Return what a failure says to who waited for it; a caller whose own time was short says nothing."""
        if isinstance(error, TimedOut) and budget.left_s <= 0:
            if took_s < TELLING_S:
                return None
            error = TimedOut(
                "The array does not answer",
                happened=f"Another call of this run waited {took_s:.0f} s for it. {error.happened}".rstrip(),
                next_step="Look at the array's health, then run it again.",
            )
        return self._clock(), error

    def _still_silent(self, failed_at: float, error: DriverError) -> bool:
        return isinstance(error, SILENT) and self._clock() - failed_at < self._silent_s


class Once(Recent[T]):
    """Hold something that is found out once and never changes."""

    def __init__(self, ask: Callable[[Budget], T]) -> None:
        super().__init__(ask, math.inf)

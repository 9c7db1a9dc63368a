"""What is asked once for all threads: one asks, the others wait no longer than their budgets allow.

A failure is told to all who waited for it, so that an array that does not answer is waited for once and not by every
thread in turn; who comes later asks again.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from .errors import Cancelled, DriverError, TimedOut
from .waiting import Budget, in_turn

T = TypeVar("T")


class Once(Generic[T]):
    """Hold something that is found out once and never changes."""

    def __init__(self, ask: Callable[[Budget], T]) -> None:
        self._ask = ask
        self._turn = threading.Lock()
        self._known: list[T] = []
        self._failed_at = 0.0
        self._failure: DriverError | None = None

    @property
    def known(self) -> T | None:
        """Return it if it was found out already; asks nothing."""
        return self._known[0] if self._known else None

    def get(self, budget: Budget) -> T:
        """Return it, asked now if nobody has yet; raises what asking raised."""
        if self._known:
            return self._known[0]
        began = time.monotonic()
        with in_turn(self._turn, budget):
            if self._known:
                return self._known[0]
            if self._failure is not None and self._failed_at > began:
                raise copy.copy(self._failure)  # one exception in several threads would mix their tracebacks
            self._known.append(self._asked(budget))
            return self._known[0]

    def _asked(self, budget: Budget) -> T:
        self._failure = None
        try:
            return self._ask(budget)
        except (Cancelled, TimedOut):
            raise  # this caller's time is over, not the others'
        except DriverError as error:
            self._failure, self._failed_at = error, time.monotonic()
            raise

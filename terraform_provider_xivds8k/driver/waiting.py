"""How long an operation may take, and the user's wish to stop it.

Every call to an array is made under a Budget: it bounds the call, ends waits at once when the run is stopped, and
lets one short look-up follow a stop.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from .errors import Cancelled, TimedOut

LOOK_AFTER_STOP_S = 2.0  # a stopped run gets its one look-up, then ends (DESIGN: plugin runtime)
TURN_S = 0.1

Progress = Callable[[str], None]  # tells a user how far an operation has come, a line at a time


class Stop(Protocol):
    """The sign to stop."""

    def is_set(self) -> bool:
        """Tell whether the run shall stop."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the sign; tell whether it was given."""

    def on_set(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Run ``callback`` when the sign is given, at once if it was; return how to take that back."""


class NoStop:
    """Be a sign that is never given, for callers without one."""

    def is_set(self) -> bool:
        """Tell that nobody wants to stop."""
        return False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait the whole time."""
        time.sleep(timeout or 0)
        return False

    def on_set(self, callback: Callable[[], None]) -> Callable[[], None]:  # noqa: ARG002 - the sign never comes
        """Keep nothing."""
        return lambda: None


class Budget:
    """Bound one operation by a deadline on the monotonic clock and by the user's wish to stop."""

    def __init__(
        self, seconds: float, stop: Stop | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self.asked_s = seconds
        self.stop: Stop = stop or NoStop()
        self._expires_at = clock() + seconds

    @property
    def left_s(self) -> float:
        """Return the seconds left, never negative."""
        return max(0.0, self._expires_at - self._clock())

    def check(self, so_far: str = "") -> None:
        """Raise Cancelled or TimedOut where nothing more may be started; TimedOut tells what happened ``so_far``."""
        if self.stop.is_set():
            raise Cancelled("The run was stopped", next_step="Run it again to finish what is left.")
        if self.left_s <= 0:
            raise TimedOut(
                f"Not done within {round(self.asked_s, 1):g} s",
                happened=so_far,
                next_step="Run it again, or allow more time: in a resource's timeouts, an action's timeout.",
            )

    def call_s(self, limit_s: float) -> float:
        """Return how long one array call may take, ``limit_s`` at most; raises as ``check``."""
        self.check()
        return min(limit_s, self.left_s)

    def pause(self, seconds: float) -> None:
        """Wait; raises Cancelled at once when the run is stopped, TimedOut when the time would not be enough."""
        self.check()
        if self.left_s < seconds:
            self.stop.wait(self.left_s)
            self.check()
        elif self.stop.wait(seconds):
            self.check()

    def for_a_look(self) -> Budget:
        """Return the budget of the one look-up after a lost answer: two seconds where the run was stopped."""
        if self.stop.is_set():
            return Budget(LOOK_AFTER_STOP_S, clock=self._clock)
        return Budget(max(self.left_s, LOOK_AFTER_STOP_S), self.stop, clock=self._clock)


@contextmanager
def in_turn(lock: threading.Lock, budget: Budget) -> Iterator[None]:
    """Hold a lock that calls to the array are made under; raises Cancelled or TimedOut while it is somebody else's."""
    while not lock.acquire(timeout=TURN_S):
        budget.check()
    try:
        yield
    finally:
        lock.release()

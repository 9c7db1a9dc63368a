"""Who changes the roles of a pair: one operation at a time within this process, whichever driver it was asked of.

Between processes nothing but a look right before each step helps.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ..replicating import Pair
from ..waiting import Budget, in_turn


class Turns:
    """Hand out turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def of(self, pair: Pair, budget: Budget) -> Iterator[None]:
        """Have a pair alone while the block runs; raises Cancelled or TimedOut while it is somebody else's.

        Each of its halves counts, so that it is the same pair whichever array is silent.
        """
        halves = [half for half in (pair.home, pair.remote) if half is not None]
        with ExitStack() as stack:
            for name in sorted(f"{half.system_id}/{half.subject}/{half.id}" for half in halves):
                stack.enter_context(self._one(name, budget))
            yield

    @contextmanager
    def _one(self, name: str, budget: Budget) -> Iterator[None]:
        with self._lock:
            lock, waiting = self._held.get(name, (threading.Lock(), 0))
            self._held[name] = (lock, waiting + 1)
        try:
            with in_turn(lock, budget):
                yield
        finally:
            with self._lock:
                lock, waiting = self._held[name]
                self._held[name] = (lock, waiting - 1)
                if waiting == 1:
                    del self._held[name]


TURNS = Turns()

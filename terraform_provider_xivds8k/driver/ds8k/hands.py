"""Threads that make one call after another: starting one for each would cost a tenth of what a call costs.

A call whose caller went away goes on in its thread, which nobody waits for, and which takes the next one afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

IDLE_S = 10.0  # after that a thread without work ends

Work = Callable[[], None]


class Hands:
    """Run work in threads that are kept for a while; work raises nothing."""

    def __init__(self, name: str, idle_s: float = IDLE_S) -> None:
        self._name = name
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Work | None]] = []

    def run(self, work: Work) -> None:
        """Have work done by a thread that has none, or by a new one."""
        with self._lock:
            tasks = self._idle.pop() if self._idle else None
        if tasks is not None:
            tasks.put(work)
            return
        threading.Thread(target=self._work, args=(work,), name=self._name, daemon=True).start()

    def let_go(self) -> None:
        """Have every thread that has no work end now."""
        with self._lock:
            idle, self._idle = self._idle, []
        for tasks in idle:
            tasks.put(None)

    def _work(self, first: Work) -> None:
        tasks: SimpleQueue[Work | None] = SimpleQueue()
        work: Work | None = first
        while work is not None:
            work()
            del work  # and with it whatever it answered
            with self._lock:
                self._idle.append(tasks)
            work = self._next(tasks)

    def _next(self, tasks: SimpleQueue[Work | None]) -> Work | None:
        try:
            return tasks.get(timeout=self._idle_s)
        except Empty:
            with self._lock:
                if tasks in self._idle:
                    self._idle.remove(tasks)
                    return None
        return tasks.get()  # given in the very moment

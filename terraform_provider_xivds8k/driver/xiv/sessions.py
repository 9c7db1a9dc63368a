"""The connections of one array: at most so many at once, reused while they are fresh.

Knows no commands; which endpoint to ask, and what may be asked again, is left to ``client``.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .. import tls
from ..endpoints import Endpoint
from ..errors import TimedOut, Unreachable
from ..objects import Connection as Trust
from ..reaching import NothingSentError
from ..waiting import Budget
from .connection import SLICE_S, Connection, open_connection

IDLE_S = 30.0


class Sessions:
    """Lend connections; safe to share among threads."""

    def __init__(self, trust: Trust, most: int) -> None:
        self._trust = trust
        self._slots = threading.BoundedSemaphore(most)
        self._most = most
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Connection]] = []  # oldest first
        self._lent: set[Connection] = set()
        self._opening = 0
        self._context: ssl.SSLContext | None = None
        self._closed = False

    @contextmanager
    def slot(self, budget: Budget) -> Iterator[None]:
        """Wait until one more connection may be open."""
        while not self._slots.acquire(timeout=budget.call_s(SLICE_S)):
            budget.check()
        try:
            yield
        finally:
            self._slots.release()

    def find_idle(self, endpoint: Endpoint) -> Connection | None:
        """Return a connection that was used before and is still open and silent."""
        with self._lock:
            self._retire()
            for position in range(len(self._idle) - 1, -1, -1):
                connection = self._idle[position][1]
                if connection.endpoint == endpoint:
                    del self._idle[position]
                    if connection.is_usable():
                        self._lent.add(connection)
                        return connection
                    connection.close()
        return None

    def open(self, endpoint: Endpoint, budget: Budget, limit_s: float) -> Connection:
        """Return a new connection, made within ``limit_s``; raises NothingSentError, Unreachable, Refused."""
        with self._lock:
            if self._closed:
                raise Unreachable("The driver was closed", next_step="Open it again.")
            if self._context is None:
                self._context = tls.context_for(self._trust)
            context = self._context
            self._retire()
            while self._idle and len(self._idle) + len(self._lent) + self._opening >= self._most:
                self._idle.pop(0)[1].close()
            self._opening += 1
        opened: list[Connection] = []
        try:
            inner = Budget(budget.call_s(limit_s), budget.stop)
            try:
                opened.append(open_connection(endpoint, context, self._trust, inner))
            except TimedOut as error:
                budget.check(f"{endpoint}: no connection so far.")
                raise NothingSentError(f"no connection within {round(inner.asked_s, 1):g} s") from error
        finally:
            with self._lock:
                self._opening -= 1
                self._lent.update(opened)
        return opened[0]

    def give_back(self, connection: Connection, *, usable: bool) -> None:
        """Take a connection back, to be used again or closed."""
        with self._lock:
            self._lent.discard(connection)
            if usable and not self._closed:
                self._idle.append((time.monotonic(), connection))
                return
        connection.close()

    def close(self) -> None:
        """Close what is idle; calls under way fail."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for connection in self._lent:
                connection.abandon()
        for _, connection in idle:
            connection.close()

    def _retire(self) -> None:
        oldest = time.monotonic() - IDLE_S
        while self._idle and self._idle[0][0] < oldest:
            self._idle.pop(0)[1].close()

"""The user's wish to stop: set once by StopProvider, seen by everything that waits."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable

_log = logging.getLogger("plugin")

MOST_CONNECTIONS = 64


class Cancellation:
    """Be the sign to stop: waits end, and callbacks close what a waiting call is blocked on."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def is_set(self) -> bool:
        """Tell whether the run shall stop."""
        return self._event.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait at most ``timeout`` seconds for the sign; tell whether it was given."""
        return self._event.wait(timeout)

    def set(self) -> None:
        """Give the sign and run every callback once; one that fails does not keep the others from it."""
        self._event.set()
        with self._lock:
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback()
            except Exception as error:  # noqa: BLE001 - whatever could not be closed ends with its deadline
                _log.warning("a waiting call could not be ended", exc_info=error)

    def on_set(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Run ``callback`` when the sign is given, at once if it was; return how to take that back."""
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return lambda: self._forget(callback)
        callback()
        return lambda: None

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)


class Cancellations:
    """Keep a sign for each connection, since a debug process outlives the runs that ask it to stop."""

    def __init__(self) -> None:
        self._by_peer: OrderedDict[str, Cancellation] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, peer: str) -> Cancellation:
        """Return the sign of a connection; those not heard of for long are forgotten."""
        with self._lock:
            found = self._by_peer.setdefault(peer, Cancellation())
            self._by_peer.move_to_end(peer)
            while len(self._by_peer) > MOST_CONNECTIONS:
                self._by_peer.popitem(last=False)
            return found

    def set_all(self) -> None:
        """Give every connection the sign."""
        with self._lock:
            known = list(self._by_peer.values())
        for one in known:
            one.set()

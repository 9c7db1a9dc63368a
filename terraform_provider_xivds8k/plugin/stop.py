"""The user's wish to stop: set once by StopProvider, seen by everything that waits."""

from __future__ import annotations

import threading
from collections.abc import Callable


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
        """Give the sign and run every callback once."""
        self._event.set()
        with self._lock:
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

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

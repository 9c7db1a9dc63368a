"""What the provider block settles for every resource behind it: the driver and the guards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

D = TypeVar("D")

Mode = Literal["full", "no_destroy", "read_only"]


@dataclass(frozen=True, slots=True)
class Guards:
    """Hold what protects objects from being destroyed.

    ``unprotect`` holds ``system_id/id`` of the objects that may go although their state protects them;
    ``keeps_unreachable`` is whether a refresh keeps what it knows of an array that does not answer.
    """

    mode: Mode = "full"
    deletion_protection: bool = True
    unprotect: frozenset[str] = frozenset()
    keeps_unreachable: bool = False

    def lifts(self, system_id: str | None, object_id: str | None) -> bool:
        """Tell whether the protection of this one object is lifted by name."""
        if system_id is None or object_id is None:
            return False
        return f"{system_id}/{object_id}".casefold() in {entry.strip().casefold() for entry in self.unprotect}


@dataclass(slots=True)
class Configured(Generic[D]):
    """Give a resource its driver, opened at first use, and the guards.

    ``open_driver`` raises a problem where the configuration is not complete yet; ``family`` is None until known.
    ``notes`` is what one run remembers; nothing is done for it, only told or refused.  ``taken`` tells by
    ``system_id/id`` which instance of a resource has put an existing object under management in this run.
    """

    open_driver: Callable[[], D]
    close_driver: Callable[[D], None]
    guards: Guards
    family: str | None
    notes: dict[str, Any] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    _driver: list[D] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def driver(self) -> D:
        """Return the driver, opening it the first time; raises what ``open_driver`` raises."""
        with self._lock:
            if not self._driver:
                self._driver.append(self.open_driver())
            return self._driver[0]

    @property
    def is_open(self) -> bool:
        """Tell whether the driver has been opened."""
        return bool(self._driver)

    def close(self) -> None:
        """Close the driver if it was opened."""
        self.taken.clear()
        with self._lock:
            while self._driver:
                self.close_driver(self._driver.pop())


class Behaviour(Generic[D]):
    """Be the behaviour of one type; made for each question, with what the provider block settled."""

    def __init__(self, configured: Configured[D] | None) -> None:
        self.configured = configured

    @property
    def driver(self) -> D:
        """Return the driver; raises a problem while the provider is not configured."""
        if self.configured is None:
            raise RuntimeError("the provider is not configured")
        return self.configured.driver

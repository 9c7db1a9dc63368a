"""Volumes of nobody: FlashCopy targets that this process is making, or taking apart.

Between being made and being copied to, and between the withdrawal of its relation and its deletion, a target looks like
a volume of somebody's.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from .objects import Volume


class Passing:
    """Know them by name while they are made, which is before the array gives ids, or by id; shared among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: Counter[str] = Counter()

    @contextmanager
    def of(self, names_or_ids: Collection[str]) -> Iterator[None]:
        """Know these until the block ends."""
        with self._lock:
            self._known.update(names_or_ids)
        try:
            yield
        finally:
            with self._lock:
                self._known.subtract(names_or_ids)
                self._known = +self._known

    def has(self, volume: Volume) -> bool:
        """Tell whether a volume is one of them."""
        with self._lock:
            return volume.id in self._known or volume.name in self._known

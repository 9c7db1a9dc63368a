"""Whether an array answers at all: what tells a slow one from a dead one."""

from __future__ import annotations

from typing import Protocol

from .waiting import Budget


class Answering(Protocol):
    """What may answer."""

    @property
    def answers(self) -> int:
        """Return a number that another answer of the array, whatever it says, makes another one."""

    def greet(self, budget: Budget) -> None:
        """Ask the array which one it is, in one call, whether that is known or not."""

"""What both families can tell of their pairs; how pairs are made and changed differs (``mirrors``, ``pprcs``)."""

from __future__ import annotations

from typing import Protocol

from .replicating import Half, Subject
from .waiting import Budget

UNPLACED = "the array lists no volume of its name"  # of a half whose volume, and with it whose id, is not known


class Pairs(Protocol):
    """The halves of pairs and mirrored groups that an array keeps; every read is direct."""

    @property
    def known_key(self) -> str | None:
        """Return what partners call this array, None before it was read."""

    def listing(self, budget: Budget) -> tuple[Half, ...]:
        """Return all of them in a constant number of calls, the volumes of mirrored groups among them."""

    def find(self, subject: Subject, own_id: str, budget: Budget) -> tuple[Half, ...]:
        """Return what there is of one volume or group of this array: none, one, or what nobody understands."""

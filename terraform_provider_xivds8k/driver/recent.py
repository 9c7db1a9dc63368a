"""What an array said lately about copies, groups and hosts, in a call or two each, shared by a whole refresh.

For reads that only tell: what is not in it, or not valid in it, is asked for directly before anybody is told so.
"""

from __future__ import annotations

from .array import Array, SnapshotGroup
from .attaching import Host
from .objects import ConsistencyGroup, Relation
from .once import Recent
from .waiting import Budget

LIVES_S = 60.0


class RecentCopies:
    """Hold relations, groups and snapshot groups as they were at most a minute ago; own writes make it forget."""

    def __init__(self, array: Array) -> None:
        self._array = array
        self.relations: Recent[tuple[Relation, ...]] = Recent(self._ask_relations, LIVES_S, silent_s=LIVES_S)
        self.groups: Recent[tuple[ConsistencyGroup, ...]] = Recent(self._ask_groups, LIVES_S, silent_s=LIVES_S)
        self.snapshot_groups: Recent[tuple[SnapshotGroup, ...]] = Recent(self._ask_snapshots, LIVES_S, silent_s=LIVES_S)
        self.hosts: Recent[tuple[Host, ...]] = Recent(array.hosts.listing, LIVES_S, silent_s=LIVES_S)

    def forget(self) -> None:
        """Ask the array again the next time."""
        self.relations.forget()
        self.groups.forget()
        self.snapshot_groups.forget()
        self.hosts.forget()

    def _ask_relations(self, budget: Budget) -> tuple[Relation, ...]:
        return self._array.flashcopies.listing(budget) if self._array.flashcopies is not None else ()

    def _ask_groups(self, budget: Budget) -> tuple[ConsistencyGroup, ...]:
        return self._array.groups.listing(budget) if self._array.groups is not None else ()

    def _ask_snapshots(self, budget: Budget) -> tuple[SnapshotGroup, ...]:
        return self._array.groups.snapshot_groups(budget) if self._array.groups is not None else ()

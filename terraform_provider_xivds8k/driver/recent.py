"""What an array said lately about copies, groups and what is mapped, in few calls each, shared by a whole refresh.

For reads that only tell: what is not in it, or not valid in it, is asked for directly before anybody is told so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from .array import Array, SnapshotGroup
from .attaching import Host, Targets
from .attaching import Mapping as HostMapping
from .objects import ConsistencyGroup, Relation
from .once import Recent
from .waiting import Budget

LIVES_S = 60.0


class RecentCopies:
    """Hold these as they were at most a minute ago; own writes make it forget.

    ``mappings`` are by what the array tells the volume by: its id, on an XIV its name.
    """

    def __init__(self, array: Array) -> None:
        self._array = array
        self.relations: Recent[tuple[Relation, ...]] = Recent(self._ask_relations, LIVES_S, silent_s=LIVES_S)
        self.groups: Recent[tuple[ConsistencyGroup, ...]] = Recent(self._ask_groups, LIVES_S, silent_s=LIVES_S)
        self.snapshot_groups: Recent[tuple[SnapshotGroup, ...]] = Recent(self._ask_snapshots, LIVES_S, silent_s=LIVES_S)
        self.hosts: Recent[tuple[Host, ...]] = Recent(array.hosts.listing, LIVES_S, silent_s=LIVES_S)
        self.mappings: Recent[Mapping[str, tuple[HostMapping, ...]]] = Recent(
            self._ask_mappings, LIVES_S, silent_s=LIVES_S
        )
        self.targets: Recent[Targets] = Recent(array.targets, LIVES_S, silent_s=LIVES_S)

    def forget(self) -> None:
        """Ask the array again the next time."""
        for recent in (self.relations, self.groups, self.snapshot_groups, self.hosts, self.mappings, self.targets):
            recent.forget()

    def forget_hosts(self) -> None:
        """Ask the array again for hosts and what is mapped to them."""
        self.hosts.forget()
        self.mappings.forget()

    def _ask_relations(self, budget: Budget) -> tuple[Relation, ...]:
        return self._array.flashcopies.listing(budget) if self._array.flashcopies is not None else ()

    def _ask_groups(self, budget: Budget) -> tuple[ConsistencyGroup, ...]:
        return self._array.groups.listing(budget) if self._array.groups is not None else ()

    def _ask_snapshots(self, budget: Budget) -> tuple[SnapshotGroup, ...]:
        return self._array.groups.snapshot_groups(budget) if self._array.groups is not None else ()

    def _ask_mappings(self, budget: Budget) -> Mapping[str, tuple[HostMapping, ...]]:
        found: defaultdict[str, list[HostMapping]] = defaultdict(list)
        for mapping in self._array.mappings.listing(budget):
            found[mapping.volume_id or mapping.volume_name or ""].append(mapping)
        return {volume: tuple(mappings) for volume, mappings in found.items()}

"""Consistency groups of an array in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from terraform_provider_xivds8k.driver import ConsistencyGroup, NotFound, Pool, Volume
from terraform_provider_xivds8k.driver.array import SnapshotGroup
from terraform_provider_xivds8k.driver.waiting import Budget

if TYPE_CHECKING:
    from .memory_array import MemoryArray


class MemoryGroups:
    """Hold groups by name; volumes say which they are in."""

    def __init__(self, array: MemoryArray) -> None:
        self._array = array
        self.held: dict[str, ConsistencyGroup] = {}
        self.taken: list[SnapshotGroup] = []

    def find(self, name: str, budget: Budget) -> ConsistencyGroup | None:
        """Return the group of that name."""
        return self.held.get(name)

    def listing(self, budget: Budget) -> tuple[ConsistencyGroup, ...]:
        """Return all groups."""
        return tuple(self.held[name] for name in sorted(self.held))

    def members(self, name: str, budget: Budget) -> tuple[Volume, ...]:
        """Return the volumes of a group."""
        return tuple(volume for volume in self._array.volumes.held.values() if volume.group == name)

    def create(self, name: str, pool: Pool, budget: Budget) -> None:
        """Make a group."""
        self.held[name] = ConsistencyGroup(
            id=name, name=name, system_id=self._array.system_id(budget), pool_id=pool.id, pool_name=pool.name
        )

    def delete(self, name: str, budget: Budget) -> None:
        """Delete a group."""
        del self.held[name]

    def add(self, name: str, volume: Volume, budget: Budget) -> None:
        """Put a volume in."""
        held = self._array.volumes.held
        held[volume.id] = replace(held[volume.id], group=name)

    def remove(self, volume: Volume, budget: Budget) -> None:
        """Take a volume out."""
        held = self._array.volumes.held
        held[volume.id] = replace(held[volume.id], group=None)

    def snapshot_groups(self, budget: Budget, name: str | None = None) -> tuple[SnapshotGroup, ...]:
        """Return what was taken, or the one of a name."""
        return tuple(one for one in self.taken if name in {None, one.name})

    def take(self, group: str, name: str, budget: Budget) -> None:
        """Take a snapshot of every member."""
        snapshots, held = self._array.snapshots, self._array.volumes.held
        assert snapshots is not None
        for member in self.members(group, budget):
            taken = snapshots.create(member, f"{name}.{member.name}", None, budget)
            held[taken.id] = replace(taken, snapshot_group=name)
        self.taken.append(SnapshotGroup(name=name, group=group, created_at="2026-01-01 00:00:00"))

    def restore(self, snapshot_group: str, budget: Budget) -> None:
        """Refuse: nothing is copied in memory."""
        raise NotFound(f"No snapshot group {snapshot_group}")

    def discard(self, snapshot_group: str, budget: Budget) -> None:
        """Delete the snapshots of a group."""
        held = self._array.volumes.held
        for volume in [one for one in held.values() if one.snapshot_group == snapshot_group]:
            del held[volume.id]
        self.taken = [one for one in self.taken if one.name != snapshot_group]

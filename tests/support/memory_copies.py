"""Snapshots and FlashCopy relations of an array in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from terraform_provider_xivds8k.driver import DriverError, Volume
from terraform_provider_xivds8k.driver.array import FlashCopyOption, VolumeOrder
from terraform_provider_xivds8k.driver.errors import Busy
from terraform_provider_xivds8k.driver.objects import Relation
from terraform_provider_xivds8k.driver.waiting import Budget

if TYPE_CHECKING:
    from .memory_array import MemoryArray


class MemorySnapshots:
    """An XIV's snapshots."""

    def __init__(self, array: MemoryArray) -> None:
        self._array = array

    def create(self, volume: Volume, name: str, delete_priority: int | None, budget: Budget) -> Volume:
        """Take a snapshot."""
        pool = next(pool for pool in self._array.pools(budget) if pool.id == volume.pool_id)
        made = self._array.volumes.create(VolumeOrder(name=name, pool=pool, size_bytes=volume.size_bytes), budget)
        taken = replace(made, snapshot_of=volume.name, snapshot_time="2026-01-01 00:00:00")
        return self._put(replace(taken, delete_priority=delete_priority or 1))

    def settled(self, volume: Volume, name: str, budget: Budget) -> Volume | None:
        """Return nothing: what became of a lost creation is never certain here."""
        return None

    def prioritize(self, snapshot: Volume, delete_priority: int, budget: Budget) -> None:
        """Set the priority."""
        self._put(replace(self._array.volumes.held[snapshot.id], delete_priority=delete_priority))

    def delete(self, snapshot: Volume, budget: Budget) -> None:
        """Delete a snapshot."""
        self._array.volumes.delete(snapshot, budget)

    def copy(self, source: Volume, target: Volume, budget: Budget) -> None:
        """Let the target take the source's size."""
        had = self._array.volumes.held[target.id]
        self._put(replace(had, size_bytes=source.size_bytes, provably_unwritten=False))

    def _put(self, volume: Volume) -> Volume:
        self._array.volumes.held[volume.id] = volume
        return volume


class MemoryFlashCopies:
    """A DS8000's relations; every copy is done at once."""

    def __init__(self, array: MemoryArray) -> None:
        self._array = array
        self.held: dict[tuple[str, str], Relation] = {}

    def of_volume(self, volume_id: str, budget: Budget) -> tuple[Relation, ...]:
        """Return the relations of a volume."""
        return tuple(one for pair, one in self.held.items() if volume_id in pair)

    def find(self, source_id: str, target_id: str, budget: Budget) -> Relation | None:
        """Return one relation."""
        return self.held.get((source_id, target_id))

    def listing(self, budget: Budget) -> tuple[Relation, ...]:
        """Return all relations."""
        return tuple(self.held.values())

    def establish(
        self,
        pairs: tuple[tuple[str, str], ...],
        options: tuple[FlashCopyOption, ...],
        budget: Budget,
    ) -> Mapping[tuple[str, str], DriverError]:
        """Make relations."""
        for source_id, target_id in pairs:
            self.held[source_id, target_id] = Relation(
                source_id=source_id,
                target_id=target_id,
                state="valid",
                is_persistent="persistent" in options,
                is_copying="no_background_copy" not in options,
                is_recording=False,
                tracks_left=0,
            )
        return {}

    def withdraw(self, relation: Relation, budget: Budget) -> None:
        """End a relation."""
        del self.held[relation.source_id, relation.target_id]

    def thaw(self, lss_ids: tuple[str, ...], budget: Budget) -> None:
        """Do nothing: nothing is frozen."""

    def volumes_in(self, lss_id: str, budget: Budget) -> tuple[Volume, ...]:
        """Return the volumes of an LSS."""
        return tuple(one for one in self._array.volumes.held.values() if one.id[:2] == lss_id)


class BusyOnce(MemoryFlashCopies):
    """Be busy at the first FlashCopy; ``meanwhile`` is what others do before it is asked for again."""

    def __init__(self, array: MemoryArray, meanwhile: Callable[[MemoryArray], None]) -> None:
        super().__init__(array)
        self.asked = 0
        self._meanwhile = meanwhile

    def establish(
        self, pairs: tuple[tuple[str, str], ...], options: tuple[FlashCopyOption, ...], budget: Budget
    ) -> Mapping[tuple[str, str], DriverError]:
        """Make relations, but for the first time."""
        self.asked += 1
        if self.asked == 1:
            self._meanwhile(self._array)
            raise Busy("The array is busy")
        return super().establish(pairs, options, budget)

"""Snapshots: take, rename, delete, read; what is the same on both families, and the steps of an XIV.

A point in time that is lost is told as lost and never touched: whatever bears its name by now is somebody's volume.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from ..array import Snapshots
from ..core import Core
from ..errors import AlreadyExists, DriverError, InDoubt, NotFound, Refused, Unsupported
from ..objects import Copy, Snapshot, Users, Volume
from ..rules import XIV_RESERVED
from ..waiting import Budget, Progress
from .deletions import Deletions
from .volumes import VolumeFlows


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotOrder:
    """Say what snapshot to take of a volume just read; None leaves the choice to the array or its family's default."""

    volume: Volume
    name: str
    copy: Copy | None = None
    pool: str | None = None
    delete_priority: int | None = None


class SnapshotSteps(Protocol):
    """What differs between the families."""

    def take(self, order: SnapshotOrder, budget: Budget, progress: Progress) -> Snapshot:
        """Take a snapshot under a name nobody has, or leave nothing behind."""

    def find(self, snapshot_id: str, volume_id: str | None, budget: Budget) -> Snapshot | None:
        """Return a snapshot by direct reads, told as lost where it is not one of that volume any more.

        None where nothing is there, or for no ``volume_id`` a plain volume.
        """

    def find_recent(self, row: Volume, volume_id: str, budget: Budget) -> Snapshot | None:
        """Return the snapshot that a row of at most a minute ago is of the volume, by what else was read lately."""

    def among(self, volumes: tuple[Volume, ...], budget: Budget, *, copied: bool = False) -> tuple[Snapshot, ...]:
        """Return those of the volumes that are snapshots; with ``copied`` none that is still copied to."""

    def users(self, snapshot: Snapshot, budget: Budget) -> Users:
        """Return what depends on a snapshot, by direct reads."""

    def delete(
        self,
        snapshot_id: str,
        volume_id: str,
        expected_name: str | None,
        left_bytes: int | None,
        budget: Budget,
        *,
        in_doubt_since: str | None = None,
    ) -> Volume | None:
        """Delete a snapshot nothing uses; return what is under the id of one that is lost, untouched."""


class SnapshotFlows:
    """Carry out what may be done to snapshots of one array."""

    def __init__(self, core: Core, volumes: VolumeFlows, steps: SnapshotSteps) -> None:
        self._core = core
        self._volumes = volumes
        self.steps = steps

    def create(
        self,
        volume_id: str,
        name: str,
        *,
        copy: Copy | None,
        pool: str | None,
        delete_priority: int | None,
        budget: Budget,
        progress: Progress,
    ) -> Snapshot:
        """Take a snapshot of a volume as it is now."""
        self._refuse_foreign({"copy": copy, "pool": pool} if self._is_xiv else {"delete_priority": delete_priority})
        self._volumes.check_name(name)
        volume = self._source(volume_id, budget)
        order = SnapshotOrder(volume=volume, name=name, copy=copy, pool=pool, delete_priority=delete_priority)
        with self._core.passing.of((order.name,)):
            return self.steps.take(order, budget, progress)

    def _source(self, volume_id: str, budget: Budget) -> Volume:
        try:
            volume = self._core.array.volumes.find(volume_id, budget)
        except Refused as refusal:
            refusal.attribute = "volume_id" if refusal.attribute == "id" else refusal.attribute
            raise
        if volume is None:
            raise _no_volume(volume_id)
        if volume.is_snapshot:
            raise of_a_snapshot(volume)
        return volume

    @property
    def _is_xiv(self) -> bool:
        return self._core.array.family == "xiv"

    def _refuse_foreign(self, written: dict[str, object]) -> None:
        for attribute, value in written.items():
            if value is not None:
                raise Unsupported(
                    f"{attribute} is not for this array",
                    happened=f"The snapshots of {'an XIV' if self._is_xiv else 'a DS8000'} have no {attribute}.",
                    next_step="Leave it out.",
                    attribute=attribute,
                )

    def get(self, snapshot_id: str, volume_id: str, doing: str, budget: Budget) -> Snapshot:
        """Return a snapshot that holds its point in time now; raises NotFound for one that is lost."""
        found = self.steps.find(snapshot_id, volume_id, budget)
        if found is not None and found.lost is None:
            return found
        raise NotFound(
            f"Snapshot {found.name if found is not None else snapshot_id} of volume {volume_id} is lost and was not "
            f"{doing}",
            happened=f"Its point in time is gone: {found.lost if found is not None else 'it is not on the array'}.",
            left_behind="Nothing was changed.",
            next_step="Take a new one under another resource, or replace it (-replace, recreate_when_lost).",
        )

    def find_recent(self, snapshot_id: str, volume_id: str, system_id: str, budget: Budget) -> Snapshot | None:
        """Return a snapshot as it was at most a minute ago; lost, or gone, only by direct reads."""
        row = self._core.find_recent_volume(snapshot_id, system_id, budget)
        if row is None:
            return None
        found = self.steps.find_recent(row, volume_id, budget)
        return found if found is not None else self.steps.find(snapshot_id, volume_id, budget)

    def rename(self, snapshot_id: str, volume_id: str, new_name: str, budget: Budget) -> Snapshot:
        """Give a snapshot another name."""
        had = self.get(snapshot_id, volume_id, "renamed", budget)
        return replace(had, name=self._volumes.rename(had.id, new_name, budget).name)

    def prioritize(self, snapshot_id: str, volume_id: str, delete_priority: int, budget: Budget) -> Snapshot:
        """Set when the array may delete a snapshot by itself."""
        snapshots = self._core.array.snapshots
        if snapshots is None:
            self._refuse_foreign({"delete_priority": delete_priority})
            raise AssertionError
        had = self.get(snapshot_id, volume_id, "changed", budget)
        if had.delete_priority == delete_priority:
            return had
        row = self._volumes.present(had.id, budget)
        try:
            self._core.write(
                budget,
                lambda: snapshots.prioritize(row, delete_priority, budget),
                lambda look: self._volumes.present(had.id, look).delete_priority == delete_priority,
            )
        finally:
            self._core.inventory.doubt(volume_id=had.id)
        return replace(had, delete_priority=delete_priority)


class XivSteps:
    """Keep the contract of ``SnapshotSteps`` on an array whose snapshots are objects of its own."""

    def __init__(self, core: Core, volumes: VolumeFlows, snapshots: Snapshots) -> None:
        self._core = core
        self._volumes = volumes
        self._snapshots = snapshots
        self._deletions = Deletions(core, "Snapshot", snapshots.delete)

    def take(self, order: SnapshotOrder, budget: Budget, progress: Progress) -> Snapshot:  # noqa: ARG002 - it is there at once
        """Take a snapshot; after a lost answer the one of that name and volume is ours, since the name was free."""
        volume = order.volume
        with self._core.naming(order.name, budget):
            self._volumes.refuse_taken(order.name, None, budget)
            try:
                made = self._core.patiently(
                    budget, lambda: self._snapshots.create(volume, order.name, order.delete_priority, budget)
                )
            except AlreadyExists as taken:
                named = self._core.array.volumes.named(order.name, budget)
                taken.candidates = self._volumes.candidates_of(named, budget)
                raise
            except InDoubt as doubt:
                made = self._settled(order, doubt, budget)
            self._core.inventory.put(made)
        return snapshot_of(made, volume.id)

    def _settled(self, order: SnapshotOrder, doubt: InDoubt, budget: Budget) -> Volume:
        self._core.inventory.doubt(name=order.name)
        if order.name not in str(doubt):
            doubt.left_behind = f"Snapshot {order.name} of {order.volume.name} may be on the array, or still appear."
        try:
            found = self._snapshots.settled(order.volume, order.name, budget.for_a_look())
        except DriverError:
            raise doubt from None
        if found is None:
            raise doubt
        return found

    def find(self, snapshot_id: str, volume_id: str | None, budget: Budget) -> Snapshot | None:
        """Return a snapshot by direct reads."""
        row = self._core.array.volumes.find(snapshot_id, budget)
        if row is None or (volume_id is None and not row.is_snapshot):
            return None
        if row.snapshot_of is None:
            return snapshot_of(row, volume_id or "", lost=f"{row.name} is a volume of its own")
        named = self._core.array.volumes.named(row.snapshot_of, budget)
        master = named[0].id if len(named) == 1 else None
        if volume_id is None:
            return snapshot_of(row, master) if master is not None else None
        if master != volume_id.casefold():
            return snapshot_of(row, volume_id, lost=f"{row.name} is a snapshot of {row.snapshot_of}")
        return snapshot_of(row, master)

    def find_recent(self, row: Volume, volume_id: str, budget: Budget) -> Snapshot | None:
        """Return the snapshot, its volume found in the same listing."""
        if row.snapshot_of is None:
            return None
        master = self._core.inventory.called(row.snapshot_of, budget)
        if master is None or master.id != volume_id.casefold():
            return None
        return snapshot_of(row, master.id)

    def among(
        self,
        volumes: tuple[Volume, ...],
        budget: Budget,
        *,
        copied: bool = False,  # noqa: ARG002 - nothing is copied to a snapshot
    ) -> tuple[Snapshot, ...]:
        """Return the snapshots but for those of snapshot groups and those the array keeps for mirroring."""
        masters = {volume.name: volume.id for volume in volumes if not volume.is_snapshot}
        found: list[Snapshot] = []
        for row in volumes:
            if row.snapshot_of is None or row.snapshot_group or row.name.startswith(XIV_RESERVED):
                continue
            if row.snapshot_of in masters:
                found.append(snapshot_of(row, masters[row.snapshot_of]))
            else:  # listed by its name alone, or its volume was renamed meanwhile
                alone = self.find(row.id, None, budget)
                found += [alone] if alone is not None else []
        return tuple(found)

    def users(self, snapshot: Snapshot, budget: Budget) -> Users:
        """Return mappings, mirrors and the snapshot group."""
        return self._core.array.volumes.users(self._volumes.present(snapshot.id, budget), budget)

    def delete(
        self,
        snapshot_id: str,
        volume_id: str,
        expected_name: str | None,  # noqa: ARG002 - a WWN is never given again
        left_bytes: int | None,  # noqa: ARG002 - nothing is left half deleted
        budget: Budget,
        *,
        in_doubt_since: str | None = None,  # noqa: ARG002 - a snapshot is not copied to
    ) -> Volume | None:
        """Delete a snapshot that is not mapped and in no snapshot group."""
        found = self.find(snapshot_id, volume_id, budget)
        if found is None:
            self._core.inventory.drop(snapshot_id)
            return None
        if found.lost is not None:
            return self._core.array.volumes.find(snapshot_id, budget)
        self._deletions.delete(found.id, None, budget)
        return None


def snapshot_of(row: Volume, volume_id: str, *, copy: Copy | None = None, lost: str | None = None) -> Snapshot:
    """Return the snapshot of a volume that the array shows as this row."""
    return Snapshot(
        id=row.id,
        name=row.name,
        wwn=row.wwn,
        system_id=row.system_id,
        volume_id=volume_id,
        pool_id=row.pool_id,
        pool_name=row.pool_name,
        size_bytes=row.size_bytes,
        copy=copy,
        delete_priority=row.delete_priority,
        created_at=row.snapshot_time,
        group=row.snapshot_group,
        lost=lost,
    )


def of_a_snapshot(volume: Volume) -> Refused:
    """Return the error for a snapshot of what is one itself."""
    return Refused(
        f"{volume.name} is a snapshot itself, of {volume.snapshot_of}",
        happened="A snapshot is taken of a volume, not of another snapshot.",
        left_behind="Nothing was changed.",
        next_step="Name the volume, or make a volume from the snapshot and take one of that.",
        attribute="volume_id",
    )


def _no_volume(volume_id: str) -> NotFound:
    return NotFound(
        f"No volume {volume_id!r} on the array",
        happened="There is nothing to take a snapshot of.",
        left_behind="Nothing was changed.",
        next_step="Name a volume that is there: four hex digits on a DS8000, the WWN on an XIV.",
        attribute="volume_id",
    )

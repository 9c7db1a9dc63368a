"""Snapshots of volumes: an XIV's own, and on a DS8000 targets of persistent FlashCopy relations."""

from __future__ import annotations

import re
from functools import cached_property

from ..core import check_pattern
from ..errors import Unsupported
from ..flows import FlashCopySteps, SnapshotFlows, VolumeFlows, XivSteps
from ..objects import Copy, Snapshot, SnapshotFilter, Users, Volume
from ..waiting import Progress
from .base import Operations

EVERY_SNAPSHOT = SnapshotFilter()


class SnapshotOperations(Operations):
    """Take, read, rename and delete snapshots."""

    @cached_property
    def _snapshots(self) -> SnapshotFlows:
        array, volumes = self._core.array, VolumeFlows(self._core)
        if array.snapshots is not None:
            return SnapshotFlows(self._core, volumes, XivSteps(self._core, volumes, array.snapshots))
        if array.flashcopies is not None:
            return SnapshotFlows(self._core, volumes, FlashCopySteps(self._core, volumes, array.flashcopies))
        raise Unsupported("This array takes no snapshots")

    # reading

    def find_snapshot(
        self, snapshot_id: str, volume_id: str | None = None, *, deadline: float | None = None
    ) -> Snapshot | None:
        """Return a snapshot as it is now; ``lost`` says why it is not one of that volume any more.

        None where the array says that nothing is there; without a ``volume_id`` also for what is no snapshot.
        """
        return self._snapshots.steps.find(snapshot_id, volume_id, self._core.budget(deadline))

    def find_recent_snapshot(
        self, snapshot_id: str, *, volume_id: str, system_id: str, deadline: float | None = None
    ) -> Snapshot | None:
        """Return a snapshot as it was at most a minute ago; None and ``lost`` only where the array says so now.

        For reading many: after the second read one listing serves all.  Raises WrongSystem for another array's.
        """
        return self._snapshots.find_recent(snapshot_id, volume_id, system_id, self._core.budget(deadline))

    def find_snapshots_by_name(self, name: str, *, deadline: float | None = None) -> tuple[Snapshot, ...]:
        """Return all snapshots of that name; a DS8000 allows several."""
        budget = self._core.budget(deadline)
        return self._snapshots.steps.among(self._core.array.volumes.named(name, budget), budget)

    def list_snapshots(self, wanted: SnapshotFilter = EVERY_SNAPSHOT) -> tuple[Snapshot, ...]:
        """Return all snapshots that fit; raises NotFound for a pool.

        On an XIV those of snapshot groups are left out; a DS8000 does not tell the targets of a group snapshot from
        others.  A DS8000 target that is still copied to is left out: it may be an unfinished clone.
        """
        check_pattern(wanted.name_regex)
        budget, array = self._core.budget(), self._core.array
        pools = (self._core.get_pool(wanted.pool, budget),) if wanted.pool is not None else array.pools(budget)
        fb_pools = tuple(pool for pool in pools if pool.storage_type == "fb")
        found = self._snapshots.steps.among(array.volumes.listing(fb_pools, budget), budget, copied=True)
        return tuple(snapshot for snapshot in found if _fits(snapshot, wanted))

    def snapshot_users(self, snapshot_id: str, volume_id: str, *, deadline: float | None = None) -> Users:
        """Return what on the array depends on a snapshot; nothing does on one that is lost."""
        budget = self._core.budget(deadline)
        found = self._snapshots.steps.find(snapshot_id, volume_id, budget)
        return self._snapshots.steps.users(found, budget) if found is not None and found.lost is None else Users()

    # changing

    def create_snapshot(
        self,
        *,
        volume_id: str,
        name: str,
        copy: Copy | None = None,
        pool: str | None = None,
        delete_priority: int | None = None,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> Snapshot:
        """Take a snapshot of a volume as it is now, or leave nothing behind.

        On a DS8000 ``copy`` is ``none`` (default: only what the volume's writes displace) or ``full`` (waits until
        all is copied), in ``pool``, else the volume's; on an XIV ``delete_priority`` is 1 (goes last) to 4.  Raises
        AlreadyExists (with candidates), NotFound, NoSpace, InUse for a volume with the most relations there can be,
        TimedOut while it is still being copied (``snapshot`` of the error is it), InDoubt.  ``left`` of an error is a
        target that could not be removed.
        """
        self._core.allow("Taking a snapshot")
        return self._snapshots.create(
            volume_id,
            name,
            copy=copy,
            pool=pool,
            delete_priority=delete_priority,
            budget=self._core.budget(deadline),
            progress=progress or _silently,
        )

    def rename_snapshot(
        self, *, snapshot_id: str, volume_id: str, new_name: str, deadline: float | None = None
    ) -> Snapshot:
        """Give a snapshot another name; raises NotFound for one that is lost, AlreadyExists, InDoubt."""
        self._core.allow("Renaming a snapshot")
        return self._snapshots.rename(snapshot_id, volume_id, new_name, self._core.budget(deadline))

    def change_snapshot_priority(
        self, *, snapshot_id: str, volume_id: str, delete_priority: int, deadline: float | None = None
    ) -> Snapshot:
        """Set when an XIV may delete a snapshot for want of space: 1 last, 4 first; raises NotFound, Unsupported."""
        self._core.allow("Changing a snapshot's deletion priority")
        return self._snapshots.prioritize(snapshot_id, volume_id, delete_priority, self._core.budget(deadline))

    def delete_snapshot(
        self,
        *,
        snapshot_id: str,
        volume_id: str,
        expected_name: str | None = None,
        left_bytes: int | None = None,
        in_doubt_since: str | None = None,
        deadline: float | None = None,
    ) -> Volume | None:
        """Delete a snapshot nothing uses; one that is gone already is done.

        One that is lost is not touched: what is under its id by now is returned.  Raises InUse naming every user,
        Refused on a DS8000 whose target no longer bears ``expected_name``, InDoubt.  An error's ``left`` is the
        target of a FlashCopy that is withdrawn: with its size as ``left_bytes`` another call deletes it, and nothing
        else that has its id.  With the ``in_doubt_since`` of a creation's error it is refused while the FlashCopy may
        still come.
        """
        self._core.allow("Deleting a snapshot", destroys=True)
        budget = self._core.budget(deadline)
        return self._snapshots.steps.delete(
            snapshot_id, volume_id, expected_name, left_bytes, budget, in_doubt_since=in_doubt_since
        )


def _silently(_: str) -> None:
    """Tell nobody."""


def _fits(snapshot: Snapshot, wanted: SnapshotFilter) -> bool:
    return (
        (wanted.name is None or snapshot.name == wanted.name)
        and (wanted.name_regex is None or re.search(wanted.name_regex, snapshot.name) is not None)
        and (wanted.volume_id is None or snapshot.volume_id.casefold() == wanted.volume_id.casefold())
    )

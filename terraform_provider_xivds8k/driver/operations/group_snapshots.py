"""The driver's methods on group snapshots: several volumes at one point in time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ..flows.copy_deletions import OnStep
from ..flows.group_snapshots import GroupSnapshots
from ..objects import GroupSnapshot, HeldGroupSnapshot
from .base import Operations


class GroupSnapshotOperations(Operations):
    """Take, find and delete group snapshots.

    On an XIV one is a snapshot group, named by its name.  On a DS8000 it is a FlashCopy target for each volume, named
    by the relations, ``S:T,S:T``.
    """

    _group_snapshots: GroupSnapshots

    def create_cgsnapshot(
        self,
        *,
        group_id: str,
        name: str,
        volume_ids: Collection[str] | None = None,
        allow_shared_lss: bool = False,
        deadline: float | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> GroupSnapshot:
        """Take a snapshot of several volumes at one point in time, or leave nothing behind.

        ``volume_ids`` have to be the members of the group on an XIV, where they may be left out; a DS8000 needs them.
        Raises AlreadyExists, NotFound, Refused (``volume_ids``, ``allow_shared_lss``), InUse, NoSpace, InDoubt.  An
        error's ``left_copies`` and ``group_snapshot`` could not be undone; its ``frozen`` LSSs may still hold back what
        hosts write.
        """
        self._core.allow("Taking a group snapshot")
        budget = self._core.budget(deadline)
        return self._group_snapshots.take(
            group_id, name, volume_ids, budget, progress or _silent, allow_shared_lss=allow_shared_lss
        )

    def find_cgsnapshot(self, cgsnapshot_id: str, *, deadline: float | None = None) -> GroupSnapshot | None:
        """Return a group snapshot as it is now, None where nothing is left of it.

        On a DS8000 ``name`` is empty where the targets bear names it did not give.
        """
        return self._group_snapshots.find(cgsnapshot_id, self._core.budget(deadline))

    def list_cgsnapshots(self, *, deadline: float | None = None) -> tuple[GroupSnapshot, ...]:
        """Return all snapshot groups, by name; raises Unsupported on a DS8000."""
        return self._group_snapshots.listing(self._core.budget(deadline))

    def recent_cgsnapshot_losses(
        self, held: HeldGroupSnapshot, *, system_id: str, deadline: float | None = None
    ) -> Mapping[str, str]:
        """Return by volume id why its snapshot no longer holds that point in time, nothing while all do.

        For reading many: listings of at most a minute ago serve all; a loss is told only by a direct read.  Raises
        WrongSystem for another array's.
        """
        budget = self._core.budget(deadline)
        self._core.check_system(system_id, budget)
        return self._group_snapshots.losses(held, budget)

    def recent_cgsnapshot_rename(
        self, held: HeldGroupSnapshot, *, system_id: str, deadline: float | None = None
    ) -> str | None:
        """Return the name somebody gave a snapshot group of an XIV, None while it bears its own, or is lost.

        For reading many, as ``recent_cgsnapshot_losses``; a DS8000 has no such name.
        """
        budget = self._core.budget(deadline)
        self._core.check_system(system_id, budget)
        return self._group_snapshots.renamed_to(held, budget)

    def cgsnapshot_obstacles(
        self,
        *,
        group_id: str,
        name: str,
        volume_ids: Collection[str] | None,
        held: HeldGroupSnapshot,
        allow_shared_lss: bool = False,
        deadline: float | None = None,
    ) -> tuple[str, ...]:
        """Return in words why a group snapshot could not be taken once the one held is deleted, as far as is seen."""
        budget = self._core.budget(deadline)
        return self._group_snapshots.obstacles(
            group_id, name, volume_ids, held, budget, allow_shared_lss=allow_shared_lss
        )

    def delete_cgsnapshot(
        self, held: HeldGroupSnapshot, *, on_step: OnStep | None = None, deadline: float | None = None
    ) -> tuple[str, ...]:
        """Delete what is provably ours and still holds its point in time; return in words what is left.

        On a DS8000 ``on_step`` is told ``withdrawn`` when a volume's copy is withdrawn, or may be, while its target is
        left, and ``deleted`` when that is gone; a later call names the former as ``withdrawn``.  Raises InUse naming
        every user, Refused, InDoubt.
        """
        self._core.allow("Deleting a group snapshot", destroys=True)
        return self._group_snapshots.delete(held, on_step or _unheard, self._core.budget(deadline))

    def clear_cgsnapshot(
        self,
        *,
        name: str,
        volume_ids: Collection[str],
        snapshot_ids: Mapping[str, str],
        in_doubt_since: str | None = None,
        on_step: OnStep | None = None,
        deadline: float | None = None,
    ) -> tuple[str, ...]:
        """Thaw, and remove what a group snapshot that was not taken for certain left; return what there is to say.

        ``snapshot_ids`` are the targets the array named in its answers.  Raises Refused naming anything else that is
        not provably new and empty, and with the ``in_doubt_since`` of the creation's error while a copy may still come.
        """
        self._core.allow("Removing what is left of a group snapshot", destroys=True)
        budget = self._core.budget(deadline)
        return self._group_snapshots.clear(
            name, volume_ids, snapshot_ids, on_step or _unheard, budget, in_doubt_since=in_doubt_since
        )

    def cgsnapshot_candidates(
        self, *, name: str, volume_ids: Collection[str], deadline: float | None = None
    ) -> tuple[str, ...]:
        """Return in words what on the array may be a group snapshot in doubt, or what it left."""
        return self._group_snapshots.candidates(name, volume_ids, self._core.budget(deadline))


def _silent(_: str) -> None:
    return


def _unheard(_: str, __: str) -> None:
    return

"""Group snapshots of either family: one object of an XIV, a set of FlashCopy relations of a DS8000."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping

from .. import rules
from ..core import Core
from ..errors import Refused, Unsupported
from ..objects import GroupSnapshot, HeldGroupSnapshot, Volume
from ..waiting import Budget, Progress
from .consistent_copies import ConsistentCopies
from .copy_deletions import CopyDeletions, OnStep
from .freezing import Freezing
from .group_clones import GroupClones
from .group_copies import GroupCopies
from .snapshot_groups import SnapshotGroups
from .volumes import VolumeFlows


class GroupSnapshots:
    """Carry out what may be done to group snapshots of one array; ``clock`` measures how long a freeze lasts."""

    def __init__(self, core: Core, volumes: VolumeFlows, clock: Callable[[], float] = time.monotonic) -> None:
        self._core = core
        groups, copies = core.array.groups, core.array.flashcopies
        self._native = SnapshotGroups(core, groups) if groups is not None else None
        self.clones: GroupClones | None = None  # in full, on an array that copies several volumes at one point in time
        if copies is not None:
            freezing = Freezing(core, copies, clock)
            consistent = ConsistentCopies(core, volumes, copies, freezing)
            self.clones = GroupClones(core, volumes, copies, consistent)
            self._copies = GroupCopies(core, copies, consistent)
            self._deletions = CopyDeletions(core, volumes, copies, freezing)

    def take(
        self,
        group_id: str,
        name: str,
        volume_ids: Collection[str] | None,
        budget: Budget,
        progress: Progress,
        *,
        allow_shared_lss: bool,
    ) -> GroupSnapshot:
        """Take a snapshot of several volumes at one point in time, or leave nothing behind."""
        problem = rules.group_snapshot_name_problem(self._core.array.family, name)
        if problem:
            raise Refused("The array would not take this name", happened=problem, attribute="name")
        if self._native is not None:
            if allow_shared_lss:
                raise Unsupported("An XIV has no LSS", next_step="Leave it out.", attribute="allow_shared_lss")
            return self._native.take(group_id, name, volume_ids, budget)
        return self._copies.take(
            group_id, name, tuple(volume_ids or ()), budget, progress, allow_shared_lss=allow_shared_lss
        )

    def find(self, snapshot_id: str, budget: Budget) -> GroupSnapshot | None:
        """Return a group snapshot as it is now."""
        source = self._native if self._native is not None else self._copies
        return source.find(snapshot_id, budget)

    def listing(self, budget: Budget) -> tuple[GroupSnapshot, ...]:
        """Return all group snapshots; raises Unsupported on an array that has no such objects."""
        if self._native is None:
            raise Unsupported(
                "A DS8000 cannot list group snapshots",
                happened="It has no such objects, only FlashCopy relations, and does not say which of them belong "
                "together.",
                next_step='Import one by its relations, as in "0000:0010,0001:0011".',
            )
        return self._native.listing(budget)

    def losses(self, held: HeldGroupSnapshot, budget: Budget) -> dict[str, str]:
        """Return why snapshots no longer hold their point in time, by volume id."""
        if self._native is not None:
            return self._native.losses(held, budget)
        return self._copies.losses(held.id, budget)

    def obstacles(
        self,
        group_id: str,
        name: str,
        volume_ids: Collection[str] | None,
        held: HeldGroupSnapshot,
        budget: Budget,
        *,
        allow_shared_lss: bool,
    ) -> tuple[str, ...]:
        """Return in words why one could not be taken now in place of one that is held."""
        if self._native is not None:
            return self._native.obstacles(group_id, volume_ids, held, name, budget)
        return self._copies.obstacles(name, volume_ids or (), held, budget, allow_shared_lss=allow_shared_lss)

    def renamed_to(self, held: HeldGroupSnapshot, budget: Budget) -> str | None:
        """Return the name somebody gave the array's object, None where it bears its own or there is none."""
        return self._native.renamed_to(held, budget) if self._native is not None else None

    def delete(self, held: HeldGroupSnapshot, on_step: OnStep, budget: Budget) -> tuple[str, ...]:
        """Delete what is provably ours of a group snapshot; return what is left."""
        if self._native is not None:
            return self._native.delete(held, budget)
        return self._deletions.delete(held.name, held.snapshot_ids, held.withdrawn, on_step, budget)

    def clear(
        self,
        name: str,
        volume_ids: Collection[str],
        snapshot_ids: Mapping[str, str],
        on_step: OnStep,
        budget: Budget,
        *,
        in_doubt_since: str | None = None,
    ) -> tuple[str, ...]:
        """Remove what a group snapshot in doubt left behind; raises Refused naming what is not provably nothing."""
        if self._native is None:
            return self._deletions.clear(name, volume_ids, snapshot_ids, on_step, budget, in_doubt_since=in_doubt_since)
        found = self._native.find(name, budget)
        if found is None:
            return ()
        raise Refused(
            f"Group snapshot {name} is in doubt and was not deleted",
            happened=f"The answer to its creation was lost. The array has a snapshot group of that name, of "
            f"{found.group_id or 'no group'}, taken {found.created_at}.",
            left_behind="Nothing was changed.",
        )

    def candidates(self, name: str, volume_ids: Collection[str], budget: Budget) -> tuple[str, ...]:
        """Return what on the array may be what a group snapshot in doubt left, in words."""
        if self._native is None:
            return tuple(_described(one) for one in self._deletions.named(name, volume_ids, budget))
        found = self._native.find(name, budget)
        return (f"snapshot group {found.name} of {found.group_id}, taken {found.created_at}",) if found else ()


def _described(volume: Volume) -> str:
    return f"volume {volume.name} ({volume.id})"

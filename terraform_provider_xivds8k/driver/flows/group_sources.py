"""A consistency group made from another, or from a group snapshot: new volumes of one point in time, in a new group.

Composed of what stands elsewhere: the group is made first, since its name is what can be taken; then a volume of each
snapshot; then they join.  Where a step fails, exactly what this call made goes again, or is named.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from ..core import Core
from ..errors import Cancelled, DriverError, NotFound, Refused
from ..objects import ConsistencyGroup, CopiedGroup, GroupSnapshot, HeldGroupSnapshot, Snapshot, Volume
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .clones import CloneFlows, CloneOrder, Progress
from .deletions import Deletions
from .group_snapshots import GroupSnapshots
from .groups import GroupFlows
from .members import MemberFlows

UNDO_S = 60.0  # for each object; a DS8000 deletes slowly


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroup:
    """Say what to make: the group's name, and the name of the new volume for each source volume's id.

    ``pool`` is where they go: on a DS8000 the volumes alone; None is each source's own.
    """

    name: str
    volumes: Mapping[str, str]
    pool: str | None


@dataclass(slots=True)
class _Made:
    """Be what a call has made so far."""

    group: ConsistencyGroup | None = None
    volumes: list[Volume] = field(default_factory=list)


class GroupSources:
    """Make consistency groups from others on one array."""

    def __init__(self, core: Core, snapshots: GroupSnapshots, progress: Progress | None = None) -> None:
        self._core = core
        self._snapshots = snapshots
        self._groups = GroupFlows(core)
        self._members = MemberFlows(core)
        self._clones = CloneFlows(core, progress)
        self._tell: Progress = progress or (lambda _: None)

    def from_group(self, wanted: NewGroup, group_id: str, budget: Budget, *, allow_shared_lss: bool) -> CopiedGroup:
        """Take a snapshot of a group's volumes, make the new group from it, and delete the snapshot again."""
        name = f"tmp{uuid.uuid4().hex[:8]}"  # as long as a DS8000 takes
        self._tell(f"taking group snapshot {name} of {group_id}")
        taken = self._snapshots.take(
            group_id, name, tuple(wanted.volumes), budget, self._tell, allow_shared_lss=allow_shared_lss
        )
        try:
            copied = self.from_snapshot(wanted, taken, budget)
        except DriverError as error:
            left = self._without(taken)
            if left:
                error.left_behind = f"{error.left_behind} Of the temporary group snapshot {name}: {left}".strip()
            raise
        left = self._without(taken)
        return CopiedGroup(group=copied.group, volumes=copied.volumes, left=(left,) if left else ())

    def from_snapshot(self, wanted: NewGroup, taken: GroupSnapshot, budget: Budget) -> CopiedGroup:
        """Make a group whose volumes hold what a group snapshot holds, or leave nothing behind."""
        snapshots = _by_volume(wanted, taken)
        for snapshot in snapshots.values():
            self._refuse_lost(snapshot, budget)
        made = _Made()
        try:
            pool = None if self._core.array.groups is None else wanted.pool or taken.snapshots[0].pool_id
            made.group = self._groups.create(wanted.name, pool, budget)
            for volume_id, name in wanted.volumes.items():
                self._tell(f"copying {volume_id} to {name}")
                made.volumes.append(self._copied(snapshots[volume_id.casefold()], name, wanted.pool, budget))
            ids = tuple(volume.id for volume in made.volumes)
            joined = self._members.update(made.group.id, ids, (), budget, self._tell)
        except DriverError as error:
            self._undo(made, error)
            raise
        return CopiedGroup(group=made.group, volumes=joined)

    def _copied(self, snapshot: Snapshot, name: str, pool: str | None, budget: Budget) -> Volume:
        place = self._core.get_settled_pool(pool or snapshot.pool_id, budget)
        order = CloneOrder(name=name, pool=place)
        return self._clones.clone(self._clones.snapshot(snapshot.id, budget), order, budget)

    def _refuse_lost(self, snapshot: Snapshot, budget: Budget) -> None:
        """Raise NotFound unless a snapshot still holds its point in time of that very volume."""
        source = self._clones.snapshot(snapshot.id, budget)
        if source.relation is not None and source.relation.source_id.casefold() != snapshot.volume_id.casefold():
            raise NotFound(
                f"{source.volume.name} ({snapshot.id}) is no copy of {snapshot.volume_id} any more",
                happened=f"It is the target of {source.relation.id}: a DS8000 gives ids again.",
                left_behind="Nothing was changed.",
                attribute="group_snapshot",
            )

    def _undo(self, made: _Made, error: DriverError) -> None:
        """Remove what this call made, or say in the error what is left."""
        left: list[str] = []
        group = made.group
        if group is not None and made.volumes:  # where some joined and could not be taken out again
            ids = tuple(volume.id for volume in made.volumes)
            self._undone(partial(self._members.update, group.id, (), ids), "", left, error)
        for volume in reversed(made.volumes):
            named = f"volume {volume.name} (id {volume.id}, a copy of this call)"
            self._undone(partial(Deletions(self._core).delete, volume.id, volume.name), named, left, error)
        if group is not None:
            named = f"consistency group {group.name}"
            self._undone(partial(self._groups.delete, group.id), named, left, error)
        if left:
            error.left_behind = f"Left on the array: {', '.join(left)}. {error.left_behind}".strip()

    def _undone(self, undo: Callable[[Budget], object], named: str, left: list[str], error: DriverError) -> None:
        try:
            try:
                undo(Budget(UNDO_S, self._core.stop))
            except Cancelled:
                undo(Budget(LOOK_AFTER_STOP_S))
        except DriverError as second:
            error.happened = f"{error.happened} Undoing failed too: {second}".strip()
            left += [named] if named else []

    def _without(self, taken: GroupSnapshot) -> str:
        """Delete the temporary snapshot; return in words what is left of it."""
        held = HeldGroupSnapshot(
            id=taken.id,
            name=taken.name,
            snapshot_ids={one.volume_id: one.id for one in taken.snapshots},
            created_at=taken.created_at,
        )
        try:
            try:
                left = self._snapshots.delete(held, _unheard, Budget(UNDO_S * 2, self._core.stop))
            except Cancelled:
                left = self._snapshots.delete(held, _unheard, Budget(LOOK_AFTER_STOP_S))
        except DriverError as error:
            return f"group snapshot {taken.name} ({taken.id}) was not deleted: {error}"
        return "; ".join(left)


def _by_volume(wanted: NewGroup, taken: GroupSnapshot) -> dict[str, Snapshot]:
    """Return the snapshots by their volumes' ids; raises Refused unless each has one new name."""
    found = {one.volume_id.casefold(): one for one in taken.snapshots}
    named = {volume_id.casefold() for volume_id in wanted.volumes}
    if not found or named != found.keys() or len(set(wanted.volumes.values())) != len(wanted.volumes):
        raise Refused(
            f"Each volume of group snapshot {taken.name} needs one new name of its own",
            happened=f"It has {', '.join(sorted(found)) or 'no volume'}; names are given for "
            f"{', '.join(sorted(named)) or 'none'}.",
            left_behind="Nothing was changed.",
            next_step="Give volumes as the id of each source volume with the name of its copy.",
            attribute="volumes",
        )
    return found


def _unheard(_: str, __: str) -> None:
    return

"""A consistency group made from another, or from a group snapshot: new volumes of one point in time, in a new group.

Composed of what stands elsewhere.  An XIV's group is made first, since its name is what can be taken; then a volume of
each snapshot; then they join.  A DS8000, which may refuse to copy from a snapshot, copies the group's volumes at once.
Where a step fails, exactly what this call made goes again, or is named.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from ..core import Core
from ..errors import Cancelled, DriverError, NotFound, Unsupported, called
from ..objects import ConsistencyGroup, CopiedGroup, GroupSnapshot, HeldGroupSnapshot, Snapshot, Volume
from ..waiting import LOOK_AFTER_STOP_S, Budget, Progress
from .clones import CloneFlows, CloneOrder
from .deletions import Deletions
from .group_clones import NewGroup
from .group_snapshots import GroupSnapshots
from .groups import GroupFlows
from .members import MemberFlows

UNDO_S = 60.0  # for each object; a DS8000 deletes slowly
NAME_THE_GROUP = (
    "Name the group itself (source_group_id) for what its volumes hold now: they are copied at one point in time. What "
    "the group snapshot holds gets into other volumes only by a host that reads the one and writes the other."
)


@dataclass(frozen=True, slots=True)
class _Copy:
    """Be a volume made as a copy; ``answered`` tells that the array's own answer named it."""

    source_id: str
    volume: Volume
    answered: bool


@dataclass(slots=True)
class _Made:
    """Be what a call has made so far; ``answered`` tells that the array said it made the group."""

    group: ConsistencyGroup | None = None
    answered: bool = False
    copies: list[_Copy] = field(default_factory=list)

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of the copies."""
        return tuple(copy.volume.id for copy in self.copies)


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
        """Make the new group from a group's volumes as they are at one point in time."""
        clones = self._snapshots.clones
        if clones is None:
            return self._from_group_by_snapshot(wanted, group_id, budget, allow_shared_lss=allow_shared_lss)
        group = self._groups.create(wanted.name, None, budget)  # sends nothing
        volumes, left = clones.make(wanted, group_id, budget, self._tell, allow_shared_lss=allow_shared_lss)
        return CopiedGroup(group=group, volumes=volumes, left=left)

    def _from_group_by_snapshot(
        self, wanted: NewGroup, group_id: str, budget: Budget, *, allow_shared_lss: bool
    ) -> CopiedGroup:
        """Take a snapshot of a group's volumes, make the new group from it, and delete the snapshot again."""
        name = f"tmp{uuid.uuid4().hex[:8]}"
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
            made.group, made.answered = self._groups.make(wanted.name, pool, budget)
            for volume_id, name in wanted.volumes.items():
                self._tell(f"copying {volume_id} to {name}")
                made.copies.append(self._copied(snapshots[volume_id.casefold()], name, wanted.pool, budget))
            joined = self._members.update(made.group.id, made.ids, (), budget, self._tell)
        except DriverError as error:
            if isinstance(error, Unsupported) and error.code and self._snapshots.clones is not None:
                error.next_step = NAME_THE_GROUP
            self._undo(made, error)
            raise
        return CopiedGroup(group=made.group, volumes=joined)

    def _copied(self, snapshot: Snapshot, name: str, pool: str | None, budget: Budget) -> _Copy:
        place = self._core.get_settled_pool(pool or snapshot.pool_id, budget)
        source = self._clones.snapshot(self._exact_id(snapshot), budget)
        try:
            return _Copy(snapshot.volume_id, *self._clones.clone(source, CloneOrder(name=name, pool=place), budget))
        except DriverError as error:
            if error.left is not None:
                error.left_copies = ((snapshot.volume_id, error.left),)
            raise

    def _exact_id(self, snapshot: Snapshot) -> str:
        """Return an id that means the snapshot of that very volume, since a DS8000 gives ids again."""
        own = self._core.array.flashcopies is None
        return snapshot.id if own else f"{snapshot.volume_id}:{snapshot.id}"

    def _refuse_lost(self, snapshot: Snapshot, budget: Budget) -> None:
        """Raise NotFound unless a snapshot still holds its point in time of that very volume."""
        try:
            self._clones.snapshot(self._exact_id(snapshot), budget)
        except NotFound as lost:
            lost.attribute = "group_snapshot"
            raise

    def _undo(self, made: _Made, error: DriverError) -> None:
        """Remove what this call made, or say in the error what is left: also what no answer of the array named."""
        left: list[str] = []
        group = made.group
        if group is not None and made.copies:  # where some joined and could not be taken out again
            self._undone(partial(self._members.update, group.id, (), made.ids), error)
        for copy in reversed(made.copies):
            volume = copy.volume
            if copy.answered and self._undone(partial(Deletions(self._core).delete, volume.id, volume.name), error):
                continue
            left.append(f"volume {volume.name} (id {volume.id}, a copy of this call)")
            error.left_copies = ((copy.source_id, volume), *error.left_copies)
        if group is not None and not (made.answered and self._undone(partial(self._groups.delete, group.id), error)):
            left.append(f"consistency group {group.name}")
        if left:
            error.left_behind = f"Left on the array: {', '.join(left)}. {error.left_behind}".strip()

    def _undone(self, undo: Callable[[Budget], object], error: DriverError) -> bool:
        try:
            try:
                undo(Budget(UNDO_S, self._core.stop))
            except Cancelled:
                undo(Budget(LOOK_AFTER_STOP_S))
        except DriverError as second:
            error.happened = f"{error.happened} Undoing failed too: {second}".strip()
            return False
        return True

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
            return f"group snapshot {called(taken.name, taken.id)} was not deleted: {error}"
        return "; ".join(left)


def _by_volume(wanted: NewGroup, taken: GroupSnapshot) -> dict[str, Snapshot]:
    """Return the snapshots by their volumes' ids; raises Refused unless each has one new name."""
    found = {one.volume_id.casefold(): one for one in taken.snapshots}
    wanted.check(f"group snapshot {taken.name}", found)
    return found


def _unheard(_: str, __: str) -> None:
    return

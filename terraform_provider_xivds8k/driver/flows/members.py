"""Members of consistency groups: volumes are put in and taken out, having been looked at before.

An XIV keeps who is in a group.  On a DS8000, which does not, it is made sure that the volumes are there, and nothing is
sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..core import Core
from ..errors import AlreadyExists, Cancelled, DriverError, InDoubt, InUse, NotFound, Refused
from ..objects import ConsistencyGroup, Volume
from ..waiting import LOOK_AFTER_STOP_S, Budget, Progress
from .groups import GroupFlows
from .mirror_members import MirrorMembers
from .pair_guards import PairGuard

UNDO_S = 30.0


class MemberFlows:
    """Change who is in the consistency groups of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._volumes = core.array.volumes
        self._groups = GroupFlows(core)
        self._guard = PairGuard(core)
        self._mirrors = MirrorMembers(core)

    def update(
        self,
        group_id: str,
        add: tuple[str, ...],
        remove: tuple[str, ...],
        budget: Budget,
        progress: Progress | None = None,
    ) -> tuple[Volume, ...]:
        """Take volumes out and put others in, having looked at all of them before; return those put in.

        Where one cannot be put in, those this call put in before are taken out again.
        """
        if self._core.array.groups is None:
            return tuple(self._present(volume_id, budget) for volume_id in add)
        tell = progress or (lambda _: None)
        group = self._groups.get(group_id, budget) if add else None
        joining = tuple(self._joining(group, one, budget) for one in add) if group else ()
        if group:
            for volume in joining:
                self._mirrors.check_joining(group, volume, budget)
                self._guard.wait_to_join(group, volume, budget, tell)
        for volume_id in remove:
            self._take_out(group_id, volume_id, budget)
            tell(f"volume {volume_id} is not in consistency group {group_id}")
        added: list[tuple[Volume, bool]] = []
        try:
            for volume in joining:
                added.append(self._put_in(group_id, volume, budget))
                tell(f"volume {volume.name} is in consistency group {group_id}")
        except DriverError as error:
            self._take_back(group_id, added, error)
            raise
        return tuple(volume for volume, _ in added)

    def _joining(self, group: ConsistencyGroup, volume_id: str, budget: Budget) -> Volume:
        """Return a volume that may be put into a group; raises what forbids it, by names."""
        volume = self._present(volume_id, budget)
        if volume.is_snapshot:
            raise Refused(f"{volume.name} is a snapshot and cannot be in a consistency group", attribute="volume_id")
        if volume.group == group.name:
            raise AlreadyExists(
                f"Volume {volume.name} is in consistency group {group.name} already",
                left_behind="Nothing was changed.",
                next_step="There is nothing to do.",
                attribute="volume_id",
            )
        if volume.group is not None:
            raise InUse(
                f"Volume {volume.name} belongs to consistency group {volume.group}",
                happened=f"A volume can be in one group only, and was not put into {group.name}.",
                left_behind="Nothing was changed.",
                next_step=f"Take it out of {volume.group} first.",
                attribute="volume_id",
            )
        if volume.pool_id != group.pool_id:
            raise Refused(
                f"Volume {volume.name} is in pool {volume.pool_name}, consistency group {group.name} in "
                f"{group.pool_name}",
                happened="A group and its volumes are in one pool on this array.",
                left_behind="Nothing was changed.",
                next_step=f"Move the volume to pool {group.pool_name}, or use a group in pool {volume.pool_name}.",
                attribute="volume_id",
            )
        return volume

    def _put_in(self, group_id: str, volume: Volume, budget: Budget) -> tuple[Volume, bool]:
        """Put a volume in; return it as it is then, and whether the array's own answer said so."""
        sent, answered = 0, False

        def send() -> None:
            nonlocal sent, answered
            sent += 1
            try:
                self._groups.kept.add(group_id, volume, budget)
                answered = True
            except InUse:  # of itself, where the first time was carried out late
                if sent == 1 or not self._mirrors.is_in_both(group_id, volume.id, budget):
                    raise

        doubtful = f"Volume {volume.name} may be in consistency group {group_id}, or still get there."
        try:
            with self._told(volume.id, doubtful):
                self._core.write(budget, send, lambda look: self._mirrors.is_in_both(group_id, volume.id, look))
        except InDoubt as doubt:
            self._take_out_of_one(group_id, volume, doubt)
            raise
        joined = replace(volume, group=group_id)
        self._core.inventory.put(joined)
        return joined, answered

    def _take_out_of_one(self, group_id: str, volume: Volume, doubt: InDoubt) -> None:
        """Take a volume out again whose copy certainly did not join with it, or say that it is a member here alone."""
        brief = Budget(UNDO_S, self._core.stop).for_a_look()
        if not volume.replicated or not self._core.certainly(
            brief, lambda look: self._mirrors.is_in_one(group_id, volume.id, look)
        ):
            return
        doubt.left_behind = "It is a member on neither array."
        try:
            self._take_out(group_id, volume.id, brief, is_undone=True)
        except DriverError as second:
            told = MirrorMembers.in_one(group_id, volume.name)
            doubt.left_behind, doubt.next_step = told.happened, told.next_step
            doubt.happened = f"{doubt.happened} Undoing failed too: {second.summary}".strip()

    def _take_out(self, group_id: str, volume_id: str, budget: Budget, *, is_undone: bool = False) -> None:
        """Take a volume out of this group; one that is not in it, or not there at all, is done."""

        def send() -> None:
            found = self._volumes.find(volume_id, budget)  # before each time: the command takes it out of any group
            if found is None or found.group != group_id:
                if found is not None and not self._mirrors.is_in_neither(group_id, volume_id, budget):
                    raise MirrorMembers.in_one(group_id, found.name)
                return
            if not is_undone:
                self._guard.check_leaving(group_id, found, budget)
            try:
                self._groups.kept.remove(found, budget)
            except NotFound:
                if self._group_of(volume_id, budget) == group_id:
                    raise

        with self._told(
            volume_id, f"Volume {volume_id} may be in consistency group {group_id}, or still go out of it."
        ):
            self._core.write(budget, send, lambda look: self._mirrors.is_in_neither(group_id, volume_id, look))
        self._core.inventory.doubt(volume_id=volume_id)

    @contextmanager
    def _told(self, volume_id: str, doubtful: str) -> Iterator[None]:
        """Let the array be asked about a volume whose change failed in any way, and a doubt say whose it is."""
        try:
            yield
        except InDoubt as doubt:
            doubt.left_behind = doubtful
            self._core.inventory.doubt(volume_id=volume_id)
            raise
        except BaseException:
            self._core.inventory.doubt(volume_id=volume_id)
            raise

    def _take_back(self, group_id: str, added: list[tuple[Volume, bool]], error: DriverError) -> None:
        """Take out again what this call put in, or say in the error what is left; a stop leaves two seconds."""
        left: list[str] = []
        for volume, answered in reversed(added):
            try:
                if not answered:
                    left.append(volume.name)
                    continue
                try:
                    self._take_out(group_id, volume.id, Budget(UNDO_S, self._core.stop))
                except Cancelled:
                    self._take_out(group_id, volume.id, Budget(LOOK_AFTER_STOP_S))
            except DriverError as second:
                left.append(volume.name)
                error.happened = f"{error.happened} Undoing failed too: {second}".strip()
        if left:
            error.left_behind = f"In consistency group {group_id} are left: {', '.join(left)}. {error.left_behind}"

    def _group_of(self, volume_id: str, budget: Budget) -> str | None:
        found = self._volumes.find(volume_id, budget)
        return found.group if found is not None else None

    def _present(self, volume_id: str, budget: Budget) -> Volume:
        found = self._volumes.find(volume_id, budget)
        if found is None:
            raise NotFound(
                f"Volume {volume_id} is not on the array",
                left_behind="Nothing was changed.",
                next_step="Run it again: the plan then shows what is there.",
                attribute="volume_id",
            )
        return found

"""Consistency groups: make, delete, put volumes in and take them out.

An XIV keeps groups as objects of its own, by name.  A DS8000 knows none: a group is an id made here, and who is in it
is for the caller to remember.  Names are compared exactly, whatever the array makes of upper and lower case.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from .. import rules
from ..array import Groups
from ..core import Core, near
from ..errors import (
    AlreadyExists,
    Cancelled,
    DriverError,
    InDoubt,
    InUse,
    NotFound,
    Refused,
    Unsupported,
)
from ..objects import ConsistencyGroup, Volume
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .deletions import told_beside

ATTEMPTS = 2
UNDO_S = 30.0
NONE_HERE = "A DS8000 keeps no consistency groups: who is in one is known to those who made it, not to the array."

Progress = Callable[[str], None]


class GroupFlows:
    """Carry out what may be done to consistency groups of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._volumes = core.array.volumes

    @property
    def kept(self) -> Groups:
        """Return the array's own groups; raises Unsupported on an array without them."""
        if self._core.array.groups is None:
            raise Unsupported("This array has no consistency groups", happened=NONE_HERE)
        return self._core.array.groups

    # groups

    def create(self, name: str, pool: str | None, budget: Budget) -> ConsistencyGroup:
        """Make an empty group under a name nobody has."""
        if self._core.array.groups is None:
            return self._create_nowhere(name, pool, budget)
        problem = rules.volume_name_problem("xiv", name)
        if problem:
            raise Refused("The array would not take this name", happened=problem, attribute="name")
        if pool is None:
            raise Refused(
                "A consistency group needs a pool on this array",
                happened="Nothing was sent to the array.",
                next_step="Write the pool its volumes are in.",
                attribute="pool",
            )
        found = self._core.get_settled_pool(pool, budget)
        wanted = ConsistencyGroup(
            id=name,
            name=name,
            system_id=self._core.array.system_id(budget),
            pool_id=found.id,
            pool_name=found.name,
        )
        try:
            with self._core.naming(f"consistency group {name}", budget):
                self._refuse_taken(name, budget)
                self._make(wanted, lambda: self.kept.create(name, found, budget), budget)
        finally:
            self._core.recent.forget()
        return wanted

    def _create_nowhere(self, name: str, pool: str | None, budget: Budget) -> ConsistencyGroup:
        if pool is not None:
            raise Unsupported(
                "A consistency group has no pool on this array",
                happened=NONE_HERE,
                next_step="Leave pool out; volumes of any pools can be members.",
                attribute="pool",
            )
        return ConsistencyGroup(id=str(uuid.uuid4()), name=name, system_id=self._core.array.system_id(budget))

    def _refuse_taken(self, name: str, budget: Budget) -> None:
        found = self.kept.find(name, budget)
        if found is not None:
            raise AlreadyExists(
                f"There is a consistency group called {found.name!r} already",
                happened=f"It is in pool {found.pool_name}{' and mirrored' if found.is_mirrored else ''}.",
                left_behind="Nothing was changed.",
                next_step="Choose another name, or manage the one that exists.",
                attribute="name",
            )

    def _make(self, wanted: ConsistencyGroup, send: Callable[[], None], budget: Budget) -> None:
        """Send a creation once; after a lost answer, one that is there, new and empty is ours: the name was free."""
        try:
            self._core.patiently(budget, send)
        except InDoubt as doubt:
            if self._core.certainly(budget.for_a_look(), lambda look: self.is_hollow(wanted, look)):
                return
            doubt.left_behind = f"Consistency group {wanted.name} may be in pool {wanted.pool_name}, or appear there."
            raise

    def is_hollow(self, wanted: ConsistencyGroup, budget: Budget) -> bool:
        """Tell whether the array has that very group and nothing depends on it."""
        found = self.kept.find(wanted.name, budget)
        return found == wanted and not self._users(found, budget)

    def get(self, group_id: str, budget: Budget) -> ConsistencyGroup:
        """Return a group as it is now; raises NotFound with near matches."""
        found = self.kept.find(group_id, budget)
        if found is not None and found.name == group_id:
            return found
        known = [group.name for group in self.kept.listing(budget)]
        raise NotFound(
            f"No consistency group {group_id!r} on the array",
            happened=f"The array has: {', '.join(known) or 'none at all'}.",
            left_behind="Nothing was changed.",
            next_step=near(group_id, known),
            attribute="consistency_group_id",
        )

    def users(self, group_id: str, budget: Budget) -> tuple[str, ...]:
        """Return what depends on a group, in words; nothing on an array without groups."""
        if self._core.array.groups is None:
            return ()
        return self._users(self.get(group_id, budget), budget)

    def _users(self, group: ConsistencyGroup, budget: Budget) -> tuple[str, ...]:
        members = tuple(f"volume {one.name} ({one.id})" for one in self.kept.members(group.name, budget))
        taken = self.kept.snapshot_groups(budget)
        snapshots = tuple(f"snapshot group {one.name}" for one in taken if one.group == group.name)
        return (*members, *snapshots, *(("a mirror",) if group.is_mirrored else ()))

    def delete(self, group_id: str, budget: Budget) -> None:
        """Delete a group nothing depends on; one that is gone already is done, a DS8000 is not even asked."""
        if self._core.array.groups is None:
            return
        try:
            self._delete(group_id, budget)
        finally:
            self._core.recent.forget()

    def _delete(self, group_id: str, budget: Budget) -> None:
        doubt: InDoubt | None = None
        for _ in range(ATTEMPTS):
            try:
                self._core.patiently(budget, lambda: self._delete_unused(group_id, budget))
                self._core.wait_until(
                    budget, lambda look: self._is_gone(group_id, look), f"consistency group {group_id} to disappear"
                )
            except InDoubt as lost:
                doubt = lost
                if self._core.certainly(budget.for_a_look(), lambda look: self._is_gone(group_id, look)):
                    return
                if self._core.stop.is_set():
                    break
            except DriverError as error:
                if doubt is None:
                    raise
                raise told_beside(doubt, error) from error
            else:
                return
        if doubt is not None:
            doubt.left_behind = f"Consistency group {group_id} may be there, or still go."
            raise doubt

    def _is_gone(self, group_id: str, budget: Budget) -> bool:
        found = self.kept.find(group_id, budget)
        return found is None or found.name != group_id

    def _delete_unused(self, group_id: str, budget: Budget) -> None:
        """Look and delete; an array that is busy is looked at again before the next time."""
        found = self.kept.find(group_id, budget)
        if found is None or found.name != group_id:
            return
        users = self._users(found, budget)
        if users:
            raise InUse(
                f"Consistency group {group_id} is in use and was not deleted",
                happened=f"It has: {', '.join(users)}.",
                left_behind="Nothing was changed.",
                next_step="Remove these first: take its volumes out, delete its snapshot groups, end its mirror.",
            )
        try:
            self.kept.delete(group_id, budget)
        except NotFound:
            if not self._is_gone(group_id, budget):
                raise

    # members

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
        group = self.get(group_id, budget) if add else None
        joining = tuple(self._joining(group, one, remove, budget) for one in add) if group else ()
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

    def _joining(self, group: ConsistencyGroup, volume_id: str, leaving: tuple[str, ...], budget: Budget) -> Volume:
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
        if volume.group is not None and volume_id not in leaving:
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
                self.kept.add(group_id, volume, budget)
                answered = True
            except InUse:  # of itself, where the first time was carried out late
                if sent == 1 or self._group_of(volume.id, budget) != group_id:
                    raise

        with self._told(volume.id, f"Volume {volume.name} may be in consistency group {group_id}, or still get there."):
            self._core.write(budget, send, lambda look: self._group_of(volume.id, look) == group_id)
        joined = replace(volume, group=group_id)
        self._core.inventory.put(joined)
        return joined, answered

    def _take_out(self, group_id: str, volume_id: str, budget: Budget) -> None:
        """Take a volume out of this group; one that is not in it, or not there at all, is done."""

        def send() -> None:
            found = self._volumes.find(volume_id, budget)  # before each time: the command takes it out of any group
            if found is None or found.group != group_id:
                return
            try:
                self.kept.remove(found, budget)
            except NotFound:
                if self._group_of(volume_id, budget) == group_id:
                    raise

        with self._told(
            volume_id, f"Volume {volume_id} may be in consistency group {group_id}, or still go out of it."
        ):
            self._core.write(budget, send, lambda look: self._group_of(volume_id, look) != group_id)
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

"""Consistency groups: make and delete; who is in one is told by ``members``.

An XIV keeps groups as objects of its own, by name.  A DS8000 knows none: a group is an id made here, and who is in it
is for the caller to remember.  Names are compared exactly, whatever the array makes of upper and lower case.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from .. import rules
from ..array import Groups
from ..core import Core, near
from ..errors import AlreadyExists, DriverError, InDoubt, InUse, NotFound, Refused, Unsupported
from ..objects import ConsistencyGroup
from ..waiting import Budget
from .deletions import told_beside

ATTEMPTS = 2
NONE_HERE = "A DS8000 keeps no consistency groups: who is in one is known to those who made it, not to the array."


class GroupFlows:
    """Carry out what may be done to consistency groups of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def kept(self) -> Groups:
        """Return the array's own groups; raises Unsupported on an array without them."""
        if self._core.array.groups is None:
            raise Unsupported("This array has no consistency groups", happened=NONE_HERE)
        return self._core.array.groups

    def create(self, name: str, pool: str | None, budget: Budget) -> ConsistencyGroup:
        """Make an empty group under a name nobody has."""
        return self.make(name, pool, budget)[0]

    def make(self, name: str, pool: str | None, budget: Budget) -> tuple[ConsistencyGroup, bool]:
        """Make an empty group; tell also whether the array's own answer was that it did.

        What no answer told of is never deleted by undoing.
        """
        if self._core.array.groups is None:
            return self._create_nowhere(name, pool, budget), True
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
                answered = self._make(wanted, lambda: self.kept.create(name, found, budget), budget)
        finally:
            self._core.recent.forget()
        return wanted, answered

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

    def _make(self, wanted: ConsistencyGroup, send: Callable[[], None], budget: Budget) -> bool:
        """Send a creation once; after a lost answer, one that is there, new and empty counts: the name was free.

        Tells whether it was answered.
        """
        try:
            self._core.patiently(budget, send)
        except InDoubt as doubt:
            if self._core.certainly(budget.for_a_look(), lambda look: self.is_hollow(wanted, look)):
                return False
            doubt.left_behind = f"Consistency group {wanted.name} may be in pool {wanted.pool_name}, or appear there."
            raise
        return True

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

"""Consistency groups and their members."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..flows.groups import GroupFlows
from ..flows.members import MemberFlows
from ..objects import ConsistencyGroup, Volume
from .base import Operations


class GroupOperations(Operations):
    """Offer consistency groups: an XIV's own, and on a DS8000, which knows none, ids to remember members under."""

    @property
    def _groups(self) -> GroupFlows:
        return GroupFlows(self._core)

    @property
    def keeps_consistencygroups(self) -> bool:
        """Tell whether the array itself has consistency groups; asks nothing."""
        return self._core.array.groups is not None

    def find_consistencygroup(self, group_id: str, *, deadline: float | None = None) -> ConsistencyGroup | None:
        """Return a group as it is now, None where there is none of exactly that name; raises Unsupported (DS8000)."""
        found = self._groups.kept.find(group_id, self._core.budget(deadline))
        return found if found is not None and found.name == group_id else None

    def find_recent_consistencygroup(
        self, group_id: str, *, system_id: str, deadline: float | None = None
    ) -> ConsistencyGroup | None:
        """Return a group as it was at most a minute ago, None only where the array says so now.

        For reading many: one listing serves all.  Raises WrongSystem, Unsupported (DS8000).
        """
        budget, kept = self._core.budget(deadline), self._groups.kept
        if self._core.known_system_id is not None:
            self._core.check_system(system_id, budget)
        listed = self._core.recent.groups.get(budget)
        self._core.check_system(system_id, budget)
        for group in listed:
            if group.name == group_id:
                return group
        found = kept.find(group_id, budget)
        return found if found is not None and found.name == group_id else None

    def get_consistencygroup(self, group_id: str, *, deadline: float | None = None) -> ConsistencyGroup:
        """Return a group; raises NotFound with near matches, Unsupported (DS8000)."""
        return self._groups.get(group_id, self._core.budget(deadline))

    def list_consistencygroups(
        self, *, name: str | None = None, name_regex: str | None = None, pool: str | None = None
    ) -> tuple[ConsistencyGroup, ...]:
        """Return the groups that fit, by name; raises Unsupported (DS8000), NotFound (``pool``)."""
        kept, budget = self._groups.kept, self._core.budget()
        pool_id = self._core.get_pool(pool, budget).id if pool is not None else None
        return tuple(
            group
            for group in kept.listing(budget)
            if name in {None, group.name}
            and (name_regex is None or re.search(name_regex, group.name))
            and pool_id in {None, group.pool_id}
        )

    def consistencygroup_members(self, group_id: str, *, deadline: float | None = None) -> tuple[Volume, ...]:
        """Return the volumes of a group as they are now, by id; raises NotFound, Unsupported (DS8000)."""
        budget = self._core.budget(deadline)
        return self._groups.kept.members(self._groups.get(group_id, budget).name, budget)

    def consistencygroup_users(self, group_id: str, *, deadline: float | None = None) -> tuple[str, ...]:
        """Return what depends on a group, in words: volumes, snapshot groups, a mirror; nothing on a DS8000."""
        return self._groups.users(group_id, self._core.budget(deadline))

    def create_consistencygroup(
        self, *, name: str, pool: str | None = None, deadline: float | None = None
    ) -> ConsistencyGroup:
        """Make an empty group; on a DS8000 nothing is sent, and its id is to be remembered.

        Raises AlreadyExists, NotFound and Unsupported (``pool``: an XIV needs one, a DS8000 takes none), NoSpace,
        InDoubt where the answer was lost and a look-up could not settle it.
        """
        self._core.allow("Creating a consistency group")
        return self._groups.create(name, pool, self._core.budget(deadline))

    def update_consistencygroup(
        self,
        *,
        group_id: str,
        add: tuple[str, ...] = (),
        remove: tuple[str, ...] = (),
        deadline: float | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> tuple[Volume, ...]:
        """Take volumes (by id) out of a group, then put others in; return those put in.  All or none are put in.

        A volume that is not in the group any more is taken out already.  Raises AlreadyExists for one that is in it
        before, InUse for one in another group, Refused for one in another pool (``volume_id``), NotFound, InDoubt.
        On a DS8000 nothing is sent: it is made sure that the volumes to put in are there.
        """
        self._core.allow("Changing the members of a consistency group", destroys=bool(remove))
        budget = self._core.budget(deadline)
        return MemberFlows(self._core).update(group_id, tuple(add), tuple(remove), budget, progress)

    def delete_consistencygroup(self, *, group_id: str, deadline: float | None = None) -> None:
        """Delete an empty group; one that is gone already is done, and on a DS8000 nothing is sent.

        Raises InUse naming its volumes, snapshot groups or mirror, InDoubt.
        """
        self._core.allow("Deleting a consistency group", destroys=True)
        self._groups.delete(group_id, self._core.budget(deadline))

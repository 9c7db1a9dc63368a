"""Consistency groups made from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import Refused
from ..flows.group_clones import NewGroup
from ..flows.group_snapshots import GroupSnapshots
from ..flows.group_sources import GroupSources
from ..objects import CopiedGroup, GroupSnapshot
from .base import Operations

COPIES_S = 3600.0  # copies without a deadline of their own


class GroupSourceOperations(Operations):
    """Make a consistency group from another, or from a group snapshot."""

    _group_snapshots: GroupSnapshots

    def create_consistencygroup_from_src(
        self,
        *,
        name: str,
        volumes: Mapping[str, str],
        source_group_id: str | None = None,
        group_snapshot: GroupSnapshot | None = None,
        pool: str | None = None,
        allow_shared_lss: bool = False,
        deadline: float | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> CopiedGroup:
        """Make a group of new volumes that hold one point in time of others, or leave nothing behind.

        ``volumes`` gives, for the id of each volume of the source, the name of its copy.  From a source group an XIV
        takes a group snapshot, copies from it, and deletes it again.  A DS8000, which knows no groups, copies those in
        ``volumes``, all at one point in time (``allow_shared_lss`` as for ``create_cgsnapshot``), and waits until all
        is copied.  ``pool`` is where the copies go, and on an XIV the group: the sources' unless given.  Raises
        AlreadyExists, NotFound, Refused (``volumes``, ``allow_shared_lss``), InUse, NoSpace, InDoubt; Unsupported
        where a DS8000 does not copy from a group snapshot.  An error's ``left_copies`` could not be undone; its
        ``frozen`` LSSs may still hold back what hosts write.
        """
        self._core.allow("Creating a consistency group from another")
        if (source_group_id is None) == (group_snapshot is None):
            raise Refused(
                "Give source_group_id or group_snapshot", happened="One of them is what the new group is made from."
            )
        budget = self._core.budget(COPIES_S if deadline is None else deadline)
        sources = GroupSources(self._core, self._group_snapshots, progress)
        wanted = NewGroup(name=name, volumes=dict(volumes), pool=pool)
        if group_snapshot is not None:
            return sources.from_snapshot(wanted, group_snapshot, budget)
        return sources.from_group(wanted, source_group_id or "", budget, allow_shared_lss=allow_shared_lss)

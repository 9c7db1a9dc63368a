"""A volume that has left an asynchronous mirrored group on an XIV, and is in the snapshots of its mirror still.

Nobody deletes these but the mirror: with its next sync job, or when it is ended.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..core import Core
from ..errors import InUse
from ..mirrors import GO_WITH_MIRROR
from ..objects import Users, Volume
from ..waiting import Budget
from .pair_refused import listed

LET_GO_S = 90.0
SHOWN = 5


def holding(core: Core, volume: Volume, users: Users, budget: Budget) -> tuple[str, ...]:
    """Return the mirrored groups whose mirrors alone keep a volume from being deleted; none where others do, too."""
    snapshots, groups = core.array.snapshots, core.array.groups
    if snapshots is None or groups is None or users.mappings or users.relations or users.groups or not users.snapshots:
        return ()
    taken = {one.snapshot_group for one in snapshots.of_volume(volume, budget)}
    if not taken or not all(name is not None and name.casefold().startswith(GO_WITH_MIRROR) for name in taken):
        return ()
    of = {one.name: one.group for one in groups.snapshot_groups(budget)}
    if not all(name in of for name in taken):
        return ()
    names = sorted({of[name] for name in taken if name is not None})
    found = [groups.find(name, budget) for name in names]
    return tuple(names) if all(one is not None and one.is_mirrored for one in found) else ()


def lets_go(core: Core, volume_id: str, budget: Budget) -> bool:
    """Tell whether no mirror of a group holds a volume any more, or something else does."""
    volume = core.array.volumes.find(volume_id, budget)
    return volume is None or not holding(core, volume, core.array.volumes.users(volume, budget), budget)


def held(kind: str, volume: Volume, users: Users, groups: Iterable[str]) -> InUse:
    """Return the refusal of a deletion while the mirrors of groups hold a volume."""
    names = listed(list(groups), SHOWN)
    return InUse(
        f"{kind} {volume.name} is held by its former mirrored group and was not deleted",
        happened=f"The mirror of consistency group {names} has it in its own snapshots until its next sync job: "
        f"{', '.join(users.snapshots)}.",
        left_behind="Nothing was changed.",
        next_step="Leave these snapshots alone: they go with that job, at the latest after the interval of the group's "
        "schedule. Run it again then, or end the group's replication first.",
    )

"""Group snapshots of a DS8000: a FlashCopy target for each volume, all copied at one point in time.

The array has no object for it: it is its relations.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from .. import rules
from ..array import FlashCopies, VolumeOrder
from ..core import Core
from ..errors import Refused
from ..objects import GroupSnapshot, HeldGroupSnapshot, Snapshot, Volume
from ..waiting import Budget, Progress
from .consistent_copies import ConsistentCopies, Target
from .freezing import OPTIONS
from .orders import order_for
from .relations import lost_reason
from .snapshots import snapshot_of


class GroupCopies:
    """Take and find group snapshots of one DS8000."""

    def __init__(self, core: Core, copies: FlashCopies, consistent: ConsistentCopies) -> None:
        self._core = core
        self._copies = copies
        self._consistent = consistent

    def take(
        self,
        group_id: str,
        name: str,
        volume_ids: tuple[str, ...],
        budget: Budget,
        progress: Progress,
        *,
        allow_shared_lss: bool,
    ) -> GroupSnapshot:
        """Copy all volumes at one point in time, or leave nothing behind and no LSS frozen."""
        what = f"group snapshot {name}"
        sources = self._consistent.sources(volume_ids, "volume_ids", budget)
        orders = tuple((source, self._order(name, source, budget)) for source in sources)
        with self._core.passing.of(tuple(order.name for _, order in orders)):
            targets = self._consistent.targets(
                what, orders, "name", budget, progress, allow_shared_lss=allow_shared_lss
            )
            taken_s = self._consistent.copy(what, targets, OPTIONS, budget)
        return _taken(group_id, name, targets, taken_s)

    def _order(self, name: str, source: Volume, budget: Budget) -> VolumeOrder:
        return order_for(
            self._core.get_settled_pool(source.pool_id, budget),
            family="ds8k",
            name=rules.copy_name(name, source.id),
            size_bytes=source.size_bytes,
            provisioning="thin",
            lss=None,
            os400=source.os400,
        )

    def find(self, snapshot_id: str, budget: Budget) -> GroupSnapshot | None:
        """Return a group snapshot by its relations, None where there is none of them."""
        pairs = pairs_of(snapshot_id)
        listed = {one.id: one for one in self._copies.listing(budget)}
        found: list[Snapshot] = []
        for source, target in pairs:
            relation = listed.get(f"{source}:{target}")
            volume = self._core.array.volumes.find(target, budget) if relation is not None else None
            if relation is not None and volume is not None:
                found.append(snapshot_of(volume, source, copy="none", lost=lost_reason(relation, source, target)))
        if not found:
            return None
        return GroupSnapshot(
            id=",".join(f"{source}:{target}" for source, target in pairs),
            name=_common_name(found),
            group_id="",
            system_id=found[0].system_id,
            snapshots=tuple(found),
        )

    def obstacles(
        self, name: str, volume_ids: Collection[str], held: HeldGroupSnapshot, budget: Budget, *, allow_shared_lss: bool
    ) -> tuple[str, ...]:
        """Return in words why a group snapshot could not be taken once this one is deleted."""
        found = self.find(held.id, budget)
        goes = {one.id for one in found.snapshots if one.lost is None} if found is not None else set()
        goes |= {held.snapshot_ids[one] for one in held.withdrawn}
        names = {one.upper(): rules.copy_name(name, one) for one in sorted(volume_ids)}
        return self._consistent.obstacles(names, goes, budget, allow_shared_lss=allow_shared_lss)

    def losses(self, snapshot_id: str, budget: Budget) -> dict[str, str]:
        """Return why snapshots no longer hold their point in time, by volume id; seldom asks the array."""
        recent = {one.id: one for one in self._core.recent.relations.get(budget)}
        lost: dict[str, str] = {}
        for source, target in pairs_of(snapshot_id):
            here = self._core.inventory.find(target, budget)
            why = lost_reason(recent.get(f"{source}:{target}"), source, target)
            if here is None or why is not None:
                here = self._core.array.volumes.find(target, budget)
                why = lost_reason(self._copies.find(source, target, budget), source, target)
            if here is None:
                why = f"its target {target} is gone"
            if why is not None:
                lost[source] = why
        return lost


def pairs_of(snapshot_id: str) -> tuple[tuple[str, str], ...]:
    """Return the volumes a group snapshot's id names; raises Refused (attribute ``id``)."""
    pairs = tuple(tuple(part.strip().upper().split(":")) for part in snapshot_id.split(","))
    if not all(len(pair) == 2 and all(rules.is_ds8k_id(one) for one in pair) for pair in pairs):
        raise Refused(
            f"{snapshot_id!r} is no group snapshot of a DS8000",
            happened='It is named by its relations, SOURCE:TARGET joined by commas, as in "0000:0010,0001:0011".',
            next_step="Write the ids of its relations.",
            attribute="id",
        )
    named = [one for pair in pairs for one in pair]
    twice = sorted({one for one in named if named.count(one) > 1})
    if twice:
        raise Refused(
            f"{snapshot_id!r} names volume {', '.join(twice)} twice",
            happened="A group snapshot has one target for each volume.",
            left_behind="Nothing was changed.",
            next_step="Write the relations of one group snapshot only.",
            attribute="id",
        )
    return tuple(sorted((pair[0], pair[1]) for pair in pairs))


def _common_name(found: list[Snapshot]) -> str:
    """Return the name all targets were made under, empty where they bear names of another form."""
    names = {one.name.removesuffix(rules.copy_name("", one.volume_id)) for one in found}
    name = next(iter(names))
    return name if all(one.name == rules.copy_name(name, one.volume_id) for one in found) else ""


def _taken(group_id: str, name: str, targets: tuple[Target, ...], taken_s: float) -> GroupSnapshot:
    snapshots = tuple(snapshot_of(one.volume, one.source.id, copy="none") for one in targets)
    return GroupSnapshot(
        id=",".join(sorted(":".join(target.pair) for target in targets)),
        name=name,
        group_id=group_id,
        system_id=targets[0].volume.system_id,
        snapshots=snapshots,
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(taken_s)),
    )

"""Group snapshots of a DS8000: a FlashCopy target for each volume, all copied at one point in time.

The array has no object for it: it is its relations.  Targets are made first; what a failure leaves of them is removed
again where nothing can come to them any more, else named.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .. import rules
from ..array import FlashCopies
from ..core import Core
from ..errors import Cancelled, DriverError, NotFound, Refused
from ..objects import GroupSnapshot, Relation, Snapshot, Volume
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .copy_failures import failed, tell_left
from .copy_sources import CopySources
from .freezing import Freezing, Frozen
from .volumes import UNDO_S, VolumeFlows, order_for

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Be a new volume to copy to; ``answered`` tells that the array's own answer named it."""

    source: Volume
    volume: Volume
    answered: bool

    @property
    def pair(self) -> tuple[str, str]:
        """Return the ids of source and target."""
        return self.source.id, self.volume.id


class GroupCopies:
    """Take and find group snapshots of one DS8000."""

    def __init__(
        self,
        core: Core,
        volumes: VolumeFlows,
        copies: FlashCopies,
        freezing: Freezing,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._core = core
        self._volumes = volumes
        self._copies = copies
        self._freezing = freezing
        self._now = now
        self._sources = CopySources(core, volumes, copies)

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
        self._freezing.thaw_remembered(_lsss(volume_ids), budget)
        sources = self._sources.checked(volume_ids, budget)
        self._sources.refuse_taken_names(name, sources, budget)
        if not allow_shared_lss:
            self._sources.refuse_shared(sources, budget)
        targets = self._targets(name, sources, budget, progress)
        made: Frozen | None = None
        try:
            made = self._freezing.copy(tuple(target.pair for target in targets), _lsss(volume_ids), budget)
            taken_s = self._now()
            problem = failed(name, made)
            if problem is None:
                self._check(name, targets, budget)
        except DriverError as error:  # before anything was sent, or a copy that did not hold
            problem = error
        finally:
            self._core.recent.forget()
        if problem is not None:
            self._undo(targets, problem, made)
            raise problem
        return _taken(group_id, name, targets, taken_s)

    def _targets(
        self, name: str, sources: tuple[Volume, ...], budget: Budget, progress: Progress
    ) -> tuple[Target, ...]:
        made: list[Target] = []
        try:
            for source in sources:
                pool = self._core.get_settled_pool(source.pool_id, budget)
                order = order_for(
                    pool,
                    family="ds8k",
                    name=rules.copy_name(name, source.id),
                    size_bytes=source.size_bytes,
                    provisioning="thin",
                    lss=None,
                    os400=None,
                )
                volume, answered = self._volumes.make(order, budget)
                made.append(Target(source, volume, answered))
                progress(f"Target {len(made)} of {len(sources)} is made: {volume.name} ({volume.id})")
        except DriverError as error:
            half = ((source.id, error.left),) if error.left is not None else ()
            self._undo(tuple(made), error, None)
            if half:
                tell_left(error, (*error.left_copies, *half))
            raise
        return tuple(made)

    def _check(self, name: str, targets: tuple[Target, ...], budget: Budget) -> None:
        """Raise Refused for a copy that failed at once; an array that does not say said yes before."""
        try:
            listed = {one.id: one for one in self._copies.listing(budget.for_a_look())}
        except DriverError:
            return
        wrong = [":".join(target.pair) for target in targets if not _holds(listed.get(":".join(target.pair)))]
        if wrong:
            raise Refused(
                f"Group snapshot {name} did not hold and was not kept",
                happened=f"The array took it, and then showed no valid FlashCopy {', '.join(wrong)}.",
                next_step="Look whether the pools have room for what hosts write, then run it again.",
            )

    def _undo(self, targets: tuple[Target, ...], error: DriverError, made: Frozen | None) -> None:
        late = made.may_come_late if made is not None else frozenset()
        left = [target for target in targets if not self._undone(target, error, late=target.pair in late)]
        if late and made is not None:  # what came after the thaw froze its LSS anew
            self._freezing.thaw(made.lss_ids, Budget(LOOK_AFTER_STOP_S))
            self._freezing.doubt(made.lss_ids)
        tell_left(error, tuple((target.source.id, target.volume) for target in left))

    def _undone(self, target: Target, error: DriverError, *, late: bool) -> bool:
        """Withdraw the copy and delete its target; tell whether it is gone."""
        try:
            try:
                ended = self._ended(target, Budget(UNDO_S, self._core.stop), late=late)
            except Cancelled:
                ended = self._ended(target, Budget(LOOK_AFTER_STOP_S), late=late)
        except DriverError as second:
            error.happened = f"{error.happened} Undoing failed too: {second}".strip()
            return False
        if not ended:
            return False
        probe = DriverError("undoing")
        self._volumes.undo(target.volume, probe, answered=target.answered)
        error.happened = f"{error.happened} {probe.happened}".strip()
        return probe.left is None

    def _ended(self, target: Target, budget: Budget, *, late: bool) -> bool:
        """Withdraw the copy where there is one; tell whether the target has no relation and gets none."""
        try:
            relations = self._copies.of_volume(target.volume.id, budget)
        except NotFound:
            return True
        ours = [one for one in relations if (one.source_id, one.target_id) == target.pair]
        if len(ours) < len(relations) or (late and not ours):
            return False
        for relation in ours:
            withdraw(self._core, self._copies, relation, budget)
        return True

    def find(self, snapshot_id: str, budget: Budget) -> GroupSnapshot | None:
        """Return a group snapshot by its relations, None where there is none of them."""
        pairs = pairs_of(snapshot_id)
        listed = {one.id: one for one in self._copies.listing(budget)}
        found: list[Snapshot] = []
        for source, target in pairs:
            relation = listed.get(f"{source}:{target}")
            volume = self._core.array.volumes.find(target, budget) if relation is not None else None
            if relation is not None and volume is not None:
                found.append(snapshot_of(source, volume, relation))
        if not found:
            return None
        return GroupSnapshot(
            id=",".join(f"{source}:{target}" for source, target in pairs),
            name=_common_name(found),
            group_id="",
            system_id=found[0].system_id,
            snapshots=tuple(found),
        )

    def losses(self, snapshot_id: str, budget: Budget) -> dict[str, str]:
        """Return why snapshots no longer hold their point in time, by volume id; seldom asks the array."""
        recent = {one.id: one for one in self._core.recent.relations.get(budget)}
        lost: dict[str, str] = {}
        for source, target in pairs_of(snapshot_id):
            here = self._core.inventory.find(target, budget)
            relation = recent.get(f"{source}:{target}")
            if here is None or not _holds(relation):
                here = self._core.array.volumes.find(target, budget)
                relation = self._copies.find(source, target, budget)
            if here is None:
                lost[source] = f"its target {target} is gone"
            elif relation is None:
                lost[source] = f"the array has no FlashCopy {source}:{target} any more"
            elif not _holds(relation):
                lost[source] = f"FlashCopy {source}:{target} is {relation.state}"
        return lost


def withdraw(core: Core, copies: FlashCopies, relation: Relation, budget: Budget) -> None:
    """End a relation for certain; one that is gone already is done."""

    def send() -> None:
        try:
            copies.withdraw(relation, budget)
        except NotFound:
            if copies.find(relation.source_id, relation.target_id, budget) is not None:
                raise

    def is_gone(look: Budget) -> bool:
        return copies.find(relation.source_id, relation.target_id, look) is None

    core.write(budget, send, is_gone)
    core.wait_until(budget, is_gone, f"FlashCopy {relation.id} to end")
    core.recent.forget()


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
    return tuple(sorted((pair[0], pair[1]) for pair in pairs))


def snapshot_of(source_id: str, target: Volume, relation: Relation | None) -> Snapshot:
    """Return a target as a snapshot."""
    return Snapshot(
        id=target.id,
        name=target.name,
        wwn=target.wwn,
        system_id=target.system_id,
        volume_id=source_id,
        pool_id=target.pool_id,
        pool_name=target.pool_name,
        size_bytes=target.size_bytes,
        copy="none",
        lost=None if _holds(relation) else f"FlashCopy {source_id}:{target.id} is not valid",
    )


def _lsss(volume_ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({volume_id[:2].upper() for volume_id in volume_ids}))


def _holds(relation: Relation | None) -> bool:
    return relation is not None and relation.is_valid and relation.is_persistent


def _common_name(found: list[Snapshot]) -> str:
    """Return the name all targets were made under, empty where they bear names of another form."""
    names = {one.name.removesuffix(rules.copy_name("", one.volume_id)) for one in found}
    name = next(iter(names))
    return name if all(one.name == rules.copy_name(name, one.volume_id) for one in found) else ""


def _taken(group_id: str, name: str, targets: tuple[Target, ...], taken_s: float) -> GroupSnapshot:
    snapshots = tuple(replace(snapshot_of(one.source.id, one.volume, None), lost=None) for one in targets)
    return GroupSnapshot(
        id=",".join(sorted(":".join(target.pair) for target in targets)),
        name=name,
        group_id=group_id,
        system_id=targets[0].volume.system_id,
        snapshots=snapshots,
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(taken_s)),
    )

"""Group snapshots of a DS8000: a FlashCopy target for each volume, all copied at one point in time.

The array has no object for it: it is its relations.  Targets are made first; what a failure leaves of them is removed
again where nothing can come to them any more, else named.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from .. import rules
from ..array import FlashCopies
from ..core import Core
from ..errors import Cancelled, DriverError, Refused
from ..objects import GroupSnapshot, Snapshot, Volume
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .copy_failures import failed, tell_left, tell_of_undoing
from .copy_sources import CopySources
from .flashcopies import FlashCopySteps, lost_reason
from .freezing import Freezing, Frozen
from .snapshots import Progress, snapshot_of
from .volumes import UNDO_S, VolumeFlows, order_for


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
        self._steps = FlashCopySteps(core, volumes, copies)

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
                    os400=source.os400,
                )
                volume, answered = self._volumes.make(order, budget)
                made.append(Target(source, volume, answered))
                progress(f"Target {len(made)} of {len(sources)} is made: {volume.name} ({volume.id})")
        except DriverError as error:
            half = ((source.id, error.left),) if error.left is not None else ()
            self._undo(tuple(made), error, None, half)
            raise
        return tuple(made)

    def _check(self, name: str, targets: tuple[Target, ...], budget: Budget) -> None:
        """Raise Refused for a copy that failed at once; an array that does not say said yes before."""
        try:
            listed = {one.id: one for one in self._copies.listing(budget.for_a_look())}
        except DriverError:
            return
        pairs = {":".join(target.pair): target.pair for target in targets}
        wrong = [name for name, pair in pairs.items() if lost_reason(listed.get(name), *pair) is not None]
        if wrong:
            raise Refused(
                f"Group snapshot {name} did not hold and was not kept",
                happened=f"The array took it, and then showed no valid FlashCopy {', '.join(wrong)}.",
                next_step="Look whether the pools have room for what hosts write, then run it again.",
            )

    def _undo(
        self,
        targets: tuple[Target, ...],
        error: DriverError,
        made: Frozen | None,
        half: tuple[tuple[str, Volume], ...] = (),
    ) -> None:
        late = made.may_come_late if made is not None else frozenset()
        left = [target for target in targets if not self._undone(target, error, late=target.pair in late)]
        if late and made is not None:  # what came after the thaw froze its LSS anew
            self._freezing.doubt(made.lss_ids)
            with suppress(DriverError):  # it is told of in any case
                self._freezing.thaw(made.lss_ids, Budget(LOOK_AFTER_STOP_S))
            self._freezing.doubt(made.lss_ids)
        tell_left(error, (*((target.source.id, target.volume) for target in left), *half))

    def _undone(self, target: Target, error: DriverError, *, late: bool) -> bool:
        """Withdraw the copy and delete its target; tell whether it is gone."""
        if not target.answered:
            return False
        try:
            try:
                return self._removed(target, Budget(UNDO_S, self._core.stop), late=late)
            except Cancelled:
                return self._removed(target, Budget(LOOK_AFTER_STOP_S), late=late)
        except DriverError as second:
            tell_of_undoing(error, second)
            return False

    def _removed(self, target: Target, budget: Budget, *, late: bool) -> bool:
        """Remove a target, but not one that a copy may still come to: its id could be another's by then."""
        if late and self._copies.find(*target.pair, budget) is None:
            return False
        source_id, volume = target.source.id, target.volume
        return self._steps.delete(volume.id, source_id, volume.name, volume.size_bytes, budget) is None

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
    return tuple(sorted((pair[0], pair[1]) for pair in pairs))


def _lsss(volume_ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({volume_id[:2].upper() for volume_id in volume_ids}))


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

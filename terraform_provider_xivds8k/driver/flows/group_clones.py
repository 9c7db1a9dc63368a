"""Full copies of a group's volumes on a DS8000, all of one point in time: called made only when the whole was seen.

One FlashCopy of all pairs with a background copy, thawed at once; then every relation is waited for, and withdrawn
when none can fail any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from ..array import FlashCopies, FlashCopyOption, VolumeOrder
from ..core import Core
from ..errors import Cancelled, DriverError, InDoubt, Refused, TimedOut
from ..objects import Volume
from ..waiting import Budget, Progress
from .consistent_copies import ConsistentCopies, Target, lss_of
from .copy_failures import in_brief
from .full_copies import OPTIONS as FULL
from .full_copies import FlashCopier
from .making import Making
from .orders import order_for
from .volumes import VolumeFlows
from .withdrawals import withdraw

OPTIONS: tuple[FlashCopyOption, ...] = (*FULL, "freeze_consistency")
CLEAR_FIRST = (
    "Before that, delete the volumes that are left, once no FlashCopy can come to them any more: delete_volume with "
    "copied_from, the id of its source, withdraws the FlashCopy, too."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroup:
    """Say what to make: the group's name, and the name of the new volume for each source volume's id.

    ``pool`` is where they go: on a DS8000 the volumes alone; None is each source's own.
    """

    name: str
    volumes: Mapping[str, str]
    pool: str | None

    def check(self, source: str, known: Collection[str]) -> None:
        """Raise Refused unless each volume of the source, by its id, has one new name of its own."""
        wanted = {volume_id.casefold() for volume_id in known}
        named = {volume_id.casefold() for volume_id in self.volumes}
        if wanted and named == wanted and len({*self.volumes.values()}) == len(self.volumes) == len(named):
            return
        raise Refused(
            f"Each volume of {source} needs one new name of its own",
            happened=f"It has {', '.join(sorted(wanted)) or 'no volume'}; names are given for "
            f"{', '.join(sorted(named)) or 'none'}.",
            left_behind="Nothing was changed.",
            next_step="Give volumes as the id of each source volume with the name of its copy.",
            attribute="volumes",
        )


class GroupClones:
    """Copy the volumes of a group in full on one DS8000."""

    def __init__(self, core: Core, volumes: VolumeFlows, copies: FlashCopies, consistent: ConsistentCopies) -> None:
        self._core = core
        self._volumes = volumes
        self._copies = copies
        self._consistent = consistent

    def make(
        self, wanted: NewGroup, group_id: str, budget: Budget, tell: Progress, *, allow_shared_lss: bool
    ) -> tuple[tuple[Volume, ...], tuple[str, ...]]:
        """Return the copies, as they were asked for, and in words what is left to tidy up; or leave nothing behind."""
        wanted.check(f"group {group_id}", wanted.volumes)
        names = {volume_id.upper(): name for volume_id, name in wanted.volumes.items()}
        for name in names.values():
            self._volumes.check_name(name)
        try:
            with self._core.passing.of(tuple(names.values())):
                targets = self._copied(wanted, names, budget, tell, allow_shared_lss=allow_shared_lss)
        except DriverError as error:
            if error.left_copies:
                error.next_step = f"{error.next_step} {CLEAR_FIRST}".strip()
            raise
        ended = (self._withdrawn(target, budget) for target in targets)
        left = tuple(words for words in ended if words)
        copied = {target.source.id: target.volume for target in targets}
        return tuple(copied[volume_id] for volume_id in names), left

    def _copied(
        self, wanted: NewGroup, names: Mapping[str, str], budget: Budget, tell: Progress, *, allow_shared_lss: bool
    ) -> tuple[Target, ...]:
        """Return the targets when all of them are whole, their relations still there; or undo everything."""
        what = f"consistency group {wanted.name}"
        sources = self._consistent.sources(tuple(names), "volumes", budget)
        orders = tuple((source, self._order(names, wanted.pool, source, budget)) for source in sources)
        targets = self._consistent.targets(what, orders, "volumes", budget, tell, allow_shared_lss=allow_shared_lss)
        makings = tuple(
            Making(source=target.source, target=target.volume, may_be_undone=target.answered) for target in targets
        )
        self._look_at(targets, makings, budget)
        self._consistent.copy(what, targets, OPTIONS, budget)
        return self._whole(targets, makings, budget, tell)

    def _order(self, names: Mapping[str, str], pool: str | None, source: Volume, budget: Budget) -> VolumeOrder:
        """Return the order for a copy, outside the sources' LSSs: it is not frozen with them the next time."""
        order = order_for(
            self._core.get_settled_pool(pool or source.pool_id, budget),
            family="ds8k",
            name=names[source.id],
            size_bytes=source.size_bytes,
            provisioning=None,
            lss=None,
            os400=source.os400,
        )
        return replace(order, avoid_lss=frozenset(lss_of(names)))

    def _look_at(self, targets: tuple[Target, ...], makings: tuple[Making, ...], budget: Budget) -> None:
        try:
            for making in makings:
                making.refuse_small()
                making.look_at_target(self._core, self._volumes, budget)
        except DriverError as error:
            self._consistent.undo(targets, error)
            raise

    def _whole(
        self, targets: tuple[Target, ...], makings: tuple[Making, ...], budget: Budget, tell: Progress
    ) -> tuple[Target, ...]:
        """Return the targets as they are when all is copied; where one copy fails or is not seen to end, undo all."""
        copier = FlashCopier(self._core, self._copies, tell)
        whole: list[Target] = []
        try:
            for target, making in zip(targets, makings, strict=True):
                copier.wait(making, budget)
                found = self._volumes.present(target.volume.id, budget)
                making.refuse_changed(found)
                whole.append(replace(target, volume=found))
        except DriverError as error:
            if isinstance(error, TimedOut | Cancelled):
                error.next_step = "Run it again with more time: it copies everything anew."
            elif isinstance(error, InDoubt):
                error.next_step = "Find out who withdraws FlashCopies on this array, then run it again."
            self._consistent.undo(targets, error)
            raise
        for target in whole:
            self._core.inventory.put(target.volume)
        return tuple(whole)

    def _withdrawn(self, target: Target, budget: Budget) -> str:
        """End a relation that has nothing left to copy; return in words what is left of it."""
        try:
            withdraw(self._core, self._copies, *target.pair, budget)
        except DriverError as error:
            return (
                f"FlashCopy {':'.join(target.pair)} has copied everything, and its end was not seen: {in_brief(error)} "
                f"Volume {target.volume.name} (id {target.volume.id}) is whole; finish_cloned_volume withdraws it."
            )
        return ""

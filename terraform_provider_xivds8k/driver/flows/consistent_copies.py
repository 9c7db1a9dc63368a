"""Volumes of a DS8000 copied at one point in time: a new target for each, one FlashCopy of all, and what undoes it.

What the targets are then, snapshots or volumes of their own, is for the callers.  What a failure leaves of them is
removed again where nothing can come to them any more, else named.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from ..array import FlashCopies, FlashCopyOption, VolumeOrder
from ..core import Core
from ..errors import Cancelled, DriverError, Refused
from ..objects import Volume
from ..waiting import LOOK_AFTER_STOP_S, Budget, Progress
from .copy_failures import capital, failed, tell_left, tell_of_undoing, tell_thawed
from .copy_sources import CopySources
from .flashcopies import FlashCopySteps
from .freezing import Freezing, Frozen
from .late import mark
from .relations import lost_reason
from .volumes import UNDO_S, VolumeFlows


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


class ConsistentCopies:
    """Take the steps that all copies of one point in time have in common; ``what`` is made by them, with its name."""

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

    def sources(self, volume_ids: tuple[str, ...], attribute: str, budget: Budget) -> tuple[Volume, ...]:
        """Thaw what an earlier copy left frozen, and return the volumes to copy; raises for one that cannot be."""
        self._freezing.thaw_remembered(lss_of(volume_ids), budget)
        return self._sources.checked(volume_ids, budget, attribute)

    def obstacles(
        self, names: Mapping[str, str], goes: Collection[str], budget: Budget, *, allow_shared_lss: bool
    ) -> tuple[str, ...]:
        """Return in words why volumes could not be copied to targets of these names once ``goes`` are gone."""
        volumes = {one: self._core.array.volumes.find(one, budget) for one in names}
        missing = [f"there is no volume {one}" for one, volume in volumes.items() if volume is None]
        stays = [
            f"volume {one.name} ({one.id}) bears the name of a target and stays"
            for one in self._sources.bearing(names.values(), budget)
            if one.id not in goes
        ]
        shared: list[str] = []
        if not allow_shared_lss:
            try:
                self._sources.refuse_shared(tuple(one for one in volumes.values() if one is not None), budget)
            except Refused as refused:
                shared = [f"{refused.summary}. {refused.happened}"]
        return (*missing, *stays, *shared)

    def targets(
        self,
        what: str,
        orders: tuple[tuple[Volume, VolumeOrder], ...],
        attribute: str,
        budget: Budget,
        progress: Progress,
        *,
        allow_shared_lss: bool,
    ) -> tuple[Target, ...]:
        """Make a target for each source, having looked at the names, by ``attribute``, and at what else is frozen."""
        names = {order.name for _, order in orders}
        with self._naming(names, budget):
            self._sources.refuse_taken_names(names, what, attribute, budget)
            if not allow_shared_lss:
                self._sources.refuse_shared(tuple(source for source, _ in orders), budget)
            return self._made(orders, budget, progress)

    @contextmanager
    def _naming(self, names: Collection[str], budget: Budget) -> Iterator[None]:
        """Let nobody else of this process look for one of the names, always held in the same order."""
        with ExitStack() as held:
            for name in sorted(names):
                held.enter_context(self._core.naming(name, budget))
            yield

    def _made(
        self, orders: tuple[tuple[Volume, VolumeOrder], ...], budget: Budget, progress: Progress
    ) -> tuple[Target, ...]:
        made: list[Target] = []
        try:
            for source, order in orders:
                volume, answered = self._volumes.make_named(order, budget)
                made.append(Target(source, volume, answered))
                progress(f"Target {len(made)} of {len(orders)} is made: {volume.name} ({volume.id})")
        except DriverError as error:
            half = ((source.id, error.left),) if error.left is not None else ()
            self.undo(tuple(made), error, half=half)
            raise
        return tuple(made)

    def copy(
        self, what: str, targets: tuple[Target, ...], options: tuple[FlashCopyOption, ...], budget: Budget
    ) -> float:
        """Copy all at one point in time and return when that was, or undo it all; no LSS stays frozen unnamed."""
        made: Frozen | None = None
        taken_s = 0.0
        try:
            pairs = tuple(target.pair for target in targets)
            made = self._freezing.copy(
                pairs, lss_of(source for source, _ in pairs), budget, options, lambda: self._look(targets, budget)
            )
            taken_s = self._now()
            problem = failed(what, made)
            if problem is None:
                self._check(what, targets, budget)
        except DriverError as error:  # before anything was sent, or a copy that did not hold
            problem = error
        finally:
            self._core.recent.forget()
        if problem is not None:
            self.undo(targets, problem, made)
            raise problem
        return taken_s

    def _look(self, targets: tuple[Target, ...], budget: Budget) -> None:
        """Raise where a source cannot be copied, or a target is not new and unused, any more: a busy array takes time.

        The copy was refused unread until then.
        """
        self._sources.checked(tuple(target.source.id for target in targets), budget)
        for target in targets:
            found = self._core.array.volumes.find(target.volume.id, budget)
            same = found is not None and (found.name, found.size_bytes) == (
                target.volume.name,
                target.volume.size_bytes,
            )
            if found is None or not same or self._core.array.volumes.users(found, budget):
                raise Refused(
                    f"Volume {target.volume.name} ({target.volume.id}) is not as it was made, and nothing was copied",
                    happened="It was changed, used or deleted while the array was busy.",
                    next_step="Find out by whom, then run it again.",
                )

    def _check(self, what: str, targets: tuple[Target, ...], budget: Budget) -> None:
        """Raise Refused for a copy that failed at once; an array that does not say said yes before."""
        try:
            listed = {one.id: one for one in self._copies.listing(budget.for_a_look())}
        except DriverError:
            return
        pairs = {":".join(target.pair): target.pair for target in targets}
        wrong = [name for name, pair in pairs.items() if lost_reason(listed.get(name), *pair) is not None]
        if wrong:
            raise Refused(
                f"{capital(what)} did not hold and was not kept",
                happened=f"The array took it, and then showed no valid FlashCopy {', '.join(wrong)}.",
                next_step="Look whether the pools have room for what hosts write, then run it again.",
            )

    def undo(
        self,
        targets: tuple[Target, ...],
        error: DriverError,
        made: Frozen | None = None,
        *,
        half: tuple[tuple[str, Volume], ...] = (),
    ) -> None:
        """Withdraw the copies and delete the targets, or say in the error what is left.

        ``made`` is what became of the copy where that is not certain, ``half`` what is left beside the targets.
        """
        late = made.may_come_late if made is not None else frozenset()
        left = [target for target in targets if not self._undone(target, error, late=target.pair in late)]
        if late:
            mark(error)
        if late and made is not None:  # what came after the thaw froze its LSS anew
            self._freezing.doubt(made.lss_ids)
            with suppress(DriverError):  # it is told of in any case
                self._freezing.thaw(made.lss_ids, Budget(LOOK_AFTER_STOP_S))
            self._freezing.doubt(made.lss_ids)
        elif made is not None and made.unthawed:
            self._thaw_once_more(made, error)
        tell_left(error, (*((target.source.id, target.volume) for target in left), *half))

    def _thaw_once_more(self, made: Frozen, error: DriverError) -> None:
        """Thaw what could not be thawed right after the copy; undoing took its time, and hosts wait."""
        look = Budget(UNDO_S, self._core.stop).for_a_look()
        with suppress(DriverError):  # the error names them already
            unthawed = self._freezing.thaw(tuple(sorted(made.unthawed)), look, tries=1)
            tell_thawed(error, tuple(sorted(made.unthawed.keys() - unthawed.keys())))

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


def lss_of(volume_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the LSSs that volumes are in."""
    return tuple(sorted({volume_id[:2].upper() for volume_id in volume_ids}))

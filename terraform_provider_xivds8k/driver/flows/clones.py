"""Volumes made from a volume or a snapshot: called made only when the whole copy was seen.

An XIV copies at once; a DS8000 by a FlashCopy relation (``full_copies``).  What this call made is undone where the
array refuses a later step.  Where a step may still be carried out, the new volume is left, named, and never called
done: deleting it could let a late copy hit whoever is given its id next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .. import rules
from ..array import VolumeOrder
from ..core import Core
from ..errors import Cancelled, DriverError, InDoubt, NotFound, Refused, TimedOut, Unsupported
from ..objects import Pool, Provisioning, Relation, Volume
from ..waiting import Budget, Progress
from .deletions import expect_name
from .full_copies import FlashCopier
from .late import mark
from .making import Making
from .orders import order_for
from .relations import lost_reason, refuse_unsure
from .volumes import VolumeFlows


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Be what is copied from; ``relation`` is the one whose target it is (DS8000), ``attribute`` what names it."""

    volume: Volume
    attribute: str
    relation: Relation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneOrder:
    """Say what volume to make of a source; None leaves the choice to the source or the array."""

    name: str
    pool: Pool
    size_bytes: int | None = None
    provisioning: Provisioning | None = None
    lss: str | None = None
    os400: str | None = None
    qos_class: str | None = None


class CloneFlows:
    """Make volumes from others on one array."""

    def __init__(self, core: Core, progress: Progress | None = None) -> None:
        self._core = core
        self._array = core.array
        self._flows = VolumeFlows(core)
        self._tell: Progress = progress or (lambda _: None)

    def volume(self, volume_id: str, budget: Budget) -> Source:
        """Return a volume as a source; raises NotFound, Refused for a snapshot, whose loss would not be seen."""
        found = self._source(volume_id, "volume", "source_volume_id", budget)
        relation = self._relation_onto(found, budget)
        if found.is_snapshot or (relation is not None and relation.is_persistent):
            raise Refused(
                f"{found.name} ({found.id}) is a snapshot or still the target of a copy, not a volume of its own",
                left_behind="Nothing was changed.",
                next_step="Name it as a snapshot (source_snapshot_id), or wait until its copy is complete.",
                attribute="source_volume_id",
            )
        return Source(volume=found, attribute="source_volume_id", relation=relation)

    def snapshot(self, snapshot_id: str, budget: Budget) -> Source:
        """Return a snapshot as a source; raises NotFound where it is lost: gone, or its content no longer certain.

        By an id ``S:T`` (DS8000), T counts only as a snapshot of S: ids are given again.
        """
        volume_id, target_id = self._pair(snapshot_id)
        found = self._source(target_id, "snapshot", "source_snapshot_id", budget)
        relation = self._relation_onto(found, budget)
        if self._array.flashcopies is None and found.is_snapshot:
            return Source(volume=found, attribute="source_snapshot_id")
        lost = "it is nobody's snapshot"
        if relation is not None:
            lost = lost_reason(relation, relation.source_id, found.id) or ""
        if volume_id is not None and (relation is None or relation.source_id != volume_id):
            now = f"it is the target of FlashCopy {relation.id}" if relation is not None else lost
            lost = f"{now}, and no snapshot of {volume_id}; a DS8000 gives ids again"
        if not lost:
            if relation is not None:
                refuse_unsure(f"{found.name} ({found.id})", relation, "source_snapshot_id")
            return Source(volume=found, attribute="source_snapshot_id", relation=relation)
        raise NotFound(
            f"{found.name} ({found.id}) holds no point in time" + (f" of {volume_id}" if volume_id is not None else ""),
            happened=f"On the array {lost}.",
            left_behind="Nothing was changed.",
            next_step="Take a new snapshot and copy from that, or name a volume (source_volume_id).",
            attribute="source_snapshot_id",
        )

    def _pair(self, snapshot_id: str) -> tuple[str | None, str]:
        return rules.snapshot_pair(snapshot_id) if self._array.flashcopies is not None else (None, snapshot_id)

    def clone(self, source: Source, order: CloneOrder, budget: Budget) -> tuple[Volume, bool]:
        """Make a volume that holds what the source holds now, or leave nothing behind.

        Tells also whether the array's own answer named it: one that no answer named is never deleted by undoing.  An
        error's ``left`` is the new volume where it could not, or must not, be undone.
        """
        first = self._first_order(source, order)
        if order.qos_class is not None:
            self._flows.check_qos(order.qos_class, budget)
        try:
            target, answered = self._flows.make(first, budget)
        except DriverError as error:
            if error.left is not None:
                error.left_behind = f"{error.left_behind} Nothing was copied onto it."
            raise
        making = Making(source=source.volume, target=target, may_be_undone=answered)
        try:
            making.refuse_small()
            self._copy(source, making, budget)
            return self._completed(making, order, budget), answered
        except DriverError as error:
            self._undo_or_name(making, error)
            raise

    def finish(self, volume_id: str, copied_from: str, expected: tuple[str, int], budget: Budget) -> Volume:
        """Wait for the copy that a clone left running, and make it an ordinary volume of ``expected`` name and size."""
        target = self._flows.present(volume_id, budget)
        flashcopies = self._array.flashcopies
        if flashcopies is None:
            return target
        name, size_bytes = expected
        expect_name("ds8k", target, name, "finished")
        if target.size_bytes != size_bytes:
            raise Refused(
                f"Volume {target.name} ({target.id}) has {target.size_bytes} bytes, not {size_bytes}, and was not "
                "finished",
                happened="It was to be a copy that a clone left running; its id was given to another volume.",
                left_behind="Nothing was changed.",
                next_step="Make sure whose volume it is; remove it from the state if it is not yours.",
            )
        origin_id, source_id = self._pair(copied_from)
        source = self._array.volumes.find(source_id, budget)
        if source is None:  # nothing of it is left to be waited for
            return target
        making = Making(source=source, target=target, may_be_undone=False)
        relation = self._relation_onto(source, budget) if origin_id is None else None
        if relation is not None and relation.is_persistent:
            origin_id = relation.source_id
        FlashCopier(self._core, flashcopies, self._tell).finish(making, budget, origin_id)
        found = self._flows.present(volume_id, budget)
        self._core.inventory.put(found)
        return found

    def _source(self, object_id: str, kind: str, attribute: str, budget: Budget) -> Volume:
        try:
            found = self._array.volumes.find(object_id, budget)
        except Refused as refusal:
            refusal.attribute = attribute if refusal.attribute == "id" else refusal.attribute
            raise
        if found is None:
            raise NotFound(
                f"There is no {kind} {object_id} on the array to copy from",
                happened="It was deleted, or the array gave it up for space."
                if kind == "snapshot"
                else "It was deleted, or is on another array.",
                left_behind="Nothing was changed.",
                next_step=f"Name a {kind} that exists.",
                attribute=attribute,
            )
        if found.storage_type != "fb":
            raise Unsupported(
                f"{found.name} ({found.id}) is a {found.storage_type} volume",
                left_behind="Nothing was changed.",
                next_step="Only fixed-block (fb) volumes can be copied.",
                attribute=attribute,
            )
        return found

    def _relation_onto(self, volume: Volume, budget: Budget) -> Relation | None:
        if self._array.flashcopies is None:
            return None
        relations = self._array.flashcopies.of_volume(volume.id, budget)
        return next((one for one in relations if one.target_id == volume.id), None)

    def _first_order(self, source: Source, order: CloneOrder) -> VolumeOrder:
        """Return the order for the volume to copy onto, which may have to grow afterwards."""
        volume = source.volume
        wanted = volume.size_bytes if order.size_bytes is None else order.size_bytes
        os400 = volume.os400 if order.os400 is None and self._array.family == "ds8k" else order.os400
        if wanted < volume.size_bytes:
            raise Refused(
                f"{order.name} would be smaller than what it is copied from",
                happened=f"{volume.name} ({volume.id}) has {volume.size_bytes} bytes; {wanted} are asked for.",
                left_behind="Nothing was changed.",
                next_step=f"Ask for at least {volume.size_bytes} bytes.",
                attribute="size_bytes",
            )
        if order.os400 is None and os400 and rules.os400_fixed_bytes(os400) and wanted > volume.size_bytes:
            raise Refused(
                f"{order.name} cannot be larger than what it is copied from",
                happened=f"{volume.name} is of OS/400 model {os400}, which has a size of its own.",
                left_behind="Nothing was changed.",
                next_step=f"Ask for {volume.size_bytes} bytes, or name a model that takes any size.",
                attribute="size_bytes",
            )
        made = order_for(
            order.pool,
            family=self._array.family,
            name=order.name,
            size_bytes=wanted,
            provisioning=order.provisioning,
            lss=order.lss,
            os400=os400,
        )
        if self._array.flashcopies is not None:  # a group in an LSS of its own is to stay alone there
            made = replace(made, avoid_lss=frozenset({volume.id[:2].upper()}))
        # a FlashCopy onto a larger target is said to work for thick volumes only (openstack-driver.md §2.7)
        return replace(made, size_bytes=volume.size_bytes) if made.provisioning == "thin" else made

    def _copy(self, source: Source, making: Making, budget: Budget) -> None:
        if self._array.flashcopies is not None:
            copier = FlashCopier(self._core, self._array.flashcopies, self._tell)
            copier.copy(making, budget, source.relation)
        else:
            self._copy_at_once(making, budget)

    def _copy_at_once(self, making: Making, budget: Budget) -> None:
        snapshots = self._array.snapshots
        if snapshots is None:
            raise Unsupported("This array cannot copy volumes")

        def send() -> None:
            making.look_at_target(self._core, self._flows, budget)
            snapshots.copy(making.source, making.target, budget)

        try:
            self._core.patiently(budget, send)
        except InDoubt as doubt:
            if not self._core.certainly(budget.for_a_look(), lambda look: self._shows_copy(making, look)):
                mark(doubt)
                doubt.next_step = "Look at what it holds before you keep it, or delete it and run it again."
                raise
        making.has_begun = making.is_whole = True

    def _shows_copy(self, making: Making, budget: Budget) -> bool:
        """Tell whether a new volume shows what only the copy can have done: it took its source's size, or space."""
        now, was = self._flows.present(making.target.id, budget), making.target
        resized = now.size_bytes == making.source.size_bytes != was.size_bytes
        return resized or (was.provably_unwritten and bool(now.allocated_bytes))

    def _completed(self, making: Making, order: CloneOrder, budget: Budget) -> Volume:
        """Give the copy the size and the class that were asked for."""
        try:
            found = self._flows.present(making.target.id, budget)
        except DriverError:
            if not self._core.stop.is_set():
                raise
            found = self._flows.present(making.target.id, budget.for_a_look())
        if found.size_bytes < making.source.size_bytes:
            raise Refused(
                f"{found.name} has {found.size_bytes} bytes after the copy, less than {making.source.name}",
                next_step="Look at the array's event log.",
            )
        making.target = found
        self._core.inventory.put(found)
        if order.size_bytes is not None and found.size_bytes < order.size_bytes:
            found = self._flows.extend(found.id, order.size_bytes, found.name, budget)
        if order.qos_class is not None:
            found = self._flows.retype(found.id, order.qos_class, budget)
        return found

    def _undo_or_name(self, making: Making, error: DriverError) -> None:
        self._core.inventory.doubt(volume_id=making.target.id)
        making.has_begun |= isinstance(error, InDoubt)
        if making.has_begun and isinstance(error, InDoubt | TimedOut | Cancelled):
            making.may_be_undone = False
        self._flows.undo(making.target, error, answered=making.may_be_undone)
        if error.left is not None:
            error.left_behind = (
                f"Volume {making.target.name} (id {making.target.id}) is left on the array: {making.holds}."
            )

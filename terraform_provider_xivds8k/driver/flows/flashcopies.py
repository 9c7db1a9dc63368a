"""Snapshots on a DS8000: a volume made for it becomes the target of a persistent FlashCopy relation.

The relation S:T is what makes T a snapshot of S.  Ids are given again, so T is touched only while it is the target of
S:T, or while nobody but this operation can have made it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..array import FlashCopies, FlashCopyOption, VolumeOrder
from ..core import FIRST_PAUSE_S, LONGEST_PAUSE_S, Core
from ..errors import Cancelled, DriverError, InDoubt, InUse, NotFound, Refused, TimedOut, Unsupported
from ..objects import Copy, Relation, Snapshot, Users, Volume
from ..waiting import Budget, Progress
from .copy_sources import MOST_RELATIONS
from .deletions import Deletions, expect_name, is_same
from .late import mark, refuse_while_open
from .making import Making
from .relations import lost_reason
from .snapshots import SnapshotOrder, of_a_snapshot, snapshot_of
from .volumes import VolumeFlows
from .withdrawals import withdraw

OPTIONS: tuple[FlashCopyOption, ...] = (
    "persistent",
    "permit_space_efficient_target",
    "fail_space_efficient_target_out_of_space",  # without room the snapshot is lost, and hosts go on writing
)


@dataclass(slots=True)
class Deletion:
    """Be one deletion: what is known of the target, and once its relation is ended, the target and what refused it."""

    snapshot_id: str
    source_id: str
    expected_name: str | None
    left_bytes: int | None
    in_doubt_since: str | None = None
    apart: Volume | None = None
    refusal: DriverError | None = None

    def found_apart(self, target: Volume) -> None:
        """Note that a target is no snapshot any more, and what it is known by from now on."""
        self.apart, self.refusal = target, None
        self.expected_name, self.left_bytes = target.name, target.size_bytes

    def name_what_is_left(self, error: DriverError) -> None:
        """Say in an error that the target is no snapshot any more, and what kept it from being deleted."""
        target, refusal = self.apart, self.refusal
        if target is None or error.left is not None:
            return
        error.left = target
        error.left_behind = (
            f"It is no snapshot any more, since its FlashCopy is withdrawn. Volume {target.name} (id {target.id}) "
            "may be left on the array; run again, its deletion is finished."
        )
        if refusal is not None and isinstance(error, TimedOut | Cancelled):
            error.code, error.words = refusal.code, refusal.words


class FlashCopySteps:
    """Keep the contract of ``SnapshotSteps`` on an array that copies from volume to volume."""

    def __init__(self, core: Core, volumes: VolumeFlows, flashcopies: FlashCopies) -> None:
        self._core = core
        self._volumes = volumes
        self._flashcopies = flashcopies
        self._deletions = Deletions(core, "Snapshot")

    # taking

    def take(self, order: SnapshotOrder, budget: Budget, progress: Progress) -> Snapshot:
        """Make a target and a relation onto it; with a full copy, wait until all is copied."""
        self._refuse_source(order.volume, budget)
        target, answered = self._volumes.make(self._target_order(order, budget), budget)
        making = Making(source=order.volume, target=target, may_be_undone=answered)
        copy: Copy = order.copy or "none"
        try:
            self._establish(making, copy, budget)
        except DriverError as error:
            self._undo_or_name(making, error)
            raise
        finally:
            self._core.recent.forget()
        taken = replace(snapshot_of(target, order.volume.id, copy=copy), created_at=_now())
        if copy == "full":
            self._wait(taken, target, budget, progress)
        return taken

    def _refuse_source(self, source: Volume, budget: Budget) -> None:
        if source.storage_type != "fb":
            raise Unsupported(
                f"Volume {source.id} is a {source.storage_type} volume",
                next_step="Snapshots are taken of fixed-block (fb) volumes.",
                attribute="volume_id",
            )
        relations = self._flashcopies.of_volume(source.id, budget)
        origin = next((one for one in relations if one.target_id == source.id and one.is_persistent), None)
        if origin is not None:
            raise of_a_snapshot(replace(source, snapshot_of=f"volume {origin.source_id}"))
        copies = [one.id for one in relations if one.source_id == source.id]
        if len(copies) >= MOST_RELATIONS:
            raise InUse(
                f"Volume {source.name} has {len(copies)} FlashCopy relations, and {MOST_RELATIONS} is the most",
                happened=f"They are: {', '.join(copies)}.",
                left_behind="Nothing was made.",
                next_step="Delete a snapshot of the volume first.",
                attribute="volume_id",
            )

    def _target_order(self, order: SnapshotOrder, budget: Budget) -> VolumeOrder:
        source = order.volume
        return VolumeOrder(
            name=order.name,
            pool=self._core.get_settled_pool(order.pool or source.pool_id, budget),
            size_bytes=source.size_bytes,
            provisioning=source.provisioning if order.copy == "full" else "thin",
            os400=source.os400,
        )

    def _establish(self, making: Making, copy: Copy, budget: Budget) -> None:
        """Make the relation; after a lost answer, or a refusal that may be none, look once whether it is there."""
        options: tuple[FlashCopyOption, ...] = OPTIONS if copy == "full" else (*OPTIONS, "no_background_copy")
        pair = (making.source.id, making.target.id)
        is_just_made = [making.may_be_undone]

        def send() -> None:
            if not is_just_made[0]:
                self._look_again(making, budget)
            is_just_made[0] = False
            failures = self._flashcopies.establish((pair,), options, budget)
            if failures:
                raise failures[pair]

        try:
            self._core.patiently(budget, send)
        except (InDoubt, Refused):
            if not self._core.certainly(budget.for_a_look(), lambda look: self._is_there(*pair, look)):
                raise

    def _look_again(self, making: Making, budget: Budget) -> None:
        """Make sure that source and target are still what they were: the array was busy, or did not name the target."""
        source = self._volumes.present(making.source.id, budget)
        if not is_same(source, making.source):
            raise Refused(
                f"Volume {source.id} changed meanwhile: it is called {source.name}, with {source.size_bytes} bytes in "
                f"pool {source.pool_id}",
                happened=f"A snapshot was to be taken of {making.source.name}.",
                next_step="Make sure that it is still your volume, then run it again.",
                attribute="volume_id",
            )
        self._refuse_source(source, budget)
        making.look_at_target(self._core, self._volumes, budget)

    def _undo_or_name(self, making: Making, error: DriverError) -> None:
        """Delete the target where no copy can come to it any more: its id would be given to the next volume."""
        target = making.target
        if isinstance(error, InDoubt) or (isinstance(error, Refused) and error.code):  # by a code of unknown meaning
            mark(error)
            error.left = target
            error.left_behind = (
                f"Volume {target.name} (id {target.id}) is left on the array: it was made for the snapshot, and may "
                "still become it. While that is open it is not deleted."
            )
            return
        self._volumes.undo(target, error, answered=making.may_be_undone)
        if not making.may_be_undone:  # by no answer ours, or another's by now
            error.left_behind = f"Volume {target.id}, made as {target.name} for the snapshot, is left on the array."

    def _is_there(self, source_id: str, target_id: str, budget: Budget) -> bool:
        found = self._flashcopies.find(source_id, target_id, budget)
        return found is not None and lost_reason(found, source_id, target_id) is None

    def _wait(self, taken: Snapshot, target: Volume, budget: Budget, progress: Progress) -> None:
        """Wait for a full copy; only a relation that says so is done, and one that is not seen is not."""
        seen: list[Relation | None] = [None]

        def ended(look: Budget) -> bool:
            relation = seen[0] = self._flashcopies.find(taken.volume_id, taken.id, look)
            if relation is None:
                return False
            progress(f"{taken.name}: {relation.tracks_left} tracks are left to copy")
            return relation.is_broken or (relation.is_valid and relation.tracks_left == 0)

        try:
            self._core.wait_until(budget, ended, f"snapshot {taken.name} to be copied in full")
        except DriverError as ended_early:
            ended_early.left = target
            ended_early.snapshot = taken if seen[0] is not None else None
            goes_on = ", and the array goes on copying" if seen[0] is not None else "; its FlashCopy was not seen"
            ended_early.left_behind = f"Snapshot {taken.name} (id {taken.id}) is on the array{goes_on}."
            raise
        if seen[0] is not None and seen[0].is_broken:
            raise _lost_while_copied(taken, seen[0], target)

    # reading

    def find(self, snapshot_id: str, volume_id: str | None, budget: Budget) -> Snapshot | None:
        """Return a snapshot by direct reads."""
        target = self._core.array.volumes.find(snapshot_id, budget)
        if target is None:
            return None
        if volume_id is None:
            relation = self._origin(target, budget)
            return _told(target, relation.source_id, relation) if relation is not None else None
        return _told(target, volume_id, self._flashcopies.find(volume_id.upper(), target.id, budget))

    def _origin(self, target: Volume, budget: Budget) -> Relation | None:
        """Return the persistent relation a volume is the target of."""
        try:
            relations = self._flashcopies.of_volume(target.id, budget)
        except NotFound:
            return None
        return next((one for one in relations if one.target_id == target.id and one.is_persistent), None)

    def find_recent(self, row: Volume, volume_id: str, budget: Budget) -> Snapshot | None:
        """Return the snapshot, its relation found in the listing of all."""
        wanted = f"{volume_id}:{row.id}".upper()
        for relation in self._core.recent.relations.get(budget):
            if relation.id == wanted and lost_reason(relation, volume_id, row.id) is None:
                return _told(row, volume_id, relation)
        return None

    def among(self, volumes: tuple[Volume, ...], budget: Budget, *, copied: bool = False) -> tuple[Snapshot, ...]:
        """Return the targets of persistent relations; one that is still copied to may as well become a clone."""
        if not volumes:
            return ()
        origins = {one.target_id: one for one in self._flashcopies.listing(budget) if one.is_persistent}
        return tuple(
            _told(volume, origins[volume.id].source_id, origins[volume.id])
            for volume in volumes
            if volume.id in origins and not (copied and self._is_copied_to(origins[volume.id], budget))
        )

    def _is_copied_to(self, listed: Relation, budget: Budget) -> bool:
        """Tell whether not all is seen to be copied yet, which a listing does not say."""
        if not (listed.is_copying and listed.is_valid):
            return False
        now = self._flashcopies.find(listed.source_id, listed.target_id, budget)
        return now is None or now.tracks_left != 0

    def users(self, snapshot: Snapshot, budget: Budget) -> Users:
        """Return mappings, pairs and the relations that are not the snapshot's own."""
        own = f"{snapshot.volume_id}:{snapshot.id}" if snapshot.lost is None else None
        return self._users(self._volumes.present(snapshot.id, budget), own, budget)

    def _users(self, target: Volume, own_relation: str | None, budget: Budget) -> Users:
        found = self._core.array.volumes.users(target, budget)
        own = f"FlashCopy {own_relation}".casefold()
        return replace(found, relations=tuple(one for one in found.relations if one.casefold() != own))

    # deleting

    def delete(
        self,
        snapshot_id: str,
        volume_id: str,
        expected_name: str | None,
        left_bytes: int | None,
        budget: Budget,
        *,
        in_doubt_since: str | None = None,
    ) -> Volume | None:
        """Withdraw the relation and delete the target.

        With ``left_bytes``, the target's size, also one that by our own doing is not a snapshot yet, or no more; with
        ``in_doubt_since`` not while its FlashCopy may still come.  An array may refuse the deletion for some minutes
        after a host used the target [K]: asked again until the deadline.
        """
        wish = Deletion(snapshot_id, volume_id.upper(), expected_name, left_bytes, in_doubt_since)
        try:
            with self._core.passing.of((snapshot_id.upper(),)):
                return self._deleted(wish, budget)
        except DriverError as error:
            wish.name_what_is_left(error)
            raise

    def _deleted(self, wish: Deletion, budget: Budget) -> Volume | None:
        pause = FIRST_PAUSE_S
        while True:
            with self._core.array.volumes.keeping_id(wish.snapshot_id, budget):
                stays = self._delete_now(wish, budget)
            if wish.refusal is None:
                return stays
            if budget.left_s <= pause:
                raise wish.refusal
            budget.pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def _delete_now(self, wish: Deletion, budget: Budget) -> Volume | None:
        """Look and delete; a deletion the array refused is in ``wish.refusal``."""
        target = self._core.array.volumes.find(wish.snapshot_id, budget)
        if target is None:
            self._core.inventory.drop(wish.snapshot_id)
            wish.refusal = None
            return None
        relation = self._flashcopies.find(wish.source_id, target.id, budget)
        if lost_reason(relation, wish.source_id, target.id) is not None and wish.left_bytes is None:
            return target
        expect_name("ds8k", target, wish.expected_name, "deleted")
        ours = relation if relation is not None and relation.is_persistent else None
        if ours is None and target.size_bytes != wish.left_bytes:
            raise _another_size(target, wish.left_bytes)
        if relation is None:
            refuse_while_open(target, wish.in_doubt_since)
        self._refuse_used(target, ours, budget)
        self._take_apart(wish, target, ours, budget)
        return None

    def _refuse_used(self, target: Volume, ours: Relation | None, budget: Budget) -> None:
        users = self._users(target, ours.id if ours is not None else None, budget)
        if users:
            raise InUse(
                f"Snapshot {target.name} is in use and was not deleted",
                happened=f"It has: {', '.join(users.everything)}.",
                left_behind="Nothing was changed.",
                next_step="Remove these first, then delete the snapshot.",
            )

    def _take_apart(self, wish: Deletion, target: Volume, relation: Relation | None, budget: Budget) -> None:
        if relation is not None:
            self._withdraw(relation, target, budget)
        wish.found_apart(target)
        try:
            self._deletions.delete_kept(target, budget)
        except (Refused, InUse) as refusal:
            if not refusal.is_of_unknown_code:
                raise
            wish.refusal = refusal

    def _withdraw(self, relation: Relation, target: Volume, budget: Budget) -> None:
        """End the relation and see it gone; an error after which it may be ended names the target."""
        begun: list[None] = []
        try:
            withdraw(
                self._core,
                self._flashcopies,
                relation.source_id,
                relation.target_id,
                budget,
                on_begun=lambda: begun.append(None),
            )
        except DriverError as error:
            if begun:
                error.left = target
                error.left_behind = (
                    f"FlashCopy {relation.id} may be withdrawn by now. Volume {target.name} (id {target.id}) is left "
                    "on the array; run again, its deletion is finished."
                )
            raise


def _told(target: Volume, source_id: str, relation: Relation | None) -> Snapshot:
    copy: Copy | None = None
    if relation is not None:
        copy = "full" if relation.is_copying else "none"
    return snapshot_of(target, source_id.upper(), copy=copy, lost=lost_reason(relation, source_id, target.id))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _lost_while_copied(taken: Snapshot, relation: Relation, target: Volume) -> Refused:
    error = Refused(
        f"Snapshot {taken.name} was lost while it was copied",
        happened=f"The array calls FlashCopy {relation.id} {relation.state}.",
        left_behind=f"Volume {target.name} (id {target.id}) is left on the array; it holds nothing of use.",
        next_step="Look at the pool's free space, then run it again.",
    )
    error.left = target
    return error


def _another_size(target: Volume, left_bytes: int | None) -> Refused:
    return Refused(
        f"Volume {target.id} has {target.size_bytes} bytes, not {left_bytes}, and was not deleted",
        happened="It was to be what is left of a snapshot; its id was given to another volume.",
        left_behind="Nothing was changed.",
        next_step="Make sure whose volume it is; remove the snapshot from the state if it is not yours.",
    )

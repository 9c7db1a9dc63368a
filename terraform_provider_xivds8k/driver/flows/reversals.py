"""Restoring a volume of a DS8000 from the target of its FlashCopy relation, by reversing the relation.

A relation that records changes and is copied in full is reversed and stays; any other is reversed fast, which consumes
the target (ds8k-rest.md §4.1 [K]).  Nothing is withdrawn or deleted but a relation this very call turned round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..array import FlashCopies, FlashCopyOption
from ..core import Core
from ..errors import DriverError, InDoubt, InUse, NotFound, Refused
from ..objects import Relation, Restored, Volume
from ..waiting import Budget
from .restores import Wish, lost_snapshot, of_another, refuse_mapped, refuse_resized

Pair = tuple[str, str]
REVERSE: FlashCopyOption = "reverse_restore"
FAST_REVERSE: FlashCopyOption = "fast_reverse_restore"


@dataclass(frozen=True, slots=True)
class Reversal:
    """Be one volume to be restored: its relation and how it is reversed."""

    volume: Volume
    relation: Relation
    option: FlashCopyOption

    @property
    def pair(self) -> Pair:
        """Return source and target."""
        return self.relation.source_id, self.relation.target_id


class Reversals:
    """Restore on an array that copies from volume to volume."""

    def __init__(self, core: Core, flashcopies: FlashCopies) -> None:
        self._core = core
        self._volumes = core.array.volumes
        self._flashcopies = flashcopies

    def one(self, snapshot_id: str, volume_id: str | None, wish: Wish, budget: Budget) -> Restored:
        """Restore a volume from the target of one of its relations."""
        relation = self._relation_of(snapshot_id.upper(), budget)
        if volume_id is not None and relation.source_id != volume_id.upper():
            raise of_another(snapshot_id, relation.source_id, volume_id)
        return self._restored((self._checked(relation, wish, budget),), wish, budget)

    def group(self, pairs: tuple[Pair, ...], wish: Wish, budget: Budget) -> Restored:
        """Restore several volumes, each from its target, in one call for each way of reversing."""
        checked = []
        for source, target in pairs:
            relation = self._relation_of(target, budget)
            if relation.source_id != source:
                raise of_another(target, relation.source_id, source)
            checked.append(self._checked(relation, wish, budget))
        return self._restored(tuple(checked), wish, budget)

    def _relation_of(self, target_id: str, budget: Budget) -> Relation:
        try:
            relations = self._flashcopies.of_volume(target_id, budget)
        except NotFound as gone:
            raise lost_snapshot(f"snapshot {target_id}", f"The array has no such volume: {gone.words}") from gone
        own = [one for one in relations if one.target_id == target_id]
        if len(own) != 1 or not (own[0].is_persistent and own[0].is_valid):
            states = ", ".join(f"{one.id} is {one.state}" for one in own)
            raise lost_snapshot(
                f"snapshot {target_id}", f"It is the target of no valid, persistent FlashCopy. {states}"
            )
        exact = self._flashcopies.find(own[0].source_id, target_id, budget)
        if exact is None:
            raise lost_snapshot(f"snapshot {target_id}", f"FlashCopy {own[0].id} is gone.")
        return exact

    def _checked(self, relation: Relation, wish: Wish, budget: Budget) -> Reversal:
        volume, target = self._present(relation.source_id, budget), self._present(relation.target_id, budget)
        refuse_resized(((volume, target),))
        users, target_users = self._volumes.users(volume, budget), self._volumes.users(target, budget)
        self._refuse_other_relations(volume, relation, (*users.relations, *target_users.relations), budget)
        refuse_mapped(volume, users.mappings, wish)
        survives = relation.is_recording and relation.tracks_left == 0
        if target_users.mappings and not survives:
            raise InUse(
                f"Snapshot {target.name} is mapped and would be consumed by the restore",
                happened=f"It is {', '.join(target_users.mappings)}; a fast reverse restore leaves nothing in it.",
                left_behind="Nothing was changed.",
                next_step="Remove its mappings first.",
                attribute="snapshot_id",
            )
        return Reversal(volume, relation, REVERSE if survives else FAST_REVERSE)

    def _refuse_other_relations(
        self, volume: Volume, relation: Relation, told: tuple[str, ...], budget: Budget
    ) -> None:
        ends = (relation.source_id, relation.target_id)
        flashcopies = {one.id for end in ends for one in self._flashcopies.of_volume(end, budget)} - {relation.id}
        others = [
            *(f"FlashCopy {one}" for one in sorted(flashcopies)),
            *(one for one in told if "FlashCopy" not in one),
        ]
        if others:
            raise InUse(
                f"Volume {volume.name} is in other copy relations and cannot be restored",
                happened=f"Beside FlashCopy {relation.id} there are: {', '.join(others)}. The array reverses a "
                "relation only where it is the only one.",
                left_behind="Nothing was changed.",
                next_step="Delete the other snapshots or pairs first, or make a new volume from the snapshot.",
                attribute="snapshot_id",
            )

    def _present(self, volume_id: str, budget: Budget) -> Volume:
        found = self._volumes.find(volume_id, budget)
        if found is None:
            raise NotFound(f"Volume {volume_id} is not on the array", left_behind="Nothing was changed.")
        return found

    def _restored(self, reversals: tuple[Reversal, ...], wish: Wish, budget: Budget) -> Restored:
        ways = tuple(way for way in (REVERSE, FAST_REVERSE) if any(one.option == way for one in reversals))
        calls = tuple(
            f"POST /cs/flashcopies {', '.join(one.relation.id for one in reversals if one.option == way)} [{way}]"
            for way in ways
        )
        survives = FAST_REVERSE not in ways
        ids = tuple(one.volume.id for one in reversals)
        if wish.dry_run:
            return Restored(volume_ids=ids, calls=calls, survives=survives, dry_run=True)
        try:
            for way in ways:
                self._reverse(tuple(one for one in reversals if one.option == way), way, wish, budget)
            for one in reversals:
                survives = self._finished(one, wish, budget) and survives
        finally:
            self._core.recent.forget()
            for volume_id in ids:
                self._core.inventory.doubt(volume_id=volume_id)
        return Restored(volume_ids=ids, calls=calls, survives=survives)

    def _reverse(self, reversals: tuple[Reversal, ...], way: FlashCopyOption, wish: Wish, budget: Budget) -> None:
        pairs = tuple(one.pair for one in reversals)
        wish.progress(f"reversing FlashCopy {', '.join(one.relation.id for one in reversals)}")
        options: tuple[FlashCopyOption, ...] = (way, "persistent", "permit_space_efficient_target")
        try:
            failures = self._core.patiently(budget, lambda: self._flashcopies.establish(pairs, options, budget))
        except InDoubt as doubt:
            if not self._all_begun(reversals, budget):
                raise _in_doubt(doubt, reversals) from doubt
            return
        if failures:
            raise _partly(failures, reversals)

    def _all_begun(self, reversals: tuple[Reversal, ...], budget: Budget) -> bool:
        """Tell whether every relation shows for certain that its reversal was carried out.

        A fast reversal ends the relation's persistence; a relation that is still as it was may yet be reversed.
        """
        if any(one.option == REVERSE for one in reversals):
            return False
        return self._core.certainly(
            budget.for_a_look(), lambda look: all(self._is_begun(one, look) for one in reversals)
        )

    def _is_begun(self, one: Reversal, budget: Budget) -> bool:
        found = self._flashcopies.find(*one.pair, budget)
        return found is None or not found.is_persistent

    def _finished(self, one: Reversal, wish: Wish, budget: Budget) -> bool:
        """Wait until a volume holds all of it; tell whether its snapshot is still one."""
        wish.progress(f"copying back to {one.volume.name}")
        self._core.wait_until(
            budget, lambda look: self._is_done(one, wish, look), f"FlashCopy {one.relation.id} to end"
        )
        turned = self._flashcopies.find(one.relation.target_id, one.relation.source_id, budget)
        if turned is not None:
            self._withdraw_turned(turned, budget)
            return False
        return one.option == REVERSE

    def _is_done(self, one: Reversal, wish: Wish, budget: Budget) -> bool:
        """Tell whether the copy back has ended: by no relation any more after a fast reversal, else by its tracks."""
        source, target = one.pair
        found = self._flashcopies.find(source, target, budget) or self._flashcopies.find(target, source, budget)
        if found is None:
            if one.option == REVERSE:
                raise NotFound(
                    f"FlashCopy {one.relation.id} disappeared while it was copied back to volume {one.volume.name}",
                    left_behind="Whether the volume holds all of its snapshot is not known; nothing was deleted.",
                    next_step="Look at the array's event log and at the volume's content before hosts use it.",
                )
            return True
        if not found.is_valid:
            raise _broken(one, found)
        if found.tracks_left:
            wish.progress(f"{one.volume.name}: {found.tracks_left} tracks left")
        return one.option == REVERSE and found.tracks_left == 0

    def _withdraw_turned(self, turned: Relation, budget: Budget) -> None:
        """End the relation an array leaves from the snapshot to the volume: complete, and made by this call."""
        self._core.write(
            budget,
            lambda: self._flashcopies.withdraw(turned, budget),
            lambda look: self._flashcopies.find(turned.source_id, turned.target_id, look) is None,
        )


def _broken(one: Reversal, found: Relation) -> NotFound:
    """Return the error for a copy back that the array gave up; of a kind that ends the wait."""
    return NotFound(
        f"Copying back to volume {one.volume.name} failed: FlashCopy {found.id} is {found.state}",
        left_behind=f"Volume {one.volume.name} holds neither all of its old content nor all of its snapshot "
        f"{one.relation.target_id}; nothing was deleted.",
        next_step="Do not let hosts use the volume. Restore it from another snapshot or a backup.",
    )


def _in_doubt(doubt: InDoubt, reversals: tuple[Reversal, ...]) -> InDoubt:
    names = ", ".join(one.volume.name for one in reversals)
    relations = ", ".join(one.relation.id for one in reversals)
    doubt.left_behind = (
        f"{names} may hold what the snapshot holds, or still what it held. Where FlashCopy {relations} is gone or no "
        "longer persistent, it was carried out."
    )
    doubt.next_step = "Look at the volume's content before hosts use it; then restore again, or leave it."
    return doubt


def _partly(failures: Mapping[Pair, DriverError], reversals: tuple[Reversal, ...]) -> DriverError:
    first = next(iter(failures.values()))
    done = [one.volume.name for one in reversals if one.pair not in failures]
    refused = [f"{source}:{target} ({error.code})" for (source, target), error in failures.items()]
    return Refused(
        f"The array would not reverse FlashCopy {', '.join(refused)}",
        happened=f"{first.summary}. {first.happened}".rstrip(),
        left_behind=f"Restored all the same: {', '.join(done)}." if done else "Nothing was restored.",
        next_step=first.next_step or "Look at the relations of these volumes, then run it again.",
        code=first.code,
        words=first.words,
    )

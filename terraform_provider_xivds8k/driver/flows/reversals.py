"""Restoring volumes of a DS8000 from the targets of their FlashCopy relations, by reversing the relations.

A relation that records changes and is copied in full is reversed and stays; any other is reversed fast, which consumes
the target (ds8k-rest.md §4.1 [K]).  Nothing is withdrawn or deleted but a relation this very call turned round.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from ..array import FlashCopies, FlashCopyOption
from ..core import Core
from ..errors import DriverError, InDoubt, InUse, NotFound, Refused
from ..objects import Relation, Restored, Volume
from ..waiting import Budget
from .full_copies import GOING_ON
from .pair_guards import PairGuard
from .relations import refuse_unsure
from .restores import Wish, lost_snapshot, of_another, refuse_mapped, refuse_resized
from .withdrawals import withdraw

Pair = tuple[str, str]
REVERSE: FlashCopyOption = "reverse_restore"
FAST_REVERSE: FlashCopyOption = "fast_reverse_restore"
PAIR = re.compile("[0-9A-F]{4}:[0-9A-F]{4}")
TRACK_BYTES = 2**16  # of a fixed-block volume
HURRIES = 20.0  # how much faster than at its beginning the rest of a copy may have gone


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


@dataclass(slots=True)
class Pace:
    """Keep how fast a copy went, so that its end can be told from its breaking off; seconds on the monotonic clock."""

    tracks: int
    began_s: float
    left: int | None = None
    seen_s: float = 0.0

    def saw(self, left: int, now_s: float) -> None:
        """Take what is left by now."""
        self.left, self.seen_s = left, now_s

    def may_have_ended(self, now_s: float) -> bool:
        """Tell whether what was last seen to be left can have been copied since, going by the speed until then."""
        if self.left is None:
            return True  # it was over before the first look
        speed = max(0, self.tracks - self.left) / max(self.seen_s - self.began_s, 1e-6)
        return self.left <= HURRIES * speed * (now_s - self.seen_s)


class Reversals:
    """Restore on an array that copies from volume to volume."""

    def __init__(self, core: Core, flashcopies: FlashCopies) -> None:
        self._core = core
        self._volumes = core.array.volumes
        self._flashcopies = flashcopies

    def one(self, snapshot_id: str, volume_id: str | None, wish: Wish, budget: Budget) -> Restored:
        """Restore a volume from the target of one of its relations."""
        pairs = pairs_of(snapshot_id) if ":" in snapshot_id else (((volume_id or "").upper(), snapshot_id.upper()),)
        if len(pairs) > 1 or not pairs[0][0]:
            raise _of_no_volume(snapshot_id)
        if volume_id is not None and volume_id.upper() != pairs[0][0]:
            raise of_another(snapshot_id, pairs[0][0], volume_id)
        return self._restored(pairs, wish, budget)

    def group(self, group_snapshot_id: str, wish: Wish, budget: Budget) -> Restored:
        """Restore several volumes, each from its target, in one call for each way of reversing."""
        return self._restored(pairs_of(group_snapshot_id), wish, budget)

    # looking

    def _looked_at(self, pairs: tuple[Pair, ...], wish: Wish, budget: Budget) -> tuple[Reversal, ...]:
        return tuple(self._checked(self._relation_of(*pair, budget), wish, budget) for pair in pairs)

    def _relation_of(self, source_id: str, target_id: str, budget: Budget) -> Relation:
        try:
            relations = self._flashcopies.of_volume(target_id, budget)
        except NotFound as gone:
            raise lost_snapshot(f"snapshot {target_id}", f"The array has no such volume: {gone.words}") from gone
        own = [one for one in relations if one.target_id == target_id]
        if len(own) != 1 or not own[0].is_persistent or own[0].is_broken:
            states = ", ".join(f"{one.id} is {one.state}" for one in own) or "there is none"
            happened = f"It is the target of no valid, persistent FlashCopy: {states}."
            raise lost_snapshot(f"snapshot {target_id}", happened)
        if own[0].source_id != source_id:  # ids are given again: this is somebody's snapshot of another volume
            raise of_another(target_id, own[0].source_id, source_id)
        exact = self._flashcopies.find(source_id, target_id, budget)
        if exact is None or exact.is_broken:
            now = exact.state if exact is not None else "gone"
            raise lost_snapshot(f"snapshot {target_id}", f"FlashCopy {own[0].id} is {now}.")
        refuse_unsure(f"snapshot {target_id}", exact, "snapshot_id")
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
        others = [f"FlashCopy {one}" for one in sorted(flashcopies)]
        others += [one for one in told if "FlashCopy" not in one]
        if others:
            PairGuard(self._core).check_served(volume, f"restore volume {volume.name}", "snapshot_id", budget)
            raise InUse(
                f"Volume {volume.name} is in other copy relations and cannot be restored",
                happened=f"Beside FlashCopy {relation.id} there are: {', '.join(others)}. What would happen: these "
                "would lose what they are copies of; the array reverses a relation only where it is the only one.",
                left_behind="Nothing was changed.",
                next_step="Delete the other snapshots or pairs first, or make a new volume from the snapshot. No "
                "option restores it as it is.",
                attribute="snapshot_id",
            )

    def _present(self, volume_id: str, budget: Budget) -> Volume:
        found = self._volumes.find(volume_id, budget)
        if found is None:
            raise NotFound(f"Volume {volume_id} is not on the array", left_behind="Nothing was changed.")
        return found

    # acting

    def _restored(self, pairs: tuple[Pair, ...], wish: Wish, budget: Budget) -> Restored:
        reversals = self._looked_at(pairs, wish, budget)
        some = {way: tuple(one for one in reversals if one.option == way) for way in (REVERSE, FAST_REVERSE)}
        calls = tuple(
            f"POST /cs/flashcopies {', '.join(one.relation.id for one in ones)} [{way}]"
            for way, ones in some.items()
            if ones
        )
        ids, names = tuple(one.volume.id for one in reversals), tuple(one.volume.name for one in reversals)
        if wish.dry_run:
            return Restored(volume_ids=ids, names=names, calls=calls, survives=not some[FAST_REVERSE], dry_run=True)
        begun: list[Reversal] = []
        try:
            for ones in some.values():
                if ones:
                    self._core.patiently(budget, functools.partial(self._reverse, [ones], ones, begun, wish, budget))
        except DriverError as error:
            error.left_behind = f"{error.left_behind} {self._told_of(begun, wish, budget)}".strip()
            raise
        finally:
            self._core.recent.forget()
            for volume_id in ids:
                self._core.inventory.doubt(volume_id=volume_id)
        survives = [self._finished(one, wish, budget) for one in begun]
        return Restored(volume_ids=ids, names=names, calls=calls, survives=all(survives))

    def _reverse(
        self,
        looked: list[tuple[Reversal, ...]],
        wanted: tuple[Reversal, ...],
        begun: list[Reversal],
        wish: Wish,
        budget: Budget,
    ) -> None:
        """Reverse what was just ``looked`` at, after a refusal for being busy what is looked at anew.

        What began is taken into ``begun``, whatever became of the rest.
        """
        pairs, way = tuple(one.pair for one in wanted), wanted[0].option
        reversals = looked.pop() if looked else self._looked_at(pairs, wish, budget)
        if any(one.option != way for one in reversals):
            raise Refused(
                "A relation changed while the restore was prepared", next_step="Run it again: it is looked at anew."
            )
        wish.progress(f"reversing FlashCopy {', '.join(one.relation.id for one in reversals)}")
        options: tuple[FlashCopyOption, ...] = (way, "persistent", "permit_space_efficient_target")
        try:
            failures = self._flashcopies.establish(pairs, options, budget)
        except InDoubt as doubt:
            seen = self._seen_to_begin(reversals, budget)
            begun += seen
            if len(seen) < len(reversals):
                raise _in_doubt(doubt, tuple(one for one in reversals if one not in seen)) from doubt
            return
        begun += [one for one in reversals if one.pair not in failures]
        if failures:
            raise _refused(failures)

    def _seen_to_begin(self, reversals: tuple[Reversal, ...], budget: Budget) -> list[Reversal]:
        """Return those whose relation shows for certain that its reversal was carried out.

        A fast reversal ends the relation's persistence.  One that is as it was may yet be reversed; one that is gone
        may have been withdrawn.
        """
        look = budget.for_a_look()
        fast = [one for one in reversals if one.option == FAST_REVERSE]
        return [one for one in fast if self._core.certainly(look, functools.partial(self._has_begun, one))]

    def _has_begun(self, one: Reversal, budget: Budget) -> bool:
        found = self._flashcopies.find(*one.pair, budget)
        return found is not None and not found.is_persistent

    def _told_of(self, begun: list[Reversal], wish: Wish, budget: Budget) -> str:
        """Say what became of the reversals that began before an error; they are waited for."""
        restored, open_yet = [], []
        for one in begun:
            try:
                self._finished(one, wish, budget)
                restored.append(one.volume.name)
            except DriverError as error:
                open_yet.append(f"{one.volume.name} ({error.summary})")
        told = [f"Restored all the same: {', '.join(restored)}."] if restored else []
        told += [f"Begun and not seen to end: {', '.join(open_yet)}."] if open_yet else []
        return " ".join(told)

    def _finished(self, one: Reversal, wish: Wish, budget: Budget) -> bool:
        """Wait until a volume holds all of it; tell whether its snapshot is still one."""
        wish.progress(f"copying back to {one.volume.name}")
        pace = Pace(tracks=one.volume.size_bytes // TRACK_BYTES, began_s=time.monotonic())
        what = f"FlashCopy {one.relation.id} to be copied back"
        self._core.wait_until(budget, lambda look: self._is_done(one, pace, wish, look), what)
        turned = self._flashcopies.find(one.relation.target_id, one.relation.source_id, budget)
        if turned is not None:  # left by an array that turns the relation: complete, and made by this call
            withdraw(self._core, self._flashcopies, turned.source_id, turned.target_id, budget)
            return False
        return one.option == REVERSE

    def _is_done(self, one: Reversal, pace: Pace, wish: Wish, budget: Budget) -> bool:
        """Tell whether the copy back has ended: by no relation any more after a fast reversal, else by its tracks.

        No relation is an end only where what was last seen to be left can have been copied since.
        """
        source, target = one.pair
        found = self._flashcopies.find(source, target, budget) or self._flashcopies.find(target, source, budget)
        if found is None:
            if one.option == REVERSE or not pace.may_have_ended(time.monotonic()):
                raise _vanished(one, pace)
            return True
        if found.state.casefold() not in GOING_ON:
            raise _broken(one, found)
        if found.tracks_left:
            pace.saw(found.tracks_left, time.monotonic())
            wish.progress(f"{one.volume.name}: {found.tracks_left} tracks left")
        return one.option == REVERSE and found.is_valid and found.tracks_left == 0


def _broken(one: Reversal, found: Relation) -> NotFound:
    """Return the error for a copy back that the array gave up; of a kind that ends the wait."""
    return NotFound(
        f"Copying back to volume {one.volume.name} failed: FlashCopy {found.id} is {found.state}",
        left_behind=f"Volume {one.volume.name} holds neither all of its old content nor all of its snapshot "
        f"{one.relation.target_id}; nothing was deleted.",
        next_step="Do not let hosts use the volume. Restore it from another snapshot or a backup.",
    )


def _vanished(one: Reversal, pace: Pace) -> NotFound:
    """Return the error for a copy back whose end was not seen; of a kind that ends the wait."""
    seen = f"{pace.left} of {pace.tracks} tracks were left when last seen" if pace.left else "It was not seen again"
    return NotFound(
        f"FlashCopy {one.relation.id} disappeared while it was copied back to volume {one.volume.name}",
        happened=f"{seen}; somebody may have withdrawn it.",
        left_behind="Whether the volume holds all of its snapshot is not known; nothing was deleted.",
        next_step="Look at the array's event log and at the volume's content before hosts use it.",
    )


def _in_doubt(doubt: InDoubt, reversals: tuple[Reversal, ...]) -> InDoubt:
    names = ", ".join(one.volume.name for one in reversals)
    relations = ", ".join(one.relation.id for one in reversals)
    doubt.left_behind = (
        f"{names} may hold what the snapshot holds, or still what it held, and may yet be restored. A FlashCopy that "
        f"is there and no longer persistent ({relations}) is being copied back."
    )
    doubt.next_step = "Look at the volume's content before hosts use it; then restore again, or leave it."
    return doubt


def _refused(failures: Mapping[Pair, DriverError]) -> DriverError:
    first = next(iter(failures.values()))
    refused = [f"{source}:{target} ({error.code})" for (source, target), error in failures.items()]
    return Refused(
        f"The array would not reverse FlashCopy {', '.join(refused)}",
        happened=f"{first.summary}. {first.happened}".rstrip(),
        left_behind="What these volumes hold was not changed.",
        next_step=first.next_step or "Look at the relations of these volumes, then run it again.",
        code=first.code,
        words=first.words,
    )


def _of_no_volume(snapshot_id: str) -> Refused:
    return Refused(
        f"It is not said which volume is restored from snapshot {snapshot_id}",
        happened="A DS8000 gives the id of a deleted volume to a new one: under this id there may be a snapshot of "
        "another volume by now, and a restore would overwrite that.",
        left_behind="Nothing was changed.",
        next_step="Name the volume too (volume_id).",
        attribute="volume_id",
    )


def pairs_of(group_snapshot_id: str) -> tuple[Pair, ...]:
    """Return source and target ids of a DS8000's snapshots, each pair once; raises Refused for another text."""
    parts = tuple(dict.fromkeys(part.strip().upper() for part in group_snapshot_id.split(",")))
    if not all(PAIR.fullmatch(part) for part in parts):
        raise Refused(
            f"{group_snapshot_id!r} is no snapshot of a DS8000",
            next_step='It is named by the ids of its relations: "0000:0100,0001:0101".',
            attribute="consistency_group_snapshot_id",
        )
    return tuple((part[:4], part[5:]) for part in parts)

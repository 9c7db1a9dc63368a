"""A full copy of a volume by FlashCopy, seen to be complete before it is called so.

The relation is persistent while it copies: one that the array drops by itself would leave "no row" to mean both
finished and failed.  It is ours, made by this call, and is withdrawn when every track is copied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from ..array import FlashCopies, FlashCopyOption
from ..core import Core
from ..errors import Cancelled, DriverError, InDoubt, InUse, NotFound, Refused, TimedOut, Unsupported
from ..objects import Relation
from ..waiting import Budget
from .deletions import is_same
from .late import mark
from .making import Making
from .relations import lost_reason, refuse_unsure
from .volumes import UNDO_S, VolumeFlows
from .withdrawals import withdraw

OPTIONS: tuple[FlashCopyOption, ...] = (
    "persistent",
    "permit_space_efficient_target",
    "fail_space_efficient_target_out_of_space",
)
GOING_ON = frozenset({"valid", "validation_required", "unknown"})  # ds8k-rest.md §4.1 [S]; unknown: it did not say


class FlashCopier:
    """Copy volumes of one DS8000."""

    def __init__(self, core: Core, flashcopies: FlashCopies, tell: Callable[[str], None]) -> None:
        self._core = core
        self._flashcopies = flashcopies
        self._tell = tell
        self._volumes = VolumeFlows(core)

    def copy(self, making: Making, budget: Budget, onto_from: Relation | None = None) -> None:
        """Copy and wait for the end; ``onto_from`` is the relation the source itself is the target of.

        Raises Unsupported where the array does not copy from such a source, InDoubt where it is not known what came
        of it, Refused where the copy failed, NotFound where the snapshot it was made from was lost meanwhile.
        """
        try:
            self._establish(making, budget, onto_from)
        except (InUse, Refused) as refusal:
            if onto_from is None or not refusal.code:
                raise
            raise _from_a_target(making, onto_from, refusal) from refusal
        making.has_begun = True
        failed = self._wait(making, budget)
        if failed is not None:
            self._give_up(making, _failed(making, failed), _has_failed)
        if onto_from is not None and onto_from.is_persistent:
            lost = self._lost(making, onto_from.source_id, budget)
            if lost:
                self._give_up(making, _source_lost(making, lost), lambda _: True)
        making.is_whole = True
        withdraw(self._core, self._flashcopies, making.source.id, making.target.id, budget)

    def finish(self, making: Making, budget: Budget, origin_id: str | None = None) -> None:
        """Wait for a copy that an earlier call left running, and withdraw its relation; none at all is no error.

        ``origin_id`` is the volume the source is a snapshot of.  Raises Refused where the relation failed or copies
        nothing, NotFound where the snapshot was lost meanwhile.
        """
        making.may_be_undone, making.has_begun = False, True
        found = self._flashcopies.find(making.source.id, making.target.id, budget)
        if found is None:
            return
        if not (found.is_copying or _is_complete(found)):
            raise Refused(
                f"FlashCopy {found.id} copies nothing and was not withdrawn",
                left_behind="Nothing was changed.",
                next_step="It is a snapshot's: remove the snapshot first.",
            )
        self.wait(making, budget)
        lost = self._lost(making, origin_id, budget) if origin_id is not None else None
        if lost:
            raise _source_lost(making, lost)
        withdraw(self._core, self._flashcopies, making.source.id, making.target.id, budget)

    def wait(self, making: Making, budget: Budget) -> None:
        """Wait until every track is copied; its relation stays.

        Raises Refused where the relation failed, InDoubt where it vanished, TimedOut or Cancelled while it copies.
        """
        making.has_begun = True
        failed = self._wait(making, budget)
        if failed is not None:
            raise _failed(making, failed)
        making.is_whole = True

    def _establish(self, making: Making, budget: Budget, onto_from: Relation | None) -> None:
        """Make the relation, sent once: a second one, carried out late, would overwrite what hosts wrote since.

        A busy array is asked again, and each time what is to be copied, and onto what, is looked at before.
        """
        pair = (making.source.id, making.target.id)

        def send() -> None:
            self._look_at_source(making, onto_from, budget)
            making.look_at_target(self._core, self._volumes, budget)
            failures = self._flashcopies.establish((pair,), OPTIONS, budget)
            if pair in failures:
                raise failures[pair]

        try:
            self._core.patiently(budget, send)
        except (InDoubt, Refused) as error:  # a refusal by an unknown code may be none
            if isinstance(error, Refused) and not error.code:  # not the array's: nothing was sent
                raise
            if self._core.certainly(budget.for_a_look(), lambda look: self._flashcopies.find(*pair, look) is not None):
                return
            if isinstance(error, InDoubt):
                mark(error)
                error.next_step = (
                    f"Where FlashCopy {pair[0]}:{pair[1]} appears, the copy runs: finish it later, or delete the "
                    "volume and run it again."
                )
            raise
        finally:
            self._core.recent.forget()

    def _look_at_source(self, making: Making, onto_from: Relation | None, budget: Budget) -> None:
        """Make sure that the source is what it was, and still holds its point in time where it is a snapshot."""
        now = self._volumes.present(making.source.id, budget)
        if not is_same(now, making.source):
            raise Refused(
                f"Volume {now.id} changed meanwhile: it is called {now.name}, with {now.size_bytes} bytes",
                happened=f"It was to be copied as {making.source.name}, with {making.source.size_bytes} bytes.",
                next_step="Make sure what is to be copied, then run it again.",
            )
        if onto_from is not None and onto_from.is_persistent:
            relation, lost = self._of_snapshot(making, onto_from.source_id, budget)
            if lost:
                raise _source_lost(making, lost)
            if relation is not None:
                refuse_unsure(f"{now.name} ({now.id})", relation, "source_snapshot_id")

    def _lost(self, making: Making, origin_id: str, budget: Budget) -> str | None:
        """Say why a snapshot, by now copied, does not hold its point in time any more; only the array's word counts."""
        told: list[str | None] = []

        def is_told(look: Budget) -> bool:
            relation, lost = self._of_snapshot(making, origin_id, look)
            told.append(lost)
            return lost is not None or (relation is not None and relation.is_valid)

        try:
            self._core.wait_until(budget, is_told, f"FlashCopy {origin_id}:{making.source.id} to be called valid")
        except DriverError as error:
            making.may_be_undone = False
            if isinstance(error, TimedOut | Cancelled):
                error.next_step = "Finish it later with more time, or delete the volume."
            raise
        return told[-1]

    def _of_snapshot(self, making: Making, origin_id: str, budget: Budget) -> tuple[Relation | None, str | None]:
        """Return the relation that makes the source a snapshot, and why it is lost."""
        pair = (origin_id, making.source.id)
        found = self._flashcopies.find(*pair, budget)
        return found, lost_reason(found, *pair)

    def _wait(self, making: Making, budget: Budget) -> Relation | None:
        """Wait until every track is copied, or return a relation that failed; "no relation" is never success."""
        pair = f"{making.source.id}:{making.target.id}"
        seen: list[Relation | None] = [None]

        def has_ended(look: Budget) -> bool:
            seen[0] = found = self._flashcopies.find(making.source.id, making.target.id, look)
            if found is not None and found.tracks_left is not None:
                self._tell(f"FlashCopy {pair}: {found.tracks_left} tracks left to copy")
            return found is None or _has_failed(found) or _is_complete(found)

        try:
            self._core.wait_until(budget, has_ended, f"FlashCopy {pair} to copy every track")
        except DriverError as error:
            making.may_be_undone = False
            if isinstance(error, TimedOut | Cancelled):
                error.next_step = "The copy goes on by itself: finish it later with more time, or delete the volume."
            raise
        found = seen[0]
        if found is None:
            making.may_be_undone = False
            raise InDoubt(
                f"FlashCopy {pair} vanished before it was seen to be complete",
                happened="Somebody withdrew it, or the array dropped it. No relation does not mean a finished copy.",
                next_step="Find out who withdrew it, then delete the volume and run it again.",
            )
        return found if _has_failed(found) else None

    def _give_up(self, making: Making, error: DriverError, may_end: Callable[[Relation], bool]) -> NoReturn:
        """Raise the error for a copy of no use, its relation withdrawn before so that the target can go too."""
        pair = (making.source.id, making.target.id)
        try:
            budget = Budget(UNDO_S, self._core.stop)
            now = self._flashcopies.find(*pair, budget)
            if now is not None and not may_end(now):
                making.may_be_undone = False
            elif now is not None:
                withdraw(self._core, self._flashcopies, *pair, budget)
        except DriverError as second:
            making.may_be_undone = False
            error.happened = f"{error.happened} Withdrawing it failed too: {second}"
        raise error


def _has_failed(relation: Relation) -> bool:
    return relation.state.casefold() not in GOING_ON


def _is_complete(relation: Relation) -> bool:
    return relation.is_valid and relation.tracks_left == 0


def _failed(making: Making, failed: Relation) -> Refused:
    return Refused(
        f"FlashCopy {failed.id} failed: the array calls it {failed.state}",
        happened=f"{making.source.name} was not changed.",
        next_step=f"See whether pool {making.target.pool_name} is full, then run it again.",
    )


def _source_lost(making: Making, lost: str) -> NotFound:
    return NotFound(
        f"{making.source.name} ({making.source.id}) lost its point in time while it was to be copied",
        happened=f"On the array {lost}.",
        next_step="Take a new snapshot and copy from that, or name a volume (source_volume_id).",
        attribute="source_snapshot_id",
    )


def _from_a_target(making: Making, relation: Relation, refusal: DriverError) -> Unsupported:
    return Unsupported(
        f"This array does not copy from {making.source.name} ({making.source.id}), itself the target of FlashCopy "
        f"{relation.id}",
        happened=refusal.summary,
        next_step=f"Clone volume {relation.source_id} itself for its content of now. The content of the snapshot gets "
        "into another volume only by a host that reads the one and writes the other.",
        attribute=refusal.attribute,
        code=refusal.code,
        words=refusal.words,
    )

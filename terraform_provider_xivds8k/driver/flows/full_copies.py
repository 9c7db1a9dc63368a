"""A full copy of a volume by FlashCopy, seen to be complete before it is called so.

The relation is persistent while it copies: one that the array drops by itself would leave "no row" to mean both
finished and failed.  It is ours, made by this call, and is withdrawn when every track is copied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..array import FlashCopies, FlashCopyOption
from ..core import Core
from ..errors import Cancelled, DriverError, InDoubt, InUse, Refused, TimedOut, Unsupported
from ..objects import Relation, Volume
from ..waiting import Budget
from .deletions import is_same
from .volumes import UNDO_S, VolumeFlows
from .withdrawals import withdraw

OPTIONS: tuple[FlashCopyOption, ...] = (
    "persistent",
    "permit_space_efficient_target",
    "fail_space_efficient_target_out_of_space",
)
GOING_ON = frozenset({"valid", "validation_required", "unknown"})  # ds8k-rest.md §4.1 [S]; unknown: it did not say


@dataclass(slots=True, kw_only=True)
class Making:
    """Keep what a clone has come to: whether its volume may be deleted again, whether a copy began, and all of it."""

    source: Volume
    target: Volume
    may_be_undone: bool
    has_begun: bool = False
    is_whole: bool = False

    @property
    def holds(self) -> str:
        """Say what the new volume holds."""
        if self.is_whole:
            return f"it holds the whole copy of {self.source.name}"
        if self.has_begun:
            return f"whether it holds all of {self.source.name} is not known; never take it for complete"
        return "nothing was copied onto it"

    def refuse_small(self) -> None:
        """Raise Refused where the array made the new volume too small."""
        if self.target.size_bytes < self.source.size_bytes:
            raise Refused(
                f"The array made {self.target.name} too small for the copy",
                happened=f"It has {self.target.size_bytes} bytes, {self.source.name} has {self.source.size_bytes}.",
                next_step="Choose another OS/400 model or size.",
                attribute="size_bytes",
            )

    def look_at_target(self, core: Core, volumes: VolumeFlows, budget: Budget) -> None:
        """Make sure that what is about to be overwritten is the volume just made, and that nobody uses it."""
        self.refuse_changed(volumes.present(self.target.id, budget))
        users = core.array.volumes.users(self.target, budget)
        if users:
            self.may_be_undone = False
            raise Refused(
                f"Volume {self.target.name}, just made, is in use already and was not overwritten",
                happened=f"It has: {', '.join(users.everything)}.",
                next_step="Find out who uses it.",
            )

    def refuse_changed(self, now: Volume) -> None:
        """Raise Refused where the new volume's id is another's by now."""
        if not is_same(now, self.target):
            self.may_be_undone = False
            raise Refused(
                f"Volume {now.id} changed meanwhile: it is called {now.name}, with {now.size_bytes} bytes",
                happened=f"It was made as {self.target.name}, with {self.target.size_bytes} bytes.",
                next_step="Find out who changes volumes on this array, then run it again.",
            )


class FlashCopier:
    """Copy volumes of one DS8000."""

    def __init__(self, core: Core, flashcopies: FlashCopies, tell: Callable[[str], None]) -> None:
        self._core = core
        self._flashcopies = flashcopies
        self._tell = tell

    def copy(self, making: Making, budget: Budget, onto_from: Relation | None = None) -> None:
        """Copy and wait for the end; ``onto_from`` is the relation the source itself is the target of.

        Raises Unsupported where the array does not copy from such a source, InDoubt where it is not known what came
        of it, Refused where the copy failed.
        """
        try:
            self._establish(making, budget)
        except (InUse, Refused) as refusal:
            if onto_from is None or not refusal.code:
                raise
            raise _from_a_target(making, onto_from, refusal) from refusal
        making.has_begun = True
        failed = self._wait(making, budget)
        if failed is not None:
            self._give_up(making, failed)
        making.is_whole = True
        withdraw(self._core, self._flashcopies, making.source.id, making.target.id, budget)

    def finish(self, making: Making, budget: Budget) -> None:
        """Wait for a copy that an earlier call left running, and withdraw its relation; none at all is no error.

        Raises Refused where the relation failed or copies nothing.
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

    def _establish(self, making: Making, budget: Budget) -> None:
        """Make the relation, sent once: a second one, carried out late, would overwrite what hosts wrote since."""
        pair = (making.source.id, making.target.id)

        def send() -> None:
            failures = self._flashcopies.establish((pair,), OPTIONS, budget)
            if pair in failures:
                raise failures[pair]

        try:
            self._core.patiently(budget, send)
        except (InDoubt, Refused) as error:  # a refusal by an unknown code may be none
            if self._core.certainly(budget.for_a_look(), lambda look: self._flashcopies.find(*pair, look) is not None):
                return
            if isinstance(error, InDoubt):
                error.next_step = (
                    f"Where FlashCopy {pair[0]}:{pair[1]} appears, the copy runs: finish it later, or delete the "
                    "volume and run it again."
                )
            raise
        finally:
            self._core.recent.forget()

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

    def _give_up(self, making: Making, failed: Relation) -> None:
        """Raise for a relation that failed, withdrawn before so that its target can go too."""
        error = _failed(making, failed)
        try:
            budget = Budget(UNDO_S, self._core.stop)
            now = self._flashcopies.find(failed.source_id, failed.target_id, budget)
            if now is not None and not _has_failed(now):
                making.may_be_undone = False
            elif now is not None:
                withdraw(self._core, self._flashcopies, failed.source_id, failed.target_id, budget)
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

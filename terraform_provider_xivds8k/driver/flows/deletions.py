"""Deleting a volume: looked at before, sent once, and done only when it is gone for certain.

After a lost answer it is not sent again in the call: a second deletion may be done while the first, carried out late,
meets what was made in the place of the first.

A DS8000 gives the id of a deleted volume to the next one.  So no creation of this process runs in the LSS from the
first look to the last, and a volume that is not in everything the one that was looked at is another's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from ..core import FIRST_PAUSE_S, LONGEST_PAUSE_S, Core
from ..errors import DriverError, InDoubt, InUse, NotFound, Refused, TimedOut
from ..objects import Volume
from ..waiting import Budget
from .former_groups import LET_GO_S, held, holding, lets_go
from .late import refuse_while_open
from .luns import choosing
from .pair_guards import PairGuard
from .withdrawals import withdraw

Check = Callable[[Volume], None]
Send = Callable[[Volume, Budget], None]


class Deletions:
    """Delete volumes of one array, or with another ``send`` what an array keeps as a kind of volume."""

    def __init__(self, core: Core, kind: str = "Volume", send: Send | None = None) -> None:
        self._core = core
        self._volumes = core.array.volumes
        self._guard = PairGuard(core)
        self._kind = kind
        self._send = send or core.array.volumes.delete

    def delete(
        self,
        volume_id: str,
        expected_name: str | None,
        budget: Budget,
        copied_from: str | None = None,
        in_doubt_since: str | None = None,
    ) -> None:
        """Delete a volume that nothing uses; one that is gone already is done.

        A relation from ``copied_from`` onto it does not count: withdrawing that harms nothing but what is deleted.
        With ``in_doubt_since`` not while that copy may still come.
        A DS8000 may refuse it for some minutes after a host used the volume [K], by a code that is not known: asked
        again until the deadline, while creations may go on.
        """
        withdrawn, pause = False, FIRST_PAUSE_S
        sent: list[Volume] = []
        made = self._core.made[volume_id.casefold()]
        refusal: DriverError | None = None
        may_wait = True
        while True:
            try:
                if refusal is not None:
                    budget.pause(pause)
                    pause = min(pause * 2, LONGEST_PAUSE_S)
                with self._using(volume_id, budget), self._volumes.keeping_id(volume_id, budget):
                    self._refuse_given_again(volume_id, made)
                    withdrawn |= self._withdraw_copy(volume_id, expected_name, copied_from, budget)
                    if not withdrawn:
                        self._refuse_while_open(volume_id, in_doubt_since, budget)
                    self._delete(volume_id, self._named(expected_name), sent, budget)
            except _HeldByMirrorError as later:
                self._wait_for_mirror(volume_id, later.refusal, budget if may_wait else None)
                may_wait = False
            except _RefusedForNowError as later:
                refusal = later.refusal
            except DriverError as error:
                last = error if refusal is None or budget.left_s > 0 else refusal
                _tell_of_copy(last, volume_id, withdrawn=withdrawn)
                if last is error:
                    raise
                raise last from error
            else:
                return

    def _wait_for_mirror(self, volume_id: str, refusal: DriverError, budget: Budget | None) -> None:
        """Wait a while until the mirror of its former group holds a volume no more; raises the refusal."""
        if budget is None:
            raise refusal
        brief = Budget(min(LET_GO_S, budget.left_s), budget.stop)
        try:
            self._core.wait_until(brief, lambda look: lets_go(self._core, volume_id, look), "its former group's mirror")
        except TimedOut as late:
            raise refusal from late

    def _using(self, volume_id: str, budget: Budget) -> AbstractContextManager[None]:
        """Keep this process from attaching or detaching the volume meanwhile."""
        return choosing(self._core.array.system_id(budget), f"volume:{volume_id.casefold()}", budget)

    def _refuse_given_again(self, volume_id: str, made: int) -> None:
        if self._core.made[volume_id.casefold()] != made:
            raise Refused(
                f"Under {volume_id} there is another volume now",
                happened="While its deletion was refused it was deleted by somebody else, and this process was given "
                "its id for a new volume.",
                left_behind="The new volume was not touched.",
            )

    def _named(self, expected_name: str | None) -> Check:
        return lambda found: expect_name(self._core.array.family, found, expected_name, "deleted")

    def delete_kept(self, volume: Volume, budget: Budget) -> None:
        """Delete exactly this volume, just looked at, where nothing uses it; the caller is keeping its id."""
        try:
            self._delete(volume.id, lambda found: expect_same(found, volume), [], budget)
        except _RefusedForNowError as later:
            raise later.refusal from later

    def _refuse_while_open(self, volume_id: str, in_doubt_since: str | None, budget: Budget) -> None:
        volume = self._volumes.find(volume_id, budget) if in_doubt_since is not None else None
        if volume is not None:
            refuse_while_open(volume, in_doubt_since)

    def _withdraw_copy(
        self, volume_id: str, expected_name: str | None, copied_from: str | None, budget: Budget
    ) -> bool:
        """Withdraw the one relation a volume has, where it copies all of that source and nothing else uses it.

        Tells whether there was one.
        """
        flashcopies = self._core.array.flashcopies
        looked = flashcopies is not None and copied_from is not None
        volume = self._volumes.find(volume_id, budget) if looked else None
        if flashcopies is None or volume is None or copied_from is None:
            return False
        expect_name(self._core.array.family, volume, expected_name, "deleted")
        relations = flashcopies.of_volume(volume.id, budget)
        source_id = copied_from.upper()
        if [(one.source_id, one.target_id) for one in relations] != [(source_id, volume.id)]:
            return False
        if not (relations[0].is_copying or relations[0].tracks_left == 0):  # it is a snapshot's
            return False
        if len(self._volumes.users(volume, budget).everything) != 1:
            return False
        withdraw(self._core, flashcopies, source_id, volume.id, budget)
        return True

    def _delete(self, volume_id: str, check: Check, sent: list[Volume], budget: Budget) -> None:
        try:
            self._delete_certainly(volume_id, check, sent, budget)
        except BaseException:
            self._core.inventory.doubt(volume_id=volume_id)
            raise
        self._core.inventory.drop(volume_id)

    def _delete_certainly(self, volume_id: str, check: Check, sent: list[Volume], budget: Budget) -> None:
        """Delete it; ``sent`` gathers what bore the id when its deletion was sent."""
        try:
            self._delete_now(volume_id, check, sent, budget)
        except InDoubt:
            if not self._core.certainly(
                budget.for_a_look(), lambda look: self._is_gone(sent[-1], look, answered=False)
            ):
                raise

    def _delete_now(self, volume_id: str, check: Check, sent: list[Volume], budget: Budget) -> None:
        if self._core.patiently(budget, lambda: self._delete_unused(volume_id, check, sent, budget)):
            self._core.wait_until(
                budget, lambda look: self._is_gone(sent[-1], look, answered=True), f"volume {volume_id} to disappear"
            )

    def _delete_unused(self, volume_id: str, check: Check, sent: list[Volume], budget: Budget) -> bool:
        """Look and delete, a busy array only after another look; tell whether there was something to delete."""
        volume = self._volumes.find(volume_id, budget)
        if volume is None:
            return False
        if sent and not is_same(volume, sent[-1]):
            raise Refused(
                f"Under {volume_id} there is another volume now: {volume.name}",
                happened=f"The deletion of {sent[-1].name} was sent, and the array was not ready for it.",
                next_step="Run it again: what is there is looked at first.",
            )
        check(volume)
        self._refuse_used(volume, budget)
        sent.append(volume)
        try:
            self._send(volume, budget)
        except NotFound:  # or renamed meanwhile, or something else was not found
            if not self._is_gone(volume, budget, answered=False):
                raise
        except (Refused, InUse) as refusal:
            if not refusal.is_of_unknown_code:
                raise
            raise _RefusedForNowError(refusal) from refusal
        return True

    def _is_gone(self, volume: Volume, budget: Budget, *, answered: bool) -> bool:
        """Tell whether a volume whose deletion was sent is gone.

        Another one under its id tells so where the array said that it deleted ours; else it may be ours, changed.
        """
        found = self._volumes.find(volume.id, budget)
        return found is None or (answered and self._core.array.family == "ds8k" and not is_same(found, volume))

    def _refuse_used(self, volume: Volume, budget: Budget) -> None:
        users = self._volumes.users(volume, budget)
        if users.relations:
            self._guard.check_served(volume, f"delete volume {volume.name}", "id", budget)
        if users:
            groups = holding(self._core, volume, users, budget)
            if groups:
                raise _HeldByMirrorError(held(self._kind, volume, users, groups))
            raise InUse(
                f"{self._kind} {volume.name} is in use and was not deleted",
                happened=f"It has: {', '.join(users.everything)}.",
                left_behind="Nothing was changed.",
                next_step=f"Remove these first, then delete the {self._kind.lower()}.",
            )


class _RefusedForNowError(Exception):
    """The array would not delete what nothing uses."""

    def __init__(self, refusal: Refused | InUse) -> None:
        super().__init__(refusal.summary)
        self.refusal = refusal


class _HeldByMirrorError(_RefusedForNowError):
    """A mirror holds it that lets it go by itself."""


def _tell_of_copy(error: DriverError, volume_id: str, *, withdrawn: bool) -> None:
    """Let an error tell also of a copy that was taken apart."""
    if withdrawn:
        error.left_behind = (
            f"The FlashCopy onto volume {volume_id} is withdrawn, so that it holds no whole copy any more; run again, "
            "its deletion is finished."
        )


def is_same(one: Volume, other: Volume) -> bool:
    """Tell whether two answers about an id are of one volume, as far as they can tell."""
    return (one.name, one.size_bytes, one.pool_id) == (other.name, other.size_bytes, other.pool_id)


def expect_same(found: Volume, volume: Volume, doing: str = "deleted") -> None:
    """Refuse what is under a volume's id by now where it is another one."""
    if not is_same(found, volume):
        raise Refused(
            f"Under {volume.id} there is another volume now: {found.name}",
            happened=f"It was {volume.name} with {volume.size_bytes} bytes a moment ago.",
            left_behind=f"Nothing was {doing}.",
            next_step="Make sure whose volume it is, then run it again.",
        )


def told_beside(doubt: InDoubt, error: DriverError) -> InDoubt:
    """Return a doubt that tells also of the error that kept it from being settled."""
    doubt.happened = f"{doubt.happened} Asked again: {error.summary.rstrip('.')}. {error.happened}".rstrip()
    return doubt


def expect_name(family: str, volume: Volume, expected_name: str | None, doing: str) -> None:
    """On an array that gives ids again, refuse a volume that no longer bears the name last written."""
    if family != "ds8k" or expected_name is None or volume.name == expected_name:
        return
    raise Refused(
        f"Volume {volume.id} is called {volume.name}, not {expected_name}, and was not {doing}",
        happened="It was renamed by somebody else, or deleted and its id given to another volume.",
        left_behind="Nothing was changed.",
        next_step="Make sure whose volume it is. If it is yours, apply a name to it first; else remove it from "
        "the state.",
        attribute="written_name",
    )

"""The end of a PPRC pair, on both arrays, and of its remote volume where that is asked for."""

from __future__ import annotations

from collections.abc import Callable

from ..core import Core
from ..errors import Cancelled, DriverError, InDoubt, InUse, NotFound, Refused, TimedOut
from ..objects import Volume
from ..pprcs import PairEnd, PairEnds
from ..replicating import DELETABLE, Half, Pair, Remaining
from ..waiting import Budget, Progress
from .deletions import Deletions, expect_same
from .pair_refusals import forbidden
from .pair_views import PairViews
from .pprc_bulk import ends_of, halves_at, in_bulk, looked_at_again, pprcs_of

MAY_COME_LATE = (InDoubt, TimedOut, Cancelled)  # errors after which an order may still be carried out


class PprcEnding:
    """End pairs; which side is the source is read from the pair."""

    def __init__(self, views: PairViews) -> None:
        self._views = views

    def delete(self, pair: Pair, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """End a pair on both arrays, and keep or delete its remote volume, which hosts may then write.

        Where home has ended it already and the remote array still holds its target, that half is ended.
        """
        if pair.home is None and (pair.remote is None or pair.remote.role != "target"):
            raise Refused(
                f"{pair.name}: the home array has no such pair, and the remote one does not hold its target",
                happened="What would happen: a pair might be ended that somebody else relies on.",
                left_behind="Nothing was changed.",
                next_step="Look at the pair on both arrays, and end it there by hand. No option ends it from here.",
                attribute="id",
            )
        remote = self._remote_volume(pair, budget)
        if remaining == "delete" and remote is not None:
            self._refuse_used(remote, pair, budget)
        ends = ends_of(pair, "home")
        try:
            self.end(ends, budget, check=lambda look: self._expect_endable(ends, look))
        except DriverError as error:
            self._tell_what_is_left(ends, remote, error, budget)
            raise
        for core, half in ((self._views.home, pair.home), (self._views.remote, pair.remote)):
            if half is not None:
                core.inventory.doubt(volume_id=half.id)
        progress(f"{pair.name}: the pair is ended on both arrays")
        if remote is None:
            return
        if remaining == "keep":
            progress(f"{remote.name} ({remote.id}) stays on the remote array, and hosts there may write to it now")
            return
        self._delete_remote(remote, budget)
        progress(f"{remote.name} ({remote.id}) is deleted on the remote array")

    def _expect_endable(self, ends: PairEnds, budget: Budget) -> None:
        """Refuse to end what may not be ended any more by now."""
        for pair in self._views.look(budget).pairs:
            halves = [half for half in (pair.home, pair.remote) if half is not None]
            if ends.id in {half.pair_id for half in halves} and not pair.can_be_ended:
                raise forbidden(pair, "delete the pair", DELETABLE)

    def end(self, ends: PairEnds, budget: Budget, *, check: Callable[[Budget], None] = lambda _: None) -> None:
        """End a pair at its source, then at its target where that still has it [S] Cinder; one that is gone is done.

        ``check`` looks again whether it may be ended, before that is asked for once more.
        """
        for core, end in self._ends(ends, budget):
            self._end_at(core, ends, end, budget, check if end == "source" else lambda _: None)
        for core, _ in self._ends(ends, budget):
            core.wait_until(budget, lambda look, at=core: ends.id not in halves_at(at, look), f"{ends.id} to end")  # type: ignore[misc]

    def _ends(self, ends: PairEnds, budget: Budget) -> tuple[tuple[Core, PairEnd], ...]:
        home, remote = self._views.home, self._views.remote
        from_home = home.array.system_id(budget).upper() == ends.source_system
        source, target = (home, remote) if from_home else (remote, home)
        return (source, "source"), (target, "target")

    @staticmethod
    def _end_at(core: Core, ends: PairEnds, end: PairEnd, budget: Budget, check: Callable[[Budget], None]) -> None:
        half = halves_at(core, budget).get(ends.id)
        if half is None or half.role != end:
            return

        def is_ended(found: Half | None) -> bool:
            return found is None

        pprcs = pprcs_of(core)
        send = looked_at_again(check, lambda pairs, left: pprcs.delete(pairs, end, left))
        failures = in_bulk(core, (ends,), send, is_ended, budget)
        if ends in failures:
            raise failures[ends]

    def _tell_what_is_left(self, ends: PairEnds, remote: Volume | None, error: DriverError, budget: Budget) -> None:
        """Say in an error which array still has the pair, and what that means for home's volume."""
        look = budget.for_a_look()
        try:
            here, there = (ends.id in halves_at(core, look) for core, _ in self._ends(ends, look))
        except DriverError:
            error.left_behind = (
                f"It is not known which array still has pair {ends.id}: volume {ends.source} may be NOT replicated now."
            )
            here = there = False
        else:
            error.left_behind = _left(ends, error, here=here, there=there)
        if remote is not None:
            error.left_behind += f" Volume {remote.name} ({remote.id}) is left on the remote array."
        again = "Run it again: it finishes what is left." if there and not here else ""
        error.next_step = again or error.next_step or "Look at replication status, then run it again."

    # the remote volume

    def _remote_volume(self, pair: Pair, budget: Budget) -> Volume | None:
        return self._views.remote.array.volumes.find(pair.remote.id, budget) if pair.remote is not None else None

    def _refuse_used(self, remote: Volume, pair: Pair, budget: Budget) -> None:
        """Refuse before anything is changed what would keep the remote volume from being deleted afterwards."""
        users = self._views.remote.array.volumes.users(remote, budget)
        pairs = self._views.remote.array.pairs.find("volume", remote.id, budget)
        others = [
            f"pair {half.pair_id}" for half in pairs if pair.remote is None or half.pair_id != pair.remote.pair_id
        ]
        copies = [one for one in users.relations if one.startswith("FlashCopy")]
        using = (*users.mappings, *users.snapshots, *copies, *users.groups, *others)
        if using:
            raise InUse(
                f"The remote volume {remote.name} ({remote.id}) is in use; the pair was not ended",
                happened=f"It has: {', '.join(using)}. What would happen: these would lose what they use or are made "
                "of.",
                left_behind="Nothing was changed.",
                next_step='Remove these first, or keep the volume (remote_on_delete = "keep").',
                attribute="remote_on_delete",
            )

    def _delete_remote(self, remote: Volume, budget: Budget) -> None:
        left = f"The pair is ended; volume {remote.name} ({remote.id}) may be left on the remote array."
        try:
            with self._views.remote.array.volumes.keeping_id(remote.id, budget):
                found = self._views.remote.array.volumes.find(remote.id, budget)
                if found is not None:
                    expect_same(found, remote)
            Deletions(self._views.remote, "Remote volume").delete(remote.id, remote.name, budget)
        except NotFound:
            return
        except DriverError as error:
            error.left_behind = left
            error.next_step = error.next_step or "Delete it on the remote array when nothing uses it."
            raise


def _left(ends: PairEnds, error: DriverError, *, here: bool, there: bool) -> str:
    """Say what is left of a pair whose end did not come through."""
    if here and there:
        late = " The order to end it may still be carried out." if isinstance(error, MAY_COME_LATE) else ""
        return f"Both arrays still have pair {ends.id}, and volume {ends.source} is replicated as before.{late}"
    held = "Neither array has the pair any more."
    if there:
        held = f"The remote array still holds {ends.target} as its target, which takes no writes."
    if here:
        held = "The home array alone still has the pair."
    return f"Volume {ends.source} is NOT replicated any more. {held}"

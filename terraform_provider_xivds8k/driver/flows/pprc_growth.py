"""Growing both volumes of a PPRC pair: in place where the array does that, else by a pair taken apart and made anew.

Whether a machine grows volumes in a pair depends on its release [K]: it is asked, the target first, and its refusal
changes nothing.  While a pair is apart there is no copy to rely on, and the copy that follows is a full one; so that
needs ``anew``, is told as it happens, and ends with the pair made again whatever went wrong between.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import DriverError, InDoubt, InUse, NoSpace, Refused
from ..objects import Volume
from ..pprcs import PairEnds, PairType
from ..replicating import Pair, Side
from ..waiting import LOOK_AFTER_STOP_S, Budget, Progress
from .deletions import expect_same, is_same
from .pair_evidence import in_use, volumes_at
from .pair_views import PairViews
from .pprc_bulk import ends_of, halves_at
from .pprc_ending import MAY_COME_LATE, PprcEnding
from .pprc_making import MODES, PprcMaking
from .volumes import UNDO_S, VolumeFlows

SIDES: tuple[Side, ...] = ("remote", "home")  # a source is never larger than its target
UNEQUAL = "Until both volumes are of one size, it can neither be switched nor failed back."


@dataclass(slots=True)
class Growing:
    """Keep what is grown: both volumes as they were looked at, by side."""

    pair: Pair
    ends: PairEnds
    kind: PairType
    size_bytes: int
    volumes: dict[Side, Volume]
    grown: set[Side] = field(default_factory=set)
    may_grow: Side | None = None  # it was not answered, or not seen to have grown

    @property
    def sizes(self) -> str:
        """Return how large both volumes are, in words, as far as that is known."""
        large = [side for side in SIDES if side in self.grown or self.volumes[side].size_bytes >= self.size_bytes]
        if len(large) == len(SIDES):
            return f"Both volumes have {self.size_bytes} bytes."
        if self.may_grow is not None:
            known = f"The remote volume has {self.size_bytes} bytes. " if "remote" in large else ""
            return f"{known}The {self.may_grow} volume may have {self.size_bytes} bytes by now, or later. {UNEQUAL}"
        if not large:
            return "Both volumes are as large as before."
        others = " and ".join(f"that at {side} is as large as before" for side in SIDES if side not in large)
        return f"The {large[0]} volume has {self.size_bytes} bytes, {others}. {UNEQUAL}"


class PprcGrowth:
    """Grow volumes in pairs."""

    def __init__(self, views: PairViews, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._views = views
        self._ending = PprcEnding(views)
        self._making = PprcMaking(views)
        self._clock = clock

    def grow(self, pair: Pair, size_bytes: int, budget: Budget, progress: Progress, *, anew: bool) -> None:
        """Grow both volumes; one that is as large already is left alone."""
        ids = {"home": pair.id or "", "remote": pair.remote_id or ""}
        volumes = {side: VolumeFlows(self._views.core(side)).present(ids[side], budget) for side in SIDES}
        growing = Growing(pair, ends_of(pair, "home"), MODES[pair.mode or ""], size_bytes, volumes)
        if all(volume.size_bytes >= size_bytes for volume in volumes.values()):
            return
        for side in SIDES:
            self._refuse_copied(side, volumes[side], budget)
            self._check_space(side, volumes[side], size_bytes, budget)
        try:
            refusal = self._in_place(growing, budget, progress)
            if refusal is None:
                return
            if not anew:
                raise _needs_full_resync(growing, refusal) from refusal
            self._refuse_written(growing, budget)
            self._in_row_1(growing, budget)
            self._anew(growing, budget, progress)
        finally:
            for side in SIDES:
                self._views.core(side).inventory.doubt(volume_id=volumes[side].id)

    # looking

    def _refuse_copied(self, side: Side, volume: Volume, budget: Budget) -> None:
        users = self._views.core(side).array.volumes.users(volume, budget)
        copies = (*users.snapshots, *(one for one in users.relations if one.startswith("FlashCopy")))
        if copies:
            raise InUse(
                f"Volume {volume.name} ({volume.id}) on the {side} array cannot grow while it is in a copy relation",
                happened=f"It has: {', '.join(copies)}. What would happen: the array would refuse it, or the copy "
                "would lose what it is a copy of.",
                left_behind="Nothing was changed.",
                next_step="Remove them first. No option withdraws a snapshot's relation to grow its source.",
                attribute="size_bytes",
            )

    def _check_space(self, side: Side, volume: Volume, size_bytes: int, budget: Budget) -> None:
        """Refuse before anything is changed what one of the pools has no room for; of a thin one the array tells."""
        pool = self._views.core(side).get_pool(volume.pool_id, budget)
        extents = -(-size_bytes // pool.extent_bytes) - -(-volume.size_bytes // pool.extent_bytes)
        needed = extents * pool.extent_bytes
        if volume.provisioning == "thick" and needed > pool.free_bytes:
            raise NoSpace(
                f"Pool {pool.label} of the {side} array has no room for the growth of {volume.name}",
                happened=f"It needs {needed} bytes more, and {pool.free_bytes} are free. What would happen: one volume "
                "would grow without the other, and the pair could not be switched or failed back.",
                left_behind="Nothing was changed, on neither array.",
                next_step="Free or add capacity there. No option grows one volume alone.",
                attribute="size_bytes",
            )

    def _refuse_written(self, growing: Growing, budget: Budget) -> None:
        """Refuse where hosts could write to the copy while the pair is apart: the full copy would overwrite that."""
        users = in_use(self._views.remote, volumes_at(growing.pair, "remote"), budget)
        if users:
            remote = growing.volumes["remote"]
            raise InUse(
                f"The copy {remote.name} ({remote.id}) is mapped to hosts that are logged in",
                happened=f"They are: {', '.join(next(iter(users.values())))}. What would happen: while the pair is "
                "apart they could write to it, and the full copy would overwrite what they write.",
                left_behind="Nothing was changed.",
                next_step="Detach it on the remote array, or log these hosts out, then run it again. No option "
                "overrides this.",
                attribute="allow_full_resync",
            )

    def _in_row_1(self, growing: Growing, budget: Budget) -> None:
        for pair in self._views.look(budget).pairs:
            if pair.home is not None and pair.home.pair_id == growing.ends.id and pair.row == 1:
                return
        raise Refused(
            f"{growing.pair.name} is not in step any more",
            happened="What would happen: it would be taken apart while the copy lacks what home was written.",
            left_behind="Nothing was changed.",
            next_step="Look at replication status, and run it again in row 1. No option allows it in another row.",
            attribute="size_bytes",
        )

    # growing

    def _in_place(self, growing: Growing, budget: Budget, progress: Progress) -> DriverError | None:
        """Grow in place, the target first; return the refusal of a machine that does not."""
        for side in SIDES:
            try:
                self._resize(side, growing, budget)
            except DriverError as error:
                refusal = _refused_in_pair(error)
                if refusal is not None:
                    return refusal
                error.left_behind = f"The pair goes on. {growing.sizes}"
                error.next_step = f"{error.next_step} Then run it again: it grows what is left to be grown.".strip()
                raise
            progress(f"{growing.pair.name}: the {side} volume has {growing.size_bytes} bytes")
        return None

    def _resize(self, side: Side, growing: Growing, budget: Budget) -> None:
        core, volume, size = self._views.core(side), growing.volumes[side], growing.size_bytes
        flows, growing.may_grow = VolumeFlows(core), None
        if flows.present(volume.id, budget).size_bytes >= size:
            return

        def send() -> None:
            expect_same(flows.present(volume.id, budget), volume, "grown")
            core.array.volumes.resize(volume, size, budget)

        def is_grown(look: Budget) -> bool:
            return flows.present(volume.id, look).size_bytes >= size

        try:
            core.write(budget, send, is_grown)
            core.wait_until(budget, is_grown, f"volume {volume.name} to reach {size} bytes")
        except DriverError as error:
            error.happened = f"This is the {side} array. {error.happened}".rstrip()
            growing.may_grow = side if isinstance(error, MAY_COME_LATE) else None
            raise
        growing.grown.add(side)

    # taking apart

    def _anew(self, growing: Growing, budget: Budget, progress: Progress) -> None:
        began, name = self._clock(), growing.pair.name
        progress(f"{name}: taken apart to grow; from now until the full copy is complete there is no copy to rely on")
        problem: DriverError | None = None
        is_ended = False
        try:
            self._ending.end(growing.ends, budget, check=lambda look: self._in_row_1(growing, look))
            is_ended = True
            for side in SIDES:
                self._resize(side, growing, budget)
                progress(f"{name}: the {side} volume has {growing.size_bytes} bytes")
        except DriverError as error:
            problem = error
        try:
            is_new = self._pair_again(growing, budget)
        except DriverError as error:
            raise self._unprotected(growing, problem, error) from error
        if is_new:
            apart_s = self._clock() - began
            progress(f"{name}: paired again after {apart_s:.0f} s without a pair; the full copy runs, see its status")
        if problem is not None:
            raise self._told(growing, problem, is_new=is_new, may_end=not is_ended)

    def _pair_again(self, growing: Growing, budget: Budget) -> bool:
        """Make the pair again, with a full copy onto what was its target a moment ago, and nothing else.

        Return False where both arrays have it still.
        """
        if budget.stop.is_set():
            left = Budget(LOOK_AFTER_STOP_S)
        else:
            left = Budget(max(UNDO_S, budget.left_s), budget.stop)
        seen = [growing.ends.id in halves_at(self._views.core(side), left) for side in SIDES]
        if all(seen):
            return False
        if any(seen):
            self._ending.end(growing.ends, left)
        self._expect_own(growing, left)
        thin = growing.volumes["remote"].provisioning == "thin"
        self._making.establish(
            growing.ends, growing.kind, thin=thin, budget=left, check=lambda look: self._expect_own(growing, look)
        )
        return True

    def _expect_own(self, growing: Growing, budget: Budget) -> None:
        for side in SIDES:
            before, core = growing.volumes[side], self._views.core(side)
            now = VolumeFlows(core).present(before.id, budget)
            if not _is_grown_from(now, before, growing.size_bytes):
                raise Refused(
                    f"Under {before.id} there is another volume now on the {side} array: {now.name}",
                    happened=f"It was {before.name} with {before.size_bytes} bytes a moment ago. What would happen: "
                    "all that is in it would be copied over.",
                    next_step="Nothing is copied onto it: make sure whose it is.",
                )
        self._refuse_written(growing, budget)

    @staticmethod
    def _told(growing: Growing, problem: DriverError, *, is_new: bool, may_end: bool) -> DriverError:
        """Return what went wrong with how the pair is now, and with what an order to end it may still do."""
        home, doubtful = growing.volumes["home"], may_end and isinstance(problem, MAY_COME_LATE)
        problem.left_behind = (
            f"The pair was made again, and is copied in full: it was apart meanwhile. {growing.sizes}"
            if is_new
            else f"The pair was not taken apart and goes on; volume {home.name} ({home.id}) was not grown."
        )
        if doubtful:
            problem.left_behind += (
                " The order to end it was not answered and may still be carried out: then volume "
                f"{home.name} ({home.id}) is NOT replicated from then on."
            )
        after = "Look at replication status in some minutes, and" if doubtful else "Wait for row 1, then"
        problem.next_step = problem.next_step if problem.next_step and not doubtful else f"{after} run it again."
        return problem

    @staticmethod
    def _unprotected(growing: Growing, problem: DriverError | None, error: DriverError) -> DriverError:
        home, remote = growing.volumes["home"], growing.volumes["remote"]
        told = problem or error
        if problem is not None:
            told.happened = f"{told.happened} Making the pair again failed too: {error}".strip()
        told.left_behind = (
            f"Volume {home.name} ({home.id}) is NOT replicated now, or it is not known that it is. Its former copy is "
            f"{remote.name} ({remote.id}) on the remote array. {growing.sizes}"
        )
        told.next_step = (
            "Look at both arrays (replication status). Where there is no pair any more, delete the former copy when "
            "nothing needs it, and set the replication up again."
        )
        return told


def _is_grown_from(now: Volume, before: Volume, size_bytes: int) -> bool:
    """Tell whether a volume is the one that was looked at, as large as it was or as it was to be."""
    if is_same(now, before):
        return True
    return (now.name, now.pool_id) == (before.name, before.pool_id) and now.size_bytes >= size_bytes


def _refused_in_pair(error: DriverError) -> DriverError | None:
    """Return the refusal that means that a volume in a pair does not grow, None for another error.

    Asked again after a lost answer, a refusal speaks for both; carried out late, the first does what is wanted.
    """
    refusal = error.__cause__ if isinstance(error, InDoubt) else error
    if isinstance(refusal, InUse) or (isinstance(refusal, Refused) and refusal.is_of_unknown_code):
        return refusal
    return None


def _needs_full_resync(growing: Growing, refusal: DriverError) -> Refused:
    pair, volume = growing.pair, growing.volumes["home"]
    return Refused(
        f"Volume {volume.name} ({volume.id}) cannot grow while it is in a pair: this array does not allow it",
        happened=f"The array says {refusal.code}: {refusal.words} What would happen: to grow it, {pair.name} has to be "
        "taken apart, both volumes grown, and all of it copied again; until that copy is complete, there is no copy to "
        "rely on.",
        left_behind=f"The pair goes on. {growing.sizes}",
        next_step="Set allow_full_resync = true on the volume when that time without protection is acceptable.",
        attribute="allow_full_resync",
    )

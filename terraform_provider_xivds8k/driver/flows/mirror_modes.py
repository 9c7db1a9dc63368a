"""Mirrors that are made anew between the same two volumes, to copy in another mode: never onto any other volume."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import Cancelled, DriverError, InDoubt, Refused, TimedOut
from ..mirrors import GO_WITH_MIRROR, LAST_CONSISTENT, End, MirrorOrder, Schedule
from ..replicating import Half, Pair, ReplicationMode
from ..waiting import LOOK_AFTER_STOP_S, Budget, Progress
from .mirror_copies import Copies, Copy
from .mirror_ends import UNTOUCHED, MirrorEnds, empty, whole
from .mirror_schedules import SIDES, Schedules

LOOK_FIRST = (
    "Look at mirror_list on both arrays, and find out which side hosts write before anything is done to either."
)
MAY_COME_LATE = (InDoubt, TimedOut, Cancelled)  # errors after which a mirror may still be made
AGAIN_S = 60.0  # for putting back what was taken apart, whatever is left of the deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Say how to copy from now on; ``anew`` is whether everything may be copied again."""

    mode: ReplicationMode
    rpo_s: int | None
    schedule: Schedule | None
    anew: bool


class MirrorModes:
    """Make mirrors anew that are in step."""

    def __init__(self, ends: MirrorEnds, schedules: Schedules) -> None:
        self._ends = ends
        self._schedules = schedules
        self._copies = Copies(ends)

    def change(self, pair: Pair, wish: Wish, budget: Budget, progress: Progress) -> None:
        """Make a mirror anew; raises Refused (``allow_full_resync``), with the old one put back where it can be."""
        if not wish.anew:
            raise Refused(
                f"{pair.name}: from {pair.mode} to {wish.mode} the mirror has to be made anew",
                happened="The array changes no mirror's mode. What would happen: it would be deleted and made again "
                "between the same volumes; everything is copied again, and until that has ended nothing protects the "
                "data.",
                left_behind=UNTOUCHED,
                next_step="Set allow_full_resync = true when that can be borne, or keep the mode.",
                attribute="allow_full_resync",
            )
        empty(pair, "made anew")
        home, remote = again_in_step(self._ends, pair, budget)
        self._refuse_kept(pair, (home, remote), budget)
        named = [one.name for one in self._ends.mirrors("home").targets(budget) if one.key == home.peer_key]
        if not named:
            raise Refused(
                f"{pair.name}: its target is not known any more",
                happened=f"Home has no target that is array {home.peer_key}. What would happen: the mirror would be "
                "gone, and no new one could be made.",
                left_behind=UNTOUCHED,
                next_step="Define the target at home again (target_list), then run it again. No option does without "
                "it.",
                attribute="id",
            )
        with self._schedules.held(wish.schedule, budget):  # which may have taken its time
            home, remote = again_in_step(self._ends, pair, budget)
            copy = self._copies.of(remote, budget)
            before = _order(home, remote, named[0])
            name = wish.schedule.name if wish.schedule is not None else None
            order = replace(before, mode=wish.mode, rpo_s=wish.rpo_s, schedule=name, remote_schedule=name)
            try:
                self._ends.deactivate("home", home, budget)
                self._refuse_promoted(home, copy, budget)
                self._copies.refuse_another(copy, budget)
                self._make_anew(order, (home, remote), copy, budget)
            except DriverError as error:
                self._put_back(before, home, copy, error)
                raise
        progress(
            f"{pair.name}: made anew as {wish.mode}; all is copied again, and until then nothing protects the data"
        )

    def _refuse_kept(self, pair: Pair, halves: tuple[Half, Half], budget: Budget) -> None:
        """Refuse where an old last-consistent snapshot would keep the mirror from being made again."""
        for side, half in zip(SIDES, halves, strict=True):
            kept = self._ends.mirrors(side).kept_of(End.of(half), budget)
            left = [one.name for one in kept if one.prefix == LAST_CONSISTENT]
            if left:
                raise Refused(
                    f"{pair.name} has a last-consistent snapshot on the {side} array and is not made anew",
                    happened=f"It is {', '.join(left)}: the array makes no new mirror while it exists. What would "
                    "happen: the mirror would be gone, and no new one could be made.",
                    left_behind=UNTOUCHED,
                    next_step="Make sure that nobody needs it and delete it, then run it again. No option deletes it "
                    "for you.",
                    attribute="mode",
                )

    def _refuse_promoted(self, home: Half, copy: Copy, budget: Budget) -> None:
        """Raise Refused where the copy got another role while the mirror stands still."""
        theirs = self._ends.half("remote", copy.half.subject, copy.half.id, budget)
        if theirs is None or (theirs.role, theirs.peer) != ("target", home.name):
            raise Refused(
                f"The copy of {home.name} was promoted meanwhile, or its mirror ended",
                happened=f"The remote array says: {theirs.words if theirs else 'no such pair'}. What would happen: the "
                "mirror would be deleted, though hosts may use the other side by now.",
                next_step=LOOK_FIRST,
                attribute="mode",
            )

    def _make_anew(self, order: MirrorOrder, halves: tuple[Half, Half], copy: Copy, budget: Budget) -> None:
        home = halves[0]
        self._ends.delete("home", home, budget)
        try:
            self._discard(halves, budget)
            self._put_together(order, home, copy, budget)
        except DriverError as error:
            error.has_ended = not isinstance(error, MAY_COME_LATE)
            raise

    def _discard(self, halves: tuple[Half, Half], budget: Budget) -> None:
        for side, half in zip(SIDES, halves, strict=True):
            kept = self._ends.mirrors(side).kept_of(End.of(half), budget)
            self._ends.discard(side, [one for one in kept if one.prefix in GO_WITH_MIRROR], budget)

    def _put_together(self, order: MirrorOrder, home: Half, copy: Copy, budget: Budget) -> None:
        """Define the mirror between the volumes that were one before, and activate it."""
        core = self._ends.core("home")
        self._copies.refuse_another(copy, budget)
        try:
            core.patiently(budget, lambda: self._ends.mirrors("home").create(order, budget))
        except InDoubt:
            if not core.certainly(budget.for_a_look(), lambda look: self._is(order, home, look)):
                raise
        self._copies.confirm(home, copy, budget)
        self._ends.activate("home", home, budget)

    def _is(self, order: MirrorOrder, home: Half, budget: Budget) -> bool:
        found = self._ends.half("home", home.subject, home.id, budget)
        return found is not None and (found.peer, found.mode) == (order.remote_name, order.mode)

    def _as_before(self, before: MirrorOrder, home: Half, copy: Copy, budget: Budget) -> ReplicationMode:
        """Make the mirror again where it is gone, and have it active; returns the mode it has."""
        found = self._ends.half("home", home.subject, home.id, budget)
        if found is None:
            self._put_together(before, home, copy, budget)
            return before.mode
        if found.standing == "inactive":
            if found.mode == before.mode:  # it was not taken apart, and is not now
                self._refuse_promoted(home, copy, budget)
            else:
                self._copies.confirm(home, copy, budget)
            self._ends.activate("home", found, budget)
        return found.mode

    def _put_back(self, before: MirrorOrder, home: Half, copy: Copy, error: DriverError) -> None:
        """Have the mirror be as it was, where the new one could not be made; or say that there is none."""
        stop = self._ends.core("home").stop
        try:
            try:
                mode = self._as_before(before, home, copy, Budget(AGAIN_S, stop))
            except Cancelled:  # a stopped run leaves the volume protected too
                mode = self._as_before(before, home, copy, Budget(LOOK_AFTER_STOP_S))
        except DriverError as second:
            error.has_ended = error.has_ended and not isinstance(second, MAY_COME_LATE)
            error.happened = f"{error.happened} Putting it back failed too: {second}".strip()
            error.left_behind, error.next_step = self._left(before, copy, Budget(LOOK_AFTER_STOP_S))
        else:
            error.has_ended = False
            error.left_behind = f"The mirror is there as {mode}, active again; it may copy everything anew."

    def _left(self, before: MirrorOrder, copy: Copy, budget: Budget) -> tuple[str, str]:
        """Return what is left of a mirror that was not put back, and the next step: the copy only as it is read."""
        is_locked, named = self._is_locked(copy.half, budget), _named(copy)
        theirs = {
            True: f"{named} is still on the remote array{', locked' if copy.half.subject == 'volume' else ''}.",
            False: f"{named} on the remote array is not locked: hosts may use it.",
            None: f"What became of {named} on the remote array could not be read.",
        }[is_locked]
        step = (
            f"Look at mirror_list on both arrays. Where there is none, rename or delete {named} on the remote array "
            "when nobody needs it, then replicate again."
        )
        left = (
            f"{before.end.name} and {before.remote_name} may be no mirror any more, so that nothing protects "
            f"{before.end.name}; {theirs}"
        )
        return left, step if is_locked else LOOK_FIRST

    def _is_locked(self, half: Half, budget: Budget) -> bool | None:
        """Tell whether nobody can write the former copy, None where that cannot be read; a group has nothing to it."""
        if half.subject == "group":
            return True
        try:
            volume = self._ends.core("remote").array.volumes.find(half.id, budget)
            return volume is not None and self._ends.mirrors("remote").is_locked(volume, budget)
        except DriverError:
            return None


def _order(home: Half, remote: Half, target: str) -> MirrorOrder:
    """Return what would define a mirror that there is."""
    return MirrorOrder(
        end=End.of(home),
        target=target,
        remote_name=remote.name,
        mode=home.mode,
        rpo_s=home.rpo_s,
        schedule=home.schedule,
        remote_schedule=remote.schedule,
    )


def _named(copy: Copy) -> str:
    return copy.half.name if copy.half.subject == "group" else f"{copy.half.name} (WWN {copy.half.id})"


def again_in_step(ends: MirrorEnds, pair: Pair, budget: Budget) -> tuple[Half, Half]:
    """Return both halves as they are right now; raises Refused outside row 1."""
    now = ends.again(pair, budget)
    if now.row != 1:
        raise Refused(
            f"{pair.name} is not in step any more",
            happened=f"It is in row {now.row} now: {now.cause}. What would happen: one half would be changed and not "
            "the other one.",
            left_behind=UNTOUCHED,
            next_step="Wait until it is in row 1 (replication status), then run it again. No option allows it before.",
            attribute="id",
        )
    return whole(now)

"""A slave becomes master, because the other side is lost or is to be given up: the order of steps of a failover.

What was last replicated of an asynchronous mirror is duplicated first, since the volume goes back to it; nothing but
the role is changed after that.
"""

from __future__ import annotations

from ..errors import (
    AlreadyExists,
    Cancelled,
    Denied,
    DriverError,
    InDoubt,
    InUse,
    NoSpace,
    NotFound,
    Refused,
    TimedOut,
    Unsupported,
)
from ..mirrors import LAST_CONSISTENT, LAST_REPLICATED, End, KeptSnapshot
from ..replicating import OTHER, Half, Pair, Side
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .mirror_checks import initial, refuse_inconsistent, refuse_living, refuse_loss
from .mirror_clocks import is_comparable, times_of
from .mirror_deeds import Deed, Names, argument, given
from .mirror_ends import MirrorEnds, Sight
from .mirror_sizes import MirrorSizes, refuse_shortened, shortened
from .pair_calls import in_short
from .pair_refusals import not_in_row
from .pair_turns import TURNS
from .pair_work import NOT_KNOWN, Work, key_of, lost_from_now_on
from .volumes import UNDO_S

NONE_FOUND = "the array has none to duplicate"
WONT = (NoSpace, Refused, Denied, Unsupported, InUse, NotFound, AlreadyExists)  # the array did not make it for certain
ALONE = {"remote": 7, "home": 6}
FORCED = frozenset({1, 2})
NOBODY = 13
STOP_S = 10.0  # at most, for an array that is to be given up and may refuse to stop


class MirrorPromotion:
    """Promote the slaves of one operation."""

    def __init__(self, ends: MirrorEnds, names: Names) -> None:
        self._ends = ends
        self._names = names
        self._sizes = MirrorSizes(ends)

    def calls(self, work: Work, pair: Pair, last_replicated: tuple[str, ...]) -> tuple[str, ...]:
        """Return what would be sent, in order."""
        half, deed = given(pair, work.to), Deed()
        if self._is_to_stop(pair.half(OTHER[work.to])):
            deed.sends(OTHER[work.to], f"mirror_deactivate {argument(given(pair, OTHER[work.to]))}")
        if half.mode == "async" and last_replicated:
            deed.sends(work.to, _duplicating(half, last_replicated[0], self._name(work, pair)))
        deed.sends(work.to, f"mirror_change_role {argument(half)} new_role=Master")
        return tuple(deed.calls)

    @staticmethod
    def _is_to_stop(peer: Half | None) -> bool:
        """Tell whether the other side is a master that answers, with the link up: its writes would go on arriving."""
        return peer is not None and peer.role == "source" and peer.standing != "inactive" and bool(peer.is_linked)

    def _name(self, work: Work, pair: Pair) -> str:
        return self._names.of(pair, work.to, "failover")

    def carry_out(self, work: Work, pair: Pair, deed: Deed, budget: Budget) -> None:
        """Promote one slave; one that is master by now is left alone."""
        with TURNS.of(pair, budget):
            self._carry_out(work, pair, deed, budget)

    def _carry_out(self, work: Work, pair: Pair, deed: Deed, budget: Budget) -> None:
        now = self._ends.now(pair, budget)
        half = given(now, work.to)
        if half.role == "source":
            return
        self._check_again(work, pair, now, half)
        sight = Sight(lambda: self._look_again(work, pair, budget))
        kept = self._ends.mirrors(work.to).kept_of(End.of(half), budget)
        torn = tuple(one.name for one in kept if one.prefix == LAST_CONSISTENT)
        refuse_inconsistent(work, now, half, torn)
        unequal = self._sizes.seen((now,), budget).get(key_of(now), ())
        refuse_shortened(work, now, unequal)
        short = shortened(unequal, work.to)
        deed.lost = lost_by_promotion(work, now, torn, short, self._age(work, now))
        if half.mode == "sync":
            self._refuse_loss(work, now, deed, budget)
        stopped = self._stop_other(work, now, deed, budget)
        try:
            if half.mode == "async":
                if stopped is not None:  # a sync job may have ended meanwhile
                    now = self._ends.now(pair, budget)
                    kept = self._ends.mirrors(work.to).kept_of(End.of(half), budget)
                deed.lost = lost_by_promotion(work, now, torn, short, self._age(work, now))
                self._refuse_loss(work, now, deed, budget)
            deed.lost = "; ".join(one for one in (deed.lost, deed.unstopped) if one)
            last = [one for one in kept if one.prefix == LAST_REPLICATED and half.mode == "async"]
            if not last:
                deed.lost += without_duplicate(work, now, NONE_FOUND)
            duplicate = self._duplicate(work, pair, last[0], deed, budget) if last else None
            self._promote_or_drop(work, half, sight, deed, budget, duplicate=duplicate)
        except DriverError as error:
            if stopped is not None and isinstance(error, InDoubt) and not error.moves_nothing:
                # it may still be promoted: writes of the other side must not arrive there then
                error.left_behind = f"{error.left_behind} {_stopped(OTHER[work.to])}".strip()
            elif stopped is not None:
                self._start_other(work, stopped, half, deed, error)
            raise
        if duplicate is not None:
            point, more, rest = deed.lost.partition("; ")
            deed.lost = f"{point}; that state is kept in {duplicate} as well{more}{rest}"

    def _age(self, work: Work, now: Pair) -> str:
        return age(work, now, is_comparable=is_comparable(self._ends, now, OTHER[work.to]))

    def _refuse_loss(self, work: Work, now: Pair, deed: Deed, budget: Budget) -> None:
        """Look right before what is lost, where a limit is set."""
        if work.terms.max_data_loss_s is None:
            return
        sides = [side for side in OTHER if now.answers(side)]
        refuse_loss(work, now, times_of(self._ends, sides, budget), deed.lost)

    def _promote_or_drop(
        self, work: Work, half: Half, sight: Sight, deed: Deed, budget: Budget, *, duplicate: str | None
    ) -> None:
        try:
            self._promote(work, half, sight, deed, budget)
        except InDoubt as doubt:
            doubt.left_behind = f"{doubt.left_behind} {work.to.capitalize()} may be promoted, or may still be.".strip()
            if duplicate is not None:
                deed.kept.append(f"{duplicate} on the {work.to} array")
                doubt.left_behind += f" Snapshot {duplicate} there holds what was last replicated."
            raise
        except DriverError as error:
            if duplicate is not None and not self._ends.dropped(work.to, half, duplicate, "target"):
                deed.kept.append(f"{duplicate} on the {work.to} array")
                error.left_behind = f"{error.left_behind} Snapshot {duplicate} is on the {work.to} array.".strip()
            raise

    def _check_again(self, work: Work, pair: Pair, now: Pair, half: Half) -> None:
        allowed = {ALONE[work.to]} | (FORCED if work.terms.force and work.to == "remote" else set())
        if now.row not in (allowed | {NOBODY} if pair.row == NOBODY else allowed):
            raise not_in_row("failover", work.to, now)
        if half.is_initial:
            raise initial(now, work.to)
        refuse_living(work, now)

    def _look_again(self, work: Work, pair: Pair, budget: Budget) -> None:
        """Raise where the other side is back by now, or whatever else forbids it."""
        now = self._ends.now(pair, budget)
        half = given(now, work.to)
        if half.role != "source":
            self._check_again(work, pair, now, half)

    def _duplicate(self, work: Work, pair: Pair, last: KeptSnapshot, deed: Deed, budget: Budget) -> str | None:
        """Duplicate what was last replicated, once; after a lost answer, one of the new name counts.

        None where the array does not, and the user does without.
        """
        mirrors, core, name = self._ends.mirrors(work.to), self._ends.core(work.to), self._name(work, pair)
        try:
            with deed.sending(work.to, _duplicating(given(pair, work.to), last.name, name)):
                core.patiently(budget, lambda: mirrors.duplicate(last, name, budget))
        except InDoubt as doubt:
            if not core.certainly(budget.for_a_look(), lambda look: mirrors.holds(last.subject, name, look)):
                doubt.moves_nothing = True
                doubt.left_behind = f"Nothing was promoted; snapshot {name} may be on the {work.to} array."
                raise
            deed.carried_out()
        except WONT as error:
            if work.terms.force or work.terms.accept_inconsistent:
                deed.does_without()
                deed.lost += without_duplicate(work, pair, in_short(error))
                return None
            error.happened = (
                f"{error.happened} What would happen: hosts would write over what was last replicated, and no snapshot "
                "would keep it."
            ).strip()
            error.left_behind = error.left_behind or "Nothing was promoted."
            error.next_step = (
                "Make room for one more snapshot there; or set accept_inconsistent = true, or force = true, to do "
                "without a second snapshot of what was last replicated."
            )
            error.attribute = "accept_inconsistent"
            raise
        except DriverError as error:
            error.left_behind = error.left_behind or "Nothing was promoted."
            raise
        return name

    def _stop_other(self, work: Work, now: Pair, deed: Deed, budget: Budget) -> Half | None:
        """Stop a master whose writes would go on arriving; return what was stopped."""
        side = OTHER[work.to]
        if not self._is_to_stop(now.half(side)):
            return None
        peer = given(now, side)
        brief = Budget(min(STOP_S, budget.left_s / 2), budget.stop)
        try:
            with deed.sending(side, f"mirror_deactivate {argument(peer)}"):
                self._ends.deactivate(side, peer, brief)
        except DriverError as error:
            _check(budget, error, side)
            if not work.terms.force:
                raise
            deed.unstopped = _unstopped(side, error)
            return None
        return peer

    def _start_other(self, work: Work, peer: Half, half: Half, deed: Deed, error: DriverError) -> None:
        """Let the other side go on copying where the promotion was certainly not done, or say that it does not."""
        side = OTHER[work.to]
        try:
            try:
                left = self._started(work, peer, half, deed, Budget(UNDO_S, self._ends.core(side).stop))
            except Cancelled:  # what was taken apart on the way is put back all the same
                left = self._started(work, peer, half, deed, Budget(LOOK_AFTER_STOP_S))
        except DriverError as hindrance:
            left = f"{_stopped(side)} It could not be started again ({in_short(hindrance)})."
        error.left_behind = f"{error.left_behind} {left}".strip()

    def _started(self, work: Work, peer: Half, half: Half, deed: Deed, budget: Budget) -> str:
        """Start the side that was stopped, if the other one was not promoted; return how it stands, in words."""
        side = OTHER[work.to]
        if not self._ends.has_role(work.to, half, "target", budget):
            return _stopped(side)
        with deed.sending(side, f"mirror_activate {argument(peer)}"):
            self._ends.activate(side, peer, budget)
        return f"{side.capitalize()} was stopped and started again."

    def _promote(self, work: Work, half: Half, sight: Sight, deed: Deed, budget: Budget) -> None:
        order = f"mirror_change_role {argument(half)} new_role=Master"
        try:
            with deed.sending(work.to, order):
                self._ends.become(work.to, half, "Master", budget, sight)
        except InUse:  # it has to stand still first, on arrays that want it so [K]
            try:
                with deed.sending(work.to, f"mirror_deactivate {argument(half)}"):
                    self._ends.deactivate(work.to, half, budget)
            except Refused as refusal:
                if half.is_linked:
                    _point_to_link(refusal, work.to)
                raise
            with deed.sending(work.to, order):
                self._ends.become(work.to, half, "Master", budget, sight)


def _check(budget: Budget, error: DriverError, side: Side) -> None:
    """Raise where nothing more may be started, and tell what may still come of what was not answered."""
    try:
        budget.check()
    except (Cancelled, TimedOut) as ended:
        if isinstance(error, InDoubt):
            ended.left_behind = f"The mirror may be stopped at {side}, so that nothing would protect it there."
        raise


def _unstopped(side: Side, error: DriverError) -> str:
    maybe = " for certain" if isinstance(error, InDoubt) else ""
    return (
        f"{side} could not be stopped{maybe} ({in_short(error)}), and goes on taking writes of its hosts, which the "
        "copy does not get"
    )


def _point_to_link(refusal: Refused, to: Side) -> None:
    """Name the way to a copy that only its master could stop, and that one does not."""
    refusal.happened = (
        f"{refusal.happened} This array promotes a slave only once its mirror stands still: its master at {OTHER[to]} "
        f"was not stopped from here, and the link to it is up."
    ).strip()
    refusal.next_step = (
        f"Cut the replication link at {to} (take the mirroring ports of target_list out of service, or pull their "
        f"cables), so that the copy stands still; then run it again with force = true."
    )


def _stopped(side: Side) -> str:
    return f"The mirror is stopped at {side}, so that nothing protects what is written there."


def _duplicating(half: Half, last: str, name: str) -> str:
    if half.subject == "group":
        return f"snap_group_duplicate snap_group={last} new_snap_group={name}"
    return f"snapshot_duplicate snapshot={last} name={name}"


def without_duplicate(work: Work, pair: Pair, why: str) -> str:
    """Return, as the end of a text, that there is no second snapshot of what was last replicated."""
    half = given(pair, work.to)
    is_empty = half.subject == "group" and not pair.members
    return "" if half.mode == "sync" or is_empty else f"; no second snapshot of that state is kept ({why})"


def age(work: Work, pair: Pair, *, is_comparable: bool) -> str:
    """Return by which clock it is told how old the last replicated point is, where that is not the one it goes with."""
    if is_comparable or given(pair, work.to).mode != "async":
        return ""
    return f"its age counts as if both arrays' clocks agreed (never compared while {OTHER[work.to]} answered)"


def lost_by_promotion(
    work: Work, pair: Pair, last_consistent: tuple[str, ...], short: str = "", unknown_age: str = ""
) -> str:
    """Return what the promoted side lacks, in words; ``short`` is what lies beyond its end, the last one ``age``'s."""
    return "; ".join(one for one in (_lacks(work, pair, last_consistent), unknown_age, short) if one)


def _lacks(work: Work, pair: Pair, last_consistent: tuple[str, ...]) -> str:
    half, peer = given(pair, work.to), pair.half(OTHER[work.to])
    if half.mode == "async":
        return (
            f"what was written after {half.replicated_at}, the time of the last point that was replicated, by the "
            f"clock of the array it was taken on ({OTHER[work.to]})"
        )
    if last_consistent or not half.in_step:
        kept = f"; its last consistent state is kept in {', '.join(last_consistent)}, and returning to it means "
        return "the copy is not consistent, new and old blocks are mixed" + (
            f"{kept}deleting the pair" if last_consistent else ""
        )
    if peer is None:
        return NOT_KNOWN
    if pair.row == 1:
        return lost_from_now_on(OTHER[work.to])
    missing = f": up to {peer.missing_bytes} bytes" if peer.missing_bytes else ""
    return f"what {OTHER[work.to]} was given since the copy fell behind{missing}"

"""Two sides are brought in step again: the one whose changes are discarded becomes the slave of the other one.

What only it holds is in a snapshot before that; and it is not touched where the array would not let the other side copy
to it afterwards.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from ..errors import DriverError, InDoubt, Refused, TimedOut
from ..mirrors import MOST_UPDATED, End
from ..replicating import Half, Pair, Side
from ..waiting import Budget
from .mirror_checks import refuse_parted, refuse_used
from .mirror_deeds import Deed, Names, argument, given, is_promoted_aside
from .mirror_ends import UNTOUCHED, MirrorEnds, Sight
from .mirror_rounds import IN_STEP, Rounds, Waits
from .mirror_sizes import MirrorSizes
from .pair_calls import in_short
from .pair_evidence import volumes_at
from .pair_refusals import not_in_row
from .pair_turns import TURNS
from .pair_work import Run, Work
from .volumes import UNDO_S

PARTED = frozenset({10, 11, 12})
TAKEN_BEFORE = ".before-resync-"  # in the name of what is taken of a side that is given up
SETTLES_S = 5.0  # within which another process deletes that again where it gives nothing up


@dataclass(frozen=True, slots=True)
class Kept:
    """Be the side that is kept, with the names of the snapshots it had before the other one was given up."""

    end: End
    snapshots: frozenset[str]


@dataclass(frozen=True, slots=True)
class Gone:
    """Be a side that was given up, as it was before, with what was done to it."""

    half: Half
    deed: Deed


class MirrorResync:
    """Bring mirrors in step."""

    def __init__(self, ends: MirrorEnds, names: Names, rounds: Rounds) -> None:
        self._ends = ends
        self._names = names
        self._rounds = rounds
        self._sizes = MirrorSizes(ends)

    def calls(self, work: Work, pair: Pair) -> tuple[str, ...]:
        """Return what would be sent, in order."""
        deed, kept = Deed(), given(pair, work.kept(pair))
        if is_promoted_aside(work, pair):
            side = work.discarded(pair)
            lost = given(pair, side)
            if volumes_at(pair, side):
                deed.sends(side, _keeping(lost, self._name(work, pair)))
            if lost.standing != "inactive":
                deed.sends(side, f"mirror_deactivate {argument(lost)}")
            deed.sends(side, f"mirror_change_role {argument(lost)} new_role=Slave")
        if is_promoted_aside(work, pair) or kept.standing == "inactive":
            deed.sends(work.kept(pair), f"mirror_activate {argument(kept)}")
        return tuple(deed.calls)

    def _name(self, work: Work, pair: Pair) -> str:
        return self._names.of(pair, work.discarded(pair), "resync")

    def lost(self, work: Work, pair: Pair) -> str:
        """Return what leaves the discarded side, in words."""
        side = work.discarded(pair)
        if not is_promoted_aside(work, pair):
            return ""
        if not volumes_at(pair, side):
            return ""
        return (
            f"what was written at {side} since the two sides parted leaves it, and is kept in snapshot "
            f"{self._name(work, pair)} of the {side} array alone"
        )

    def carry_out(self, work: Work, pair: Pair, deed: Deed, run: Run) -> Waits:
        """Make the discarded side a slave, if it is none, and let the kept one copy to it until both are in step."""
        budget, serving = run.budget, work.kept(pair)
        with TURNS.of(pair, budget):
            if self._begun(work, pair, deed, budget):
                return
        yield from self._rounds.in_step(pair, serving, f"{pair.name}: copying what differs").rest(budget)

    def _begun(self, work: Work, pair: Pair, deed: Deed, budget: Budget) -> bool:
        """Let the kept side copy to a slave; tell whether both are in step already."""
        serving, side = work.kept(pair), work.discarded(pair)
        now = self._ends.now(pair, budget)
        if now.row == IN_STEP[serving]:
            return True
        kept, lost = given(now, serving), given(now, side)
        if kept.role != "source":
            raise not_in_row("resync", serving, now)
        if lost.role == "source":
            before = Kept(End.of(kept), self._ends.mirrors(serving).snapshots_of(End.of(kept), budget))
            self._give_up(work, pair, now, deed, budget)
            self._refuse_reverted(work, pair, before, Gone(lost, deed), budget)
        self._activate(work, pair, lost if lost.role == "source" else None, deed, budget)
        return False

    def _give_up(self, work: Work, pair: Pair, now: Pair, deed: Deed, budget: Budget) -> None:
        """Keep in a snapshot what the discarded side holds, and make it a slave."""
        side = work.discarded(pair)
        if now.row not in PARTED or pair.row not in PARTED:
            raise not_in_row("resync", work.kept(pair), now)
        refuse_parted(work, now)
        self._sizes.refuse(work, now, budget)
        refuse_used(self._ends, work, pair, side, budget, now=now)
        lost = given(now, side)
        name = self._keep(work, pair, now, deed, budget)
        try:
            self._refuse_turned(work, pair, budget)
            sight = Sight(lambda: self._refuse_turned(work, pair, budget))
            if lost.standing != "inactive":
                with deed.sending(side, f"mirror_deactivate {argument(lost)}"):
                    self._ends.deactivate(side, lost, budget)
                self._start_again_if_turned(work, pair, lost, deed, budget)
                sight = Sight(lambda: self._start_again_if_turned(work, pair, lost, deed, budget))
            with deed.sending(side, f"mirror_change_role {argument(lost)} new_role=Slave"):
                self._ends.become(side, lost, "Slave", budget, sight)
        except InDoubt as doubt:  # what was sent may still be carried out, and then only the snapshot has it
            held = f": keep safety snapshot {name}, which holds it" if name else ""
            doubt.left_behind = (
                f"{doubt.left_behind} {side.capitalize()} may have been given up, or may still be, with what was "
                f"written there since the sides parted{held}."
            ).strip()
            raise
        except DriverError as error:
            if name is not None and self._ends.dropped(side, lost, name, "source"):
                deed.kept.clear()
            elif name is not None:
                error.left_behind = f"{error.left_behind} Safety snapshot {name} is on the {side} array.".strip()
            raise
        deed.lost = self.lost(work, pair)

    def _refuse_turned(self, work: Work, pair: Pair, budget: Budget) -> None:
        """Look once more, right before a side is given up, whether the other one still is a master."""
        now = self._ends.now(pair, budget)
        if now.row not in PARTED:
            raise not_in_row("resync", work.kept(pair), now)

    def _start_again_if_turned(self, work: Work, pair: Pair, lost: Half, deed: Deed, budget: Budget) -> None:
        """Look once more after a side was stopped: it may have come to be the one that is copied to the other.

        From here on the array itself refuses to demote it once its mirror is active again.
        """
        try:
            self._refuse_turned(work, pair, budget)
        except Refused as refusal:
            side = work.discarded(pair)
            try:
                with deed.sending(side, f"mirror_activate {argument(lost)}"):
                    self._ends.activate(side, lost, Budget(UNDO_S, self._ends.core(side).stop))
                left = "was stopped and started again"
            except DriverError as error:
                left = f"was stopped and does not copy now ({in_short(error)})"
            refusal.left_behind = f"{side.capitalize()} {left}; it was not given up."
            raise

    def _keep(self, work: Work, pair: Pair, now: Pair, deed: Deed, budget: Budget) -> str | None:
        """Take the safety snapshot, once; after a lost answer one of its name counts.  None for a group of nothing."""
        side = work.discarded(pair)
        lost = given(now, side)
        if not volumes_at(now, side):
            return None
        mirrors, core, name = self._ends.mirrors(side), self._ends.core(side), self._name(work, pair)
        try:
            with deed.sending(side, _keeping(lost, name)):
                core.patiently(budget, lambda: mirrors.keep(End.of(lost), name, budget))
        except InDoubt as doubt:
            if not core.certainly(budget.for_a_look(), lambda look: mirrors.holds(lost.subject, name, look)):
                doubt.moves_nothing = True
                doubt.left_behind = f"Nothing was given up; safety snapshot {name} may be on the {side} array."
                raise
            deed.carried_out()
        except DriverError as error:
            error.happened = (
                f"The {side} array took no safety snapshot, without which its changes are not given up. "
                f"{error.happened}".rstrip()
                + f" What would happen: what {side} alone was written would be gone, and nothing would keep it."
            )
            error.left_behind = UNTOUCHED
            error.next_step = f"{error.next_step} No option does without that snapshot.".strip()
            raise
        deed.kept.append(f"{name} on the {side} array")
        return name

    def _refuse_reverted(self, work: Work, pair: Pair, before: Kept, gone: Gone, budget: Budget) -> None:
        """Stop where the kept side was a slave for a moment, which its role does not show: its own writes left it.

        Whoever gives a side up takes a snapshot of it first, and most arrays take one themselves; the first goes again
        where that came to nothing.
        """
        serving = work.kept(pair)
        mirrors = self._ends.mirrors(serving)

        def given_up(look: Budget) -> list[str]:
            new = mirrors.snapshots_of(before.end, look) - before.snapshots
            return sorted(one for one in new if TAKEN_BEFORE in one or one.startswith(MOST_UPDATED))

        left = given_up(budget)
        if not left:
            return
        brief = Budget(min(SETTLES_S, budget.left_s), budget.stop)
        with suppress(TimedOut):
            self._ends.core(serving).wait_until(brief, lambda look: not given_up(look), "it to go on")
            return
        held = f"What was written there after the last common point is in {', '.join(left)} on the {serving} array."
        raise self._taken_back(work, pair, gone.half, gone.deed, held)

    def _activate(self, work: Work, pair: Pair, gave_up: Half | None, deed: Deed, budget: Budget) -> None:
        """Let the kept side copy; one that was active all the time and does not yet is stopped and started."""
        side = work.kept(pair)
        now = given(self._ends.now(pair, budget), side)
        if now.role == "target" and gave_up is not None:
            raise self._taken_back(work, pair, gave_up, deed)
        if now.standing == "active":
            return
        if now.standing == "hindered" and is_promoted_aside(work, pair):
            with deed.sending(side, f"mirror_deactivate {argument(now)}"):
                self._ends.deactivate(side, now, budget)
        elif now.standing == "hindered":
            return
        try:
            with deed.sending(side, f"mirror_activate {argument(now)}"):
                self._ends.activate(side, now, budget)
        except Refused as refusal:
            if gave_up is not None and self._is_slave(side, now, budget):
                raise self._taken_back(work, pair, gave_up, deed) from refusal
            refusal.left_behind = refusal.left_behind or (
                f"{work.discarded(pair)} is the slave of {side}, which serves; nothing is copied yet."
            )
            raise

    def _is_slave(self, side: Side, half: Half, budget: Budget) -> bool:
        return self._ends.core(side).certainly(
            budget.for_a_look(), lambda look: self._ends.has_role(side, half, "target", look)
        )

    def _taken_back(self, work: Work, pair: Pair, gave_up: Half, deed: Deed, kept_held: str = "") -> Refused:
        """Make the discarded side a master again, since nobody would serve: the kept one became a slave meanwhile."""
        side, budget = work.discarded(pair), Budget(UNDO_S, self._ends.core(work.discarded(pair)).stop)
        holds = f" What was written there after it is in {', '.join(deed.kept)}." if deed.kept else ""
        try:
            with deed.sending(side, f"mirror_change_role {argument(gave_up)} new_role=Master"):
                self._ends.become(side, gave_up, "Master", budget)
        except DriverError as error:
            left = f"{side.capitalize()} is a slave as well, so that nobody serves ({in_short(error)}).{holds}"
        else:
            left = f"{side.capitalize()} was made a master again, with what it had at the last common point.{holds}"
        return Refused(
            f"{pair.name}: the {work.kept(pair)} side, whose data was to stay, became a slave meanwhile",
            happened=f"Somebody else made it one while {side} was given up for it. {kept_held}".rstrip(),
            left_behind=left,
            next_step="Look at replication status, find out who else is at it and whose data stays, then run it again.",
        )


def _keeping(half: Half, name: str) -> str:
    if half.subject == "group":
        return f"cg_snapshots_create {argument(half)} snap_group={name} delete_priority=1"
    return f"snapshot_create {argument(half)} name={name} delete_priority=1"

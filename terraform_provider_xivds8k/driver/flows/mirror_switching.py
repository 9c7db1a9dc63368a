"""Both roles of a mirror that is in step are switched, for a planned move: the order of steps of a switch."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from ..errors import InDoubt, Refused, Unsupported
from ..mirrors import End
from ..replicating import OTHER, Half, Pair, Side
from ..waiting import Budget
from .mirror_checks import refuse_used
from .mirror_deeds import Deed, Names, argument, given
from .mirror_ends import MirrorEnds
from .mirror_rounds import IN_STEP, Rounds, Waits
from .mirror_sizes import MirrorSizes
from .mirror_tidying import MirrorTidying, discarding
from .pair_refusals import not_in_row
from .pair_turns import TURNS
from .pair_work import Run, Work

BEHIND = "MIRROR_IS_ASYNC"  # of one that has something to send: a job runs, or something was written
SWITCHES = 3


@dataclass(frozen=True, slots=True)
class Ordered:
    """Be a sync job that is waited for: of a time since ``began``, ordered under a name, or by the schedule."""

    side: Side
    old: Half
    began: str
    by_name: str | None


class MirrorSwitching:
    """Switch the roles of mirrors."""

    def __init__(self, ends: MirrorEnds, names: Names, rounds: Rounds) -> None:
        self._ends = ends
        self._names = names
        self._rounds = rounds
        self._tidying = MirrorTidying(ends)
        self._sizes = MirrorSizes(ends)

    def calls(self, work: Work, pair: Pair) -> tuple[str, ...]:
        """Return what would be sent, in order, to a pair that is in step or was switched half-way."""
        new = given(pair, work.to)
        if new.role == "target":
            return self.calls_in_step(work, pair)
        return (f"{work.to}: mirror_activate {argument(new)}",) if new.standing == "inactive" else ()

    def calls_in_step(self, work: Work, pair: Pair) -> tuple[str, ...]:
        """Return what would be sent to a pair that is, or will be, in step with the other side serving."""
        deed, side, new, old = Deed(), OTHER[work.to], given(pair, work.to), given(pair, OTHER[work.to])
        job = pair.mode == "async" and self._has_volumes(pair)
        if job:
            deed.sends(side, self._asking(pair, old))
        deed.sends(side, f"mirror_switch_roles {argument(old)}")
        deed.sends(work.to, f"mirror_activate {argument(new)}")
        if job:
            for one, half in self._ends.sides(pair):
                if half is not None:
                    deed.sends(one, discarding(half, self._names.job(pair)))
        return tuple(deed.calls)

    @staticmethod
    def _has_volumes(pair: Pair) -> bool:
        return pair.subject == "volume" or bool(pair.members)

    def _asking(self, pair: Pair, old: Half) -> str:
        name = self._names.job(pair)
        return f"mirror_create_snapshot {argument(old)} name={name} slave_name={name}"

    def carry_out(self, work: Work, pair: Pair, deed: Deed, run: Run) -> Waits:
        """Switch one pair to the side it is to be on; what was broken off goes on."""
        try:
            yield from self._carry_out(work, pair, deed, run)
        finally:
            if deed.has_job:
                self._tidying.discard(pair, self._names.job(pair), deed, run)

    def _carry_out(self, work: Work, pair: Pair, deed: Deed, run: Run) -> Waits:
        budget, side = run.budget, OTHER[work.to]
        now = self._ends.now(pair, budget)
        if now.row == IN_STEP[work.to]:
            return
        old, new = given(now, side), given(now, work.to)
        if (old.role, new.role) != ("target", "source"):
            yield from self._switch(work, pair, self._in_step(work, pair, budget), deed, budget)
            new = given(self._ends.now(pair, budget), work.to)
        if new.standing == "inactive":
            with deed.sending(work.to, f"mirror_activate {argument(new)}"):
                self._ends.activate(work.to, new, budget)
        yield from self._rounds.in_step(pair, work.to, f"{pair.name}: waiting until it is in step").rest(budget)

    def _in_step(self, work: Work, pair: Pair, budget: Budget) -> Pair:
        """Return a pair as it is right now, which must be in step."""
        now = self._ends.now(pair, budget)
        if now.row != IN_STEP[OTHER[work.to]]:
            raise not_in_row("switch", work.to, now)
        return now

    def _switch(self, work: Work, pair: Pair, now: Pair, deed: Deed, budget: Budget) -> Waits:
        side = OTHER[work.to]
        old = given(now, side)
        asked = old.mode == "async" and self._has_volumes(now)
        try:
            if asked:
                refuse_used(self._ends, work, pair, side, budget, now=now)
                ordered = yield from self._order(pair, side, old, deed, budget)
                yield from self._await(pair, ordered, budget)
            for again in reversed(range(SWITCHES)):
                if self._switch_now(work, pair, old, deed, budget, is_last=not again):
                    return
                yield from self._jobs_end(pair, side, old, budget)
        except Refused as refusal:
            if old.mode == "async" and refusal.code:
                refusal.next_step = (
                    "Make sure that nothing is written, and run it again. Some arrays never switch an asynchronous "
                    "mirror: with its hosts stopped, use failover with force = true there, then resync."
                )
            raise

    def _switch_now(self, work: Work, pair: Pair, old: Half, deed: Deed, budget: Budget, *, is_last: bool) -> bool:
        """Switch the roles; tell whether it is done, False for a sync job its schedule began since the last look."""
        side = OTHER[work.to]
        with TURNS.of(pair, budget):
            now = self._in_step(work, pair, budget)  # the wait may have been an hour long
            if old.mode == "async" and self._has_volumes(now):
                refuse_used(self._ends, work, pair, side, budget, now=now)
            self._sizes.refuse(work, now, budget)
            try:
                with deed.sending(side, f"mirror_switch_roles {argument(old)}"):
                    self._ends.switch_roles(side, old, budget)
            except Refused as refusal:
                if self._is_switched(side, old, budget):  # by a call before whose answer was lost, or by somebody else
                    return True
                if refusal.code != BEHIND or is_last:
                    raise
                deed.does_without()
                return False
        return True

    def _jobs_end(self, pair: Pair, side: Side, old: Half, budget: Budget) -> Waits:
        mirrors, end = self._ends.mirrors(side), End.of(old)
        yield from self._rounds.until(
            pair,
            side,
            lambda _, look: not mirrors.has_jobs(end, look),
            f"the sync jobs of {old.name} to end",
            f"{pair.name}: waiting for its sync jobs to end",
        ).rest(budget)

    def _is_switched(self, side: Side, old: Half, budget: Budget) -> bool:
        return self._ends.core(side).certainly(
            budget.for_a_look(), lambda look: self._ends.has_role(side, old, "target", look)
        )

    def _order(self, pair: Pair, side: Side, old: Half, deed: Deed, budget: Budget) -> Generator[str, None, Ordered]:
        """Order a sync job of what was written until now.

        Where the array takes no orders for one, its schedule will run one.
        """
        mirrors, core, name = self._ends.mirrors(side), self._ends.core(side), self._names.job(pair)
        end = End.of(old)
        began = yield from self._began(pair, side, old, budget)
        try:
            with deed.sending(side, self._asking(pair, old)):
                core.patiently(budget, lambda: mirrors.snapshot(end, name, name, budget))
        except Unsupported:
            deed.does_without()
            return Ordered(side, old, began, by_name=None)
        except InDoubt as doubt:
            deed.has_job = True
            if not core.certainly(budget.for_a_look(), lambda look: mirrors.holds(old.subject, name, look)):
                doubt.moves_nothing = True
                raise
            deed.carried_out()
        deed.has_job = True
        return Ordered(side, old, began, by_name=name)

    def _began(self, pair: Pair, side: Side, old: Half, budget: Budget) -> Generator[str, None, str]:
        """Return the array's time; where it tells none, that of the last job there was, with none running."""
        now = self._ends.mirrors(side).find_now(budget)
        if now is not None:
            return now
        yield from self._jobs_end(pair, side, old, budget)
        found = self._ends.half(side, old.subject, old.id, budget)
        return (found.replicated_at if found is not None else None) or ""

    def _await(self, pair: Pair, ordered: Ordered, budget: Budget) -> Waits:
        """Wait until a sync job has ended that is not of an earlier time."""
        there, name = self._ends.mirrors(OTHER[ordered.side]), ordered.by_name

        def is_done(now: Pair, look: Budget) -> bool:
            done = self._is_replicated(ordered, now, look)
            return done and (name is None or there.holds(ordered.old.subject, name, look))

        what = f"all of {pair.name} to be replicated since {ordered.began}"
        step = f"{pair.name}: waiting until all is replicated"
        yield from self._rounds.until(pair, ordered.side, is_done, what, step).rest(budget)

    def _is_replicated(self, ordered: Ordered, now: Pair, budget: Budget) -> bool:
        """Tell whether the last sync job that ended was of a point since then, and none is left.

        The array writes whole seconds: what was replicated in the second it began may be older than that, unless it
        was ordered.  Jobs are asked for last: one that was ordered has ended where none is left.
        """
        side, half = ordered.side, now.half(ordered.side)
        at = (half.replicated_at if half is not None else None) or ""
        is_since = at > ordered.began if ordered.by_name is None else at >= ordered.began
        return is_since and not self._ends.mirrors(side).has_jobs(End.of(ordered.old), budget)

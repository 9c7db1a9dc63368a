"""What keeps a mirror from being switched, promoted or resynchronised, beside the table: looked up for all in bulk."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import DriverError, Refused
from ..mirrors import LAST_CONSISTENT, LAST_REPLICATED
from ..pairing import BOTH_WRITABLE
from ..replicating import OTHER, Half, Pair, Side
from ..waiting import Budget
from .mirror_clocks import read, times_of
from .mirror_deeds import Seen, given, is_promoted_aside, still_used, users_of
from .mirror_ends import UNTOUCHED, MirrorEnds
from .mirror_sizes import MirrorSizes, Unequal, is_activated, refusal, refuse_shortened, shortened
from .pair_evidence import in_use, volumes_at
from .pair_refusals import refuse_alive, too_much_lost
from .pair_work import Work, key_of


class MirrorChecks:
    """Check pairs before an operation; the number of calls does not depend on how many there are."""

    def __init__(self, ends: MirrorEnds, seen: Seen) -> None:
        self._ends = ends
        self._seen = seen
        self._sizes = MirrorSizes(ends)

    def problems(self, work: Work, budget: Budget) -> Mapping[str, DriverError]:
        """Return, by ``key_of``, why the operation cannot be done to a pair."""
        using: Mapping[Side, Mapping[str, tuple[str, ...]]] = {}
        if work.operation == "failover":
            self._look(work, budget)
            unequal = self._sizes.seen(work.pairs, budget)
        else:
            unequal = self._sizes.unequal((pair for pair in work.pairs if is_activated(work, pair)), budget)
            using = self._using(work, budget)
        found: dict[str, DriverError] = {}
        for pair in work.pairs:
            try:
                if work.operation == "failover":
                    self._promotion(work, pair, unequal.get(key_of(pair), ()))
                else:
                    _movement(work, pair, using)
                    if key_of(pair) in unequal:
                        raise refusal(work, pair, unequal[key_of(pair)])
            except DriverError as problem:
                found[key_of(pair)] = problem
        return found

    # failover

    def _look(self, work: Work, budget: Budget) -> None:
        """See the snapshots that mirroring keeps on the side to be promoted, and the arrays' times."""
        mirrors = self._ends.mirrors(work.to)
        halves = [(key_of(pair), half) for pair in work.pairs if (half := pair.half(work.to)) is not None]
        kept = mirrors.kept(budget)
        for prefix, where in (
            (LAST_CONSISTENT, self._seen.last_consistent),
            (LAST_REPLICATED, self._seen.last_replicated),
        ):
            by_owner: dict[tuple[str, str], list[str]] = {}
            for one in kept:
                if one.prefix == prefix:
                    by_owner.setdefault((one.subject, one.of), []).append(one.name)
            for key, half in halves:
                where[key] = tuple(by_owner.get((half.subject, half.name), ()))
        if any(half.mode == "async" for _, half in halves):
            other = any(pair.answers(OTHER[work.to]) for pair in work.pairs)
            self._seen.times |= times_of(self._ends, (work.to, OTHER[work.to]) if other else (work.to,), budget)

    def _promotion(self, work: Work, pair: Pair, unequal: tuple[Unequal, ...]) -> None:
        self._seen.shortened[key_of(pair)] = shortened(unequal, work.to)
        half = given(pair, work.to)
        if half.is_initial:
            raise initial(pair, work.to)
        refuse_living(work, pair)
        refuse_inconsistent(work, pair, half, self._seen.last_consistent.get(key_of(pair), ()))
        refuse_shortened(work, pair, unequal)

    # the others

    def _using(self, work: Work, budget: Budget) -> dict[Side, Mapping[str, tuple[str, ...]]]:
        """Return who may be writing on the sides where nobody may."""
        if work.terms.io_stopped:
            return {side: {} for side in OTHER}
        asked: dict[Side, list[Pair]] = {side: [] for side in OTHER}
        for pair in work.pairs:
            for side in _must_rest(work, pair):
                asked[side].append(pair)
        halves = {side: [half for pair in pairs for half in volumes_at(pair, side)] for side, pairs in asked.items()}
        return {side: in_use(self._ends.core(side), those, budget) for side, those in halves.items()}


def loss_s(work: Work, pair: Pair, times: Mapping[Side, str]) -> float | None:
    """Return how many seconds of writes a side lacks that is promoted, None where it is not known.

    The time of the last point that was replicated is by the clock of the array it was taken on, so that is the clock to
    compare it with.  Where that is silent and was never compared with the other one's, that one has to do, which is
    told with what is lost; not where it is behind, which proves that they disagree.
    """
    half, other = pair.half(work.to), OTHER[work.to]
    if half is None:
        return None
    if half.mode == "sync":
        return 0.0 if pair.row == 1 else None
    now = read(times.get(other) or times.get(work.to))
    then = read(half.replicated_at)
    if now is None or then is None:
        return None
    passed_s = (now - then).total_seconds()
    return passed_s if passed_s >= 0 else None


def refuse_loss(work: Work, pair: Pair, times: Mapping[Side, str], lost: str) -> None:
    """Refuse to promote a side that lacks more than is allowed, or nobody knows how much."""
    limit, lacks_s = work.terms.max_data_loss_s, loss_s(work, pair, times)
    if limit is None or (lacks_s is not None and lacks_s <= limit):
        return
    raise too_much_lost(pair, limit, lacks_s, lost, by_now="It was not promoted.")


def _movement(work: Work, pair: Pair, using: Mapping[Side, Mapping[str, tuple[str, ...]]]) -> None:
    """Refuse what keeps two sides that answer from being switched or brought in step."""
    _refuse_unlinked(pair)
    for side in _must_rest(work, pair):
        users = users_of(pair, side, using[side])
        if users:
            raise still_used(pair, side, users, why_rest(work, pair, side))
    if is_promoted_aside(work, pair) and pair.row in BOTH_WRITABLE:  # a job may end between the looks at two in step
        refuse_parted(work, pair)


def _must_rest(work: Work, pair: Pair) -> tuple[Side, ...]:
    """Return the sides on which nobody may write when the operation begins."""
    if work.operation == "switch":
        return (OTHER[work.to],) if pair.mode == "async" and pair.row in {1, 4} else ()
    if work.operation == "failback" and pair.row == 4:
        return ("remote",)
    return (work.discarded(pair),) if is_promoted_aside(work, pair) else ()


def refuse_used(ends: MirrorEnds, work: Work, pair: Pair, side: Side, budget: Budget, *, now: Pair) -> None:
    """Look right before whether anybody may write on a side to what is in the pair now."""
    if work.terms.io_stopped:
        return
    users = users_of(now, side, in_use(ends.core(side), volumes_at(now, side), budget))
    if users:
        raise still_used(pair, side, users, why_rest(work, pair, side))


def why_rest(work: Work, pair: Pair, side: Side) -> str:
    """Return what hosts that go on writing on a side would bring about."""
    if is_promoted_aside(work, pair) and side == work.discarded(pair):
        return "this side goes back to the last common point: its disk changes under them, and their writes leave it."
    if pair.mode == "async":
        return (
            "the array would refuse it half way: it switches an asynchronous mirror only while the copy has everything."
        )
    return "the roles are switched under them, and their writes are refused from then on."


def _refuse_unlinked(pair: Pair) -> None:
    halves = [half for half in (pair.home, pair.remote) if half is not None]
    if any(half.is_linked is False for half in halves):
        raise Refused(
            f"{pair.name}: the replication link between the two arrays is down",
            happened=f"{'; '.join(half.words for half in halves)}. What would happen: a side would be given up without "
            "the other one protecting it, since nothing can be copied until the link is up.",
            left_behind=UNTOUCHED,
            next_step="Mend the link (target_list shows connected), then run it again. No option does without it.",
            attribute="replication_ids",
        )


def initial(pair: Pair, side: Side) -> Refused:
    """Return the refusal to promote or demote what is still being copied for the first time."""
    return Refused(
        f"{pair.name}: the first copy has not ended, and the {side} side is no copy yet",
        happened="What would happen: hosts would find half of the data there, and half not. The array refuses it.",
        left_behind=UNTOUCHED,
        next_step="Wait until the first copy has ended: no option helps. When the other array is lost, the data has to "
        "come from elsewhere.",
        attribute="operation",
    )


def refuse_living(work: Work, pair: Pair) -> None:
    """Refuse to promote a side whose partner is alive, as far as the link tells, while its management is silent."""
    side = OTHER[work.to]
    half = pair.half(work.to)
    refuse_alive(pair, work.to, force=work.terms.force)
    if half is None or work.terms.force or pair.answers(side) or not half.is_linked:
        return
    raise Refused(
        f"{pair.name}: the {side} array does not answer here, but the replication link to it is alive",
        happened=f"It is likely to serve its hosts: only its management is out of reach. What would happen: a failover "
        f"now would let both sides take writes, and those at {side} would be discarded by the resync.",
        left_behind=UNTOUCHED,
        next_step=f"Reach its management, or check at {side} itself that its hosts are stopped; then set force = true.",
        attribute="force",
    )


def refuse_inconsistent(work: Work, pair: Pair, half: Half, last_consistent: tuple[str, ...]) -> None:
    """Refuse to promote a copy that was caught in a resynchronisation, unless that is accepted."""
    torn = bool(last_consistent) or (half.mode == "sync" and not half.in_step)
    if not torn or work.terms.accept_inconsistent:
        return
    kept = (
        f"Its last consistent state is kept in {', '.join(last_consistent)}."
        if last_consistent
        else "No snapshot of its last consistent state was found."
    )
    raise Refused(
        f"{pair.name}: the copy at {work.to} is not consistent",
        happened=f"It was caught while it was brought up to date ({half.words}). What would happen: hosts would find "
        f"new and old blocks mixed. {kept}",
        left_behind=UNTOUCHED,
        next_step="Check whether the other array can be brought back. Set accept_inconsistent = true to serve it as it "
        "is; to return to the last consistent state, the pair has to be deleted and the snapshot restored on the "
        "array.",
        attribute="accept_inconsistent",
    )


def refuse_parted(work: Work, pair: Pair) -> None:
    """Refuse to demote a side where the array would not let the other one copy to it afterwards."""
    kept, lost = pair.half(work.kept(pair)), pair.half(work.discarded(pair))
    if kept is None or lost is None:
        return
    if lost.is_initial:
        raise initial(pair, work.discarded(pair))
    if pair.mode == "async" and kept.replicated_at != lost.replicated_at:
        raise Refused(
            f"{pair.name}: the two arrays know different last replicated times",
            happened=f"{work.kept(pair)}: {kept.replicated_at}; {work.discarded(pair)}: {lost.replicated_at}. What "
            "would happen: one side would be given up for nothing, since the array activates such a mirror in neither "
            "direction; so nothing was begun.",
            left_behind=UNTOUCHED,
            next_step="No option helps: delete the mirror on the array (a snapshot of either side first), and "
            "replicate anew from the side whose data stays.",
            attribute="authoritative_backend_id",
        )

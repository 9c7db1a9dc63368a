"""What became of each pair, as a last look shows it, and the error that carries the report of what did not succeed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace

from ..errors import DriverError, InDoubt, Refused
from ..replicating import FailoverReport, Member, Pair
from .pair_calls import with_sent
from .pair_goals import SPLIT, has_arrived
from .pair_refusals import another_one
from .pair_refused import listed
from .pair_work import Done, Run, Work, is_another, key_of

SHOWN = 5
SETTLE = (
    "An array may still carry out what it did not answer. Look at replication status until it changes no more, and "
    "start no application until it is settled; then run it again: it finishes what is left."
)

FROM_SPLIT = (
    f"From row {SPLIT} a failback does not go on by itself: run resync with authoritative_backend_id naming the side "
    "whose data stays, then failback."
)
MAY_SPLIT = frozenset({10, 11})  # where the side that is given up is stopped before it is


def judged(work: Work, pair: Pair, now: Pair | None, run: Run, ended: DriverError | None) -> Member:
    """Return what became of a pair, ``now`` being how a last look shows it, None where neither array lists it."""
    done = run.results.get(key_of(pair)) or Done(problem=ended)
    if now is not None and is_another(pair, now):
        done, now = _with(done, with_sent(another_one(pair, now), done.calls)), None
    arrived = has_arrived(work, pair, now)
    if not arrived and done.problem is None:
        row = f"row {now.row}: {now.cause or now.state}" if now is not None else "neither array lists it"
        row = f"{row}, copied as {now.mode}" if now is not None and now.mode != pair.mode else row
        done = _with(done, Refused(f"{pair.name} is not where it should be", happened=f"It is now in {row}."))
    if not arrived and is_in_doubt(pair, run):
        return _in_doubt(work, pair, done, now)
    if not arrived:
        return worked_on(work, pair, outcome="failed", done=done, now=now)
    by_others = _came_otherwise(pair, run)
    member = worked_on(work, pair, outcome="was there" if by_others else "moved", done=_with(done, None), now=now)
    return replace(member, by_others=by_others)


def _came_otherwise(pair: Pair, run: Run) -> bool:
    """Tell whether nothing was sent for a pair that was to be moved, although something was to be."""
    key = key_of(pair)
    done = run.results.get(key)
    return done is not None and not done.calls and key in run.awaiting and not is_in_doubt(pair, run)


def unseen(work: Work, pair: Pair, run: Run, problem: DriverError) -> Member:
    """Return what is known of a pair at which no last look was possible: not who serves it now."""
    done = run.results.get(key_of(pair)) or Done(problem=problem)
    done = _with(done, done.problem or _not_looked_at(pair, done, problem))
    if is_in_doubt(pair, run):
        return _in_doubt(work, pair, done, None)
    return worked_on(work, pair, outcome="failed", done=done)


def _not_looked_at(pair: Pair, done: Done, problem: DriverError) -> DriverError:
    """Return why it is not known what came of a pair for which every step was taken."""
    told = copy.copy(with_sent(problem, done.calls))
    told.summary = f"{pair.name}: all was done, and where it is now could not be looked at: {problem.summary}"
    return told


def is_in_doubt(pair: Pair, run: Run) -> bool:
    """Tell whether something was sent for a pair that may still be carried out: what is seen now may not last."""
    done = run.results.get(key_of(pair))
    problem = done.problem if done is not None else None
    return key_of(pair) in run.doubts or (isinstance(problem, InDoubt) and not problem.moves_nothing)


def _in_doubt(work: Work, pair: Pair, done: Done, now: Pair | None) -> Member:
    seen = f" When it was looked at last it was in row {now.row}." if now is not None else ""
    member = worked_on(work, pair, outcome="failed", done=done)
    return replace(member, in_doubt=True, problem=f"{member.problem}{seen}")


def is_all_told(work: Work, run: Run) -> bool:
    """Tell whether a report lacks nothing where the steps broke off and every pair is where it should be.

    A pair that gives nothing up keeps nothing of it that would have to be named.
    """
    return work.operation in {"switch", "failover"} or all(key_of(pair) in run.results for pair in work.pairs)


def _with(done: Done | None, problem: DriverError | None) -> Done:
    known = done or Done()
    return Done(known.calls, known.kept, known.lost, problem)


def as_member(pair: Pair, *, outcome: str, done: Done = Done(), now: Pair | None = None) -> Member:  # noqa: B008
    """Return a pair as a member of a report; who serves one that failed is not known without a look at it."""
    shown = now or pair
    kinds = {"was there", "would move", "moved"}
    return Member(
        id=pair.id or shown.id,
        remote_id=pair.remote_id or shown.remote_id,
        name=pair.name,
        subject=pair.subject,
        before=pair.row,
        after=None if now is None else now.row,
        outcome=outcome if outcome in kinds else "failed",  # type: ignore[arg-type]
        serves=None if outcome == "failed" and now is None else shown.serves,
        calls=done.calls,
        lost=done.lost,
        kept=done.kept,
        problem=f"{done.problem}" if done.problem is not None else "",
    )


def worked_on(work: Work, pair: Pair, *, outcome: str, done: Done, now: Pair | None = None) -> Member:
    """Return a pair that was to be moved as a member of a report, with what was seen of both sides before."""
    return replace(as_member(pair, outcome=outcome, done=done, now=now), evidence=work.evidence.get(key_of(pair), ""))


def keys(pair: Pair) -> tuple[str, ...]:
    """Return what a pair is found by again, even where one array answers that did not before."""
    found = [f"home {pair.subject} {pair.home.id}"] if pair.home is not None else []
    return (*found, f"remote {pair.subject} {pair.remote.id}") if pair.remote is not None else tuple(found)


def found_in(now: Mapping[str, Pair], pair: Pair) -> Pair | None:
    """Return what a last look has of a pair, if only of one of its volumes, None where neither array lists those."""
    return next((now[key] for key in keys(pair) if key in now), None)


def told(report: FailoverReport, run: Run, ended: DriverError | None) -> DriverError:
    """Return the error of an operation that did not bring everything there, with the report."""
    failed = report.failed
    problems = [one.problem for one in run.results.values() if one.problem is not None]
    alone = len(report.members) == 1 and len(problems) == 1
    unseen = any(one.after is None and not one.in_doubt for one in failed)
    where = f"are not where they should be{', or could not be looked at' if unseen else ''}"
    error: DriverError = ended or (
        problems[0] if alone else Refused(f"{len(failed)} of {len(report.members)} replications {where}")
    )
    if not alone:
        more = f" And {len(failed) - SHOWN} more, as the report has them." if len(failed) > SHOWN else ""
        error.happened = f"{error.happened} {' '.join(map(_why, failed[:SHOWN]))}{more}".strip()
    doubts = [one for one in failed if one.in_doubt]
    if doubts:
        error.left_behind = f"{error.left_behind} Not settled: {listed([one.name for one in doubts], SHOWN)}.".strip()
        error.next_step = SETTLE
    others = "The others are where they should be. " if len(failed) < len(report.members) else ""
    others = others if failed else "All are where they should be. "
    error.left_behind = error.left_behind or f"{others}Nothing was undone."
    error.next_step = error.next_step or "Look at replication status, then run it again: it finishes what is left."
    if any(ends_split(report, one) for one in failed):
        error.next_step = f"{error.next_step} {FROM_SPLIT}"
    error.report = report
    return error


def ends_split(report: FailoverReport, member: Member) -> bool:
    """Tell whether a failback that did not bring a pair home left it, or may have, where only a resync goes on."""
    if report.operation != "failback" or member.outcome != "failed":
        return False
    return member.after == SPLIT or (member.after is None and member.before in MAY_SPLIT and bool(member.calls))


def _why(member: Member) -> str:
    """Return why one failed, by its name, with which the texts of most problems begin."""
    return (
        member.problem
        if member.problem.startswith((f"{member.name}: ", f"{member.name} "))
        else f"{member.name}: {member.problem}"
    )

"""Whether a step is still to be taken for a PPRC pair, by what both arrays say of it right before; pure."""

from __future__ import annotations

from ..errors import Refused, Unreachable
from ..replicating import NOT_UNDERSTOOD, OTHER, Half, Pair, Side
from .pair_refusals import another_one, not_in_row, refuse_alive, says
from .pair_work import Work, is_another
from .pprc_checks import inconsistent, is_inconsistent
from .pprc_plans import SERVED, FailOver, Pause, Resume

LOST: dict[Side, int] = {"remote": 7, "home": 6}  # rows in which the side that served does not answer
NOBODY = 13  # neither serves
FORCED = frozenset({1, 2})


def is_wanted(work: Work, step: FailOver | Pause | Resume, pair: Pair, now: Pair | None) -> bool:
    """Tell whether a step is still to be taken; raises Refused where the pair is not as it needs it."""
    if now is not None and is_another(pair, now):
        raise another_one(pair, now)
    half = now.half(step.side) if now is not None else None
    if now is not None and not now.answers(step.side):
        raise _silent(pair, now, step.side)
    if now is None or half is None or half.strange or now.row == NOT_UNDERSTOOD:
        raise _changed(pair, now, "it is not there any more, or nobody understands it")
    if isinstance(step, FailOver):
        return _is_to_fail_over(work, step, pair, now, half)
    if half.role != "source":
        raise _changed(pair, now, f"the {step.side} volume is the target by now")
    if isinstance(step, Pause):
        return half.standing != "inactive"
    if half.standing != "inactive":
        if half.mode != step.kind:
            raise _changed(pair, now, f"it is copied as {half.mode} already")
        return False
    _expect_unwritten(step, pair, now)
    return True


def _is_to_fail_over(work: Work, step: FailOver, pair: Pair, now: Pair, half: Half) -> bool:
    if half.role == "source":
        return False
    if step.in_step and now.row != SERVED[OTHER[step.side]]:
        raise _changed(pair, now, f"the two sides are not in step any more: {now.cause or now.state}")
    if step.in_step and (other := _unlike(step, now)):
        raise _changed(pair, now, f"it is copied as {other} by now, and only as {step.kind} are both sides the same")
    refuse_alive(now, step.side, force=work.terms.force)
    if not step.in_step:
        _expect_lost(work, pair, now)
    why = "" if step.in_step or work.terms.accept_inconsistent else inconsistent(now, step.side)
    if why:
        raise is_inconsistent(pair, why)
    return True


def _unlike(step: FailOver, now: Pair) -> str:
    """Return how either array says a pair is copied where that is not as a failover needs it; empty elsewhere."""
    modes = {half.mode for half in (now.home, now.remote) if half is not None}
    return " and ".join(sorted(modes - {step.kind}))


def _expect_unwritten(step: Resume, pair: Pair, now: Pair) -> None:
    """Refuse to go on where the old source was written since the other side was promoted."""
    other: Side = OTHER[step.side]
    old = now.half(other)
    if not now.answers(other):
        raise _silent(pair, now, other)
    is_duplex = old is not None and old.in_step and old.mode == "metro_mirror"
    before = pair.half(other)
    promoted = before is not None and before.role == "target" and old is not None and old.role == "source"
    if step.failback and not step.unwritten and promoted:
        raise _changed(pair, now, f"the {other} volume was promoted, and may have been written")
    if step.unwritten and not is_duplex and (old is None or old.role == "source"):
        raise Refused(
            f"{pair.name}: the {other} volume was written to after the {step.side} one was promoted",
            happened=f"The {other} array says: {says(now, other)}. What would happen: what was written there would "
            "be lost.",
            left_behind="Both sides take writes now, and neither gets the other's.",
            next_step="Stop the hosts of one side, then run resync with authoritative_backend_id naming the other.",
            attribute="authoritative_backend_id",
        )


def _expect_lost(work: Work, pair: Pair, now: Pair) -> None:
    """Refuse to promote a side once the other one is back, or the pair is in a row nobody decided about."""
    allowed = {LOST[work.to]} | (FORCED if work.terms.force and work.to == "remote" else set())
    if now.row not in (allowed | {NOBODY} if pair.row == NOBODY else allowed):
        raise not_in_row("failover", work.to, now)


def _silent(pair: Pair, now: Pair, side: Side) -> Unreachable:
    return Unreachable(
        f"{pair.name}: the {side} array does not answer",
        happened="What would happen: it would be done to a half that nobody looked at.",
        left_behind=f"It is now in row {now.row} ({now.state.replace('_', ' ')}).",
        next_step="Get it to answer, then run it again: it finishes what is left.",
        attribute="endpoints",
    )


def _changed(pair: Pair, now: Pair | None, why: str) -> Refused:
    said = f"Home says: {says(now, 'home')}; the remote array: {says(now, 'remote')}." if now is not None else ""
    return Refused(
        f"{pair.name} changed meanwhile: {why}",
        happened=f"{said} What would happen: it would be done to what nobody looked at.".strip(),
        next_step="Look at replication status, then run it again.",
    )

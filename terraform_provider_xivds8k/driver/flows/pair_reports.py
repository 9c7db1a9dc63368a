"""What an operation on pairs did, in words: where each member is, what is lost, what is kept, what to do next."""

from __future__ import annotations

from ..replicating import FailoverReport, Member
from .pair_goals import SPLIT, goes_on
from .pair_outcomes import FROM_SPLIT, ends_split
from .pair_refusals import WAYS
from .pair_work import BY_OTHERS, with_ids

OUTCOMES = {"moved": "done", "was there": "was there already", "would move": "would be done", "failed": "failed"}
NAMED_BY_TIME = ".before-"
UNSETTLED = (
    "an array may still carry out what it did not answer: look at replication status until it changes no more, and "
    "start no application until it is settled; then run {operation} again, it finishes what is left."
)
UNSEEN = (
    "look at replication status as soon as the arrays answer, and start no application before that; then run "
    "{operation} again, it finishes what is left."
)
PROMOTED = (
    "let hosts use the {here} and keep them off the {there}; once both arrays answer, run resync or failback with "
    "authoritative_backend_id naming {side}."
)

_AT_REMOTE = PROMOTED.format(here="remote volume", there="volume at home", side="the remote array")
_AT_HOME = PROMOTED.format(here="volume at home", there="remote volume", side="home")
HENCE = {  # what to do in a row an operation brought a pair to
    1: "home serves and the remote copy is in step; let hosts use the volume at home.",
    3: _AT_HOME,
    4: "the remote array serves and the copy at home is in step; let hosts use the remote volume, come back by "
    "failback.",
    8: _AT_REMOTE,
    9: _AT_REMOTE,
    10: _AT_REMOTE,
    11: _AT_HOME,
}


def title(report: FailoverReport) -> str:
    """Return what a report is about: the operation, and where to unless it has no direction."""
    return report.operation if report.operation == "resync" else f"{report.operation} to {report.to}"


def report_lines(report: FailoverReport) -> tuple[str, ...]:
    """Return what became of each member of an operation, a few lines each, in the order of the report."""
    return tuple(line for member in report.members for line in member_lines(report, member))


def member_lines(report: FailoverReport, member: Member) -> tuple[str, ...]:
    """Return what became of one member, or with a dry run what would: the first line says how it ended."""
    said = with_ids(member.name, member.subject, member.id, member.remote_id)
    side = member.serves or ("not known" if _row(member) is None else "not certain, see its state")
    if report.dry_run:
        calls = [f"  would send: {call}" for call in member.calls]
        head = f"{said}: {OUTCOMES[member.outcome]}; serving now: {side}"
        timed = ("  the snapshot's name will carry the time of the operation itself",) if _takes(member) else ()
        return (head, *_seen(member), *calls, *timed, *_losses(member, "would be lost"))
    if member.in_doubt:
        head = f"{said}: in doubt; serving: not known yet, a call is in doubt"
    else:
        head = _settled(member, said, side)
    problem = (f"  why: {member.problem}",) if member.problem else ()
    kept = tuple(f"  what was discarded is kept in: {one}" for one in member.kept)
    lost = _losses(member, "lost")
    return (head, *problem, *_sent(member), *_seen(member), *lost, *kept, f"  next: {next_step(report, member)}")


def _sent(member: Member) -> tuple[str, ...]:
    """Return what was sent for a member that failed, unless its problem says that already."""
    if member.outcome != "failed" or any(call in member.problem for call in member.calls):
        return ()
    return tuple(f"  sent: {call}" for call in member.calls)


def _settled(member: Member, said: str, side: str) -> str:
    row = _row(member)
    where = f"row {row}" if row is not None else "its state could not be read"
    became = BY_OTHERS if member.by_others else OUTCOMES[member.outcome]
    return f"{said}: {became}; serving now: {side}; {where}"


def way_on(row: int) -> str:
    """Return what to do about a pair in a row of the table of states."""
    return WAYS.get(row, "Look at the pair on both arrays.")


def next_step(report: FailoverReport, member: Member) -> str:
    """Return what to do about a member after an operation."""
    if member.in_doubt:
        unsettled = UNSETTLED.format(operation=report.operation)
        return f"{unsettled} {FROM_SPLIT}" if ends_split(report, member) else unsettled
    if member.outcome == "failed":
        return _again(report, member)
    row = _row(member)
    return HENCE.get(row, way_on(row)) if row is not None else "Look at replication status."


def _again(report: FailoverReport, member: Member) -> str:
    row = _row(member)
    if row is None and member.calls:
        unseen = UNSEEN.format(operation=report.operation)
        return f"{unseen} {FROM_SPLIT}" if ends_split(report, member) else unseen
    if row == SPLIT and ends_split(report, member):
        return f"mend what it says. {FROM_SPLIT}"
    again = f"mend what it says, then run {report.operation} again: it finishes what is left."
    if row is not None and goes_on(report.operation, report.to, row):
        return again
    return f"{again} {way_on(row) if row is not None else 'Look at replication status.'}"


def _row(member: Member) -> int | None:
    untouched = member.outcome in {"was there", "would move"} and not member.by_others
    return member.before if untouched else member.after


def _takes(member: Member) -> bool:
    """Tell whether a snapshot is taken: its name in a dry run is that of the dry run."""
    return any(NAMED_BY_TIME in call for call in member.calls)


def _seen(member: Member) -> tuple[str, ...]:
    return (f"  seen before: {member.evidence}",) if member.evidence else ()


def _losses(member: Member, what: str) -> tuple[str, ...]:
    return (f"  {what}: {member.lost}",) if member.lost else ()

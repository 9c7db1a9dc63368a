"""How replications stand and what became of them, as text for people and as JSON for machines."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from terraform_provider_xivds8k.driver import (
    DriverError,
    FailoverReport,
    Member,
    ReplicationStatus,
    XIVDS8KDriver,
    next_step,
    report_lines,
    title,
)

from .console import printable
from .spelling import as_options

HEADER = ("MEMBER", "ID", "REMOTE ID", "MODE", "STATE", "SERVES", "MAY BE DONE", "HOME SAYS", "REMOTE SAYS")
QUIET = {1, 4}  # nothing to explain
SHOWN = 5
MEBIBYTE = 2**20


def side_line(side: str, driver: XIVDS8KDriver) -> str:
    """Return which array one side is, as far as it has told."""
    told = driver.known_system_id
    where = ", ".join(driver.settings.connection.endpoints)
    return printable(f"{side}: {where}, {f'system {told}' if told else 'which has not told its system id'}")


def status_lines(statuses: Sequence[ReplicationStatus]) -> Iterator[str]:
    """Yield a table of replications, members of a group below it, then what to do about those that need it."""
    if not statuses:
        yield "There are no replications between these arrays."
        return
    rows = [row for status in statuses for row in _rows(status)]
    yield from table(HEADER, rows)
    yield from _explained(statuses)


def status_json(statuses: Sequence[ReplicationStatus]) -> str:
    """Return the same for machines."""
    return _json({"replications": [_status(status) for status in statuses], "error": None})


def report_text(report: FailoverReport, *, is_asked: bool = False) -> Iterator[str]:
    """Yield what an operation did, or would do, member by member; ``is_asked`` where it is to be confirmed now."""
    moved = sum(member.outcome in {"moved", "would move"} for member in report.members)
    there = sum(member.outcome == "was there" for member in report.members)
    doubts = sum(member.in_doubt for member in report.failed)
    failed = len(report.failed) - doubts
    if report.dry_run:
        head = f"{title(report)}, to be confirmed" if is_asked else f"{title(report)}, dry run"
        yield f"{head}: nothing was changed; {moved} would be acted on, {there} are there already"
    else:
        in_doubt = f", {doubts} in doubt" if doubts else ""
        yield f"{title(report)}: {moved} done, {there} there already, {failed} failed{in_doubt}"
    yield from map(_line, report_lines(report))


def acts_on(looked: FailoverReport, count: int) -> str:
    """Return what is to be confirmed in one line, since what was shown of hundreds is out of sight by then."""
    said, kept = title(looked), looked.to if looked.operation == "resync" else None
    stays = f", with the data of the {kept} array" if kept is not None else ""
    return f"{said[:1].upper()}{said[1:]}{stays}: this acts on {count} of the above."


def report_json(report: FailoverReport | None, error: DriverError | None = None) -> str:
    """Return the same for machines, with the error that ended it."""
    return _json(
        {
            "report": None if report is None else _report(report),
            "error": None if error is None else _error(error),
        }
    )


def refusal_json(command: str, error: DriverError, kind: str = "") -> str:
    """Return for machines why there is no result of a command; ``kind`` is said of the error in place of its class."""
    told = _error(error) | ({"kind": kind} if kind else {})
    return _json({"replications" if command == "status" else "report": None, "error": told})


def error_text(error: DriverError) -> Iterator[str]:
    """Yield what was refused or failed, why, what may be left behind and what to do."""
    yield f"Error: {_line(error.summary)}"
    said = f"The array said {error.code}: {error.words}".rstrip(": ") if error.code else ""
    happened = error.happened.split("\n") if error.refusals else [error.happened]  # one line for each reason
    for part in (*happened, said, error.cause, error.left_behind, error.next_step):
        if part:
            yield f"  {_line(part)}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table with columns as wide as what is in them."""
    cells = [[printable(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _line(text: str) -> str:
    return printable(as_options(text))


def _rows(status: ReplicationStatus, indent: str = "") -> Iterator[tuple[str, ...]]:
    yield (
        f"{indent}{status.name}",
        status.id or "not known",
        status.remote_id or "not known",
        status.mode or "?",
        f"{status.row} {status.state}",
        status.serves or "not certain",
        _may_be_done(status) if not indent else "with its group",
        f"{status.home_says}{_progress(status, 'home')}",
        f"{status.remote_says}{_progress(status, 'remote')}",
    )
    for member in status.members:
        yield from _rows(member, "  ")


def _may_be_done(status: ReplicationStatus) -> str:
    """Return what may be asked for, with where to and the options it does not go without."""
    alone = f"with group {status.group}" if status.group is not None else "-"
    return ", ".join(map(str, status.offers)) or alone


def _progress(status: ReplicationStatus, side: str) -> str:
    """Say how far the copy is, at the side that is copied to."""
    target = "home" if status.row in {4, 5, 6} else "remote"
    if side != target:
        return ""
    parts = []
    if status.progress is not None and status.progress < 100:
        parts.append(f"{status.progress} %")
    if status.missing_bytes:
        parts.append(f"{status.missing_bytes / MEBIBYTE:.1f} MiB missing")
    if status.replicated_at:
        parts.append(f"as of {status.replicated_at}")
    return f" ({', '.join(parts)})" if parts else ""


def _explained(statuses: Sequence[ReplicationStatus]) -> Iterator[str]:
    told: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    points: dict[str, list[str]] = defaultdict(list)
    for status in statuses:
        if status.row not in QUIET:
            told[status.row, status.cause, status.next_step].append(status.name)
        if status.recovery_point and "failover" in status.operations:
            points[status.recovery_point].append(status.name)
    for (row, cause, step), names in told.items():
        yield ""
        yield printable(f"Row {row}: {_named(names)}")
        if cause:
            yield printable(f"  {cause[0].upper()}{cause[1:]}.")
        yield _line(f"  {step}")
    if points:
        yield ""
        yield "What a failover would bring hosts back to:"
    for point, names in points.items():
        yield printable(f"  {_named(names)}: {point}")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def _status(status: ReplicationStatus) -> dict[str, Any]:
    shown = dataclasses.asdict(status)
    shown["operations"] = list(status.operations)
    shown["members"] = [_status(member) for member in status.members]
    step = shown.pop("next_step")
    return shown | {"next": "" if status.row in QUIET else step}


def _report(report: FailoverReport) -> dict[str, Any]:
    return {
        "operation": report.operation,
        "to": report.to,
        "dry_run": report.dry_run,
        "members": [_member(report, member) for member in report.members],
    }


def _member(report: FailoverReport, member: Member) -> dict[str, Any]:
    then = "" if report.dry_run else next_step(report, member)
    return dataclasses.asdict(member) | {"next": then}


def _error(error: DriverError) -> dict[str, Any]:
    names = ("summary", "happened", "code", "words", "cause", "left_behind", "next_step", "attribute")
    refusals = [dataclasses.asdict(one) for one in error.refusals]
    return {"kind": type(error).__name__} | {name: getattr(error, name) for name in names} | {"refusals": refusals}


def _json(document: object) -> str:
    return json.dumps(document, indent=2)  # in ASCII: what an array calls something is not to steer a terminal

"""Schedules of asynchronous mirrors (§3.7): how often a sync job runs; manual ones wait for a tick."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import mirror_store, names
from .catalog import Arguments, FailureError, command
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context

KIND = "schedule"
Row = dict[str, Any]
BUILT_IN: dict[str, Row] = {
    "min_interval": {"name": "min_interval", "type": "interval", "interval_s": 20},  # [M]
    "never": {"name": "Never", "type": "manual", "interval_s": 0},  # [M]
}
DEFAULT_INTERVAL = "00:10:00"  # [M]
INTERVALS_S = frozenset(
    {30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 28_800, 43_200}  # [M] 11.4
)


def find(context: Context, name: str) -> Row | None:
    """Return the schedule of that name, None when there is none."""
    built_in = BUILT_IN.get(name.casefold())
    found = names.id_named(context, KIND, name)
    return built_in or (None if found is None else context.get(KIND, found))


def get(context: Context, name: str, where: str = "") -> Row:
    """Return the schedule of that name; raises SCHEDULE_DOES_NOT_EXIST, in words for the array it is looked for on."""
    row = find(context, name)
    if row is None:
        raise FailureError("SCHEDULE_DOES_NOT_EXIST", where)
    return row


def interval_s(context: Context, name: str) -> int:
    """Return the interval of a schedule, 0 where jobs do not run by time."""
    row = find(context, name)
    return int(row["interval_s"]) if row else 0


def clock_text(seconds: float) -> str:
    """Return a time span as hh:mm:ss [S]."""
    return f"{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}:{int(seconds) % 60:02d}"


@command(
    "schedule_create schedule=Schedule [ type=interval|manual ] [ interval=hh:mm[:ss] ]",
    "Defines a schedule for replication.",
    category="mirror",
)
def schedule_create(context: Context, arguments: Arguments) -> None:
    """Make a schedule, of 10 minutes unless said otherwise [M]."""
    name, kind = arguments.text("schedule"), arguments.choice("type", ("interval", "manual"), "interval")
    _check_free(context, name)
    seconds = _wanted_s(arguments.text("interval", DEFAULT_INTERVAL)) if kind == "interval" else 0
    row: Row = {"id": f"{context.next_number(KIND):08d}", "name": name, "type": kind, "interval_s": seconds}
    names.give_name(context, KIND, name, row["id"])
    context.put(KIND, row["id"], row)


@command("schedule_list [ schedule=Schedule ]", "Lists schedules.", category="mirror")
def schedule_list(context: Context, arguments: Arguments) -> list[Record]:
    """List schedules, the built-in ones first."""
    if "schedule" in arguments:
        only = find(context, arguments.text("schedule"))
        rows = [] if only is None else [only]
    else:
        rows = [*BUILT_IN.values(), *(row for _, row in context.rows(KIND))]
    return [
        Record("schedule", {"name": row["name"], "type": row["type"], "interval": clock_text(row["interval_s"])})
        for row in rows
    ]


@command("schedule_change schedule=Schedule interval=hh:mm[:ss]", "Changes a schedule.", category="mirror")
def schedule_change(context: Context, arguments: Arguments) -> None:
    """Give a schedule another interval; what it is of stays [M]."""
    row = _changeable(context, arguments.text("schedule"))
    if row["type"] != "interval":
        raise FailureError("ILLEGAL_INTERVAL", "A manual schedule has no interval")
    mirror_store.disturb(context)
    context.put(KIND, row["id"], row | {"interval_s": _wanted_s(arguments.text("interval"))})


@command("schedule_rename schedule=Schedule new_name=Name", "Renames a schedule.", category="mirror")
def schedule_rename(context: Context, arguments: Arguments) -> None:
    """Give a schedule another name; mirrors that have it keep it."""
    row, new_name = _changeable(context, arguments.text("schedule")), arguments.text("new_name")
    _check_free(context, new_name, row["id"])
    names.drop_name(context, KIND, row["name"])
    names.give_name(context, KIND, new_name, row["id"])
    context.put(KIND, row["id"], row | {"name": new_name})
    mirror_store.disturb(context)
    for key, mirror in context.rows("mirror"):
        if mirror["schedule"] == row["name"]:
            context.put("mirror", key, mirror | {"schedule": new_name}, mirror["role"])


@command("schedule_delete schedule=Schedule", "Deletes a schedule.", category="mirror")
def schedule_delete(context: Context, arguments: Arguments) -> None:
    """Delete a schedule that no mirror has."""
    row = _changeable(context, arguments.text("schedule"))
    if context.switch("xiv_mirror_schedule_in_use_refused") and any(
        mirror["schedule"] == row["name"] for _, mirror in context.rows("mirror")
    ):
        raise FailureError("SCHEDULE_IN_USE")
    mirror_store.disturb(context)
    names.drop_name(context, KIND, row["name"])
    context.remove(KIND, row["id"])


def _check_free(context: Context, name: str, unless: str = "") -> None:
    if name.casefold() in BUILT_IN or names.id_named(context, KIND, name) not in {None, unless}:
        raise FailureError("SCHEDULE_EXISTS")


def _changeable(context: Context, name: str) -> Row:
    row = get(context, name)
    if row["name"].casefold() in BUILT_IN:
        raise FailureError("SCHEDULE_IS_BUILT_IN")
    return row


def _wanted_s(text: str) -> int:
    found = re.fullmatch(r"(\d{2}):(\d{2})(?::(\d{2}))?", text)
    if found is None:
        raise FailureError("BAD_SCHEDULE_TIME_FORMAT")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if total not in INTERVALS_S:
        raise FailureError("ILLEGAL_INTERVAL")
    return total

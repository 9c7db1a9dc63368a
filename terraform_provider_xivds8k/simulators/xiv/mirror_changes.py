"""Mirrors are started, stopped and changed; roles apart (§3.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import mirror_data, mirror_progress, mirror_store, schedules, snapshot_groups, volume_store
from .catalog import Arguments, FailureError, command
from .mirror_making import check_rpo
from .mirror_store import ASYNC, GROUP, MASTER, OPPOSITE
from .mirror_subjects import SUBJECT, check_master, one, reached, several

if TYPE_CHECKING:
    from ..context import Context

SETTINGS = ("type",)  # what both sides have to agree on
Row = dict[str, Any]


@command(f"mirror_activate {SUBJECT}", "Activates mirroring for a defined mirror.", category="mirror")
def mirror_activate(context: Context, arguments: Arguments) -> None:
    """Let the data of masters travel."""
    for row in several(context, arguments):
        check_master(row)
        if row["active"]:
            if context.switch("xiv_mirror_activation_again_refused"):
                raise FailureError("SYNC_ALREADY_ACTIVE")
            continue
        if context.linked or context.switch("xiv_mirror_activate_needs_link"):
            _check_fit(context, row, *reached(context, row))
        mirror_store.save(context, row | {"active": True})
    mirror_progress.settle(context)


def _check_fit(context: Context, row: Row, there: Context, peer: Row) -> None:
    """Check that both sides fit together [M]: roles, last common points, members, sizes."""
    if peer["role"] != OPPOSITE[row["role"]] or any(row[name] != peer[name] for name in SETTINGS):
        raise FailureError("MIRROR_CONFIGURATION_ERROR")
    if row["type"] == ASYNC and row["replicated_s"] != peer["replicated_s"]:
        raise FailureError("MIRROR_CONFIGURATION_ERROR", "The last replicated snapshots of both peers differ")
    ours, theirs = mirror_store.members(context, row), mirror_store.members(there, peer)
    if row["kind"] == GROUP and {one["peer"] for one in ours} != {one["subject"] for one in theirs}:
        raise FailureError("MIRROR_CONS_GROUP_MEMBERSHIP_MISMATCH")
    for one_of_ours in ours:
        here_volume = context.get("volume", one_of_ours["subject"]) or {}
        there_volume = there.get("volume", one_of_ours["peer"]) or {}
        if here_volume.get("size_bytes") != there_volume.get("size_bytes"):
            raise FailureError("MIRROR_SIZE_MISMATCH")


@command(f"mirror_deactivate {SUBJECT}", "Deactivates mirroring for a defined mirror.", category="mirror")
def mirror_deactivate(context: Context, arguments: Arguments) -> None:
    """Stop the data of masters, all of those named or none; on a slave only while the link is down [M]."""
    for row in several(context, arguments):
        if row["role"] != MASTER and context.linked:
            raise FailureError("LOCAL_PEER_IS_NOT_MASTER")
        if not row["active"]:
            if context.switch("xiv_mirror_activation_again_refused"):
                raise FailureError("SYNC_ALREADY_INACTIVE")
            continue
        mirror_store.save(context, row | {"active": False})
    mirror_progress.settle(context)


@command(
    f"mirror_change_designation {SUBJECT} new_designation=Primary|Secondary",
    "Changes the designation of a mirror's peers.",
    category="mirror",
)
def mirror_change_designation(context: Context, arguments: Arguments) -> None:
    """Call this side Primary or Secondary, and the other side the opposite: a label, no role."""
    row, wanted = one(context, arguments), arguments.choice("new_designation", ("primary", "secondary"), "").title()
    check_master(row)
    there, peer = reached(context, row)
    mirror_store.save(context, row | {"designation": wanted})
    mirror_store.save(there, peer | {"designation": OPPOSITE[wanted]})


@command(
    f"mirror_change_rpo {SUBJECT} rpo=SECONDS remote_rpo=SECONDS",
    "Changes the RPO of an asynchronous mirror.",
    category="mirror",
)
def mirror_change_rpo(context: Context, arguments: Arguments) -> None:
    """Change how far behind a slave may be, on the master and with the link up [M]."""
    row = _asynchronous(one(context, arguments))
    check_master(row)
    there, peer = reached(context, row)
    rpo_s, remote_rpo_s = arguments.number("rpo", least=1), arguments.number("remote_rpo", least=1)
    check_rpo(context, rpo_s, row["schedule"])
    check_rpo(there, remote_rpo_s, peer["schedule"], remote=True)
    mirror_store.save(context, row | {"rpo_s": rpo_s, "remote_rpo_s": remote_rpo_s})
    mirror_store.save(there, peer | {"rpo_s": remote_rpo_s, "remote_rpo_s": rpo_s})


@command(
    f"mirror_change_schedule {SUBJECT} schedule=Schedule",
    "Changes the schedule of an asynchronous mirror.",
    category="mirror",
)
def mirror_change_schedule(context: Context, arguments: Arguments) -> None:
    """Give this side another schedule, which counts while it is master [M]; a running job goes on."""
    row = _asynchronous(one(context, arguments))
    schedule = schedules.get(context, arguments.text("schedule"))["name"]
    check_rpo(context, row["rpo_s"], schedule)
    mirror_store.save(context, row | {"schedule": schedule})


@command(
    f"mirror_change_remote_schedule {SUBJECT} remote_schedule=Schedule",
    "Changes the schedule of an asynchronous mirror on the target.",
    category="mirror",
)
def mirror_change_remote_schedule(context: Context, arguments: Arguments) -> None:
    """Give the other side another schedule."""
    row = _asynchronous(one(context, arguments))
    there, peer = reached(context, row)
    schedule = schedules.get(there, arguments.text("remote_schedule"), "Remote schedule does not exist")["name"]
    check_rpo(there, peer["rpo_s"], schedule, remote=True)
    mirror_store.save(there, peer | {"schedule": schedule})


def _asynchronous(row: Row) -> Row:
    if row["type"] != ASYNC:
        raise FailureError("BAD_PARAMS", "The mirror is synchronous")
    return row


@command(
    "schedule_create_tick schedule=Schedule",
    "Starts a sync job for every mirror that has a manual schedule.",
    category="mirror",
)
def schedule_create_tick(context: Context, arguments: Arguments) -> None:
    """Queue a sync job for each mirror whose master here has this schedule [M]."""
    schedule = schedules.get(context, arguments.text("schedule"))
    if schedule["type"] != "manual":
        raise FailureError("BAD_PARAMS", "The schedule is not manual")
    for row in mirror_store.heads(context, MASTER):
        if row["schedule"] == schedule["name"] and row["running"]:
            _queued(context, row, None)


@command(
    f"mirror_create_snapshot {SUBJECT} name=Name slave_name=Name [ delete_priority=1..4 ]"
    " [ slave_delete_priority=1..4 ]",
    "Creates a snapshot of both peers of a mirror.",
    category="mirror",
    needs_switch="xiv_mirror_snapshots",
)
def mirror_create_snapshot(context: Context, arguments: Arguments) -> None:
    """Take snapshots of both peers of the same point in time: at once, or by a sync job [M]."""
    row = one(context, arguments)
    check_master(row)
    there, peer = reached(context, row, "MIRROR_IS_NON_OPERATIONAL")
    if not mirror_store.operational(context, row, peer):
        raise FailureError("MIRROR_IS_NON_OPERATIONAL")
    if not row["initialized"] or (row["type"] != ASYNC and not row["in_step"]):
        raise FailureError("MIRROR_IS_NOT_SYNCHRONIZED")
    if row["kind"] == GROUP and not mirror_store.members(context, row):
        raise FailureError("CONS_GROUP_EMPTY")
    ours, theirs = (
        arguments.number(name, least=1, most=4) if name in arguments else 1
        for name in ("delete_priority", "slave_delete_priority")
    )
    _check_names(context, there, row, arguments)
    now_s, slave_name = context.now_s, arguments.text("slave_name")
    image = mirror_data.Image(mirror_data.contents(context, row), now_s, ours)
    mirror_data.point_in_time(context, row, arguments.text("name"), image)
    if row["type"] == ASYNC:
        _queued(context, row, {"slave_name": slave_name, "slave_priority": theirs})
        return
    image = mirror_data.Image(mirror_data.contents(there, peer), now_s, theirs)
    mirror_data.point_in_time(there, peer, slave_name, image)


def _check_names(context: Context, there: Context, row: Row, arguments: Arguments) -> None:
    for where, name in ((context, arguments.text("name")), (there, arguments.text("slave_name"))):
        if row["kind"] == GROUP:
            snapshot_groups.check_name(where, name)
        else:
            volume_store.check_name(where, name)


@command(
    f"mirror_cancel_snapshot {SUBJECT}",
    "Cancels snapshot sync jobs that have not begun.",
    category="mirror",
    needs_switch="xiv_mirror_snapshots",
)
def mirror_cancel_snapshot(context: Context, arguments: Arguments) -> None:
    """Forget the jobs of mirror_create_snapshot that wait; the master's snapshots stay [K]."""
    row = one(context, arguments)
    check_master(row)
    kept = [job for job in row["jobs"] if job["snapshot"] is None or job["from_s"] <= context.now_s]
    _shared(context, row | {"jobs": kept})


def _queued(context: Context, row: Row, snapshot: Row | None) -> None:
    mirror_progress.queue(context, row, context.now_s, snapshot)
    _shared(context, row)


def _shared(context: Context, row: Row) -> None:
    """Put a mirror back on both arrays, as far as its jobs go."""
    mirror_store.save(context, row)
    there = context.partner
    peer = mirror_store.peer_of(there, row)
    if there is not None and peer is not None:
        mirror_store.save(there, peer | {"jobs": row["jobs"]})

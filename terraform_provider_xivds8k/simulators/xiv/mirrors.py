"""Targets, mirrors and sync jobs as they are listed (§3.8, §3.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import groups, mirror_data, mirror_store, names, space, volume_store
from .catalog import Arguments, command
from .mirror_progress import COPY_S
from .mirror_store import ASYNC, GROUP, MASTER, VOLUME
from .mirror_subjects import name_of, target_name
from .schedules import clock_text
from .volume_store import timestamp
from .wire import Leaf, Record

if TYPE_CHECKING:
    from ..context import Context

SCOPES = {"volume": VOLUME, "cg": GROUP, "xcg": "xcg"}
TYPES = {VOLUME: "Volume", GROUP: "CG"}
Row = dict[str, Any]


@command("target_list [ target=TargetName ]", "Lists remote targets.", category="target")
def target_list(context: Context, arguments: Arguments) -> list[Record]:
    """List the linked array as a target (leaves: xcli.md §3.8 [S])."""
    partner = context.partner
    system = None if partner is None else partner.get("config", "system")
    if system is None or arguments.text("target", system["system_name"]) != system["system_name"]:
        return []
    leaves = {
        "name": system["system_name"],
        "scsi_type": "FC",
        "connected": context.linked,
        "num_of_ports": 2,
        "creator": "admin",
        "xiv_target": True,
        "iscsi_name": system["iscsi_name"],
        "system_id": system["system_id"],
        "max_initialization_rate": 100,
        "max_resync_rate": 300,
        "max_syncjob_rate": 300,
        "connection_threshold": 70,
    }
    return [Record("target", leaves)]


@command(
    "mirror_list [ vol=VolName | cg=CgName ] [ scope=Volume|CG|XCG ] [ target=TargetName ]",
    "Lists mirroring definitions.",
    category="mirror",
)
def mirror_list(context: Context, arguments: Arguments) -> list[Record]:
    """List mirrors as this array knows them, those of a mirrored group's volumes among them."""
    rows = [row for _, row in context.rows(mirror_store.KIND)]
    if "scope" in arguments:
        kind = SCOPES[arguments.choice("scope", SCOPES, "")]
        rows = [row for row in rows if row["kind"] == kind]
    if "target" in arguments and arguments.text("target") != target_name(context):
        rows = []
    for argument, kind in (("vol", VOLUME), ("cg", GROUP)):
        if argument in arguments:
            wanted = _wanted(context, kind, arguments.listed(argument) or ())
            rows = [row for row in rows if row["kind"] == kind and row["subject"] in wanted]
    return [_record(context, row) for row in sorted(rows, key=lambda row: (row["kind"] != VOLUME, row["subject"]))]


def _wanted(context: Context, kind: str, asked: tuple[str, ...]) -> set[str]:
    if not context.switch("xiv_unknown_mirror_listing_empty"):
        for name in asked:
            volume_store.get(context, name) if kind == VOLUME else groups.get(context, name)
    found = (names.id_named(context, "volume" if kind == VOLUME else "cg", name) for name in asked)
    return {subject for subject in found if subject is not None}


def _record(context: Context, row: Row) -> Record:
    """Return a mirror as mirror_list shows it (leaves: xcli.md §3.9 [S])."""
    partner = context.partner
    peer = mirror_store.peer_of(partner, row)
    is_async = row["type"] == ASYNC
    shown_s = row["replicated_s"] + row.get("replicated_ahead_s", 0.0)
    leaves: dict[str, Leaf] = {
        "local_peer_name": name_of(context, row["kind"], row["subject"]),
        "remote_peer_name": name_of(partner, row["kind"], row["peer"]),
        "mirror_object": TYPES[row["kind"]],
        "target_name": target_name(context),
        "current_role": row["role"],
        "designation": row["designation"],
        "active": row["active"],
        "connected": context.linked,
        "operational": mirror_store.operational(context, row, peer),
        "sync_type": row["type"],
        "sync_state": _state(context, row),
        "schedule_name": row["schedule"],
        "rpo": clock_text(row["rpo_s"]),
        "remote_rpo": clock_text(row["remote_rpo_s"]),
        "mirror_error": _error(context, row, peer),
        "last_replicated_snapshot_time": timestamp(shown_s) if is_async and row["replicated_s"] else "",
        "size_to_synchronize": _missing_mib(context, row),
        "sync_progress": _progress(context, row),
    }
    return Record("mirror", leaves)


def _state(context: Context, row: Row) -> str:
    """Return how this array sees a mirror [S: Initializing, Synchronized, RPO OK; the others are K]."""
    if not row["initialized"]:
        return "Initializing"
    if row["type"] == ASYNC:
        return "RPO OK" if context.now_s - row["replicated_s"] <= row["rpo_s"] else "RPO Lagging"
    if row["role"] == MASTER:
        return "Synchronized" if row["in_step"] else "Unsynchronized"
    if context.switch("xiv_mirror_slave_says_consistent"):
        return "Consistent" if row["consistent"] else "Inconsistent"
    return "Synchronized" if row["consistent"] else "Unsynchronized"


def _error(context: Context, row: Row, peer: Row | None) -> str:
    """Return what is wrong between the peers, which can be known while the link is up [S: No_Error; others are K]."""
    if not context.linked or mirror_store.fits(context, row, peer):
        return "No_Error"
    return "Remote_Peer_Missing" if peer is None else "Role_Conflict"


def _missing_mib(context: Context, row: Row) -> int:
    """Return how much a slave lacks, as its master counts it."""
    if row["role"] != MASTER or row["in_step"]:
        return 0
    missing = 0
    for one in mirror_store.members(context, row):
        held = mirror_data.labels(context, one["subject"])
        known = mirror_store.common(context, one["subject"]) if row["initialized"] else []
        missing += sum(1 for label in held if label not in known)
    return missing * space.unit(context) // space.MIB


def _progress(context: Context, row: Row) -> int:
    if row["copy"]:
        return max(0, min(99, int(100 * (context.now_s - row["copy"]["from_s"]) / COPY_S)))
    return 100 if row["initialized"] else 0


@command("sync_job_list [ vol=VolName | cg=CgName ]", "Lists sync jobs.", category="mirror")
def sync_job_list(context: Context, arguments: Arguments) -> list[Record]:
    """List the sync jobs that run or wait: none while all is replicated [S]; the leaves are [K]."""
    rows = [row for _, row in context.rows(mirror_store.KIND) if row["jobs"]]
    for argument, kind in (("vol", VOLUME), ("cg", GROUP)):
        if argument in arguments:
            wanted = _wanted(context, kind, arguments.listed(argument) or ())
            rows = [row for row in rows if row["kind"] == kind and row["subject"] in wanted]
    return [_job(context, row, job) for row in rows for job in row["jobs"]]


def _job(context: Context, row: Row, job: Row) -> Record:
    inside = row["kind"] == VOLUME and mirror_store.group_of(
        context, context.get("volume", row["subject"]) or {"cg": ""}
    )
    return Record(
        "sync_job",
        {
            "job_object": TYPES[row["kind"]],
            "local_peer_name": name_of(context, row["kind"], row["subject"]),
            "target_name": target_name(context),
            "part_of_cg": bool(inside),
            "job_state": "active" if job["from_s"] <= context.now_s else "pending",
            "job_type": "snapshot" if job["snapshot"] else "interval",
            "schedule_name": row["schedule"],
        },
    )


@command("reservation_list [ vol=VolName ]", "Lists reservations of volumes.", category="volume")
def reservation_list(context: Context, arguments: Arguments) -> list[Record]:
    """List no reservations; raises VOLUME_BAD_NAME."""
    if "vol" in arguments:
        volume_store.get(context, arguments.text("vol"))
    return []

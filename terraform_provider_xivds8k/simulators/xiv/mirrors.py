"""Targets, and mirrors: there are none yet, so that listings are empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import volume_store
from .catalog import Arguments, command
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context


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
def mirror_list(_context: Context, _arguments: Arguments) -> list[Record]:
    """List no mirrors."""
    return []


@command("sync_job_list [ vol=VolName | cg=CgName ]", "Lists sync jobs.", category="mirror")
def sync_job_list(_context: Context, _arguments: Arguments) -> list[Record]:
    """List no sync jobs."""
    return []


@command("reservation_list [ vol=VolName ]", "Lists reservations of volumes.", category="volume")
def reservation_list(context: Context, arguments: Arguments) -> list[Record]:
    """List no reservations; raises VOLUME_BAD_NAME."""
    if "vol" in arguments:
        volume_store.get(context, arguments.text("vol"))
    return []

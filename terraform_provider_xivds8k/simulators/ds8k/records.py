"""How objects look on the wire; every value is a text. Which field comes from where: ``fields.py``."""

from __future__ import annotations

from collections.abc import Iterable

from ..context import Context, Row
from . import capacity, progress
from .envelope import Call, Record

TIER = "ENT"  # [S] sample


def _onoff(value: object) -> str:
    return "enabled" if value else "disabled"


def shown_pool(context: Context, row: Row) -> str:
    """Return the pool a volume shows: while it is migrated a switch tells which [K]."""
    moving_from = str(row["moving_from"])
    return moving_from if moving_from and not context.switch("migrating_volume_shows_new_pool") else str(row["pool"])


def volume_record(call: Call, volume_id: str, row: Row) -> Record:
    """Return a volume as GET /volumes/ID shows it."""
    pool = capacity.pool_row(call.context, row["pool"])
    return _volume_record(call, volume_id, row, int(pool["extent"]))


def volume_records(call: Call, rows: Iterable[tuple[str, Row]]) -> list[Record]:
    """Return volumes as a listing shows them: each in full, their pools looked up once."""
    extents = {key: int(pool["extent"]) for key, pool in call.context.rows("pool")}
    return [_volume_record(call, key, row, extents[row["pool"]]) for key, row in rows]


def _volume_record(call: Call, volume_id: str, row: Row, extent: int) -> Record:
    fixed_block, thin, real = row["stgtype"] == "fb", row["tp"] != "none", int(row["real"])
    if thin and not real and not call.context.switch("unwritten_ese_real_cap_zero"):
        real = 1
    model = row["os400"] if call.context.switch("os400_model_in_mtm") else ""
    base, allocated = f"/volumes/{volume_id}", str(real * extent)
    return {
        "id": volume_id,
        **call.link(base),
        "name": row["name"],
        "state": "migrating" if row["moving_from"] else "normal",
        "cap": str(row["cap"]),
        "captype": "bytes" if fixed_block else "cyl",
        "real_cap": allocated,
        "virtual_cap": str(row["cap"]) if thin else "0",
        "capalloc": allocated,
        "stgtype": row["stgtype"],
        "VOLSER": "",
        "allocmethod": "rotateexts",
        "tp": row["tp"],
        "MTM": f"2107-{model or '900'}" if fixed_block else "3390-A",
        "datatype": capacity.os400_datatype(row["os400"]) if fixed_block else "3390",
        "easytier": "none",
        "tieralloc": [{"tier": TIER, "allocated": allocated}],
        "lss": call.reference("lss", volume_id[:2]),
        "pool": call.reference("pools", shown_pool(call.context, row)),
        "hosts": call.link(f"{base}/hosts"),
        "flashcopy": call.link(f"{base}/flashcopy"),
        "pprc": call.link(f"{base}/pprc"),
    }


def pool_record(call: Call, pool_id: str, row: Row) -> Record:
    """Return a pool; capacities in bytes (fb) or cylinders (ckd) [S]."""
    extent, base = int(row["extent"]), f"/pools/{pool_id}"
    total, used = row["extents"] * extent, row["used"] * extent
    return {
        "id": pool_id,
        **call.link(base),
        "name": row["name"],
        "node": str(row["node"]),
        "stgtype": row["stgtype"],
        "cap": str(total),
        "capalloc": str(used),
        "capavail": str(total - used),
        "extent_size": row["extent_size"],
        "overprovisioned": f"{(used + row['virtual']) / total:.1f}",
        "easytier": "none",
        "threshold": "15",
        "real_capacity_allocated_on_ese": str(row["ese_used"] * extent),
        "virtual_capacity_allocated_on_ese": str(row["virtual"]),
        "tieralloc": [{"tier": TIER, "assigned": "0", "cap": str(total), "allocated": str(used)}],
        "eserep": call.link(f"{base}/eserep"),
        "tserep": "",
        "volumes": call.link(f"{base}/volumes"),
    }


def repository_record(call: Call, pool_id: str, row: Row) -> Record:
    """Return the ESE repository of a pool: its virtual capacity."""
    return {
        **call.link(f"/pools/{pool_id}/eserep"),
        "cap": str(row["repository"]),
        "capalloc": str(row["virtual"]),
        "capavail": str(max(0, row["repository"] - row["virtual"])),
        "overprovisioned": f"{row['virtual'] / (row['extents'] * row['extent']):.1f}",
        "repcapthreshold": str(row["repository_threshold"]),
        "pool": call.reference("pools", pool_id),
    }


def lss_record(call: Call, lss: str, row: Row) -> Record:
    """Return an LSS."""
    record = {
        "id": lss,
        **call.link(f"/lss/{lss}"),
        "type": row["type"],
        "group": str(int(lss, 16) % 2),
        "addrgrp": lss[0],
        "configvols": str(call.context.count("volume", lss)),
        "volumes": call.link(f"/lss/{lss}/volumes"),
    }
    if row["type"] == "ckd":
        record |= {
            "sub_system_identifier": row["ssid"],
            "ckd_base_cu_type": row["cu_type"],
            "pprc_consistency_group": "disabled",
            "critical_mode": "disabled",
            "extended_long_busy_time": "120",
            "cc_session_timeout": "300",
            "xrc_session_timeout": "300",
        }
    return record


def old_flashcopy_record(call: Call, key: str, row: Row) -> Record:
    """Return a relation in the older, read-only form."""
    return {
        "id": key,
        "sourcevolume": call.reference("volumes", row["source"]),
        "targetvolume": call.reference("volumes", row["target"]),
        "persistent": _onoff(row["persistent"]),
        "recording": _onoff(row["recording"]),
        "backgroundcopy": _onoff(row["background"]),
        "state": row.get("state", "valid"),
    }


def flashcopy_record(call: Call, key: str, row: Row) -> Record:
    """Return a relation in the form of /cs/flashcopies."""
    return {
        "id": key,
        **call.link(f"/cs/flashcopies/{key}"),
        "source_volume": call.reference("volumes", row["source"]),
        "target_volume": call.reference("volumes", row["target"]),
        "persistent": _onoff(row["persistent"]),
        "recording": _onoff(row["recording"]),
        "backgroundcopy": _onoff(row["background"]),
        "out_of_sync_tracks": str(progress.out_of_sync_tracks(call.context, row)),
        "state": row.get("state", "valid"),
    }

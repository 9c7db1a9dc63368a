"""/pools, their repositories, and /lss."""

from __future__ import annotations

import re

from . import capacity
from .codes import (
    BAD_REQUEST,
    BAD_VALUE,
    INCORRECT_ID,
    LSS_IN_USE,
    LSS_TAKEN,
    NO_SUCH_OBJECT,
    REPOSITORY_IN_USE,
    Refusal,
)
from .envelope import Call, Reply, created, deleted, linked, listing
from .placement import check_address_group, lss_id_of, new_lss_row
from .records import lss_record, pool_record, repository_record

CU_TYPES = ("3990-3", "3990-tpf", "3990-6", "bs2000")  # [S] pyds8k
_POOL_ID = re.compile(r"P\d+", re.ASCII)


def list_pools(call: Call) -> Reply:
    """Answer GET /pools."""
    return listing(call, "pools", [pool_record(call, key, row) for key, row in call.context.rows("pool")])


def show_pool(call: Call) -> Reply:
    """Answer GET /pools/P0."""
    pool_id = _pool_id(call)
    return listing(call, "pools", [pool_record(call, pool_id, capacity.pool_row(call.context, pool_id))])


def _pool_id(call: Call) -> str:
    pool_id = call.ids["pool"].upper()
    if not _POOL_ID.fullmatch(pool_id):
        raise Refusal(INCORRECT_ID, kind="pool", name=call.ids["pool"])
    return pool_id


def show_repository(call: Call) -> Reply:
    """Answer GET /pools/P0/eserep."""
    pool_id = _pool_id(call)
    return listing(call, "eserep", [repository_record(call, pool_id, capacity.pool_row(call.context, pool_id))])


def show_track_repository(call: Call) -> Reply:
    """Answer GET /pools/P0/tserep: there is none, TSE is historic [S]."""
    capacity.pool_row(call.context, _pool_id(call))
    return listing(call, "tserep", [])


def change_repository(call: Call) -> Reply:
    """Answer PUT /pools/P0/eserep: cap with captype, or threshold [S]."""
    pool_id = _pool_id(call)
    row = capacity.pool_row(call.context, pool_id)
    cap, threshold = call.text("cap"), call.text("threshold")
    if cap:
        if not cap.isdecimal():
            raise Refusal(BAD_VALUE, name="cap", value=cap, why="a whole number is expected")
        unit = capacity.GIB if call.text("captype") == "gib" else 1
        row["repository"] = int(cap) * unit
        if row["repository"] < row["virtual"]:
            raise Refusal(REPOSITORY_IN_USE, pool=pool_id)
    elif threshold.isdecimal() and int(threshold) <= 100:
        row["repository_threshold"] = int(threshold)
    else:
        raise Refusal(BAD_REQUEST, why="cap, or a threshold of 0 to 100")
    call.context.put("pool", pool_id, row)
    return linked(call, f"/pools/{pool_id}/eserep")


def delete_repository(call: Call) -> Reply:
    """Answer DELETE /pools/P0/eserep: afterwards the pool has no virtual capacity."""
    pool_id = _pool_id(call)
    row = capacity.pool_row(call.context, pool_id)
    if row["virtual"]:
        raise Refusal(REPOSITORY_IN_USE, pool=pool_id)
    call.context.put("pool", pool_id, {**row, "repository": 0})
    return deleted(call)


def list_lss(call: Call) -> Reply:
    """Answer GET /lss; ``type`` in the query filters [S] pyds8k."""
    wanted = call.query.get("type", "").lower()
    rows = [(key, row) for key, row in call.context.rows("lss") if wanted in {"", row["type"]}]
    return listing(call, "lss", [lss_record(call, key, row) for key, row in rows])


def show_lss(call: Call) -> Reply:
    """Answer GET /lss/00."""
    lss = lss_id_of(call.ids["lss"])
    row = call.context.get("lss", lss)
    if row is None:
        raise Refusal(NO_SUCH_OBJECT, kind="LSS", name=lss)
    return listing(call, "lss", [lss_record(call, lss, row)])


def create_lss(call: Call) -> Reply:
    """Answer POST /lss: CKD only, an FB LSS appears by itself [S]."""
    lss, stgtype = lss_id_of(call.required("id")), call.required("type").lower()
    if stgtype != "ckd":
        raise Refusal(BAD_VALUE, name="type", value=stgtype, why="only ckd LSSs are made")
    ssid = call.text("sub_system_identifier").upper() or f"{lss}00"
    cu_type = call.text("ckd_base_cu_type") or "3990-6"
    if cu_type not in CU_TYPES or not re.fullmatch(r"[0-9A-F]{4}", ssid):
        raise Refusal(BAD_REQUEST, why="ckd_base_cu_type or sub_system_identifier")
    if call.context.get("lss", lss) is not None:
        raise Refusal(LSS_TAKEN, lss=lss)
    check_address_group(call.context, lss, "ckd")
    row = new_lss_row("ckd") | {"ssid": ssid, "cu_type": cu_type}
    call.context.put("lss", lss, row)
    return created(call, "lss", lss_record(call, lss, row), f"/lss/{lss}")


def delete_lss(call: Call) -> Reply:
    """Answer DELETE /lss/00: only an empty one."""
    lss = lss_id_of(call.ids["lss"])
    if call.context.get("lss", lss) is None:
        raise Refusal(NO_SUCH_OBJECT, kind="LSS", name=lss)
    if call.context.count("volume", lss):
        raise Refusal(LSS_IN_USE, lss=lss)
    call.context.remove("lss", lss)
    return deleted(call)

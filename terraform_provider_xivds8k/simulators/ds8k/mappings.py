"""/hosts/NAME/mappings: which volume a host sees under which LUN (ds8k-rest.md §3 "mapping", "lunid" [S])."""

from __future__ import annotations

import re

from ..context import Row
from .codes import (
    ALREADY_MAPPED,
    BAD_REQUEST,
    BAD_VALUE,
    LUN_TAKEN,
    NO_LUN_LEFT,
    NO_SUCH_MAPPING,
    VOLUME_TO_MAP_NOT_FOUND,
    Refusal,
)
from .envelope import Call, Record, Reply, deleted, failed, linked, listing, several
from .host_ports import masked
from .hosts import find_host, mappings_of
from .placement import volume_id_of

LUNS = 256  # [S]
_LUN = re.compile(r"[0-9A-F]{2}")


def mapping_record(call: Call, host: Row, row: Row) -> Record:
    """Return a mapping."""
    return {
        "lunid": row["lunid"],
        **call.link(f"/hosts/{host['name']}/mappings/{row['lunid']}"),
        "volume": call.reference("volumes", row["volume"]),
    }


def list_mappings(call: Call) -> Reply:
    """Answer GET /hosts/NAME/mappings."""
    host_id, host = find_host(call)
    found = [mapping_record(call, host, row) for _, row in mappings_of(call.context, host_id)]
    return listing(call, "mappings", found)


def show_mapping(call: Call) -> Reply:
    """Answer GET /hosts/NAME/mappings/LUN."""
    host, _, row = _find(call)
    return listing(call, "mappings", [mapping_record(call, host, row)])


def delete_mapping(call: Call) -> Reply:
    """Answer DELETE /hosts/NAME/mappings/LUN."""
    _, key, _ = _find(call)
    call.context.remove("mapping", key)
    return deleted(call)


def _find(call: Call) -> tuple[Row, str, Row]:
    host_id, host = find_host(call)
    asked = call.ids["lun"].upper()
    spellings = {asked}
    if masked(host) and asked.isdecimal():
        spellings.add(f"{int(asked):08X}")  # IBM's own client sends the decimal form [S]
    for key, row in mappings_of(call.context, host_id):
        if row["lunid"] in spellings:
            return host, key, row
    raise Refusal(NO_SUCH_MAPPING, name=asked)


def create_mappings(call: Call) -> Reply:
    """Answer POST: {"volumes": [...]} lets the machine pick, {"mappings": [{"0A": "0000"}]} names the LUN [S]."""
    host_id, host = find_host(call)
    wanted = [("", volume) for volume in call.texts("volumes")] or _named(call)
    if not wanted:
        raise Refusal(BAD_REQUEST, why="volumes or mappings is missing")
    if len(wanted) == 1:
        return _map(call, host_id, host, *wanted[0])
    return several(call, [_map_part(call, host_id, host, lun, volume) for lun, volume in wanted])


def _named(call: Call) -> list[tuple[str, str]]:
    given = call.params.get("mappings", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) and len(one) == 1 for one in given):
        raise Refusal(BAD_VALUE, name="mappings", value=given, why="a list of {LUN: volume id} is expected")
    return [(str(lun).upper(), str(volume)) for one in given for lun, volume in one.items()]


def _map_part(call: Call, host_id: str, host: Row, lun: str, volume: str) -> Reply:
    try:
        return _map(call, host_id, host, lun, volume)
    except Refusal as refusal:
        return failed(call.context, refusal)


def _map(call: Call, host_id: str, host: Row, lun: str, volume: str) -> Reply:
    context, volume_id = call.context, volume_id_of(volume)
    if context.get("volume", volume_id) is None:
        raise Refusal(VOLUME_TO_MAP_NOT_FOUND, volume=volume_id)
    mine = [row for _, row in mappings_of(context, host_id)]
    if any(row["volume"] == volume_id for row in mine) and (masked(host) or context.switch("second_mapping_refused")):
        raise Refusal(ALREADY_MAPPED, volume=volume_id, host=host["name"])
    chosen = _lun(host, {row["lunid"] for row in mine}, lun, volume_id)
    row = {"host_id": host_id, "host": host["name"], "lunid": chosen, "volume": volume_id}
    context.put("mapping", f"{host_id}/{chosen}", row, group=volume_id)
    return linked(call, f"/hosts/{host['name']}/mappings/{chosen}")


def _lun(host: Row, used: set[str], lun: str, volume_id: str) -> str:
    if masked(host):
        computed = f"40{volume_id[:2]}40{volume_id[2:]}"
        if lun not in {"", computed}:
            raise Refusal(BAD_VALUE, name="lunid", value=lun, why=f"this host sees the volume as {computed}")
        return computed
    if not lun:
        free = next((f"{number:02X}" for number in range(LUNS) if f"{number:02X}" not in used), None)
        if free is None:
            raise Refusal(NO_LUN_LEFT, host=host["name"])
        return free
    if not _LUN.fullmatch(lun):
        raise Refusal(BAD_VALUE, name="lunid", value=lun, why="two hexadecimal digits are expected")
    if lun in used:
        raise Refusal(LUN_TAKEN, lun=lun, host=host["name"])
    return lun

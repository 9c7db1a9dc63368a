"""/cs/pprcs, and the older read forms of the same pairs (ds8k-rest.md §4.2): made, listed, taken apart."""

from __future__ import annotations

from typing import Any

from ..context import Context, Row
from . import pairs, paths
from .codes import (
    BAD_REQUEST,
    BAD_VALUE,
    IN_COPY_RELATION,
    NO_LINK,
    NO_SUCH_OBJECT,
    NOT_OFFERED,
    SPACE_EFFICIENT_TARGET,
    TARGET_TOO_SMALL,
    WRONG_STORAGE_TYPE,
    Refusal,
)
from .envelope import Call, Record, Reply, deleted, failed, linked, listing, several
from .placement import volume_id_of
from .progress import BACKGROUND_COPY_S
from .volumes import volume_row

INITIAL_COPIES = {"initial_copy_full", "initial_copy_out_of_sync", "initial_copy_none"}
OPTIONS = INITIAL_COPIES | {"permit_space_efficient_target"}  # [S] Cinder; failover and the like are not built yet


def list_pairs(call: Call) -> Reply:
    """Answer GET /cs/pprcs, for volumes from one id to another where they are given."""
    first = (call.query.get("volume_id_from") or "0000").upper()
    last = (call.query.get("volume_id_to") or "FFFF").upper()
    here = pairs.system_id(call.context)
    found = [(key, row) for key, row in pairs.all_of(call.context) if first <= _volume_here(row, here) <= last]
    return listing(call, "pprcs", [_record(call, key, row) for key, row in found])


def show_pair(call: Call) -> Reply:
    """Answer GET /cs/pprcs/ID; the id of a source stands for its pair, as IBM's own suite asks [S] pyds8k."""
    asked, here = call.ids["pair"].upper(), pairs.system_id(call.context)
    for key, row in pairs.all_of(call.context):
        if asked == key or (row["source_system"], row["source"]) == (here, asked):
            return listing(call, "pprcs", [_record(call, key, row)])
    raise Refusal(NO_SUCH_OBJECT, kind="PPRC pair", name=asked)


def list_old(call: Call) -> Reply:
    """Answer GET /pprc."""
    return listing(call, "pprc", [_old_record(call, row) for _, row in pairs.all_of(call.context)])


def list_of_volume(call: Call) -> Reply:
    """Answer GET /volumes/ID/pprc."""
    volume_id = volume_id_of(call.ids["volume"])
    volume_row(call.context, volume_id)
    return listing(call, "pprc", [_old_record(call, row) for _, row in pairs.of_volume(call.context, volume_id)])


def create_pairs(call: Call) -> Reply:
    """Answer POST /cs/pprcs: volume_pairs, type and options; of several pairs each stands for itself."""
    kind, options = call.required("type"), set(call.texts("options"))
    if kind not in pairs.TYPES:
        raise Refusal(BAD_VALUE, name="type", value=kind, why=" or ".join(pairs.TYPES))
    if options - OPTIONS:
        raise Refusal(NOT_OFFERED, what=f"A PPRC pair with {', '.join(sorted(options - OPTIONS))}")
    given = call.params.get("volume_pairs")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise Refusal(BAD_REQUEST, why="volume_pairs is missing")
    if len(given) == 1:
        return _establish(call, given[0], kind, options)
    return several(call, [_establish_part(call, one, kind, options) for one in given])


def delete_pairs(call: Call) -> Reply:
    """Answer DELETE /cs/pprcs?ids=: both machines know at once; each volume keeps what it holds."""
    keys = [one.upper() for one in call.query.get("ids", "").split(",") if one]
    if not keys:
        raise Refusal(BAD_REQUEST, why="ids is missing")
    partner = call.context.partner
    for key in keys:
        owner = next((one for one in (call.context, partner) if one and one.get(pairs.KIND, key)), None)
        if owner is None:
            raise Refusal(NO_SUCH_OBJECT, kind="PPRC pair", name=key)
        if not call.context.linked:
            raise Refusal(NO_LINK, system=key)
        owner.remove(pairs.KIND, key)
    return deleted(call)


def _establish_part(call: Call, pair: dict[str, Any], kind: str, options: set[str]) -> Reply:
    try:
        return _establish(call, pair, kind, options)
    except Refusal as refusal:
        return failed(call.context, refusal)


def _establish(call: Call, pair: dict[str, Any], kind: str, options: set[str]) -> Reply:
    """Make a pair: the target, whose own content is gone, carries what the source carries."""
    context, (here, there) = call.context, (str(pair.get(f"{side}_system_id", "")) for side in ("source", "target"))
    source, target = (volume_id_of(str(pair.get(f"{side}_volume", ""))) for side in ("source", "target"))
    partner = context.partner
    if here.upper() != pairs.system_id(context):
        raise Refusal(NO_SUCH_OBJECT, kind="system", name=here)
    if partner is None or there.upper() != pairs.system_id(partner):
        raise Refusal(NO_LINK, system=there)
    from_row, to_row = volume_row(context, source), volume_row(partner, target)
    _check(context, partner, (source, from_row), (target, to_row), options)
    key = f"{pairs.system_id(context)}_{source}:{pairs.system_id(partner)}_{target}"
    row: Row = {
        "source": source,
        "source_system": pairs.system_id(context),
        "target": target,
        "target_system": pairs.system_id(partner),
        "type": kind,
        "until_s": context.now_s + BACKGROUND_COPY_S,
        "suspended": False,
    }
    context.put(pairs.KIND, key, row)
    pairs.carry(context, source, from_row["labels"])
    return linked(call, f"/cs/pprcs/{key}")


def _check(
    context: Context, partner: Context, source: tuple[str, Row], target: tuple[str, Row], options: set[str]
) -> None:
    paths.check_path(context, source[0][:2], target[0][:2])
    for machine, volume in ((context, source[0]), (partner, target[0])):
        if pairs.of_volume(machine, volume):
            raise Refusal(IN_COPY_RELATION, volume=volume)
    if source[1]["stgtype"] != target[1]["stgtype"]:
        raise Refusal(WRONG_STORAGE_TYPE, name=target[0], found=target[1]["stgtype"], wanted=source[1]["stgtype"])
    if target[1]["cap"] < source[1]["cap"]:
        raise Refusal(TARGET_TOO_SMALL, volume=target[0])
    if target[1]["tp"] != "none" and "permit_space_efficient_target" not in options:
        raise Refusal(SPACE_EFFICIENT_TARGET, volume=target[0])


def _volume_here(row: Row, here: str) -> str:
    return str(row["source"] if row["source_system"] == here else row["target"])


def _named(call: Call, volume_id: str) -> Record:
    """Return how real machines refer to a volume of a pair: under "name" instead of "id" [S] pyds8k, Cinder."""
    return {"name": volume_id, **call.link(f"/volumes/{volume_id}")}


def _record(call: Call, key: str, row: Row) -> Record:
    return {
        "id": key,
        **call.link(f"/cs/pprcs/{key}"),
        "source_volume": _named(call, row["source"]),
        "source_system": {"id": row["source_system"], **call.link("/systems")},
        "target_volume": _named(call, row["target"]),
        "target_system": {"id": row["target_system"], "link": {}},
        "type": row["type"],
        "state": pairs.state_of(call.context, row),
    }


def _old_record(call: Call, row: Row) -> Record:
    return {
        "sourcevolume": call.reference("volumes", row["source"]),
        "targetvolume": call.reference("volumes", row["target"]),
        "targetsystem": {"id": row["target_system"], "link": {}},
        "type": pairs.TYPES[row["type"]],
        "state": pairs.state_of(call.context, row),
    }

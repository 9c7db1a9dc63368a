"""/cs/pprcs, and the older read forms of the same pairs (ds8k-rest.md §4.2): listed and taken apart."""

from __future__ import annotations

from ..context import Context, Row
from . import pair_copying, pairs
from .codes import BAD_REQUEST, BAD_VALUE, NO_LINK, NO_SUCH_OBJECT, NOT_IN_PAIR, Refusal
from .envelope import Call, Record, Reply, deleted, done, each, listing
from .placement import volume_id_of
from .volumes import volume_row

ISSUED = {"issue_source": pairs.SOURCE, "issue_target": pairs.TARGET}  # [S] Cinder
UNCONDITIONAL = "unconditional"


def list_pairs(call: Call) -> Reply:
    """Answer GET /cs/pprcs, for volumes from one id to another where they are given."""
    first = (call.query.get("volume_id_from") or "0000").upper()
    last = (call.query.get("volume_id_to") or "FFFF").upper()
    rows = call.context.rows(pairs.KIND)
    found = [(key, row) for key, row in rows if first <= pairs.volume_here(row) <= last]
    return listing(call, "pprcs", [_record(call, key, row) for key, row in found])


def show_pair(call: Call) -> Reply:
    """Answer GET /cs/pprcs/ID; the id of a source stands for its pair, as IBM's own suite asks [S] pyds8k."""
    asked = call.ids["pair"].upper()
    for key, row in call.context.rows(pairs.KIND):
        if asked == key or (row["role"] == pairs.SOURCE and row["source"] == asked):
            return listing(call, "pprcs", [_record(call, key, row)])
    raise Refusal(NO_SUCH_OBJECT, kind="PPRC pair", name=asked)


def list_old(call: Call) -> Reply:
    """Answer GET /pprc."""
    return listing(call, "pprc", [_old_record(call, row) for _, row in call.context.rows(pairs.KIND)])


def list_of_volume(call: Call) -> Reply:
    """Answer GET /volumes/ID/pprc."""
    volume_id = volume_id_of(call.ids["volume"])
    volume_row(call.context, volume_id)
    return listing(call, "pprc", [_old_record(call, row) for _, row in pairs.of_volume(call.context, volume_id)])


def delete_pairs(call: Call) -> Reply:
    """Answer DELETE /cs/pprcs?ids=: both machines know at once; each volume keeps what it holds."""
    keys = [one.upper() for one in call.query.get("ids", "").split(",") if one]
    if not keys:
        raise Refusal(BAD_REQUEST, why="ids is missing")
    for key in keys:
        if all(one.get(pairs.KIND, key) is None for one in _both(call.context)):
            raise Refusal(NO_SUCH_OBJECT, kind="PPRC pair", name=key)
        _end_both(call.context, key)
    return deleted(call)


def delete_by_volumes(call: Call) -> Reply:
    """Answer POST /cs/pprcs/delete: the pairs of volumes of this machine, from the side that is told [S] Cinder."""
    options, given = set(call.texts("options")), call.params.get("volume_full_ids")
    if options - {*ISSUED, UNCONDITIONAL} or len(options & set(ISSUED)) != 1:
        raise Refusal(
            BAD_VALUE, name="options", value=", ".join(sorted(options)), why="one of issue_source, issue_target"
        )
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise Refusal(BAD_REQUEST, why="volume_full_ids is missing")
    (role,) = (ISSUED[one] for one in options & set(ISSUED))

    def end(volume: dict[str, object]) -> Reply:
        system, volume_id = str(volume.get("system_id", "")), volume_id_of(str(volume.get("volume_id", "")))
        if system.upper() != pairs.system_id(call.context):
            raise Refusal(NO_SUCH_OBJECT, kind="system", name=system)
        found = [key for key, row in pairs.of_volume(call.context, volume_id) if row["role"] == role]
        if not found:
            raise Refusal(NOT_IN_PAIR, volume=volume_id, role=role)
        for key in found:
            if UNCONDITIONAL in options:
                _end_here(call.context, key, role)
            else:
                _end_both(call.context, key)
        return done(call)

    return each(call, given, end, all_or_none=call.context.switch("pprc_commands_all_or_none"))


def _both(context: Context) -> list[Context]:
    partner = context.partner
    return [context] if partner is None else [context, partner]


def _end_both(context: Context, key: str) -> None:
    if not context.linked:
        raise Refusal(NO_LINK, system=key)
    for machine in _both(context):
        machine.remove(pairs.KIND, key)


def _end_here(context: Context, key: str, role: str) -> None:
    """End a pair on this machine whatever the other one says; a source tells its target where it can [K]."""
    context.remove(pairs.KIND, key)
    partner = context.partner
    told = role == pairs.SOURCE and context.linked and context.switch("pprc_delete_reaches_target")
    if told and partner is not None and (partner.get(pairs.KIND, key) or {}).get("role") == pairs.TARGET:
        partner.remove(pairs.KIND, key)
    pair_copying.settle(context)


def _named(call: Call, volume_id: str) -> Record:
    """Return how real machines refer to a volume of a pair: under "name" instead of "id" [S] pyds8k, Cinder."""
    return {"name": volume_id, **call.link(f"/volumes/{volume_id}")}


def _record(call: Call, key: str, row: Row) -> Record:
    tracks = pair_copying.out_of_sync_tracks(call.context, row) if row["role"] == pairs.SOURCE else 0
    return {
        "id": key,
        **call.link(f"/cs/pprcs/{key}"),
        "source_volume": _named(call, row["source"]),
        "source_system": {"id": row["source_system"], **call.link("/systems")},
        "target_volume": _named(call, row["target"]),
        "target_system": {"id": row["target_system"], "link": {}},
        "type": row["type"],
        "state": pairs.state_of(call.context, row),
        **({"out_of_sync_tracks": str(tracks)} if call.context.switch("pprc_tracks_shown") else {}),
    }


def _old_record(call: Call, row: Row) -> Record:
    return {
        "sourcevolume": call.reference("volumes", row["source"]),
        "targetvolume": call.reference("volumes", row["target"]),
        "targetsystem": {"id": row["target_system"], "link": {}},
        "type": pairs.TYPES[row["type"]],
        "state": pairs.state_of(call.context, row),
    }

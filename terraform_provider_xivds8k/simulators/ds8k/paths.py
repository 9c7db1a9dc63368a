"""/cs/pprcs/paths and physical_links: what joins the LSSs of two machines (ds8k-rest.md §4.2 [S] Cinder)."""

from __future__ import annotations

from ..context import Context, Row
from . import pair_copying, pairs
from .codes import BAD_REQUEST, NO_LINK, NO_SUCH_OBJECT, PATH_IN_USE, PATH_MISSING, TOO_MANY_TARGET_LSS, Refusal
from .envelope import Call, Record, Reply, deleted, linked, listing
from .placement import lss_id_of

KIND = pairs.PATH_KIND
MOST_TARGETS = 4  # [K]


def list_links(call: Call) -> Reply:
    """Answer GET /cs/pprcs/physical_links: each I/O port sees the one of the same name on the other machine."""
    context, partner = call.context, call.context.partner
    wanted = call.query.get("target_system_wwnn", "").upper()
    if partner is None or not context.linked or wanted not in {"", _wwnn(partner)}:
        return listing(call, "physical_links", [])
    ports = [key for key, _ in context.rows("part ioports")]
    return listing(call, "physical_links", [{"source_port_id": one, "target_port_id": one} for one in ports])


def list_paths(call: Call) -> Reply:
    """Answer GET /cs/pprcs/paths, from one source LSS to another where they are given."""
    first = lss_id_of(call.query.get("source_lss_id_from") or "00")
    last = (call.query.get("source_lss_id_to") or "FF").upper()
    found = [(key, row) for key, row in call.context.rows(KIND) if first <= row["source_lss"] <= last]
    return listing(call, "paths", [_record(call, key, row) for key, row in found])


def show_path(call: Call) -> Reply:
    """Answer GET /cs/pprcs/paths/ID."""
    key, row = _find(call)
    return listing(call, "paths", [_record(call, key, row)])


def create_path(call: Call) -> Reply:
    """Answer POST /cs/pprcs/paths."""
    context, wwnn = call.context, call.required("target_system_wwnn").upper()
    partner = context.partner
    if partner is None or _wwnn(partner) != wwnn:
        raise Refusal(NO_LINK, system=wwnn)
    source, target = lss_id_of(call.required("source_lss_id")), lss_id_of(call.required("target_lss_id"))
    for machine, lss in ((context, source), (partner, target)):
        if machine.get("lss", lss) is None:
            raise Refusal(NO_SUCH_OBJECT, kind="LSS", name=lss)
    key = f"{_wwnn(context)}_{source}:{wwnn}_{target}"
    others = {row["target_lss"] for _, row in context.rows(KIND) if row["source_lss"] == source} - {target}
    if len(others) >= MOST_TARGETS and context.switch("pprc_four_target_lss"):
        raise Refusal(TOO_MANY_TARGET_LSS, lss=source)
    row: Row = {
        "source_lss": source,
        "target_lss": target,
        "target_wwnn": wwnn,
        "ports": _ports(call, partner),
        "consistency_group": call.text("pprc_consistency_group").lower() == "enable",
    }
    context.put(KIND, key, row)
    return linked(call, f"/cs/pprcs/paths/{key}")


def delete_path(call: Call) -> Reply:
    """Answer DELETE /cs/pprcs/paths/ID; not while pairs use it [K]."""
    key, row = _find(call)
    for pair, one in call.context.rows(pairs.KIND):
        ends = (one["source"][:2], one["target"][:2])
        uses = one["role"] == pairs.SOURCE and ends == (row["source_lss"], row["target_lss"])
        if uses and call.context.switch("pprc_path_in_use_stays"):
            raise Refusal(PATH_IN_USE, path=key, pair=pair)
    call.context.remove(KIND, key)
    pair_copying.settle(call.context)
    return deleted(call)


def check_path(context: Context, source_lss: str, target_lss: str) -> None:
    """Raise Refusal unless two LSSs are joined by a path and the link is up [K]."""
    if not pairs.joined(context, source_lss, target_lss):
        raise Refusal(PATH_MISSING, lss=source_lss, other=target_lss)


def _find(call: Call) -> tuple[str, Row]:
    key = call.ids["path"].upper()
    row = call.context.get(KIND, key)
    if row is None:
        raise Refusal(NO_SUCH_OBJECT, kind="PPRC path", name=key)
    return key, row


def _ports(call: Call, partner: Context) -> list[tuple[str, str]]:
    given = call.params.get("port_pairs")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise Refusal(BAD_REQUEST, why="port_pairs is missing")
    found = [(str(one.get("source_port_id", "")).upper(), str(one.get("target_port_id", "")).upper()) for one in given]
    for ports in found:
        for machine, port in zip((call.context, partner), ports, strict=True):
            if machine.get("part ioports", port) is None:
                raise Refusal(NO_SUCH_OBJECT, kind="I/O port", name=port)
    return found


def _wwnn(context: Context) -> str:
    ((_, row),) = context.rows("system")
    return str(row["wwnn"])


def _record(call: Call, key: str, row: Row) -> Record:
    state = "success" if call.context.linked else "failed"  # any other word is no success [S] Cinder
    return {
        "id": key,
        **call.link(f"/cs/pprcs/paths/{key}"),
        "source_lss_id": row["source_lss"],
        "target_lss_id": row["target_lss"],
        "target_system_wwnn": row["target_wwnn"],
        "port_pairs": [
            {"source_port_id": source, "target_port_id": target, "state": state} for source, target in row["ports"]
        ],
        "pprc_consistency_group": "enabled" if row["consistency_group"] else "disabled",
    }

"""/host_ports: the ports of hosts, defined ones and those that only logged in (ds8k-rest.md §2, §3)."""

from __future__ import annotations

import re

from ..context import Context, Row
from .codes import BAD_VALUE, NO_SUCH_HOST, NO_SUCH_OBJECT, PORT_TAKEN, Refusal
from .envelope import Call, Record, Reply, deleted, done, linked, listing

_WWPN = re.compile(r"[0-9A-F]{1,16}")  # IBM's own client calls a port "1" in its tests [S]
LOGGED_IN, LOGGED_OUT = "logged in", "logged out"


MASK_TYPES = frozenset({"zlinux", "iseries"})  # LUN masking: the LUN follows from the volume id [S] §3


def masked(host: Row) -> bool:
    """Whether a host is addressed by LUN masking."""
    return str(host["hosttype"]).lower() in MASK_TYPES


def block_bytes(host: Row) -> str:
    """Return the size of a host's blocks in bytes; an IBM i has longer ones."""
    return "520" if str(host["hosttype"]).lower() == "iseries" else "512"


def wwpn_of(text: str) -> str:
    """Return a WWPN in upper case without colons; raises Refusal for what is none."""
    found = text.upper().replace(":", "")
    if not _WWPN.fullmatch(found):
        raise Refusal(BAD_VALUE, name="wwpn", value=text, why="16 hexadecimal digits are expected")
    return found


def port_record(call: Call, wwpn: str, row: Row) -> Record:
    """Return a host port; one that belongs to no host has an empty host_id [S]."""
    host = call.context.get("host", row["host_id"]) if row["host_id"] else None
    logged_in = row["state"] == LOGGED_IN
    ports = [key for key, _ in call.context.rows("part ioports")][:1] if logged_in else []
    return {
        "wwpn": wwpn,
        **call.link(f"/host_ports/{wwpn}"),
        "state": row["state"],
        "hosttype": host["hosttype"] if host else "",
        "addrdiscovery": "Report LUNs" if host and masked(host) else "LUN polling",
        "lbs": block_bytes(host) if host else "512",
        "wwnn": wwpn,
        "login_type": "SCSI" if logged_in else "",
        "logical_path_established": "",
        "host_id": row["host_id"],
        "host": {"name": host["name"], **call.link(f"/hosts/{host['name']}")} if host else {},
        "login_ports": [{"id": key} for key in ports],
    }


def list_ports(call: Call) -> Reply:
    """Answer GET /host_ports; wwpns and state in the query filter [S]."""
    wwpns = {wwpn_of(one) for one in call.query.get("wwpns", "").split(",") if one}
    states = {one for one in call.query.get("state", "").split(",") if one}
    rows = [
        (key, row)
        for key, row in call.context.rows("host_port")
        if (not wwpns or key in wwpns) and (not states or row["state"] in states)
    ]
    return listing(call, "host_ports", [port_record(call, key, row) for key, row in rows])


def show_port(call: Call) -> Reply:
    """Answer GET /host_ports/WWPN."""
    wwpn, row = _find(call)
    return listing(call, "host_ports", [port_record(call, wwpn, row)])


def _find(call: Call) -> tuple[str, Row]:
    wwpn = wwpn_of(call.ids["port"])
    row = call.context.get("host_port", wwpn)
    if row is None:
        raise Refusal(NO_SUCH_OBJECT, kind="host port", name=wwpn)
    return wwpn, row


def create_port(call: Call) -> Reply:
    """Answer POST /host_ports: wwpn and host."""
    wwpn, host_id = wwpn_of(call.required("wwpn")), _host_id(call.context, call.required("host"))
    _assign(call.context, wwpn, host_id, moving=False)
    return linked(call, f"/host_ports/{wwpn}")


def change_port(call: Call) -> Reply:
    """Answer PUT /host_ports/WWPN: move it to another host [S]."""
    wwpn, _ = _find(call)
    _assign(call.context, wwpn, _host_id(call.context, call.required("host")), moving=True)
    return linked(call, f"/host_ports/{wwpn}")


def assign_ports(call: Call) -> Reply:
    """Answer POST /host_ports/assign: known and unknown ports at once [S]."""
    host_id = call.required("host_id").upper()
    if call.context.get("host", host_id) is None:
        raise Refusal(NO_SUCH_HOST, name=host_id)
    moving = call.context.switch("assign_takes_ports")
    for one in call.texts("host_port_wwpns"):
        _assign(call.context, wwpn_of(one), host_id, moving=moving)
    return done(call)


def delete_port(call: Call) -> Reply:
    """Answer DELETE /host_ports/WWPN; one that is logged in stays visible, with no host [S]."""
    wwpn, row = _find(call)
    if row["state"] == LOGGED_IN and row["host_id"]:
        call.context.put("host_port", wwpn, {**row, "host_id": ""})
    else:
        call.context.remove("host_port", wwpn)
    return deleted(call)


def _host_id(context: Context, name: str) -> str:
    for key, row in context.rows("host"):
        if row["name"] == name:
            return key
    raise Refusal(NO_SUCH_HOST, name=name)


def _assign(context: Context, wwpn: str, host_id: str, *, moving: bool) -> None:
    row = context.get("host_port", wwpn) or {"state": LOGGED_OUT, "host_id": ""}
    owner = context.get("host", row["host_id"]) if row["host_id"] else None
    if owner is not None and row["host_id"] != host_id and not moving:
        raise Refusal(PORT_TAKEN, port=wwpn, host=owner["name"])
    if owner is not None and row["host_id"] == host_id and context.switch("own_port_again_refused"):
        raise Refusal(PORT_TAKEN, port=wwpn, host=owner["name"])
    context.put("host_port", wwpn, {**row, "host_id": host_id}, group=host_id)

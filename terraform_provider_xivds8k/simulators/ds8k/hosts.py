"""/hosts and /hosts[id=H1]: the same objects addressed by name or by id (ds8k-rest.md §2, §3)."""

from __future__ import annotations

import re

from ..context import Context, Row
from .codes import BAD_REQUEST, BAD_VALUE, HOST_MAPPED, HOST_TAKEN, NO_SUCH_HOST, Refusal
from .envelope import Call, Record, Reply, created, deleted, linked, listing
from .host_ports import LOGGED_IN, block_bytes, masked, port_record
from .machine import part_record
from .records import volume_records

NAME = re.compile(r"\w{1,32}", re.ASCII)  # [S] §3
# [S] §3; compared without regard to case, since clients write both VMWare and VMware
TYPES = frozenset(
    """auto AMDLinuxRHEL AMDLinuxSuse AppleOSX Fujitsu Hp HpTru64 HpVms Linux LinuxDT LinuxRF LinuxRHEL LinuxSuse Novell
    SGI SVC SanFsAIX SanFsLinux Sun VMWare Win2000 Win2003 Win2008 Win2012 iLinux nSeries pLinux pSeries
    pSeriesPowerswap zLinux iSeries""".lower().split()
)


def find_host(call: Call) -> tuple[str, Row]:
    """Return id and record of the host in the path; raises Refusal when there is none."""
    if "host_id" in call.ids:
        key = call.ids["host_id"].upper()
        row = call.context.get("host", key)
        if row is not None:
            return key, row
        raise Refusal(NO_SUCH_HOST, name=key)
    return host_named(call.context, call.ids["host"])


def host_named(context: Context, name: str) -> tuple[str, Row]:
    """Return id and record of a host by its name; raises Refusal when there is none."""
    for key, row in context.rows("host"):
        if row["name"] == name:
            return key, row
    raise Refusal(NO_SUCH_HOST, name=name)


def mappings_of(context: Context, host_id: str) -> list[tuple[str, Row]]:
    """Return the mappings of a host, ordered by LUN."""
    return [(key, row) for key, row in context.rows("mapping") if row["host_id"] == host_id]


def host_record(call: Call, host_id: str, row: Row, mapped: list[tuple[str, Row]] | None = None) -> Record:
    """Return a host; ``mapped`` are its mappings where they have been read already."""
    ports = call.context.rows("host_port", host_id)
    base = f"/hosts/{row['name']}"
    mask = masked(row)
    return {
        "name": row["name"],
        "host_id": host_id,
        **call.link(base),
        "state": "Online" if any(port["state"] == LOGGED_IN for _, port in ports) else "Offline",
        "hosttype": row["hosttype"],
        "addrmode": "SCSI mask" if mask else "SCSI map",
        "addrdiscovery": "Report LUNs" if mask else "LUN polling",
        "lbs": block_bytes(row),
        **_briefs(call.context, mappings_of(call.context, host_id) if mapped is None else mapped),
        "login_ports": [{"wwpn": wwpn, "state": port["state"]} for wwpn, port in ports],
        "host_ports": call.link(f"{base}/host_ports"),
        "ioports": call.link(f"{base}/ioports"),
        "volumes": call.link(f"{base}/volumes"),
        "mappings": call.link(f"{base}/mappings"),
    }


def _briefs(context: Context, found: list[tuple[str, Row]]) -> Record:
    if not context.switch("hosts_list_mappings_briefs"):
        return {}
    return {"mappings_briefs": [{"lunid": row["lunid"], "volume_id": row["volume"]} for _, row in found]}


def list_hosts(call: Call) -> Reply:
    """Answer GET /hosts."""
    mapped: dict[str, list[tuple[str, Row]]] = {key: [] for key, _ in call.context.rows("host")}
    for key, mapping in call.context.rows("mapping"):
        mapped[mapping["host_id"]].append((key, mapping))
    found = [host_record(call, key, row, mapped[key]) for key, row in call.context.rows("host")]
    return listing(call, "hosts", found)


def show_host(call: Call) -> Reply:
    """Answer GET /hosts/NAME."""
    return listing(call, "hosts", [host_record(call, *find_host(call))])


def create_host(call: Call) -> Reply:
    """Answer POST /hosts."""
    name, hosttype = call.required("name"), call.required("hosttype")
    _check(name, hosttype)
    if any(row["name"] == name for _, row in call.context.rows("host")):
        raise Refusal(HOST_TAKEN, host=name)
    row = {"name": name, "hosttype": _chosen(call, hosttype)}
    host_id = f"H{call.context.next_number('host')}"
    call.context.put("host", host_id, row)
    record = {"id": host_id, "name": name}  # Cinder reads data.hosts[0].id and then says hosts[id=...] [S]
    return created(call, "hosts", record, f"/hosts/{name}")


def _chosen(call: Call, hosttype: str) -> str:
    """Return the type a host gets, where auto leaves it to the machine."""
    chooses = hosttype.lower() == "auto" and call.context.switch("auto_host_type_is_resolved")
    return "LinuxRHEL" if chooses else hosttype


def _check(name: str, hosttype: str) -> None:
    if not NAME.fullmatch(name):
        raise Refusal(BAD_VALUE, name="name", value=name, why="1 to 32 letters, digits and underscores")
    if hosttype.lower() not in TYPES:
        raise Refusal(BAD_VALUE, name="hosttype", value=hosttype, why="there is no such host type")


def change_host(call: Call) -> Reply:
    """Answer PUT /hosts/NAME: name or hosttype; the type only while nothing is mapped [K]. ioports is accepted."""
    host_id, row = find_host(call)
    name, hosttype = call.text("name") or row["name"], call.text("hosttype") or row["hosttype"]
    if (name, hosttype) == (row["name"], row["hosttype"]) and "ioports" not in call.params:
        raise Refusal(BAD_REQUEST, why="nothing to change")
    _check(name, hosttype)
    if name != row["name"] and any(other["name"] == name for _, other in call.context.rows("host")):
        raise Refusal(HOST_TAKEN, host=name)
    refused = call.context.switch("retype_mapped_host_refused")
    if hosttype != row["hosttype"] and refused and mappings_of(call.context, host_id):
        raise Refusal(HOST_MAPPED, host=row["name"])
    call.context.put("host", host_id, {"name": name, "hosttype": _chosen(call, hosttype)})
    for key, mapping in mappings_of(call.context, host_id):
        call.context.put("mapping", key, {**mapping, "host": name}, group=mapping["volume"])
    return linked(call, f"/hosts/{name}")


def delete_host(call: Call) -> Reply:
    """Answer DELETE /hosts/NAME: its ports go with it [S]."""
    host_id, row = find_host(call)
    mappings = mappings_of(call.context, host_id)
    if mappings and call.context.switch("delete_mapped_host_refused"):
        raise Refusal(HOST_MAPPED, host=row["name"])
    for key, _ in mappings:
        call.context.remove("mapping", key)
    for wwpn, port in call.context.rows("host_port", host_id):
        if port["state"] == LOGGED_IN:  # it is still there, with no host [S]
            call.context.put("host_port", wwpn, {**port, "host_id": ""})
        else:
            call.context.remove("host_port", wwpn)
    call.context.remove("host", host_id)
    return deleted(call)


def list_volumes(call: Call) -> Reply:
    """Answer GET /hosts/NAME/volumes."""
    host_id, _ = find_host(call)
    ids = sorted({str(mapping["volume"]) for _, mapping in mappings_of(call.context, host_id)})
    rows = [(key, call.context.get("volume", key)) for key in ids]
    return listing(call, "volumes", volume_records(call, ((key, row) for key, row in rows if row is not None)))


def list_ports(call: Call) -> Reply:
    """Answer GET /hosts/NAME/host_ports."""
    host_id, _ = find_host(call)
    rows = call.context.rows("host_port", host_id)
    return listing(call, "host_ports", [port_record(call, key, row) for key, row in rows])


def list_ioports(call: Call) -> Reply:
    """Answer GET /hosts/NAME/ioports: every port of the machine serves every host."""
    find_host(call)
    rows = call.context.rows("part ioports")
    return listing(call, "ioports", [part_record(call, "ioports", key, row) for key, row in rows])


def list_of_volume(call: Call, volume_id: str) -> list[Record]:
    """Return the hosts a volume is mapped to."""
    ids = sorted({str(mapping["host_id"]) for _, mapping in call.context.rows("mapping", volume_id)})
    rows = [(key, call.context.get("host", key)) for key in ids]
    return [host_record(call, key, row) for key, row in rows if row is not None]

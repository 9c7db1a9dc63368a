"""Hosts, their ports and log-ins."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from . import attachments, names
from .catalog import Arguments, FailureError, command
from .volume_store import key_of
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context

TYPES = ("default", "hpux", "zvm")
_IQN = re.compile(r"(iqn\.[0-9]{4}-[0-9]{2}\.[a-z0-9.:_-]+|eui\.[0-9a-fA-F]{16})", re.IGNORECASE)
_WWPN = re.compile(r"[0-9A-F]{16}")
Row = dict[str, Any]


def get(context: Context, kind: str, name: str) -> Row:
    """Return the host or cluster of that name; raises HOST_BAD_NAME, CLUSTER_BAD_NAME."""
    found = names.id_named(context, kind, name)
    row = None if found is None else context.get(kind, found)
    if row is None:
        raise FailureError("CLUSTER_BAD_NAME" if kind == "cluster" else "HOST_BAD_NAME")
    return row


def owner_name(context: Context, owner: str) -> tuple[str, str]:
    """Return kind and name of the owner of a mapping."""
    kind, _, key = owner.partition("/")
    return kind, (context.get(kind, key) or {"name": ""})["name"]


def wwpn(text: str) -> str:
    """Return a WWPN as 16 upper case digits, given with or without colons; raises ILLEGAL_VALUE."""
    bare = text.replace(":", "").upper()
    if not _WWPN.fullmatch(bare):
        raise FailureError("ILLEGAL_VALUE", "A port address has 16 hexadecimal digits")
    return bare


@command(
    "host_define host=HostName [ cluster=ClusterName ] [ type=default|hpux|zvm ] [ iscsi_chap_name=Name ]"
    " [ iscsi_chap_secret=Secret ] [ perf_class=PerfClass ] [ domain=DomainName ]",
    "Defines a new host.",
    category="host",
)
def host_define(context: Context, arguments: Arguments) -> list[Record]:
    """Make a host, in a cluster if asked."""
    name = arguments.text("host")
    check_free(context, "host", name)
    if ("iscsi_chap_name" in arguments) != ("iscsi_chap_secret" in arguments):
        raise FailureError("BAD_PARAMS", "iscsi_chap_name and iscsi_chap_secret go together")
    cluster = get(context, "cluster", arguments.text("cluster"))["id"] if "cluster" in arguments else ""
    row: Row = {
        "id": key_of(context.next_number("host")),
        "name": name,
        "type": arguments.choice("type", TYPES, "default"),
        "cluster": cluster,
        "fc_ports": [],
        "iscsi_ports": [],
        "iscsi_chap_name": _chap_name(arguments) if "iscsi_chap_secret" in arguments else "",
    }
    names.give_name(context, "host", name, row["id"])
    save(context, row)
    return [_record(context, row)]


@command("host_list [ host=HostName ]", "Lists all hosts or a specific one.", category="host")
def host_list(context: Context, arguments: Arguments) -> list[Record]:
    """List hosts; an unknown one gives an empty list."""
    if "host" not in arguments:
        return [_record(context, row) for _, row in context.rows("host")]
    found = names.id_named(context, "host", arguments.text("host"))
    row = None if found is None else context.get("host", found)
    return [] if row is None else [_record(context, row)]


@command(
    "host_update host=HostName [ iscsi_chap_name=Name ] [ iscsi_chap_secret=Secret ]",
    "Updates the CHAP name and secret of a host.",
    category="host",
)
def host_update(context: Context, arguments: Arguments) -> None:
    """Set CHAP name and secret together, or clear both with empty ones, by switch."""
    row = get(context, "host", arguments.text("host"))
    if not arguments.text("iscsi_chap_name") and not arguments.text("iscsi_chap_secret"):
        if not context.switch("xiv_chap_cleared_by_empty"):
            raise FailureError("BAD_PARAMS", "iscsi_chap_name and iscsi_chap_secret cannot be empty")
        row["iscsi_chap_name"] = ""
    else:
        row["iscsi_chap_name"] = _chap_name(arguments)
    save(context, row)


@command(
    "special_type_set < host=HostName | cluster=ClusterName > type=default|hpux|zvm",
    "Sets the special type of a host or a cluster.",
    category="host",
)
def special_type_set(context: Context, arguments: Arguments) -> None:
    """Give a host or a cluster another type; a mapped one is refused, by switch."""
    if ("host" in arguments) == ("cluster" in arguments):
        raise FailureError("BAD_PARAMS", "Give host or cluster")
    kind = "host" if "host" in arguments else "cluster"
    row = get(context, kind, arguments.text(kind))
    row["type"] = arguments.choice("type", TYPES, row["type"])
    if attachments.of_owner(context, f"{kind}/{row['id']}") and context.switch("xiv_retype_mapped_refused"):
        raise FailureError("HOST_HAS_MAPPINGS" if kind == "host" else "CLUSTER_HAS_MAPPINGS")
    context.put(kind, row["id"], row, row.get("cluster", ""))


@command("host_rename host=HostName new_name=Name", "Renames a host.", category="host")
def host_rename(context: Context, arguments: Arguments) -> None:
    """Give a host another name."""
    row, new_name = get(context, "host", arguments.text("host")), arguments.text("new_name")
    if names.id_named(context, "host", new_name) != row["id"]:
        check_free(context, "host", new_name)
    names.drop_name(context, "host", row["name"])
    row["name"] = new_name
    names.give_name(context, "host", new_name, row["id"])
    save(context, row)


@command("host_delete host=HostName", "Deletes a host.", category="host")
def host_delete(context: Context, arguments: Arguments) -> None:
    """Delete a host that is in no cluster; its mappings go with it or forbid it, by switch."""
    row = get(context, "host", arguments.text("host"))
    if row["cluster"] and context.switch("xiv_host_delete_in_cluster_refused"):
        raise FailureError("HOST_BELONGS_TO_CLUSTER")
    mapped = attachments.of_owner(context, f"host/{row['id']}")
    if mapped and not context.switch("xiv_host_delete_unmaps"):
        raise FailureError("HOST_HAS_MAPPINGS")
    for mapping in mapped:
        attachments.drop(context, mapping)
    for port in row["fc_ports"] + row["iscsi_ports"]:
        context.remove("port", port)
    names.drop_name(context, "host", row["name"])
    context.remove("host", row["id"])


@command(
    "host_add_port host=HostName < fcaddress=WWPN | iscsi_name=InitiatorName >",
    "Adds a port address to a host.",
    category="host",
)
def host_add_port(context: Context, arguments: Arguments) -> None:
    """Give a host a port; a port belongs to one host only."""
    row = get(context, "host", arguments.text("host"))
    kind, port = _port(context, arguments)
    owner = context.get("port", port)
    if owner is not None:
        if owner["host"] != row["id"] or context.switch("xiv_own_port_again_refused"):
            raise FailureError("HOST_PORT_EXISTS")
        return
    row[kind] = [*row[kind], port]
    context.put("port", port, {"host": row["id"]}, row["id"])
    save(context, row)


@command(
    "host_remove_port host=HostName < fcaddress=WWPN | iscsi_name=InitiatorName >",
    "Removes a port from a host.",
    category="host",
)
def host_remove_port(context: Context, arguments: Arguments) -> None:
    """Take a port from a host."""
    row = get(context, "host", arguments.text("host"))
    kind, port = _port(context, arguments)
    if port not in row[kind]:
        raise FailureError("HOST_PORT_DOES_NOT_EXIST")
    row[kind] = [kept for kept in row[kind] if kept != port]
    context.remove("port", port)
    save(context, row)


@command(
    "host_connectivity_list [ host=HostName ]",
    "Lists the ports of hosts that are logged in.",
    category="host",
)
def host_connectivity_list(context: Context, arguments: Arguments) -> list[Record]:
    """List log-ins: one row per port of a host and port of the array it reached."""
    only = get(context, "host", arguments.text("host"))["id"] if "host" in arguments else None
    listed = []
    for port, _ in context.rows("login"):
        owner = context.get("port", port)
        if owner is not None and only in {None, owner["host"]}:
            listed.append(_connectivity(context, owner_name(context, f"host/{owner['host']}")[1], port))
    return listed


@command(
    "fc_connectivity_list [ fcport=ComponentId | wwpn=WWPN ] [ role=Initiator|Target ]",
    "Lists the Fibre Channel ports the system sees.",
    category="system",
    needs_switch="xiv_fc_connectivity",
)
def fc_connectivity_list(context: Context, arguments: Arguments) -> list[Record]:
    """List the WWPNs that are logged in, of hosts and of nobody; clients read component_id [S]."""
    only = wwpn(arguments.text("wwpn")) if "wwpn" in arguments else None
    listed = []
    for port, _ in context.rows("login"):
        if _WWPN.fullmatch(port) and only in {None, port} and arguments.text("role", "initiator").lower() != "target":
            leaves = {"component_id": "1:FC_Port:4:1", "wwpn": _written(context, port), "port_id": "00040000"}
            listed.append(Record("fc_connectivity", leaves | {"role": "Initiator"}))
    return [record for record in listed if arguments.text("fcport", "1:FC_Port:4:1") == record.leaves["component_id"]]


def save(context: Context, row: Row) -> None:
    """Keep a host, found by its cluster."""
    context.put("host", row["id"], row, row["cluster"])


def check_free(context: Context, kind: str, name: str) -> None:
    """Raise HOST_NAME_EXISTS or CLUSTER_NAME_EXISTS for a name somebody has."""
    if names.id_named(context, kind, name) is not None:
        raise FailureError("CLUSTER_NAME_EXISTS" if kind == "cluster" else "HOST_NAME_EXISTS")


def _port(context: Context, arguments: Arguments) -> tuple[str, str]:
    if ("fcaddress" in arguments) == ("iscsi_name" in arguments):
        raise FailureError("BAD_PARAMS", "Give fcaddress or iscsi_name")
    if "fcaddress" in arguments:
        return "fc_ports", wwpn(arguments.text("fcaddress"))
    iqn = arguments.text("iscsi_name")
    if not _IQN.fullmatch(iqn) or len(iqn) > 223:
        raise FailureError("ISCSI_HOST_ILLEGAL_PORT_NAME")
    return "iscsi_ports", iqn if context.switch("xiv_iqn_case_kept") else iqn.lower()


def _chap_name(arguments: Arguments) -> str:
    """Return the CHAP name; raises BAD_PARAMS without both, and for a secret that has not 96 to 128 bits [M]."""
    name, secret = arguments.text("iscsi_chap_name"), arguments.text("iscsi_chap_secret")
    if not name or not secret:
        raise FailureError("BAD_PARAMS", "iscsi_chap_name and iscsi_chap_secret go together")
    try:
        if secret[:2].lower() == "0x":
            size = len(bytes.fromhex(secret[2:]))
        else:
            size = len(base64.b64decode(secret[2:], validate=True) if secret[:2].lower() == "0b" else secret.encode())
    except ValueError:
        size = 0
    if not 12 <= size <= 16:
        raise FailureError("ILLEGAL_VALUE", "iscsi_chap_secret has 96 to 128 bits")
    return name


def _written(context: Context, port: str) -> str:
    """Return a port's address as this machine writes it."""
    return port.lower() if _WWPN.fullmatch(port) and not context.switch("xiv_wwn_upper_case") else port


def _record(context: Context, row: Row) -> Record:
    cluster = (context.get("cluster", row["cluster"]) or {"name": ""})["name"] if row["cluster"] else ""
    return Record(
        "host",
        {
            "id": int(row["id"]),
            "name": row["name"],
            "type": row["type"],
            "fc_ports": ",".join(_written(context, port) for port in row["fc_ports"]),
            "iscsi_ports": ",".join(row["iscsi_ports"]),
            "creator": "admin",
            "cluster": cluster,
            "user_group": "",
            "perf_class": "",
            "iscsi_chap_name": row["iscsi_chap_name"],
        },
        id=f"{int(row['id']):x}",
    )


def _connectivity(context: Context, host: str, port: str) -> Record:
    is_fc = _WWPN.fullmatch(port) is not None
    return Record(
        "host_connectivity",
        {
            "host": host,
            "host_port": _written(context, port),
            "module": "1:Module:4",
            "local_fc_port": "1:FC_Port:4:1" if is_fc else "",
            "local_iscsi_port": "" if is_fc else "iscsi1",
            "type": "FC" if is_fc else "iSCSI",
        },
    )

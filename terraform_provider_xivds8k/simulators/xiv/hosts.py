"""Hosts, their ports and log-ins, clusters."""

from __future__ import annotations

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
    if not re.fullmatch(r"[0-9A-F]{16}", bare):
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
    _check_free(context, "host", name)
    cluster = get(context, "cluster", arguments.text("cluster"))["id"] if "cluster" in arguments else ""
    if ("iscsi_chap_name" in arguments) != ("iscsi_chap_secret" in arguments):
        raise FailureError("BAD_PARAMS", "iscsi_chap_name and iscsi_chap_secret go together")
    row: Row = {
        "id": key_of(context.next_number("host")),
        "name": name,
        "type": arguments.choice("type", TYPES, "default"),
        "cluster": cluster,
        "fc_ports": [],
        "iscsi_ports": [],
        "iscsi_chap_name": arguments.text("iscsi_chap_name"),
    }
    names.give_name(context, "host", name, row["id"])
    _save(context, row)
    return [_record(context, row)]


@command("host_list [ host=HostName ]", "Lists all hosts or a specific one.", category="host")
def host_list(context: Context, arguments: Arguments) -> list[Record]:
    """List hosts; an unknown one gives an empty list."""
    if "host" not in arguments:
        return [_record(context, row) for _, row in context.rows("host")]
    found = names.id_named(context, "host", arguments.text("host"))
    row = None if found is None else context.get("host", found)
    return [] if row is None else [_record(context, row)]


@command("host_rename host=HostName new_name=Name", "Renames a host.", category="host")
def host_rename(context: Context, arguments: Arguments) -> None:
    """Give a host another name."""
    row, new_name = get(context, "host", arguments.text("host")), arguments.text("new_name")
    if names.id_named(context, "host", new_name) != row["id"]:
        _check_free(context, "host", new_name)
    names.drop_name(context, "host", row["name"])
    row["name"] = new_name
    names.give_name(context, "host", new_name, row["id"])
    _save(context, row)


@command("host_delete host=HostName", "Deletes a host.", category="host")
def host_delete(context: Context, arguments: Arguments) -> None:
    """Delete a host that is in no cluster; its mappings go with it or forbid it, by switch."""
    row = get(context, "host", arguments.text("host"))
    if row["cluster"]:
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
    kind, port = _port(arguments)
    owner = context.get("port", port)
    if owner is not None:
        if owner["host"] != row["id"]:
            raise FailureError("HOST_PORT_EXISTS")
        return
    row[kind] = [*row[kind], port]
    context.put("port", port, {"host": row["id"]}, row["id"])
    _save(context, row)


@command(
    "host_remove_port host=HostName < fcaddress=WWPN | iscsi_name=InitiatorName >",
    "Removes a port from a host.",
    category="host",
)
def host_remove_port(context: Context, arguments: Arguments) -> None:
    """Take a port from a host."""
    row = get(context, "host", arguments.text("host"))
    kind, port = _port(arguments)
    if port not in row[kind]:
        raise FailureError("HOST_PORT_DOES_NOT_EXIST")
    row[kind] = [kept for kept in row[kind] if kept != port]
    context.remove("port", port)
    _save(context, row)


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
            listed.append(_connectivity(owner_name(context, f"host/{owner['host']}")[1], port))
    return listed


@command(
    "cluster_create cluster=ClusterName [ type=default|hpux|zvm ] [ domain=DomainName ]",
    "Creates a new cluster.",
    category="host",
)
def cluster_create(context: Context, arguments: Arguments) -> None:
    """Make an empty cluster."""
    name = arguments.text("cluster")
    _check_free(context, "cluster", name)
    row = {
        "id": key_of(context.next_number("cluster")),
        "name": name,
        "type": arguments.choice("type", TYPES, "default"),
    }
    names.give_name(context, "cluster", name, row["id"])
    context.put("cluster", row["id"], row)


@command(
    "cluster_add_host cluster=ClusterName host=HostName [ map=cluster|host|none ]",
    "Adds a host to a cluster.",
    category="host",
)
def cluster_add_host(context: Context, arguments: Arguments) -> None:
    """Put a host into a cluster; raises HOST_BELONGS_TO_CLUSTER, HOST_HAS_MAPPINGS."""
    cluster = get(context, "cluster", arguments.text("cluster"))
    host = get(context, "host", arguments.text("host"))
    if host["cluster"]:
        raise FailureError("HOST_BELONGS_TO_CLUSTER")
    if attachments.of_owner(context, f"host/{host['id']}"):
        raise FailureError("HOST_HAS_MAPPINGS")
    host["cluster"] = cluster["id"]
    _save(context, host)


@command("cluster_remove_host cluster=ClusterName host=HostName", "Removes a host from a cluster.", category="host")
def cluster_remove_host(context: Context, arguments: Arguments) -> None:
    """Take a host out of a cluster."""
    cluster = get(context, "cluster", arguments.text("cluster"))
    host = get(context, "host", arguments.text("host"))
    if host["cluster"] != cluster["id"]:
        raise FailureError("HOST_NOT_IN_CLUSTER")
    host["cluster"] = ""
    _save(context, host)


@command("cluster_list [ cluster=ClusterName ]", "Lists a specific cluster or all of them.", category="host")
def cluster_list(context: Context, arguments: Arguments) -> list[Record]:
    """List clusters with the names of their hosts."""
    only = names.id_named(context, "cluster", arguments.text("cluster")) if "cluster" in arguments else None
    listed = []
    for key, row in context.rows("cluster"):
        if "cluster" not in arguments or key == only:
            members = ",".join(host["name"] for _, host in context.rows("host", key))
            leaves = {"name": row["name"], "hosts": members, "type": row["type"], "creator": "admin", "user_group": ""}
            listed.append(Record("cluster", leaves))
    return listed


@command("cluster_delete cluster=ClusterName", "Deletes a cluster.", category="host")
def cluster_delete(context: Context, arguments: Arguments) -> None:
    """Delete a cluster; its hosts stay, on their own."""
    row = get(context, "cluster", arguments.text("cluster"))
    if attachments.of_owner(context, f"cluster/{row['id']}"):
        raise FailureError("CLUSTER_HAS_MAPPINGS")
    for _, host in context.rows("host", row["id"]):
        _save(context, host | {"cluster": ""})
    names.drop_name(context, "cluster", row["name"])
    context.remove("cluster", row["id"])


def _save(context: Context, row: Row) -> None:
    context.put("host", row["id"], row, row["cluster"])


def _check_free(context: Context, kind: str, name: str) -> None:
    if names.id_named(context, kind, name) is not None:
        raise FailureError("CLUSTER_NAME_EXISTS" if kind == "cluster" else "HOST_NAME_EXISTS")


def _port(arguments: Arguments) -> tuple[str, str]:
    if ("fcaddress" in arguments) == ("iscsi_name" in arguments):
        raise FailureError("BAD_PARAMS", "Give fcaddress or iscsi_name")
    if "fcaddress" in arguments:
        return "fc_ports", wwpn(arguments.text("fcaddress"))
    iqn = arguments.text("iscsi_name")
    if not _IQN.fullmatch(iqn) or len(iqn) > 223:
        raise FailureError("ISCSI_HOST_ILLEGAL_PORT_NAME")
    return "iscsi_ports", iqn


def _record(context: Context, row: Row) -> Record:
    cluster = (context.get("cluster", row["cluster"]) or {"name": ""})["name"] if row["cluster"] else ""
    return Record(
        "host",
        {
            "id": int(row["id"]),
            "name": row["name"],
            "type": row["type"],
            "fc_ports": ",".join(row["fc_ports"]),
            "iscsi_ports": ",".join(row["iscsi_ports"]),
            "creator": "admin",
            "cluster": cluster,
            "user_group": "",
            "perf_class": "",
            "iscsi_chap_name": row["iscsi_chap_name"],
        },
        id=f"{int(row['id']):x}",
    )


def _connectivity(host: str, port: str) -> Record:
    is_fc = re.fullmatch(r"[0-9A-F]{16}", port) is not None
    return Record(
        "host_connectivity",
        {
            "host": host,
            "host_port": port,
            "module": "1:Module:4",
            "local_fc_port": "1:FC_Port:4:1" if is_fc else "",
            "local_iscsi_port": "" if is_fc else "iscsi1",
            "type": "FC" if is_fc else "iSCSI",
        },
    )

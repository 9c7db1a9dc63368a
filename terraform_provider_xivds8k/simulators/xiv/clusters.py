"""Clusters of hosts, whose hosts see the same volumes (xcli.md §3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import attachments, hosts, names
from .catalog import Arguments, FailureError, command
from .volume_store import key_of
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context


@command(
    "cluster_create cluster=ClusterName [ type=default|hpux|zvm ] [ domain=DomainName ]",
    "Creates a new cluster.",
    category="host",
)
def cluster_create(context: Context, arguments: Arguments) -> None:
    """Make an empty cluster."""
    name = arguments.text("cluster")
    hosts.check_free(context, "cluster", name)
    row = {
        "id": key_of(context.next_number("cluster")),
        "name": name,
        "type": arguments.choice("type", hosts.TYPES, "default"),
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
    cluster = hosts.get(context, "cluster", arguments.text("cluster"))
    host = hosts.get(context, "host", arguments.text("host"))
    if host["cluster"]:
        raise FailureError("HOST_BELONGS_TO_CLUSTER")
    mapped = attachments.of_owner(context, f"host/{host['id']}")
    if mapped and context.switch("xiv_join_mapped_refused"):
        raise FailureError("HOST_HAS_MAPPINGS")
    for mapping in mapped:
        attachments.drop(context, mapping)
    host["cluster"] = cluster["id"]
    hosts.save(context, host)


@command("cluster_remove_host cluster=ClusterName host=HostName", "Removes a host from a cluster.", category="host")
def cluster_remove_host(context: Context, arguments: Arguments) -> None:
    """Take a host out of a cluster."""
    cluster = hosts.get(context, "cluster", arguments.text("cluster"))
    host = hosts.get(context, "host", arguments.text("host"))
    if host["cluster"] != cluster["id"]:
        raise FailureError("HOST_NOT_IN_CLUSTER")
    host["cluster"] = ""
    hosts.save(context, host)


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


@command("cluster_rename cluster=ClusterName new_name=Name", "Renames a cluster.", category="host")
def cluster_rename(context: Context, arguments: Arguments) -> None:
    """Give a cluster another name."""
    row, new_name = hosts.get(context, "cluster", arguments.text("cluster")), arguments.text("new_name")
    if names.id_named(context, "cluster", new_name) != row["id"]:
        hosts.check_free(context, "cluster", new_name)
    names.drop_name(context, "cluster", row["name"])
    row["name"] = new_name
    names.give_name(context, "cluster", new_name, row["id"])
    context.put("cluster", row["id"], row)


@command("cluster_delete cluster=ClusterName", "Deletes a cluster.", category="host")
def cluster_delete(context: Context, arguments: Arguments) -> None:
    """Delete a cluster; its hosts stay, on their own."""
    row = hosts.get(context, "cluster", arguments.text("cluster"))
    if attachments.of_owner(context, f"cluster/{row['id']}"):
        raise FailureError("CLUSTER_HAS_MAPPINGS")
    for _, host in context.rows("host", row["id"]):
        hosts.save(context, host | {"cluster": ""})
    names.drop_name(context, "cluster", row["name"])
    context.remove("cluster", row["id"])

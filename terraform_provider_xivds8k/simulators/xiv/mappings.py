"""Mappings of volumes to hosts and clusters.

The LUN is the sender's choice, so two senders can race for one (§3.6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import attachments, hosts, volume_store
from .catalog import Arguments, FailureError, command
from .wire import Record

if TYPE_CHECKING:
    from ..context import Context

HIGHEST_LUN = 511  # [K]
Row = dict[str, Any]


@command(
    "map_vol < host=HostName | cluster=ClusterName > vol=VolName lun=LUN [ override=yes|no ]",
    "Maps a volume to a host or a cluster.",
    category="host",
)
def map_vol(context: Context, arguments: Arguments) -> None:
    """Map a volume; raises LUN_ALREADY_IN_USE without override, and warns when it is mapped elsewhere."""
    owner = _owner(context, arguments)
    volume = volume_store.get(context, arguments.text("vol"))
    volume_store.check_not_internal(volume)
    lun = arguments.number("lun")
    if lun > HIGHEST_LUN or (lun == 0 and not context.switch("xiv_lun_zero_allowed")):
        raise FailureError("ILLEGAL_LUN")
    override = arguments.flag("override")
    mapped = attachments.of_volume(context, volume["id"])
    mine = next((row for row in mapped if row["owner"] == owner), None)
    taken = context.get("lun", f"{owner}/{lun:03d}")
    if mine is not None and mine["lun"] == lun:
        return
    if mine is not None and not override:
        raise FailureError("VOLUME_ALREADY_ASSIGNED")
    if taken is not None and not override:
        raise FailureError("LUN_ALREADY_IN_USE")
    if any(row["owner"] != owner for row in mapped):
        arguments.confirm(context, "ARE_YOU_SURE_YOU_WANT_TO_MAP_VOLUME")
    if mine is not None:
        attachments.drop(context, mine)
    if taken is not None:
        attachments.drop(context, {"owner": owner, "volume": taken["volume"], "lun": lun})
    attachments.add(context, owner, volume["id"], lun)


@command(
    "unmap_vol < host=HostName | cluster=ClusterName > vol=VolName",
    "Unmaps a volume from a host or a cluster.",
    category="host",
)
def unmap_vol(context: Context, arguments: Arguments) -> None:
    """Unmap a volume."""
    owner = _owner(context, arguments)
    volume = volume_store.get(context, arguments.text("vol"))
    row = context.get("mapping", f"{owner}/{volume['id']}")
    if row is not None:
        attachments.drop(context, row)
    elif context.switch("xiv_unmap_missing_refused"):
        raise FailureError("MAPPING_IS_NOT_DEFINED")


@command(
    "mapping_list [ host=HostName | cluster=ClusterName ]",
    "Lists the mapping of volumes to hosts and clusters.",
    category="host",
)
def mapping_list(context: Context, arguments: Arguments) -> list[Record]:
    """List mappings of one host or cluster, or of the whole system, which then names each owner."""
    if "host" in arguments or "cluster" in arguments:
        owner = _owner(context, arguments, in_cluster_refused=False)
        return [_record(context, row, whole_system=False) for row in attachments.of_owner(context, owner)]
    return [_record(context, row, whole_system=True) for _, row in context.rows("mapping")]


@command(
    "vol_mapping_list vol=VolName",
    "Lists all hosts and clusters to which a volume is mapped.",
    category="host",
)
def vol_mapping_list(context: Context, arguments: Arguments) -> list[Record]:
    """List who a volume is mapped to; a cluster's name stands in ``host`` with type=cluster."""
    volume = volume_store.get(context, arguments.text("vol"))
    listed = []
    for row in attachments.of_volume(context, volume["id"]):
        kind, name = hosts.owner_name(context, row["owner"])
        listed.append(Record("mapping", {"host": name, "type": kind, "lun": row["lun"]}))
    return listed


def _record(context: Context, row: Row, *, whole_system: bool) -> Record:
    volume = context.get("volume", row["volume"]) or {}
    master = context.get("volume", volume["master"]) if volume["master"] else None
    kind, name = hosts.owner_name(context, row["owner"])
    return Record(
        "mapping",
        ({"host": name, "type": kind} if whole_system else {})
        | {
            "lun": row["lun"],
            "volume": volume["name"],
            "size": volume["size_bytes"] // 10**9,
            "master": "" if master is None else master["name"],
            "serial": volume["serial"],
            "locked": volume["locked"],
        },
    )


def _owner(context: Context, arguments: Arguments, *, in_cluster_refused: bool = True) -> str:
    if ("host" in arguments) == ("cluster" in arguments):
        raise FailureError("BAD_PARAMS", "Give host or cluster")
    if "cluster" in arguments:
        return f"cluster/{hosts.get(context, 'cluster', arguments.text('cluster'))['id']}"
    host = hosts.get(context, "host", arguments.text("host"))
    if host["cluster"]:
        if in_cluster_refused:
            raise FailureError("HOST_BELONGS_TO_CLUSTER")
        return f"cluster/{host['cluster']}"
    return f"host/{host['id']}"

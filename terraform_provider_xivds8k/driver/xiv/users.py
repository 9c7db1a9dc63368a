"""What on the array depends on a volume: mappings, snapshots, mirrors, its group, in words fit for an error text."""

from __future__ import annotations

from ..errors import NotFound
from ..objects import Users, Volume
from ..waiting import Budget
from .client import Client
from .records import Record


def users_of(client: Client, volume: Volume, budget: Budget) -> Users:
    """Return what depends on a volume that was just read, by direct reads; raises NotFound where it vanished."""
    mappings = client.read("vol_mapping_list", budget, vol=volume.name)
    snapshots = () if volume.is_snapshot else client.read("snapshot_list", budget, vol=volume.name)
    mirrors = client.read("mirror_list", budget, vol=volume.name)
    relations = tuple(map(_mirror, mirrors)) or (("a mirror",) if volume.replicated else ())
    return Users(
        mappings=tuple(map(_mapping, mappings)),
        snapshots=tuple(map(_snapshot, snapshots)),
        relations=relations,
        groups=_groups(volume),
    )


def mapped_names(client: Client, names: tuple[str, ...] | None, budget: Budget) -> frozenset[str]:
    """Return which volumes are mapped: of these names one by one, or with None of the whole array at once."""
    if names is None:
        return frozenset(record.text("volume") for record in client.read("mapping_list", budget))
    return frozenset(name for name in names if _is_mapped(client, name, budget))


def secondary_names(client: Client, names: tuple[str, ...] | None, budget: Budget) -> frozenset[str]:
    """Return which volumes are slaves of a mirror: of these names one by one, or with None of the whole array at once.

    Leaves of ``mirror_list``: xcli.md §3.9 [S].
    """
    asked: tuple[dict[str, str], ...] = ({},) if names is None else tuple({"vol": name} for name in names)
    records = [record for arguments in asked for record in client.read("mirror_list", budget, **arguments)]
    slaves = (record for record in records if (record.find_text("current_role") or "").casefold() == "slave")
    return frozenset(record.text("local_peer_name") for record in slaves)


def mapped_names_of_host(client: Client, host: str, budget: Budget) -> frozenset[str]:
    """Return the names of the volumes mapped to a host or to its cluster; raises NotFound (attribute ``host``)."""
    found = client.read("host_list", budget, host=host)
    if not found:
        raise NotFound(
            f"No host {host!r} on the array", next_step="Correct the name; hosts are found by name.", attribute="host"
        )
    mapped = client.read("mapping_list", budget, host=host)
    cluster = found[0].find_text("cluster")
    if cluster is not None:
        mapped += client.read("mapping_list", budget, cluster=cluster)
    return frozenset(record.text("volume") for record in mapped)


def _is_mapped(client: Client, name: str, budget: Budget) -> bool:
    try:
        return bool(client.read("vol_mapping_list", budget, vol=name))
    except NotFound:
        return False  # vanished since it was listed


def _groups(volume: Volume) -> tuple[str, ...]:
    group = (f"consistency group {volume.group}",) if volume.group else ()
    return (*group, *((f"snapshot group {volume.snapshot_group}",) if volume.snapshot_group else ()))


def _mapping(record: Record) -> str:
    """Say where a volume is mapped; ``host`` is a cluster's name where ``type`` says so (xcli.md §3.6 [S])."""
    kind = "cluster" if (record.find_text("type") or "").casefold() == "cluster" else "host"
    return f"mapped to {kind} {record.text('host')} as LUN {record.text('lun')}"


def _snapshot(record: Record) -> str:
    group = record.find_text("sg_name")
    return f"snapshot {record.text('name')}" + (f" of snapshot group {group}" if group else "")


def _mirror(record: Record) -> str:
    peer = record.find_text("remote_peer_name") or "an unknown peer"
    role = record.find_text("current_role")
    return f"mirror to {peer} on {record.find_text('target_name') or 'an unknown target'}" + (
        f" ({role} here)" if role else ""
    )

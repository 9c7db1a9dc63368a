"""What is mapped to hosts and clusters (xcli.md §3.6).

The array lists mappings by names.  Commands act by name too: a volume's is compared with its WWN right before, a
host's with its number; a cluster is nothing but its name.  Which LUN is
free is left to the flow: the array takes the one it is told.
"""

from __future__ import annotations

from dataclasses import replace

from ..attaching import Host, Mapping
from ..errors import NotFound, Refused
from ..objects import Volume
from ..waiting import Budget
from .client import Client
from .hosts import XIVHosts
from .records import Record
from .volumes import XIVVolumes

MAPPED_ELSEWHERE = "ARE_YOU_SURE_YOU_WANT_TO_MAP_VOLUME"  # the array's question [M]


class XIVMappings:
    """Keep the contract of ``array.Mappings``."""

    by_name = True

    def __init__(self, client: Client, volumes: XIVVolumes, hosts: XIVHosts) -> None:
        self._client = client
        self._volumes = volumes
        self._hosts = hosts

    def listing(self, budget: Budget) -> tuple[Mapping, ...]:
        """Return all mappings of the array, in one call."""
        return tuple(_listed(record) for record in self._client.read("mapping_list", budget))

    def of_host(self, host: Host, budget: Budget) -> tuple[Mapping, ...]:
        """Return the mappings of a host and of its cluster, in one call for each.

        What the array lists of a host in a cluster contains the cluster's (the simulator's rule [K]).
        """
        records = self._client.read("mapping_list", budget, host=host.name)
        shared = self._of_cluster(host.cluster, budget) if host.cluster is not None else ()
        twice = {(one.volume_name, one.lun) for one in shared}
        own = tuple(_mapping(record, host=host) for record in records)
        return (*(one for one in own if (one.volume_name, one.lun) not in twice), *shared)

    def of_cluster(self, cluster: str, budget: Budget) -> tuple[str, tuple[Mapping, ...]]:
        """Return a cluster's own name, and its mappings and those of single hosts in it, in two calls.

        The array may find a cluster by a name spelled in another case; what it lists is spelled as the cluster is [K].
        """
        found = self._client.read("cluster_list", budget, cluster=cluster)
        if not found:
            raise NotFound(f"No cluster {cluster!r} on the array", attribute="cluster")
        name, members = found[0].text("name"), frozenset(found[0].text("hosts").split(","))
        listed = self.listing(budget)
        return name, tuple(one for one in listed if one.cluster == name or one.host_name in members)

    def _of_cluster(self, cluster: str, budget: Budget) -> tuple[Mapping, ...]:
        records = self._client.read("mapping_list", budget, cluster=cluster)
        return tuple(_mapping(record, cluster=cluster) for record in records)

    def of_volume(self, volume: Volume, budget: Budget) -> tuple[Mapping, ...]:
        """Return the mappings of a volume that was just read, in one call; raises NotFound where it is gone."""
        records = self._client.read("vol_mapping_list", budget, vol=volume.name)
        return tuple(replace(_listed(record, volume.name), volume_id=volume.id) for record in records)

    def map(self, volume: Volume, holder: Host | str, lun: int | None, budget: Budget) -> None:
        """Map a volume; that it is mapped elsewhere already is confirmed only after a look of our own."""
        if lun is None:
            raise Refused("A LUN is needed on this array", attribute="lun")
        try:
            self._map(volume, holder, lun, budget)
        except Refused as question:
            if question.code != MAPPED_ELSEWHERE or not self.of_volume(volume, budget):
                raise
            self._map(volume, holder, lun, budget, sure=True)

    def _map(self, volume: Volume, holder: Host | str, lun: int, budget: Budget, *, sure: bool = False) -> None:
        cluster, host = (holder, None) if isinstance(holder, str) else (None, holder.name)
        named = self._volumes.confirm(volume, budget)
        if not isinstance(holder, str):
            self._hosts.confirm(holder, budget)
        self._client.write("map_vol", budget, sure=sure, host=host, cluster=cluster, vol=named.name, lun=lun)

    def unmap(self, volume: Volume, mapping: Mapping, budget: Budget) -> None:
        """End a mapping just read; NotFound where there is none any more."""
        host = mapping.host_name if mapping.cluster is None else None
        named = self._volumes.confirm(volume, budget)
        if host is not None and mapping.host_id is not None:
            self._hosts.confirm(Host(id=mapping.host_id, name=host, system_id=volume.system_id), budget)
        self._client.write("unmap_vol", budget, sure=True, host=host, cluster=mapping.cluster, vol=named.name)


def _listed(record: Record, volume_name: str | None = None) -> Mapping:
    """Return a row of a form that tells the holder; ``host`` is a cluster's name where ``type`` says so [S]."""
    kind = (record.find_text("type") or "").casefold()
    cluster = record.find_text("cluster") or (record.text("host") if kind == "cluster" else None)
    return _row(record, volume_name, None, None if cluster is not None else record.text("host"), cluster)


def _mapping(record: Record, *, host: Host | None = None, cluster: str | None = None) -> Mapping:
    """Return a row of a form that leaves the holder out."""
    return _row(record, None, host.id if host else None, host.name if host else None, cluster)


def _row(
    record: Record, volume_name: str | None, host_id: str | None, host_name: str | None, cluster: str | None
) -> Mapping:
    return Mapping(
        volume_id=None,
        volume_name=volume_name if volume_name is not None else record.text("volume"),
        host_id=host_id,
        host_name=host_name,
        cluster=cluster,
        lun=record.integer("lun"),
        lun_id=record.text("lun"),
    )

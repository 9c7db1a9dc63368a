"""What is mapped to the hosts of a DS8000 (ds8k-rest.md §2, §3 "mapping", "lunid" [S]).

Hosts carry ``mappings_briefs`` on newer releases; older ones are asked host by host.  A host is addressed by its id,
so that one renamed meanwhile is still the host meant; a mapping by its LUN, which the flow has read right before.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from ..attaching import NO_NUMBER, Host, Mapping
from ..errors import NotFound, Refused, Unsupported
from ..objects import Volume
from ..waiting import Budget
from .client import Client
from .envelope import REPORT_IT, Record, confirm_parts
from .records import reference, text

_MASKED = re.compile("40([0-9A-F]{2})40([0-9A-F]{2})")
_MAPPED = re.compile("[0-9A-F]{2}")


class DS8KMappings:
    """Keep the contract of ``array.Mappings``."""

    by_name = False

    def __init__(self, client: Client) -> None:
        self._client = client

    def listing(self, budget: Budget) -> tuple[Mapping, ...]:
        """Return all mappings of the array: one call, and one for each host on a release without briefs."""
        return listing(self._client, budget)

    def of_host(self, host: Host, budget: Budget) -> tuple[Mapping, ...]:
        """Return the mappings of a host, in one call, two on a release without briefs."""
        records = self._client.read(_path(host), budget, f"list the mappings of {host.name}").records("hosts")
        if len(records) != 1 or _id(records[0]) != host.id:
            raise Refused(f"The array's answer is not about host {host.name} ({host.id})", next_step=REPORT_IT)
        return mappings_of(self._client, records, budget)

    def of_cluster(self, cluster: str, budget: Budget) -> tuple[str, tuple[Mapping, ...]]:  # noqa: ARG002 - the contract
        """Raise Unsupported: a DS8000 has no clusters."""
        raise _no_clusters()

    def of_volume(self, volume: Volume, budget: Budget) -> tuple[Mapping, ...]:
        """Return the mappings of a volume."""
        return tuple(one for one in self.listing(budget) if one.volume_id == volume.id)

    def map(self, volume: Volume, holder: Host | str, lun: int | None, budget: Budget) -> None:
        """Map a volume to a host under a LUN, with None under the one that follows from its id.

        The code for a LUN in use is not known [K], so that it is an error as any other.
        """
        if isinstance(holder, str):
            raise _no_clusters()
        params = {"volumes": [volume.id]} if lun is None else {"mappings": [{f"{lun:02X}": volume.id}]}
        doing = f"map volume {volume.id} to host {holder.name}"
        confirm_parts(self._client.write("POST", f"{_path(holder)}/mappings", budget, doing, params), doing)

    def unmap(self, volume: Volume, mapping: Mapping, budget: Budget) -> None:
        """End a mapping just read; NotFound where there is none under its LUN any more."""
        doing = f"unmap volume {volume.id} from host {mapping.host_name}"
        path = f"{_path_of(mapping.host_id or '')}/mappings/{quote(mapping.lun_id, safe='')}"
        confirm_parts(self._client.write("DELETE", path, budget, doing, None), doing)


def listing(client: Client, budget: Budget) -> tuple[Mapping, ...]:
    """Return all mappings of the array."""
    return mappings_of(client, client.read("/hosts", budget, "list what is mapped").records("hosts"), budget)


def mappings_of(client: Client, hosts: tuple[Record, ...], budget: Budget) -> tuple[Mapping, ...]:
    """Return the mappings of hosts by their records; one that vanishes while it is asked has none."""
    found: list[Mapping] = []
    for host in hosts:
        briefs = host.get("mappings_briefs")
        if not isinstance(briefs, list) or not all(isinstance(brief, dict) for brief in briefs):
            briefs = _asked(client, host, budget)
        found += [_mapping(host, brief) for brief in briefs]
    return tuple(found)


def _asked(client: Client, host: Record, budget: Budget) -> list[Record]:
    name, host_id = text(host, "name"), _id(host)
    path = _path_of(host_id) if host_id else f"/hosts/{quote(name, safe='')}"
    try:
        return list(client.read(f"{path}/mappings", budget, f"list the mappings of {name}").records("mappings"))
    except NotFound:  # of the host, or of something else: a mapping that is not seen could be lost with its volume
        if any(_id(one) == host_id and text(one, "name") == name for one in _hosts(client, budget)):
            raise
        return []


def _hosts(client: Client, budget: Budget) -> tuple[Record, ...]:
    return client.read("/hosts", budget, "list the hosts").records("hosts")


def _mapping(host: Record, brief: Record) -> Mapping:
    name, lun_id = text(host, "name"), text(brief, "lunid", "?").upper()
    volume_id = reference(brief, "volume_id") or reference(brief, "volume")
    if not volume_id:  # left out, it would look as if some volume were not mapped
        raise Refused(
            f"The array's answer does not say which volume host {name} has as LUN {lun_id}", next_step=REPORT_IT
        )
    return Mapping(
        volume_id=volume_id,
        volume_name=None,
        host_id=_id(host) or None,
        host_name=name,
        cluster=None,
        lun=_lun(lun_id),
        lun_id=lun_id,
    )


def _lun(lun_id: str) -> int:
    """Return the number a host sees: of a masked one the halves of 40LL40VV are the other way round [S].

    Another text is no number: who uses a volume is told all the same.
    """
    masked = _MASKED.fullmatch(lun_id)
    if masked:
        return int(f"40{masked[2]}40{masked[1]}", 16)
    return int(lun_id, 16) if _MAPPED.fullmatch(lun_id) else NO_NUMBER


def _id(host: Record) -> str:
    return text(host, "host_id", text(host, "id", "")).upper()


def _path(host: Host) -> str:
    return _path_of(host.id)


def _path_of(host_id: str) -> str:
    return f"/hosts%5Bid={quote(host_id, safe='')}%5D"


def _no_clusters() -> Unsupported:
    return Unsupported(
        "A DS8000 has no clusters", next_step="Attach the volume to each host by itself.", attribute="cluster"
    )

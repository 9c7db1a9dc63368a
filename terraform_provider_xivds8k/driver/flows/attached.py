"""Where volumes are attached: told directly, from what was listed lately, or all at once.  Nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..array import Volumes
from ..attaching import Attachment, Host, Mapping, Targets
from ..core import Core
from ..errors import InUse, NotFound, Refused
from ..objects import Volume
from ..waiting import Budget
from .holders import Held, Holder, Holders, fitting, number_of
from .sightings import Sightings

HEALTHY = frozenset({"normal", "migrating", "unknown"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Be what an attachment tells of the array beside the mapping: its ports, and the hosts of a cluster."""

    targets: Targets
    hosts: tuple[Host, ...] = ()


class Attached:
    """Read the attachments of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._volumes = core.array.volumes
        self._holders = Holders(core)
        self._sightings = Sightings(core)

    def surroundings(self, cluster: str | None, budget: Budget) -> Surroundings:
        """Return them as they were at most a minute ago; a cluster is spelled as the array does."""
        recent = self._core.recent
        hosts = recent.hosts.get(budget) if cluster is not None else ()
        return Surroundings(recent.targets.get(budget), tuple(one for one in hosts if one.cluster == cluster))

    def spelled(self, cluster: str | None, budget: Budget) -> str | None:
        """Return a cluster's name as the array spells it; only one no listed host is in is asked for."""
        if cluster is None or any(one.cluster == cluster for one in self._core.recent.hosts.get(budget)):
            return cluster
        return self._holders.spelled(cluster, budget)

    def find(self, volume_id: str, holder: Holder, lun: int | None, budget: Budget) -> Attachment | None:
        """Return an attachment as it is now; of several LUNs the one given, else the lowest."""
        sight = self._sightings.look(volume_id, holder, budget)
        if sight.volume is None or sight.held is None or not sight.own:
            return None
        around = self.surroundings(sight.held.cluster, budget)
        return described(sight.volume, sight.held, _preferred(sight.own, lun), around)

    def find_recent(
        self, volume_id: str, holder: Holder, lun: int | None, system_id: str, budget: Budget
    ) -> Attachment | None:
        """Return an attachment as it was at most a minute ago, None only where the array says so now."""
        volume = self._core.find_recent_volume(volume_id, system_id, budget)
        if volume is None:
            return None
        hosts = {host.id: host for host in self._core.recent.hosts.get(budget)}
        host = hosts.get(holder.host_id or "")
        if host is not None or holder.cluster is not None:
            listed = self._core.recent.mappings.get(budget)
            taken = (*listed.get(volume.id, ()), *listed.get(volume.name, ()))
            held = Held(host, holder.cluster, tuple(_identified(one, host) for one in taken))
            own = held.own(volume)
            if own:
                return described(volume, held, _preferred(own, lun), self.surroundings(holder.cluster, budget))
        return self.find(volume_id, holder, lun, budget)

    def listing(self, budget: Budget) -> tuple[Attachment, ...]:
        """Return all attachments, by holder and LUN: what other arrays' volumes and nobody's hosts have is left out."""
        array = self._core.array
        pools = tuple(pool for pool in array.pools(budget) if pool.storage_type == "fb")
        volumes = array.volumes.listing(pools, budget)
        by_id, by_name = {one.id: one for one in volumes}, {one.name: one for one in volumes}
        hosts = array.hosts.listing(budget)
        by_host = {one.name: one for one in hosts}
        targets, found = self._core.recent.targets.get(budget), []
        for mapping in array.mappings.listing(budget):
            known = mapping.volume_id is not None
            volume = by_id.get(mapping.volume_id or "") if known else by_name.get(mapping.volume_name or "")
            host = by_host.get(mapping.host_name or "") if mapping.cluster is None else None
            if volume is not None and (host is not None or mapping.cluster is not None):
                members = tuple(one for one in hosts if one.cluster == mapping.cluster) if host is None else ()
                held = Held(host, mapping.cluster, ())
                found.append(described(volume, held, mapping, Surroundings(targets, members)))
        return tuple(sorted(found, key=lambda one: (one.cluster or "", one.host_name or "", one.lun, one.volume_id)))

    # exports

    def exportable(self, volume_id: str, budget: Budget) -> Targets:
        """Return the array's ports once a volume is seen that can be attached.

        Raises NotFound, Refused for one that is damaged or the secondary of a pair.
        """
        (volume,) = self._volumes.detailed((present(self._volumes, volume_id, budget),), budget)
        if volume.is_secondary:
            raise Refused(
                f"Volume {volume.name} is the secondary of a pair",
                happened="What a host writes would be refused by the array.",
                next_step="Attach its primary.",
                attribute="volume_id",
            )
        if (volume.status or "normal").casefold() not in HEALTHY:
            raise Refused(
                f"Volume {volume.name} is not healthy: the array calls it {volume.status}",
                next_step="Look at the array's health.",
                attribute="volume_id",
            )
        return self._core.array.targets(budget)

    def refuse_exported(self, volume_id: str, budget: Budget) -> None:
        """Raise InUse where a volume is mapped to anybody; one that is gone is not."""
        volume = self._volumes.find(volume_id, budget)
        mapped = self._core.array.mappings.of_volume(volume, budget) if volume is not None else ()
        if volume is not None and mapped:
            raise InUse(
                f"Volume {volume.name} is attached",
                happened=f"It is mapped to {', '.join(f'{one.holder} as LUN {one.lun}' for one in mapped)}.",
                left_behind="Nothing was changed.",
                next_step="Detach it first.",
                attribute="volume_id",
            )


def present(volumes: Volumes, volume_id: str, budget: Budget) -> Volume:
    """Return a volume that hosts can use; raises NotFound and Refused (``volume_id``)."""
    try:
        volume = volumes.find(volume_id, budget)
    except Refused as refusal:  # of what cannot be an id
        if refusal.attribute == "id":
            refusal.attribute = "volume_id"
        raise
    if volume is None:
        raise NotFound(
            f"No volume {volume_id!r} on the array",
            left_behind="Nothing was changed.",
            next_step="Correct the id.",
            attribute="volume_id",
        )
    if volume.storage_type != "fb":
        raise Refused(
            f"Volume {volume.id} is a CKD volume and cannot be attached to a host",
            left_behind="Nothing was changed.",
            next_step="Choose an FB volume.",
            attribute="volume_id",
        )
    return volume


def described(volume: Volume, held: Held, found: Mapping | int, around: Surroundings) -> Attachment:
    """Return the attachment a mapping, or the LUN of one just made, is."""
    targets = fitting(around.targets, (held.host,) if held.host is not None else around.hosts)
    return Attachment(
        volume_id=volume.id,
        system_id=volume.system_id,
        host_id=held.host.id if held.host is not None else None,
        host_name=held.host.name if held.host is not None else None,
        cluster=held.cluster,
        lun=found if isinstance(found, int) else number_of(found, held.label),
        device_path=volume.device_path,
        target_wwpns=targets.wwpns,
        target_iqn=targets.iqn,
        target_portals=targets.portals,
        offline=targets.offline & {*targets.wwpns, *targets.portals},
    )


def _preferred(own: tuple[Mapping, ...], lun: int | None) -> Mapping:
    return next((one for one in own if one.lun == lun), own[0])


def _identified(mapping: Mapping, host: Host | None) -> Mapping:
    """Return a listed mapping with the id of a host it tells by name."""
    if host is None or mapping.host_id is not None or mapping.host_name != host.name:
        return mapping
    return replace(mapping, host_id=host.id)

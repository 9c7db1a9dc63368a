"""What is mapped on an array in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from terraform_provider_xivds8k.driver import AlreadyExists, InDoubt, LunTaken, NotFound, Refused, Unsupported, Volume
from terraform_provider_xivds8k.driver.attaching import Host, Mapping
from terraform_provider_xivds8k.driver.waiting import Budget

if TYPE_CHECKING:
    from .memory_array import MemoryArray


class MemoryMappings:
    """Hold mappings in the order they were made.

    ``loses`` says what becomes of a write whose answer is lost; ``on_map`` is somebody who acts right before a mapping;
    ``refuses`` is the code by which a mapping is refused that is made all the same.
    """

    def __init__(self, array: MemoryArray) -> None:
        self._array = array
        self.by_name = array.family == "xiv"
        self.held: list[Mapping] = []
        self.loses: Literal["", "before", "after"] = ""
        self.on_map: Callable[[], None] = lambda: None
        self.refuses = ""
        self.sent = 0

    def listing(self, budget: Budget) -> tuple[Mapping, ...]:
        """Return all mappings."""
        return tuple(self.held)

    def of_host(self, host: Host, budget: Budget) -> tuple[Mapping, ...]:
        """Return the mappings of a host and of its cluster."""
        return tuple(
            one for one in self.held if one.host_id == host.id or (host.cluster and one.cluster == host.cluster)
        )

    def of_cluster(self, cluster: str, budget: Budget) -> tuple[str, tuple[Mapping, ...]]:
        """Return a cluster's name, and what takes a LUN of it."""
        if self._array.family == "ds8k":
            raise Unsupported("No clusters", attribute="cluster")
        clusters = self._array.hosts.clusters(budget)
        if cluster not in clusters:
            raise NotFound(f"No cluster {cluster!r}", attribute="cluster")
        return cluster, tuple(one for one in self.held if one.cluster == cluster or one.host_id in clusters[cluster])

    def of_volume(self, volume: Volume, budget: Budget) -> tuple[Mapping, ...]:
        """Return the mappings of a volume."""
        return tuple(one for one in self.held if one.volume_id == volume.id)

    def map(self, volume: Volume, holder: Host | str, lun: int | None, budget: Budget) -> None:
        """Map a volume."""
        self.sent += 1
        self.on_map()
        cluster = holder if isinstance(holder, str) else None
        host = holder if isinstance(holder, Host) else None
        taken = (
            self.of_cluster(cluster, budget)[1] if cluster is not None else self.of_host(host, budget) if host else ()
        )
        if any(one.lun == lun for one in taken):
            raise LunTaken("In use", code="LUN_ALREADY_IN_USE", words="LUN is already in use", attribute="lun")
        if any(one.volume_id == volume.id for one in taken):
            raise AlreadyExists("Mapped", code="VOLUME_ALREADY_ASSIGNED", words="Mapped", attribute="lun")
        if self.loses != "before":
            self.held.append(mapping_of(volume, host, cluster, lun if lun is not None else masked_lun(volume.id)))
        if self.refuses:
            raise Refused("Not mapped", code=self.refuses, words="No")
        if self.loses:
            raise InDoubt("The answer was lost")

    def unmap(self, volume: Volume, mapping: Mapping, budget: Budget) -> None:
        """End a mapping."""
        self.sent += 1
        if mapping not in self.held:
            raise NotFound("No such mapping", code="MAPPING_IS_NOT_DEFINED", words="Not defined")
        if self.loses != "before":
            self.held.remove(mapping)
        if self.loses:
            raise InDoubt("The answer was lost")


def mapping_of(volume: Volume, host: Host | None, cluster: str | None, lun: int) -> Mapping:
    """Return the mapping of a volume to a host or a cluster."""
    return Mapping(
        volume_id=volume.id,
        volume_name=volume.name,
        host_id=host.id if host else None,
        host_name=host.name if host else None,
        cluster=cluster,
        lun=lun,
        lun_id=f"{lun:02X}",
    )


def masked_lun(volume_id: str) -> int:
    """Return the LUN under which a host addressed by LUN masking sees a volume."""
    return int(f"40{volume_id[2:]}40{volume_id[:2]}", 16)

"""Hosts of an array in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from terraform_provider_xivds8k.driver import AlreadyExists, InUse, NotFound, PortKind, Secret
from terraform_provider_xivds8k.driver.array import HostMaking
from terraform_provider_xivds8k.driver.attaching import Host, HostOrder, HostPort
from terraform_provider_xivds8k.driver.waiting import Budget

if TYPE_CHECKING:
    from .memory_array import MemoryArray


class MemoryHosts:
    """Hold hosts by id; ``strangers`` are ports that logged in and belong to nobody."""

    def __init__(self, array: MemoryArray) -> None:
        xiv = array.family == "xiv"
        self._array = array
        self.making = HostMaking(
            types=("default", "hpux", "zvm") if xiv else ("Linux", "VMWare", "iSeries"),
            default_type="default" if xiv else "Linux",
            has_iqns=xiv,
            has_clusters=xiv,
        )
        self.held: dict[str, Host] = {}
        self.secrets: dict[str, Secret | None] = {}
        self.made_clusters: set[str] = set()
        self.strangers: set[str] = set()
        self.logged_in: set[str] = set()
        self.on_add: Callable[[Host], None] = lambda _: None
        self.on_create: Callable[[Host], None] = lambda _: None
        self.on_delete: Callable[[Host], None] = lambda _: None
        self._number = 0

    def listing(self, budget: Budget) -> tuple[Host, ...]:
        """Return all hosts."""
        return tuple(self.held.values())

    def find(self, host_id: str, budget: Budget) -> Host | None:
        """Return the host of that id."""
        return self.held.get(host_id)

    def ports(self, budget: Budget) -> tuple[HostPort, ...]:
        """Return all ports."""
        owned = [
            HostPort(
                address=port,
                kind="iscsi" if port in host.iqns else "fc",
                host_id=host.id,
                host_name=host.name,
                logged_in=port in self.logged_in,
            )
            for host in self.held.values()
            for port in host.ports
        ]
        strangers = (
            HostPort(address=port, kind="fc", host_id=None, host_name=None, logged_in=True)
            for port in sorted(self.strangers)
        )
        return (*owned, *strangers)

    def clusters(self, budget: Budget) -> Mapping[str, tuple[str, ...]]:
        """Return who is in each cluster."""
        names = self.made_clusters | {host.cluster for host in self.held.values() if host.cluster is not None}
        return {name: tuple(host.id for host in self.held.values() if host.cluster == name) for name in sorted(names)}

    def find_cluster(self, name: str, budget: Budget) -> str | None:
        """Return the cluster of a name."""
        return name if name in self.clusters(budget) else None

    def create(self, order: HostOrder, budget: Budget) -> str:
        """Make a host."""
        if any(host.name == order.name for host in self.held.values()):
            raise AlreadyExists(f"Host {order.name} exists", attribute="name", code="HOST_NAME_EXISTS", words="Exists")
        self._number += 1
        host_id = f"H{self._number}" if self._array.family == "ds8k" else str(100 + self._number)
        self.held[host_id] = Host(
            id=host_id,
            name=order.name,
            system_id=self._array.system_id(budget),
            type=order.type or self.making.default_type,
            chap_name=order.chap_name,
        )
        self.secrets[host_id] = order.chap_secret
        self.on_create(self.held[host_id])
        return host_id

    def rename(self, host: Host, new_name: str, budget: Budget) -> None:
        """Give a host another name."""
        self._set(host, name=new_name)

    def retype(self, host: Host, new_type: str, budget: Budget) -> None:
        """Give a host another type."""
        self._set(host, type=new_type)

    def add_port(self, host: Host, address: str, kind: PortKind, budget: Budget) -> None:
        """Give a port to a host."""
        self.on_add(host)
        if any(address in other.ports for other in self.held.values() if other.id != host.id):
            raise InUse(f"Port {address} is another host's", code="HOST_PORT_EXISTS", words="Defined")
        attribute = "iqns" if kind == "iscsi" else "wwpns"
        ports = tuple(sorted({*getattr(self.held[host.id], attribute), address}))
        self._set(host, **{attribute: ports})

    def remove_port(self, host: Host, address: str, kind: PortKind, budget: Budget) -> None:
        """Take a port from a host."""
        if address not in self.held[host.id].ports:
            raise NotFound(f"No port {address}")
        attribute = "iqns" if kind == "iscsi" else "wwpns"
        kept = tuple(port for port in getattr(self.held[host.id], attribute) if port != address)
        self._set(host, **{attribute: kept})

    def authenticate(self, host: Host, chap_name: str | None, chap_secret: Secret | None, budget: Budget) -> None:
        """Set name and secret."""
        self._set(host, chap_name=chap_name)
        self.secrets[host.id] = chap_secret

    def join(self, host: Host, cluster: str, budget: Budget) -> None:
        """Put a host into a cluster."""
        self._set(host, cluster=cluster)

    def leave(self, host: Host, cluster: str, budget: Budget) -> None:
        """Take a host out of a cluster."""
        self._set(host, cluster=None)

    def make_cluster(self, name: str, budget: Budget) -> None:
        """Make a cluster."""
        self.made_clusters.add(name)

    def delete(self, host: Host, budget: Budget) -> None:
        """Delete a host."""
        del self.held[host.id]
        self.on_delete(host)

    def _set(self, host: Host, **changed: object) -> None:
        if host.id not in self.held:
            raise NotFound(f"Host {host.name} is gone")
        self.held[host.id] = replace(self.held[host.id], **changed)  # type: ignore[arg-type]  # names of its fields

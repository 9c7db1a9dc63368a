"""Hosts, their ports and clusters (xcli.md §3.6).

A host has a number that survives a rename; commands act by name.  So before a command changes a host, the name is read
again and must still bear the number.  Looking for mappings before a deletion is left to the flow.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..array import HostMaking
from ..attaching import Host, HostOrder, HostPort
from ..errors import InDoubt, NotFound, Refused, Unsupported
from ..host_rules import blaming_type
from ..objects import PortKind, Secret
from ..ports import iqn, is_iscsi, wwpn
from ..waiting import Budget
from .client import Client
from .records import Record


class XIVHosts:
    """Keep the contract of ``array.Hosts``."""

    making = HostMaking(types=("default", "hpux", "zvm"), default_type="default", has_iqns=True, has_clusters=True)

    def __init__(self, client: Client) -> None:
        self._client = client

    # reading

    def listing(self, budget: Budget) -> tuple[Host, ...]:
        """Return all hosts, by id, in one call; who of them is logged in ``ports`` tells."""
        return tuple(sorted(self._listed(budget), key=lambda host: (len(host.id), host.id)))

    def find(self, host_id: str, budget: Budget) -> Host | None:
        """Return the host of a number; the array finds a host by name only, so all are listed."""
        found = [host for host in self._listed(budget) if host.id == host_id]
        if len(found) > 1:
            raise Refused(
                f"The array lists {len(found)} hosts with the id {host_id}",
                happened=f"They are called {', '.join(host.name for host in found)}. Nothing was concluded from it.",
                next_step="Run it again; if it stays so, look at the array's health.",
            )
        return found[0] if found else None

    def ports(self, budget: Budget) -> tuple[HostPort, ...]:
        """Return the ports of hosts, and the Fibre Channel ports that are logged in and belong to nobody.

        The array does not list iSCSI names of nobody.
        """
        hosts = self.listing(budget)
        logged_in = {_bare(record.text("host_port")) for record in self._client.read("host_connectivity_list", budget)}
        owned = {address: host for host in hosts for address in host.ports}
        of_hosts = [
            HostPort(
                address=address,
                kind="fc" if address in host.wwpns else "iscsi",
                host_id=host.id,
                host_name=host.name,
                logged_in=address in logged_in,
            )
            for address, host in owned.items()
        ]
        return (*of_hosts, *map(_of_nobody, sorted(self._seen(budget) - owned.keys())))

    def _seen(self, budget: Budget) -> set[str]:
        """Return the WWPNs of hosts the array sees on its ports; other arrays are seen in the role of a target."""
        try:
            records = self._client.read("fc_connectivity_list", budget)
        except Unsupported:
            return set()
        return {
            _bare(record.text("wwpn"))
            for record in records
            if (record.find_text("role") or "initiator").casefold() == "initiator"
        }

    def clusters(self, budget: Budget) -> Mapping[str, tuple[str, ...]]:
        """Return the ids of the hosts in each cluster, by its name."""
        found: dict[str, tuple[str, ...]] = {
            record.text("name"): () for record in self._client.read("cluster_list", budget)
        }
        for host in self.listing(budget):
            if host.cluster is not None:
                found[host.cluster] = (*found.get(host.cluster, ()), host.id)
        return found

    def find_cluster(self, name: str, budget: Budget) -> str | None:
        """Return the array's own spelling of a cluster's name; whether case counts is its to say [K]."""
        try:
            found = self._client.read("cluster_list", budget, cluster=name)
        except NotFound as error:
            if error.code != "CLUSTER_BAD_NAME":
                raise
            return None
        return found[0].text("name") if len(found) == 1 else None

    # changing

    def create(self, order: HostOrder, budget: Budget) -> str:
        """Make a host without ports, outside any cluster, and return its id."""
        with blaming_type(self.making.types, order.type):
            records = self._client.write(
                "host_define",
                budget,
                host=order.name,
                type=order.type,
                iscsi_chap_name=order.chap_name,
                iscsi_chap_secret=order.chap_secret,
            )
        made = [record for record in records if record.find_text("name") == order.name and record.find_text("id")]
        if len(made) != 1:
            raise InDoubt(
                f"The array made host {order.name!r}, but did not say under which id",
                left_behind=f"A host called {order.name!r} is on the array.",
                next_step="Run it again: what the array did is looked up first.",
            )
        return made[0].text("id")

    def rename(self, host: Host, new_name: str, budget: Budget) -> None:
        """Give a host another name."""
        self.confirm(host, budget)
        self._client.write("host_rename", budget, host=host.name, new_name=new_name)

    def retype(self, host: Host, new_type: str, budget: Budget) -> None:
        """Give a host another type."""
        self.confirm(host, budget)
        with blaming_type(self.making.types, new_type):
            self._client.write("special_type_set", budget, host=host.name, type=new_type)

    def add_port(self, host: Host, address: str, kind: PortKind, budget: Budget) -> None:
        """Give a port to a host."""
        self.confirm(host, budget)
        self._client.write("host_add_port", budget, sure=False, host=host.name, **_port(address, kind))

    def remove_port(self, host: Host, address: str, kind: PortKind, budget: Budget) -> None:
        """Take a port from a host, in the array's own spelling of it."""
        record = self._confirmed(host, budget)
        leaf = "fc_ports" if kind == "fc" else "iscsi_ports"
        for written in _parts(record, leaf):
            if _bare(written) == address:
                self._client.write("host_remove_port", budget, sure=True, host=host.name, **_port(written, kind))
                return
        raise NotFound(f"Host {host.name} has no port {address}", attribute="wwpns" if kind == "fc" else "iqns")

    def authenticate(self, host: Host, chap_name: str | None, chap_secret: Secret | None, budget: Budget) -> None:
        """Set CHAP name and secret together, or clear both."""
        self.confirm(host, budget)
        self._client.write(
            "host_update",
            budget,
            host=host.name,
            iscsi_chap_name=chap_name or "",
            iscsi_chap_secret=chap_secret or "",
        )

    def join(self, host: Host, cluster: str, budget: Budget) -> None:
        """Put a host into a cluster that is there."""
        self.confirm(host, budget)
        self._client.write("cluster_add_host", budget, cluster=cluster, host=host.name)

    def leave(self, host: Host, cluster: str, budget: Budget) -> None:
        """Take a host out of a cluster."""
        self.confirm(host, budget)
        self._client.write("cluster_remove_host", budget, sure=True, cluster=cluster, host=host.name)

    def make_cluster(self, name: str, budget: Budget) -> None:
        """Make an empty cluster."""
        self._client.write("cluster_create", budget, cluster=name)

    def delete(self, host: Host, budget: Budget) -> None:
        """Delete a host."""
        self.confirm(host, budget)
        self._client.write("host_delete", budget, sure=True, host=host.name)

    def confirm(self, host: Host, budget: Budget) -> None:
        """Make sure that the host still bears its name; raises NotFound, Refused."""
        self._confirmed(host, budget)

    def _confirmed(self, host: Host, budget: Budget) -> Record:
        named = self._records(budget, host=host.name)
        if len(named) == 1 and named[0].text("id") == host.id:
            return named[0]
        if not named and self.find(host.id, budget) is None:
            raise NotFound(f"Host {host.name} (id {host.id}) is gone", attribute="host")
        bears = f"host {', '.join(one.text('id') for one in named)} bears that name" if named else "no host bears it"
        raise Refused(
            f"Host {host.name} (id {host.id}) was renamed meanwhile",
            happened=f"On the array now {bears}. Commands act by name, so nothing was sent.",
            left_behind="Nothing was changed.",
            next_step="Run it again; its name is then read anew.",
            attribute="name",
        )

    def _listed(self, budget: Budget) -> tuple[Host, ...]:
        records = self._records(budget)
        system_id = self._client.system_id(budget)
        return tuple(_host(record, system_id) for record in records)

    def _records(self, budget: Budget, **arguments: str) -> tuple[Record, ...]:
        """Return what ``host_list`` shows; a missing name is an empty list, on some releases the code that means it."""
        try:
            return self._client.read("host_list", budget, **arguments)
        except NotFound as error:
            if error.code != "HOST_BAD_NAME":
                raise
            return ()


def _host(record: Record, system_id: str) -> Host:
    return Host(
        id=record.text("id"),
        name=record.text("name"),
        system_id=system_id,
        type=record.find_text("type"),
        wwpns=tuple(sorted(map(_bare, _parts(record, "fc_ports")))),
        iqns=tuple(sorted(map(_bare, _parts(record, "iscsi_ports")))),
        cluster=record.find_text("cluster"),
        chap_name=record.find_text("iscsi_chap_name"),
    )


def _parts(record: Record, leaf: str) -> tuple[str, ...]:
    """Return the parts of a leaf that holds several, separated by commas."""
    return tuple(part.strip() for part in (record.find_text(leaf) or "").split(",") if part.strip())


def _bare(address: str) -> str:
    """Return a port's address as the core spells it, one of an unknown form as it is."""
    try:
        return iqn(address) if is_iscsi(address) else wwpn(address)
    except Refused:
        return address.strip()


def _of_nobody(address: str) -> HostPort:
    return HostPort(address=address, kind="fc", host_id=None, host_name=None, logged_in=True)


def _port(address: str, kind: PortKind) -> dict[str, str]:
    return {"fcaddress": address} if kind == "fc" else {"iscsi_name": address}

"""Hosts and their ports."""

from __future__ import annotations

from collections.abc import Mapping

from ..array import HostMaking
from ..attaching import Connector, Host, HostFilter, HostOrder, HostPort
from ..attaching import Mapping as HostMapping
from ..flows.host_changes import HostChange, HostChanges
from ..flows.host_deletions import HostDeletions
from ..flows.host_making import HostMakings
from ..flows.hosts import HostFlows
from ..objects import Secret
from .base import Operations

ALL_HOSTS = HostFilter()


class HostOperations(Operations):
    """Offer hosts, their ports and clusters."""

    @property
    def _hosts(self) -> HostFlows:
        return HostFlows(self._core)

    @property
    def host_making(self) -> HostMaking:
        """Say what hosts of this array can be; asks nothing."""
        return self._core.array.hosts.making

    def find_host(self, host_id: str, *, deadline: float | None = None) -> Host | None:
        """Return a host as it is now, None where the array says that there is none of that id."""
        return self._core.array.hosts.find(host_id, self._core.budget(deadline))

    def find_recent_host(self, host_id: str, *, system_id: str, deadline: float | None = None) -> Host | None:
        """Return a host as it was at most a minute ago, None only where the array says so now.

        For reading many: one listing serves all.  Raises WrongSystem.
        """
        budget = self._core.budget(deadline)
        if self._core.known_system_id is not None:
            self._core.check_system(system_id, budget)
        listed = self._core.recent.hosts.get(budget)
        self._core.check_system(system_id, budget)
        found = next((host for host in listed if host.id.casefold() == host_id.casefold()), None)
        return found if found is not None else self._core.array.hosts.find(host_id, budget)

    def list_recent_hosts(self, *, deadline: float | None = None) -> tuple[Host, ...]:
        """Return all hosts as they were at most a minute ago: for advice, never for a decision."""
        return self._core.recent.hosts.get(self._core.budget(deadline))

    def get_host(self, text: str, *, deadline: float | None = None) -> Host:
        """Return the host of that id or, failing that, name; raises NotFound with near matches, Ambiguous."""
        return self._hosts.get(text, self._core.budget(deadline))

    def list_hosts(self, wanted: HostFilter = ALL_HOSTS, *, deadline: float | None = None) -> tuple[Host, ...]:
        """Return the hosts that fit, by id; raises Refused (``port``, ``name_regex``)."""
        return self._hosts.listing(wanted, self._core.budget(deadline))

    def list_host_ports(self, *, deadline: float | None = None) -> tuple[HostPort, ...]:
        """Return all ports the array knows: those of hosts, and those logged in that belong to nobody."""
        return self._core.array.hosts.ports(self._core.budget(deadline))

    def list_host_mappings(self, *, deadline: float | None = None) -> tuple[HostMapping, ...]:
        """Return what is mapped to the hosts and clusters of the array."""
        return self._core.array.mappings.listing(self._core.budget(deadline))

    def list_clusters(self, *, deadline: float | None = None) -> Mapping[str, tuple[str, ...]]:
        """Return the ids of the hosts in each cluster, by its name; none on a DS8000."""
        return self._core.array.hosts.clusters(self._core.budget(deadline))

    def find_cluster(self, name: str, *, deadline: float | None = None) -> str | None:
        """Return what the array calls the cluster a name means to it, None for none: case may not count there."""
        return self._core.array.hosts.find_cluster(name, self._core.budget(deadline))

    def host_owning(self, connector: Connector, *, deadline: float | None = None) -> Host:
        """Return the host that owns all ports of a connector; raises Refused, NotFound (``connector``)."""
        return self._hosts.owning(connector, self._core.budget(deadline))

    def host_users(self, host_id: str, *, deadline: float | None = None) -> tuple[str, ...]:
        """Return what is mapped to a host, in words, its cluster's mappings last; nothing for one that is gone."""
        budget = self._core.budget(deadline)
        host = self._core.array.hosts.find(host_id, budget)
        return self._hosts.users(host, budget).everything if host is not None else ()

    def create_host(
        self,
        *,
        name: str,
        type: str | None = None,  # noqa: A002 - the arrays' own word
        wwpns: tuple[str, ...] = (),
        iqns: tuple[str, ...] = (),
        cluster: str | None = None,
        chap_name: str | None = None,
        chap_secret: Secret | None = None,
        deadline: float | None = None,
    ) -> Host:
        """Make a host with these ports, in this cluster, which is made where there is none of the name.

        Raises AlreadyExists for a name that is taken, InUse for a port another host owns, Unsupported, InDoubt; an
        error's ``left_host`` is what was made and could not be undone.
        """
        self._core.allow("Creating a host")
        order = HostOrder(
            name=name,
            type=type,
            wwpns=tuple(wwpns),
            iqns=tuple(iqns),
            cluster=cluster,
            chap_name=chap_name,
            chap_secret=chap_secret,
        )
        return HostMakings(self._core).create(order, self._core.budget(deadline))

    def update_host(
        self,
        host_id: str,
        *,
        expected_name: str | None = None,
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - the arrays' own word
        wwpns: tuple[str, ...] | None = None,
        iqns: tuple[str, ...] | None = None,
        cluster: str | None = None,
        chap_name: str | None = None,
        chap_secret: Secret | None = None,
        deadline: float | None = None,
    ) -> Host:
        """Change a host; None leaves as it is, an empty value means none.

        Taking a port away and leaving a cluster take volumes away, which the mode may forbid.  Raises InUse for another
        type while something is mapped and for a port another host owns, AlreadyExists for a name that is taken,
        Refused on a DS8000 whose host no longer bears ``expected_name``, NotFound, Unsupported, InDoubt.
        """
        self._core.allow("Changing a host")
        change = HostChange(
            name=name,
            type=type,
            wwpns=None if wwpns is None else tuple(wwpns),
            iqns=None if iqns is None else tuple(iqns),
            cluster=cluster,
            chap_name=chap_name,
            chap_secret=chap_secret,
        )
        return HostChanges(self._core).update(host_id, change, expected_name, self._core.budget(deadline))

    def delete_host(self, host_id: str, *, expected_name: str | None = None, deadline: float | None = None) -> None:
        """Delete a host nothing is mapped to; one that is gone already is done.

        What it sees through its cluster is its cluster's and does not forbid it.  Raises InUse naming its mappings,
        Refused where it no longer bears ``expected_name``, InDoubt.
        """
        self._core.allow("Deleting a host", destroys=True)
        HostDeletions(self._core).delete(host_id, expected_name, self._core.budget(deadline))

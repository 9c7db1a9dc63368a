"""Hosts: found by id, name or ports, with what is mapped to them.  Reads only; ``host_steps`` changes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..attaching import Connector, Host, HostFilter, HostPort
from ..core import Core, check_pattern, near
from ..errors import Ambiguous, NotFound, Refused
from ..ports import iqn, is_iscsi, wwpn
from ..waiting import Budget

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class HostUsers:
    """Say in words what is mapped to a host itself, and what it sees through its cluster."""

    own: tuple[str, ...]
    shared: tuple[str, ...] = ()

    @property
    def everything(self) -> tuple[str, ...]:
        """Return all of it."""
        return (*self.own, *self.shared)


class HostFlows:
    """Find the hosts of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._hosts = core.array.hosts

    def get(self, text: str, budget: Budget) -> Host:
        """Return the host a text names, an id before an equal name; raises NotFound with near matches, Ambiguous.

        An id in another case is no better than another host's name.
        """
        listed = self._hosts.listing(budget)
        exactly = [host for host in listed if host.id == text]
        by_id = [host for host in listed if host.id.casefold() == text.casefold()]
        found = exactly or list(
            {host.id: host for host in (*by_id, *(one for one in listed if one.name == text))}.values()
        )
        if len(found) == 1:
            return found[0]
        if found:
            raise Ambiguous(
                f"Several hosts are meant by {text!r}",
                happened=f"They are: {', '.join(map(label_of, found))}.",
                next_step="Write the id of the one you mean, as it stands here.",
                attribute="host_id",
            )
        raise NotFound(
            f"No host {text!r} on the array",
            happened=f"The array has: {shown([host.name for host in listed])}.",
            left_behind="Nothing was changed.",
            next_step=near(text, [*(host.name for host in listed), *(host.id for host in listed)]),
            attribute="host_id",
        )

    def listing(self, wanted: HostFilter, budget: Budget) -> tuple[Host, ...]:
        """Return the hosts that fit, by id."""
        check_pattern(wanted.name_regex)
        port = None if wanted.port is None else address_of(wanted.port)
        return tuple(
            host
            for host in self._hosts.listing(budget)
            if wanted.name in {None, host.name}
            and (wanted.name_regex is None or re.search(wanted.name_regex, host.name))
            and (port is None or port in host.ports)
        )

    def owning(self, connector: Connector, budget: Budget) -> Host:
        """Return the host that owns all ports of a connector.

        Raises Refused where they are several hosts', NotFound where one is nobody's, naming the ports that are logged
        in and belong to nobody.
        """
        wanted = ports_of(connector)
        if not wanted:
            raise Refused(
                "The connector names no port",
                next_step="Write the host's WWPNs or its IQN.",
                attribute="connector",
            )
        owners: dict[str, Host] = {}
        for host in self._hosts.listing(budget):
            owners |= {port: host for port in host.ports if port in wanted}
        if len({host.id for host in owners.values()}) > 1:
            raise Refused(
                "The ports belong to several hosts",
                happened=f"{_whose(owners)}.",
                left_behind="Nothing was changed.",
                next_step="Name the ports of one host, or correct which host has them.",
                attribute="connector",
            )
        missing = [port for port in wanted if port not in owners]
        if not missing:
            return owners[wanted[0]]
        raise self._nobody_s(missing, owners, budget)

    def _nobody_s(self, missing: list[str], owners: dict[str, Host], budget: Budget) -> NotFound:
        listed = self._hosts.ports(budget)
        strangers = list(strangers_in(listed))
        owned = [port.address for port in listed if port.host_id is not None]
        there = f" {_whose(owners)}." if owners else ""
        return NotFound(
            f"No host has {'the port' if len(missing) == 1 else 'the ports'} {', '.join(missing)}",
            happened=f"Logged in, and no host's, are: {shown(strangers)}.{there}",
            left_behind="Nothing was changed.",
            next_step=_near_port(missing[0], [*strangers, *owned]),
            attribute="connector",
        )

    def users(self, host: Host, budget: Budget) -> HostUsers:
        """Return what is mapped to a host just read, by direct reads."""
        own: list[str] = []
        shared: list[str] = []
        for mapping in self._core.array.mappings.of_host(host, budget):
            words = f"volume {mapping.volume_name or mapping.volume_id} as LUN {mapping.lun}"
            (own if mapping.cluster is None else shared).append(words)
        return HostUsers(tuple(own), tuple(f"{one} through cluster {host.cluster}" for one in shared))

    def present(self, host_id: str, budget: Budget) -> Host:
        """Return a host as it is now; raises NotFound."""
        found = self._hosts.find(host_id, budget)
        if found is None:
            raise NotFound(
                f"Host {host_id} is not on the array",
                left_behind="Nothing was changed.",
                next_step="Run it again: the plan then shows what is there.",
                attribute="host_id",
            )
        return found


def ports_of(connector: Connector) -> tuple[str, ...]:
    """Return the addresses a connector names, in the spelling they are compared in; raises Refused for what is none."""
    iqns = () if connector.iqn is None else (iqn(connector.iqn),)
    return tuple(dict.fromkeys((*map(wwpn, connector.wwpns), *iqns)))


def address_of(text: str) -> str:
    """Return a WWPN or an IQN in the spelling it is compared in; raises Refused (``port``)."""
    try:
        return iqn(text) if is_iscsi(text) else wwpn(text)
    except Refused as refusal:
        refusal.attribute = "port"
        raise


def label_of(host: Host) -> str:
    """Return a host for a text: its name, id, type, ports and cluster."""
    parts = [f"id {host.id}", *([f"type {host.type}"] if host.type else [])]
    parts.append(f"ports {', '.join(host.ports)}" if host.ports else "no ports")
    return f"{host.name} ({'; '.join([*parts, *([f'in cluster {host.cluster}'] if host.cluster else [])])})"


def shown(texts: list[str]) -> str:
    """Return texts in a row, cut where they are many."""
    more = f" and {len(texts) - MOST_SHOWN} more" if len(texts) > MOST_SHOWN else ""
    return ", ".join(texts[:MOST_SHOWN]) + more if texts else "none"


def strangers_in(ports: tuple[HostPort, ...]) -> tuple[str, ...]:
    """Return the ports that are logged in and belong to nobody."""
    return tuple(port.address for port in ports if port.host_id is None and port.logged_in)


def _whose(owners: dict[str, Host]) -> str:
    return "; ".join(f"{port} is host {host.name}'s (id {host.id})" for port, host in sorted(owners.items()))


def _near_port(address: str, known: list[str]) -> str:
    hint = near(address, known)
    return hint if hint.startswith("Did") else "Correct the port, or make a host with it first."

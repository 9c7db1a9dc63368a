"""Single changes of a host, each looked at before and after: ports, name, type, CHAP.

A host is read by its id right before its name is used, and a port is never taken from another host.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..attaching import Host
from ..core import Core
from ..errors import AlreadyExists, InDoubt, InUse, NotFound, Refused
from ..objects import PortKind, Secret
from ..waiting import Budget
from .hosts import HostFlows, label_of
from .luns import choosing

AUTO = "auto"


class HostSteps:
    """Change hosts of one array, a step at a time."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._hosts = core.array.hosts
        self._finding = HostFlows(core)

    @contextmanager
    def alone_with(self, what: str, budget: Budget) -> Iterator[None]:
        """Let one flow of this process at a time look whether a host's name or port is free and then take it.

        The process's and not a driver's: two aliases of one provider can lead to one array.
        """
        with choosing(self._core.array.system_id(budget), what.casefold(), budget):
            yield

    def refuse_taken(self, name: str, listed: tuple[Host, ...]) -> None:
        """Raise AlreadyExists where a host of that name is there."""
        for host in listed:
            if host.name == name:
                raise AlreadyExists(
                    f"There is a host called {name!r} already",
                    happened=f"It is {label_of(host)}.",
                    left_behind="Nothing was changed.",
                    next_step="Choose another name, or manage the one that exists: import it by its id.",
                    attribute="name",
                )

    def refuse_owned(self, wanted: tuple[str, ...], listed: tuple[Host, ...], mine: str | None = None) -> None:
        """Raise InUse where another host than ``mine`` owns one of the ports, naming each owner."""
        owned = [
            (port, host) for host in listed if host.id != mine for port in sorted(host.ports) if port in set(wanted)
        ]
        if owned:
            told = "; ".join(f"{port} is host {host.name}'s (id {host.id})" for port, host in owned)
            raise InUse(
                f"{'A port belongs' if len(owned) == 1 else 'Ports belong'} to another host",
                happened=f"{told}. A port is never taken from a host.",
                left_behind="Nothing was changed.",
                next_step="Take it from that host first, or correct the port.",
                attribute="iqns" if owned[0][0].startswith(("iqn.", "eui.")) else "wwpns",
            )

    def add_port(self, host_id: str, address: str, kind: PortKind, budget: Budget) -> None:
        """Give a port to a host; one it has already is done."""

        def send() -> None:
            host = self._finding.present(host_id, budget)
            if address in host.ports:
                return
            self.refuse_owned((address,), self._hosts.listing(budget), host_id)
            try:
                self._hosts.add_port(host, address, kind, budget)
            except (AlreadyExists, InUse, Refused):  # of itself, where the first time was carried out late
                if not self._has(host_id, address, budget):
                    self.refuse_owned((address,), self._hosts.listing(budget), host_id)
                    raise

        with self.alone_with(f"port {address}", budget):
            self._core.write(budget, send, lambda look: self._has(host_id, address, look))

    def remove_port(self, host_id: str, address: str, kind: PortKind, budget: Budget) -> None:
        """Take a port from a host, sent once; one it has not is done.

        A second removal carried out while the first is late would let the first take it from its next owner.
        """

        def send() -> None:
            host = self._finding.present(host_id, budget)
            if address not in host.ports:
                return
            try:
                self._hosts.remove_port(host, address, kind, budget)
            except NotFound:
                if self._has(host_id, address, budget):
                    raise

        try:
            self._core.patiently(budget, send)
        except InDoubt as doubt:
            if not self._core.certainly(budget.for_a_look(), lambda look: not self._has(host_id, address, look)):
                doubt.left_behind = f"Port {address} may be host {host_id}'s, or still be taken from it."
                raise

    def rename(self, host_id: str, new_name: str, budget: Budget) -> None:
        """Give a host another name."""

        def send() -> None:
            host = self._finding.present(host_id, budget)
            if host.name != new_name:
                self._hosts.rename(host, new_name, budget)

        self._core.write(budget, send, lambda look: self._finding.present(host_id, look).name == new_name)

    def retype(self, host_id: str, new_type: str, budget: Budget) -> None:
        """Give a host another type, where nothing is mapped to it."""

        def send() -> None:
            host = self._finding.present(host_id, budget)
            if not is_type(host, new_type):
                self.refuse_mapped(host, "given another type", budget)
                self._hosts.retype(host, new_type, budget)

        self._core.write(budget, send, lambda look: is_type(self._finding.present(host_id, look), new_type))

    def refuse_mapped(self, host: Host, doing: str, budget: Budget) -> None:
        """Raise InUse naming what is mapped to a host, or to its cluster."""
        users = self._finding.users(host, budget).everything
        if users:
            raise InUse(
                f"Host {host.name} has mapped volumes and was not {doing}",
                happened=f"It sees: {', '.join(users)}.",
                left_behind="Nothing was changed.",
                next_step="Unmap them first.",
                attribute="type",
            )

    def authenticate(self, host_id: str, chap_name: str | None, secret: Secret | None, budget: Budget) -> None:
        """Set CHAP name and secret, or clear both; no look tells a secret, so after a lost answer it is set again."""

        def send() -> None:
            self._hosts.authenticate(self._finding.present(host_id, budget), chap_name, secret, budget)

        self._core.write(budget, send, lambda look: secret is None and self._has_no_chap(host_id, look))

    def _has_no_chap(self, host_id: str, budget: Budget) -> bool:
        return self._finding.present(host_id, budget).chap_name is None

    def _has(self, host_id: str, address: str, budget: Budget) -> bool:
        return address in self._finding.present(host_id, budget).ports


def is_type(host: Host, wanted: str) -> bool:
    """Tell whether a host is of a type; clients write types in either case (ds8k-rest.md §3 [S])."""
    return (host.type or "").casefold() == wanted.casefold()


def may_be_type(host: Host, wanted: str) -> bool:
    """Tell whether a host is as one asked to be of a type is.

    Which type a DS8000 makes of ``auto``, and whether it shows it, is not known [K]: any may be what it chose.
    """
    return is_type(host, wanted) or wanted.casefold() == AUTO


def with_ports(host: Host, given: tuple[str, ...]) -> Host:
    """Return a host that has the ports it was given; raises Refused: an array may let another host take them."""
    missing = [address for address in given if address not in host.ports]
    if missing:
        raise Refused(
            f"Host {host.name} was given ports and does not have {', '.join(missing)}",
            happened="The array said that it was done. Somebody else took it since, or gave it to another host.",
            next_step="Make sure whose port it is, then run it again.",
            attribute="iqns" if missing[0].startswith(("iqn.", "eui.")) else "wwpns",
        )
    return host

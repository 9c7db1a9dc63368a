"""Hosts of a DS8000 and their ports (ds8k-rest.md §2, §3).

Where the API takes a host's id the id is used, ``hosts[id=H1]``; where it takes only the name, the name is read again
right before.  Looking for mappings before a deletion is left to the flow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from ..array import HostMaking
from ..attaching import Host, HostOrder, HostPort
from ..errors import InDoubt, NotFound, Refused, Unsupported
from ..host_rules import blaming_type
from ..objects import PortKind, Secret
from ..ports import wwpn
from ..waiting import Budget
from .client import Client
from .envelope import Answer, Record, confirm_parts
from .records import number, reference, text

ATTEMPTS = 3  # to read a host that is being renamed
LOGGED_IN = "logged in"
MASK_TYPES = frozenset({"zlinux", "iseries"})  # whose LUNs follow from volume ids [S]
# ds8k-rest.md §3 [S]; a newer release may know more, so nothing is refused for it here
KNOWN = """auto AMDLinuxRHEL AMDLinuxSuse AppleOSX Fujitsu Hp HpTru64 HpVms Linux LinuxDT LinuxRF LinuxRHEL LinuxSuse
Novell SGI SVC SanFsAIX SanFsLinux Sun VMWare Win2000 Win2003 Win2008 Win2012 iLinux nSeries pLinux pSeries
pSeriesPowerswap zLinux iSeries"""


class DS8KHosts:
    """Keep the contract of ``array.Hosts``."""

    making = HostMaking(types=tuple(KNOWN.split()), default_type="Linux", has_iqns=False, has_clusters=False)

    def __init__(self, client: Client, system_id: Callable[[Budget], str]) -> None:
        self._client = client
        self._system_id = system_id

    # reading

    def listing(self, budget: Budget) -> tuple[Host, ...]:
        """Return all hosts, by id, in two calls."""
        records = self._client.read("/hosts", budget, "list the hosts").records("hosts")
        ports: dict[str, list[Record]] = {}
        for record in self._port_records(budget):
            ports.setdefault(reference(record, "host_id"), []).append(record)
        system_id = self._system_id(budget)
        found = (_host(record, ports.get(_id(record), []), system_id) for record in records)
        return tuple(sorted(found, key=lambda host: (len(host.id), host.id)))

    def find(self, host_id: str, budget: Budget) -> Host | None:
        """Return the host of an id; its ports are asked for by its name, so one renamed meanwhile is read again."""
        wanted = host_id.upper()
        if not wanted.strip():  # which no API can be asked for
            return None
        for _ in range(ATTEMPTS):
            record = self._record(wanted, budget)
            if record is None:
                return None
            name = text(record, "name")
            ports = self._ports_of(name, budget)
            if ports is None:
                continue
            owners = {reference(port, "host_id") for port in ports}
            if owners == {wanted} or (owners <= {""} and self._still_bears(wanted, name, budget)):
                return _host(record, ports, self._system_id(budget))
        raise Refused(
            f"Host {host_id} was renamed while it was read",
            happened=f"It was read {ATTEMPTS} times.",
            left_behind="Nothing was concluded from it.",
            next_step="Run it again.",
        )

    def _still_bears(self, wanted: str, name: str, budget: Budget) -> bool:
        """Tell whether ports that do not say whose they are were read of the host of an id: no port says nothing."""
        record = self._record(wanted, budget)
        return record is not None and text(record, "name") == name

    def _record(self, wanted: str, budget: Budget) -> Record | None:
        def unfit(answer: Answer) -> str:
            shown = [_id(record) for record in answer.records("hosts")]
            return "" if shown in ([], [wanted]) else f"the answer is about {', '.join(shown)}, not host {wanted}"

        try:
            answer = self._client.read(_path(wanted), budget, f"read host {wanted}", unfit)
        except NotFound:
            return None
        records = answer.records("hosts")
        return records[0] if records else None

    def _ports_of(self, name: str, budget: Budget) -> tuple[Record, ...] | None:
        try:
            answer = self._client.read(f"/hosts/{quote(name, safe='')}/host_ports", budget, f"list the ports of {name}")
        except NotFound:
            return None
        return answer.records("host_ports")

    def ports(self, budget: Budget) -> tuple[HostPort, ...]:
        """Return all ports: those of hosts, and those that only logged in."""
        found = map(_port, self._port_records(budget))
        return tuple(sorted(found, key=lambda port: port.address))

    def _port_records(self, budget: Budget) -> tuple[Record, ...]:
        return self._client.read("/host_ports", budget, "list the host ports").records("host_ports")

    def clusters(self, budget: Budget) -> Mapping[str, tuple[str, ...]]:  # noqa: ARG002 - the contract
        """Return none: a DS8000 has no clusters."""
        return {}

    def find_cluster(self, name: str, budget: Budget) -> str | None:  # noqa: ARG002 - the contract
        """Return None: a DS8000 has no clusters."""
        return None

    # changing

    def create(self, order: HostOrder, budget: Budget) -> str:
        """Make a host without ports and return its id, read by its name where the answer holds only a link."""
        doing = f"create host {order.name}"
        params = {"name": order.name, "hosttype": order.type or self.making.default_type}
        with blaming_type(self.making.types, order.type):
            answer = self._client.write("POST", "/hosts", budget, doing, params)
            confirm_parts(answer, doing)
        records = answer.data.get("hosts")
        if isinstance(records, list) and len(records) == 1 and isinstance(records[0], dict):
            made = records[0]
            if text(made, "name", order.name) == order.name and _id(made):
                return _id(made)
        raise InDoubt(
            f"The array made host {order.name!r}, but did not say under which id",
            left_behind=f"A host called {order.name!r} is on the array.",
            next_step="Run it again: what the array did is looked up first.",
        )

    def rename(self, host: Host, new_name: str, budget: Budget) -> None:
        """Give a host another name."""
        self._change(host, {"name": new_name}, f"rename host {host.name}", budget)

    def retype(self, host: Host, new_type: str, budget: Budget) -> None:
        """Give a host another type."""
        with blaming_type(self.making.types, new_type):
            self._change(host, {"hosttype": new_type}, f"change the type of host {host.name}", budget)

    def _change(self, host: Host, params: Mapping[str, Any], doing: str, budget: Budget) -> None:
        self._confirm(host, budget)
        confirm_parts(self._client.write("PUT", f"/hosts/{quote(host.name, safe='')}", budget, doing, params), doing)

    def _confirm(self, host: Host, budget: Budget) -> None:
        """Make sure that the host still bears its name; raises NotFound, Refused."""
        record = self._record(host.id, budget)
        if record is None:
            raise NotFound(f"Host {host.name} (id {host.id}) is gone", attribute="host")
        if text(record, "name") != host.name:
            raise Refused(
                f"Host {host.name} (id {host.id}) was renamed meanwhile",
                happened=f"It is called {text(record, 'name')} now. Nothing was sent.",
                left_behind="Nothing was changed.",
                next_step="Run it again; its name is then read anew.",
                attribute="name",
            )

    def add_port(self, host: Host, address: str, kind: PortKind, budget: Budget) -> None:
        """Give a port to a host, by its id: one the array has seen, or has never seen."""
        _refuse_iscsi(kind)
        doing = f"assign port {address} to host {host.name}"
        params = {"host_id": host.id, "host_port_wwpns": [address]}
        confirm_parts(self._client.write("POST", "/host_ports/assign", budget, doing, params), doing)

    def remove_port(self, host: Host, address: str, kind: PortKind, budget: Budget) -> None:
        """Take a port from a host, once it was read that it is that host's."""
        _refuse_iscsi(kind)
        path, doing = f"/host_ports/{quote(address, safe='')}", f"remove port {address} from host {host.name}"
        for record in self._client.read(path, budget, f"read port {address}").records("host_ports"):
            if _port(record).address == address and reference(record, "host_id") == host.id:
                confirm_parts(self._client.write("DELETE", path, budget, doing, None), doing)
                return
        raise NotFound(f"Host {host.name} has no port {address}", attribute="wwpns")

    def authenticate(self, host: Host, chap_name: str | None, chap_secret: Secret | None, budget: Budget) -> None:  # noqa: ARG002 - the contract
        """Raise Unsupported: a DS8000 speaks Fibre Channel only."""
        raise Unsupported("A DS8000 has no CHAP: it speaks Fibre Channel only", attribute="chap_name")

    def join(self, host: Host, cluster: str, budget: Budget) -> None:  # noqa: ARG002 - the contract
        """Raise Unsupported: a DS8000 has no clusters."""
        raise Unsupported("A DS8000 has no clusters", attribute="cluster")

    def leave(self, host: Host, cluster: str, budget: Budget) -> None:
        """Raise Unsupported: a DS8000 has no clusters."""
        self.join(host, cluster, budget)

    def make_cluster(self, name: str, budget: Budget) -> None:  # noqa: ARG002 - the contract
        """Raise Unsupported: a DS8000 has no clusters."""
        raise Unsupported("A DS8000 has no clusters", attribute="cluster")

    def delete(self, host: Host, budget: Budget) -> None:
        """Delete a host by its id; its ports go with it [S]."""
        doing = f"delete host {host.name}"
        confirm_parts(self._client.write("DELETE", _path(host.id), budget, doing, None), doing)


def _host(record: Record, ports: list[Record] | tuple[Record, ...], system_id: str) -> Host:
    kind = text(record, "hosttype", "")
    mode = text(record, "addrmode", "").lower()
    found = tuple(map(_port, ports))
    return Host(
        id=_id(record),
        name=text(record, "name"),
        system_id=system_id,
        type=kind or None,
        wwpns=tuple(sorted(port.address for port in found)),
        is_masked="mask" in mode if mode else kind.lower() in MASK_TYPES,
        block_bytes=number(record, "lbs", 512),
        logged_in=frozenset(port.address for port in found if port.logged_in),
    )


def _id(record: Record) -> str:
    return text(record, "host_id", text(record, "id", "")).upper()


def _port(record: Record) -> HostPort:
    host_id, host = reference(record, "host_id"), record.get("host")
    name = text(host, "name", "") if isinstance(host, dict) else ""
    return HostPort(
        address=_address(text(record, "wwpn")),
        kind="fc",
        host_id=host_id or None,
        host_name=name or None,
        logged_in=text(record, "state", "").lower() == LOGGED_IN,
    )


def _address(written: str) -> str:
    """Return a port's address as the core spells it, one of an unknown form as it is."""
    try:
        return wwpn(written)
    except Refused:
        return written.upper()


def _path(host_id: str) -> str:
    return f"/hosts%5Bid={quote(host_id, safe='')}%5D"


def _refuse_iscsi(kind: PortKind) -> None:
    if kind != "fc":
        raise Unsupported("A DS8000 speaks Fibre Channel only", next_step="Give the host WWPNs.", attribute="iqns")

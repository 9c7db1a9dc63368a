"""Hosts as they are now, with ports, log-ins and mappings: one by id, name or port, or all that fit filters."""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from typing import Any

from terraform_provider_xivds8k.driver import Ambiguous, HostFilter, HostPort, NotFound, XIVDS8KDriver
from terraform_provider_xivds8k.driver import Host as ArrayHost
from terraform_provider_xivds8k.lifecycle import DataSource, Diagnostics
from terraform_provider_xivds8k.schema import Attr, Model, computed, optional, optional_computed, regular_expression

MOST_NEAR = 5


class HostPortRow(Model):
    """A port of a host."""

    address: Attr[str] = computed("WWPN (16 hex digits in upper case) or iSCSI name (in lower case).")
    kind: Attr[str] = computed("`fc` or `iscsi`.")
    logged_in: Attr[bool] = computed("Whether it is logged in to the array now.")


class HostMappingRow(Model):
    """A volume a host sees."""

    volume_id: Attr[str | None] = computed("Id of the volume; null where it vanished meanwhile.")
    volume_name: Attr[str | None] = computed("Name of the volume; null where it vanished meanwhile.")
    lun: Attr[int] = computed("LUN under which the host sees it; -1 where the array writes it in an unknown form.")
    cluster: Attr[str | None] = computed(
        "XIV: the cluster it is mapped to; null where it is mapped to the host itself."
    )


class HostFields(Model):
    """What is known of a host."""

    type: Attr[str | None] = computed("Type of the host, as the array writes it.")
    wwpns: Attr[list[str]] = computed("WWPNs of its Fibre Channel ports, 16 hex digits in upper case.")
    iqns: Attr[list[str]] = computed("XIV: its iSCSI names, in lower case.")
    cluster: Attr[str | None] = computed("XIV: the cluster it is in.")
    chap_name: Attr[str | None] = computed("XIV: its CHAP name.")
    block_bytes: Attr[int] = computed("Size of the blocks it uses, in bytes: 512, or 520 for an IBM i.")
    ports: Attr[list[HostPortRow]] = computed("Its ports, and which of them are logged in.")
    mappings: Attr[list[HostMappingRow]] = computed("The volumes it sees, by LUN.")
    system_id: Attr[str] = computed("System id of the array.")


class HostRow(HostFields):
    """A host in a listing."""

    id: Attr[str] = computed("The host's id on the array.")
    name: Attr[str] = computed("The host's name.")


class Host(HostFields, type_name="xivds8k_host"):
    """One host, by `id`, `name` or `port`. None or several fitting is an error that names near matches."""

    id: Attr[str] = optional_computed("The host's id on the array. Write this, `name` or `port`.")
    name: Attr[str] = optional_computed("The host's name.")
    port: Attr[str | None] = optional("A WWPN or IQN of the host, in any spelling.")


class Hosts(Model, type_name="xivds8k_hosts"):
    """All hosts that fit the filters; none fitting is an empty list.

    `unowned_ports` are the ports that are logged in and belong to no host: what a new host may be made with.
    """

    name: Attr[str | None] = optional("Exact name.")
    name_regex: Attr[str | None] = optional(
        "Regular expression found anywhere in the name.", check=[regular_expression()]
    )
    port: Attr[str | None] = optional("A WWPN or IQN the host has, in any spelling.")
    hosts: Attr[list[HostRow]] = computed("The hosts, by id.")
    unowned_ports: Attr[list[str]] = computed(
        "WWPNs that are logged in and belong to no host, whatever the filters; an XIV does not tell iSCSI names."
    )


class HostDataSource(DataSource[Host, XIVDS8KDriver]):
    """Read one host."""

    model = Host

    def validate(self, config: Host, diagnostics: Diagnostics) -> None:
        written = [name for name in ("id", "name", "port") if config.raw[name] is not None]
        if len(written) != 1:
            diagnostics.error(
                None, "Write id, name or port", "A host is found by its id, its name or a port: write one of them."
            )

    def read(self, config: Host, diagnostics: Diagnostics) -> Host:
        found = self._find(config)
        state = Host.from_raw(Rows(self.driver, (found,)).row(found).raw)
        state.raw[Host.port.name] = config.raw[Host.port.name]
        if not config.is_null(Host.id):
            state.raw[Host.id.name] = config.raw[Host.id.name]
        return state

    def _find(self, config: Host) -> ArrayHost:
        host_id, name, port = config.known(Host.id), config.known(Host.name), config.known(Host.port)
        if host_id is not None:
            found = self.driver.find_host(host_id)
            return self._only(() if found is None else (found,), host_id, Host.id)
        if port is not None:
            return self._only(self.driver.list_hosts(HostFilter(port=port)), port, Host.port)
        return self._only(self.driver.list_hosts(HostFilter(name=name)), name or "", Host.name)

    def _only(self, found: tuple[ArrayHost, ...], text: str, written: Attr[Any]) -> ArrayHost:
        if len(found) == 1:
            return found[0]
        if found:
            named = ", ".join(f"{host.id} ({host.name})" for host in found)
            raise Ambiguous(
                f"Several hosts fit {text!r}", happened=named, next_step="Write the id.", attribute=written.name
            )
        known = [text for host in self.driver.list_hosts() for text in (host.id, host.name, *host.ports)]
        near = get_close_matches(text, known, n=MOST_NEAR)
        raise NotFound(
            f"No host {text!r} on the array",
            next_step=f"Near matches: {', '.join(near)}." if near else "Nothing on the array is similar.",
            attribute=written.name,
        )


class HostsDataSource(DataSource[Hosts, XIVDS8KDriver]):
    """Read all hosts that fit."""

    model = Hosts

    def read(self, config: Hosts, diagnostics: Diagnostics) -> Hosts:
        wanted = HostFilter(name=config.name, name_regex=config.name_regex, port=config.port)
        found = self.driver.list_hosts(wanted)
        rows = Rows(self.driver, found)
        config.set(Hosts.hosts, [rows.row(host) for host in found])
        config.set(Hosts.unowned_ports, rows.unowned)
        return config


class Rows:
    """Make rows of hosts, from what was asked once for all of them."""

    def __init__(self, driver: XIVDS8KDriver, hosts: tuple[ArrayHost, ...]) -> None:
        ports = driver.list_host_ports()
        self.unowned = sorted(port.address for port in ports if port.host_id is None and port.logged_in)
        self._ports: defaultdict[str, list[HostPort]] = defaultdict(list)
        for port in ports:
            if port.host_id is not None:
                self._ports[port.host_id].append(port)
        self._mappings = driver.list_host_mappings() if hosts else ()
        volumes = driver.list_volumes() if self._mappings else ()
        self._names = {volume.id: volume.name for volume in volumes}
        self._ids = {volume.name: volume.id for volume in volumes} if driver.settings.family == "xiv" else {}

    def row(self, host: ArrayHost) -> HostRow:
        """Return a host as Terraform sees it."""
        return HostRow(
            id=host.id,
            name=host.name,
            type=host.type,
            wwpns=list(host.wwpns),
            iqns=list(host.iqns),
            cluster=host.cluster,
            chap_name=host.chap_name,
            block_bytes=host.block_bytes,
            ports=[
                HostPortRow(address=port.address, kind=port.kind, logged_in=port.logged_in)
                for port in sorted(self._ports[host.id], key=lambda port: port.address)
            ],
            mappings=self._mappings_of(host),
            system_id=host.system_id,
        )

    def _mappings_of(self, host: ArrayHost) -> list[HostMappingRow]:
        seen = [
            one
            for one in self._mappings
            if (one.cluster is not None and one.cluster == host.cluster)
            or (one.cluster is None and (one.host_id == host.id if one.host_id else one.host_name == host.name))
        ]
        return [
            HostMappingRow(
                volume_id=one.volume_id or self._ids.get(one.volume_name or ""),
                volume_name=one.volume_name or self._names.get(one.volume_id or ""),
                lun=one.lun,
                cluster=one.cluster,
            )
            for one in sorted(seen, key=lambda one: (one.lun, one.lun_id))
        ]

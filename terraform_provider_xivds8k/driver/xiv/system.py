"""The array as a whole: who it is, its release, capacity and host-facing ports (xcli.md §3.1)."""

from __future__ import annotations

from ..attaching import Targets
from ..errors import NotFound, Refused, Unsupported
from ..objects import Port, System
from ..ports import wwpn
from ..waiting import Budget
from .client import WHICH_ARRAY, Client
from .identity import configuration, system_id_of
from .records import Record

QOS_COMMAND = "perf_class_add_vol"
QOS_SINCE = 12  # from this release on a performance class holds volumes (xcli.md §3.7 [S])
ABSENT_WWPN = "0" * 16


def system(client: Client, budget: Budget) -> System:
    """Return what the array is."""
    values = configuration(client.read(WHICH_ARRAY, budget))
    release = _release(client, budget)
    capacity = _optional(client, "system_capacity_list", budget)
    return System(
        family="xiv",
        system_id=system_id_of(values),
        name=values.get("system_name") or system_id_of(values),
        serial=values["machine_serial_number"],
        model=f"{values['machine_type']}-{values['machine_model']}",
        release=release,
        wwnn=None,
        total_bytes=_capacity(capacity, "hard"),
        free_bytes=_capacity(capacity, "free_hard"),
        ports=(*_fc_ports(client, budget), *_iscsi_ports(client, budget)),
        abilities=frozenset({"qos"}) if _has_qos(client, release, budget) else frozenset(),
    )


def targets(client: Client, budget: Budget) -> Targets:
    """Return the array's ports for hosts: every target port, every iSCSI portal, the one iSCSI name of all."""
    values = configuration(client.read(WHICH_ARRAY, budget))
    fc, iscsi = _fc_ports(client, budget), _iscsi_ports(client, budget)
    return Targets(
        wwpns=tuple(sorted(wwpn(port.address) for port in fc)),
        portals=tuple(sorted(port.address for port in iscsi)),
        iqn=values.get("iscsi_name", "").lower() or None,
        offline=frozenset(
            wwpn(port.address) if port.kind == "fc" else port.address for port in (*fc, *iscsi) if not port.online
        ),
    )


def _has_qos(client: Client, release: str, budget: Budget) -> bool:
    """Tell whether classes hold volumes: by the array's own list of commands, else by its release."""
    try:
        offered = client.read("help", budget, command=QOS_COMMAND)
    except (Unsupported, Refused, NotFound):
        return _major(release) >= QOS_SINCE
    return any(record.find_text("name") == QOS_COMMAND for record in offered)


def _major(release: str) -> int:
    """Return the first number of a release such as ``11.5.1.b``, 0 where it has none."""
    first = release.partition(".")[0]
    return int(first) if first.isascii() and first.isdigit() else 0


def _release(client: Client, budget: Budget) -> str:
    records = client.read("version_get", budget)
    return records[0].text("system_version") if records else ""


def _optional(client: Client, command: str, budget: Budget) -> tuple[Record, ...]:
    """Run a list command that some releases do not have."""
    try:
        return client.read(command, budget)
    except Unsupported:
        return ()


def _capacity(records: tuple[Record, ...], leaf: str) -> int | None:
    return records[0].find_size_bytes(leaf) if records else None


def _fc_ports(client: Client, budget: Budget) -> tuple[Port, ...]:
    """Return the ports hosts can log in to; initiators serve replication only."""
    return tuple(
        Port(
            id=record.text("component_id"),
            kind="fc",
            address=record.text("wwpn").upper(),
            online=record.text("port_state").casefold() == "online",
        )
        for record in _optional(client, "fc_port_list", budget)
        if record.text("wwpn") != ABSENT_WWPN and (record.find_text("role") or "target").casefold() == "target"
    )


def _iscsi_ports(client: Client, budget: Budget) -> tuple[Port, ...]:
    interfaces = [
        record
        for record in _optional(client, "ipinterface_list", budget)
        if record.text("type").casefold() == "iscsi" and _address(record)
    ]
    if not interfaces:
        return ()
    links = _optional(client, "ipinterface_list_ports", budget)
    up = {record.find_text("ip_interface") for record in links if record.find_flag("is_link_up")}
    return tuple(
        Port(id=record.text("name"), kind="iscsi", address=_address(record), online=record.text("name") in up)
        for record in interfaces
    )


def _address(record: Record) -> str:
    address = record.find_text("address")
    if address:
        return f"{address}:3260"
    address6 = record.find_text("address6")
    return f"[{address6}]:3260" if address6 else ""

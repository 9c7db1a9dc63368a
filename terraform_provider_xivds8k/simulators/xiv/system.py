"""Commands on the array as a whole (§3.1): help, identity, release, capacity, ports, interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import catalog, space
from .catalog import Arguments, FailureError, command
from .volume_store import timestamp
from .wire import Leaf, Record

if TYPE_CHECKING:
    from ..context import Context

RELEASE, RELEASE_BEFORE_QOS = "12.0.1.a", "11.6.2.b"
MODULES, FC_PORTS = range(4, 10), range(4)


def settings(context: Context) -> dict[str, Any]:
    """Return the array's configuration as config_get shows it."""
    kept = context.get("config", "system") or {}
    if context.switch("xiv_is_a9000"):
        kept |= {"machine_type": "9835", "machine_model": "415"}
    return kept


@command("help [ category=Category ] [ command=Command ] [ format=Format ]", "Displays commands.", category="system")
def list_commands(context: Context, arguments: Arguments) -> list[Record]:
    """List the table of commands; clients read name, description and syntax [S]."""
    category, only = arguments.text("category", "all"), arguments.text("command")
    return [
        Record(
            "command", {"name": it.name, "category": it.category, "description": it.description, "syntax": it.syntax}
        )
        for it in sorted(catalog.COMMANDS.values(), key=lambda it: it.name)
        if it.offered(context) and category in {"all", it.category} and only in {"", it.name}
    ]


@command("version_get", "Retrieves the system version.", category="system")
def version_get(context: Context, _arguments: Arguments) -> list[Record]:
    """Return the release."""
    newer = context.switch("xiv_qos_on_volumes") or context.switch("xiv_is_a9000")
    return [Record("version", {"system_version": RELEASE if newer else RELEASE_BEFORE_QOS})]


@command("config_get [ name=Name ]", "Shows the values of configuration parameters.", category="system")
def config_get(context: Context, arguments: Arguments) -> list[Record]:
    """List names and values."""
    only = arguments.text("name")
    kept = settings(context)
    if only and only not in kept:
        raise FailureError("CONF_PATH_DOES_NOT_EXIST")
    return [Record("config", {"name": name, "value": value}) for name, value in kept.items() if only in {"", name}]


@command("state_list", "Lists the system's operational states.", category="system")
def state_list(_context: Context, _arguments: Arguments) -> list[Record]:
    """List states; this machine is always on."""
    states = {"system_state": "on", "target_state": "on", "shutdown_reason": "No Shutdown", "redundancy_status": "Full"}
    return [Record("state", {"category": name, "value": value}) for name, value in states.items()]


@command("system_capacity_list", "Lists the system's capacity.", category="system")
def system_capacity_list(context: Context, _arguments: Arguments) -> list[Record]:
    """Return total and free capacity [K names]."""
    pools = [row for _, row in context.rows("pool")]
    hard, soft = space.SYSTEM_BYTES, 2 * space.SYSTEM_BYTES
    amounts = {
        "soft": soft,
        "hard": hard,
        "free_hard": hard - sum(row["hard_bytes"] for row in pools),
        "free_soft": soft - sum(row["soft_bytes"] for row in pools),
    }
    leaves: dict[str, Leaf] = {}
    for name, amount in amounts.items():
        leaves |= {name: amount // space.GB, f"{name}_MiB": amount // space.MIB}
    leaves |= {"spares_modules": 1, "spares_disks": 3, "target_spares_modules": 1, "target_spares_disks": 3}
    return [Record("system_capacity", leaves)]


@command("time_list", "Retrieves the current system time.", category="system")
def time_list(context: Context, _arguments: Arguments) -> list[Record]:
    """Return the simulated time, as far as this array's clock is right."""
    date, _, time = timestamp(context.now_s + context.ahead_s).partition(" ")
    return [Record("time", {"time": time, "date": date, "timezone": "GMT", "daylight_saving_time": "no"})]


@command("fc_port_list [ fcport=ComponentId | module=ModuleId ]", "Lists Fibre Channel ports.", category="system")
def fc_port_list(context: Context, arguments: Arguments) -> list[Record]:
    """List four ports per interface module; the last of each is an initiator, for replication."""
    wwn_part = int(settings(context)["machine_serial_number"]) & 0xFFFFF
    ports = [_fc_port(wwn_part, module, port) for module in MODULES for port in FC_PORTS]
    for argument, leaf in (("fcport", "component_id"), ("module", "module")):
        if argument in arguments:
            ports = [port for port in ports if port.leaves[leaf] == arguments.text(argument)]
    return ports


@command("ipinterface_list [ ipinterface=IPInterface ]", "Lists IP interfaces.", category="system")
def ipinterface_list(context: Context, arguments: Arguments) -> list[Record]:
    """List management interfaces, which clients use to find further endpoints, and iSCSI interfaces."""
    net = f"192.0.2.{context.number}"
    interfaces = [
        _interface("management", "Management", "127.0.0.1", "1:Module:4", "1"),
        _interface("management-2", "Management", "127.0.0.2", "1:Module:5", "1"),
        _interface("iscsi1", "iSCSI", f"{net}1", "1:Module:7", "1"),
        _interface("iscsi2", "iSCSI", f"{net}2", "1:Module:8", "1"),
    ]
    if context.switch("xiv_is_a9000"):
        interfaces = [_with_port(interface) for interface in interfaces]
    only = arguments.text("ipinterface")
    return [interface for interface in interfaces if only in {"", interface.leaves["name"]}]


@command("ipinterface_list_ports [ module=ModuleId ]", "Lists Ethernet ports.", category="system")
def ipinterface_list_ports(_context: Context, arguments: Arguments) -> list[Record]:
    """List the ports behind the interfaces."""
    behind = {
        "management": ("Management", "1:Module:4"),
        "management-2": ("Management", "1:Module:5"),
        "iscsi1": ("iSCSI", "1:Module:7"),
        "iscsi2": ("iSCSI", "1:Module:8"),
    }
    return [
        Record(
            "ipinterfaceport",
            {
                "index": 1,
                "role": role,
                "ip_interface": name,
                "is_link_up": True,
                "module_id": module,
                "speed": "1000" if role == "Management" else "10000",
            },
        )
        for name, (role, module) in behind.items()
        if arguments.text("module", module) == module
    ]


def _fc_port(wwn_part: int, module: int, port: int) -> Record:
    initiator = port == FC_PORTS[-1]
    return Record(
        "fc_port",
        {
            "component_id": f"1:FC_Port:{module}:{port + 1}",
            "status": "OK",
            "currently_functioning": True,
            "wwpn": f"5001738{wwn_part:05X}01{module:X}{port:X}",
            "port_id": f"{module << 16 | port:08X}",
            "role": "Initiator" if initiator else "Target",
            "user_enabled": True,
            "current_rate": "8",
            "configured_rate": "Auto",
            "max_supported_rate": "8",
            "port_state": "Link Problem" if initiator and module > 4 else "Online",
            "error_count": 0,
            "active_firmware": "5.03.13",
            "credit": 40,
            "model": "QLE2564",
            "serial": f"RFE{module}{port}",
            "module": f"1:Module:{module}",
        },
    )


def _interface(name: str, kind: str, address: str, module: str, ports: str) -> Record:
    return Record(
        "ipinterface",
        {
            "name": name,
            "type": kind,
            "address": address,
            "netmask": "255.255.255.0",
            "gateway": "",
            "address6": "",
            "gateway6": "",
            "mtu": 9000 if kind == "iSCSI" else 1500,
            "module": module,
            "ports": ports,
        },
    )


def _with_port(interface: Record) -> Record:
    leaves = {("port" if name == "ports" else name): value for name, value in interface.leaves.items()}
    return Record(interface.tag, leaves)

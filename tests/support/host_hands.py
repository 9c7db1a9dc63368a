"""Hosts for contract tests: made, mapped and logged in by the driver and the control address."""

from __future__ import annotations

import itertools
from typing import Any

from terraform_provider_xivds8k.driver import Host

from .simulated import World

GIB = 2**30
COMMANDS = {
    "create": {"xiv": "host_define", "ds8k": "POST /hosts"},
    "rename": {"xiv": "host_rename", "ds8k": "PUT /hosts/{id}"},
    "retype": {"xiv": "special_type_set", "ds8k": "PUT /hosts/{id}"},
    "add": {"xiv": "host_add_port", "ds8k": "POST /host_ports/assign"},
    "remove": {"xiv": "host_remove_port", "ds8k": "DELETE /host_ports/{id}"},
    "delete": {"xiv": "host_delete", "ds8k": "DELETE /hosts[id={id}]"},
}
_numbers = itertools.count(1)


def new_wwpn() -> str:
    """Return a WWPN nobody has."""
    return f"10000000C9{next(_numbers):06X}"


def command(array: World, step: str) -> str:
    """Return the journal's name of a step's command."""
    return COMMANDS[step][array.family]


def new_host(array: World, *wwpns: str, **more: Any) -> Host:
    """Make a host."""
    return array.driver.create_host(name=array.new_name(), wwpns=wwpns, deadline=20, **more)


def map_a_volume(array: World, host: Host) -> str:
    """Map a new volume to a host and return the volume's id."""
    pool = array.pools()[0].id
    volume = array.driver.create_volume(name=array.new_name(), pool=pool, size_bytes=GIB, deadline=20)
    array.driver.initialize_connection(volume_id=volume.id, host_id=host.id, deadline=20)
    return volume.id


def log_in(array: World, port: str) -> None:
    """Let a port log in."""
    array.ask("POST", "/logins", {"array": array.name, "port": port, "state": "in"})

"""A simulated array and the driver connected to it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.driver import Connection, Family, Pool, Secret, Settings, XIVDS8KDriver
from terraform_provider_xivds8k.simulators import Simulation, start
from terraform_provider_xivds8k.simulators.store import Store

_numbers = itertools.count(1)


@dataclass(frozen=True)
class World:
    """Hold a simulated array, its simulation, and the driver connected to it."""

    family: Family
    description: dict[str, Any]
    simulation: Simulation
    settings: Settings
    driver: XIVDS8KDriver

    @property
    def name(self) -> str:
        """Return the simulated array's name."""
        return str(self.description["name"])

    @property
    def control(self) -> str:
        """Return the simulation's control address, nothing where it has none."""
        return self.simulation.control or ""

    def pools(self) -> tuple[Pool, Pool]:
        """Return two pools between which a volume can move online."""
        found = [pool for pool in self.driver.list_pools() if pool.storage_type == "fb" and pool.node in {None, 0}]
        return found[0], found[1]

    def new_name(self) -> str:
        """Return a volume name nothing else uses."""
        return f"vol{next(_numbers):04d}"

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Have the simulation do what its control address does."""
        return self.simulation.ask(method, path, body)

    def fail(self, command: str, action: str, **more: object) -> None:
        """Have a command of the array fail, the next time it is called."""
        self.ask(
            "POST", "/faults", {"array": self.name, "command": command, "nth": 1, "times": 1, "action": action, **more}
        )

    def turn(self, switch: str, *, on: bool) -> None:
        """Put a switch of the array into a position."""
        self.ask("POST", "/switches", {"array": self.name, "name": switch, "on": on})

    def calls(self) -> dict[str, int]:
        """Return how often each command was asked for so far."""
        return dict(self.ask("GET", "/journal")[self.name]["by_command"])

    def another_driver(self, **changes: Any) -> XIVDS8KDriver:
        """Return a driver with other settings; the caller closes it."""
        return XIVDS8KDriver(replace(self.settings, **changes))


@contextmanager
def world(
    family: Family,
    file: Path,
    addresses: str = "127.0.0.1:0",
    password: str | None = None,
    *,
    request_timeout_s: float = 20,
) -> Iterator[World]:
    """Start an array on these addresses, perhaps with a password of its own, and connect a driver to it."""
    if password is not None:
        _define_user(file, password)
    one = [addresses]
    with start(
        file, xiv=one if family == "xiv" else (), ds8k=one if family == "ds8k" else (), control="127.0.0.1:0"
    ) as simulation:
        found = world_of(simulation, family, request_timeout_s)
        try:
            yield found
        finally:
            found.driver.close()


def world_of(simulation: Simulation, family: Family, request_timeout_s: float) -> World:
    """Return the first array of a simulation with a driver connected to it, which the caller closes."""
    description = simulation.arrays[0]
    connection = Connection(
        endpoints=tuple(description["endpoints"]),
        username=description["username"],
        password=Secret(description["password"]),
        ca_pem=simulation.ca_pem,
    )
    settings = Settings(family=family, connection=connection, request_timeout_s=request_timeout_s)
    return World(family, description, simulation, settings, XIVDS8KDriver(settings))


def _define_user(file: Path, password: str) -> None:
    store = Store(file)
    try:
        with store.transaction() as transaction:
            transaction.remember("user", {"username": "storage-admin", "password": password})
    finally:
        store.close()

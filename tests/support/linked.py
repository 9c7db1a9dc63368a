"""Two linked simulated arrays of a family, the driver that replicates from the first to the second, and their hosts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.driver import (
    Connection,
    Family,
    ReplicationTarget,
    Secret,
    Settings,
    Side,
    Volume,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.simulators import Simulation, start

GIB = 2**30
POOLS: dict[Family, str] = {"xiv": "pool1", "ds8k": "P0"}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Linked:
    """Hold both arrays: ``home``, where pairs are made, and ``remote``."""

    family: Family
    simulation: Simulation
    settings: Settings
    driver: XIVDS8KDriver
    eyes: dict[Side, XIVDS8KDriver] = field(default_factory=dict)

    def name(self, side: Side) -> str:
        """Return a simulated array's name."""
        return str(self.simulation.arrays[0 if side == "home" else 1]["name"])

    @property
    def pool(self) -> str:
        """Return a pool both arrays have."""
        return POOLS[self.family]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Have the simulation do what its control address does."""
        return self.simulation.ask(method, path, body)

    def volume(self, *labels: str, gib: int = 1, name: str | None = None, **more: Any) -> Volume:
        """Make a volume at home, and let a host write to it."""
        name = name or f"vol{next(_numbers):04d}"
        made = self.driver.create_volume(name=name, pool=self.pool, size_bytes=gib * GIB, **more)
        for label in labels:
            self.write("home", made.id, label)
        return made

    def write(self, side: Side, volume_id: str, label: str) -> None:
        """Let a host write a label; raises ValueError where the array refuses it."""
        self.ask("POST", "/io", {"array": self.name(side), "volume": self._known(side, volume_id), "write": label})

    def read(self, side: Side, volume_id: str) -> list[str]:
        """Return the labels a volume holds, in order."""
        volume = self._known(side, volume_id)
        return list(self.ask("GET", f"/io?array={self.name(side)}&volume={volume}"))

    def _known(self, side: Side, volume_id: str) -> str:
        """Return what the simulation calls a volume: on an XIV its name, read from a driver that is not under test."""
        if self.family == "ds8k":
            return volume_id
        if side not in self.eyes:
            self.eyes[side] = self._alone(side)
        self.eyes[side].forget_recent()
        found = self.eyes[side].find_volume(volume_id)
        assert found is not None, volume_id
        return found.name

    @contextmanager
    def other_driver(self, side: Side) -> Iterator[XIVDS8KDriver]:
        """Open a driver of one array alone, as somebody else's."""
        driver = self._alone(side)
        try:
            yield driver
        finally:
            driver.close()

    def _alone(self, side: Side) -> XIVDS8KDriver:
        target = self.settings.replication_target
        assert target is not None
        connection = self.settings.connection if side == "home" else target.connection
        return XIVDS8KDriver(replace(self.settings, connection=connection, replication_target=None))

    def another_driver(self, **changes: Any) -> XIVDS8KDriver:
        """Return a driver with other settings, as another process has it; the caller closes it."""
        return XIVDS8KDriver(replace(self.settings, **changes))

    def fail(self, side: Side, command: str, action: str, **more: object) -> None:
        """Have a command of an array fail, the next time it is called."""
        fault = {"array": self.name(side), "command": command, "nth": 1, "times": 1, "action": action}
        self.ask("POST", "/faults", fault | more)

    def turn(self, switch: str, *, on: bool) -> None:
        """Put a switch of both arrays into a position."""
        for array in self.simulation.arrays:
            self.ask("POST", "/switches", {"array": array["name"], "name": switch, "on": on})

    def set_state(self, side: Side, state: str) -> None:
        """Let an array be ``up``, ``refuse`` connections, or ``hang``."""
        self.ask("POST", f"/arrays/{self.name(side)}", {"state": state})

    def set_link(self, state: str) -> None:
        """Take the replication link ``up`` or ``down``."""
        self.ask("POST", "/link", {"family": self.family, "state": state})

    def advance(self, seconds: float) -> None:
        """Put the clock forward."""
        self.ask("POST", "/clock", {"advance_s": seconds})

    def calls(self, side: Side) -> dict[str, int]:
        """Return how often each command was asked for so far."""
        return dict(self.ask("GET", "/journal")[self.name(side)]["by_command"])

    def forget_calls(self) -> None:
        """Begin to count anew."""
        self.ask("DELETE", "/journal")


UNCHANGING = {"POST /tokens", "help", "ipinterface_list_ports"}


def changes(arrays: Linked) -> dict[str, int]:
    """Return how often each array was asked for what changes something, since calls were last forgotten."""
    sides: tuple[Side, Side] = ("home", "remote")
    return {
        f"{side} {command}": count
        for side in sides
        for command, count in arrays.calls(side).items()
        if not command.startswith("GET ") and not command.endswith(("_list", "_get")) and command not in UNCHANGING
    }


@contextmanager
def linked(family: Family, file: Path, *, request_timeout_s: float = 5, time_scale: float = 1.0) -> Iterator[Linked]:
    """Serve two linked arrays, with a driver of the first that has the second as its replication target."""
    two = ["127.0.0.1:0"] * 2
    with start(
        file,
        xiv=two if family == "xiv" else (),
        ds8k=two if family == "ds8k" else (),
        control="127.0.0.1:0",
        time_scale=time_scale,
    ) as simulation:
        home, remote = (connection_of(simulation, number) for number in (0, 1))
        target = ReplicationTarget(connection=remote, pool=POOLS[family])
        settings = Settings(
            family=family, connection=home, request_timeout_s=request_timeout_s, replication_target=target
        )
        found = Linked(family, simulation, settings, XIVDS8KDriver(settings))
        try:
            yield found
        finally:
            for driver in (found.driver, *found.eyes.values()):
                driver.close()


def connection_of(simulation: Simulation, number: int) -> Connection:
    """Return how one array of a simulation is reached."""
    array = simulation.arrays[number]
    return Connection(
        endpoints=tuple(array["endpoints"]),
        username=array["username"],
        password=Secret(array["password"]),
        ca_pem=simulation.ca_pem,
    )

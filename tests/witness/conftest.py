"""IBM's XCLI client, connected to the first of two simulated XIVs."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.pyxcli_here import VerifyingTransport, XCLIClient
from support.xcli import ControlAddress
from terraform_provider_xivds8k.simulators import Simulation, start

Connect = Callable[..., Any]


@pytest.fixture
def simulation(tmp_path: Path) -> Iterator[Simulation]:
    """Serve two linked arrays, the first at two endpoints."""
    addresses = ["127.0.0.1:0,127.0.0.1:0", "127.0.0.1:0"]
    with start(tmp_path / "simulator.db", xiv=addresses, control="127.0.0.1:0") as found:
        yield found


@pytest.fixture
def control(simulation: Simulation) -> ControlAddress:
    """Return the control address."""
    assert simulation.control is not None
    return ControlAddress(simulation.control)


@pytest.fixture
def endpoints(simulation: Simulation) -> list[tuple[str, int]]:
    """Return host and port of the endpoints of the first array."""
    parted = [endpoint.rpartition(":") for endpoint in simulation.arrays[0]["endpoints"]]
    return [(host, int(port)) for host, _, port in parted]


@pytest.fixture
def trusting(simulation: Simulation) -> ssl.SSLContext:
    """Return a context that trusts the simulation's authority and nothing else."""
    return ssl.create_default_context(cadata=simulation.ca_pem)


@pytest.fixture
def connect(simulation: Simulation, endpoints: list[tuple[str, int]], trusting: ssl.SSLContext) -> Iterator[Connect]:
    """Return a way to connect pyxcli as the right user or another; ``help`` is called at once, as it always does."""
    opened: list[Any] = []

    def connected(password: str = "", transport: Any = None) -> Any:
        chosen = transport or VerifyingTransport(*endpoints[0], trusting)
        opened.append(chosen)
        array = simulation.arrays[0]
        return XCLIClient(chosen, array["username"], password or array["password"])

    yield connected
    for transport in opened:
        transport.close()


@pytest.fixture
def client(connect: Connect) -> Any:
    """Connect pyxcli to the first array."""
    return connect()

"""Two linked simulated XIVs, the control address, and a connection to the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.xcli import ControlAddress, Xcli
from support.xiv_mirroring import Sites, sites_of, still_arrays
from terraform_provider_xivds8k.simulators import Simulation, start


@pytest.fixture
def simulation(tmp_path: Path) -> Iterator[Simulation]:
    """Serve two arrays, the first at two endpoints."""
    addresses = ["127.0.0.1:0,127.0.0.1:0", "127.0.0.1:0"]
    with start(tmp_path / "simulator.db", xiv=addresses, control="127.0.0.1:0") as found:
        yield found


@pytest.fixture
def control(simulation: Simulation) -> ControlAddress:
    """Return the control address."""
    assert simulation.control is not None
    return ControlAddress(simulation.control)


@pytest.fixture
def xiv(simulation: Simulation) -> Iterator[Xcli]:
    """Connect to the first array, as a user who is sure."""
    with Xcli(simulation.arrays[0], simulation.ca_pem) as found:
        yield found


@pytest.fixture
def partner(simulation: Simulation) -> Iterator[Xcli]:
    """Connect to the second array."""
    with Xcli(simulation.arrays[1], simulation.ca_pem) as found:
        yield found


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Sites]:
    """Return two arrays of their own, whose clock stands unless it is put forward."""
    with still_arrays(tmp_path / "still.db") as simulation, sites_of(simulation) as found:
        yield found

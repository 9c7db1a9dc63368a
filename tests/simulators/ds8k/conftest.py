"""A simulated DS8000 on real TLS, and a signed-in console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.rest_console import Console
from terraform_provider_xivds8k import simulators


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """Yield a signed-in console of an array with two addresses."""
    simulation = simulators.start(tmp_path / "s.db", ds8k=["127.0.0.1,127.0.0.1"], control="127.0.0.1:0")
    with simulation:
        (description,) = simulation.arrays
        console = Console(description, str(simulation.control))
        console.sign_in()
        yield console
        console.close()


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[tuple[Console, Console]]:
    """Yield signed-in consoles of two linked arrays."""
    simulation = simulators.start(tmp_path / "s.db", ds8k=["127.0.0.1"] * 2, control="127.0.0.1:0")
    with simulation:
        here, there = (Console(description, str(simulation.control)) for description in simulation.arrays)
        for console in (here, there):
            console.sign_in()
        yield here, there
        for console in (here, there):
            console.close()

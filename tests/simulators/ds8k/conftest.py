"""A simulated DS8000 on real TLS, and a signed-in console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.rest_console import Console
from terraform_provider_xivds8k import simulators

SLOWLY = 0.001  # time passes when a test puts the clock forward, however busy the machine is


def _served(folder: Path, *addresses: str) -> simulators.Simulation:
    return simulators.start(folder / "s.db", ds8k=addresses, time_scale=SLOWLY, control="127.0.0.1:0")


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """Yield a signed-in console of an array with two addresses."""
    with _served(tmp_path, "127.0.0.1,127.0.0.1") as simulation:
        (description,) = simulation.arrays
        console = Console(description, str(simulation.control))
        console.sign_in()
        yield console
        console.close()


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[tuple[Console, Console]]:
    """Yield signed-in consoles of two linked arrays."""
    with _served(tmp_path, "127.0.0.1", "127.0.0.1") as simulation:
        here, there = (Console(description, str(simulation.control)) for description in simulation.arrays)
        for console in (here, there):
            console.sign_in()
        yield here, there
        for console in (here, there):
            console.close()

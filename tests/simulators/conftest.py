"""Simulations on free ports, with everything in the test's own folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from support.lines import LineArray
from terraform_provider_xivds8k.simulators import Simulation, start

Starter = Callable[..., Simulation]


@pytest.fixture
def simulation(tmp_path: Path) -> Iterator[Starter]:
    """Return a function that serves arrays, with the control address on, until the test ends."""
    with ExitStack() as stack:

        def serve(xiv: int = 0, ds8k: int = 0, **more: Any) -> Simulation:
            more.setdefault("control", "127.0.0.1")
            state = more.pop("state", tmp_path / "simulator.db")
            return stack.enter_context(start(state, ["127.0.0.1"] * xiv, ["127.0.0.1"] * ds8k, **more))

        yield serve


@pytest.fixture
def line_array(tmp_path: Path) -> Iterator[LineArray]:
    """Serve an array with a protocol of a few lines."""
    found = LineArray(tmp_path / "lines.db")
    yield found
    found.close()

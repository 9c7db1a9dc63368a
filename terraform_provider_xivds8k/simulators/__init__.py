"""Simulated arrays: an XIV and a DS8000 with rules, state and time, to develop against and to test with.

Imports nothing of the rest of the project, so that no mistake is shared with the driver that talks to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .simulation import Embedded, Simulation, arrays_in, embedded, start

__all__ = ["Embedded", "Simulation", "arrays_in", "conformance_page", "embedded", "run_command_line", "start"]


def run_command_line(argv: list[str]) -> int:
    """Run ``simulate`` with these arguments until SIGTERM or SIGINT; return the exit code."""
    from .command_line import run

    return run(argv)


def conformance_page() -> str:
    """Return what the arrays answer and where each fact comes from, as Markdown."""
    from .conformance import page

    return page()


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import simulation

        return getattr(simulation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

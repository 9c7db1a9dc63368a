"""The command ``simulate``: one line of JSON when the arrays are ready, then until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from .simulation import Simulation, start

ADDRESSES = "host[:port][,host[:port]]…: the endpoints of one array; no port or 0 takes a free one"


def run(argv: list[str]) -> int:
    """Simulate arrays until told to stop; return the exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    if not options.xiv and not options.ds8k:
        parser.error("name at least one array, for example --xiv 127.0.0.1 --ds8k 127.0.0.1")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        simulation = start(
            options.state,
            xiv=options.xiv,
            ds8k=options.ds8k,
            latency_ms=options.latency_ms,
            time_scale=options.time_scale,
            control=options.control,
        )
    except (OSError, ValueError) as error:
        sys.stderr.write(f"simulate: {error}\n")
        return 1
    with simulation:
        sys.stdout.write(ready_line(simulation))
        sys.stdout.flush()
        stopped.wait()
    return 0


def ready_line(simulation: Simulation) -> str:
    """Return the line that says where the arrays are and how to sign in."""
    return json.dumps({"arrays": simulation.arrays, "control": simulation.control}) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="terraform-provider-xivds8k simulate",
        description="Simulate arrays: real TLS, rules, state and time. --xiv and --ds8k may each be given twice: two "
        "linked arrays. One line of JSON says where they are and how to sign in; SIGTERM or SIGINT ends it.",
        epilog="The control address answers GET and DELETE /journal, GET, POST and DELETE /faults, GET /arrays, "
        "POST /arrays/NAME, GET and POST /link, POST /clock, GET and POST /switches, POST /logins, POST /activity, "
        "GET and POST /io, with JSON; docs/guides/simulators.md shows each.",
    )
    parser.add_argument("--xiv", action="append", default=[], metavar="ADDRS", help=f"an XIV at {ADDRESSES}")
    parser.add_argument("--ds8k", action="append", default=[], metavar="ADDRS", help="a DS8000, likewise")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep everything in this file")
    parser.add_argument("--latency-ms", type=float, default=0.0, metavar="N", help="wait before every command")
    parser.add_argument("--time-scale", type=float, metavar="X", help="let simulated time run X times as fast")
    parser.add_argument("--control", metavar="HOST:PORT", help="offer faults, clock, journal … over HTTP here")
    return parser

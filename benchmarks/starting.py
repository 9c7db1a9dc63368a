"""What a start of the provider costs, and how soon a stop is answered."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from support.held_calls import held_creations
from support.plugin_client import Plugin, environment
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb

from .report import figure
from .stage import FAMILIES, POOLS, Array

PROVIDER = ("-m", "terraform_provider_xivds8k")
STARTS = 15
CALLS = 200
STOP_S = 0.5


def medians_s(works: Mapping[str, Callable[[], float]], turns: int) -> dict[str, float]:
    """Return the median of the seconds each work says it took, in turns so that a busy machine slows all alike."""
    taken: dict[str, list[float]] = {words: [] for words in works}
    for _ in range(turns):
        for words, work in works.items():
            taken[words].append(work())
    return {words: statistics.median(seconds) for words, seconds in taken.items()}


def starts() -> list[dict[str, Any]]:
    """Return what a start costs up to the handshake, and up to the schema."""
    taken = medians_s({"grpc": _import_grpc, "handshake": _handshake, "schema": _schema}, STARTS)
    return [
        figure('start up to the handshake ÷ `python -c "import grpc"`', taken["handshake"] / taken["grpc"], 2.0),
        figure('start up to the answered schema ÷ `python -c "import grpc"`', taken["schema"] / taken["grpc"]),
    ]


def _import_grpc() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import grpc"], env=environment(), check=True)
    return time.perf_counter() - started


def _handshake() -> float:
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *PROVIDER], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    taken = time.perf_counter() - started
    assert line.startswith(b"1|6|unix|"), line
    process.terminate()
    process.wait(10)
    process.stdout.close()
    return taken


def _schema() -> float:
    started = time.perf_counter()
    plugin = Plugin(PROVIDER)
    plugin.call("GetProviderSchema", pb.GetProviderSchema.Request())
    taken = time.perf_counter() - started
    plugin.end()
    return taken


def stops(arrays: list[Array]) -> list[dict[str, Any]]:
    """Return how long StopProvider takes while many calls wait for an array that hangs; the arrays go on hanging."""
    return [
        figure(f"StopProvider answered while {CALLS} calls wait, {FAMILIES[array.family]}", _stop_s(array), STOP_S, "s")
        for array in arrays
    ]


def _stop_s(array: Array) -> float:
    plugin = Plugin(PROVIDER)
    try:
        name = array.described["name"]
        held_creations(
            plugin,
            array.block(),
            POOLS[array.family][0],
            lambda: array.ask("POST", f"/arrays/{name}", {"state": "hang"}),
            CALLS,
        )
        started = time.perf_counter()
        plugin.call("StopProvider", pb.StopProvider.Request())
        return time.perf_counter() - started
    finally:
        plugin.end()

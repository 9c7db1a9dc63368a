"""The user's wish to stop: heard at once, however many calls wait, and by the right connection."""

from __future__ import annotations

import functools
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from support.held_calls import held_creations
from support.plugin_client import OPTIONS, SHELF, Connection, Plugin, environment, eventually, raw_of, value
from support.shelf import Box, BoxSource, ShelfBlock, box
from support.sources import ROOT
from support.world import world_of
from terraform_provider_xivds8k import simulators
from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.stop import MOST_CONNECTIONS, Cancellation, Cancellations
from terraform_provider_xivds8k.schema import UNKNOWN

Start = Callable[..., Plugin]


def _configure(connection: Connection, label: str) -> None:
    block = {**ShelfBlock.nothing().raw, "label": label}
    connection.call("ConfigureProvider", pb.ConfigureProvider.Request(config=value(block, ShelfBlock.node())))


def _asked(connection: Connection, about: str) -> str:
    node = BoxSource.node()
    request = pb.ReadDataSource.Request(type_name="shelf_box", config=value({"id": about, "name": None}, node))
    found = raw_of(connection.call("ReadDataSource", request).state, node)
    assert found is not None
    return str(found["name"])


def _wait_for_one(connection: Connection) -> None:
    eventually(lambda: _asked(connection, "waiting") == "1", "a call waits")


def _slow(connection: Connection) -> Any:
    node = Box.node()
    planned = {**box(name="slow"), "id": UNKNOWN, "stamp": UNKNOWN, "seal": UNKNOWN, "place": UNKNOWN}
    return connection.start(
        "ApplyResourceChange",
        pb.ApplyResourceChange.Request(
            type_name="shelf_box",
            prior_state=value(None, node),
            planned_state=value(planned, node),
            config=value(box(name="slow"), node),
        ),
    )


def test_stop_is_answered_at_once_while_two_hundred_calls_wait(start: Start) -> None:
    plugin = start()
    _configure(plugin, "oak")
    calls = [_slow(plugin) for _ in range(200)]
    eventually(lambda: _asked(plugin, "waiting") == "200", "200 calls wait", 20)
    began = time.monotonic()
    assert plugin.call("StopProvider", pb.StopProvider.Request()).Error == ""
    assert time.monotonic() - began < 0.8
    answers = [call.result(timeout=5) for call in calls]
    assert time.monotonic() - began < 1.8
    assert all(answer.diagnostics[0].summary == "Stopped" for answer in answers)


@pytest.mark.parametrize("family", ["xiv", "ds8k"])
def test_the_provider_itself_answers_a_stop_at_once_while_its_array_hangs(
    start: Start, family: Family, tmp_path: Path
) -> None:
    one = ["127.0.0.1"]
    with simulators.start(tmp_path / "arrays.db", xiv=one, ds8k=one, control="127.0.0.1:0") as simulation:
        world = world_of(simulation, f"{family}1")
        plugin = start("-m", "terraform_provider_xivds8k")

        def hang() -> None:
            world.ask_control("POST", f"/arrays/{family}1", {"state": "hang"})

        calls = held_creations(plugin, world.provider(), world.pool, hang, 200)
        began = time.monotonic()
        assert plugin.call("StopProvider", pb.StopProvider.Request()).Error == ""
        assert time.monotonic() - began < 0.5
        answers = [call.result(timeout=20) for call in calls]
        assert all(answer.diagnostics for answer in answers)


def test_a_callback_that_fails_does_not_keep_the_others_waiting() -> None:
    sign = Cancellation()
    ended: list[int] = []

    def fail() -> None:
        raise OSError("closed already")

    for number in range(2):
        sign.on_set(functools.partial(ended.append, number))
        sign.on_set(fail)
    sign.set()
    assert ended == [0, 1]


def test_a_callback_given_after_the_sign_runs_at_once_and_one_taken_back_never() -> None:
    sign, ended = Cancellation(), []
    sign.on_set(lambda: ended.append("taken back"))()
    sign.set()
    sign.set()
    sign.on_set(lambda: ended.append("late"))
    assert ended == ["late"]
    assert sign.is_set()
    assert sign.wait(0)


def test_connections_not_heard_of_for_long_are_forgotten() -> None:
    signs = Cancellations()
    first = signs.of("first")
    for number in range(MOST_CONNECTIONS):
        assert signs.of("kept") is signs.of("kept"), number
        signs.of(str(number))
    assert signs.of("first") is not first
    signs.set_all()
    assert signs.of("kept").is_set()


@pytest.fixture
def debugged() -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Start a process to attach to, and read what it tells to export."""
    process = subprocess.Popen(
        [sys.executable, *SHELF, "--debug"], env=environment(), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    shown = ""
    while "TF_REATTACH_PROVIDERS" not in shown:
        shown = process.stdout.readline()
        assert shown, "the process ended"
    found = re.search(r"export TF_REATTACH_PROVIDERS='(.*)'", shown)
    assert found
    yield process, json.loads(found[1])
    process.kill()
    process.wait(10)
    process.stdout.close()


Debugged = tuple[subprocess.Popen[str], dict[str, Any]]


def _connections(debugged: Debugged, count: int) -> list[Connection]:
    address = debugged[1]["tests/shelf"]["Addr"]["String"]
    return [Connection(grpc.insecure_channel(address, OPTIONS)) for _ in range(count)]


def test_what_to_export_is_what_terraform_reads(debugged: Debugged) -> None:
    process, exported = debugged
    told = exported["tests/shelf"]
    assert (told["Protocol"], told["ProtocolVersion"], told["Pid"], told["Test"]) == ("grpc", 6, process.pid, True)
    assert told["Addr"]["Network"] == "tcp"
    assert told["Addr"]["String"].startswith("127.0.0.1:")


def test_each_connection_has_the_configuration_it_asked_for(debugged: Debugged) -> None:
    one, other, third = _connections(debugged, 3)
    _configure(one, "oak")
    _configure(other, "ash")
    assert [_asked(one, "label"), _asked(other, "label")] == ["oak", "ash"]
    _configure(third, "elm")
    _configure(one, "fir")
    assert [_asked(one, "label"), _asked(other, "label"), _asked(third, "label")] == ["fir", "ash", "elm"]


def test_a_stop_is_for_the_run_that_asked_for_it(debugged: Debugged) -> None:
    stopped, going_on = _connections(debugged, 2)
    _configure(stopped, "oak")
    _configure(going_on, "ash")
    ended, waiting = _slow(stopped), _slow(going_on)
    for connection in (stopped, going_on):
        _wait_for_one(connection)
    stopped.call("StopProvider", pb.StopProvider.Request())
    assert ended.result(timeout=2).diagnostics[0].summary == "Stopped"
    (later,) = _connections(debugged, 1)
    _configure(later, "elm")
    again = _slow(later)
    _wait_for_one(later)
    assert not again.done()
    assert not waiting.done()


def test_an_interrupt_ends_a_debug_process_and_what_waits_in_it(debugged: Debugged) -> None:
    (connection,) = _connections(debugged, 1)
    _configure(connection, "oak")
    waiting = _slow(connection)
    _wait_for_one(connection)
    debugged[0].send_signal(signal.SIGINT)
    assert debugged[0].wait(5) == 0
    assert waiting.result(timeout=5).diagnostics[0].summary == "Stopped"

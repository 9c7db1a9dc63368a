"""The control address, route by route, on arrays of both families."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from support.lines import Client
from terraform_provider_xivds8k.simulators import Simulation

Starter = Callable[..., Simulation]
EMPTY = {"total": 0, "by_command": {}, "sign_ins": {"ok": 0, "refused": 0}, "max_in_flight": 0, "held": 0}


class Desk:
    """Ask the control address of a simulation, and the DS8000 in it."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.url = simulation.control or ""

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Return status and answer of a request; a text goes as it is."""
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def does(self, method: str, path: str, body: object = None) -> Any:
        """Return the answer of a request that succeeds."""
        status, answer = self.send(method, path, body)
        assert status == 200, answer
        return answer

    def says(self, method: str, path: str, body: object = None) -> str:
        """Return the words of a request that is refused as wrong."""
        status, answer = self.send(method, path, body)
        assert status == 400, answer
        return str(answer["error"])

    def sign_in(self, password: str | None = None) -> int:
        """Ask the DS8000 for a token; return the HTTP status."""
        array = next(found for found in self.simulation.arrays if found["family"] == "ds8k")
        host, _, port = array["endpoints"][0].rpartition(":")
        context = ssl.create_default_context(cadata=self.simulation.ca_pem)
        connection = http.client.HTTPSConnection(host, int(port), timeout=10, context=context)
        params = {"username": array["username"], "password": password or array["password"]}
        try:
            connection.request("POST", "/api/v1/tokens", json.dumps({"request": {"params": params}}))
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture
def desk(simulation: Starter) -> Desk:
    """Serve a DS8000 and two XIVs with the control address."""
    return Desk(simulation(xiv=2, ds8k=1))


def test_the_journal_names_every_array_and_starts_anew_when_deleted(desk: Desk) -> None:
    assert desk.does("GET", "/journal") == {"ds8k1": EMPTY, "xiv1": EMPTY, "xiv2": EMPTY}
    desk.sign_in()
    desk.sign_in("wrong")
    assert desk.does("GET", "/journal")["ds8k1"] == {
        "total": 2,
        "by_command": {"POST /tokens": 2},
        "sign_ins": {"ok": 1, "refused": 1},
        "max_in_flight": 1,
        "held": 0,
    }
    desk.does("DELETE", "/journal")
    assert desk.does("GET", "/journal")["ds8k1"] == EMPTY


def test_a_fault_happens_and_is_forgotten_when_deleted(desk: Desk) -> None:
    fault = {"array": "ds8k1", "command": "POST /tok*", "action": "drop_before", "times": 5}
    desk.does("POST", "/faults", fault)
    with pytest.raises(ConnectionError):
        desk.sign_in()
    (pending,) = desk.does("GET", "/faults")
    assert pending == {**fault, "nth": 1, "seconds": 0.0, "code": "", "seen": 1}
    desk.does("DELETE", "/faults")
    assert desk.does("GET", "/faults") == []
    assert desk.sign_in() == 200


def test_an_array_refuses_and_comes_back(desk: Desk) -> None:
    desk.does("POST", "/arrays/ds8k1", {"state": "refuse"})
    with pytest.raises(ConnectionError):
        desk.sign_in()
    assert desk.does("GET", "/arrays")["ds8k1"] == {"array": "refuse"}
    desk.does("POST", "/arrays/ds8k1", {"state": "up"})
    assert desk.sign_in() == 200


def test_one_endpoint_hangs_and_the_other_serves(simulation: Starter) -> None:
    desk = Desk(simulation(ds8k=1, xiv=1))
    endpoint = desk.simulation.arrays[0]["endpoints"][0]
    desk.does("POST", "/arrays/xiv1", {"state": "hang", "endpoint": endpoint})
    with pytest.raises(TimeoutError):
        Client(endpoint, desk.simulation.ca_pem, timeout_s=0.3)
    assert desk.sign_in() == 200
    desk.does("POST", "/arrays/xiv1", {"state": "up", "endpoint": endpoint})
    Client(endpoint, desk.simulation.ca_pem).__exit__()


def test_an_array_taken_down_by_a_fault_comes_back_by_the_control_address(desk: Desk) -> None:
    desk.does("POST", "/faults", {"array": "ds8k1", "command": "POST /tokens", "action": "down"})
    for _ in range(2):
        with pytest.raises(ConnectionError):
            desk.sign_in()
    assert desk.does("GET", "/arrays")["ds8k1"] == {"array": "down"}
    desk.does("POST", "/arrays/ds8k1", {"state": "up"})
    assert desk.sign_in() == 200


def test_the_link_of_a_family_goes_down_and_up(desk: Desk) -> None:
    for state in ("down", "up"):
        desk.does("POST", "/link", {"family": "xiv", "state": state})
        assert desk.does("GET", "/link") == {"ds8k": "up", "xiv": state}


def test_the_clock_goes_forward_only(desk: Desk) -> None:
    before = desk.does("POST", "/clock", {"advance_s": 0})["now_s"]
    assert desk.does("POST", "/clock", {"advance_s": 3600})["now_s"] - before == pytest.approx(3600, abs=60)
    assert "forward" in desk.says("POST", "/clock", {"advance_s": -1})


def test_the_clock_runs_by_the_scale_of_the_simulation(simulation: Starter) -> None:
    desk = Desk(simulation(ds8k=1, time_scale=1e6))
    first = desk.does("POST", "/clock", {"advance_s": 0})["now_s"]
    assert desk.does("POST", "/clock", {"advance_s": 0})["now_s"] - first > 100


def test_switches_are_listed_with_their_meaning_and_turned_for_one_array(desk: Desk) -> None:
    listed = desk.does("GET", "/switches?array=xiv1")
    assert listed
    assert all(set(switch) == {"array", "name", "on", "meaning"} and switch["meaning"] for switch in listed)
    first = listed[0]
    desk.does("POST", "/switches", {"array": "xiv1", "name": first["name"], "on": not first["on"]})
    assert desk.does("GET", "/switches?array=xiv1")[0] == {**first, "on": not first["on"]}
    (other,) = [found for found in desk.does("GET", "/switches?array=xiv2") if found["name"] == first["name"]]
    assert other["on"] == first["on"]
    assert {found["array"] for found in desk.does("GET", "/switches")} == {"ds8k1", "xiv1", "xiv2"}


def test_labels_are_written_and_read_in_order(desk: Desk) -> None:
    for label in ("one", "two"):
        desk.does("POST", "/io", {"array": "ds8k1", "volume": "0000", "write": label})
    assert desk.does("GET", "/io?array=ds8k1&volume=0000") == ["one", "two"]


def test_logins_and_activity_reach_the_array(desk: Desk) -> None:
    desk.does("POST", "/logins", {"array": "ds8k1", "port": "5001738000000001", "state": "in"})
    desk.does("POST", "/logins", {"array": "ds8k1", "port": "5001738000000001", "state": "out"})
    desk.does("POST", "/activity", {"array": "ds8k1", "volume": "0000", "seconds": 60})


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/faults", {"array": "xiv9", "command": "*", "action": "half"}, "no array 'xiv9'; there are: ds8k1"),
        ("POST", "/faults", {"array": "xiv1", "command": "*", "action": "burn"}, "no action 'burn'"),
        ("POST", "/faults", {"array": "xiv1", "command": "*", "action": "half", "nth": "x"}, "invalid literal"),
        ("POST", "/faults", "{", "Expecting"),
        ("POST", "/faults", "[]", "JSON object"),
        ("POST", "/arrays/xiv1", {"state": "down"}, "no state 'down'; there are: up, refuse, hang"),
        ("POST", "/arrays/xiv9", {"state": "up"}, "no array 'xiv9'"),
        ("POST", "/arrays/xiv1", {"state": []}, "no state []"),
        ("POST", "/link", {"family": "svc", "state": "up"}, "no family 'svc'"),
        ("POST", "/link", {"family": "xiv", "state": "loose"}, "up or down"),
        ("POST", "/link", {"family": "xiv"}, "needs state"),
        ("POST", "/clock", {}, "needs advance_s"),
        ("POST", "/clock", {"advance_s": "NaN"}, "forward"),
        ("POST", "/clock", {"array": "xiv9", "ahead_s": 1}, "no array 'xiv9'"),
        ("POST", "/clock", {"array": "xiv1"}, "needs ahead_s"),
        ("POST", "/clock", {"array": "xiv1", "ahead_s": "NaN"}, "number of seconds"),
        ("POST", "/switches", {"array": "xiv1", "name": "warp", "on": True}, "no switch 'warp'"),
        ("POST", "/switches", {"array": "xiv1", "name": "warp", "on": "yes"}, "true or false"),
        ("GET", "/switches?array=xiv9", None, "no array 'xiv9'"),
        ("POST", "/logins", {"array": "ds8k1", "port": "zz", "state": "in"}, "zz"),
        ("POST", "/logins", {"array": "ds8k1", "port": "5001738000000001", "state": "up"}, "in or out"),
        ("POST", "/activity", {"array": "ds8k1", "volume": "FFFF", "seconds": 1}, "no volume 'FFFF'"),
        ("POST", "/io", {"array": "xiv1", "volume": "none", "write": "x"}, "none"),
        ("GET", "/io?array=ds8k1", None, "needs volume"),
    ],
)
def test_a_wrong_request_is_refused_in_words(desk: Desk, method: str, path: str, body: object, said: str) -> None:
    assert said in desk.says(method, path, body)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/nothing"), ("POST", "/arrays"), ("PUT", "/clock"), ("GET", "/io/x")]
)
def test_what_there_is_not_is_answered_with_what_there_is(desk: Desk, method: str, path: str) -> None:
    status, answer = desk.send(method, path, {})
    assert status == 404
    assert "POST /faults" in answer["error"]
    there_are = answer["error"].partition("there are: ")[2].rstrip(".").split(", ")
    assert "POST /arrays/NAME" in there_are
    assert f"{method} {path}" not in there_are


def test_the_control_address_ends_with_the_simulation(simulation: Starter) -> None:
    served = simulation(ds8k=1)
    host, _, port = (served.control or "").removeprefix("http://").rpartition(":")
    served.stop()
    assert served.control is None
    with pytest.raises(ConnectionError):
        socket.create_connection((host, int(port)), 5)


CALL = """
import sys
from pathlib import Path
from terraform_provider_xivds8k.simulators import embedded
import http.client, json, ssl
found = embedded(Path(sys.argv[1]), None, "ds8k")
host, _, port = found.array["endpoints"][0].rpartition(":")
context = ssl.create_default_context(cadata=found.ca_pem)
for _ in range(100):
    connection = http.client.HTTPSConnection(host, int(port), timeout=10, context=context)
    try:
        connection.request("POST", "/api/v1/tokens", json.dumps({"request": {"params": {}}}))
        connection.getresponse().read()
        print("answered")
    except ConnectionError:
        print("dropped")
    connection.close()
found.stop()
"""


def test_two_processes_serve_at_once_and_every_command_and_fault_is_counted_once(simulation: Starter) -> None:
    desk = Desk(simulation(ds8k=2))
    state = desk.simulation.arrays[0]["ca_file"].removesuffix(".ca.pem")
    desk.does(
        "POST", "/faults", {"array": "ds8k1", "command": "POST /tokens", "nth": 50, "times": 20, "action": "drop_after"}
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", CALL, state], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said: list[str] = []
    for process in processes:
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert errors == ""
        said += out.split()
    assert said.count("dropped") == 20
    assert said.count("answered") == 180
    assert desk.does("GET", "/journal")["ds8k1"]["by_command"] == {"POST /tokens": 200}


def test_the_process_that_serves_asks_the_same_without_an_address(simulation: Starter) -> None:
    held = simulation(ds8k=1, control=None)
    assert held.control is None
    assert held.ask("POST", "/arrays/ds8k1", {"state": "refuse"}) == {}
    assert held.ask("GET", "/arrays") == {"ds8k1": {"array": "refuse"}}
    with pytest.raises(ValueError, match="no action 'explode'"):
        held.ask("POST", "/faults", {"array": "ds8k1", "command": "*", "action": "explode"})
    with pytest.raises(ValueError, match="There is no GET /nothing"):
        held.ask("GET", "/nothing")

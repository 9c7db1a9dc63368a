"""``simulate`` as a person or a pipeline starts it: a process of its own."""

from __future__ import annotations

import json
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.lines import Client
from terraform_provider_xivds8k.simulators import embedded, start
from terraform_provider_xivds8k.simulators.control import ROUTES

COMMAND = [sys.executable, "-m", "terraform_provider_xivds8k", "simulate"]
FACTS = {"family", "name", "endpoints", "username", "password", "ca_file", "system_id", "pools", "target_name"}


@contextmanager
def simulate(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run ``simulate`` and yield the process and its ready line."""
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield process, json.loads(line)
        finally:
            process.terminate()
            process.wait(10)


def refused(*options: str) -> tuple[int, str]:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False)
    assert "Traceback" not in done.stderr
    assert not done.stdout
    return done.returncode, done.stderr


def test_the_ready_line_says_all_a_client_needs() -> None:
    options = ["--xiv", "127.0.0.1,127.0.0.2:0", "--xiv", "127.0.0.1", "--ds8k", "localhost", "--control", "127.0.0.1"]
    with simulate(*options) as (_, ready):
        assert [array["name"] for array in ready["arrays"]] == ["xiv1", "xiv2", "ds8k1"]
        assert [array["family"] for array in ready["arrays"]] == ["xiv", "xiv", "ds8k"]
        assert all(set(array) == FACTS for array in ready["arrays"])
        first, second, alone = ready["arrays"]
        assert [endpoint.rpartition(":")[0] for endpoint in first["endpoints"]] == ["127.0.0.1", "127.0.0.2"]
        assert first["system_id"] != second["system_id"]
        assert len({(array["username"], array["password"]) for array in ready["arrays"]}) == 1
        assert len(first["pools"]) == 2
        assert alone["pools"] == ["P0", "P1", "P2"]
        ca_pem = Path(first["ca_file"]).read_text(encoding="ascii")
        for endpoint in [*first["endpoints"], *second["endpoints"], *alone["endpoints"]]:
            Client(endpoint, ca_pem).__exit__()
        with urllib.request.urlopen(f"{ready['control']}/journal", timeout=10) as answer:
            assert sorted(json.load(answer)) == ["ds8k1", "xiv1", "xiv2"]
        folder = Path(first["ca_file"]).parent
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_code_0_in_under_2_seconds(number: signal.Signals) -> None:
    with simulate("--xiv", "127.0.0.1", "--control", "127.0.0.1") as (process, ready):
        array = ready["arrays"][0]
        with Client(array["endpoints"][0], Path(array["ca_file"]).read_text(encoding="ascii")):
            start_s = time.monotonic()
            process.send_signal(number)
            assert process.wait(10) == 0
            assert time.monotonic() - start_s < 2
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_simulation_with_a_file_goes_on_where_it_was(tmp_path: Path) -> None:
    state = tmp_path / "new" / "simulator.db"
    options = ["--ds8k", "127.0.0.1", "--state", str(state)]
    with simulate(*options) as (_, first):
        pass
    with simulate(*options) as (_, second):
        for ready in (first, second):
            ready["arrays"][0].pop("endpoints")
        assert first == second
        assert second["control"] is None


def test_the_authority_of_a_relative_state_file_is_named_so_that_it_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with start(Path("simulator.db"), ds8k=["127.0.0.1"]) as simulation:
        assert simulation.arrays[0]["ca_file"] == str(tmp_path / "simulator.db.ca.pem")
        assert (tmp_path / "simulator.db.ca.pem").exists()


def test_the_help_tells_of_linked_arrays_and_of_every_route_of_the_control_address() -> None:
    shown = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    told = " ".join(shown.split())
    assert "each be given twice" in told
    for method, name in ROUTES:
        assert re.search(rf"\b{method}\b[A-Z, and]* /{name}\b", told), (method, name)


def test_a_running_simulation_and_an_embedded_one_share_a_file(tmp_path: Path) -> None:
    state = tmp_path / "simulator.db"
    with simulate("--xiv", "127.0.0.1", "--state", str(state)) as (_, ready):
        inside = embedded(state, None, "xiv")
        try:
            assert inside.array["system_id"] == ready["arrays"][0]["system_id"]
            assert inside.array["password"] == ready["arrays"][0]["password"]
            for endpoint in (*ready["arrays"][0]["endpoints"], *inside.array["endpoints"]):
                Client(endpoint, inside.ca_pem).__exit__()
        finally:
            inside.stop()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"xiv": ["a:b:c:port"]}, "Cannot listen on a:b:c:port"),
        ({"xiv": ["127.0.0.1:70000"]}, "Not an address: '127.0.0.1:70000'"),
        ({"ds8k": ["[::1"]}, "Not an address"),
        ({"ds8k": ["127.0.0.1,"]}, "Not an address"),
        ({"xiv": ["127.0.0.1"] * 3}, "At most 2 arrays"),
        ({"xiv": ["127.0.0.1"], "time_scale": 0}, "above 0"),
        ({"xiv": ["127.0.0.1"], "latency_ms": -1}, "latency"),
        ({"xiv": ["127.0.0.1"], "control": "192.0.2.1:0"}, "loopback"),
        ({"xiv": ["127.0.0.1"], "state": Path("/dev/null/simulator.db")}, "/dev/null/simulator.db cannot be used"),
    ],
)
def test_what_cannot_be_served_is_refused_in_words(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises((ValueError, OSError), match=re.escape(said)):
        start(**{"state": tmp_path / "simulator.db", **options})


@pytest.mark.parametrize("options", [(), ("--xiv", "127.0.0.1:port")])
def test_a_refusal_is_one_sentence_for_a_person(options: tuple[str, ...]) -> None:
    code, words = refused(*options)
    assert code in {1, 2}
    assert "127.0.0.1" in words


def test_a_port_that_is_taken_is_named() -> None:
    with simulate("--xiv", "127.0.0.1") as (_, ready):
        taken = ready["arrays"][0]["endpoints"][0]
        code, words = refused("--ds8k", taken)
        assert code == 1
        assert taken in words


def test_a_file_that_is_no_simulation_is_refused_and_kept(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("somebody's notes, not a database, and long enough to be looked at " * 4, encoding="ascii")
    code, words = refused("--xiv", "127.0.0.1", "--state", str(notes))
    assert code == 1
    assert "name another file" in words
    assert notes.read_text(encoding="ascii").startswith("somebody's notes")


EMBED = """
import sys
from pathlib import Path
from terraform_provider_xivds8k.simulators import embedded
sys.stdin.readline()
found = embedded(Path(sys.argv[1]), None, sys.argv[2])
print(found.array["password"], found.array["system_id"], found.partner["system_id"])
found.stop()
"""


def test_processes_that_make_the_same_file_at_once_agree(tmp_path: Path) -> None:
    state = str(tmp_path / "folder" / "simulator.db")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", EMBED, state, family], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for family in ("xiv", "xiv", "ds8k")
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert said[0] == said[1]
    assert said[2][0] == said[0][0]
    assert len({*said[0], *said[2]}) == 5
    assert sorted(found.name for found in (tmp_path / "folder").iterdir()) == ["simulator.db", "simulator.db.ca.pem"]


def test_an_embedded_array_may_be_the_second_and_its_partner_stands_by(tmp_path: Path) -> None:
    found = embedded(tmp_path / "simulator.db", "xiv2", "xiv")
    try:
        assert found.array["name"] == "xiv2"
        assert found.partner is not None
        assert found.partner["name"] == "xiv1"
        assert found.partner["target_name"] != found.array["target_name"]
        with pytest.raises(ssl.SSLCertVerificationError):
            Client(found.array["endpoints"][0], _other_authority(tmp_path))
    finally:
        found.stop()
        found.stop()


def _other_authority(tmp_path: Path) -> str:
    with start(tmp_path / "other.db", ds8k=["127.0.0.1"]) as other:
        return other.ca_pem


@pytest.mark.parametrize(("array", "family"), [("xiv3", "xiv"), ("ds8k1", "xiv"), (None, "svc")])
def test_an_array_or_family_there_is_not_is_refused_with_those_there_are(
    tmp_path: Path, array: str | None, family: str
) -> None:
    with pytest.raises(ValueError, match="there are: xiv"):
        embedded(tmp_path / "simulator.db", array, family)
    assert not (tmp_path / "simulator.db").exists()


def test_embedding_an_array_that_is_there_takes_a_blink(tmp_path: Path) -> None:
    for family in ("xiv", "ds8k"):
        embedded(tmp_path / "simulator.db", None, family).stop()
        took_s = []
        for _ in range(5):
            start_s = time.monotonic()
            embedded(tmp_path / "simulator.db", None, family).stop()
            took_s.append(time.monotonic() - start_s)
        assert min(took_s) < 0.15


def test_nothing_of_cryptography_is_loaded_once_the_certificates_are_there(tmp_path: Path) -> None:
    embedded(tmp_path / "simulator.db", None, "ds8k").stop()
    source = EMBED.replace("found.stop()", "found.stop(); assert 'cryptography' not in sys.modules; print('lean')")
    done = subprocess.run(
        [sys.executable, "-c", source, str(tmp_path / "simulator.db"), "ds8k"],
        input="\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout.endswith("lean\n")

"""What every simulated array shares: transactions, faults, states, latency, and an end in good order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.lines import HUGE_BYTES, Client, LineArray
from terraform_provider_xivds8k.simulators import faults, journal
from terraform_provider_xivds8k.simulators.store import Store


def journal_of(array: LineArray) -> dict[str, Any]:
    found: dict[str, Any] = array.within(journal.read)["xiv1"]
    return found


def fail(array: LineArray, command: str, action: str, **more: Any) -> None:
    fault = faults.parse({"array": "xiv1", "command": command, "action": action, **more})
    array.within(lambda transaction: faults.add(transaction, fault))


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds, 5 s at most."""
    until_s = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def test_a_command_is_carried_out_once_and_counted(line_array: LineArray) -> None:
    with line_array.connect() as client:
        assert client.ask("make a") == b"1 made a\n"
        assert client.ask("list") == b"2 a\n"
    assert journal_of(line_array) == {
        "total": 2,
        "by_command": {"list": 1, "make": 1},
        "sign_ins": {"ok": 0, "refused": 0},
        "max_in_flight": 1,
        "held": 0,
    }


def test_a_rejected_command_leaves_nothing_but_its_count(line_array: LineArray) -> None:
    with line_array.connect() as client:
        assert client.ask("change-mind a") == b"1 rejected\n"
        assert client.ask("list") == b"2 \n"
    assert journal_of(line_array)["by_command"]["change-mind"] == 1


def test_a_sign_in_counts_even_when_its_command_is_rejected(line_array: LineArray) -> None:
    with line_array.connect() as client:
        client.ask("sign-in bad")
        client.ask("sign-in bad")
        client.ask("sign-in good")
    assert journal_of(line_array)["sign_ins"] == {"ok": 1, "refused": 2}
    assert line_array.things() == []


def test_a_defect_of_the_machine_ends_one_connection_and_leaves_nothing(
    line_array: LineArray, caplog: pytest.LogCaptureFixture
) -> None:
    with line_array.connect() as client, line_array.connect() as other:
        assert client.ask("break a") == b""
        assert other.ask("make b") == b"1 made b\n"
    assert line_array.things() == ["b"]
    assert "a connection failed" in caplog.text


@pytest.mark.parametrize(
    ("action", "more", "answer", "done"),
    [
        ("drop_before", {}, b"", False),
        ("drop_after", {}, b"", True),
        ("error", {"code": "E7"}, b"1 error E7\n", False),
        ("half", {}, b"1 ma", True),
        ("wrong_id", {}, b"1001 made a\n", True),
        ("delay_before", {"seconds": 0.01}, b"1 made a\n", True),
        ("delay_after", {"seconds": 0.01}, b"1 made a\n", True),
        ("down", {}, b"", False),
    ],
)
def test_a_fault_does_what_its_name_says(
    line_array: LineArray, action: str, more: dict[str, Any], answer: bytes, done: bool
) -> None:
    fail(line_array, "make", action, **more)
    with line_array.connect() as client:
        assert client.ask("make a") == answer
    assert line_array.things() == (["a"] if done else [])
    assert journal_of(line_array)["by_command"] == {"make": 1}


def test_garbage_is_no_reply_and_ends_the_connection(line_array: LineArray) -> None:
    fail(line_array, "make", "garbage")
    with line_array.connect() as client:
        assert b"made" not in client.ask("make a")
        while client.ask("list"):
            pass
    assert line_array.things() == ["a"]


def test_a_huge_reply_is_more_than_64_mib(line_array: LineArray) -> None:
    fail(line_array, "list", "huge")
    with line_array.connect() as client:
        assert len(client.ask("list")) > HUGE_BYTES > 64 * 2**20
        assert client.ask("list") == b"2 \n"


def test_several_faults_at_one_call_all_happen(line_array: LineArray) -> None:
    fail(line_array, "make", "delay_before", seconds=0.2)
    fail(line_array, "ma*", "drop_after")
    start_s = time.monotonic()
    with line_array.connect() as client:
        assert client.ask("make a") == b""
    assert time.monotonic() - start_s >= 0.2
    assert line_array.things() == ["a"]


@pytest.mark.parametrize("action", ["delay_before", "delay_after"])
def test_a_delayed_command_holds_up_no_other(line_array: LineArray, action: str) -> None:
    fail(line_array, "make", action, seconds=60)
    with line_array.connect() as slow, line_array.connect(1) as quick:
        slow.stream.sendall(b"make a\n")
        eventually(lambda: journal_of(line_array)["total"] == 1)
        eventually(lambda: line_array.things() == ([] if action == "delay_before" else ["a"]))
        start_s = time.monotonic()
        assert quick.ask("make b") == b"1 made b\n"
        assert time.monotonic() - start_s < 5
        assert journal_of(line_array)["held"] == 1
    assert journal_of(line_array)["max_in_flight"] == 2


def test_an_array_that_went_down_stays_down_for_every_connection_until_it_is_up(line_array: LineArray) -> None:
    fail(line_array, "make", "down", nth=2)
    with line_array.connect() as client, line_array.connect(1) as other:
        assert client.ask("make a") == b"1 made a\n"
        assert client.ask("make b") == b""
        assert other.ask("list") == b""
    with pytest.raises(ConnectionError):
        line_array.connect()
    line_array.set_state("up")
    with line_array.connect() as client:
        assert client.ask("list") == b"1 a\n"
    assert journal_of(line_array)["by_command"] == {"list": 1, "make": 2}


def test_faults_wait_for_an_array_that_is_down(line_array: LineArray) -> None:
    fail(line_array, "list", "error", code="E1")
    with line_array.connect() as client:
        line_array.set_state("refuse")
        assert client.ask("list") == b""
    line_array.set_state("up")
    with line_array.connect() as client:
        assert client.ask("list") == b"1 error E1\n"


def test_an_endpoint_that_refuses_resets_and_its_neighbour_serves(line_array: LineArray) -> None:
    line_array.set_state("refuse", line_array.endpoints[0])
    with pytest.raises(ConnectionError):
        line_array.connect(0)
    with line_array.connect(1) as client:
        assert client.ask("list") == b"1 \n"


def test_an_endpoint_that_hangs_answers_neither_old_nor_new_connections(line_array: LineArray) -> None:
    with line_array.connect(0, timeout_s=0.3) as old, line_array.connect(1) as neighbour:
        line_array.set_state("hang", line_array.endpoints[0])
        with pytest.raises(TimeoutError):
            old.ask("make a")
        with pytest.raises(TimeoutError):
            line_array.connect(0, timeout_s=0.3)
        assert neighbour.ask("make b") == b"1 made b\n"
    line_array.set_state("up", line_array.endpoints[0])
    with line_array.connect(0) as client:
        assert client.ask("list") == b"1 b\n"


def test_another_process_s_faults_and_states_count(line_array: LineArray) -> None:
    other = LineArray(line_array.path)
    try:
        fail(other, "list", "error", nth=2, code="E1")
        with line_array.connect() as client, other.connect() as elsewhere:
            assert elsewhere.ask("list") == b"1 \n"
            assert client.ask("list") == b"1 error E1\n"
            other.set_state("refuse")
            assert client.ask("list") == b""
    finally:
        other.close()


def test_latency_passes_side_by_side(tmp_path: Path) -> None:
    array = LineArray(tmp_path / "lines.db", latency_s=0.5)
    try:
        clients = [array.connect(number % 2) for number in range(4)]
        threads = [threading.Thread(target=client.ask, args=(f"make {n}",)) for n, client in enumerate(clients)]
        start_s = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 0.5 <= time.monotonic() - start_s < 1.9
        assert journal_of(array)["max_in_flight"] == 4
        for client in clients:
            client.__exit__()
    finally:
        array.close()


@pytest.mark.parametrize("waiting", ["in a delay", "in a hang", "idle", "before the handshake"])
def test_a_simulation_stops_at_once_whatever_its_connections_do(tmp_path: Path, waiting: str) -> None:
    array = LineArray(tmp_path / "lines.db")
    client: Client | None = None
    if waiting == "before the handshake":
        array.set_state("hang")
        with pytest.raises(TimeoutError):
            array.connect(timeout_s=0.1)
    else:
        client = array.connect()
    if waiting == "in a delay":
        fail(array, "make", "delay_before", seconds=60)
    if waiting == "in a hang":
        array.set_state("hang")
    if client is not None and waiting != "idle":
        client.stream.sendall(b"make a\n")
    before = threading.active_count()
    start_s = time.monotonic()
    array.close()
    assert time.monotonic() - start_s < 3
    assert threading.active_count() < before
    if client is not None:
        assert client.ask("list") == b""
        client.__exit__()
    store = Store(array.path)
    with store.transaction() as transaction:
        assert transaction.execute("SELECT count(*) FROM objects").fetchone()[0] == 0
    store.close()


def test_many_connections_at_once_lose_nothing(line_array: LineArray) -> None:
    def make(number: int) -> None:
        with line_array.connect(number % 2) as client:
            for step in range(20):
                client.ask(f"make {number:02d}-{step:02d}")

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert line_array.things() == [f"{number:02d}-{step:02d}" for number in range(8) for step in range(20)]
    assert journal_of(line_array)["total"] == 160

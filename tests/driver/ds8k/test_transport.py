"""One exchange with a console: what was given up before it was sent is never sent."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.rest_peer import RestPeer, Script
from terraform_provider_xivds8k.driver import Settings, XIVDS8KDriver
from terraform_provider_xivds8k.driver.ds8k.gate import AnswerLostError
from terraform_provider_xivds8k.driver.ds8k.transport import Transport
from terraform_provider_xivds8k.driver.endpoints import parse
from terraform_provider_xivds8k.driver.objects import Connection, Secret
from terraform_provider_xivds8k.driver.reaching import NothingSentError
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.plugin import Cancellation
from terraform_provider_xivds8k.simulators import authority
from terraform_provider_xivds8k.simulators.store import Store

Start = Callable[[Script], RestPeer]


class Door:
    """Stand before a peer and let connections through only once it is opened."""

    def __init__(self, peer: RestPeer) -> None:
        self._peer = peer
        self._opened = threading.Event()
        self.passed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        client, _ = self._listener.accept()
        self._opened.wait(20)
        host, _, port = self._peer.address.rpartition(":")
        server = socket.create_connection((host, int(port)))
        back = threading.Thread(target=_pipe, args=(server, client), daemon=True)
        back.start()
        _pipe(client, server)
        back.join(5)
        client.close()
        server.close()
        self.passed.set()

    def open(self) -> None:
        """Let through what waits, and wait until it has passed."""
        self._opened.set()
        assert self.passed.wait(10)

    def close(self) -> None:
        """End."""
        self._opened.set()
        self._listener.close()
        self._thread.join(5)


def _pipe(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        return
    finally:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


@pytest.fixture
def peer(console: Start) -> RestPeer:
    """Return a console that answers everything."""
    return console(lambda _method, _path: None)


@pytest.fixture
def door(peer: RestPeer) -> Iterator[Door]:
    """Return a door before the console."""
    found = Door(peer)
    yield found
    found.close()


@pytest.fixture
def transport(door: Door) -> Iterator[Transport]:
    """Return a transport that verifies nothing, since the door is nobody."""
    connection = Connection(endpoints=(door.address,), username="u", password=Secret("p"), insecure=True)
    found = Transport(connection, 2)
    yield found
    found.close()


def _post(transport: Transport, door: Door, budget: Budget, limit_s: float) -> None:
    endpoint = parse(door.address, 1)
    transport.exchange(endpoint, "POST", "/volumes", headers={}, body=b"{}", budget=budget, limit_s=limit_s)


def test_a_write_given_up_while_still_connecting_is_never_sent(
    transport: Transport, door: Door, peer: RestPeer
) -> None:
    with pytest.raises(NothingSentError):
        _post(transport, door, Budget(30), 0.3)
    door.open()
    assert peer.asked == []


def test_a_write_stopped_while_still_connecting_is_never_sent(transport: Transport, door: Door, peer: RestPeer) -> None:
    stop = Cancellation()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(NothingSentError):
        _post(transport, door, Budget(30, stop), 30)
    assert time.monotonic() - began < 10
    door.open()
    assert peer.asked == []


def test_a_write_given_up_after_it_was_sent_is_in_doubt(console: Start) -> None:
    held = threading.Event()

    def hold(_method: str, _path: str) -> None:
        held.wait(10)

    peer = console(hold)
    connection = Connection(endpoints=(peer.address,), username="u", password=Secret("p"), insecure=True)
    transport = Transport(connection, 2)
    try:
        with pytest.raises(AnswerLostError):
            transport.exchange(
                parse(peer.address, 1), "POST", "/volumes", headers={}, body=b"{}", budget=Budget(30), limit_s=0.5
            )
    finally:
        held.set()
        transport.close()
    assert peer.asked == ["POST /volumes"]


def _calls() -> list[str]:
    """Return the threads of calls under way."""
    return [thread.name for thread in threading.enumerate() if thread.name == "ds8k-call"]


def test_a_handshake_of_a_byte_now_and_then_ends_in_time_and_leaves_nothing_behind(dripping: str) -> None:
    connection = Connection(endpoints=(dripping,), username="u", password=Secret("p"), insecure=True)
    transport = Transport(connection, 1)
    for _ in range(3):  # one place: each takes it from the one before
        with pytest.raises(NothingSentError, match=r"no connection within|took too long"):
            transport.exchange(
                parse(dripping, 1), "GET", "/systems", headers={}, body=None, budget=Budget(30), limit_s=0.7
            )
    until = time.monotonic() + 20
    while _calls() and time.monotonic() < until:
        time.sleep(0.02)
    assert _calls() == []
    transport.close()


def test_a_console_that_is_not_trusted_is_passed_over(console: Start, tmp_path: Path) -> None:
    """The second console answers; the first one is told nothing."""
    strange = RestPeer(_tls_of_its_own(tmp_path), lambda _method, _path: None)
    peer = console(lambda _method, _path: None)
    certificate = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(_split(peer.address)))
    connection = Connection(
        endpoints=(strange.address, peer.address),
        username="admin",
        password=Secret("secret"),
        fingerprint=hashlib.sha256(certificate).hexdigest(),
    )
    driver = XIVDS8KDriver(Settings(family="ds8k", connection=connection, request_timeout_s=5))
    try:
        assert driver.do_setup().system_id == "2107-75PEER1"
    finally:
        driver.close()
        strange.close()
    assert strange.asked == []


def _tls_of_its_own(folder: Path) -> ssl.SSLContext:
    store = Store(folder / "store.db")
    try:
        with store.transaction() as transaction:
            return authority.server_context(authority.kept(transaction))
    finally:
        store.close()


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)

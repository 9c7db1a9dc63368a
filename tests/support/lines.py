"""A small wire protocol with a machine of its own, to test what every simulated array shares.

A request is one line, ``COMMAND KEY``; a reply is one line, ``NUMBER TEXT``, where NUMBER counts the connection's
requests.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.simulators import authority, server, states
from terraform_provider_xivds8k.simulators.context import Context, context_of
from terraform_provider_xivds8k.simulators.service import Answer, Delivery, Forms, InFlight, Rejected, Service
from terraform_provider_xivds8k.simulators.store import Store

HUGE_BYTES = 65 * 2**20


class Lines:
    """The protocol and its machine: ``make KEY``, ``list``, ``change-mind KEY``, ``sign-in KEY``, ``break KEY``."""

    def serve(self, stream: ssl.SSLSocket, service: Service) -> None:
        """Serve one connection until its end."""
        number = 0
        with stream.makefile("rb") as lines:
            for line in lines:
                number += 1
                command, _, key = line.decode().strip().partition(" ")
                answer = service.run(command, self._work(command, key, number, service), self._forms(number))
                if not _sent(stream, answer):
                    return

    def _work(self, command: str, key: str, number: int, service: Service) -> Callable[[Context], bytes]:
        def work(context: Context) -> bytes:
            if command == "list":
                return _line(number, " ".join(found for found, _ in context.rows("thing")))
            context.put("thing", key, {})
            if command == "sign-in":
                service.signed_in(key == "good")
                raise Rejected(_line(number, "rejected"))
            if command == "change-mind":
                raise Rejected(_line(number, "rejected"))
            if command == "break":
                raise ZeroDivisionError
            return _line(number, f"made {key}")

        return work

    def _forms(self, number: int) -> Forms:
        return Forms(
            error=lambda code: _line(number, f"error {code}"),
            wrong_id=lambda body: _line(number + 1000, body.decode().split(" ", 1)[1].strip()),
            huge=lambda body: (body.strip(), b"." * HUGE_BYTES, b"\n"),
        )


def _line(number: int, text: str) -> bytes:
    return f"{number} {text}\n".encode()


def _sent(stream: ssl.SSLSocket, answer: Answer) -> bool:
    for piece in answer.sent():
        stream.sendall(piece)
    return answer.delivery is Delivery.SEND


class Client:
    """One connection to an endpoint; the end of it shows as an empty answer."""

    def __init__(self, endpoint: str, ca_pem: str, timeout_s: float = 10.0) -> None:
        host, _, port = endpoint.rpartition(":")
        context = ssl.create_default_context(cadata=ca_pem)
        plain = socket.create_connection((host, int(port)), timeout_s)
        try:
            self.stream = context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
        self._lines = self.stream.makefile("rb")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *ended: object) -> None:
        self._lines.close()
        self.stream.close()

    def ask(self, line: str) -> bytes:
        """Send a line and return what comes back up to the end of a line or of the connection."""
        try:
            self.stream.sendall(f"{line}\n".encode())
            return self._lines.readline()
        except (ConnectionError, ssl.SSLEOFError):
            return b""


@dataclass
class LineArray:
    """One array, ``xiv1``, that speaks lines on two endpoints."""

    path: Path
    latency_s: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.store = Store(self.path)
        with self.store.transaction() as transaction:
            transaction.execute("INSERT OR IGNORE INTO arrays VALUES ('xiv1', 'xiv', 1)")
            pems = authority.kept(transaction)
        self.ca_pem = pems["ca"]
        tls, in_flight = authority.server_context(pems), InFlight()
        self.endpoints: list[str] = []
        self._served: list[server.Endpoint] = []
        for _ in range(2):
            listener = server.listen("127.0.0.1")
            self.endpoints.append(server.name_of(listener))
            service = Service(
                self.store, "xiv1", self.endpoints[-1], self.stop, latency_s=self.latency_s, in_flight=in_flight
            )
            self._served.append(server.Endpoint(listener, Lines(), service, tls))
            self._served[-1].start()

    def close(self) -> None:
        """Stop serving."""
        self.stop.set()
        server.end(self._served)
        self.store.close()

    def connect(self, endpoint: int = 0, timeout_s: float = 10.0) -> Client:
        """Connect to one of the endpoints."""
        return Client(self.endpoints[endpoint], self.ca_pem, timeout_s)

    def things(self) -> list[str]:
        """Return the keys of what was made, read beside the wire."""
        with self.store.transaction() as transaction:
            return [key for key, _ in context_of(transaction, "xiv1").rows("thing")]

    def set_state(self, state: str, endpoint: str = "") -> None:
        """Set the state of the array or of one endpoint, as the control address does."""
        with self.store.transaction() as transaction:
            states.set_state(transaction, "xiv1", state, endpoint)

    def within(self, work: Callable[[Any], Any]) -> Any:
        """Return what ``work`` makes of a transaction."""
        with self.store.transaction() as transaction:
            return work(transaction)

"""A peer that speaks XCLI by script, for what no decent array does: lose, cut, mix up and delay answers."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from terraform_provider_xivds8k.driver.xiv.client import Client

PASSWORD = 'pa<ss>&"wörd'
CONFIG = {"machine_type": "2810", "machine_model": "114", "system_name": "peer"}


@dataclass(frozen=True)
class Trust:
    """Hold what a peer shows and what a client trusts."""

    ca_pem: str
    certificate: bytes
    server: ssl.SSLContext


Connect = Callable[..., Client]  # takes peers or addresses, and keywords of the settings and the connection


@dataclass(frozen=True)
class Asked:
    """Hold one request as the peer read it."""

    number: str
    command: str
    options: dict[str, str]
    arguments: dict[str, str]


Answer = bytes | None  # None: close the connection without a byte
Script = Callable[[Asked], Answer]


def answer(asked: Asked, *records: dict[str, str], code: str = "SUCCESS", level: int = 0, number: str = "") -> bytes:
    """Return a whole reply."""
    root = ElementTree.Element("command", id=number or asked.number)
    command = ElementTree.SubElement(ElementTree.SubElement(root, "administrator"), "command")
    for leaf, value in (("code", code), ("status", str(level)), ("status_str", f"words for {code}")):
        ElementTree.SubElement(command, leaf, value=value)
    returned = ElementTree.SubElement(command, "return")
    for position, record in enumerate(records):
        element = ElementTree.SubElement(returned, "record", id=str(position))
        for leaf, value in record.items():
            ElementTree.SubElement(element, leaf, value=value)
    ElementTree.SubElement(root, "aserver", status="DELIVERY_SUCCESSFUL")
    return ElementTree.tostring(root)


def config(asked: Asked, serial: str = "1300001") -> bytes:
    """Return the reply to the question which array it is."""
    values = {**CONFIG, "machine_serial_number": serial}
    return answer(asked, *({"name": name, "value": value} for name, value in values.items()))


def empty(asked: Asked) -> Answer:
    """Answer with success and nothing."""
    return answer(asked)


def nothing(_asked: Asked) -> Answer:
    """Close without an answer."""
    return None


def passive(asked: Asked) -> Answer:
    """Say that another management node is the active one."""
    return answer(asked, code="PASSIVE_MANAGER", level=4)


class Peer:
    """Answer by script on one TLS address; ``asked`` and ``most_open`` tell what it saw."""

    def __init__(
        self,
        tls: ssl.SSLContext,
        script: Script,
        *,
        host: str = "127.0.0.1",
        serial: str = "1300001",
        greeting: Script | None = None,
    ) -> None:
        self._tls, self._script = tls, script
        self._greeting = greeting or (lambda asked: config(asked, serial))
        self._listener = socket.create_server((host, 0))
        self._lock = threading.Lock()
        self._streams: set[socket.socket] = set()
        self.asked: list[Asked] = []
        self.most_open = self.opened = 0
        self.address = f"{host}:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def commands(self) -> list[str]:
        """Return what was asked, without the question which array it is."""
        with self._lock:
            return [asked.command for asked in self.asked if asked.command != "config_get"]

    def wait_for(self, command: str) -> None:
        """Wait until a command was asked; fails after five seconds."""
        deadline = time.monotonic() + 5
        while command not in self.commands():
            assert time.monotonic() < deadline, f"{command} was never asked"
            time.sleep(0.005)

    def hang_up(self) -> None:
        """Close every connection, keep listening."""
        with self._lock:
            streams = tuple(self._streams)
        for stream in streams:
            _end(stream)

    def close(self) -> None:
        """Stop."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(5)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(plain,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        with self._lock:
            self.opened += 1
            self._streams.add(plain)
        stream = plain
        try:
            plain.settimeout(10)
            stream = self._tls.wrap_socket(plain, server_side=True)
            with self._lock:
                self._streams.discard(plain)
                self._streams.add(stream)
                self.most_open = max(self.most_open, len(self._streams))
            while (asked := _read(stream)) is not None:
                with self._lock:
                    self.asked.append(asked)
                said = self._greeting(asked) if asked.command == "config_get" else self._script(asked)
                if said is None:
                    return
                stream.sendall(said)
                if not said.endswith(b"</command>"):
                    return
        except OSError:
            return
        finally:
            with self._lock:
                self._streams -= {plain, stream}
            _end(stream)


def _read(stream: socket.socket) -> Asked | None:
    parser: Any = ElementTree.XMLPullParser(["start", "end"])
    depth = 0
    while True:
        data = stream.recv(65536)
        if not data:
            return None
        parser.feed(data)
        for event, element in parser.read_events():
            depth += 1 if event == "start" else -1
            if depth == 0:
                named = {
                    kind: {child.attrib["name"]: child.attrib["value"] for child in element if child.tag == kind}
                    for kind in ("option", "argument")
                }
                return Asked(element.attrib["id"], element.attrib["type"], named["option"], named["argument"])


def _end(stream: socket.socket) -> None:
    with contextlib.suppress(OSError):
        stream.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        stream.close()

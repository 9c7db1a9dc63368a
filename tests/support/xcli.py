"""A plain XCLI client for tests of the simulated XIV: no policy, nothing shared with the driver or the simulator."""

from __future__ import annotations

import json
import socket
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from xml.etree import ElementTree as ET

Leaves = dict[str, str]


@dataclass(frozen=True)
class Reply:
    """One reply, taken apart; ``records`` is None where there was no return element."""

    id: str
    delivery: str
    code: str
    level: str
    words: str
    records: list[Leaves] | None
    compressed: str | None
    raw: bytes

    @property
    def one(self) -> Leaves:
        """Return the only record."""
        assert self.records is not None, self
        assert len(self.records) == 1, self
        return self.records[0]


class Xcli:
    """One connection to one endpoint."""

    def __init__(self, description: Mapping[str, Any], ca_pem: str, endpoint: int = 0) -> None:
        host, _, port = description["endpoints"][endpoint].rpartition(":")
        context = ssl.create_default_context(cadata=ca_pem)
        self.options = {"user": description["username"], "password": description["password"], "i-am-sure": "yes"}
        self.stream = context.wrap_socket(socket.create_connection((host, int(port)), 10), server_hostname=host)
        self._asked = 0

    def __enter__(self) -> Xcli:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stream.close()

    def request(self, command: str, attributes: Mapping[str, str] | None = None, /, **arguments: object) -> bytes:
        """Return a request as bytes, with the next id."""
        self._asked += 1
        root = ET.Element("command", {"id": str(self._asked), "type": command, **(attributes or {})})
        for name, value in self.options.items():
            ET.SubElement(root, "option", name=name, value=value)
        for name, given in arguments.items():
            ET.SubElement(root, "argument", name=name, value=str(given))
        return ET.tostring(root)

    def ask(self, command: str, attributes: Mapping[str, str] | None = None, /, **arguments: object) -> Reply:
        """Send a command and return the reply."""
        self.stream.sendall(self.request(command, attributes, **arguments))
        return self.receive()

    def receive(self) -> Reply:
        """Return the next reply."""
        taken, depth, root = bytearray(), 0, None
        parser: Any = ET.XMLPullParser(["start", "end"])
        while root is None:
            chunk = self.stream.recv(65536)
            assert chunk, "the connection ended before the reply did"
            taken += chunk
            parser.feed(chunk)
            for event, element in parser.read_events():
                depth += 1 if event == "start" else -1
                root = element if depth == 0 else None
        return _taken_apart(root, bytes(taken))

    def does(self, command: str, /, **arguments: object) -> list[Leaves]:
        """Send a command that succeeds and return its records."""
        reply = self.ask(command, **arguments)
        assert reply.code == "SUCCESS", reply
        return reply.records or []

    def says(self, command: str, /, **arguments: object) -> str:
        """Return the code a command ends with."""
        return self.ask(command, **arguments).code


@dataclass(frozen=True)
class ControlAddress:
    """The control address of a simulation."""

    url: str

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send a request and return the answer."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, method=method), timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def turn(self, name: str, *, on: bool, array: str = "xiv1") -> None:
        """Put a switch in a position."""
        self.ask("POST", "/switches", {"array": array, "name": name, "on": on})


def _taken_apart(root: ET.Element, raw: bytes) -> Reply:
    aserver = root.find("aserver")
    assert aserver is not None
    inner = root.find("administrator/command")
    if inner is None:
        inner = root.find("command/administrator/command")
    packed = None if inner is None else inner.find("compressed_return")
    returned = None if inner is None else inner.find("return")
    return Reply(
        id=root.get("id", ""),
        delivery=aserver.get("status", ""),
        code=_value(inner, "code"),
        level=_value(inner, "status"),
        words=_value(inner, "status_str"),
        records=None if returned is None else [{it.tag: it.get("value", "") for it in found} for found in returned],
        compressed=None if packed is None else packed.get("value"),
        raw=raw,
    )


def _value(parent: ET.Element | None, tag: str) -> str:
    found = None if parent is None else parent.find(tag)
    return "" if found is None else found.get("value", "")

"""IBM's own client, pyxcli 1.2.1, made to run on today's Python: replies as it expects them, a transport that verifies.

Two things stand in its way: ``Element.getchildren`` is gone from the standard library, and so is ``ssl.wrap_socket``.
Everything else is pyxcli's: requests, options, reply objects, error classes, several endpoints.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

from pyxcli.client import XCLIClient
from pyxcli.helpers import xml_util
from pyxcli.transports import MultiEndpointTransport

CHUNK = 16000  # as pyxcli reads
TIMEOUT_S = 10.0

logging.getLogger("xcli").setLevel(logging.INFO)  # at DEBUG it logs passwords


class ElementWithChildren(ET.Element):
    """An element as Python had it before 3.9."""

    def getchildren(self) -> list[ET.Element]:
        """Return the children."""
        return list(self)


def parse(text: str | bytes) -> ET.Element:
    """Return the root of a document whose elements have ``getchildren``; every reply of pyxcli passes here."""
    builder: Any = ET.TreeBuilder(element_factory=ElementWithChildren)
    parser = ET.XMLParser(target=builder)
    parser.feed(text)
    root: ET.Element = parser.close()
    return root


xml_util.fromstring = parse


class VerifyingTransport:
    """A TLS connection that checks chain and host name, and is closed by any failure."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, server_hostname: str | None = None) -> None:
        plain = socket.create_connection((host, port), TIMEOUT_S)
        try:
            self._stream = context.wrap_socket(plain, server_hostname=server_hostname or host)
        except BaseException:
            plain.close()
            raise
        self._open = True

    def is_connected(self) -> bool:
        """Return whether the connection is still usable."""
        return self._open

    def close(self) -> None:
        """Close the connection."""
        self._open = False
        self._stream.close()

    def reconnect(self) -> None:
        """Refuse: a new connection is a new transport."""
        raise OSError("not connected any more")

    def send(self, data: str | bytes, _timeout: float | None = None) -> ET.Element:
        """Send a request and return the root of the reply."""
        try:
            self._stream.sendall(data.encode() if isinstance(data, str) else data)
            return parse(self._receive())
        except BaseException:
            self.close()
            raise

    def _receive(self) -> bytes:
        parser: Any = ET.XMLPullParser(["start", "end"])
        taken, depth = bytearray(), 0
        while True:
            chunk = self._stream.recv(CHUNK)
            if not chunk:
                raise ConnectionError("closed in the middle of a reply")
            taken += chunk
            parser.feed(chunk)
            for event, _ in parser.read_events():
                depth += 1 if event == "start" else -1
                if depth == 0:
                    return bytes(taken)


def over(endpoints: Sequence[tuple[str, int]], context: ssl.SSLContext) -> Any:
    """Return pyxcli's transport over several endpoints, each connection verified."""

    def connect(host: str, port: int, **_: object) -> VerifyingTransport:
        return VerifyingTransport(host, port, context)

    return MultiEndpointTransport(connect, endpoints)


__all__ = ["VerifyingTransport", "XCLIClient", "over"]

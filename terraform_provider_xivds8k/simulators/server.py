"""TLS endpoints: accept, look whether the endpoint is up, shake hands, hand over to the wire protocol."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import struct
import threading
from typing import Protocol

from . import states
from .service import POLL_S, Service

_log = logging.getLogger("simulators.server")

HANDSHAKE_S = 10.0
RESET_AT_ONCE = struct.pack("ii", 1, 0)


class WireProtocol(Protocol):
    """What a family's wire module offers."""

    def serve(self, stream: ssl.SSLSocket, service: Service) -> None:
        """Serve one connection until its end."""


class Endpoint:
    """Listen on one address of one array."""

    def __init__(self, listener: socket.socket, protocol: WireProtocol, service: Service, tls: ssl.SSLContext) -> None:
        self._listener = listener
        self._protocol = protocol
        self._service = service
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, name=f"endpoint-{service.endpoint}", daemon=True)

    def start(self) -> None:
        """Begin to accept connections."""
        self._thread.start()

    def _accept(self) -> None:
        while not self._service.stopping():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        stream: socket.socket = connection
        try:
            if not self._is_up(connection):
                return
            connection.settimeout(HANDSHAKE_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = self._tls.wrap_socket(connection, server_side=True)
            with self._lock:
                self._open.discard(connection)
                self._open.add(stream)
            stream.settimeout(None)
            self._protocol.serve(stream, self._service)
        except (OSError, ssl.SSLError) as error:
            _log.debug("a connection ended: %s", error)
        except Exception:  # noqa: BLE001 - a defect of one connection must not end the others
            _log.exception("a connection failed")
        finally:
            with self._lock:
                self._open -= {connection, stream}
            _end(stream)

    def _is_up(self, connection: socket.socket) -> bool:
        state = self._service.state()
        while state == states.HANG and not self._service.stopping():
            threading.Event().wait(POLL_S)
            state = self._service.state()
        if state == states.UP and not self._service.stopping():
            return True
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
        return False

    def stop(self) -> None:
        """Close the listener and every connection."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections = tuple(self._open)
        for connection in connections:
            _end(connection)


def _end(stream: socket.socket) -> None:
    with contextlib.suppress(OSError):
        stream.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        stream.close()


def listen(address: str) -> socket.socket:
    """Return a listener on ``host[:port]``, a free port where none or 0 is named; raises OSError, ValueError."""
    host, port = _parse(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


def name_of(listener: socket.socket) -> str:
    """Return the address of a listener as it is written."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _parse(address: str) -> tuple[str, int]:
    text = address.strip()
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    if not host or (port and not port.isdecimal()) or int(port or 0) > 65535:
        raise ValueError(f"Not an address: {address!r}; write host, host:port or [IPv6 address]:port.")
    return host, int(port or 0)

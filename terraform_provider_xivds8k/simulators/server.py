"""TLS endpoints: accept, look whether the endpoint is up, shake hands, hand over to the wire protocol."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import struct
import threading
import time
from typing import Protocol

from . import states
from .service import Service
from .store import Stopped

_log = logging.getLogger("simulators.server")

HANDSHAKE_S = 10.0
PAUSE_S = 0.05
END_S = 1.0
RESET_AT_ONCE = struct.pack("ii", 1, 0)


class WireProtocol(Protocol):
    """What a family's wire module offers."""

    def serve(self, stream: ssl.SSLSocket, service: Service) -> None:
        """Serve one connection until its end, in a thread of its own; may let OSError out."""


class Endpoint:
    """Listen on one address of one array."""

    def __init__(self, listener: socket.socket, protocol: WireProtocol, service: Service, tls: ssl.SSLContext) -> None:
        self._listener = listener
        self._protocol = protocol
        self._service = service
        self._tls = tls
        self._open: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, name=f"endpoint {service.endpoint}", daemon=True)

    def start(self) -> None:
        """Begin to accept connections."""
        self._thread.start()

    def close(self) -> None:
        """Accept no more and let every connection end; does not wait for it."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open.values():
                _shut(connection)

    def join(self, until_s: float) -> None:
        """Wait for the threads, until a monotonic time at the latest."""
        with self._lock:
            threads = [self._thread, *self._open]
        for thread in threads:
            thread.join(max(0.0, until_s - time.monotonic()))

    def _accept(self) -> None:
        while not self._service.stopping():
            try:
                connection, _ = self._listener.accept()
            except OSError:  # a caller that has gone again, or no file left; the listener itself is fine until we stop
                time.sleep(0 if self._service.stopping() else PAUSE_S)
                continue
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                self._open[thread] = connection
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._service.hold() == states.UP and not self._service.stopping():
                self._talk(connection)
            else:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
        except OSError as error:
            _log.debug("a connection ended: %s", error)
        except Stopped:
            _log.debug("a connection outlived the simulation")
        except Exception:  # noqa: BLE001 - a defect of one connection must not end the others
            _log.exception("a connection failed")
        finally:
            with self._lock:
                self._open.pop(threading.current_thread()).close()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(HANDSHAKE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            stream = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            self._open[threading.current_thread()] = stream
            if self._service.stopping():
                return
        stream.do_handshake()
        stream.settimeout(None)
        self._protocol.serve(stream, self._service)
        _shut(stream)


def end(endpoints: list[Endpoint]) -> None:
    """Close endpoints whose simulation is stopping, and wait a moment for what they are doing."""
    for endpoint in endpoints:
        endpoint.close()
    until_s = time.monotonic() + END_S
    for endpoint in endpoints:
        endpoint.join(until_s)


def _shut(connection: socket.socket) -> None:
    """End both directions; the thread that serves the connection closes it.

    By the plain socket's method: that of a TLS stream drops its encryption, and the serving thread may be sending.
    """
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def listen(address: str) -> socket.socket:
    """Return a listener on ``host[:port]``, a free port where none or 0 is named; raises OSError, ValueError."""
    host, port = parse(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise OSError(f"Cannot listen on {address.strip()}: {error.strerror or error}.") from error
    return listener


def name_of(listener: socket.socket) -> str:
    """Return the address of a listener as it is written."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse(address: str) -> tuple[str, int]:
    """Return host and port of ``host[:port]``, 0 where none is named; raises ValueError."""
    text = address.strip()
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        well_formed = bool(bracket) and (not rest or colon == ":")
    elif text.count(":") > 1:
        host, port, well_formed = text, "", True
    else:
        host, _, port = text.partition(":")
        well_formed = True
    if not well_formed or not host or (port and not port.isdecimal()) or int(port or 0) > 65535:
        raise ValueError(f"Not an address: {address!r}; write host, host:port or [IPv6 address]:port.")
    return host, int(port or 0)

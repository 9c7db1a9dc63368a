"""What both families' drivers meet below their protocols."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

RECORD = bytes.fromhex("1603034000 02003ffc")  # the beginning of a long handshake record


@pytest.fixture
def dripping() -> Iterator[str]:
    """Return an address where a TLS handshake is answered with a byte now and then."""
    listener, ended = socket.create_server(("127.0.0.1", 0)), threading.Event()
    threads: list[threading.Thread] = []

    def drip(plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            plain.sendall(RECORD)
            while not ended.wait(0.1):
                plain.sendall(b"\0")

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=drip, args=(plain,), daemon=True))
            threads[-1].start()

    threads.append(threading.Thread(target=serve, daemon=True))
    threads[0].start()
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    ended.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in threads:
        thread.join(5)

"""A machine in the middle that relays between a client and a simulated array, and spoils what the array answers.

The array has acted by then: what a spoilt answer hides has happened.  Both protocols, so that the same flows run on
both families; an answer is relayed whole or handed to a ``Spoil``, which returns the bytes to send instead.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

from terraform_provider_xivds8k.driver import Family

Spoil = Callable[[bytes, threading.Event], Iterator[bytes]]  # the true answer, and what ends a wait

XIV_COMMAND = re.compile(rb'<command id="[^"]*" type="([^"]*)"')
XIV_END = re.compile(rb'(<aserver status="[^"]*" ?/>|</aserver>)\s*</command>\s*$')
LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class Spoiler:
    """Relay on one TLS address to one of an array; ``asked`` tells what passed, ``broken`` how it ended.

    ``spoil`` is applied from the first command that matches on, to every command, until it is taken back.
    """

    def __init__(self, family: Family, server: ssl.SSLContext, array: str) -> None:
        self.family = family
        self.asked: list[str] = []
        self.ended = threading.Event()
        self._pattern, self._spoil, self._only = "", None, False
        self._server, (host, _, port) = server, array.rpartition(":")
        self._array = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._streams: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    _spoil: Spoil | None

    def spoil(self, pattern: str, how: Spoil, *, only: bool = False) -> None:
        """Spoil the answer to the next command that matches and to all after it, or to matching ones ``only``."""
        self._pattern, self._spoil, self._only = pattern, how, only

    def close(self) -> None:
        """Stop."""
        self.ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for stream in self._streams:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(stream, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(plain,), daemon=True))
            self._threads[-1].start()

    def _serve(self, plain: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            contextlib.suppress(OSError),
            self._server.wrap_socket(plain, server_side=True) as client,
            context.wrap_socket(socket.create_connection(self._array, 20)) as array,
        ):
            self._streams += [client, array]
            while request := self._message(client, request=True):
                how = self._spoil_for(request)
                array.sendall(request)
                answer = self._message(array)
                if how is None:
                    client.sendall(answer)
                    continue
                for piece in how(answer, self.ended):
                    client.sendall(piece)
                if not getattr(how, "keeps_open", False):
                    return

    def _spoil_for(self, request: bytes) -> Spoil | None:
        if self.family == "xiv":
            found = XIV_COMMAND.search(request)
            command = found[1].decode() if found else ""
        else:
            method, path = request.split(b" ", 2)[:2]
            command = f"{method.decode()} {path.decode().removeprefix('/api/v1')}"
        self.asked.append(command)
        if self._spoil is None or not re.search(self._pattern, command):
            return None
        if not self._only:
            self._pattern = ""
        return self._spoil

    def _message(self, stream: ssl.SSLSocket, *, request: bool = False) -> bytes:
        """Return one message, empty at the end of the stream."""
        data = b""
        while not self._is_whole(data, request=request):
            more = stream.recv(65536)
            if not more:
                return b""
            data += more
        return data

    def _is_whole(self, data: bytes, *, request: bool) -> bool:
        if self.family == "xiv":
            return data.rstrip().endswith(b"</command>") if request else XIV_END.search(data[-200:]) is not None
        head, blank, body = data.partition(b"\r\n\r\n")
        if not blank:
            return False
        length = LENGTH.search(head)
        return len(body) >= (int(length[1]) if length else 0)

"""Where a request to an HMC passes from "never sent" to "perhaps done", and how its connection is cut.

Shared by the thread that waits for an exchange and the one that makes it; knows sockets and no HTTP.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading

from ..reaching import NothingSentError

LARGEST_REPLY_BYTES = 64 * 2**20


class AnswerLostError(Exception):
    """The request was sent, or may have been, and no complete answer came back.

    ``nothing_came`` is whether the array was waited for and said nothing at all.
    """

    nothing_came = False


class Gate:
    """Decide once whether a request is sent: its thread passes before the first byte, or the waiting one closes it.

    So a request that was given up while its connection was still being made is never sent later.  Closing it cuts the
    connection, whatever its thread waits for there: an array that says a byte now and then holds no thread for ever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed = False
        self._closed = False
        self._taken = 0
        self._line: socket.socket | None = None

    def hold(self, line: socket.socket) -> None:
        """Keep a second handle of the connection: its own changes hands when TLS begins, and may be closed early."""
        with self._lock:
            if self._line is None:
                self._line = socket.socket(fileno=os.dup(line.fileno()))
            if self._closed:
                _cut(self._line)

    def enter(self, line: socket.socket | None) -> None:
        """Pass; raises NothingSentError where the request was given up."""
        if line is not None:
            self.hold(line)
        with self._lock:
            if self._closed:
                message = "given up before it was sent"
                raise NothingSentError(message)
            self._passed = True

    @property
    def is_unanswered(self) -> bool:
        """Tell whether no byte of an answer came."""
        return not self._taken

    @property
    def passed(self) -> bool:
        """Tell whether the request was sent, or may have been."""
        return self._passed

    def take(self, count: int) -> None:
        """Count bytes of the answer, its headers included; raises AnswerLostError where they are too many."""
        self._taken += count
        if self._taken > LARGEST_REPLY_BYTES:
            message = f"the answer is larger than {LARGEST_REPLY_BYTES} bytes"
            raise AnswerLostError(message)

    def gave_up_too_late(self) -> bool:
        """Close it; tell whether the request has passed already."""
        with self._lock:
            self._closed = True
            if self._line is not None:
                _cut(self._line)
            return self._passed

    def let_go(self) -> None:
        """Close the second handle."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.close()


def _cut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)

"""One TLS connection to one management address: trust first, then one request and its reply at a time.

The socket never blocks: every wait is cut into slices, so that a stop, the budget or ``abandon`` ends it.  After any
exception the connection is closed, since the next thing read from it could be an old reply.  Knows no commands.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from .. import tls
from ..endpoints import Endpoint
from ..errors import Cancelled, TimedOut
from ..objects import Connection as Trust
from ..reaching import NothingSentError, in_words
from ..waiting import Budget
from .wire import Reply, ReplyParser, WireError

SLICE_S = 0.1
CHUNK_BYTES = 2**18
WHOLE_RECORD_BYTES = 2**14  # one TLS record: the array reads all of it or nothing

T = TypeVar("T")
Address = tuple[socket.AddressFamily, Any]


class AnswerLostError(Exception):
    """The request may have reached the array, and no answer that can be trusted came back.

    ``nothing_came`` is whether the array was waited for and said nothing at all.
    """

    nothing_came = False


class Connection:
    """Hold one open TLS connection; ``open_connection`` makes it."""

    def __init__(self, endpoint: Endpoint, plain: socket.socket) -> None:
        self.endpoint = endpoint
        self._socket: socket.socket = plain
        self._abandoned = threading.Event()

    def start_tls(self, context: ssl.SSLContext, trust: Trust, budget: Budget) -> None:
        """Verify who answers; raises Unreachable where it is not whom we trust, NothingSentError."""
        try:
            name = self.endpoint.host.partition("%")[0].rstrip(".")  # as certificates have it: no zone, no final dot
            wrapped = context.wrap_socket(self._socket, server_hostname=name, do_handshake_on_connect=False)
            self._socket = wrapped
            self._patiently(wrapped.do_handshake, budget)
        except ssl.SSLCertVerificationError as error:
            raise tls.untrusted(self.endpoint, error) from error
        except (OSError, ValueError) as error:
            raise NothingSentError(f"no TLS connection: {in_words(error)}") from error
        tls.check_pin(trust, wrapped.getpeercert(binary_form=True), self.endpoint)

    def is_usable(self) -> bool:
        """Tell whether an idle connection is still open and silent; anything else said meanwhile spoils it."""
        if self._abandoned.is_set():
            return False
        try:
            if not _ready(self._socket, select.POLLIN, 0):
                return True
            self._socket.recv(1)  # a byte or the end is no silence; a session ticket alone is
        except ssl.SSLWantReadError:
            return True
        except OSError:
            return False
        return False

    def exchange(self, request: bytes, budget: Budget) -> Reply:
        """Send one request and return its reply.

        Raises NothingSentError, Cancelled and TimedOut where the array cannot have read the request, and
        AnswerLostError for everything after that.
        """
        try:
            self._send(request, budget)
            return self._receive(budget)
        except BaseException:
            self.close()
            raise

    def _send(self, request: bytes, budget: Budget) -> None:
        rest = memoryview(request)
        try:
            while rest:
                rest = rest[self._patiently(partial(self._socket.send, rest), budget) :]
        except (OSError, Cancelled, TimedOut) as error:
            # a request is run when its end tag is read; a part of one TLS record is never read at all
            if len(request) > WHOLE_RECORD_BYTES and len(rest) < len(request):
                raise AnswerLostError(f"sending broke off: {in_words(error)}") from error
            if isinstance(error, OSError):
                raise NothingSentError(f"sending failed: {in_words(error)}") from error
            raise

    def _receive(self, budget: Budget) -> Reply:
        parser = ReplyParser()
        try:
            return self._reply(parser, budget)
        except AnswerLostError:
            raise
        except TimedOut as error:
            lost = AnswerLostError(f"no whole answer within {round(budget.asked_s, 1):g} s")
            lost.nothing_came = not parser.is_begun
            raise lost from error
        except (OSError, WireError, Cancelled) as error:
            raise AnswerLostError(in_words(error)) from error
        except Exception as error:  # whatever it is, the array may have acted
            raise AnswerLostError(f"it cannot be read: {in_words(error)}") from error

    def _reply(self, parser: ReplyParser, budget: Budget) -> Reply:
        while True:
            data = self._patiently(lambda: self._socket.recv(CHUNK_BYTES), budget)
            if not data:
                raise AnswerLostError("the connection was closed before the answer was whole")
            if parser.feed(data):
                return parser.reply()

    def _patiently(self, action: Callable[[], T], budget: Budget) -> T:
        while True:
            self._check(budget)
            try:
                return action()
            except (ssl.SSLWantReadError, BlockingIOError):
                event = select.POLLIN
            except ssl.SSLWantWriteError:
                event = select.POLLOUT
            while not _ready(self._socket, event, min(SLICE_S, budget.left_s)):
                self._check(budget)

    def _check(self, budget: Budget) -> None:
        budget.check()
        if self._abandoned.is_set():
            message = "the driver was closed"
            raise ConnectionAbortedError(message)

    def abandon(self) -> None:
        """Make a call under way in another thread fail soon."""
        self._abandoned.set()

    def close(self) -> None:
        """Close the connection; the array learns it from the end of the stream."""
        self._socket.close()


def open_connection(endpoint: Endpoint, context: ssl.SSLContext, trust: Trust, budget: Budget) -> Connection:
    """Return a connection to an endpoint that proved who it is; its socket may take ``budget``, no longer.

    Raises NothingSentError, Unreachable (not trusted), Cancelled, TimedOut.
    """
    problem = "the name has no address"
    for family, address in _resolved(endpoint, budget):
        try:
            plain = _connected(family, address, budget)
        except OSError as error:
            problem = in_words(error)
            continue
        connection = Connection(endpoint, plain)
        try:
            connection.start_tls(context, trust, budget)
        except BaseException:
            connection.close()
            raise
        return connection
    raise NothingSentError(problem)


def _resolved(endpoint: Endpoint, budget: Budget) -> list[Address]:
    """Ask the resolver in a thread of its own: nothing can interrupt it."""
    found: list[Address] = []
    problems: list[Exception] = []
    done = threading.Event()

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
            found.extend((family, address) for family, _, _, _, address in answers)
        except (OSError, ValueError) as error:
            problems.append(error)
        finally:
            done.set()

    threading.Thread(target=look_up, name="xiv-resolve", daemon=True).start()
    while not done.wait(min(SLICE_S, budget.left_s)):
        budget.check()
    if problems:
        raise NothingSentError(in_words(problems[0])) from problems[0]
    return found


def _connected(family: socket.AddressFamily, address: Any, budget: Budget) -> socket.socket:
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.settimeout(0)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            plain.connect(address)
        except BlockingIOError:
            while not _ready(plain, select.POLLOUT, min(SLICE_S, budget.left_s)):
                budget.check()
        _raise_pending(plain)
    except BaseException:
        plain.close()
        raise
    return plain


def _raise_pending(plain: socket.socket) -> None:
    number = plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number:
        raise OSError(number, os.strerror(number))


def _ready(of: socket.socket, event: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(of, event)
    return bool(poll.poll(seconds * 1000))

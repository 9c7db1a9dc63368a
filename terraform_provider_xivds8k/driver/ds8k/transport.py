"""One HTTPS exchange with an HMC: bytes out, bytes in, and whether anything was sent.

Knows no tokens, no envelopes and no retries.  An exchange runs in another thread, so that a stop or the budget
ends the wait at once and cuts its connection; what the abandoned request does on the array is then in doubt.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from .. import tls
from ..endpoints import Endpoint
from ..errors import DriverError
from ..objects import Connection
from ..reaching import NothingSentError, in_words
from ..waiting import Budget
from .gate import AnswerLostError, Gate
from .hands import Hands

CHUNK_BYTES = 2**16
CONNECT_S = 10.0  # for each step: an address, a part of the handshake
ALL_STEPS = 2.5  # times as long for all of them
POLL_S = 0.05
NO_REPEAT = Retry(0, read=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold the status and the body of an answer."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class _Request:
    """Be what is sent; the time-outs are those for connecting and for each part of the answer."""

    endpoint: Endpoint
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    timeouts: tuple[float, float]


class Transport:
    """Exchange requests with the endpoints of one DS8000."""

    def __init__(self, connection: Connection, most: int, connect_s: float = CONNECT_S) -> None:
        self._connect_s = connect_s
        self._adapter = _Adapter(connection, most)
        self._hands = Hands("ds8k-call")
        self._slots = threading.BoundedSemaphore(most)

    def exchange(
        self,
        endpoint: Endpoint,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        budget: Budget,
        limit_s: float,
        urgent: bool = False,
    ) -> Reply:
        """Send one request; raises NothingSentError, Unreachable (untrusted) or AnswerLostError.

        An ``urgent`` one waits for no other: it has a connection beside the bounded number of them.
        """
        timeout = budget.call_s(limit_s)
        sized = headers if body is not None or method == "GET" else {**headers, "Content-Length": "0"}
        timeouts = (min(self._connect_s, timeout), timeout)
        request = _Request(endpoint, method, f"/api/v1{path}", sized, body, timeouts)
        if not urgent:
            self._take_slot(budget)
        call = _Call(self._adapter, request, done=_nothing if urgent else self._slots.release)
        self._hands.run(call.run)
        return call.answer(Budget(timeout, budget.stop))

    def _take_slot(self, budget: Budget) -> None:
        while not self._slots.acquire(timeout=POLL_S):
            budget.check()

    def close(self) -> None:
        """Close every idle connection, and end the threads that used them."""
        self._adapter.close()
        self._hands.let_go()


def _nothing() -> None:
    """Give back nothing."""


_here = threading.local()  # the gate of the call this thread makes


class _Call:
    """Be one exchange: run in one thread, and waited for in another as long as the budget allows."""

    def __init__(self, adapter: _Adapter, request: _Request, *, done: Callable[[], None]) -> None:
        self._adapter, self._request, self._timeouts, self._done = adapter, request, request.timeouts, done
        self._ended = threading.Event()
        self._gate = Gate()
        self._reply: Reply | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        """Exchange, and keep what came of it."""
        try:
            self._reply = self._exchange()
        except Exception as error:  # noqa: BLE001 - handed to the waiting thread
            self._error = error
        finally:
            self._gate.let_go()
            self._done()
            self._ended.set()

    def _exchange(self) -> Reply:
        _here.gate = self._gate
        response = self._sent()
        try:
            if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
                message = "the answer is compressed, which was not asked for"
                raise AnswerLostError(message)
            return Reply(response.status, b"".join(response.stream(CHUNK_BYTES, decode_content=False)))
        finally:
            response.close()  # and its connection, where the answer was not read to its end
            response.release_conn()

    def _sent(self) -> BaseHTTPResponse:
        """Send the request as the adapter would, which for every one would look anew where it goes."""
        request, (connect_s, read_s) = self._request, self._timeouts
        return self._adapter.pool_of(request.endpoint).urlopen(
            request.method,
            request.target,
            request.body,
            request.headers,
            retries=NO_REPEAT,
            redirect=False,
            assert_same_host=False,
            timeout=Timeout(connect=connect_s, read=read_s),
            preload_content=False,
            decode_content=False,
        )

    def answer(self, budget: Budget) -> Reply:
        undo = budget.stop.on_set(self._ended.set)
        try:
            connecting_s = round(min(ALL_STEPS * self._timeouts[0], budget.left_s), 1)
            if not self._ended.wait(connecting_s) and self._gate.passed:
                self._ended.wait(budget.left_s)
        finally:
            undo()
        if self._error is not None:
            self._raise(self._error)
        if self._reply is None:
            too_late, waited_s = self._gate.gave_up_too_late(), round(self._timeouts[1], 1)
            missing = f"no answer within {waited_s:g} s" if too_late else f"no connection within {connecting_s:g} s"
            message = "the run was stopped" if budget.stop.is_set() else missing
            if not too_late:
                raise NothingSentError(message)
            lost = AnswerLostError(message)
            lost.nothing_came = self._gate.is_unanswered
            raise lost
        return self._reply

    def _raise(self, error: Exception) -> NoReturn:
        if isinstance(error, (DriverError, NothingSentError, AnswerLostError)):
            raise error
        known = isinstance(error, (HTTPError, OSError))
        if self._gate.passed:  # whatever it is, the array may have acted
            lost = AnswerLostError(_plain(error) if known else f"it cannot be read: {in_words(error)}")
            lost.nothing_came = isinstance(error, ReadTimeoutError) and self._gate.is_unanswered
            raise lost from error
        if known:
            raise NothingSentError(_plain(error)) from error
        raise error


def _plain(error: Exception) -> str:
    """Return words for the innermost of a chain of wrapped errors: they hold no header and no body."""
    inner: BaseException = error
    while (cause := inner.__cause__ or inner.__context__) is not None:
        inner = cause
    if isinstance(inner, http.client.IncompleteRead):
        return "the connection was closed before the answer was whole"
    if isinstance(inner, http.client.HTTPException) and not isinstance(inner, OSError):
        return "the answer is no HTTP, which a DS8000 speaks"
    return in_words(inner)


class _Adapter(HTTPAdapter):
    """Trust what the connection says and nothing else."""

    def __init__(self, connection: Connection, most: int) -> None:
        self._connection = connection
        self._context = tls.context_for(connection)
        self._context.sslsocket_class = _CountingSocket
        self._verified = not (connection.insecure or connection.fingerprint)
        self._pools: dict[Endpoint, HTTPConnectionPool] = {}
        pools = max(8, len(connection.endpoints))  # as many as there are endpoints: none is ever closed for another
        super().__init__(pool_connections=pools, pool_maxsize=most, max_retries=0, pool_block=False)

    def pool_of(self, endpoint: Endpoint) -> HTTPConnectionPool:
        """Return the connections to an endpoint; raises requests.RequestException for what is no address."""
        found = self._pools.get(endpoint)
        if found is not None:
            return found
        somewhere = requests.Request("GET", f"https://{endpoint}/").prepare()
        pool: Any = self.get_connection_with_tls_context(somewhere, verify=self._verified)
        return self._pools.setdefault(endpoint, pool)

    def close(self) -> None:
        super().close()
        self._pools.clear()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=self._context, **named)
        self.poolmanager.pool_classes_by_scheme = {"https": _pool_class(self._connection)}

    def build_connection_pool_key_attributes(self, *arguments: Any, **named: Any) -> Any:
        where, trust = super().build_connection_pool_key_attributes(*arguments, **named)
        if ":" in where["host"]:  # urllib3 understands the zone of an address in brackets alone
            where["host"] = f"[{where['host']}]"
        return where, trust

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Add no authority: the context already holds the only ones wanted."""


class _CountingSocket(ssl.SSLSocket):
    """Count what is received, wherever the libraries above would let a line or a chunk grow without end."""

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        count = super().recv_into(buffer, nbytes, flags)
        _here.gate.take(count)
        return count


def _pool_class(connection: Connection) -> type[HTTPSConnectionPool]:
    class TrustingConnection(HTTPSConnection):
        def connect(self) -> None:
            endpoint = Endpoint(self.host.strip("[]"), self.port or 0)
            try:
                super().connect()
                tls.check_pin(connection, _certificate(self), endpoint)
            except DriverError:
                self.close()
                raise
            except Exception as error:
                self.close()
                raise _unsent(endpoint, error) from error
            self.is_verified = True  # insecure is the user's own wish, and the provider warns of it itself

        def _new_conn(self) -> socket.socket:
            line = super()._new_conn()
            _here.gate.hold(line)
            return line

        @property
        def is_connected(self) -> bool:
            """Tell whether it is open and silent: what is left of an earlier answer spoils it."""
            return super().is_connected and not (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending())

        def request(self, *arguments: Any, **named: Any) -> None:
            _here.gate.enter(self.sock)
            super().request(*arguments, **named)

    class TrustingPool(HTTPSConnectionPool):
        ConnectionCls = TrustingConnection

    return TrustingPool


def _certificate(connection: HTTPSConnection) -> bytes | None:
    return connection.sock.getpeercert(binary_form=True) if isinstance(connection.sock, ssl.SSLSocket) else None


def _unsent(endpoint: Endpoint, error: Exception) -> Exception:
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, ssl.SSLCertVerificationError):
            return tls.untrusted(endpoint, inner)
        if isinstance(inner, ssl.SSLError):
            return NothingSentError(f"no TLS connection: {in_words(inner)}")
        inner = inner.__cause__ or inner.__context__
    return NothingSentError(_plain(error))

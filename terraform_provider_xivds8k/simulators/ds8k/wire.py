"""HTTP/1.1 on an accepted TLS stream: bytes to calls, replies to bytes. What is asked for is the routes' business.

Keep-alive, Content-Length, percent-encoding, Expect: 100-continue; a chunked request is refused, no known client sends
one. Content-Type is not looked at, since IBM's own client loses it (ds8k-rest.md §5 [T]).
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from ..context import Context
from ..service import Answer, Delivery, Forms, Rejected, Service
from . import faulty, progress, routes, tokens
from .codes import BAD_REQUEST, Refusal
from .envelope import Call, Reply, failed, failure_body

TOO_MANY = "HTTP 429"  # a code for faults: the console has too much to do, and says nothing else
LONGEST_LINE = 65536
MOST_HEADERS = 100
LONGEST_BODY = 4 * 2**20


class _Unreadable(Exception):  # noqa: N818 - what cannot be read as a request
    def __init__(self, status: HTTPStatus, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    keep_alive: bool


class _Connection:
    """One stream and what has arrived on it."""

    def __init__(self, stream: ssl.SSLSocket) -> None:
        self._stream = stream
        self._arrived = bytearray()

    def send(self, data: bytes) -> None:
        self._stream.sendall(data)

    def _more(self) -> bool:
        data = self._stream.recv(65536)
        self._arrived += data
        return bool(data)

    def line(self) -> bytes | None:
        """Return one line without its end, None when the peer has closed."""
        while (end := self._arrived.find(b"\n")) < 0 and len(self._arrived) <= LONGEST_LINE:
            if not self._more():
                return None
        if not 0 <= end <= LONGEST_LINE:
            raise _Unreadable(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "A header line is too long.")
        line = bytes(self._arrived[:end])
        del self._arrived[: end + 1]
        return line.removesuffix(b"\r")

    def exactly(self, size: int) -> bytes | None:
        """Return so many bytes, None when the peer has closed before."""
        while len(self._arrived) < size:
            if not self._more():
                return None
        data = bytes(self._arrived[:size])
        del self._arrived[:size]
        return data


class Protocol:
    """Serve the REST API on a stream until the peer closes, a fault ends it or the simulation stops."""

    def serve(self, stream: ssl.SSLSocket, service: Service) -> None:
        """Answer the requests on one connection, one after the other."""
        connection = _Connection(stream)
        try:
            while not service.stopping():
                request = _read(connection)
                if request is None:
                    return
                answer = _answer(request, service)
                for piece in answer.sent():
                    connection.send(piece)
                if answer.delivery is not Delivery.SEND or not request.keep_alive:
                    return
        except _Unreadable as unreadable:
            connection.send(_bytes(Reply(unreadable.status, failure_body(BAD_REQUEST.code, unreadable.words))))
        except OSError:
            return  # the peer or the server closed the stream


PROTOCOL = Protocol()


def _read(connection: _Connection) -> _Request | None:
    first = connection.line()
    if first is None:
        return None
    try:
        method, target, version = first.decode("ascii").split(" ")
    except ValueError:
        raise _Unreadable(HTTPStatus.BAD_REQUEST, "The request line is not HTTP.") from None
    headers = _headers(connection)
    body = _body(connection, headers) if headers is not None else None
    if headers is None or body is None:
        return None
    path, _, query = target.partition("?")
    connection_header = headers.get("connection", "").lower()
    keep_alive = connection_header == "keep-alive" if version == "HTTP/1.0" else connection_header != "close"
    return _Request(method, path, dict(parse_qsl(query)), headers, body, keep_alive)


def _headers(connection: _Connection) -> dict[str, str] | None:
    headers: dict[str, str] = {}
    while line := connection.line():
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or len(headers) >= MOST_HEADERS:
            raise _Unreadable(HTTPStatus.BAD_REQUEST, "The headers cannot be read.")
        headers[name.strip().lower()] = value.strip()
    return None if line is None else headers


def _body(connection: _Connection, headers: Mapping[str, str]) -> bytes | None:
    if "transfer-encoding" in headers:
        raise _Unreadable(HTTPStatus.LENGTH_REQUIRED, "Chunked requests are not accepted: send Content-Length.")
    length = headers.get("content-length", "0")
    if not length.isdecimal():
        raise _Unreadable(HTTPStatus.BAD_REQUEST, "Content-Length is no number.")
    if int(length) > LONGEST_BODY:
        raise _Unreadable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too long.")
    if headers.get("expect", "").lower() == "100-continue":
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    return connection.exactly(int(length))


def _answer(request: _Request, service: Service) -> Answer:
    match = routes.find(request.method, request.path)
    signing_in = match.command == "POST /tokens"
    signed_in: list[bool] = []

    def work(context: Context) -> bytes:
        try:
            if not signing_in:
                tokens.admit(context, request.headers.get("x-auth-token", ""))
            progress.settle(context)
            reply = _bytes(match.handler(_call(context, request, match.ids)))
        except Refusal as refusal:
            signed_in.append(False)
            raise Rejected(_bytes(failed(context, refusal))) from refusal
        signed_in.append(True)
        return reply

    forms = Forms(
        error=_asked_for,
        wrong_id=lambda reply: faulty.wrong_id(reply, _bytes),
        huge=lambda reply: faulty.huge(reply, _bytes),
    )
    answer = service.run(match.command, work, forms)
    if signing_in and signed_in:
        service.signed_in(ok=signed_in[0])
    return answer


def _asked_for(code: str) -> bytes:
    """Return the failure that was asked for; a console with too much to do says so in HTTP alone."""
    if code == TOO_MANY:
        return _bytes(Reply(HTTPStatus.TOO_MANY_REQUESTS, None))
    return _bytes(Reply(500, failure_body(code, "A failure that was asked for.")))


def _call(context: Context, request: _Request, ids: Mapping[str, str]) -> Call:
    slashes = "/" if context.switch("links_with_one_slash") else "//"
    base = f"https:{slashes}{request.headers.get('host', 'localhost')}{routes.BASE}"
    return Call(context, ids, request.query, _params(request), base)


def _params(request: _Request) -> Mapping[str, Any]:
    """Return what a write wraps in request.params [S]."""
    if request.method not in {"POST", "PUT"}:
        return {}
    try:
        params = json.loads(request.body or b"{}")["request"]["params"]
    except (ValueError, KeyError, TypeError):
        raise Refusal(BAD_REQUEST, why="the body is not {request: {params: {...}}}") from None
    if not isinstance(params, dict):
        raise Refusal(BAD_REQUEST, why="params is not an object")
    return params


def _bytes(reply: Reply) -> bytes:
    body = b"" if reply.body is None else json.dumps(reply.body, ensure_ascii=False).encode()
    status = HTTPStatus(reply.status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", "Cache-Control: no-store"]
    if reply.body is not None:
        lines += ["Content-Type: application/json;charset=utf-8", f"Content-Length: {len(body)}"]
    elif status != HTTPStatus.NO_CONTENT:
        lines.append("Content-Length: 0")
    return "\r\n".join([*lines, "", ""]).encode() + body

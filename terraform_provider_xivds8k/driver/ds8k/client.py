"""Requests and answers of the REST API: tokens, the envelope, which repeat is safe.

A read is repeated on another endpoint or after a lost answer; a write is sent once, and once more only where the
array provably refused it unread (a stale token).  A refused password is never tried again in this process.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from ..endpoints import Endpoint, Endpoints
from ..errors import BadCredentials, Busy, DriverError, InDoubt, Refused, TimedOut, Unreachable, WrongSystem
from ..objects import Settings
from ..reaching import CORRECT_THEM, SIGN_IN_REFUSED, NothingSentError, refused_before, sign_in_lost, unreachable
from ..waiting import Budget, in_turn
from . import codes
from .gate import AnswerLostError
from .transport import Reply, Transport

_log = logging.getLogger("driver.ds8k")

Record: TypeAlias = dict[str, Any]

DEFAULT_PORT = 8452
READ_ATTEMPTS = 3
SIGN_IN_S = 60.0  # getting a token may take 30 s (ds8k-rest.md §1.1 [S])
PAUSE_S = 0.2
MOST_VALUES = 6_000_000  # in one answer: memory grows with them, not with the bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what the envelope carries: ``data`` by resource, the ``responses`` of a multiple create, the link.

    ``counts_nothing`` tells that the array counted its records and found none, ``total`` how many it says there are.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    responses: tuple[Record, ...] = ()
    link: str = ""
    counts_nothing: bool = False
    total: int | None = None

    def records(self, *names: str) -> tuple[Record, ...]:
        """Return the records under the first of these names that is there.

        Raises Refused where no list is, or only a part of it: what the array did not say is not that there is nothing.
        """
        for name in names:
            found = self.data.get(name)
            if isinstance(found, list):
                self._check_whole(names[0], len(found))
                return tuple(record for record in found if isinstance(record, dict))
        if self.counts_nothing and not self.data:
            return ()
        raise Refused(
            f"The array's answer holds no list of {names[0]}",
            happened=f"It holds: {', '.join(sorted(self.data)) or 'nothing'}.",
            next_step="This release of the array may not be supported; please report it with the release.",
        )

    def _check_whole(self, name: str, held: int) -> None:
        """Raise Refused for a part of a list; no paging is known of this API (ds8k-rest.md §1.3 [S])."""
        if self.total is not None and held < self.total:
            raise Refused(
                f"The array's answer holds {held} of {self.total} {name}",
                happened="What it leaves out could matter, so the answer is not used.",
                next_step="This release of the array may not be supported; please report it with the release.",
            )


class Client:
    """Speak to one DS8000."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoints = Endpoints(settings.connection.endpoints, DEFAULT_PORT)
        self._transport = Transport(settings.connection, settings.max_sessions)
        self._sign_in = threading.Lock()
        self._tokens: dict[Endpoint, str] = {}
        self._silent: dict[Endpoint, tuple[float, NothingSentError]] = {}
        self._system_id = ""
        self._first_seen: Record | None = None
        self._refused: BadCredentials | None = None

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    @property
    def known_system_id(self) -> str | None:
        """Return which array answers, None before the first answer."""
        return self._system_id or None

    def first_seen(self, budget: Budget) -> Record:
        """Return the record of /systems that the first endpoint gave, asked for by signing in."""
        if self._first_seen is None:
            self.read("/systems", budget, "say which array it is")
        if self._first_seen is None:
            raise Refused("The management console manages no storage system")
        return self._first_seen

    def read(
        self, path: str, budget: Budget, doing: str, unfit: Callable[[Answer], str] = lambda _: "", /, **query: str
    ) -> Answer:
        """GET a path, repeated where that is needed; raises Unreachable or TimedOut when nothing helps.

        ``unfit`` says what is wrong with an answer that is not about what was asked; it counts as none.
        """
        full = f"{path}?{urlencode(query, quote_via=quote, safe=',')}" if query else path
        for attempt in range(READ_ATTEMPTS):
            try:
                return _fitting(self._call("GET", full, None, budget, doing), unfit)
            except (AnswerLostError, Unreachable, Busy) as error:
                budget.check()
                if isinstance(error, Unreachable) and error.attribute != "endpoints":
                    raise
                lost: Exception = error
            if attempt < READ_ATTEMPTS - 1:
                budget.pause(PAUSE_S)
        if isinstance(lost, DriverError):
            raise lost
        raise TimedOut(
            f"No usable answer when asked to {doing}",
            happened=f"Asked {READ_ATTEMPTS} times; the last time: {lost}.",
            next_step="Look at the array's health, or allow more with request_timeout.",
        ) from lost

    def write(self, method: str, path: str, budget: Budget, doing: str, params: Mapping[str, Any] | None) -> Answer:
        """Send a write once; raises InDoubt where it was sent and no answer that can be trusted came."""
        body = json.dumps({"request": {"params": params}}).encode() if params is not None else None
        try:
            return self._call(method, path, body, budget, doing)
        except AnswerLostError as lost:
            raise InDoubt(
                f"It is not known whether the array did {doing}",
                happened=f"The request was sent; then: {lost}.",
                left_behind="It may have taken effect, or still take effect.",
                next_step="Run it again: what the array did is looked up first.",
            ) from lost

    def _call(self, method: str, path: str, body: bytes | None, budget: Budget, doing: str) -> Answer:
        """Exchange once, with the first endpoint that can be reached and trusted."""
        tried: dict[Endpoint, NothingSentError | DriverError] = {}
        for endpoint in self._endpoints.in_order():
            try:
                reply = self._call_at(endpoint, method, path, body, budget)
            except (NothingSentError, Unreachable) as error:
                _log.info("%s not reached: %s", endpoint, error)
                tried[endpoint] = error
                continue
            self._endpoints.answered(endpoint)
            return _opened(reply, doing)
        raise unreachable(tried)

    def _call_at(self, endpoint: Endpoint, method: str, path: str, body: bytes | None, budget: Budget) -> Reply:
        """Exchange with one endpoint, signing in again once where it says the token is stale: it did nothing then."""
        token = self._signed_in(endpoint, budget)
        reply = self._exchange(endpoint, method, path, body, budget, token=token)
        if _code(reply) in codes.STALE_TOKEN or reply.status == 401:
            token = self._signed_in(endpoint, budget, instead_of=token)
            reply = self._exchange(endpoint, method, path, body, budget, token=token)
        return reply

    def _exchange(
        self,
        endpoint: Endpoint,
        method: str,
        path: str,
        body: bytes | None,
        budget: Budget,
        *,
        token: str,
        limit_s: float | None = None,
    ) -> Reply:
        headers = {"Accept": "application/json"}
        if token:
            headers["X-Auth-Token"] = token
        if body is not None:
            headers["Content-Type"] = "application/json"
        limit = limit_s or self._settings.request_timeout_s
        started = time.monotonic()
        reply = self._transport.exchange(
            endpoint, method, path, headers=headers, body=body, budget=budget, limit_s=limit
        )
        took_ms = (time.monotonic() - started) * 1000
        _log.debug("%s %s at %s: HTTP %d in %.0f ms", method, path, endpoint, reply.status, took_ms)
        return reply

    def _signed_in(self, endpoint: Endpoint, budget: Budget, instead_of: str | None = None) -> str:
        """Return a token of an endpoint; one thread signs in for all, and a refused password is not sent again."""
        began = time.monotonic()
        with in_turn(self._sign_in, budget):
            if self._refused is not None:
                raise refused_before(self._refused)
            token = self._tokens.get(endpoint, "")
            if not token or token == instead_of:
                failed_at, failure = self._silent.get(endpoint, (0.0, NothingSentError("")))
                if failed_at > began:  # another thread found out while this one waited
                    raise NothingSentError(str(failure), signed_in=failure.signed_in)
                self._tokens.pop(endpoint, None)
                token = self._tokens[endpoint] = self._greeted(endpoint, budget)
            return token

    def _greeted(self, endpoint: Endpoint, budget: Budget) -> str:
        """Return a new token of an endpoint that has said which array it belongs to."""
        try:
            token = self._new_token(endpoint, budget)
            self._check_array(endpoint, token, budget)
        except NothingSentError as error:
            budget.check()  # a stop or the end of this caller's time says nothing about the endpoint
            self._silent[endpoint] = (time.monotonic(), error)
            raise
        return token

    def _new_token(self, endpoint: Endpoint, budget: Budget) -> str:
        connection = self._settings.connection
        params = {"username": connection.username, "password": connection.password.reveal()}
        body = json.dumps({"request": {"params": params}}).encode()
        limit = max(SIGN_IN_S, self._settings.request_timeout_s)
        try:
            reply = self._exchange(endpoint, "POST", "/tokens", body, budget, token="", limit_s=limit)
            return _token_in(reply)
        except BadCredentials as error:
            self._refused = error
            raise
        except AnswerLostError as lost:
            raise sign_in_lost(lost) from lost

    def _check_array(self, endpoint: Endpoint, token: str, budget: Budget) -> None:
        """Make sure that all endpoints are consoles of one array, before anything else is asked of this one."""
        try:
            reply = self._exchange(endpoint, "GET", "/systems", None, budget, token=token)
            records = _opened(reply, "say which array it is").records("systems")
        except AnswerLostError as lost:
            raise NothingSentError(f"signed in, and not told which array it is: {lost}", signed_in=True) from lost
        system_id = str(records[0].get("id", "")) if records else ""
        if self._system_id and system_id != self._system_id:
            raise WrongSystem(
                f"{endpoint} belongs to another array",
                happened=f"It manages {system_id or 'no array'}; the endpoint used before manages {self._system_id}.",
                left_behind="Nothing was sent to it but the sign-in.",
                next_step="List only the management consoles of one array.",
                attribute="endpoints",
            )
        self._system_id = system_id
        self._first_seen = self._first_seen or (records[0] if records else None)


def _token_in(reply: Reply) -> str:
    """Return the token in an answer to signing in; HTTP 401 and 403 refuse it, whatever code stands there or none."""
    try:
        _opened(reply, "sign in")
        return str(json.loads(reply.body)["token"]["token"])
    except (DriverError, AnswerLostError) as error:
        if isinstance(error, BadCredentials) or reply.status not in {401, 403}:
            raise
        code, words = (error.code, error.words) if isinstance(error, DriverError) else ("", str(error))
        raise BadCredentials(
            SIGN_IN_REFUSED, code=code or f"HTTP {reply.status}", words=words, next_step=CORRECT_THEM
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("The array's answer to signing in holds no token", attribute="endpoints") from error


def _fitting(answer: Answer, unfit: Callable[[Answer], str]) -> Answer:
    wrong = unfit(answer)
    if wrong:
        raise AnswerLostError(wrong)
    return answer


def _parsed(reply: Reply) -> Record | None:
    if sum(map(reply.body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        return None
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("server"), dict) else None


def _code(reply: Reply) -> str:
    envelope = _parsed(reply)
    return str(envelope["server"].get("code", "")) if envelope is not None else ""


def _opened(reply: Reply, doing: str) -> Answer:
    envelope = _parsed(reply)
    if envelope is None:
        message = f"HTTP {reply.status} with {len(reply.body)} bytes that are no answer of this API"
        if reply.status == 429:  # a 503 may come from something in between, after the console has acted
            raise Busy("The management console asks to come back later", code=f"HTTP {reply.status}", words=message)
        if reply.status == 204 and not reply.body:
            return Answer()
        raise AnswerLostError(message)
    raise_if_failed(envelope, doing, reply.status)
    data = envelope.get("data")
    link, counts = envelope.get("link"), envelope.get("counts")
    return Answer(
        data=data if isinstance(data, dict) else {},
        responses=tuple(part for part in envelope.get("responses") or () if isinstance(part, dict)),
        link=str(link.get("href", "")) if isinstance(link, dict) else "",
        counts_nothing=isinstance(counts, dict) and str(counts.get("data_counts", "")) == "0",
        total=_count(counts, "total_counts"),
    )


def _count(counts: Any, name: str) -> int | None:
    text = str(counts.get(name, "")) if isinstance(counts, dict) else ""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def raise_if_failed(envelope: Record, doing: str, http_status: int = 200) -> None:
    """Raise the error for an envelope whose server part says that it failed."""
    server = envelope.get("server")
    if not isinstance(server, dict):
        message = "part of the answer holds no status"
        raise AnswerLostError(message)
    if http_status < 400 and str(server.get("status", "")).lower() in {"ok", "successful"}:
        return
    raise codes.error_for(doing, str(server.get("code") or ""), str(server.get("message") or ""), http_status)

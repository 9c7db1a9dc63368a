"""Requests of the REST API: tokens, which endpoint is asked, which repeat is safe.

A read is repeated on another endpoint or after a lost answer; a write is sent once, and once more only where the
array provably refused it unread (a stale token).  A refused password is never tried again in this process.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ..endpoints import Endpoint, Endpoints
from ..errors import BadCredentials, Busy, DriverError, InDoubt, Refused, Unreachable, WrongSystem
from ..objects import Settings
from ..reaching import NothingSentError, no_answer, refused_before, sign_in_lost, unreachable, why
from ..waiting import Budget, in_turn
from . import codes
from .envelope import REPORT_IT, Answer, Record, code_of, opened, token_in
from .gate import AnswerLostError
from .records import text
from .transport import CONNECT_S, Reply, Transport

_log = logging.getLogger("driver.ds8k")

DEFAULT_PORT = 8452
READ_ATTEMPTS = 3
SIGN_IN_S = 60.0  # getting a token may take 30 s (ds8k-rest.md §1.1 [S])
PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
CONNECT_WITH_OTHERS_S = 5.0  # where there is another endpoint to try


class Client:
    """Speak to one DS8000."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoints = Endpoints(settings.connection.endpoints, DEFAULT_PORT)
        connect_s = CONNECT_WITH_OTHERS_S if len(settings.connection.endpoints) > 1 else CONNECT_S
        connect_s = min(connect_s, settings.request_timeout_s)
        self._transport = Transport(settings.connection, settings.max_sessions, connect_s)
        self._sign_in = threading.Lock()
        self._tokens: dict[Endpoint, str] = {}
        self._silent: dict[Endpoint, tuple[float, NothingSentError]] = {}
        self._system_id = ""
        self._refused: BadCredentials | None = None
        self.answers = 0  # about how many came so far: another one makes it another number

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    @property
    def known_system_id(self) -> str | None:
        """Return which array answers, None before the first answer."""
        return self._system_id or None

    def itself(self, budget: Budget) -> Record:
        """Return the array's own record, once a second answer agrees with the first which array it is."""
        records = self.read("/systems", budget, "describe itself", self._of_another).records("systems")
        if not records:
            raise Refused("The management console manages no storage system", next_step=REPORT_IT)
        return records[0]

    def greet(self, budget: Budget) -> None:
        """Ask the array which one it is; that waits for no other request."""
        self._call("GET", "/systems", None, budget, "describe itself", urgent_s=budget.left_s)

    def _of_another(self, answer: Answer) -> str:
        """Say where a description is not that of the array that answers."""
        shown = [text(record, "id") for record in answer.records("systems")[:1]]
        return "" if shown in ([], [self._system_id]) else f"the answer is about array {shown[0]}"

    def read(
        self, path: str, budget: Budget, doing: str, unfit: Callable[[Answer], str] = lambda _: "", /, **query: str
    ) -> Answer:
        """GET a path, repeated where that is needed; raises Unreachable or TimedOut when nothing helps.

        ``unfit`` says what is wrong with an answer that is not about what was asked; it counts as none.
        """
        full = f"{path}?{urlencode(query, quote_via=quote, safe=',')}" if query else path
        attempts, pause = 0, PAUSE_S
        while True:
            try:
                return _fitting(self._call("GET", full, None, budget, doing), unfit)
            except Busy:
                if budget.left_s <= pause:
                    raise
                budget.pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            except (AnswerLostError, Unreachable) as error:
                budget.check(why(error))
                attempts += 1
                if isinstance(error, Unreachable) and (error.attribute != "endpoints" or attempts == READ_ATTEMPTS):
                    raise
                if attempts == READ_ATTEMPTS:
                    raise no_answer(doing, READ_ATTEMPTS, error) from error
                budget.pause(min(PAUSE_S, budget.left_s))

    def write(
        self,
        method: str,
        path: str,
        budget: Budget,
        doing: str,
        params: Mapping[str, Any] | None,
        *,
        urgent_s: float | None = None,
    ) -> Answer:
        """Send a write once; raises InDoubt where it was sent and no answer that can be trusted came.

        With ``urgent_s`` it waits for no other request, and for its answer no longer than that.
        """
        body = json.dumps({"request": {"params": params}}).encode() if params is not None else None
        try:
            return self._call(method, path, body, budget, doing, urgent_s=urgent_s)
        except AnswerLostError as lost:
            raise InDoubt(
                f"It is not known whether the array did {doing}",
                happened=f"The request was sent; then: {lost}.",
                left_behind="It may have taken effect, or still take effect.",
                next_step="Run it again: what the array did is looked up first.",
            ) from lost

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None,
        budget: Budget,
        doing: str,
        *,
        urgent_s: float | None = None,
    ) -> Answer:
        """Exchange once, with the first endpoint that can be reached and trusted."""
        tried: dict[Endpoint, NothingSentError | DriverError] = {}
        for endpoint in self._endpoints.in_order():
            try:
                reply = self._call_at(endpoint, method, path, body, budget, urgent_s=urgent_s)
                self._endpoints.answered(endpoint)
                return self._opened(reply, doing)
            except AnswerLostError:
                if urgent_s is not None:  # another console may answer while this one does not
                    self._endpoints.lost(endpoint)
                raise
            except (NothingSentError, Unreachable) as error:
                _log.info("%s not reached: %s", endpoint, error)
                tried[endpoint] = error
        raise unreachable(tried, "a DS8000")

    def _opened(self, reply: Reply, doing: str) -> Answer:
        """Return what an answer carries, and count it, a refusal too; what is no answer of the API raises as lost."""
        try:
            answer = opened(reply, doing)
        except DriverError:
            self.answers += 1
            raise
        self.answers += 1
        return answer

    def _call_at(
        self,
        endpoint: Endpoint,
        method: str,
        path: str,
        body: bytes | None,
        budget: Budget,
        *,
        urgent_s: float | None = None,
    ) -> Reply:
        """Exchange with one endpoint, signing in again once where it says the token is stale: it did nothing then."""
        urgent, token = urgent_s is not None, self._signed_in(endpoint, budget)
        reply = self._exchange(endpoint, method, path, body, budget, token=token, limit_s=urgent_s, urgent=urgent)
        if code_of(reply) in codes.STALE_TOKEN or reply.status == 401:
            token = self._signed_in(endpoint, budget, instead_of=token)
            reply = self._exchange(endpoint, method, path, body, budget, token=token, limit_s=urgent_s, urgent=urgent)
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
        urgent: bool = False,
    ) -> Reply:
        headers = {"Accept": "application/json"}
        if token:
            headers["X-Auth-Token"] = token
        if body is not None:
            headers["Content-Type"] = "application/json"
        limit = limit_s or self._settings.request_timeout_s
        started = time.monotonic()
        reply = self._transport.exchange(
            endpoint, method, path, headers=headers, body=body, budget=budget, limit_s=limit, urgent=urgent
        )
        took_ms = (time.monotonic() - started) * 1000
        _log.debug("%s %s at %s: HTTP %d in %.0f ms", method, path, endpoint, reply.status, took_ms)
        return reply

    def _signed_in(self, endpoint: Endpoint, budget: Budget, instead_of: str | None = None) -> str:
        """Return a token of an endpoint; one thread signs in for all, and a refused password is not sent again.

        Signing in waits for no other request: one that is urgent may wait for it.
        """
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
            # a stop or the end of this caller's time says nothing about the endpoint
            budget.check(f"{endpoint}: {error}.")
            self._silent[endpoint] = (time.monotonic(), error)
            raise
        return token

    def _new_token(self, endpoint: Endpoint, budget: Budget) -> str:
        connection = self._settings.connection
        params = {"username": connection.username, "password": connection.password.reveal()}
        body = json.dumps({"request": {"params": params}}).encode()
        limit = max(SIGN_IN_S, self._settings.request_timeout_s)
        try:
            reply = self._exchange(endpoint, "POST", "/tokens", body, budget, token="", limit_s=limit, urgent=True)
            token = token_in(reply)
        except BadCredentials as error:
            self._refused = error
            raise
        except AnswerLostError as lost:
            raise sign_in_lost(lost) from lost
        self.answers += 1
        return token

    def _check_array(self, endpoint: Endpoint, token: str, budget: Budget) -> None:
        """Make sure that all endpoints are consoles of one array, before anything else is asked of this one."""
        try:
            reply = self._exchange(endpoint, "GET", "/systems", None, budget, token=token, urgent=True)
            records = opened(reply, "say which array it is").records("systems")
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


def _fitting(answer: Answer, unfit: Callable[[Answer], str]) -> Answer:
    wrong = unfit(answer)
    if wrong:
        raise AnswerLostError(wrong)
    return answer

"""Commands and answers: which endpoint is asked, what is repeated, what is in doubt.

A read is repeated after a lost answer, elsewhere where there is an elsewhere.  A write is sent once; it goes on to
the next endpoint only while the array provably did nothing.  Before its first command, each endpoint is asked by one
thread alone which array it is: so a wrong password is sent once, and two endpoints can never be two arrays.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import TypeAlias

from ..endpoints import Endpoint, Endpoints
from ..errors import BadCredentials, Busy, DriverError, InDoubt, Refused, TimedOut, Unreachable, WrongSystem
from ..explanations import explained
from ..objects import Secret, Settings
from ..reaching import NothingSentError, no_answer, refused_before, sign_in_lost, unreachable
from ..waiting import Budget
from . import codes
from .connection import SLICE_S, AnswerLostError, Connection
from .identity import configuration, system_id_of
from .records import Record
from .sessions import Sessions
from .wire import DELIVERED, SUCCESS, Argument, Reply, WireError, request_bytes

_log = logging.getLogger("driver.xiv")

DEFAULT_PORT = 7778
READ_ATTEMPTS = 3
PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
CONNECT_S = 15.0
CONNECT_WITH_OTHERS_S = 5.0  # where there is another endpoint to try
WHICH_ARRAY = "config_get"

Problems: TypeAlias = dict[Endpoint, NothingSentError | DriverError]


class Client:
    """Speak to one XIV; safe to share among threads, connected by the first call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoints = Endpoints(settings.connection.endpoints, DEFAULT_PORT)
        self._sessions = Sessions(settings.connection, settings.max_sessions)
        self._numbers = itertools.count(1)
        self._greeting = threading.Lock()
        self._greeted: set[Endpoint] = set()
        self._silent: dict[Endpoint, tuple[float, str]] = {}
        self._system_id = ""
        self._refused: BadCredentials | None = None
        self.answers = 0  # about how many came so far: another one makes it another number

    def close(self) -> None:
        """Close every connection; calls under way fail."""
        self._sessions.close()

    @property
    def known_system_id(self) -> str | None:
        """Return which array answers, None before the first command."""
        return self._system_id or None

    def system_id(self, budget: Budget) -> str:
        """Return which array answers, known from the first command on."""
        if not self._system_id:
            self.read(WHICH_ARRAY, budget)
        return self._system_id

    def read(self, command: str, budget: Budget, /, **arguments: Argument) -> tuple[Record, ...]:
        """Run a command that changes nothing, repeated where that helps.

        Raises TimedOut where no answer came that can be trusted, and what the array's code means.
        """
        losses, pause, worst = 0, PAUSE_S, None
        while True:
            try:
                return self._run(command, arguments, budget, worst=worst)
            except _LostAtError as lost:
                budget.check(f"{lost.endpoint}: {lost}.")
                losses, worst = losses + 1, lost.endpoint
                if losses == READ_ATTEMPTS:
                    raise no_answer(codes.doing(command), losses, lost) from lost
                budget.pause(min(PAUSE_S, budget.left_s))
            except Busy:
                if budget.left_s <= pause:
                    raise
                budget.pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)

    def greet(self, budget: Budget) -> None:
        """Ask the array which one it is; that waits for no other call."""
        self._run(WHICH_ARRAY, {}, budget, urgent=True)

    def write(
        self, command: str, budget: Budget, /, *, sure: bool = False, **arguments: Argument
    ) -> tuple[Record, ...]:
        """Run a command that changes something, once; ``sure`` answers the array's question in advance.

        Raises Unreachable, Busy, Cancelled and TimedOut where the array did nothing, InDoubt where that is not known,
        and what the array's code means.
        """
        try:
            return self._run(command, arguments, budget, sure=sure)
        except _LostAtError as lost:
            raise InDoubt(
                f"It is not known whether the array did {codes.doing(command)}",
                happened=f"{command} was sent to {lost.endpoint}; then: {lost}.",
                left_behind="It may have taken effect, or still take effect.",
                next_step="Run it again: what the array did is looked up first.",
            ) from lost

    def _run(
        self,
        command: str,
        arguments: Mapping[str, Argument],
        budget: Budget,
        *,
        sure: bool = False,
        worst: Endpoint | None = None,
        urgent: bool = False,
    ) -> tuple[Record, ...]:
        problems: Problems = {}
        order = sorted(self._endpoints.in_order(), key=lambda endpoint: endpoint == worst)
        with nullcontext() if urgent else self._sessions.slot(budget):
            for endpoint in order:
                connect_s = CONNECT_S if endpoint == order[-1] else CONNECT_WITH_OTHERS_S
                try:
                    reply = self._ask(endpoint, command, arguments, budget, sure=sure, connect_s=connect_s)
                except (NothingSentError, Unreachable) as error:
                    problems[endpoint] = error
                else:
                    if reply.level != codes.PASSIVE_LEVEL or reply.code in codes.ERRORS:
                        self._endpoints.answered(endpoint)
                        self.answers += 1
                        return _opened(reply, command, endpoint)
                    self.answers += 1  # one that is passive is alive all the same
                    problems[endpoint] = _passive(reply)
                _log.info("%s passed over for %s: %s", endpoint, command, problems[endpoint])
        raise unreachable(problems, "an XIV")

    def _ask(
        self,
        endpoint: Endpoint,
        command: str,
        arguments: Mapping[str, Argument],
        budget: Budget,
        *,
        sure: bool,
        connect_s: float,
    ) -> Reply:
        """Exchange once with one endpoint, after a new connection where an idle one turns out to be closed."""
        idle = self._sessions.find_idle(endpoint)
        if idle is not None:
            try:
                return self._exchange(idle, command, arguments, budget, sure=sure)
            except NothingSentError as error:
                _log.debug("%s: an idle connection was closed: %s", endpoint, error)
        connection = self._sessions.open(endpoint, budget, min(connect_s, self._settings.request_timeout_s))
        try:
            self._greet(connection, budget, connect_s)
        except BaseException:
            self._sessions.give_back(connection, usable=False)
            raise
        return self._exchange(connection, command, arguments, budget, sure=sure)

    def _greet(self, connection: Connection, budget: Budget, limit_s: float) -> None:
        """Learn once which array an endpoint belongs to, before anything else is asked there."""
        endpoint, began = connection.endpoint, time.monotonic()
        while not self._greeting.acquire(timeout=budget.call_s(SLICE_S)):
            budget.check()
        try:
            if self._refused is not None:
                raise refused_before(self._refused)
            if endpoint in self._greeted:
                return
            failed_at, why = self._silent.get(endpoint, (0.0, ""))
            if failed_at > began:  # another thread found out while this one waited
                raise sign_in_lost(why)
            found = self._which_array(connection, Budget(budget.call_s(limit_s), budget.stop))
            self._compare(endpoint, found)
            self._system_id = found
            self._greeted.add(endpoint)
            self.answers += 1
        except AnswerLostError as lost:
            budget.check(f"{endpoint}: {lost}.")
            self._silent[endpoint] = (time.monotonic(), str(lost))
            raise sign_in_lost(lost) from lost
        except BadCredentials as error:
            self._refused = error
            raise
        finally:
            self._greeting.release()

    def _which_array(self, connection: Connection, budget: Budget) -> str:
        reply = self._send(connection, WHICH_ARRAY, {}, budget, sure=False)
        if reply.level == codes.PASSIVE_LEVEL and reply.code not in codes.ERRORS:
            self.answers += 1
            raise _passive(reply)
        return system_id_of(configuration(_opened(reply, WHICH_ARRAY, connection.endpoint)))

    def _compare(self, endpoint: Endpoint, found: str) -> None:
        if self._system_id and found != self._system_id:
            raise WrongSystem(
                f"{endpoint} is array {found}, the other endpoints are array {self._system_id}",
                happened="Nothing but the question which array it is was sent there.",
                next_step="Let all endpoints of one provider lead to one array.",
                attribute="endpoints",
            )

    def _exchange(
        self, connection: Connection, command: str, arguments: Mapping[str, Argument], budget: Budget, *, sure: bool
    ) -> Reply:
        usable = False
        try:
            if self._refused is not None:
                raise refused_before(self._refused)
            reply = self._send(connection, command, arguments, budget, sure=sure)
            usable = reply.delivery == DELIVERED
        except AnswerLostError as lost:
            at = _LostAtError(connection.endpoint, str(lost))
            at.nothing_came = lost.nothing_came
            raise at from lost
        finally:
            self._sessions.give_back(connection, usable=usable)
        if reply.code == SUCCESS:
            return reply
        refusal = codes.error_for(command, reply.code, reply.level, reply.words)
        if isinstance(refusal, BadCredentials):
            self._refused = refusal
        return reply

    def _send(
        self, connection: Connection, command: str, arguments: Mapping[str, Argument], budget: Budget, *, sure: bool
    ) -> Reply:
        number = next(self._numbers)
        request = self._request(number, command, arguments, sure=sure)
        limited = Budget(budget.call_s(self._settings.request_timeout_s), budget.stop)
        started = time.monotonic()
        outcome = "nothing sent"
        try:
            reply = _hidden(connection.exchange(request, limited), arguments)
            outcome = reply.code or reply.delivery
        except AnswerLostError as lost:
            outcome = f"answer lost: {lost}"
            raise
        except TimedOut as error:
            raise NothingSentError(f"not sent within {round(limited.asked_s, 1):g} s") from error
        finally:
            took_ms = (time.monotonic() - started) * 1000
            _log.debug("%s at %s: %s in %.0f ms", command, connection.endpoint, outcome, took_ms)
        if reply.id != str(number):
            connection.close()
            raise AnswerLostError("the answer belongs to another request")
        return reply

    def _request(self, number: int, command: str, arguments: Mapping[str, Argument], *, sure: bool) -> bytes:
        user = self._settings.connection
        options = {"user": user.username, "password": user.password.reveal()}
        if sure:
            options["i-am-sure"] = "yes"
        try:
            return request_bytes(number, command, options, arguments)
        except WireError as error:
            raise Refused(
                f"Cannot ask the array to {codes.doing(command)}: {error}",
                next_step="Remove control characters from it.",
            ) from None


class _LostAtError(AnswerLostError):
    def __init__(self, endpoint: Endpoint, why: str) -> None:
        super().__init__(why)
        self.endpoint = endpoint


def _opened(reply: Reply, command: str, endpoint: Endpoint) -> tuple[Record, ...]:
    """Return what a reply carries, or raise what it says went wrong."""
    if reply.code in codes.ERRORS or reply.code.startswith(codes.SIGN_IN_FAILED):
        raise codes.error_for(command, reply.code, reply.level, reply.words)
    if reply.delivery != DELIVERED or not reply.code or reply.code in codes.LOST:
        raise _LostAtError(endpoint, _said(reply))
    if reply.code == SUCCESS:
        return reply.records
    inner = _inner_code(reply)
    if reply.code == "PARTIAL_SUCCESS" and not inner:
        if not any(record.find_text("return_value") for record in reply.records):  # of what, it does not say
            raise _LostAtError(endpoint, _said(reply))
        return reply.records
    if reply.level == codes.CONNECTION_LEVEL:
        raise _LostAtError(endpoint, _said(reply))
    raise codes.error_for(command, inner or reply.code, reply.level, reply.words)


def _hidden(reply: Reply, arguments: Mapping[str, Argument]) -> Reply:
    """Return a reply whose words repeat no secret of the request: an array may quote what it does not like."""
    words = reply.words
    for secret in arguments.values():
        if isinstance(secret, Secret) and secret.reveal():
            words = words.replace(secret.reveal(), "***")
    return reply if words == reply.words else replace(reply, words=words)


def _said(reply: Reply) -> str:
    """Return what the array said of an answer it lost, and what that means where it is known."""
    said = f"the array said {f'{reply.code}: {reply.words}'.strip(': ') or reply.delivery or 'nothing'}"
    explanation = explained(reply.code) or explained(reply.delivery)
    return said if explanation is None else f"{said.rstrip('.')}. {explanation.cause.rstrip('.')}"


def _inner_code(reply: Reply) -> str:
    """Return the code inside an answer whose own code tells only that there is one (xcli.md §1.3)."""
    for record in reply.records:
        code = record.find_text("error_code") or record.find_text("return_value")
        if code and code != "TRNS_STATUS_GOOD":
            return code.removeprefix("TRNS_MGMT_STATUS_")
    return ""


def _passive(reply: Reply) -> NothingSentError:
    return NothingSentError(f"a passive manager, {reply.code}: {reply.words}", signed_in=True)

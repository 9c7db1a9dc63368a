"""XCLI service: requests of one connection, one after another, to the machine and back."""

from __future__ import annotations

import hmac
import re
import ssl
from functools import partial
from typing import TYPE_CHECKING

from ..service import HUGE_BYTES, HUGE_PIECE_BYTES, Delivery, Forms, Rejected, Service
from . import mirror_progress, wire
from .catalog import COMMANDS, FailureError
from .texts import RUNTIME, SUCCESS, TEXTS
from .wire import Compression, MalformedRequestError, Outcome, Request

if TYPE_CHECKING:
    from ..context import Context

_COMMAND_NAME = re.compile(r"[a-z0-9_]{1,63}")


class XcliProtocol:
    """Serve connections; there is no sign-in, every request carries its credentials (§1.6)."""

    def serve(self, stream: ssl.SSLSocket, service: Service) -> None:
        """Answer the requests of one connection until either side ends it; what is no request ends it too."""
        reader, session = wire.RequestReader(stream), Session(service)
        while not service.stopping():
            try:
                request = reader.next()
            except MalformedRequestError:
                return
            if request is None:
                return
            name = request.command if _COMMAND_NAME.fullmatch(request.command) else "unrecognized"
            answer = service.run(name, partial(session.answer, request), _forms(request))
            for piece in answer.sent():
                stream.sendall(piece)
            if answer.delivery is not Delivery.SEND or request.close:
                return


class Session:
    """The requests of one connection; the first one with good credentials counts as its sign-in."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._signed_in = False

    def answer(self, request: Request, context: Context) -> bytes:
        """Run one request and return the reply; raises Rejected with the reply when the machine says no."""
        compression = _compression(context, request)
        if not _knows(context, request):
            self._service.signed_in(ok=False)
            specific = context.switch("xiv_login_code_specific")
            code = "LOGIN_FAILURE_USER_FAILED_TO_LOGIN" if specific else "USER_OR_PASSWORD_WRONG_OR_MISSING"
            return wire.render(request, _outcome(FailureError(code)), compression)
        if not self._signed_in:
            self._service.signed_in(ok=True)
            self._signed_in = True
        where = context
        if request.remote_target:
            status = _undelivered(context, request.remote_target)
            if status:
                return wire.render_undelivered(request, status)
            where = context.partner or context
        try:
            records = _run(where, request)
        except FailureError as failure:
            if where.switch("xiv_refusals_repeat_arguments"):
                told = ", ".join(f"{name}={value}" for name, value in request.arguments.items())
                failure.words = f"{failure.words} ({told})"
            reply = wire.render(request, _outcome(failure), compression)
            if failure.stays:
                return reply
            raise Rejected(reply) from None
        return wire.render(request, Outcome("SUCCESS", SUCCESS.level, SUCCESS.words, records), compression)


def _run(context: Context, request: Request) -> list[wire.Record] | None:
    command = COMMANDS.get(request.command)
    if command is None or not command.offered(context):
        raise FailureError("UNRECOGNIZED_COMMAND")
    mirror_progress.settle(context)
    records = command.run(context, command.arguments(context, request.arguments, sure=request.sure))
    return None if records is None else list(records)


def _knows(context: Context, request: Request) -> bool:
    given = (request.options.get("user", ""), request.options.get("password", ""))
    wanted = (context.username, context.password)
    return all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, wanted, strict=True))


def _compression(context: Context, request: Request) -> Compression:
    if not request.compress or not context.switch("xiv_compression"):
        return Compression()
    from_bytes = 0 if context.switch("xiv_compress_small") else wire.COMPRESS_FROM
    return Compression(wanted=True, from_bytes=from_bytes)


def _undelivered(context: Context, target: str) -> str:
    partner = context.partner
    system = None if partner is None else partner.get("config", "system")
    if system is None or system["system_name"] != target:
        return "TARGET_DOES_NOT_EXIST"
    return "" if context.linked else "TARGET_IS_NOT_CONNECTED"


def _outcome(failure: FailureError) -> Outcome:
    return Outcome(failure.code, failure.level, failure.words)


def _forms(request: Request) -> Forms:
    def error(code: str) -> bytes:
        text = TEXTS.get(code)
        outcome = Outcome(code, text.level, text.words) if text else Outcome(code, RUNTIME, "The command failed")
        return wire.render(request, outcome, Compression())

    return Forms(
        error=error,
        wrong_id=wire.under_another_id,
        huge=lambda reply: wire.padded(reply, HUGE_BYTES, HUGE_PIECE_BYTES),
    )

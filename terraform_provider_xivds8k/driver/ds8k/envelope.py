"""What stands around every answer of the REST API: status and code, the records, their count (ds8k-rest.md §1.2 [S]).

Bytes to records or to an error, and nothing else: no connection, no retry.  What the array did not say is never read
as "nothing".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..errors import BadCredentials, Busy, DriverError, InDoubt, Refused
from ..explanations import step_for
from ..reaching import CORRECT_THEM, SIGN_IN_REFUSED
from . import codes
from .gate import AnswerLostError
from .transport import Reply

Record: TypeAlias = dict[str, Any]

MOST_VALUES = 6_000_000  # in one answer: memory grows with them, not with the bytes
REPORT_IT = "Run it again. If it stays so, this release of the array may not be supported; please report it."
TOKEN = re.compile(r"[!-~]{1,4096}")  # what a header can carry


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what the envelope carries: ``data`` by resource, the ``responses`` of a multiple create, the link.

    ``counted`` is how many records the array says it sent and ``total`` how many there are, None where it does not say.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    responses: tuple[Record, ...] = ()
    link: str = ""
    counted: int | None = None
    total: int | None = None

    def records(self, *names: str) -> tuple[Record, ...]:
        """Return the records under the first of these names that is there.

        Raises Refused where no list of records is, or only a part of one: no paging is known of this API.
        """
        for name in names:
            found = self.data.get(name)
            if isinstance(found, list):
                self._check(name, found)
                return tuple(found)
        if self.counted == 0 and not self.data:
            return ()
        raise _unfit(f"holds no list of {names[0]}", f"It holds: {', '.join(sorted(self.data)) or 'nothing'}.")

    def _check(self, name: str, found: list[Any]) -> None:
        if not all(isinstance(record, dict) for record in found) or (self.counted and not found):
            raise _unfit(f"holds a list of {name} that is none", f"It counts {self.counted} records.")
        said = max(self.counted or 0, self.total or 0)
        if len(found) < said:
            raise _unfit(f"holds {len(found)} of {said} {name}", "What it leaves out could matter.")


def _unfit(what: str, happened: str) -> Refused:
    return Refused(f"The array's answer {what}", happened=f"{happened} The answer is not used.", next_step=REPORT_IT)


def opened(reply: Reply, doing: str) -> Answer:
    """Return what an answer carries.

    Raises AnswerLostError for one that is none, Busy, and the error of the code where the array refuses.
    """
    envelope = _parsed(reply)
    if envelope is None:
        message = f"HTTP {reply.status} with {len(reply.body)} bytes that are no answer of this API"
        if reply.status == 429:  # a 503 may come from something in between, after the console has acted
            raise Busy(
                "The management console asks to come back later",
                code=f"HTTP {reply.status}",
                words=message,
                next_step=step_for(f"HTTP {reply.status}"),
            )
        if reply.status == 204 and not reply.body:
            return Answer()
        raise AnswerLostError(message)
    raise_if_failed(envelope, doing, reply.status)
    data, responses = envelope.get("data") or {}, envelope.get("responses") or []
    if not isinstance(data, dict) or not isinstance(responses, list):
        message = "data or responses of the answer are of another form"
        raise AnswerLostError(message)
    if not all(isinstance(part, dict) for part in responses):
        message = "part of the answer is of another form"
        raise AnswerLostError(message)
    link, counts = envelope.get("link"), envelope.get("counts")
    return Answer(
        data=data,
        responses=tuple(responses),
        link=str(link.get("href", "")) if isinstance(link, dict) else "",
        counted=_count(counts, "data_counts"),
        total=_count(counts, "total_counts"),
    )


def raise_if_failed(envelope: Record, doing: str, http_status: int = 200) -> None:
    """Raise the error for an envelope whose server part says that it failed."""
    server = envelope.get("server")
    if not isinstance(server, dict):
        message = "part of the answer holds no status"
        raise AnswerLostError(message)
    if http_status < 400 and str(server.get("status", "")).lower() in {"ok", "successful"}:
        return
    raise codes.error_for(doing, str(server.get("code") or ""), str(server.get("message") or ""), http_status)


def confirm_parts(answer: Answer, doing: str) -> None:
    """Raise what a part of the answer to a write says went wrong, InDoubt where a part says nothing."""
    try:
        for part in answer.responses:
            raise_if_failed(part, doing)
    except AnswerLostError as lost:
        raise unclear(doing, "A part of it holds no status") from lost


def unclear(doing: str, happened: str) -> InDoubt:
    """Return the doubt an answer leaves that came and does not tell."""
    return InDoubt(
        f"The array's answer does not tell whether it did {doing}",
        happened=f"{happened}.",
        left_behind="Some of it may have taken effect.",
        next_step="Run it again: what the array did is looked up first.",
    )


def code_of(reply: Reply) -> str:
    """Return the array's code, empty where there is none."""
    envelope = _parsed(reply)
    return str(envelope["server"].get("code", "")) if envelope is not None else ""


def token_in(reply: Reply) -> str:
    """Return the token in an answer to signing in; HTTP 401 and 403 refuse it, whatever code stands there or none."""
    try:
        opened(reply, "sign in")
        token = (_parsed(reply) or {})["token"]["token"]
    except (DriverError, AnswerLostError) as error:
        if isinstance(error, BadCredentials) or reply.status not in {401, 403}:
            raise
        code, words = (error.code, error.words) if isinstance(error, DriverError) else ("", str(error))
        raise BadCredentials(
            SIGN_IN_REFUSED, code=code or f"HTTP {reply.status}", words=words, next_step=CORRECT_THEM
        ) from error
    except (KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise Refused("The array's answer to signing in holds no token", next_step=REPORT_IT, attribute="endpoints")
    return token


def _parsed(reply: Reply) -> Record | None:
    if sum(map(reply.body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        return None
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("server"), dict) else None


def _count(counts: Any, name: str) -> int | None:
    said = str(counts.get(name, "")) if isinstance(counts, dict) else ""
    return int(said) if re.fullmatch("[0-9]{1,9}", said) else None

"""Calls and replies in this API's words: the envelope of ds8k-rest.md §1.2 [S]. All values are texts, counts apart.

Knows shapes only; what is in them belongs to the resources, and bytes to the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

from ..context import Context
from .codes import BAD_REQUEST, BAD_VALUE, UNCONFIRMED, Refusal

Record = dict[str, Any]
Asked = TypeVar("Asked")
DONE = "Operation done successfully."


@dataclass(frozen=True)
class Call:
    """One request: what was matched in its path, its query, its parameters and the address it was sent to."""

    context: Context
    ids: Mapping[str, str]
    query: Mapping[str, str]
    params: Mapping[str, Any]
    base: str

    def text(self, name: str) -> str:
        """Return a parameter as text, "" when it is absent; raises Refusal for a list or an object."""
        value = self.params.get(name, "")
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise Refusal(BAD_VALUE, name=name, value=value, why="a text is expected")
        return str(value).strip()

    def required(self, name: str) -> str:
        """Return a parameter that must be there."""
        value = self.text(name)
        if not value:
            raise Refusal(BAD_REQUEST, why=f"{name} is missing")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a parameter that is a list of texts; a single text is a list of one."""
        value = self.params.get(name, [])
        if isinstance(value, str):
            return [value] if value else []
        if not isinstance(value, list) or not all(isinstance(one, (str, int)) for one in value):
            raise Refusal(BAD_VALUE, name=name, value=value, why="a list of texts is expected")
        return [str(one).strip() for one in value]

    def link(self, path: str) -> Record:
        """Return ``{link}`` to a path below the API's base."""
        return {"link": {"rel": "self", "href": f"{self.base}{_quoted(path)}"}}

    def reference(self, collection: str, name: str) -> Record:
        """Return how another object is referred to: ``{id, link}``, empty when there is none."""
        return {"id": name, **self.link(f"/{collection}/{name}")} if name else {}


@lru_cache(maxsize=2**16)
def _quoted(path: str) -> str:
    return quote(path, safe="/:[]=")


@dataclass(frozen=True)
class Reply:
    """One answer: HTTP status and body; ``body`` None is an answer without one."""

    status: int
    body: Record | None


def _server(context: Context) -> Record:
    code = "CMUC00183I" if context.switch("success_code_cmuc00183i") else ""
    return {"status": "ok", "code": code, "message": DONE}


def listing(call: Call, key: str, records: Sequence[Record]) -> Reply:
    """Answer a GET: the records under their key (a single object is a list of one), cut down to data_fields."""
    wanted = {name for name in call.query.get("data_fields", "").split(",") if name}
    shown = [{name: one[name] for name in one if name in wanted} for one in records] if wanted else list(records)
    counts = {"data_counts": len(shown), "total_counts": len(shown)}  # numbers, not texts: [S] pyds8k's test data
    return Reply(200, {"server": _server(call.context), "counts": counts, "data": {key: shown}})


def created(call: Call, key: str, record: Record, path: str) -> Reply:
    """Answer a POST that made one object."""
    body: Record = {"server": _server(call.context)}
    if not call.context.switch("creates_return_links_only"):
        full = call.context.switch("creates_return_full_objects")
        brief = {name: record[name] for name in ("id", "name") if name in record}
        body["data"] = {key: [record if full or not brief else brief]}
    return Reply(200, body | call.link(path))


def linked(call: Call, path: str) -> Reply:
    """Answer a POST or PUT that returns no data, only a link [S]."""
    return Reply(200, {"server": _server(call.context)} | call.link(path))


def done(call: Call) -> Reply:
    """Answer a write that has nothing to show."""
    return Reply(200, {"server": _server(call.context)})


def deleted(call: Call) -> Reply:
    """Answer a DELETE."""
    return Reply(204, None) if call.context.switch("empty_delete_answers") else done(call)


def several(call: Call, parts: Sequence[Reply]) -> Reply:
    """Answer a request for several objects: ok on top even when parts failed, parts in the order asked for [S]."""
    return Reply(200, {"server": _server(call.context), "responses": [part.body for part in parts]})


def each(call: Call, wanted: Sequence[Asked], act: Callable[[Asked], Reply], *, all_or_none: bool) -> Reply:
    """Do one thing to each of several objects; to one alone the answer is that one's, else each has its own answer.

    ``act`` must refuse before it changes anything. With ``all_or_none`` the first refusal is the answer.
    """
    if len(wanted) == 1 or all_or_none:
        replies = [act(one) for one in wanted]
        return replies[0] if len(wanted) == 1 else several(call, replies)
    return several(call, [_part(call, act, one) for one in wanted])


def _part(call: Call, act: Callable[[Asked], Reply], one: Asked) -> Reply:
    try:
        return act(one)
    except Refusal as refusal:
        return failed(call.context, refusal)


def failed(context: Context, refusal: Refusal) -> Reply:
    """Answer with a refusal."""
    code = refusal.code
    if not code.confirmed and code.status == UNCONFIRMED.status and context.switch("one_code_for_unconfirmed_refusals"):
        code = UNCONFIRMED
    always_told = code.status in {401, 404}  # clients decide on these by status: [S]
    status = 200 if context.switch("failures_with_http_200") and not always_told else code.status
    return Reply(status, failure_body(code.code, refusal.words))


def failure_body(code: str, words: str) -> Record:
    """Return the body of a failure."""
    return {"server": {"status": "failed", "code": code, "message": words}}

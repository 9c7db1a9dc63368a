"""Replies spoilt on request: the same reply about another object, or far too long."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from ..service import HUGE_BYTES, HUGE_PIECE_BYTES
from .envelope import Reply

HERE = "(here)"

Render = Callable[[Reply], bytes]


def wrong_id(reply: bytes, render: Render) -> bytes:
    """Return the reply with the id of each object in it replaced by another one."""
    status, body = _split(reply)
    if body is None:
        return reply
    for part in [body, *body.get("responses", [])]:
        for records in part.get("data", {}).values():
            for record in records:
                if "id" in record:
                    record["id"] = _other(record["id"])
        href = part.get("link", {}).get("href", "")
        if href:
            before, _, last = href.rpartition("/")
            part["link"]["href"] = f"{before}/{_other(last)}"
    return render(Reply(status, body))


def huge(reply: bytes, render: Render) -> Iterator[bytes]:
    """Yield the reply in pieces, its message padded beyond what a client should read."""
    status, body = _split(reply)
    if body is None:
        yield reply
        return
    body.setdefault("server", {})["message"] = HERE
    before, after = render(Reply(status, body)).split(HERE.encode())
    pieces = HUGE_BYTES // HUGE_PIECE_BYTES
    more = pieces * HUGE_PIECE_BYTES - len(HERE)
    yield re.sub(rb"(?<=Content-Length: )\d+", lambda said: b"%d" % (int(said[0]) + more), before, count=1)
    for _ in range(pieces):
        yield b"x" * HUGE_PIECE_BYTES
    yield after


def _split(reply: bytes) -> tuple[int, dict[str, Any] | None]:
    head, _, body = reply.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), json.loads(body) if body else None


def _other(text: str) -> str:
    """Return an id of the same form: its last character changed."""
    return f"{text[:-1]}{'1' if text[-1:] == '0' else '0'}"

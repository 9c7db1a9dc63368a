"""XCLI on the wire: bytes to requests, records to replies.  Knows no command and no machine.

There is no greeting, no length and no XML declaration: one request is one element, one reply is one element, and the
end of the root is the only framing (xcli.md §1 [S]).
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from xml.parsers import expat

REQUEST_LIMIT = 4 * 1024 * 1024
CHUNK = 65536
COMPRESS_FROM = 2048  # bytes of inner XML; smaller replies stay as they are unless a switch says otherwise
_ROOT = re.compile(rb'^<command id="([^"]*)"')

Leaf = str | int | bool | None


class MalformedRequestError(Exception):
    """What came is not a request; there is nothing to answer, the connection ends."""


class Readable(Protocol):
    """A stream that bytes can be taken from."""

    def recv(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class Request:
    """One command as it was asked."""

    id: str
    command: str
    options: Mapping[str, str]
    arguments: Mapping[str, str]
    close: bool = False
    remote_target: str = ""

    @property
    def sure(self) -> bool:
        """Return whether the sender waives confirmation (i-am-sure, or -y of the command line client)."""
        return self.options.get("i-am-sure", "no").lower() == "yes"

    @property
    def compress(self) -> bool:
        """Return whether the sender understands compressed output."""
        return self.options.get("compress-output", "").lower() == "base64"


@dataclass(frozen=True, slots=True)
class Record:
    """One element of a reply: a tag, an optional id attribute, leaves in order."""

    tag: str
    leaves: Mapping[str, Leaf]
    id: str = ""


@dataclass(slots=True)
class _Draft:
    depth: int = 0
    root: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)


class RequestReader:
    """Take requests one by one from a stream, whatever the borders of its chunks."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._rest = b""

    def next(self) -> Request | None:
        """Return the next request, None when the sender has closed; raises MalformedRequestError."""
        draft, parser, seen = _Draft(), expat.ParserCreate("utf-8"), bytearray()
        if hasattr(parser, "SetReparseDeferralEnabled"):  # since expat 2.6; it would put off the end of a request
            parser.SetReparseDeferralEnabled(False)  # noqa: FBT003 - expat takes no keyword
        _attach(parser, draft)
        while not (draft.root and draft.depth == 0):
            chunk, self._rest = self._rest or self._stream.recv(CHUNK), b""
            if not chunk:
                if seen.strip():
                    raise MalformedRequestError("ended in the middle of a request")
                return None
            seen += chunk
            self._feed(parser, chunk, seen, draft)
            if len(seen) > REQUEST_LIMIT:
                raise MalformedRequestError("request too large")
        return _request(draft)

    def _feed(self, parser: expat.XMLParserType, chunk: bytes, seen: bytearray, draft: _Draft) -> None:
        """Parse some bytes; what stands behind the end of a request is kept for the next one."""
        try:
            parser.Parse(chunk, False)  # noqa: FBT003  (expat takes no keyword)
        except expat.ExpatError as error:
            if error.code != expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]:
                raise MalformedRequestError(str(error)) from error
            self._rest = bytes(seen[parser.ErrorByteIndex :])
        else:
            if draft.root and draft.depth == 0:
                self._rest = bytes(seen[parser.CurrentByteIndex :])


def _attach(parser: expat.XMLParserType, draft: _Draft) -> None:
    def start(tag: str, attributes: dict[str, str]) -> None:
        draft.depth += 1
        if draft.depth == 1:
            if tag != "command" or "type" not in attributes:
                raise MalformedRequestError("the root is not a command")
            draft.root = attributes
        elif draft.depth == 2 and tag in {"option", "argument"} and "name" in attributes:
            into = draft.options if tag == "option" else draft.arguments
            into[attributes["name"]] = attributes.get("value", "")
        else:
            raise MalformedRequestError(f"unexpected element {tag}")

    def end(_tag: str) -> None:
        draft.depth -= 1

    def refuse(*_: object) -> None:
        raise MalformedRequestError("no document types here")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse


def _request(draft: _Draft) -> Request:
    root = draft.root
    return Request(
        id=root.get("id", "0"),
        command=root["type"],
        options=draft.options,
        arguments=draft.arguments,
        close=root.get("close_on_return") == "yes",
        remote_target=root.get("remote_target", ""),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended: a symbolic code, its level, a sentence, and records (None: no return element)."""

    code: str
    level: int
    words: str
    records: Iterable[Record] | None = None


@dataclass(frozen=True, slots=True)
class Compression:
    """Whether output is compressed, and from which size of inner XML on."""

    wanted: bool = False
    from_bytes: int = COMPRESS_FROM


def render(request: Request, outcome: Outcome, compression: Compression) -> bytes:
    """Return the whole reply; a command run on a target is nested one level deeper (§1.3)."""
    body = [b"<administrator><command>"]
    body.append(_leaf("code", outcome.code) + _leaf("status", outcome.level) + _leaf("status_str", outcome.words))
    if outcome.records is not None:
        body.append(_returned(outcome.records, compression))
    body.append(b"</command></administrator>")
    inner = b"".join(body)
    if request.remote_target:
        inner = b"<command>" + inner + b"</command>"
    return _enveloped(request.id, inner, "DELIVERY_SUCCESSFUL")


def render_undelivered(request: Request, status: str) -> bytes:
    """Return the reply for a command that could not be delivered where it was meant to run (§1.3)."""
    return _enveloped(request.id, b"", status)


def under_another_id(reply: bytes) -> bytes:
    """Return the same reply as if it answered another request."""
    return _ROOT.sub(lambda found: b'<command id="%d"' % (_number(found[1]) + 1000), reply, count=1)


def padded(reply: bytes, size: int, piece: int) -> Iterator[bytes]:
    """Yield the same reply in pieces, with ``size`` bytes of elements nobody asked for."""
    start = reply.index(b">") + 1
    yield reply[:start]
    element = b'<pad value="%s"/>' % (b"0" * piece)
    for _ in range(-(-size // piece)):
        yield element
    yield reply[start:]


def _number(text: bytes) -> int:
    return int(text) if text.isdigit() else 0


def _enveloped(request_id: str, inner: bytes, status: str) -> bytes:
    return b'<command id="%s">%s<aserver status="%s"/></command>' % (_escaped(request_id), inner, _escaped(status))


def _returned(records: Iterable[Record], compression: Compression) -> bytes:
    inner = b"".join(map(_record, records))
    if not compression.wanted or len(inner) < compression.from_bytes:
        return b"<return>" + inner + b"</return>"
    packed = base64.b64encode(zlib.compress(inner))
    return b'<compressed_return value="' + packed + b'"/>'


def _record(record: Record) -> bytes:
    tag = record.tag.encode("ascii")
    identity = b' id="%s"' % _escaped(record.id) if record.id else b""
    leaves = b"".join(_leaf(name, value) for name, value in record.leaves.items())
    return b"<" + tag + identity + b">" + leaves + b"</" + tag + b">"


def _leaf(name: str, value: Leaf) -> bytes:
    return b'<%s value="%s"/>' % (name.encode("ascii"), _escaped(_text(value)))


def _text(value: Leaf) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)


def _escaped(text: str) -> bytes:
    """Return text fit for an attribute: ASCII alone, everything else as character references (§1.1 [S])."""
    return text.translate(_ESCAPES).encode("ascii", "xmlcharrefreplace")

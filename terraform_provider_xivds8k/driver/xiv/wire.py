"""XCLI's bytes: a request becomes one XML element, one XML element becomes a reply (xcli.md §1).

The end tag of the root is the only framing, so replies are parsed as they come, within bounds: size, depth, number
of elements, no DTD.  Leaves sockets to ``connection`` and the meaning of codes to ``codes``.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from xml.parsers import expat

from ..objects import Secret
from .records import Record

LARGEST_REPLY_BYTES = 64 * 2**20
LARGEST_TOKEN_BYTES = 8 * 2**20
DEEPEST = 32
MOST_ELEMENTS = 2_000_000
MOST_ATTRIBUTES = 16
HTTP = b"HTTP/"
DELIVERED = "DELIVERY_SUCCESSFUL"
SUCCESS = "SUCCESS"

Argument: TypeAlias = str | int | bool | Secret | None

_ESCAPED = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class WireError(ValueError):
    """Bytes that are no reply of this protocol, or text that cannot be sent."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold what a reply says; ``level`` is None where there is none, ``code`` empty where nothing was delivered."""

    id: str
    delivery: str
    code: str
    level: int | None
    words: str
    records: tuple[Record, ...]


def request_bytes(number: int, command: str, options: Mapping[str, str], arguments: Mapping[str, Argument]) -> bytes:
    """Return a request in ASCII, other characters as references; an argument of None is left out.

    Raises WireError for a character XML cannot carry, naming the argument or option but not its value.
    """
    parts = [f'<command id="{number}" type={_quoted("command", command)} close_on_return="no">']
    for kind, named in (("option", options), ("argument", arguments)):
        for name, value in named.items():
            if value is not None:
                parts.append(f"<{kind} name={_quoted('name', name)} value={_quoted(name, _text(value))}/>")
    parts.append("</command>")
    return "".join(parts).encode("ascii", "xmlcharrefreplace")


def _text(value: str | int | Secret) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _quoted(name: str, text: str) -> str:
    if _NOT_XML.search(text):
        message = f"{name} holds a character that cannot be sent"
        raise WireError(message)
    return f'"{text.translate(_ESCAPED)}"'


_NOTHING: Mapping[str, str] = {}


@dataclass(slots=True)
class _Node:
    """Hold one element; nearly all are leaves with a value alone, and nothing else is kept of those."""

    tag: str
    value: str | None
    attributes: Mapping[str, str]  # the others
    _children: list[_Node] | None = None

    @property
    def children(self) -> Sequence[_Node]:
        return self._children or ()

    def add(self, child: _Node) -> None:
        if self._children is None:
            self._children = []
        self._children.append(child)

    def child(self, tag: str) -> _Node | None:
        return next((child for child in self.children if child.tag == tag), None)

    def value_of(self, tag: str) -> str | None:
        found = self.child(tag)
        return found.value if found is not None else None


class _Tree:
    """Build one bounded tree from chunks of any size."""

    def __init__(self) -> None:
        self.root: _Node | None = None
        self.complete = False
        self._path: list[_Node] = []
        self._fed = self._elements = 0
        self._held = bytearray()
        self._due = 0
        self._parser = expat.ParserCreate("utf-8")  # whatever a declaration says: Python would look up any codec
        if hasattr(self._parser, "SetReparseDeferralEnabled"):  # since expat 2.6; it would put off the end of a reply
            self._parser.SetReparseDeferralEnabled(False)  # noqa: FBT003 - expat takes no keyword
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def feed(self, data: bytes) -> bool:
        self._fed += len(data)
        if self._fed > LARGEST_REPLY_BYTES:
            message = f"the answer is larger than {LARGEST_REPLY_BYTES} bytes"
            raise WireError(message)
        self._held += data
        if len(self._held) >= self._due or data.rstrip().endswith(b">"):
            self._parse()
        return self.complete

    def _parse(self) -> None:
        """Parse what is held; a tag that is not whole is scanned again only when it has doubled, or may have ended."""
        data, self._held = bytes(self._held), bytearray()
        try:
            self._parser.Parse(data)
        except expat.ExpatError as error:
            message = f"the answer is not well-formed: {expat.errors.messages.get(error.code, 'unknown')}"
            raise WireError(message) from error
        self._due = self._fed - self._parser.CurrentByteIndex
        if not self.complete and self._due > LARGEST_TOKEN_BYTES:
            message = f"the answer holds a tag larger than {LARGEST_TOKEN_BYTES} bytes"
            raise WireError(message)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS or len(self._path) >= DEEPEST or len(attributes) > MOST_ATTRIBUTES:
            message = "the answer has too many elements or attributes, or is nested too deep"
            raise WireError(message)
        node = _Node(tag, attributes.pop("value", None), attributes or _NOTHING)
        if self._path:
            self._path[-1].add(node)
        else:
            self.root = node
        self._path.append(node)

    def _end(self, _tag: str) -> None:
        self._path.pop()
        self.complete = not self._path

    def _refuse_doctype(self, *_: object) -> None:
        message = "the answer holds a document type, which this protocol has not"
        raise WireError(message)


class ReplyParser:
    """Take one reply in chunks as they come from the socket; every method raises WireError."""

    def __init__(self) -> None:
        self._tree = _Tree()
        self.is_begun = False

    def feed(self, data: bytes) -> bool:
        """Take some bytes; tell whether the reply is complete."""
        if not self.is_begun and data.startswith(HTTP):
            message = "the answer is not well-formed: it is HTTP, which no XIV speaks"
            raise WireError(message)
        self.is_begun = True
        return self._tree.feed(data)

    def reply(self) -> Reply:
        """Return the complete reply."""
        root = self._tree.root
        if root is None or not self._tree.complete or root.tag != "command":
            message = "the answer is no reply of this protocol"
            raise WireError(message)
        aserver = root.child("aserver")
        administrator = root.child("administrator")
        command = administrator.child("command") if administrator is not None else None
        level = (command.value_of("status") or "") if command is not None else ""
        return Reply(
            id=root.attributes.get("id", ""),
            delivery=aserver.attributes.get("status", "") if aserver is not None else "",
            code=(command.value_of("code") or "") if command is not None else "",
            level=int(level) if re.fullmatch(r"[0-9]{1,4}", level) else None,
            words=(command.value_of("status_str") or "") if command is not None else "",
            records=_records(command) if command is not None else (),
        )


def _records(command: _Node) -> tuple[Record, ...]:
    """Return the records of a reply; leaves that stand in the return itself make one record."""
    returned = command.child("return")
    compressed = command.value_of("compressed_return")
    if returned is None and compressed is not None:
        returned = _inflated(compressed)
    if returned is None:
        return ()
    found = tuple(_record(child) for child in returned.children if not _is_leaf(child))
    if not found and returned.children:
        return (_record(returned),)
    return found


def _is_leaf(node: _Node) -> bool:
    return not node.children and node.value is not None


def _record(node: _Node) -> Record:
    leaves = {"id": node.attributes["id"]} if "id" in node.attributes else {}
    leaves.update((child.tag, child.value) for child in node.children if child.value is not None and not child.children)
    return Record(node.tag, leaves)


def _inflated(text: str) -> _Node:
    """Return a compressed return (xcli.md §1.4): base64 of zlib of what stands between the return tags."""
    tree, inflater = _Tree(), zlib.decompressobj()
    tree.feed(b"<return>")
    try:
        rest = base64.b64decode(text.encode("ascii"), validate=True)
        while rest and not inflater.eof:
            tree.feed(inflater.decompress(rest, 2**20))
            rest = inflater.unconsumed_tail
        tree.feed(inflater.flush())
    except (UnicodeEncodeError, binascii.Error, zlib.error) as error:
        message = "the compressed part of the answer cannot be read"
        raise WireError(message) from error
    if not inflater.eof or not tree.feed(b"</return>") or tree.root is None:
        message = "the compressed part of the answer is not whole"
        raise WireError(message)
    return tree.root

"""XCLI under garbage: any bytes in any pieces are a reply or a WireError, and any text reaches the other side whole."""

from __future__ import annotations

import base64
import contextlib
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from terraform_provider_xivds8k.driver import Refused, Volume
from terraform_provider_xivds8k.driver.xiv.records import Record
from terraform_provider_xivds8k.driver.xiv.volumes import volume_of
from terraform_provider_xivds8k.driver.xiv.wire import Reply, ReplyParser, WireError, request_bytes
from terraform_provider_xivds8k.simulators.xiv.wire import MalformedRequestError, RequestReader

SENDABLE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n\r\"'<&>"),
    max_size=30,
)
BALLOON_BYTES = 96 * 2**20

# what a reply is made of, in any order and number
MARKS = st.sampled_from(
    [
        *(
            "<command",
            ' id="7"',
            ">",
            "/>",
            "</command>",
            "<aserver",
            ' status="DELIVERY_SUCCESSFUL"',
            "<administrator>",
        ),
        *("</administrator>", "<code", ' value="SUCCESS"', "<status", ' value="0"', "<return>", "</return>", "<volume"),
        *("<compressed_return", ' value="eJyzBAAAPgA9"', "<name", ' value=""', "<!--", "-->", "<![CDATA[", "]]>"),
        *("<!DOCTYPE a [", '<!ENTITY b "c">', "]>", "&b;", "&#0;", "&#65;", "&amp;", "<?x y?>", "\ufeff", "\x00", "'"),
    ]
)


def whole_reply(inside: str = "", *, code: str = "SUCCESS", level: str = "0", head: str = "") -> bytes:
    """Return a reply with this return or compressed_return."""
    return (
        f'{head}<command id="7"><administrator><command><code value="{code}"/><status value="{level}"/>'
        f'<status_str value="words"/>{inside}</command></administrator>'
        '<aserver status="DELIVERY_SUCCESSFUL"/></command>'
    ).encode()


def packed(inner: bytes) -> str:
    """Return a compressed return."""
    return f'<compressed_return value="{base64.b64encode(inner).decode()}"/>'


VOLUME = '<return><volume id="1"><name value="db &#228;1"/><wwn value="0017380000010001"/></volume></return>'
GOOD = (
    whole_reply(VOLUME),
    whole_reply(packed(zlib.compress(VOLUME[8:-9].encode()))),
    whole_reply(level="3", code="NO"),
)


def said_by(data: bytes, sizes: list[int] | None = None) -> Reply | None:
    """Return the reply in these bytes, fed in pieces of these sizes in turn; None for what is refused."""
    parser, at, turn = ReplyParser(), 0, 0
    try:
        while at < len(data):
            size = sizes[turn % len(sizes)] if sizes else len(data)
            parser.feed(data[at : at + size])
            at, turn = at + size, turn + 1
        return parser.reply()
    except WireError:
        return None


pieces = st.lists(st.one_of(st.integers(1, 4), st.integers(1, 400)), min_size=1, max_size=6)


@settings(max_examples=300)
@given(st.data(), pieces)
def test_a_damaged_reply_is_another_reply_or_refused_whatever_its_pieces(data: Any, sizes: list[int]) -> None:
    reply = bytearray(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, max(0, len(reply) - 1)))
        piece = data.draw(st.one_of(st.binary(max_size=4), MARKS.map(str.encode)))
        reply[at : at + data.draw(st.integers(0, 30))] = piece
        if data.draw(st.booleans()):
            del reply[at + len(piece) :]
    assert said_by(bytes(reply)) == said_by(bytes(reply), sizes)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=60), st.lists(MARKS, max_size=25).map("".join).map(str.encode)), pieces)
def test_any_bytes_are_a_reply_or_refused_whatever_their_pieces(data: bytes, sizes: list[int]) -> None:
    assert said_by(data) == said_by(data, sizes)


@pytest.mark.parametrize("size", [4_000, 40_000])
@given(cut=st.integers(1, 120))
@settings(max_examples=40)
def test_a_reply_with_a_large_value_is_whole_with_its_last_byte(size: int, cut: int) -> None:
    """A parser that waits for more of a large tag before it looks again would wait for ever."""
    reply = whole_reply(f'<return><note value="{"x" * size}"/></return>')
    parser = ReplyParser()
    assert not parser.feed(reply[:-cut])
    assert parser.feed(reply[-cut:])
    assert len(parser.reply().records[0].text("note")) == size


@pytest.mark.parametrize(
    "name",
    ["utf-16", "latin-1", "rot13", "idna", "shift_jis", "undefined", "unicode_escape", "no-such", "zip", "x" * 200, ""],
)
def test_a_declared_encoding_is_none_of_pythons(name: str) -> None:
    """The protocol has one; a name in an answer does not choose which code of this machine reads it."""
    data = whole_reply(VOLUME, head=f'<?xml version="1.0" encoding="{name}"?>')
    reply = said_by(data)
    assert reply is None or [record.text("name") for record in reply.records] == ["db \u00e41"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037", "latin-1"])
def test_a_reply_in_another_encoding_is_refused_or_read_right(encoding: str) -> None:
    text = whole_reply('<return><volume><name value="\u00e41"/></volume></return>').decode()
    reply = said_by(text.encode(encoding))
    assert reply is None or [record.text("name") for record in reply.records] == ["\u00e41"]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
# made when it is their turn: half a GiB in all, which every worker would hold
HOSTILE = [
    pytest.param(f'<!DOCTYPE c [<!ENTITY l0 "lol">{LAUGHS}]><command id="&l11;"/>'.encode, id="a billion laughs"),
    pytest.param(
        f'<!DOCTYPE c [<!ENTITY l0 "{"x" * 100_000}">]><command>{"&l0;" * 10_000}</command>'.encode,
        id="blow-up",
    ),
    pytest.param(lambda: b'<!DOCTYPE c SYSTEM "file:///etc/passwd"><command/>', id="a document type elsewhere"),
    pytest.param(lambda: b"<command>" + b"<a>" * 1_000_000, id="deep"),
    pytest.param(lambda: b"<command>" * 1_000_000, id="deep in itself"),
    pytest.param(
        lambda: b"<command " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/>", id="many attributes"
    ),
    pytest.param(lambda: b"<command " + b"a" * 9_000_000, id="an endless name"),
    pytest.param(lambda: b"<command><!--" + b"x" * 9_000_000, id="an endless comment"),
    pytest.param(lambda: b"<command><![CDATA[" + b"x" * 70_000_000, id="endless text"),
    pytest.param(lambda: whole_reply(packed(zlib.compress(b" " * 200_000_000, 9))), id="a bomb of spaces"),
    pytest.param(lambda: whole_reply(packed(zlib.compress(b"<a>" * 1_000_000, 9))), id="a bomb of depth"),
    pytest.param(
        lambda: whole_reply(packed(zlib.compress(zlib.compress(b" " * 200_000_000, 9)))), id="a bomb in a parcel"
    ),
    pytest.param(
        lambda: whole_reply(packed(zlib.compress(f"<!DOCTYPE c [{LAUGHS}]>&l11;".encode()))), id="packed laughs"
    ),
]


@pytest.mark.parametrize("make", HOSTILE)
def test_a_hostile_reply_takes_neither_time_nor_memory(make: Callable[[], bytes]) -> None:
    """In pieces as large as the connection reads them."""
    data = make()
    began = time.process_time()
    tracemalloc.start()
    try:
        assert said_by(data, [2**18]) is None
        assert tracemalloc.get_traced_memory()[1] < BALLOON_BYTES
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 20


def test_a_large_value_in_small_pieces_is_not_scanned_again_with_each() -> None:
    """Eight megabytes in 6,000 packets took half a minute when every packet began at the first byte."""
    data = b'<command id="7"><aserver status="' + b"x" * (8 * 2**20 - 100) + b'"/></command>'
    began = time.process_time()
    reply = said_by(data, [1460])
    assert reply is not None
    assert len(reply.delivery) > 8 * 10**6
    assert time.process_time() - began < 10


# records

leaf_texts = st.one_of(
    st.text(max_size=8),
    st.integers(-(2**65), 2**65).map(str),
    st.sampled_from(
        ["", "-", "--1", "1.5", "1e9", " 1", "1_0", "\u0661", "\u00b2", "9" * 5000, "YES", "no", "true", "NaN"]
    ),
)
LEAVES = (
    "name",
    "wwn",
    "pool_id",
    "pool_name",
    "capacity",
    "used_capacity_MiB",
    "used_capacity",
    "mirrored",
    "cg_name",
)


@given(leaf_texts)
@example("9" * 5000)
@example("\u00b2")
def test_a_number_of_a_record_is_one_or_is_refused(written: str) -> None:
    record = Record("volume", {"leaf": written})
    with contextlib.suppress(Refused):
        number = record.integer("leaf")
        assert -(2**67) < number < 2**67
        assert number in {int(written), int(written) - 2**64}
    with contextlib.suppress(Refused):
        assert record.flag("leaf") == (written.lower() == "yes")
    with contextlib.suppress(Refused):
        assert (record.find_integer("leaf") is None) == (written == "")


@settings(max_examples=200)
@given(st.sampled_from(LEAVES), leaf_texts, st.booleans())
@example("capacity", "-1", True)
@example("capacity", "18446744073709453150", True)
@example("used_capacity_MiB", "-0", True)
def test_a_row_of_any_texts_is_a_volume_that_can_be_or_is_refused(leaf: str, written: str, complete: bool) -> None:
    plain = {"name": "v", "wwn": "0017380000010001", "pool_id": "1", "pool_name": "p", "capacity": "2097152"}
    found: Volume | None = None
    with contextlib.suppress(Refused):
        found = volume_of(Record("volume", {**(plain if complete else {}), leaf: written}), "1300001")
    if found is not None:
        assert found.size_bytes > 0
        assert not found.provably_unwritten or (leaf == "used_capacity_MiB" and int(written) == 0)


# requests


class _Stream:
    """Give bytes in pieces."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data, self._sizes, self._turn = data, sizes, 0

    def recv(self, size: int, /) -> bytes:
        size = min(size, self._sizes[self._turn % len(self._sizes)])
        self._turn += 1
        piece, self._data = self._data[:size], self._data[size:]
        return piece


@given(st.lists(st.tuples(SENDABLE, SENDABLE, st.integers(0, 2**63)), min_size=1, max_size=3), pieces)
def test_the_other_side_reads_what_was_written_whatever_its_pieces(asked: list[Any], sizes: list[int]) -> None:
    """Several requests one after another; the reader is the simulated array's own."""
    sent = b"".join(
        request_bytes(
            number, "vol_rename", {"user": user, "password": user[::-1]}, {"vol": name, "size_blocks": blocks}
        )
        for number, (user, name, blocks) in enumerate(asked)
    )
    reader = RequestReader(_Stream(sent, sizes))
    for number, (user, name, blocks) in enumerate(asked):
        request = reader.next()
        assert request is not None
        assert (request.id, request.command) == (str(number), "vol_rename")
        assert request.options == {"user": user, "password": user[::-1]}
        assert request.arguments == {"vol": name, "size_blocks": str(blocks)}
    assert reader.next() is None


@given(st.text(max_size=12), st.text(max_size=12))
def test_text_that_cannot_be_sent_is_refused_and_never_altered(name: str, value: str) -> None:
    try:
        sent = request_bytes(1, "vol_list", {}, {name: value})
    except WireError:
        return
    request = RequestReader(_Stream(sent, [7])).next()
    assert request is not None
    assert request.arguments == {name: value}


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=60), st.lists(MARKS, max_size=25).map("".join).map(str.encode)), pieces)
def test_the_simulated_array_reads_garbage_to_its_end(data: bytes, sizes: list[int]) -> None:
    reader = RequestReader(_Stream(data, sizes))
    with contextlib.suppress(MalformedRequestError):
        while reader.next() is not None:
            pass

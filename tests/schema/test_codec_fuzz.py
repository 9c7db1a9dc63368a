"""The codec under garbage: what is no value is a CodecError, at once and without memory to speak of."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
import unicodedata
from decimal import Decimal
from typing import Any

import msgpack
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.values import types, values
from terraform_provider_xivds8k.schema import UNKNOWN, Raw
from terraform_provider_xivds8k.schema.codec import CodecError, decode, encode, from_json
from terraform_provider_xivds8k.schema.types import (
    BOOL,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    Type,
)

ROW = ObjectType((("id", STRING), ("size", NUMBER), ("tags", MapType(STRING))))
NODES: tuple[Type, ...] = (STRING, NUMBER, BOOL, ListType(STRING), SetType(NUMBER), MapType(STRING), ListType(ROW), ROW)
HOSTILE_BYTES = 4096
BALLOON_BYTES = 64 * 2**20

# what msgpack has and Terraform never sends, beside what it does
alien = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(),
        st.text(max_size=6),
        st.binary(max_size=6),
        st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=18)),
        st.builds(msgpack.Timestamp, st.integers(0, 2**34 - 1), st.integers(0, 999_999_999)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers(0, 9), st.none(), st.booleans()), inner, max_size=4),
        st.fixed_dictionaries({name: inner for name, _ in ROW.attributes}),
    ),
    max_leaves=8,
)

json_texts = st.one_of(
    st.sampled_from(["1e99999", "-1E+400", "1e99999999999999999999", "0.1e-500", "9" * 4301, "9" * 401, "-0.0", "1.0"]),
    st.sampled_from(["NaN", "Infinity", "-Infinity", '"\\ud800"', '{"\\udfff": "a"}', '"1_0"', '" 1"', '"\\u0661"']),
    st.sampled_from(["[" * 100_000, '{"id":' * 100_000, '"' + "x" * 5000 + '"', "\ufeff1", '{"id": 1, "id": "a"}']),
    st.text(max_size=20),
)


def _is_whole_value(found: Raw, node: Type) -> bool:
    return decode(encode(found, node), node) == found


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_message_is_another_value_or_a_codec_error(data: Any) -> None:
    node = data.draw(types())
    message = bytearray(encode(data.draw(values(node)), node))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, len(message) - 1)))
        how = data.draw(st.sampled_from(["cut", "change", "insert", "leave out", "double"]))
        piece = data.draw(st.binary(min_size=1, max_size=5))
        if how == "cut":
            del message[at:]
        elif how == "leave out":
            del message[at : at + 1]
        elif how == "double":
            message += message[at:]
        else:
            message[at : at + (how == "change")] = piece
    with contextlib.suppress(CodecError):
        assert _is_whole_value(decode(bytes(message), node), node)


@settings(max_examples=300)
@given(alien, st.sampled_from(NODES))
def test_anything_msgpack_can_say_is_a_value_or_a_codec_error(said: Any, node: Type) -> None:
    with contextlib.suppress(CodecError):
        assert _is_whole_value(decode(msgpack.packb(said), node), node)


@settings(max_examples=200)
@given(json_texts, st.sampled_from(NODES))
@example("1e99999999999999999999", NUMBER)
@example("1e999999999", STRING)
@example('"\\ud800"', STRING)
@example("9" * 401, NUMBER)
def test_any_text_is_a_state_or_a_codec_error(text: str, node: Type) -> None:
    """A number a human would not write is neither a crash nor a gigabyte of zeros."""
    for data in (text.encode("utf-8", "surrogatepass"), text.encode("utf-16", "surrogatepass")):
        with contextlib.suppress(CodecError):
            assert _is_whole_value(from_json(data, node), node)


def _header(first: int, form: str, promised: int) -> bytes:
    return bytes([first]) + struct.pack(form, promised)


PROMISES = [
    pytest.param(_header(0xDD, ">I", 2**32 - 1), id="array32"),
    pytest.param(_header(0xDC, ">H", 2**16 - 1), id="array16"),
    pytest.param(_header(0xDF, ">I", 2**32 - 1), id="map32"),
    pytest.param(_header(0xDB, ">I", 2**32 - 1), id="str32"),
    pytest.param(_header(0xC6, ">I", 2**32 - 1), id="bin32"),
    pytest.param(_header(0xC9, ">I", 2**32 - 1) + b"\x0c", id="ext32"),
    pytest.param(_header(0xDD, ">I", 2**30) * 200, id="arrays in arrays"),
    pytest.param(_header(0xDD, ">I", HOSTILE_BYTES - 96) * 800, id="arrays in arrays that could just be whole"),
    pytest.param(b"\x91" * HOSTILE_BYTES, id="nothing but beginnings of lists"),
    pytest.param(b"\x81\xa1a" * (HOSTILE_BYTES // 3), id="nothing but beginnings of maps"),
]


@pytest.mark.parametrize("hostile", PROMISES)
def test_a_message_that_promises_gigabytes_takes_none(hostile: bytes) -> None:
    tracemalloc.start()
    try:
        for node in NODES:
            for message in (hostile, hostile + b"\xa1a", hostile.ljust(HOSTILE_BYTES, b"\xc0")):
                with pytest.raises(CodecError):
                    decode(message, node)
        assert tracemalloc.get_traced_memory()[1] < BALLOON_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", [b"1e999999999", b"1e-999999999", b"[" * 2**20, b'{"a":' * 2**18, b"9" * 2**20])
def test_a_state_that_spells_something_endless_is_refused_at_once(text: bytes) -> None:
    tracemalloc.start()
    try:
        for node in NODES:
            with pytest.raises(CodecError):
                from_json(text, node)
        assert tracemalloc.get_traced_memory()[1] < BALLOON_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("number", [Decimal("1E+401"), Decimal("-1E+5000"), Decimal("1E-401"), 10**401, -(10**4000)])
def test_a_number_beyond_terraforms_never_leaves(number: int | Decimal) -> None:
    with pytest.raises(CodecError, match="range"):
        encode(number, NUMBER)


@given(st.text(st.characters(exclude_categories=["Nd", "Cs"]) | st.sampled_from("_ 0123456789.eE+-"), max_size=6))
@example("1_0")
@example(" 1")
@example("\u0661")
def test_only_what_terraform_writes_is_a_number(text: str) -> None:
    """Python also reads "1_0", " 1" and the digits of other scripts."""
    plain = text.isascii() and not set(text) & set("_ \t\r\n\f\v")
    try:
        decode(msgpack.packb(text), NUMBER)
    except CodecError:
        return
    assert plain


@given(st.integers(-(10**399), 10**399), st.integers(0, 60))
def test_a_number_keeps_every_digit_in_both_forms(digits: int, point: int) -> None:
    number: int | Decimal = Decimal(digits).scaleb(-point) if abs(digits) < 10**27 else digits
    number = int(number) if number == int(number) else number
    assert decode(encode(number, NUMBER), NUMBER) == number
    assert from_json(format(number, "f" if isinstance(number, Decimal) else "d").encode(), NUMBER) == number


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_every_text_is_in_nfc_wherever_it_stands(text: str) -> None:
    node = MapType(SetType(STRING))
    found = decode(msgpack.packb({text: [text, unicodedata.normalize("NFD", text)]}), node)
    assert found == {unicodedata.normalize("NFC", text): [unicodedata.normalize("NFC", text)]}


@given(st.integers(0, 127), st.binary(max_size=40), st.sampled_from(NODES))
def test_whatever_an_unknown_value_is_refined_by_it_is_unknown(code: int, body: bytes, node: Type) -> None:
    """A later Terraform may say more of it; no byte of that is looked at."""
    packed = msgpack.packb(msgpack.ExtType(code, body))
    assert decode(packed, node) is UNKNOWN
    assert encode(UNKNOWN, node) == b"\xd4\x00\x00"

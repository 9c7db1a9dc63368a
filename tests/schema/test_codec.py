"""The codec: every value of every type survives the wire and the state file, and nothing else gets through."""

import contextlib
import json
import math
from decimal import Decimal
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.values import types, values
from terraform_provider_xivds8k.schema import UNKNOWN, Raw
from terraform_provider_xivds8k.schema.codec import CodecError, decode, decode_object, encode, from_json
from terraform_provider_xivds8k.schema.types import (
    BOOL,
    NUMBER,
    STRING,
    ListType,
    MapType,
    NumberType,
    ObjectType,
    SetType,
    Type,
)

NAMED = ObjectType((("id", STRING), ("size", NUMBER)))


@given(st.data())
def test_every_value_survives_the_wire(data: Any) -> None:
    node = data.draw(types())
    value = data.draw(values(node))
    assert decode(encode(value, node), node) == value


@given(st.data())
def test_the_wire_form_holds_no_float(data: Any) -> None:
    node = data.draw(types())
    packed = encode(data.draw(values(node)), node)
    assert not _floats(msgpack.unpackb(packed, raw=False, strict_map_key=False))


def _floats(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_floats, value))
    return any(map(_floats, value.values())) if isinstance(value, dict) else isinstance(value, float)


@given(st.data())
def test_every_known_value_survives_a_state_file(data: Any) -> None:
    node = data.draw(types())
    value = data.draw(values(node, unknown=False))
    assert from_json(_state_text(value).encode(), node) == value


def _state_text(value: Raw) -> str:
    """Write JSON as Terraform does: numbers as numbers, with every digit."""
    if isinstance(value, list):
        return f"[{', '.join(map(_state_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k)}: {_state_text(v)}' for k, v in value.items())}}}"
    return format(value, "f") if isinstance(value, Decimal) else json.dumps(value)


@given(st.binary(max_size=40), types())
def test_any_bytes_are_a_value_or_a_codec_error(data: Any, node: Any) -> None:
    for read in (decode, from_json):
        with contextlib.suppress(CodecError):
            read(data, node)


@pytest.mark.parametrize(
    ("number", "wire"),
    [
        (2**63 - 1, 2**63 - 1),
        (2**63, "9223372036854775808"),
        (-(2**63), -(2**63)),
        (-(2**63) - 1, "-9223372036854775809"),
        (Decimal("0.1"), "0.1"),
        (Decimal("1E+3"), 1000),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("10.0"), 10),
    ],
)
def test_numbers_leave_as_terraform_reads_them_exactly(number: Any, wire: Any) -> None:
    assert msgpack.unpackb(encode(number, NUMBER)) == wire


@pytest.mark.parametrize(
    ("wire", "number"),
    [
        (1.5, Decimal("1.5")),
        (0.1, Decimal("0.1")),
        (2.0, 2),
        ("0.1", Decimal("0.1")),
        ("12345678901234567890123", 12345678901234567890123),
        (2**64 - 1, 2**64 - 1),
        ("1e3", 1000),
    ],
)
def test_numbers_arrive_with_every_digit(wire: Any, number: Any) -> None:
    found = decode(msgpack.packb(wire), NUMBER)
    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize("wire", [math.inf, -math.inf, math.nan, "Infinity", "NaN", "1e999999999", "ten", "", True, []])
def test_what_is_no_number_of_terraforms_is_refused(wire: Any) -> None:
    with pytest.raises(CodecError):
        decode(msgpack.packb(wire), NUMBER)


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN")])
def test_what_is_no_number_never_leaves(number: Any) -> None:
    with pytest.raises(CodecError):
        encode(number, NUMBER)


def test_an_unknown_value_is_one_zero_byte_of_extension_nought() -> None:
    assert encode(UNKNOWN, STRING) == b"\xd4\x00\x00"


@pytest.mark.parametrize(
    "body",
    [
        {1: False},
        {1: False, 2: "prefix-"},
        {3: [1, True], 4: ["12345678901234567890123", False]},
        {5: 1, 6: 3},
        {99: "of a later Terraform"},
    ],
)
def test_a_refined_unknown_is_unknown(body: Any) -> None:
    wire = msgpack.packb(msgpack.ExtType(12, msgpack.packb(body)))
    for node in (STRING, NUMBER, ListType(STRING), NAMED):
        assert decode(wire, node) is UNKNOWN


@pytest.mark.parametrize("code", [1, 5, 12, 127])
def test_any_extension_inside_a_value_is_unknown(code: Any) -> None:
    wire = msgpack.packb({"id": msgpack.ExtType(code, b"\x80"), "size": None})
    assert decode(wire, NAMED) == {"id": UNKNOWN, "size": None}


def test_texts_are_in_nfc_in_both_directions() -> None:
    assert decode(msgpack.packb("e\u0301"), STRING) == "\u00e9"
    assert msgpack.unpackb(encode("e\u0301", STRING)) == "\u00e9"
    assert from_json(b'"e\\u0301"', STRING) == "\u00e9"
    assert decode(msgpack.packb({"e\u0301": "e\u0301"}), MapType(STRING)) == {"\u00e9": "\u00e9"}


def test_a_set_is_the_same_whatever_order_it_came_in() -> None:
    node = SetType(STRING)
    arrived = [decode(msgpack.packb(items), node) for items in (["b", "a"], ["a", "b", "a"])]
    assert arrived[0] == arrived[1] == ["a", "b"]
    assert encode(["b", "a", "b"], node) == encode(["a", "b"], node)


def test_a_list_keeps_its_order_and_its_doubles() -> None:
    assert decode(msgpack.packb(["b", "a", "b"]), ListType(STRING)) == ["b", "a", "b"]


def test_unknown_elements_of_a_set_are_not_lost_on_the_way() -> None:
    node = SetType(STRING)
    arrived = decode(encode([UNKNOWN, "a", UNKNOWN], node), node)
    assert isinstance(arrived, list)
    assert len(arrived) == 3


@pytest.mark.parametrize(
    ("value", "node"),
    [
        ({"id": "a"}, NAMED),
        ({"id": "a", "size": 1, "more": 1}, NAMED),
        ({"id": 1, "size": 1}, NAMED),
        ("a", NAMED),
        (1, STRING),
        ("1", BOOL),
        (True, NUMBER),
        ("a", ListType(STRING)),
        ([1], ListType(STRING)),
        ({1: "a"}, MapType(STRING)),
        ([], MapType(STRING)),
    ],
)
def test_what_does_not_fit_the_type_is_refused_on_the_wire_and_named(value: Any, node: Type) -> None:
    with pytest.raises(CodecError, match="at `"):
        decode(msgpack.packb(value), node)


@pytest.mark.parametrize(
    ("value", "node"),
    [
        ({"id": "a"}, NAMED),
        ("a", NAMED),
        (1.5, NUMBER),
        (True, NUMBER),
        (1, STRING),
        ("\ud800", STRING),
        (["a"], MapType(STRING)),
        ({}, ListType(STRING)),
    ],
)
def test_what_does_not_fit_the_type_never_leaves(value: Any, node: Type) -> None:
    with pytest.raises(CodecError):
        encode(value, node)


def test_a_codec_error_says_where() -> None:
    node = ObjectType((("rows", ListType(NAMED)),))
    with pytest.raises(CodecError, match=r"\.rows\[1\]\.size"):
        decode(msgpack.packb({"rows": [{"id": "a", "size": 1}, {"id": "b", "size": []}]}), node)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x91", b"\xa2\xff\xff", encode("a", STRING) + b"x"])
def test_bytes_that_are_no_msgpack_are_refused(data: Any) -> None:
    with pytest.raises(CodecError):
        decode(data, STRING)


def test_an_object_that_is_unknown_as_a_whole_is_refused() -> None:
    with pytest.raises(CodecError, match="unknown"):
        decode_object(encode(UNKNOWN, NAMED), NAMED)
    assert decode_object(encode(None, NAMED), NAMED) is None


def test_a_state_may_be_indented_in_any_order_with_keys_of_another_version() -> None:
    text = b'{\n  "size": 12345678901234567890123,\n  "gone": {"deep": [1]}\n}'
    assert from_json(text, NAMED) == {"id": None, "size": 12345678901234567890123}


def test_a_state_someone_edited_by_hand_is_read_where_its_meaning_is_plain() -> None:
    node = ObjectType((("flag", BOOL), ("size", NUMBER), ("text", STRING)))
    assert from_json(b'{"flag": "true", "size": "1.5", "text": 7}', node) == {
        "flag": True,
        "size": Decimal("1.5"),
        "text": "7",
    }
    assert from_json(b'{"text": false}', node) == {"flag": None, "size": None, "text": "false"}
    assert from_json(b'{"text": 1e3}', node) == {"flag": None, "size": None, "text": "1000"}


@pytest.mark.parametrize("text", [b"", b"{", b"nul", b"[1]", b'{"id": [1]}', b'{"size": NaN}', b'{"size": {}}'])
def test_a_state_that_is_none_is_refused(text: Any) -> None:
    with pytest.raises(CodecError):
        from_json(text, NAMED)


@pytest.mark.parametrize("value", [[], {}, 1, "yes"])
def test_a_flag_in_a_state_is_true_or_false(value: Any) -> None:
    with pytest.raises(CodecError):
        from_json(json.dumps(value).encode(), BOOL)


def test_decimals_in_a_state_never_pass_through_float() -> None:
    text = b"0.1000000000000000055511151231257827021181583404541015625"
    assert from_json(text, NumberType()) == Decimal(text.decode())

"""Bytes of XCLI: what is sent can be read by any XML parser, what comes back is read within bounds."""

from __future__ import annotations

import base64
import zlib
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terraform_provider_xivds8k.driver.xiv.wire import (
    LARGEST_REPLY_BYTES,
    Reply,
    ReplyParser,
    WireError,
    request_bytes,
)

SENDABLE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n\r"),
    max_size=40,
)


def parsed(data: bytes, chunk_bytes: int | None = None) -> Reply:
    """Return the reply in these bytes, fed in chunks of one size."""
    parser = ReplyParser()
    size = chunk_bytes or len(data)
    for start in range(0, len(data), size):
        complete = parser.feed(data[start : start + size])
        assert complete == (start + size >= len(data))
    return parser.reply()


def reply_bytes(inside: str, *, number: int = 7, code: str = "SUCCESS", level: int = 0) -> bytes:
    """Return a reply with this return or compressed_return."""
    return (
        f'<command id="{number}"><administrator><command><code value="{code}"/><status value="{level}"/>'
        f'<status_str value="words"/>{inside}</command></administrator>'
        '<aserver status="DELIVERY_SUCCESSFUL"/></command>'
    ).encode()


@given(name=SENDABLE, password=SENDABLE)
def test_any_xml_parser_reads_back_what_is_sent(name: str, password: str) -> None:
    sent = request_bytes(3, "vol_rename", {"user": "admin", "password": password}, {"vol": name, "new_name": "b"})
    root = ElementTree.fromstring(sent)
    assert sent.isascii()
    assert (root.tag, root.attrib) == ("command", {"id": "3", "type": "vol_rename", "close_on_return": "no"})
    said = [(child.tag, child.attrib["name"], child.attrib["value"]) for child in root]
    assert said == [
        ("option", "user", "admin"),
        ("option", "password", password),
        ("argument", "vol", name),
        ("argument", "new_name", "b"),
    ]


def test_numbers_truth_and_nothing_are_written_as_the_protocol_wants() -> None:
    sent = request_bytes(1, "x", {}, {"size_blocks": 19531251, "shrink_volume": True, "managed": False, "lun": None})
    said = {child.attrib["name"]: child.attrib["value"] for child in ElementTree.fromstring(sent)}
    assert said == {"size_blocks": "19531251", "shrink_volume": "yes", "managed": "no"}


@pytest.mark.parametrize("wrong", ["a\x00b", "a\x1bb", "\ud800", "\ufffe"])
def test_a_character_xml_cannot_carry_is_refused_without_showing_the_value(wrong: str) -> None:
    with pytest.raises(WireError, match="password holds a character") as raised:
        request_bytes(1, "vol_list", {"password": f"geheim{wrong}"}, {})
    assert "geheim" not in str(raised.value)


@given(names=st.lists(SENDABLE, max_size=4), chunk_bytes=st.integers(1, 70))
def test_records_arrive_whole_whatever_the_chunks_cut_through(names: list[str], chunk_bytes: int) -> None:
    returned = ElementTree.Element("return")
    for number, name in enumerate(names):
        record = ElementTree.SubElement(returned, "volume", id=str(number))
        ElementTree.SubElement(record, "name", value=name)
        ElementTree.SubElement(record, "cg_name", value="")
    text = ElementTree.tostring(returned, encoding="unicode")
    reply = parsed(reply_bytes(text), chunk_bytes)
    assert (reply.id, reply.delivery, reply.code, reply.level) == ("7", "DELIVERY_SUCCESSFUL", "SUCCESS", 0)
    assert [record.text("name") for record in reply.records] == names
    assert [record.text("id") for record in reply.records] == [str(number) for number in range(len(names))]


def test_leaves_that_stand_in_the_return_itself_make_one_record() -> None:
    reply = parsed(reply_bytes('<return><system_version value="11.5.1.b"/></return>'))
    assert [record.text("system_version") for record in reply.records] == ["11.5.1.b"]


def test_an_error_keeps_code_level_and_words() -> None:
    reply = parsed(reply_bytes("", code="POOL_DOES_NOT_EXIST", level=3))
    assert (reply.code, reply.level, reply.words, reply.records) == ("POOL_DOES_NOT_EXIST", 3, "words", ())


def test_a_delivery_failure_has_no_code() -> None:
    reply = parsed(b'<command id="1"><aserver status="TARGET_IS_NOT_CONNECTED"/></command>')
    assert (reply.delivery, reply.code, reply.level) == ("TARGET_IS_NOT_CONNECTED", "", None)


@given(name=SENDABLE)
def test_a_compressed_return_reads_as_the_plain_one(name: str) -> None:
    record = ElementTree.Element("volume", id="1")
    ElementTree.SubElement(record, "name", value=name)
    inner = ElementTree.tostring(record, encoding="utf-8", xml_declaration=False)
    packed = base64.b64encode(zlib.compress(inner)).decode()
    reply = parsed(reply_bytes(f'<compressed_return value="{packed}"/>'))
    assert [found.text("name") for found in reply.records] == [name]


def packed_reply(inner: bytes) -> bytes:
    """Return a reply whose return is compressed."""
    return reply_bytes(f'<compressed_return value="{base64.b64encode(inner).decode()}"/>')


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="another protocol"),
        pytest.param(b'<!DOCTYPE command [<!ENTITY a "b">]><command id="1"/>', id="document type"),
        pytest.param(b'<command id="&a;"/>', id="unknown entity"),
        pytest.param(b"<command>" + b"<a>" * 40, id="too deep"),
        pytest.param(b"<command " + b" ".join(b'a%d="1"' % n for n in range(40)) + b"/>", id="too many attributes"),
        pytest.param(reply_bytes("<return/>") + b"<command/>", id="two replies at once"),
        pytest.param(b'<command id="\xff"/>', id="not UTF-8"),
        pytest.param(b"<answer/>", id="another root"),
        pytest.param(packed_reply(b"nonsense"), id="no zlib"),
        pytest.param(packed_reply(zlib.compress(b"<a/>" * 9)[:-6]), id="cut zlib"),
        pytest.param(packed_reply(zlib.compress(b"</return><return>")), id="return closed from inside"),
        pytest.param(packed_reply(zlib.compress(b" " * (LARGEST_REPLY_BYTES + 1))), id="inflates beyond the cap"),
        pytest.param(reply_bytes('<compressed_return value="***"/>'), id="no base64"),
    ],
)
def test_what_is_no_reply_is_refused(data: bytes) -> None:
    parser = ReplyParser()
    with pytest.raises(WireError):  # noqa: PT012 - some are seen while feeding, some when the reply is asked for
        parser.feed(data)
        parser.reply()


def test_an_endless_reply_is_given_up_at_the_cap() -> None:
    parser = ReplyParser()
    parser.feed(b'<command id="1">')
    filler = b" " * 2**20
    with pytest.raises(WireError, match="larger than"):  # noqa: PT012 - the cap falls somewhere in the loop
        for _ in range(LARGEST_REPLY_BYTES // len(filler) + 1):
            parser.feed(filler)


def test_an_endless_tag_is_given_up_long_before_the_cap() -> None:
    parser = ReplyParser()
    parser.feed(b'<command id="')
    with pytest.raises(WireError, match="tag larger than"):  # noqa: PT012 - the cap falls somewhere in the loop
        for _ in range(20):
            parser.feed(b"x" * 2**20)


def test_a_number_above_two_to_63_is_a_negative_one_written_unsigned() -> None:
    record = parsed(reply_bytes('<return><pool id="1"><empty value="18446744073709453150"/></pool></return>')).records[
        0
    ]
    assert record.integer("empty") == -98466

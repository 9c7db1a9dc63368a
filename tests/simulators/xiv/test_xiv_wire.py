"""XCLI as bytes: framing, credentials in every request, shapes of replies, what is no request."""

from __future__ import annotations

import base64
import ssl
import zlib
from xml.etree import ElementTree as ET

import pytest

from support.xcli import ControlAddress, Xcli
from terraform_provider_xivds8k.simulators import Simulation

UNCLOSED = b'<command id="1" type="help"><option'


def ended(client: Xcli) -> bool:
    """Return whether the array has ended the connection without a byte."""
    try:
        return client.stream.recv(1) == b""
    except ConnectionError:
        return True


def test_one_connection_carries_many_commands_in_order(xiv: Xcli) -> None:
    replies = [xiv.ask(command) for command in ("version_get", "pool_list", "vol_list", "version_get")]
    assert [reply.id for reply in replies] == ["1", "2", "3", "4"]
    assert {reply.code for reply in replies} == {"SUCCESS"}
    assert replies[0].one == replies[3].one


def test_a_request_may_come_in_single_bytes(xiv: Xcli) -> None:
    for byte in xiv.request("version_get"):
        xiv.stream.sendall(bytes([byte]))
    assert xiv.receive().code == "SUCCESS"


def test_requests_sent_at_once_are_answered_one_after_another(xiv: Xcli) -> None:
    requests = [xiv.request("version_get"), b"\n  ", xiv.request("vol_list"), xiv.request("no_such")]
    xiv.stream.sendall(b"".join(requests))
    first = xiv.stream.recv(65536)
    while first.count(b"<aserver") < 3:
        first += xiv.stream.recv(65536)
    replies = ET.fromstring(b"<all>" + first + b"</all>")
    assert [reply.get("id") for reply in replies] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"<other/>",
        b'<command id="1"/>',
        b'<command id="1" type="help"><command/></command>',
        b'<!DOCTYPE command [<!ENTITY a "b">]><command id="1" type="help"/>',
        b'<command id="1" type="\xff\xfe"/>',
    ],
)
def test_what_is_no_request_ends_the_connection(xiv: Xcli, sent: bytes) -> None:
    xiv.stream.sendall(sent)
    assert ended(xiv)


def test_a_request_beyond_all_measure_ends_the_connection(xiv: Xcli) -> None:
    endless = UNCLOSED + b" " * 50_000_000
    with pytest.raises((ConnectionError, ssl.SSLError)):
        xiv.stream.sendall(endless)


def test_close_on_return_ends_the_connection_after_the_reply(xiv: Xcli) -> None:
    assert xiv.ask("version_get", {"close_on_return": "yes"}).code == "SUCCESS"
    assert ended(xiv)


@pytest.mark.parametrize(
    ("specific", "code"),
    [(True, "LOGIN_FAILURE_USER_FAILED_TO_LOGIN"), (False, "USER_OR_PASSWORD_WRONG_OR_MISSING")],
)
def test_every_request_needs_good_credentials(xiv: Xcli, control: ControlAddress, specific: bool, code: str) -> None:
    control.turn("xiv_login_code_specific", on=specific)
    right = dict(xiv.options)
    assert xiv.says("version_get") == "SUCCESS"
    xiv.options["password"] = "wrong"
    assert xiv.says("vol_create", vol="v1", size=17, pool="pool1") == code
    del xiv.options["password"], xiv.options["user"]
    assert xiv.says("help") == code
    xiv.options.update(right)
    assert xiv.does("vol_list") == []
    assert control.ask("GET", "/journal")["xiv1"]["sign_ins"] == {"ok": 1, "refused": 2}


def test_an_unknown_command_is_a_syntax_error(xiv: Xcli) -> None:
    reply = xiv.ask("volume_create", vol="v1")
    assert (reply.code, reply.level, reply.records) == ("UNRECOGNIZED_COMMAND", "2", None)


@pytest.mark.parametrize(
    ("command", "arguments", "code"),
    [
        ("vol_create", {"vol": "v1", "size": 17}, "BAD_PARAMS"),
        ("vol_create", {"vol": "v1", "size": 17, "size_blocks": 1, "pool": "pool1"}, "BAD_PARAMS"),
        ("vol_create", {"vol": "v1", "pool": "pool1"}, "BAD_PARAMS"),
        ("vol_list", {"volume": "v1"}, "BAD_PARAMS"),
        ("vol_create", {"vol": "v1", "size": "big", "pool": "pool1"}, "ILLEGAL_VALUE"),
        ("vol_create", {"vol": "v1", "size": "0", "pool": "pool1"}, "ILLEGAL_VALUE"),
        ("vol_create", {"vol": "v1", "size": "-17", "pool": "pool1"}, "ILLEGAL_VALUE"),
        ("vol_list", {"vol": "a/b"}, "ILLEGAL_NAME"),
    ],
)
def test_arguments_are_checked_before_the_machine_is_asked(
    xiv: Xcli, command: str, arguments: dict[str, object], code: str
) -> None:
    reply = xiv.ask(command, **arguments)
    assert (reply.code, reply.level) == (code, "3" if code == "BAD_PARAMS" else "2")


def test_names_outside_ascii_travel_as_character_references(xiv: Xcli, control: ControlAddress) -> None:
    control.turn("xiv_names_restricted", on=False)
    name = "größe <&\"' 数据"
    xiv.does("vol_create", vol=name, size=17, pool="pool1")
    reply = xiv.ask("vol_list")
    assert reply.one["name"] == name
    assert reply.raw.isascii()


def test_output_is_compressed_when_asked_for_and_large(xiv: Xcli) -> None:
    xiv.options["compress-output"] = "base64"
    assert xiv.ask("vol_list").compressed is None
    packed = xiv.ask("help")
    assert packed.records is None
    assert packed.compressed is not None
    inner = zlib.decompress(base64.b64decode(packed.compressed)).decode("ascii")
    del xiv.options["compress-output"]
    plain = xiv.ask("help")
    assert f"<return>{inner}</return>".encode() in plain.raw


def test_compression_has_both_its_switches(xiv: Xcli, control: ControlAddress) -> None:
    xiv.options["compress-output"] = "base64"
    control.turn("xiv_compress_small", on=True)
    assert xiv.ask("vol_list").compressed is not None
    control.turn("xiv_compression", on=False)
    assert xiv.ask("help").compressed is None


def test_a_reply_may_have_200_megabytes(xiv: Xcli, control: ControlAddress) -> None:
    control.ask("POST", "/faults", {"array": "xiv1", "command": "vol_list", "action": "huge"})
    xiv.stream.sendall(xiv.request("vol_list"))
    length, last = 0, b""
    while not last.endswith(b"</command>"):
        piece = xiv.stream.recv(2**18)
        assert piece, "the connection ended before the reply did"
        length, last = length + len(piece), (last + piece)[-32:]
    assert length > 200 * 10**6
    assert xiv.ask("vol_list").code == "SUCCESS"


def test_a_command_runs_on_the_target_it_names_and_nests_its_reply(xiv: Xcli, partner: Xcli) -> None:
    target = xiv.does("target_list")[0]["name"]
    reply = xiv.ask("config_get", {"remote_target": target}, name="machine_serial_number")
    assert ET.fromstring(reply.raw).find("command/administrator/command") is not None
    assert reply.one == partner.ask("config_get", name="machine_serial_number").one


def test_a_target_that_is_not_there_or_not_connected_cannot_run_commands(xiv: Xcli, control: ControlAddress) -> None:
    target = xiv.does("target_list")[0]["name"]
    assert xiv.ask("vol_list", {"remote_target": "nobody"}).delivery == "TARGET_DOES_NOT_EXIST"
    control.ask("POST", "/link", {"family": "xiv", "state": "down"})
    assert xiv.ask("vol_list", {"remote_target": target}).delivery == "TARGET_IS_NOT_CONNECTED"
    assert xiv.does("target_list")[0]["connected"] == "no"


@pytest.mark.parametrize(("action", "code"), [("error", "MIRROR_RETRY_OPERATION"), ("error", "NEVER_HEARD_OF")])
def test_a_fault_can_answer_with_any_code(xiv: Xcli, control: ControlAddress, action: str, code: str) -> None:
    control.ask("POST", "/faults", {"array": "xiv1", "command": "vol_*", "action": action, "code": code})
    assert xiv.says("vol_create", vol="v1", size=17, pool="pool1") == code
    assert xiv.does("vol_list") == []


def test_faults_reach_the_wire(simulation: Simulation, control: ControlAddress) -> None:
    def fault(action: str) -> None:
        control.ask("POST", "/faults", {"array": "xiv1", "command": "vol_list", "action": action})

    with Xcli(simulation.arrays[0], simulation.ca_pem) as client:
        fault("wrong_id")
        assert client.ask("vol_list").id != "1"
    for action in ("drop_before", "drop_after", "half", "garbage"):
        with Xcli(simulation.arrays[0], simulation.ca_pem) as client:
            fault(action)
            client.stream.sendall(client.request("vol_list"))
            with pytest.raises((AssertionError, ET.ParseError, ConnectionError)):
                client.receive()

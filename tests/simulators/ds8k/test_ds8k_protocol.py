"""Tokens, envelopes, HTTP itself: what every client of the REST API meets first."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace

import pytest

from support.rest_console import Console
from terraform_provider_xivds8k.simulators.ds8k.codes import Code, Refusal
from terraform_provider_xivds8k.simulators.ds8k.fields import FIELDS


def test_without_a_token_the_status_and_the_code_both_say_so(console: Console) -> None:
    console.token = ""
    seen = console.ask("GET", "/systems")
    assert (seen.status, seen.code) == (401, "BE7A001A")


def test_an_unknown_token_is_stale(console: Console) -> None:
    console.token = "0" * 32
    seen = console.ask("GET", "/systems")
    assert (seen.status, seen.code) == (401, "BE7A001B")


def test_a_token_ends_after_half_an_hour_of_silence_and_not_while_it_is_used(console: Console) -> None:
    console.renews = False
    for _ in range(3):
        console.advance(1500)
        assert console.ask("GET", "/systems").status == 200
    console.advance(1801)
    assert console.ask("GET", "/systems").code == "BE7A001B"
    console.renews = True
    assert console.ask("GET", "/systems").status == 200


def test_a_token_serves_every_address_of_the_array(console: Console) -> None:
    first, second = console.description["endpoints"]
    assert first != second
    other = Console(console.description | {"endpoints": [second]}, console.control, token=console.token)
    assert other.ask("GET", "/systems").status == 200
    other.close()


@pytest.mark.parametrize(("on", "expected"), [(False, (401, "BE7A0029")), (True, (400, "BE7A002D"))])
def test_wrong_credentials_are_refused_and_counted(console: Console, on: bool, expected: tuple[int, str]) -> None:
    console.turn("bad_credentials_http_400", on=on)
    seen = console.ask("POST", "/tokens", {"username": "admin", "password": "wrong"})
    assert (seen.status, seen.code) == expected
    assert console.steer("GET", "/journal")[console.name]["sign_ins"] == {"ok": 1, "refused": 1}


def test_every_value_is_a_text_and_every_field_has_a_source(console: Console) -> None:
    made = console.make("v", "P0")
    target = console.make("t", "P0")
    console.ask("POST", "/cs/flashcopies", _pair(made, target, ["persistent"]))
    console.ask("POST", "/hosts", {"name": "h", "hosttype": "VMWare"})
    console.ask("POST", "/host_ports", {"wwpn": "10000000C9123456", "host": "h"})
    console.ask("POST", "/hosts/h/mappings", {"volumes": [made]})
    console.ask("POST", "/lss", {"id": "F1", "type": "ckd"})
    paths = ["systems", "pools", "pools/P0/eserep", "lss", f"volumes/{made}", "hosts", "host_ports", "hosts/h/mappings"]
    paths += ["cs/flashcopies", "flashcopy", "nodes", "marrays", "ioports", "io_enclosures", "resource_groups", "users"]
    for path in paths:
        seen = console.ask("GET", f"/{path}")
        ((key, records),) = seen.body["data"].items()
        assert records, path
        for record in records:
            assert set(record) <= set(FIELDS[key]), path
            _check_texts(record)


def _check_texts(value: object) -> None:
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        _check_texts(part)
    assert isinstance(value, (str, dict, list)), value


def _pair(source: str, target: str, options: list[str]) -> dict[str, object]:
    return {"volume_pairs": [{"source_volume": source, "target_volume": target}], "options": options}


def test_data_fields_cuts_records_down(console: Console) -> None:
    (record,) = console.ask("GET", "/volumes/0000?data_fields=id,name").records
    assert record == {"id": "0000", "name": "existing_0"}


def test_ids_are_read_in_any_case_and_written_in_upper_case(console: Console) -> None:
    made = console.make("v", lss="0a")
    assert made == "0A00"
    assert console.volume("0a00")["id"] == "0A00"


def test_a_link_has_one_slash_and_a_switch_gives_it_two(console: Console) -> None:
    assert console.volume("0000")["link"]["href"].startswith("https:/127.0.0.1:")
    console.turn("links_with_one_slash", on=False)
    assert console.volume("0000")["link"]["href"].startswith("https://127.0.0.1:")


def test_failures_may_come_with_http_200(console: Console) -> None:
    console.turn("failures_with_http_200", on=True)
    seen = console.order(pool="P0", lss="01")
    assert (seen.status, seen.refused) == (200, True)
    assert console.ask("GET", "/volumes/0BAD").status == 404


def test_codes_no_source_knows_can_be_folded_into_one(console: Console) -> None:
    assert console.order(pool="P0", lss="01").code == "BE7A0041"
    console.turn("one_code_for_unconfirmed_refusals", on=True)
    assert console.order(pool="P0", lss="01").code == "BE7A0000"
    assert console.ask("GET", "/volumes/0BAD").code == "BE7A0001"


def test_an_unknown_path_and_a_wrong_method_are_told_apart(console: Console) -> None:
    assert console.ask("GET", "/nothing").status == 404
    assert console.ask("PUT", "/pools", {}).status == 405


def test_a_body_that_is_no_request_is_refused(console: Console) -> None:
    connection = console.connection()
    connection.request("POST", "/api/v1/volumes", "{}", {"X-Auth-Token": console.token})
    reply = connection.getresponse()
    assert reply.status == 400
    reply.read()
    assert console.ask("GET", "/systems").status == 200


def test_a_refusal_leaves_nothing_of_the_command(console: Console) -> None:
    before = console.volume("0000")
    params = {"name": "other", "cap": "1", "captype": "gib"}
    assert console.ask("PUT", "/volumes/0000", params).refused
    assert console.volume("0000") == before


def _raw(console: Console, request: bytes) -> bytes:
    host, _, port = str(console.description["endpoints"][0]).rpartition(":")
    context = ssl.create_default_context(cafile=console.description["ca_file"])
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as stream,
    ):
        stream.sendall(request)
        received = b""
        while data := stream.recv(65536):
            received += data
    return received


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST /api/v1/tokens HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /api/v1/systems HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST /api/v1/tokens HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"GET /api/v1/systems HTTP/1.1\r\nX: " + b"x" * 70000 + b"\r\n\r\n", b"431"),
        (b"GET /api/v1/systems HTTP/1.0\r\n\r\n", b"401"),
        (b"GET /api/v1/systems HTTP/1.1\r\nConnection: close\r\n\r\n", b"401"),
    ],
)
def test_http_that_cannot_be_served_is_answered_and_closed(
    console: Console, request_bytes: bytes, status: bytes
) -> None:
    assert _raw(console, request_bytes).split(b" ")[1] == status


def test_two_requests_in_one_packet_are_both_answered(console: Console) -> None:
    one = b"GET /api/v1/systems HTTP/1.1\r\n\r\n"
    last = b"GET /api/v1/systems HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert _raw(console, one + last).count(b"HTTP/1.1 401") == 2


def test_100_continue_is_answered_before_the_body(console: Console) -> None:
    request = (
        b"POST /api/v1/tokens HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    )
    assert _raw(console, request).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400")


def test_a_fault_can_answer_with_another_objects_id(console: Console) -> None:
    fault = {"array": console.name, "command": "GET /volumes/{id}", "nth": 1, "times": 1, "action": "wrong_id"}
    console.steer("POST", "/faults", fault)
    assert console.volume("0000")["id"] == "0001"
    assert console.volume("0000")["id"] == "0000"


def test_a_fault_can_answer_with_a_code(console: Console) -> None:
    fault = {"array": console.name, "command": "POST /volumes", "nth": 1, "times": 1, "action": "error"}
    console.steer("POST", "/faults", fault | {"code": "BE7A0032"})
    assert console.order().code == "BE7A0032"
    assert console.order().status == 200


def test_a_fault_can_answer_far_too_much(console: Console) -> None:
    fault = {"array": console.name, "command": "GET /systems", "nth": 1, "times": 1, "action": "huge"}
    console.steer("POST", "/faults", fault)
    console.connection().request("GET", "/api/v1/systems", headers={"X-Auth-Token": console.token})
    reply = console.connection().getresponse()
    length = int(reply.headers["Content-Length"])
    assert length > 200 * 10**6
    arrived, last = 0, b""
    while piece := reply.read(2**18):
        arrived, last = arrived + len(piece), piece
    assert arrived == length
    assert last.endswith(b"}")
    assert console.ask("GET", "/systems").status == 200


def test_an_unconfirmed_code_says_so() -> None:
    code = Code("X", 500, "{what} happened", "[K] code")
    assert not code.confirmed
    assert replace(code, source="[S] CSI driver").confirmed
    assert Refusal(code, what="nothing").words == "nothing happened"

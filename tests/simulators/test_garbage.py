"""Whoever sends nonsense to a simulated array loses that connection and nothing else."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from terraform_provider_xivds8k.driver import Connection, Secret, Settings, XIVDS8KDriver
from terraform_provider_xivds8k.simulators import start

GARBAGE = (
    b"\x16\x03\x01\x00\x05hello",
    b"GET / HTTP/1.1\r\n\r\n",
    b"POST /api/v1/tokens HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /api/v1/tokens HTTP/1.1\r\nContent-Length: 200000\r\n\r\n" + b"[" * 200_000,
    b"PUT /api/v1/volumes/\xff HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"GET /api/v1/volumes/%00%ff%GG HTTP/9.9\r\nX-Auth-Token: \xff\xfe\r\n\r\n",
    b"GET /api/v1/volumes HTTP/1.1\r\nContent-Length: " + "\u00b2".encode("latin-1") + b"\r\n\r\n",
    b"GET " + b"/" * 100_000,
    b"A B C\r\n" + b"x: y\r\n" * 200,
    b"<command " + b"a" * 100_000,
    b'<command id="1" type="vol_list">' + b"<a>" * 100_000,
    b'<!DOCTYPE a [<!ENTITY b "c">]><command id="1" type="&b;"/>',
    b'<command id="&#x0;" type="vol_list"/>',
    b'<command id="1" type="vol_list"><option name="user"/><argument name="vol" value="&#xD800;"/></command>',
    b'<?xml version="1.0" encoding="rot13"?><command id="1" type="vol_list"/>',
    b"\x00" * 70_000,
)


@pytest.fixture(scope="module", params=["xiv", "ds8k"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """Return the address of an array of each family and a driver somebody else uses."""
    family, one = request.param, ["127.0.0.1:0"]
    folder: Path = tmp_path_factory.mktemp("garbage")
    with start(folder / "s.db", xiv=one if family == "xiv" else (), ds8k=one if family == "ds8k" else ()) as simulation:
        (array,) = simulation.arrays
        connection = Connection(
            endpoints=tuple(array["endpoints"]),
            username=array["username"],
            password=Secret(array["password"]),
            ca_pem=simulation.ca_pem,
        )
        driver = XIVDS8KDriver(Settings(family=family, connection=connection))
        yield array["endpoints"][0], driver
        driver.close()


def _send(address: str, data: bytes, *, encrypted: bool) -> None:
    """Send bytes on a connection of their own and read until the array ends it or has said something."""
    host, _, port = address.partition(":")
    trusting = _trusting()
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=10) as plain:
        stream = trusting.wrap_socket(plain) if encrypted else plain
        with contextlib.closing(stream):
            stream.sendall(data)
            stream.shutdown(socket.SHUT_WR) if not encrypted else None
            stream.settimeout(0.2)
            stream.recv(65536)


@pytest.mark.parametrize("data", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_ends_its_own_connection_and_no_other(served: tuple[str, XIVDS8KDriver], data: bytes) -> None:
    address, driver = served
    pools = driver.list_pools()
    for encrypted in (True, False):
        _send(address, data, encrypted=encrypted)
    assert driver.list_pools() == pools


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=60))
@example(b"<")
def test_any_bytes_end_their_own_connection_and_no_other(served: tuple[str, XIVDS8KDriver], data: bytes) -> None:
    address, driver = served
    _send(address, data + b"\r\n\r\n", encrypted=True)
    assert driver.list_pools()


@pytest.mark.parametrize("served", ["ds8k"], indirect=True)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["POST", "PUT", "GET", "DELETE"]),
    st.sampled_from(["tokens", "volumes", "volumes/0000", "hosts", "pools/P0/eserep", "cs/flashcopies", "lss"]),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["request", "params", "name", "cap", "pool", "volumes", "x"]), inner, max_size=3
            ),
        ),
    ),
    st.booleans(),
)
def test_any_json_is_answered(
    served: tuple[str, XIVDS8KDriver], method: str, path: str, said: Any, wrapped: bool
) -> None:
    """A body of any form gets an answer of the API, and never ends the connection with nothing said."""
    address, driver = served
    body = {"request": {"params": said}} if wrapped else said
    with contextlib.closing(http.client.HTTPSConnection(address, timeout=20, context=_trusting())) as connection:
        connection.request(method, f"/api/v1/{path}", json.dumps(body), {"X-Auth-Token": _token(driver)})
        answer = connection.getresponse()
        text = answer.read()
        assert (answer.status, text) == (204, b"") or "server" in json.loads(text)


def _token(driver: XIVDS8KDriver) -> str:
    """Return a token of the same user, so that what is sent is looked at."""
    connection = driver.settings.connection
    params = {"username": connection.username, "password": connection.password.reveal()}
    address = connection.endpoints[0]
    with contextlib.closing(http.client.HTTPSConnection(address, timeout=20, context=_trusting())) as signing_in:
        signing_in.request("POST", "/api/v1/tokens", json.dumps({"request": {"params": params}}))
        return str(json.loads(signing_in.getresponse().read())["token"]["token"])


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context

"""What a user is told of an array that cannot be reached: true, in plain words, and the same on both families."""

from __future__ import annotations

import dataclasses
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from terraform_provider_xivds8k.driver import (
    BadCredentials,
    Connection,
    DriverError,
    Family,
    Refused,
    Secret,
    Settings,
    Unreachable,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.simulators import Simulation, authority, start
from terraform_provider_xivds8k.simulators.store import Store

FAMILIES: tuple[Family, ...] = ("xiv", "ds8k")
PYTHON = re.compile(r"[A-Z]\w+(Error|Exception)|Errno|\w+\(")


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Family:
    """Return each family in turn."""
    found: Family = request.param
    return found


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """Return what a listener shows."""
    store = Store(tmp_path / "authority.db")
    try:
        with store.transaction() as transaction:
            return authority.server_context(authority.kept(transaction))
    finally:
        store.close()


def _error(family: Family, *addresses: str, **trusted: Any) -> DriverError:
    connection = Connection(endpoints=addresses, username="admin", password=Secret("secret"), **trusted)
    settings = Settings(family=family, connection=connection, request_timeout_s=5)
    with pytest.raises(DriverError) as caught:
        _set_up(settings)
    assert PYTHON.search(str(caught.value).replace("s_client", "")) is None
    return caught.value


def _set_up(settings: Settings) -> None:
    with closing(XIVDS8KDriver(settings)) as driver:
        driver.do_setup()


def _unused() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def _listening(context: ssl.SSLContext | None, reply: bytes = b"") -> Iterator[str]:
    """Listen, read the first request of each connection, reply something and hang up."""

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with plain:
                try:
                    stream = context.wrap_socket(plain, server_side=True) if context is not None else plain
                    with stream:
                        stream.settimeout(5)
                        stream.recv(65536)
                        stream.sendall(reply)
                except OSError:
                    continue

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def test_a_refused_connection_says_that_nothing_was_sent_and_which_ports_there_are(family: Family) -> None:
    address = _unused()
    error = _error(family, address)
    assert isinstance(error, Unreachable)
    assert error.happened == f"{address}: connection refused."
    assert error.left_behind == "Nothing was sent."
    assert all(word in error.next_step for word in ("family", "7778", "8452"))


@pytest.mark.parametrize("reply", [b"", b"<html>no array</html>\n"], ids=["hung up", "something else"])
def test_a_sign_in_without_an_answer_says_that_the_password_was_sent(
    family: Family, tls: ssl.SSLContext, reply: bytes
) -> None:
    """Another family's port, say, or a web server."""
    with _listening(tls, reply) as address:
        error = _error(family, address, insecure=True)
    assert isinstance(error, Unreachable)
    assert f"{address}: username and password were sent, and no answer came: " in error.happened
    assert "othing was sent" not in str(error)
    assert "family" in error.next_step


def test_a_port_without_tls_is_sent_nothing(family: Family) -> None:
    with _listening(None, b"220 welcome\r\n" * 10) as address:
        error = _error(family, address, insecure=True)
    assert f"{address}: no TLS connection: wrong version number." in error.happened
    assert error.left_behind == "Nothing was sent."


def test_a_name_without_an_address_is_told_as_that(family: Family) -> None:
    assert "array.invalid:1: the name has no address" in _error(family, "array.invalid:1").happened


def test_a_wrong_password_reads_the_same_on_both_families(tmp_path: Path) -> None:
    errors = []
    with start(tmp_path / "arrays.db", xiv=["127.0.0.1"], ds8k=["127.0.0.1"]) as simulation:
        for family in FAMILIES:
            endpoints = _endpoints(simulation, family)
            errors.append(_error(family, *endpoints, ca_pem=simulation.ca_pem))
    assert all(isinstance(error, BadCredentials) for error in errors)
    assert len({(error.summary, error.next_step) for error in errors}) == 1
    assert errors[0].summary == "The array refused username or password"


def _endpoints(simulation: Simulation, family: Family) -> list[str]:
    (found,) = [array["endpoints"] for array in simulation.arrays if array["family"] == family]
    return [str(endpoint) for endpoint in found]


def test_two_endpoints_that_are_not_trusted_get_one_hint_that_prints_the_fingerprint(
    family: Family, tmp_path: Path
) -> None:
    address = "127.0.0.1,127.0.0.1"
    arrays: dict[Family, list[str]] = {family: [address]}
    with start(tmp_path / "arrays.db", xiv=arrays.get("xiv", ()), ds8k=arrays.get("ds8k", ())) as simulation:
        first, second = _endpoints(simulation, family)
        error = _error(family, first, second)
    text = str(error)
    assert (
        f"openssl s_client -connect {first} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256" in text
    )
    assert text.count("openssl x509") == 1
    assert text.count(f"The certificate of {first} is not trusted") == 1
    assert text.count(f"The certificate of {second} is not trusted") == 1
    assert "no password either" in text
    assert ".." not in text


@pytest.mark.parametrize(
    ("content", "words"), [(None, "there is no such file"), ("no certificate", "it holds no certificate")]
)
def test_a_ca_file_that_cannot_be_used_is_named(
    family: Family, tmp_path: Path, content: str | None, words: str
) -> None:
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content, encoding="ascii")
    error = _error(family, "127.0.0.1:1", ca_file=str(file))
    assert isinstance(error, Refused)
    assert (error.attribute, error.happened) == ("ca_file", f"{file}: {words}.")


def test_a_folder_as_ca_file_is_no_missing_certificate(family: Family, tmp_path: Path) -> None:
    assert _error(family, "127.0.0.1:1", ca_file=str(tmp_path)).happened.startswith(f"{tmp_path}: ")


@pytest.mark.parametrize("text", ["nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "ä"])
def test_a_bad_ca_pem_is_told_in_plain_words(family: Family, text: str) -> None:
    error = _error(family, "127.0.0.1:1", ca_pem=text)
    assert (error.attribute, error.happened) == ("ca_pem", "The text holds no certificate.")


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("create_volume", "Creating a volume"),
        ("rename_volume", "Renaming a volume"),
        ("extend_volume", "Growing a volume"),
        ("migrate_volume", "Moving a volume to another pool"),
        ("retype", "Changing a volume's performance class"),
        ("delete_volume", "Deleting a volume"),
        ("manage_existing", "Managing an existing volume"),
        ("unmanage", "Giving up a managed volume"),
    ],
)
def test_what_the_mode_forbids_is_named_in_words(family: Family, operation: str, words: str) -> None:
    given: dict[str, dict[str, Any]] = {
        "create_volume": {"name": "a", "pool": "p", "size_bytes": 512},
        "rename_volume": {"volume_id": "1", "new_name": "b"},
        "extend_volume": {"volume_id": "1", "size_bytes": 512},
        "migrate_volume": {"volume_id": "1", "pool": "p"},
        "retype": {"volume_id": "1", "qos_class": None},
        "delete_volume": {"volume_id": "1"},
        "manage_existing": {"existing_id": "1"},
        "unmanage": {"volume_id": "1"},
    }
    connection = Connection(endpoints=(_unused(),), username="admin", password=Secret("secret"))
    settings = dataclasses.replace(Settings(family=family, connection=connection), mode="read_only")
    with closing(XIVDS8KDriver(settings)) as driver, pytest.raises(Refused) as caught:
        getattr(driver, operation)(**given[operation])
    assert caught.value.summary == f'{words} is refused: mode is "read_only"'


@pytest.mark.parametrize(
    ("family", "reply", "words"),
    [
        ("xiv", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "it is HTTP, which no XIV speaks"),
        ("ds8k", b'<command id="1"><aserver status="DELIVERY_FAILED"/></command>', "which a DS8000 speaks"),
    ],
)
def test_an_answer_of_the_other_family_is_told_as_that(
    family: Family, reply: bytes, words: str, tls: ssl.SSLContext
) -> None:
    with _listening(tls, reply) as address:
        error = _error(family, address, insecure=True)
    assert words in error.happened
    kind = "an XIV" if family == "xiv" else "a DS8000"
    assert f"Check family ({kind} was asked for) and endpoints" in error.next_step

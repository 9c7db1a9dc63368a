"""What stands in the environment for other programs has no say in how an array is reached and trusted.

Each client is a process of its own with that environment, since it is read there and nowhere else.
"""

from __future__ import annotations

import hashlib
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from support.certificates import LOOPBACK, Shown, signed
from support.clients import Client
from support.rest_peer import RestPeer
from support.simulated import World
from terraform_provider_xivds8k.driver import Family

Start = Callable[[dict[str, str]], Client]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Start]:
    """Return how to start a client with an environment; all end with the test."""
    started: list[Client] = []

    def start(environment: dict[str, str]) -> Client:
        folder = tmp_path / f"client{len(started)}"
        folder.mkdir()
        started.append(Client(sys.executable, folder, environment))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def proxy() -> Iterator[socket.socket]:
    """Return where a proxy would listen; whoever connects stays in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        yield listener


def test_no_proxy_is_asked(array: World, client: Start, proxy: socket.socket) -> None:
    url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    names = [f"{kind}_proxy" for kind in ("http", "https", "all", "socks")]
    environment = {spelling: url for name in names for spelling in (name, name.upper())}
    outcome = client({**environment, "NO_PROXY": ""}).reach(array.description, ca_pem=array.settings.connection.ca_pem)
    assert outcome == {"system_id": array.description["system_id"]}
    with pytest.raises(BlockingIOError):
        proxy.accept()


def _folder_of(shown: Shown, folder: Path) -> Path:
    """Return a folder of authorities as OpenSSL looks them up: by a hash of the name, which is lower-case here."""
    name = x509.load_pem_x509_certificate(shown.authority.encode()).subject.public_bytes()
    number = int.from_bytes(hashlib.sha1(name[2:]).digest()[:4], "little")
    folder.mkdir()
    (folder / f"{number:08x}.0").write_text(shown.authority, encoding="ascii")
    return folder


def _naming(file: Path, folder: Path) -> dict[str, str]:
    files = dict.fromkeys(["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "AWS_CA_BUNDLE"], str(file))
    return {**files, "SSL_CERT_DIR": str(folder)}


def test_an_authority_named_in_the_environment_is_not_trusted(
    array: World, family: Family, client: Start, tmp_path: Path
) -> None:
    """The array would be trusted by it."""
    file = tmp_path / "authority.pem"
    file.write_text(array.settings.connection.ca_pem or "", encoding="ascii")
    outcome = client(_naming(file, tmp_path)).reach(array.description)
    assert (outcome.get("error"), outcome.get("attribute")) == ("Unreachable", "ca_file")
    journal = array.ask("GET", "/journal")[array.name]
    assert (journal["total"], journal["sign_ins"]) == (0, {"ok": 0, "refused": 0})


def test_a_folder_of_authorities_named_in_the_environment_is_not_trusted(client: Start, tmp_path: Path) -> None:
    shown = signed(*LOOPBACK, by="authority")
    folder = _folder_of(shown, tmp_path / "authorities")
    with RestPeer(shown.context(), lambda _method, _path: None) as peer:
        array = {"family": "ds8k", "endpoints": [peer.address], "username": "admin", "password": "secret"}
        outcome = client({"SSL_CERT_DIR": str(folder)}).reach(array)
        assert (outcome.get("error"), outcome.get("attribute")) == ("Unreachable", "ca_file")
        assert peer.asked == []


@pytest.mark.parametrize("there", [True, False], ids=["another authority", "no file"])
def test_an_authority_named_in_the_environment_does_not_replace_the_given_one(
    array: World, client: Start, tmp_path: Path, there: bool
) -> None:
    file = tmp_path / "other.pem"
    if there:
        file.write_text(signed(*LOOPBACK).authority, encoding="ascii")
    outcome = client(_naming(file, tmp_path / "nowhere")).reach(
        array.description, ca_pem=array.settings.connection.ca_pem
    )
    assert outcome == {"system_id": array.description["system_id"]}


def test_a_file_for_the_secrets_of_tls_connections_is_not_written(array: World, client: Start, tmp_path: Path) -> None:
    """Who can read it and the network reads the password."""
    file = tmp_path / "secrets.txt"
    outcome = client({"SSLKEYLOGFILE": str(file)}).reach(array.description, ca_pem=array.settings.connection.ca_pem)
    assert outcome == {"system_id": array.description["system_id"]}
    assert not file.exists()


def _home(folder: Path) -> dict[str, str]:
    """Return an environment whose .netrc has a password for every host."""
    file = folder / ".netrc"
    file.write_text("machine 127.0.0.1 login eve password netrc\ndefault login eve password netrc\n", encoding="ascii")
    file.chmod(0o600)
    return {"HOME": str(folder), "NETRC": str(file)}


def test_a_netrc_file_adds_nothing_to_a_request(client: Start, tmp_path: Path) -> None:
    shown = signed(*LOOPBACK)
    with closing(RestPeer(shown.context(), lambda _method, _path: None)) as peer:
        array = {"family": "ds8k", "endpoints": [peer.address], "username": "admin", "password": "secret"}
        assert client(_home(tmp_path)).reach(array, ca_pem=shown.authority) == {"system_id": "2107-75PEER1"}
        sent = [set(headers) for headers in peer.headers]
    allowed = {"host", "accept", "accept-encoding", "content-type", "content-length", "user-agent", "x-auth-token"}
    assert sent
    assert all(names <= allowed for names in sent)
    encodings = {headers["accept-encoding"] for headers in peer.headers}
    assert encodings == {"identity"}


def test_a_netrc_file_does_not_change_who_signs_in(array: World, client: Start, tmp_path: Path) -> None:
    described: dict[str, Any] = array.description
    outcome = client(_home(tmp_path)).reach(described, ca_pem=array.settings.connection.ca_pem)
    assert outcome == {"system_id": described["system_id"]}
    assert array.ask("GET", "/journal")[array.name]["sign_ins"]["refused"] == 0

"""The certificates endpoints show: verifiable by a strict client, for their own names alone, the same every time."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from support.lines import LineArray
from terraform_provider_xivds8k.simulators import authority, start
from terraform_provider_xivds8k.simulators.store import Store


def shake_hands(array: LineArray, name: str) -> x509.Certificate:
    """Connect as a client that checks everything, by this host name; return the certificate shown."""
    context = ssl.create_default_context(cadata=array.ca_pem)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    host, _, port = array.endpoints[0].rpartition(":")
    with (
        socket.create_connection((host, int(port)), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as stream,
    ):
        return x509.load_der_x509_certificate(stream.getpeercert(binary_form=True) or b"")


@pytest.mark.parametrize("name", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_strict_client_accepts_each_loopback_name(line_array: LineArray, name: str) -> None:
    shake_hands(line_array, name)


@pytest.mark.parametrize("name", ["127.0.0.3", "array.example"])
def test_another_name_is_refused(line_array: LineArray, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(line_array, name)


def test_a_client_that_knows_another_authority_refuses(line_array: LineArray, tmp_path: Path) -> None:
    store = Store(tmp_path / "other.db")
    with store.transaction() as transaction:
        line_array.ca_pem = authority.kept(transaction)["ca"]
    store.close()
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        shake_hands(line_array, "127.0.0.1")


def test_key_identifiers_link_the_certificate_to_its_authority(line_array: LineArray) -> None:
    leaf = shake_hands(line_array, "127.0.0.1")
    ca = x509.load_pem_x509_certificate(line_array.ca_pem.encode())
    own = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.key_identifier
    issuer = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert own == issuer
    assert leaf.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.key_identifier != own
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.public_key().curve.name == "secp256r1"  # type: ignore[union-attr]


def test_the_same_certificate_is_shown_after_a_restart(tmp_path: Path) -> None:
    first = LineArray(tmp_path / "lines.db")
    shown = shake_hands(first, "127.0.0.1")
    first.close()
    second = LineArray(tmp_path / "lines.db")
    assert shake_hands(second, "127.0.0.1") == shown
    second.close()


def test_a_new_host_gets_a_new_certificate_of_the_same_authority(tmp_path: Path) -> None:
    store = Store(tmp_path / "simulator.db")
    with store.transaction() as transaction:
        before = authority.kept(transaction)
        after = authority.kept(transaction, ["127.0.0.1", "192.0.2.7", "array.example"])
        assert authority.kept(transaction, ["192.0.2.7"]) == after
    store.close()
    assert after["ca"] == before["ca"]
    assert after["certificate"] != before["certificate"]
    leaf = x509.load_pem_x509_certificate(after["certificate"].encode())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "array.example"]
    assert [str(found) for found in names.get_values_for_type(x509.IPAddress)] == [
        "127.0.0.1",
        "127.0.0.2",
        "::1",
        "192.0.2.7",
    ]
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(after["ca"].encode()))


def test_an_ipv6_endpoint_is_served_in_brackets(tmp_path: Path) -> None:
    if not _has_ipv6_loopback():
        pytest.skip("this machine has no IPv6 loopback address")
    with start(tmp_path / "simulator.db", ds8k=["[::1]"]) as found:
        (endpoint,) = found.arrays[0]["endpoints"]
        host, _, port = endpoint.rpartition(":")
        assert host == "[::1]"
        context = ssl.create_default_context(cadata=found.ca_pem)
        with (
            socket.create_connection(("::1", int(port)), 10) as plain,
            context.wrap_socket(plain, server_hostname="::1"),
        ):
            pass


def _has_ipv6_loopback() -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True

"""The simulation's own certificate authority and the certificate its endpoints show, made once and kept in the store.

Key identifiers are present: Python 3.13 and newer insist on them.  Nothing of ``cryptography`` is imported unless a
certificate has to be made.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .store import Transaction

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

HOSTS = ("localhost", "127.0.0.1", "127.0.0.2", "::1")
FACT = "certificates"
CA_NAME = "Simulated storage authority"
LEAF_NAME = "Simulated array"
DAYS = 3650


def kept(transaction: Transaction, hosts: Iterable[str] = ()) -> Mapping[str, str]:
    """Return the PEM texts ``ca``, ``certificate`` and ``key``, made the first time.

    The certificate is for the loopback names and addresses; other ``hosts`` are added to it by a new one of the same
    authority.
    """
    found: dict[str, str] = transaction.fact(FACT) or {}
    names = found.get("hosts", "").split()
    wanted = [*names, *(host for host in (*HOSTS, *hosts) if host not in names)]
    if wanted != names:
        found = _made(found, wanted)
        transaction.remember(FACT, found)
    return found


def server_context(pems: Mapping[str, str]) -> ssl.SSLContext:
    """Return the TLS context of an endpoint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0
    handle, path = tempfile.mkstemp(suffix=".pem")  # the ssl module reads a key from a file only
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(pems["key"] + pems["certificate"])
        context.load_cert_chain(path)
    finally:
        Path(path).unlink()
    return context


def _made(found: Mapping[str, str], hosts: list[str]) -> dict[str, str]:
    """Return new texts, by the authority that is there if there is one."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    leaf_key = ec.generate_private_key(ec.SECP256R1())
    if found:
        ca = x509.load_pem_x509_certificate(found["ca"].encode())
        ca_key = serialization.load_pem_private_key(found["ca_key"].encode(), None)
        if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
            raise ValueError("The key of the authority in the state file is of another kind.")
    else:
        ca_key = ec.generate_private_key(ec.SECP256R1())
        ca = _certificate_of_authority(ca_key)
    leaf = _certificate_of_endpoints(leaf_key, ca_key, hosts)
    return {
        "ca": ca.public_bytes(serialization.Encoding.PEM).decode(),
        "ca_key": _text_of(ca_key),
        "certificate": leaf.public_bytes(serialization.Encoding.PEM).decode(),
        "key": _text_of(leaf_key),
        "hosts": " ".join(hosts),
    }


def _certificate_of_authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    return (
        _builder(CA_NAME, key.public_key(), key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _certificate_of_endpoints(
    key: ec.EllipticCurvePrivateKey, ca_key: ec.EllipticCurvePrivateKey, hosts: list[str]
) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    return (
        _builder(LEAF_NAME, key.public_key(), ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _builder(
    name: str, key: ec.EllipticCurvePublicKey, issuer_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    import datetime

    from cryptography import x509
    from cryptography.x509.oid import NameOID

    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    issuer_identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CA_NAME)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(issuer_identifier, critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    import ipaddress

    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _text_of(key: ec.EllipticCurvePrivateKey) -> str:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()

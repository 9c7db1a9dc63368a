"""The simulation's own certificate authority and the certificate its endpoints show, made once and kept in the store.

Key identifiers are present: Python 3.13 and newer insist on them.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .store import Transaction

NAMES = ("localhost",)
ADDRESSES = ("127.0.0.1", "127.0.0.2", "::1")
FACT = "authority"
DAYS = 3650


def kept(transaction: Transaction) -> Mapping[str, str]:
    """Return the PEM texts ``ca``, ``certificate`` and ``key``, made the first time."""
    found: Mapping[str, str] | None = transaction.fact(FACT)
    if found is None:
        found = _made()
        transaction.remember(FACT, found)
    return found


def server_context(pems: Mapping[str, str]) -> ssl.SSLContext:
    """Return the TLS context of an endpoint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    handle, path = tempfile.mkstemp(suffix=".pem")  # the ssl module reads a key from a file only
    try:
        os.write(handle, (pems["key"] + pems["certificate"]).encode())
        os.close(handle)
        context.load_cert_chain(path)
    finally:
        Path(path).unlink()
    return context


def _made() -> dict[str, str]:
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    ca_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated storage authority")])
    leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated array")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())

    def builder(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=DAYS))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        )

    def usage(*, signs: bool) -> x509.KeyUsage:
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

    authority = (
        builder(ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in NAMES]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
    leaf = (
        builder(leaf_name, leaf_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return {
        "ca": authority.public_bytes(pem).decode(),
        "certificate": leaf.public_bytes(pem).decode(),
        "key": leaf_key.private_bytes(pem, *plain).decode(),
    }

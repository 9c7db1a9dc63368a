"""Certificates as arrays show them: signed by an authority, out of date, or made by the array itself long ago."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from terraform_provider_xivds8k.simulators import authority
from terraform_provider_xivds8k.simulators.store import Store

LOOPBACK = ("127.0.0.1", "localhost")
VERSION_3 = b"\xa0\x03\x02\x01\x02"
ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


@dataclass(frozen=True)
class Shown:
    """Hold what an array shows, in PEM; ``authority`` is what vouches for it, its own certificate perhaps."""

    certificate: str
    key: str
    authority: str

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the certificate, as openssl prints it."""
        plain = hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.certificate)).hexdigest().upper()
        return ":".join(plain[at : at + 2] for at in range(0, len(plain), 2))

    def context(self) -> ssl.SSLContext:
        """Return the context of a server that shows it."""
        return authority.server_context({"key": self.key, "certificate": self.certificate})

    def store_in(self, file: Path) -> None:
        """Let a simulation that is to be started on this file show it."""
        store = Store(file)
        try:
            with store.transaction() as transaction:
                pems = {"ca": self.authority, "ca_key": "", "certificate": self.certificate, "key": self.key}
                transaction.remember(authority.FACT, {**pems, "hosts": " ".join(authority.HOSTS)})
        finally:
            store.close()


def signed(
    *names: str, by: str = "Authority", from_days: int = -1, to_days: int = 30, by_an_authority: bool = True
) -> Shown:
    """Return a certificate for these names; ``by_an_authority``: what signed it may sign certificates."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    above = _builder(by, by, ca_key, -100, 100)
    above = above.add_extension(x509.BasicConstraints(ca=by_an_authority, path_length=None), critical=True)
    leaf = _for(_builder("Array", by, key, from_days, to_days), names)
    return Shown(_pem(leaf.sign(ca_key, hashes.SHA256())), _text(key), _pem(above.sign(ca_key, hashes.SHA256())))


def self_signed(*names: str, from_days: int = -1, to_days: int = 30) -> Shown:
    """Return a certificate an array made for itself, with all that is asked of one today."""
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = _for(_builder("Array", "Array", key, from_days, to_days), names)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(identifier, critical=False)
    aki = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    pem = _pem(builder.add_extension(aki, critical=False).sign(key, hashes.SHA256()))
    return Shown(pem, _text(key), pem)


def old(name: str, *, version: int) -> Shown:
    """Return a certificate an old array made for itself: one name, its subject's, and not a single extension."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _builder(name, name, key, -1, 30).sign(key, hashes.SHA256())
    pem = _pem(made) if version == 3 else ssl.DER_cert_to_PEM_cert(_as_version_1(made, key))
    return Shown(pem, _text(key), pem)


def _as_version_1(made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the same certificate in version 1, which no library makes any more."""
    before, _, fields = made.tbs_certificate_bytes.partition(VERSION_3)
    assert len(before) <= 4, "the version is the first field"
    content = _der(0x30, fields)
    signature = key.sign(content, ec.ECDSA(hashes.SHA256()))
    return _der(0x30, content + ECDSA_WITH_SHA256 + _der(0x03, b"\0" + signature))


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes(2, "big")
    return bytes([tag, 0x82]) + size + content


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, from_days: int, to_days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=from_days))
        .not_valid_after(now + datetime.timedelta(days=to_days))
    )


def _for(builder: x509.CertificateBuilder, names: tuple[str, ...]) -> x509.CertificateBuilder:
    return builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _text(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

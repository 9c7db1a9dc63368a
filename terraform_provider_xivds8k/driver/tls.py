"""How an array proves who it is: an authority, a pinned certificate, or the system's authorities.

Verification is on unless ``insecure`` says otherwise; a pinned certificate replaces the authority and the name.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from pathlib import Path

from .endpoints import Endpoint
from .errors import Refused, Unreachable
from .objects import Connection
from .reaching import in_words


def context_for(connection: Connection) -> ssl.SSLContext:
    """Return a client context that trusts what the connection says; raises Refused for a bad ca_file or ca_pem."""
    if connection.insecure or connection.fingerprint:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        return ssl.create_default_context(cafile=connection.ca_file, cadata=connection.ca_pem)
    except (OSError, ValueError, TypeError) as error:  # TypeError: a ca_pem that is not ASCII
        raise _unreadable(connection, error) from error


def _unreadable(connection: Connection, error: Exception) -> Refused:
    if connection.ca_file:
        happened = f"{Path(connection.ca_file).absolute()}: {_why(error)}."
    else:
        happened = "The text holds no certificate."
    return Refused(
        f"The authority in {'ca_file' if connection.ca_file else 'ca_pem'} cannot be read",
        happened=happened,
        left_behind="Nothing was sent.",
        next_step="Give certificates in PEM form (-----BEGIN CERTIFICATE-----): the array's own, or that of the "
        "authority that signed it.",
        attribute="ca_file" if connection.ca_file else "ca_pem",
    )


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, ssl.SSLError | ValueError):
        return "it holds no certificate"
    return in_words(error)


def fingerprint_of(text: str) -> str:
    """Return a SHA-256 fingerprint as plain lower-case hex; raises Refused (attribute ``fingerprint``)."""
    plain = re.sub(r"[\s:]", "", text).lower().removeprefix("sha256")
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise Refused(
            f"Not a SHA-256 fingerprint: {text!r}",
            next_step="Write 64 hex digits, with or without colons "
            "(openssl x509 -in CERTIFICATE -noout -fingerprint -sha256).",
            attribute="fingerprint",
        )
    return plain


def check_pin(connection: Connection, certificate: bytes | None, endpoint: Endpoint) -> None:
    """Raise Unreachable unless the certificate (DER) is the pinned one, where one is pinned."""
    if not connection.fingerprint:
        return
    seen = hashlib.sha256(certificate or b"").hexdigest()
    if seen != fingerprint_of(connection.fingerprint):
        raise Unreachable(
            f"{endpoint} shows another certificate than the pinned one",
            happened=f"Its SHA-256 fingerprint is {seen}. Nothing was sent to it, no password either.",
            next_step="If the array got a new certificate, verify it and write its fingerprint; else somebody else "
            "answers at this address.",
            attribute="fingerprint",
        )


def untrusted(endpoint: Endpoint, error: ssl.SSLError) -> Unreachable:
    """Return the error for an endpoint whose certificate does not verify."""
    reason = (getattr(error, "verify_message", "") or in_words(error)).rstrip(".")
    return Unreachable(
        f"The certificate of {endpoint} is not trusted",
        happened=f"{reason[:1].upper()}{reason[1:]}. Nothing was sent to it, no password either.",
        next_step="Give its authority as ca_file or ca_pem, or pin the certificate with fingerprint, after comparing "
        "it with the array's own display. This shows it: "
        f"openssl s_client -connect {endpoint} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256",
        attribute="ca_file",
    )

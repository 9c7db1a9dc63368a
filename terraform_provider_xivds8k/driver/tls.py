"""How an array proves who it is: an authority, a pinned certificate, or the system's authorities.

Verification is on unless ``insecure`` says otherwise; a pinned certificate replaces the authority and the name.
The rules are the same on every Python: the strict mode of 3.13 would refuse the certificates old arrays made for
themselves (no key identifiers, version 1), and what makes a chain trustworthy is checked without it.  The environment
has no say: neither SSL_CERT_FILE and SSL_CERT_DIR nor SSLKEYLOGFILE.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import ssl
from pathlib import Path

from .endpoints import Endpoint
from .errors import Refused, Unreachable
from .objects import Connection
from .reaching import in_words


def context_for(connection: Connection) -> ssl.SSLContext:
    """Return a client context that trusts what the connection says; raises Refused for a bad setting."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # by default it verifies the chain and the name
    if connection.fingerprint:
        fingerprint_of(connection.fingerprint)
    if connection.insecure or connection.fingerprint:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif connection.ca_file or connection.ca_pem:
        _trust(context, connection.ca_file, connection.ca_pem)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the array's own certificate is enough
    else:
        _trust_the_system(context)
    return context


def check_authority(*, ca_file: str | None = None, ca_pem: str | None = None) -> None:
    """Raise Refused (``ca_file``, ``ca_pem``) where no certificate can be read; no array is asked."""
    if ca_file or ca_pem:
        _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ca_file, ca_pem)


def _trust(context: ssl.SSLContext, ca_file: str | None, ca_pem: str | None) -> None:
    try:
        context.load_verify_locations(ca_file or None, cadata=ca_pem or None)
    except (OSError, ValueError, TypeError) as error:  # TypeError: a ca_pem that is not ASCII
        raise _unreadable(ca_file, error) from error


def _trust_the_system(context: ssl.SSLContext) -> None:
    """Trust the authorities where OpenSSL was built to find them; with none there, nothing is trusted."""
    paths = ssl.get_default_verify_paths()
    for where in ({"cafile": paths.openssl_cafile}, {"capath": paths.openssl_capath}):
        with contextlib.suppress(OSError):
            context.load_verify_locations(**where)


def _unreadable(ca_file: str | None, error: Exception) -> Refused:
    name = "ca_file" if ca_file else "ca_pem"
    refusal = Refused(
        f"The authority in {name} cannot be read",
        happened=f"{Path(ca_file).absolute()}: {_why(error)}." if ca_file else "The text holds no certificate.",
        left_behind="Nothing was sent.",
        next_step="Give certificates in PEM form (-----BEGIN CERTIFICATE-----): the array's own, or that of the "
        "authority that signed it.",
        attribute=name,
    )
    refusal.is_of_settings = True
    return refusal


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
        refusal = Refused(
            f"Not a SHA-256 fingerprint: {text!r}",
            next_step="Write 64 hex digits, with or without colons "
            "(openssl x509 -in CERTIFICATE -noout -fingerprint -sha256).",
            attribute="fingerprint",
        )
        refusal.is_of_settings = True
        raise refusal
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
    remedy = _REMEDIES.get(getattr(error, "verify_code", 0), "Give its authority as ca_file or ca_pem")
    return Unreachable(
        f"The certificate of {endpoint} is not trusted",
        happened=f"{reason[:1].upper()}{reason[1:]}. Nothing was sent to it, no password either.",
        next_step=f"{remedy}, or pin the certificate with fingerprint, after comparing "
        "it with the array's own display. This shows it: "
        f"openssl s_client -connect {endpoint} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256",
        attribute="ca_file",
    )


_RENEW = "Renew the array's certificate, correct the clock of this machine if it is wrong"
_RENAME = "Write the endpoint as a name or an address that the certificate holds"
_REMEDIES = {9: _RENEW, 10: _RENEW, 62: _RENAME, 64: _RENAME}  # OpenSSL's X509_V_ERR_: the dates, the name, the address

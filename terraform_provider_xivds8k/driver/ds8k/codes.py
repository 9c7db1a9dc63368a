"""The DS8000's codes and what they mean here.

Decisions rest on codes, never on the HTTP status or the words, which vary between machines (ds8k-rest.md §1.4 [S]).
"""

from __future__ import annotations

import re

from ..errors import (
    BadCredentials,
    Denied,
    DriverError,
    InUse,
    NoSpace,
    NotFound,
    Refused,
)
from ..explanations import step_for
from ..reaching import CORRECT_THEM, SIGN_IN_REFUSED

STALE_TOKEN = frozenset({"BE7A001A", "BE7A001B"})
LSS_FULL = frozenset({"BE7A0031", "BE7A0032"})

# code: (error, attribute at fault)
ERRORS: dict[str, tuple[type[DriverError], str]] = {
    "BE7A0001": (NotFound, ""),
    "BE7A0005": (Refused, ""),
    "BE7A0016": (NotFound, "host"),
    "BE7A001A": (Denied, ""),
    "BE7A001B": (Denied, ""),
    "BE7A001F": (NotFound, ""),
    "BE7A0027": (BadCredentials, "username"),
    "BE7A0028": (BadCredentials, "username"),
    "BE7A0029": (BadCredentials, "password"),
    "BE7A002A": (BadCredentials, "username"),
    "BE7A002B": (BadCredentials, "username"),
    "BE7A002C": (BadCredentials, "username"),
    "BE7A002D": (BadCredentials, "password"),
    "NISERVEREXCEPTION": (BadCredentials, ""),
    "BE7A0031": (NoSpace, "lss"),
    "BE7A0032": (NoSpace, "lss"),
    "BE534459": (NoSpace, "pool"),
    "BE531465": (NoSpace, "size_bytes"),
    "BE74121B": (NoSpace, "lun"),
    "BE586015": (NotFound, ""),
    "000000AE": (InUse, ""),
    "00000013": (InUse, ""),
}

_IN_WORDS = re.compile(r"^\s*\[([0-9A-Za-z]{8,})\]")


def code_of(code: str, words: str) -> str:
    """Return the code of a failure; a proxied one stands in brackets at the beginning of the words (§1.2)."""
    proxied = _IN_WORDS.match(words)
    return (proxied[1] if proxied else code).upper()


def error_for(doing: str, code: str, words: str, http_status: int) -> DriverError:
    """Return the error for a failure the array reports; an unknown code is a Refused that keeps everything."""
    found = code_of(code, words)
    kind, attribute = ERRORS.get(found, (Refused, ""))
    if found not in ERRORS and http_status == 403:
        kind = Denied
    shown = found or f"HTTP {http_status}"
    error = kind(
        SIGN_IN_REFUSED if kind is BadCredentials else f"The array would not {doing}",
        attribute=attribute,
        code=shown,
        words=words or "no message",
        next_step=step_for(shown) or _NEXT.get(kind, ""),
    )
    error.is_of_unknown_code = found not in ERRORS
    return error


_NEXT = {
    NoSpace: "Free or add capacity, or choose another place.",
    BadCredentials: CORRECT_THEM,
    Denied: "Give the user a role that may do this.",
    InUse: "Remove what uses it first.",
}

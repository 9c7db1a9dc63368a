"""Limits of hosts a caller can be told before anything is sent: names, types, CHAP, by family.

Each ``…_problem`` returns words that name the value, the allowed range and the next step, or None; those about a secret
never repeat it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches

from .errors import Refused
from .objects import Secret
from .rules import DS8K_NAME, XIV_NAME

LEAST_CHAP_BYTES, MOST_CHAP_BYTES = 12, 16  # 96 to 128 bits (xcli.md §3.6 [M])


def host_name_problem(family: str, name: str, attribute: str = "name") -> str | None:
    """Say what is wrong with the name of a host, or of a cluster."""
    longest, allowed, words = {
        "xiv": (63, XIV_NAME, "letters, digits, space, . _ - and ~"),
        "ds8k": (32, DS8K_NAME, "letters, digits and _"),
    }[family]
    if not 1 <= len(name) <= longest:
        return (
            f"{attribute} = {name!r} has {len(name)} characters; allowed are 1 to {longest} on this array. Shorten it."
        )
    wrong = sorted({character for character in name if not allowed.fullmatch(character)})
    if wrong:
        shown = " ".join(map(repr, wrong))
        return f"{attribute} = {name!r} contains {shown}; allowed on this array are {words}. Write it without."
    if name != name.strip():
        return f"{attribute} = {name!r} begins or ends with a space. Remove it."
    return None


def host_type_advice(types: tuple[str, ...], text: str) -> str | None:
    """Say that a type is not among those known, which an array may know all the same."""
    if text.casefold() in {one.casefold() for one in types}:
        return None
    by_folded = {one.casefold(): one for one in types}
    near = [by_folded[one] for one in get_close_matches(text.casefold(), list(by_folded), n=3)]
    return f"Known are: {', '.join(types)}." + (f" Did you mean {' or '.join(map(repr, near))}?" if near else "")


@contextmanager
def blaming_type(types: tuple[str, ...], text: str | None) -> Iterator[None]:
    """Tell an array's refusal of a type that is not among those known at the type; codes say no more than a value."""
    try:
        yield
    except Refused as refusal:
        advice = host_type_advice(types, text) if text is not None and refusal.code and not refusal.attribute else None
        if advice:
            refusal.attribute, refusal.next_step = "type", f"Probably type = {text!r} is at fault. {advice}"
        raise


def chap_secret_problem(secret: Secret) -> str | None:
    """Say what is wrong with a CHAP secret, without a word of it."""
    text = secret.reveal()
    if LEAST_CHAP_BYTES <= _size(text) <= MOST_CHAP_BYTES:
        return None
    return (
        f"chap_secret has to have 96 to 128 bits: {LEAST_CHAP_BYTES} to {MOST_CHAP_BYTES} ASCII characters, 0x and 24 "
        "to 32 hex digits, or 0b and as many bytes in base64. Write such a one; it is not shown here."
    )


def _size(text: str) -> int:
    """Return how many bytes a secret has, 0 where it is none."""
    try:
        if text[:2].lower() == "0x":
            return len(bytes.fromhex(text[2:])) if text[2:].isalnum() else 0
        if text[:2].lower() == "0b":
            return len(base64.b64decode(text[2:], validate=True))
    except (ValueError, binascii.Error):
        return 0
    return len(text) if text.isascii() and text.isprintable() else 0

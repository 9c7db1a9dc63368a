"""The lines that tell how far an action is: one line each, printable, without the secrets of its configuration."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from terraform_provider_xivds8k.schema import ModelNode, Raw, RawObject

LONGEST_LINE = 300


def secrets_of(node: ModelNode, raw: RawObject) -> list[str]:
    """Return every text of a sensitive or write-only attribute, at any depth, the longest first."""
    return sorted(_secrets(node, raw), key=len, reverse=True)  # one may be a part of another


def one_line(message: str, secrets: Sequence[str]) -> str:
    """Return a message as one line without control characters and secrets, empty where nothing is left."""
    for secret in secrets:
        message = message.replace(secret, "***")
    shown = (" " if unicodedata.category(letter).startswith("C") else letter for letter in message)
    line = " ".join("".join(shown).split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


def _secrets(node: ModelNode, raw: RawObject) -> set[str]:
    found: set[str] = set()
    for attribute in node.attributes:
        value = raw.get(attribute.name)
        if attribute.sensitive or attribute.write_only:
            found |= _texts(value)
        elif attribute.nested is not None:
            for item in _objects(value, single=attribute.nesting == "single"):
                found |= _secrets(attribute.nested, item)
    return found


def _objects(value: Raw, *, single: bool) -> list[RawObject]:
    if isinstance(value, dict):
        return [value] if single else [item for item in value.values() if isinstance(item, dict)]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: Raw) -> set[str]:
    if isinstance(value, list | dict):
        return {text for item in (value.values() if isinstance(value, dict) else value) for text in _texts(item)}
    return {value} if isinstance(value, str) and value else set()

"""Values as Terraform means them, before any schema is looked at.

A raw value is plain Python: None for null, ``UNKNOWN`` for "known after apply", and str, bool, int, Decimal, list (also
for sets, in canonical order) and dict (maps and objects).  Typed access is ``model``'s, bytes are ``codec``'s.
"""

from __future__ import annotations

import enum
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias


class Unknown(enum.Enum):
    """Stand for a value that is only known after apply."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


class UnknownValueError(ValueError):
    """A value was read that is only known after apply."""


UNKNOWN: Final[Literal[Unknown.UNKNOWN]] = Unknown.UNKNOWN

Raw: TypeAlias = "Unknown | bool | str | int | Decimal | list[Raw] | dict[str, Raw] | None"
RawObject: TypeAlias = "dict[str, Raw]"

Step: TypeAlias = "str | int | ElementKey"


@dataclass(frozen=True, slots=True)
class ElementKey:
    """Address an element of a map by its key."""

    key: str


@dataclass(frozen=True, slots=True)
class Path:
    """Address an attribute: names, list indexes and map keys from the root of the object."""

    steps: tuple[Step, ...] = ()

    def __truediv__(self, step: Step | Path) -> Path:
        return Path(self.steps + (step.steps if isinstance(step, Path) else (step,)))

    def __str__(self) -> str:
        text = ""
        for step in self.steps:
            if isinstance(step, str):
                text += f".{step}" if text else step
            else:
                text += f"[{step}]" if isinstance(step, int) else f'["{step.key}"]'
        return text


ROOT: Final = Path()


def is_wholly_known(value: Raw) -> bool:
    """Tell whether nothing inside the value is unknown."""
    if value is UNKNOWN:
        return False
    if isinstance(value, list):
        return all(is_wholly_known(item) for item in value)
    if isinstance(value, dict):
        return all(is_wholly_known(item) for item in value.values())
    return True


def normalised(text: str) -> str:
    """Return the text in Unicode NFC, the form Terraform keeps strings in."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def canonical_key(value: Raw) -> tuple[str, str]:
    """Return a key that orders the elements of a set the same way in every process."""
    if isinstance(value, dict):
        return ("object", repr(sorted((name, canonical_key(item)) for name, item in value.items())))
    if isinstance(value, list):
        return ("list", repr([canonical_key(item) for item in value]))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return ("number", _plain(value))
    return (type(value).__name__, normalised(str(value)))


def _plain(number: int | Decimal) -> str:
    """Spell a number the one way its value has; Decimal.normalize would round it to 28 digits."""
    text = format(number, "f") if isinstance(number, Decimal) else str(number)
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def canonical_set(values: list[Raw]) -> list[Raw]:
    """Return the elements of a set once each, in canonical order.

    Elements that are not wholly known yet all stay: they may turn out different, and Terraform counts them.
    """
    known = {canonical_key(item): item for item in values if is_wholly_known(item)}
    unknown = [(canonical_key(item), item) for item in values if not is_wholly_known(item)]
    return [item for _, item in sorted([*known.items(), *unknown], key=lambda keyed: keyed[0])]

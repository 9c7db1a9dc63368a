"""What a configured value must satisfy, stated once for validation and for the reference pages.

A check sees known, non-null values only.  Its ``allowed`` text is the range a diagnostic and a page name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

V_contra = TypeVar("V_contra", contravariant=True)

_DURATION = re.compile(r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+(?:\.[0-9]+)?)s)?")
LONGEST_S = 365 * 24 * 3600.0  # far beyond any operation, and what every clock of the system can still wait for


@dataclass(frozen=True, slots=True)
class Check(Generic[V_contra]):
    """Say what values are allowed and which are."""

    allowed: str
    accepts: Callable[[V_contra], bool]


def length(least: int, most: int) -> Check[str | None]:
    """Allow texts of ``least`` to ``most`` characters."""
    return Check(f"{least} to {most} characters", lambda value: value is None or least <= len(value) <= most)


def between(least: int, most: int) -> Check[int | None]:
    """Allow whole numbers from ``least`` to ``most``."""
    return Check(f"{least} to {most}", lambda value: value is None or least <= value <= most)


def at_least(least: int) -> Check[int | None]:
    """Allow whole numbers from ``least`` on."""
    return Check(f"{least} or more", lambda value: value is None or value >= least)


def multiple_of(unit: int) -> Check[int | None]:
    """Allow multiples of ``unit``."""
    return Check(f"a multiple of {unit}", lambda value: value is None or value % unit == 0)


def one_of(*values: str) -> Check[str | None]:
    """Allow the named values only."""
    return Check(" or ".join(f'"{value}"' for value in values), lambda value: value is None or value in values)


def matching(pattern: str, allowed: str) -> Check[str | None]:
    """Allow texts that fit the pattern as a whole; ``allowed`` says it in words."""
    return Check(allowed, lambda value: value is None or re.fullmatch(pattern, value) is not None)


def regular_expression() -> Check[str | None]:
    """Allow what compiles as a regular expression."""

    def accepts(value: str | None) -> bool:
        try:
            re.compile(value or "")
        except re.error:
            return False
        return True

    return Check("a regular expression as Python reads it", accepts)


def whole() -> Check[Any]:
    """Allow numbers without a fraction."""
    return Check("whole numbers", lambda value: not isinstance(value, Decimal))


def each(check: Check[Any]) -> Check[Any]:
    """Allow collections whose elements all satisfy a check."""

    def accepts(values: Iterable[Any]) -> bool:
        items = values.values() if isinstance(values, Mapping) else values
        return all(check.accepts(item) for item in items)

    return Check(f"for each element {check.allowed}", accepts)


def duration_s(text: str) -> float | None:
    """Return the seconds a duration such as ``90s``, ``15m`` or ``1h30m`` spells, None when it spells none."""
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def duration() -> Check[str | None]:
    """Allow durations such as ``90s``, ``15m`` or ``1h30m``."""
    return Check(
        'a duration such as "90s", "15m" or "1h30m", above zero and at most "8760h"',
        lambda value: value is None or 0 < (duration_s(value) or 0) <= LONGEST_S,
    )

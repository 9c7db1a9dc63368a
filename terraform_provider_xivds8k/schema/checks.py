"""What a configured value must satisfy, stated once for validation and for the reference pages.

A check sees known, non-null values only.  Its ``allowed`` text is the range a diagnostic and a page name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

V_contra = TypeVar("V_contra", contravariant=True)

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")


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
        'a duration such as "90s", "15m" or "1h30m", above zero',
        lambda value: value is None or bool(duration_s(value)),
    )

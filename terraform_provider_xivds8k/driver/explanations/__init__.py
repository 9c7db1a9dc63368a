"""What the arrays' codes mean to a person: a likely cause and a next step for each.

For reading only: nothing decides by what stands here (``xiv/codes.py`` and ``ds8k/codes.py`` hold what does).  The
tables are loaded with the first code that is asked for; an error-free run never needs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple


class Explanation(NamedTuple):
    """Say in sentences what a code means on the array, and what to look at or change."""

    cause: str
    next_step: str


Themes = Mapping[str, Mapping[str, Explanation]]  # title: code: explanation; a code that ends in * is a beginning
ANY = "*"
_WRAPPED = "TRNS_MGMT_STATUS_"  # how an XIV writes a code inside of another answer (xcli.md §1.3)


def explained(code: str) -> Explanation | None:
    """Return the explanation of a code of either family, None for one that no table knows."""
    exact, beginnings = _tables()
    code = code.removeprefix(_WRAPPED)
    if code in exact:
        return exact[code]
    return next((found for beginning, found in beginnings if code.startswith(beginning)), None)


def step_for(code: str) -> str:
    """Return what to look at or change after a code, empty for one that no table knows."""
    found = explained(code)
    return found.next_step if found is not None else ""


@cache
def _tables() -> tuple[dict[str, Explanation], list[tuple[str, Explanation]]]:
    """Return what is known of whole codes, and of beginnings of codes, the longest first."""
    from . import ds8k, xiv  # the families' codes never look alike

    every = {
        code: found for themes in (xiv.THEMES, ds8k.THEMES) for one in themes.values() for code, found in one.items()
    }
    beginnings = sorted((code.removesuffix(ANY) for code in every if code.endswith(ANY)), key=len, reverse=True)
    return every, [(beginning, every[f"{beginning}{ANY}"]) for beginning in beginnings]

"""The facts no source confirms: each is a switch, and clients are tested with either answer.

Each family keeps its own tuple ``SWITCHES`` in its ``switches.py``; here is what they share and
where they are gathered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from .store import Transaction


@dataclass(frozen=True, slots=True)
class Switch:
    """One unconfirmed fact of a family.

    ``meaning`` is one sentence that is true while the switch is on; ``source`` says where the question comes from.
    """

    name: str
    family: str
    default: bool
    meaning: str
    source: str = "[K]"


@cache
def table(family: str) -> Mapping[str, Switch]:
    """Return the switches of a family by name."""
    gathered: tuple[Switch, ...] = import_module(f".{family}.switches", __package__).SWITCHES
    return {switch.name: switch for switch in gathered}


def position(transaction: Transaction, array: str, family: str, name: str) -> bool:
    """Return whether a switch is on for an array; raises KeyError for a name the family does not have."""
    switch = table(family).get(name)
    if switch is None:
        raise KeyError(f"There is no switch {name!r} for {family}; there are: {', '.join(sorted(table(family)))}.")
    found = transaction.execute("SELECT is_on FROM switches WHERE array = ? AND name = ?", array, name).fetchone()
    return switch.default if found is None else bool(found[0])


def turn(transaction: Transaction, array: str, family: str, name: str, *, on: bool) -> None:
    """Put a switch of an array in a position; raises KeyError for a name the family does not have."""
    position(transaction, array, family, name)
    transaction.execute("INSERT OR REPLACE INTO switches VALUES (?, ?, ?)", array, name, int(on))

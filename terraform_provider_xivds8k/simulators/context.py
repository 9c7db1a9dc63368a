"""What one command sees of one array: its records, its clock, its switches and its partner, within one transaction."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from . import clock, states, switches
from .store import Transaction

Row = dict[str, Any]
_decoded = json.JSONDecoder().raw_decode  # nothing stands around our own texts


class Context:
    """One array within one transaction; rows are fresh copies, so a change counts only once it is put back."""

    def __init__(self, transaction: Transaction, array: str, family: str, number: int) -> None:
        self._transaction = transaction
        self.array = array
        self.family = family
        self.number = number
        self._switches: dict[str, bool] = {}  # nobody turns one while a command runs

    @cached_property
    def now_s(self) -> float:
        """Simulated seconds since 1970, the same throughout the command."""
        return clock.now_s(self._transaction)

    @cached_property
    def ahead_s(self) -> float:
        """By how many seconds the clock this array shows is ahead of the simulated time."""
        return clock.ahead_s(self._transaction, self.array)

    @property
    def username(self) -> str:
        """Name of the simulation's one user."""
        return str(self._transaction.fact("user")["username"])

    @property
    def password(self) -> str:
        """Password of the simulation's one user."""
        return str(self._transaction.fact("user")["password"])

    def get(self, kind: str, key: str) -> Row | None:
        """Return one record, None when there is none."""
        found = self._transaction.execute(
            "SELECT row FROM objects WHERE array = ? AND kind = ? AND key = ?", self.array, kind, key
        ).fetchone()
        return None if found is None else _row(found[0])

    def put(self, kind: str, key: str, row: Row, group: str = "") -> None:
        """Insert or replace a record of JSON values; ``group`` is what ``rows`` can filter by."""
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        self._transaction.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)", self.array, kind, key, group, text
        )

    def remove(self, kind: str, key: str) -> None:
        """Remove a record; removing what is not there does nothing."""
        self._transaction.execute("DELETE FROM objects WHERE array = ? AND kind = ? AND key = ?", self.array, kind, key)

    def rows(self, kind: str, group: str | None = None) -> list[tuple[str, Row]]:
        """Return key and record of all of a kind, or of one group of it, ordered by key."""
        where, values = _filter(self.array, kind, group)
        found = self._transaction.execute(f"SELECT key, row FROM objects WHERE {where} ORDER BY key", *values)  # noqa: S608 - our own text
        return [(key, _row(text)) for key, text in found]

    def keys(self, kind: str, group: str | None = None) -> list[str]:
        """Return the keys of all of a kind, or of one group of it, in order."""
        where, values = _filter(self.array, kind, group)
        found = self._transaction.execute(f"SELECT key FROM objects WHERE {where} ORDER BY key", *values)  # noqa: S608 - our own text
        return [key for (key,) in found]

    def count(self, kind: str, group: str | None = None) -> int:
        """Return how many records there are of a kind, or in one group of it."""
        where, values = _filter(self.array, kind, group)
        found = self._transaction.execute(f"SELECT count(*) FROM objects WHERE {where}", *values).fetchone()  # noqa: S608 - our own text
        return int(found[0])

    def next_number(self, name: str) -> int:
        """Return 1, then 2, then 3 …: a number of this array that is never given twice."""
        found = self._transaction.execute(
            "INSERT INTO numbers VALUES (?, ?, 1) ON CONFLICT (array, name) DO UPDATE SET last = last + 1 "
            "RETURNING last",
            self.array,
            name,
        ).fetchone()
        return int(found[0])

    def switch(self, name: str) -> bool:
        """Return whether a switch is on for this array; raises KeyError for an unknown name."""
        if name not in self._switches:
            self._switches[name] = switches.position(self._transaction, self.array, self.family, name)
        return self._switches[name]

    @cached_property
    def partner(self) -> Context | None:
        """The linked array of the family in the same transaction, None when there is none."""
        found = self._transaction.execute(
            "SELECT name, number FROM arrays WHERE family = ? AND number <> ?", self.family, self.number
        ).fetchone()
        return None if found is None else Context(self._transaction, found[0], self.family, found[1])

    @cached_property
    def linked(self) -> bool:
        """Whether there is a partner and the link to it is up."""
        return self.partner is not None and states.link_of(self._transaction, self.family) == states.UP


def context_of(transaction: Transaction, array: str) -> Context:
    """Return the context of an array by its name; raises KeyError when the simulation has none of that name."""
    found = transaction.execute("SELECT family, number FROM arrays WHERE name = ?", array).fetchone()
    if found is None:
        names = [name for (name,) in transaction.execute("SELECT name FROM arrays ORDER BY name")]
        raise KeyError(f"There is no array {array!r}; there are: {', '.join(names) or 'none'}.")
    return Context(transaction, array, found[0], found[1])


def _row(text: str) -> Row:
    row: Row = _decoded(text)[0]
    return row


def _filter(array: str, kind: str, group: str | None) -> tuple[str, tuple[str, ...]]:
    if group is None:
        return "array = ? AND kind = ?", (array, kind)
    return "array = ? AND kind = ? AND grp = ?", (array, kind, group)

"""Faults by script: what goes wrong with which command, counted in the store so that every process agrees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .store import Transaction

ACTIONS = frozenset(
    {
        "delay_before",
        "delay_after",
        "drop_before",
        "drop_after",
        "error",
        "garbage",
        "half",
        "wrong_id",
        "huge",
        "down",
    }
)
FIELDS = frozenset({"array", "command", "nth", "times", "action", "seconds", "code"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with a command.

    It happens from the ``nth`` matching call on, ``times`` times.  ``seconds`` belongs to delays, ``code`` to errors.
    """

    array: str
    command: str
    action: str
    nth: int = 1
    times: int = 1
    seconds: float = 0.0
    code: str = ""

    def matches(self, command: str) -> bool:
        """Whether the fault is about this command; ``*`` at the end of its name stands for any rest."""
        if self.command.endswith("*"):
            return command.startswith(self.command[:-1])
        return command == self.command


def parse(order: Mapping[str, Any]) -> Fault:
    """Return the fault that was asked for; raises ValueError with what is wrong."""
    unknown = sorted(set(order) - FIELDS)
    if unknown:
        raise ValueError(f"A fault has no {', '.join(unknown)}; it has {', '.join(sorted(FIELDS))}.")
    missing = [name for name in ("array", "command", "action") if not order.get(name)]
    if missing:
        raise ValueError(f"A fault needs {', '.join(missing)}.")
    action = str(order["action"])
    if action not in ACTIONS:
        raise ValueError(f"There is no action {action!r}; there are: {', '.join(sorted(ACTIONS))}.")
    seconds = float(order.get("seconds", 0))
    if not 0 <= seconds < float("inf") or (action.startswith("delay") and not seconds):
        raise ValueError(f"{action} needs seconds, a number above 0.")
    if action == "error" and not order.get("code"):
        raise ValueError("error needs a code.")
    nth, times = int(order.get("nth", 1)), int(order.get("times", 1))
    if nth < 1 or times < 1:
        raise ValueError("nth and times are 1 or more.")
    return Fault(
        array=str(order["array"]),
        command=str(order["command"]),
        action=action,
        nth=nth,
        times=times,
        seconds=seconds,
        code=str(order.get("code", "")),
    )


def add(transaction: Transaction, fault: Fault) -> None:
    """Have a fault happen; its count starts now."""
    kept = {name: getattr(fault, name) for name in sorted(FIELDS)}
    transaction.execute("INSERT INTO faults (array, seen, fault) VALUES (?, 0, ?)", fault.array, json.dumps(kept))


def read(transaction: Transaction) -> list[dict[str, Any]]:
    """Return the faults that can still happen, each with how many calls it has ``seen``."""
    rows = transaction.execute("SELECT fault, seen FROM faults ORDER BY id").fetchall()
    return [{**json.loads(text), "seen": seen} for text, seen in rows]


def clear(transaction: Transaction) -> None:
    """Forget all faults; an array that went down stays down."""
    transaction.execute("DELETE FROM faults")


def take(transaction: Transaction, array: str, command: str) -> list[Fault]:
    """Count a call and return the faults that happen to it; one that has happened often enough is forgotten."""
    found = []
    rows = transaction.execute("SELECT id, seen, fault FROM faults WHERE array = ? ORDER BY id", array).fetchall()
    for row_id, seen, text in rows:
        fault = Fault(**json.loads(text))
        if not fault.matches(command):
            continue
        if seen + 1 >= fault.nth:
            found.append(fault)
        if seen + 1 >= fault.nth + fault.times - 1:
            transaction.execute("DELETE FROM faults WHERE id = ?", row_id)
        else:
            transaction.execute("UPDATE faults SET seen = seen + 1 WHERE id = ?", row_id)
    return found

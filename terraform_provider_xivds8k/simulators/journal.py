"""What was asked of each array: counted in the transaction of the command itself, by every process."""

from __future__ import annotations

from typing import Any

from .store import Transaction


def count(transaction: Transaction, array: str, command: str, in_flight: int) -> None:
    """Count a command, with the number of commands this process is serving at that moment."""
    transaction.execute(
        "INSERT INTO commands VALUES (?, ?, 1) ON CONFLICT (array, command) DO UPDATE SET asked = asked + 1",
        array,
        command,
    )
    transaction.execute(
        "INSERT INTO totals VALUES (?, 'max_in_flight', ?) "
        "ON CONFLICT (array, name) DO UPDATE SET value = max(value, excluded.value)",
        array,
        in_flight,
    )


def count_sign_in(transaction: Transaction, array: str, *, ok: bool) -> None:
    """Count a sign-in that succeeded or was refused."""
    transaction.execute(
        "INSERT INTO totals VALUES (?, ?, 1) ON CONFLICT (array, name) DO UPDATE SET value = value + 1",
        array,
        "ok" if ok else "refused",
    )


def hold(transaction: Transaction, array: str, change: int) -> None:
    """Count how many commands a delay holds at this moment."""
    transaction.execute(
        "INSERT INTO totals VALUES (?, 'held', max(0, ?)) "
        "ON CONFLICT (array, name) DO UPDATE SET value = max(0, value + ?)",
        array,
        change,
        change,
    )


def read(transaction: Transaction) -> dict[str, dict[str, Any]]:
    """Return the journal of every array by its name."""
    names = [name for (name,) in transaction.execute("SELECT name FROM arrays ORDER BY name")]
    return {name: _of(transaction, name) for name in names}


def clear(transaction: Transaction) -> None:
    """Start counting from nothing; what is held goes on."""
    transaction.execute("DELETE FROM commands")
    transaction.execute("DELETE FROM totals WHERE name <> 'held'")


def _of(transaction: Transaction, array: str) -> dict[str, Any]:
    commands = dict(
        transaction.execute("SELECT command, asked FROM commands WHERE array = ? ORDER BY command", array).fetchall()
    )
    totals = dict(transaction.execute("SELECT name, value FROM totals WHERE array = ?", array).fetchall())
    return {
        "total": sum(commands.values()),
        "by_command": commands,
        "sign_ins": {"ok": totals.get("ok", 0), "refused": totals.get("refused", 0)},
        "max_in_flight": totals.get("max_in_flight", 0),
        "held": totals.get("held", 0),
    }

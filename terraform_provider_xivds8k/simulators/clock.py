"""Simulated time: wall clock times a scale plus an offset, the same for all arrays and processes of a simulation."""

from __future__ import annotations

import time

from .store import Transaction


def now_s(transaction: Transaction) -> float:
    """Return the simulated seconds since 1970."""
    scale, offset_s = _read(transaction)
    return time.time() * scale + offset_s


def advance(transaction: Transaction, seconds: float) -> None:
    """Put the clock forward; raises ValueError for a step back, which no array's clock makes."""
    if not 0 <= seconds < float("inf"):
        raise ValueError("The clock can only be put forward: advance_s is a number of seconds, 0 or more.")
    scale, offset_s = _read(transaction)
    transaction.remember("clock", {"scale": scale, "offset_s": offset_s + seconds})


def set_scale(transaction: Transaction, scale: float) -> None:
    """Let time run ``scale`` times as fast from now on, without a jump; raises ValueError unless it is above 0."""
    if not 0 < scale < float("inf"):
        raise ValueError("The time scale is a number above 0.")
    old, offset_s = _read(transaction)
    wall_s = time.time()
    transaction.remember("clock", {"scale": scale, "offset_s": wall_s * (old - scale) + offset_s})


def set_ahead(transaction: Transaction, array: str, seconds: float) -> None:
    """Let the clock an array shows be so many seconds ahead of the simulated time, or behind it."""
    if not abs(seconds) < float("inf"):
        raise ValueError("ahead_s is a number of seconds.")
    transaction.remember(f"clock {array}", seconds)


def ahead_s(transaction: Transaction, array: str) -> float:
    """Return how many seconds the clock an array shows is ahead."""
    return float(transaction.fact(f"clock {array}") or 0.0)


def _read(transaction: Transaction) -> tuple[float, float]:
    kept = transaction.fact("clock")
    return (1.0, 0.0) if kept is None else (kept["scale"], kept["offset_s"])

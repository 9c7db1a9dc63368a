"""Where each operation begins, where it goes on when broken off, and where it brings a pair: rows of the table."""

from __future__ import annotations

from ..replicating import Operation, Pair, Side, Terms
from .pair_work import Work

THERE: dict[tuple[Operation, Side], frozenset[int]] = {
    ("switch", "remote"): frozenset({4}),
    ("switch", "home"): frozenset({1}),
    ("failover", "remote"): frozenset({4, 5, 8, 9, 10}),
    ("failover", "home"): frozenset({1, 2, 3, 11}),  # not 7: nobody knows what a home does that does not answer
    ("resync", "remote"): frozenset({1, 4}),
    ("resync", "home"): frozenset({1, 4}),
    ("failback", "home"): frozenset({1}),
}
# the rows an operation begins in, and those in which one that was broken off goes on
FROM: dict[tuple[Operation, Side], frozenset[int]] = {
    ("switch", "remote"): frozenset({1, 5, 10}),
    ("switch", "home"): frozenset({4, 2, 11}),
    ("failover", "remote"): frozenset({1, 2, 7, 13}),
    ("failover", "home"): frozenset({6, 13}),
    ("resync", "remote"): frozenset({2, 5, 10, 11, 12}),
    ("resync", "home"): frozenset({2, 5, 10, 11, 12}),
    ("failback", "home"): frozenset({4, 2, 5, 10, 11}),
}
SPLIT = 12


def goes_on(operation: Operation, to: Side | None, row: int) -> bool:
    """Tell whether an operation that was broken off goes on from a row; ``to`` is None where sides differ."""
    sides: tuple[Side, ...] = (to,) if to is not None else ("home", "remote")
    return any(row in FROM.get((operation, side), frozenset()) for side in sides)


def towards(work: Work, there: tuple[Pair, ...]) -> Side | None:
    """Return the side that is to serve; of a resync the one whose data stays, None where that differs."""
    if work.operation != "resync":
        return work.to
    sides = {work.kept(pair) for pair in work.pairs} | {pair.serves for pair in there}
    return sides.pop() if len(sides) == 1 else None


def is_there(operation: Operation, to: Side, terms: Terms, pair: Pair) -> bool:
    """Tell whether a pair is where an operation would bring it, copied as it is to be.

    Where both sides are sources the wanted one serves as well: a forced failover that is run again left it so.
    """
    if operation == "failover" and terms.force and pair.row == SPLIT:
        return True
    return pair.row in THERE[operation, to] and terms.mode in {None, pair.mode}


def _goal(work: Work, pair: Pair) -> frozenset[int]:
    """Return the rows a pair is to be in: after a resync in step, with the side serving whose data stays."""
    if work.operation == "resync":
        return frozenset({1 if work.kept(pair) == "home" else 4})
    if work.operation == "failover":  # the other side was stopped, or stood still and is back
        return THERE[work.operation, work.to] | {SPLIT}
    return THERE[work.operation, work.to]


def has_arrived(work: Work, pair: Pair, now: Pair | None) -> bool:
    """Tell whether a pair is where it was to be brought, as a last look shows it.

    How it is copied counts where that was to be kept: after a failover nothing is copied.
    """
    if now is None or now.row not in _goal(work, pair):
        return False
    return work.operation == "failover" or now.mode == (work.terms.mode or pair.mode)

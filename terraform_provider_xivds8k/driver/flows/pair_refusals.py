"""What an operation on pairs is refused with: what would happen, what to check, which option overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import Refused
from ..pairing import ALLOWED, BOTH_WRITABLE
from ..replicating import OTHER, Operation, Pair, Side, Terms
from .pair_refused import listed

WAYS: dict[int, str] = {
    1: "The two sides are in step: use switch for a planned move.",
    2: "The copy is not complete: mend what the cause names, or run resync, and wait for row 1.",
    3: "Get the remote array to answer first.",
    4: 'It is served by the remote array: use failback, or switch with to = "home".',
    5: "The copy at home is not complete: run resync, and wait for row 4.",
    6: 'Get the remote array to answer; when it is lost for good, run failover with to = "home".',
    7: "Home does not answer: run failover when the site is lost.",
    8: "The remote array serves already; wait until home answers, then resync.",
    9: "The remote copy was promoted already; wait until home answers, then resync.",
    10: "Run resync or failback with authoritative_backend_id naming the side whose data stays.",
    11: "Run resync or failback with authoritative_backend_id naming the side whose data stays.",
    12: "Find out which side has the data that counts, then run resync with authoritative_backend_id naming it.",
    13: "Run failover with to and authoritative_backend_id naming the side that shall serve.",
    14: "One array has lost its half: look at both; end the replication, which is possible where what is left says "
    "that home serves, or delete what is left on that array, and set it up anew.",
    16: "Look at the pair on both arrays; nothing is done to what is not understood.",
}


def not_in_row(operation: Operation, to: Side, pair: Pair) -> Refused:
    """Return the refusal for a row that does not allow an operation."""
    forced = operation == "failover" and to == "remote" and pair.row in {1, 2}
    danger = (
        " Home answers and serves: a failover now would let both sides take writes, and what is written at home from "
        "then on is discarded by the resync."
        if forced
        else ""
    )
    override = " Or set force = true when home's hosts are stopped for certain." if forced else ""
    return Refused(
        f"{pair.name}: {operation} to {to} is not possible in row {pair.row} ({pair.state.replace('_', ' ')})",
        happened=f"{_said(pair)}{danger}",
        left_behind="Nothing was changed.",
        next_step=f"{WAYS.get(pair.row, '')}{override}",
        attribute="force" if forced else "operation",
    )


def refuse_alive(pair: Pair, to: Side, *, force: bool) -> None:
    """Refuse to fail over from an array that answers, though not with its pairs, unless that is forced."""
    other = OTHER[to]
    if force or not pair.is_alive or pair.answers(other):
        return
    raise Refused(
        f"{pair.name}: the {other} array answers, only not what it has of the pair",
        happened=f"{_said(pair)} What would happen: hosts of the {other} array may go on writing there, and what they "
        "write from then on would be lost by the resync.",
        left_behind="Nothing was changed.",
        next_step=f"Mend what the {other} array says, or check whether its hosts run. force = true fails over all the "
        "same, when these hosts are stopped for certain.",
        attribute="force",
    )


def both_writable(operation: Operation, pair: Pair, why: str, labels: Mapping[Side, str]) -> Refused:
    """Return the refusal where it has to be said whose data stays."""
    both = pair.row in BOTH_WRITABLE
    danger = (
        " Both sides may have been written since they parted; what only one of them has is discarded." if both else ""
    )
    return Refused(
        f"{pair.name}: say whose data stays before {operation}",
        happened=f"{_said(pair)}{danger}{f' {why[:1].upper()}{why[1:]}.' if why else ''}",
        left_behind="Nothing was changed.",
        next_step="Check which side's hosts wrote last (mappings, logins, data missing on the other side), then set "
        f"authoritative_backend_id: {labels['home']!r} keeps home's data, {labels['remote']!r} the remote array's.",
        attribute="authoritative_backend_id",
    )


def refuse_unconfirmed(operation: Operation, moving: Sequence[Pair], terms: Terms) -> None:
    """Refuse to move what nobody confirmed, or what stood otherwise when it was."""
    if terms.confirmed is None:
        return
    others = [pair for pair in moving if (pair.subject, pair.id, pair.remote_id, pair.row) not in terms.confirmed]
    if others:
        shown = listed([f"{pair.name} (row {pair.row})" for pair in others])
        raise Refused(
            f"{operation}: {len(others)} of the replications are not as they were confirmed",
            happened=f"They changed, or came into what is meant, since they were shown: {shown}.",
            left_behind="Nothing was changed.",
            next_step=f"Run {operation} again and look at what it would do now.",
        )


def forbidden(pair: Pair, doing: str, rows: frozenset[int], attribute: str = "id") -> Refused:
    """Return the refusal to do something to a pair or its volume outside some rows, naming the way back."""
    *first, last = map(str, sorted(rows))
    return Refused(
        f"{pair.name}: row {pair.row} ({pair.state.replace('_', ' ')}) does not allow to {doing}",
        happened=f"It needs row {' or '.join([', '.join(first), last] if first else [last])}. {_said(pair)}",
        left_behind="Nothing was changed.",
        next_step=WAYS.get(pair.row, "Look at the pair on both arrays."),
        attribute=attribute,
    )


def way_on_for(pair: Pair) -> str:
    """Return what to do about a pair: first of all about an array that answers with an error."""
    if not pair.is_alive:
        return WAYS.get(pair.row, "Look at the pair on both arrays.")
    side = "home" if pair.remote_answers else "the remote array"
    meanwhile = " Until then a failover needs force = true." if pair.row in {6, 7} else ""
    return f"Mend what {side} answers with. {pair.mending}".rstrip() + meanwhile


def operations_of(pair: Pair) -> tuple[Operation, ...]:
    """Return what may be asked for in the row of a pair, in the order people look for it."""
    order: tuple[Operation, ...] = ("switch", "failover", "resync", "failback")
    return tuple(one for one in order if one in ALLOWED.get(pair.row, frozenset()))


def says(pair: Pair, side: Side) -> str:
    """Return what one array says of a pair, in its own words."""
    half = pair.half(side)
    if half is not None:
        return half.words
    if pair.answers(side):
        return "no such pair"
    why = f" ({pair.unread})" if pair.unread else ""
    return f"{'answers with an error' if pair.is_alive else 'does not answer'}{why}"


def _said(pair: Pair) -> str:
    said = f"Home says: {says(pair, 'home')}; the remote array: {says(pair, 'remote')}."
    return f"{said} Cause: {pair.cause}." if pair.cause else said


def halted(pair: Pair) -> Refused:
    """Return the refusal of a pair that home serves and that was told not to copy."""
    return Refused(
        f"{pair.name} does not copy: {says(pair, 'home')}",
        happened="It was suspended after it was made.",
        left_behind="Nothing was changed.",
        next_step="Find out who stopped it and why; a resync lets it copy again. Then run this again.",
    )

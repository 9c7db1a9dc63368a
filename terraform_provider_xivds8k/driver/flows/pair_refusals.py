"""What an operation on pairs is refused with: what would happen, what to check, which option overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import Refused
from ..pairing import BOTH_WRITABLE
from ..replicating import OTHER, Operation, Pair, Side, Terms
from .pair_refused import listed
from .pair_work import NOT_KNOWN

AGAINST: dict[Side, frozenset[int]] = {"remote": frozenset({1, 2}), "home": frozenset({4, 5})}  # the other one serves
NOBODY = 13
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
_ONE_SIDED = (
    "only the remote array could be told, and what home was given since it fell silent would be discarded unseen."
)
_PARTED = (
    "both sides may have been written since they parted, and what only one of them has would be discarded unasked."
)
MOVED: dict[int, str] = {  # what an operation would do in a row that does not allow it
    1: "home would lose its role while its hosts write, and what they write from then on would be gone.",
    2: "hosts would be given a copy that lacks what was not copied yet, or in which new and old blocks are mixed.",
    3: "only home could be told, and both arrays might take writes then, or neither.",
    4: "the remote array would lose its role while its hosts write, and what they write from then on would be gone.",
    5: "hosts would be given a copy that lacks what was not copied yet, or in which new and old blocks are mixed.",
    6: "only home could be told, while hosts of the remote array, which serves, may go on writing.",
    7: "only the remote array could be told, while hosts of home, which serves, may go on writing.",
    8: _ONE_SIDED,
    9: _ONE_SIDED,
    10: _PARTED,
    11: _PARTED,
    12: _PARTED,
    13: "the side that is made to serve is copied over the other one, and were it the older one, the newer data would "
    "be gone.",
    14: "one array alone would be told, and might copy over what is no copy of its volume any more.",
    16: "one side might be copied over the other that nobody knows to be the older one.",
}
_TO_A_COPY = "hosts use the remote volume: it would be done to the copy, and not to what they use."
_UNDECIDED = "it would be done to a side whose data may be discarded, since it is not decided whose data stays."
CHANGED: dict[int, str] = {  # what a change of a pair or of its volume would do in a row that does not allow it
    1: "it would be done to one half of the pair.",
    2: "it would be done to two halves that are not alike, and no array copies between halves that have grown apart.",
    3: "it would be done at home alone, and no array copies between halves that have grown apart.",
    4: _TO_A_COPY,
    5: _TO_A_COPY,
    6: _TO_A_COPY,
    7: "home does not answer: it would be done to the copy alone.",
    8: _TO_A_COPY,
    9: _TO_A_COPY,
    10: _UNDECIDED,
    11: _UNDECIDED,
    12: _UNDECIDED,
    13: _UNDECIDED,
    14: "it would be done to a volume of which only one array knows that it is replicated.",
    16: "it might be done to the side that counts: nobody knows which one that is.",
}


def not_in_row(operation: Operation, to: Side, pair: Pair) -> Refused:
    """Return the refusal for a row that does not allow an operation."""
    served = {"remote": "home", "home": "remote"}[to] if pair.row in AGAINST[to] else ""
    forced = operation == "failover" and to == "remote" and bool(served)
    would = (
        f"{served} answers and serves: a failover now would let both sides take writes, and what is written at "
        f"{served} from then on is discarded by the resync."
        if operation == "failover" and served
        else MOVED.get(pair.row, MOVED[16])
    )
    override = (
        "Or set force = true when home's hosts are stopped for certain."
        if forced
        else f"No option lets a {operation} to {to} go on in this row."
    )
    return Refused(
        f"{pair.name}: {operation} to {to} is not possible in row {pair.row} ({pair.state.replace('_', ' ')})",
        happened=f"{_said(pair)} What would happen: {would}",
        left_behind="Nothing was changed.",
        next_step=f"{WAYS.get(pair.row, '')} {override}".strip(),
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
    would = (
        "both sides may have been written since they parted, and what only one of them has is discarded."
        if pair.row in BOTH_WRITABLE
        else "the side that is made to serve is copied over the other one, and what only that one has is discarded."
        if pair.row == NOBODY
        else "what the side that serves was given, and the copy does not have, is discarded."
    )
    return Refused(
        f"{pair.name}: say whose data stays before {operation}",
        happened=f"{_said(pair)}{f' {why[:1].upper()}{why[1:]}.' if why else ''} What would happen: {would}",
        left_behind="Nothing was changed.",
        next_step="Check which side's hosts wrote last (mappings, logins, data missing on the other side), then set "
        f"authoritative_backend_id: {labels['home']!r} keeps home's data, {labels['remote']!r} the remote array's.",
        attribute="authoritative_backend_id",
    )


def names_copy(pair: Pair) -> Refused:
    """Return the refusal of a failback that is to keep the side that holds the copy of what the other one serves."""
    copy, serving = (
        ("the remote array", "home")
        if pair.home is not None and pair.home.role == "source"
        else (
            "home",
            "the remote array",
        )
    )
    return Refused(
        f"{pair.name}: the side you name holds the copy, and {serving} serves",
        happened=f"{_said(pair)} What would happen: nothing would bring the data of {copy} back, since it is the copy "
        f"of {serving} and overwritten from there; and what {serving} was given since the copy stopped would have to "
        "be discarded.",
        left_behind="Nothing was changed.",
        next_step=f"Check that {serving} has the data that counts: where a failback was broken off, it has. Then run "
        "failback without authoritative_backend_id: it lets the copy follow and finishes.",
        attribute="authoritative_backend_id",
    )


def names_older(pair: Pair) -> Refused:
    """Return the refusal of a failback, broken off when home was promoted, that is to keep the remote side."""
    return Refused(
        f"{pair.name}: home holds all that the remote array has, and may have been written since",
        happened=f"{_said(pair)} The remote array was not written since the two parted, or its copying would have "
        "stopped. What would happen: what home was written is discarded, and no copy of it is made.",
        left_behind="Nothing was changed.",
        next_step="Run failback without authoritative_backend_id to keep what home has: it finishes. Only where that "
        "is to go: resync with authoritative_backend_id naming the remote array, then failback.",
        attribute="authoritative_backend_id",
    )


def too_much_lost(pair: Pair, limit_s: int, lacks_s: float | None, lost: str, *, by_now: str = "") -> Refused:
    """Return the refusal to promote a copy that lacks more than is allowed, or nobody knows how much (None).

    ``by_now`` says how it is where it was allowed when all were checked.
    """
    if lacks_s is None:
        lacks = f"is {lost}" if lost.startswith(NOT_KNOWN) else f"is not known in seconds: {lost}"
    else:
        lacks = f"is up to {lacks_s:.0f} s: {lost}"
    return Refused(
        f"{pair.name}: more than {limit_s} s of writes may be lost{' by now' if by_now else ''}",
        happened=f"What the copy lacks {lacks.rstrip('. :')}. "
        "What would happen: hosts would go on with a copy without it.",
        left_behind=by_now or "Nothing was changed.",
        next_step="Ask whether the applications can do without it; then leave max_data_loss_seconds out"
        + (": no number allows what is not known." if lacks_s is None else ", or allow more."),
        attribute="max_data_loss_seconds",
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
            happened=f"They changed, or came into what is meant, since they were shown: {shown}. What would happen: "
            "replications would be moved of which nobody has seen what is lost by that.",
            left_behind="Nothing was changed.",
            next_step=f"Run {operation} again and look at what it would do now. No option takes along what was "
            "not shown.",
        )


def forbidden(pair: Pair, doing: str, rows: frozenset[int], attribute: str = "id") -> Refused:
    """Return the refusal to do something to a pair or its volume outside some rows, naming the way back."""
    *first, last = map(str, sorted(rows))
    return Refused(
        f"{pair.name}: row {pair.row} ({pair.state.replace('_', ' ')}) does not allow to {doing}",
        happened=f"It needs row {' or '.join([', '.join(first), last] if first else [last])}. {_said(pair)} "
        f"What would happen: {CHANGED.get(pair.row, CHANGED[16])}",
        left_behind="Nothing was changed.",
        next_step=f"{WAYS.get(pair.row, 'Look at the pair on both arrays.')} No option allows it in this row.",
        attribute=attribute,
    )


def way_on_for(pair: Pair) -> str:
    """Return what to do about a pair: first of all about an array that answers with an error."""
    if not pair.is_alive:
        return WAYS.get(pair.row, "Look at the pair on both arrays.")
    side = "home" if pair.remote_answers else "the remote array"
    meanwhile = " Until then a failover needs force = true." if pair.row in {6, 7} else ""
    return f"Mend what {side} answers with. {pair.mending}".rstrip() + meanwhile


def another_one(pair: Pair, now: Pair) -> Refused:
    """Return the error where a volume is by now in a pair with another one than it was: the pair is gone."""
    was = f"{pair.id or 'not known'} at home and {pair.remote_id or 'not known'} on the remote array"
    return Refused(
        f"{pair.name} is another pair now: others ended it, and made one with another volume",
        happened=f"It was of {was}; now there is one of {now.id} and {now.remote_id}, in row {now.row} "
        f"({now.state.replace('_', ' ')}).",
        left_behind="Nothing more was sent for it.",
        next_step="Let no host use either volume by this result. Find out who made the new pair and which volume has "
        "the data that counts; look at replication status before anything else is run.",
    )


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
        happened="It was suspended after it was made. What would happen: it would copy again, over what whoever "
        "stopped it may keep there.",
        left_behind="Nothing was changed.",
        next_step="Find out who stopped it and why; a resync lets it copy again. Then run this again.",
    )

"""Refusals of several pairs told together: one text for all that are refused for the same reason; pure.

What only one pair is refused with names it; here the names stand once before the text, so what is its own goes from it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import takewhile

from ..errors import DriverError, Refused
from ..explanations import explained
from ..replicating import Operation, Pair, Refusal
from .pair_work import key_of

SHOWN = 10
DETAILED = 5  # pairs of one reason of which is told what differs
SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])")
Problems = Sequence[tuple[Pair, DriverError]]


def of_members(operation: Operation, pairs: Sequence[Pair], problems: Mapping[str, DriverError]) -> DriverError:
    """Return one error for all that was refused: each reason once, with the pairs it is for."""
    refused = [(pair, problems[key_of(pair)]) for pair in pairs if key_of(pair) in problems]
    if len(pairs) == len(refused) == 1:
        return refused[0][1]
    groups = _grouped(refused)
    summary = f"{operation} is refused for {len(refused)} of {len(pairs)} replications"
    error = _of_one(summary, groups[0]) if len(groups) == 1 else _of_several(summary, groups)
    if len(groups) == 1 and len(refused) < len(pairs):
        error.next_step = f"{error.next_step} Or leave {'it' if len(refused) == 1 else 'them'} out.".strip()
    error.refusals = tuple(map(_refusal, groups))
    return error


def listed(names: Sequence[str], shown: int = SHOWN) -> str:
    """Return names in their order, the last ones as a number where there are many."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{', '.join(names[:shown])}{more}"


def _grouped(refused: Problems) -> list[Problems]:
    """Return what is refused for the same reason and with the same way out, in the order of the first of each."""
    groups: dict[tuple[str, ...], list[tuple[Pair, DriverError]]] = defaultdict(list)
    for pair, problem in refused:
        told = (_reason(pair, problem), _general(pair, problem.next_step))
        groups[(*told, problem.attribute, problem.code, problem.words)].append((pair, problem))
    return list(groups.values())


def _of_one(summary: str, group: Problems) -> DriverError:
    told, (_, first) = _refusal(group), group[0]
    return Refused(
        f"{summary}: {told.reason}",
        happened=f"{'It is' if len(told.names) == 1 else 'They are:'} {listed(told.names)}. {told.happened}".strip(),
        left_behind="Nothing was changed: all are checked before the first is touched.",
        next_step=told.next_step,
        attribute=first.attribute,
        code=first.code,
        words=first.words,
    )


def _of_several(summary: str, groups: Sequence[Problems]) -> DriverError:
    lines = [f"[{number}] {_in_line(_refusal(group))}" for number, group in enumerate(groups[:SHOWN], 1)]
    more = groups[SHOWN:]
    if more:
        lines.append(f"And {sum(map(len, more))} more, for {len(more)} other reason{'s' if len(more) > 1 else ''}.")
    return Refused(
        f"{summary}, for {len(groups)} reasons",
        happened="\n".join(lines),
        left_behind="Nothing was changed: all are checked before the first is touched.",
        next_step="Mend these, or leave them out.",
        attribute=groups[0][0][1].attribute,
    )


def _in_line(refusal: Refusal) -> str:
    """Return a reason in one line: whom it is for, what would happen, what to do."""
    meant = explained(refusal.code)
    parts = (
        f"{listed(refusal.names)}: {refusal.reason}.",
        refusal.happened,
        f"The array said {refusal.code}: {refusal.words}".rstrip(":. ") + "." if refusal.code else "",
        meant.cause if meant is not None else "",
        refusal.next_step,
    )
    return " ".join(part for part in parts if part)


def _refusal(group: Problems) -> Refusal:
    pair, first = group[0]
    alone = len(group) == 1
    return Refusal(
        names=tuple(one.name for one, _ in group),
        reason=_reason(pair, first),
        happened=_line(first.happened) if alone else _told(group),
        next_step=_line(first.next_step) if alone else _general(pair, first.next_step),
        attribute=first.attribute,
        code=first.code,
        words=_line(first.words),
    )


def _told(group: Problems) -> str:
    """Return what happened to all of a group: once what is the same, of a few what differs."""
    told = [SENTENCES.split(_general(pair, problem.happened)) for pair, problem in group]
    before = _in_common(told)
    own = [one[len(before) :] for one in told]
    after = _in_common([one[::-1] for one in own])[::-1]
    by_text: dict[str, list[str]] = defaultdict(list)
    for (pair, _), sentences in zip(group, own, strict=True):
        by_text[" ".join(sentences[: len(sentences) - len(after)])].append(pair.name)
    differing = [(text, names) for text, names in by_text.items() if text]
    details = [f"Of {listed(names)}: {text}" for text, names in differing[:DETAILED]]
    more = sum(len(names) for _, names in differing[DETAILED:])
    return " ".join([*before, *details, *([f"Of {more} more: not shown."] if more else []), *after])


def _in_common(told: Sequence[Sequence[str]]) -> list[str]:
    """Return the sentences that all begin with."""
    return [same[0] for same in takewhile(lambda same: len(set(same)) == 1, zip(*told, strict=False))]


def _reason(pair: Pair, problem: DriverError) -> str:
    return _general(pair, problem.summary).removeprefix(f"{pair.name}: ").rstrip(".")


def _general(pair: Pair, text: str) -> str:
    """Return a text without the id of the pair, which a DS8000's words have in them."""
    for half in (pair.home, pair.remote):
        if half is not None and half.pair_id:
            text = re.sub(rf" of {re.escape(half.pair_id)}\b", "", text, flags=re.IGNORECASE)
    return _line(text)


def _line(text: str) -> str:
    """Return a text in one line: nothing an array says makes one of its own."""
    return " ".join(text.split())

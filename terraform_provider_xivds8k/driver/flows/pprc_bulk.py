"""Asking a DS8000 for something for many pairs: in bulk, each pair with its own answer, nothing repeated blindly.

After a lost answer the array is looked at, and what did not take effect is asked for once more.  A machine may do what
is asked for all or for none [K]: then one pair that cannot must not keep the others, and each is asked for alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field

from ..core import Core
from ..errors import BadCredentials, Busy, Cancelled, Denied, DriverError, InDoubt, TimedOut, Unreachable, WrongSystem
from ..pprcs import PairEnds, Pprcs
from ..replicating import OTHER, Half, Pair, Side
from ..waiting import Budget
from .deletions import told_beside

AT_ONCE = 32  # as many as ids in a deletion of volumes, the one limit that is known [S]
FOR_ALL = (Unreachable, BadCredentials, Denied, WrongSystem, Busy)

Failures = Mapping[PairEnds, DriverError]
Send = Callable[[tuple[PairEnds, ...], Budget], Failures]
Holds = Callable[[Half | None], bool]


def in_bulk(core: Core, pairs: tuple[PairEnds, ...], send: Send, holds: Holds, budget: Budget) -> Failures:
    """Ask for something for pairs; return what went wrong, by pair.

    ``holds`` tells by what the array says of a pair under its id, None for no such pair, whether it took effect.
    Raises Cancelled or TimedOut where no more may be asked.
    """
    asking = _Asking(core, send, holds, budget)
    try:
        for start in range(0, len(pairs), AT_ONCE):
            asking.ask(pairs[start : start + AT_ONCE])
    except FOR_ALL as error:  # the others would meet the same
        asking.told.update({pair: copy.copy(error) for pair in pairs if pair not in asking.told})
    failures = {pair: error for pair, error in asking.told.items() if error is not None}
    if failures:  # a refusal may say no more than that it is so already
        done = asking.done(tuple(failures))
        failures = {pair: error for pair, error in failures.items() if pair not in done}
    return failures


@dataclass(frozen=True, slots=True)
class _Asking:
    """Ask one array for one thing; ``told`` is what came of it by pair, None where nothing went wrong."""

    core: Core
    send: Send
    holds: Holds
    budget: Budget
    told: dict[PairEnds, DriverError | None] = field(default_factory=dict)

    def ask(self, pairs: tuple[PairEnds, ...]) -> None:
        """Ask for it; raises what all pairs would meet, with what came of some of them told before."""
        failures: Failures = {}
        try:
            failures = self._sent(pairs)
        except InDoubt as doubt:
            failures = self._asked_again(pairs, doubt)
        except (*FOR_ALL, Cancelled, TimedOut):
            raise
        except DriverError as refusal:
            if len(pairs) > 1:
                for pair in pairs:
                    self.ask((pair,))
                return
            failures = {pairs[0]: refusal}
        self.told.update({pair: failures.get(pair) for pair in pairs})

    def _sent(self, pairs: tuple[PairEnds, ...]) -> Failures:
        return self.core.patiently(self.budget, lambda: self.send(pairs, self.budget))

    def _asked_again(self, pairs: tuple[PairEnds, ...], doubt: InDoubt) -> Failures:
        """Ask once more for what a lost answer leaves open and the array does not show."""
        done = self.done(pairs)
        left = tuple(pair for pair in pairs if pair not in done)
        if not left or self.core.stop.is_set():
            return {pair: copy.copy(doubt) for pair in left}
        try:
            failures = self._sent(left)
        except DriverError as error:
            seen = self.done(left)
            return {pair: told_beside(copy.copy(doubt), error) for pair in left if pair not in seen}
        return {pair: told_beside(copy.copy(doubt), error) for pair, error in failures.items()}

    def done(self, pairs: tuple[PairEnds, ...]) -> Set[PairEnds]:
        """Return for which of these it is so already; none where the array does not tell."""
        try:
            found = halves_at(self.core, self.budget.for_a_look())
        except DriverError:
            return frozenset()
        return frozenset(pair for pair in pairs if self.holds(found.get(pair.id)))


def looked_at_again(check: Callable[[Budget], None], send: Send) -> Send:
    """Return how to send what was looked at right before: each repetition comes after a look of its own."""
    sent: list[None] = []

    def sending(pairs: tuple[PairEnds, ...], left: Budget) -> Failures:
        if sent:
            check(left)
        sent.append(None)
        return send(pairs, left)

    return sending


def halves_at(core: Core, budget: Budget) -> Mapping[str, Half]:
    """Return what an array says of its pairs, by their ids, in one call."""
    return {half.pair_id: half for half in core.array.pairs.listing(budget) if half.pair_id}


def is_source(half: Half | None) -> bool:
    """Tell whether an array has the pair, as its source."""
    return half is not None and half.role == "source"


def is_suspended(half: Half | None) -> bool:
    """Tell whether an array has the pair, as its source, and it is suspended."""
    return half is not None and half.role == "source" and half.standing == "inactive"


def is_copied_as(mode: str) -> Holds:
    """Return how to tell whether data travels in a mode."""
    return lambda half: half is not None and is_source(half) and half.standing != "inactive" and half.mode == mode


def ends_of(pair: Pair, source: Side) -> PairEnds:
    """Return a pair as the array that is its source names it, whichever of the two answers."""
    own, other = pair.half(source), pair.half(OTHER[source])
    if own is not None:
        return PairEnds(own.system_id, own.id, own.peer_key or "", own.peer)
    if other is not None:
        return PairEnds(other.peer_key or "", other.peer, other.system_id, other.id)
    message = "neither array has the pair"
    raise ValueError(message)


def pprcs_of(core: Core) -> Pprcs:
    """Return what a DS8000 does to pairs."""
    found = core.array.pprcs
    if found is None:
        message = f"not a DS8000: {core.array.family}"
        raise TypeError(message)
    return found

"""Pairs as both arrays have them right now; an array that does not answer is one of the things that can be seen.

Nothing is remembered but silence, for a short while: an array that did not answer is not waited for again for every
pair.
"""

from __future__ import annotations

import copy
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from ..core import Core
from ..errors import Busy, DriverError, InDoubt, Refused, TimedOut, Unreachable
from ..pairing import paired
from ..replicating import OTHER, Half, Pair, Side, Subject
from ..waiting import Budget

LOOK_S = 20.0  # at most, for an array that may be dead
SILENT_S = 30.0
DEAD = (Unreachable, TimedOut, Busy, InDoubt)


@dataclass(frozen=True, slots=True)
class Look:
    """Be what both arrays listed; None for one that did not answer, with the reason in ``silent``."""

    home: tuple[Half, ...] | None
    remote: tuple[Half, ...] | None
    pairs: tuple[Pair, ...]
    silent: dict[Side, DriverError] = field(default_factory=dict)

    @property
    def heads(self) -> tuple[Pair, ...]:
        """Return what moves by itself: mirrored groups, and the pairs that belong to none."""
        return tuple(pair for pair in self.pairs if group_of(pair) is None)


class PairViews:
    """Read pairs on both arrays."""

    def __init__(self, home: Core, remote: Core, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.home = home
        self.remote = remote
        self._clock = clock
        self._silent: dict[Side, tuple[float, DriverError]] = {}

    def core(self, side: Side) -> Core:
        """Return the core of one array."""
        return self.home if side == "home" else self.remote

    def look(self, budget: Budget) -> Look:
        """Return all pairs; raises what an array answers to a look, and its silence where the other is silent too."""
        silent: dict[Side, DriverError] = {}
        seen = {side: self._listed(side, silent, budget) for side in OTHER}
        if len(silent) == len(OTHER):
            raise _nobody(silent)
        home, remote = seen["home"], seen["remote"]
        return Look(home, remote, self._joined(home, remote), silent)

    def forget_silence(self) -> None:
        """Ask an array again that did not answer before."""
        self._silent.clear()

    def _listed(self, side: Side, silent: dict[Side, DriverError], budget: Budget) -> tuple[Half, ...] | None:
        known = self._silent.get(side)
        if known is not None and self._clock() - known[0] < SILENT_S:
            silent[side] = copy.copy(known[1])
            return None
        brief = Budget(min(LOOK_S, budget.left_s), budget.stop)
        try:
            found = self.core(side).array.pairs.listing(brief)
        except DEAD as error:
            budget.check()
            self._silent[side] = self._clock(), error
            silent[side] = error
            return None
        except DriverError as error:
            error.happened = f"This is the {side} array. {error.happened}".rstrip()
            raise
        self._silent.pop(side, None)
        return found

    def _joined(self, home: tuple[Half, ...] | None, remote: tuple[Half, ...] | None) -> tuple[Pair, ...]:
        ours, theirs = self._mark_foreign("home", home), self._mark_foreign("remote", remote)
        pairs = tuple(
            paired(ours_of[0].subject if ours_of else theirs_of[0].subject, here, there)
            for ours_of, theirs_of in _matched(ours or (), theirs or ())
            for here, there in [(None if ours is None else ours_of, None if theirs is None else theirs_of)]
        )
        return tuple(_with_members(pair, pairs) if pair.subject == "group" else pair for pair in pairs)

    def _mark_foreign(self, side: Side, halves: tuple[Half, ...] | None) -> tuple[Half, ...] | None:
        """Mark what is paired with an array that is not the other one: nobody here can read its other half."""
        partner = self.core(OTHER[side]).array.pairs.known_key
        if halves is None or not partner:
            return halves
        return tuple(
            half
            if half.strange or half.peer_key in {None, partner}
            else replace(half, strange=f"paired with array {half.peer_key}; the other one here is {partner}")
            for half in halves
        )


def group_of(pair: Pair) -> str | None:
    """Return home's name of the mirrored group a volume's pair moves with."""
    return next((half.group for half in (pair.home, pair.remote) if half is not None and half.group), None)


Key = tuple[Subject, str]


def _matched(ours: tuple[Half, ...], theirs: tuple[Half, ...]) -> Iterable[tuple[tuple[Half, ...], tuple[Half, ...]]]:
    """Return what belongs together: all halves of a volume or group, and of what either calls its peer."""
    here, there = _by_own(ours), _by_own(theirs)
    named, wanting = _by_names(there), _by_peer(there)
    left = dict(there)
    for halves in here.values():
        peers = {(half.subject, half.peer.casefold()) for half in halves if not half.strange}
        fitting = {other for one in peers for other in named.get(one, ())}
        fitting |= {other for one in _names(halves) for other in wanting.get(one, ())}
        for other in fitting:
            left.pop(other, None)
        yield halves, tuple(end for other in sorted(fitting) for end in there[other])
    for ends in left.values():
        yield (), ends


def _by_own(halves: tuple[Half, ...]) -> dict[Key, tuple[Half, ...]]:
    found: dict[Key, list[Half]] = defaultdict(list)
    for half in halves:
        found[half.subject, half.id].append(half)
    return {key: tuple(ends) for key, ends in found.items()}


def _names(halves: tuple[Half, ...]) -> set[Key]:
    return {(half.subject, text.casefold()) for half in halves for text in (half.id, half.name)}


def _by_names(own: dict[Key, tuple[Half, ...]]) -> dict[Key, set[Key]]:
    found: dict[Key, set[Key]] = defaultdict(set)
    for key, halves in own.items():
        for name in _names(halves):
            found[name].add(key)
    return found


def _by_peer(own: dict[Key, tuple[Half, ...]]) -> dict[Key, set[Key]]:
    found: dict[Key, set[Key]] = defaultdict(set)
    for key, halves in own.items():
        for half in halves:
            if not half.strange:
                found[half.subject, half.peer.casefold()].add(key)
    return found


def _with_members(group: Pair, pairs: tuple[Pair, ...]) -> Pair:
    members = tuple(pair for pair in pairs if pair.subject == "volume" and _is_member(pair, group))
    return paired(
        "group",
        (group.home,) if group.home else () if group.home_answers else None,
        (group.remote,) if group.remote else () if group.remote_answers else None,
        members,
    )


def _is_member(pair: Pair, group: Pair) -> bool:
    here = pair.home is not None and group.home is not None and pair.home.group == group.home.name
    there = pair.remote is not None and group.remote is not None and pair.remote.group == group.remote.name
    return here or there


def _nobody(silent: dict[Side, DriverError]) -> Unreachable:
    return Unreachable(
        "Neither array answers",
        happened=" ".join(f"{side}: {error}" for side, error in silent.items()),
        left_behind="Nothing was changed.",
        next_step="Check the network from here, and both arrays.",
        attribute="endpoints",
    )


def need_target(core: Core) -> Core:
    """Return the core of the replication target; raises Refused (``replication_target``) where none is configured."""
    if core.partner is None:
        raise target_missing()
    return core.partner


def target_missing() -> Refused:
    """Return the refusal where no replication target is configured."""
    return Refused(
        "There is no replication target",
        happened="It is not known which array holds the remote copies.",
        left_behind="Nothing was changed.",
        next_step="Write replication_target with the endpoints of the other array.",
        attribute="replication_target",
    )

"""The paths PPRC pairs travel: found, made in both directions, and deleted by nobody but the call that made them.

A path belongs to every pair between its two LSSs, and has no name that tells whose it is.  So calls of one process tell
each other which paths they rely on until their pairs use them; to other processes only a pair tells it.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from ..errors import DriverError, InDoubt, NotFound, Refused, TimedOut
from ..objects import Pool
from ..pprcs import PortPair, PprcPath
from ..replicating import OTHER, Side
from ..waiting import Budget
from .luns import choosing
from .pair_views import PairViews
from .pprc_bulk import pprcs_of

PATH_S = 60.0  # for a new path to work
MOST_TARGETS = 4  # target LSSs of a source LSS [K]
MOST_PORTS = 8  # port pairs of a path [K]


@dataclass(frozen=True, slots=True)
class Way:
    """Say where a path leads: from an LSS of one side's array to one of the other's."""

    side: Side
    source_lss: str
    target_lss: str

    @property
    def back(self) -> Way:
        """Return the way back."""
        return Way(OTHER[self.side], self.target_lss, self.source_lss)

    def __str__(self) -> str:
        return f"LSS {self.source_lss} of the {self.side} array to LSS {self.target_lss} of the other"


Signs: TypeAlias = Mapping[Way, frozenset[str]]


@dataclass(slots=True)
class MadePaths:
    """Gather the paths a call made, by the array's own answer, and all it relies on, by array and the array's id."""

    ways: list[Way] = field(default_factory=list)
    relied_on: list[tuple[str, str]] = field(default_factory=list)


class _Users:
    """Count the calls of this process that rely on a path no pair may use yet; aliases can lead to one array."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count: Counter[tuple[str, str]] = Counter()

    def add(self, path: tuple[str, str], made: MadePaths) -> None:
        """Count a call in, once for each path."""
        with self._lock:
            if path not in made.relied_on:
                made.relied_on.append(path)
                self._count[path] += 1

    def remove(self, made: MadePaths) -> None:
        """Count a call out of all it relied on."""
        with self._lock:
            self._count.subtract(made.relied_on)
            self._count = +self._count
            made.relied_on.clear()

    def others(self, path: tuple[str, str], made: MadePaths) -> int:
        """Return how many other calls rely on a path."""
        with self._lock:
            return self._count[path] - made.relied_on.count(path)


_users = _Users()


class PprcPaths:
    """Keep the paths between two DS8000s."""

    def __init__(self, views: PairViews) -> None:
        self._views = views

    def healthy(self, side: Side, budget: Budget) -> frozenset[Way]:
        """Return the ways from one side to the other on which data gets through."""
        wwnn = self._wwnn(OTHER[side], budget)
        found = pprcs_of(self._views.core(side)).paths(budget)
        return frozenset(_way_of(side, path) for path in found if path.is_healthy and path.target_wwnn == wwnn)

    def signs_of_life(self, side: Side, partners: Iterable[str], budget: Budget) -> Mapping[str, Signs]:
        """Return by partner of one side's array the ways that work and lead to it, or may, with their node names.

        No partner is asked.  The other array is known by its node name where it has told that before; otherwise a
        partner is known by the ways of its own pairs, and without such it may be whatever no other partner is known as.
        """
        core, other = self._views.core(side), self._views.core(OTHER[side]).known_system
        known = (other.wwnn or "").upper() if other is not None else ""
        working: dict[Way, set[str]] = defaultdict(set)
        for path in pprcs_of(core).paths(budget):
            if path.is_healthy and known in {"", path.target_wwnn}:
                working[_way_of(side, path)].add(path.target_wwnn)
        if known or not working:
            return {partner: {way: frozenset(names) for way, names in working.items()} for partner in partners}
        named: dict[str, set[str]] = defaultdict(set)
        for half in core.array.pairs.listing(budget):
            named[half.peer_key or ""] |= working.get(Way(side, half.id[:2], half.peer[:2]), set())
        return {partner: _led_to(partner, working, named) for partner in partners}

    def knows_other(self, side: Side) -> bool:
        """Tell whether the array a side is paired with has told its node name."""
        other = self._views.core(OTHER[side]).known_system
        return other is not None and bool(other.wwnn)

    def ports(self, way: Way, budget: Budget) -> tuple[PortPair, ...]:
        """Return the I/O ports to make a path with: those configured, or all that are linked."""
        target = self._views.home.settings.replication_target
        given = target.port_pairs if target is not None else ()
        if given:
            chosen = given if way.side == "home" else tuple((there, here) for here, there in given)
            return tuple((source.upper(), sink.upper()) for source, sink in chosen)
        core = self._views.core(way.side)
        return pprcs_of(core).links(self._wwnn(OTHER[way.side], budget), way.source_lss, way.target_lss, budget)

    def ensure(self, way: Way, made: MadePaths, budget: Budget) -> None:
        """Make sure that a path works, made where there is none; raises Refused where none can be had.

        What the array says it made is added to ``made``.  Until ``release`` no other call of this process deletes it.
        """
        core = self._views.core(way.side)
        system_id = core.array.system_id(budget)
        with choosing(system_id, f"paths:{way.source_lss}", budget):
            _users.add((system_id, self._path_id(way, budget)), made)
            if self._find(way, budget) is None:
                self._make(way, made, budget)
            self._wait_for(way, budget)

    def undo(self, made: MadePaths, budget: Budget) -> tuple[str, ...]:
        """Delete what a call made that failed; return what is left, in words.

        A path that pairs use, or that another call of this process relies on, stays.
        """
        left: list[str] = []
        for way in reversed(made.ways):
            try:
                problem = self._undone(way, made, budget)
            except DriverError as error:
                problem = error.summary
            if problem:
                left.append(f"the path from {way} ({problem})")
        return tuple(left)

    @staticmethod
    def release(made: MadePaths) -> None:
        """Say that a call relies on no path any more: its pairs use them, or it failed."""
        _users.remove(made)

    def _undone(self, way: Way, made: MadePaths, budget: Budget) -> str:
        core, path_id = self._views.core(way.side), self._path_id(way, budget)
        system_id = core.array.system_id(budget)
        with choosing(system_id, f"paths:{way.source_lss}", budget):
            if _users.others((system_id, path_id), made):
                return "another call of this run relies on it"
            for half in core.array.pairs.listing(budget):
                if (half.role, half.id[:2], half.peer[:2]) == ("source", way.source_lss, way.target_lss):
                    return f"used by {half.pair_id}"
            with suppress(NotFound, InDoubt):
                pprcs_of(core).delete_path(path_id, budget)
            return "" if self._find(way, budget) is None else "still there"

    def places(self, home_lss: str, pool: Pool, budget: Budget) -> tuple[tuple[str, ...], frozenset[str]]:
        """Return the remote LSSs an LSS of home reaches already, the best first, and those better avoided."""
        there = pprcs_of(self._views.remote).paths(budget)
        wwnn, own_wwnn = self._wwnn("remote", budget), self._wwnn("home", budget)
        back = {
            one.source_lss
            for one in there
            if one.is_healthy and (one.target_wwnn, one.target_lss) == (own_wwnn, home_lss)
        }
        ways = [
            one.target_lss
            for one in pprcs_of(self._views.home).paths(budget, home_lss)
            if one.is_healthy and one.target_wwnn == wwnn and int(one.target_lss, 16) % 2 == pool.node
        ]
        targets: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for one in there:
            targets[one.source_lss].add((one.target_wwnn, one.target_lss))
        crowded = {
            lss
            for lss, reached in targets.items()
            if len(reached) >= MOST_TARGETS and (own_wwnn, home_lss) not in reached
        }
        best = sorted(set(ways) - crowded, key=lambda lss: (lss not in back, lss))
        return tuple(best), frozenset(crowded)

    # making

    def _find(self, way: Way, budget: Budget) -> PprcPath | None:
        return pprcs_of(self._views.core(way.side)).find_path(self._path_id(way, budget), budget)

    def _make(self, way: Way, made: MadePaths, budget: Budget) -> None:
        core = self._views.core(way.side)
        ports = self.ports(way, budget)[:MOST_PORTS]
        if not ports:
            raise no_link(way)
        wwnn = self._wwnn(OTHER[way.side], budget)
        pprcs = pprcs_of(core)
        try:
            core.patiently(budget, lambda: pprcs.create_path(wwnn, way.source_lss, way.target_lss, ports, budget))
        except DriverError as error:
            # made by somebody else meanwhile, or by ours whose answer was lost: it is nobody's to delete
            if core.certainly(budget.for_a_look(), lambda look: self._find(way, look) is not None):
                return
            if not isinstance(error, InDoubt):
                raise
            core.patiently(budget, lambda: pprcs.create_path(wwnn, way.source_lss, way.target_lss, ports, budget))
        made.ways.append(way)

    def _wait_for(self, way: Way, budget: Budget) -> None:
        core = self._views.core(way.side)
        seen: list[PprcPath | None] = []

        def works(look: Budget) -> bool:
            seen[:] = [self._find(way, look)]
            return seen[0] is not None and seen[0].is_healthy

        try:
            core.wait_until(Budget(min(PATH_S, budget.left_s), budget.stop), works, f"the path from {way} to work")
        except TimedOut as late:
            budget.check()
            path = seen[0] if seen else None
            raise Refused(
                f"The path from {way} does not work",
                happened=f"Its port pairs: {path.words if path is not None else 'not known'}.",
                next_step="Check cabling, zoning and the ports of both arrays; a path that works is success.",
                attribute="port_pairs",
            ) from late

    def _path_id(self, way: Way, budget: Budget) -> str:
        ours, theirs = self._wwnn(way.side, budget), self._wwnn(OTHER[way.side], budget)
        return pprcs_of(self._views.core(way.side)).path_id(ours, way.source_lss, theirs, way.target_lss)

    def _wwnn(self, side: Side, budget: Budget) -> str:
        return (self._views.core(side).system(budget).wwnn or "").upper()


def _led_to(partner: str, working: Mapping[Way, set[str]], named: Mapping[str, set[str]]) -> Signs:
    """Return the ways that may lead to a partner, by the node names on the ways of each partner's pairs."""
    others = {name for other, names in named.items() if other != partner for name in names}
    may_be = named.get(partner) or {name for names in working.values() for name in names} - others
    return {way: frozenset(names & may_be) for way, names in working.items() if names & may_be}


def _way_of(side: Side, path: PprcPath) -> Way:
    return Way(side, path.source_lss, path.target_lss)


def no_link(way: Way, *, left_behind: str = "") -> Refused:
    """Return the refusal where the arrays share no port."""
    return Refused(
        f"No I/O ports join the arrays for a path from {way}",
        happened="The array lists no physical link to the other one. What would happen: nothing could be copied that "
        "way, and nothing would protect what is written.",
        left_behind=left_behind,
        next_step="Check cabling and zoning between the arrays, or write replication_target.port_pairs. No option does "
        "without a path.",
        attribute="port_pairs",
    )

"""What keeps an operation on PPRC pairs from being done, beyond the table: hosts that write, paths, sizes, consistency.

Bulk reads only: their number does not grow with the pairs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from ..errors import BadCredentials, Cancelled, DriverError, InUse, Refused, TimedOut, Unreachable, WrongSystem
from ..replicating import OTHER, Pair, Side
from ..waiting import Budget
from .pair_evidence import in_use, volumes_at
from .pair_views import PairViews
from .pair_work import Work, key_of
from .pprc_bulk import ends_of
from .pprc_paths import PprcPaths, Way, no_link
from .pprc_plans import SERVED, Resume, quiet_sides, steps_of, ways_of

SIDES: tuple[Side, ...] = ("home", "remote")
NEEDED_ANYHOW = (BadCredentials, Cancelled, TimedOut, Unreachable, WrongSystem)  # without these force is of no use
SERVING: dict[int, Side] = {1: "home", 2: "home", 4: "remote", 5: "remote"}  # rows in which one side's data counts


class PprcChecks:
    """Look before anything is changed."""

    def __init__(self, views: PairViews, paths: PprcPaths) -> None:
        self._views = views
        self._paths = paths

    def missing_ways(self, work: Work, budget: Budget) -> frozenset[Way]:
        """Return the ways that are needed and on which no data gets through now: one call for each side."""
        needed = {way for pair in work.pairs for way in ways_of(pair, steps_of(work, pair))}
        there: set[Way] = set()
        for side in sorted({way.side for way in needed}):
            there |= self._paths.healthy(side, budget)
        return frozenset(needed - there)

    def problems(self, work: Work, missing: frozenset[Way], budget: Budget) -> Mapping[str, DriverError]:
        """Return why an operation cannot be done to a pair, the first reason of each."""
        if work.operation == "failover":
            return self._of_failover(work, budget)
        return {**self._too_small(work, budget), **self._unlinked(work, missing, budget), **self.writing(work, budget)}

    def writing(self, work: Work, budget: Budget) -> dict[str, DriverError]:
        """Return which pairs have hosts logged in where nothing may be written from the beginning."""
        asked = {side: [pair for pair in work.pairs if side in quiet_sides(work, pair)] for side in SIDES}
        return self.writing_to(asked, work, budget)

    def writing_to(self, asked: Mapping[Side, Iterable[Pair]], work: Work, budget: Budget) -> dict[str, DriverError]:
        """Return which pairs have hosts logged in on a side they are asked about; none with ``io_stopped``."""
        found: dict[str, DriverError] = {}
        if work.terms.io_stopped:
            return found
        for side, pairs in asked.items():
            some = tuple(pairs)
            halves = [half for pair in some for half in volumes_at(pair, side)]
            users = in_use(self._views.core(side), halves, budget) if halves else {}
            for pair in some:
                here = [user for half in volumes_at(pair, side) for user in users.get(half.id, ())]
                if here:
                    found[key_of(pair)] = _is_written(work, pair, side, here)
        return found

    # paths and sizes

    def _unlinked(self, work: Work, missing: frozenset[Way], budget: Budget) -> dict[str, DriverError]:
        """Return which pairs need a path that cannot be made: the arrays share no port."""
        blocked: set[Way] = set()
        for side in SIDES:
            here = sorted((way for way in missing if way.side == side), key=str)
            if here and not self._paths.ports(here[0], budget):
                blocked |= set(here)
        return {
            key_of(pair): no_link(way, left_behind="Nothing was changed.")
            for pair in work.pairs
            for way in reversed(ways_of(pair, steps_of(work, pair)))
            if way in blocked
        }

    def _too_small(self, work: Work, budget: Budget) -> dict[str, DriverError]:
        """Return which pairs would be copied onto a smaller volume, which the array refuses half way."""
        sizes: dict[Side, dict[str, int]] = {}
        for side in SIDES:
            volumes = self._views.core(side).array.volumes
            pools = self._views.core(side).array.pools(budget)
            sizes[side] = {one.id: one.size_bytes for one in volumes.listing(pools, budget)}
        found: dict[str, DriverError] = {}
        for pair in work.pairs:
            for step in steps_of(work, pair):
                if not isinstance(step, Resume):
                    continue
                ends = ends_of(pair, step.side)
                source = sizes[step.side].get(ends.source)
                target = sizes[OTHER[step.side]].get(ends.target)
                if source is not None and target is not None and target < source:
                    found[key_of(pair)] = _is_smaller(work, pair, step.side, source, target)
        return found

    # failover

    def _of_failover(self, work: Work, budget: Budget) -> dict[str, DriverError]:
        found = self.alive(work, work.pairs, budget)
        for pair in work.pairs:
            if (
                key_of(pair) not in found
                and not work.terms.accept_inconsistent
                and (why := inconsistent(pair, work.to))
            ):
                found[key_of(pair)] = is_inconsistent(pair, why)
        return found

    def alive(self, work: Work, pairs: Iterable[Pair], budget: Budget) -> dict[str, DriverError]:
        """Return for which pairs a path tells that the silent side is alive; none with ``force``.

        One path to it is enough for all its pairs, whichever LSSs it joins.
        """
        silent = [pair for pair in pairs if not pair.answers(OTHER[work.to])]
        if not silent or work.terms.force:
            return {}
        try:
            signs = self._paths.signs_of_life(work.to, [_named_by(pair, work.to) for pair in silent], budget)
        except NEEDED_ANYHOW:
            raise
        except DriverError as error:
            return {key_of(pair): _is_not_told(pair, work.to, error) for pair in silent}
        is_known = self._paths.knows_other(work.to)
        found: dict[str, DriverError] = {}
        for pair in silent:
            ways, own = signs[_named_by(pair, work.to)], _way_out(pair, work.to)
            if ways:
                way = own if own in ways else min(ways, key=str)
                told = _is_alive(pair, work.to, way) if is_known else _may_be_alive(pair, work.to, way, ways[way])
                found[key_of(pair)] = told
        return found


def inconsistent(pair: Pair, to: Side) -> str:
    """Say why the data on a side may be of no one moment; empty where it is."""
    copy = pair.half(to)
    if copy is None:
        return ""
    if copy.mode == "global_copy":
        return "a Global Copy is copied without order, so its target is of no one moment"
    if copy.in_step:
        return ""
    return f"its first copy, or one after a pause, may not be complete ({copy.words})"


def is_inconsistent(pair: Pair, why: str) -> Refused:
    """Return the refusal to promote a copy that may hold a mix of moments."""
    return Refused(
        f"{pair.name}: the copy may be inconsistent",
        happened=f"What would happen: hosts get a volume whose blocks are of different moments, since {why}.",
        left_behind="Nothing was changed.",
        next_step="Check whether the other array can be brought back, or a snapshot of the copy holds a good moment. "
        "accept_inconsistent = true promotes it as it is; file systems and databases then need their own recovery.",
        attribute="accept_inconsistent",
    )


def _named_by(pair: Pair, side: Side) -> str:
    """Return what the array of one side calls the other one."""
    half = pair.half(side)
    return (half.peer_key if half is not None else None) or ""


def _way_out(pair: Pair, side: Side) -> Way:
    ends = ends_of(pair, side)
    return Way(side, ends.source[:2], ends.target[:2])


def _is_alive(pair: Pair, to: Side, way: Way) -> Refused:
    other = OTHER[to]
    return Refused(
        f"{pair.name}: the {other} array is alive, only its management does not answer",
        happened=f"The path from {way} works. What would happen: hosts of the {other} array may go on writing there, "
        "and what they write from then on would be lost by the resync.",
        left_behind="Nothing was changed.",
        next_step=f"Check the {other} array's management consoles and whether its hosts run. force = true fails over "
        "all the same, when these hosts are stopped for certain.",
        attribute="force",
    )


def _may_be_alive(pair: Pair, to: Side, way: Way, names: frozenset[str]) -> Refused:
    other = OTHER[to]
    return Refused(
        f"{pair.name}: the {other} array may be alive, only its management does not answer",
        happened=f"A path works from LSS {way.source_lss} of the {to} array to LSS {way.target_lss} of the array with "
        f"node name {' or '.join(sorted(names))}. Whether that is the {other} array is not known: it has not answered "
        "in this run. What would happen: if it is, hosts may go on writing there, and what they write from then on "
        "would be lost by the resync.",
        left_behind="Nothing was changed.",
        next_step=f"Compare the node name with that of the {other} array, and check whether its hosts run. "
        "force = true fails over all the same, when that is another array or these hosts are stopped for certain.",
        attribute="force",
    )


def _is_smaller(work: Work, pair: Pair, side: Side, source: int, target: int) -> Refused:
    ends = ends_of(pair, side)
    return Refused(
        f"{pair.name}: the volume it would be copied onto is smaller",
        happened=f"{ends.source} on the {side} array has {source} bytes, {ends.target} on the other one {target}: "
        "a growth was broken off. What would happen: the roles would change, and the array would refuse to copy back.",
        left_behind="Nothing was changed.",
        next_step="Finish the growth first: apply the volume's size again. No option overrides this."
        if pair.row == 1
        else f"No option overrides this. {_by_hand(work, pair, side, source)}",
        attribute="replication_ids",
    )


def _by_hand(work: Work, pair: Pair, side: Side, size_bytes: int) -> str:
    """Say how the smaller volume is grown where only row 1 lets us; the pair is made anew from what is to stay."""
    small, kept = OTHER[side], SERVING.get(pair.row, work.kept(pair))
    own_id, anew = ends_of(pair, side).target, ends_of(pair, kept)
    grown = f'{small}: PUT /volumes/{own_id} {{"cap": "{size_bytes}", "captype": "bytes"}}'
    ended = f"{_ended(pair, kept)}; where the other array still lists it, {_ended(pair, OTHER[kept])}"
    copied = {
        "volume_pairs": [
            {
                "source_volume": anew.source,
                "source_system_id": anew.source_system,
                "target_volume": anew.target,
                "target_system_id": anew.target_system,
            }
        ],
        "type": "global_copy" if pair.mode == "global_copy" else "metro_mirror",
        "options": ["permit_space_efficient_target", "initial_copy_full"],
    }
    return (
        f"Outside row 1 nothing is grown for you: grow volume {own_id} of the {small} array by hand to {size_bytes} "
        f"bytes, which keeps what it holds ({grown}), then run it again. Where the array refuses that since the volume "
        "is in a pair: run no apply until this is done; end the pair on both arrays by hand and keep both volumes "
        f"({ended}); grow the smaller one ({grown}); make the pair by hand with a full copy from {anew.source} of the "
        f"{kept} array to {anew.target}, which overwrites the latter ({kept}: POST /cs/pprcs {json.dumps(copied)}); "
        f"once that is in row {SERVED[kept]}, run it again."
    )


def _ended(pair: Pair, side: Side) -> str:
    """Return the call that ends what one array has of a pair."""
    half = pair.half(side)
    end = "target" if half is not None and half.role == "target" else "source"
    ends = ends_of(pair, side)
    params = {
        "volume_full_ids": [{"volume_id": ends.source, "system_id": ends.source_system}],
        "options": ["unconditional", f"issue_{end}"],
    }
    return f"{side}: POST /cs/pprcs/delete {json.dumps(params)}"


def _is_not_told(pair: Pair, to: Side, error: DriverError) -> Refused:
    other = OTHER[to]
    return Refused(
        f"{pair.name}: the {other} array may be alive, and the {to} array does not tell whether a path to it works",
        happened=f"Asking for paths failed: {error.summary}. What would happen: hosts of the {other} array may go on "
        "writing there, and what they write from then on would be lost by the resync.",
        left_behind="Nothing was changed.",
        next_step=f"Mend what keeps the paths from being listed, or check whether the hosts of the {other} array run. "
        "force = true fails over without that look, when these hosts are stopped for certain.",
        attribute="force",
        code=error.code,
        words=error.words,
    )


def _is_written(work: Work, pair: Pair, side: Side, users: list[str]) -> InUse:
    lost = (
        f"what they write on the {side} array from then on is lost"
        if work.operation == "switch" or side == work.kept(pair)
        else f"what they wrote on the {side} array since the two sides parted, and go on writing, is lost"
    )
    return InUse(
        f"{pair.name}: hosts that may write are logged in to the {side} array",
        happened=f"They are: {', '.join(users)}. What would happen: {lost}.",
        left_behind="Nothing was changed.",
        next_step="Stop the applications and unmount, then detach the volume or log the hosts out. io_stopped = true "
        "says that nothing is written although they are logged in.",
        attribute="io_stopped",
    )

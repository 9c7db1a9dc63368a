"""Who may be writing to volumes right now: mappings to hosts that are logged in, read directly and in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..attaching import Mapping as HostMapping
from ..core import Core
from ..errors import DriverError
from ..replicating import OTHER, Half, Pair, Side
from ..waiting import Budget
from .pair_views import PairViews
from .pair_work import key_of


def in_use(core: Core, halves: Iterable[Half], budget: Budget) -> Mapping[str, tuple[str, ...]]:
    """Return by volume id who may be writing, in words; volumes nobody can write to are left out.

    That is a mapping to a host, or to a cluster with a host, that has a port logged in.
    In a constant number of calls.
    """
    volumes = [half for half in halves if half.subject == "volume"]
    if not volumes:
        return {}
    mappings = core.array.mappings.listing(budget)
    if not mappings:
        return {}
    ports = [port for port in core.array.hosts.ports(budget) if port.logged_in]
    logged_in = {one for port in ports for one in (port.host_id, port.host_name) if one is not None}
    clusters = core.array.hosts.clusters(budget) if any(one.cluster for one in mappings) else {}
    found: dict[str, list[str]] = defaultdict(list)
    for half in volumes:
        for mapping in mappings:
            if half.id == mapping.volume_id or (mapping.volume_id is None and half.name == mapping.volume_name):
                live = _hosts_of(mapping, clusters) & logged_in
                if live:
                    found[half.id].append(f"{mapping.holder} (LUN {mapping.lun}, logged in)")
    return {volume: tuple(users) for volume, users in found.items()}


def evidence(views: PairViews, pairs: Iterable[Pair], budget: Budget) -> Mapping[str, str]:
    """Return by ``key_of`` what tells which side was written last, in words: who may write, and what is missing."""
    known = tuple(pairs)
    using: dict[Side, Mapping[str, tuple[str, ...]] | DriverError] = {}
    for side in OTHER:
        halves = [half for pair in known for half in volumes_at(pair, side)]
        try:
            using[side] = in_use(views.core(side), halves, budget)
        except DriverError as error:
            using[side] = error
    return {key_of(pair): f"{_told(pair, 'home', using)}; {_told(pair, 'remote', using)}" for pair in known}


def _told(pair: Pair, side: Side, using: Mapping[Side, Mapping[str, tuple[str, ...]] | DriverError]) -> str:
    found = using[side]
    if isinstance(found, DriverError):
        return f"at {side} it is not known who may write ({found.summary})"
    halves = volumes_at(pair, side)
    users = [f"{half.name}: {', '.join(found[half.id])}" for half in halves if half.id in found]
    missing = sum(half.missing_bytes or 0 for half in halves)
    lacks = f"; its copy lacks up to {missing} bytes" if missing else ""
    return f"at {side} " + (f"hosts may write: {'; '.join(users)}" if users else "no host is logged in") + lacks


def volumes_at(pair: Pair, side: Side) -> tuple[Half, ...]:
    """Return the volumes of a pair, or of all members of a group, on one side."""
    pairs = pair.members if pair.subject == "group" else (pair,)
    return tuple(half for one in pairs for half in (one.half(side),) if half is not None)


def _hosts_of(mapping: HostMapping, clusters: Mapping[str, tuple[str, ...]]) -> set[str | None]:
    if mapping.cluster is not None:
        return set(clusters.get(mapping.cluster, ()))
    return {mapping.host_id, mapping.host_name} - {None}  # an XIV tells the host's name alone

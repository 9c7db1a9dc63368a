"""Who may be writing to volumes right now: mappings to hosts that are logged in, read directly and in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..attaching import Mapping as HostMapping
from ..core import Core
from ..replicating import Half, Pair, Side
from ..waiting import Budget


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
    logged_in = {port.host_id for port in core.array.hosts.ports(budget) if port.logged_in}
    clusters = core.array.hosts.clusters(budget) if any(one.cluster for one in mappings) else {}
    found: dict[str, list[str]] = defaultdict(list)
    for half in volumes:
        for mapping in mappings:
            if half.id == mapping.volume_id or (mapping.volume_id is None and half.name == mapping.volume_name):
                live = _hosts_of(mapping, clusters) & logged_in
                if live:
                    found[half.id].append(f"{mapping.holder} (LUN {mapping.lun}, logged in)")
    return {volume: tuple(users) for volume, users in found.items()}


def volumes_at(pair: Pair, side: Side) -> tuple[Half, ...]:
    """Return the volumes of a pair, or of all members of a group, on one side."""
    pairs = pair.members if pair.subject == "group" else (pair,)
    return tuple(half for one in pairs for half in (one.half(side),) if half is not None)


def _hosts_of(mapping: HostMapping, clusters: Mapping[str, tuple[str, ...]]) -> set[str | None]:
    if mapping.cluster is not None:
        return set(clusters.get(mapping.cluster, ()))
    return {mapping.host_id}

"""Who holds mappings: a host by its id, or on an XIV a cluster by its name; and what takes LUNs there.

A host is read by its id right before anything is done with its name, so that one renamed is still the one meant.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..attaching import NO_NUMBER, Host, Mapping, Targets
from ..core import Core, near
from ..errors import NotFound, Refused
from ..objects import Volume
from ..waiting import Budget

ATTEMPTS = 3  # to read a host that is being renamed


@dataclass(frozen=True, slots=True)
class Holder:
    """Name a host or a cluster, exactly one of them; ``written`` is the host's id as it is to be shown."""

    host_id: str | None = None
    cluster: str | None = None
    written: str | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """Return what no other holder of an array is called; an array may not tell two cases of a cluster apart."""
        return f"cluster:{self.cluster.casefold()}" if self.cluster is not None else f"host:{self.host_id}"


@dataclass(frozen=True, slots=True)
class Held:
    """Be a holder as it was just read, and everything that takes LUNs there; ``cluster`` as the array spells it."""

    host: Host | None
    cluster: str | None
    taken: tuple[Mapping, ...]

    @property
    def label(self) -> str:
        """Return it for a text."""
        return f"cluster {self.cluster}" if self.host is None else f"host {self.host.name}"

    @property
    def luns(self) -> frozenset[int]:
        """Return the LUNs in use."""
        return frozenset(mapping.lun for mapping in self.taken)

    def all_of(self, volume: Volume) -> tuple[Mapping, ...]:
        """Return the mappings of a volume, by LUN, whoever of a cluster has them."""
        found = (one for one in self.taken if is_of(one, volume))
        return tuple(sorted(found, key=lambda one: one.lun))

    def own(self, volume: Volume) -> tuple[Mapping, ...]:
        """Return the holder's own mappings of a volume, by LUN: one, or on some DS8000s several."""
        return tuple(one for one in self.all_of(volume) if self._is_own(one))

    def _is_own(self, mapping: Mapping) -> bool:
        if self.host is None:
            return mapping.cluster == self.cluster
        return mapping.cluster is None and mapping.host_id == self.host.id

    def at(self, lun: int) -> Mapping | None:
        """Return what has a LUN."""
        return next((one for one in self.taken if one.lun == lun), None)


class Holders:
    """Read the holders of one array; every read is direct."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._hosts = core.array.hosts
        self._mappings = core.array.mappings

    def read(self, holder: Holder, budget: Budget) -> Held:
        """Return a holder as it is now; raises NotFound (``host_id``, ``cluster``), Unsupported (DS8000 cluster)."""
        if holder.cluster is not None:
            return Held(None, *self._of_cluster(holder.cluster, budget))
        for _ in range(ATTEMPTS):
            host = self._hosts.find(holder.host_id or "", budget)
            if host is None:
                raise self._no_host(holder.written or holder.host_id or "", budget)
            try:
                return Held(host, None, self._mappings.of_host(host, budget))
            except NotFound:  # by its name: it was renamed meanwhile, or deleted
                continue
        raise Refused(
            f"Host {holder.host_id} was renamed again and again while it was read",
            left_behind="Nothing was concluded from it.",
            next_step="Run it again.",
            attribute="host_id",
        )

    def _no_host(self, host_id: str, budget: Budget) -> NotFound:
        known = {one.id: one.name for one in self._hosts.listing(budget)}
        named = [key for key in known if known[key].casefold() == host_id.casefold()]
        return NotFound(
            f"No host with the id {host_id!r} on the array",
            happened=f"The array has: {', '.join(f'{key} ({known[key]})' for key in known) or 'no host at all'}.",
            left_behind="Nothing was changed.",
            next_step=f'That is a name: write host_id = "{named[0]}".' if named else near(host_id, list(known)),
            attribute="host_id",
        )

    def spelled(self, cluster: str, budget: Budget) -> str:
        """Return the name of a cluster as the array spells it; one that is not there as it is."""
        return self._hosts.find_cluster(cluster, budget) or cluster

    def _of_cluster(self, cluster: str, budget: Budget) -> tuple[str, tuple[Mapping, ...]]:
        try:
            return self._mappings.of_cluster(cluster, budget)
        except NotFound as missing:
            known = sorted(self._hosts.clusters(budget))
            missing.summary = f"No cluster {cluster!r} on the array"
            missing.happened = f"The array has: {', '.join(known) or 'no cluster at all'}."
            missing.left_behind = "Nothing was changed."
            missing.next_step, missing.attribute = near(cluster, known), "cluster"
            raise

    def find(self, holder: Holder, budget: Budget) -> Held | None:
        """Return a holder as it is now, None where there is none."""
        try:
            return self.read(holder, budget)
        except NotFound as missing:
            if missing.attribute not in {"host_id", "cluster"}:
                raise
            return None


def is_of(mapping: Mapping, volume: Volume) -> bool:
    """Tell whether a mapping is of a volume; an XIV tells volumes by their names."""
    return volume.id == mapping.volume_id if mapping.volume_id is not None else mapping.volume_name == volume.name


def number_of(mapping: Mapping, label: str) -> int:
    """Return the LUN of a mapping; raises Refused where the array writes it in a form that is not known."""
    if mapping.lun == NO_NUMBER:
        raise Refused(
            f"The array's answer has {mapping.lun_id!r} as a LUN of {label}",
            next_step="This release of the array may not be supported; please report it.",
            attribute="lun",
        )
    return mapping.lun


def fitting(targets: Targets, hosts: tuple[Host, ...]) -> Targets:
    """Return the array's ports that hosts with such ports can use: all of them for hosts without any."""
    fc, iscsi = any(host.wwpns for host in hosts), any(host.iqns for host in hosts)
    return Targets(
        wwpns=targets.wwpns if fc or not iscsi else (),
        portals=targets.portals if iscsi or not fc else (),
        iqn=targets.iqn if iscsi or not fc else None,
        offline=targets.offline,
    )

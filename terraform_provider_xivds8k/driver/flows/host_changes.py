"""A host is changed: everything that forbids one of the changes is looked for before the first is sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..attaching import Host
from ..core import Core
from ..errors import InUse
from ..objects import Secret
from ..ports import iqn, wwpn
from ..waiting import Budget
from .host_checks import check_abilities, check_name, incomplete, kinds
from .host_steps import HostSteps, is_type
from .hosts import HostFlows


@dataclass(frozen=True, slots=True, kw_only=True)
class HostChange:
    """Say how a host shall be; None leaves as it is, an empty value means none."""

    name: str | None = None
    type: str | None = None
    wwpns: tuple[str, ...] | None = None
    iqns: tuple[str, ...] | None = None
    cluster: str | None = None
    chap_name: str | None = None
    chap_secret: Secret | None = field(default=None, repr=False)


class HostChanges:
    """Change hosts of one array."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._hosts = core.array.hosts
        self._finding = HostFlows(core)
        self._steps = HostSteps(core)

    def update(self, host_id: str, change: HostChange, budget: Budget) -> Host:
        """Change a host in the ways asked for; nothing is sent before all of them are looked at."""
        change = self._checked_change(change)
        try:
            host = self._finding.present(host_id, budget)
            steps = _Steps(host, change)
            self._refuse(host, steps, change, budget)
            self._carry_out(host, steps, change, budget)
            return self._finding.present(host_id, budget)
        finally:
            self._core.recent.forget_hosts()

    def _checked_change(self, change: HostChange) -> HostChange:
        if change.name is not None:
            check_name(self._core.array, change.name, "name")
        wwpns = None if change.wwpns is None else tuple(dict.fromkeys(map(wwpn, change.wwpns)))
        iqns = None if change.iqns is None else tuple(dict.fromkeys(map(iqn, change.iqns)))
        check_abilities(self._core.array, iqns or (), change.cluster, change.chap_name, change.chap_secret)
        if change.chap_name == "" and change.chap_secret is not None:
            raise incomplete("chap_name")
        return replace(change, wwpns=wwpns, iqns=iqns)

    def _refuse(self, host: Host, steps: _Steps, change: HostChange, budget: Budget) -> None:
        """Raise what forbids any of the changes."""
        if steps.removed or steps.leaves:
            what = "Taking ports from a host" if steps.removed else "Taking a host out of its cluster"
            self._core.allow(what, destroys=True)
        if steps.renamed or steps.added:
            listed = self._hosts.listing(budget)
            if steps.renamed:
                self._steps.refuse_taken(change.name or "", listed)
            self._steps.refuse_owned(tuple(address for address, _ in steps.added), listed, host.id)
        if steps.retyped:
            self._steps.refuse_mapped(host, "given another type", budget)
        if steps.joins and self._finding.users(host, budget).own:
            raise InUse(
                f"Host {host.name} has mapped volumes of its own and was not put into cluster {change.cluster}",
                happened=f"It has: {', '.join(self._finding.users(host, budget).own)}. A host in a cluster sees what "
                "is mapped to the cluster.",
                left_behind="Nothing was changed.",
                next_step="Unmap them first, and map them to the cluster.",
                attribute="cluster",
            )
        if change.chap_secret is not None and not (change.chap_name or host.chap_name):
            raise incomplete("chap_name")
        if change.chap_name and change.chap_name != host.chap_name and change.chap_secret is None:
            raise incomplete("chap_secret")

    def _carry_out(self, host: Host, steps: _Steps, change: HostChange, budget: Budget) -> None:
        if steps.renamed:
            with self._core.naming(f"host {change.name}", budget):
                self._steps.rename(host.id, change.name or "", budget)
        if steps.retyped:
            self._steps.retype(host.id, change.type or "", budget)
        if change.chap_secret is not None:
            self._steps.authenticate(host.id, change.chap_name or host.chap_name, change.chap_secret, budget)
        elif change.chap_name == "" and host.chap_name is not None:
            self._steps.authenticate(host.id, None, None, budget)
        for address, kind in steps.added:
            self._steps.add_port(host.id, address, kind, budget)
        for address, kind in steps.removed:
            self._steps.remove_port(host.id, address, kind, budget)
        if steps.leaves:
            self._steps.leave(host.id, host.cluster or "", budget)
        if steps.joins:
            self._steps.join(host.id, change.cluster or "", budget)


class _Steps:
    """Be what a change asks for beyond what a host is already."""

    def __init__(self, host: Host, change: HostChange) -> None:
        self.renamed = change.name not in {None, host.name}
        self.retyped = change.type is not None and not is_type(host, change.type)
        wwpns = host.wwpns if change.wwpns is None else change.wwpns
        iqns = host.iqns if change.iqns is None else change.iqns
        self.added = tuple(one for one in kinds(wwpns, iqns) if one[0] not in host.ports)
        self.removed = tuple(one for one in kinds(host.wwpns, host.iqns) if one[0] not in (*wwpns, *iqns))
        moves = change.cluster is not None and (change.cluster or None) != host.cluster
        self.leaves = moves and host.cluster is not None
        self.joins = moves and bool(change.cluster)

"""A host is changed: everything that forbids one of the changes is looked for before the first is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from ..attaching import Host
from ..core import Core
from ..errors import DriverError
from ..objects import Secret
from ..ports import iqn, wwpn
from ..waiting import Budget
from .host_checks import check_abilities, check_name, incomplete, kinds
from .host_deletions import expect_name
from .host_moves import HostMoves
from .host_steps import HostSteps, is_type, with_ports
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
        self._moves = HostMoves(core)

    def update(self, host_id: str, change: HostChange, expected_name: str | None, budget: Budget) -> Host:
        """Change a host in the ways asked for; nothing is sent before all of them are looked at."""
        change = self._checked_change(change)
        try:
            host = self._finding.present(host_id, budget)
            if self._core.array.family == "ds8k":  # which gives ids again
                expect_name(host, expected_name, "changed")
            if change.cluster and change.cluster != host.cluster:
                change = replace(change, cluster=self._moves.spelled(change.cluster, budget))
            steps = _Steps(host, change)
            self._refuse(host, steps, change, budget)
            self._carry_out(host, steps, change, budget)
            return with_ports(self._finding.present(host_id, budget), tuple(address for address, _ in steps.added))
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
        if steps.joins:
            self._moves.refuse_mapped(host, change.cluster or "", budget)
        if change.chap_secret is not None and not (change.chap_name or host.chap_name):
            raise incomplete("chap_name")
        if change.chap_name and change.chap_name != host.chap_name and change.chap_secret is None:
            raise incomplete("chap_secret")

    def _carry_out(self, host: Host, steps: _Steps, change: HostChange, budget: Budget) -> None:
        """Send the changes one after the other; the error of one tells also of those before it."""
        done: list[str] = []
        try:
            for words, send in self._sends(host, steps, change, budget):
                send()
                done.append(words)
        except DriverError as error:
            if done:
                told = "" if error.left_behind == "Nothing was changed." else error.left_behind
                error.left_behind = f"Done already: {', '.join(done)}. {told}".rstrip()
            raise

    def _sends(
        self, host: Host, steps: _Steps, change: HostChange, budget: Budget
    ) -> Iterator[tuple[str, Callable[[], None]]]:
        """Return the changes in their order, each with what is done by it."""
        if steps.renamed:
            yield f"renamed to {change.name}", lambda: self._rename(host.id, change.name or "", budget)
        if steps.retyped:
            yield f"type {change.type}", lambda: self._retype(host, change.type or "", budget)
        if change.chap_secret is not None:
            name, secret = change.chap_name or host.chap_name, change.chap_secret
            yield "CHAP set", lambda: self._steps.authenticate(host.id, name, secret, budget)
        elif change.chap_name == "" and host.chap_name is not None:
            yield "CHAP cleared", lambda: self._steps.authenticate(host.id, None, None, budget)
        for address, kind in steps.added:
            yield f"{address} added", partial(self._steps.add_port, host.id, address, kind, budget)
        for address, kind in steps.removed:
            yield f"{address} removed", partial(self._steps.remove_port, host.id, address, kind, budget)
        if steps.leaves or steps.joins:
            words = f"put into cluster {change.cluster}" if steps.joins else f"taken out of cluster {host.cluster}"
            yield words, lambda: self._moves.move(host, change.cluster or None, budget)

    def _rename(self, host_id: str, new_name: str, budget: Budget) -> None:
        with self._steps.alone_with(f"host {new_name}", budget):
            self._steps.rename(host_id, new_name, budget)

    def _retype(self, host: Host, new_type: str, budget: Budget) -> None:
        with self._moves.keeping(host.id, (host.cluster,), budget):
            self._steps.retype(host.id, new_type, budget)


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

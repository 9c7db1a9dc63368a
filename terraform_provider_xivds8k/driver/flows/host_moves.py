"""A host joins clusters and leaves them, while this process attaches nothing to it or to them.

An array may not mind the case of a cluster's name: which cluster a name means is the array's to say, and what it is
called there is what is compared and locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from ..attaching import Host
from ..core import Core
from ..errors import AlreadyExists, Cancelled, DriverError, InDoubt, InUse, NotFound, Refused
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .holders import Holder
from .hosts import HostFlows
from .luns import choosing

REJOIN_S = 30.0


class HostMoves:
    """Move hosts of one array between clusters."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._hosts = core.array.hosts
        self._finding = HostFlows(core)

    def spelled(self, cluster: str, budget: Budget) -> str:
        """Return a cluster's name as the array writes it, as it is asked for where there is none."""
        return self._hosts.find_cluster(cluster, budget) or cluster

    @contextmanager
    def keeping(self, host_id: str, clusters: Iterable[str | None], budget: Budget) -> Iterator[None]:
        """Keep this process from attaching to a host and to clusters meanwhile; raises Cancelled, TimedOut."""
        of_clusters = {Holder(cluster=name).key for name in clusters if name}  # fewer, where two differ in case only
        system_id = self._core.array.system_id(budget)
        with ExitStack() as turns:
            for key in (Holder(host_id).key, *sorted(of_clusters)):  # in one order, whoever moves between them
                turns.enter_context(choosing(system_id, key, budget))
            yield

    def join(self, host_id: str, cluster: str, budget: Budget) -> None:
        """Put a host into a cluster, made first where there is none; raises InUse where anything is mapped to it."""
        with self.keeping(host_id, (self.spelled(cluster, budget),), budget):
            self._join(host_id, cluster, budget)

    def move(self, host: Host, cluster: str | None, budget: Budget) -> None:
        """Take a host out of its cluster and put it into another one, or back where that fails.

        None takes it out only.  Raises InUse where anything is mapped to the host itself and it shall join one.
        """
        named = None if cluster is None else self.spelled(cluster, budget)
        with self.keeping(host.id, (host.cluster, named), budget):
            if named is not None:
                self.refuse_mapped(self._finding.present(host.id, budget), named, budget)
            if host.cluster is not None:
                self.leave(host.id, host.cluster, budget)
            if named is None:
                return
            try:
                self._join(host.id, named, budget)
            except DriverError as error:
                if host.cluster is not None:
                    self.rejoin(host, error)
                raise

    def refuse_mapped(self, host: Host, cluster: str, budget: Budget) -> None:
        """Raise InUse where anything is mapped to a host that shall join a cluster."""
        own = self._finding.users(host, budget).own
        if own:
            raise InUse(
                f"Host {host.name} has mapped volumes of its own and was not put into cluster {cluster}",
                happened=f"It has: {', '.join(own)}. A host in a cluster sees what is mapped to the cluster.",
                left_behind="Nothing was changed.",
                next_step="Unmap them first, and map them to the cluster.",
                attribute="cluster",
            )

    def _join(self, host_id: str, cluster: str, budget: Budget, *, makes: bool = True) -> None:
        named = self._hosts.find_cluster(cluster, budget)
        if named is None and not makes:
            raise NotFound(f"Cluster {cluster} is gone", attribute="cluster")
        made = named is None
        if named is None:
            self._make_cluster(cluster, budget)
            named = self.spelled(cluster, budget)
        try:
            self._core.write(
                budget,
                lambda: self._send_join(host_id, named, budget),
                lambda look: self._cluster_of(host_id, look) == named,
            )
        except DriverError as error:
            if made:
                error.left_behind = f"Cluster {named}, made for it, is left empty. {error.left_behind}".rstrip()
            raise

    def _send_join(self, host_id: str, cluster: str, budget: Budget) -> None:
        host = self._finding.present(host_id, budget)
        if host.cluster == cluster:
            return
        self.refuse_mapped(host, cluster, budget)
        try:
            self._hosts.join(host, cluster, budget)
        except InUse:  # of itself, where the first time was carried out late
            if self._cluster_of(host_id, budget) != cluster:
                raise

    def _make_cluster(self, cluster: str, budget: Budget) -> None:
        def send() -> None:
            try:
                self._hosts.make_cluster(cluster, budget)
            except AlreadyExists:
                if self._hosts.find_cluster(cluster, budget) is None:
                    raise

        self._core.write(budget, send, lambda look: self._hosts.find_cluster(cluster, look) is not None)

    def leave(self, host_id: str, cluster: str, budget: Budget) -> None:
        """Take a host out of a cluster, sent once; one that is in none is done.

        The caller keeps it.  Raises Refused where it is in another cluster by now, or the cluster got another name.
        """

        def send() -> None:
            host = self._finding.present(host_id, budget)
            if host.cluster is None:
                return
            _expect(host, cluster)
            try:
                self._hosts.leave(host, cluster, budget)
            except NotFound:
                host = self._finding.present(host_id, budget)
                if host.cluster is not None:
                    _expect(host, cluster)
                    raise

        try:
            self._core.patiently(budget, send)
        except InDoubt as doubt:
            if not self._core.certainly(budget.for_a_look(), lambda look: self._cluster_of(host_id, look) is None):
                doubt.left_behind = f"Host {host_id} may be in cluster {cluster}, or still be taken out of it."
                raise

    def rejoin(self, host: Host, error: DriverError) -> None:
        """Put a host back into the cluster this call took it out of, or say in the error that it is out.

        One that is gone, or in a cluster, is left alone.  A stop leaves two seconds for it.  The caller keeps it.
        """
        try:
            try:
                self._rejoin(host, Budget(REJOIN_S, self._core.stop))
            except Cancelled:
                self._rejoin(host, Budget(LOOK_AFTER_STOP_S))
        except DriverError as second:
            told = "" if error.left_behind == "Nothing was changed." else error.left_behind
            out = f"Host {host.name} (id {host.id}) is no longer in cluster {host.cluster}: {second}"
            error.left_behind = f"{out} {told}".rstrip()

    def _rejoin(self, host: Host, budget: Budget) -> None:
        found = self._hosts.find(host.id, budget)
        if found is not None and found.cluster is None:
            self._join(host.id, host.cluster or "", budget, makes=False)

    def _cluster_of(self, host_id: str, budget: Budget) -> str | None:
        return self._finding.present(host_id, budget).cluster


def _expect(host: Host, cluster: str) -> None:
    if host.cluster != cluster:
        raise Refused(
            f"Host {host.name} is in cluster {host.cluster} by now and was not taken out of it",
            happened=f"It was in cluster {cluster} a moment ago: it was moved, or the cluster renamed.",
            left_behind="Nothing was changed.",
            next_step="Run it again: where it is is looked at first.",
            attribute="cluster",
        )

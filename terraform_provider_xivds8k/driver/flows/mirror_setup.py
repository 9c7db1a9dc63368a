"""Replications of an XIV as they are set up: told of, and made, changed, grown and ended by the modules beside."""

from __future__ import annotations

from ..errors import NotFound
from ..replicating import Half, Pair, Remaining, Replication, ReplicationMode, ReplicationOrder
from ..waiting import Budget, Progress
from .mirror_changes import MirrorChanges
from .mirror_ending import MirrorEnding
from .mirror_ends import MirrorEnds, whole
from .mirror_making import MirrorMaking
from .mirror_schedules import Schedules
from .pair_views import PairViews


class MirrorSetup:
    """Keep the contract of ``pair_setup.PairSetup``."""

    def __init__(self, views: PairViews) -> None:
        self._ends = MirrorEnds(views)
        schedules = Schedules(self._ends)
        self._making = MirrorMaking(self._ends, schedules)
        self._changes = MirrorChanges(self._ends, schedules)
        self._ending = MirrorEnding(self._ends, schedules)

    def described(self, pair: Pair, budget: Budget) -> Replication:
        """Return what is set up."""
        home, remote = whole(pair)
        pool, wwn = self._pool_and_wwn(remote, budget)
        return Replication(
            id=home.id,
            subject=pair.subject,
            name=home.name,
            system_id=home.system_id,
            backend_id=self._ends.core("remote").settings.backend_id,
            mode=home.mode,
            rpo_s=home.rpo_s,
            remote_system_id=remote.system_id,
            remote_id=remote.id,
            remote_name=remote.name,
            remote_pool=pool,
            remote_wwn=wwn,
        )

    def _pool_and_wwn(self, remote: Half, budget: Budget) -> tuple[str, str | None]:
        core = self._ends.core("remote")
        if remote.subject == "group":
            groups = {one.name: one for one in core.recent.groups.get(budget)}
            group = groups.get(remote.name) or self._ends.groups("remote").find(remote.name, budget)
            if group is None:
                raise NotFound(f"Consistency group {remote.name} is not on the remote array", attribute="id")
            return group.pool_name or "", None
        volume = core.inventory.find(remote.id, budget)
        if volume is None:
            raise NotFound(f"Volume {remote.id} is not on the remote array", attribute="id")
        return volume.pool_name, volume.wwn

    def create(self, order: ReplicationOrder, budget: Budget, progress: Progress) -> None:
        """Make a pair."""
        self._making.create(order, budget, progress)

    def change(
        self, pair: Pair, mode: ReplicationMode, rpo_s: int | None, budget: Budget, progress: Progress, *, anew: bool
    ) -> None:
        """Change a pair."""
        self._changes.change(pair, mode, rpo_s, budget, progress, anew=anew)

    def grow(self, pair: Pair, size_bytes: int, budget: Budget, progress: Progress, *, anew: bool) -> None:  # noqa: ARG002 - an XIV never takes a pair apart to grow it
        """Grow both volumes of a pair."""
        self._changes.grow(pair, size_bytes, budget, progress)

    def delete(self, pair: Pair, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """End a pair."""
        self._ending.delete(pair, remaining, budget, progress)

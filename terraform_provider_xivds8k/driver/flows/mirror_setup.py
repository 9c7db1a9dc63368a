"""Replications of an XIV: made, changed, grown and ended by the modules beside."""

from __future__ import annotations

from ..replicating import Pair, Remaining, ReplicationMode, ReplicationOrder, UnfinishedEnd
from ..waiting import Budget, Progress
from .mirror_changes import MirrorChanges
from .mirror_clocks import compare_now
from .mirror_ending import MirrorEnding
from .mirror_ends import MirrorEnds, whole
from .mirror_making import MirrorMaking
from .mirror_schedules import Schedules
from .pair_refusals import halted
from .pair_views import Look, PairViews


class MirrorSetup:
    """Keep the contract of ``pair_setup.PairSetup``."""

    def __init__(self, views: PairViews) -> None:
        self._ends = MirrorEnds(views)
        schedules = Schedules(self._ends)
        self._making = MirrorMaking(self._ends, schedules)
        self._changes = MirrorChanges(self._ends, schedules)
        self._ending = MirrorEnding(self._ends, schedules)

    def remember(self, look: Look, budget: Budget) -> None:
        """Compare the two clocks."""
        compare_now(self._ends, look, budget)

    def create(self, order: ReplicationOrder, budget: Budget, progress: Progress) -> None:
        """Make a pair."""
        self._making.create(order, budget, progress)

    def begin(self, pair: Pair, budget: Budget) -> None:
        """Let a first copy begin."""
        home, remote = whole(self._ends.again(pair, budget))
        if not home.is_initial or (home.role, remote.role) != ("source", "target"):
            raise halted(pair)
        self._ends.activate("home", home, budget)

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

    def finish(self, remote_id: str, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """Do what is left to be done to the remote volume or group of a pair that is gone."""
        self._ending.finish(remote_id, remaining, budget, progress)

    def unfinished(self, remote_id: str, remaining: Remaining, budget: Budget) -> UnfinishedEnd | None:
        """Return what is left to be done to it."""
        return self._ending.unfinished(remote_id, remaining, budget)

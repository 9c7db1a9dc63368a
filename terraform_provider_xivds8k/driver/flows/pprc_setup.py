"""Replications of a DS8000: made, changed and ended."""

from __future__ import annotations

from ..errors import Unsupported
from ..replicating import Pair, Remaining, Replication, ReplicationMode, ReplicationOrder
from ..waiting import Budget, Progress
from .pair_views import PairViews


class PprcSetup:
    """Keep the contract of ``pair_setup.PairSetup``."""

    def __init__(self, views: PairViews) -> None:
        self._views = views

    def described(self, pair: Pair, budget: Budget) -> Replication:
        """Return what is set up."""
        raise Unsupported(f"{pair.name} {budget}")

    def create(self, order: ReplicationOrder, budget: Budget, progress: Progress) -> None:
        """Make a pair."""
        raise Unsupported(f"{order} {budget} {progress}")

    def change(
        self, pair: Pair, mode: ReplicationMode, rpo_s: int | None, budget: Budget, progress: Progress, *, anew: bool
    ) -> None:
        """Change a pair."""
        raise Unsupported(f"{pair} {mode} {rpo_s} {budget} {progress} {anew}")

    def grow(self, pair: Pair, size_bytes: int, budget: Budget, progress: Progress, *, anew: bool) -> None:
        """Grow a pair."""
        raise Unsupported(f"{pair} {size_bytes} {budget} {progress} {anew}")

    def delete(self, pair: Pair, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """End a pair."""
        raise Unsupported(f"{pair} {remaining} {budget} {progress}")

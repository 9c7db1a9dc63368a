"""Replications of a DS8000: made, changed, grown and ended."""

from __future__ import annotations

from ..objects import Volume
from ..replicating import Pair, Remaining, Replication, ReplicationMode, ReplicationOrder, Side
from ..waiting import Budget, Progress
from .pair_views import PairViews
from .pprc_ending import PprcEnding
from .pprc_growth import PprcGrowth
from .pprc_making import PprcMaking
from .pprc_modes import PprcModes
from .volumes import VolumeFlows


class PprcSetup:
    """Keep the contract of ``pair_setup.PairSetup``."""

    def __init__(self, views: PairViews) -> None:
        self._views = views

    def described(self, pair: Pair, budget: Budget) -> Replication:
        """Return what is set up."""
        home, remote = self._volume("home", pair.id, budget), self._volume("remote", pair.remote_id, budget)
        target = self._views.home.settings.replication_target
        return Replication(
            id=home.id,
            subject="volume",
            name=home.name,
            system_id=home.system_id,
            backend_id=target.backend_id if target is not None else self._views.remote.settings.backend_id,
            mode=pair.mode or "metro_mirror",
            rpo_s=None,
            remote_system_id=remote.system_id,
            remote_id=remote.id,
            remote_name=remote.name,
            remote_pool=remote.pool_name,
            remote_wwn=remote.wwn,
        )

    def _volume(self, side: Side, volume_id: str | None, budget: Budget) -> Volume:
        return VolumeFlows(self._views.core(side)).present(volume_id or "", budget)

    def create(self, order: ReplicationOrder, budget: Budget, progress: Progress) -> None:
        """Make a pair."""
        PprcMaking(self._views).create(order, budget, progress)

    def change(
        self,
        pair: Pair,
        mode: ReplicationMode,
        rpo_s: int | None,
        budget: Budget,
        progress: Progress,
        *,
        anew: bool,  # noqa: ARG002 - both modes go over into each other without a full copy
    ) -> None:
        """Change a pair."""
        PprcModes(self._views).change(pair, mode, rpo_s, budget, progress)

    def grow(self, pair: Pair, size_bytes: int, budget: Budget, progress: Progress, *, anew: bool) -> None:
        """Grow a pair."""
        PprcGrowth(self._views).grow(pair, size_bytes, budget, progress, anew=anew)

    def delete(self, pair: Pair, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """End a pair."""
        PprcEnding(self._views).delete(pair, remaining, budget, progress)

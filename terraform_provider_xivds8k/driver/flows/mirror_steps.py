"""Switch, failover, resync and failback on a XIV."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import DriverError, Unsupported
from ..replicating import Pair
from ..waiting import Budget
from .pair_views import PairViews
from .pair_work import Run, Work


class MirrorSteps:
    """Keep the contract of ``pair_work.PairSteps``."""

    def __init__(self, views: PairViews) -> None:
        self._views = views

    def problems(self, work: Work, budget: Budget) -> Mapping[str, DriverError]:
        """Return what keeps pairs from moving."""
        raise Unsupported(f"{work} {budget}")

    def calls(self, work: Work, pair: Pair) -> tuple[str, ...]:
        """Return the calls that change something."""
        raise Unsupported(f"{work} {pair}")

    def lost(self, work: Work, pair: Pair) -> str:
        """Return what may be lost."""
        raise Unsupported(f"{work} {pair}")

    def loss_s(self, work: Work, pair: Pair) -> float | None:
        """Return how much may be lost, in seconds."""
        raise Unsupported(f"{work} {pair}")

    def act(self, work: Work, run: Run) -> None:
        """Bring pairs where they should be."""
        raise Unsupported(f"{work} {run}")

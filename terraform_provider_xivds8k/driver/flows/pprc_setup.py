"""Replications of a DS8000: made, changed, grown and ended."""

from __future__ import annotations

from ..errors import Refused
from ..replicating import Pair, Remaining, ReplicationMode, ReplicationOrder, UnfinishedEnd
from ..waiting import Budget, Progress
from .pair_refusals import halted
from .pair_views import Look, PairViews
from .pprc_ending import PprcEnding
from .pprc_growth import PprcGrowth
from .pprc_making import PprcMaking
from .pprc_modes import PprcModes


class PprcSetup:
    """Keep the contract of ``pair_setup.PairSetup``."""

    def __init__(self, views: PairViews) -> None:
        self._views = views

    def remember(self, look: Look, budget: Budget) -> None:
        """Do nothing: a DS8000 names no point in time."""

    def create(self, order: ReplicationOrder, budget: Budget, progress: Progress) -> None:
        """Make a pair."""
        PprcMaking(self._views).create(order, budget, progress)

    def begin(self, pair: Pair, budget: Budget) -> None:  # noqa: ARG002 - a pair copies as soon as it is there
        """Refuse a pair that was suspended after it was made."""
        raise halted(pair)

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

    def finish(self, remote_id: str, remaining: Remaining, budget: Budget, progress: Progress) -> None:  # noqa: ARG002 - nothing is done
        """Refuse to delete what is there: nothing on a DS8000 tells a volume that was a copy from any other."""
        volume = self._views.remote.array.volumes.find(remote_id, budget) if remaining == "delete" else None
        if volume is not None:
            raise Refused(
                f"Remote volume {volume.name} ({volume.id}) is there and is not deleted: it is in no pair any more",
                happened=f"It has {volume.size_bytes} bytes. Both arrays say that the pair is gone, and nothing shows "
                "whether this is its former copy: an id of a DS8000 is given to another volume once it is free. What "
                "would happen: what somebody needs might be deleted.",
                left_behind="Nothing was changed.",
                next_step="Look at it on the remote array, and delete it there when it is the former copy and nobody "
                'needs it. No option deletes it from here; remote_on_delete = "keep" leaves it.',
                attribute="remote_on_delete",
            )

    def unfinished(self, remote_id: str, remaining: Remaining, budget: Budget) -> UnfinishedEnd | None:  # noqa: ARG002 - as above
        """Return None: as long as anything is left of a pair, one of the arrays lists it."""
        return None

"""What a family does to set replications up, change them and take them apart.

``replications`` looks at both sides and refuses what the table refuses before any of this is called; what is called
looks once more at what it could hurt, undoes only what it made, and says what it could not undo.
"""

from __future__ import annotations

from typing import Protocol

from ..replicating import Pair, Remaining, ReplicationMode, ReplicationOrder, UnfinishedEnd
from ..waiting import Budget, Progress
from .pair_views import Look


class PairSetup(Protocol):
    """Make, change and end pairs of one family."""

    def remember(self, look: Look, budget: Budget) -> None:
        """Take down, for the day when one array is silent, what only both can tell; raises nothing."""

    def create(self, order: ReplicationOrder, budget: Budget, progress: Progress) -> None:
        """Make a pair with a new remote volume, and let the copying begin.

        Raises AlreadyExists (``remote_name``) with candidates where the name is taken on the remote array, InUse where
        the volume is in a pair already, NotFound (``remote_pool``), NoSpace, Unsupported (``mode``), InDoubt.
        """

    def begin(self, pair: Pair, budget: Budget) -> None:
        """Let the first copy begin of a pair home serves, whose creation was broken off before that.

        Raises Refused where nothing tells that the creation came no further.
        """

    def change(
        self, pair: Pair, mode: ReplicationMode, rpo_s: int | None, budget: Budget, progress: Progress, *, anew: bool
    ) -> None:
        """Copy in another way or within another RPO; with ``anew`` the pair may be taken apart and copied in full."""

    def grow(self, pair: Pair, size_bytes: int, budget: Budget, progress: Progress, *, anew: bool) -> None:
        """Grow both volumes of a pair; with ``anew`` the pair may be taken apart and copied in full.

        Space is checked on both sides first.  Raises NoSpace, Refused (``allow_full_resync``), InDoubt.
        """

    def delete(self, pair: Pair, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """End a pair on both arrays, and keep or delete its remote volume, which hosts may then write.

        One of the arrays may have lost its half; what the other has is ended then.
        """

    def finish(self, remote_id: str, remaining: Remaining, budget: Budget, progress: Progress) -> None:
        """Do what is left to be done to the remote volume or group of a pair that is gone, as ``unfinished`` tells."""

    def unfinished(self, remote_id: str, remaining: Remaining, budget: Budget) -> UnfinishedEnd | None:
        """Return what is left to be done to the remote volume or group of a pair that is gone.

        None where nothing is, or nothing proves that it is what the pair had; looks and does nothing.
        """

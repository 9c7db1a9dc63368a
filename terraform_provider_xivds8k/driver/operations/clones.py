"""Volumes made from a volume or a snapshot."""

from __future__ import annotations

from collections.abc import Callable

from ..flows.clones import CloneFlows, CloneOrder
from ..objects import Provisioning, Volume
from .base import Operations

COPY_S = 3600.0  # a copy without a deadline of its own


class CloneOperations(Operations):
    """Make volumes from others."""

    def create_volume_from_snapshot(
        self,
        *,
        snapshot_id: str,
        name: str,
        pool: str,
        size_bytes: int | None = None,
        provisioning: Provisioning | None = None,
        lss: str | None = None,
        os400: str | None = None,
        qos_class: str | None = None,
        deadline: float | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Volume:
        """Make a volume that holds the point in time of a snapshot, or leave nothing behind.

        A DS8000 gives ids again: ``S:T`` as ``snapshot_id`` is T only while it is a snapshot of S, the target's id T
        alone whatever snapshot bears it now.  ``size_bytes`` is at least the snapshot's, which is the default.  Raises
        NotFound (``source_snapshot_id``) for a lost snapshot and another volume's, Unsupported where a DS8000 does not
        copy from a FlashCopy target, else as ``create_cloned_volume``.
        """
        self._core.allow("Creating a volume from a snapshot")
        budget = self._core.budget(COPY_S if deadline is None else deadline)
        flows = CloneFlows(self._core, progress)
        order = CloneOrder(
            name=name,
            pool=self._core.get_settled_pool(pool, budget),
            size_bytes=size_bytes,
            provisioning=provisioning,
            lss=lss,
            os400=os400,
            qos_class=qos_class or None,
        )
        return flows.clone(flows.snapshot(snapshot_id, budget), order, budget)[0]

    def create_cloned_volume(
        self,
        *,
        volume_id: str,
        name: str,
        pool: str,
        size_bytes: int | None = None,
        provisioning: Provisioning | None = None,
        lss: str | None = None,
        os400: str | None = None,
        qos_class: str | None = None,
        deadline: float | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Volume:
        """Make a volume that holds what another holds now, or leave nothing behind.

        ``size_bytes`` is at least the other's, which is the default; so is its OS/400 model.  Returned when the copy
        is complete and the array needs the other no longer; ``deadline`` is an hour unless given.  Raises as
        ``create_volume``, NotFound (``source_volume_id``), Refused where it would be smaller, TimedOut or InDoubt
        with ``left`` where the copy may still go on.
        """
        self._core.allow("Cloning a volume")
        budget = self._core.budget(COPY_S if deadline is None else deadline)
        flows = CloneFlows(self._core, progress)
        order = CloneOrder(
            name=name,
            pool=self._core.get_settled_pool(pool, budget),
            size_bytes=size_bytes,
            provisioning=provisioning,
            lss=lss,
            os400=os400,
            qos_class=qos_class or None,
        )
        return flows.clone(flows.volume(volume_id, budget), order, budget)[0]

    def finish_cloned_volume(
        self,
        *,
        volume_id: str,
        copied_from: str,
        expected_name: str,
        size_bytes: int,
        deadline: float | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Volume:
        """Wait for the copy of a clone whose deadline passed, and withdraw the FlashCopy from ``copied_from`` onto it.

        ``copied_from`` is what it was made from, a snapshot also as ``S:T``.  A volume without that relation is
        returned as it is: what it holds nobody can tell.  Raises Refused where the copy failed, and before anything
        else for a volume of another name or size than the clone was left with, which is another's; NotFound, also
        where the snapshot was lost while it was copied; TimedOut.
        """
        self._core.allow("Finishing a clone")
        budget = self._core.budget(COPY_S if deadline is None else deadline)
        return CloneFlows(self._core, progress).finish(volume_id, copied_from, (expected_name, size_bytes), budget)

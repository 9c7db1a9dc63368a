"""Restoring volumes and groups from their snapshots."""

from __future__ import annotations

from ..core import Core
from ..errors import Refused
from ..flows.restores import Progress, SnapshotRestores, Wish
from ..flows.reversals import Reversals
from ..objects import Restored
from .base import Operations

NO_PROGRESS: Progress = lambda _: None  # noqa: E731


class RestoreOperations(Operations):
    """Restore."""

    def revert_to_snapshot(
        self,
        *,
        snapshot_id: str,
        volume_id: str | None = None,
        hosts_offline: bool = False,
        dry_run: bool = False,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> Restored:
        """Give a volume what its snapshot holds; what an XIV volume held is kept in a safety snapshot.

        ``dry_run`` checks everything and changes nothing.  Raises NotFound for a lost snapshot, InUse for a mapped
        volume (unless ``hosts_offline``) or other relations, Refused where the volume was resized, InDoubt.
        """
        wish = self._wish(hosts_offline, dry_run, progress)
        return _restores(self._core).one(snapshot_id, volume_id, wish, self._core.budget(deadline))

    def revert_to_cgsnapshot(
        self,
        *,
        cgsnapshot_id: str,
        hosts_offline: bool = False,
        dry_run: bool = False,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> Restored:
        """Give all volumes of a group snapshot what it holds; raises as ``revert_to_snapshot``.

        The id is the snapshot group's name on an XIV, ``S:T,S:T`` on a DS8000.
        """
        wish = self._wish(hosts_offline, dry_run, progress)
        restores, budget = _restores(self._core), self._core.budget(deadline)
        if isinstance(restores, SnapshotRestores):
            return restores.group(cgsnapshot_id, wish, budget)
        return restores.group(pairs_of(cgsnapshot_id), wish, budget)

    def _wish(self, hosts_offline: bool, dry_run: bool, progress: Progress | None) -> Wish:  # noqa: FBT001
        if not dry_run:
            self._core.allow("Restoring from a snapshot", destroys=True)
        return Wish(hosts_offline=hosts_offline, dry_run=dry_run, progress=progress or NO_PROGRESS)


def pairs_of(cgsnapshot_id: str) -> tuple[tuple[str, str], ...]:
    """Return source and target ids of a DS8000's group snapshot; raises Refused for another text."""
    pairs = tuple(part.strip().upper().partition(":") for part in cgsnapshot_id.split(","))
    if not all(source and target for source, _, target in pairs):
        raise Refused(
            f"{cgsnapshot_id!r} is no group snapshot of a DS8000",
            next_step='Its id is the ids of its relations: "0000:0100,0001:0101".',
            attribute="consistency_group_snapshot_id",
        )
    return tuple((source, target) for source, _, target in pairs)


def _restores(core: Core) -> SnapshotRestores | Reversals:
    array = core.array
    if array.snapshots is not None and array.groups is not None:
        return SnapshotRestores(core, array.snapshots, array.groups)
    if array.flashcopies is not None:
        return Reversals(core, array.flashcopies)
    raise Refused("This array restores nothing from snapshots")

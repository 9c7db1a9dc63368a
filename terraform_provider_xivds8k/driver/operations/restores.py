"""Restoring volumes and groups from their snapshots."""

from __future__ import annotations

from ..core import Core
from ..errors import Refused
from ..flows.restores import SnapshotRestores, Wish
from ..flows.reversals import Reversals
from ..objects import Restored
from ..waiting import Progress
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

        A DS8000 gives ids again, so there the volume has to be named too: by ``volume_id``, or by ``S:T`` as the
        snapshot's id.
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
        return _restores(self._core).group(cgsnapshot_id, wish, self._core.budget(deadline))

    def _wish(self, hosts_offline: bool, dry_run: bool, progress: Progress | None) -> Wish:  # noqa: FBT001
        if not dry_run:
            self._core.allow("Restoring from a snapshot", destroys=True)
        return Wish(hosts_offline=hosts_offline, dry_run=dry_run, progress=progress or NO_PROGRESS)


def _restores(core: Core) -> SnapshotRestores | Reversals:
    array = core.array
    if array.snapshots is not None and array.groups is not None:
        return SnapshotRestores(core, array.snapshots, array.groups)
    if array.flashcopies is not None:
        return Reversals(core, array.flashcopies)
    raise Refused("This array restores nothing from snapshots")

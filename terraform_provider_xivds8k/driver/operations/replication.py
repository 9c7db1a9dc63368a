"""Replication between two arrays: set up, looked at, and brought from one side to the other."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ..errors import DriverError, Refused, Unsupported
from ..flows.deletions import expect_name
from ..flows.failovers import Asked, Failovers
from ..flows.pair_calls import after
from ..flows.pair_guards import mapping_warning, serving_pair
from ..flows.pair_replicas import replica_of
from ..flows.pair_setup import PairSetup
from ..flows.pair_sizes import refuse_half_grown
from ..flows.pair_views import PairViews, need_target
from ..flows.pair_work import PairSteps
from ..flows.replications import Replications
from ..flows.volumes import VolumeFlows
from ..objects import Volume
from ..replicating import (
    OTHER,
    FailoverReport,
    Operation,
    Pair,
    Remaining,
    Replication,
    ReplicationMode,
    ReplicationOrder,
    ReplicationStatus,
    Scope,
    Side,
    Terms,
    UnfinishedEnd,
)
from ..waiting import Budget, Progress
from .base import Operations

NO_PROGRESS: Progress = lambda _: None  # noqa: E731
LONG_S = 3600.0  # copying takes its time
MODES: dict[str, tuple[ReplicationMode, ...]] = {"xiv": ("sync", "async"), "ds8k": ("metro_mirror", "global_copy")}


class ReplicationOperations(Operations):
    """Replicate volumes and groups to the replication target."""

    _kept: tuple[PairViews, Replications] | None = None
    _keeping = threading.Lock()

    # reading

    def find_replication(
        self, replication_id: str, *, remote_id: str | None = None, deadline: float | None = None
    ) -> Pair | None:
        """Return a replication as both arrays have it now, None where both say that there is none.

        ``replication_id`` is the id of home's volume or group, ``remote_id`` the remote one, by which it is found
        while home does not answer.  Raises Unreachable where one array is silent and the other has no such pair.
        """
        return self._replications.find(replication_id, remote_id, self._core.budget(deadline))

    def find_recent_replication(
        self, replication_id: str, *, remote_id: str | None = None, deadline: float | None = None
    ) -> Pair | None:
        """Return a replication as it was at most a minute ago, None only where both arrays say so now."""
        return self._replications.find_recent(replication_id, remote_id, self._core.budget(deadline))

    def describe_replication(self, pair: Pair, *, deadline: float | None = None) -> Replication:
        """Return what is set up; raises Unreachable where one side does not answer."""
        return self._replications.described(pair, self._core.budget(deadline))

    def find_replica(
        self, replication_id: str, *, name: str, system_id: str, deadline: float | None = None
    ) -> Pair | None:
        """Return the pair of a volume or group of home that the remote array lists while home is silent, else None.

        It is found by home's system id, and by its volume id on a DS8000, by its name on an XIV.  Nothing is raised for
        an array that does not answer, nor without a replication target.
        """
        if self._core.partner is None:
            return None
        try:
            look = self._replications.recent(self._core.budget(deadline))
        except DriverError:
            return None
        return replica_of(look, replication_id, name, system_id)

    def list_replications(self, *, deadline: float | None = None) -> tuple[Pair, ...]:
        """Return all replications, the pairs of a mirrored group inside it."""
        return self._views.look(self._core.budget(deadline)).heads

    def get_replication_status(
        self,
        replication_ids: Sequence[str] | None = None,
        *,
        consistency_group_id: str | None = None,
        pools: Sequence[str] | None = None,
        deadline: float | None = None,
    ) -> tuple[ReplicationStatus, ...]:
        """Return how replications stand by the table of states, in a constant number of calls.

        Ids are those of replications, of their remote volumes, or the arrays' own of pairs; ``pools`` are pools of the
        remote array; without any of these, all.  One array may be silent.  Raises NotFound, Ambiguous, Unreachable
        where neither answers.
        """
        budget = self._core.budget(deadline)
        return self._replications.statuses(replication_ids, consistency_group_id, pools, budget)

    def get_status_of_replication(
        self, replication_id: str, *, remote_id: str | None = None, deadline: float | None = None
    ) -> ReplicationStatus:
        """Return how one replication stands, and never another one with an id like it.

        ``replication_id`` is the id of home's volume or group; while home does not answer, ``remote_id`` leads to the
        pair.  Or it names one volume by ``system_id/id``, or a remote volume alone.  Raises NotFound, Ambiguous.
        """
        return self._replications.status(replication_id, remote_id, self._core.budget(deadline))

    def find_mapping_warning(self, volume_id: str, *, side: Side = "home", deadline: float | None = None) -> str | None:
        """Return what a user should know before a volume of that side is mapped, None where there is nothing.

        While both sides of its pair may be written, as far as was seen within the last minute; for advice only.
        """
        if self._core.partner is None:
            return None
        try:
            look = self._replications.recent(self._core.budget(deadline))
        except DriverError:
            return None
        return mapping_warning(look, volume_id, side)

    def find_serving_pair(self, remote_volume_id: str, *, deadline: float | None = None) -> Pair | None:
        """Return the pair of a remote volume that serves in home's place, as seen within the last minute; for advice.

        None where it does not, where nobody tells, and without a replication target.
        """
        if self._core.partner is None:
            return None
        try:
            return serving_pair(self._replications.recent(self._core.budget(deadline)), remote_volume_id)
        except DriverError:
            return None

    def forget_recent(self) -> None:
        """Let the next ``find_recent_...`` ask the arrays."""
        self._core.forget_recent()
        if self._core.partner is not None:
            self._core.partner.forget_recent()
        if self._kept is not None:
            self._kept[1].forget()

    # setting up

    def enable_replication(
        self,
        *,
        mode: ReplicationMode,
        volume_id: str | None = None,
        consistency_group_id: str | None = None,
        rpo_s: int | None = None,
        remote_pool: str | None = None,
        remote_name: str | None = None,
        wait_for_sync: bool = False,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> Replication:
        """Copy a volume, or an empty consistency group of an XIV, to the replication target from now on.

        The remote volume is always a new one.  Raises AlreadyExists (``remote_name``) where its name is taken,
        NotFound (``remote_pool``), InUse, NoSpace, InDoubt; ``left`` of an error is what could not be undone,
        ``may_be_there`` whether there may be a replication all the same.
        """
        self._core.allow("Setting up a replication")
        if (volume_id is None) == (consistency_group_id is None):
            raise Refused(
                "Give exactly one of volume_id and consistency_group_id",
                happened="A replication is of one volume, or of one group.",
                left_behind="Nothing was changed.",
                next_step="Leave out the other one.",
                attribute="volume_id",
            )
        self._check_mode(mode)
        order = ReplicationOrder(
            subject="volume" if volume_id is not None else "group",
            id=volume_id or consistency_group_id or "",
            mode=mode,
            rpo_s=rpo_s,
            remote_pool=remote_pool,
            remote_name=remote_name,
        )
        budget = self._core.budget(LONG_S if deadline is None else deadline)
        return self._replications.create(order, budget, progress or NO_PROGRESS, wait_for_sync=wait_for_sync)

    def begin_replication(self, *, replication_id: str, deadline: float | None = None) -> None:
        """Let the first copy begin of a replication whose creation was broken off before that; else do nothing.

        Raises Refused where copying was stopped later, by somebody or by the array.
        """
        self._core.allow("Setting up a replication")
        self._replications.begin(replication_id, self._core.budget(deadline))

    def wait_for_replication(self, *, replication_id: str, deadline: float | None = None) -> None:
        """Wait until a replication serves at home and is in step; raises NotFound, TimedOut, Cancelled."""
        budget = self._core.budget(LONG_S if deadline is None else deadline)
        self._replications.wait_for(replication_id, frozenset({1}), budget)

    def change_replication(
        self,
        *,
        replication_id: str,
        mode: ReplicationMode,
        rpo_s: int | None = None,
        allow_full_resync: bool = False,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> Replication:
        """Copy in another mode or within another RPO.

        Raises Refused outside row 1, or without ``allow_full_resync`` where the pair has to be copied in full again.
        """
        self._core.allow("Changing a replication")
        self._check_mode(mode)
        budget = self._core.budget(LONG_S if deadline is None else deadline)
        return self._replications.change(
            replication_id, mode, rpo_s, budget, progress or NO_PROGRESS, allow_full_resync=allow_full_resync
        )

    def disable_replication(
        self,
        *,
        replication_id: str,
        remote_on_delete: Remaining = "keep",
        remote_id: str | None = None,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        """End a replication, and keep or delete its remote volume; raises Refused outside rows 1 and 2.

        With ``remote_id`` no other remote volume is deleted: Refused (``remote_on_delete``).  And an ending that was
        broken off is finished: where the pair is gone and that volume is locked still as the copy it was (XIV).
        """
        self._core.allow("Ending a replication", destroys=True)
        budget, tell = self._core.budget(deadline), progress or NO_PROGRESS
        self._replications.delete(replication_id, remote_on_delete, budget, tell, remote_id=remote_id)

    def find_unfinished_end(
        self, remote_id: str, *, remote_on_delete: Remaining = "keep", deadline: float | None = None
    ) -> UnfinishedEnd | None:
        """Return what an end that was broken off left on the remote array, of a pair both arrays say is gone.

        ``disable_replication`` with that ``remote_id`` finishes it.  None where nothing is left, or nothing shows it: a
        DS8000 lists a pair as long as anything is left of it.
        """
        return self._replications.unfinished(remote_id, remote_on_delete, self._core.budget(deadline))

    def _is_paired(self, volume_id: str, size_bytes: int, expected_name: str | None, budget: Budget) -> bool:
        """Tell whether a volume that is to grow is in a pair with the replication target; looks, and checks its name.

        Raises Refused (``size_bytes``, ``written_name``), NotFound.
        """
        if self._core.partner is None:
            return False
        flows = VolumeFlows(self._core)
        flows.check_size(size_bytes)
        volume = flows.present(volume_id, budget)
        if not self._core.array.pairs.find("volume", volume.id, budget):
            return False
        pair = self._replications.find(volume.id, None, budget)
        if volume.size_bytes >= size_bytes:  # its copy may not be: a growth was broken off
            if pair is not None and pair.row != 1:
                refuse_half_grown(self._views, pair, size_bytes, budget)
            return pair is not None and pair.row == 1
        expect_name(self._core.array.family, volume, expected_name, "grown")
        return pair is not None

    def _grow_pair(
        self,
        volume_id: str,
        size_bytes: int,
        budget: Budget,
        progress: Progress | None,
        *,
        allow_full_resync: bool,
    ) -> Volume:
        """Grow both volumes of a pair; return home's."""
        grow = self._replications.grow
        grow(volume_id, size_bytes, budget, progress or NO_PROGRESS, allow_full_resync=allow_full_resync)
        with after(f"Volume {volume_id} and its copy have grown."):
            return VolumeFlows(self._core).as_now(volume_id, budget)

    # moving

    def failover_host(
        self,
        *,
        operation: Operation = "failover",
        to: Side | None = None,
        scope: Scope,
        terms: Terms | None = None,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> FailoverReport:
        """Bring replications to a side: ``switch``, ``failover``, ``failback`` or ``resync``.

        ``to`` is ``remote`` unless said; a failback is always to home.  All members are checked first: raises Refused,
        naming each, with nothing changed.  An error after that has a ``report`` of where each member is.
        """
        wanted = terms or Terms()
        side: Side = "home" if operation == "failback" else to or "remote"
        if operation == "failback" and to == "remote":
            raise Refused(
                "A failback is always to home",
                happened="What would happen: it would end where it began, at the remote array.",
                left_behind="Nothing was changed.",
                next_step='Use switch with to = "remote". No option makes a failback of it.',
                attribute="to",
            )
        if wanted.mode is not None:
            self._check_final_mode(operation, wanted.mode)
        if not wanted.dry_run:
            self._core.allow(operation.capitalize(), destroys=operation == "resync")
        budget = self._core.budget(LONG_S if deadline is None else deadline)
        self._views.forget_silence()
        try:
            asked = Asked(operation=operation, to=side, scope=scope, terms=wanted)
            return _failovers(self._views, asked).run(asked, budget, progress or NO_PROGRESS)
        finally:
            self.forget_recent()

    def _check_final_mode(self, operation: Operation, mode: str) -> None:
        """Raise Unsupported (``mode``) where an operation does not end in a mode that can be said."""
        self._check_mode(mode)
        if operation == "failover" or self._core.array.family != "ds8k":
            raise Unsupported(
                f"A {operation} of this array leaves the mode as it is",
                happened="Only on a DS8000, by switch, resync and failback, is a pair copied in another mode "
                "afterwards.",
                left_behind="Nothing was changed.",
                next_step="Leave mode out.",
                attribute="mode",
            )

    # what these stand on

    @property
    def _views(self) -> PairViews:
        return self._held[0]

    @property
    def _replications(self) -> Replications:
        return self._held[1]

    @property
    def _held(self) -> tuple[PairViews, Replications]:
        with self._keeping:
            if self._kept is None:
                views = PairViews(self._core, need_target(self._core))
                self._kept = views, Replications(views, _setup(views))
            return self._kept

    def _check_mode(self, mode: str) -> None:
        known = MODES[self._core.array.family]
        if mode not in known:
            raise Unsupported(
                f"This array has no replication mode {mode!r}",
                happened=f"It is of family {self._core.array.family}.",
                left_behind="Nothing was changed.",
                next_step=f"Write {' or '.join(known)}.",
                attribute="mode",
            )


def _failovers(views: PairViews, asked: Asked) -> Failovers:
    """Return what brings pairs there; whatever the side says that a failover leaves, it does not stand in its way."""
    both, left = views.needing("home", "remote"), views.bearing(OTHER[asked.to]).needing(asked.to)
    seen = left if asked.operation == "failover" else both
    return Failovers(seen, _steps(seen))


def _setup(views: PairViews) -> PairSetup:
    if views.home.array.family == "xiv":
        from ..flows.mirror_setup import MirrorSetup

        return MirrorSetup(views)
    from ..flows.pprc_setup import PprcSetup

    return PprcSetup(views)


def _steps(views: PairViews) -> PairSteps:
    if views.home.array.family == "xiv":
        from ..flows.mirror_steps import MirrorSteps

        return MirrorSteps(views)
    from ..flows.pprc_steps import PprcSteps

    return PprcSteps(views)

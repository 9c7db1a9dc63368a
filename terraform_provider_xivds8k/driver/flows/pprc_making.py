"""A new PPRC pair of a DS8000: a new remote volume, paths both ways, a first full copy; or nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..array import VolumeOrder
from ..errors import AlreadyExists, Cancelled, DriverError, InDoubt, InUse, NoSpace, NotFound, Refused, Unsupported
from ..objects import Pool, Volume
from ..pprcs import PairEnds, PairOption, PairType
from ..replicating import ReplicationOrder
from ..waiting import LOOK_AFTER_STOP_S, Budget, Progress
from .deletions import expect_same
from .luns import choosing, volume_key
from .pair_views import PairViews
from .pprc_bulk import halves_at, in_bulk, is_source, looked_at_again, pprcs_of
from .pprc_ending import PprcEnding
from .pprc_paths import MadePaths, PprcPaths, Way
from .volumes import UNDO_S, VolumeFlows

MODES: dict[str, PairType] = {"metro_mirror": "metro_mirror", "global_copy": "global_copy"}


@dataclass(slots=True)
class Made:
    """Gather what a call made, and whether the arrays' own answers said so."""

    volume: Volume | None = None
    is_answered: bool = False
    paths: MadePaths = field(default_factory=MadePaths)
    pair: PairEnds | None = None


class PprcMaking:
    """Make pairs from home to remote."""

    def __init__(self, views: PairViews) -> None:
        self._views = views
        self._home, self._remote = views.home, views.remote
        self._paths = PprcPaths(views)
        self._ending = PprcEnding(views)

    def create(self, order: ReplicationOrder, budget: Budget, progress: Progress) -> None:
        """Make a pair with a new remote volume, and let the copying begin."""
        _check(order)
        key = volume_key(order.id)
        with choosing(self._home.array.system_id(budget), key, budget):
            volume = self._free(order.id, budget)
            pool = self._pool(order.remote_pool, budget)
            made = Made()
            try:
                self._make_volume(order, volume, pool, made, budget)
                self._join(volume, made, budget, progress)
                self._pair(volume, made, MODES[order.mode], budget)
            except BaseException as error:
                if isinstance(error, DriverError):
                    self._undo(made, error)
                raise
            finally:
                self._paths.release(made.paths)
                self._home.inventory.doubt(volume_id=volume.id)
        progress(f"{volume.name}: copied to {order.remote_name or volume.name} on the remote array from now on")

    # what is there

    def _free(self, volume_id: str, budget: Budget) -> Volume:
        """Return home's volume; raises NotFound, InUse where it is in a pair, Unsupported."""
        try:
            volume = VolumeFlows(self._home).present(volume_id, budget)
        except NotFound as error:
            error.attribute = "volume_id"
            raise
        if volume.storage_type != "fb":
            raise Unsupported(
                f"Volume {volume.name} is a CKD volume",
                happened="Only FB volumes are replicated.",
                left_behind="Nothing was changed.",
                next_step="Write the id of an FB volume.",
                attribute="volume_id",
            )
        halves = self._home.array.pairs.find("volume", volume.id, budget)
        if halves:
            raise InUse(
                f"Volume {volume.name} ({volume.id}) is in a pair already",
                happened=f"The home array says: {'; '.join(half.words for half in halves)}. What would happen: the "
                "copy there is would have to be given up first.",
                left_behind="Nothing was changed.",
                next_step="Import the replication there is, or end it first. No option makes a second copy.",
                attribute="volume_id",
            )
        return volume

    def _pool(self, text: str | None, budget: Budget) -> Pool:
        target = self._home.settings.replication_target
        wanted = text or (target.pool if target is not None else None)
        if wanted is None:
            raise Refused(
                "It is not said which pool of the remote array takes the copy",
                happened="Neither the replication nor the provider names one.",
                left_behind="Nothing was changed.",
                next_step="Write remote_pool, or pool in replication_target.",
                attribute="remote_pool",
            )
        try:
            pool = self._remote.get_pool(wanted, budget)
        except DriverError as error:
            error.attribute = "remote_pool"
            raise
        if pool.storage_type != "fb":
            raise Refused(
                f"Pool {pool.label} of the remote array holds CKD volumes",
                happened="A copy is of the type of its volume, which is FB.",
                left_behind="Nothing was changed.",
                next_step="Write the name of an FB pool.",
                attribute="remote_pool",
            )
        return pool

    # the remote volume

    def _make_volume(self, order: ReplicationOrder, volume: Volume, pool: Pool, made: Made, budget: Budget) -> None:
        """Make the remote volume under a name nobody has there, in an LSS that is reached already where one is."""
        flows, name = VolumeFlows(self._remote), order.remote_name or volume.name
        with _named_as_remote():
            flows.check_name(name)
            with self._remote.naming(name, budget):
                flows.refuse_taken(name, None, budget)
                places, avoid = self._paths.places(volume.id[:2], pool, budget)
                for lss in (*places, None):
                    wanted = VolumeOrder(
                        name=name,
                        pool=pool,
                        size_bytes=volume.size_bytes,
                        provisioning=volume.provisioning,
                        lss=lss,
                        os400=volume.os400,
                        avoid_lss=avoid,
                    )
                    try:
                        made.volume, made.is_answered = flows.make_named(wanted, budget)
                    except (NoSpace, Refused) as error:
                        if lss is None or error.attribute not in {"lss", "remote_lss"}:
                            raise
                    else:
                        return

    # paths and pair

    def _join(self, volume: Volume, made: Made, budget: Budget, progress: Progress) -> None:
        remote = made.volume
        if remote is None:
            return
        way = Way("home", volume.id[:2], remote.id[:2])
        for one in (way, way.back):
            before = len(made.paths.ways)
            self._paths.ensure(one, made.paths, budget)
            if len(made.paths.ways) > before:
                progress(f"{volume.name}: made a path from {one}")

    def _pair(self, volume: Volume, made: Made, kind: PairType, budget: Budget) -> None:
        remote = made.volume
        if remote is None:
            return
        home_id, remote_id = (core.array.system_id(budget) for core in (self._home, self._remote))
        ends = PairEnds(home_id.upper(), volume.id, remote_id.upper(), remote.id)
        self._look_at_both(volume, remote, budget)
        made.pair = ends
        thin = remote.provisioning == "thin"
        self.establish(
            ends, kind, thin=thin, budget=budget, check=lambda left: self._look_at_both(volume, remote, left)
        )

    def _look_at_both(self, volume: Volume, remote: Volume, budget: Budget) -> None:
        """Refuse to copy from or onto anything but what was looked at: the remote volume new and used by nobody."""
        flows = VolumeFlows(self._remote)
        expect_same(self._free(volume.id, budget), volume, "copied")
        expect_same(flows.present(remote.id, budget), remote, "copied")
        users = self._remote.array.volumes.users(remote, budget)
        if users:
            raise InUse(
                f"The new remote volume {remote.name} ({remote.id}) is in use already",
                happened=f"It has: {', '.join(users.everything)}. What would happen: what they write would be copied "
                "over.",
                next_step="Nothing is copied onto it: find out who uses it.",
                attribute="remote_name",
            )

    def establish(
        self, ends: PairEnds, kind: PairType, *, thin: bool, budget: Budget, check: Callable[[Budget], None]
    ) -> None:
        """Make a pair with a full copy onto a volume that is the caller's own, and see it copying on both arrays.

        ``check`` looks again whether it still is, before that is asked for once more.
        """
        options: tuple[PairOption, ...] = (
            ("permit_space_efficient_target", "initial_copy_full") if thin else ("initial_copy_full",)
        )
        pprcs = pprcs_of(self._home)
        send = looked_at_again(check, lambda pairs, left: pprcs.create(pairs, kind, options, left))
        failures = in_bulk(self._home, (ends,), send, is_source, budget)
        if ends in failures:
            raise failures[ends]
        self._home.wait_until(budget, lambda look: self._both_have(ends, look), f"pair {ends.id} to be on both arrays")
        half = halves_at(self._home, budget.for_a_look()).get(ends.id)
        if half is None or half.standing == "inactive":
            raise Refused(
                f"The array suspended pair {ends.id} at once",
                happened=f"It says: {half.words if half is not None else 'no such pair'}.",
                next_step="Look at the paths between the LSSs, and at the room left in the remote pool.",
                attribute="remote_pool",
            )

    def _both_have(self, ends: PairEnds, budget: Budget) -> bool:
        return all(ends.id in halves_at(core, budget) for core in (self._home, self._remote))

    # undoing

    def _undo(self, made: Made, error: DriverError) -> None:
        """Take back what this call made; what cannot be is named in the error."""
        if made.volume is None:
            return
        try:
            left = self._undone(made, error, Budget(UNDO_S, self._remote.stop))
        except Cancelled:
            left = self._undone(made, error, Budget(LOOK_AFTER_STOP_S))
        if left:
            error.left_behind = f"Left behind: {'; '.join(left)}."
        elif isinstance(error, InDoubt):
            raise Refused(
                "The replication was not set up",
                happened=f"{error}",
                left_behind="Nothing is left on either array.",
                next_step="Run it again.",
            ) from error
        else:
            error.left_behind = "Nothing is left on either array."

    def _undone(self, made: Made, error: DriverError, budget: Budget) -> tuple[str, ...]:
        remote = made.volume
        if remote is None:
            return ()
        said = f"volume {remote.name} ({remote.id}, new) on the remote array"
        if made.pair is not None:
            if isinstance(error, InDoubt):  # it may come yet, and must not meet a stranger under this id
                error.may_be_there = True
                return f"perhaps pair {made.pair.id}", said
            try:
                self._ending.end(made.pair, budget)
            except DriverError as second:
                error.happened = f"{error.happened} Undoing failed too: {second}".strip()
                error.may_be_there = True
                return f"pair {made.pair.id}", said
        left = self._paths.undo(made.paths, budget)
        VolumeFlows(self._remote).undo(remote, error, answered=made.is_answered)
        return (*left, said) if error.left is not None else left


@contextmanager
def _named_as_remote() -> Iterator[None]:
    """Let errors name the settings of a replication, not those of a volume."""
    names = {"name": "remote_name", "pool": "remote_pool", "lss": "remote_pool", "size_bytes": "remote_pool"}
    try:
        yield
    except DriverError as error:
        error.attribute = names.get(error.attribute, error.attribute)
        if isinstance(error, Refused) and error.attribute == "remote_name":
            error.left_behind = error.left_behind or "Nothing was changed."
            error.next_step = error.next_step or "Write another remote_name."
        if isinstance(error, AlreadyExists):
            error.happened = (
                f"{error.happened} That is on the remote array. What would happen: all that is in it would be copied "
                "over."
            ).strip()
            error.next_step = (
                "Choose another remote_name; or delete that one, when it is certain that nobody needs it. No option "
                "makes a volume that exists a copy target."
            )
        raise


def _check(order: ReplicationOrder) -> None:
    if order.subject != "volume":
        raise Unsupported(
            "A DS8000 has no mirrored groups",
            happened="Its consistency groups are in the state only, and none on the array.",
            left_behind="Nothing was changed.",
            next_step="Replicate its volumes, each with volume_id.",
            attribute="consistency_group_id",
        )
    if order.rpo_s is not None:
        raise Unsupported(
            "A DS8000 has no recovery point objective to set",
            happened="Metro Mirror lags behind by nothing, and a Global Copy by what nobody can set.",
            left_behind="Nothing was changed.",
            next_step="Leave rpo_seconds out.",
            attribute="rpo_seconds",
        )

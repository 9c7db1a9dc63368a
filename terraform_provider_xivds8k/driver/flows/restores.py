"""Giving volumes back what their snapshots hold: everything is checked first, and nothing is undone by deleting.

What is common, and the way of an array that keeps snapshots itself (XIV): a safety snapshot of what there is now is
taken first, and stays.  ``reversals`` has the way of a DS8000.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..array import Groups, Snapshots
from ..core import Core
from ..errors import Cancelled, DriverError, InDoubt, InUse, NotFound, Refused
from ..objects import Restored, Volume
from ..waiting import LOOK_AFTER_STOP_S, Budget, Progress
from .pair_guards import PairGuard
from .volumes import UNDO_S

LONGEST_NAME = 63
SAFETY_PRIORITY = 1  # goes last when space runs out


@dataclass(frozen=True, slots=True)
class Wish:
    """Say how to restore: whether the hosts of mapped volumes are offline, and whether only to look."""

    hosts_offline: bool = False
    dry_run: bool = False
    progress: Progress = lambda _: None


@dataclass(frozen=True, slots=True)
class Way:
    """Be what a restore on an XIV consists of: ``take`` and ``drop`` a safety snapshot, and ``restore``."""

    volumes: tuple[Volume, ...]
    safety: str
    calls: tuple[str, ...]
    take: Callable[[], None]
    drop: Callable[[Budget], None]
    restore: Callable[[], None]


class SnapshotRestores:
    """Restore on an array that keeps snapshots itself."""

    def __init__(self, core: Core, snapshots: Snapshots, groups: Groups) -> None:
        self._core = core
        self._volumes = core.array.volumes
        self._snapshots = snapshots
        self._groups = groups

    def one(self, snapshot_id: str, volume_id: str | None, wish: Wish, budget: Budget) -> Restored:
        """Restore a volume from one of its snapshots."""
        return self._restored(lambda: self._way_of_one(snapshot_id, volume_id, wish, budget), wish, budget)

    def _way_of_one(self, snapshot_id: str, volume_id: str | None, wish: Wish, budget: Budget) -> Way:
        snapshot = self._volumes.find(snapshot_id, budget)
        if snapshot is None or not snapshot.is_snapshot:
            what = (
                f"{snapshot.name} is a volume of its own."
                if snapshot is not None
                else "The array has no such snapshot."
            )
            raise lost_snapshot(f"snapshot {snapshot_id}", what)
        volume = self._master(snapshot, volume_id, budget)
        refuse_resized(((volume, snapshot),))
        self._refuse_used((volume,), wish, budget)
        safety = safety_name(volume.name)
        return Way(
            volumes=(volume,),
            safety=safety,
            calls=(
                f"snapshot_create vol={volume.name} name={safety} delete_priority={SAFETY_PRIORITY}",
                f"snapshot_restore snapshot={snapshot.name}",
            ),
            take=lambda: self._take(volume, safety, budget),
            drop=lambda brief: self._drop(volume, safety, brief),
            restore=lambda: self._snapshots.restore(snapshot, volume, budget),
        )

    def group(self, name: str, wish: Wish, budget: Budget) -> Restored:
        """Restore every member of a consistency group from a snapshot group."""
        return self._restored(lambda: self._way_of_group(name, wish, budget), wish, budget)

    def _way_of_group(self, name: str, wish: Wish, budget: Budget) -> Way:
        found = self._groups.snapshot_groups(budget, name)
        if len(found) != 1:
            raise lost_snapshot(f"snapshot group {name}", "The array has no such snapshot group.")
        group = found[0].group
        members = self._groups.members(group, budget)
        everything = self._volumes.listing(self._core.array.pools(budget), budget)
        of_group = {one.snapshot_of: one for one in everything if one.snapshot_group == found[0].name}
        self._refuse_other_members(found[0].name, group, members, set(of_group))
        refuse_resized((member, of_group[member.name]) for member in members)
        as_is = self._groups.find(group, budget)
        if as_is is not None and as_is.is_mirrored:
            raise _mirrored(f"Consistency group {group}")
        self._refuse_used(members, wish, budget)
        safety = group_safety_name(group, tuple(member.name for member in members))
        return Way(
            volumes=members,
            safety=safety,
            calls=(f"cg_snapshots_create cg={group} snap_group={safety}", f"snap_group_restore snap_group={name}"),
            take=lambda: self._take_of_group(group, safety, budget),
            drop=lambda brief: self._groups.discard(safety, brief),
            restore=lambda: self._groups.restore(found[0].name, budget),
        )

    def _restored(self, look: Callable[[], Way], wish: Wish, budget: Budget) -> Restored:
        """Look and restore; while the array is busy all is looked at, and the safety snapshot taken, anew."""
        way = look() if wish.dry_run else self._core.patiently(budget, lambda: self._carried_out(look(), wish))
        return Restored(
            volume_ids=tuple(volume.id for volume in way.volumes),
            names=tuple(volume.name for volume in way.volumes),
            calls=way.calls,
            safety=(way.safety,),
            dry_run=wish.dry_run,
        )

    def _carried_out(self, way: Way, wish: Wish) -> Way:
        try:
            wish.progress(f"taking safety snapshot {way.safety}")
            way.take()
            wish.progress(f"restoring {', '.join(volume.name for volume in way.volumes)}")
            self._send(way)
        finally:
            self._core.recent.forget()
            for volume in way.volumes:
                self._core.inventory.doubt(volume_id=volume.id)
        return way

    def _send(self, way: Way) -> None:
        try:
            way.restore()
        except InDoubt as doubt:
            names = ", ".join(volume.name for volume in way.volumes)
            doubt.left_behind = (
                f"{names} may hold what the snapshot holds, or still what it held, and may yet be restored; what it "
                f"held is kept in safety snapshot {way.safety}."
            )
            doubt.next_step = "Look at the volume's content before hosts use it; then restore again, or leave it."
            raise
        except DriverError as error:
            if isinstance(error, NotFound):
                error.happened = (
                    f"{error.happened} It was there before the safety snapshot was taken: the array may have deleted "
                    "it to make room."
                ).strip()
            self._drop_after(way, error)
            raise

    def _drop_after(self, way: Way, error: DriverError) -> None:
        """Delete the safety snapshot of a restore that was not done, or name it."""
        error.left_behind = "Nothing was restored, and nothing is left."
        try:
            try:
                way.drop(Budget(UNDO_S, self._core.stop))
            except Cancelled:
                way.drop(Budget(LOOK_AFTER_STOP_S))
        except DriverError as second:
            error.left_behind = (
                f"Nothing was restored; safety snapshot {way.safety} is left: it was not deleted ({second.summary})."
            )

    def _master(self, snapshot: Volume, volume_id: str | None, budget: Budget) -> Volume:
        named = self._volumes.named(snapshot.snapshot_of or "", budget)
        if len(named) != 1 or named[0].is_snapshot:
            raise Refused(
                f"The volume of snapshot {snapshot.name} cannot be found",
                happened=f"The array calls it {snapshot.snapshot_of}; {len(named)} objects have that name.",
                left_behind="Nothing was changed.",
                next_step="Run it again; if it stays so, look at the array's health.",
            )
        if volume_id is not None and named[0].id.casefold() != volume_id.casefold():
            raise of_another(snapshot.name, named[0].id, volume_id)
        return named[0]

    def _refuse_other_members(self, name: str, group: str, members: tuple[Volume, ...], then: set[str | None]) -> None:
        now = {member.name for member in members}
        if now == then and now:
            return
        gone, added = sorted(str(one) for one in then - now), sorted(now - then)
        raise Refused(
            f"Consistency group {group} has other members than snapshot group {name}",
            happened=f"Without a snapshot in it: {', '.join(added) or 'none'}; no longer in the group: "
            f"{', '.join(gone) or 'none'}.",
            left_behind="Nothing was changed.",
            next_step="Bring the members back as they were, or restore volume by volume.",
            attribute="consistency_group_snapshot_id",
        )

    def _refuse_used(self, volumes: tuple[Volume, ...], wish: Wish, budget: Budget) -> None:
        for volume in volumes:
            users = self._volumes.users(volume, budget)
            if users.relations:
                PairGuard(self._core).check_served(volume, f"restore volume {volume.name}", "snapshot_id", budget)
                raise _mirrored(f"Volume {volume.name}", ", ".join(users.relations))
            refuse_mapped(volume, users.mappings, wish)

    def _take(self, volume: Volume, safety: str, budget: Budget) -> None:
        try:
            self._snapshots.create(volume, safety, SAFETY_PRIORITY, budget)
        except InDoubt as doubt:
            taken = self._core.certainly(
                budget.for_a_look(), lambda look: self._snapshots.settled(volume, safety, look) is not None
            )
            if not taken:
                raise _without_safety(doubt, safety) from doubt

    def _take_of_group(self, group: str, safety: str, budget: Budget) -> None:
        try:
            self._groups.take(group, safety, budget)
        except InDoubt as doubt:
            taken = self._core.certainly(
                budget.for_a_look(), lambda look: bool(self._groups.snapshot_groups(look, safety))
            )
            if not taken:
                raise _without_safety(doubt, safety) from doubt

    def _drop(self, volume: Volume, safety: str, budget: Budget) -> None:
        found = self._snapshots.settled(volume, safety, budget)
        if found is not None:
            self._snapshots.delete(found, budget)


def safety_name(name: str, longest: int = LONGEST_NAME, before: str = "restore") -> str:
    """Return a name for what is kept of a volume or group before something: when, in UTC, and what tells two apart."""
    ending = f".before-{before}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
    return name[: max(0, longest - len(ending))] + ending


def group_safety_name(group: str, members: tuple[str, ...], before: str = "restore") -> str:
    """Return a name short enough that the array's ``NAME.MEMBER``, cut to its limit, tells the members apart."""
    most = len(members)
    telling = next(
        (n for n in range(LONGEST_NAME) if len({one[:n].casefold() for one in members}) == most), LONGEST_NAME
    )
    room = LONGEST_NAME - 1 - telling
    for name in (
        safety_name(group, room, before),
        f"before-{before}-{secrets.token_hex(4)}",
        f"b{secrets.token_hex(2)}",
    ):
        if len(name) <= room:
            return name
    raise Refused(
        f"The members of consistency group {group} have names too alike for a safety snapshot",
        happened=f"The array cuts the names of their snapshots to {LONGEST_NAME} characters, and the volumes' names "
        f"differ only after {telling - 1}.",
        left_behind="Nothing was changed.",
        next_step="Rename a member." + (" Or restore volume by volume." if before == "restore" else ""),
    )


def lost_snapshot(what: str, happened: str) -> NotFound:
    """Return the error for a point in time that is no more."""
    return NotFound(
        f"There is nothing to restore from: {what}",
        happened=happened,
        left_behind="Nothing was changed.",
        next_step="Name a snapshot that is there; a refresh shows which are lost.",
        attribute="snapshot_id",
    )


def of_another(snapshot: str, found_id: str, volume_id: str) -> Refused:
    """Return the error for a snapshot of another volume."""
    return Refused(
        f"Snapshot {snapshot} is of volume {found_id}, not of {volume_id}",
        left_behind="Nothing was changed.",
        next_step="Name a snapshot of the volume.",
        attribute="snapshot_id",
    )


def refuse_resized(pairs: Iterable[tuple[Volume, Volume]]) -> None:
    """Raise InUse where a volume has another size than its snapshot."""
    for volume, snapshot in pairs:
        if volume.size_bytes != snapshot.size_bytes:
            raise InUse(
                f"Volume {volume.name} was resized since snapshot {snapshot.name} was taken",
                happened=f"It has {volume.size_bytes} bytes, the snapshot {snapshot.size_bytes}. A restore would "
                "change the size of the volume under its hosts.",
                left_behind="Nothing was changed.",
                next_step="Make a new volume from the snapshot (source_snapshot_id) and copy what is needed on a host.",
                attribute="snapshot_id",
            )


def refuse_mapped(volume: Volume, mappings: tuple[str, ...], wish: Wish) -> None:
    """Raise InUse for a mapped volume, unless its hosts are said to be offline."""
    if mappings and not wish.hosts_offline:
        raise InUse(
            f"Volume {volume.name} is mapped and was not restored",
            happened=f"It is {', '.join(mappings)}. A host that has it open would go on with what it remembers of the "
            "old content, and destroy the restored one.",
            left_behind="Nothing was changed.",
            next_step="Unmount it and remove its mappings; or take its hosts offline and set hosts_offline = true.",
            attribute="hosts_offline",
        )


def _mirrored(what: str, how: str = "a mirror") -> InUse:
    return InUse(
        f"{what} is mirrored and cannot be restored",
        happened=f"It has: {how}. What would happen: the copy would lose what it is a copy of; no array restores a "
        "volume that is in a mirror.",
        left_behind="Nothing was changed.",
        next_step="Delete the mirror first (its remote copy stays), restore, then make it anew; or make a new volume "
        "from the snapshot. No option restores it as it is.",
        attribute="snapshot_id",
    )


def _without_safety(doubt: InDoubt, safety: str) -> InDoubt:
    doubt.left_behind = f"Nothing was restored. Safety snapshot {safety} may be on the array."
    doubt.next_step = "Run it again; delete the safety snapshot when it is not needed."
    return doubt

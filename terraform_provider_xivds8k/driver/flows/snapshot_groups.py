"""Snapshot groups of an XIV: taken of a consistency group in one command, found by name, deleted as a whole."""

from __future__ import annotations

from collections.abc import Collection

from .. import rules
from ..array import Groups, SnapshotGroup
from ..core import Core
from ..errors import AlreadyExists, DriverError, InDoubt, InUse, NotFound, Refused
from ..objects import ConsistencyGroup, GroupSnapshot, HeldGroupSnapshot, Snapshot, Volume
from ..waiting import Budget
from .snapshots import snapshot_of


class SnapshotGroups:
    """Take, find and delete the snapshot groups of one XIV."""

    def __init__(self, core: Core, groups: Groups) -> None:
        self._core = core
        self._groups = groups

    def take(self, group_id: str, name: str, volume_ids: Collection[str] | None, budget: Budget) -> GroupSnapshot:
        """Take a snapshot of every member at one point in time, under a name nobody has."""
        group = self._groups.find(group_id, budget)
        if group is None:
            raise NotFound(
                f"No consistency group {group_id!r} on the array",
                left_behind="Nothing was changed.",
                next_step="Correct consistency_group_id.",
                attribute="consistency_group_id",
            )
        with self._core.naming(name, budget):
            self._refuse_taken(name, budget)
            members = self._members(group, volume_ids, budget)
            try:
                self._core.patiently(budget, lambda: self._groups.take(group.name, name, budget))
            except InDoubt as lost:
                return self._settled(name, members, lost, budget)
            finally:
                self._core.recent.forget()
            return self._read_back(name, members, budget)

    def _refuse_taken(self, name: str, budget: Budget) -> None:
        taken = self._groups.snapshot_groups(budget, name)
        if taken:
            raise AlreadyExists(
                f"There is a snapshot group called {name!r} already",
                happened=f"It is of consistency group {taken[0].group or 'none'}, taken {taken[0].created_at}.",
                left_behind="Nothing was changed.",
                next_step=f"Choose another name, or manage the one that exists: import it by name:{taken[0].name}.",
                attribute="name",
            )

    def _members(
        self, group: ConsistencyGroup, volume_ids: Collection[str] | None, budget: Budget
    ) -> tuple[Volume, ...]:
        """Return the members as they are now; raises Refused where they are none, or not those asked for."""
        members = self._groups.members(group.name, budget)
        here = {volume.id.casefold(): volume for volume in members}
        wanted = here.keys() if volume_ids is None else {volume_id.casefold() for volume_id in volume_ids}
        extra = [f"{volume.name} ({volume.id})" for key, volume in here.items() if key not in wanted]
        missing = sorted(wanted - here.keys())
        if extra or missing or not members:
            differs = "; ".join(
                (
                    f"not in the group: {', '.join(missing) or 'none'}",
                    f"in the group and not in volume_ids: {', '.join(extra) or 'none'}",
                )
            )
            raise Refused(
                f"Consistency group {group.name} does not have the members asked for"
                if members
                else f"Consistency group {group.name} has no members",
                happened=f"Looked at right before the snapshot: {differs}.",
                left_behind="Nothing was changed.",
                next_step="Write volume_ids = [for m in xivds8k_consistency_group_member.m : m.volume_id], or leave it "
                "out to take whatever the group holds.",
                attribute="volume_ids",
            )
        return members

    def obstacles(
        self, group_id: str, volume_ids: Collection[str] | None, held: HeldGroupSnapshot, name: str, budget: Budget
    ) -> tuple[str, ...]:
        """Return in words why a snapshot group could not be taken once this one is deleted."""
        group = self._groups.find(group_id, budget)
        if group is None:
            return (f"there is no consistency group {group_id}",)
        try:
            members = self._members(group, volume_ids, budget)
        except Refused as refused:
            return (f"{refused.summary}. {refused.happened}",)
        found = self.find(name, budget)
        goes = _all_of(held, found)
        if found is not None and not goes:
            return (f"there is another snapshot group called {name}, taken {found.created_at}",)
        wanted = {f"{name}.{member.name}" for member in members}
        stays = [one for one in self._everything(budget) if one.name in wanted and one.id not in goes]
        return tuple(f"{one.name} ({one.id}) bears the name of one of its snapshots" for one in stays)

    def _settled(self, name: str, members: tuple[Volume, ...], lost: InDoubt, budget: Budget) -> GroupSnapshot:
        """Look once whether a snapshot group in doubt was taken: its name was free before."""
        lost.left_behind = f"A snapshot group called {name!r} may be on the array, or still appear there."
        try:
            found = self.find(name, budget.for_a_look())
        except DriverError:
            raise lost from None
        if found is None or not _is_of(found, members):
            raise lost
        return found

    def _read_back(self, name: str, members: tuple[Volume, ...], budget: Budget) -> GroupSnapshot:
        try:
            found = self._again(name, budget)
        except DriverError as error:
            raise _taken_unread(name, str(error)) from error
        if found is None:
            raise _taken_unread(name, "The array shows no snapshot group of that name.")
        if _is_of(found, members):
            return found
        changed = Refused(
            f"Snapshot group {name} is not of the members asked for and was not kept",
            happened=f"The members of the group changed meanwhile: it holds snapshots of "
            f"{', '.join(sorted(one.volume_id for one in found.snapshots)) or 'no volume'}.",
            left_behind="Nothing is left on the array.",
            next_step="Run it again.",
            attribute="volume_ids",
        )
        try:
            self._discard(_held(found), budget)
        except DriverError as second:
            changed.group_snapshot = found
            changed.left_behind = f"Snapshot group {name} is left on the array: {second}"
        raise changed

    def _again(self, name: str, budget: Budget) -> GroupSnapshot | None:
        """Find what was just taken; a stop does not keep it from its one look-up."""
        try:
            found = self.find(name, budget)
        except DriverError:
            if not self._core.stop.is_set():
                raise
            found = self.find(name, budget.for_a_look())
        return found

    def find(self, name: str, budget: Budget) -> GroupSnapshot | None:
        """Return a snapshot group with its snapshots, by direct reads."""
        listed = self._groups.snapshot_groups(budget, name)
        if len(listed) != 1:
            return None
        return _joined(listed[0], self._everything(budget), self._core.array.system_id(budget))

    def listing(self, budget: Budget) -> tuple[GroupSnapshot, ...]:
        """Return all snapshot groups but those the array keeps for mirroring."""
        system_id = self._core.array.system_id(budget)
        listed = [one for one in self._groups.snapshot_groups(budget) if not one.name.startswith(rules.XIV_RESERVED)]
        everything = self._everything(budget) if listed else ()
        return tuple(_joined(one, everything, system_id) for one in listed)

    def _everything(self, budget: Budget) -> tuple[Volume, ...]:
        """Return all volumes as they are now; what the inventory was told meanwhile may be newer than this listing."""
        return self._core.array.volumes.listing(self._core.array.pools(budget), budget)

    def losses(self, held: HeldGroupSnapshot, budget: Budget) -> dict[str, str]:
        """Return why snapshots no longer hold their point in time, by volume id; seldom asks the array.

        A snapshot group that somebody renamed holds.
        """
        lost = self._lost(held, budget)
        return {} if lost and self._other_name(held, budget) else lost

    def _lost(self, held: HeldGroupSnapshot, budget: Budget) -> dict[str, str]:
        listed = [one for one in self._core.recent.snapshot_groups.get(budget) if one.name == held.name]
        if not listed or held.created_at not in {None, listed[0].created_at}:
            listed = list(self._groups.snapshot_groups(budget, held.name))
        if not listed:
            return dict.fromkeys(held.snapshot_ids, f"the array has no snapshot group {held.name} any more")
        if held.created_at not in {None, listed[0].created_at}:
            anew = f"snapshot group {held.name} was taken anew {listed[0].created_at}"
            return dict.fromkeys(held.snapshot_ids, anew)
        found = {one: self._loss(held.name, one, snapshot_id, budget) for one, snapshot_id in held.snapshot_ids.items()}
        return {volume_id: why for volume_id, why in found.items() if why}

    def _loss(self, name: str, volume_id: str, snapshot_id: str, budget: Budget) -> str:
        for find in (self._core.inventory.find, self._core.array.volumes.find):  # as listed lately, then as it is now
            why, volume = "", find(volume_id, budget)
            snapshot = find(snapshot_id, budget)
            if snapshot is None:
                why = f"its snapshot {snapshot_id} is gone"
            elif snapshot.snapshot_group != name:
                why = f"its snapshot {snapshot.name} is in snapshot group {snapshot.snapshot_group or 'none'}"
            elif volume is None or snapshot.snapshot_of != volume.name:
                why = f"its snapshot {snapshot.name} is of {snapshot.snapshot_of or 'no volume'}"
            if not why:
                break
        return why

    def renamed_to(self, held: HeldGroupSnapshot, budget: Budget) -> str | None:
        """Return the name somebody gave a snapshot group, None while it bears its own; seldom asks the array."""
        recent = self._core.recent.snapshot_groups.get(budget)
        if any(one.name == held.name and held.created_at in {None, one.created_at} for one in recent):
            return None
        return self._other_name(held, budget)

    def _other_name(self, held: HeldGroupSnapshot, budget: Budget) -> str | None:
        """Return the other name of the one group of our time that all snapshots are in, by direct reads."""
        names = set()
        for volume_id, snapshot_id in held.snapshot_ids.items():
            volume, snapshot = (self._core.array.volumes.find(one, budget) for one in (volume_id, snapshot_id))
            if volume is None or snapshot is None or snapshot.snapshot_of != volume.name:
                return None
            names.add(snapshot.snapshot_group)
        name = names.pop() if len(names) == 1 else None
        if not name or name == held.name:
            return None
        listed = self._groups.snapshot_groups(budget, name)
        return name if len(listed) == 1 and held.created_at in {None, listed[0].created_at} else None

    def delete(self, held: HeldGroupSnapshot, budget: Budget) -> tuple[str, ...]:
        """Delete a snapshot group that is provably ours; return what is left because it is not."""
        with self._core.naming(held.name, budget):
            return self._discard(held, budget)

    def _discard(self, held: HeldGroupSnapshot, budget: Budget) -> tuple[str, ...]:
        """Delete; asked for once: a second one, carried out late, could hit another group of that name."""
        try:
            return self._core.patiently(budget, lambda: self._discard_ours(held, budget))
        except InDoubt as lost:
            if not self._core.certainly(budget.for_a_look(), lambda look: self._is_gone(held.name, look)):
                lost.left_behind = f"Snapshot group {held.name} was on the array a moment ago, and may still go."
                raise
            self._forget(held)
            return ()
        finally:
            self._core.recent.forget()

    def _discard_ours(self, held: HeldGroupSnapshot, budget: Budget) -> tuple[str, ...]:
        """Look and delete, a busy array only after another look."""
        name, ours = held.name, set(held.snapshot_ids.values())
        found = self.find(name, budget)
        if found is None:
            self._refuse_renamed(held, budget)
            return self._single(ours, budget)
        here = {snapshot.id for snapshot in found.snapshots}
        if not here & ours:
            self._refuse_renamed(held, budget)
        if held.created_at not in {None, found.created_at} or not here & ours:
            return (f"snapshot group {name} of {found.group_id or 'no group'}, taken {found.created_at}",)
        if here - ours:
            foreign = ", ".join(one.name for one in found.snapshots if one.id not in ours)
            raise Refused(
                f"Snapshot group {name} also holds snapshots that are not ours, and was not deleted",
                happened=f"They are {foreign}.",
                left_behind="Nothing was changed.",
                next_step="Find out whose they are; delete the snapshot group by hand, or take it out of the state.",
            )
        self._refuse_mapped(name, found.snapshots, budget)
        try:
            self._groups.discard(name, budget)
        except NotFound:
            if not self._is_gone(name, budget):
                raise
        self._core.wait_until(budget, lambda look: self._is_gone(name, look), f"snapshot group {name} to disappear")
        self._forget(held)
        return ()

    def _refuse_renamed(self, held: HeldGroupSnapshot, budget: Budget) -> None:
        other = self._other_name(held, budget)
        if other is not None:
            raise Refused(
                f"Snapshot group {held.name} is called {other} now and was not deleted",
                happened="Somebody renamed it; all its snapshots are there.",
                left_behind="Nothing was changed.",
                next_step=f"If it is still to go, name it {held.name} again (snap_group_rename snap_group={other} "
                f"new_name={held.name}) and run it again; else take it out of the state.",
            )

    def _single(self, ours: set[str], budget: Budget) -> tuple[str, ...]:
        """Name the snapshots that somebody took out of their group before it went."""
        left = (self._core.array.volumes.find(snapshot_id, budget) for snapshot_id in sorted(ours))
        return tuple(f"snapshot {one.name} ({one.id}), {_whereabouts(one)}" for one in left if one)

    def _refuse_mapped(self, name: str, snapshots: tuple[Snapshot, ...], budget: Budget) -> None:
        uses = []
        for snapshot in snapshots:
            volume = self._core.array.volumes.find(snapshot.id, budget)
            users = self._core.array.volumes.users(volume, budget).mappings if volume is not None else ()
            uses += [f"{snapshot.name} is {use}" for use in users]
        if uses:
            raise InUse(
                f"Snapshot group {name} is in use and was not deleted",
                happened=f"{'; '.join(uses)}.",
                left_behind="Nothing was changed.",
                next_step="Unmap these snapshots first, then delete the group snapshot.",
            )

    def _is_gone(self, name: str, budget: Budget) -> bool:
        return not self._groups.snapshot_groups(budget, name)

    def _forget(self, held: HeldGroupSnapshot) -> None:
        for snapshot_id in held.snapshot_ids.values():
            self._core.inventory.drop(snapshot_id)


def _held(found: GroupSnapshot) -> HeldGroupSnapshot:
    ids = {one.volume_id: one.id for one in found.snapshots}
    return HeldGroupSnapshot(id=found.id, name=found.name, snapshot_ids=ids, created_at=found.created_at)


def _joined(listed: SnapshotGroup, everything: tuple[Volume, ...], system_id: str) -> GroupSnapshot:
    masters = {volume.name: volume.id for volume in everything if not volume.is_snapshot}
    mine = [
        snapshot_of(volume, masters.get(volume.snapshot_of or "", ""))
        for volume in everything
        if volume.snapshot_group == listed.name
    ]
    return GroupSnapshot(
        id=listed.name,
        name=listed.name,
        group_id=listed.group,
        system_id=system_id,
        snapshots=tuple(sorted(mine, key=lambda one: one.volume_id)),
        created_at=listed.created_at,
    )


def _all_of(held: HeldGroupSnapshot, found: GroupSnapshot | None) -> set[str]:
    """Return the snapshots that go with a group that is the one held, none where it is another."""
    if found is None or held.created_at not in {None, found.created_at}:
        return set()
    here = {one.id for one in found.snapshots}
    return here if here & set(held.snapshot_ids.values()) else set()


def _whereabouts(snapshot: Volume) -> str:
    return (
        f"in snapshot group {snapshot.snapshot_group}" if snapshot.snapshot_group else "in no snapshot group any more"
    )


def _is_of(found: GroupSnapshot, members: tuple[Volume, ...]) -> bool:
    """Tell whether there is exactly one snapshot of every member."""
    return sorted(one.volume_id for one in found.snapshots) == sorted(volume.id for volume in members)


def _taken_unread(name: str, why: str) -> InDoubt:
    return InDoubt(
        f"The array took snapshot group {name!r}, but it could not be read",
        happened=why,
        left_behind=f"A snapshot group called {name!r} is on the array.",
        next_step="Run it again: what the array did is looked up first.",
    )

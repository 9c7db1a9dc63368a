"""Consistency groups and snapshot groups (xcli.md §3.5); both are identified by their names."""

from __future__ import annotations

from ..array import SnapshotGroup
from ..errors import NotFound
from ..objects import ConsistencyGroup, Pool, Volume
from ..waiting import Budget
from .client import Client
from .pools import pools
from .records import Record
from .volumes import XIVVolumes


class XIVGroups:
    """Keep the contract of ``array.Groups``."""

    def __init__(self, client: Client, volumes: XIVVolumes) -> None:
        self._client = client
        self._volumes = volumes

    def find(self, name: str, budget: Budget) -> ConsistencyGroup | None:
        """Return the group of a name, as the array compares names."""
        found = self._listed(budget, cg=name)
        return found[0] if len(found) == 1 else None

    def listing(self, budget: Budget) -> tuple[ConsistencyGroup, ...]:
        """Return all groups, by name."""
        return tuple(sorted(self._listed(budget), key=lambda group: group.name))

    def members(self, name: str, budget: Budget) -> tuple[Volume, ...]:
        """Return the volumes of a group, by id."""
        try:
            records = self._client.read("vol_list", budget, cg=name)
        except NotFound:
            return ()
        found = (one for one in self._volumes.rows(records, budget) if not one.is_snapshot)
        return tuple(sorted(found, key=lambda volume: volume.id))

    def create(self, name: str, pool: Pool, budget: Budget) -> None:
        """Make an empty group."""
        self._client.write("cg_create", budget, cg=name, pool=pool.name)

    def delete(self, name: str, budget: Budget) -> None:
        """Delete an empty group."""
        self._client.write("cg_delete", budget, sure=True, cg=name)

    def add(self, name: str, volume: Volume, budget: Budget) -> None:
        """Put a volume into a group."""
        named = self._volumes.confirm(volume, budget)
        self._client.write("cg_add_vol", budget, cg=name, vol=named.name)

    def remove(self, volume: Volume, budget: Budget) -> None:
        """Take a volume out of its group."""
        named = self._volumes.confirm(volume, budget)
        self._client.write("cg_remove_vol", budget, sure=True, vol=named.name)

    def snapshot_groups(self, budget: Budget, name: str | None = None) -> tuple[SnapshotGroup, ...]:
        """Return all snapshot groups, or the one of a name."""
        wanted = {} if name is None else {"snap_group": name}
        try:
            records = self._client.read("snap_group_list", budget, **wanted)
        except NotFound as error:
            if error.code != "SNAPSHOT_GROUP_BAD_NAME":
                raise
            records = ()
        return tuple(sorted(map(_snapshot_group, records), key=lambda group: group.name))

    def take(self, group: str, name: str, budget: Budget) -> None:
        """Take a snapshot of every member at one point in time."""
        self._client.write("cg_snapshots_create", budget, cg=group, snap_group=name)

    def restore(self, snapshot_group: str, budget: Budget) -> None:
        """Give every member the content of its snapshot."""
        self._client.write("snap_group_restore", budget, sure=True, snap_group=snapshot_group)

    def discard(self, snapshot_group: str, budget: Budget) -> None:
        """Delete a snapshot group and its snapshots."""
        self._client.write("snap_group_delete", budget, sure=True, snap_group=snapshot_group)

    def _listed(self, budget: Budget, **arguments: str) -> tuple[ConsistencyGroup, ...]:
        """Return what ``cg_list`` shows; a missing name is an empty list, on some releases the code that means it."""
        try:
            records = self._client.read("cg_list", budget, **arguments)
        except NotFound as error:
            if error.code not in {"CONS_GROUP_BAD_NAME", "CONS_GROUP_DOES_NOT_EXIST"}:
                raise
            records = ()
        if not records:
            return ()
        ids = {pool.name: pool.id for pool in pools(self._client, budget)}
        system_id = self._client.system_id(budget)
        return tuple(_group(record, ids, system_id) for record in records)


def _group(record: Record, pool_ids: dict[str, str], system_id: str) -> ConsistencyGroup:
    """Return a group; its pool's leaf has two names among clients (xcli.md §3.5 [S])."""
    name = record.text("name")
    pool_name = record.find_text("pool") or record.text("pool_name")
    return ConsistencyGroup(
        id=name,
        name=name,
        system_id=system_id,
        pool_id=pool_ids.get(pool_name),
        pool_name=pool_name,
        is_mirrored=record.find_flag("mirrored"),
    )


def _snapshot_group(record: Record) -> SnapshotGroup:
    return SnapshotGroup(
        name=record.text("name"), group=record.text("cg"), created_at=record.find_text("snapshot_time")
    )

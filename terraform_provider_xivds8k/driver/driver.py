"""The unified driver: one class for both families, methods named as on the driver it replaces.

Thin: opens the array module of the family, and hands every operation to its flow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from . import rules
from .array import Array
from .core import Core, check_pattern
from .errors import NotFound, Refused
from .flows import VolumeFlows
from .flows.group_snapshots import GroupSnapshots
from .flows.orders import order_for
from .flows.pair_views import target_missing
from .objects import Pool, Provisioning, Settings, System, Users, Volume, VolumeFilter
from .operations.attachments import AttachmentOperations
from .operations.clones import CloneOperations
from .operations.group_snapshots import GroupSnapshotOperations
from .operations.group_sources import GroupSourceOperations
from .operations.groups import GroupOperations
from .operations.hosts import HostOperations
from .operations.managing import ManagingOperations
from .operations.replication import ReplicationOperations
from .operations.restores import RestoreOperations
from .operations.snapshots import SnapshotOperations
from .tls import check_authority
from .waiting import NoStop, Progress, Stop
from .wwns import hex_digits

EVERYTHING = VolumeFilter()


class XIVDS8KDriver(
    AttachmentOperations,
    CloneOperations,
    GroupOperations,
    GroupSnapshotOperations,
    GroupSourceOperations,
    HostOperations,
    ManagingOperations,
    ReplicationOperations,
    RestoreOperations,
    SnapshotOperations,
):
    """Drive one XIV-family or DS8000 array.

    Nothing is connected before the first call.  Safe to share among threads.  ``deadline`` is in seconds from now and
    bounds the whole operation; sizes are in bytes.  Every method raises errors of ``errors.py`` only, and making one
    raises Refused (``ca_file``, ``ca_pem``, ``replication_target``) where an authority cannot be read.
    """

    def __init__(
        self, settings: Settings, *, cancellation: Stop | None = None, on_close: Callable[[], None] | None = None
    ) -> None:
        _check_authorities(settings)
        self.settings = settings
        self._stop: Stop = cancellation or NoStop()
        self._on_close = on_close
        self._core = Core(settings, _open(settings, self._stop), self._stop)
        self._remote = _remote_driver(settings, cancellation)
        self._core.partner = self._remote._core if self._remote is not None else None
        self._flows = VolumeFlows(self._core)
        self._group_snapshots = GroupSnapshots(self._core, self._flows)

    def close(self) -> None:
        """Close every connection."""
        self._core.array.close()
        if self._remote is not None:
            self._remote.close()
        if self._on_close is not None:
            self._on_close()

    @property
    def remote(self) -> XIVDS8KDriver:
        """Return the driver of the replication target; raises Refused (``replication_target``) where there is none."""
        if self._remote is None:
            raise target_missing()
        return self._remote

    # the array itself

    def do_setup(self) -> System:
        """Sign in and return what the array is; raises BadCredentials, Unreachable."""
        return self._core.system()

    def system(self) -> System:
        """Return what the array is, asked once."""
        return self._core.system()

    @property
    def known_system_id(self) -> str | None:
        """Return the array's id if it has told it already; asks nothing."""
        return self._core.known_system_id

    def system_id(self, *, deadline: float | None = None) -> str:
        """Return the array's id, asked unless it has told it already."""
        return self._core.array.system_id(self._core.budget(deadline))

    def check_system(self, system_id: str, *, deadline: float | None = None) -> None:
        """Raise WrongSystem unless the connected array is that one."""
        self._core.check_system(system_id, self._core.budget(deadline))

    def get_volume_stats(self) -> tuple[System, tuple[Pool, ...]]:
        """Return the array and its pools as they are now; capacities in bytes."""
        budget = self._core.budget()
        return self._core.array.system(budget), self._core.array.pools(budget)

    def freeze_backend(self) -> None:
        """Refuse every mutation from now on, before the wire; of the replication target as well."""
        self._core.frozen = True
        if self._remote is not None:
            self._remote.freeze_backend()

    def thaw_backend(self) -> None:
        """Allow again what the mode allows."""
        self._core.frozen = False
        if self._remote is not None:
            self._remote.thaw_backend()

    # pools

    def list_pools(self) -> tuple[Pool, ...]:
        """Return all pools, by id."""
        return self._core.array.pools(self._core.budget())

    def find_recent_pool(self, text: str) -> Pool | None:
        """Return the pool of that id or name as it was at most a minute ago: for advice, never for a decision."""
        return self._core.find_recent_pool(text)

    def find_pool(self, text: str, *, deadline: float | None = None) -> Pool | None:
        """Return the pool of that id or, failing that, name."""
        return self._core.find_pool(text, self._core.budget(deadline))

    def get_pool(self, text: str) -> Pool:
        """Return the pool of that id or name; raises NotFound with near matches."""
        return self._core.get_pool(text)

    # reading volumes

    def find_volume(self, volume_id: str, *, deadline: float | None = None) -> Volume | None:
        """Return a volume, None where the array says by the code that means it that there is none."""
        return self._core.array.volumes.find(volume_id, self._core.budget(deadline))

    def find_recent_volume(self, volume_id: str, *, system_id: str, deadline: float | None = None) -> Volume | None:
        """Return a volume as it was at most a minute ago, None only where the array says so now.

        For reading many: after the second read one listing serves all.  Raises WrongSystem for another array's volume.
        """
        return self._core.find_recent_volume(volume_id, system_id, self._core.budget(deadline))

    def get_volume(self, volume_id: str) -> Volume:
        """Return a volume with every detail; raises NotFound with near matches."""
        budget = self._core.budget()
        found = self._core.array.volumes.find(volume_id, budget)
        if found is None:
            raise NotFound(
                f"No volume {volume_id!r} on the array",
                next_step="Ids are four hex digits on a DS8000 and the WWN on an XIV; list what there is.",
                attribute="id",
            )
        return self._core.array.volumes.detailed((found,), budget)[0]

    def find_volumes_by_name(self, name: str, *, deadline: float | None = None) -> tuple[Volume, ...]:
        """Return all volumes of that name with every detail; a DS8000 allows several."""
        budget = self._core.budget(deadline)
        return self._core.array.volumes.detailed(self._core.array.volumes.named(name, budget), budget)

    def find_volume_by_wwn(self, wwn: str) -> Volume | None:
        """Return the volume hosts see under that identifier: hex, any case, colons and prefixes allowed."""
        budget = self._core.budget()
        found = self._core.array.volumes.by_wwn(hex_digits(wwn), budget)
        return self._core.array.volumes.detailed((found,), budget)[0] if found is not None else None

    def list_volumes(self, wanted: VolumeFilter = EVERYTHING) -> tuple[Volume, ...]:
        """Return all volumes that fit, snapshots included, with every detail; raises NotFound for a pool or host."""
        check_pattern(wanted.name_regex)
        budget = self._core.budget()
        array = self._core.array
        pools = (self._core.get_pool(wanted.pool, budget),) if wanted.pool is not None else array.pools(budget)
        if wanted.storage_type is not None:
            pools = tuple(pool for pool in pools if pool.storage_type == wanted.storage_type)
        found = tuple(volume for volume in array.volumes.listing(pools, budget) if _fits(volume, wanted))
        if wanted.host is not None:
            mapped = array.volumes.mapped_to(wanted.host, budget)
            found = tuple(volume for volume in found if volume.id in mapped)
        detailed = array.volumes.detailed(found, budget)
        return tuple(volume for volume in detailed if _fits_in_detail(volume, wanted))

    def volume_users(self, volume_id: str, *, copied_from: str | None = None, deadline: float | None = None) -> Users:
        """Return what on the array depends on a volume; raises NotFound.

        Without the FlashCopy from ``copied_from`` onto it, which ``delete_volume`` would withdraw.
        """
        budget = self._core.budget(deadline)
        volume = self._flows.present(volume_id, budget)
        found = self._core.array.volumes.users(volume, budget)
        own = f"FlashCopy {rules.snapshot_pair(copied_from or '')[1]}:{volume.id}".casefold()
        return replace(found, relations=tuple(one for one in found.relations if one.casefold() != own))

    def move_obstacles(self, volume_id: str, *, deadline: float | None = None) -> tuple[str, ...]:
        """Return what keeps ``migrate_volume`` from moving a volume to another pool, in words; raises NotFound."""
        budget = self._core.budget(deadline)
        return self._flows.move_obstacles(self._flows.present(volume_id, budget), budget)

    # changing volumes

    def create_volume(
        self,
        *,
        name: str,
        pool: str,
        size_bytes: int,
        provisioning: Provisioning | None = None,
        lss: str | None = None,
        os400: str | None = None,
        qos_class: str | None = None,
        deadline: float | None = None,
    ) -> Volume:
        """Make a volume, or leave nothing behind.

        Raises AlreadyExists (with candidates) where the name is taken, NotFound (``pool``), NoSpace, InDoubt where
        the answer was lost and a look-up could not settle it.  ``left`` of an error is what could not be undone.
        """
        self._core.allow("Creating a volume")
        budget = self._core.budget(deadline)
        order = order_for(
            self._core.get_settled_pool(pool, budget),
            family=self.settings.family,
            name=name,
            size_bytes=size_bytes,
            provisioning=provisioning,
            lss=lss,
            os400=os400,
        )
        return self._flows.create(order, qos_class or None, budget)

    def rename_volume(self, *, volume_id: str, new_name: str, deadline: float | None = None) -> Volume:
        """Give a volume another name; raises AlreadyExists, NotFound, InDoubt."""
        self._core.allow("Renaming a volume")
        return self._flows.rename(volume_id, new_name, self._core.budget(deadline))

    def extend_volume(
        self,
        *,
        volume_id: str,
        size_bytes: int,
        expected_name: str | None = None,
        allow_full_resync: bool = False,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> Volume:
        """Grow a volume to at least ``size_bytes``; one that is as large already is returned as it is.

        With a replication target, one that is replicated there grows on both arrays.  Raises InUse while a copy
        relation forbids it, Refused (``allow_full_resync``) where a DS8000's pair would have to be taken apart and
        copied in full, Refused on a DS8000 whose volume no longer bears ``expected_name``, NoSpace, NotFound, InDoubt.
        """
        self._core.allow("Growing a volume")
        budget = self._core.budget(deadline)
        if self._is_paired(volume_id, size_bytes, expected_name, budget):
            return self._grow_pair(volume_id, size_bytes, budget, progress, allow_full_resync=allow_full_resync)
        return self._flows.extend(volume_id, size_bytes, expected_name, budget)

    def migrate_volume(self, *, volume_id: str, pool: str, deadline: float | None = None) -> Volume:
        """Move a volume to another pool online and wait until it is there; raises Unsupported, InUse, NoSpace."""
        self._core.allow("Moving a volume to another pool")
        return self._flows.migrate(volume_id, pool, self._core.budget(deadline))

    def retype(self, *, volume_id: str, qos_class: str | None, deadline: float | None = None) -> Volume:
        """Put a volume into a performance class, or with None out of its class; raises Unsupported, NotFound."""
        self._core.allow("Changing a volume's performance class")
        return self._flows.retype(volume_id, qos_class or None, self._core.budget(deadline))

    def delete_volume(
        self,
        *,
        volume_id: str,
        expected_name: str | None = None,
        copied_from: str | None = None,
        in_doubt_since: str | None = None,
        deadline: float | None = None,
    ) -> None:
        """Delete a volume nothing uses; one that is gone already is done.

        A FlashCopy from ``copied_from`` (a snapshot also as ``S:T``) onto it, left by a clone that did not end, is
        withdrawn first; with the ``in_doubt_since`` of the clone's error it is refused while that copy may still come.
        Raises InUse naming every other user, Refused on a DS8000 whose volume no longer bears ``expected_name``,
        InDoubt.
        """
        self._core.allow("Deleting a volume", destroys=True)
        source_id = None if copied_from is None else rules.snapshot_pair(copied_from)[1]
        self._flows.delete(volume_id, expected_name, self._core.budget(deadline), source_id, in_doubt_since)


def _check_authorities(settings: Settings) -> None:
    home, target = settings.connection, settings.replication_target
    check_authority(ca_file=home.ca_file, ca_pem=home.ca_pem)
    if target is None:
        return
    try:
        check_authority(ca_file=target.connection.ca_file, ca_pem=target.connection.ca_pem)
    except Refused as refusal:
        refusal.summary = f"The authority in replication_target.{refusal.attribute} cannot be read"
        refusal.attribute = "replication_target"
        raise


def _remote_driver(settings: Settings, cancellation: Stop | None) -> XIVDS8KDriver | None:
    target = settings.replication_target
    if target is None:
        return None
    theirs = replace(settings, connection=target.connection, backend_id=target.backend_id, replication_target=None)
    return XIVDS8KDriver(theirs, cancellation=cancellation)


def _open(settings: Settings, stop: Stop) -> Array:
    if settings.family == "xiv":
        from .xiv import XIVArray

        return XIVArray(settings, stop)
    from .ds8k import DS8KArray

    return DS8KArray(settings)


def _fits(volume: Volume, wanted: VolumeFilter) -> bool:
    return (
        (wanted.name is None or volume.name == wanted.name)
        and (wanted.name_regex is None or re.search(wanted.name_regex, volume.name) is not None)
        and (wanted.min_size_bytes is None or volume.size_bytes >= wanted.min_size_bytes)
        and (wanted.max_size_bytes is None or volume.size_bytes <= wanted.max_size_bytes)
        and (wanted.storage_type is None or volume.storage_type == wanted.storage_type)
    )


def _fits_in_detail(volume: Volume, wanted: VolumeFilter) -> bool:
    return (wanted.mapped is None or volume.mapped == wanted.mapped) and (
        wanted.replicated is None or volume.replicated == wanted.replicated
    )

"""What the core tells its callers about an array: frozen objects, sizes in bytes.

The same fields for both families; None where a family has no such thing or the array did not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from .wwns import path_of

Family = Literal["xiv", "ds8k"]
Provisioning = Literal["thin", "thick"]
StorageType = Literal["fb", "ckd"]
Copy = Literal["none", "full"]
PortKind = Literal["fc", "iscsi"]
BROKEN = frozenset({"invalid", "tse_out_of_space", "se_out_of_space"})  # ds8k-rest.md §4.1 [K]


class Secret:
    """Hold a secret that no repr, str or format shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself, for the wire only."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        message = "a secret is not to be copied out of the process"
        raise TypeError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach and trust one array.

    ``endpoints`` are ``host``, ``host:port`` or ``[ipv6]:port``, tried in order.  At most one of ``ca_file``,
    ``ca_pem``, ``fingerprint`` (SHA-256 of the certificate, hex, colons allowed) and ``insecure`` is set; with none of
    them the system's authorities are trusted.
    """

    endpoints: tuple[str, ...]
    username: str
    password: Secret
    ca_file: str | None = None
    ca_pem: str | None = None
    fingerprint: str | None = None
    insecure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationTarget:
    """What the core needs to know of the array that holds the remote copies.

    ``pool`` is where they go unless told otherwise.  ``port_pairs`` are I/O ports (home, remote) for the paths of a
    DS8000; empty takes all that are linked.
    """

    connection: Connection
    backend_id: str = "remote"
    pool: str | None = None
    port_pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the core needs to know of one array.

    ``mode`` is ``full``, ``no_destroy`` or ``read_only``; ``request_timeout_s`` bounds one array call;
    ``max_sessions`` bounds the connections open at once, but for a DS8000's sign-in and thaws: these wait for nothing.
    """

    family: Family
    connection: Connection
    mode: Literal["full", "no_destroy", "read_only"] = "full"
    max_sessions: int = 8
    request_timeout_s: float = 60.0
    lun_range: tuple[int, int] = (1, 255)
    backend_id: str = "default"
    replication_target: ReplicationTarget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """Describe one host-facing port of an array: ``kind`` is ``fc`` or ``iscsi``.

    ``address`` is a WWPN as ``ports.wwpn`` spells it, or ``ip:3260``.
    """

    id: str
    kind: PortKind
    address: str
    online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Describe an array as a whole; capacities in bytes, None where the array does not say."""

    family: Family
    system_id: str
    name: str
    serial: str
    model: str
    release: str
    wwnn: str | None
    total_bytes: int | None
    free_bytes: int | None
    ports: tuple[Port, ...] = ()
    abilities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Describe a pool.

    ``total_bytes`` and ``free_bytes`` are physical (XIV: hard) capacity, ``virtual_total_bytes`` and
    ``virtual_free_bytes`` what thin volumes may promise (XIV: soft); ``thin_ratio`` is promised over physical.
    """

    id: str
    name: str
    storage_type: StorageType
    node: int | None
    total_bytes: int
    free_bytes: int
    virtual_total_bytes: int | None
    virtual_free_bytes: int | None
    snapshot_bytes: int | None
    extent_bytes: int
    thin_ratio: Decimal | None

    @property
    def label(self) -> str:
        """Return the id, with the name where that is another."""
        return self.id if self.id == self.name else f"{self.id} ({self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Describe a volume.

    ``id`` is four hex digits on a DS8000 and the WWN on an XIV; ``wwn`` is lower-case hex without prefix (32 digits
    on a DS8000, 16 on an XIV).  ``group`` is the name of its consistency group.  ``snapshot_of`` is the id or name of
    the volume it is a point in time of; ``snapshot_group``, ``snapshot_time`` (as the array writes it) and
    ``delete_priority`` are an XIV's, of its snapshots.  ``block_bytes`` is 520 of an OS/400 volume, which hosts of
    another type cannot use.
    """

    id: str
    name: str
    wwn: str
    system_id: str
    pool_id: str
    pool_name: str
    size_bytes: int
    storage_type: StorageType = "fb"
    provisioning: Provisioning | None = None
    lss: str | None = None
    os400: str | None = None
    qos_class: str | None = None
    status: str | None = None
    allocated_bytes: int | None = None
    mapped: bool | None = None
    snapshot_of: str | None = None
    snapshot_group: str | None = None
    snapshot_time: str | None = None
    delete_priority: int | None = None
    group: str | None = None
    replicated: bool = False
    is_secondary: bool = False
    provably_unwritten: bool = False
    block_bytes: int = 512

    @property
    def is_snapshot(self) -> bool:
        """Tell whether the volume is somebody's point in time."""
        return self.snapshot_of is not None

    @property
    def device_path(self) -> str:
        """Return the path under which udev shows the volume to a Linux host."""
        return path_of(self.wwn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Describe one FlashCopy relation of a DS8000.

    ``is_valid`` is whether the target still holds what it was made to hold, ``is_broken`` whether it no longer does;
    of some states neither is known.  ``tracks_left`` counts what a background copy has not copied yet, None where the
    array did not say.
    """

    source_id: str
    target_id: str
    state: str
    is_persistent: bool
    is_copying: bool
    is_recording: bool
    tracks_left: int | None = None

    @property
    def id(self) -> str:
        """Return the array's id of the relation."""
        return f"{self.source_id}:{self.target_id}"

    @property
    def is_valid(self) -> bool:
        """Tell whether the array calls the relation valid, by its own word for it [S]."""
        return self.state.casefold() == "valid"

    @property
    def is_broken(self) -> bool:
        """Tell whether the array calls it by a word for one that failed [K]; a word nobody knows is none."""
        return self.state.casefold().replace(" ", "_") in BROKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Describe a point in time of a volume that can be restored and copied from.

    An XIV's own snapshot, or the target of a persistent FlashCopy relation of a DS8000.  ``lost`` says in words why
    it no longer holds that point in time, None while it does.  ``created_at`` is the time as the array writes it
    (XIV); a DS8000 keeps none, so only the answer to its creation has one, in UTC.  ``copy`` is for a DS8000,
    ``delete_priority`` (1 goes last, 4 first) and ``group``, the snapshot group it belongs to, for an XIV.
    """

    id: str
    name: str
    wwn: str
    system_id: str
    volume_id: str
    pool_id: str
    pool_name: str
    size_bytes: int
    copy: Copy | None = None
    delete_priority: int | None = None
    created_at: str | None = None
    group: str | None = None
    lost: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyGroup:
    """Describe a consistency group: an XIV's object, whose id is its name; a DS8000 knows none, its id is a UUID."""

    id: str
    name: str
    system_id: str
    pool_id: str | None = None
    pool_name: str | None = None
    is_mirrored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSnapshot:
    """Describe the snapshots of several volumes of one point in time; ``snapshots`` are in the order of their volumes.

    ``id`` is the snapshot group's name on an XIV, on a DS8000 the ids of its relations, sorted and joined by commas.
    """

    id: str
    name: str
    group_id: str
    system_id: str
    snapshots: tuple[Snapshot, ...]
    created_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGroupSnapshot:
    """Keep what tells a group snapshot from anything else that may be there under its id later.

    ``snapshot_ids`` are by volume id.  ``withdrawn`` are the volumes of a DS8000 whose copy a deletion withdrew, or may
    have.
    """

    id: str
    name: str
    snapshot_ids: Mapping[str, str]
    created_at: str | None = None
    withdrawn: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedGroup:
    """Say what a consistency group made from another is: ``left`` names what could not be tidied up, as a rule nothing.

    ``volumes`` are in the order they were asked for.
    """

    group: ConsistencyGroup
    volumes: tuple[Volume, ...]
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Say what a restore did, or with ``dry_run`` would do: the volumes, and what is kept for the way back.

    ``names`` are the volumes' in the order of their ids; ``calls`` are the calls that change something, in order;
    ``safety`` names the snapshots taken before (XIV); ``survives`` is whether the snapshot restored from still holds
    its point in time afterwards.
    """

    volume_ids: tuple[str, ...]
    names: tuple[str, ...]
    calls: tuple[str, ...]
    safety: tuple[str, ...] = ()
    survives: bool = True
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """Say what on the array depends on a volume, in words fit for an error text."""

    mappings: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def everything(self) -> tuple[str, ...]:
        """Return all of them, mappings first."""
        return (*self.mappings, *self.snapshots, *self.relations, *self.groups)

    def __bool__(self) -> bool:
        return bool(self.everything)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeFilter:
    """Narrow a listing of volumes; sizes in bytes, ``name_regex`` searched, the rest exact."""

    name: str | None = None
    name_regex: str | None = None
    pool: str | None = None
    host: str | None = None
    min_size_bytes: int | None = None
    max_size_bytes: int | None = None
    mapped: bool | None = None
    replicated: bool | None = None
    storage_type: StorageType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotFilter:
    """Narrow a listing of snapshots; ``name_regex`` searched, the rest exact."""

    name: str | None = None
    name_regex: str | None = None
    pool: str | None = None
    volume_id: str | None = None


@dataclass(slots=True)
class Deadline:
    """Bound a wait; ``expires_at`` is on the driver's monotonic clock."""

    expires_at: float
    asked_s: float = field(default=0.0)

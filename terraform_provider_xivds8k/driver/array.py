"""What an array can do: primitives, grouped; an optional ability is an attribute that may be None.

An array module turns these into calls of its protocol and keeps no order of steps: looking before acting, undoing,
waiting and doubt stand once in the flows.  Every method may raise the errors of ``errors.py``.  A method that writes
raises Unreachable or Busy only where the array provably did nothing, and InDoubt where a request was sent and no
answer that can be trusted came back; it never sends a write twice.  Reads are repeated by the array module itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from .answering import Answering
from .attaching import Host, HostOrder, HostPort, Targets
from .attaching import Mapping as HostMapping
from .errors import DriverError
from .mirrors import Mirrors
from .objects import (
    ConsistencyGroup,
    Family,
    Pool,
    PortKind,
    Provisioning,
    Relation,
    Secret,
    System,
    Users,
    Volume,
)
from .pairs import Pairs
from .pprcs import Pprcs
from .waiting import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeOrder:
    """Say what volume to make: ``size_bytes`` a multiple of 512; None leaves the choice to the array.

    ``avoid_lss`` are the LSSs it is not to be in while another has room.
    """

    name: str
    pool: Pool
    size_bytes: int
    provisioning: Provisioning | None = None
    lss: str | None = None
    os400: str | None = None
    avoid_lss: frozenset[str] = frozenset()


class Qos(Protocol):
    """Performance classes of an array that has them (XIV family)."""

    def classes(self, budget: Budget) -> tuple[str, ...]:
        """Return the names of all classes."""

    def assign(self, volume: Volume, qos_class: str | None, budget: Budget) -> None:
        """Put the volume into a class, or out of its class; raises NotFound (attribute ``qos_class``)."""


class Volumes(Protocol):
    """Volumes of an array; every read is direct."""

    names_are_unique: bool
    """Whether the array itself keeps two volumes from having one name, and finds one by its name."""

    def find(self, volume_id: str, budget: Budget) -> Volume | None:
        """Return the volume, None only by the code (or the empty listing) that means it is not there."""

    def named(self, name: str, budget: Budget) -> tuple[Volume, ...]:
        """Return all volumes and snapshots of that name."""

    def by_wwn(self, wwn: str, budget: Budget) -> Volume | None:
        """Return the volume hosts see under that identifier (hex, any case)."""

    def listing(self, pools: tuple[Pool, ...], budget: Budget) -> tuple[Volume, ...]:
        """Return all volumes and snapshots in these pools, by id."""

    def mapped_to(self, host: str, budget: Budget) -> frozenset[str]:
        """Return the ids of the volumes mapped to a host (or its cluster); raises NotFound (attribute ``host``)."""

    def detailed(self, volumes: tuple[Volume, ...], budget: Budget) -> tuple[Volume, ...]:
        """Return them with what a plain read may leave out: mapped, snapshot_of, group, replicated, is_secondary."""

    def users(self, volume: Volume, budget: Budget) -> Users:
        """Return what depends on the volume: mappings, snapshots, relations or mirrors, groups."""

    def create(self, order: VolumeOrder, budget: Budget) -> Volume:
        """Make a volume; raises AlreadyExists, NotFound (attribute ``pool``), NoSpace, InDoubt.

        A volume that was made but cannot be read completely is named by the error's ``left``.
        """

    def settled(self, order: VolumeOrder, budget: Budget) -> Volume | None:
        """Look once whether a creation in doubt took effect; None where that is not certain."""

    def rename(self, volume: Volume, new_name: str, budget: Budget) -> None:
        """Give the volume another name."""

    def resize(self, volume: Volume, size_bytes: int, budget: Budget) -> None:
        """Grow the volume to ``size_bytes``; raises NoSpace."""

    def move(self, volume: Volume, pool: Pool, budget: Budget) -> None:
        """Start moving the volume to another pool, online; the flow waits until it is there."""

    def keeping_id(self, volume_id: str, budget: Budget) -> AbstractContextManager[None]:
        """Keep this process from giving a volume's id to a new one while the block runs, where ids are given again.

        Raises Cancelled or TimedOut while a creation has to be waited for.
        """

    def delete(self, volume: Volume, budget: Budget) -> None:
        """Delete the volume; the flow has looked before.  NotFound where it is gone already."""


class Snapshots(Protocol):
    """Snapshots an array keeps as objects of its own (XIV family); a snapshot is a Volume with ``snapshot_of``."""

    def of_volume(self, volume: Volume, budget: Budget) -> tuple[Volume, ...]:
        """Return the snapshots of a volume, oldest first."""

    def create(self, volume: Volume, name: str, delete_priority: int | None, budget: Budget) -> Volume:
        """Take a snapshot; raises AlreadyExists, NoSpace, InDoubt."""

    def settled(self, volume: Volume, name: str, budget: Budget) -> Volume | None:
        """Look once whether a snapshot in doubt was taken; None where that is not certain."""

    def prioritize(self, snapshot: Volume, delete_priority: int, budget: Budget) -> None:
        """Set when the array may delete the snapshot: 4 first, 1 last."""

    def delete(self, snapshot: Volume, budget: Budget) -> None:
        """Delete a snapshot; the flow has looked before.  NotFound where it is gone already."""

    def restore(self, snapshot: Volume, volume: Volume, budget: Budget) -> None:
        """Give its volume the content of a snapshot, at once; the flow has looked before."""

    def copy(self, source: Volume, target: Volume, budget: Budget) -> None:
        """Give a new, empty volume the content and the size of a volume or snapshot, at once."""


class Groups(Protocol):
    """Consistency groups and their snapshot groups, as objects of the array (XIV family)."""

    def find(self, name: str, budget: Budget) -> ConsistencyGroup | None:
        """Return the group of a name."""

    def listing(self, budget: Budget) -> tuple[ConsistencyGroup, ...]:
        """Return all groups, by name."""

    def members(self, name: str, budget: Budget) -> tuple[Volume, ...]:
        """Return the volumes of a group, by id; none for a group that is not there."""

    def create(self, name: str, pool: Pool, budget: Budget) -> None:
        """Make an empty group; raises AlreadyExists, NoSpace."""

    def delete(self, name: str, budget: Budget) -> None:
        """Delete an empty group; raises InUse, NotFound."""

    def add(self, name: str, volume: Volume, budget: Budget) -> None:
        """Put a volume into a group; raises InUse, Refused (``pool``), NoSpace, NotFound."""

    def remove(self, volume: Volume, budget: Budget) -> None:
        """Take a volume out of the group it is in; raises NotFound where it is in none."""

    def snapshot_groups(self, budget: Budget, name: str | None = None) -> tuple[SnapshotGroup, ...]:
        """Return all snapshot groups, or the one of a name, without their snapshots."""

    def take(self, group: str, name: str, budget: Budget) -> None:
        """Take a snapshot of every member at one point in time; raises AlreadyExists, NoSpace, NotFound."""

    def restore(self, snapshot_group: str, budget: Budget) -> None:
        """Give every member the content of its snapshot, at once; the flow has looked before."""

    def discard(self, snapshot_group: str, budget: Budget) -> None:
        """Delete a snapshot group and its snapshots; the flow has looked before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotGroup:
    """Describe a snapshot group as the array lists it; ``created_at`` as it writes the time."""

    name: str
    group: str
    created_at: str | None


FlashCopyOption = Literal[
    "persistent",
    "no_background_copy",
    "record_changes",
    "permit_space_efficient_target",
    "fail_space_efficient_target_out_of_space",
    "freeze_consistency",
    "reverse_restore",
    "fast_reverse_restore",
]


class FlashCopies(Protocol):
    """FlashCopy relations between volumes (DS8000); every read is direct."""

    def of_volume(self, volume_id: str, budget: Budget) -> tuple[Relation, ...]:
        """Return the relations a volume is source or target of; raises NotFound where there is no such volume."""

    def find(self, source_id: str, target_id: str, budget: Budget) -> Relation | None:
        """Return one relation with ``tracks_left``, None by the code that means there is none."""

    def listing(self, budget: Budget) -> tuple[Relation, ...]:
        """Return all relations of the array."""

    def establish(
        self, pairs: tuple[tuple[str, str], ...], options: tuple[FlashCopyOption, ...], budget: Budget
    ) -> Mapping[tuple[str, str], DriverError]:
        """Make relations (source id, target id) in one call; return what went wrong, by pair.

        Raises what the call as a whole was refused for, InDoubt where an answer was lost or leaves a pair out.
        """

    def withdraw(self, relation: Relation, budget: Budget) -> None:
        """End a relation; the flow has looked before.  NotFound where there is none any more."""

    def thaw(self, lss_ids: tuple[str, ...], budget: Budget) -> None:
        """Let hosts write again to the source volumes of LSSs that a consistent FlashCopy froze."""

    def volumes_in(self, lss_id: str, budget: Budget) -> tuple[Volume, ...]:
        """Return all volumes in an LSS, which a consistent FlashCopy from it freezes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMaking:
    """Say what hosts of an array can be: the types known of it, and the one it is given where none is asked for.

    An array may know more types than these.
    """

    types: tuple[str, ...]
    default_type: str
    has_iqns: bool
    has_clusters: bool


class Hosts(Protocol):
    """Hosts and their ports; every read is direct.  Commands act by the host's name, read right before."""

    making: HostMaking
    """What hosts of this array can be."""

    def listing(self, budget: Budget) -> tuple[Host, ...]:
        """Return all hosts, by id, in a constant number of calls."""

    def find(self, host_id: str, budget: Budget) -> Host | None:
        """Return the host of an id."""

    def ports(self, budget: Budget) -> tuple[HostPort, ...]:
        """Return all ports the array knows: those of hosts, and those logged in that belong to nobody."""

    def clusters(self, budget: Budget) -> Mapping[str, tuple[str, ...]]:
        """Return the ids of the hosts in each cluster, by its name; empty on an array without clusters."""

    def find_cluster(self, name: str, budget: Budget) -> str | None:
        """Return what the array itself calls the cluster a name means to it: case may not count.  None for none."""

    def create(self, order: HostOrder, budget: Budget) -> str:
        """Make a host without ports, outside any cluster, and return its id.

        Raises AlreadyExists, Refused (``type``), InDoubt.
        """

    def rename(self, host: Host, new_name: str, budget: Budget) -> None:
        """Give a host another name; raises AlreadyExists, NotFound."""

    def retype(self, host: Host, new_type: str, budget: Budget) -> None:
        """Give a host another type; the flow has looked that nothing is mapped."""

    def add_port(self, host: Host, address: str, kind: PortKind, budget: Budget) -> None:
        """Give a port to a host; raises InUse where it is another's."""

    def remove_port(self, host: Host, address: str, kind: PortKind, budget: Budget) -> None:
        """Take a port from a host; raises NotFound where it has none such."""

    def authenticate(self, host: Host, chap_name: str | None, chap_secret: Secret | None, budget: Budget) -> None:
        """Set CHAP name and secret together, or with None clear both; raises Unsupported (DS8000)."""

    def join(self, host: Host, cluster: str, budget: Budget) -> None:
        """Put a host into a cluster that is there; raises NotFound (``cluster``), InUse, Unsupported (DS8000)."""

    def leave(self, host: Host, cluster: str, budget: Budget) -> None:
        """Take a host out of a cluster."""

    def make_cluster(self, name: str, budget: Budget) -> None:
        """Make an empty cluster; raises AlreadyExists, Unsupported (DS8000)."""

    def delete(self, host: Host, budget: Budget) -> None:
        """Delete a host; the flow has looked that nothing is mapped.  NotFound where it is gone already."""


class Mappings(Protocol):
    """What is mapped to hosts and clusters; every read is direct."""

    by_name: bool
    """Whether the array lists mappings by names of volumes and hosts, and acts by them: they may change meanwhile."""

    def listing(self, budget: Budget) -> tuple[HostMapping, ...]:
        """Return all mappings of the array, in a constant number of calls where the array can."""

    def of_host(self, host: Host, budget: Budget) -> tuple[HostMapping, ...]:
        """Return what takes a LUN of a host: its own mappings and those of its cluster; a constant number of calls."""

    def of_cluster(self, cluster: str, budget: Budget) -> tuple[str, tuple[HostMapping, ...]]:
        """Return a cluster's name as the array spells it, and what takes a LUN of it.

        That are its own mappings and those of single hosts in it; all name the cluster in that spelling.  In a
        constant number of calls.  Raises NotFound (attribute ``cluster``), Unsupported (DS8000).
        """

    def of_volume(self, volume: Volume, budget: Budget) -> tuple[HostMapping, ...]:
        """Return the mappings of a volume."""

    def map(self, volume: Volume, holder: Host | str, lun: int | None, budget: Budget) -> None:
        """Map a volume to a host, or to the cluster of a name; ``lun`` None for a host addressed by LUN masking.

        Raises LunTaken where the LUN is in use by now, InDoubt, NotFound, Refused where a name is another's by now.
        """

    def unmap(self, volume: Volume, mapping: HostMapping, budget: Budget) -> None:
        """End a mapping just read; NotFound where it is gone already, InDoubt, Refused as ``map``."""


class Array(Answering, Protocol):
    """One connected array."""

    @property
    def family(self) -> Family:
        """Return the family."""

    @property
    def volumes(self) -> Volumes:
        """Return the volumes."""

    @property
    def qos(self) -> Qos | None:
        """Return the performance classes, None on an array without them."""

    @property
    def snapshots(self) -> Snapshots | None:
        """Return the array's own snapshots, None on an array that copies from volume to volume instead."""

    @property
    def groups(self) -> Groups | None:
        """Return the array's own consistency groups, None on an array without them."""

    @property
    def hosts(self) -> Hosts:
        """Return the hosts."""

    @property
    def mappings(self) -> Mappings:
        """Return what is mapped to hosts and clusters."""

    @property
    def flashcopies(self) -> FlashCopies | None:
        """Return the FlashCopy relations, None on an array without them."""

    @property
    def pairs(self) -> Pairs:
        """Return the pairs of volumes with another array, and mirrored groups."""

    @property
    def mirrors(self) -> Mirrors | None:
        """Return how mirrors are made and changed, None on an array that has PPRC pairs instead."""

    @property
    def pprcs(self) -> Pprcs | None:
        """Return what is done to PPRC pairs and paths, None on an array without them."""

    @property
    def known_system_id(self) -> str | None:
        """Return the array's id once it has told it; asks nothing.  Any answered call makes it known."""

    def system_id(self, budget: Budget) -> str:
        """Return the array's id, asked unless it is known."""

    def system(self, budget: Budget) -> System:
        """Return what the array is; asked anew at every call."""

    def targets(self, budget: Budget) -> Targets:
        """Return the array's ports for hosts; asked anew at every call."""

    def pools(self, budget: Budget) -> tuple[Pool, ...]:
        """Return all pools, by id."""

    def ask_for_pool(self, text: str, budget: Budget) -> None:
        """Ask for one pool by the text given, for the array's own words when there is none."""

    def close(self) -> None:
        """Close every connection; calls still under way fail."""

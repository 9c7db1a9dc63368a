"""What an array can do: primitives, grouped; an optional ability is an attribute that may be None.

An array module turns these into calls of its protocol and keeps no order of steps: looking before acting, undoing,
waiting and doubt stand once in the flows.  Every method may raise the errors of ``errors.py``.  A method that writes
raises Unreachable or Busy only where the array provably did nothing, and InDoubt where a request was sent and no
answer that can be trusted came back; it never sends a write twice.  Reads are repeated by the array module itself.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from .objects import Family, Pool, Provisioning, System, Users, Volume
from .waiting import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeOrder:
    """Say what volume to make: ``size_bytes`` a multiple of 512; None leaves the choice to the array."""

    name: str
    pool: Pool
    size_bytes: int
    provisioning: Provisioning | None = None
    lss: str | None = None
    os400: str | None = None


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


class Array(Protocol):
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
    def known_system_id(self) -> str | None:
        """Return the array's id once it has told it; asks nothing.  Any answered call makes it known."""

    def system_id(self, budget: Budget) -> str:
        """Return the array's id, asked unless it is known."""

    def system(self, budget: Budget) -> System:
        """Return what the array is; asked anew at every call."""

    def pools(self, budget: Budget) -> tuple[Pool, ...]:
        """Return all pools, by id."""

    def ask_for_pool(self, text: str, budget: Budget) -> None:
        """Ask for one pool by the text given, for the array's own words when there is none."""

    def close(self) -> None:
        """Close every connection; calls still under way fail."""

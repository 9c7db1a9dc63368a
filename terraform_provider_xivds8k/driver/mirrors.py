"""What an XIV can do to mirrors, a primitive each; the order of steps stands in ``mirror_setup`` and ``mirror_steps``.

As ``array`` says of all primitives: none looks before it acts but for the name it acts by, none repeats a write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from .objects import Volume
from .replicating import Half, ReplicationMode, Subject
from .waiting import Budget

Part = Literal["Master", "Slave"]
LAST_REPLICATED, MOST_RECENT = "last-replicated-", "most-recent-"
LAST_CONSISTENT, MOST_UPDATED = "last-consistent-", "most-updated-"
GO_WITH_MIRROR = (LAST_REPLICATED, MOST_RECENT)  # of no use once it is gone
KEPT = (LAST_REPLICATED, MOST_RECENT, LAST_CONSISTENT, MOST_UPDATED)  # xcli.md §2, §3.9 [M/S]


@dataclass(frozen=True, slots=True)
class End:
    """Name a volume (``id`` is its WWN) or consistency group of one array, in a mirror or about to be."""

    subject: Subject
    id: str
    name: str

    @classmethod
    def of(cls, half: Half) -> End:
        """Return what a half is of."""
        return cls(half.subject, half.id, half.name)

    @property
    def argument(self) -> str:
        """Return how a command names it."""
        return f"{'cg' if self.subject == 'group' else 'vol'}={self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Describe an array this one mirrors to: its ``name`` here, its ``key`` among partners, and the link to it."""

    name: str
    key: str | None
    is_linked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Describe a schedule; ``interval_s`` is 0 for one that waits for a tick."""

    name: str
    interval_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorOrder:
    """Say what mirror to define: with ``remote_pool`` the remote volume is made, without it has to be there.

    ``rpo_s``, ``schedule`` and ``remote_schedule`` are for ``async`` alone.
    """

    end: End
    target: str
    remote_name: str
    mode: ReplicationMode
    remote_pool: str | None = None
    rpo_s: int | None = None
    schedule: str | None = None
    remote_schedule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSnapshot:
    """Describe a snapshot, or snapshot group, that mirroring keeps by itself; ``prefix`` says what for."""

    subject: Subject
    prefix: str
    name: str
    of: str


class Mirrors(Protocol):
    """Mirrors, schedules and what else replication needs of an XIV; reads are direct.

    Commands act by name: that of a volume is read again before each and must still be that WWN's (NotFound, Refused).
    """

    def targets(self, budget: Budget) -> tuple[Target, ...]:
        """Return the arrays this one can mirror to."""

    def find_now(self, budget: Budget) -> str | None:
        """Return the array's time, written as it writes the times of snapshots; None where it tells none [K]."""

    def create(self, order: MirrorOrder, budget: Budget) -> None:
        """Define a mirror, inactive; raises AlreadyExists (``remote_name``), InUse, NoSpace, Refused, InDoubt."""

    def activate(self, end: End, budget: Budget) -> None:
        """Let data travel from a master; one whose does already is done."""

    def deactivate(self, end: End, budget: Budget) -> None:
        """Stop the data of a master, or of a slave whose link is down; what stands still already is done."""

    def become(self, end: End, part: Part, budget: Budget) -> None:
        """Change the role of this side alone; raises InUse while it is active, Refused during the first copy."""

    def switch_roles(self, end: End, budget: Budget) -> None:
        """Switch the roles on both sides at once; on the master, with nothing on its way."""

    def change_rpo(self, end: End, rpo_s: int, budget: Budget) -> None:
        """Set how far behind either side may be; on the master.  Raises Refused (``rpo_seconds``)."""

    def change_schedule(self, end: End, schedule: str, budget: Budget) -> None:
        """Give this side another schedule."""

    def change_remote_schedule(self, end: End, schedule: str, budget: Budget) -> None:
        """Give the other side another schedule."""

    def delete(self, end: End, budget: Budget, *, force_on_slave: bool = False) -> None:
        """Forget an inactive mirror, on both arrays while they are linked; its slave stays locked."""

    def snapshot(self, end: End, name: str, slave_name: str, budget: Budget) -> None:
        """Queue a sync job that leaves snapshots of one point in time on both sides; raises Unsupported."""

    def has_jobs(self, end: End, budget: Budget) -> bool:
        """Tell whether a sync job runs or waits."""

    def schedules(self, budget: Budget) -> tuple[Schedule, ...]:
        """Return all schedules, those every array has among them."""

    def make_schedule(self, schedule: Schedule, budget: Budget) -> None:
        """Make a schedule; raises AlreadyExists."""

    def drop_schedule(self, name: str, budget: Budget) -> None:
        """Delete a schedule; an array may do so while a mirror has it [K]: the flow has looked.  NotFound, InUse."""

    def kept(self, budget: Budget) -> tuple[KeptSnapshot, ...]:
        """Return all snapshots and snapshot groups that mirroring keeps, in two calls."""

    def kept_of(self, end: End, budget: Budget) -> tuple[KeptSnapshot, ...]:
        """Return those of one volume or group."""

    def snapshots_of(self, end: End, budget: Budget) -> frozenset[str]:
        """Return the names of all snapshots of a volume, or of all snapshot groups of a group."""

    def duplicate(self, kept: KeptSnapshot, new_name: str, budget: Budget) -> None:
        """Make a second snapshot, or snapshot group, of the same point in time; raises AlreadyExists, NoSpace."""

    def keep(self, end: End, name: str, budget: Budget) -> None:
        """Take a snapshot, or snapshot group, that goes last when space runs out; raises AlreadyExists, NoSpace."""

    def holds(self, subject: Subject, name: str, budget: Budget) -> bool:
        """Tell whether there is a snapshot, or snapshot group, of that name."""

    def discard(self, subject: Subject, name: str, budget: Budget) -> None:
        """Delete a snapshot, or snapshot group; the flow has looked before.  One that is not there is done."""

    def is_locked(self, volume: Volume, budget: Budget) -> bool:
        """Tell whether a volume is read-only."""

    def unlock(self, volume: Volume, budget: Budget) -> None:
        """Make a volume writable that is nobody's slave."""

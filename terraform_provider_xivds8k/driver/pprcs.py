"""What a DS8000 can do to PPRC pairs and to the paths they travel (ds8k-rest.md §4.2); how they stand: ``pairs``.

Pairs are named by their volumes and systems, paths by node names and LSSs.  Several pairs go in one call, and each has
its own answer; what the order of steps is, and what to look at before, is the flow's to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from .errors import DriverError
from .waiting import Budget

PairType = Literal["metro_mirror", "global_copy"]
PairEnd = Literal["source", "target"]
PairOption = Literal[
    "permit_space_efficient_target",
    "initial_copy_full",
    "initial_copy_out_of_sync",
    "failover",
    "failback",
]
PortPair = tuple[str, str]  # I/O ports: source, target
HEALTHY = "success"  # of a port pair; any other word is none [S]


@dataclass(frozen=True, slots=True)
class PairEnds:
    """Name a pair by its two volumes, as the machine of its source does."""

    source_system: str
    source: str
    target_system: str
    target: str

    @property
    def id(self) -> str:
        """Return the array's id of the pair [S]."""
        return f"{self.source_system}_{self.source}:{self.target_system}_{self.target}".upper()

    @property
    def reversed(self) -> PairEnds:
        """Return the same volumes copied the other way."""
        return PairEnds(self.target_system, self.target, self.source_system, self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class PprcPath:
    """Describe a path from an LSS of this array to one of another: ``states`` by its port pairs."""

    id: str
    source_lss: str
    target_lss: str
    target_wwnn: str
    states: Mapping[PortPair, str]

    @property
    def is_healthy(self) -> bool:
        """Tell whether data gets through: one port pair is enough."""
        return HEALTHY in self.states.values()

    @property
    def words(self) -> str:
        """Return how its port pairs stand, for an error text."""
        said = (f"{source}->{target} {state or '?'}" for (source, target), state in self.states.items())
        return ", ".join(said) or "no port pair"


class Pprcs(Protocol):
    """Pairs and paths of one DS8000, changed; every read is direct.

    What is asked for several pairs returns what went wrong, by pair; it raises what the call as a whole was refused
    for, and InDoubt where an answer was lost or leaves a pair out.
    """

    def links(self, target_wwnn: str, source_lss: str, target_lss: str, budget: Budget) -> tuple[PortPair, ...]:
        """Return the I/O ports through which the other array can be reached."""

    def paths(self, budget: Budget, source_lss: str | None = None) -> tuple[PprcPath, ...]:
        """Return all paths that begin here, or those of one LSS, in one call."""

    def find_path(self, path_id: str, budget: Budget) -> PprcPath | None:
        """Return one path, None by the code that means there is none."""

    def path_id(self, source_wwnn: str, source_lss: str, target_wwnn: str, target_lss: str) -> str:
        """Return what a path is called."""

    def create_path(
        self, target_wwnn: str, source_lss: str, target_lss: str, ports: tuple[PortPair, ...], budget: Budget
    ) -> None:
        """Make a path, never with a consistency group; whether data gets through shows later."""

    def delete_path(self, path_id: str, budget: Budget) -> None:
        """Delete a path; the flow has looked that no pair uses it.  NotFound where it is gone already."""

    def create(
        self, pairs: tuple[PairEnds, ...], kind: PairType, options: tuple[PairOption, ...], budget: Budget
    ) -> Mapping[PairEnds, DriverError]:
        """Make pairs, or with ``failover`` let targets here be suspended sources, named the way they then are."""

    def pause(self, pairs: tuple[PairEnds, ...], budget: Budget) -> Mapping[PairEnds, DriverError]:
        """Suspend pairs whose sources are here."""

    def resume(
        self, pairs: tuple[PairEnds, ...], kind: PairType, options: tuple[PairOption, ...], budget: Budget
    ) -> Mapping[PairEnds, DriverError]:
        """Let suspended pairs whose sources are here copy what differs, from now on as ``kind``."""

    def delete(self, pairs: tuple[PairEnds, ...], end: PairEnd, budget: Budget) -> Mapping[PairEnds, DriverError]:
        """End pairs from the end that is here, whatever the other array says; each volume keeps what it holds."""

"""The XIV array module: one client, and the groups of primitives over it."""

from __future__ import annotations

from ..array import FlashCopies, Groups, Hosts, Mappings, Qos, Snapshots, Volumes
from ..attaching import Targets
from ..mirrors import Mirrors
from ..objects import Family, Pool, Settings, System
from ..pairs import Pairs
from ..pprcs import Pprcs
from ..waiting import Budget, Stop
from .client import Client
from .groups import XIVGroups
from .hosts import XIVHosts
from .mappings import XIVMappings
from .mirrors import XIVMirrors
from .pairs import XIVPairs
from .pools import pools
from .qos import XIVQos
from .snapshots import XIVSnapshots
from .system import system, targets
from .volumes import XIVVolumes


class XIVArray:
    """Keep the contract of ``array.Array``; nothing is connected before the first call."""

    family: Family = "xiv"

    def __init__(self, settings: Settings, stop: Stop) -> None:  # noqa: ARG002 - every call brings its own sign to stop
        self._client = Client(settings)
        listed = XIVVolumes(self._client)
        self.volumes: Volumes = listed
        self.qos: Qos | None = XIVQos(self._client, listed)
        self.snapshots: Snapshots | None = XIVSnapshots(self._client, listed)
        self.groups: Groups | None = XIVGroups(self._client, listed)
        hosts = XIVHosts(self._client)
        self.hosts: Hosts = hosts
        self.mappings: Mappings = XIVMappings(self._client, listed, hosts)
        self.flashcopies: FlashCopies | None = None
        self.pairs: Pairs = XIVPairs(self._client)
        self.mirrors: Mirrors | None = XIVMirrors(self._client, listed)
        self.pprcs: Pprcs | None = None

    @property
    def known_system_id(self) -> str | None:
        """Return the array's id once it has told it."""
        return self._client.known_system_id

    @property
    def answers(self) -> int:
        """Return how many answers came so far, or about so many."""
        return self._client.answers

    def greet(self, budget: Budget) -> None:
        """Ask the array which one it is."""
        self._client.greet(budget)

    def system_id(self, budget: Budget) -> str:
        """Return the array's id, asked unless it is known."""
        return self._client.system_id(budget)

    def system(self, budget: Budget) -> System:
        """Return what the array is; asked anew at every call."""
        return system(self._client, budget)

    def targets(self, budget: Budget) -> Targets:
        """Return the array's ports for hosts; asked anew at every call."""
        return targets(self._client, budget)

    def pools(self, budget: Budget) -> tuple[Pool, ...]:
        """Return all pools, by id."""
        return pools(self._client, budget)

    def ask_for_pool(self, text: str, budget: Budget) -> None:
        """Ask for one pool by name, for the array's own words when there is none."""
        self._client.read("pool_list", budget, pool=text)

    def close(self) -> None:
        """Close every connection; calls still under way fail."""
        self._client.close()

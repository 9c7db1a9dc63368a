"""A DS8000 as the flows see it."""

from __future__ import annotations

from urllib.parse import quote

from ..array import FlashCopies, Groups, Hosts, Mappings, Qos, Snapshots
from ..attaching import Targets
from ..mirrors import Mirrors
from ..objects import Family, Pool, Port, Settings, System
from ..once import Once
from ..pairs import Pairs
from ..ports import wwpn
from ..pprcs import Pprcs
from ..waiting import Budget
from .client import Client
from .flashcopies import DS8KFlashCopies
from .hosts import DS8KHosts
from .mappings import DS8KMappings
from .pairs import DS8KPairs
from .pprcs import DS8KPprcs
from .records import pool_of, port_of, system_of
from .volumes import DS8KVolumes


class DS8KArray:
    """Hold the parts of one DS8000; nothing is connected before the first call."""

    family: Family = "ds8k"
    qos: Qos | None = None
    snapshots: Snapshots | None = None
    groups: Groups | None = None
    mirrors: Mirrors | None = None

    def __init__(self, settings: Settings) -> None:
        self._client = Client(settings)
        self._known = Once(self._itself)
        self.volumes = DS8KVolumes(self._client, self._known.get, self.pools)
        self.hosts: Hosts = DS8KHosts(self._client, self.system_id)
        self.mappings: Mappings = DS8KMappings(self._client)
        self.pairs: Pairs = DS8KPairs(self._client, self.system_id)
        self.pprcs: Pprcs | None = DS8KPprcs(self._client)
        self.flashcopies: FlashCopies | None = DS8KFlashCopies(self._client, self.volumes.in_lss)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

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
        return self._known.get(budget).system_id

    def _itself(self, budget: Budget) -> System:
        """Return the array without its ports: its id and its node name never change."""
        return system_of(self._client.itself(budget), ())

    def system(self, budget: Budget) -> System:
        """Return what the array is, ports included."""
        return system_of(self._client.itself(budget), self._ports(budget))

    def _ports(self, budget: Budget) -> tuple[Port, ...]:
        records = self._client.read("/ioports", budget, "list its I/O ports").records("ioports")
        return tuple(port_of(record) for record in records)

    def targets(self, budget: Budget) -> Targets:
        """Return the array's ports for hosts; asked anew at every call."""
        ports = [port for port in self._ports(budget) if port.address]
        return Targets(
            wwpns=tuple(sorted(wwpn(port.address) for port in ports)),
            offline=frozenset(wwpn(port.address) for port in ports if not port.online),
        )

    def pools(self, budget: Budget) -> tuple[Pool, ...]:
        """Return all pools, by id."""
        records = self._client.read("/pools", budget, "list its pools").records("pools")
        return tuple(sorted((pool_of(record) for record in records), key=lambda pool: pool.id))

    def ask_for_pool(self, text: str, budget: Budget) -> None:
        """Ask for one pool by id; raises the array's own refusal."""
        self._client.read(f"/pools/{quote(text, safe='')}", budget, f"show pool {text}")

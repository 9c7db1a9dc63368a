"""An array that lives in this process: the driver's ``Array`` protocol over a dictionary.

For property tests that make thousands of calls; whatever is about a wire runs against the simulators.  ``outside``
methods are other people's hands.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from decimal import Decimal
from typing import Literal, cast

from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    Connection,
    Family,
    InDoubt,
    NoSpace,
    NotFound,
    Pool,
    Secret,
    Settings,
    System,
    Users,
    Volume,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.driver.array import Array, VolumeOrder
from terraform_provider_xivds8k.driver.attaching import Targets
from terraform_provider_xivds8k.driver.core import Core
from terraform_provider_xivds8k.driver.flows import VolumeFlows
from terraform_provider_xivds8k.driver.flows.group_snapshots import GroupSnapshots
from terraform_provider_xivds8k.driver.waiting import Budget, NoStop

from .memory_copies import MemoryFlashCopies, MemorySnapshots
from .memory_groups import MemoryGroups
from .memory_hosts import MemoryHosts
from .memory_mappings import MemoryMappings

GIB = 2**30
XIV_EXTENT = 16 * GIB
SYSTEM_IDS: dict[Family, str] = {"xiv": "2810-114-7800001", "ds8k": "2107-75MEM01"}


class MemoryVolumes:
    """Hold volumes; ``rounds`` makes creations and growth round up to whole extents."""

    names_are_unique = False

    def __init__(self, array: MemoryArray) -> None:
        self._array = array
        self.held: dict[str, Volume] = {}
        self.used: dict[str, Users] = {}
        self.also_listed: tuple[Volume, ...] = ()
        self.on_find: Callable[[], None] = lambda: None
        self._numbers = itertools.count(1)

    def find(self, volume_id: str, budget: Budget) -> Volume | None:
        """Return the volume of that id, in any case."""
        self._array.looked_up += 1
        self.on_find()
        return next((one for key, one in self.held.items() if key.casefold() == volume_id.casefold()), None)

    def named(self, name: str, budget: Budget) -> tuple[Volume, ...]:
        """Return the volumes of that name."""
        return tuple(volume for volume in self.held.values() if volume.name == name)

    def by_wwn(self, wwn: str, budget: Budget) -> Volume | None:
        """Return the volume of that WWN."""
        return next((volume for volume in self.held.values() if volume.wwn == wwn.lower()), None)

    def listing(self, pools: tuple[Pool, ...], budget: Budget) -> tuple[Volume, ...]:
        """Return the volumes in these pools."""
        wanted = {pool.id for pool in pools}
        held = tuple(self.held[key] for key in sorted(self.held) if self.held[key].pool_id in wanted)
        return held + self.also_listed

    def mapped_to(self, host: str, budget: Budget) -> frozenset[str]:
        """Return nothing: there are no hosts."""
        raise NotFound(f"No host {host!r}", attribute="host")

    def detailed(self, volumes: tuple[Volume, ...], budget: Budget) -> tuple[Volume, ...]:
        """Return them with what is known of their users."""
        return tuple(replace(one, mapped=bool(self.users(one, budget).mappings)) for one in volumes)

    def users(self, volume: Volume, budget: Budget) -> Users:
        """Return what depends on the volume."""
        used = self.used.get(volume.id, Users())
        mapped = (f"mapped to {one.holder} as LUN {one.lun}" for one in self._array.mappings.of_volume(volume, budget))
        return replace(used, mappings=(*used.mappings, *mapped))

    def create(self, order: VolumeOrder, budget: Budget) -> Volume:
        """Make a volume, rounding its size where the array does."""
        if self._array.family == "xiv" and self.named(order.name, budget):
            raise AlreadyExists(f"{order.name} exists", attribute="name", code="VOLUME_EXISTS", words="It exists")
        if order.size_bytes > order.pool.free_bytes:
            raise NoSpace("The pool is full", attribute="pool", code="NOT_ENOUGH_SPACE", words="No space")
        number = next(self._numbers)
        made = self._xiv(order, number) if self._array.family == "xiv" else self._ds8k(order, number)
        if self._array.loses_creations != "before":
            self.held[made.id] = made
        if self._array.loses_creations:
            raise InDoubt("The answer was lost", next_step="Look what there is.")
        return made

    def _xiv(self, order: VolumeOrder, number: int) -> Volume:
        wwn = f"0017380000{number:06x}"
        return Volume(
            id=wwn,
            name=order.name,
            wwn=wwn,
            system_id=SYSTEM_IDS["xiv"],
            pool_id=order.pool.id,
            pool_name=order.pool.name,
            size_bytes=self.rounded(order.size_bytes),
            provably_unwritten=True,
        )

    def _ds8k(self, order: VolumeOrder, number: int) -> Volume:
        lss = (order.lss or f"{order.pool.node or 0:02X}").upper()
        volume_id = f"{lss}{number:02X}"
        return Volume(
            id=volume_id,
            name=order.name,
            wwn=f"6005076303ffd000000000000000{volume_id.lower()}",
            system_id=SYSTEM_IDS["ds8k"],
            pool_id=order.pool.id,
            pool_name=order.pool.name,
            size_bytes=order.size_bytes,
            provisioning=order.provisioning or "thick",
            lss=lss,
            os400=order.os400.upper() if order.os400 else None,
            provably_unwritten=order.provisioning == "thin",
        )

    def settled(self, order: VolumeOrder, budget: Budget) -> Volume | None:
        """Return nothing: what became of a lost creation is never certain here."""
        return None

    def rename(self, volume: Volume, new_name: str, budget: Budget) -> None:
        """Give the volume another name."""
        self.held[volume.id] = replace(self.held[volume.id], name=new_name)

    def resize(self, volume: Volume, size_bytes: int, budget: Budget) -> None:
        """Grow the volume, rounding its size where the array does."""
        assert size_bytes > self.held[volume.id].size_bytes, "the array would be asked to shrink a volume"
        self._array.resizes += 1
        self.held[volume.id] = replace(self.held[volume.id], size_bytes=self.rounded(size_bytes))

    def move(self, volume: Volume, pool: Pool, budget: Budget) -> None:
        """Move the volume at once."""
        self.held[volume.id] = replace(self.held[volume.id], pool_id=pool.id, pool_name=pool.name)

    def keeping_id(self, volume_id: str, budget: Budget) -> AbstractContextManager[None]:
        """Do nothing: ids are never given again here."""
        return nullcontext()

    def delete(self, volume: Volume, budget: Budget) -> None:
        """Delete the volume."""
        del self.held[volume.id]

    def rounded(self, size_bytes: int) -> int:
        """Return what the array makes of a size."""
        return -(-size_bytes // XIV_EXTENT) * XIV_EXTENT if self._array.rounds else size_bytes


class MemoryQos:
    """Two performance classes."""

    def __init__(self, volumes: MemoryVolumes) -> None:
        self._volumes = volumes

    def classes(self, budget: Budget) -> tuple[str, ...]:
        """Return their names."""
        return ("gold", "silver")

    def assign(self, volume: Volume, qos_class: str | None, budget: Budget) -> None:
        """Put the volume into a class or out of one."""
        self._volumes.held[volume.id] = replace(self._volumes.held[volume.id], qos_class=qos_class)


class MemoryArray:
    """Be one array of a family, in memory."""

    def __init__(self, family: Family, *, rounds: bool = False) -> None:
        self.family: Family = family
        self.rounds = rounds
        self.resizes = 0
        self.looked_up = 0
        self.loses_creations: Literal["", "before", "after"] = ""
        self.volumes = MemoryVolumes(self)
        self.qos = MemoryQos(self.volumes) if family == "xiv" else None
        self.snapshots = MemorySnapshots(self) if family == "xiv" else None
        self.flashcopies = MemoryFlashCopies(self) if family == "ds8k" else None
        self.groups = MemoryGroups(self) if family == "xiv" else None
        self.hosts = MemoryHosts(self)
        self.mappings = MemoryMappings(self)

    @property
    def known_system_id(self) -> str | None:
        """Return the array's id: nobody has to ask for it."""
        return SYSTEM_IDS[self.family]

    @property
    def answers(self) -> int:
        """Return how many answers came: they cost nothing and are not counted."""
        return 0

    def greet(self, budget: Budget) -> None:
        """Be greeted."""

    def system_id(self, budget: Budget) -> str:
        """Return the array's id."""
        return SYSTEM_IDS[self.family]

    def system(self, budget: Budget) -> System:
        """Return what the array is."""
        return System(
            family=self.family,
            system_id=SYSTEM_IDS[self.family],
            name=f"memory {self.family}",
            serial=SYSTEM_IDS[self.family][-6:],
            model="memory",
            release="1.0",
            wwnn=None,
            total_bytes=None,
            free_bytes=None,
        )

    def targets(self, budget: Budget) -> Targets:
        """Return two Fibre Channel ports, and on an XIV a portal."""
        xiv = self.family == "xiv"
        return Targets(
            wwpns=("5001738000000140", "5001738000000150"),
            portals=("192.0.2.11:3260",) if xiv else (),
            iqn="iqn.2005-10.com.xivstorage:000001" if xiv else None,
        )

    def pools(self, budget: Budget) -> tuple[Pool, ...]:
        """Return two pools a volume can move between, and on a DS8000 one of the other node."""
        if self.family == "xiv":
            return (_pool("1001", "first", None), _pool("1002", "second", None))
        return (_pool("P0", "first", 0), _pool("P1", "other", 1), _pool("P2", "second", 0))

    def ask_for_pool(self, text: str, budget: Budget) -> None:
        """Say in this array's words that there is no such pool."""
        if not any(text in {pool.id, pool.name} for pool in self.pools(budget)):
            raise NotFound("No such pool", code="POOL_DOES_NOT_EXIST", words="No pool of that name", attribute="pool")

    def close(self) -> None:
        """Close nothing."""

    def outside_make(self, volume_id: str, size_bytes: int) -> Volume:
        """Let somebody else make a volume in the first pool."""
        pool = self.pools(Budget(1))[0]
        made = Volume(
            id=volume_id,
            name=f"their{volume_id}",
            wwn=volume_id,
            system_id=SYSTEM_IDS[self.family],
            pool_id=pool.id,
            pool_name=pool.name,
            size_bytes=size_bytes,
        )
        self.volumes.held[volume_id] = made
        return made

    def outside_snapshot(self, volume: Volume, snapshot_id: str) -> None:
        """Let somebody else take a snapshot of a volume."""
        taken = self.outside_make(snapshot_id, volume.size_bytes)
        if self.flashcopies is not None:
            self.flashcopies.establish(((volume.id, snapshot_id),), ("persistent", "no_background_copy"), Budget(1))
        else:
            self.volumes.held[snapshot_id] = replace(taken, snapshot_of=volume.name)

    def outside_grow(self, volume_id: str, size_bytes: int) -> None:
        """Let somebody else grow a volume."""
        self.volumes.held[volume_id] = replace(self.volumes.held[volume_id], size_bytes=size_bytes)

    def outside_write(self, volume_id: str) -> None:
        """Let a host write to a volume."""
        self.volumes.held[volume_id] = replace(self.volumes.held[volume_id], provably_unwritten=False)

    def outside_rename(self, volume_id: str, name: str) -> None:
        """Let somebody else rename a volume."""
        self.volumes.held[volume_id] = replace(self.volumes.held[volume_id], name=name)


class MemoryDriver(XIVDS8KDriver):
    """Run the driver's flows over an array in memory."""

    _remote: XIVDS8KDriver | None = None

    def __init__(self, array: MemoryArray, *, mode: str = "full", on_close: Callable[[], None] | None = None) -> None:
        settings = Settings(
            family=array.family,
            connection=Connection(endpoints=("memory",), username="nobody", password=Secret("none")),
            mode=mode,  # type: ignore[arg-type]  # tests pass one of the three
        )
        self.settings = settings
        self._on_close = on_close
        self._core = Core(settings, cast("Array", array), NoStop())  # a protocol's attributes are invariant
        self._flows = VolumeFlows(self._core)
        self._group_snapshots = GroupSnapshots(self._core, self._flows)


def _pool(pool_id: str, name: str, node: int | None) -> Pool:
    return Pool(
        id=pool_id,
        name=name,
        storage_type="fb",
        node=node,
        total_bytes=2**50,
        free_bytes=2**50,
        virtual_total_bytes=None,
        virtual_free_bytes=None,
        snapshot_bytes=None,
        extent_bytes=GIB if node is not None else XIV_EXTENT,
        thin_ratio=Decimal(1),
    )

"""Resources on an array in memory, the volume's before all, with configurations that suit the family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terraform_provider_xivds8k.driver import Family, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards, Resource
from terraform_provider_xivds8k.lifecycle.configured import Mode
from terraform_provider_xivds8k.resources import SnapshotResource, VolumeResource

from .core import Core
from .memory_array import GIB, MemoryArray, MemoryDriver

POOLS: dict[Family, tuple[str, str]] = {"xiv": ("first", "second"), "ds8k": ("P0", "P2")}


class MemoryWorld:
    """Hold one array in memory; ``core`` gives a resource instance on it."""

    def __init__(self, family: Family, *, rounds: bool = False) -> None:
        self.family: Family = family
        self.array = MemoryArray(family, rounds=rounds)
        self.pool, self.second_pool = POOLS[family]

    def snapshot_core(self) -> Core:
        """Return a snapshot instance on the array, which holds two volumes, ``first`` and ``second``."""
        driver = MemoryDriver(self.array)
        for name in ("first", "second"):
            driver.create_volume(name=name, pool=self.pool, size_bytes=8 * GIB)
        core = self.core()
        configured = core.resource().configured
        return Core(lambda: SnapshotResource(configured), begin=core.begin)

    def core(
        self,
        kind: type[Resource[Any, XIVDS8KDriver]] = VolumeResource,
        *,
        mode: Mode = "full",
        protect: bool = False,
        unprotect: frozenset[str] = frozenset(),
        opening: Callable[[], XIVDS8KDriver] | None = None,
    ) -> Core:
        """Return a resource instance behind a provider of these settings."""
        guards = Guards(mode=mode, deletion_protection=protect, unprotect=unprotect)
        configured: Configured[XIVDS8KDriver] = Configured(
            open_driver=opening or (lambda: MemoryDriver(self.array, mode=mode)),
            close_driver=lambda driver: driver.close(),
            guards=guards,
            family=self.family,
        )
        return Core(lambda: kind(configured), begin=configured.close)

    def config(self, **values: Any) -> dict[str, Any]:
        """Return a small configuration with these values instead of its own; None leaves one out."""
        size = {} if {"size_gib", "size_bytes"} & values.keys() else {"size_gib": 8}
        base: dict[str, Any] = {"name": "db1", "pool": self.pool, **size, **values}
        return {name: value for name, value in base.items() if value is not None}


def gib(count: int) -> int:
    """Return GiB in bytes."""
    return count * GIB

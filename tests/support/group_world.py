"""Consistency groups made outside Terraform, for tests on real Terraform, and what somebody else does to snapshots."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from terraform_provider_xivds8k.driver import Volume
from terraform_provider_xivds8k.driver.waiting import Budget

from .hcl import block
from .world import GIB, SOON_S, World

TYPE = "xivds8k_consistency_group_snapshot"
_numbers = itertools.count(0x80, 2)


@dataclass(frozen=True)
class Group:
    """Be a group with its volumes; on a DS8000 in an LSS nobody else uses."""

    world: World
    id: str
    volumes: tuple[Volume, ...]

    @property
    def volume_ids(self) -> list[str]:
        """Return the volumes' ids."""
        return [volume.id for volume in self.volumes]

    def snapshot(self, label: str = "a", inside: str = "", /, **attributes: Any) -> str:
        """Return the block of a group snapshot of all volumes, unless the attributes say otherwise."""
        own = {"consistency_group_id": self.id, "name": "monday", "volume_ids": self.volume_ids}
        return block("resource", TYPE, label, inside=inside, **{**own, **attributes})

    def labels(self, state: dict[str, Any]) -> list[list[str]]:
        """Return what the snapshots of a state hold, in the order of the volumes."""
        return [self.world.labels(state["snapshot_ids"][volume.id]) for volume in self.volumes]

    def lose(self, state: dict[str, Any]) -> None:
        """Have the array lose what a state holds: an XIV deletes it, a DS8000 withdraws a copy."""
        array = self.world.hands._core.array
        if array.groups is not None:
            array.groups.discard(state["name"], Budget(SOON_S))
            return
        assert array.flashcopies is not None
        first = state["id"].split(",")[0]
        (relation,) = [one for one in array.flashcopies.listing(Budget(SOON_S)) if one.id == first]
        array.flashcopies.withdraw(relation, Budget(SOON_S))


def group_of(world: World, count: int = 2) -> Group:
    """Make a group with so many volumes."""
    lss = f"{next(_numbers):02X}"
    more: dict[str, Any] = {"lss": lss} if world.family == "ds8k" else {}
    volumes = tuple(
        world.hands.create_volume(name=world.name("m"), pool=world.pool, size_bytes=GIB, deadline=SOON_S, **more)
        for _ in range(count)
    )
    name, groups = world.name("group"), world.hands._core.array.groups
    if groups is not None:
        groups.create(name, world.pool_now(), Budget(SOON_S))
        for volume in volumes:
            groups.add(name, volume, Budget(SOON_S))
    return Group(world, name, volumes)

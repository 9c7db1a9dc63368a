"""Replications of an array in memory: what the resource asks the driver for, without a second array."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from terraform_provider_xivds8k.driver import (
    Half,
    InUse,
    NotFound,
    Pair,
    Remaining,
    Replication,
    ReplicationMode,
    ReplicationTarget,
)

from .memory_array import MemoryArray, MemoryDriver

FIRST_RPO_S = 120


class MemoryPairDriver(MemoryDriver):
    """Replicate to an array that answers whatever is asked of it; ``held`` outlives the driver."""

    def __init__(self, array: MemoryArray, held: dict[str, Replication]) -> None:
        super().__init__(array)
        self.settings = replace(
            self.settings, replication_target=ReplicationTarget(connection=self.settings.connection, pool="P0")
        )
        self._remote = MemoryDriver(MemoryArray(array.family))
        self.held = held

    def enable_replication(self, *, mode: ReplicationMode, **asked: Any) -> Replication:
        """Set a replication up, complete at once."""
        subject = "volume" if asked["volume_id"] is not None else "group"
        own_id = asked["volume_id"] or asked["consistency_group_id"]
        if own_id in self.held:
            raise InUse(f"{own_id} is in a pair already", attribute="volume_id")
        made = Replication(
            id=own_id,
            subject="volume" if subject == "volume" else "group",
            name=own_id,
            system_id=self.system_id(),
            backend_id="remote",
            mode=mode,
            rpo_s=(asked["rpo_s"] or FIRST_RPO_S) if mode == "async" else None,
            remote_system_id="remote",
            remote_id=f"r{own_id}",
            remote_name=asked["remote_name"] or own_id,
            remote_pool=asked["remote_pool"] or self.list_pools()[0].name,
            remote_wwn=None if subject == "group" else f"wwn{own_id}",
        )
        self.held[own_id] = made
        return made

    def wait_for_replication(self, *, replication_id: str, deadline: float | None = None) -> None:
        """Find it complete."""
        self._get(replication_id)

    def change_replication(
        self, *, replication_id: str, mode: ReplicationMode, rpo_s: int | None = None, **_: Any
    ) -> Replication:
        """Copy in another way."""
        had = self._get(replication_id)
        rpo = (rpo_s or had.rpo_s or FIRST_RPO_S) if mode == "async" else None
        self.held[replication_id] = replace(had, mode=mode, rpo_s=rpo)
        return self.held[replication_id]

    def disable_replication(self, *, replication_id: str, remote_on_delete: Remaining = "keep", **_: Any) -> None:
        """End it."""
        self.held.pop(replication_id, None)

    def find_replication(self, replication_id: str, **_: Any) -> Pair | None:
        """Return the pair, in step."""
        found = self.held.get(replication_id)
        return None if found is None else _pair(found)

    def find_recent_replication(self, replication_id: str, **_: Any) -> Pair | None:
        """Return the pair, in step."""
        return self.find_replication(replication_id)

    def describe_replication(self, pair: Pair, **_: Any) -> Replication:
        """Return what is set up."""
        return self._get(pair.id or "")

    def list_replications(self, **_: Any) -> tuple[Pair, ...]:
        """Return all."""
        return tuple(map(_pair, self.held.values()))

    def _get(self, own_id: str) -> Replication:
        if own_id not in self.held:
            raise NotFound(f"{own_id} is not replicated")
        return self.held[own_id]


def _pair(found: Replication) -> Pair:
    home = Half(
        subject=found.subject,
        id=found.id,
        name=found.name,
        system_id=found.system_id,
        key=None,
        peer=found.remote_name,
        peer_key=None,
        role="source",
        mode=found.mode,
        standing="active",
        in_step=True,
        words="in memory",
    )
    remote = replace(home, id=found.remote_id, name=found.remote_name, peer=found.name, role="target")
    return Pair(
        subject=found.subject,
        home=home,
        remote=remote,
        home_answers=True,
        remote_answers=True,
        row=1,
        state="home_serves",
    )

"""A volume with its pair, alone or in a mirrored group, as runs of the sweep of replications begin with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from terraform_provider_xivds8k.driver import (
    Family,
    Operation,
    Pair,
    ReplicationMode,
    Scope,
    Side,
    Terms,
    XIVDS8KDriver,
)

from .linked import GIB, Linked

SHORT_S, LONG_S = 5.0, 90.0
MODES: dict[Family, tuple[ReplicationMode, ...]] = {"xiv": ("sync", "async"), "ds8k": ("metro_mirror", "global_copy")}
GROWTH = 17 * GIB


@dataclass
class Stage:
    """Be a volume at home with its pair, as a run begins with it."""

    both: Linked
    mode: ReplicationMode

    def __post_init__(self) -> None:
        self.volume = self.both.volume("a")
        self.remote_id = self.remote_system = ""
        self.labels = ["a"]

    @property
    def known(self) -> tuple[str, str | None]:
        """Return both ids."""
        return self.volume.id, self.remote_id or None

    def replicate(self, driver: XIVDS8KDriver, deadline: float = LONG_S) -> None:
        """Set the pair up and have it in step."""
        rpo_s = 30 if self.mode == "async" else None
        made = driver.enable_replication(
            volume_id=self.volume.id, mode=self.mode, rpo_s=rpo_s, wait_for_sync=True, deadline=deadline
        )
        self.remote_id, self.remote_system = made.remote_id, made.remote_system_id

    def write(self, side: Side, label: str) -> None:
        """Let a host write, and what it wrote arrive."""
        self.both.write(side, self.volume.id if side == "home" else self.remote_id, label)
        self.labels.append(label)
        self.settle()

    def settle(self) -> None:
        """Have an interval pass, so that the copy holds what was written."""
        self.both.advance(61)

    def move(
        self, driver: XIVDS8KDriver, operation: Operation, to: Side, deadline: float = LONG_S, **terms: Any
    ) -> None:
        """Do one operation to the pair."""
        said = Terms(**({"io_stopped": True, "accept_inconsistent": True} | terms))
        driver.failover_host(operation=operation, to=to, scope=self.scope, terms=said, deadline=deadline)

    @property
    def scope(self) -> Scope:
        """Return what names the pair."""
        return Scope(ids=(f"{self.remote_system}/{self.remote_id}",))

    def look(self) -> Pair | None:
        """Return the pair as it is now."""
        self.both.driver.forget_recent()
        return self.both.driver.find_replication(self.volume.id, remote_id=self.remote_id or None)

    def read(self, side: Side) -> list[str]:
        """Return the labels one side holds."""
        return self.both.read(side, self.volume.id if side == "home" else self.remote_id)


@dataclass
class GroupStage(Stage):
    """Be a volume in a mirrored group of an XIV, which moves with it."""

    @property
    def group(self) -> str:
        """Return the name of the group, on both arrays."""
        return f"g{self.volume.name}"

    def replicate(self, driver: XIVDS8KDriver, deadline: float = LONG_S) -> None:
        """Set both pairs up, have them in step, and put the volume into the group."""
        rpo_s = 30 if self.mode == "async" else None
        driver.create_consistencygroup(name=self.group, pool=self.both.pool, deadline=deadline)
        driver.enable_replication(consistency_group_id=self.group, mode=self.mode, rpo_s=rpo_s, deadline=deadline)
        super().replicate(driver, deadline)
        driver.update_consistencygroup(group_id=self.group, add=(self.volume.id,), deadline=deadline)

    @property
    def scope(self) -> Scope:
        """Return what names the group."""
        return Scope(group=self.group)

    def look(self) -> Pair | None:
        """Return the group's pair as it is now."""
        self.both.driver.forget_recent()
        return self.both.driver.find_replication(self.group, remote_id=self.group)

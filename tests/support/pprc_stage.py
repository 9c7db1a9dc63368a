"""Replicated volumes between two linked DS8000s: made, moved and looked at by the driver under test."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from terraform_provider_xivds8k.driver import Side, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.driver.replicating import (
    FailoverReport,
    Operation,
    Replication,
    ReplicationMode,
    Scope,
    Terms,
)

from .linked import Linked

MODES: tuple[ReplicationMode, ...] = ("metro_mirror", "global_copy")
DEADLINE_S = 20.0
_numbers = itertools.count(1)


@dataclass
class Stage:
    """Hold both arrays, and what was told while they were changed."""

    two: Linked
    told: list[str] = field(default_factory=list)

    @property
    def driver(self) -> XIVDS8KDriver:
        """Return the driver under test."""
        return self.two.driver

    def replicate(self, volume: Volume, mode: ReplicationMode = "metro_mirror", **more: Any) -> Replication:
        """Replicate a volume, and wait until it is in step."""
        return self.driver.enable_replication(
            volume_id=volume.id, mode=mode, wait_for_sync=True, deadline=DEADLINE_S, progress=self.told.append, **more
        )

    def replicated(self, *labels: str, mode: ReplicationMode = "metro_mirror", **more: Any) -> Replication:
        """Return a replicated volume that holds labels, on both arrays by now."""
        found = self.replicate(self.two.volume(*labels, **more), mode)
        self.two.advance(5)
        return found

    def move(
        self, operation: Operation, *replications: Replication, to: Side | None = None, **terms: Any
    ) -> FailoverReport:
        """Do an operation on replications, named by their remote volumes."""
        return self.driver.failover_host(
            operation=operation,
            to=to,
            scope=Scope(ids=tuple(one.remote_id for one in replications)),
            terms=Terms(**terms),
            deadline=DEADLINE_S,
            progress=self.told.append,
        )

    def row(self, replication: Replication) -> int:
        """Return the row of the table a replication is in."""
        found = self.driver.find_replication(replication.id, remote_id=replication.remote_id)
        assert found is not None
        return found.row

    def mode(self, replication: Replication) -> str | None:
        """Return how it is copied."""
        found = self.driver.find_replication(replication.id)
        return None if found is None else found.mode

    def up(self, side: Side, state: str = "up") -> None:
        """Let an array answer, or not; the driver asks anew whether it does."""
        self.two.set_state(side, state)
        self.driver.forget_recent()
        self.driver._views.forget_silence()

    def host(self, side: Side, volume_id: str) -> str:
        """Map a volume to a new host of one side that is logged in; return the host's name."""
        number = next(_numbers)
        port, name = f"10000000C9{number:06X}", f"host{number}"
        with self.two.other_driver(side) as driver:
            host = driver.create_host(name=name, type="LinuxRHEL", wwpns=(port,))
            driver.initialize_connection(volume_id=volume_id, host_id=host.id)
        self.two.ask("POST", "/logins", {"array": self.two.name(side), "port": port, "state": "in"})
        return name

    def written(self, side: Side, volume_id: str, labels: Iterable[str]) -> None:
        """Let a host write labels."""
        for label in labels:
            self.two.write(side, volume_id, label)

    def posts(self, side: Side) -> dict[str, int]:
        """Return the calls that change something, of one array."""
        return {
            call: times for call, times in self.two.calls(side).items() if "GET" not in call and "tokens" not in call
        }

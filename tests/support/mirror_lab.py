"""Two linked simulated XIVs on which replications are set up by the driver and looked at by plain clients.

Time runs a hundred times as fast, from just past an hour on: copies are there by the time they are looked for, and no
schedule of an hour ticks during a test.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.driver import (
    FailoverReport,
    Member,
    Operation,
    Replication,
    ReplicationMode,
    Scope,
    Side,
    Terms,
    Volume,
    XIVDS8KDriver,
)

from .linked import Linked, linked
from .xcli import Leaves, Xcli
from .xiv_mirroring import HOUR_S, PAST_S, brief

FAST = 100.0
COPIED_S = 2.0  # by then a copy or a sync job has ended
RPO_S = 7200  # by a schedule of an hour
READS = ("_list", "config_get", "_get")
_ports = itertools.count(1)


@dataclass(frozen=True)
class Lab:
    """Hold both arrays."""

    linked: Linked

    @property
    def driver(self) -> XIVDS8KDriver:
        """Return the driver under test."""
        return self.linked.driver

    # setting up

    def replicate(self, volume: Volume, mode: ReplicationMode = "sync", rpo_s: int = RPO_S) -> Replication:
        """Replicate a volume until it is in step."""
        made = self.driver.enable_replication(
            mode=mode, volume_id=volume.id, rpo_s=rpo_s if mode == "async" else None, deadline=20
        )
        self.linked.advance(COPIED_S)
        return made

    def pair(self, mode: ReplicationMode = "sync", *labels: str) -> Replication:
        """Return the replication of a new volume, in step."""
        return self.replicate(self.linked.volume(*(labels or ("a",))), mode)

    def group(self, name: str, mode: ReplicationMode, *members: Replication) -> Replication:
        """Return a mirrored group that replicated volumes have joined."""
        self.driver.create_consistencygroup(name=name, pool=self.linked.pool)
        made = self.driver.enable_replication(
            mode=mode,
            consistency_group_id=name,
            rpo_s=RPO_S if mode == "async" else None,
            deadline=20,
        )
        self.linked.advance(COPIED_S)
        joining = tuple(member.id for member in members)
        self.driver.update_consistencygroup(group_id=name, add=joining, deadline=20)
        if mode == "async" and members:  # members have no common point of their own before
            self.sync("home", name)
        return made

    def sync(self, side: Side, group: str) -> None:
        """Have a sync job of a group run."""
        self.tell(side, "mirror_create_snapshot", cg=group, name=f"{group}-s", slave_name=f"{group}-s")
        self.linked.advance(COPIED_S)
        self.tell("home", "mirror_list")
        for one in ("home", "remote"):
            self.tell(one, "snap_group_delete", snap_group=f"{group}-s")

    # operations

    def run(self, operation: Operation, *ids: str, to: Side | None = None, **terms: Any) -> FailoverReport:
        """Do an operation on named replications."""
        return self.driver.failover_host(
            operation=operation,
            to=to,
            scope=Scope(ids=ids),
            terms=Terms(**terms),
            deadline=20,
        )

    def run_group(self, operation: Operation, group: str, to: Side | None = None, **terms: Any) -> Member:
        """Do an operation on one group."""
        report = self.driver.failover_host(
            operation=operation,
            to=to,
            scope=Scope(group=group),
            terms=Terms(**terms),
            deadline=20,
        )
        (member,) = report.members
        return member

    def one(self, operation: Operation, own_id: str, to: Side | None = None, **terms: Any) -> Member:
        """Do an operation on one replication, and return what became of it."""
        (member,) = self.run(operation, own_id, to=to, **terms).members
        return member

    def row(self, own_id: str) -> int:
        """Return the row of the table a replication is in."""
        self.driver.forget_recent()
        (status,) = self.driver.get_replication_status([own_id])
        return status.row

    def parted(self, mode: ReplicationMode = "sync") -> Replication:
        """Return a replication whose remote side was promoted while home was away; both sides were written since."""
        made = self.pair(mode, "common")
        self.lose_home()
        self.one("failover", made.remote_id)
        self.linked.write("remote", made.remote_id, "remote's")
        self.return_home()
        self.linked.set_link("down")
        self.linked.write("home", made.id, "home's")
        self.linked.set_link("up")
        return made

    # the world

    def lose_home(self) -> None:
        """Let home be away, management and link."""
        self.linked.set_state("home", "refuse")
        self.linked.set_link("down")

    def return_home(self) -> None:
        """Let home be back."""
        self.linked.set_state("home", "up")
        self.linked.set_link("up")

    def tell(self, side: Side, command: str, **arguments: object) -> list[Leaves]:
        """Have an array do something as another administrator."""
        with self._client(side) as client:
            return client.does(command, **arguments)

    def says(self, side: Side, command: str, **arguments: object) -> str:
        """Return the code an array answers with."""
        with self._client(side) as client:
            return client.says(command, **arguments)

    def _client(self, side: Side) -> Xcli:
        simulation = self.linked.simulation
        return Xcli(simulation.arrays[0 if side == "home" else 1], simulation.ca_pem)

    def states(self, **what: str) -> tuple[str, str]:
        """Return in short what both arrays say of one mirror: ``M+ Synchronized``; ``-`` for none."""
        home, remote = (self.tell(side, "mirror_list", **what) for side in ("home", "remote"))
        return brief(home[0]) if home else "-", brief(remote[0]) if remote else "-"

    def names(self, side: Side) -> set[str]:
        """Return the names of all volumes and snapshots of an array."""
        return {row["name"] for row in self.tell(side, "vol_list")}

    def schedules(self, side: Side) -> set[str]:
        """Return the names of an array's schedules that are not its own."""
        return {row["name"] for row in self.tell(side, "schedule_list")} - {"min_interval", "Never"}

    def labels(self, side: Side, name: str) -> list[str]:
        """Return what a volume or snapshot of a name holds."""
        return list(self.linked.ask("GET", f"/io?array={self.linked.name(side)}&volume={name}"))

    def attach(self, side: Side, volume: str, *, log_in: bool = True) -> str:
        """Map a volume to a new host, which is logged in; return its name."""
        number = next(_ports)
        name, port = f"host{number}", f"10000000C9{number:06X}"
        self.tell(side, "host_define", host=name)
        self.tell(side, "host_add_port", host=name, fcaddress=port)
        self.tell(side, "map_vol", host=name, vol=volume, lun=1)
        state = "in" if log_in else "out"
        self.linked.ask("POST", "/logins", {"array": self.linked.name(side), "port": port, "state": state})
        return name

    def changes(self) -> dict[str, list[str]]:
        """Return by side the commands asked for since the last look that change something, by name."""
        found = {side: sorted(self.linked.calls(side)) for side in ("home", "remote")}
        return {side: [one for one in names if not one.endswith(READS)] for side, names in found.items()}


@contextmanager
def lab_of(file: Path, time_scale: float = FAST) -> Iterator[Lab]:
    """Serve both arrays."""
    with linked("xiv", file, time_scale=time_scale) as found:
        now_s = found.ask("POST", "/clock", {"advance_s": 0})["now_s"]
        found.advance(HOUR_S - now_s % HOUR_S + PAST_S)
        yield Lab(found)

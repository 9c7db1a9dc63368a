"""Two arrays under one configuration: replicated volumes attached on both sides, and what is invoked on them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from terraform_provider_xivds8k.driver import Connection, Side

from .hcl import Expression, block
from .linked import GIB, POOLS, Linked
from .terraform import Result, Workspace

VOLUME = Expression("xivds8k_volume.v.id")
PORTS: dict[Side, str] = {"home": "100000000000C0A1", "remote": "100000000000C0A2"}
SIDES: tuple[tuple[Side, dict[str, Any]], ...] = (("home", {}), ("remote", {"provider": Expression("xivds8k.remote")}))
_numbers = itertools.count(1)


@dataclass
class Sites:
    """Hold the arrays, the folder, and what stands in the configuration."""

    arrays: Linked
    workspace: Workspace
    mode: str
    in_group: bool = False
    replicated: Mapping[str, Any] = field(default_factory=dict)
    size_gib: int = 17
    name: str = field(default_factory=lambda: f"story{next(_numbers)}")

    @property
    def pool(self) -> str:
        """Return a pool both arrays have."""
        return POOLS[self.arrays.family]

    def write(self, **provider: Any) -> None:
        """Write the configuration, with these settings in both provider blocks."""
        target = self.arrays.settings.replication_target
        assert target is not None
        home, remote = reach_of(self.arrays.settings.connection), reach_of(target.connection)
        common = {"family": self.arrays.family, "deletion_protection": False, **provider}
        self.workspace.providers(
            {**common, **home, "replication_target": {**remote, "pool": self.pool}},
            {**common, **remote, "alias": "remote"},
        )
        self.workspace.write(self._hosts() + self._volumes() + (self._group() if self.in_group else ""))

    def _hosts(self) -> str:
        kind = {"type": "LinuxRHEL"} if self.arrays.family == "ds8k" else {}
        return "".join(
            block("resource", "xivds8k_host", side, name=f"{self.name}h", wwpns=[PORTS[side]], **kind, **more)
            for side, more in SIDES
        )

    def _volumes(self) -> str:
        volume: dict[str, Any] = {"name": f"{self.name}v", "pool": self.pool, "size_gib": self.size_gib}
        if self.arrays.family == "ds8k":
            volume["allow_full_resync"] = True
        pair: dict[str, Any] = {"volume_id": VOLUME, "mode": self.mode, "wait_for_sync": True}
        here = {"volume_id": VOLUME, "host_id": Expression("xivds8k_host.home.id")}
        there = {
            "volume_id": Expression("xivds8k_replication.v.remote_volume_id"),
            "host_id": Expression("xivds8k_host.remote.id"),
            "side": "remote",
        }
        return (
            block("resource", "xivds8k_volume", "v", **volume)
            + block("resource", "xivds8k_volume", "alone", name=f"{self.name}a", pool=self.pool, size_gib=17)
            + block("resource", "xivds8k_replication", "v", **pair, **self.replicated)
            + block("resource", "xivds8k_host_attachment", "here", **here)
            + block("resource", "xivds8k_host_attachment", "there", **there)
        )

    def _group(self) -> str:
        group = Expression("xivds8k_consistency_group.g.id")
        pair = {"consistency_group_id": group, "mode": self.mode, **self.replicated}
        member = {"consistency_group_id": group, "volume_id": VOLUME}
        needs = "  depends_on = [xivds8k_replication.v, xivds8k_replication.g]\n"
        return (
            block("resource", "xivds8k_consistency_group", "g", name=f"{self.name}g", pool=self.pool)
            + block("resource", "xivds8k_replication", "g", **pair)
            + block("resource", "xivds8k_consistency_group_member", "v", inside=needs, **member)
        )

    def log(self, state: Literal["in", "out"], *sides: Side) -> None:
        """Let the hosts of these sides log in or out."""
        for side in sides:
            self.arrays.ask("POST", "/logins", {"array": self.arrays.name(side), "port": PORTS[side], "state": state})

    def watch(self) -> None:
        """Have the configuration read how the replication stands."""
        one = "g" if self.in_group else "v"
        read = block("data", "xivds8k_replication", "now", id=Expression(f"xivds8k_replication.{one}.id"))
        self.workspace.write(read, "watch.tf")

    @property
    def volume_id(self) -> str:
        """Return the volume at home."""
        return str(self.workspace.state("xivds8k_volume.v")["id"])

    @property
    def remote_id(self) -> str:
        """Return its copy."""
        return str(self.workspace.state("xivds8k_replication.v")["remote_volume_id"])

    @property
    def scope(self) -> dict[str, Any]:
        """Return what an action names, by literal ids that need no array: the remote ones."""
        if self.in_group:
            return {"consistency_group_id": f"{self.name}g"}
        away = self.arrays.simulation.arrays[1]["system_id"]  # two DS8000s have volumes of the same ids
        return {"replication_ids": [self.remote_id if self.arrays.family == "xiv" else f"{away}/{self.remote_id}"]}

    def invoke(self, operation: str, **more: Any) -> Result:
        """Invoke the action; fails where that fails."""
        result = self.invoked(operation, **more)
        assert result.code == 0, result.output
        return result

    def invoked(self, operation: str, **more: Any) -> Result:
        """Invoke the action without a refresh, whatever its outcome."""
        return self.workspace.run(*self.invocation(operation, **more))

    def invocation(self, operation: str, **more: Any) -> tuple[str, ...]:
        """Write the action, and return the arguments that invoke it without a refresh."""
        config = block("config", operation=operation, **self.scope, **more)
        self.workspace.write(block("action", "xivds8k_replication_failover", "a", inside=config), "action.tf")
        name = "action.xivds8k_replication_failover.a"
        return "apply", "-json", "-auto-approve", "-refresh=false", f"-invoke={name}"

    def plans_replicated_empty(self) -> None:
        """Plan what is replicated and nothing else, and fail unless there is nothing to do."""
        objects = ["xivds8k_replication.v", "xivds8k_host_attachment.there"]
        if self.in_group:
            objects += ["xivds8k_replication.g", "xivds8k_consistency_group_member.v"]
        self.workspace.plans_empty(*(f"-target={one}" for one in objects))

    def says(self, side: Side, label: str) -> None:
        """Let a host of one side write a label; raises ValueError where the array refuses it."""
        asked = {"array": self.arrays.name(side), "volume": self._called(side), "write": label}
        self.arrays.ask("POST", "/io", asked)

    def labels(self, side: Side) -> list[str]:
        """Return what the volume of one side holds."""
        asked = f"array={self.arrays.name(side)}&volume={self._called(side)}"
        return list(self.arrays.ask("GET", f"/io?{asked}"))

    def _called(self, side: Side) -> str:
        """Return what the simulation calls the volume of one side, whether or not its array answers."""
        if self.arrays.family == "xiv":
            return f"{self.name}v"
        return self.volume_id if side == "home" else self.remote_id

    def labels_kept_in(self, name: str) -> list[str]:
        """Return what the home volume's snapshot of this name, or in the group snapshot of this name, holds (XIV)."""
        with self.arrays.other_driver("home") as driver:
            (found,) = [one for one in driver.list_volumes() if one.is_snapshot and one.name.startswith(name)]
        return list(self.arrays.ask("GET", f"/io?array={self.arrays.name('home')}&volume={found.name}"))

    def size(self, side: Side) -> int:
        """Return the size of one side in GiB."""
        with self.arrays.other_driver(side) as driver:
            found = driver.find_volume(self.volume_id if side == "home" else self.remote_id)
        assert found is not None
        return found.size_bytes // GIB

    def kill_home(self) -> None:
        """Lose the first site: its array does not answer and the link is gone."""
        self.arrays.set_link("down")
        self.arrays.set_state("home", "refuse")

    def revive_home(self) -> None:
        """Bring the first site back."""
        self.arrays.set_state("home", "up")
        self.arrays.set_link("up")


def reach_of(one: Connection) -> dict[str, Any]:
    """Return what stands in a provider block for an array."""
    return {
        "endpoints": list(one.endpoints),
        "username": one.username,
        "password": one.password.reveal(),
        "ca_pem": one.ca_pem,
    }


def progress(result: Result) -> list[str]:
    """Return the lines an action showed."""
    return [m["hook"]["message"] for m in result.messages if m.get("type") == "action_progress"]

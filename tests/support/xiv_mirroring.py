"""Two linked simulated XIVs, asked for mirrors as a plain client does, and what hosts and the link do meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.simulators import Simulation, start

from .xcli import ControlAddress, Leaves, Xcli

ASYNC = {"type": "async_interval", "rpo": 120, "schedule": "min_interval", "remote_schedule": "min_interval"}

STILL = 0.001  # simulated seconds a second: what takes time happens when the clock is put forward
HOUR_S, PAST_S = 3600, 2


@contextmanager
def still_arrays(file: Path) -> Iterator[Simulation]:
    """Serve two linked arrays whose clock stands, at two seconds past an hour: no schedule ticks by itself."""
    with start(file, xiv=["127.0.0.1:0"] * 2, control="127.0.0.1:0", time_scale=STILL) as simulation:
        now_s = simulation.ask("POST", "/clock", {"advance_s": 0})["now_s"]
        simulation.ask("POST", "/clock", {"advance_s": HOUR_S - now_s % HOUR_S + PAST_S})
        yield simulation


@contextmanager
def sites_of(simulation: Simulation) -> Iterator[Sites]:
    """Connect to both arrays."""
    with (
        Xcli(simulation.arrays[0], simulation.ca_pem) as home,
        Xcli(simulation.arrays[1], simulation.ca_pem) as away,
    ):
        first, second = (str(array["target_name"]) for array in simulation.arrays)
        yield Sites(home, away, (first, second), ControlAddress(str(simulation.control)))


@dataclass(frozen=True)
class Sites:
    """Hold both arrays: ``home``, where mirrors are made, and ``away``."""

    home: Xcli
    away: Xcli
    names: tuple[str, str]
    control: ControlAddress

    def volume(self, name: str = "v1", *labels: str) -> None:
        """Make a volume at home, and write to it."""
        self.home.does("vol_create", vol=name, size=17, pool="pool1")
        for label in labels:
            self.write(name, label)

    def define(self, volume: str = "v1", **more: Any) -> None:
        """Define a mirror of a volume, with a new volume of the same name away."""
        made = {"vol": volume, "slave_vol": volume, "create_slave": "yes", "remote_pool": "pool1"}
        self.home.does("mirror_create", target=self.names[1], **(made | more))

    def mirror(self, volume: str = "v1", **more: Any) -> None:
        """Mirror a volume and wait until all is copied."""
        self.define(volume, **more)
        self.home.does("mirror_activate", vol=volume)
        self.advance(1)

    def group(self, name: str, *volumes: str, **more: Any) -> None:
        """Make a group on both arrays, mirror it while it is empty, and let mirrored volumes join it."""
        for array in (self.home, self.away):
            array.does("cg_create", cg=name, pool="pool1")
        self.home.does("mirror_create", cg=name, slave_cg=name, target=self.names[1], **more)
        self.home.does("mirror_activate", cg=name)
        for volume in volumes:
            self.home.does("cg_add_vol", cg=name, vol=volume)

    def advance(self, seconds: float) -> None:
        """Put the clock forward."""
        self.control.ask("POST", "/clock", {"advance_s": seconds})

    def link(self, state: str) -> None:
        """Take the link down or up."""
        self.control.ask("POST", "/link", {"family": "xiv", "state": state})

    def write(self, volume: str, label: str, array: str = "xiv1") -> None:
        """Write a label as a host does."""
        self.control.ask("POST", "/io", {"array": array, "volume": volume, "write": label})

    def read(self, volume: str = "v1") -> tuple[list[str], list[str]]:
        """Return what a volume of both arrays holds: at home, away."""
        home, away = (self.control.ask("GET", f"/io?array={array}&volume={volume}") for array in ("xiv1", "xiv2"))
        return home, away

    def seen(self, **what: str) -> tuple[Leaves, Leaves]:
        """Return the one mirror as both arrays list it."""
        asked = what or {"vol": "v1"}
        return self.home.ask("mirror_list", **asked).one, self.away.ask("mirror_list", **asked).one

    def states(self, **what: str) -> tuple[str, str]:
        """Return role, activity and state of the one mirror on both arrays, in short: ``M+ Synchronized``."""
        home, away = self.seen(**what)
        return brief(home), brief(away)

    def snapshots(self, array: Xcli, volume: str = "v1") -> list[str]:
        """Return the names of a volume's snapshots."""
        return [row["name"] for row in array.does("snapshot_list", vol=volume)]


def brief(mirror: Leaves) -> str:
    """Return role, activity (+ active and operational, ~ active alone, 0 inactive) and state of a mirror."""
    works = mirror["active"] == mirror["connected"] == mirror["operational"] == "yes"
    sign = "+" if works else "~" if mirror["active"] == "yes" else "0"
    return f"{mirror['current_role'][0]}{sign} {mirror['sync_state']}"

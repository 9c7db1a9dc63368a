"""The simulated arrays a sweep of volume flows runs on: each with a bystander, and a plain client that looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.simulators import Simulation, start

from .rest_console import Console
from .simulated import world_of
from .sweep_parts import PATIENCE_S, Bench, Seen, Witness
from .xcli import Xcli

GIB = 2**30
LABEL = "monday"
# A move of 0.5 simulated seconds: its first poll finds it under way, its second finds it done.
TIME_SCALE = 5.0
QOS_CLASS = "silver"  # beside "gold", which every XIV has


class XivWitness(Witness):
    """Look by XCLI; ``more`` is the performance class."""

    def __init__(self, description: dict[str, Any], ca_pem: str) -> None:
        self._xcli = Xcli(description, ca_pem)

    def objects(self) -> tuple[Seen, ...]:
        return tuple(
            Seen(
                row["wwn"].lower(), row["name"], int(row["capacity"]) * 512, row["pool_name"], row.get("perf_class", "")
            )
            for row in self._xcli.does("vol_list")
        )

    def make(self, name: str, place: str, size_bytes: int, more: str = "") -> str:
        (made,) = self._xcli.does("vol_create", vol=name, pool=place, size_blocks=size_bytes // 512)
        if more:
            self._xcli.does("perf_class_add_vol", vol=name, perf_class=more)
        return made["wwn"].lower()

    def remove(self, seen: Seen) -> None:
        """Remove a volume with its snapshots, and those with their groups; it may be gone with its master."""
        rows = self._xcli.does("vol_list")
        if not any(row["name"] == seen.name for row in rows):
            return
        own = [row for row in rows if seen.name in {row["name"], row["master_name"]}]
        for group in {row["sg_name"] for row in own} - {""}:
            self._xcli.does("snap_group_delete", snap_group=group)
        if any(row["cg_name"] for row in own if row["name"] == seen.name):
            self._xcli.does("cg_remove_vol", vol=seen.name)
        if self._xcli.does("vol_list", vol=seen.name):
            self._xcli.does("vol_delete", vol=seen.name)

    def make_class(self) -> None:
        """Make the second performance class flows use."""
        self._xcli.does("perf_class_create", perf_class=QOS_CLASS)

    def close(self) -> None:
        self._xcli.stream.close()


class DS8KWitness(Witness):
    """Look by REST; ``more`` is the type of provisioning."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._console = Console(description)
        self._console.sign_in()
        self._pools = tuple(str(pool) for pool in description["pools"])

    def objects(self) -> tuple[Seen, ...]:
        rows = [row for pool in self._pools for row in self._console.ask("GET", f"/pools/{pool}/volumes").records]
        return tuple(Seen(row["id"], row["name"], int(row["cap"]), row["pool"]["id"], row["tp"]) for row in rows)

    def make(self, name: str, place: str, size_bytes: int, more: str = "") -> str:
        return self._console.make(name, place, size_bytes // GIB, tp=more or "ese")

    def remove(self, seen: Seen) -> None:
        for relation in self._console.ask("GET", f"/volumes/{seen.id}/flashcopy").records:
            self._console.ask("DELETE", f"/cs/flashcopies/{relation['id']}")
        removed = self._console.ask("DELETE", f"/volumes/{seen.id}")
        assert removed.status in {200, 204}, removed.body

    def close(self) -> None:
        self._console.close()


@contextmanager
def benches(folder: Path, family: Family, count: int, **switches: bool) -> Iterator[Sequence[Bench]]:
    """Run so many arrays of a family, each in a simulation of its own; switches are turned before anything is asked."""
    with ExitStack() as stack:
        made = []
        for number in range(count):
            simulation = stack.enter_context(
                start(
                    folder / f"{family}-{number}" / "simulator.db",
                    xiv=["127.0.0.1:0"] if family == "xiv" else (),
                    ds8k=["127.0.0.1:0"] if family == "ds8k" else (),
                    time_scale=TIME_SCALE,
                )
            )
            bench = _bench(simulation, family, switches)
            stack.callback(bench.witness.close)
            stack.callback(bench.calm.close)
            made.append(bench)
        yield made


def _bench(simulation: Simulation, family: Family, switches: Mapping[str, bool]) -> Bench:
    world = world_of(simulation, family, PATIENCE_S)
    description = simulation.arrays[0]
    for name, on in switches.items():
        world.ask("POST", "/switches", {"array": world.name, "name": name, "on": on})
    witness: Witness
    if family == "xiv":
        witness = XivWitness(description, simulation.ca_pem)
        witness.make_class()
    else:
        witness = DS8KWitness(description)
    made = world.driver.create_volume(name="bystander", pool=world.pools()[0].id, size_bytes=GIB, deadline=60)
    bench = Bench(world, witness, witness.objects)
    write_label(bench, made.id, made.name)
    before = witness.objects()

    def guarded() -> tuple[Seen, ...]:
        found = witness.objects()
        now = {seen.id: seen for seen in found}
        harmed = [seen for seen in before if now.get(seen.id) != seen]
        assert not harmed, f"harmed without having been asked for: {harmed}"
        assert labels(bench, made.id, made.name) == [LABEL], "the bystander lost what was written to it"
        return found

    bench.guarded = guarded
    bench.kept = frozenset(seen.id for seen in before)
    bench.notes["pools"] = world.pools()
    return bench


def write_label(bench: Bench, volume_id: str, name: str, label: str = LABEL) -> None:
    """Write to a volume, as a host does."""
    bench.world.ask(
        "POST", "/io", {"array": bench.world.name, "volume": _called(bench, volume_id, name), "write": label}
    )


def labels(bench: Bench, volume_id: str, name: str) -> list[str]:
    """Return what hosts wrote to a volume."""
    found = bench.world.ask("GET", f"/io?array={bench.world.name}&volume={_called(bench, volume_id, name)}")
    return list(found)


def _called(bench: Bench, volume_id: str, name: str) -> str:
    return name if bench.family == "xiv" else volume_id

"""A simulated array with a volume that hosts wrote to, to be copied from."""

from __future__ import annotations

from pathlib import Path

from terraform_provider_xivds8k.driver import Volume
from terraform_provider_xivds8k.simulators import clock
from terraform_provider_xivds8k.simulators.context import context_of
from terraform_provider_xivds8k.simulators.store import Store

from .rest_console import Console
from .simulated import World
from .xcli import Xcli

GIB = 2**30
COPY = ["persistent", "permit_space_efficient_target"]
SNAPSHOT = ["persistent", "no_background_copy", "permit_space_efficient_target"]


class Lab:
    """Hold the array, the source, and what the tests look at; ``file`` is the simulation's."""

    def __init__(self, array: World, file: Path) -> None:
        self.array = array
        self.file = file
        self.pool = array.pools()[0]
        self.source = self.another()
        self.write(self.source, "monday")

    def another(self) -> Volume:
        """Make a volume of the source's size."""
        return self.array.driver.create_volume(name=self.array.new_name(), pool=self.pool.id, size_bytes=2 * GIB)

    def write(self, volume: Volume, label: str) -> None:
        self.array.ask("POST", "/io", {"array": self.array.name, "volume": self._called(volume), "write": label})

    def labels(self, volume: Volume) -> list[str]:
        found = self.array.ask("GET", f"/io?array={self.array.name}&volume={self._called(volume)}")
        return list(found)

    def _called(self, volume: Volume) -> str:
        return volume.name if self.array.family == "xiv" else volume.id

    def turn(self, switch: str, *, on: bool) -> None:
        self.array.ask("POST", "/switches", {"array": self.array.name, "name": switch, "on": on})

    def slow_down(self, factor: float = 0.001) -> None:
        """Let copies take minutes from now on, or with a factor of 1 no longer."""
        slow_down(self.file, factor)

    def spoil(self, target: Volume, state: str) -> None:
        """Let the array find a new state for the relation from the source onto a volume."""
        spoil(self.array, self.file, f"{self.source.id}:{target.id}", state)

    def snapshot(self) -> Volume:
        """Take a snapshot of the source, by the array's own means."""
        name = self.array.new_name()
        if self.array.family == "xiv":
            with Xcli(self.array.description, self.array.settings.connection.ca_pem or "") as xcli:
                xcli.does("snapshot_create", vol=self.source.name, name=name)
            return self.array.driver.find_volumes_by_name(name)[0]
        target = self.array.driver.create_volume(
            name=name, pool=self.pool.id, size_bytes=self.source.size_bytes, provisioning="thin"
        )
        self.relate(self.source.id, target.id, SNAPSHOT)
        return target

    def relate(self, source_id: str, target_id: str, options: list[str]) -> None:
        """Make a FlashCopy relation, by the array's own means."""
        console = Console(self.array.description, self.array.control)
        console.sign_in()
        pairs = [{"source_volume": source_id, "target_volume": target_id}]
        made = console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": options})
        assert not made.refused, made.body
        console.close()

    def clone(self, name: str = "", /, **more: object) -> Volume:
        asked: dict[str, object] = {"deadline": 20, "pool": self.pool.id, "volume_id": self.source.id, **more}
        return self.array.driver.create_cloned_volume(name=name or self.array.new_name(), **asked)  # type: ignore[arg-type]

    def restore(self, snapshot: Volume, name: str = "", /, **more: object) -> Volume:
        asked: dict[str, object] = {"deadline": 20, "pool": self.pool.id, "snapshot_id": snapshot.id, **more}
        return self.array.driver.create_volume_from_snapshot(name=name or self.array.new_name(), **asked)  # type: ignore[arg-type]

    def nothing_called(self, name: str) -> bool:
        return self.array.driver.find_volumes_by_name(name) == ()


def slow_down(file: Path, factor: float = 0.001) -> None:
    """Let copies in a simulation take minutes from now on, or with a factor of 1 no longer."""
    store = Store(file)
    with store.transaction() as transaction:
        clock.set_scale(transaction, factor)
    store.close()


def spoil(array: World, file: Path, relation: str, state: str) -> None:
    """Let an array find a new state for a relation."""
    store = Store(file)
    with store.transaction() as transaction:
        context = context_of(transaction, array.name)
        context.put(
            "flashcopy", relation, {**(context.get("flashcopy", relation) or {}), "state": state}, group="steady"
        )
    store.close()

"""Members of a consistency group on either family, and what a test does to them outside the driver."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from terraform_provider_xivds8k.driver import GroupSnapshot, HeldGroupSnapshot, Volume
from terraform_provider_xivds8k.driver.waiting import Budget

from .simulated import World

GIB = 2**30
UUID = "6e1a7f0e-8a3c-4a0e-9a57-2f8f4a2f6f11"
LSSS = ("10", "12")


@dataclass(frozen=True)
class Members:
    """Be a group with its volumes, on a DS8000 in LSSs of their own."""

    array: World
    group_id: str
    volumes: tuple[Volume, ...]

    @property
    def ids(self) -> list[str]:
        """Return the volumes' ids."""
        return [volume.id for volume in self.volumes]

    def take(self, name: str, **more: Any) -> GroupSnapshot:
        """Take a group snapshot of all of them."""
        return self.array.driver.create_cgsnapshot(
            group_id=self.group_id, name=name, volume_ids=self.ids, **{"deadline": 30, **more}
        )

    def write(self, index: int, label: str) -> bool:
        """Write to a volume as a host does; tell whether the array took it."""
        volume = self.volumes[index]
        called = volume.name if self.array.family == "xiv" else volume.id
        return io_taken(self.array, called, label)

    def labels(self, snapshot: GroupSnapshot) -> list[list[str]]:
        """Return what the snapshots hold, in the order of the members."""
        held = {one.volume_id: one for one in snapshot.snapshots}
        return [labels(self.array, held[volume.id]) for volume in self.volumes]

    @property
    def frozen(self) -> set[str]:
        """Return the LSSs that hold back what hosts write."""
        return {volume.id[:2] for index, volume in enumerate(self.volumes) if not self.write(index, "probe")}


def members(array: World, count: int = 2, *, lsss: tuple[str, ...] = LSSS) -> Members:
    """Make a group with so many volumes, each in the next of these LSSs."""
    pool, _ = array.pools()
    made = []
    for index in range(count):
        more: dict[str, Any] = {"lss": lsss[index % len(lsss)]} if array.family == "ds8k" else {}
        made.append(array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB, **more))
    if array.family == "ds8k":
        return Members(array, UUID, tuple(made))
    group = array.new_name()
    groups = array.driver._core.array.groups
    assert groups is not None
    groups.create(group, pool, Budget(30))
    for volume in made:
        groups.add(group, volume, Budget(30))
    return Members(array, group, tuple(made))


def io_taken(array: World, volume: str, label: str) -> bool:
    """Write as a host does; tell whether the array took it."""
    try:
        array.ask("POST", "/io", {"array": array.name, "volume": volume, "write": label})
    except ValueError:
        return False
    return True


def labels(array: World, snapshot: Any) -> list[str]:
    """Return what a snapshot holds."""
    called = snapshot.name if array.family == "xiv" else snapshot.id
    return list(array.ask("GET", f"/io?array={array.name}&volume={called}"))


def held(found: GroupSnapshot, **more: Any) -> HeldGroupSnapshot:
    """Return what a state keeps of a group snapshot."""
    ids = {one.volume_id: one.id for one in found.snapshots}
    return HeldGroupSnapshot(id=found.id, name=found.name, snapshot_ids=ids, **{"created_at": found.created_at, **more})


class Writer:
    """Be a host that writes numbers to the members in turn, each only after the one before was taken."""

    def __init__(self, group: Members) -> None:
        self.written = 0
        self._group = group
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        while not self._ended.is_set():
            if self._group.write(self.written % len(self._group.volumes), str(self.written)):
                self.written += 1

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def wait_for(self, count: int) -> None:
        """Wait until so many numbers are written."""
        while self.written < count:
            assert self._thread.is_alive(), "the host stopped writing"
            self._ended.wait(0.01)


def check_one_moment(found: list[list[str]]) -> None:
    """Make sure that copies of the members hold all numbers up to one, each where it was written."""
    assert sorted(int(label) for one in found for label in one) == list(range(sum(map(len, found))))
    step = len(found)
    assert all(one == [str(n) for n in range(index, step * len(one), step)] for index, one in enumerate(found))


def lose(group: Members, state: Any) -> None:
    """Have the array lose what a state holds: an XIV deletes the snapshot group, a DS8000 withdraws a relation."""
    array = group.array.driver._core.array
    if array.groups is not None:
        array.groups.discard(state["name"], Budget(30))
        return
    assert array.flashcopies is not None
    for one in array.flashcopies.listing(Budget(30)):
        if one.id in state["id"]:
            array.flashcopies.withdraw(one, Budget(30))


def turn(array: World, name: str, *, on: bool) -> None:
    """Put a switch in a position."""
    array.ask("POST", "/switches", {"array": array.name, "name": name, "on": on})


def until_called(array: World, command: str) -> None:
    """Wait until a command was asked for."""
    until_s = time.monotonic() + 20
    while not array.calls().get(command):
        assert time.monotonic() < until_s, f"nobody asked for {command}"
        threading.Event().wait(0.01)


def wait_until_held(array: World) -> None:
    """Wait until a call is held."""
    until_s = time.monotonic() + 20
    while not array.ask("GET", "/journal")[array.name]["held"]:
        assert time.monotonic() < until_s, "no call is held"
        threading.Event().wait(0.01)

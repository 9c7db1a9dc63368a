"""A simulated array as a test sees it: the provider block that reaches it, and hands outside Terraform.

The hands work over the real wire: the project's driver where it has the operation, raw calls for the rest.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.request import Request, urlopen

from terraform_provider_xivds8k.driver import Connection, Family, Pool, Secret, Settings, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.driver.waiting import Budget

from .hcl import block

GIB = 2**30
SOON_S = 30.0
LARGEST_GIB = 16 * 1024
OPTIONS = ("persistent", "no_background_copy", "permit_space_efficient_target")
_numbers = itertools.count(1)


@dataclass
class World:
    """Hold one simulated array."""

    array: Mapping[str, Any]
    ca_pem: str
    control: str

    @property
    def family(self) -> Family:
        """Return the array's family."""
        family: Family = self.array["family"]
        return family

    @property
    def pool(self) -> str:
        """Return the pool most tests use."""
        pool: str = self.array["pools"][0]
        return pool

    @property
    def second_pool(self) -> str:
        """Return a pool to which a volume can move online."""
        return "P2" if self.family == "ds8k" else str(self.array["pools"][1])

    @property
    def system_id(self) -> str:
        """Return the array's own id."""
        return str(self.array["system_id"])

    def provider(self, **more: Any) -> dict[str, Any]:
        """Return a provider block for this array; ``...`` leaves one of its own settings out."""
        settings = {
            "family": self.family,
            "endpoints": list(self.array["endpoints"]),
            "username": self.array["username"],
            "password": self.array["password"],
            "ca_pem": self.ca_pem,
            "deletion_protection": False,
            **more,
        }
        return {name: value for name, value in settings.items() if value is not ...}

    def name(self, text: str = "v") -> str:
        """Return a name no other test uses."""
        return f"{text}_{next(_numbers)}"

    def volume(self, label: str = "a", inside: str = "", /, **attributes: Any) -> str:
        """Return a volume's block: in the first pool, 1 GiB, unless the attributes say otherwise."""
        own: dict[str, Any] = {"name": f"{label}_x", "pool": self.pool}
        sized_by_model = str(attributes.get("os400")).startswith("A")
        if not {"size_gib", "size_bytes"} & attributes.keys() and not sized_by_model:
            own["size_gib"] = 1
        return block("resource", "xivds8k_volume", label, inside=inside, **{**own, **attributes})

    # hands outside Terraform

    @cached_property
    def settings(self) -> Settings:
        """Return the driver's settings for this array."""
        connection = Connection(
            endpoints=tuple(self.array["endpoints"]),
            username=self.array["username"],
            password=Secret(self.array["password"]),
            ca_pem=self.ca_pem,
        )
        return Settings(family=self.family, connection=connection)

    @cached_property
    def hands(self) -> XIVDS8KDriver:
        """Return a driver somebody else holds."""
        return XIVDS8KDriver(self.settings)

    def make(self, name: str, size_bytes: int = GIB, pool: str | None = None) -> Volume:
        """Make a volume outside Terraform."""
        return self.hands.create_volume(name=name, pool=pool or self.pool, size_bytes=size_bytes, deadline=SOON_S)

    @property
    def thick(self) -> dict[str, Any]:
        """Return the attributes of a volume that takes its space at once."""
        return {"provisioning": "thick"} if self.family == "ds8k" else {}

    @property
    def thin(self) -> dict[str, Any]:
        """Return the attributes of a volume that takes space as it is written."""
        return {"provisioning": "thin"} if self.family == "ds8k" else {}

    def pool_now(self) -> Pool:
        """Return the first pool as it is now."""
        return self.hands.get_pool(self.pool)

    @contextmanager
    def filled_pool(self, *, leave_gib: int) -> Iterator[None]:
        """Fill the first pool with somebody's volumes up to some GiB, and empty it again afterwards."""
        made: list[str] = []
        try:
            while (room_gib := self._room_gib() - leave_gib) > 0:
                size_bytes = min(room_gib, LARGEST_GIB) * GIB
                volume = self.hands.create_volume(
                    name=self.name("full"), pool=self.pool, size_bytes=size_bytes, deadline=SOON_S, **self.thick
                )
                made.append(volume.id)
            yield
        finally:
            for volume_id in made:
                self.delete(volume_id)

    def _room_gib(self) -> int:
        pool = self.pool_now()
        free = pool.free_bytes if pool.virtual_free_bytes is None or self.thick else pool.virtual_free_bytes
        return free // GIB

    def make_twin(self, name: str) -> Volume:
        """Make one more DS8000 volume of a name that is taken, which the array allows."""
        params = {"name": name, "cap": str(GIB), "captype": "bytes", "stgtype": "fb", "pool": self.pool, "lss": "00"}
        self._rest("POST", "/volumes", params)
        return self.hands.find_volumes_by_name(name)[-1]

    def make_qos_class(self, name: str) -> None:
        """Make a performance class on an XIV, unless it is there."""
        if not any(record.text("name") == name for record in self._xcli("perf_class_list")):
            self._xcli("perf_class_create", perf_class=name)

    def rename(self, volume_id: str, name: str) -> None:
        """Rename a volume outside Terraform."""
        self.hands.rename_volume(volume_id=volume_id, new_name=name, deadline=SOON_S)

    def grow(self, volume_id: str, size_bytes: int) -> None:
        """Grow a volume outside Terraform."""
        self.hands.extend_volume(volume_id=volume_id, size_bytes=size_bytes, deadline=SOON_S)

    def move(self, volume_id: str, pool: str) -> None:
        """Move a volume to another pool outside Terraform."""
        self.hands.migrate_volume(volume_id=volume_id, pool=pool, deadline=SOON_S)

    def delete(self, volume_id: str) -> None:
        """Delete a volume outside Terraform."""
        self.hands.delete_volume(volume_id=volume_id, deadline=SOON_S)

    def find(self, volume_id: str) -> Volume | None:
        """Return a volume as it is now, None when it is gone."""
        return self.hands.find_volume(volume_id)

    def named(self, name: str) -> tuple[Volume, ...]:
        """Return all volumes of a name."""
        return self.hands.find_volumes_by_name(name)

    def map_to_host(self, volume_id: str, host: str) -> None:
        """Define a host and map a volume to it, outside Terraform."""
        volume = self.hands.get_volume(volume_id)
        if self.family == "xiv":
            self._xcli("host_define", host=host)
            self._xcli("map_vol", host=host, vol=volume.name, lun="1")
        else:
            self._rest("POST", "/hosts", {"name": host, "hosttype": "LinuxRHEL"})
            self._rest("POST", f"/hosts/{host}/mappings", {"volumes": [volume.id]})

    def snapshot(self, volume_id: str, name: str) -> None:
        """Take a snapshot of a volume (a FlashCopy on a DS8000), outside Terraform."""
        volume = self.hands.get_volume(volume_id)
        if self.family == "xiv":
            self._xcli("snapshot_create", vol=volume.name, name=name)
            return
        target = self.make(name, volume.size_bytes)
        pairs = [{"source_volume": volume.id, "target_volume": target.id}]
        self._rest("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": list(OPTIONS)})

    @contextmanager
    def switch(self, name: str, *, on: bool) -> Iterator[None]:
        """Put a switch of the simulator into a position, and back afterwards."""
        switches = self.ask_control("GET", f"/switches?array={self.array['name']}")
        before = next(one for one in switches if one["name"] == name)
        self._turn(name, on=on)
        try:
            yield
        finally:
            self._turn(name, on=before["on"])

    def _turn(self, name: str, *, on: bool) -> None:
        self.ask_control("POST", "/switches", {"array": self.array["name"], "name": name, "on": on})

    def fault(self, command: str, action: str, *, nth: int = 1, times: int = 1) -> None:
        """Let something go wrong with a command, from the ``nth`` call from now on."""
        order = {"array": self.array["name"], "command": command, "action": action, "nth": nth, "times": times}
        self.ask_control("POST", "/faults", order)

    def hold(self, command: str, action: str, *, seconds: float) -> None:
        """Let the array hold the next call of a command for a while: before it is carried out, or its answer."""
        order = {"array": self.array["name"], "command": command, "action": action, "seconds": seconds}
        self.ask_control("POST", "/faults", order)

    def refuse(self, command: str, code: str) -> None:
        """Let the array refuse a command with a code, the next time."""
        order = {"array": self.array["name"], "command": command, "action": "error", "code": code}
        self.ask_control("POST", "/faults", {**order, "nth": 1, "times": 1})

    def write_label(self, volume_id: str, label: str) -> None:
        """Write to a volume, as a host does."""
        self.ask_control(
            "POST", "/io", {"array": self.array["name"], "volume": self._called(volume_id), "write": label}
        )

    def labels(self, volume_id: str) -> list[str]:
        """Return what hosts wrote to a volume."""
        found = self.ask_control("GET", f"/io?array={self.array['name']}&volume={self._called(volume_id)}")
        return list(found)

    def _called(self, volume_id: str) -> str:
        return self.hands.get_volume(volume_id).name if self.family == "xiv" else volume_id

    def journal(self) -> dict[str, int]:
        """Return how often each command was asked of this array."""
        counted: dict[str, int] = self.ask_control("GET", "/journal")[self.array["name"]]["by_command"]
        return counted

    def ask_control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask the simulation's control address."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.control + path, data=data, method=method)
        with urlopen(request, timeout=SOON_S) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _xcli(self, command: str, **arguments: Any) -> tuple[Any, ...]:
        from terraform_provider_xivds8k.driver.xiv.client import Client

        client = Client(self.settings)
        try:
            return client.write(command, Budget(SOON_S), **arguments)
        finally:
            client.close()

    def _rest(self, method: str, path: str, params: Mapping[str, Any]) -> None:
        from terraform_provider_xivds8k.driver.ds8k.client import Client

        client = Client(self.settings)
        try:
            client.write(method, path, Budget(SOON_S), "set a test up", params)
        finally:
            client.close()

    def close(self) -> None:
        """Let the hands go."""
        if "hands" in self.__dict__:
            self.hands.close()


def world_of(simulation: Any, name: str) -> World:
    """Return one array of a running simulation."""
    array = next(one for one in simulation.arrays if one["name"] == name)
    return World(array, simulation.ca_pem, simulation.control)

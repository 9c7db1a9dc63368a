"""One simulated array for a stateful test: what is truly on it, hands outside Terraform, faults, and back to the start.

What is on the array is read from the simulation's own records, past every wire and every driver.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.driver import Family, XIVDS8KDriver
from terraform_provider_xivds8k.driver.ds8k.client import Client as RestClient
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.driver.xiv.client import Client as XcliClient
from terraform_provider_xivds8k.simulators import start
from terraform_provider_xivds8k.simulators.context import Context, context_of
from terraform_provider_xivds8k.simulators.store import Store

from .simulated import world_of

SOON_S = 20.0
KEPT = ("objects", "numbers")  # the tables that hold an array's contents
TIME_SCALE = 20.0  # a move ends within some 25 ms


@dataclass(frozen=True)
class Found:
    """Be one volume as it truly is; ``mapped`` and ``copied`` tell what depends on it."""

    id: str
    name: str
    size_bytes: int
    pool: str
    labels: tuple[str, ...]
    master: str = ""
    mapped: bool = False
    copied: bool = False

    def __str__(self) -> str:
        return f"{self.name} (id {self.id}, {self.size_bytes} bytes, pool {self.pool})"


class Stage:
    """Hold a running simulation of one array; ``close`` ends it."""

    def __init__(self, family: Family, folder: Path) -> None:
        self.family: Family = family
        path, one = folder / f"{family}.db", ["127.0.0.1:0"]
        self._simulation = start(
            path,
            xiv=one if family == "xiv" else (),
            ds8k=one if family == "ds8k" else (),
            time_scale=TIME_SCALE,
        )
        self._store = Store(path)
        description = self._simulation.arrays[0]
        self.array = str(description["name"])
        self.pools = ("pool1", "pool2") if family == "xiv" else ("P0", "P2")
        world = world_of(self._simulation, family, SOON_S)
        self._settings, self.hands = world.settings, world.driver
        self._client = XcliClient(self._settings) if family == "xiv" else RestClient(self._settings)
        self._hosts = 0
        self._make_host()
        self._first = self._contents()

    def close(self) -> None:
        """End it."""
        self.hands.close()
        self._client.close()
        self._store.close()
        self._simulation.stop()

    def driver(self, request_timeout_s: float) -> XIVDS8KDriver:
        """Return the driver of a new provider process; the caller closes it."""
        return XIVDS8KDriver(replace(self._settings, request_timeout_s=request_timeout_s))

    # what is there

    def volumes(self) -> dict[str, Found]:
        """Return every volume and snapshot by id, as the machine itself has it."""
        with self._store.transaction() as transaction:
            context = context_of(transaction, self.array)
            found = _xiv(context) if self.family == "xiv" else _ds8k(context)
        return {one.id: one for one in found}

    def _contents(self) -> dict[str, list[tuple[Any, ...]]]:
        with self._store.transaction() as transaction:
            return {table: transaction.execute(f"SELECT * FROM {table}").fetchall() for table in KEPT}

    def back_to_the_start(self) -> None:
        """Put the array's contents back to what they were."""
        self.mend()
        with self._store.transaction() as transaction:
            for table, rows in self._first.items():
                transaction.execute(f"DELETE FROM {table}")
                for row in rows:
                    transaction.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *row)

    # hands outside Terraform, over connections of their own

    def _make_host(self) -> None:
        if isinstance(self._client, XcliClient):
            self._client.write("host_define", Budget(SOON_S), host="host1")
        else:
            self._client.write("POST", "/hosts", Budget(SOON_S), "make", {"name": "host1", "hosttype": "LinuxRHEL"})

    def map(self, volume: Found, lun: int) -> None:
        """Map a volume to a host."""
        if isinstance(self._client, XcliClient):
            self._client.write("map_vol", Budget(SOON_S), host="host1", vol=volume.name, lun=lun)
        else:
            self._client.write("POST", "/hosts/host1/mappings", Budget(SOON_S), "map", {"volumes": [volume.id]})

    def rename_past_the_driver(self, volume_id: str, name: str) -> None:
        """Give a DS8000 volume a name that is taken, which the array allows and the driver refuses."""
        assert isinstance(self._client, RestClient)
        self._client.write("PUT", f"/volumes/{volume_id}", Budget(SOON_S), "rename", {"name": name})

    def unmap(self, volume: Found) -> None:
        """Take every mapping of a volume away."""
        if isinstance(self._client, XcliClient):
            self._client.write("unmap_vol", Budget(SOON_S), host="host1", vol=volume.name)
            return
        answer = self._client.read("/hosts/host1/mappings", Budget(SOON_S), "list")
        for record in answer.records("mappings"):
            if str(record["volume"]["id"]).upper() == volume.id:
                path = f"/hosts/host1/mappings/{record['lunid']}"
                self._client.write("DELETE", path, Budget(SOON_S), "unmap", None)

    def snapshot(self, volume: Found, name: str) -> None:
        """Take a snapshot; on a DS8000 a persistent FlashCopy to a new volume."""
        if isinstance(self._client, XcliClient):
            self._client.write("snapshot_create", Budget(SOON_S), vol=volume.name, name=name)
            return
        target = self.hands.create_volume(name=name, pool="P0", size_bytes=volume.size_bytes)
        order = {
            "volume_pairs": [{"source_volume": volume.id, "target_volume": target.id}],
            "options": ["persistent", "no_background_copy"],
        }
        self._client.write("POST", "/cs/flashcopies", Budget(SOON_S), "copy", order)

    def delete_snapshots(self, volume: Found) -> None:
        """Delete all snapshots of a volume."""
        if isinstance(self._client, XcliClient):
            for one in self.volumes().values():
                if one.master == volume.id:
                    self._client.write("snapshot_delete", Budget(SOON_S), sure=True, snapshot=one.name)
            return
        for record in self._client.read("/cs/flashcopies", Budget(SOON_S), "list").records("flashcopies", "flashcopy"):
            source, _, target = str(record["id"]).partition(":")
            if source == volume.id:
                self._client.write("DELETE", f"/cs/flashcopies/{source}:{target}", Budget(SOON_S), "withdraw", None)
                self.hands.delete_volume(volume_id=target)

    def write(self, volume: Found, label: str) -> None:
        """Let a host write a label."""
        key = volume.name if self.family == "xiv" else volume.id
        self.ask("POST", "/io", {"array": self.array, "volume": key, "write": label})

    # what goes wrong

    def break_down(self, **fault: Any) -> None:
        """Let something go wrong with a command."""
        self.ask("POST", "/faults", {"array": self.array, **fault})

    def mend(self) -> None:
        """Forget all faults, have the array up, and wait until it has done all it was asked."""
        self.ask("DELETE", "/faults")
        self.ask("POST", f"/arrays/{self.array}", {"state": "up"})
        (endpoint,) = self._simulation._running._endpoints
        deadline = time.monotonic() + SOON_S
        while endpoint._service._in_flight._now and time.monotonic() < deadline:
            time.sleep(0.002)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Have the simulation do what its control address does."""
        return self._simulation.ask(method, path, body)


def _xiv(context: Context) -> list[Found]:
    rows = [row for _, row in context.rows("volume")]
    wwn_of = {row["id"]: row["wwn"].lower() for row in rows}
    pools = {key: row["name"] for key, row in context.rows("pool")}
    mapped = {row["volume"] for _, row in context.rows("mapping")}
    masters = {row["master"] for row in rows if row["master"]}
    return [
        Found(
            id=row["wwn"].lower(),
            name=row["name"],
            size_bytes=row["size_bytes"],
            pool=pools[row["pool"]],
            labels=tuple((context.get("data", row["id"]) or {"labels": []})["labels"]),
            master=wwn_of.get(row["master"], ""),
            mapped=row["id"] in mapped,
            copied=row["id"] in masters,
        )
        for row in rows
    ]


def _ds8k(context: Context) -> list[Found]:
    copies = [row for _, row in context.rows("flashcopy")]
    source_of = {row["target"]: row["source"] for row in copies}
    sources = set(source_of.values())
    mapped = {row["volume"] for _, row in context.rows("mapping")}
    return [
        Found(
            id=key,
            name=row["name"],
            size_bytes=row["cap"],
            pool=row["pool"],
            labels=tuple(row["labels"]),
            master=source_of.get(key, ""),
            mapped=key in mapped,
            copied=key in sources,
        )
        for key, row in context.rows("volume")
    ]

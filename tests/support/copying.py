"""Make snapshots, groups and mappings on a simulated array with plain clients, as somebody beside the driver would."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from terraform_provider_xivds8k.driver import Volume

from .rest_console import Console
from .simulated import World
from .xcli import Xcli

GIB = 2**30


class Bystander(ABC):
    """Act on one array beside the driver; snapshots are named by their ids."""

    def __init__(self, array: World) -> None:
        self.array = array

    @abstractmethod
    def snapshot(self, volume: Volume, *options: str) -> str:
        """Take a snapshot of a volume and return its id."""

    @abstractmethod
    def group_snapshot(self, volumes: Sequence[Volume]) -> tuple[str, list[str]]:
        """Take a snapshot of several volumes; return its id and those of its snapshots, in the order of the volumes."""

    @abstractmethod
    def map(self, volume_id: str) -> None:
        """Map a volume or snapshot to a host."""

    @abstractmethod
    def grow(self, volume: Volume) -> None:
        """Grow a volume whatever depends on it."""

    @abstractmethod
    def close(self) -> None:
        """Close every connection."""

    def make(self, gib: int = 17) -> Volume:
        """Make a volume, thin where that can be said."""
        pool, _ = self.array.pools()
        return self.array.driver.create_volume(name=self.array.new_name(), pool=pool.id, size_bytes=gib * GIB)

    def write(self, volume_id: str, label: str) -> None:
        """Write to a volume, as a host does."""
        called = self.called(volume_id)
        self.array.ask("POST", "/io", {"array": self.array.name, "volume": called, "write": label})

    def labels(self, volume_id: str) -> list[str]:
        """Return what was written to a volume."""
        found = self.array.ask("GET", f"/io?array={self.array.name}&volume={self.called(volume_id)}")
        return list(found)

    def called(self, volume_id: str) -> str:
        """Return what commands call a volume."""
        return volume_id


class XivBystander(Bystander):
    """Act by XCLI."""

    def __init__(self, array: World) -> None:
        super().__init__(array)
        self.xcli = Xcli(array.description, Path(array.description["ca_file"]).read_text(encoding="ascii"))

    def snapshot(self, volume: Volume, *options: str) -> str:
        (taken,) = self.xcli.does("snapshot_create", vol=volume.name, name=f"{volume.name}.{self.array.new_name()}")
        return taken["wwn"].lower()

    def group_snapshot(self, volumes: Sequence[Volume]) -> tuple[str, list[str]]:
        group, name = self.array.new_name(), self.array.new_name()
        self.xcli.does("cg_create", cg=group, pool=volumes[0].pool_name)
        for volume in volumes:
            self.xcli.does("cg_add_vol", cg=group, vol=volume.name)
        self.xcli.does("cg_snapshots_create", cg=group, snap_group=name)
        rows = {row["master_name"]: row for row in self.xcli.does("vol_list") if row["sg_name"] == name}
        return name, [rows[volume.name]["wwn"].lower() for volume in volumes]

    def map(self, volume_id: str) -> None:
        host = self.array.new_name()
        self.xcli.does("host_define", host=host)
        self.xcli.does("map_vol", host=host, vol=self.called(volume_id), lun=1)

    def grow(self, volume: Volume) -> None:
        self.xcli.does("vol_resize", vol=volume.name, size_blocks=2 * volume.size_bytes // 512)

    def called(self, volume_id: str) -> str:
        (row,) = self.xcli.does("vol_list", wwn=volume_id)
        return row["name"]

    def close(self) -> None:
        self.xcli.stream.close()


class DS8KBystander(Bystander):
    """Act by REST."""

    def __init__(self, array: World) -> None:
        super().__init__(array)
        self.console = Console(array.description, array.control)
        self.console.sign_in()

    def snapshot(self, volume: Volume, *options: str) -> str:
        return self._targets((volume,), options or ("persistent", "no_background_copy"))[0]

    def group_snapshot(self, volumes: Sequence[Volume]) -> tuple[str, list[str]]:
        targets = self._targets(volumes, ("persistent", "no_background_copy", "freeze_consistency"))
        frozen = sorted({volume.id[:2] for volume in volumes})
        assert self.console.ask("POST", "/cs/flashcopies/unfreeze", {"lss_ids": frozen}).status == 200
        pairs = sorted(f"{volume.id}:{target}" for volume, target in zip(volumes, targets, strict=True))
        return ",".join(pairs), targets

    def _targets(self, volumes: Sequence[Volume], options: Sequence[str]) -> list[str]:
        gibs = [volume.size_bytes // GIB for volume in volumes]
        targets = [self.console.make(self.array.new_name(), "P0", gib, tp="ese") for gib in gibs]
        pairs = [
            {"source_volume": volume.id, "target_volume": target}
            for volume, target in zip(volumes, targets, strict=True)
        ]
        done = self.console.ask(
            "POST",
            "/cs/flashcopies",
            {"volume_pairs": pairs, "options": [*options, "permit_space_efficient_target"]},
        )
        assert done.status == 200, done.body
        return targets

    def map(self, volume_id: str) -> None:
        host = self.array.new_name()
        assert self.console.ask("POST", "/hosts", {"name": host, "hosttype": "LinuxRHEL"}).status == 200
        assert self.console.ask("POST", f"/hosts/{host}/mappings", {"volumes": [volume_id]}).status == 200

    def grow(self, volume: Volume) -> None:
        params = {"cap": str(2 * volume.size_bytes), "captype": "bytes"}
        assert self.console.ask("PUT", f"/volumes/{volume.id}", params).status == 200

    def close(self) -> None:
        self.console.close()


def bystander_of(array: World) -> Bystander:
    """Return somebody beside the driver, to be closed by the caller."""
    return XivBystander(array) if array.family == "xiv" else DS8KBystander(array)

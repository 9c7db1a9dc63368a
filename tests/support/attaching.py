"""Hosts, clusters and mappings as another administrator makes and sees them, with none of the driver's code."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

from terraform_provider_xivds8k.driver import Volume

from .rest_console import Console
from .simulated import World
from .xcli import Xcli

GIB = 2**30
_numbers = itertools.count(1)


@dataclass(frozen=True, order=True)
class Mapped:
    """Be a mapping as a plain client sees it: ``volume`` by id on a DS8000, by name on an XIV."""

    holder: str
    volume: str
    lun: str


class Hands:
    """Be another administrator of an array."""

    def __init__(self, array: World) -> None:
        self.array = array
        self.family = array.family

    @property
    def map_command(self) -> str:
        """Return the journal's name of the command that maps a volume."""
        return {"xiv": "map_vol", "ds8k": "POST /hosts[id={id}]/mappings"}[self.family]

    @property
    def unmap_command(self) -> str:
        """Return the journal's name of the command that unmaps a volume."""
        return {"xiv": "unmap_vol", "ds8k": "DELETE /hosts[id={id}]/mappings/{id}"}[self.family]

    def new_host_name(self) -> str:
        """Return a name no host has."""
        return f"host{next(_numbers):04d}"

    def host(
        self, name: str | None = None, *, kind: str | None = None, wwpns: Iterable[str] = (), iqns: Iterable[str] = (),
        cluster: str | None = None,
    ) -> str:  # fmt: skip
        """Make a host and return its id."""
        raise NotImplementedError

    def rename(self, name: str, new_name: str) -> None:
        """Rename a host."""
        raise NotImplementedError

    def drop_host(self, name: str) -> None:
        """Delete a host."""
        raise NotImplementedError

    def cluster(self, name: str) -> None:
        """Make a cluster."""
        raise NotImplementedError

    def map(self, volume: Volume, host: str, lun: int) -> None:
        """Map a volume to the host of a name."""
        raise NotImplementedError

    def unmap(self, volume: Volume, host: str) -> None:
        """Unmap a volume from the host of a name."""
        raise NotImplementedError

    def mapped(self) -> list[Mapped]:
        """Return all mappings."""
        raise NotImplementedError

    def end(self, mapped: Mapped) -> None:
        """End a mapping just seen."""
        raise NotImplementedError

    def names(self) -> dict[str, str]:
        """Return the hosts' names by their ids."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection."""
        raise NotImplementedError

    def volume(self, pool: int = 0, *, gib: int = 1) -> Volume:
        """Make a volume."""
        name, where = self.array.new_name(), self.array.pools()[pool].id
        return self.array.driver.create_volume(name=name, pool=where, size_bytes=gib * GIB, deadline=20)

    def called(self, volume: Volume) -> str:
        """Return what the array tells a volume by in its mappings."""
        return volume.name if self.family == "xiv" else volume.id

    def luns(self, volume: Volume, holder: str) -> list[int]:
        """Return the LUNs a volume has on the host or cluster of a name."""
        called = self.called(volume)
        return [self.number(one.lun) for one in self.mapped() if (one.holder, one.volume) == (holder, called)]

    def number(self, lun: str) -> int:
        """Return a LUN as the number a host sees."""
        return int(lun) if self.family == "xiv" else int(lun if len(lun) == 2 else lun[4:] + lun[:4], 16)


class XivHands(Hands):
    """Talk XCLI."""

    def __init__(self, array: World) -> None:
        super().__init__(array)
        assert array.settings.connection.ca_pem is not None
        self.xcli = Xcli(array.description, array.settings.connection.ca_pem)

    def host(
        self, name: str | None = None, *, kind: str | None = None, wwpns: Iterable[str] = (), iqns: Iterable[str] = (),
        cluster: str | None = None,
    ) -> str:  # fmt: skip
        called = name or self.new_host_name()
        more = {"type": kind} if kind else {}
        (made,) = self.xcli.does("host_define", host=called, **more, **({"cluster": cluster} if cluster else {}))
        for wwpn in wwpns:
            self.xcli.does("host_add_port", host=called, fcaddress=wwpn)
        for iqn in iqns:
            self.xcli.does("host_add_port", host=called, iscsi_name=iqn)
        return made["id"]

    def rename(self, name: str, new_name: str) -> None:
        self.xcli.does("host_rename", host=name, new_name=new_name)

    def drop_host(self, name: str) -> None:
        self.xcli.does("host_delete", host=name)

    def cluster(self, name: str) -> None:
        self.xcli.does("cluster_create", cluster=name)

    def map(self, volume: Volume, host: str, lun: int) -> None:
        self.xcli.does("map_vol", host=host, vol=volume.name, lun=lun)

    def unmap(self, volume: Volume, host: str) -> None:
        self.xcli.does("unmap_vol", host=host, vol=volume.name)

    def mapped(self) -> list[Mapped]:
        return sorted(Mapped(row["host"], row["volume"], row["lun"]) for row in self.xcli.does("mapping_list"))

    def end(self, mapped: Mapped) -> None:
        holders = ("host", "cluster")
        said = {self.xcli.says("unmap_vol", **{holder: mapped.holder}, vol=mapped.volume) for holder in holders}
        assert "SUCCESS" in said, said

    def names(self) -> dict[str, str]:
        return {row["id"]: row["name"] for row in self.xcli.does("host_list")}

    def close(self) -> None:
        self.xcli.stream.close()


class DS8KHands(Hands):
    """Talk REST."""

    def __init__(self, array: World) -> None:
        super().__init__(array)
        self.console = Console(array.description, array.control)
        self.console.sign_in()

    def host(
        self, name: str | None = None, *, kind: str | None = None, wwpns: Iterable[str] = (), iqns: Iterable[str] = (),
        cluster: str | None = None,
    ) -> str:  # fmt: skip
        assert not [*iqns, *([cluster] if cluster else [])], "a DS8000 has no such thing"
        called = name or self.new_host_name()
        self._done("POST", "/hosts", {"name": called, "hosttype": kind or "LinuxRHEL"})
        for wwpn in wwpns:
            self._done("POST", "/host_ports", {"wwpn": wwpn, "host": called})
        return next(key for key, known in self.names().items() if known == called)

    def _done(self, method: str, path: str, params: object = None) -> None:
        seen = self.console.ask(method, path, params)
        assert not seen.body or not seen.refused, seen.body

    def rename(self, name: str, new_name: str) -> None:
        self._done("PUT", f"/hosts/{name}", {"name": new_name})

    def drop_host(self, name: str) -> None:
        self._done("DELETE", f"/hosts/{name}")

    def map(self, volume: Volume, host: str, lun: int) -> None:
        self._done("POST", f"/hosts/{host}/mappings", {"mappings": [{f"{lun:02X}": volume.id}]})

    def unmap(self, volume: Volume, host: str) -> None:
        for record in self.console.ask("GET", f"/hosts/{host}/mappings").records:
            if record["volume"]["id"] == volume.id:
                self._done("DELETE", f"/hosts/{host}/mappings/{record['lunid']}")

    def mapped(self) -> list[Mapped]:
        return sorted(
            Mapped(name, record["volume"]["id"], record["lunid"])
            for name in self.names().values()
            for record in self.console.ask("GET", f"/hosts/{name}/mappings").records
        )

    def end(self, mapped: Mapped) -> None:
        self._done("DELETE", f"/hosts/{mapped.holder}/mappings/{mapped.lun}")

    def names(self) -> dict[str, str]:
        return {row["host_id"]: row["name"] for row in self.console.ask("GET", "/hosts").records}

    def close(self) -> None:
        self.console.close()


def hands_of(array: World) -> Hands:
    """Return another administrator of an array."""
    return XivHands(array) if array.family == "xiv" else DS8KHands(array)


def closing_hands(array: World) -> closing[Hands]:
    """Return the same, closed in the end."""
    return closing(hands_of(array))

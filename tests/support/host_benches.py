"""The simulated arrays a sweep of host flows runs on: with hosts, ports and a mapping that no run may touch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from terraform_provider_xivds8k.driver import Family

from .rest_console import Console
from .sweep_benches import benches
from .sweep_parts import Bench, Seen, Witness
from .xcli import Xcli

BYSTANDER = "bystanders"
THEIR_PORT = "10000000CC000001"
CLUSTER = "cluster "  # how the id of a cluster begins among what a witness sees
HOST = "host "


@dataclass(frozen=True)
class SeenHost:
    """Be a host as a plain client sees it."""

    id: str
    name: str
    type: str
    ports: frozenset[str] = frozenset()
    cluster: str = ""
    chap_name: str = ""


class HostWitness(Witness):
    """Look at hosts, beside what the plain witness of volumes sees."""

    def __init__(self, plain: Witness) -> None:
        self._plain = plain

    def objects(self) -> tuple[Seen, ...]:
        hosts = (
            Seen(f"{HOST}{one.id}", one.name, 0, one.type, f"{sorted(one.ports)} {one.cluster} {one.chap_name}")
            for one in self.hosts()
        )
        clusters = (Seen(f"{CLUSTER}{name}", name, 0, "") for name in self.clusters())
        return (*self._plain.objects(), *hosts, *clusters)

    def make(self, name: str, place: str, size_bytes: int, more: str = "") -> str:
        return self._plain.make(name, place, size_bytes, more)

    def remove(self, seen: Seen) -> None:
        if seen.id.startswith(CLUSTER):
            self.remove_cluster(seen.name)
        elif seen.id.startswith(HOST):
            self.remove_host(next(one for one in self.hosts() if one.name == seen.name))
        else:
            self._plain.remove(seen)

    @abstractmethod
    def hosts(self) -> tuple[SeenHost, ...]:
        """Return all hosts."""

    @abstractmethod
    def clusters(self) -> tuple[str, ...]:
        """Return all clusters, those with hosts last."""

    @abstractmethod
    def make_host(self, host: SeenHost) -> str:
        """Make a host, whose id in it does not count, and return its id."""

    @abstractmethod
    def remove_host(self, host: SeenHost) -> None:
        """Remove a host."""

    @abstractmethod
    def remove_cluster(self, name: str) -> None:
        """Remove a cluster."""

    @abstractmethod
    def map(self, host: str, volume: str) -> None:
        """Map a volume, by id on a DS8000 and by name on an XIV."""

    @abstractmethod
    def mapped(self) -> frozenset[str]:
        """Return what is mapped, in words."""


class XivHosts(HostWitness):
    """Look by XCLI."""

    def __init__(self, plain: Witness, xcli: Xcli) -> None:
        super().__init__(plain)
        self._xcli = xcli

    def hosts(self) -> tuple[SeenHost, ...]:
        return tuple(
            SeenHost(
                row["id"],
                row["name"],
                row["type"],
                frozenset((row["fc_ports"].upper() + "," + row["iscsi_ports"]).split(",")) - {""},
                row["cluster"],
                row["iscsi_chap_name"],
            )
            for row in self._xcli.does("host_list")
        )

    def clusters(self) -> tuple[str, ...]:
        return tuple(row["name"] for row in self._xcli.does("cluster_list"))

    def make_host(self, host: SeenHost) -> str:
        chap = {"iscsi_chap_name": host.chap_name, "iscsi_chap_secret": "a-secret-of-16-b"} if host.chap_name else {}
        (made,) = self._xcli.does("host_define", host=host.name, type=host.type, **chap)
        for port in host.ports:
            kind = "iscsi_name" if port.startswith("iqn") else "fcaddress"
            self._xcli.does("host_add_port", host=host.name, **{kind: port})
        if host.cluster:
            if host.cluster not in self.clusters():
                self._xcli.does("cluster_create", cluster=host.cluster)
            self._xcli.does("cluster_add_host", cluster=host.cluster, host=host.name)
        return made["id"]

    def remove_host(self, host: SeenHost) -> None:
        if host.cluster:
            self._xcli.does("cluster_remove_host", cluster=host.cluster, host=host.name)
        self._xcli.does("host_delete", host=host.name)

    def remove_cluster(self, name: str) -> None:
        self._xcli.does("cluster_delete", cluster=name)

    def map(self, host: str, volume: str) -> None:
        self._xcli.does("map_vol", host=host, vol=volume, lun=5)

    def mapped(self) -> frozenset[str]:
        return frozenset(f"{row['host']} {row['volume']} {row['lun']}" for row in self._xcli.does("mapping_list"))

    def close(self) -> None:
        self._xcli.stream.close()


class DS8KHosts(HostWitness):
    """Look by REST."""

    def __init__(self, plain: Witness, console: Console) -> None:
        super().__init__(plain)
        self._console = console

    def hosts(self) -> tuple[SeenHost, ...]:
        ports = self._console.ask("GET", "/host_ports").records
        return tuple(
            SeenHost(
                row["host_id"],
                row["name"],
                row["hosttype"],
                frozenset(port["wwpn"] for port in ports if port["host_id"] == row["host_id"]),
            )
            for row in self._console.ask("GET", "/hosts").records
        )

    def clusters(self) -> tuple[str, ...]:
        return ()

    def make_host(self, host: SeenHost) -> str:
        assert self._console.ask("POST", "/hosts", {"name": host.name, "hosttype": host.type}).status == 200
        (made,) = self._console.ask("GET", f"/hosts/{host.name}").records
        host_id = str(made["host_id"])
        if host.ports:
            params = {"host_id": host_id, "host_port_wwpns": sorted(host.ports)}
            assert self._console.ask("POST", "/host_ports/assign", params).status == 200
        return host_id

    def remove_host(self, host: SeenHost) -> None:
        assert self._console.ask("DELETE", f"/hosts/{host.name}").status in {200, 204}

    def remove_cluster(self, name: str) -> None:
        raise AssertionError(name)

    def map(self, host: str, volume: str) -> None:
        assert self._console.ask("POST", f"/hosts/{host}/mappings", {"volumes": [volume]}).status == 200

    def mapped(self) -> frozenset[str]:
        rows = self._console.ask("GET", f"/hosts/{BYSTANDER}/mappings").records
        return frozenset(f"{row['volume']['id']} {row['lunid']}" for row in rows)

    def close(self) -> None:
        self._console.close()


@contextmanager
def host_benches(folder: Path, family: Family, count: int) -> Iterator[Sequence[Bench]]:
    """Run so many arrays of a family, each with a mapped bystander."""
    with benches(folder, family, count) as made:
        opened = [_extended(bench) for bench in made]
        yield made
        for witness in opened:
            witness.close()


def _extended(bench: Bench) -> HostWitness:
    witness: HostWitness
    if bench.family == "xiv":
        ca_pem = bench.world.settings.connection.ca_pem
        assert ca_pem is not None
        witness = XivHosts(bench.witness, Xcli(bench.world.description, ca_pem))
    else:
        console = Console(bench.world.description)
        console.sign_in()
        witness = DS8KHosts(bench.witness, console)
    cluster = "bystanders" if bench.family == "xiv" else ""
    kind = "default" if bench.family == "xiv" else "Linux"
    witness.make_host(SeenHost("", BYSTANDER, kind, frozenset({THEIR_PORT})))
    if cluster:
        witness.make_host(SeenHost("", "clustered", kind, cluster=cluster))
    volume = next(seen for seen in witness.objects() if seen.name == "bystander")
    witness.map(BYSTANDER, volume.name if bench.family == "xiv" else volume.id)
    plainly_guarded, bench.witness = bench.guarded, witness
    before, mapped = witness.objects(), witness.mapped()
    bench.kept = frozenset(seen.id for seen in before)

    def guarded() -> tuple[Seen, ...]:
        plainly_guarded()
        found = witness.objects()
        harmed = set(before) - set(found)
        assert not harmed, f"harmed without having been asked for: {harmed}"
        assert mapped <= witness.mapped(), "somebody's mapping is not as it was"
        return found

    bench.guarded = guarded
    return witness

"""The simulated arrays a sweep of group flows runs on: with a group and a member that no run may touch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from terraform_provider_xivds8k.driver import Family

from .sweep_benches import benches
from .sweep_parts import Bench, Seen, Witness
from .xcli import Xcli

BYSTANDER = "bystanders"
SNAPSHOTS = "snapshot group "
MARK = "group "  # how the id of a group begins among what a witness sees


class GroupWitness(Witness):
    """Look by XCLI: volumes with the group they are in, and groups."""

    def __init__(self, plain: Witness, xcli: Xcli) -> None:
        self._plain = plain
        self._xcli = xcli

    def objects(self) -> tuple[Seen, ...]:
        volumes = (
            Seen(row["wwn"].lower(), row["name"], int(row["capacity"]) * 512, row["pool_name"], _belongs_to(row))
            for row in self._xcli.does("vol_list")
        )
        groups = (
            Seen(f"{MARK}{row['name']}", row["name"], 0, row["pool"], row["mirrored"])
            for row in self._xcli.does("cg_list")
        )
        return (*volumes, *groups)

    def make(self, name: str, place: str, size_bytes: int, more: str = "") -> str:
        made = self._plain.make(name, place, size_bytes)
        if more:
            self.join(name, more)
        return made

    def make_group(self, name: str, place: str) -> None:
        """Make a group."""
        self._xcli.does("cg_create", cg=name, pool=place)

    def join(self, name: str, group: str) -> None:
        """Put a volume into a group."""
        self._xcli.does("cg_add_vol", cg=group, vol=name)

    def remove(self, seen: Seen) -> None:
        if seen.id.startswith(MARK):
            self._xcli.does("cg_delete", cg=seen.name)
            return
        if seen.more.startswith(SNAPSHOTS):
            self._xcli.says("snap_group_delete", snap_group=seen.more.removeprefix(SNAPSHOTS))  # gone with its first
            return
        if seen.more:
            self._xcli.does("cg_remove_vol", vol=seen.name)
        self._plain.remove(seen)

    def close(self) -> None:
        self._xcli.stream.close()


def _belongs_to(row: dict[str, str]) -> str:
    return f"{SNAPSHOTS}{row['sg_name']}" if row.get("sg_name") else row.get("cg_name", "")


@contextmanager
def group_benches(folder: Path, family: Family, count: int) -> Iterator[Sequence[Bench]]:
    """Run so many arrays of a family; on an XIV the bystander is in a group of its own."""
    with benches(folder, family, count) as made:
        opened = [_extended(bench) for bench in made] if family == "xiv" else []
        yield made
        for witness in opened:
            witness.close()


def _extended(bench: Bench) -> GroupWitness:
    ca_pem = bench.world.settings.connection.ca_pem
    assert ca_pem is not None
    witness = GroupWitness(bench.witness, Xcli(bench.world.description, ca_pem))
    witness.make_group(BYSTANDER, bench.notes["pools"][0].name)
    witness.join("bystander", BYSTANDER)
    plainly_guarded, bench.witness = bench.guarded, witness
    before = {seen for seen in witness.objects() if seen.id in bench.kept or seen.name == BYSTANDER}
    bench.kept = frozenset(seen.id for seen in before)

    def guarded() -> tuple[Seen, ...]:
        plainly_guarded()
        found = witness.objects()
        harmed = before - set(found)
        assert not harmed, f"harmed without having been asked for: {harmed}"
        return found

    bench.guarded = guarded
    return witness

"""Pairs between two linked arrays, made by plain clients and not by what is under test."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Volume

from .linked import Linked
from .mirroring import established, join
from .rest_console import Console
from .xiv_mirroring import ASYNC, sites_of


def paired(linked: Linked, *labels: str) -> tuple[Volume, str]:
    """Return a volume at home and the id of its remote one; XIV sync or Metro Mirror, in step."""
    volume = linked.volume(*labels)
    return volume, pair(linked, volume)


def pair(linked: Linked, volume: Volume, kind: str | None = None) -> str:
    """Copy a volume of home to the other array, until they are in step; return the remote volume's id."""
    if linked.family == "ds8k":
        remote = _pair_of_ds8k(linked, volume, kind or "metro_mirror")
    else:
        remote = _mirror_of_xiv(linked, volume, kind or "sync")
    linked.advance(60)
    return remote


def _pair_of_ds8k(linked: Linked, volume: Volume, kind: str) -> str:
    here, there = (Console(array, str(linked.simulation.control)) for array in linked.simulation.arrays)
    try:
        for console in (here, there):
            console.sign_in()
        for one, other in ((here, there), (there, here)):
            assert not join(one, other, volume.id[:2], volume.id[:2]).refused
        target = there.make(volume.name, lss=volume.id[:2], cap=str(volume.size_bytes), captype="bytes")
        return established(here, there, kind, source=volume.id, target=target)[1]
    finally:
        here.close()
        there.close()


def _mirror_of_xiv(linked: Linked, volume: Volume, kind: str) -> str:
    with sites_of(linked.simulation) as sites:
        sites.mirror(volume.name, slave_vol=volume.name, **(ASYNC if kind == "async" else {}))
        (row,) = sites.away.does("vol_list", vol=volume.name)
        return str(row["wwn"]).lower()

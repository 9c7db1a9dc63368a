"""What uses a volume on a DS8000: mappings, FlashCopy and PPRC relations.

Hosts carry ``mappings_briefs`` on newer releases; older ones are asked host by host (ds8k-rest.md §2 [S]).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from ..errors import NotFound, Refused
from ..objects import System, Users, Volume
from ..waiting import Budget
from .client import Client
from .envelope import Record
from .flashcopies import relation_of
from .records import reference, text

DOING = "list what uses the volume"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Name one mapping."""

    host: str
    lun: str
    volume_id: str


def _mappings(client: Client, hosts: tuple[Record, ...], budget: Budget) -> list[Mapping]:
    found: list[Mapping] = []
    for host in hosts:
        name, briefs = text(host, "name"), host.get("mappings_briefs")
        if not isinstance(briefs, list) or not all(isinstance(brief, dict) for brief in briefs):
            answer = client.read(f"/hosts/{quote(name, safe='')}/mappings", budget, f"list the mappings of {name}")
            briefs = list(answer.records("mappings"))
        for brief in briefs:
            volume_id = reference(brief, "volume_id") or reference(brief, "volume")
            if not volume_id:  # left out, it would look as if some volume were not mapped
                raise Refused(
                    f"The array's answer does not say which volume host {name} has as LUN {brief.get('lunid')}"
                )
            found.append(Mapping(name, text(brief, "lunid", "?"), volume_id))
    return found


def _all_mappings(client: Client, budget: Budget) -> list[Mapping]:
    return _mappings(client, client.read("/hosts", budget, DOING).records("hosts"), budget)


def mapped_to(client: Client, host: str, budget: Budget) -> frozenset[str]:
    """Return the ids of the volumes mapped to a host; raises NotFound (``host``)."""
    hosts = client.read("/hosts", budget, "list the hosts").records("hosts")
    wanted = tuple(record for record in hosts if text(record, "name") == host)
    if not wanted:
        raise NotFound(f"No host {host!r} on the array", next_step="Correct the name.", attribute="host")
    return frozenset(mapping.volume_id for mapping in _mappings(client, wanted, budget))


def of(client: Client, volume: Volume, budget: Budget) -> Users:
    """Return what depends on one volume, from fresh direct reads."""
    mappings = [one for one in _all_mappings(client, budget) if one.volume_id == volume.id]
    flashcopies = client.read(f"/volumes/{volume.id}/flashcopy", budget, DOING).records("flashcopy", "flashcopies")
    pairs = client.read(f"/volumes/{volume.id}/pprc", budget, DOING).records("pprc", "pprcs")
    snapshots, relations = [], []
    for record in flashcopies:
        relation = relation_of(record)
        if relation.source_id == volume.id and relation.is_persistent:
            snapshots.append(f"snapshot {relation.target_id} (FlashCopy {relation.id})")
        else:
            relations.append(f"FlashCopy {relation.id}")
    relations += [f"PPRC pair {text(record, 'id', 'of this volume')}" for record in pairs]
    return Users(
        mappings=tuple(f"a mapping to host {one.host} as LUN {one.lun}" for one in mappings),
        snapshots=tuple(snapshots),
        relations=tuple(relations),
    )


def detailed(client: Client, volumes: tuple[Volume, ...], system: System, budget: Budget) -> tuple[Volume, ...]:
    """Return the volumes with mapped, snapshot_of, replicated and is_secondary filled in: three calls in all."""
    mapped = {one.volume_id for one in _all_mappings(client, budget)}
    copies = client.read("/flashcopy", budget, "list the FlashCopies").records("flashcopy", "flashcopies")
    relations = map(relation_of, copies)
    source_of = {one.target_id: one.source_id for one in relations if one.is_persistent}
    pairs = client.read("/cs/pprcs", budget, "list the PPRC pairs").records("pprcs", "pprc")
    primaries = {reference(pair, "source_volume") for pair in pairs if _here(pair, "source_system", system)}
    secondaries = {reference(pair, "target_volume") for pair in pairs if _here(pair, "target_system", system)}
    return tuple(
        replace(
            volume,
            mapped=volume.id in mapped,
            snapshot_of=source_of.get(volume.id),
            replicated=volume.id in primaries | secondaries,
            is_secondary=volume.id in secondaries,
        )
        for volume in volumes
    )


def _here(pair: Record, name: str, system: System) -> bool:
    return reference(pair, name) in {system.system_id.upper(), ""}

"""What uses a volume on a DS8000: mappings, FlashCopy and PPRC relations."""

from __future__ import annotations

from dataclasses import replace

from ..errors import NotFound
from ..objects import System, Users, Volume
from ..waiting import Budget
from .client import Client
from .envelope import Record
from .flashcopies import relation_of
from .mappings import listing, mappings_of
from .records import reference, text

DOING = "list what uses the volume"


def mapped_to(client: Client, host: str, budget: Budget) -> frozenset[str]:
    """Return the ids of the volumes mapped to a host; raises NotFound (``host``)."""
    hosts = client.read("/hosts", budget, "list the hosts").records("hosts")
    wanted = tuple(record for record in hosts if text(record, "name") == host)
    if not wanted:
        raise NotFound(f"No host {host!r} on the array", next_step="Correct the name.", attribute="host")
    return frozenset(mapping.volume_id or "" for mapping in mappings_of(client, wanted, budget))


def of(client: Client, volume: Volume, budget: Budget) -> Users:
    """Return what depends on one volume, from fresh direct reads."""
    mappings = [one for one in listing(client, budget) if one.volume_id == volume.id]
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
        mappings=tuple(f"a mapping to host {one.host_name} as LUN {one.lun}" for one in mappings),
        snapshots=tuple(snapshots),
        relations=tuple(relations),
    )


def detailed(client: Client, volumes: tuple[Volume, ...], system: System, budget: Budget) -> tuple[Volume, ...]:
    """Return the volumes with mapped, snapshot_of, replicated and is_secondary filled in: three calls in all."""
    mapped = {one.volume_id for one in listing(client, budget)}
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

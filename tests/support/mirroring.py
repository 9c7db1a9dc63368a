"""Paths and PPRC pairs between two simulated DS8000s, asked for as a plain client does."""

from __future__ import annotations

from .rest_console import Console, Seen


def facts(console: Console) -> tuple[str, str]:
    """Return an array's id and its WWNN."""
    (record,) = console.ask("GET", "/systems").records
    return record["id"], record["wwnn"]


def join(here: Console, there: Console, source_lss: str = "00", target_lss: str = "00") -> Seen:
    """Ask for a path between two LSSs over every link there is."""
    wwnn = facts(there)[1]
    links = here.ask("GET", f"/cs/pprcs/physical_links?target_system_wwnn={wwnn}").records
    given = {"target_system_wwnn": wwnn, "source_lss_id": source_lss, "target_lss_id": target_lss}
    return here.ask("POST", "/cs/pprcs/paths", given | {"port_pairs": links})


def mirror(here: Console, there: Console, source: str, target: str, kind: str = "metro_mirror", *more: str) -> Seen:
    """Ask for a pair of two volumes."""
    ends = {"source_volume": source, "source_system_id": facts(here)[0]}
    ends |= {"target_volume": target, "target_system_id": facts(there)[0]}
    return here.ask("POST", "/cs/pprcs", {"volume_pairs": [ends], "type": kind, "options": list(more)})

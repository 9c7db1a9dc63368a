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


def joined(here: Console, there: Console) -> None:
    """Make paths between the first LSSs of two arrays, in both directions."""
    for one, other in ((here, there), (there, here)):
        assert not join(one, other).refused


def established(
    here: Console, there: Console, kind: str = "metro_mirror", *more: str, source: str = "", target: str = ""
) -> tuple[str, str, str]:
    """Make a pair of two volumes, new ones unless they are given; return them and its id."""
    source, target = source or here.make(lss="00"), target or there.make(lss="00")
    made = mirror(here, there, source, target, kind, *more)
    assert not made.refused, made.body
    return source, target, made.id


def fail_over(here: Console, there: Console, source: str, target: str, kind: str = "metro_mirror") -> Seen:
    """Ask the array of a target, now called the source, to take over."""
    return mirror(here, there, source, target, kind, "failover")


def pause(console: Console, *pairs: str) -> Seen:
    """Ask for pairs to be paused."""
    return console.ask("POST", "/cs/pprcs/pause", {"pprc_ids": list(pairs)})


def resume(console: Console, pairs: str | list[str], *options: str, kind: str = "metro_mirror") -> Seen:
    """Ask for pairs to be resumed; without options what was recorded is copied."""
    wanted = [pairs] if isinstance(pairs, str) else pairs
    given = {"pprc_ids": wanted, "type": kind, "options": list(options or ["initial_copy_out_of_sync"])}
    return console.ask("POST", "/cs/pprcs/resume", given)


def delete(console: Console, side: str, *volumes: str, always: bool = True) -> Seen:
    """Ask for the pairs of volumes to be deleted from the ``side`` (source or target) this array is."""
    options = [f"issue_{side}", *(["unconditional"] if always else [])]
    wanted = [{"volume_id": one, "system_id": facts(console)[0]} for one in volumes]
    return console.ask("POST", "/cs/pprcs/delete", {"volume_full_ids": wanted, "options": options})


def states(*consoles: Console) -> list[list[str]]:
    """Return each array's pairs by their states, in the order of their ids."""
    return [[record["state"] for record in one.ask("GET", "/cs/pprcs").records] for one in consoles]


def lacking(console: Console) -> int:
    """Return the tracks the target of an array's one pair lacks."""
    (record,) = console.ask("GET", "/cs/pprcs").records
    return int(record["out_of_sync_tracks"])


def set_link(console: Console, state: str) -> None:
    """Take the link between the two arrays up or down."""
    console.steer("POST", "/link", {"family": "ds8k", "state": state})

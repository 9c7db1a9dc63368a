"""What hosts do, by the control address: log in, write, be active. Errors are KeyError or ValueError with words."""

from __future__ import annotations

from ..context import Context, Row
from . import pair_copying, pairs, progress
from .capacity import extents, pool_row, write_extents
from .codes import Refusal
from .host_ports import LOGGED_IN, LOGGED_OUT, wwpn_of
from .volumes import relations_of


def set_login(context: Context, port: str, state: str) -> None:
    """Let a host's port log in ("in") or out ("out"); one that no host has appears by itself [S]."""
    if state not in {"in", "out"}:
        raise ValueError(f"A login is in or out, not {state!r}.")
    wwpn = _wwpn(port)
    row = context.get("host_port", wwpn) or {"host_id": "", "state": LOGGED_OUT}
    if state == "out" and not row["host_id"]:
        context.remove("host_port", wwpn)
        return
    row["state"] = LOGGED_IN if state == "in" else LOGGED_OUT
    context.put("host_port", wwpn, row, group=row["host_id"])


def _wwpn(port: str) -> str:
    try:
        return wwpn_of(port)
    except Refusal as refusal:
        raise ValueError(refusal.words) from None


def set_activity(context: Context, volume: str, seconds: float) -> None:
    """Let hosts use a volume for so many simulated seconds from now."""
    volume_id, row = _volume(context, volume)
    context.put("volume", volume_id, {**row, "active_until_s": context.now_s + seconds}, group=volume_id[:2])


def write(context: Context, volume: str, label: str) -> None:
    """Write a label; a thin volume takes one extent for it until it has them all."""
    volume_id, row = _volume(context, volume)
    frozen = context.get("freeze", volume_id[:2])
    if frozen and (frozen["until_s"] > context.now_s or not context.switch("freeze_ends_by_timer")):
        raise ValueError(f"LSS {volume_id[:2]} is frozen for a consistency group: its writes are held, try again.")
    if pairs.is_secondary(context, volume_id):
        raise ValueError(f"Volume {volume_id} is the target of a PPRC pair.")
    for _, relation in relations_of(context, volume_id):
        if relation["target"] == volume_id and not relation["writable"]:
            raise ValueError(f"Volume {volume_id} is a FlashCopy target with inhibited writes.")
    if row["tp"] != "none" and row["real"] < extents(row["cap"], pool_row(context, row["pool"])):
        try:
            write_extents(context, row, 1)
        except Refusal as refusal:
            raise ValueError(refusal.words) from None
    for key, relation in relations_of(context, volume_id):
        if relation["source"] != volume_id or relation.get("state", "valid") != "valid":
            continue
        if relation.get("moment_s", 0.0) > context.now_s:
            _pass_on(context, relation["target"], label)
        elif not relation["copied"]:
            _displace(context, key, relation)
    row["labels"].append(label)
    context.put("volume", volume_id, row, group=volume_id[:2])
    pair_copying.written(context, volume_id)


def _pass_on(context: Context, target: str, label: str) -> None:
    """Let a target hold a write that came before its moment: nothing held it back."""
    row = context.get("volume", target)
    if row is not None:
        context.put("volume", target, {**row, "labels": [*row["labels"], label]}, group=target[:2])
        pair_copying.written(context, target)


def _displace(context: Context, key: str, relation: Row) -> None:
    """Let a thin target hold what a write to its source displaces.

    Without room the relation fails, or where it must not, the write does.
    """
    target = context.get("volume", relation["target"])
    if target is None or target["tp"] == "none":
        return
    pool = pool_row(context, target["pool"])
    if target["real"] >= extents(target["cap"], pool):
        return
    try:
        write_extents(context, target, 1)
    except Refusal as refusal:
        if not relation.get("fails_alone"):
            raise ValueError(refusal.words) from None
        context.put("flashcopy", key, {**relation, "state": "invalid"}, group="steady")
        context.put("volume", relation["target"], {**target, "labels": []}, group=relation["target"][:2])
        pair_copying.replaced(context, relation["target"])
        return
    context.put("volume", relation["target"], target, group=relation["target"][:2])


def labels(context: Context, volume: str) -> list[str]:
    """Return the labels a volume carries, in the order of writing."""
    return [str(label) for label in _volume(context, volume)[1]["labels"]]


def _volume(context: Context, volume: str) -> tuple[str, Row]:
    progress.settle(context)
    row = context.get("volume", volume.upper())
    if row is None:
        raise KeyError(f"There is no volume {volume!r} on {context.array}.")
    return volume.upper(), row

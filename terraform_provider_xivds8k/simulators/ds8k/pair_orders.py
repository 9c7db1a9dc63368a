"""POST /cs/pprcs: new pairs, and the failover of pairs there are (ds8k-rest.md §4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..context import Context, Row
from . import pair_copying, pairs, paths
from .codes import (
    BAD_REQUEST,
    BAD_VALUE,
    IN_COPY_RELATION,
    NO_LINK,
    NO_SUCH_OBJECT,
    NOT_IN_PAIR,
    NOT_OFFERED,
    NOTHING_RECORDED,
    SPACE_EFFICIENT_TARGET,
    TARGET_TOO_SMALL,
    WRONG_PAIR_STATE,
    WRONG_PAIR_TYPE,
    WRONG_STORAGE_TYPE,
    Refusal,
)
from .envelope import Call, Reply, each, linked
from .placement import volume_id_of
from .volumes import relations_of, volume_row

COPY_ALL, COPY_RECORDED, COPY_NONE = "initial_copy_full", "initial_copy_out_of_sync", "initial_copy_none"
INITIAL_COPIES = frozenset({COPY_ALL, COPY_RECORDED, COPY_NONE})
PERMIT = "permit_space_efficient_target"
FAILOVER, FAILBACK = "failover", "failback"
OPTIONS = INITIAL_COPIES | {PERMIT, FAILOVER}


@dataclass(frozen=True)
class Ends:
    """The two volumes of a pair: a source here and a target on the linked machine."""

    here: str
    source: str
    there: str
    target: str

    @property
    def key(self) -> str:
        """The pair's id."""
        return pairs.key_of(self.here, self.source, self.there, self.target)


def type_of(call: Call) -> str:
    """Return the type asked for; it is required [S] Cinder always sends it."""
    kind = call.required("type")
    if kind not in pairs.TYPES:
        raise Refusal(BAD_VALUE, name="type", value=kind, why=" or ".join(pairs.TYPES))
    return kind


def options_of(call: Call, known: frozenset[str]) -> set[str]:
    """Return the options asked for; raises Refusal for others and for two initial copies at once."""
    options = set(call.texts("options"))
    if options - known:
        raise Refusal(NOT_OFFERED, what=f"The option {', '.join(sorted(options - known))} for a PPRC pair")
    if len(options & INITIAL_COPIES) > 1:
        raise Refusal(BAD_VALUE, name="options", value=", ".join(sorted(options)), why="one initial copy at a time")
    return options


def create_pairs(call: Call) -> Reply:
    """Answer POST /cs/pprcs: volume_pairs, type and options; without an initial copy it is a full one [K]."""
    kind, options = type_of(call), options_of(call, OPTIONS)
    given = call.params.get("volume_pairs")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise Refusal(BAD_REQUEST, why="volume_pairs is missing")

    def order(pair: dict[str, Any]) -> Reply:
        ends = _ends(call.context, pair)
        if FAILOVER in options:
            _fail_over(call.context, ends, kind)
        else:
            _establish(call.context, ends, kind, options)
        return linked(call, f"/cs/pprcs/{ends.key}")

    return each(call, given, order, all_or_none=call.context.switch("pprc_commands_all_or_none"))


def _ends(context: Context, pair: dict[str, Any]) -> Ends:
    here, there = (str(pair.get(f"{side}_system_id", "")).upper() for side in ("source", "target"))
    source, target = (volume_id_of(str(pair.get(f"{side}_volume", ""))) for side in ("source", "target"))
    if here != pairs.system_id(context):
        raise Refusal(NO_SUCH_OBJECT, kind="system", name=here)
    partner = context.partner
    if partner is None or there != pairs.system_id(partner):
        raise Refusal(NO_LINK, system=there)
    return Ends(here, source, there, target)


def _row(ends: Ends, role: str, kind: str, state: str) -> Row:
    volumes = {"source": ends.source, "target": ends.target}
    return {
        **volumes,
        "source_system": ends.here,
        "target_system": ends.there,
        "role": role,
        "type": kind,
        "state": state,
    }


def target_row(row: Row) -> Row:
    """Return what the target's machine keeps of a pair as its source has it."""
    names = ("source", "target", "source_system", "target_system", "type", "state")
    return {**{name: row[name] for name in names}, "role": pairs.TARGET}


def _establish(context: Context, ends: Ends, kind: str, options: set[str]) -> None:
    """Make a pair: a target's own content is gone unless no copy is asked for."""
    partner = context.partner
    if partner is None:
        raise Refusal(NO_LINK, system=ends.there)
    present = context.get(pairs.KIND, ends.key)
    if present is not None and _turns_to_metro_mirror(context, present, kind):
        tracks = pair_copying.out_of_sync_tracks(context, present)
        pair_copying.begin(context, ends.key, {**present, "type": kind}, tracks)
        return
    source = volume_row(context, ends.source)
    _check(context, partner, ends, options)
    row = {**_row(ends, pairs.SOURCE, kind, pairs.PENDING), **pair_copying.unsent(len(source["labels"]))}
    pairs.put(context, ends.key, row)
    pairs.put(partner, ends.key, target_row(row))
    if COPY_NONE in options:
        pair_copying.nothing_to_copy(context, ends.key, row)
    else:
        pair_copying.begin(context, ends.key, {**row, "whole": True}, 0)


def _turns_to_metro_mirror(context: Context, row: Row, kind: str) -> bool:
    active = row["role"] == pairs.SOURCE and row["state"] == pairs.PENDING
    to_sync = (row["type"], kind) == ("global_copy", "metro_mirror")
    return active and to_sync and context.switch("pprc_create_turns_global_copy")


def _check(context: Context, partner: Context, ends: Ends, options: set[str]) -> None:
    source, target = volume_row(context, ends.source), volume_row(partner, ends.target)
    paths.check_path(context, ends.source[:2], ends.target[:2])
    for machine, volume in ((context, ends.source), (partner, ends.target)):
        if pairs.of_volume(machine, volume):
            raise Refusal(IN_COPY_RELATION, volume=volume)
    if any(relation["target"] == ends.target for _, relation in relations_of(partner, ends.target)):  # [K]
        raise Refusal(IN_COPY_RELATION, volume=ends.target)
    if source["stgtype"] != target["stgtype"]:
        raise Refusal(WRONG_STORAGE_TYPE, name=ends.target, found=target["stgtype"], wanted=source["stgtype"])
    if target["cap"] < source["cap"]:
        raise Refusal(TARGET_TOO_SMALL, volume=ends.target)
    if target["tp"] != "none" and PERMIT not in options:
        raise Refusal(SPACE_EFFICIENT_TARGET, volume=ends.target)
    if COPY_RECORDED in options and context.switch("pprc_record_needed"):
        raise Refusal(NOTHING_RECORDED, volume=ends.source)


def _fail_over(context: Context, ends: Ends, kind: str) -> None:
    """Let a target be a suspended source that takes writes and records them; its old source is not asked [S] Cinder."""
    volume = volume_row(context, ends.source)
    if context.get(pairs.KIND, ends.key) is not None:
        if context.switch("pprc_done_already_refused"):
            raise Refusal(WRONG_PAIR_STATE, pair=ends.key, state="a source already", done="failed over")
        return
    old_key = pairs.key_of(ends.there, ends.target, ends.here, ends.source)
    old = context.get(pairs.KIND, old_key)
    if old is None or old["role"] != pairs.TARGET:
        raise Refusal(NOT_IN_PAIR, volume=ends.source, role=pairs.TARGET)
    if old["type"] != kind and context.switch("pprc_failover_keeps_type"):
        raise Refusal(WRONG_PAIR_TYPE, pair=old_key, found=old["type"], wanted=kind)
    context.remove(pairs.KIND, old_key)
    row = {**_row(ends, pairs.SOURCE, kind, pairs.SUSPENDED), **pair_copying.unsent(len(volume["labels"]))}
    pairs.put(context, ends.key, row)
    pair_copying.settle(context)

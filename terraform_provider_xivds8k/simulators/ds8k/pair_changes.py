"""/cs/pprcs/pause and /resume: copying stops, goes on, or goes back to where it came from (ds8k-rest.md §4.2)."""

from __future__ import annotations

from ..context import Context, Row
from . import pair_copying, pairs, paths
from .codes import (
    BAD_REQUEST,
    BAD_VALUE,
    NO_SUCH_OBJECT,
    NOT_IN_PAIR,
    SPACE_EFFICIENT_TARGET,
    TARGET_NOT_READY,
    TARGET_TOO_SMALL,
    WRONG_PAIR_STATE,
    Refusal,
)
from .envelope import Call, Reply, done, each
from .pair_orders import COPY_ALL, COPY_NONE, FAILBACK, INITIAL_COPIES, PERMIT, options_of, target_row, type_of
from .volumes import volume_row

OPTIONS = INITIAL_COPIES | {PERMIT, FAILBACK}


def pause(call: Call) -> Reply:
    """Answer POST /cs/pprcs/pause: the sources record what is written from now on."""

    def stop(key: str) -> Reply:
        row = _source(call.context, key)
        if row["state"] != pairs.SUSPENDED:
            pair_copying.suspend(call.context, key, row)
        elif call.context.switch("pprc_done_already_refused"):
            raise Refusal(WRONG_PAIR_STATE, pair=key, state=row["state"], done="paused")
        return done(call)

    return each(call, _asked(call), stop, all_or_none=call.context.switch("pprc_commands_all_or_none"))


def resume(call: Call) -> Reply:
    """Answer POST /cs/pprcs/resume: only what was recorded is copied, unless a full copy or none is asked for [S/K]."""
    kind, options = type_of(call), options_of(call, OPTIONS)
    if FAILBACK in options and options & INITIAL_COPIES:
        raise Refusal(BAD_VALUE, name="options", value=", ".join(sorted(options)), why="a failback copies what differs")

    def go_on(key: str) -> Reply:
        _go_on(call.context, key, kind, options)
        return done(call)

    return each(call, _asked(call), go_on, all_or_none=call.context.switch("pprc_commands_all_or_none"))


def _asked(call: Call) -> list[str]:
    keys = [one.upper() for one in call.texts("pprc_ids")]
    if not keys:
        raise Refusal(BAD_REQUEST, why="pprc_ids is missing")
    return keys


def _source(context: Context, key: str) -> Row:
    row = context.get(pairs.KIND, key)
    if row is None:
        raise Refusal(NO_SUCH_OBJECT, kind="PPRC pair", name=key)
    if row["role"] != pairs.SOURCE:
        raise Refusal(NOT_IN_PAIR, volume=row["target"], role=pairs.SOURCE)
    return row


def _go_on(context: Context, key: str, kind: str, options: set[str]) -> None:
    row, partner = _source(context, key), context.partner
    if row["state"] != pairs.SUSPENDED:
        if context.switch("pprc_done_already_refused"):
            raise Refusal(WRONG_PAIR_STATE, pair=key, state=row["state"], done="resumed")
        return
    paths.check_path(context, row["source"][:2], row["target"][:2])
    there = partner.get(pairs.KIND, key) if partner is not None else None
    turned = partner.get(pairs.KIND, pairs.turned(row)) if partner is not None and FAILBACK in options else None
    if partner is None or (there is None and turned is None):
        raise Refusal(TARGET_NOT_READY, pair=key)
    source, target = volume_row(context, row["source"]), volume_row(partner, row["target"])
    if target["cap"] < source["cap"]:  # a failback onto the smaller of two
        raise Refusal(TARGET_TOO_SMALL, volume=row["target"])
    needed = FAILBACK not in options and context.switch("pprc_resume_needs_permission")
    if target["tp"] != "none" and needed and PERMIT not in options:
        raise Refusal(SPACE_EFFICIENT_TARGET, volume=row["target"])
    tracks = pair_copying.out_of_sync_tracks(context, row)
    row["type"] = kind
    if there is None and turned is not None:
        tracks += _turn(partner, key, row, turned)
    if COPY_NONE in options:
        pair_copying.nothing_to_copy(context, key, row)
    else:
        pair_copying.begin(context, key, {**row, "whole": row["whole"] or COPY_ALL in options}, tracks)


def _turn(partner: Context, key: str, row: Row, turned: Row) -> int:
    """Let the machine that was the source take the other's changes for its own; return how many tracks it had changed.

    What it was written since the two parted is gone: those tracks are copied too [S] Cinder "only changed tracks".
    """
    volume, changed = partner.get("volume", row["target"]), pair_copying.out_of_sync_tracks(partner, turned)
    if volume is not None:
        common = len(volume["labels"]) if turned["state"] == pairs.DUPLEX else int(turned["sent"])
        pair_copying.keep(partner, row["target"], {**volume, "labels": volume["labels"][:common]})
    row["whole"] = row["whole"] or turned["whole"]
    partner.remove(pairs.KIND, pairs.turned(row))
    pairs.put(partner, key, target_row(row))
    return changed

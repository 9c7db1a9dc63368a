"""/cs/flashcopies, and the older read forms of the same relations (ds8k-rest.md §4.1)."""

from __future__ import annotations

from ..context import Context, Row
from . import capacity, pair_copying, pairs, restores
from .codes import (
    BAD_REQUEST,
    BAD_VALUE,
    IN_COPY_RELATION,
    NO_SUCH_OBJECT,
    NOT_FROZEN,
    SPACE_EFFICIENT_TARGET,
    TARGET_IN_FLASHCOPY,
    TARGET_TOO_SMALL,
    TOO_MANY_RELATIONS,
    WRONG_STORAGE_TYPE,
    Refusal,
)
from .envelope import Call, Reply, deleted, done, failed, linked, listing, several
from .placement import lss_id_of, volume_id_of
from .progress import BACKGROUND_COPY_S, FREEZE_S, PAIR_S
from .records import flashcopy_record, old_flashcopy_record
from .volumes import relations_of, volume_row

MOST_RELATIONS = 12  # [K]
OPTIONS = frozenset(  # [S] pyds8k
    {
        "freeze_consistency",
        "inhibit_target_writes",
        "record_changes",
        "no_background_copy",
        "persistent",
        "allow_pprc_target_primary",
        "reverse_restore",
        "fast_reverse_restore",
        "permit_space_efficient_target",
        "fail_space_efficient_target_out_of_space",
    }
)
REVERSALS = frozenset({restores.REVERSE, restores.FAST_REVERSE})


def list_relations(call: Call) -> Reply:
    """Answer GET /cs/flashcopies."""
    found = [flashcopy_record(call, key, row) for key, row in call.context.rows("flashcopy")]
    return listing(call, _key(call.context), found)


def show_relation(call: Call) -> Reply:
    """Answer GET /cs/flashcopies/S:T."""
    key, row = _find(call)
    return listing(call, _key(call.context), [flashcopy_record(call, key, row)])


def list_old(call: Call) -> Reply:
    """Answer GET /flashcopy."""
    found = [old_flashcopy_record(call, key, row) for key, row in call.context.rows("flashcopy")]
    return listing(call, "flashcopy", found)


def list_of_volume(call: Call) -> Reply:
    """Answer GET /volumes/ID/flashcopy."""
    volume_id = volume_id_of(call.ids["volume"])
    volume_row(call.context, volume_id)
    found = [old_flashcopy_record(call, key, row) for key, row in relations_of(call.context, volume_id)]
    return listing(call, "flashcopy", found)


def _key(context: Context) -> str:
    return "flashcopy" if context.switch("flashcopies_key_singular") else "flashcopies"


def _find(call: Call) -> tuple[str, Row]:
    key = call.ids["relation"].upper()
    row = call.context.get("flashcopy", key)
    if row is None:
        raise Refusal(NO_SUCH_OBJECT, kind="FlashCopy relation", name=key)
    return key, row


def create_relations(call: Call) -> Reply:
    """Answer POST /cs/flashcopies: volume_pairs and options; of several pairs each stands for itself.

    Unless their LSSs are frozen, several pairs are not one moment: each comes a little after the one before [K].
    """
    pairs, options = _pairs(call), set(call.texts("options"))
    if options - OPTIONS:
        raise Refusal(BAD_VALUE, name="options", value=", ".join(sorted(options - OPTIONS)), why="no such option")
    if options >= REVERSALS:
        raise Refusal(BAD_VALUE, name="options", value=", ".join(sorted(REVERSALS)), why="one of them at a time")
    if len(pairs) == 1:
        return _establish(call, *pairs[0], options, call.context.now_s)
    at_once = "freeze_consistency" in options or call.context.switch("pairs_of_one_request_are_one_moment")
    moments = [call.context.now_s + (0.0 if at_once else number * PAIR_S) for number in range(len(pairs))]
    return several(
        call, [_establish_part(call, *pair, options, at_s) for pair, at_s in zip(pairs, moments, strict=True)]
    )


def _pairs(call: Call) -> list[tuple[str, str]]:
    given = call.params.get("volume_pairs")
    if not isinstance(given, list) or not given or not all(isinstance(pair, dict) for pair in given):
        raise Refusal(BAD_REQUEST, why="volume_pairs is missing")
    return [
        (volume_id_of(str(pair.get("source_volume", ""))), volume_id_of(str(pair.get("target_volume", ""))))
        for pair in given
    ]


def _establish_part(call: Call, source: str, target: str, options: set[str], moment_s: float) -> Reply:
    try:
        return _establish(call, source, target, options, moment_s)
    except Refusal as refusal:
        return failed(call.context, refusal)


def _establish(call: Call, source: str, target: str, options: set[str], moment_s: float) -> Reply:
    """Make a relation: from its moment on the target carries what the source carried."""
    context, key = call.context, f"{source}:{target}"
    from_row, to_row = _member(context, source), _member(context, target)
    _check_mirrored(context, source if options & REVERSALS else target, options)
    if options & REVERSALS:
        return linked(call, f"/cs/flashcopies/{restores.reversed_onto_source(context, source, target, options)}")
    present = context.get("flashcopy", key)
    if present is not None and present["recording"] and present["persistent"] and "record_changes" in options:
        restores.refreshed(context, key, present, moment_s)
        return linked(call, f"/cs/flashcopies/{key}")
    _check_sizes(from_row, target, to_row, options)
    _check_relations(context, source, target)
    background = "no_background_copy" not in options
    if background:
        capacity.take_content(context, from_row, to_row)
    to_row["labels"] = list(from_row["labels"])
    context.put("volume", target, to_row, group=target[:2])
    pair_copying.replaced(context, target)
    relation = {
        "source": source,
        "target": target,
        "persistent": "persistent" in options or "record_changes" in options,
        "recording": "record_changes" in options,
        "background": background,
        "writable": "inhibit_target_writes" not in options,
        "fails_alone": "fail_space_efficient_target_out_of_space" in options,
        "state": "valid",
        "moment_s": moment_s,
        "bytes": capacity.size_bytes(from_row),
        "copied": False,
        "until_s": context.now_s + BACKGROUND_COPY_S if background else 0.0,
    }
    context.put("flashcopy", key, relation, group="copying" if background else "steady")
    if "freeze_consistency" in options:
        context.put("freeze", source[:2], {"until_s": context.now_s + FREEZE_S})
    return linked(call, f"/cs/flashcopies/{key}")


def _member(context: Context, volume_id: str) -> Row:
    row = context.get("volume", volume_id)
    if row is None:
        raise Refusal(IN_COPY_RELATION, volume=volume_id)
    return row


def _check_mirrored(context: Context, taker: str, options: set[str]) -> None:
    """Raise Refusal for a volume that a pair forbids to be copied onto."""
    primary = "allow_pprc_target_primary" in options and not pairs.is_secondary(context, taker)
    if pairs.of_volume(context, taker) and not primary:
        raise Refusal(IN_COPY_RELATION, volume=taker)


def _check_sizes(from_row: Row, target: str, to_row: Row, options: set[str]) -> None:
    if from_row["stgtype"] != to_row["stgtype"]:
        raise Refusal(WRONG_STORAGE_TYPE, name=target, found=to_row["stgtype"], wanted=from_row["stgtype"])
    if to_row["cap"] < from_row["cap"]:
        raise Refusal(TARGET_TOO_SMALL, volume=target)
    if to_row["tp"] != "none" and "permit_space_efficient_target" not in options:
        raise Refusal(SPACE_EFFICIENT_TARGET, volume=target)


def _check_relations(context: Context, source: str, target: str) -> None:
    if source == target:
        raise Refusal(BAD_VALUE, name="target_volume", value=target, why="it is the source")
    relations = relations_of(context, target)
    if any(row["target"] == target for _, row in relations):
        raise Refusal(TARGET_IN_FLASHCOPY, volume=target)
    if relations:
        raise Refusal(IN_COPY_RELATION, volume=target)
    own = [row for _, row in relations_of(context, source)]
    if any(row["target"] == source for row in own) and context.switch("flashcopy_from_target_refused"):
        raise Refusal(IN_COPY_RELATION, volume=source)
    if sum(row["source"] == source for row in own) >= MOST_RELATIONS and context.switch("twelve_relations_a_source"):
        raise Refusal(TOO_MANY_RELATIONS, volume=source)


def withdraw(call: Call) -> Reply:
    """Answer DELETE /cs/flashcopies/S:T: a target that was not copied in full loses its content [S] §3 "extend"."""
    key, relation = _find(call)
    call.context.remove("flashcopy", key)
    target = call.context.get("volume", relation["target"])
    if target is not None and not relation["copied"]:
        call.context.put("volume", relation["target"], {**target, "labels": []}, group=relation["target"][:2])
        pair_copying.replaced(call.context, relation["target"])
    return deleted(call)


def unfreeze(call: Call) -> Reply:
    """Answer POST /cs/flashcopies/unfreeze."""
    ids = [lss_id_of(one) for one in call.texts("lss_ids")]
    if not ids:
        raise Refusal(BAD_REQUEST, why="lss_ids is missing")
    for lss in ids:
        frozen = call.context.get("freeze", lss)
        ended = frozen is None or (
            frozen["until_s"] <= call.context.now_s and call.context.switch("freeze_ends_by_timer")
        )
        if ended and call.context.switch("thaw_of_unfrozen_refused"):
            raise Refusal(NOT_FROZEN, lss=lss)
        call.context.remove("freeze", lss)
    return done(call)

"""Copying back and again: reversed FlashCopies and the refresh of an incremental one (ds8k-rest.md §4.1 [K])."""

from __future__ import annotations

from ..context import Context, Row
from . import pair_copying
from .capacity import take_content
from .codes import IN_COPY_RELATION, NO_SUCH_OBJECT, NOT_RECORDING, Refusal
from .progress import BACKGROUND_COPY_S
from .volumes import relations_of

REVERSE, FAST_REVERSE = "reverse_restore", "fast_reverse_restore"


def reversed_onto_source(context: Context, source: str, target: str, options: set[str]) -> str:
    """Give a source back what its target holds; return the id of the relation there is afterwards.

    ``reverse_restore`` needs a recording relation that is copied in full, and keeps it; ``fast_reverse_restore`` takes
    any persistent one, and consumes it and the target's content.
    """
    key = f"{source}:{target}"
    relation = context.get("flashcopy", key)
    if relation is None:
        raise Refusal(NO_SUCH_OBJECT, kind="FlashCopy relation", name=key)
    if relation.get("state", "valid") != "valid":
        raise Refusal(IN_COPY_RELATION, volume=target)
    if len(relations_of(context, source)) > 1:
        raise Refusal(IN_COPY_RELATION, volume=source)
    fast = FAST_REVERSE in options
    ready = relation["persistent"] and (fast or (relation["recording"] and relation["copied"]))
    if not ready:
        raise Refusal(NOT_RECORDING, name=key)
    _copy_labels(context, target, source, consumes=fast)
    now_s = context.now_s
    until = {"background": True, "copied": False, "until_s": now_s + BACKGROUND_COPY_S, "moment_s": now_s}
    if fast:
        context.put("flashcopy", key, {**relation, **until, "persistent": False}, group="copying")
    elif context.switch("reverse_restore_turns_relation"):
        context.remove("flashcopy", key)
        key = f"{target}:{source}"
        turned = {**relation, **until, "source": target, "target": source}
        context.put("flashcopy", key, turned, group="copying")
    else:
        context.put("flashcopy", key, {**relation, **until}, group="copying")
    return key


def refreshed(context: Context, key: str, relation: Row, moment_s: float) -> None:
    """Let an incremental relation's target be of now instead of then; only what changed is copied."""
    _copy_labels(context, relation["source"], relation["target"], consumes=False)
    copying = {"copied": False, "until_s": context.now_s + BACKGROUND_COPY_S, "state": "valid", "moment_s": moment_s}
    context.put("flashcopy", key, {**relation, **copying}, group="copying")


def _copy_labels(context: Context, giver: str, taker: str, *, consumes: bool) -> None:
    from_row, to_row = context.get("volume", giver) or {}, context.get("volume", taker) or {}
    take_content(context, from_row, to_row)
    context.put("volume", taker, {**to_row, "labels": list(from_row["labels"])}, group=taker[:2])
    pair_copying.replaced(context, taker)
    if consumes:
        context.put("volume", giver, {**from_row, "labels": []}, group=giver[:2])
        pair_copying.replaced(context, giver)

"""What a plan does about a snapshot that is lost: nothing, unless it is to be taken anew, and nothing half."""

from __future__ import annotations

from typing import Any

from terraform_provider_xivds8k.lifecycle import Change
from terraform_provider_xivds8k.schema import UNKNOWN, Attr

from .snapshot_model import Snapshot, is_unfinished

REPLACING: tuple[Attr[Any], ...] = (Snapshot.volume_id, Snapshot.copy_, Snapshot.pool)
KEPT: tuple[Attr[Any], ...] = (Snapshot.name, Snapshot.delete_priority)


def plan(change: Change[Snapshot]) -> None:
    """Plan a replacement of what is lost where that is asked for, and of what a failed step left; else no change."""
    prior = change.prior
    if prior is None:
        return
    if is_unfinished(prior):
        _replace(change)
    elif prior.lost:
        _keep(change)
        change.wait_for(Snapshot.recreate_when_lost)
        if change.planned.known(Snapshot.recreate_when_lost):
            _replace(change)


def _replace(change: Change[Snapshot]) -> None:
    change.planned.set(Snapshot.lost, UNKNOWN)
    change.requires_replace.append(Snapshot.lost.path)


def _keep(change: Change[Snapshot]) -> None:
    """Keep what no call could change: nothing of it is on the array; a replacement takes what is configured."""
    kept = [one.name for one in KEPT if change.configured(one) and change.changes(one)]
    for attribute in (*KEPT, Snapshot.written_name):
        change.keep_prior(attribute)
    if kept and not _is_replaced(change):
        change.diagnostics.warning(
            None,
            f"Lost snapshot {change.planned.name} keeps its {' and '.join(kept)}",
            "There is nothing on the array to change. What is configured holds when the snapshot is taken anew, with "
            "recreate_when_lost = true or -replace.",
        )


def _is_replaced(change: Change[Snapshot]) -> bool:
    anew = change.planned.known(Snapshot.recreate_when_lost)
    return bool(anew) or any(change.planned.known(one) is not None and change.changes(one) for one in REPLACING)

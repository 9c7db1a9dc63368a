"""Find a snapshot by what a user wrote: an id, ``name:N`` or ``wwn:W``."""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import (
    Ambiguous,
    Candidate,
    DriverError,
    NotFound,
    Refused,
    Snapshot,
    Unsupported,
    Volume,
    XIVDS8KDriver,
    rules,
)
from terraform_provider_xivds8k.lifecycle import Diagnostics

_log = logging.getLogger("resources.snapshot")

FORMS = 'the snapshot\'s id ("0A01" on a DS8000, the WWN on an XIV), "name:NAME" or "wwn:WWN"'


def find_by_text(driver: XIVDS8KDriver, text: str) -> Snapshot:
    """Return the one snapshot a text names; raises NotFound, Ambiguous (with candidates) or Unsupported."""
    form, _, rest = text.partition(":")
    if form == "name" and rest:
        snapshot_id = _named(driver, rest)
    elif form == "wwn" and rest:
        volume = driver.find_volume_by_wwn(rest)
        snapshot_id = volume.id if volume is not None else ""
    else:
        snapshot_id = text
    found = _by_id(driver, snapshot_id) if snapshot_id else None
    if found is None:
        raise NotFound(f"No snapshot {text!r} on the array", next_step=f"Import by {FORMS}.", attribute="id")
    _refuse_others(found)
    return found


def _by_id(driver: XIVDS8KDriver, snapshot_id: str) -> Snapshot | None:
    try:
        found = driver.find_snapshot(snapshot_id)
        volume = driver.find_volume(snapshot_id) if found is None else None
    except Refused as refusal:
        if refusal.attribute == "id":
            refusal.next_step = f"Import by {FORMS}."
        raise
    if volume is not None:
        raise _a_volume(volume)
    return found


def _named(driver: XIVDS8KDriver, name: str) -> str:
    """Return the id of the one snapshot of a name, or of what else has it, to be refused for what it is."""
    found = driver.find_snapshots_by_name(name)
    if len(found) > 1:
        listed = ", ".join(f"{one.id} (of volume {one.volume_id}, pool {one.pool_id})" for one in found)
        raise Ambiguous(
            f"Several snapshots are called {name!r}",
            happened=f"They are {listed}.",
            next_step="Import the one you mean by its id.",
        )
    return found[0].id if found else next((one.id for one in driver.find_volumes_by_name(name)), "")


def _a_volume(volume: Volume) -> Unsupported:
    return Unsupported(
        f"{volume.name} ({volume.id}) is a volume, not a snapshot",
        happened="On a DS8000 a snapshot is the target of a persistent FlashCopy relation."
        if volume.lss is not None
        else "The array shows no volume that it would be a point in time of.",
        next_step="Import it as xivds8k_volume.",
    )


def _refuse_others(found: Snapshot) -> None:
    if found.lost is not None:
        raise Unsupported(
            f"Snapshot {found.name} ({found.id}) is lost",
            happened=f"It holds no point in time to be managed: {found.lost}.",
            next_step="Remove it on the array if nobody needs it.",
        )
    if found.group is not None:
        raise Unsupported(
            f"Snapshot {found.name} belongs to snapshot group {found.group}",
            happened="It is of one point in time with the other snapshots of the group, and lives and goes with them.",
            next_step="Leave it to what manages the group snapshot.",
        )


def warn_of_group(found: Snapshot, diagnostics: Diagnostics) -> None:
    """Warn that a DS8000 target may belong to a group snapshot, of which the array keeps nothing but the names."""
    group = found.name.removesuffix(rules.copy_name("", found.volume_id))
    if found.copy is None or group in {"", found.name}:
        return
    diagnostics.warning(
        None,
        f"{found.name} ({found.id}) may belong to a group snapshot {group}",
        f"It is called as the copy of volume {found.volume_id} in one, and a DS8000 tells no more. If a group snapshot "
        "that holds it is managed, take this out of the state again: two resources would delete it.",
    )


def name_hint(driver: XIVDS8KDriver, candidates: tuple[Candidate, ...], deadline: float) -> str:
    """Return what to do about a taken name, by what has it: a snapshot's import block, or whose the volume may be."""
    choose = (
        "Choose another name; volumes and snapshots share their names, and the old and the new snapshot of a "
        "create_before_destroy cannot have one."
    )
    only = candidates[0].id if len(candidates) == 1 else None
    if only is not None:
        try:
            found = driver.find_snapshot(only, deadline=deadline)
        except DriverError as error:
            _log.info("what has the name was not looked up: %s", error.summary)
        else:
            if found is None or found.lost is not None:
                return f"{choose} {_no_snapshot(driver, only)}"
            if found.group is not None:
                return f"{choose} {only} belongs to snapshot group {found.group}."
    block = f'import {{\n  to = xivds8k_snapshot.NAME\n  id = "{only or "ID"}"\n}}'
    return (
        f"{choose} Or, if it is a snapshot of yours and no resource manages it yet, take it over with this "
        f"block:\n\n{block}"
    )


def _no_snapshot(driver: XIVDS8KDriver, volume_id: str) -> str:
    if driver.keeps_consistencygroups:  # an XIV, whose snapshots leave nothing
        return f"{volume_id} is a volume, not a snapshot."
    return (
        f"{volume_id} is a volume and no snapshot, or none any more: a DS8000 keeps the volume when a snapshot's "
        "FlashCopy is withdrawn. If it is the rest of a lost one and nobody uses it, delete it on the array."
    )

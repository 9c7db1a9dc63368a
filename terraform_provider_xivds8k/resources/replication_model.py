"""What a replication is in Terraform: its attributes, its identity, and how they are filled from both arrays."""

from __future__ import annotations

from typing import Literal

from terraform_provider_xivds8k.driver import Pair
from terraform_provider_xivds8k.driver import Replication as ArrayReplication
from terraform_provider_xivds8k.lifecycle import Timeouts
from terraform_provider_xivds8k.schema import (
    UNKNOWN,
    Attr,
    Model,
    at_least,
    computed,
    length,
    optional,
    optional_computed,
    required,
)


class ReplicationIdentity(Model):
    """What names a replication among all arrays."""

    system_id: Attr[str | None] = optional("System id of the home array; checked when given.")
    id: Attr[str] = required("Id of home's volume, or name of home's consistency group.")


class ReplicationFilters(Model):
    """Narrow a listing of replications.

    Listed is what both arrays show as a pair with the provider's replication target. A pair that is broken or not
    understood, and one that a silent array keeps from being read, is named in a warning instead.
    """

    mode: Attr[Literal["sync", "async", "metro_mirror", "global_copy"] | None] = optional("Only of this mode.")
    consistency_group_id: Attr[str | None] = optional(
        "XIV: only the mirrored group of this name, and its members.", check=[length(1, 63)]
    )


class Replication(Model, type_name="xivds8k_replication"):
    """A volume, or on an XIV a consistency group, copied to the provider's `replication_target`.

    It always makes a new volume there; an existing one is never a copy target. Which side serves now, and how far the
    copy is, is in the data source of the same name: nothing here changes by a failover. Destroying it ends the pair on
    both arrays and keeps the remote volume, unless `remote_on_delete` says otherwise. On a DS8000 pairs set up one by
    one give no consistency across volumes after a crash.
    """

    id: Attr[str | None] = computed("The `id` of home's volume, or of home's consistency group.")
    volume_id: Attr[str | None] = optional(
        "The `id` of the volume to replicate; this or `consistency_group_id`.", check=[length(1, 63)], replace=True
    )
    consistency_group_id: Attr[str | None] = optional(
        "XIV: the `id` of the consistency group to replicate, which must be empty; this or `volume_id`. Its members "
        "are replicated by resources of their own, and join it afterwards.",
        check=[length(1, 63)],
        replace=True,
    )
    backend_id: Attr[str] = optional_computed(
        "Label of the array to replicate to: the `backend_id` of the provider's `replication_target`, which is also "
        "what leaving it out means. Another label for the same array is written into the state only; while the arrays "
        "do not tell whether it is the same, nothing is planned.",
        check=[length(1, 63)],
        replace=True,
    )
    mode: Attr[Literal["sync", "async", "metro_mirror", "global_copy"]] = required(
        "XIV: `sync`, or `async` with `rpo_seconds`. DS8000: `metro_mirror` (synchronous) or `global_copy` "
        "(asynchronous, of no certain point in time). Changed only while both sides are in step; on an XIV the pair is "
        "taken apart for it and copied in full, which needs `allow_full_resync`. One that others changed is a warning "
        "and stays; writing it takes it over."
    )
    rpo_seconds: Attr[int | None] = optional_computed(
        "XIV: how far the copy may lag behind, in seconds; goes with `async`, which needs it.", check=[at_least(20)]
    )
    remote_pool: Attr[str | None] = optional_computed(
        "Pool for the remote volume, by id or name; the `pool` of `replication_target` when unset. A copy that others "
        "made or moved elsewhere is left there, and writing its pool takes that over.",
        check=[length(1, 63)],
        replace=True,
    )
    remote_name: Attr[str | None] = optional_computed(
        "Name for the remote volume or group; the name at home when unset. One that others gave it is left, and "
        "writing it takes it over.",
        check=[length(1, 63)],
        replace=True,
    )
    wait_for_sync: Attr[bool | None] = optional(
        "Let the creation wait until the first copy is complete; false when unset. When the time is over before, that "
        "is a warning: the pair stays, and goes on copying."
    )
    allow_full_resync: Attr[bool | None] = optional(
        "Let a change of `mode` take the pair apart and copy everything again, without protection until that is done."
    )
    remote_on_delete: Attr[Literal["keep", "delete"] | None] = optional(
        "What becomes of the remote volume when this is destroyed: `keep` (when unset), writable from then on, or "
        "`delete`. What counts is the value in the state; of a remote volume that somebody else paired with, `delete` "
        "has to be applied again. One that is kept keeps its name, too: a "
        "replacement, also by `-replace` or `replace_triggered_by`, is refused at plan unless `remote_name` is another "
        "one."
    )
    remote_volume_id: Attr[str | None] = computed("Id of the remote volume, or name of the remote group.")
    remote_wwn: Attr[str | None] = computed(
        "SCSI identifier of the remote volume, in lower-case hex; null for a group."
    )
    remote_system_id: Attr[str | None] = computed("System id of the remote array.")
    left_bytes: Attr[int | None] = computed(
        "Size in bytes of a remote volume that a creation or an end left over which failed halfway; null otherwise."
    )
    system_id: Attr[str] = computed("System id of the home array.")
    timeouts: Attr[Timeouts | None] = optional("Deadlines for the operations on this replication.")


SETTINGS = (
    Replication.wait_for_sync,
    Replication.allow_full_resync,
    Replication.remote_on_delete,
    Replication.timeouts,
)


def fill(state: Replication, found: ArrayReplication, *, takes_mode: bool = True) -> Replication:
    """Fill in what is set up, keeping what was asked for at creation; another mode, too, unless ``takes_mode``.

    Where the remote volume is by now, and what it is called, is no reason to copy everything again: not even where it
    is another one, of a pair that somebody made anew.
    """
    subject = Replication.volume_id if found.subject == "volume" else Replication.consistency_group_id
    written = state.known(subject)
    state.set(Replication.id, found.id)
    state.set(subject, written if written is not None and written.casefold() == found.id.casefold() else found.id)
    state.set(Replication.backend_id, found.backend_id)
    if takes_mode or state.known(Replication.mode) in {None, found.mode}:
        state.set(Replication.mode, found.mode)
        state.set(Replication.rpo_seconds, found.rpo_s if found.mode == "async" else None)
    for attribute, there in (
        (Replication.remote_pool, found.remote_pool),
        (Replication.remote_name, found.remote_name),
    ):
        if state.known(attribute) is None:
            state.set(attribute, there)
    state.set(Replication.remote_volume_id, found.remote_id)
    state.set(Replication.remote_wwn, found.remote_wwn)
    state.set(Replication.remote_system_id, found.remote_system_id)
    state.set(Replication.left_bytes, None)
    state.set(Replication.system_id, found.system_id)
    return state


def subject_id(state: Replication) -> str | None:
    """Return the id of home's volume or group, None while it is not known."""
    return (
        state.known(Replication.id)
        or state.known(Replication.volume_id)
        or state.known(Replication.consistency_group_id)
    )


def named(state: Replication) -> str:
    """Return a replication for a text."""
    group = state.known(Replication.consistency_group_id)
    what = f"group {group}" if group is not None else f"volume {subject_id(state) or 'of this run'}"
    return f"Replication of {what}"


def in_doubt(planned: Replication, system_id: str) -> Replication:
    """Return the state of a replication that may or may not be there: it has no id."""
    state = planned.copy()
    state.raw = {name: None if value is UNKNOWN else value for name, value in state.raw.items()}
    state.set(Replication.id, None)
    state.set(Replication.system_id, system_id)
    return state


def keeps_remote(state: Replication) -> bool:
    """Tell whether the remote volume stays when the pair ends."""
    return state.known(Replication.remote_on_delete) != "delete"


def said_of(pair: Pair) -> str:
    """Return how a pair stands, for a text."""
    cause = f": {pair.cause}" if pair.cause else ""
    return f"row {pair.row} ({pair.state.replace('_', ' ')}){cause}"


def import_hint(replication_id: str) -> str:
    """Return the block that would take an existing replication under management, to be completed by the user."""
    block = f'import {{\n  to = xivds8k_replication.NAME\n  id = "{replication_id}"\n}}'
    return f"If it is yours and no resource manages it yet, take it over with this block:\n\n{block}"

"""What a snapshot is in Terraform: its attributes, its identity, and how they are filled from the array's answer."""

from __future__ import annotations

from typing import Literal

from terraform_provider_xivds8k.driver import Snapshot as ArraySnapshot
from terraform_provider_xivds8k.driver import SnapshotFilter
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import Timeouts
from terraform_provider_xivds8k.schema import (
    Attr,
    Model,
    between,
    length,
    optional,
    optional_computed,
    regular_expression,
    required,
)
from terraform_provider_xivds8k.schema import computed as computed_attribute


class SnapshotIdentity(Model):
    """What names a snapshot among all arrays."""

    system_id: Attr[str | None] = optional("The array's system id; checked when given.")
    id: Attr[str] = required("The snapshot's id on the array: four hex digits on a DS8000, the WWN on an XIV.")


class SnapshotFilters(Model):
    """Narrow a listing of snapshots.

    On an XIV those of group snapshots are left out, since these are listed themselves. A DS8000 does not tell the
    targets of a group snapshot, called `NAME_VOLUMEID`, from others: they are in the listing, and are not to be
    imported one by one. What is still being copied is left out.
    """

    name: Attr[str | None] = optional("Exact name.")
    name_regex: Attr[str | None] = optional(
        "Regular expression found anywhere in the name.", check=[regular_expression()]
    )
    pool: Attr[str | None] = optional("Pool, by id or name.")
    volume_id: Attr[str | None] = optional("Id of the volume the snapshots are of.")


class Snapshot(Model, type_name="xivds8k_snapshot"):
    """A point in time of a volume, kept on the array.

    On an XIV-family array a snapshot of its own; on a DS8000 a volume that is the target of a persistent FlashCopy
    relation. One that the array has lost is never re-taken silently: `lost` tells, and the plan changes nothing.
    """

    id: Attr[str | None] = computed_attribute("The snapshot's id on the array: `0A01` on a DS8000, the WWN on an XIV.")
    volume_id: Attr[str] = required("Id of the volume to take it of.", check=[length(1, 63)], replace=True)
    name: Attr[str] = required(
        "Name on the array; renamed in place. On an XIV 1 to 63 letters, digits, spaces (not at either end), `.`, `_`, "
        "`-` and `~`; on a DS8000 1 to 16 letters, digits and `_`.",
        check=[length(1, 63)],
    )
    copy_: Attr[Literal["none", "full"] | None] = optional_computed(
        "DS8000: `none` (default) holds only what later writes to the volume displace, in a thin target; `full` copies "
        "everything and waits for it. The relation stays in both cases until the snapshot is deleted.",
        replace=True,
    )
    pool: Attr[str | None] = optional_computed(
        "DS8000: pool to make the target in, by id or name; the volume's own when unset.",
        check=[length(1, 63)],
        replace=True,
    )
    pool_id: Attr[str | None] = computed_attribute(
        "DS8000: id of the pool the target is in by now; null on an XIV, where it is the volume's."
    )
    delete_priority: Attr[int | None] = optional_computed(
        "XIV: which snapshots the array deletes first when it has no space left for them: 4 first, 1 (its default) "
        "last. Changed in place.",
        check=[between(1, 4)],
    )
    recreate_when_lost: Attr[bool | None] = optional(
        "Replace the snapshot, with what the volume holds by then, when it is lost. Unset or false, a lost one stays "
        "in the state until you decide."
    )
    size_bytes: Attr[int] = computed_attribute("Size in bytes: the volume's when it was taken.")
    created_at: Attr[str | None] = computed_attribute(
        "When it was taken: on an XIV as the array writes it; on a DS8000 in UTC, as the provider took it, and null "
        "after an import, since the array does not keep it. For what a failed creation left (`lost` is null), when its "
        "copy was sent, if that may still be carried out."
    )
    wwn: Attr[str] = computed_attribute("SCSI identifier hosts see, in lower-case hex.")
    lost: Attr[bool | None] = computed_attribute(
        "Whether the array no longer holds this point in time. Null only for one whose creation or deletion failed "
        "halfway; it is replaced by the next apply."
    )
    system_id: Attr[str] = computed_attribute("System id of the array that holds the snapshot.")
    written_name: Attr[str | None] = computed_attribute(
        "The name Terraform wrote last; guards against destroying a reused DS8000 volume id."
    )
    timeouts: Attr[Timeouts | None] = optional("Deadlines for the operations on this snapshot.")


def fill(state: Snapshot, found: ArraySnapshot) -> Snapshot:
    """Fill in what the array reports of a snapshot that is not lost, keeping the user's spelling of the same thing."""
    written = state.known(Snapshot.volume_id)
    if written is None or written.casefold() != found.volume_id.casefold():
        state.set(Snapshot.volume_id, found.volume_id)
    state.set(Snapshot.id, found.id)
    state.set(Snapshot.name, found.name)
    if found.copy is not None:
        state.set(Snapshot.copy_, state.known(Snapshot.copy_) or found.copy)
        state.set(Snapshot.pool, state.known(Snapshot.pool) or found.pool_id)  # moved, it is still the same snapshot
    state.set(Snapshot.pool_id, found.pool_id if found.copy is not None else None)
    state.set(Snapshot.delete_priority, found.delete_priority)
    state.set(Snapshot.size_bytes, found.size_bytes)
    state.set(Snapshot.wwn, found.wwn)
    state.set(Snapshot.system_id, found.system_id)
    state.set(Snapshot.lost, False)  # noqa: FBT003 - a value to store
    if found.created_at is not None:
        state.set(Snapshot.created_at, found.created_at)
    return state


def unfinished(state: Snapshot, left: ArrayVolume, *, in_doubt_since: str | None = None) -> Snapshot:
    """Return the state of a target that by our own doing is no snapshot yet, or no more."""
    if state.known(Snapshot.pool) is None:
        state.set(Snapshot.pool, left.pool_id)
    state.set(Snapshot.pool_id, left.pool_id)
    state.set(Snapshot.id, left.id)
    state.set(Snapshot.size_bytes, left.size_bytes)
    state.set(Snapshot.wwn, left.wwn)
    state.set(Snapshot.system_id, left.system_id)
    state.set(Snapshot.written_name, left.name)
    state.set(Snapshot.created_at, in_doubt_since)
    state.set(Snapshot.lost, None)
    return state


def is_unfinished(state: Snapshot) -> bool:
    """Tell whether a state is of what a failed creation or deletion left."""
    return not state.is_null(Snapshot.id) and state.is_null(Snapshot.lost)


def is_ds8k(state: Snapshot) -> bool:
    """Tell whether a state is of a DS8000, which gives ids again."""
    return state.id is not None and len(state.id) == 4


def driver_filter(filters: SnapshotFilters) -> SnapshotFilter:
    """Return the driver's filter for the configured ones."""
    return SnapshotFilter(
        name=filters.name, name_regex=filters.name_regex, pool=filters.pool, volume_id=filters.volume_id
    )

"""What a group snapshot is in Terraform: its attributes, its identity, and how they are filled in."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import GroupSnapshot, HeldGroupSnapshot
from terraform_provider_xivds8k.lifecycle import Timeouts
from terraform_provider_xivds8k.schema import Attr, Model, each, length, optional, optional_computed, required
from terraform_provider_xivds8k.schema import computed as computed_attribute


class ConsistencyGroupSnapshotIdentity(Model):
    """What names a group snapshot among all arrays."""

    system_id: Attr[str | None] = optional("The array's system id; checked when given.")
    id: Attr[str] = required(
        "The snapshot group's name on an XIV; on a DS8000 its relations, `SOURCE:TARGET` joined by commas."
    )


class ConsistencyGroupSnapshotFilters(Model):
    """Narrow a listing of group snapshots."""

    name: Attr[str | None] = optional("Exact name.")
    consistency_group_id: Attr[str | None] = optional("Name of the consistency group they are of.")


class ConsistencyGroupSnapshot(Model, type_name="xivds8k_consistency_group_snapshot"):
    """Snapshots of all volumes of a consistency group, of one point in time.

    On an XIV-family array a snapshot group, taken by the array in one step. On a DS8000 a thin FlashCopy target for
    each volume; the array holds back what hosts write to the volumes' LSSs for the moment it takes to copy all, and
    what was not thawed for certain within its timer is not called consistent and not kept. A point in time that the
    array has lost is never re-taken silently: `lost` tells, and the plan changes nothing.
    """

    id: Attr[str | None] = computed_attribute(
        "The snapshot group's name on an XIV; on a DS8000 its relations, `SOURCE:TARGET` joined by commas."
    )
    consistency_group_id: Attr[str | None] = required(
        "The consistency group: its name on an XIV, the id of the `xivds8k_consistency_group` on a DS8000. Another one "
        "plans a replacement.",
        check=[length(1, 63)],
    )
    name: Attr[str] = required(
        "Name of the group snapshot. It cannot be changed: a replacement would lose the point in time. On an XIV 1 to "
        "63 letters, digits, spaces (not at either end), `.`, `_`, `-` and `~`; its snapshots are called "
        "`NAME.VOLUME`. On a DS8000 1 to 11 letters, digits and `_`; its targets are called `NAME_ID` with the id of "
        "their volume.",
        check=[length(1, 63)],
    )
    volume_ids: Attr[frozenset[str] | None] = optional_computed(
        "Ids of the volumes, best written as `[for m in xivds8k_consistency_group_member.m : m.volume_id]`, which also "
        "takes the snapshot after they have joined. DS8000: required. XIV: has to be the group's members; unset, "
        "whatever the group holds. For creation only: a later change never takes the snapshot again.",
        check=[each(length(1, 63))],
    )
    snapshot_ids: Attr[dict[str, str] | None] = computed_attribute("Id of the snapshot of each volume, by volume id.")
    allow_shared_lss: Attr[bool | None] = optional(
        "DS8000: take it although the LSSs of the volumes also hold other volumes that hosts use, whose writes are "
        "held back for the same moment."
    )
    recreate_when_lost: Attr[bool | None] = optional(
        "Replace the group snapshot, with what the volumes hold by then, when it is lost. Unset or false, a lost one "
        "stays in the state until you decide."
    )
    created_at: Attr[str | None] = computed_attribute(
        "When it was taken: on an XIV as the array writes it; on a DS8000 in UTC, as the provider took it, and null "
        "after an import, since the array does not keep it. For one whose creation failed halfway (`id` is null), when "
        "its copies were sent, if they may still be carried out."
    )
    lost: Attr[bool | None] = computed_attribute(
        "Whether any of its snapshots is gone, no longer valid, or no longer of its volume. Null only for one whose "
        "creation or deletion failed halfway; it is replaced by the next apply."
    )
    system_id: Attr[str] = computed_attribute("System id of the array that holds the snapshots.")
    timeouts: Attr[Timeouts | None] = optional("Deadlines for the operations on this group snapshot.")


def fill(state: ConsistencyGroupSnapshot, found: GroupSnapshot) -> ConsistencyGroupSnapshot:
    """Fill in what was taken, keeping the user's spelling of the volumes' ids."""
    taken = frozenset(one.volume_id for one in found.snapshots)
    written = state.known(ConsistencyGroupSnapshot.volume_ids)
    if written is None or {one.casefold() for one in written} != {one.casefold() for one in taken}:
        state.set(ConsistencyGroupSnapshot.volume_ids, taken)
    state.set(ConsistencyGroupSnapshot.id, found.id)
    state.set(ConsistencyGroupSnapshot.name, state.known(ConsistencyGroupSnapshot.name) or found.name)
    state.set(ConsistencyGroupSnapshot.snapshot_ids, {one.volume_id: one.id for one in found.snapshots})
    state.set(ConsistencyGroupSnapshot.created_at, found.created_at)
    state.set(ConsistencyGroupSnapshot.lost, any(one.lost for one in found.snapshots))
    state.set(ConsistencyGroupSnapshot.system_id, found.system_id)
    return state


def held_by(state: ConsistencyGroupSnapshot) -> HeldGroupSnapshot:
    """Return what tells the group snapshot from anything else; a volume whose deletion began is no longer listed."""
    snapshot_ids = state.known(ConsistencyGroupSnapshot.snapshot_ids) or {}
    listed = {one.casefold() for one in state.known(ConsistencyGroupSnapshot.volume_ids) or ()}
    return HeldGroupSnapshot(
        id=state.id or "",
        name=state.name,
        snapshot_ids=snapshot_ids,
        created_at=state.created_at,
        withdrawn=frozenset(one for one in snapshot_ids if one.casefold() not in listed),
    )


def still_held(state: ConsistencyGroupSnapshot, found: GroupSnapshot | None) -> dict[str, str]:
    """Return the snapshots, by volume id, that are as the state has them and hold their point in time."""
    kept = state.known(ConsistencyGroupSnapshot.snapshot_ids) or {}
    here = {} if found is None else {one.volume_id: one.id for one in found.snapshots if one.lost is None}
    return {volume_id: one for volume_id, one in sorted(kept.items()) if here.get(volume_id) == one}


def is_unfinished(state: ConsistencyGroupSnapshot) -> bool:
    """Tell whether a state is of what a failed deletion left."""
    return not state.is_null(ConsistencyGroupSnapshot.id) and state.is_null(ConsistencyGroupSnapshot.lost)

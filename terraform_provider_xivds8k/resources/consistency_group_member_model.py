"""What a member of a consistency group is in Terraform, and what is said of one whose state is in doubt."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Volume
from terraform_provider_xivds8k.lifecycle import Timeouts
from terraform_provider_xivds8k.schema import UNKNOWN, Attr, Model, computed, length, optional, required


class ConsistencyGroupMemberIdentity(Model):
    """What names a member among all XIV-family arrays."""

    system_id: Attr[str | None] = optional("The array's system id; checked when given.")
    consistency_group_id: Attr[str] = required("The group's name on the XIV.")
    volume_id: Attr[str] = required("The volume's WWN.")


class ConsistencyGroupMemberFilters(Model):
    """Narrow a listing of members."""

    consistency_group_id: Attr[str | None] = optional("Only members of this group, by its name.")


class ConsistencyGroupMember(Model, type_name="xivds8k_consistency_group_member"):
    """One volume's membership in a consistency group.

    Write one for each volume, with `for_each`; the volume's id and WWN stay as they are. On an XIV the volume has to be
    in the group's pool, and in no other group. On a DS8000, which knows no groups, membership is kept in the state
    only: any volume can be a member.
    """

    id: Attr[str | None] = computed("`GROUP/VOLUME`.")
    consistency_group_id: Attr[str] = required(
        "The group's `id`. One that is only known after apply plans a replacement too.",
        check=[length(1, 63)],
        replace_when_unknown=True,
    )
    volume_id: Attr[str] = required(
        "The volume's `id`. One that is only known after apply plans a replacement too, so that a member follows a "
        "volume that is replaced.",
        check=[length(1, 63)],
        replace_when_unknown=True,
    )
    system_id: Attr[str] = computed("System id of the array.")
    timeouts: Attr[Timeouts | None] = optional("Deadlines for the operations on this member.")


WAYS_OUT = (
    "terraform untaint ADDRESS and apply keeps it; applied while it is tainted, it is taken out and put in again."
)


def finished(state: ConsistencyGroupMember, volume: Volume) -> ConsistencyGroupMember:
    """Fill in the id of a member that is one, with the volume's id as the array spells it."""
    state.set(ConsistencyGroupMember.id, f"{state.consistency_group_id}/{volume.id}")
    return state


def in_doubt(planned: ConsistencyGroupMember, system_id: str) -> ConsistencyGroupMember:
    """Return the state of a member that may or may not be one: no id."""
    state = planned.copy()
    state.raw = {name: None if value is UNKNOWN else value for name, value in state.raw.items()}
    state.set(ConsistencyGroupMember.system_id, system_id)
    return state


def import_hint(group_id: str, volume_id: str) -> str:
    """Return the block that would take the existing member under management, to be completed by the user."""
    block = f'import {{\n  to = xivds8k_consistency_group_member.NAME\n  id = "{group_id}/{volume_id}"\n}}'
    return f"If no resource manages it yet, take it over with this block:\n\n{block}"

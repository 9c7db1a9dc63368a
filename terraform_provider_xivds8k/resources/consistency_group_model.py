"""What a consistency group is in Terraform: its attributes, its identity, and how they are filled from the array."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import ConsistencyGroup as ArrayGroup
from terraform_provider_xivds8k.lifecycle import Private, Timeouts
from terraform_provider_xivds8k.schema import Attr, Model, computed, length, optional, regular_expression, required

WRITTEN_POOL = "pool_id"  # private: the pool the group was in when Terraform wrote or took it over


class ConsistencyGroupIdentity(Model):
    """What names a consistency group among all XIV-family arrays."""

    system_id: Attr[str | None] = optional("The array's system id; checked when given.")
    id: Attr[str] = required("The group's name on the XIV.")


class ConsistencyGroupFilters(Model):
    """Narrow a listing of consistency groups."""

    name: Attr[str | None] = optional("Exact name.")
    name_regex: Attr[str | None] = optional(
        "Regular expression found anywhere in the name.", check=[regular_expression()]
    )
    pool: Attr[str | None] = optional("Pool, by id or name.")


class ConsistencyGroup(Model, type_name="xivds8k_consistency_group"):
    """A consistency group: volumes whose snapshots are taken at one point in time.

    On an XIV it is an object of the array, in one pool with its volumes. A DS8000 knows no groups: there the group is
    kept in the state only, costs nothing, and holds volumes of any pools. Its volumes are
    `xivds8k_consistency_group_member` resources.
    """

    id: Attr[str | None] = computed("On an XIV the group's name, on a DS8000 an id made by Terraform.")
    name: Attr[str] = required(
        "Name of the group. XIV: 1 to 63 letters, digits, spaces (not at either end), `.`, `_`, `-` and `~`; changing "
        "it plans a replacement, which is refused while the group has volumes, snapshot groups or a mirror. DS8000: "
        "any name, changed in the state only.",
        check=[length(1, 63)],
    )
    pool: Attr[str | None] = optional(
        "XIV: the pool, by id or name; required, and cannot be changed. DS8000: not allowed.", check=[length(1, 63)]
    )
    pool_id: Attr[str | None] = computed("XIV: the pool's id on the array.")
    system_id: Attr[str] = computed("System id of the array.")
    timeouts: Attr[Timeouts | None] = optional("Deadlines for the operations on this group.")


def fill(state: ConsistencyGroup, found: ArrayGroup) -> ConsistencyGroup:
    """Fill in what the array reports, keeping the user's spelling of the pool where it means the same."""
    state.set(ConsistencyGroup.id, found.id)
    state.set(ConsistencyGroup.name, found.name)
    state.set(ConsistencyGroup.pool, _pool_spelling(state, found))
    state.set(ConsistencyGroup.pool_id, found.pool_id)
    state.set(ConsistencyGroup.system_id, found.system_id)
    return state


def remember(private: Private, found: ArrayGroup) -> None:
    """Keep the pool the group is in, so that a move outside is told from a line that was changed."""
    if found.pool_id is not None:
        private[WRITTEN_POOL] = found.pool_id


def _pool_spelling(state: ConsistencyGroup, found: ArrayGroup) -> str | None:
    written = state.known(ConsistencyGroup.pool)
    if written and (
        state.known(ConsistencyGroup.pool_id) == found.pool_id or written in {found.pool_id, found.pool_name}
    ):
        return written
    return found.pool_name


def import_hint(name: str) -> str:
    """Return the block that would take the existing group under management, to be completed by the user."""
    block = f'import {{\n  to = xivds8k_consistency_group.NAME\n  id = "name:{name}"\n}}'
    return (
        "Choose another name. Or, if the group is yours and no resource manages it yet, take it over with this "
        f"block:\n\n{block}"
    )

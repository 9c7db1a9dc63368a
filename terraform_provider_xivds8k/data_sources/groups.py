"""Consistency groups as they are now."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import DataSource, Diagnostics
from terraform_provider_xivds8k.schema import Attr, Model, computed, required


class ConsistencyGroup(Model, type_name="xivds8k_consistency_group"):
    """One consistency group of an XIV, by `name`. None fitting is an error that names near matches.

    A DS8000 knows no groups: there reading one is an error.
    """

    name: Attr[str] = required("The group's name.")
    id: Attr[str] = computed("The same: a group is identified by its name.")
    pool: Attr[str] = computed("Name of the pool the group and its volumes are in.")
    pool_id: Attr[str | None] = computed("The pool's id on the array.")
    volume_ids: Attr[frozenset[str]] = computed("Ids of the volumes in the group.")
    mirrored: Attr[bool] = computed("Whether the group is mirrored.")
    system_id: Attr[str] = computed("System id of the array.")


class ConsistencyGroupDataSource(DataSource[ConsistencyGroup, XIVDS8KDriver]):
    """Read one consistency group."""

    model = ConsistencyGroup

    def read(self, config: ConsistencyGroup, diagnostics: Diagnostics) -> ConsistencyGroup:
        found = self.driver.get_consistencygroup(config.name)
        return ConsistencyGroup(
            name=found.name,
            id=found.id,
            pool=found.pool_name or "",
            pool_id=found.pool_id,
            volume_ids=frozenset(volume.id for volume in self.driver.consistencygroup_members(found.id)),
            mirrored=found.is_mirrored,
            system_id=found.system_id,
        )

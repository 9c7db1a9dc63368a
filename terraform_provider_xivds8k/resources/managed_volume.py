"""The managed volume: an existing volume taken as it is, kept like any other, and given up instead of deleted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from terraform_provider_xivds8k.data_sources.volume_filters import driver_filter
from terraform_provider_xivds8k.driver import DriverError, NotFound, VolumeFilter, XIVDS8KDriver
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import (
    Change,
    Create,
    Delete,
    Diagnostics,
    Imported,
    ListableResource,
    Listed,
    Private,
    Read,
    Update,
)
from terraform_provider_xivds8k.schema import Model

from . import managed_volume_keeping as keeping
from . import managed_volume_plan as plans
from . import volume_plan
from .capacity import plan_capacity
from .managed_volume_model import EXISTING, NAME_IN_DOUBT, ManagedVolume, ManagedVolumeFilters, fill_existing
from .protection import LEFT_BY_FAILED_CREATE
from .volume_changes import carry_out, check_array, grow, move, rename, retype
from .volume_growth import warn_of_growth
from .volume_import import find_manageable
from .volume_model import Volume, VolumeIdentity
from .volume_place import plan_place
from .volume_reading import identity_of, refreshed, taken
from .volume_sizes import Sized, remember
from .volume_source import UNFINISHED

INSTANCE = "instance"  # private: tells an object in the state from another one of the same volume
WHEN_GONE = "The next apply looks for it again, and is refused while it is not there; remove its block instead."
SETTINGS = (
    *EXISTING,
    ManagedVolume.expected,
    ManagedVolume.restore_name,
    ManagedVolume.allow_full_resync,
    ManagedVolume.timeouts,
)


class ManagedVolumeResource(ListableResource[ManagedVolume, XIVDS8KDriver]):
    """Manage a volume without owning it."""

    model = ManagedVolume
    identity = VolumeIdentity
    list_config = ManagedVolumeFilters
    needs_filter = True

    def validate(self, config: ManagedVolume, diagnostics: Diagnostics) -> None:
        plans.validate(config, diagnostics)

    def plan(self, change: Change[ManagedVolume]) -> None:
        if change.prior is None:
            plans.plan_taking(change, self.configured)
            return
        keeping.plan_keeping(change, self.configured)
        plan_place(change, self.configured)
        volume_plan.plan_spellings(change)
        plan_capacity(change, self.configured)
        warn_of_growth(change, self.configured)
        volume_plan.refuse_other_system(change.prior, self.configured, change.diagnostics)

    def plan_destroy(self, prior: ManagedVolume, private: Private, diagnostics: Diagnostics) -> None:
        volume_plan.refuse_other_system(prior, self.configured, diagnostics)
        back = None if self._is_taken_again(prior, private) else prior.restore_name
        if back is not None and prior.name != back:
            volume_plan.warn_of_foreign_name(prior, diagnostics, refused="Giving its old name back")
        diagnostics.warning(None, "A managed volume is given up, not deleted", keeping.describe_giving_up(prior, back))

    def create(self, operation: Create[ManagedVolume]) -> ManagedVolume:
        planned, state = operation.planned, operation.planned.copy()
        operation.private.pop(NAME_IN_DOUBT, None)
        named = plans.existing_of(planned)
        new_name = planned.known(ManagedVolume.name)
        if named["existing_name"] is None and new_name is not None:
            found = self.driver.find_existing_volume(**named, deadline=operation.left_s)
            named["existing_name"] = found.name
        try:
            found = self.driver.manage_existing(
                **named, new_name=new_name, expected=plans.expectations(planned), deadline=operation.left_s
            )
        except DriverError as error:
            if isinstance(error, NotFound):
                error.next_step = plans.renamed_before(self.driver, planned) or error.next_step
            if error.attribute == "size_bytes" and operation.config.is_null(Sized.size_bytes):
                error.attribute = "size_gib"
            if error.left is not None:
                operation.keep(_in_between(state, error.left, operation.private))
            raise
        self._note_taken(found, operation.private)
        return _taken(state, found, named["existing_name"] or found.name, operation.private)

    def _note_taken(self, found: ArrayVolume, private: Private) -> None:
        private[INSTANCE] = uuid.uuid4().hex
        if self.configured is not None:
            self.configured.taken[f"{found.system_id}/{found.id}"] = private[INSTANCE]

    def _is_taken_again(self, prior: ManagedVolume, private: Private) -> bool:
        """Tell whether another instance has taken the volume in this run, as create_before_destroy does."""
        by = self.configured.taken.get(f"{prior.system_id}/{prior.id}") if self.configured is not None else None
        return by is not None and by != private.get(INSTANCE)

    def update(self, operation: Update[ManagedVolume]) -> ManagedVolume:
        driver, prior, planned = self.driver, operation.prior, operation.planned
        check_array(driver, operation)
        keeping.refuse_drift(driver, operation)
        state = prior.copy()
        for attribute in SETTINGS:
            state.raw[attribute.name] = planned.raw[attribute.name]
        operation.keep(state.copy())
        done = carry_out(driver, operation, state, (rename, move, retype, grow))
        operation.private.pop(NAME_IN_DOUBT, None)
        return done

    def delete(self, operation: Delete[ManagedVolume]) -> None:
        prior, restore_name = operation.prior, operation.prior.restore_name
        self.driver.check_system(prior.system_id, deadline=operation.left_s)
        if restore_name is not None and self._is_taken_again(prior, operation.private):
            operation.diagnostics.warning(
                None,
                f"{prior.name} ({prior.id}) was taken again in this run and keeps the name it has",
                f"Its name {restore_name} is not given back: with create_before_destroy, or by another resource that "
                "names it, the volume came under management anew before this one gave it up.",
            )
            restore_name = None
        self.driver.unmanage(
            volume_id=prior.id or "",
            restore_name=restore_name,
            expected_name=prior.written_name,
            deadline=operation.left_s,
        )

    def read(self, operation: Read[ManagedVolume]) -> ManagedVolume | None:
        return refreshed(self.driver, operation, when_gone=WHEN_GONE)

    def identify(self, state: ManagedVolume) -> VolumeIdentity | None:
        return identity_of(state)

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[ManagedVolume]:
        found, private = find_manageable(self.driver, text), Private()
        return Imported(_taken(ManagedVolume.nothing(), found, found.name, private), private)

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[ManagedVolume]:
        if identity.system_id is not None:
            self.driver.check_system(identity.system_id)
        return self.import_by_id(identity.id, diagnostics)

    def take_over(self, source: Model, private: Private, diagnostics: Diagnostics) -> Imported[ManagedVolume] | None:
        if not isinstance(source, Volume):
            return None
        if source.id is None or private.get(UNFINISHED):
            diagnostics.error(
                None,
                f"{source.name} cannot be moved to xivds8k_managed_volume yet",
                "Its creation is not finished: the volume is in doubt, or its copy still runs. Apply it as it is, then "
                "write the moved block.",
            )
            return None
        state = ManagedVolume.nothing()
        state.raw.update({name: value for name, value in source.raw.items() if name in state.raw})
        fill_existing(state, name=source.name, volume_id=source.id, wwn=source.wwn)
        return Imported(state, {name: value for name, value in private.items() if name != LEFT_BY_FAILED_CREATE})

    def validate_listing(self, filters: ManagedVolumeFilters, diagnostics: Diagnostics) -> None:
        if all(value is None for value in filters.raw.values()):
            diagnostics.error(
                None,
                "A list of managed volumes needs a filter",
                "Every volume is listed as xivds8k_volume already; as xivds8k_managed_volume those a filter asks for: "
                'write pool, name_regex or another one; type = "fb" is all of them.',
            )

    def listing(self, filters: ManagedVolumeFilters) -> Iterator[Listed[ManagedVolume]]:
        for found in self.driver.list_volumes(driver_filter(filters, VolumeFilter(storage_type="fb"))):
            if not found.is_snapshot and not found.is_secondary and found.storage_type == "fb":
                yield Listed(_taken(ManagedVolume.nothing(), found, found.name, Private()), found.name)

    def generate(self, state: ManagedVolume) -> ManagedVolume:
        config = state.copy()
        config.set(Sized.size_bytes if not config.is_null(Sized.size_gib) else Sized.size_gib, None)
        for attribute in (ManagedVolume.existing_name, ManagedVolume.existing_wwn, ManagedVolume.timeouts):
            config.set(attribute, None)
        return config


def _taken(state: ManagedVolume, found: ArrayVolume, name: str, private: Private) -> ManagedVolume:
    remember(private, asked_bytes=found.size_bytes, made_bytes=found.size_bytes)
    return fill_existing(taken(state, found), name=name, volume_id=found.id, wwn=found.wwn)


def _in_between(state: ManagedVolume, found: ArrayVolume, private: Private) -> ManagedVolume:
    """Return the state of a volume that may bear its new name or the old one: given up, it gets the old one back."""
    new_name = state.name
    _taken(state, found, found.name, private)
    private[NAME_IN_DOUBT] = True
    state.set(ManagedVolume.written_name, new_name)
    state.set(ManagedVolume.restore_name, found.name)
    return state

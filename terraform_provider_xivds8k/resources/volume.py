"""The volume resource: what a plan may do to a volume, and how each operation keeps the state true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from terraform_provider_xivds8k.data_sources.volume_filters import VolumeFilters, driver_filter
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    DriverError,
    InDoubt,
    VolumeFilter,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import (
    Change,
    Create,
    Delete,
    Diagnostics,
    Guards,
    Imported,
    ListableResource,
    Listed,
    Private,
    Read,
    Update,
)
from terraform_provider_xivds8k.schema import Model

from . import doubt, volume_plan, volume_source
from .capacity import plan_capacity
from .managed_volume_model import NAME_IN_DOUBT, ManagedVolume
from .protection import LEFT_BY_FAILED_CREATE, mark_left, plan_protection, refuse_protected
from .volume_changes import carry_out, check_array, grow, move, rename, retype
from .volume_growth import warn_of_growth
from .volume_import import find_by_text, import_hint
from .volume_model import Volume, VolumeIdentity, fill
from .volume_place import plan_place
from .volume_reading import identity_of, refreshed, taken
from .volume_sizes import plan_sizes, remember

WHEN_GONE = "The next apply makes a new, empty one; remove its block instead if it shall stay gone."


class VolumeResource(ListableResource[Volume, XIVDS8KDriver]):
    """Keep a volume on an array."""

    model = Volume
    identity = VolumeIdentity
    list_config = VolumeFilters

    @property
    def _guards(self) -> Guards:
        return self.configured.guards if self.configured else Guards()

    def validate(self, config: Volume, diagnostics: Diagnostics) -> None:
        volume_plan.validate(config, diagnostics)

    def plan(self, change: Change[Volume]) -> None:
        family = self.configured.family if self.configured else None
        volume_plan.refuse_other_size(change)
        plan_sizes(change, volume_plan.fixed_bytes(change), replaced=volume_plan.is_replaced(change))
        plan_protection(change, self._guards)
        volume_plan.plan_family(change, family)
        volume_plan.plan_name(change, family)
        plan_place(change, self.configured)
        volume_plan.plan_spellings(change)
        volume_source.plan_source(change, self.configured, replaced=volume_plan.is_replaced(change))
        plan_capacity(change, self.configured)
        warn_of_growth(change, self.configured)
        if change.prior is not None and change.prior.is_null(Volume.id):
            doubt.plan(change)
        if change.prior is not None:
            volume_plan.refuse_other_system(change.prior, self.configured, change.diagnostics)

    def plan_replacement(self, change: Change[Volume]) -> None:
        if change.prior is not None:
            refuse_protected(change.prior, self._guards, change.diagnostics, doing="replaced")
            volume_plan.warn_of_users(
                change.prior, change.private, self.configured, change.diagnostics, doing="replaced"
            )

    def plan_destroy(self, prior: Volume, private: Private, diagnostics: Diagnostics) -> None:
        refuse_protected(prior, self._guards, diagnostics, doing="destroyed")
        volume_plan.warn_of_foreign_name(prior, diagnostics)
        volume_plan.refuse_other_system(prior, self.configured, diagnostics)
        volume_plan.warn_of_users(prior, private, self.configured, diagnostics, doing="destroyed")

    def create(self, operation: Create[Volume]) -> Volume:
        planned = operation.planned
        state = planned.copy()
        # asked first: after a lost answer or a stop nobody may tell any more
        system_id = self.driver.system_id(deadline=operation.left_s)
        asked = {
            "name": planned.name,
            "pool": planned.pool,
            "size_bytes": planned.size_bytes,
            "provisioning": planned.known(Volume.provisioning),
            "lss": planned.known(Volume.lss),
            "os400": planned.known(Volume.os400),
            "qos_class": planned.known(Volume.qos_class) or None,
            "deadline": operation.left_s,
        }
        try:
            made = volume_source.make(self.driver, operation, asked)
        except AlreadyExists as taken:
            taken.next_step = import_hint(taken.candidates)
            raise
        except DriverError as error:
            if error.left is not None:
                operation.keep(_made(state, error.left, operation.private))
                volume_source.keep_left(state, error.left, error, operation.private)
                mark_left(state, operation.private)
            elif isinstance(error, InDoubt):
                operation.keep(doubt.state_of(state, system_id, operation.private))
            raise
        return _made(state, made, operation.private)

    def update(self, operation: Update[Volume]) -> Volume:
        driver, prior, planned = self.driver, operation.prior, operation.planned
        check_array(driver, operation)
        state = prior.copy()
        if prior.id is None:
            doubt.take_candidate(driver, state, operation)
        operation.private.pop(LEFT_BY_FAILED_CREATE, None)
        for attribute in (Volume.deletion_protection, Volume.allow_full_resync, Volume.timeouts):
            state.raw[attribute.name] = planned.raw[attribute.name]
        operation.keep(state.copy())
        return carry_out(driver, operation, state, (_finish, rename, move, retype, grow))

    def delete(self, operation: Delete[Volume]) -> None:
        prior = operation.prior
        if refuse_protected(prior, self._guards, operation.diagnostics, doing="destroyed"):
            return
        self.driver.check_system(prior.system_id, deadline=operation.left_s)
        if prior.id is None:
            doubt.delete_candidate(self.driver, operation)
            return
        self.driver.delete_volume(
            volume_id=prior.id,
            expected_name=prior.written_name,
            copied_from=volume_source.unfinished_from(prior, operation.private),
            in_doubt_since=prior.copy_in_doubt_since,
            deadline=operation.left_s,
        )

    def read(self, operation: Read[Volume]) -> Volume | None:
        state = operation.state
        if state.id is None:
            self.driver.check_system(state.system_id, deadline=operation.left_s)
            return doubt.read(self.driver, state, operation.diagnostics, operation.left_s)
        return refreshed(self.driver, operation, when_gone=WHEN_GONE)

    def identify(self, state: Volume) -> VolumeIdentity | None:
        return identity_of(state)

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[Volume]:
        found, private = find_by_text(self.driver, text), Private()
        remember(private, asked_bytes=found.size_bytes, made_bytes=found.size_bytes)
        return Imported(self._adopted(found), private)

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[Volume]:
        if identity.system_id is not None:
            self.driver.check_system(identity.system_id)
        return self.import_by_id(identity.id, diagnostics)

    def take_over(self, source: Model, private: Private, diagnostics: Diagnostics) -> Imported[Volume] | None:
        if not isinstance(source, ManagedVolume):
            return None
        if private.get(NAME_IN_DOUBT):
            diagnostics.error(
                None,
                f"{source.name} ({source.id}) cannot be moved to xivds8k_volume yet",
                "When it was taken, the answer to its new name was lost, which left it tainted: an xivds8k_volume "
                "would be deleted by the next apply. Take the moved block out and write the xivds8k_managed_volume as "
                "it was. Apply that, or run terraform untaint ADDRESS first and then apply; both keep the volume. Then "
                "write the moved block again.",
            )
            return None
        state = Volume.nothing()
        state.raw.update({name: value for name, value in source.raw.items() if name in state.raw})
        # It held data before Terraform knew it, and may be tainted or deposed, which nobody can see here.
        state.set(Volume.deletion_protection, True)  # noqa: FBT003 - a value to store
        return Imported(state, private)

    def _adopted(self, found: ArrayVolume) -> Volume:
        state = taken(Volume.nothing(), found)
        state.set(Volume.deletion_protection, self._guards.deletion_protection)
        return state

    def listing(self, filters: VolumeFilters) -> Iterator[Listed[Volume]]:
        for found in self.driver.list_volumes(driver_filter(filters, VolumeFilter(storage_type="fb"))):
            if not found.is_snapshot and not found.is_secondary:
                yield Listed(self._adopted(found), found.name)

    def generate(self, state: Volume) -> Volume:
        config = state.copy()
        config.set(Volume.size_bytes if not config.is_null(Volume.size_gib) else Volume.size_gib, None)
        config.set(Volume.deletion_protection, None)
        config.set(Volume.timeouts, None)
        return config


def _finish(driver: XIVDS8KDriver, operation: Update[Volume], state: Volume) -> ArrayVolume | None:
    found = volume_source.finish(driver, operation)
    for attribute in volume_source.SOURCES:  # only now: a deletion of an unfinished copy goes by them
        state.raw[attribute.name] = operation.planned.raw[attribute.name]
    return found


def _made(state: Volume, made: ArrayVolume, private: Private) -> Volume:
    asked = state.known(Volume.size_bytes) or made.size_bytes
    remember(private, asked_bytes=asked, made_bytes=made.size_bytes)
    fill(state, made)
    state.set(Volume.actual_bytes, made.size_bytes)
    state.set(Volume.written_name, made.name)
    state.set(Volume.copy_in_doubt_since, None)
    return state

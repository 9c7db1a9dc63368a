"""The volume resource: what a plan may do to a volume, and how each operation keeps the state true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from terraform_provider_xivds8k.data_sources.volume_filters import VolumeFilters, driver_filter
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    DriverError,
    InDoubt,
    NotFound,
    Refused,
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

from . import doubt, volume_plan, volume_source
from .capacity import PlannedSpace, plan_capacity
from .protection import LEFT_BY_FAILED_CREATE, mark_left, plan_protection, refuse_protected
from .volume_import import find_by_text, import_hint
from .volume_model import Volume, VolumeIdentity, fill
from .volume_place import LEFT_POOLS, note_pool, plan_place
from .volume_sizes import growing, needs_growth, plan_sizes, read_sizes, remember


class VolumeResource(ListableResource[Volume, XIVDS8KDriver]):
    """Keep a volume on an array."""

    model = Volume
    identity = VolumeIdentity
    list_config = VolumeFilters

    @property
    def _guards(self) -> Guards:
        return self.configured.guards if self.configured else Guards()

    @property
    def _sums(self) -> PlannedSpace:
        if self.configured is None:
            return PlannedSpace()
        sums: PlannedSpace = self.configured.notes.setdefault("planned_space", PlannedSpace())
        return sums

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
        plan_capacity(change, self.configured, self._sums)
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
        driver.check_system(prior.system_id, deadline=operation.left_s)
        state = prior.copy()
        if prior.id is None:
            doubt.take_candidate(driver, state, operation)
        operation.private.pop(LEFT_BY_FAILED_CREATE, None)
        for attribute in (Volume.deletion_protection, Volume.timeouts):
            state.raw[attribute.name] = planned.raw[attribute.name]
        operation.keep(state.copy())
        for step in (self._finish, self._rename, self._move, self._retype, self._grow):
            found = step(operation, state)
            if found is not None:
                operation.keep(fill(state, found).copy())
        volume_plan.take_spellings(state, planned)
        return state

    def _finish(self, operation: Update[Volume], state: Volume) -> ArrayVolume | None:
        found = volume_source.finish(self.driver, operation)
        for attribute in volume_source.SOURCES:  # only now: a deletion of an unfinished copy goes by them
            state.raw[attribute.name] = operation.planned.raw[attribute.name]
        return found

    def _rename(self, operation: Update[Volume], state: Volume) -> ArrayVolume | None:
        name = operation.planned.name
        if state.name == name and state.written_name == name:
            return None
        found = self.driver.rename_volume(volume_id=_id(state), new_name=name, deadline=operation.left_s)
        state.set(Volume.written_name, name)
        return found

    def _move(self, operation: Update[Volume], state: Volume) -> ArrayVolume | None:
        pool = operation.planned.pool
        if state.pool == pool:
            return None
        found = self.driver.migrate_volume(volume_id=_id(state), pool=pool, deadline=operation.left_s)
        state.set(Volume.pool, pool)
        operation.private.pop(LEFT_POOLS, None)
        return found

    def _retype(self, operation: Update[Volume], state: Volume) -> ArrayVolume | None:
        wanted = operation.planned.qos_class or None
        if wanted == (state.qos_class or None):
            return None
        return self.driver.retype(volume_id=_id(state), qos_class=wanted, deadline=operation.left_s)

    def _grow(self, operation: Update[Volume], state: Volume) -> ArrayVolume | None:
        wanted = operation.planned.size_bytes
        if state.known(Volume.size_bytes) == wanted:
            return None
        actual = state.actual_bytes
        found = None
        if needs_growth(operation.private, wanted_bytes=wanted, actual_bytes=actual):
            with growing(operation.private, wanted):
                found = self.driver.extend_volume(
                    volume_id=_id(state),
                    size_bytes=wanted,
                    expected_name=state.written_name,
                    deadline=operation.left_s,
                )
            actual = found.size_bytes
            state.set(Volume.actual_bytes, actual)
        remember(operation.private, asked_bytes=wanted, made_bytes=actual)
        for attribute in (Volume.size_bytes, Volume.size_gib):
            state.raw[attribute.name] = operation.planned.raw[attribute.name]
        return found

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
        found = self.driver.find_recent_volume(state.id, system_id=state.system_id, deadline=operation.left_s)
        if found is None:
            operation.diagnostics.warning(
                None,
                f"Volume {state.name} is gone",
                f"Array {state.system_id} has no volume {state.id} any more: it was deleted outside Terraform. "
                "The next apply makes a new, empty one; remove its block instead if it shall stay gone.",
            )
            return None
        _refuse_foreign_content(state, found)
        note_pool(operation.private, state, found)
        fill(state, found)
        read_sizes(state, operation.private, found.size_bytes, rounds=found.lss is None)
        return state

    def identify(self, state: Volume) -> VolumeIdentity | None:
        volume_id = state.known(Volume.id)
        return VolumeIdentity(system_id=state.known(Volume.system_id), id=volume_id) if volume_id else None

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[Volume]:
        found, private = find_by_text(self.driver, text), Private()
        remember(private, asked_bytes=found.size_bytes, made_bytes=found.size_bytes)
        return Imported(self._adopted(found), private)

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[Volume]:
        if identity.system_id is not None:
            self.driver.check_system(identity.system_id)
        return self.import_by_id(identity.id, diagnostics)

    def _adopted(self, found: ArrayVolume) -> Volume:
        state = fill(Volume.nothing(), found)
        read_sizes(state, {}, found.size_bytes, rounds=False)
        state.set(Volume.written_name, found.name)
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


def _id(state: Volume) -> str:
    if state.id is None:
        raise NotFound("The volume's id is not known", attribute="id")
    return state.id


def _made(state: Volume, made: ArrayVolume, private: Private) -> Volume:
    asked = state.known(Volume.size_bytes) or made.size_bytes
    remember(private, asked_bytes=asked, made_bytes=made.size_bytes)
    fill(state, made)
    state.set(Volume.actual_bytes, made.size_bytes)
    state.set(Volume.written_name, made.name)
    state.set(Volume.copy_in_doubt_since, None)
    return state


def _refuse_foreign_content(state: Volume, found: ArrayVolume) -> None:
    had = state.known(Volume.actual_bytes)
    if found.lss is None or (found.storage_type == "fb" and (had is None or found.size_bytes >= had)):
        return
    raise Refused(
        f"Volume {state.id} is not the one in the state",
        happened=f"The state holds {state.name} with {had} bytes; the array's volume {found.id} is {found.name}, "
        f"{found.storage_type}, {found.size_bytes} bytes. A DS8000 gives the id of a deleted volume to a new one.",
        left_behind="Nothing was changed.",
        next_step="If the volume was deleted and its id reused, take it out of the state (terraform state rm ADDRESS) "
        "and apply again; else find out who replaced it.",
    )

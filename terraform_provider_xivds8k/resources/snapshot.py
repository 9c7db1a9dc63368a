"""The snapshot resource: a point in time is taken once, kept in sight when it is lost, and never re-taken silently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from terraform_provider_xivds8k.driver import AlreadyExists, DriverError, InDoubt, Refused, XIVDS8KDriver
from terraform_provider_xivds8k.driver import Snapshot as ArraySnapshot
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

from . import snapshot_doubt, snapshot_lost, snapshot_plan, snapshot_replacement
from .snapshot_import import find_by_text, name_hint, warn_of_group
from .snapshot_model import (
    Snapshot,
    SnapshotFilters,
    SnapshotIdentity,
    driver_filter,
    fill,
    is_ds8k,
    is_unfinished,
    unfinished,
)
from .volume_plan import refuse_other_system


class SnapshotResource(ListableResource[Snapshot, XIVDS8KDriver]):
    """Keep a snapshot on an array."""

    model = Snapshot
    identity = SnapshotIdentity
    list_config = SnapshotFilters

    def plan(self, change: Change[Snapshot]) -> None:
        family = self.configured.family if self.configured else None
        snapshot_plan.plan_family(change, family)
        snapshot_plan.plan_name(change, family)
        snapshot_plan.plan_volume(change)
        snapshot_plan.plan_pool(change, self.configured)
        snapshot_lost.plan(change)
        if change.prior is not None and change.prior.is_null(Snapshot.id):
            snapshot_doubt.plan(change)
        if change.prior is not None:
            refuse_other_system(change.prior, self.configured, change.diagnostics)

    def plan_replacement(self, change: Change[Snapshot]) -> None:
        snapshot_replacement.check(change, self.configured)
        if change.prior is not None:
            snapshot_plan.warn_of_users(change.prior, self.configured, change.diagnostics, doing="replaced")

    def plan_destroy(self, prior: Snapshot, private: Private, diagnostics: Diagnostics) -> None:
        snapshot_plan.warn_of_foreign_name(prior, diagnostics)
        refuse_other_system(prior, self.configured, diagnostics)
        snapshot_plan.warn_of_users(prior, self.configured, diagnostics, doing="destroyed")

    def create(self, operation: Create[Snapshot]) -> Snapshot:
        planned = operation.planned
        state = planned.copy()
        # asked first: after a lost answer or a stop nobody may tell any more
        system_id = self.driver.system_id(deadline=operation.left_s)
        try:
            made = self.driver.create_snapshot(
                volume_id=planned.volume_id,
                name=planned.name,
                copy=planned.known(Snapshot.copy_),
                pool=planned.known(Snapshot.pool),
                delete_priority=planned.known(Snapshot.delete_priority),
                deadline=operation.left_s,
            )
        except AlreadyExists as taken:
            taken.next_step = name_hint(self.driver, taken.candidates, operation.left_s)
            raise
        except DriverError as error:
            if error.snapshot is not None:
                operation.keep(_made(state, error.snapshot))
            elif error.left is not None:
                operation.keep(unfinished(state, error.left, in_doubt_since=error.in_doubt_since))
            elif isinstance(error, InDoubt):
                operation.keep(snapshot_doubt.state_of(state, system_id))
            raise
        return _made(state, made)

    def update(self, operation: Update[Snapshot]) -> Snapshot:
        prior, planned = operation.prior, operation.planned
        self.driver.check_system(prior.system_id, deadline=operation.left_s)
        state = prior.copy()
        if prior.id is None:
            snapshot_doubt.take_candidate(self.driver, state, operation)
        for attribute in (Snapshot.recreate_when_lost, Snapshot.timeouts):
            state.raw[attribute.name] = planned.raw[attribute.name]
        operation.keep(state.copy())
        for step in (self._rename, self._prioritize):
            found = step(operation, state)
            if found is not None:
                fill(state, found)
                if not planned.is_null(Snapshot.pool_id):  # moved meanwhile, it is for the next read to tell
                    state.raw[Snapshot.pool_id.name] = planned.raw[Snapshot.pool_id.name]
                operation.keep(state.copy())
        return state

    def _rename(self, operation: Update[Snapshot], state: Snapshot) -> ArraySnapshot | None:
        name = operation.planned.name
        if state.name == name and state.written_name == name:
            return None
        found = self.driver.rename_snapshot(
            snapshot_id=state.id or "", volume_id=state.volume_id, new_name=name, deadline=operation.left_s
        )
        state.set(Snapshot.written_name, name)
        return found

    def _prioritize(self, operation: Update[Snapshot], state: Snapshot) -> ArraySnapshot | None:
        wanted = operation.planned.known(Snapshot.delete_priority)
        if wanted is None or wanted == state.known(Snapshot.delete_priority):
            return None
        return self.driver.change_snapshot_priority(
            snapshot_id=state.id or "", volume_id=state.volume_id, delete_priority=wanted, deadline=operation.left_s
        )

    def delete(self, operation: Delete[Snapshot]) -> None:
        prior = operation.prior
        self.driver.check_system(prior.system_id, deadline=operation.left_s)
        if prior.id is None:
            snapshot_doubt.delete_candidate(self.driver, operation)
            return
        if prior.lost:
            self._leave_lost(operation)
            return
        try:
            left = self.driver.delete_snapshot(
                snapshot_id=prior.id,
                volume_id=prior.volume_id,
                expected_name=prior.written_name,
                left_bytes=prior.size_bytes if is_unfinished(prior) else None,
                in_doubt_since=prior.created_at if is_unfinished(prior) else None,
                deadline=operation.left_s,
            )
        except DriverError as error:
            if error.left is not None:
                operation.keep(unfinished(prior.copy(), error.left))
            raise
        if left is not None:
            _name_what_stays(prior, left.name, left.size_bytes, operation.diagnostics)

    def _leave_lost(self, operation: Delete[Snapshot]) -> None:
        """Leave the array alone; name what still looks like the target of a lost snapshot."""
        prior = operation.prior
        found = self.driver.find_snapshot(prior.id or "", prior.volume_id, deadline=operation.left_s)
        if found is not None and found.lost is None:
            raise Refused(
                f"Snapshot {prior.name} was lost and is there again; it was not deleted",
                happened=f"The state calls it lost, and the array shows {found.id} as a snapshot of {found.volume_id}.",
                left_behind="Nothing was changed.",
                next_step="Run terraform apply -refresh-only and look at it, then destroy it; or take it out of the "
                "state (terraform state rm ADDRESS).",
            )
        if found is not None:
            _name_what_stays(prior, found.name, found.size_bytes, operation.diagnostics)

    def read(self, operation: Read[Snapshot]) -> Snapshot | None:
        state, diagnostics = operation.state, operation.diagnostics
        if state.id is None:
            self.driver.check_system(state.system_id, deadline=operation.left_s)
            return snapshot_doubt.read(self.driver, state, diagnostics, operation.left_s)
        found = self.driver.find_recent_snapshot(
            state.id, volume_id=state.volume_id, system_id=state.system_id, deadline=operation.left_s
        )
        if found is not None and found.lost is None:
            return _read_there(state, found, diagnostics)
        if is_unfinished(state):
            return _read_unfinished(state, found, diagnostics)
        _warn_of_loss(state, found, diagnostics)
        state.set(Snapshot.lost, True)  # noqa: FBT003 - a value to store
        return state

    def identify(self, state: Snapshot) -> SnapshotIdentity | None:
        snapshot_id = state.known(Snapshot.id)
        return SnapshotIdentity(system_id=state.known(Snapshot.system_id), id=snapshot_id) if snapshot_id else None

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[Snapshot]:
        found = find_by_text(self.driver, text)
        warn_of_group(found, diagnostics)
        return Imported(_adopted(found))

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[Snapshot]:
        if identity.system_id is not None:
            self.driver.check_system(identity.system_id)
        return self.import_by_id(identity.id, diagnostics)

    def listing(self, filters: SnapshotFilters) -> Iterator[Listed[Snapshot]]:
        for found in self.driver.list_snapshots(driver_filter(filters)):
            if found.lost is None:
                yield Listed(_adopted(found), found.name)

    def generate(self, state: Snapshot) -> Snapshot:
        config = state.copy()
        config.set(Snapshot.timeouts, None)
        return config


def _made(state: Snapshot, made: ArraySnapshot) -> Snapshot:
    fill(state, made)
    state.set(Snapshot.created_at, made.created_at)
    state.set(Snapshot.written_name, made.name)
    return state


def _adopted(found: ArraySnapshot) -> Snapshot:
    state = fill(Snapshot.nothing(), found)
    state.set(Snapshot.written_name, found.name)
    return state


def _name_what_stays(prior: Snapshot, name: str, size_bytes: int, diagnostics: Diagnostics) -> None:
    """Warn of a volume that looks like what a lost snapshot was kept in; it may be anybody's."""
    if not is_ds8k(prior) or (name, size_bytes) != (prior.written_name, prior.size_bytes):
        return
    diagnostics.warning(
        None,
        f"Volume {prior.id} ({name}) stays on the array",
        f"Snapshot {prior.name} of volume {prior.volume_id} was lost, so nothing was deleted. A volume of its name and "
        "size is there, which may be its former target. Delete it by hand if it is not in use.",
    )


def _read_there(state: Snapshot, found: ArraySnapshot, diagnostics: Diagnostics) -> Snapshot:
    """Return the state of a snapshot that is there; on a DS8000 one that was lost before may be of another time."""
    before = state.known(Snapshot.created_at)
    if state.lost is not False and found.created_at is None:
        state.set(Snapshot.created_at, None)
        diagnostics.warning(
            None,
            f"Snapshot {state.name} is there again",
            f"It was lost, or not finished, and {found.id} is a snapshot of volume {found.volume_id} now. Of which "
            "time, the array does not say.",
        )
    elif found.created_at is not None and before not in {None, found.created_at}:
        diagnostics.warning(
            Snapshot.created_at,
            f"Snapshot {state.name} was taken again outside Terraform",
            f"It held the volume of {before}; now it holds that of {found.created_at}.",
        )
    return fill(state, found)


def _read_unfinished(state: Snapshot, found: ArraySnapshot | None, diagnostics: Diagnostics) -> Snapshot | None:
    if found is None:
        diagnostics.warning(
            None,
            f"What was left of snapshot {state.name} is gone",
            f"Array {state.system_id} has no volume {state.id} any more.",
        )
        return None
    diagnostics.warning(
        None,
        f"Volume {state.id} is left of snapshot {state.name}",
        "Its creation or its deletion ended halfway, so it is no snapshot. The next apply or destroy deletes it, "
        "unless something uses it by then.",
    )
    return state


def _warn_of_loss(state: Snapshot, found: ArraySnapshot | None, diagnostics: Diagnostics) -> None:
    taken = state.known(Snapshot.created_at)
    diagnostics.warning(
        None,
        f"Snapshot {state.name} of volume {state.volume_id} is lost",
        f"Its point in time{f' ({taken})' if taken else ''} is not on array {state.system_id} any more: "
        f"{found.lost if found is not None else f'there is no {state.id}'}. Nothing brings it back, and the plan "
        "changes nothing: with recreate_when_lost = true, or terraform apply -replace=ADDRESS, one is taken of what "
        "the volume holds now.",
    )

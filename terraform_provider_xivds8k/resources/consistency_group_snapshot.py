"""The group snapshot resource: taken once, read for whether it still holds, never taken again unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from terraform_provider_xivds8k.driver import (
    DriverError,
    GroupSnapshot,
    InDoubt,
    NotFound,
    Refused,
    XIVDS8KDriver,
)
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

from . import consistency_group_snapshot_doubt as doubt
from . import consistency_group_snapshot_plan as plans
from . import consistency_group_snapshot_retaking as retaking
from .consistency_group_snapshot_model import (
    ConsistencyGroupSnapshot,
    ConsistencyGroupSnapshotFilters,
    ConsistencyGroupSnapshotIdentity,
    fill,
    held_by,
    is_unfinished,
    still_held,
)
from .volume_plan import refuse_other_system

STATE_ONLY = ("allow_shared_lss", "recreate_when_lost", "timeouts", "consistency_group_id", "volume_ids")


class ConsistencyGroupSnapshotResource(ListableResource[ConsistencyGroupSnapshot, XIVDS8KDriver]):
    """Keep a group snapshot."""

    model = ConsistencyGroupSnapshot
    identity = ConsistencyGroupSnapshotIdentity
    list_config = ConsistencyGroupSnapshotFilters

    def plan(self, change: Change[ConsistencyGroupSnapshot]) -> None:
        plans.plan(change, self.configured)
        if change.prior is not None:
            refuse_other_system(change.prior, self.configured, change.diagnostics)

    def plan_replacement(self, change: Change[ConsistencyGroupSnapshot]) -> None:
        if change.prior is not None:
            plans.warn_of_lost_point(change.prior, self.configured, change.diagnostics)
            plans.warn_of_users(change.prior, self.configured, change.diagnostics)

    def plan_destroy(self, prior: ConsistencyGroupSnapshot, private: Private, diagnostics: Diagnostics) -> None:
        refuse_other_system(prior, self.configured, diagnostics)
        plans.warn_of_users(prior, self.configured, diagnostics)

    def create(self, operation: Create[ConsistencyGroupSnapshot]) -> ConsistencyGroupSnapshot:
        planned = operation.planned
        # asked first: after a lost answer or a stop nobody may tell any more
        system_id = self.driver.system_id(deadline=operation.left_s)
        try:
            taken = self.driver.create_cgsnapshot(
                group_id=planned.consistency_group_id or "",
                name=planned.name,
                volume_ids=planned.known(ConsistencyGroupSnapshot.volume_ids),
                allow_shared_lss=bool(planned.allow_shared_lss),
                deadline=operation.left_s,
            )
        except DriverError as error:
            if error.group_snapshot is not None:
                operation.keep(fill(planned.copy(), error.group_snapshot))
            elif error.left_copies or error.frozen or isinstance(error, InDoubt):
                operation.keep(doubt.state_of(operation, system_id, error))
            raise
        return fill(planned.copy(), taken)

    def update(self, operation: Update[ConsistencyGroupSnapshot]) -> ConsistencyGroupSnapshot:
        """Take over what is in doubt; all else is kept in the state only."""
        state = operation.prior.copy()
        retaking.forget(operation.private)
        self.driver.check_system(state.system_id, deadline=operation.left_s)
        if state.id is None:
            doubt.take_candidate(self.driver, state, operation)
        for name in STATE_ONLY:
            state.raw[name] = operation.planned.raw[name]
        return state

    def delete(self, operation: Delete[ConsistencyGroupSnapshot]) -> None:
        state = operation.prior.copy()
        self.driver.check_system(state.system_id, deadline=operation.left_s)
        left = self._removed(state, operation)
        if left:
            operation.diagnostics.warning(
                None,
                f"Of group snapshot {state.name} something is left that is not provably part of it",
                f"It was not touched: {'; '.join(left)}. Look at it, and remove it by hand if it is yours.",
            )

    def _removed(self, state: ConsistencyGroupSnapshot, operation: Delete[ConsistencyGroupSnapshot]) -> tuple[str, ...]:
        if state.id is not None:
            on_step = _recorder(state, operation)
            return self.driver.delete_cgsnapshot(held_by(state), on_step=on_step, deadline=operation.left_s)
        try:
            return self.driver.clear_cgsnapshot(
                name=state.name,
                volume_ids=state.volume_ids or (),
                snapshot_ids=state.snapshot_ids or {},
                in_doubt_since=state.created_at,
                on_step=_recorder(state, operation),
                deadline=operation.left_s,
            )
        except Refused as refused:
            refused.next_step = refused.next_step or doubt.ways_out(self.driver)
            raise

    def read(self, operation: Read[ConsistencyGroupSnapshot]) -> ConsistencyGroupSnapshot | None:
        state, said = operation.state, operation.diagnostics
        if state.id is None:
            self.driver.check_system(state.system_id, deadline=operation.left_s)
            return doubt.read(self.driver, state, operation.private, said, operation.left_s)
        if is_unfinished(state):
            self.driver.check_system(state.system_id, deadline=operation.left_s)
            return self._read_unfinished(operation)
        lost = self.driver.recent_cgsnapshot_losses(
            held_by(state), system_id=state.system_id, deadline=operation.left_s
        )
        state.set(ConsistencyGroupSnapshot.lost, bool(lost))
        if not lost:
            self._warn_of_rename(operation)
        else:
            taken = state.created_at or "of a time the array does not keep"
            said.warning(
                None,
                f"Group snapshot {state.name} is lost: the point in time {taken} cannot be had any more",
                f"{'; '.join(f'volume {volume_id}: {why}' for volume_id, why in sorted(lost.items()))}. Nothing is "
                "taken instead. To take it again, with what the volumes hold by then, apply with -replace, or set "
                "recreate_when_lost = true; or remove its block.",
            )
        return state

    def _warn_of_rename(self, operation: Read[ConsistencyGroupSnapshot]) -> None:
        state = operation.state
        other = self.driver.recent_cgsnapshot_rename(
            held_by(state), system_id=state.system_id, deadline=operation.left_s
        )
        if other is not None:
            operation.diagnostics.warning(
                None,
                f"Group snapshot {state.name} is called {other} now",
                "It was renamed outside Terraform and holds its point in time. Destroying it is refused while it is "
                f"so. Name it {state.name} again on the array (snap_group_rename snap_group={other} "
                f"new_name={state.name}); or take it over as it is: terraform state rm ADDRESS, and import it by "
                f"name:{other}.",
            )

    def _read_unfinished(self, operation: Read[ConsistencyGroupSnapshot]) -> ConsistencyGroupSnapshot:
        """Return what a failed deletion left; where it took nothing, the group snapshot as it was."""
        state, known = operation.state, ConsistencyGroupSnapshot
        found = self.driver.find_cgsnapshot(state.id or "", deadline=operation.left_s)
        holding = still_held(state, found)
        if len(holding) == len((state.id or "").split(",")):
            state.set(known.volume_ids, frozenset(holding))
            state.set(known.lost, False)  # noqa: FBT003 - a value to store
            return state
        holds = f" The point in time still holds for volume {', '.join(holding)}." if holding else ""
        operation.diagnostics.warning(
            None,
            f"Group snapshot {state.name} is half deleted",
            f"Its deletion failed; left are {', '.join((state.snapshot_ids or {}).values())}.{holds} Destroy it again, "
            "or apply: it is then replaced.",
        )
        return state

    def identify(self, state: ConsistencyGroupSnapshot) -> ConsistencyGroupSnapshotIdentity | None:
        snapshot_id = state.known(ConsistencyGroupSnapshot.id)
        if not snapshot_id:
            return None
        return ConsistencyGroupSnapshotIdentity(
            system_id=state.known(ConsistencyGroupSnapshot.system_id), id=snapshot_id
        )

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[ConsistencyGroupSnapshot]:
        is_xiv = self.driver.settings.family == "xiv"
        form, _, rest = text.partition(":")
        name_or_pairs = rest if is_xiv and form == "name" and rest else text
        found = self.driver.find_cgsnapshot(name_or_pairs)
        if found is None:
            raise NotFound(
                f"No group snapshot {text!r} on the array",
                next_step='Import by "name:NAME" from an XIV, from a DS8000 by its relations, as in '
                '"0000:0010,0001:0011".',
                attribute="id",
            )
        _refuse_foreign(found, len(name_or_pairs.split(",")) if not is_xiv else len(found.snapshots))
        return Imported(_adopted(found))

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[ConsistencyGroupSnapshot]:
        if identity.system_id is not None:
            self.driver.check_system(identity.system_id)
        prefix = "name:" if self.driver.settings.family == "xiv" else ""
        return self.import_by_id(f"{prefix}{identity.id}", diagnostics)

    def listing(self, filters: ConsistencyGroupSnapshotFilters) -> Iterator[Listed[ConsistencyGroupSnapshot]]:
        for found in self.driver.list_cgsnapshots():
            if filters.name in {None, found.name} and filters.consistency_group_id in {None, found.group_id}:
                yield Listed(_adopted(found), found.name)

    def generate(self, state: ConsistencyGroupSnapshot) -> ConsistencyGroupSnapshot:
        config = state.copy()
        config.set(ConsistencyGroupSnapshot.timeouts, None)
        return config


def _recorder(
    state: ConsistencyGroupSnapshot, operation: Delete[ConsistencyGroupSnapshot]
) -> Callable[[str, str], None]:
    """Return what keeps, step by step, the state a deletion that fails leaves."""

    def record(volume_id: str, step: str) -> None:
        known = ConsistencyGroupSnapshot
        if step == "deleted":
            left = {one: target for one, target in (state.snapshot_ids or {}).items() if one.upper() != volume_id}
            state.set(known.snapshot_ids, left)
        if state.id is not None:
            listed = frozenset(one for one in state.volume_ids or () if one.upper() != volume_id)
            state.set(known.volume_ids, listed)
        state.set(known.lost, None)
        operation.keep(state.copy())

    return record


def _adopted(found: GroupSnapshot) -> ConsistencyGroupSnapshot:
    state = fill(ConsistencyGroupSnapshot.nothing(), found)
    state.set(ConsistencyGroupSnapshot.consistency_group_id, found.group_id or None)
    return state


def _refuse_foreign(found: GroupSnapshot, pairs: int) -> None:
    if found.name and found.snapshots and len(found.snapshots) == pairs:
        return
    listed = ", ".join(f"{one.name} ({one.volume_id}:{one.id})" for one in found.snapshots)
    raise Refused(
        "These are not the snapshots of one group snapshot",
        happened=f"On the array are: {listed or 'none'}. The targets of a group snapshot are called NAME_ID, with the "
        "id of their volume, and all of them have to be there.",
        left_behind="Nothing was changed.",
        next_step="Correct the relations, or name the targets so, then import again.",
        attribute="id",
    )

"""What becomes of a group snapshot that was not taken for certain: its state has no id.

On an XIV the array may hold a snapshot group of its name.  On a DS8000 targets may be left, and LSSs may be frozen;
such a one is never consistent for certain, so it is never taken over: destroying it thaws and removes what it left.
"""

from __future__ import annotations

from terraform_provider_xivds8k.driver import DriverError, Refused, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Create, Diagnostics, Private, Update
from terraform_provider_xivds8k.schema import UNKNOWN

from .consistency_group_snapshot_model import ConsistencyGroupSnapshot as Model
from .consistency_group_snapshot_model import fill

FROZEN = "frozen"
WAYS_OUT_XIV = (
    "If it is yours: terraform untaint ADDRESS and apply keeps it when it holds one snapshot of every volume asked "
    "for; or terraform state rm ADDRESS and import it by name:NAME."
)
WAYS_OUT_DS8K = "Apply or destroy it: that thaws first and removes what is left. Do not untaint it."


def state_of(operation: Create[Model], system_id: str, error: DriverError) -> Model:
    """Return the state of what a failed creation may have left: what was asked, and the targets that are known."""
    state = operation.planned.copy()
    state.raw = {name: None if value is UNKNOWN else value for name, value in state.raw.items()}
    state.set(Model.id, None)
    state.set(Model.snapshot_ids, {volume_id: left.id for volume_id, left in error.left_copies} or None)
    state.set(Model.created_at, error.in_doubt_since)
    state.set(Model.lost, None)
    state.set(Model.system_id, system_id)
    if error.frozen:
        operation.private[FROZEN] = list(error.frozen)
    return state


def read(
    driver: XIVDS8KDriver, state: Model, private: Private, diagnostics: Diagnostics, deadline: float
) -> Model | None:
    """Tell what there is; the state is gone where nothing of the name is there and nothing may be frozen."""
    volume_ids = state.volume_ids or frozenset()
    there = driver.cgsnapshot_candidates(name=state.name, volume_ids=volume_ids, deadline=deadline)
    frozen = private.get(FROZEN) or []
    if not there and not frozen:
        diagnostics.warning(
            None,
            f"Group snapshot {state.name} was never taken",
            "The answer to its creation was lost; the array has nothing of that name now. The next apply takes it.",
        )
        return None
    held = f" LSS {', '.join(frozen)} may hold back what hosts write." if frozen else ""
    diagnostics.warning(
        None,
        f"It is not known whether group snapshot {state.name} was taken",
        f"Its creation did not end for certain.{held} On the array: {', '.join(there) or 'nothing of that name'}. "
        f"{ways_out(driver)}",
    )
    return state


def take_candidate(driver: XIVDS8KDriver, state: Model, operation: Update[Model]) -> None:
    """Take the complete snapshot group of our name into the state; raises Refused where there is none."""
    found = None if driver.settings.family == "ds8k" else driver.find_cgsnapshot(state.name, deadline=operation.left_s)
    wanted = state.volume_ids
    taken = {one.volume_id for one in found.snapshots} if found is not None else set()
    complete = bool(taken) and (wanted is None or {one.casefold() for one in wanted} == taken)
    if found is None or not complete or found.group_id != state.consistency_group_id:
        there = driver.cgsnapshot_candidates(name=state.name, volume_ids=wanted or (), deadline=operation.left_s)
        raise Refused(
            f"Group snapshot {state.name} is in doubt and was not taken over",
            happened=f"Its creation did not end for certain. On the array: {', '.join(there) or 'nothing'}.",
            left_behind="Nothing was changed.",
            next_step="terraform taint ADDRESS and apply. " + ways_out(driver),
        )
    fill(state, found)
    operation.private.pop(FROZEN, None)
    for name, value in operation.planned.raw.items():
        if value is UNKNOWN:
            operation.planned.raw[name] = state.raw[name]


def ways_out(driver: XIVDS8KDriver) -> str:
    """Say what a user can do about it."""
    return WAYS_OUT_DS8K if driver.settings.family == "ds8k" else WAYS_OUT_XIV

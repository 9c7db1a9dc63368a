"""What becomes of a consistency group whose creation was sent and whose outcome is not known.

Its state has no id.  A group without volumes, snapshot groups and mirror holds nothing: that one may be deleted again.
"""

from __future__ import annotations

from terraform_provider_xivds8k.driver import ConsistencyGroup as ArrayGroup
from terraform_provider_xivds8k.driver import Refused, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Delete, Diagnostics, Update
from terraform_provider_xivds8k.schema import UNKNOWN

from .consistency_group_model import ConsistencyGroup, fill, remember

WAYS_OUT = (
    "If it is yours: terraform untaint ADDRESS and apply keeps it when it is in the pool that was asked for; or "
    'terraform state rm ADDRESS and import it as "name:NAME".'
)


def state_of(planned: ConsistencyGroup, system_id: str) -> ConsistencyGroup:
    """Return the state of a group in doubt: name and pool kept, no id."""
    state = planned.copy()
    state.raw = {name: None if value is UNKNOWN else value for name, value in state.raw.items()}
    state.set(ConsistencyGroup.system_id, system_id)
    return state


def read(
    driver: XIVDS8KDriver, state: ConsistencyGroup, diagnostics: Diagnostics, deadline: float
) -> ConsistencyGroup | None:
    """Tell what there is; only a name that no group has makes the state gone."""
    found = driver.find_consistencygroup(state.name, deadline=deadline)
    if found is None:
        diagnostics.warning(
            None,
            f"Consistency group {state.name} was never made",
            "The answer to its creation was lost; the array has no group of that name now. The next apply makes it.",
        )
        return None
    diagnostics.warning(
        None,
        f"It is not known whether consistency group {state.name} is ours",
        f"The answer to its creation was lost. On the array: {_described(driver, found, deadline)}. {WAYS_OUT} Applied "
        "while it is tainted, it is deleted and made anew where nothing uses it; else that is refused.",
    )
    return state


def take_candidate(driver: XIVDS8KDriver, state: ConsistencyGroup, operation: Update[ConsistencyGroup]) -> None:
    """Take the group of our name and pool into the state; raises Refused where there is none."""
    found = driver.find_consistencygroup(state.name, deadline=operation.left_s)
    if found is None or not _fits(state, found):
        raise _refused(driver, state, found, "taken over", operation.left_s)
    fill(state, found)
    remember(operation.private, found)
    for name, value in operation.planned.raw.items():
        if value is UNKNOWN:
            operation.planned.raw[name] = state.raw[name]


def delete_candidate(driver: XIVDS8KDriver, operation: Delete[ConsistencyGroup]) -> None:
    """Delete what the lost creation made, if anything; the driver refuses one that anything uses."""
    prior = operation.prior
    found = driver.find_consistencygroup(prior.name, deadline=operation.left_s)
    if found is None:
        return
    if not _fits(prior, found) or driver.consistencygroup_users(found.id, deadline=operation.left_s):
        raise _refused(driver, prior, found, "deleted", operation.left_s)
    driver.delete_consistencygroup(group_id=found.id, deadline=operation.left_s)


def _fits(state: ConsistencyGroup, found: ArrayGroup) -> bool:
    pool = (state.known(ConsistencyGroup.pool) or "").casefold()
    return pool in {(found.pool_id or "").casefold(), (found.pool_name or "").casefold()}


def _described(driver: XIVDS8KDriver, found: ArrayGroup, deadline: float) -> str:
    users = driver.consistencygroup_users(found.id, deadline=deadline)
    return f"{found.name} in pool {found.pool_name}, {'with ' + ', '.join(users) if users else 'used by nothing'}"


def _refused(
    driver: XIVDS8KDriver, state: ConsistencyGroup, found: ArrayGroup | None, doing: str, deadline: float
) -> Refused:
    there = _described(driver, found, deadline) if found is not None else "no group of that name"
    return Refused(
        f"Consistency group {state.name} is in doubt and was not {doing}",
        happened=f"The answer to its creation was lost. On the array: {there}.",
        left_behind="Nothing was changed.",
        next_step=WAYS_OUT,
    )

"""What becomes of a snapshot that was asked for and whose outcome is not known.

Its state has no id.  Nothing is guessed: reading only tells, an update takes the one snapshot that fits, a delete
removes nothing but a DS8000 target that is provably new and empty.
"""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Candidate, Refused, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.driver import Snapshot as ArraySnapshot
from terraform_provider_xivds8k.lifecycle import Change, Delete, Diagnostics, Update
from terraform_provider_xivds8k.schema import UNKNOWN

from .snapshot_model import Snapshot, fill

WAYS_OUT = (
    "If one of them is the snapshot: terraform untaint ADDRESS and apply keeps it when it is the only one that fits; "
    "or terraform state rm ADDRESS and import it by its id."
)


def state_of(planned: Snapshot, system_id: str) -> Snapshot:
    """Return the state of a snapshot in doubt: what was asked for, no id."""
    state = planned.copy()
    state.raw = {name: None if value is UNKNOWN else value for name, value in state.raw.items()}
    state.set(Snapshot.system_id, system_id)
    return state


def plan(change: Change[Snapshot]) -> None:
    """Plan that the apply finds out what the array made."""
    for node in Snapshot.node().attributes:
        open_yet = change.config.raw[node.name] is None and change.planned.raw[node.name] is None
        if node.computed and open_yet:
            change.planned.raw[node.name] = UNKNOWN
    change.keep_prior(Snapshot.system_id)


def read(driver: XIVDS8KDriver, state: Snapshot, diagnostics: Diagnostics, deadline: float) -> Snapshot | None:
    """Tell what there is; only a name that nothing has makes the state gone."""
    named = driver.find_volumes_by_name(state.name, deadline=deadline)
    if not named:
        diagnostics.warning(
            None,
            f"Snapshot {state.name} was never taken",
            "The answer to its creation was lost; the array has nothing of that name now. Where the array was slow, "
            "wait before you apply: what it still carries out would be there beside the new one.",
        )
        return None
    diagnostics.warning(
        None,
        f"It is not known whether snapshot {state.name} is ours",
        f"The answer to its creation was lost. On the array of that name: {_listed(named)}. {WAYS_OUT}",
    )
    return state


def take_candidate(driver: XIVDS8KDriver, state: Snapshot, operation: Update[Snapshot]) -> None:
    """Take the one snapshot of our name and volume into the state; raises Refused where there is not one.

    What the plan left unknown is then as the array made it.
    """
    planned = operation.planned
    named = driver.find_snapshots_by_name(state.name, deadline=operation.left_s)
    fitting = [one for one in named if _fits(state, one)]
    found = _read_again(driver, fitting[0], operation.left_s) if len(fitting) == 1 else None
    if found is None:
        raise _refused(state, driver.find_volumes_by_name(state.name, deadline=operation.left_s), "taken over")
    fill(state, found)
    state.set(Snapshot.written_name, found.name)
    for name, value in planned.raw.items():
        if value is UNKNOWN:
            planned.raw[name] = state.raw[name]


def _fits(state: Snapshot, found: ArraySnapshot) -> bool:
    of_ours = found.volume_id.casefold() == state.volume_id.casefold()
    return of_ours and found.group is None and found.lost is None and state.known(Snapshot.copy_) in {None, found.copy}


def _read_again(driver: XIVDS8KDriver, listed: ArraySnapshot, deadline: float) -> ArraySnapshot | None:
    """Return what a direct read says of a listed one; a listing alone puts nothing under management."""
    found = driver.find_snapshot(listed.id, listed.volume_id, deadline=deadline)
    return found if found is not None and found.name == listed.name and found.lost is None else None


def delete_candidate(driver: XIVDS8KDriver, operation: Delete[Snapshot]) -> None:
    """Delete the target the lost creation made, if anything; raises Refused unless it is provably new and empty."""
    prior = operation.prior
    named = driver.find_volumes_by_name(prior.name, deadline=operation.left_s)
    if not named:
        return
    if len(named) != 1 or not _is_hollow_target(driver, prior, named[0], operation.left_s):
        raise _refused(prior, named, "deleted")
    driver.delete_volume(volume_id=named[0].id, expected_name=prior.name, deadline=operation.left_s)


def _is_hollow_target(driver: XIVDS8KDriver, prior: Snapshot, listed: Volume, deadline: float) -> bool:
    """Tell, by reading it directly, whether a DS8000 volume is as a target is made, unused and never written."""
    source = driver.find_volume(prior.volume_id, deadline=deadline)
    if source is None or source.lss is None:
        return False
    users = driver.volume_users(listed.id, deadline=deadline)
    now = driver.find_volume(listed.id, deadline=deadline)
    if now is None or (now.name, now.size_bytes) != (prior.name, source.size_bytes):
        return False
    return now.provably_unwritten and not users


def _refused(state: Snapshot, named: tuple[Volume, ...], doing: str) -> Refused:
    return Refused(
        f"Snapshot {state.name} is in doubt and was not {doing}",
        happened=f"The answer to its creation was lost. On the array of that name: {_listed(named) or 'nothing'}.",
        left_behind="Nothing was changed.",
        next_step=WAYS_OUT,
    )


def _listed(named: tuple[Volume, ...]) -> str:
    return ", ".join(
        str(Candidate(id=v.id, name=v.name, size_bytes=v.size_bytes, pool=v.pool_id, mapped=v.mapped)) for v in named
    )

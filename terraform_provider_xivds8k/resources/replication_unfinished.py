"""The end of a pair, or a change that needs a new one, that was broken off after both arrays had forgotten the pair.

On an XIV its copy is locked still.

Nothing else leads to that volume any more, so the state is kept, without an id, until the end is finished; a DS8000
lists a pair as long as anything is left of it.
"""

from __future__ import annotations

from terraform_provider_xivds8k.driver import DriverError, UnfinishedEnd, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Delete, Diagnostics, Update

from .replication_model import Replication, keeps_remote, named, subject_id

NOT_DELETED = (
    " It is not deleted, since it may be the only good copy by now: look what it holds, then delete or use it by hand "
    "(an XIV's is locked until vol_unlock)."
)


def is_of_end(state: Replication) -> bool:
    """Tell whether a state without an id is what an end left; what a creation left bears no WWN, and is no group."""
    is_group = not state.is_null(Replication.consistency_group_id)
    left = state.is_null(Replication.id) and not state.is_null(Replication.remote_volume_id)
    return left and (is_group or not state.is_null(Replication.remote_wwn))


def find(driver: XIVDS8KDriver, state: Replication, deadline: float) -> UnfinishedEnd | None:
    """Return what the end of a pair that is gone left to be done; raises WrongSystem."""
    there, system_id = state.known(Replication.remote_volume_id), state.known(Replication.remote_system_id)
    if there is None:
        return None
    if system_id is not None:
        driver.remote.check_system(system_id, deadline=deadline)
    return driver.find_unfinished_end(
        there, remote_on_delete="keep" if keeps_remote(state) else "delete", deadline=deadline
    )


def read(driver: XIVDS8KDriver, state: Replication, diagnostics: Diagnostics, deadline: float) -> Replication | None:
    """Return the state as the rest of an end, which is told; None where nothing of it is left."""
    left = find(driver, state, deadline)
    if left is None:
        return None
    _note(state, left)
    _tell(state, left, diagnostics)
    return state


def keep(driver: XIVDS8KDriver, operation: Delete[Replication], deadline: float) -> bool:
    """Keep in the state what a deletion that failed halfway left; tell whether that is so."""
    state = operation.prior.copy()
    left = find(driver, state, deadline)
    if left is None:
        return False
    _note(state, left)
    operation.keep(state)
    return True


def keep_of_change(
    driver: XIVDS8KDriver, operation: Update[Replication], state: Replication, error: DriverError, deadline: float
) -> None:
    """Keep in the state the former copy of a pair that our change took apart and could not put together again.

    That is one which an end deletes: others may need a copy whose pair they ended, so a refresh takes it for theirs.
    """
    if not error.has_ended or keeps_remote(state):
        return
    rest = state.copy()
    try:
        left = (
            find(driver, rest, deadline) if driver.find_replication(rest.id or "", deadline=deadline) is None else None
        )
    except DriverError:  # the error says what may be left
        return
    if left is not None:
        _note(rest, left)
        operation.keep(rest)


def keep_as_known(operation: Delete[Replication]) -> None:
    """Keep in the state that our deletion ended the pair, while the remote array does not tell what is left of it."""
    state = operation.prior.copy()
    state.set(Replication.id, None)
    operation.keep(state)


def finish(driver: XIVDS8KDriver, operation: Delete[Replication]) -> None:
    """Do what is left to be done, where it still is as the end left it."""
    prior = operation.prior
    if find(driver, prior, operation.left_s) is not None:
        if not keeps_remote(prior) and _is_alone(driver, prior, operation.left_s):
            operation.diagnostics.warning(
                None,
                f"Remote {_called(prior)} is left alone: home has no volume {subject_id(prior)} any more",
                f"What {_lower(prior)} copied may be the only good copy by now. Nothing was sent to the array. Look "
                "what it holds, then delete or use it by hand (it is locked until vol_unlock).",
            )
            return
        driver.disable_replication(
            replication_id=subject_id(prior) or "",
            remote_on_delete="keep" if keeps_remote(prior) else "delete",
            remote_id=prior.known(Replication.remote_volume_id),
            deadline=operation.left_s,
        )
    elif not keeps_remote(prior):
        operation.diagnostics.warning(
            None,
            f"Remote {_called(prior)} is left alone: it is not as the end of {_lower(prior)} left it",
            "It is gone, or somebody has taken it into use since. Nothing was sent to the array.",
        )


def _is_alone(driver: XIVDS8KDriver, state: Replication, deadline: float) -> bool:
    """Tell whether what was copied is not at home any more."""
    volume_id = state.known(Replication.volume_id)
    return volume_id is not None and driver.find_volume(volume_id, deadline=deadline) is None


def tell_of_end(state: Replication, diagnostics: Diagnostics) -> None:
    """Name at plan what becomes of what an end left."""
    fate = "be unlocked, and stays" if keeps_remote(state) else "be deleted"
    diagnostics.warning(
        None,
        f"Remote {_called(state)} is to {fate}; the end of {_lower(state)} left it",
        "There is no pair any more. It is done only where nobody has taken it into use since, which shows in its lock "
        "(a group: in its being empty); else it is left alone.",
    )


def tell_of_name(state: Replication, name: str | None, diagnostics: Diagnostics) -> None:
    """Warn where what an end leaves has the name its new pair is to get."""
    had = state.known(Replication.remote_name)
    if keeps_remote(state) and name in {None, had}:
        diagnostics.warning(
            Replication.remote_name,
            f"Remote {_called(state)} keeps its name, which the new one is to get",
            f"The apply unlocks it, and then refuses the new pair of {_lower(state)} while the name is taken. Write "
            "another remote_name; or delete it on the remote array first, when nobody needs it.",
        )


def name_of_kept(driver: XIVDS8KDriver, state: Replication, deadline: float) -> str:
    """Return, as the end of a text, what is on the remote array still of a pair that is gone; empty where nothing is.

    That is for advice: nothing is said where the array does not tell.
    """
    there = state.known(Replication.remote_volume_id)
    if there is None:
        return ""
    try:
        if state.is_null(Replication.volume_id):
            return _group_of_kept(driver, state, there, deadline)
        volume = driver.remote.find_volume(there, deadline=deadline)
    except DriverError:
        return ""
    if volume is None or not _is_that(state, volume):
        return ""
    return (
        f" Its remote volume {volume.name} ({volume.id}) is still on array {volume.system_id}, and nothing manages it: "
        f"the new pair is refused while that has the name it is to get.{'' if keeps_remote(state) else NOT_DELETED}"
    )


def _group_of_kept(driver: XIVDS8KDriver, state: Replication, there: str, deadline: float) -> str:
    driver.remote.check_system(state.known(Replication.remote_system_id) or "", deadline=deadline)
    if driver.remote.find_consistencygroup(there, deadline=deadline) is None:
        return ""
    return (
        f" Its remote group {there} is still on array {state.known(Replication.remote_system_id)}, and nothing manages "
        "it: the new pair is refused while that has the name it is to get."
    )


def _is_that(state: Replication, volume: Volume) -> bool:
    """Tell whether a volume is the remote one of a state; a DS8000 gives its id, and so its WWN, to a later one."""
    is_named = volume.lss is None or volume.name == state.known(Replication.remote_name)
    known = state.known(Replication.remote_wwn), state.known(Replication.remote_system_id)
    return is_named and (volume.wwn, volume.system_id) == known


def _note(state: Replication, left: UnfinishedEnd) -> None:
    state.set(Replication.id, None)
    state.set(Replication.remote_volume_id, left.id)
    state.set(Replication.remote_name, left.name)
    state.set(Replication.remote_wwn, left.wwn)
    state.set(Replication.remote_system_id, left.system_id)
    state.set(Replication.left_bytes, left.size_bytes)


def _tell(state: Replication, left: UnfinishedEnd, diagnostics: Diagnostics) -> None:
    locked = ", locked still as the copy it was" if left.subject == "volume" else ""
    fate = (
        "unlocks it, and it stays"
        if keeps_remote(state)
        else "deletes it, unless something uses it or home's volume is gone by then"
    )
    diagnostics.warning(
        None,
        f"Remote {_called(state)} is left of {_lower(state)}{locked}",
        "There is no pair any more: it was ended outside Terraform, by a destroy that was broken off, or by a change "
        "of mode that failed half way. Nothing protects what is written at home. The next apply or destroy "
        f"{fate}. By hand: `{left.command}` on array {left.system_id}.",
    )


def _called(state: Replication) -> str:
    name, own_id = state.known(Replication.remote_name), state.known(Replication.remote_volume_id)
    return f"group {own_id}" if not state.is_null(Replication.consistency_group_id) else f"volume {name} ({own_id})"


def _lower(state: Replication) -> str:
    return f"{named(state)[:1].lower()}{named(state)[1:]}"

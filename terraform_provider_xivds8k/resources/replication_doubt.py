"""What becomes of a replication whose creation was sent and whose outcome is not known.

Its state has no id.  A volume has one pair at most, and had none before: a pair of it, of the mode that was asked for,
is the one.  Reading only tells; an update takes it; a delete ends it, and removes what its own creation left over.
"""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import AlreadyExists, DriverError, InDoubt, InUse, Pair, Refused, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Change, Create, Delete, Diagnostics, Update
from terraform_provider_xivds8k.schema import UNKNOWN

from . import replication_leftover as leftover
from . import replication_unfinished as unfinished
from .replication_model import Replication, fill, in_doubt, keeps_remote, named, said_of, subject_id

_log = logging.getLogger("resources.replication")

LOOK_S = 30.0


def keep(driver: XIVDS8KDriver, operation: Create[Replication], error: DriverError, system_id: str) -> None:
    """Keep the state of a creation that failed, where anything of it may be there."""
    known = error.left is not None or error.may_be_there or isinstance(error, InDoubt)
    if isinstance(error, InUse | AlreadyExists) and not known:  # what is there was there before
        return
    if known or _is_there(driver, operation.planned):
        state = in_doubt(operation.planned, system_id)
        if error.left is not None:
            leftover.note(state, error.left, was_copy=False)
        operation.keep(state)


def keep_left(driver: XIVDS8KDriver, operation: Delete[Replication], error: DriverError) -> None:
    """Keep in the state the remote volume that a deletion which failed halfway left: the pair is gone by then."""
    prior = operation.prior
    try:
        if driver.find_replication(prior.id or "", deadline=LOOK_S) is not None:
            return
        if unfinished.keep(driver, operation, LOOK_S) or not _leaves_unlocked(driver, prior):
            return
        volume = driver.remote.find_volume(prior.known(Replication.remote_volume_id) or "", deadline=LOOK_S)
        if volume is not None and volume.name == prior.known(Replication.remote_name):
            state = prior.copy()
            leftover.note(state, volume, was_copy=True)
            operation.keep(state)
    except DriverError:  # the error says what may be left
        if error.has_ended:
            unfinished.keep_as_known(operation)


def _leaves_unlocked(driver: XIVDS8KDriver, state: Replication) -> bool:
    """Tell whether an end that was to delete the remote volume may have left one that nothing tells from others."""
    return driver.settings.family == "ds8k" and not keeps_remote(state)


def _is_there(driver: XIVDS8KDriver, planned: Replication) -> bool:
    try:
        return driver.find_replication(subject_id(planned) or "", deadline=LOOK_S) is not None
    except DriverError:
        return False


def plan(change: Change[Replication]) -> None:
    """Plan that the apply finds out what the arrays made, or begins anew where only a volume is left of it."""
    for node in Replication.node().attributes:
        open_yet = change.config.raw[node.name] is None and change.planned.raw[node.name] is None
        if node.computed and open_yet:
            change.planned.raw[node.name] = UNKNOWN
    if change.planned.known(Replication.mode) not in {None, "async"}:
        change.planned.set(Replication.rpo_seconds, None)
    if change.prior is not None and not change.prior.is_null(Replication.remote_volume_id):
        change.requires_replace.append(Replication.remote_volume_id.path)  # a volume that is left over is no pair
    change.planned.set(Replication.remote_volume_id, UNKNOWN)
    change.planned.set(Replication.left_bytes, None)
    change.keep_prior(Replication.system_id)


def read(driver: XIVDS8KDriver, state: Replication, diagnostics: Diagnostics, deadline: float) -> Replication | None:
    """Tell what there is; only where both arrays say that there is no pair, and nothing is left, it is gone."""
    pair = driver.find_replication(subject_id(state) or "", deadline=deadline)
    if pair is None and _is_rest(driver, state):
        rest = unfinished.read(driver, state, diagnostics, deadline)
        if rest is None:
            _tell_of_finished(driver, state, diagnostics, deadline)
        return rest
    left = leftover.find_left(driver, state, deadline) if pair is None else None
    if left is not None and left.is_ours:
        leftover.tell(state, left, diagnostics)
        return state
    if left is not None:
        leftover.tell_of_another(state, left.volume, diagnostics)
    if pair is None:
        diagnostics.warning(
            None,
            f"{named(state)} is not there",
            "Whether it was set up, or all of it was ended, was not known; both arrays say now that there is no such "
            "pair. The next apply sets it up; remove its block instead if it shall stay gone.",
        )
        return None
    diagnostics.warning(
        None,
        f"It is not known whether {named(state)[:1].lower()}{named(state)[1:]} was set up by Terraform",
        f"The answer to its creation was lost. There is: {pair.name}, {pair.mode}, {said_of(pair)}. {_ways_out(state)}",
    )
    return state


def _is_rest(driver: XIVDS8KDriver, state: Replication) -> bool:
    """Tell whether a state without an id is the rest of an end, of which its array shows whether it is finished."""
    return unfinished.is_of_end(state) and driver.settings.family == "xiv"


def _tell_of_finished(driver: XIVDS8KDriver, state: Replication, diagnostics: Diagnostics, deadline: float) -> None:
    diagnostics.warning(
        None,
        f"{named(state)} is gone",
        "Its end was broken off, and what was left of it is done by now, or was taken into use. The next apply sets it "
        "up anew and copies everything; remove its block instead if it shall stay gone."
        f"{unfinished.name_of_kept(driver, state, deadline)}",
    )


def take_candidate(driver: XIVDS8KDriver, state: Replication, operation: Update[Replication]) -> None:
    """Take the pair of our volume and mode into the state; raises Refused where there is none.

    What the plan left unknown is then as the arrays made it.  Where the creation was broken off before its first copy,
    that begins.
    """
    planned = operation.planned
    pair = driver.find_replication(subject_id(state) or "", deadline=operation.left_s)
    if pair is None or not _fits(state, pair):
        raise _refused(state, pair, "taken over")
    driver.begin_replication(replication_id=subject_id(state) or "", deadline=operation.left_s)
    state.set(Replication.remote_volume_id, None)
    fill(state, driver.describe_replication(pair, deadline=operation.left_s))
    for name, value in planned.raw.items():
        if value is UNKNOWN:
            planned.raw[name] = state.raw[name]


def plan_end(driver: XIVDS8KDriver | None, state: Replication, diagnostics: Diagnostics) -> None:
    """Name what is ended with a state in doubt."""
    own_id = subject_id(state)
    if driver is None or own_id is None or not state.is_null(Replication.remote_volume_id):
        return
    try:
        pair = driver.find_recent_replication(own_id)
    except DriverError as error:
        _log.info("the pair in doubt is not looked up: %s", error.summary)
        return
    if pair is not None:
        fate = "stays" if keeps_remote(state) else "is deleted"
        diagnostics.warning(
            None,
            f"{named(state)} is in doubt and is to be ended; remote {pair.remote_id} {fate}",
            f"There is: {pair.name}, {pair.mode}, {said_of(pair)}. If it is not yours, take this out of the state "
            "instead: terraform state rm ADDRESS.",
        )


def delete_candidate(driver: XIVDS8KDriver, operation: Delete[Replication], *, is_planned: bool) -> None:
    """End the pair the lost creation made, if any, and delete a remote volume it left over; raises Refused."""
    prior = operation.prior
    own_id = subject_id(prior) or ""
    pair = driver.find_replication(own_id, deadline=operation.left_s)
    if pair is not None and _is_of_others(prior, pair):
        raise _made_anew(prior, pair)
    if pair is not None and not _fits(prior, pair):
        raise _refused(prior, pair, "ended")
    if pair is not None and keeps_remote(prior) and not is_planned:
        raise _refused(prior, pair, "ended: its remote volume would stay, and the new one be refused for its name")
    if pair is not None:
        driver.disable_replication(
            replication_id=own_id,
            remote_on_delete="keep" if keeps_remote(prior) else "delete",
            deadline=operation.left_s,
        )
        if keeps_remote(prior):
            operation.diagnostics.warning(
                None,
                f"Remote volume {pair.remote_id} stays on the other array",
                f'{named(prior)} was in doubt and is ended. Without remote_on_delete = "delete" its remote volume is '
                "kept: where the pair is set up anew, that is refused while the name is taken there.",
            )
        return
    if _is_rest(driver, prior):
        unfinished.finish(driver, operation)
        return
    left = leftover.find_left(driver, prior, operation.left_s)
    if left is not None:
        leftover.delete_left(driver, left, operation)


def _fits(state: Replication, pair: Pair) -> bool:
    """Tell whether a pair is as the lost creation was to make it."""
    if any(half is not None and half.strange for half in (pair.home, pair.remote)):
        return False
    name, remote = state.known(Replication.remote_name), pair.remote
    return pair.mode == state.mode and (name is None or remote is None or remote.name in {name, remote.id})


def _ways_out(state: Replication) -> str:
    tainted = (
        "Applied while it is tainted, it is not touched, since ending it keeps its remote volume and with that the "
        "name; destroyed, it is ended."
        if keeps_remote(state)
        else "Applied while it is tainted, it is ended with its remote volume, and made anew."
    )
    return (
        "If it is yours: terraform untaint ADDRESS and apply keeps it; or terraform state rm ADDRESS and import it by "
        f"the id of home's volume. {tainted}"
    )


def is_paired_again(driver: XIVDS8KDriver, state: Replication, deadline: float) -> bool:
    """Tell whether others made a pair anew of what an end left, which is taken into the state then, to be looked at."""
    own_id = subject_id(state)
    if own_id is None or not unfinished.is_of_end(state) or driver.find_replication(own_id, deadline=deadline) is None:
        return False
    state.set(Replication.id, own_id)
    state.set(Replication.left_bytes, None)
    return True


def _is_of_others(state: Replication, pair: Pair) -> bool:
    """Tell whether a pair cannot be what a lost creation made: an end left the state, or another remote volume."""
    left = state.known(Replication.remote_volume_id)
    return left is not None and (unfinished.is_of_end(state) or (pair.remote_id or "").casefold() != left.casefold())


def _made_anew(state: Replication, pair: Pair) -> Refused:
    return Refused(
        f"{named(state)} was made anew by others and was not ended",
        happened=f"The end of the former one was broken off. On the arrays is now: {pair.name}, {pair.mode}, "
        f"{said_of(pair)}, with {pair.remote_id}. What would happen: a pair, and a copy, would go that this plan does "
        "not name.",
        left_behind="Nothing was changed.",
        next_step="Run it again with a refresh, which takes that pair into the state and shows what becomes of it.",
    )


def _refused(state: Replication, pair: Pair | None, doing: str) -> Refused:
    there = f"{pair.name}, {pair.mode}, {said_of(pair)}" if pair is not None else "no pair of it"
    return Refused(
        f"{named(state)} is in doubt and was not {doing}",
        happened=f"The answer to its creation was lost. On the arrays is now: {there}.",
        left_behind="Nothing was changed.",
        next_step=_ways_out(state),
    )

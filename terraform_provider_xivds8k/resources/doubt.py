"""What becomes of a volume whose creation was sent and whose outcome is not known.

Its state has no id.  Nothing is guessed: reading only tells, an update takes the one volume that fits, a delete
removes it only where it provably holds nothing.
"""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Candidate, Refused, XIVDS8KDriver, rules
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import Change, Delete, Diagnostics, Operation, Private, Update
from terraform_provider_xivds8k.schema import UNKNOWN

from .protection import mark_left
from .volume_import import confirmed
from .volume_model import Volume, fill
from .volume_sizes import Sized, remember
from .volume_source import source_of

WAYS_OUT = (
    "If one of them is yours: terraform untaint ADDRESS and apply keeps it when it is the only one that fits; or "
    "terraform state rm ADDRESS and import it by its id."
)
WAYS_OUT_OF_A_COPY = (
    "It was to be a copy, and nothing was copied. Apply it while it is tainted (terraform taint ADDRESS): one that is "
    "provably new and empty is deleted, and the copy made anew. Or terraform state rm ADDRESS and delete what is there."
)


def state_of(planned: Volume, system_id: str, private: Private) -> Volume:
    """Return the state of a volume in doubt: name, size and pool kept, no id."""
    state = planned.copy()
    state.raw = {name: None if value is UNKNOWN else value for name, value in state.raw.items()}
    state.set(Volume.system_id, system_id)
    mark_left(state, private)
    return state


def plan(change: Change[Volume]) -> None:
    """Plan that the apply finds out what the array made; the sizes are planned already."""
    decided = {*Sized.shapes()} - {Sized.actual_bytes.name}
    for node in Volume.node().attributes:
        open_yet = change.config.raw[node.name] is None and change.planned.raw[node.name] is None
        if node.computed and open_yet and node.name not in decided:
            change.planned.raw[node.name] = UNKNOWN
    if change.prior is not None and not change.prior.is_null(Volume.system_id):
        change.keep_prior(Volume.system_id)


def read(driver: XIVDS8KDriver, state: Volume, diagnostics: Diagnostics, deadline: float) -> Volume | None:
    """Tell what there is; only a name that no volume has makes the state gone."""
    named = driver.find_volumes_by_name(state.name, deadline=deadline)
    if not named:
        diagnostics.warning(
            None,
            f"Volume {state.name} was never made",
            "The answer to its creation was lost; the array has no volume of that name now. Where the array was slow, "
            "wait before you apply: a creation it still carries out would be a second volume of that name on a DS8000.",
        )
        return None
    diagnostics.warning(
        None,
        f"It is not known whether volume {state.name} is ours",
        f"The answer to its creation was lost. Volumes of that name: {_listed(named)}. {_ways_out(state)} "
        "Applied while it is tainted, one that is provably new, empty and unused is deleted and made anew; anything "
        "else is refused.",
    )
    return state


def take_candidate(driver: XIVDS8KDriver, state: Volume, operation: Update[Volume]) -> None:
    """Take the one volume with our name, size and pool into the state; raises Refused where there is not one.

    What the plan left unknown is then as the array made it.
    """
    planned = operation.planned
    named = driver.find_volumes_by_name(state.name, deadline=operation.left_s)
    if source_of(operation.prior) is not None:
        raise _refused(operation.prior, named, "taken over")
    fitting = _fitting(driver, state, named, operation)
    if len(fitting) != 1:
        raise _refused(state, named, "taken over")
    found = confirmed(driver, fitting[0], deadline=operation.left_s)
    fill(state, found)
    state.set(Volume.actual_bytes, found.size_bytes)
    state.set(Volume.written_name, found.name)
    remember(operation.private, asked_bytes=state.size_bytes, made_bytes=found.size_bytes)
    for name, value in planned.raw.items():
        if value is UNKNOWN:
            planned.raw[name] = state.raw[name]


def delete_candidate(driver: XIVDS8KDriver, operation: Delete[Volume]) -> None:
    """Delete what the lost creation made, if anything; raises Refused unless it is provably new and empty."""
    prior = operation.prior
    named = driver.find_volumes_by_name(prior.name, deadline=operation.left_s)
    if not named:
        return
    fitting = _fitting(driver, prior, named, operation)
    if len(named) != 1 or len(fitting) != 1 or not _is_hollow(driver, prior, fitting[0], operation):
        raise _refused(prior, named, "deleted")
    driver.delete_volume(volume_id=fitting[0].id, expected_name=prior.name, deadline=operation.left_s)


def _is_hollow(driver: XIVDS8KDriver, prior: Volume, listed: ArrayVolume, operation: Delete[Volume]) -> bool:
    """Tell, by reading it directly, whether a volume is new, unused and provably never written."""
    if _is_fixed(prior) and listed.os400 is None:  # any size could be that of a model nobody can see
        return False
    users = driver.volume_users(listed.id, deadline=operation.left_s)
    now = driver.find_volume(listed.id, deadline=operation.left_s)
    if now is None or (now.name, now.size_bytes, now.pool_id) != (prior.name, listed.size_bytes, listed.pool_id):
        return False
    return now.provably_unwritten and not users


def _fitting(
    driver: XIVDS8KDriver, state: Volume, named: tuple[ArrayVolume, ...], operation: Operation[Volume]
) -> tuple[ArrayVolume, ...]:
    """Return the volumes the lost creation may have made: our name, size, pool and kind, and nobody's copy."""
    pool = (state.known(Volume.pool) or "").casefold()
    return tuple(
        one
        for one in named
        if not (one.is_snapshot or one.is_secondary)
        and pool in {one.pool_id.casefold(), one.pool_name.casefold()}
        and _is_of_kind(state, one)
        and _is_of_size(driver, state, one, operation)
    )


def _is_of_kind(state: Volume, found: ArrayVolume) -> bool:
    """Tell whether nothing that was asked for and only a creation decides is otherwise."""
    asked_and_made = (
        (state.known(Volume.provisioning), found.provisioning),
        (state.known(Volume.lss), found.lss),
        (state.known(Volume.os400), found.os400),
    )
    return all(not asked or made is None or asked.casefold() == made.casefold() for asked, made in asked_and_made)


def _is_fixed(state: Volume) -> bool:
    model = state.known(Volume.os400)
    return bool(model) and rules.os400_fixed_bytes(model or "") is not None


def _is_of_size(driver: XIVDS8KDriver, state: Volume, found: ArrayVolume, operation: Operation[Volume]) -> bool:
    """Tell whether the array made that size of what was asked for: a fixed model about its own, else rounded up.

    What is to be a copy may begin as small as its source.
    """
    size = state.known(Volume.size_bytes)
    if _is_fixed(state):
        return abs(found.size_bytes - (rules.os400_fixed_bytes(state.os400 or "") or 0)) <= rules.GIB
    pool = driver.find_pool(found.pool_id, deadline=operation.left_s)
    least = 0 if source_of(state) is None else -(size or 0)
    return size is not None and least <= found.size_bytes - size < (pool.extent_bytes if pool is not None else 1)


def _refused(state: Volume, named: tuple[ArrayVolume, ...], doing: str) -> Refused:
    return Refused(
        f"Volume {state.name} is in doubt and was not {doing}",
        happened=f"The answer to its creation was lost. Volumes of that name: {_listed(named) or 'none'}.",
        left_behind="Nothing was changed.",
        next_step=_ways_out(state),
    )


def _ways_out(state: Volume) -> str:
    return WAYS_OUT if source_of(state) is None else WAYS_OUT_OF_A_COPY


def _listed(named: tuple[ArrayVolume, ...]) -> str:
    return ", ".join(
        str(Candidate(id=v.id, name=v.name, size_bytes=v.size_bytes, pool=v.pool_id, mapped=v.mapped)) for v in named
    )

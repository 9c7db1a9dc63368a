"""What becomes of a volume whose creation was sent and whose outcome is not known.

Its state has no id.  Nothing is guessed: reading only tells, an update takes the one volume that fits, a delete
removes it only where it provably holds nothing.
"""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Candidate, Refused, XIVDS8KDriver, rules
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import Change, Diagnostics, Private
from terraform_provider_xivds8k.schema import UNKNOWN

from .protection import mark_left
from .volume_import import confirmed
from .volume_model import Volume, fill
from .volume_sizes import Sized, remember

WAYS_OUT = (
    "If one of them is yours: terraform untaint ADDRESS and apply keeps it when it is the only one that fits; or "
    "terraform state rm ADDRESS and import it by its id."
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


def read(driver: XIVDS8KDriver, state: Volume, diagnostics: Diagnostics) -> Volume | None:
    """Tell what there is; only a name that no volume has makes the state gone."""
    named = driver.find_volumes_by_name(state.name)
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
        f"The answer to its creation was lost. Volumes of that name: {_listed(named)}. {WAYS_OUT}",
    )
    return state


def take_candidate(driver: XIVDS8KDriver, state: Volume, planned: Volume, private: Private) -> None:
    """Take the one volume with our name, size and pool into the state; raises Refused where there is not one.

    What the plan left unknown is then as the array made it.
    """
    named = driver.find_volumes_by_name(state.name)
    fitting = _fitting(driver, state, named)
    if len(fitting) != 1:
        raise _refused(state, named, "taken over")
    found = confirmed(driver, fitting[0])
    fill(state, found)
    state.set(Volume.actual_bytes, found.size_bytes)
    state.set(Volume.written_name, found.name)
    remember(private, asked_bytes=state.size_bytes, made_bytes=found.size_bytes)
    for name, value in planned.raw.items():
        if value is UNKNOWN:
            planned.raw[name] = state.raw[name]


def delete_candidate(driver: XIVDS8KDriver, prior: Volume, *, deadline: float) -> None:
    """Delete what the lost creation made, if anything; raises Refused unless it is provably new and empty."""
    named = driver.find_volumes_by_name(prior.name)
    if not named:
        return
    fitting = _fitting(driver, prior, named)
    if len(named) != 1 or len(fitting) != 1 or not fitting[0].provably_unwritten or driver.volume_users(fitting[0].id):
        raise _refused(prior, named, "deleted")
    driver.delete_volume(volume_id=fitting[0].id, expected_name=prior.name, deadline=deadline)


def _fitting(driver: XIVDS8KDriver, state: Volume, named: tuple[ArrayVolume, ...]) -> tuple[ArrayVolume, ...]:
    """Return the volumes the lost creation may have made: our name, size and pool, and nobody's copy."""
    pool = (state.known(Volume.pool) or "").casefold()
    return tuple(
        one
        for one in named
        if not (one.is_snapshot or one.is_secondary)
        and pool in {one.pool_id.casefold(), one.pool_name.casefold()}
        and _is_of_size(driver, state, one)
    )


def _is_of_size(driver: XIVDS8KDriver, state: Volume, found: ArrayVolume) -> bool:
    """Tell whether the array made that size of what was asked for: a fixed model its own, else rounded up at most."""
    model, size = state.known(Volume.os400), state.known(Volume.size_bytes)
    if model and rules.os400_fixed_bytes(model) is not None:
        return found.os400 is None or found.os400.casefold() == model.casefold()
    pool = driver.find_pool(found.pool_id)
    return size is not None and 0 <= found.size_bytes - size < (pool.extent_bytes if pool is not None else 1)


def _refused(state: Volume, named: tuple[ArrayVolume, ...], doing: str) -> Refused:
    return Refused(
        f"Volume {state.name} is in doubt and was not {doing}",
        happened=f"The answer to its creation was lost. Volumes of that name: {_listed(named) or 'none'}.",
        left_behind="Nothing was changed.",
        next_step=WAYS_OUT,
    )


def _listed(named: tuple[ArrayVolume, ...]) -> str:
    return ", ".join(
        str(Candidate(id=v.id, name=v.name, size_bytes=v.size_bytes, pool=v.pool_id, mapped=v.mapped)) for v in named
    )

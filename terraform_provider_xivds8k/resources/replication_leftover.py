"""The remote volume that a creation or an end which failed left over: whether it still is that one, and may go.

A DS8000 gives the id of a deleted volume to the next one, and a tainted replacement shows its delete half no private
data: so what tells the volume from another one stands in attributes.  One that its creation left was never written and
has to be so still; one that an end left was the copy, and has the WWN in the state.
"""

from __future__ import annotations

from dataclasses import dataclass

from terraform_provider_xivds8k.driver import Refused, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Delete, Diagnostics

from .replication_model import Replication, named


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Be what bears the id of a remote volume that was left over.

    ``is_ours`` is whether everything known of it is as it was; ``may_go`` whether nothing can have been written to it
    that was not at home.
    """

    volume: Volume
    is_ours: bool
    may_go: bool


def note(state: Replication, volume: Volume, *, was_copy: bool) -> None:
    """Write down by what a remote volume that is left over is known."""
    state.set(Replication.id, None)
    state.set(Replication.remote_volume_id, volume.id)
    state.set(Replication.remote_name, volume.name)
    state.set(Replication.remote_wwn, volume.wwn if was_copy else None)
    state.set(Replication.remote_system_id, volume.system_id)
    state.set(Replication.left_bytes, volume.size_bytes)
    if not _is_in_pool(state, volume):
        state.set(Replication.remote_pool, volume.pool_id if volume.lss is not None else volume.pool_name)


def find_left(driver: XIVDS8KDriver, state: Replication, deadline: float) -> Leftover | None:
    """Return what bears the id of the remote volume that was left over; raises WrongSystem."""
    own_id, system_id = state.known(Replication.remote_volume_id), state.known(Replication.remote_system_id)
    if own_id is None:
        return None
    if system_id is not None:
        driver.remote.check_system(system_id, deadline=deadline)
    volume = driver.remote.find_volume(own_id, deadline=deadline)
    if volume is None:
        return None
    wwn = state.known(Replication.remote_wwn)
    is_ours = (
        system_id is not None
        and (volume.name, volume.size_bytes)
        == (state.known(Replication.remote_name), state.known(Replication.left_bytes))
        and wwn in {None, volume.wwn}
        and _is_in_pool(state, volume)
        and not volume.is_snapshot
    )
    return Leftover(volume=volume, is_ours=is_ours, may_go=is_ours and (wwn is not None or volume.provably_unwritten))


def tell(state: Replication, left: Leftover, diagnostics: Diagnostics) -> None:
    """Warn of a remote volume that is left over."""
    volume, what = left.volume, named(state)
    fate = (
        "The next apply or destroy deletes the volume, unless something uses it by then."
        if left.may_go
        else f"It is not provably unwritten, so an apply or destroy refuses to delete it. {_ways_out()}"
    )
    diagnostics.warning(
        None,
        f"Remote volume {volume.name} ({volume.id}) is left of {what[:1].lower()}{what[1:]}",
        f"There is no pair: its creation or its end failed halfway. {fate}",
    )


def tell_of_another(state: Replication, volume: Volume, diagnostics: Diagnostics) -> None:
    """Warn of another volume that bears the id of the one that was left over."""
    diagnostics.warning(
        None,
        f"Remote volume {volume.id} is another one by now: {volume.name}, {volume.size_bytes} bytes, pool "
        f"{volume.pool_name}",
        f"{named(state)} left {state.known(Replication.remote_name)} there, of {state.known(Replication.left_bytes)} "
        f"bytes in pool {state.known(Replication.remote_pool)}. The volume that is there now is left alone.",
    )


def tell_of_end(state: Replication, diagnostics: Diagnostics) -> None:
    """Name at plan the remote volume that goes with a state that has no pair."""
    own_id, name = state.known(Replication.remote_volume_id), state.known(Replication.remote_name)
    if own_id is None:
        return
    diagnostics.warning(
        None,
        f"Remote volume {name} ({own_id}) is to be deleted; {named(state)} left it over",
        "It is deleted only where it still is that volume, of the same name, size and pool, with nothing using it, "
        "and was never written but by the pair. Else the apply refuses it.",
    )


def delete_left(driver: XIVDS8KDriver, left: Leftover, operation: Delete[Replication]) -> None:
    """Delete the remote volume that is left over; raises Refused where others may have written to it."""
    volume = left.volume
    if not left.is_ours:
        tell_of_another(operation.prior, volume, operation.diagnostics)
        return
    if not left.may_go:
        raise Refused(
            f"Remote volume {volume.name} ({volume.id}) was left over and is not deleted",
            happened=f"It has the id, name, size and pool of what {named(operation.prior)} left, but it is not "
            "provably unwritten: the array shows that something was written, or cannot show that nothing was.",
            left_behind="Nothing was changed.",
            next_step=_ways_out(),
        )
    driver.remote.delete_volume(volume_id=volume.id, expected_name=volume.name, deadline=operation.left_s)


def _is_in_pool(state: Replication, volume: Volume) -> bool:
    pool = state.known(Replication.remote_pool)
    return pool is not None and pool.casefold() in {volume.pool_id.casefold(), volume.pool_name.casefold()}


def _ways_out() -> str:
    return (
        "Look at it on the remote array. Delete it there when nobody needs it, and run this again; or take this out of "
        "the state (terraform state rm ADDRESS), and write another remote_name."
    )

"""How the state of a volume that exists is filled from what the array says of it."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Refused, XIVDS8KDriver, rules
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import Private, Read

from .replica import HomeSilentError, standing_in
from .volume_model import K, KeptVolume, VolumeIdentity, fill
from .volume_place import note_pool
from .volume_plan import HIDDEN_MODEL
from .volume_sizes import read_sizes


def refreshed(driver: XIVDS8KDriver, operation: Read[K], *, when_gone: str) -> K | None:
    """Return the state as the array has it now, None with a warning where the volume is gone.

    With home silent, that of a replicated volume stands.
    """
    state = operation.state
    try:
        with standing_in(
            driver,
            state.id or "",
            name=state.name,
            system_id=state.system_id,
            diagnostics=operation.diagnostics,
            what="volume",
        ):
            found = driver.find_recent_volume(state.id or "", system_id=state.system_id, deadline=operation.left_s)
    except HomeSilentError:
        return state
    if found is None:
        operation.diagnostics.warning(
            None,
            f"Volume {state.name} is gone",
            f"Array {state.system_id} has no volume {state.id} any more: it was deleted outside Terraform. {when_gone}",
        )
        return None
    _refuse_foreign_content(state, found)
    note_hidden_model(operation.private, found)
    note_pool(operation.private, state, found)
    fill(state, found)
    read_sizes(state, operation.private, found.size_bytes, rounds=found.lss is None)
    return state


def note_hidden_model(private: Private, found: ArrayVolume) -> None:
    """Keep whether a volume has OS/400 blocks and the array does not show its model."""
    private.pop(HIDDEN_MODEL, None)
    if found.os400 is None and found.block_bytes != rules.BLOCK_BYTES:
        private[HIDDEN_MODEL] = True


def taken(state: K, found: ArrayVolume) -> K:
    """Return the state of a volume that comes under management as it is."""
    fill(state, found)
    read_sizes(state, {}, found.size_bytes, rounds=False)
    state.set(KeptVolume.written_name, found.name)
    return state


def identity_of(state: KeptVolume) -> VolumeIdentity | None:
    """Return a volume's identity, None while its id is not known."""
    volume_id = state.known(KeptVolume.id)
    return VolumeIdentity(system_id=state.known(KeptVolume.system_id), id=volume_id) if volume_id else None


def _refuse_foreign_content(state: KeptVolume, found: ArrayVolume) -> None:
    had = state.known(KeptVolume.actual_bytes)
    # what was made and not read is in the state with its model's size; an array may count it otherwise
    slack = rules.GIB if had is not None and had == rules.os400_fixed_bytes(state.known(KeptVolume.os400) or "") else 0
    if found.lss is None or (found.storage_type == "fb" and (had is None or found.size_bytes >= had - slack)):
        return
    raise Refused(
        f"Volume {state.id} is not the one in the state",
        happened=f"The state holds {state.name} with {had} bytes; the array's volume {found.id} is {found.name}, "
        f"{found.storage_type}, {found.size_bytes} bytes. A DS8000 gives the id of a deleted volume to a new one.",
        left_behind="Nothing was changed.",
        next_step="If the volume was deleted and its id reused, take it out of the state (terraform state rm ADDRESS) "
        "and apply again; else find out who replaced it.",
    )

"""What an update does to a volume, step by step: whoever made it, the same steps keep its state true."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from terraform_provider_xivds8k.driver import NotFound, XIVDS8KDriver
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import Update

from .replica import changing
from .volume_model import K, KeptVolume, fill
from .volume_place import LEFT_POOLS
from .volume_plan import take_spellings
from .volume_sizes import growing, needs_growth, remember

S = TypeVar("S", bound=KeptVolume)
Step = Callable[[XIVDS8KDriver, Update[S], S], ArrayVolume | None]


def carry_out(driver: XIVDS8KDriver, operation: Update[K], state: K, steps: Iterable[Step[K]]) -> K:
    """Take the steps that are needed, and keep the state after each; return it as planned."""
    for step in steps:
        with changing(driver, state.id or "", name=state.name, system_id=state.system_id):
            found = step(driver, operation, state)
        if found is not None:
            operation.keep(fill(state, found).copy())
    take_spellings(state, operation.planned)
    return state


def check_array(driver: XIVDS8KDriver, operation: Update[K]) -> None:
    """Raise unless the array that answers is the volume's own."""
    prior = operation.prior
    with changing(driver, prior.id or "", name=prior.name, system_id=prior.system_id):
        driver.check_system(prior.system_id, deadline=operation.left_s)


def rename(driver: XIVDS8KDriver, operation: Update[K], state: K) -> ArrayVolume | None:
    """Give the volume the planned name."""
    name = operation.planned.name
    written = operation.planned.known(KeptVolume.written_name) or name
    if state.name == name and state.written_name == written:
        return None
    found = driver.rename_volume(volume_id=id_of(state), new_name=name, deadline=operation.left_s)
    state.set(KeptVolume.written_name, name)
    return found


def move(driver: XIVDS8KDriver, operation: Update[K], state: K) -> ArrayVolume | None:
    """Move the volume to the planned pool."""
    pool = operation.planned.pool
    if state.pool == pool:
        return None
    found = driver.migrate_volume(volume_id=id_of(state), pool=pool, deadline=operation.left_s)
    state.set(KeptVolume.pool, pool)
    operation.private.pop(LEFT_POOLS, None)
    return found


def retype(driver: XIVDS8KDriver, operation: Update[K], state: K) -> ArrayVolume | None:
    """Put the volume into the planned performance class."""
    wanted = operation.planned.qos_class or None
    if wanted == (state.qos_class or None):
        return None
    return driver.retype(volume_id=id_of(state), qos_class=wanted, deadline=operation.left_s)


def grow(driver: XIVDS8KDriver, operation: Update[K], state: K) -> ArrayVolume | None:
    """Grow the volume to the planned size."""
    wanted = operation.planned.size_bytes
    if state.known(KeptVolume.size_bytes) == wanted:
        return None
    actual = state.actual_bytes
    found = None
    if needs_growth(operation.private, wanted_bytes=wanted, actual_bytes=actual):
        with growing(operation.private, wanted):
            found = driver.extend_volume(
                volume_id=id_of(state),
                size_bytes=wanted,
                expected_name=state.written_name,
                allow_full_resync=bool(operation.planned.known(KeptVolume.allow_full_resync)),
                deadline=operation.left_s,
            )
        actual = found.size_bytes
        state.set(KeptVolume.actual_bytes, actual)
    remember(operation.private, asked_bytes=wanted, made_bytes=actual)
    for attribute in (KeptVolume.size_bytes, KeptVolume.size_gib):
        state.raw[attribute.name] = operation.planned.raw[attribute.name]
    return found


def id_of(state: KeptVolume) -> str:
    """Return the volume's id; raises NotFound while it is not known."""
    if state.id is None:
        raise NotFound("The volume's id is not known", attribute="id")
    return state.id

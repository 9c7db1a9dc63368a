"""What the plan of a new pair can know before: a taken name, a volume that has a pair, a copy that cannot fit.

Look-ups only add diagnostics: what stands in the way may be removed by the same apply.  They are left out when an array
does not answer.
"""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, Unsupported, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Change, Diagnostics

from .replication_model import Replication, import_hint, said_of
from .replication_plan import Configuration, target_of

_log = logging.getLogger("resources.replication")
GIB = 2**30


def warn_of_setting_up(change: Change[Replication], configured: Configuration) -> None:
    """Tell what would keep the apply from making a planned pair."""
    target = target_of(configured)
    if change.prior is not None or configured is None or target is None or change.diagnostics.has_errors:
        return
    planned, driver = change.planned, configured.driver
    volume_id, group = planned.known(Replication.volume_id), planned.known(Replication.consistency_group_id)
    try:
        volume = driver.find_volume(volume_id) if volume_id is not None else None
        own_id = group or (volume.id if volume is not None else None)
        if own_id is not None and _tell_of_pair(driver, own_id, change.diagnostics):
            return
        name = planned.known(Replication.remote_name) if change.configured(Replication.remote_name) else None
        if name is None and not change.configured(Replication.remote_name):
            name = volume.name if volume is not None else group
        if name is not None:
            _tell_of_taken(driver, name, change.diagnostics, is_group=group is not None)
        pool = planned.known(Replication.remote_pool) if change.configured(Replication.remote_pool) else target.pool
        if volume is not None and pool is not None:
            _tell_of_room(driver, volume, pool, change.diagnostics)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        _log.info("what the pair would meet is not looked up: %s", error.summary)


def _tell_of_pair(driver: XIVDS8KDriver, own_id: str, diagnostics: Diagnostics) -> bool:
    pair = driver.find_recent_replication(own_id)
    if pair is None:
        return False
    diagnostics.warning(
        None,
        f"{own_id} is replicated already: {pair.name}, {said_of(pair)}",
        f"The apply is refused while it is. {import_hint(own_id)}",
    )
    return True


def _tell_of_taken(driver: XIVDS8KDriver, name: str, diagnostics: Diagnostics, *, is_group: bool) -> None:
    if is_group:
        try:
            found = driver.remote.find_consistencygroup(name)
        except Unsupported:
            return
        taken = [f"consistency group {name}"] if found is not None else []
    else:
        taken = [
            f"{one.name} (id {one.id}, {one.size_bytes} bytes, pool {one.pool_name})"
            for one in driver.remote.find_volumes_by_name(name)
        ]
    if taken:
        diagnostics.warning(
            Replication.remote_name,
            f"The remote array has {', '.join(taken)}: the copy cannot be called {name}",
            "An existing object is never a copy target: the apply is refused while the name is taken. Write another "
            "remote_name, or remove what is not needed any more.",
        )


def _tell_of_room(driver: XIVDS8KDriver, volume: Volume, pool_text: str, diagnostics: Diagnostics) -> None:
    pool = driver.remote.find_recent_pool(pool_text)
    if pool is None:
        return
    total = pool.virtual_total_bytes or pool.total_bytes
    free = pool.virtual_free_bytes if pool.virtual_free_bytes is not None else pool.free_bytes
    needed = f"The copy of {volume.name} needs {volume.size_bytes / GIB:.1f} GiB in the remote pool {pool.label}"
    if volume.size_bytes > max(total, pool.total_bytes):
        diagnostics.error(
            Replication.remote_pool,
            f"{needed}, which holds {max(total, pool.total_bytes) / GIB:.1f} GiB at all",
            "It can never fit. Write another remote_pool.",
        )
    elif volume.size_bytes > free:
        diagnostics.warning(
            Replication.remote_pool,
            f"{needed}, where {free / GIB:.1f} GiB are free now",
            "The apply is refused unless there is room by then. Free some, or write another remote_pool.",
        )

"""Whether a plan fits its pools: more than a pool holds at all is an error, more than is free now a warning.

Sums are advice only: a provider is asked for one object at a time, again during apply, and frees may come later.
"""

from __future__ import annotations

import logging
import threading

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, Pool, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Change, Configured

from .volume_model import K, KeptVolume

_log = logging.getLogger("resources.volume")
GIB = 2**30


class PlannedSpace:
    """Add up what the plans of one run ask of each pool, by the name of the volume that asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, dict[str, int]] = {}

    def add(self, pool_id: str, name: str, size_bytes: int) -> int:
        """Take an object's need into the sum of its pool, replacing what it needed before, and return the sum."""
        with self._lock:
            asked = self._asked.setdefault(pool_id, {})
            asked[name] = size_bytes
            return sum(asked.values())


def plan_capacity(change: Change[K], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Compare what a planned creation, growth or move needs with its pool, where the array answers."""
    planned, prior = change.planned, change.prior
    size, pool_text, name = (
        planned.known(KeptVolume.size_bytes),
        planned.known(KeptVolume.pool),
        planned.known(KeptVolume.name),
    )
    if size is None or pool_text is None or name is None or configured is None or change.diagnostics.has_errors:
        return
    stays = prior is not None and prior.pool == pool_text
    had = (prior.known(KeptVolume.actual_bytes) or 0) if prior is not None and stays else 0
    if size <= had:
        return
    try:
        pool = configured.driver.find_recent_pool(pool_text)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
        return
    except DriverError as error:
        _log.info("pools not looked up: %s", error.summary)
        return
    if pool is not None:
        sums: PlannedSpace = configured.notes.setdefault("planned_space", PlannedSpace())
        _compare(change, pool, name=name, size=size, more=size - had, sums=sums)


def _compare(change: Change[K], pool: Pool, *, name: str, size: int, more: int, sums: PlannedSpace) -> None:
    thin = change.planned.known(KeptVolume.provisioning) == "thin"
    total = pool.virtual_total_bytes or pool.total_bytes
    if size > total and not thin:
        change.diagnostics.error(
            KeptVolume.size_bytes if change.configured(KeptVolume.size_bytes) else KeptVolume.size_gib,
            f"{size} bytes are more than pool {pool.id} holds",
            f"{name} asks for {_gib(size)}; pool {pool.id} ({pool.name}) holds {_gib(total)} in all. Choose a smaller "
            "size or another pool, or enlarge the pool first.",
        )
        return
    asked = sums.add(pool.id, name, more)
    free = pool.virtual_free_bytes if pool.virtual_free_bytes is not None else pool.free_bytes
    if asked <= free:
        return
    ratio = (total - free + asked) / (pool.total_bytes or 1)
    change.diagnostics.warning(
        KeptVolume.pool,
        f"Pool {pool.id} may not have room for this plan",
        f"Planned so far in pool {pool.id} ({pool.name}): {_gib(asked)}; free now: {_gib(free)}. "
        + (f"Promised over physical capacity would be {ratio:.2f}. " if thin or pool.virtual_total_bytes else "")
        + (f"Kept for snapshots: {_gib(pool.snapshot_bytes)}. " if pool.snapshot_bytes else "")
        + "What the same plan frees may make room; else the array will refuse what does not fit.",
    )


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / GIB:,.1f} GiB"

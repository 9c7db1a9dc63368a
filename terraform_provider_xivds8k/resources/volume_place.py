"""Where a planned volume goes: its pool, and on a DS8000 its LSS.

A pool that is not there is a warning, since it may be made before the apply; only where the old volume would be
deleted first is it an error.  An array that does not answer still plans; one that refuses the sign-in does not, since
the apply would only send the wrong password once more.

A volume that somebody moved together with its consistency group cannot be moved back: that is a warning, since the user
changed nothing and a destroy must stay possible.  It is told from a changed line by the pool kept privately.
"""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import (
    Ambiguous,
    BadCredentials,
    DriverError,
    NotFound,
    Pool,
    XIVDS8KDriver,
    rules,
)
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import Change, Configured, Private

from .plan_alone import is_alone
from .volume_model import K, KeptVolume
from .volume_plan import is_replaced

_log = logging.getLogger("resources.volume")
LEFT_POOLS = "left_pools"  # private: ids of pools others moved the volume out of since its line named one of them


def note_pool(private: Private, state: KeptVolume, found: ArrayVolume) -> None:
    """Keep the pool of the state, where the volume is in another one now: the line may name the one it was in."""
    left = private.get(LEFT_POOLS, [])
    if state.pool_id not in {found.pool_id, *left}:
        private[LEFT_POOLS] = [*left, state.pool_id]


def plan_place(change: Change[K], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Keep the prior spelling of the same pool; complain of a place no volume can be made in or moved to."""
    prior, pool = change.prior, change.planned.known(KeptVolume.pool)
    replaced = is_replaced(change)
    if prior is not None and pool == prior.pool and not replaced:
        change.private.pop(LEFT_POOLS, None)  # kept with the next change
        return
    if pool is None or configured is None:
        return
    try:
        driver = configured.driver
        found = driver.find_recent_pool(pool) or driver.get_pool(pool)
        origin = driver.find_recent_pool(prior.pool_id) if prior is not None and prior.pool_id else None
    except (NotFound, Ambiguous) as unknown:
        _tell_of_unknown_pool(change, unknown, replaced=replaced)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        if prior is not None and not replaced:
            _refuse_unread(change, error)
        _log.info("pool not looked up: %s", error.summary)
    else:
        if prior is not None and not replaced:
            _plan_move(change, origin, found)
            _plan_grouped(change, driver, found)
            _plan_held(change, driver, found)
        else:
            _check_new_place(change, found)


def _refuse_unread(change: Change[K], error: DriverError) -> None:
    """Leave the volume where it is, while nobody can tell whether its line names another pool.

    With anything else to change a plan is not possible: planned again during the apply, when the array answers, the
    same configuration could give another one.
    """
    pool = change.planned.pool
    if change.prior is not None and is_alone(change, KeptVolume.pool):
        had = change.prior.pool
        change.keep_prior(KeptVolume.pool)
        change.diagnostics.warning(
            KeptVolume.pool,
            f"It cannot be told whether {pool!r} is the pool of {change.prior.name}, and nothing is planned for it",
            f"The state has {had!r}, which may be another spelling of the same pool; the array could not be asked. "
            f"{error} The next plan that the array answers tells a move.",
        )
        return
    change.diagnostics.error(
        KeptVolume.pool,
        f"It cannot be told whether {pool!r} is the pool the volume is in",
        f"The state has {change.prior.pool if change.prior is not None else None!r}, which may be another spelling of "
        f"the same pool; the array could not be asked. {error} Run it again when the array answers, or write the pool "
        "as it is in the state.",
    )


def _tell_of_unknown_pool(change: Change[K], unknown: DriverError, *, replaced: bool) -> None:
    tell = change.diagnostics.error if replaced else change.diagnostics.warning
    consequence = (
        "The old volume would be deleted before the array could refuse the new one."
        if replaced
        else "The apply will be refused unless the pool is made before."
    )
    tell(KeptVolume.pool, unknown.summary, f"{unknown.happened} {unknown.next_step} {consequence}")


def _plan_move(change: Change[K], origin: Pool | None, found: Pool) -> None:
    if change.prior is not None and found.id == change.prior.pool_id:
        change.keep_prior(KeptVolume.pool)
        change.private.pop(LEFT_POOLS, None)
        return
    problem = rules.move_problem(origin, found) if origin is not None else None
    if problem:
        change.diagnostics.error(KeptVolume.pool, f"The volume cannot move to pool {found.id} online", problem)


def _plan_grouped(change: Change[K], driver: XIVDS8KDriver, found: Pool) -> None:
    """Complain of a move of a volume that is in a consistency group; leave it where it is if others moved it."""
    prior = change.prior
    if prior is None or prior.id is None or not driver.keeps_consistencygroups or not change.changes(KeptVolume.pool):
        return
    try:
        now = driver.find_volume(prior.id)
    except DriverError as error:
        _log.info("group not looked up: %s", error.summary)
        return
    if now is None or now.group is None:
        return
    if found.id in change.private.get(LEFT_POOLS, ()):
        change.keep_prior(KeptVolume.pool)
        change.diagnostics.warning(
            KeptVolume.pool,
            f"{now.name} was moved outside Terraform to pool {now.pool_name}, where consistency group {now.group} is",
            f"The configuration has {change.config.pool!r}. Nothing is planned for it, since a group and its volumes "
            f"are in one pool: write pool = {prior.pool!r}; or take the volume out of the group, and the next apply "
            "moves it back.",
        )
        return
    change.diagnostics.error(
        KeptVolume.pool,
        f"{now.name} is in consistency group {now.group} and cannot move to another pool",
        f"A group and its volumes are in one pool. Keep pool = {now.pool_name!r}; or take the volume out first "
        "(remove its xivds8k_consistency_group_member and apply), move it, and put it into a group in that pool.",
    )


def _plan_held(change: Change[K], driver: XIVDS8KDriver, found: Pool) -> None:
    """Complain of a move of a volume that something holds in its pool; leave it where it is if others moved it."""
    prior = change.prior
    if prior is None or prior.id is None or change.diagnostics.has_errors or not change.changes(KeptVolume.pool):
        return
    try:
        held_by = ", ".join(driver.move_obstacles(prior.id))
    except DriverError as error:
        _log.info("what holds it not looked up: %s", error.summary)
        return
    if not held_by:
        return
    if found.id in change.private.get(LEFT_POOLS, ()):
        change.keep_prior(KeptVolume.pool)
        change.diagnostics.warning(
            KeptVolume.pool,
            f"{prior.name} was moved outside Terraform to pool {prior.pool}, and cannot be moved back now",
            f"It has {held_by}. Nothing is planned for it: write pool = {prior.pool!r}; or remove these, and the next "
            "apply moves it back.",
        )
        return
    change.diagnostics.error(
        KeptVolume.pool,
        f"{prior.name} has {held_by} and cannot move to another pool",
        f"Keep pool = {prior.pool!r}; or remove these first, in an apply of its own, move the volume, and make them "
        "anew. A snapshot's relation is never withdrawn to move its source.",
    )


def _check_new_place(change: Change[K], pool: Pool) -> None:
    lss = change.config.known(KeptVolume.lss)
    if pool.storage_type != "fb":
        change.diagnostics.error(
            KeptVolume.pool,
            f"Pool {pool.id} holds {pool.storage_type} volumes",
            "Only fixed-block (fb) volumes can be managed. Choose an fb pool.",
        )
    elif lss and not rules.lss_problem(lss) and pool.node is not None and int(lss, 16) % 2 != pool.node:
        change.diagnostics.error(
            KeptVolume.lss,
            f"LSS {lss.upper()} does not suit pool {pool.id}",
            f"lss = {lss!r} is on node {int(lss, 16) % 2}; pool {pool.id} ({pool.name}) is on node {pool.node}. Choose "
            f"an LSS with an {'even' if pool.node == 0 else 'odd'} number, a pool of the other node, or leave lss out.",
        )

"""What a planned consistency group must satisfy, by family: its pool, its name, and who uses it.

Look-ups only add diagnostics, and are left out when the array does not answer, so that a dead array still plans.
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
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics
from terraform_provider_xivds8k.schema import UNKNOWN, Path

from .consistency_group_model import WRITTEN_POOL, ConsistencyGroup

_log = logging.getLogger("resources.consistency_group")

ANOTHER_POOL = (
    "A group cannot change its pool while it has volumes, and they are in one pool with it. Take the volumes out "
    "(remove the member resources), make a new group in the other pool, move the volumes there, and put them into the "
    "new group."
)


def plan_family(change: Change[ConsistencyGroup], family: str | None) -> None:
    """Complain of a pool that is missing on an XIV, or written on a DS8000."""
    pool = ConsistencyGroup.pool
    if family == "ds8k":
        change.planned.set(ConsistencyGroup.pool_id, None)
        if change.config.known(pool) is not None:
            change.diagnostics.error(
                pool,
                "A consistency group has no pool on a DS8000",
                "The array knows no groups: it is kept in the state only, and volumes of any pools can be members. "
                "Remove the line.",
            )
    elif family == "xiv" and not change.configured(pool):
        change.diagnostics.error(
            pool,
            "A consistency group needs a pool on an XIV",
            "The group and its volumes are in one pool. Write the pool, by id or name.",
        )


def plan_name(change: Change[ConsistencyGroup], family: str | None) -> None:
    """Check a changed name; on an XIV, where it is the group's identity, plan a replacement."""
    name = change.planned.known(ConsistencyGroup.name)
    if family != "xiv":
        return
    if name is None:
        change.keep_prior(ConsistencyGroup.name)  # the next plan sees what it turned out to be
        change.wait_for(ConsistencyGroup.name)
        return
    if not change.changes(ConsistencyGroup.name):
        return
    problem = rules.volume_name_problem("xiv", name)
    if problem:
        change.diagnostics.error(ConsistencyGroup.name, "The array would not take this name", problem)
    if change.prior is not None:
        change.requires_replace.append(Path((ConsistencyGroup.name.name,)))


def plan_pool(change: Change[ConsistencyGroup], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Refuse another pool, keep the prior spelling of the same one, and warn of a group moved outside."""
    pool = change.config.known(ConsistencyGroup.pool)
    if configured is None or configured.family != "xiv" or not change.configured(ConsistencyGroup.pool):
        return
    if change.prior is not None and pool is None:
        change.keep_prior(ConsistencyGroup.pool)
        return
    stays = change.prior is not None and not change.requires_replace
    if pool is None:
        return
    if stays and change.prior is not None and pool == change.prior.pool:
        _accept(change, change.prior)
        return
    try:
        found = configured.driver.find_recent_pool(pool) or configured.driver.get_pool(pool)
    except (NotFound, Ambiguous) as unknown:
        tell = change.diagnostics.error if change.prior is not None else change.diagnostics.warning
        tell(ConsistencyGroup.pool, unknown.summary, f"{unknown.happened} {unknown.next_step}")
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        if stays:
            _refuse_unread(change, error)
        _log.info("pool not looked up: %s", error.summary)
    else:
        if stays:
            _plan_same_pool(change, found)


def _plan_same_pool(change: Change[ConsistencyGroup], found: Pool) -> None:
    prior = change.prior
    if prior is None:
        return
    moved = found.id != prior.pool_id
    if moved and (change.private.get(WRITTEN_POOL) != found.id or prior.id is None):
        change.diagnostics.error(
            ConsistencyGroup.pool,
            f"Consistency group {prior.name} is in pool {prior.pool}, not {found.name}",
            ANOTHER_POOL,
        )
        return
    change.keep_prior(ConsistencyGroup.pool)
    if not moved:
        _accept(change, prior)
    else:
        change.diagnostics.warning(
            ConsistencyGroup.pool,
            f"Consistency group {prior.name} was moved outside Terraform to pool {prior.pool}",
            f"The configuration has {found.name!r}. Nothing is planned for it: write pool = {prior.pool!r}, or move "
            "the group back on the array.",
        )


def _accept(change: Change[ConsistencyGroup], prior: ConsistencyGroup) -> None:
    """Take the pool a group was moved to outside for the written one, now that the configuration has it.

    A plan without a change would keep nothing: later, a line changed back could not be told from that old move.  So it
    is an update, which sends nothing.
    """
    if prior.pool_id is not None and change.private.get(WRITTEN_POOL, prior.pool_id) != prior.pool_id:
        change.private[WRITTEN_POOL] = prior.pool_id
        change.planned.set(ConsistencyGroup.pool_id, UNKNOWN)


def _refuse_unread(change: Change[ConsistencyGroup], error: DriverError) -> None:
    change.diagnostics.error(
        ConsistencyGroup.pool,
        f"It cannot be told whether {change.planned.pool!r} is the pool the group is in",
        f"The state has {change.prior.pool if change.prior is not None else None!r}, which may be another spelling of "
        f"the same pool; the array could not be asked. {error} Run it again when the array answers, or write the pool "
        "as it is in the state.",
    )


def plan_doubt(change: Change[ConsistencyGroup]) -> None:
    """Plan that the apply finds out whether the array made the group."""
    if change.prior is None or not change.prior.is_null(ConsistencyGroup.id):
        return
    change.planned.set(ConsistencyGroup.id, UNKNOWN)
    if change.prior.is_null(ConsistencyGroup.pool_id) and not change.planned.is_null(ConsistencyGroup.pool):
        change.planned.set(ConsistencyGroup.pool_id, UNKNOWN)


def users_of(
    prior: ConsistencyGroup, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics
) -> tuple[str, ...]:
    """Return who uses a group, as far as the array tells now."""
    if prior.id is None or configured is None or configured.family != "xiv" or diagnostics.has_errors:
        return ()
    try:
        configured.driver.check_system(prior.system_id)
        return configured.driver.consistencygroup_users(prior.id)
    except BadCredentials as refused:
        diagnostics.add(refused)
    except DriverError as error:
        _log.info("users not looked up: %s", error.summary)
    return ()


def refuse_replacing_used(
    prior: ConsistencyGroup, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics
) -> None:
    """Complain of a replacement of a group that is in use, by its users' names."""
    users = users_of(prior, configured, diagnostics)
    if users:
        diagnostics.error(
            ConsistencyGroup.name,
            f"Consistency group {prior.name} is in use and cannot get another name",
            f"It has: {', '.join(users)}. An XIV's group is identified by its name, so another name needs a new group. "
            "Keep the name; or take the volumes out, delete the snapshot groups and end the mirror first, in an apply "
            "of their own.",
        )


def warn_of_users(
    prior: ConsistencyGroup, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics
) -> None:
    """Name what still uses a group that a plan would remove; the apply refuses it while it is so."""
    users = users_of(prior, configured, diagnostics)
    if users:
        diagnostics.warning(
            None,
            f"Consistency group {prior.name} is to be destroyed and has {', '.join(users)}",
            "That is well where the same apply removes these before, by resources that refer to it. What is still "
            "there then makes the apply refuse it: remove what uses the group first.",
        )

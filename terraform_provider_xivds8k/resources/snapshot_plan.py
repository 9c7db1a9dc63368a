"""What a planned snapshot must satisfy, asked at plan time.

Look-ups only add diagnostics, and are left out when the array does not answer, so that a dead array still plans.
"""

from __future__ import annotations

import logging
from typing import Any

from terraform_provider_xivds8k.driver import (
    Ambiguous,
    BadCredentials,
    DriverError,
    NotFound,
    XIVDS8KDriver,
    rules,
)
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics
from terraform_provider_xivds8k.schema import UNKNOWN, Attr

from .snapshot_model import Snapshot, is_ds8k

_log = logging.getLogger("resources.snapshot")

FOREIGN: dict[str, tuple[Attr[Any], ...]] = {
    "xiv": (Snapshot.copy_, Snapshot.pool),
    "ds8k": (Snapshot.delete_priority,),
}


def plan_family(change: Change[Snapshot], family: str | None) -> None:
    """Complain about attributes the family does not have, and plan those it leaves empty as null."""
    for attribute in FOREIGN.get(family or "", ()):
        if change.configured(attribute):
            change.diagnostics.error(
                attribute,
                f"{attribute.name} is not for this array",
                f"The provider's family is {family}, whose snapshots have no {attribute.name}. Remove the line.",
            )
        elif change.prior is None:
            change.planned.set(attribute, None)
    if family == "xiv" and change.prior is None:
        change.planned.set(Snapshot.pool_id, None)
    if family == "ds8k" and change.prior is None and not change.configured(Snapshot.copy_):
        change.planned.set(Snapshot.copy_, "none")


def plan_name(change: Change[Snapshot], family: str | None) -> None:
    """Check a changed name, plan the name to be written, and warn of one changed outside."""
    name = change.planned.known(Snapshot.name)
    if change.changes(Snapshot.name) and name is not None and family:
        problem = rules.volume_name_problem(family, name)
        if problem:
            change.diagnostics.error(Snapshot.name, "The array would not take this name", problem)
    change.planned.set(Snapshot.written_name, UNKNOWN if name is None else name)
    if change.prior is not None:
        warn_of_foreign_name(change.prior, change.diagnostics)


def warn_of_foreign_name(prior: Snapshot, diagnostics: Diagnostics) -> None:
    """Warn that a DS8000 snapshot no longer bears the name Terraform wrote."""
    if not is_ds8k(prior) or prior.written_name is None or prior.name == prior.written_name:
        return
    diagnostics.warning(
        Snapshot.name,
        f"Snapshot {prior.id} is now called {prior.name}, not {prior.written_name}",
        "It was renamed outside Terraform. Deleting it is refused until an apply has written the configured name.",
    )


def plan_volume(change: Change[Snapshot]) -> None:
    """Keep the prior spelling of the same volume id."""
    written = change.planned.known(Snapshot.volume_id)
    prior = change.prior.known(Snapshot.volume_id) if change.prior is not None else None
    if written is not None and prior is not None and written.casefold() == prior.casefold():
        change.keep_prior(Snapshot.volume_id)


def plan_pool(change: Change[Snapshot], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Keep the prior value where what is written is the pool the target was asked into or is in by now.

    Whatever it is called by now, and wherever somebody moved the target: it holds its point in time.  Tell of a pool
    that is not there.
    """
    pool, prior = change.planned.known(Snapshot.pool), change.prior
    had = prior.known(Snapshot.pool) if prior is not None else None
    if configured is None or configured.family != "ds8k" or pool is None or pool == had:
        return
    if not change.configured(Snapshot.pool):
        return
    try:
        driver = configured.driver
        found = driver.find_recent_pool(pool) or driver.get_pool(pool)
        origin = driver.find_recent_pool(had) if had is not None else None
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except (NotFound, Ambiguous) as unknown:
        _tell_of_unknown_pool(change, unknown)
    except DriverError as error:
        _log.info("pool not looked up: %s", error.summary)
        if prior is not None:
            _refuse_unread(change, error)
    else:
        here = {origin.id if origin is not None else None, prior.known(Snapshot.pool_id) if prior is not None else None}
        if found.id in here:
            change.keep_prior(Snapshot.pool)


def _tell_of_unknown_pool(change: Change[Snapshot], unknown: DriverError) -> None:
    said = f"{unknown.happened} {unknown.next_step}"
    if change.prior is None:
        text = f"{said} The apply will be refused unless the pool is made before."
        change.diagnostics.warning(Snapshot.pool, unknown.summary, text)
    else:
        text = f"{said} The old snapshot would be deleted before the array could refuse the new one."
        change.diagnostics.error(Snapshot.pool, unknown.summary, text)


def _refuse_unread(change: Change[Snapshot], error: DriverError) -> None:
    """Complain that a plan is not possible: whether the snapshot is replaced depends on what the array says."""
    change.diagnostics.error(
        Snapshot.pool,
        f"It cannot be told whether {change.planned.pool!r} is the pool the snapshot is in",
        f"The array could not be asked. {error} Run it again when the array answers, or write the pool as it is in the "
        "state.",
    )


def warn_of_users(
    prior: Snapshot, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics, *, doing: str
) -> None:
    """Name what still uses a snapshot that a plan would remove; the apply refuses it while it is so."""
    if prior.id is None or prior.lost is not False or configured is None or diagnostics.has_errors:
        return
    try:
        configured.driver.check_system(prior.system_id)
        users = configured.driver.snapshot_users(prior.id, prior.volume_id)
    except BadCredentials as refused:
        diagnostics.add(refused)
        return
    except DriverError as error:
        _log.info("users not looked up: %s", error.summary)
        return
    if users:
        diagnostics.warning(
            None,
            f"{prior.name} ({prior.id}) is to be {doing} and has {', '.join(users.everything)}",
            "That is well where the same apply removes these before, by resources that refer to it. What is still "
            "there then makes the apply refuse it: remove what uses the snapshot first.",
        )

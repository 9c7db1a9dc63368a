"""In which pool of the remote array a planned replication's copy is, or is to be made."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import Ambiguous, BadCredentials, DriverError, NotFound, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Change

from .plan_alone import is_alone
from .replication_model import Replication
from .replication_plan import Configuration, target_of


def plan_pool(change: Change[Replication], configured: Configuration) -> None:
    """Keep the prior value where another spelling is the same pool of the remote array; tell of one not there."""
    written, prior = change.config.known(Replication.remote_pool), change.prior
    before = prior.known(Replication.remote_pool) if prior is not None else None
    target = target_of(configured)
    if prior is None and target is not None and target.pool is None and not change.configured(Replication.remote_pool):
        change.diagnostics.error(
            Replication.remote_pool,
            "It is not said which pool of the remote array takes the copy",
            "Write remote_pool, or pool in the provider's replication_target for all that name none.",
        )
    if written is None or written == before or target is None or configured is None:
        return
    try:
        remote = configured.driver.remote
        found = remote.find_recent_pool(written) or remote.get_pool(written)
        origin = _origin(change, remote, before)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        _tell_of_pool(change, error)
    else:
        if found.id in origin:
            change.keep_prior(Replication.remote_pool)
        elif not origin and prior is not None:
            _leave_pool(change, f"There is no pool {before!r} any more, and where the copy is now is not told.")


def _origin(change: Change[Replication], remote: XIVDS8KDriver, before: str | None) -> set[str]:
    """Return the ids of the pools a copy may be said to be in: of its name in the state, and where it is now.

    A pool that was renamed is the same pool still.
    """
    if change.prior is None or before is None:
        return set()
    called = remote.find_recent_pool(before)
    if called is not None:
        return {called.id}
    own_id = change.prior.known(Replication.remote_volume_id)
    is_volume = own_id is not None and not change.prior.is_null(Replication.volume_id)
    there = remote.find_volume(own_id) if is_volume and own_id is not None else None
    return {there.pool_id} if there is not None else set()


def _leave_pool(change: Change[Replication], why: str) -> None:
    """Leave a copy where it is, while nobody can tell whether its line names another pool."""
    if not is_alone(change, Replication.remote_pool):
        change.diagnostics.error(
            Replication.remote_pool,
            f"It cannot be told whether {change.planned.remote_pool!r} is the pool the remote volume was made in",
            f"{why} Another pool takes the pair apart, so nothing is planned. Run it again when the remote array "
            "answers, or write the pool as it is in the state.",
        )
        return
    written = change.planned.remote_pool
    change.keep_prior(Replication.remote_pool)
    change.diagnostics.warning(
        Replication.remote_pool,
        f"It cannot be told whether {written!r} is the pool of the copy, and nothing is planned for it",
        f"{why} Another pool takes the pair apart and copies everything anew: the next plan that can tell shows that.",
    )


def _tell_of_pool(change: Change[Replication], error: DriverError) -> None:
    said = f"{error.summary}. {error.happened} {error.next_step}".strip()
    if change.prior is None:
        change.diagnostics.warning(
            Replication.remote_pool,
            f"Pool {change.planned.remote_pool!r} could not be found on the remote array",
            f"{said} The apply will be refused unless it is there by then.",
        )
        return
    if isinstance(error, NotFound | Ambiguous):
        change.diagnostics.error(
            Replication.remote_pool,
            f"Pool {change.planned.remote_pool!r} could not be found on the remote array",
            f"{said} The old pair would be ended before the remote array could refuse the new one.",
        )
        return
    _leave_pool(change, said)

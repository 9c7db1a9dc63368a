"""On which array, in which pool and under which name a planned replication's copy is, or is to be made.

What is written is compared with how it is by now, too: to write what others changed is no reason to copy everything
anew.
"""

from __future__ import annotations

from typing import Any, Literal

from terraform_provider_xivds8k.driver import Ambiguous, BadCredentials, DriverError, NotFound, Unreachable
from terraform_provider_xivds8k.lifecycle import Change
from terraform_provider_xivds8k.schema import Attr

from .plan_alone import is_alone
from .replication_model import Replication, subject_id
from .replication_plan import Configuration, copy_of, target_of

TAKEN_OVER = (Replication.backend_id, Replication.remote_pool, Replication.remote_name)
POOL = "the pool of the remote volume"


def plan_backend(change: Change[Replication], configured: Configuration) -> None:
    """Plan to which array it goes; a label that was changed is the same array as long as it has the pair."""
    target, prior = target_of(configured), change.prior
    if target is None:
        _complain_of_no_target(change, configured)
        return
    written, before = (
        change.config.known(Replication.backend_id),
        prior.known(Replication.backend_id) if prior else None,
    )
    if prior is None and not change.configured(Replication.backend_id):
        change.planned.set(Replication.backend_id, target.backend_id)
    elif written is not None and written != target.backend_id:
        _tell_of_label(change, written, target.backend_id, is_new=written != before)
    elif written is not None and prior is not None and written != before:
        _plan_other_label(change, prior, configured)


def _plan_other_label(change: Change[Replication], prior: Replication, configured: Configuration) -> None:
    """Plan another pair for another label only where home says that its pair is with another array."""
    try:
        whose = _whose(prior, configured)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        _leave(change, Replication.backend_id, "the array the pair is with", _said(error))
    else:
        if whose == "ours":
            change.take_over(Replication.backend_id)


def _whose(prior: Replication, configured: Configuration) -> Literal["ours", "another array's"]:
    """Return with which array home has the pair; raises DriverError where that cannot be told.

    A pair that is gone, or that nobody understands, makes no other array of the one it was with.
    """
    own_id = subject_id(prior)
    if configured is None or own_id is None:
        return "ours"
    driver, theirs = configured.driver, prior.known(Replication.remote_volume_id)
    pair = driver.find_recent_replication(own_id, remote_id=theirs)
    if pair is None or pair.remote is not None:
        return "ours"
    if driver.remote.known_system_id is None:
        raise Unreachable("The remote array does not answer", happened=pair.unread)
    return "another array's" if pair.home is not None and pair.home.is_foreign else "ours"


def _complain_of_no_target(change: Change[Replication], configured: Configuration) -> None:
    if change.prior is not None or configured is None:
        return
    try:
        settings = configured.driver.settings
    except DriverError:
        return
    if settings.replication_target is None:
        change.diagnostics.error(
            Replication.backend_id,
            "There is no replication target",
            "It is not known which array shall hold the remote copy. Write replication_target in the provider block, "
            "with the endpoints of the other array.",
        )


def _tell_of_label(change: Change[Replication], written: str, label: str, *, is_new: bool) -> None:
    text = (
        f'backend_id = "{written}": the provider\'s replication_target is labelled "{label}". Write that, leave the '
        "line out, or use the provider alias whose target is meant."
    )
    tell = change.diagnostics.error if is_new else change.diagnostics.warning
    tell(Replication.backend_id, f"The provider has no replication target {written!r}", text)


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
        former = remote.find_recent_pool(before) if before is not None else None
        is_former = former is not None and former.id == found.id
        there = None if is_former or prior is None or before is None else _pools_of_copy(prior, configured)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        _tell_of_pool(change, error)
    else:
        if is_former:
            change.keep_prior(Replication.remote_pool)
        elif there and there & {found.id, found.name}:
            _take_pool(change, is_renamed=former is None)
        elif former is None and before is not None and not there:
            why = f"There is no pool {before!r} any more, and where the copy is now is not told."
            _leave(change, Replication.remote_pool, POOL, why)


def _take_pool(change: Change[Replication], *, is_renamed: bool) -> None:
    """Plan no new pair for the pool the copy is in by now."""
    if is_renamed or (change.prior is not None and change.prior.id is None):
        change.keep_prior(Replication.remote_pool)
    else:
        change.take_over(Replication.remote_pool)


def _pools_of_copy(prior: Replication, configured: Configuration) -> set[str]:
    """Return id or name of the pool the copy is in by now, none where that is not told; raises DriverError."""
    group_id = prior.known(Replication.remote_volume_id)
    if configured is not None and group_id is not None and not prior.is_null(Replication.consistency_group_id):
        group = configured.driver.remote.find_consistencygroup(group_id)
        return {group.pool_name} if group is not None and group.pool_name is not None else set()
    copy = copy_of(prior, configured)
    return {copy.pool_id} if copy is not None else set()


def plan_name(change: Change[Replication], configured: Configuration) -> None:
    """Plan no new pair for the name the copy has by now."""
    prior, written = change.prior, change.config.known(Replication.remote_name)
    if prior is None or prior.id is None or written in {None, prior.known(Replication.remote_name)}:
        return
    try:
        copy = copy_of(prior, configured)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        _leave(change, Replication.remote_name, "the name of the remote volume", _said(error))
    else:
        is_group = not prior.is_null(Replication.consistency_group_id)
        if written == (prior.known(Replication.remote_volume_id) if is_group else copy.name if copy else None):
            change.take_over(Replication.remote_name)


def _leave(change: Change[Replication], attribute: Attr[Any], what: str, why: str) -> None:
    """Leave a pair as it is, while nobody can tell whether a line asks for another one."""
    written = change.planned.raw[attribute.name]
    if not is_alone(change, attribute):
        change.diagnostics.error(
            attribute,
            f"It cannot be told whether {written!r} is {what}",
            f"{why} Another one takes the pair apart, so nothing is planned. Run it again when both arrays answer, or "
            f"write {attribute.name} as it is in the state.",
        )
        return
    change.keep_prior(attribute)
    change.diagnostics.warning(
        attribute,
        f"It cannot be told whether {written!r} is {what}, and nothing is planned for it",
        f"{why} Another one takes the pair apart and copies everything anew: the next plan that can tell shows that.",
    )


def _said(error: DriverError) -> str:
    return f"{error.summary}. {error.happened} {error.next_step}".strip()


def _tell_of_pool(change: Change[Replication], error: DriverError) -> None:
    said = _said(error)
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
    _leave(change, Replication.remote_pool, POOL, said)

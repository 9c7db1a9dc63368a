"""What a plan may do to a group snapshot: take it, replace it where nothing is lost by that, and little else."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, XIVDS8KDriver, rules
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics
from terraform_provider_xivds8k.schema import UNKNOWN

from . import consistency_group_snapshot_retaking as retaking
from .consistency_group_snapshot_model import ConsistencyGroupSnapshot as Model
from .consistency_group_snapshot_model import is_unfinished, still_held

_log = logging.getLogger("resources.consistency_group_snapshot")


def plan(change: Change[Model], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Plan a group snapshot."""
    family = configured.family if configured is not None else None
    _plan_family(change, family)
    prior = change.prior
    if prior is None:
        _check_name(change, family)
        change.planned.set(Model.lost, False)  # noqa: FBT003 - a value to store
        retaking.refuse_where_hopeless(change, configured)
        return
    retaking.remember(change, prior)
    replaces = _replaces(change, prior, configured)
    if not replaces:
        _keep_name(change, prior)
        for attribute in (Model.consistency_group_id, Model.volume_ids):
            if not prior.is_null(attribute):
                change.keep_prior(attribute)
    if prior.is_null(Model.id):
        _plan_doubt(change)


def _plan_family(change: Change[Model], family: str | None) -> None:
    if family == "xiv" and change.config.known(Model.allow_shared_lss) is not None:
        change.diagnostics.error(
            Model.allow_shared_lss,
            "allow_shared_lss is not for this array",
            "The provider's family is xiv, which has no LSS. Remove the line.",
        )
    if family == "ds8k" and change.prior is None and change.config.raw[Model.volume_ids.name] in (None, []):
        change.diagnostics.error(
            Model.volume_ids,
            "A group snapshot on a DS8000 needs volume_ids",
            "The array knows no consistency groups, so it cannot tell their members. Write volume_ids = [for m in "
            "xivds8k_consistency_group_member.m : m.volume_id].",
        )


def _check_name(change: Change[Model], family: str | None) -> None:
    name = change.planned.known(Model.name)
    problem = rules.group_snapshot_name_problem(family, name) if family and name is not None else None
    if problem:
        change.diagnostics.error(Model.name, "The array would not take this name", problem)


def _replaces(change: Change[Model], prior: Model, configured: Configured[XIVDS8KDriver] | None) -> bool:
    """Plan a replacement where another group is wished, or what is lost shall be taken again and can be."""
    group = change.config.known(Model.consistency_group_id)
    had = prior.known(Model.consistency_group_id)
    if had is not None:
        change.wait_for(Model.consistency_group_id)
    if prior.known(Model.lost):
        change.wait_for(Model.recreate_when_lost)
    if group is not None and had is not None and group != had:
        change.requires_replace.append(Model.consistency_group_id.path)
        retaking.refuse(change, prior, configured)
    again = bool(prior.known(Model.lost) and change.config.known(Model.recreate_when_lost))
    if again and not change.requires_replace:
        again = not retaking.is_hopeless(change, prior, configured)
    if again or is_unfinished(prior):
        change.planned.set(Model.lost, False)  # noqa: FBT003 - a value to store
        change.requires_replace.append(Model.lost.path)
    return bool(change.requires_replace)


def _keep_name(change: Change[Model], prior: Model) -> None:
    name = change.config.known(Model.name)
    if name is not None and name != prior.name:
        change.diagnostics.error(
            Model.name,
            f"Group snapshot {prior.name} cannot be renamed",
            f"The name is what it is found by, and a replacement called {name!r} would be of today: the point in time "
            f"{prior.created_at or 'it holds'} would be lost. Write name = {prior.name!r} again. For a new point in "
            "time add another block; to give this one up, apply with -replace and the old name, or destroy it.",
        )
    change.keep_prior(Model.name)


def _plan_doubt(change: Change[Model]) -> None:
    """Plan that the apply finds out what the array took."""
    for node in Model.node().attributes:
        if node.computed and change.config.raw[node.name] is None and change.planned.raw[node.name] is None:
            change.planned.raw[node.name] = UNKNOWN
    change.keep_prior(Model.system_id)


def warn_of_lost_point(prior: Model, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics) -> None:
    """Say what a replacement gives up."""
    if prior.is_null(Model.id) or prior.lost:
        return
    if is_unfinished(prior) and not _held(prior, configured, diagnostics):
        return
    diagnostics.warning(
        None,
        f"Replacing group snapshot {prior.name} loses the point in time it holds",
        f"It was taken {prior.created_at or 'at a time the array does not keep'}; the new one will hold what the "
        "volumes hold when it is applied.",
    )


def warn_of_users(prior: Model, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics) -> None:
    """Name the hosts that use its snapshots; the apply refuses to delete it while it is so."""
    if configured is None or diagnostics.has_errors or prior.is_null(Model.id):
        return
    uses: list[str] = []
    try:
        for snapshot_id in _held(prior, configured, diagnostics).values():
            uses += [f"{snapshot_id} {use}" for use in configured.driver.volume_users(snapshot_id).mappings]
    except BadCredentials as refused:
        diagnostics.add(refused)
        return
    except DriverError as error:
        _log.info("users not looked up: %s", error.summary)
        return
    if uses:
        diagnostics.warning(
            None,
            f"Group snapshot {prior.name} is to be destroyed and is in use: {', '.join(uses)}",
            "That is well where the same apply removes these before, by resources that refer to it. What is still "
            "there then makes the apply refuse it: unmap its snapshots first.",
        )


def _held(prior: Model, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics) -> Mapping[str, str]:
    """Return the snapshots that hold their point in time by a direct look, none where the array does not answer."""
    if configured is None or diagnostics.has_errors:
        return {}
    try:
        configured.driver.check_system(prior.system_id)
        return still_held(prior, configured.driver.find_cgsnapshot(prior.id or ""))
    except BadCredentials as refused:
        diagnostics.add(refused)
    except DriverError as error:
        _log.info("snapshots not looked up: %s", error.summary)
    return {}

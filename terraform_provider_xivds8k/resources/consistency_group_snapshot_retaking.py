"""Whether a group snapshot could be taken again: asked before a plan gives the old one up, which goes first.

With -replace, Terraform asks for the plan of a change and then, with the private data of that, for the plan of a
creation.  So what is held is remembered there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, HeldGroupSnapshot, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Change, Configured, Private

from .consistency_group_snapshot_model import ConsistencyGroupSnapshot as Model
from .consistency_group_snapshot_model import held_by, is_unfinished

_log = logging.getLogger("resources.consistency_group_snapshot")

HELD = "held"


def remember(change: Change[Model], prior: Model) -> None:
    """Keep for the plan of a creation what would be deleted before it."""
    change.private.pop(HELD, None)
    if not prior.is_null(Model.id) and not is_unfinished(prior):
        change.private[HELD] = {**asdict(held_by(prior)), "withdrawn": [], "system_id": prior.system_id}


def forget(private: Private) -> None:
    """Keep it no longer than the plan."""
    private.pop(HELD, None)


def refuse_where_hopeless(change: Change[Model], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Complain about a creation in place of what is held that could not succeed."""
    kept = change.private.pop(HELD, None)
    if isinstance(kept, Mapping):
        kept = dict(kept)
        system_id = str(kept.pop("system_id"))
        held = HeldGroupSnapshot(**{**kept, "withdrawn": frozenset()})
        _refuse(change, held.name, _obstacles(change, held, system_id, configured))


def refuse(change: Change[Model], prior: Model, configured: Configured[XIVDS8KDriver] | None) -> None:
    """Complain about a replacement by what could not be taken."""
    _refuse(change, prior.name, _obstacles(change, held_by(prior), prior.system_id, configured))


def _refuse(change: Change[Model], name: str, obstacles: tuple[str, ...]) -> None:
    if obstacles:
        change.diagnostics.error(
            None,
            f"Group snapshot {name} could not be taken again",
            f"{'; '.join(obstacles)}. The old one would be deleted before the array could refuse the new one. Put this "
            "right in an apply of its own, then replace it.",
        )


def is_hopeless(change: Change[Model], prior: Model, configured: Configured[XIVDS8KDriver] | None) -> bool:
    """Tell, with a warning, whether what is lost could not be taken again: it then stays in the state."""
    obstacles = _obstacles(change, held_by(prior), prior.system_id, configured)
    if obstacles:
        change.diagnostics.warning(
            None,
            f"Group snapshot {prior.name} is lost and cannot be taken again now",
            f"recreate_when_lost is set, and {'; '.join(obstacles)}. Nothing is planned before this is put right.",
        )
    return bool(obstacles)


def _obstacles(
    change: Change[Model], held: HeldGroupSnapshot, system_id: str, configured: Configured[XIVDS8KDriver] | None
) -> tuple[str, ...]:
    """Return why it could not be taken, nothing where that is not known or the array does not answer."""
    group, name = change.config.known(Model.consistency_group_id), change.config.known(Model.name)
    if configured is None or change.diagnostics.has_errors or group is None or name is None:
        return ()
    if not change.config.is_known(Model.volume_ids):
        return ()
    try:
        configured.driver.check_system(system_id)
        return configured.driver.cgsnapshot_obstacles(
            group_id=group,
            name=name,
            volume_ids=change.config.known(Model.volume_ids),
            held=held,
            allow_shared_lss=bool(change.config.known(Model.allow_shared_lss)),
        )
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        _log.info("not looked up whether it can be taken: %s", error.summary)
    return ()

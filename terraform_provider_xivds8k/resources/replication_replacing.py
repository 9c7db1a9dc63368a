"""What keeps a replacement of a pair from its second half, refused before its first half ends the pair there is.

Terraform plans a replacement by two calls.  In the first one the prior state is known, but not that `-replace` or
`replace_triggered_by` stand behind it.  The second one plans a creation; it is shown the private data of the first,
and Terraform shows nothing of it but errors.  So the first leaves a note of the pair, and the second refuses.

What is tainted is planned as new, without either.  So a deletion that keeps the remote volume is made only with the
mark of a planned destruction, or that of a second call that found nothing in the way.
"""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import DriverError, Refused
from terraform_provider_xivds8k.lifecycle import Change, Private

from .replication_model import Replication, keeps_remote, named
from .replication_plan import SUBJECTS, Configuration
from .replication_setting_up import Replaced, tell_of_setting_up

_log = logging.getLogger("resources.replication")

# private
REPLACED = "replaced"  # what the first call knows of the pair, for the second one
PLANNED = "planned_end"  # a destruction was planned, or a replacement that nothing stands in the way of
NOTED = (
    Replication.id,
    *SUBJECTS,
    Replication.remote_volume_id,
    Replication.remote_name,
    Replication.remote_on_delete,
)


def note(change: Change[Replication]) -> None:
    """Note the pair that a replacement would end."""
    if change.prior is not None and change.prior.id is not None:
        change.private[REPLACED] = {one.name: change.prior.raw[one.name] for one in NOTED}


def forget(private: Private) -> None:
    """Forget what was noted for a replacement that was none."""
    private.pop(REPLACED, None)


def refuse_half(change: Change[Replication], configured: Configuration) -> bool:
    """Complain of a second half that could not be made; tell whether this is one."""
    kept = change.private.pop(REPLACED, None) if change.prior is None else None
    if kept is None:
        return False
    old = Replication.nothing()
    for attribute in NOTED:
        old.raw[attribute.name] = kept[attribute.name]
    if keeps_remote(old):
        _refuse_name_that_stays(change, old, configured)
    tell_of_setting_up(change, configured, Replaced.of(old))
    if not change.diagnostics.has_errors:
        mark(change.private)
    return True


def mark(private: Private) -> None:
    """Let the deletion know that the end of the pair was planned."""
    private[PLANNED] = True


def take_mark(private: Private) -> bool:
    """Return whether the end of the pair was planned."""
    return bool(private.pop(PLANNED, False))


def refuse_unplanned(prior: Replication) -> None:
    """Refuse to end a pair as half of a replacement that nobody could look at; raises Refused."""
    if not keeps_remote(prior):
        return
    there = f"{prior.known(Replication.remote_name)} ({prior.known(Replication.remote_volume_id)})"
    raise Refused(
        f"{named(prior)} is tainted and is not ended: its remote volume would stay, and keep its name",
        happened=f"A replacement ends the pair first. {there} stays then, and a new pair is refused while the name it "
        "is to get is taken; the plan of what is tainted does not tell which name that is.",
        left_behind="Nothing was changed.",
        next_step="terraform untaint ADDRESS keeps it as it is. To copy it anew, untaint it first, too; then write "
        'another remote_name, or apply remote_on_delete = "delete" and run terraform apply -replace=ADDRESS.',
    )


def _refuse_name_that_stays(change: Change[Replication], old: Replication, configured: Configuration) -> None:
    """Complain where the remote volume that stays has the name the new one is to get, or may have it."""
    name, stays = _new_name(change, configured), _name_that_stays(old, configured)
    if name is not None and name != stays:
        return
    there = f"{stays} ({old.known(Replication.remote_volume_id)})"
    title = (
        f"The remote volume that stays is called {stays}, as the new one would be"
        if name is not None
        else f"The remote volume {there} stays, and it is not known whether the new one would get its name"
    )
    change.diagnostics.error(
        Replication.remote_name,
        title,
        f"{named(old)} would be ended, its remote volume {there} kept, and then the new one refused for its name, "
        "which leaves nothing protected. Write another remote_name; or write "
        'remote_on_delete = "delete" and apply that first, where the remote volume is not needed any more. '
        "(`terraform destroy` plans this replacement, too, unless it is run with `-refresh=false`.)",
    )


def _new_name(change: Change[Replication], configured: Configuration) -> str | None:
    """Return the name the new copy would get, None where that is not known."""
    if change.configured(Replication.remote_name):
        return change.planned.known(Replication.remote_name)
    group, volume_id = (change.planned.known(one) for one in (Replication.consistency_group_id, Replication.volume_id))
    if group is not None or volume_id is None or configured is None:
        return group
    try:
        found = configured.driver.find_volume(volume_id)
    except DriverError as error:
        _log.info("the volume's name is not looked up: %s", error.summary)
        return None
    return found.name if found is not None else None


def _name_that_stays(old: Replication, configured: Configuration) -> str | None:
    """Return what the remote volume is called now, or was where the array does not tell."""
    name, there = old.known(Replication.remote_name), old.known(Replication.remote_volume_id)
    if configured is None or there is None or old.is_null(Replication.volume_id):
        return name
    try:
        found = configured.driver.remote.find_volume(there)
    except DriverError as error:
        _log.info("the remote volume's name is not looked up: %s", error.summary)
        return name
    return found.name if found is not None else name

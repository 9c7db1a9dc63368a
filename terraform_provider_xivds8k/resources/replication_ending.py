"""What a plan tells of the end of a pair, alone or as half of a replacement.

Look-ups only add diagnostics, and are left out when an array does not answer.
"""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import DriverError, Pair, called
from terraform_provider_xivds8k.lifecycle import Change, Diagnostics

from . import replication_unfinished as unfinished
from .replication_leftover import tell_of_end
from .replication_model import Replication, keeps_remote, named, said_of
from .replication_plan import Configuration, called_now, look, said_of_group

NOT_IN_STEP = 2  # the row

_log = logging.getLogger("resources.replication")


def warn_of_replacement(change: Change[Replication], configured: Configuration) -> None:
    """Tell what a replacement of the pair means."""
    prior = change.prior
    if prior is None:
        return
    if prior.id is None:
        _tell_of_rest(prior, configured, change.diagnostics)
        if unfinished.is_of_end(prior):
            name = change.config.known(Replication.remote_name)
            unfinished.tell_of_name(prior, name, change.diagnostics)
        return
    if change.diagnostics.has_errors:
        return
    change.diagnostics.warning(
        None,
        f"{named(prior)} is to be ended, and everything copied anew",
        f"Until the first copy of the new pair is complete nothing is protected. {_what_stays(prior, configured)}",
    )
    _warn_of_group(prior, configured, change.diagnostics)
    warn_of_row(prior, configured, change.diagnostics)


def _warn_of_group(prior: Replication, configured: Configuration, diagnostics: Diagnostics) -> None:
    """Warn of a group with members, and of a member, which no apply replaces; the same one may end these before."""
    pair = look(prior, configured, diagnostics)
    why = said_of_group(pair) if pair is not None else ""
    if why:
        diagnostics.warning(
            None,
            f"{named(prior)} {why}, and is not ended so",
            "The mirror of a group is made and ended while the group is empty only, and a member moves with its group: "
            "the apply is refused while this is so. Let the same apply end each xivds8k_consistency_group_member, "
            "which it does first where that refers to the replication (depends_on), and write them again for the next "
            "one; or take the change back.",
        )


def warn_of_destroy(prior: Replication, configured: Configuration, diagnostics: Diagnostics) -> None:
    """Name what ends with the pair, and what keeps it from ending now."""
    if prior.id is None:
        _tell_of_rest(prior, configured, diagnostics)
        return
    diagnostics.warning(
        None,
        f"{named(prior)} is to be ended; {_short_fate(prior)}",
        f"What is written afterwards at home is not protected any more. {_what_stays(prior, configured)}",
    )
    warn_of_row(prior, configured, diagnostics)


def _tell_of_rest(prior: Replication, configured: Configuration, diagnostics: Diagnostics) -> None:
    if unfinished.is_of_end(prior) and (configured is None or configured.family != "ds8k"):
        unfinished.tell_of_end(prior, diagnostics)
    else:
        tell_of_end(prior, diagnostics)


def warn_of_row(prior: Replication, configured: Configuration, diagnostics: Diagnostics) -> None:
    """Warn of a pair that cannot be ended as it is, and of who uses a remote volume that is to be deleted."""
    pair = look(prior, configured, diagnostics)
    if pair is not None and not pair.can_be_ended:
        diagnostics.warning(
            None,
            f"{named(prior)} cannot be ended now: {said_of(pair)}",
            "A pair is ended in rows 1 and 2 only, where home serves: the apply is refused while this is so. Bring it "
            "back first (xivds8k_replication_failover), or take it out of the state (terraform state rm ADDRESS) and "
            f"leave it as it is.{_what_goes_first(prior, pair)}",
        )
    if keeps_remote(prior):
        if pair is not None and pair.row == NOT_IN_STEP:
            _warn_of_content(prior, pair, diagnostics)
        return
    if pair is not None:
        _warn_of_other_remote(prior, pair, diagnostics)
    if configured is None or prior.is_null(Replication.volume_id):
        return
    try:
        users = configured.driver.remote.volume_users(prior.remote_volume_id or "")
    except DriverError as error:
        _log.info("the remote volume's users are not looked up: %s", error.summary)
        return
    using = (*users.mappings, *users.snapshots, *users.groups)
    if using:
        diagnostics.warning(
            None,
            f"Remote volume {prior.remote_volume_id} is to be deleted and has {', '.join(using)}",
            "That is well where the same apply removes these before, by resources that refer to it. What is still "
            "there then makes the apply refuse it.",
        )


def _warn_of_content(prior: Replication, pair: Pair, diagnostics: Diagnostics) -> None:
    """Warn where what stays is no whole copy."""
    is_initial = any(half is not None and half.is_initial for half in (pair.home, pair.remote))
    there = called(prior.known(Replication.remote_name), prior.known(Replication.remote_volume_id))
    diagnostics.warning(
        None,
        f"{there} stays, and is not in step",
        "Its first copy has not ended: what it holds is of no use."
        if is_initial
        else f"It may lack what was written last, or be of no one time. Wait for row 1 where it is to be used. Now: "
        f"{pair.cause}.",
    )


def _what_goes_first(prior: Replication, pair: Pair) -> str:
    """Say what the same apply takes away before the end of the pair is refused."""
    there = prior.known(Replication.remote_volume_id)
    if prior.is_null(Replication.volume_id) or there is None:
        return ""
    serving = ", which serves now," if pair.serves == "remote" else ""
    return (
        f" What refers to it goes first: attachments of the remote volume {there}{serving} that this plan destroys are "
        "removed before the refusal, and hosts lose it. Do not apply this plan."
    )


def _warn_of_other_remote(prior: Replication, pair: Pair, diagnostics: Diagnostics) -> None:
    """Warn where the remote volume that is to be deleted is not the one of the pair."""
    named_here, theirs = prior.known(Replication.remote_volume_id), pair.remote_id
    if named_here is None or theirs is None or named_here.casefold() == theirs.casefold():
        return
    diagnostics.warning(
        None,
        f"{named(prior)} goes to another remote volume by now: {theirs}, not {named_here}",
        "The pair was made anew outside Terraform. The apply refuses to delete a volume that this plan does not name; "
        "a refresh takes the other one into the state, to be kept.",
    )


def _short_fate(prior: Replication) -> str:
    there = prior.known(Replication.remote_volume_id)
    return f"remote {there} {'stays' if keeps_remote(prior) else 'is deleted'}"


def _what_stays(prior: Replication, configured: Configuration) -> str:
    there = called_now(prior, configured)
    if keeps_remote(prior):
        return f"The remote {there} stays on the other array, and hosts there may write to it from then on."
    return f"The remote {there} is deleted with all its data."

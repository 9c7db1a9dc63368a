"""What a planned replication must satisfy, and what a plan tells of the pair there is.

Look-ups only add diagnostics, and are left out when an array does not answer, so that a dead array still plans.
"""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import (
    BadCredentials,
    DriverError,
    Pair,
    ReplicationTarget,
    Volume,
    WrongSystem,
    XIVDS8KDriver,
    called,
    rules,
)
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics
from terraform_provider_xivds8k.schema import UNKNOWN

from .replication_model import Replication, named, said_of, subject_id

_log = logging.getLogger("resources.replication")

MODES: dict[str, tuple[str, ...]] = {"xiv": ("sync", "async"), "ds8k": ("metro_mirror", "global_copy")}
SUBJECTS = (Replication.volume_id, Replication.consistency_group_id)
IN_STEP = 1
SHOWN = 5

Configuration = Configured[XIVDS8KDriver] | None


def validate(config: Replication, diagnostics: Diagnostics) -> None:
    """Complain about what no array would take; unknown may be null yet."""
    written = [attribute.name for attribute in SUBJECTS if config.known(attribute) is not None]
    open_ = [attribute.name for attribute in SUBJECTS if not config.is_known(attribute)]
    if len(written) > 1 or not (written or open_):
        diagnostics.error(
            Replication.consistency_group_id if written else Replication.volume_id,
            "Exactly one of volume_id and consistency_group_id is needed",
            f"Written {'are both' if written else 'is none'}. Keep the one that says what is replicated.",
        )
    mode, rpo = config.known(Replication.mode), config.known(Replication.rpo_seconds)
    if rpo is not None and mode not in {None, "async"}:
        diagnostics.error(
            Replication.rpo_seconds,
            f"rpo_seconds is not for mode {mode}",
            f'rpo_seconds = {rpo} with mode = "{mode}": only "async" has a recovery point objective. Remove the line, '
            'or write mode = "async" (XIV).',
        )


def refuse_two_subjects(config: Replication, diagnostics: Diagnostics) -> bool:
    """Complain at apply of none or both subjects, which may be seen only when all is known; tell whether it did."""
    before = diagnostics.has_errors
    validate(config, diagnostics)
    return diagnostics.has_errors and not before


def plan_family(change: Change[Replication], family: str | None) -> None:
    """Complain of what the family has not."""
    mode = change.config.known(Replication.mode)
    if family is not None and mode is not None and mode not in MODES[family]:
        allowed = " or ".join(f'"{one}"' for one in MODES[family])
        change.diagnostics.error(
            Replication.mode,
            f"This array has no replication mode {mode!r}",
            f'mode = "{mode}" on family "{family}": allowed is {allowed}. Write one of these.',
        )
    if family == "ds8k" and change.config.known(Replication.consistency_group_id) is not None:
        change.diagnostics.error(
            Replication.consistency_group_id,
            "A DS8000 replicates volumes only",
            "It knows no consistency groups. Write a replication for each volume, with volume_id.",
        )
    name = change.planned.known(Replication.remote_name)
    if family is not None and name is not None and change.changes(Replication.remote_name):
        problem = rules.volume_name_problem(family, name)
        if problem:
            change.diagnostics.error(Replication.remote_name, "The array would not take this name", problem)


def plan_subject(change: Change[Replication]) -> None:
    """Keep the prior spelling of the same volume, and leave unknown only what is."""
    written, prior = change.planned.known(Replication.volume_id), change.prior
    before = prior.known(Replication.volume_id) if prior is not None else None
    if written is not None and before is not None and written.casefold() == before.casefold():
        change.keep_prior(Replication.volume_id)
    if prior is None:
        change.planned.set(Replication.left_bytes, None)
    if prior is None and change.config.known(Replication.consistency_group_id) is not None:
        change.planned.set(Replication.remote_wwn, None)


def plan_rpo(change: Change[Replication]) -> None:
    """Plan the recovery point objective: none but for async, where one is needed; unset it stays as it is."""
    if change.configured(Replication.rpo_seconds):
        return
    mode = change.planned.known(Replication.mode)
    if mode is not None and mode != "async":
        change.planned.set(Replication.rpo_seconds, None)
    elif change.prior is None or change.changes(Replication.mode):
        change.planned.set(Replication.rpo_seconds, UNKNOWN)
        if mode is not None:
            change.diagnostics.error(
                Replication.rpo_seconds,
                'mode = "async" needs rpo_seconds',
                "It is not said how far the copy may lag behind. Write rpo_seconds, such as 120.",
            )


def target_of(configured: Configuration) -> ReplicationTarget | None:
    """Return the provider's replication target; None where there is none, or it is not known yet."""
    if configured is None:
        return None
    try:
        return configured.driver.settings.replication_target
    except DriverError as error:
        _log.info("the replication target is not known yet: %s", error.summary)
        return None


def look(prior: Replication, configured: Configuration, diagnostics: Diagnostics) -> Pair | None:
    """Return the pair as it was at most a minute ago; None where there is none or nobody can tell."""
    own_id = subject_id(prior)
    if configured is None or own_id is None:
        return None
    try:
        return configured.driver.find_recent_replication(own_id, remote_id=prior.known(Replication.remote_volume_id))
    except BadCredentials as refused:
        diagnostics.add(refused)
    except DriverError as error:
        _log.info("the pair is not looked up: %s", error.summary)
    return None


def copy_of(prior: Replication, configured: Configuration) -> Volume | None:
    """Return the remote volume as it was at most a minute ago, None where this array has none; raises DriverError."""
    there = prior.known(Replication.remote_volume_id)
    if configured is None or there is None or prior.is_null(Replication.volume_id):
        return None
    system_id = prior.known(Replication.remote_system_id) or ""
    try:
        return configured.driver.remote.find_recent_volume(there, system_id=system_id)
    except WrongSystem:
        return None


def called_now(prior: Replication, configured: Configuration) -> str:
    """Return the remote volume or group for a text, by the name it has now; by its id where nobody tells."""
    there = prior.known(Replication.remote_volume_id)
    if not prior.is_null(Replication.consistency_group_id):
        return f"group {there}"
    try:
        found = copy_of(prior, configured)
    except DriverError as error:
        _log.info("the remote volume's name is not looked up: %s", error.summary)
        found = None
    return f"volume {called(found.name, there) if found is not None else there}"


def warn_of_change(change: Change[Replication], configured: Configuration, family: str | None) -> None:
    """Tell what a change of mode means, and that it needs both sides in step."""
    prior = change.prior
    moded, paced = change.changes(Replication.mode), change.changes(Replication.rpo_seconds)
    if prior is None or prior.id is None or not (moded or paced) or change.diagnostics.has_errors:
        return
    pair = look(prior, configured, change.diagnostics)
    if pair is not None and _is_so(change.planned, pair):
        return  # others changed it: it is new in the state only
    now = pair.mode if pair is not None and pair.mode is not None else prior.mode
    if family == "xiv" and change.planned.known(Replication.mode) != now and not _may_take_apart(change, prior, now):
        return
    if moded and pair is not None:
        _warn_of_group(prior, pair, change.diagnostics)
    if pair is not None and pair.row != IN_STEP:
        change.diagnostics.warning(
            Replication.mode if moded else Replication.rpo_seconds,
            f"{named(prior)} is not in step: {said_of(pair)}",
            "Mode and RPO are changed in row 1 only: the apply is refused while this is so.",
        )


def _warn_of_group(prior: Replication, pair: Pair, diagnostics: Diagnostics) -> None:
    """Warn of a group with members, and of a member, whose mode no apply changes."""
    why = said_of_group(pair)
    if not why:
        return
    diagnostics.warning(
        Replication.mode,
        f"{named(prior)} {why}, and gets no other mode so",
        "The mirror of a group is made and ended while the group is empty only, and a member has the mode of its "
        "group: the apply is refused while this is so. Let the same apply end each xivds8k_consistency_group_member, "
        "which it does first, and write them again for the next one.",
    )


def said_of_group(pair: Pair) -> str:
    """Return in words that a pair is of a group with members, or of a member; nothing where it is neither."""
    group = next((half.group for half in (pair.home, pair.remote) if half is not None and half.group), None)
    if group is None if pair.subject == "volume" else not pair.members:
        return ""
    members = ", ".join(one.name for one in pair.members[:SHOWN])
    more = f" and {len(pair.members) - SHOWN} more" if len(pair.members) > SHOWN else ""
    return f"is in group {group}" if pair.subject == "volume" else f"holds {members}{more}"


def _is_so(planned: Replication, pair: Pair) -> bool:
    """Tell whether both arrays copy a pair as planned already; an RPO that is not written is as it is."""
    mode, rpo_s = planned.known(Replication.mode), planned.known(Replication.rpo_seconds)
    if mode == "async" and rpo_s is None and pair.home is not None:
        rpo_s = pair.home.rpo_s
    return mode is not None and pair.copies_as(mode, rpo_s)


def _may_take_apart(change: Change[Replication], prior: Replication, now: str) -> bool:
    """Tell that an XIV changes a mode by a new pair; return False where that is not allowed, which is an error."""
    if not change.planned.is_known(Replication.allow_full_resync):
        return True
    if change.planned.known(Replication.allow_full_resync):
        change.destroys = True
        change.diagnostics.warning(
            Replication.mode,
            f"{named(prior)} is taken apart and copied in full again",
            f"An XIV changes {now} to another mode only by a new pair. Until its first copy is complete nothing is "
            "protected.",
        )
        return True
    change.diagnostics.error(
        Replication.mode,
        "Another mode takes the pair apart, and everything is copied again",
        f"{named(prior)} is {now}; an XIV changes that only by a new pair, and until its first copy is complete "
        f'nothing is protected. Write allow_full_resync = true to allow it, or mode = "{now}".',
    )
    return False


def warn_of_deletion(change: Change[Replication], configured: Configuration) -> None:
    """Name the remote volume that a destruction is to delete from this plan on."""
    prior = change.prior
    if prior is None or prior.id is None or not change.changes(Replication.remote_on_delete):
        return
    if change.planned.known(Replication.remote_on_delete) == "delete" and not _replaces(change):
        what = "volume" if prior.is_null(Replication.consistency_group_id) else "group"
        there = called_now(prior, configured)
        change.diagnostics.warning(
            Replication.remote_on_delete,
            f"Remote {there} goes with {named(prior)[:1].lower()}{named(prior)[1:]} from this apply on",
            f"Destroying the replication then deletes that {what} with all its data. Nothing is sent to an array now.",
        )


def _replaces(change: Change[Replication]) -> bool:
    """Tell whether the plan ends the pair there is: what its remote volume becomes is then told of that."""
    prior, planned = change.prior, change.planned
    return prior is not None and any(
        planned.raw[one.name] != prior.raw[one.name] and one.name not in change.taken_over
        for one in Replication.node().attributes
        if one.replaces
    )

"""What a volume is copied from when it is made: read at creation only.

Afterwards nothing is copied, whatever the line says: a clone is never made anew because its source was replaced, lost
or is not known yet.  What the volume was made from is kept privately: the attributes cannot hold it for good, since
Terraform takes a line that was removed, or written where there was none, as it stands.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, XIVDS8KDriver, rules
from terraform_provider_xivds8k.driver import Snapshot as ArraySnapshot
from terraform_provider_xivds8k.driver import Volume as ArrayVolume
from terraform_provider_xivds8k.lifecycle import Change, Configured, Create, Diagnostics, Private, Update
from terraform_provider_xivds8k.schema import UNKNOWN, Attr, Model, computed, length, optional

from .volume_sizes import GIB, MADE, Sized, remember, wanted_bytes

if TYPE_CHECKING:
    from .volume_model import Volume

UNFINISHED, MADE_FROM = "unfinished_copy", "made_from"
LEFT_COPY = (
    "Applied as it is (tainted), the volume is deleted and made anew. To keep it: terraform untaint ADDRESS, then "
    "apply, which waits for a copy that still runs and makes it an ordinary volume; where it is not known whether the "
    "copy was made, look at the content first."
)

_log = logging.getLogger("resources.volume")


class Sourced(Model):
    """Be made as a copy, if wanted."""

    source_volume_id: Attr[str | None] = optional(
        "Id of a volume to copy: the new volume begins with what that one holds when it is made. A size is still "
        "written, at least the source's. Used at creation only: a later change is ignored, and never replaces the "
        "volume.",
        check=[length(1, 63)],
    )
    source_snapshot_id: Attr[str | None] = optional(
        "Id of a snapshot to copy, as `source_volume_id`; at most one of the two. A lost snapshot is refused. A DS8000 "
        "gives ids again: written as `VOLUME:SNAPSHOT`, the ids of both, it is copied only while it is a snapshot of "
        "that volume; by its own id alone, whatever snapshot has the id by then. Not every DS8000 copies from a "
        "snapshot; one that does not says so, and nothing is left.",
        check=[length(1, 63)],
    )
    copy_in_doubt_since: Attr[str | None] = computed(
        "Null, but for a volume whose copy was in doubt, since no answer told whether the array makes it: when it was "
        "sent, in UTC. Such a volume is not deleted for 15 minutes, unless the copy is seen under way."
    )


SOURCES: tuple[Attr[str | None], ...] = (Sourced.source_volume_id, Sourced.source_snapshot_id)


def source_of(state: Sourced) -> str | None:
    """Return the id a volume is said to be copied from, None for one that begins empty or where it is not known."""
    return state.known(Sourced.source_volume_id) or state.known(Sourced.source_snapshot_id)


def unfinished_from(prior: Sourced, private: Private) -> str | None:
    """Return the source from which a copy may still run onto a volume.

    Its relation may be withdrawn to delete the volume.  The delete half of a tainted replacement is given no private
    data; it has only what the attributes say, which nothing changes while a copy is unfinished.
    """
    if not private:
        return source_of(prior)
    return _made_from(prior, private) if private.get(UNFINISHED) else None


def _made_from(prior: Sourced, private: Private) -> str | None:
    kept = private.get(MADE_FROM)
    return kept if isinstance(kept, str) else source_of(prior)


def check_one_source(config: Sourced, diagnostics: Diagnostics) -> None:
    """Complain of two sources."""
    if all(config.known(attribute) is not None for attribute in SOURCES):
        diagnostics.error(
            Sourced.source_snapshot_id,
            "A volume has one source at most",
            "Both source_volume_id and source_snapshot_id are written. Remove one of them.",
        )


def plan_source(change: Change[Volume], configured: Configured[XIVDS8KDriver] | None, *, replaced: bool) -> None:
    """Keep what an existing volume was made from; complain of a source a new one cannot be made from."""
    if change.prior is None or replaced:
        _look_at_source(change, configured, replaced=replaced)
        return
    made_from = _made_from(change.prior, change.private)
    for attribute in SOURCES:
        if change.configured(attribute) and made_from is not None:
            _keep_source(change, change.prior, attribute, made_from)
    if change.private.get(UNFINISHED):  # the apply waits for the copy and ends its relation
        change.planned.raw["written_name"] = UNKNOWN


def _keep_source(change: Change[Volume], prior: Volume, attribute: Attr[str | None], made_from: str) -> None:
    """Keep the true source in the state where it stands there; warn where another one is written."""
    written, had = change.config.known(attribute), prior.known(attribute)
    if had is not None and _is_same(had, made_from):
        change.keep_prior(attribute)
    if written is not None and not _is_same(written, made_from):
        change.diagnostics.warning(
            attribute,
            f"{prior.name} stays a copy of {made_from}",
            f"{attribute.name} = {written!r} is another one. A source is used only when a volume is made, so nothing "
            "is copied. To have a copy of the other one, plan with -replace; to silence this, write the id the volume "
            "was made from or ignore_changes.",
        )


def _is_same(one: str, other: str) -> bool:
    """Tell whether two texts name one source; a snapshot may be named with its volume or alone."""
    (origin, source), (other_origin, other_source) = map(rules.snapshot_pair, (one, other))
    if origin is not None and other_origin is not None and origin != other_origin:
        return False
    return source.casefold() == other_source.casefold()


def _look_at_source(change: Change[Volume], configured: Configured[XIVDS8KDriver] | None, *, replaced: bool) -> None:
    source = source_of(change.config)
    if source is None or configured is None or change.diagnostics.has_errors:
        return
    attribute = next(one for one in SOURCES if change.configured(one))
    try:
        driver = configured.driver
        if driver.known_system_id is None:  # it has not answered when it was asked for the pool
            return
        found = _find_source(driver, driver.known_system_id, source)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        _log.info("source not looked up: %s", error.summary)
    else:
        _judge_source(change, attribute, source, found, replaced=replaced)


def _find_source(driver: XIVDS8KDriver, system_id: str, source: str) -> ArrayVolume | ArraySnapshot | None:
    volume_id, target_id = rules.snapshot_pair(source)
    if volume_id is None:
        return driver.find_recent_volume(source, system_id=system_id)
    return driver.find_recent_snapshot(target_id, volume_id=volume_id, system_id=system_id)


def _judge_source(
    change: Change[Volume],
    attribute: Attr[str | None],
    source: str,
    found: ArrayVolume | ArraySnapshot | None,
    *,
    replaced: bool,
) -> None:
    wanted = wanted_bytes(change.config)
    if found is None or (isinstance(found, ArraySnapshot) and found.lost is not None):
        tell = change.diagnostics.error if replaced else change.diagnostics.warning
        tell(
            attribute,
            f"There is nothing with the id {source} on the array to copy from",
            "It was deleted, or it was a snapshot that was lost. "
            + ("The old volume would be deleted first." if replaced else "The apply will be refused while it is so."),
        )
    elif isinstance(wanted, int) and wanted < found.size_bytes:
        change.diagnostics.error(
            Sized.size_bytes if change.configured(Sized.size_bytes) else Sized.size_gib,
            "The volume would be smaller than its source",
            f"{found.name} ({found.id}) has {found.size_bytes} bytes; {wanted} bytes are asked for. Write at least "
            f"size_bytes = {found.size_bytes}.",
        )


def make(driver: XIVDS8KDriver, operation: Create[Volume], asked: dict[str, Any]) -> ArrayVolume:
    """Make the planned volume, empty or as a copy."""
    planned = operation.planned
    operation.private.pop(MADE_FROM, None)
    if source_of(planned) is not None:
        operation.private[MADE_FROM] = source_of(planned)
    if planned.source_volume_id is not None:
        return driver.create_cloned_volume(volume_id=planned.source_volume_id, **asked)
    if planned.source_snapshot_id is not None:
        return driver.create_volume_from_snapshot(snapshot_id=planned.source_snapshot_id, **asked)
    return driver.create_volume(**asked)


def keep_left(state: Volume, left: ArrayVolume, error: DriverError, private: Private) -> None:
    """Complete the state of a copy that a failed create leaves behind: its own size, and what is still to be done."""
    if source_of(state) is None:
        return
    if left.size_bytes < state.size_bytes:
        state.set(Sized.size_bytes, left.size_bytes)
        state.set(Sized.size_gib, left.size_bytes // GIB if left.size_bytes % GIB == 0 else None)
        remember(private, asked_bytes=left.size_bytes, made_bytes=left.size_bytes)
    private[UNFINISHED] = True
    state.set(Sourced.copy_in_doubt_since, error.in_doubt_since)
    not_yet = " It is not deleted for 15 minutes, while the copy may still come." if error.in_doubt_since else ""
    error.next_step = f"{error.next_step} {LEFT_COPY}{not_yet}".lstrip()


def finish(driver: XIVDS8KDriver, operation: Update[Volume]) -> ArrayVolume | None:
    """Wait for the copy of a volume that was kept although its creation failed; None where there is nothing to do."""
    prior, made_bytes = operation.prior, operation.private.get(MADE)
    source = _made_from(prior, operation.private)
    if not operation.private.get(UNFINISHED) or source is None or prior.id is None:
        return None
    if prior.written_name not in {None, prior.name}:
        operation.diagnostics.warning(
            None,
            f"The copy onto {prior.name} ({prior.id}) is not finished yet",
            f"The volume was called {prior.written_name}; it was renamed outside, or its id given to another one. "
            "Its name is written by this apply; if it is yours, apply once more, which finishes the copy.",
        )
        return None
    found = driver.finish_cloned_volume(
        volume_id=prior.id,
        copied_from=source,
        expected_name=prior.written_name or prior.name,
        size_bytes=made_bytes if isinstance(made_bytes, int) else prior.actual_bytes,
        deadline=operation.left_s,
    )
    operation.private.pop(UNFINISHED)
    return found

"""What is told of an attachment's replacement: at plan before the volume is detached, at apply once it is.

What is wrong whatever else the apply does is an error of the plan; what the same apply might still make or free is a
warning.  Look-ups only add diagnostics, and are left out when the array does not answer.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import NamedTuple

from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    BadCredentials,
    DriverError,
    LunTaken,
    NotFound,
    Side,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.lifecycle import Change, Configured, Create, Delete, Resource
from terraform_provider_xivds8k.schema import Path

from .host_attachment_model import HostAttachment, connector_of, holder, holder_of, named, side_of
from .host_attachment_side import array_of

_log = logging.getLogger("resources.host_attachment")
DETACHED = "detached"  # note of the run: what was detached
PLANNED = "planned_end"  # private: a destruction was planned, so nothing takes its place
MOST_NAMED = 5

Configuration = Configured[XIVDS8KDriver] | None
Creating = Callable[..., HostAttachment]
Deleting = Callable[..., None]


class Detached(NamedTuple):
    """Be an attachment this run ended."""

    side: str
    volume_id: str
    holder: str | None
    words: str
    is_half: bool  # of a replacement


def is_replacement(change: Change[HostAttachment]) -> bool:
    """Tell whether what is planned so far replaces the attachment."""
    decisive = (HostAttachment.volume_id, HostAttachment.host_id, HostAttachment.cluster, HostAttachment.lun)
    return bool(change.requires_replace) or any(map(change.changes, decisive))


def check(change: Change[HostAttachment], configured: Configuration) -> None:
    """Tell at plan what the second half of a replacement would be refused for."""
    prior = change.prior
    if prior is None or configured is None or change.diagnostics.has_errors:
        return
    try:
        array_of(configured.driver, side_of(prior)).check_system(prior.system_id)
        for obstacle in _obstacles(change, prior, array_of(configured.driver, side_of(change.planned))):
            _tell(change, prior, obstacle)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        _log.info("the replacement is not looked up: %s", error.summary)


def _obstacles(change: Change[HostAttachment], prior: HostAttachment, driver: XIVDS8KDriver) -> tuple[DriverError, ...]:
    host_id, cluster = change.config.known(HostAttachment.host_id), change.config.known(HostAttachment.cluster)
    connector = change.config.known(HostAttachment.connector)
    if connector is not None and change.config.is_known(HostAttachment.connector):
        host_id = driver.host_owning(connector_of(connector)).id
    stays = holder(host_id, cluster) == holder_of(prior) and side_of(prior) == side_of(change.planned)
    return driver.attaching_obstacles(
        volume_id=change.config.known(HostAttachment.volume_id),
        host_id=host_id,
        cluster=cluster,
        lun=change.config.known(HostAttachment.lun),
        freed_lun=prior.known(HostAttachment.lun) if stays else None,
    )


def _tell(change: Change[HostAttachment], prior: HostAttachment, obstacle: DriverError) -> None:
    where = Path((obstacle.attribute,))
    if isinstance(obstacle, NotFound) and change.config.raw[obstacle.attribute] == prior.raw[obstacle.attribute]:
        return  # gone outside: the next refresh tells
    happened = f"{obstacle.happened} " if obstacle.happened else ""
    if _may_pass(obstacle):
        change.diagnostics.warning(
            where,
            obstacle.summary,
            f"{happened}{named(prior)} is detached first, and then not attached while this is so. That is well where "
            "the same apply changes it before, by a resource this one refers to. Else do not apply it. "
            f"{obstacle.next_step}",
        )
        return
    change.diagnostics.error(
        where,
        obstacle.summary,
        f"{happened}{named(prior)} would be detached first, and then not attached: nothing is planned. "
        f"{obstacle.next_step}",
    )


def _may_pass(obstacle: DriverError) -> bool:
    """Tell whether the same apply may do away with it: a mapping that goes, a host that joins or leaves a cluster."""
    if isinstance(obstacle, NotFound):
        return obstacle.attribute == "cluster"
    return isinstance(obstacle, AlreadyExists | LunTaken) or obstacle.attribute == "host_id"


def notes_what_is_detached(delete: Deleting) -> Deleting:
    """Make a deletion leave a note of what this run detached."""

    @functools.wraps(delete)
    def noting(self: Resource[HostAttachment, XIVDS8KDriver], operation: Delete[HostAttachment]) -> None:
        delete(self, operation)
        prior, is_half = operation.prior, not operation.private.get(PLANNED)
        words = f"{named(prior)} (LUN {prior.known(HostAttachment.lun)})"
        if self.configured is not None:
            noted: list[Detached] = self.configured.notes.setdefault(DETACHED, [])
            noted.append(Detached(side_of(prior), prior.volume_id.casefold(), holder_of(prior), words, is_half))

    return noting


def tells_what_was_detached(create: Creating) -> Creating:
    """Make the error of a creation say what this run detached before that it may have been to take the place of."""

    @functools.wraps(create)
    def telling(self: Resource[HostAttachment, XIVDS8KDriver], operation: Create[HostAttachment]) -> HostAttachment:
        try:
            return create(self, operation)
        except DriverError as error:
            gone = _gone(operation.planned, self.configured)
            if gone:
                left = error.left_behind.replace("Nothing was changed", "Nothing was attached")
                error.left_behind = f"{left} This run detached before: {', '.join(gone)}.".lstrip()
            raise

    return telling


def _gone(planned: HostAttachment, configured: Configuration) -> list[str]:
    """Return in words what this run detached of the same volume, else of the same host or cluster."""
    everywhere: list[Detached] = configured.notes.get(DETACHED, []) if configured is not None else []
    noted = [one for one in everywhere if one.side == side_of(planned)]
    where = holder_of(planned)
    of_volume = [one.words for one in noted if one.volume_id == planned.volume_id.casefold()]
    of_holder = [one.words for one in noted if where is not None and one.holder == where]
    return (of_volume or of_holder)[-MOST_NAMED:]


def detached_half(planned: HostAttachment, side: Side, configured: Configuration) -> str | None:
    """Return in words what this run detached of these ids on a side, as the first half of a replacement."""
    noted: list[Detached] = configured.notes.get(DETACHED, []) if configured is not None else []
    volume_id, where = planned.volume_id.casefold(), holder_of(planned)
    for one in noted:
        if one.is_half and (one.side, one.volume_id) == (side, volume_id) and where in {None, one.holder}:
            return one.words
    return None

"""On which array an attachment is: home, or the replication target, whose ids then count."""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import DriverError, Side, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics

from .host_attachment_model import HostAttachment, side_of
from .other_system import refuse_other_system

_log = logging.getLogger("resources.host_attachment")


def array_of(driver: XIVDS8KDriver, side: Side) -> XIVDS8KDriver:
    """Return the driver of the array of a side; raises Refused (``replication_target``) where there is none."""
    return driver.remote if side == "remote" else driver


def is_usable(change: Change[HostAttachment], configured: Configured[XIVDS8KDriver] | None) -> bool:
    """Complain of a remote side without a replication target; tell whether the side's array can be asked."""
    if configured is None or change.planned.known(HostAttachment.side) != "remote":
        return configured is not None
    try:
        target = configured.driver.settings.replication_target
    except DriverError as error:
        _log.info("the replication target is not known yet: %s", error.summary)
        return False
    if target is None:
        change.diagnostics.error(
            HostAttachment.side,
            "There is no remote side: the provider has no replication target",
            'side = "remote" attaches a volume of the array that holds the remote copies. Write replication_target in '
            'the provider block, or side = "home".',
        )
    return target is not None


def warn_of_both_writable(
    driver: XIVDS8KDriver, state: HostAttachment, diagnostics: Diagnostics, *, deadline: float | None = None
) -> None:
    """Warn of a volume whose other side may be written, too."""
    volume_id = state.known(HostAttachment.volume_id)
    text = (
        driver.find_mapping_warning(volume_id, side=side_of(state), deadline=deadline)
        if volume_id is not None
        else None
    )
    if text is not None:
        diagnostics.warning(
            HostAttachment.volume_id, f"Both sides of volume {volume_id} may be written ({side_of(state)} side)", text
        )


def warn_of_serving(
    name: str, prior: HostAttachment, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics
) -> None:
    """Warn where the volume that is to be detached is a copy that serves in home's place.

    The end of its replication is refused then, in the same apply after this.
    """
    if configured is None or side_of(prior) != "remote":
        return
    try:
        pair = configured.driver.find_serving_pair(prior.volume_id)
    except DriverError as error:
        _log.info("the pair is not looked up: %s", error.summary)
        return
    if pair is not None:
        diagnostics.warning(
            None,
            f"{name} is to be detached while the volume serves there",
            f"{pair.name} is in row {pair.row} ({pair.state.replace('_', ' ')}): the remote array serves, and hosts "
            "lose the volume they work on. Nothing refuses that. Bring it home first (xivds8k_replication_failover), "
            "or stop these hosts. Where this plan ends the replication as well, that is refused after this is done: do "
            "not apply this plan.",
        )


def refuse_other_array(
    name: str, prior: HostAttachment, configured: Configured[XIVDS8KDriver] | None, diagnostics: Diagnostics
) -> None:
    """Complain of a state of another array than the connected one of its side, as far as that has said who it is."""
    if side_of(prior) == "home":
        refuse_other_system(name, prior.system_id, configured, diagnostics)
        return
    if configured is None or not configured.is_open or configured.driver.settings.replication_target is None:
        return
    connected = configured.driver.remote.known_system_id
    if connected is not None and connected != prior.system_id:
        diagnostics.error(
            None,
            f"{name} belongs to array {prior.system_id}; the replication target is {connected}",
            "Ids repeat across arrays, so nothing is planned. Correct replication_target or the alias.",
        )

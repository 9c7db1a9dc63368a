"""What the replacement of a snapshot costs, and whether the new one can be had, asked before the old one is given up.

Look-ups are left out when the array does not answer, so that a dead array still plans.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from terraform_provider_xivds8k.driver import BadCredentials, Candidate, DriverError, Refused, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Change, Configured, Diagnostics

from .snapshot_model import Snapshot, is_ds8k

_log = logging.getLogger("resources.snapshot")


def check(change: Change[Snapshot], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Warn of what is given up, and complain where the new one would be refused after the old one is deleted."""
    prior = change.prior
    if prior is None:
        return
    _warn_of_lost_point(prior, change.diagnostics)
    if configured is None or change.diagnostics.has_errors:
        return
    _asking(change.diagnostics, lambda: _refuse_no_volume(change, configured.driver))
    if prior.lost and not change.diagnostics.has_errors:
        _asking(change.diagnostics, lambda: _refuse_taken_name(change, prior, configured.driver))


def _asking(diagnostics: Diagnostics, look: Callable[[], None]) -> None:
    try:
        look()
    except BadCredentials as refused:
        diagnostics.add(refused)
    except DriverError as error:
        _log.info("not looked up before a replacement: %s", error.summary)


def _warn_of_lost_point(prior: Snapshot, diagnostics: Diagnostics) -> None:
    if prior.is_null(Snapshot.id) or prior.lost is not False:
        return
    diagnostics.warning(
        None,
        f"Replacing snapshot {prior.name} ({prior.id}) loses the point in time it holds",
        f"It was taken {prior.created_at or 'at a time the array does not keep'} of volume {prior.volume_id}; the new "
        "one will hold what the volume named in the configuration holds when it is applied.",
    )


def _refuse_no_volume(change: Change[Snapshot], driver: XIVDS8KDriver) -> None:
    volume_id = change.config.known(Snapshot.volume_id)
    if volume_id is None:  # of one made by the same apply
        return
    try:
        volume = driver.find_volume(volume_id)
    except Refused as refusal:
        if refusal.attribute != "id":
            raise
        volume = None
    if volume is None:
        _refuse(change, f"No volume {volume_id!r} on the array", "There is nothing to take a snapshot of.")
    elif volume.storage_type != "fb":
        _refuse(change, f"Volume {volume_id} is a {volume.storage_type} volume", "Snapshots are taken of fb volumes.")
    elif volume.is_snapshot or driver.find_snapshot(volume_id) is not None:
        _refuse(change, f"{volume.name} ({volume_id}) is a snapshot itself", "A snapshot is taken of a volume.")


def _refuse(change: Change[Snapshot], summary: str, cause: str) -> None:
    prior = change.prior
    change.diagnostics.error(
        Snapshot.volume_id,
        summary,
        f"{cause} The old snapshot would be deleted before the array could refuse the new one. Name a volume that is "
        f"there; the old one is of {prior.volume_id if prior is not None else 'another'}.",
    )


def _refuse_taken_name(change: Change[Snapshot], prior: Snapshot, driver: XIVDS8KDriver) -> None:
    name = change.config.known(Snapshot.name)
    named = driver.find_volumes_by_name(name) if name is not None else ()
    if not named:
        return
    former = next((one for one in named if is_ds8k(prior) and one.id == prior.id), None)
    change.diagnostics.error(
        Snapshot.name,
        f"The lost snapshot {prior.name} cannot be taken anew as {name}: the name is taken",
        f"On the array of that name: {', '.join(_listed(one) for one in named)}. {_way_out(former)} Until then the "
        "lost one stays in the state.",
    )


def _listed(volume: Volume) -> str:
    return str(Candidate(id=volume.id, name=volume.name, size_bytes=volume.size_bytes, pool=volume.pool_id))


def _way_out(former: Volume | None) -> str:
    if former is None:
        return "Choose another name for the snapshot."
    return (
        f"{former.id} may be what the lost one was kept in: a DS8000 keeps the volume when its FlashCopy is withdrawn. "
        "Delete or rename it on the array if nobody uses it, or choose another name for the snapshot."
    )

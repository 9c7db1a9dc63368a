"""What a plan tells of a growth that copies or a pair would refuse; look-ups are left out where no array answers."""

from __future__ import annotations

import logging

from terraform_provider_xivds8k.driver import DriverError, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Change, Configured
from terraform_provider_xivds8k.schema import Attr

from .volume_model import K, KeptVolume
from .volume_plan import is_replaced
from .volume_sizes import Sized

_log = logging.getLogger("resources.volume")
IN_STEP = 1
FLASHCOPY = "FlashCopy"  # how a DS8000's copies are told from its pairs in texts


def warn_of_growth(change: Change[K], configured: Configured[XIVDS8KDriver] | None) -> None:
    """Name the copies and the pair that keep a volume from growing; the apply refuses it while it is so."""
    prior, size = change.prior, change.planned.known(Sized.size_bytes)
    if prior is None or prior.id is None or configured is None or size is None:
        return
    if size <= prior.actual_bytes or change.diagnostics.has_errors or is_replaced(change):
        return
    where = Sized.size_bytes if change.configured(Sized.size_bytes) else Sized.size_gib
    try:
        configured.driver.check_system(prior.system_id)
        if prior.lss is not None:
            _warn_of_copies(change, prior, configured.driver, where)
        if configured.driver.settings.replication_target is not None:
            _warn_of_pair(change, prior, configured, where)
    except DriverError as error:
        _log.info("what keeps it from growing is not looked up: %s", error.summary)


Where = Attr[int] | Attr[int | None]


def _warn_of_copies(change: Change[K], prior: KeptVolume, driver: XIVDS8KDriver, where: Where) -> None:
    users = driver.volume_users(prior.id or "")
    pairs_grow = driver.settings.replication_target is not None
    relations = [one for one in users.relations if one.startswith(FLASHCOPY) or not pairs_grow]
    copies = (*users.snapshots, *relations)
    if copies:
        change.diagnostics.warning(
            where,
            f"{prior.name} ({prior.id}) is to grow and has {', '.join(copies)}",
            "A DS8000 volume does not grow while it is in a copy relation: the apply will refuse it unless it removes "
            "these before. What else is in this plan may be done by then.",
        )


def _warn_of_pair(change: Change[K], prior: KeptVolume, configured: Configured[XIVDS8KDriver], where: Where) -> None:
    """Tell of a pair that is not in step, and of one a DS8000 may have to take apart."""
    pair = configured.driver.find_recent_replication(prior.id or "")
    if pair is None:
        return
    if pair.row != IN_STEP:
        change.diagnostics.warning(
            where,
            f"{prior.name} ({prior.id}) is to grow, and its pair is in row {pair.row} ({pair.state.replace('_', ' ')})",
            f"A replicated volume grows on both arrays, while they are in step: the apply is refused while this is so. "
            f"{pair.cause}".rstrip(),
        )
    elif prior.lss is not None and change.planned.known(KeptVolume.allow_full_resync):
        change.diagnostics.warning(
            KeptVolume.allow_full_resync,
            f"{prior.name} ({prior.id}) is to grow, and its pair may be taken apart for it",
            "Where the array grows no volume in a pair, it is ended, both volumes grow, and everything is copied "
            f"again. Until that is done nothing is protected.{_barred(configured)}",
        )


def _barred(configured: Configured[XIVDS8KDriver]) -> str:
    """Say that the mode lets no pair be ended, not even to grow; where the array grows it as it is, it may."""
    if configured.guards.mode != "no_destroy":
        return ""
    return ' The provider\'s mode = "no_destroy" refuses that: there the apply is refused. Set mode to "full" for it.'

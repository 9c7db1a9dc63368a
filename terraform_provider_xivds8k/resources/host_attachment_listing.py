"""Which attachments a listing is of: what its filters name has to be there, so that none is not taken for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from terraform_provider_xivds8k.driver import (
    Ambiguous,
    Attachment,
    DriverError,
    NotFound,
    Refused,
    Side,
    Unsupported,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.lifecycle import Diagnostics, is_silence

from .host_attachment_model import REMOTE, HostAttachmentFilters
from .host_attachment_side import array_of


class Wanted(TypedDict):
    """Be what a listing is narrowed by, as the array spells it."""

    host_id: str | None
    cluster: str | None
    volume_id: str | None


def attachments(
    driver: XIVDS8KDriver, filters: HostAttachmentFilters, not_listed: Diagnostics
) -> Iterator[tuple[Side, Attachment]]:
    """Yield what fits, home's first; what the filters name has to be on one of the sides that are listed.

    A side that is silent is a warning in ``not_listed`` where no side was named and the other one lists something.
    """
    failed: dict[Side, DriverError] = {}
    asked = _sides(driver, filters)
    for side in asked:
        array = array_of(driver, side)
        try:
            found = array.list_attachments(**wanted(array, filters))
        except DriverError as error:
            if not (isinstance(error, NotFound) or (is_silence(error) and len(asked) > 1)):
                raise
            failed[side] = error
        else:
            yield from ((side, one) for one in found)
    silent = {side: error for side, error in failed.items() if is_silence(error)}
    if len(failed) == len(asked):
        raise next(iter((silent or failed).values()))
    for side, why in silent.items():
        not_listed.warning(
            None,
            f"Attachments of the {side} array are not listed: it does not answer",
            f"{why} What is listed are those of the other array alone.",
        )


def _sides(driver: XIVDS8KDriver, filters: HostAttachmentFilters) -> tuple[Side, ...]:
    if filters.side is not None:
        return ("remote",) if filters.side == REMOTE else ("home",)
    return ("home",) if driver.settings.replication_target is None else ("home", "remote")


def wanted(driver: XIVDS8KDriver, filters: HostAttachmentFilters) -> Wanted:
    """Return what the filters name; raises NotFound, Ambiguous and Refused at the filter that names nothing."""
    host = filters.host_id
    return Wanted(
        host_id=driver.get_host(host).id if host is not None else None,
        cluster=_cluster(driver, filters.cluster) if filters.cluster is not None else None,
        volume_id=_volume(driver, filters.volume_id) if filters.volume_id is not None else None,
    )


def _cluster(driver: XIVDS8KDriver, text: str) -> str:
    if driver.settings.family == "ds8k":
        raise Unsupported("A DS8000 has no clusters", next_step="List by host_id or volume_id.", attribute="cluster")
    known = sorted(driver.list_clusters())
    found = next((one for one in known if one.casefold() == text.casefold()), None)
    if found is None:
        raise NotFound(
            f"No cluster {text!r} on the array",
            happened=f"The array has: {', '.join(known) or 'no cluster at all'}.",
            next_step="Correct the name.",
            attribute="cluster",
        )
    return found


def _volume(driver: XIVDS8KDriver, text: str) -> str:
    """Return the id of the volume a text names, by its id or, failing that, its name."""
    try:
        found = driver.find_volume(text)
    except Refused:  # what cannot be an id
        found = None
    if found is not None:
        return found.id
    named = driver.find_volumes_by_name(text)
    if len(named) == 1:
        return named[0].id
    advice = "Write the volume's id: four hex digits on a DS8000, the WWN on an XIV."
    if named:
        raise Ambiguous(
            f"Several volumes are called {text!r}",
            happened=f"They are: {', '.join(one.id for one in named)}.",
            next_step=advice,
            attribute="volume_id",
        )
    raise NotFound(f"No volume {text!r} on the array", next_step=advice, attribute="volume_id")

"""What the plan of a new pair can know before: a taken name, a volume that has a pair, a copy that cannot fit.

Look-ups only add diagnostics, and are left out when an array does not answer.  What stands in the way of a pair may be
removed by the same apply, so it is a warning; an error for the second half of a replacement, since the pair there was
is ended by then.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from terraform_provider_xivds8k.driver import BadCredentials, DriverError, Refused, Unsupported, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Change, Diagnostics
from terraform_provider_xivds8k.schema import Attr

from .replication_model import Replication, import_hint, keeps_remote, said_of
from .replication_plan import Configuration, target_of

_log = logging.getLogger("resources.replication")
GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """Be the pair a replacement ends first: its volume at home, and the remote volume that it deletes, if any."""

    id: str
    deleted_id: str | None

    @staticmethod
    def of(old: Replication) -> Replaced:
        """Return what a state tells of it."""
        deleted_id = None if keeps_remote(old) else old.known(Replication.remote_volume_id)
        return Replaced(id=old.id or "", deleted_id=deleted_id)

    def is_deleted(self, own_id: str) -> bool:
        """Tell whether a remote object is gone by the time the new pair is made."""
        return self.deleted_id is not None and self.deleted_id.casefold() == own_id.casefold()


def tell_of_setting_up(
    change: Change[Replication], configured: Configuration, replaced: Replaced | None = None
) -> None:
    """Tell what would keep the apply from making a planned pair."""
    target = target_of(configured)
    if change.prior is not None or configured is None or target is None or change.diagnostics.has_errors:
        return
    planned, driver, teller = change.planned, configured.driver, _Teller(change.diagnostics, replaced)
    volume_id, group = planned.known(Replication.volume_id), planned.known(Replication.consistency_group_id)
    try:
        volume = teller.find_volume(driver, volume_id) if volume_id is not None else None
        own_id = group or (volume.id if volume is not None else None)
        if own_id is not None and teller.tell_of_pair(driver, own_id):
            return
        name = planned.known(Replication.remote_name) if change.configured(Replication.remote_name) else None
        if name is None and not change.configured(Replication.remote_name):
            name = volume.name if volume is not None else group
        if name is not None:
            teller.tell_of_taken(driver, name, is_group=group is not None)
        pool = planned.known(Replication.remote_pool) if change.configured(Replication.remote_pool) else target.pool
        if volume is not None and pool is not None:
            teller.tell_of_room(driver, volume, pool)
    except BadCredentials as refused:
        change.diagnostics.add(refused)
    except DriverError as error:
        _log.info("what the pair would meet is not looked up: %s", error.summary)


class _Teller:
    """Tell what stands in the way: a warning where the same apply may remove it before."""

    def __init__(self, diagnostics: Diagnostics, replaced: Replaced | None) -> None:
        self._diagnostics = diagnostics
        self._replaced = replaced

    def _tell(self, attribute: Attr[Any] | None, summary: str, detail: str, way_out: str) -> None:
        if self._replaced is None:
            self._diagnostics.warning(attribute, summary, f"{detail} {way_out}")
            return
        self._diagnostics.error(
            attribute,
            summary,
            f"{detail} The pair there is would be ended before that, which leaves nothing protected. {way_out} What "
            "stands in the way has to be gone before this is planned.",
        )

    def find_volume(self, driver: XIVDS8KDriver, volume_id: str) -> Volume | None:
        """Return home's volume; tell of one that is not there, where nothing can make it by then."""
        try:
            volume, why = driver.find_volume(volume_id), ""
        except Refused as wrong:
            volume, why = None, f"{wrong} "
        if volume is None and self._replaced is not None:
            self._tell(
                Replication.volume_id,
                f"Home has no volume {volume_id}",
                f"{why}The apply is refused while there is none.",
                "Write the id of the volume to replicate.",
            )
        return volume

    def tell_of_pair(self, driver: XIVDS8KDriver, own_id: str) -> bool:
        """Tell of the pair a volume has, unless that is the one to be replaced; tell whether there is one."""
        if self._replaced is not None and self._replaced.id.casefold() == own_id.casefold():
            return False
        pair = driver.find_recent_replication(own_id)
        if pair is None:
            return False
        self._tell(
            None,
            f"{own_id} is replicated already: {pair.name}, {said_of(pair)}",
            "The apply is refused while it is.",
            import_hint(own_id),
        )
        return True

    def tell_of_taken(self, driver: XIVDS8KDriver, name: str, *, is_group: bool) -> None:
        """Tell of what bears the name the copy is to get."""
        if is_group:
            try:
                found = driver.remote.find_consistencygroup(name)
            except Unsupported:
                return
            taken = [] if found is None or self._goes(name) else [f"consistency group {name}"]
        else:
            taken = [
                f"{one.name} (id {one.id}, {one.size_bytes} bytes, pool {one.pool_name})"
                for one in driver.remote.find_volumes_by_name(name)
                if not self._goes(one.id)
            ]
        if taken:
            self._tell(
                Replication.remote_name,
                f"The remote array has {', '.join(taken)}: the copy cannot be called {name}",
                "An existing object is never a copy target: the apply is refused while the name is taken.",
                "Write another remote_name, or remove what is not needed any more.",
            )

    def tell_of_room(self, driver: XIVDS8KDriver, volume: Volume, pool_text: str) -> None:
        """Tell of a pool that has no room for the copy, once the one that is deleted has left it."""
        pool = driver.remote.find_recent_pool(pool_text)
        if pool is None:
            return
        total = pool.virtual_total_bytes or pool.total_bytes
        free = pool.virtual_free_bytes if pool.virtual_free_bytes is not None else pool.free_bytes
        needed = f"The copy of {volume.name} needs {volume.size_bytes / GIB:.1f} GiB in the remote pool {pool.label}"
        if volume.size_bytes > max(total, pool.total_bytes):
            self._diagnostics.error(
                Replication.remote_pool,
                f"{needed}, which holds {max(total, pool.total_bytes) / GIB:.1f} GiB at all",
                "It can never fit. Write another remote_pool.",
            )
        elif volume.size_bytes > free + self._freed_bytes(driver, pool.id):
            self._tell(
                Replication.remote_pool,
                f"{needed}, where {free / GIB:.1f} GiB are free now",
                "The apply is refused unless there is room by then.",
                "Free some, or write another remote_pool.",
            )

    def _goes(self, own_id: str) -> bool:
        return self._replaced is not None and self._replaced.is_deleted(own_id)

    def _freed_bytes(self, driver: XIVDS8KDriver, pool_id: str) -> int:
        """Return what the copy that is deleted frees in a pool."""
        own_id = self._replaced.deleted_id if self._replaced is not None else None
        volume = driver.remote.find_volume(own_id) if own_id is not None else None
        return volume.size_bytes if volume is not None and volume.pool_id == pool_id else 0

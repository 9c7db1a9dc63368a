"""Snapshots: the commands behind the core's snapshot primitives (xcli.md §3.3, §3.4).

A snapshot is a volume that has a master.  Commands act by name, so a name is read again before each, and must still
bear the WWN.
"""

from __future__ import annotations

from typing import Any

from ..errors import DriverError, InDoubt, Refused
from ..objects import Volume
from ..waiting import Budget
from .client import Client
from .volumes import XIVVolumes


class XIVSnapshots:
    """Keep the contract of ``array.Snapshots``."""

    def __init__(self, client: Client, volumes: XIVVolumes) -> None:
        self._client = client
        self._volumes = volumes

    def of_volume(self, volume: Volume, budget: Budget) -> tuple[Volume, ...]:
        """Return the snapshots of a volume, oldest first."""
        master = self._volumes.confirm(volume, budget)
        return self._volumes.rows(self._client.read("snapshot_list", budget, vol=master.name), budget)

    def create(self, volume: Volume, name: str, delete_priority: int | None, budget: Budget) -> Volume:
        """Take a snapshot, locked at birth; the answer describes it, or it is read."""
        master = self._volumes.confirm(volume, budget)
        more: dict[str, Any] = {} if delete_priority is None else {"delete_priority": delete_priority}
        records = self._client.write("snapshot_create", budget, vol=master.name, name=name, **more)
        try:
            found = self._volumes.rows(records, budget)
        except Refused:
            found = ()
        if len(found) == 1 and _is_of(found[0], master, name):
            return found[0]
        try:
            taken = self.settled(master, name, budget.for_a_look())
        except DriverError as error:
            raise _taken_unread(name) from error
        if taken is None:
            raise _taken_unread(name)
        return taken

    def settled(self, volume: Volume, name: str, budget: Budget) -> Volume | None:
        """Look once for a snapshot of that name and master."""
        found = self._volumes.named(name, budget)
        return found[0] if len(found) == 1 and _is_of(found[0], volume, name) else None

    def prioritize(self, snapshot: Volume, delete_priority: int, budget: Budget) -> None:
        """Set when the array may delete the snapshot."""
        named = self._volumes.confirm(snapshot, budget)
        self._client.write("snapshot_change_priority", budget, snapshot=named.name, delete_priority=delete_priority)

    def delete(self, snapshot: Volume, budget: Budget) -> None:
        """Delete a snapshot; raises NotFound where it is gone, Refused where another object bears its name."""
        named = self._volumes.confirm(snapshot, budget)
        if not named.is_snapshot:
            raise Refused(f"{named.name} is a volume, not a snapshot", left_behind="Nothing was changed.")
        self._client.write("snapshot_delete", budget, sure=True, snapshot=named.name)

    def restore(self, snapshot: Volume, volume: Volume, budget: Budget) -> None:
        """Give its master the content of a snapshot."""
        master = self._volumes.confirm(volume, budget)
        named = self._volumes.confirm(snapshot, budget)
        if named.snapshot_of != master.name:
            raise Refused(
                f"Snapshot {named.name} is of {named.snapshot_of or 'no volume'}, not of {master.name}",
                left_behind="Nothing was changed.",
                next_step="Name a snapshot of the volume.",
            )
        self._client.write("snapshot_restore", budget, sure=True, snapshot=named.name)

    def copy(self, source: Volume, target: Volume, budget: Budget) -> None:
        """Copy onto a volume, which takes the source's size (§3.3 [S])."""
        giver = self._volumes.confirm(source, budget)
        taker = self._volumes.confirm(target, budget)
        self._client.write("vol_copy", budget, sure=True, vol_src=giver.name, vol_trg=taker.name)


def _is_of(found: Volume, master: Volume, name: str) -> bool:
    return found.is_snapshot and found.name == name and found.snapshot_of == master.name


def _taken_unread(name: str) -> InDoubt:
    return InDoubt(
        f"The array took snapshot {name!r}, but it could not be read",
        happened="The array reported success without a whole description.",
        left_behind=f"A snapshot called {name!r} is on the array.",
        next_step="Run it again: what the array did is looked up first.",
    )

"""Volumes: the commands behind the core's volume primitives (xcli.md §3.3).

The WWN is the identity; commands act by name.  So before a command changes a volume, the name is read again and must
still bear the WWN.  Looking for users before a deletion is left to the flow.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from ..array import VolumeOrder
from ..errors import DriverError, InDoubt, NotFound, Refused
from ..objects import Pool, Users, Volume
from ..rules import BLOCK_BYTES
from ..waiting import Budget
from .client import Client
from .records import Record
from .users import mapped_names, mapped_names_of_host, secondary_names, users_of

WWN = re.compile(r"[0-9a-f]{16}")
ONE_BY_ONE = 3  # up to so many volumes are asked about singly


class XIVVolumes:
    """Keep the contract of ``array.Volumes``."""

    names_are_unique = True

    def __init__(self, client: Client) -> None:
        self._client = client

    def find(self, volume_id: str, budget: Budget) -> Volume | None:
        """Return the volume of a WWN; raises Refused (attribute ``id``) for a text that can be none."""
        wwn = volume_id.lower()
        if not WWN.fullmatch(wwn):
            raise Refused(
                f"{volume_id!r} is no volume id of an XIV",
                next_step="The id is the volume's WWN: 16 hex digits.",
                attribute="id",
            )
        found = self._listed(budget, wwn=wwn.upper())
        fitting = tuple(volume for volume in found if volume.wwn == wwn)
        if len(fitting) == 1:
            return fitting[0]
        if not found:
            return None
        raise Refused(
            f"The array's answer does not fit: asked for WWN {wwn}, got {len(found)} volumes",
            happened=f"They have: {', '.join(volume.wwn for volume in found)}. Nothing was concluded from it.",
            next_step="Run it again; if it stays so, look at the array's health.",
        )

    def named(self, name: str, budget: Budget) -> tuple[Volume, ...]:
        """Return the volume or snapshot of that name, as the array compares names."""
        return self._listed(budget, vol=name)

    def by_wwn(self, wwn: str, budget: Budget) -> Volume | None:
        """Return the volume of a WWN; a text that can be none finds none."""
        return self.find(wwn, budget) if WWN.fullmatch(wwn.lower()) else None

    def listing(self, pools: tuple[Pool, ...], budget: Budget) -> tuple[Volume, ...]:
        """Return all volumes and snapshots in these pools, by id, in one round trip."""
        wanted = {pool.id for pool in pools}
        if not wanted:
            return ()
        found = self._listed(budget, pool=pools[0].name) if len(wanted) == 1 else self._listed(budget)
        return tuple(sorted((one for one in found if one.pool_id in wanted), key=lambda volume: volume.id))

    def mapped_to(self, host: str, budget: Budget) -> frozenset[str]:
        """Return the ids of the volumes mapped to a host or to its cluster; raises NotFound (``host``)."""
        names = mapped_names_of_host(self._client, host, budget)
        if not names:
            return frozenset()
        return frozenset(volume.id for volume in self._listed(budget) if volume.name in names)

    def detailed(self, volumes: tuple[Volume, ...], budget: Budget) -> tuple[Volume, ...]:
        """Return them with ``mapped`` and ``is_secondary``; the rest stands in every row."""
        if not volumes:
            return ()
        asked = tuple(volume.name for volume in volumes) if len(volumes) <= ONE_BY_ONE else None
        mapped = mapped_names(self._client, asked, budget)
        mirrored = any(volume.replicated for volume in volumes)
        secondaries = secondary_names(self._client, asked, budget) if mirrored else frozenset()
        return tuple(
            replace(volume, mapped=volume.name in mapped, is_secondary=volume.replicated and volume.name in secondaries)
            for volume in volumes
        )

    def users(self, volume: Volume, budget: Budget) -> Users:
        """Return what depends on the volume."""
        return users_of(self._client, volume, budget)

    def create(self, order: VolumeOrder, budget: Budget) -> Volume:
        """Make a volume of exactly so many blocks; the array may round up."""
        records = self._client.write(
            "vol_create", budget, vol=order.name, size_blocks=order.size_bytes // BLOCK_BYTES, pool=order.pool.name
        )
        made = self._made(records, order, budget)
        if made.size_bytes < order.size_bytes or made.pool_id != order.pool.id:
            error = Refused(
                f"The array made {made.name} otherwise than asked",
                happened=f"It has {made.size_bytes} bytes in pool {made.pool_name}; asked were {order.size_bytes} in "
                f"{order.pool.name}.",
                left_behind=f"The volume (id {made.id}) is left on the array.",
                next_step="Delete it, or manage it as it is.",
            )
            error.left = made
            raise error
        return made

    def _made(self, records: tuple[Record, ...], order: VolumeOrder, budget: Budget) -> Volume:
        """Return the volume of a successful creation, read again where the answer does not describe it whole.

        An answer that tells of another volume is none: what it names could be undone.
        """
        try:
            made = self._volume(records[0], budget) if len(records) == 1 else None
        except Refused:
            made = None
        if made is not None and made.name == order.name and WWN.fullmatch(made.wwn):
            return made
        try:
            found = self.settled(order, budget.for_a_look())
        except DriverError as error:
            raise _made_unread(order) from error
        if found is None:
            raise _made_unread(order)
        return found

    def settled(self, order: VolumeOrder, budget: Budget) -> Volume | None:
        """Look once for the volume of a creation in doubt: one of that name, pool and size, and nobody's snapshot."""
        found = self.named(order.name, budget)
        if len(found) != 1:
            return None
        volume = found[0]
        rounded_up = 0 <= volume.size_bytes - order.size_bytes < order.pool.extent_bytes
        fits = volume.name == order.name and volume.pool_id == order.pool.id and rounded_up
        return volume if fits and not volume.is_snapshot else None

    def rename(self, volume: Volume, new_name: str, budget: Budget) -> None:
        """Give the volume another name."""
        self.confirm(volume, budget)
        self._client.write("vol_rename", budget, vol=volume.name, new_name=new_name)

    def resize(self, volume: Volume, size_bytes: int, budget: Budget) -> None:
        """Grow the volume; raises Refused (attribute ``size_bytes``) instead of shrinking it."""
        current = self.confirm(volume, budget)
        if size_bytes < current.size_bytes:
            raise Refused(
                f"Volume {volume.name} has {current.size_bytes} bytes and is not shrunk to {size_bytes}",
                left_behind="Nothing was changed.",
                next_step=f"Write at least {current.size_bytes}.",
                attribute="size_bytes",
            )
        self._client.write("vol_resize", budget, sure=True, vol=volume.name, size_blocks=size_bytes // BLOCK_BYTES)

    def move(self, volume: Volume, pool: Pool, budget: Budget) -> None:
        """Move the volume and its snapshots to another pool; the array is done when it answers."""
        self.confirm(volume, budget)
        self._client.write("vol_move", budget, vol=volume.name, pool=pool.name)

    def keeping_id(self, volume_id: str, budget: Budget) -> AbstractContextManager[None]:  # noqa: ARG002 - the contract
        """Do nothing: no WWN is ever given again."""
        return nullcontext()

    def delete(self, volume: Volume, budget: Budget) -> None:
        """Delete the volume; raises NotFound where it is gone, Refused where another volume bears its name."""
        self.confirm(volume, budget)
        self._client.write("vol_delete", budget, sure=True, vol=volume.name)

    def confirm(self, volume: Volume, budget: Budget) -> Volume:
        """Return what bears the volume's name, which must be the volume itself; raises NotFound, Refused."""
        named = self.named(volume.name, budget)
        if len(named) == 1 and named[0].wwn == volume.wwn:
            return named[0]
        if not named and self.find(volume.id, budget) is None:
            raise NotFound(f"Volume {volume.name} (WWN {volume.wwn}) is gone", attribute="id")
        bears = f"WWN {', '.join(other.wwn for other in named)} bears that name" if named else "nothing bears that name"
        raise Refused(
            f"Volume {volume.name} (WWN {volume.wwn}) was renamed meanwhile",
            happened=f"On the array now {bears}. Commands act by name, so nothing was sent.",
            left_behind="Nothing was changed.",
            next_step="Run it again; its name is then read anew.",
            attribute="name",
        )

    def _listed(self, budget: Budget, **arguments: str) -> tuple[Volume, ...]:
        """Return what ``vol_list`` shows; a missing name is an empty list, on some releases the code that means it."""
        try:
            records = self._client.read("vol_list", budget, **arguments)
        except NotFound as error:
            if error.code != "VOLUME_BAD_NAME":
                raise
            records = ()
        return self.rows(records, budget)

    def rows(self, records: tuple[Record, ...], budget: Budget) -> tuple[Volume, ...]:
        """Return the volumes and snapshots that rows in the form of ``vol_list`` tell of."""
        return tuple(self._volume(record, budget) for record in records)

    def _volume(self, record: Record, budget: Budget) -> Volume:
        return volume_of(record, self._client.system_id(budget))


def volume_of(record: Record, system_id: str) -> Volume:
    """Return the volume a row of ``vol_list`` or the answer of ``vol_create`` tells of."""
    wwn = record.text("wwn").lower()
    used_mib = record.find_integer("used_capacity_MiB")
    return Volume(
        id=wwn,
        name=record.text("name"),
        wwn=wwn,
        system_id=system_id,
        pool_id=record.text("pool_id"),
        pool_name=record.text("pool_name"),
        size_bytes=record.amount("capacity") * BLOCK_BYTES,
        qos_class=record.find_text("perf_class"),
        allocated_bytes=record.find_size_bytes("used_capacity"),
        snapshot_of=record.find_text("master_name") or record.find_text("snapshot_of"),
        snapshot_group=record.find_text("sg_name"),
        snapshot_time=record.find_text("snapshot_time"),
        delete_priority=record.find_integer("delete_priority"),
        group=record.find_text("cg_name"),
        replicated=record.find_flag("mirrored"),
        # whole GB are cut off below one: only the finer leaf proves that nothing was written
        provably_unwritten=used_mib == 0,
    )


def _made_unread(order: VolumeOrder) -> InDoubt:
    return InDoubt(
        f"The array made volume {order.name!r}, but it could not be read",
        happened="The array reported success without a whole description.",
        left_behind=f"A volume called {order.name!r} is in pool {order.pool.name}.",
        next_step="Run it again: what the array did is looked up first.",
    )

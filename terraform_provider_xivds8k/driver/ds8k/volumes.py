"""Volumes of a DS8000."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from ..array import VolumeOrder
from ..errors import Busy, DriverError, InDoubt, NoSpace, NotFound, Refused, TimedOut
from ..objects import Pool, System, Users, Volume
from ..once import Recent
from ..rules import os400_fixed_bytes
from ..waiting import Budget
from . import codes, users
from .client import Client
from .codes import LSS_FULL
from .envelope import Answer, Record, raise_if_failed
from .gate import AnswerLostError
from .placement import VOLUMES_IN_AN_LSS, Placement
from .records import text, volume_of

VOLUME_ID = re.compile(r"[0-9A-Fa-f]{4}")
LSS_LIVE_S = 60.0
TP = {"thin": "ese", "thick": "none"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Keep what a creation saw before its answer was lost."""

    lss: str
    before: frozenset[str]


class DS8KVolumes:
    """Read and change volumes; every read is direct."""

    names_are_unique = False

    def __init__(
        self,
        client: Client,
        system: Callable[[Budget], System],
        pools: Callable[[Budget], tuple[Pool, ...]],
    ) -> None:
        self._client = client
        self._system = system
        self._pools = pools
        self._placement = Placement()
        # counts a minute old place well enough: what is full by then, the array or the look before a creation tells
        self._lss: Recent[tuple[Record, ...]] = Recent(self._list_lss, LSS_LIVE_S)
        self._lock = threading.Lock()
        self._pool_names: dict[str, str] = {}
        self._doubts: dict[str, Doubt] = {}

    # reading

    def find(self, volume_id: str, budget: Budget) -> Volume | None:
        """Return the volume, None only by the code that means it is not there."""
        if not VOLUME_ID.fullmatch(volume_id):
            return None
        wanted = volume_id.upper()

        def unfit(answer: Answer) -> str:
            shown = [text(record, "id").upper() for record in answer.records("volumes")]
            return "" if shown in ([], [wanted]) else f"the answer is about {', '.join(shown)}, not volume {wanted}"

        try:
            answer = self._client.read(f"/volumes/{wanted}", budget, f"read volume {wanted}", unfit)
        except NotFound:
            return None
        found = [self._volume(record, budget) for record in answer.records("volumes")]
        return found[0] if found else None

    def named(self, name: str, budget: Budget) -> tuple[Volume, ...]:
        """Return all volumes of that name; names are not unique."""
        return tuple(volume for volume in self.listing(self._pools(budget), budget) if volume.name == name)

    def by_wwn(self, wwn: str, budget: Budget) -> Volume | None:
        """Return the volume hosts see under that identifier."""
        volume = self.find(wwn[-4:], budget)
        return volume if volume is not None and volume.wwn == wwn.lower() else None

    def listing(self, pools: tuple[Pool, ...], budget: Budget) -> tuple[Volume, ...]:
        """Return all volumes in these pools, by id: one call for each pool."""
        found: list[Volume] = []
        for pool in pools:
            self._remember(pool)
            answer = self._client.read(
                f"/pools/{quote(pool.id)}/volumes", budget, f"list the volumes of pool {pool.id}"
            )
            found += [self._volume(record, budget) for record in answer.records("volumes")]
        return tuple(sorted(found, key=lambda volume: volume.id))

    def in_lss(self, lss: str, budget: Budget) -> tuple[Volume, ...]:
        """Return all volumes in an LSS."""
        return tuple(self._volume(record, budget) for record in self._records_in(lss, budget))

    def _ids_in(self, lss: str, budget: Budget) -> frozenset[str]:
        return frozenset(text(record, "id").upper() for record in self._records_in(lss, budget, data_fields="id"))

    def _records_in(self, lss: str, budget: Budget, **query: str) -> tuple[Record, ...]:
        """Return what is in an LSS; one that is not there holds nothing, and begins with its first volume."""
        try:
            answer = self._client.read(f"/lss/{lss}/volumes", budget, f"list the volumes of LSS {lss}", **query)
        except NotFound:
            return ()
        return answer.records("volumes")

    def _volume(self, record: Record, budget: Budget) -> Volume:
        found = volume_of(record, system=self._system(budget), pool_names=self._pool_names)
        if found.pool_id not in self._pool_names:
            for pool in self._pools(budget):
                self._remember(pool)
            found = replace(found, pool_name=self._pool_names.get(found.pool_id, found.pool_id))
        return found

    def _remember(self, pool: Pool) -> None:
        with self._lock:
            self._pool_names = {**self._pool_names, pool.id: pool.name}

    def mapped_to(self, host: str, budget: Budget) -> frozenset[str]:
        """Return the ids of the volumes mapped to a host; raises NotFound (``host``)."""
        return users.mapped_to(self._client, host, budget)

    def detailed(self, volumes: tuple[Volume, ...], budget: Budget) -> tuple[Volume, ...]:
        """Return them with mappings, FlashCopy and PPRC relations filled in."""
        return users.detailed(self._client, volumes, self._system(budget), budget) if volumes else ()

    def users(self, volume: Volume, budget: Budget) -> Users:
        """Return what depends on the volume."""
        return users.of(self._client, volume, budget)

    # changing

    def create(self, order: VolumeOrder, budget: Budget) -> Volume:
        """Make a volume in the LSS asked for, or in the least used one that fits; a full one leads to the next."""
        self._system(budget)  # known before anything is made, so that what is made can be told of in any case
        full: frozenset[str] = frozenset()
        while True:
            existing = self._lss.get(budget)
            with self._placement.reserved(existing, order.pool, order.lss, full, budget, avoid=order.avoid_lss) as lss:
                before = self._ids_in(lss, budget)
                try:
                    return self._create_in(lss, before, order, budget)
                except NoSpace as error:
                    if order.lss is not None or error.code not in LSS_FULL | {""}:
                        raise
            full |= {lss}
            self._lss.forget()  # or every creation would find out anew

    def _list_lss(self, budget: Budget) -> tuple[Record, ...]:
        return self._client.read("/lss", budget, "list the LSSs").records("lss")

    def _create_in(self, lss: str, before: frozenset[str], order: VolumeOrder, budget: Budget) -> Volume:
        if len(before) >= VOLUMES_IN_AN_LSS:
            raise NoSpace(
                f"LSS {lss} is full",
                happened=f"It holds {VOLUMES_IN_AN_LSS} volumes.",
                next_step="Choose another LSS, or leave lss out.",
                attribute="lss",
            )
        doubt = Doubt(lss, before)
        doing = f"create volume {order.name}"
        try:
            answer = self._client.write("POST", "/volumes", budget, doing, _params(lss, order))
        except InDoubt:
            self._doubts[order.name] = doubt
            raise
        except NotFound as error:
            error.attribute = error.attribute or "pool"
            raise
        except Refused as refusal:
            return self._made_all_the_same(refusal, doubt, order, budget)
        volume_id = _made_id(answer, doing)
        if volume_id is None or volume_id in doubt.before or volume_id[:2] != lss:
            self._doubts[order.name] = doubt
            raise InDoubt(
                f"The array's answer to creating {order.name} names no new volume",
                happened=f"It was asked for one in LSS {lss} and named {volume_id or 'none'}.",
                left_behind="It may have made the volume.",
                next_step="Run it again: what the array did is looked up first.",
            )
        self._placement.hand_out(lss, volume_id)
        return self._read_back(volume_id, order, budget)

    def _made_all_the_same(self, refusal: Refused, doubt: Doubt, order: VolumeOrder, budget: Budget) -> Volume:
        """Return what a refused creation made after all, or raise the refusal.

        A code nobody knows may come from a console that lost track of what it asked the array for.
        """
        if refusal.code in codes.ERRORS:
            raise refusal
        self._doubts[order.name] = doubt
        try:
            found = self.settled(order, budget.for_a_look())
        except DriverError:
            raise refusal from None
        if found is None:
            raise refusal
        return found

    def _read_back(self, volume_id: str, order: VolumeOrder, budget: Budget) -> Volume:
        try:
            found = self._just_made(volume_id, budget)
        except Busy as busy:  # as it is, it would mean that nothing was made, and have it made again
            late = TimedOut(
                "The array is too busy to show the volume it just made",
                code=busy.code,
                words=busy.words,
                next_step=busy.next_step,
            )
            self._name_left(late, volume_id, order, budget)
            raise late from busy
        except DriverError as error:
            self._name_left(error, volume_id, order, budget)
            raise
        if found is None or found.name != order.name:
            raise InDoubt(
                f"Volume {volume_id}, just made as {order.name}, cannot be found again",
                happened=f"The array shows {found.name if found else 'nothing'} under this id.",
                next_step="Look at the array's event log.",
            )
        return found

    def _just_made(self, volume_id: str, budget: Budget) -> Volume | None:
        """Read a new volume; a stop does not keep it from its one look-up."""
        try:
            return self.find(volume_id, budget)
        except DriverError:
            if not budget.stop.is_set():
                raise
            return self.find(volume_id, budget.for_a_look())

    def _name_left(self, error: DriverError, volume_id: str, order: VolumeOrder, budget: Budget) -> None:
        error.left = self._as_ordered(volume_id, order, budget)
        error.left_behind = f"Volume {order.name} (id {volume_id}) was made and is left on the array."

    def _as_ordered(self, volume_id: str, order: VolumeOrder, budget: Budget) -> Volume:
        record: Record = {
            "id": volume_id,
            "name": order.name,
            "cap": str(order.size_bytes),
            "pool": {"id": order.pool.id},
            "stgtype": order.pool.storage_type,
            "tp": TP[order.provisioning or "thick"],
            "os400": order.os400 or "",
        }
        return volume_of(record, system=self._system(budget), pool_names={order.pool.id: order.pool.name})

    def settled(self, order: VolumeOrder, budget: Budget) -> Volume | None:
        """Return the one volume of the order that is new in its LSS and was given to no other creation."""
        doubt = self._doubts.pop(order.name, None)
        if doubt is None:
            return None
        others = doubt.before | self._placement.handed(doubt.lss)
        fixed = order.os400 is not None and os400_fixed_bytes(order.os400) is not None  # the array has its own size
        fitting = [
            volume
            for volume in self.in_lss(doubt.lss, budget)
            if volume.id not in others
            and volume.lss == doubt.lss
            and (volume.name, volume.pool_id) == (order.name, order.pool.id)
            and (fixed or 0 <= volume.size_bytes - order.size_bytes < order.pool.extent_bytes)
            and volume.provisioning == (order.provisioning or volume.provisioning)
        ]
        if len(fitting) != 1:
            return None
        found = self.find(fitting[0].id, budget)  # a listing that mixes ids up would give us a stranger's volume
        if found is None or found.name != order.name:
            return None
        self._placement.hand_out(doubt.lss, found.id)
        return found

    def rename(self, volume: Volume, new_name: str, budget: Budget) -> None:
        """Give the volume another name."""
        self._put(volume, budget, f"rename volume {volume.id}", name=new_name)

    def resize(self, volume: Volume, size_bytes: int, budget: Budget) -> None:
        """Grow the volume."""
        self._put(volume, budget, f"grow volume {volume.id}", cap=str(size_bytes), captype="bytes")

    def move(self, volume: Volume, pool: Pool, budget: Budget) -> None:
        """Start moving the volume to another pool."""
        self._put(volume, budget, f"move volume {volume.id} to pool {pool.id}", pool=pool.id)

    def _put(self, volume: Volume, budget: Budget, doing: str, **params: str) -> None:
        self._client.write("PUT", f"/volumes/{volume.id}", budget, doing, params)

    def keeping_id(self, volume_id: str, budget: Budget) -> AbstractContextManager[None]:
        """Let no creation of this process run in the volume's LSS while the block runs."""
        return self._placement.deleting(volume_id[:2].upper(), budget)

    def delete(self, volume: Volume, budget: Budget) -> None:
        """Delete the volume."""
        self._client.write("DELETE", f"/volumes/{volume.id}", budget, f"delete volume {volume.id}", None)
        self._placement.take_back(volume.id)


def _params(lss: str, order: VolumeOrder) -> dict[str, Any]:
    params = {
        "name": order.name,
        "cap": str(order.size_bytes),
        "captype": "bytes",
        "stgtype": order.pool.storage_type,
        "pool": order.pool.id,
        "lss": lss,
    }
    if order.provisioning is not None:
        params["tp"] = TP[order.provisioning]
    if order.os400:
        params["os400"] = order.os400.upper()
    return params


def _made_id(answer: Answer, doing: str) -> str | None:
    """Return the id of what a creation made, in its data or last in the link; None where it names none for certain.

    Raises what the parts of a multiple answer say went wrong.
    """
    try:
        for part in answer.responses:
            raise_if_failed(part, doing)
        records = answer.records("volumes") if answer.data else ()
    except (AnswerLostError, Refused) as unclear:
        if isinstance(unclear, Refused) and unclear.code:
            raise
        return None
    if len(records) == 1:
        named = text(records[0], "id", "").upper()
        return named if VOLUME_ID.fullmatch(named) else None
    last = answer.link.rstrip("/").rpartition("/")[2].upper()
    return last if VOLUME_ID.fullmatch(last) else None

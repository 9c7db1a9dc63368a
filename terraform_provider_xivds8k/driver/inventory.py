"""Bulk reads shared by a whole refresh: after a few single reads, one listing serves the rest.

What was listed may be a minute old, so it is for reads that only tell, never for a decision that destroys.  A volume
it does not hold is asked for directly before anybody calls it gone.  Own writes keep it true: what an array said last
about a volume counts, and what is in doubt is asked for.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .array import Array
from .errors import Cancelled, DriverError, Refused, TimedOut
from .objects import Pool, Volume
from .once import SILENT, Recent
from .waiting import Budget

_log = logging.getLogger("driver.inventory")

LIVES_S = 60.0
NAMES_LIVE_S = 5.0  # after the listing's end: somebody else may take a name meanwhile
SINGLE_READS = 2  # before a listing, where reads come one after the other
LONGEST_LISTING_S = 600.0


class _Listing:
    """Hold all volumes by id; ``doubtful`` ids are not to be read from it, their names still count as taken."""

    def __init__(self, volumes: tuple[Volume, ...]) -> None:
        self.volumes: dict[str, Volume] = {}
        self.doubtful: set[str] = set()
        self._named: dict[str, set[str]] = {}
        for volume in volumes:
            twice = self.volumes.get(_key(volume.id), volume) != volume  # seen in two pools while it moves
            self.put(volume)
            if twice:
                self.doubt(volume.id)

    def find(self, volume_id: str) -> Volume | None:
        """Return a volume nothing is in doubt about."""
        key = _key(volume_id)
        return None if key in self.doubtful else self.volumes.get(key)

    def named(self, name: str) -> tuple[str, ...]:
        """Return the ids of the volumes of a name."""
        return tuple(sorted(self._named.get(name, ())))

    def put(self, volume: Volume) -> None:
        """Hold a volume instead of what was held under its id."""
        self.drop(volume.id)
        key = _key(volume.id)
        self.volumes[key] = volume
        self.doubtful.discard(key)
        self._named.setdefault(volume.name, set()).add(key)

    def drop(self, volume_id: str) -> None:
        """Hold a volume no longer."""
        had = self.volumes.pop(_key(volume_id), None)
        if had is not None:
            self._named[had.name].discard(_key(volume_id))

    def doubt(self, volume_id: str) -> None:
        """Let the array be asked about a volume."""
        self.doubtful.add(_key(volume_id))


Event = Callable[[_Listing], None]


class Inventory:
    """Know the volumes of one array as they were at most a minute ago; safe to share among threads."""

    def __init__(self, array: Array, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._array = array
        self._clock = clock
        self._lock = threading.Lock()
        self._recent: Recent[_Listing] = Recent(self._ask, LIVES_S, silent_s=LIVES_S, clock=clock)
        self._current: _Listing | None = None
        self._events: deque[tuple[float, Event]] = deque()
        self._names_in_doubt: set[str] = set()
        self._told: Counter[str] = Counter()  # how often something was told of an id
        self._unlistable_until_s = 0.0
        self._single_reads = 0
        self._reading = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names that were listed last, for hints; asks nothing."""
        with self._lock:
            return tuple(one.name for one in self._current.volumes.values()) if self._current is not None else ()

    def find(self, volume_id: str, budget: Budget) -> Volume | None:
        """Return a volume as it was at most a minute ago; None only by a direct read.

        Raises what reading it alone would raise, and for an array that does not answer what the listing raised, for a
        minute.
        """
        with self._single_read() as alone:
            if alone:
                return self._array.volumes.find(volume_id, budget)
        listing = self._listing(budget)
        with self._lock:
            found = listing.find(volume_id) if listing is not None else None
        return found if found is not None else self._array.volumes.find(volume_id, budget)

    def called(self, name: str, budget: Budget) -> Volume | None:
        """Return the one volume of a name as it was at most a minute ago; None where the array knows none or several.

        For finding what a row names, without a call for each row: a listing is not made for it.
        """
        listing = self._recent.known
        with self._lock:
            ids = listing.named(name) if listing is not None else ()
            found = listing.find(ids[0]) if listing is not None and len(ids) == 1 else None
        if found is not None:
            return found
        named = self._array.volumes.named(name, budget)
        return named[0] if len(named) == 1 else None

    def named(self, name: str, budget: Budget, *, alone: bool) -> tuple[Volume, ...]:
        """Return the volumes of a name; those of the listing are read again before they count.

        The listing is made now for a caller that is ``alone``; many at a time share one, and a volume somebody else
        gave the name within the last seconds may be missing from it.
        """
        listing = self._listing_for_names(name, budget, 0.0 if alone else NAMES_LIVE_S)
        if listing is None:
            return self._array.volumes.named(name, budget)
        with self._lock:
            listed = {volume_id: self._told[volume_id] for volume_id in listing.named(name)}
        found = [self._read_again(volume_id, told, budget) for volume_id, told in listed.items()]
        return tuple(volume for volume in found if volume is not None and volume.name == name)

    def _read_again(self, volume_id: str, told: int, budget: Budget) -> Volume | None:
        """Read what was listed, and take the answer unless something newer was told meanwhile."""
        found = self._array.volumes.find(volume_id, budget)
        if self._told[volume_id] == told:
            self.drop(volume_id) if found is None else self.put(found)
        return found

    def put(self, volume: Volume) -> None:
        """Take what the array just said of a volume."""
        self._happened(volume.id, lambda listing: listing.put(volume))

    def drop(self, volume_id: str) -> None:
        """Take it that a volume was deleted."""
        self._happened(volume_id, lambda listing: listing.drop(volume_id))

    def doubt(self, *, volume_id: str | None = None, name: str | None = None) -> None:
        """Ask the array itself from now on about a volume or a name whose last write may or may not have been."""
        if name is not None:
            with self._lock:
                self._names_in_doubt.add(name)
        if volume_id is not None:
            self._happened(volume_id, lambda listing: listing.doubt(volume_id))

    def forget(self) -> None:
        """List anew the next time."""
        with self._lock:
            self._current, self._single_reads, self._unlistable_until_s = None, 0, 0.0
            self._recent.forget()

    @contextmanager
    def _single_read(self) -> Iterator[bool]:
        """Tell whether a read shall be made alone: the first few are, unless another is under way."""
        with self._lock:
            few = not self._reading and self._single_reads < SINGLE_READS
            alone = few and self._recent.known is None and not self._recent.is_silent
            self._single_reads += alone
            self._reading += alone
        try:
            yield alone
        finally:
            with self._lock:
                self._reading -= alone

    def _listing(self, budget: Budget, within_s: float | None = None) -> _Listing | None:
        """Return a fresh listing, None where the array answers but cannot list; that is remembered for a minute."""
        if self._clock() < self._unlistable_until_s:
            return None
        try:
            return self._recent.get(budget, within_s=within_s)
        except (Cancelled, *SILENT):
            raise
        except DriverError as error:
            self._unlistable_until_s = self._clock() + LIVES_S
            _log.warning("volumes are read one by one: %s", error)
            return None

    def _listing_for_names(self, name: str, budget: Budget, within_s: float) -> _Listing | None:
        """Return a fresh listing, None where the array itself is to be asked about the name."""
        remembered = self._recent.is_silent  # from up to a minute ago; the array may answer again
        if name in self._names_in_doubt or remembered:
            return None
        return self._listing(budget, within_s)

    def _ask(self, budget: Budget) -> _Listing:
        began = self._clock()
        pools = tuple(pool for pool in self._array.pools(budget) if pool.storage_type == "fb")
        listing = _Listing(self._listed(pools, budget))
        with self._lock:
            for happened_at, event in self._events:
                if happened_at >= began:  # the listing may be older than this write
                    event(listing)
            self._current = listing
        _log.debug("%d volumes listed in %.0f ms", len(listing.volumes), (self._clock() - began) * 1000)
        return listing

    def _listed(self, pools: tuple[Pool, ...], budget: Budget) -> tuple[Volume, ...]:
        try:
            return self._array.volumes.listing(pools, budget)
        except TimedOut as error:
            if budget.left_s <= 0:
                raise
            self._array.pools(budget)  # raises where the array is silent altogether
            raise Refused("The array does not list its volumes", happened=str(error)) from error

    def _happened(self, volume_id: str, event: Event) -> None:
        with self._lock:
            now = self._clock()
            self._told[_key(volume_id)] += 1
            while self._events and now - self._events[0][0] >= LONGEST_LISTING_S:
                self._events.popleft()
            self._events.append((now, event))
            if self._current is not None:
                event(self._current)


def _key(volume_id: str) -> str:
    return volume_id.casefold()

"""Which LSS a new volume is made in, and which ids in it are ours.

An LSS's parity is its pool's node; FB and CKD share no address group (first digit); an LSS holds 256 volumes and
appears with its first one (ds8k-rest.md §3 [S]).  One creation at a time runs in an LSS of a system, from the listing
before it to its answer, and none beside a deletion, so that after a lost answer a new id there is ours or a stranger's,
never a sibling's.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import NoSpace, Refused
from ..objects import Pool
from ..waiting import Budget
from .envelope import Record
from .records import number, text

VOLUMES_IN_AN_LSS = 256
ALL_LSS = tuple(f"{number:02X}" for number in range(0xFF))  # FF is reserved
POLL_S = 0.1


class Placement:
    """Choose LSSs and hold them, for all creations on one system in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._creating: set[str] = set()
        self._deleting: Counter[str] = Counter()
        self._pending: Counter[str] = Counter()
        self._handed: dict[str, set[str]] = {}

    @contextmanager
    def reserved(
        self,
        existing: tuple[Record, ...],
        pool: Pool,
        wanted: str | None,
        full: frozenset[str],
        budget: Budget,
        *,
        avoid: frozenset[str] = frozenset(),
    ) -> Iterator[str]:
        """Hold the wanted LSS, or the best one, until the block ends; raises NoSpace or Refused (``lss``)."""
        with self._lock:
            lss = _checked(wanted.upper(), existing, pool) if wanted else self._best(existing, pool, full, avoid)
            self._pending[lss] += 1
        try:
            with self._lock:
                self._wait(lambda: lss not in self._creating and not self._deleting[lss], budget)
                self._creating.add(lss)
            try:
                yield lss
            finally:
                with self._lock:
                    self._creating.discard(lss)
                    self._changed.notify_all()
        finally:
            with self._lock:
                self._pending[lss] -= 1

    @contextmanager
    def deleting(self, lss: str, budget: Budget) -> Iterator[None]:
        """Let no creation run in an LSS until the block ends, so that no id freed in it is given meanwhile."""
        with self._lock:
            self._wait(lambda: lss not in self._creating, budget)
            self._deleting[lss] += 1
        try:
            yield
        finally:
            with self._lock:
                self._deleting[lss] -= 1
                self._changed.notify_all()

    def _wait(self, ready: Callable[[], bool], budget: Budget) -> None:
        while not ready():
            self._changed.wait(POLL_S)
            budget.check()

    def _best(self, existing: tuple[Record, ...], pool: Pool, full: frozenset[str], avoid: frozenset[str]) -> str:
        """Return the fitting LSS with fewest creations under way, then fewest volumes; a new one when all are full.

        Our own creations count beside what was listed, which may be older than they are.  One to avoid comes last.
        """
        known = {text(record, "id").upper(): record for record in existing}
        fitting = [
            (
                self._pending[lss] + self._deleting[lss],
                number(record, "configvols", 0) + len(self._handed.get(lss, ())),
                lss,
            )
            for lss, record in known.items()
            if lss not in full
            and _misfit(lss, record, pool) is None
            and number(record, "configvols", 0) + self._pending[lss] < VOLUMES_IN_AN_LSS
        ]
        liked = [one for one in fitting if one[2] not in avoid]
        if liked:
            return min(liked)[2]
        foreign = {lss[0] for lss, record in known.items() if _type(record) != pool.storage_type}
        for lss in ALL_LSS:
            if lss not in known and lss not in full and lss[0] not in foreign and int(lss, 16) % 2 == pool.node:
                return lss
        if fitting:
            return min(fitting)[2]
        raise NoSpace(
            f"No LSS is left for pool {pool.id}",
            happened=f"Every LSS of node {pool.node} is full or belongs to another storage type.",
            next_step="Delete volumes, or use a pool of the other node.",
            attribute="lss",
        )

    def hand_out(self, lss: str, volume_id: str) -> None:
        """Remember that an id was given to one of our creations."""
        with self._lock:
            self._handed.setdefault(lss, set()).add(volume_id)

    def take_back(self, volume_id: str) -> None:
        """Forget that an id was given, when its volume is deleted."""
        with self._lock:
            self._handed.get(volume_id[:2], set()).discard(volume_id)

    def handed(self, lss: str) -> frozenset[str]:
        """Return the ids in an LSS that were given to our creations."""
        with self._lock:
            return frozenset(self._handed.get(lss, ()))


def _checked(lss: str, existing: tuple[Record, ...], pool: Pool) -> str:
    record = next((record for record in existing if text(record, "id").upper() == lss), None)
    problem = _misfit(lss, record, pool)
    if problem is None and record is None:
        group = {_type(other) for other in existing if text(other, "id").upper()[0] == lss[0]}
        if group - {pool.storage_type}:
            problem = f"address group {lss[0]} holds {', '.join(sorted(group))} volumes"
    if problem is not None:
        raise Refused(
            f"LSS {lss} does not suit pool {pool.id}",
            happened=f"{problem}; pool {pool.id} is {pool.storage_type} on node {pool.node}.",
            next_step=f"Choose an LSS with an {'even' if pool.node == 0 else 'odd'} number in a {pool.storage_type} "
            "address group, or leave lss out.",
            attribute="lss",
        )
    return lss


def _misfit(lss: str, record: Record | None, pool: Pool) -> str | None:
    if int(lss, 16) % 2 != pool.node:
        return f"LSS {lss} is on node {int(lss, 16) % 2}"
    if record is not None and _type(record) != pool.storage_type:
        return f"LSS {lss} holds {_type(record)} volumes"
    return None


def _type(record: Record) -> str:
    return text(record, "type", "fb").lower()

"""PPRC pairs as one DS8000 tells of them (ds8k-rest.md §4.2).

Each machine has its own view: the source knows what its target lacks, a target only what it was told last.  How pairs
are made and changed is the array module's next to this one.
"""

from __future__ import annotations

from collections.abc import Callable

from ..replicating import Half, ReplicationMode, Subject
from ..waiting import Budget
from .client import Client
from .envelope import Record
from .records import number, reference, text

KEYS = ("pprcs", "pprc")
MODES: dict[str, ReplicationMode] = {"metro_mirror": "metro_mirror", "global_copy": "global_copy"}
DUPLEX, PENDING, SUSPENDED = "full_duplex", "copy_pending", "suspended"  # [S]
KNOWN = frozenset({DUPLEX, PENDING, SUSPENDED})
BAD = frozenset({"invalid", "volume_inaccessible", "valid"})  # SEMANTICS §3, row 16
ENDS = ("source", "target")
TRACK_BYTES = 64 * 1024  # of an FB volume [K]


class DS8KPairs:
    """Keep the contract of ``pairs.Pairs``; a DS8000 mirrors volumes only."""

    def __init__(self, client: Client, system_id: Callable[[Budget], str]) -> None:
        self._client = client
        self._system_id = system_id

    @property
    def known_key(self) -> str | None:
        """Return the array's id once it has told it."""
        known = self._client.known_system_id
        return known.upper() if known is not None else None

    def listing(self, budget: Budget) -> tuple[Half, ...]:
        """Return all halves, in one call."""
        return self._halves(self._client.read("/cs/pprcs", budget, "list the PPRC pairs").records(*KEYS), budget)

    def find(self, subject: Subject, own_id: str, budget: Budget) -> tuple[Half, ...]:
        """Return the halves of one volume."""
        if subject == "group":
            return ()
        wanted = own_id.upper()
        answer = self._client.read(
            "/cs/pprcs", budget, f"list the PPRC pairs of {wanted}", volume_id_from=wanted, volume_id_to=wanted
        )
        return tuple(half for half in self._halves(answer.records(*KEYS), budget) if half.id == wanted)

    def _halves(self, records: tuple[Record, ...], budget: Budget) -> tuple[Half, ...]:
        own = self._system_id(budget)
        return tuple(half for record in records for half in _halves_of(record, own))


def _halves_of(record: Record, own: str) -> tuple[Half, ...]:
    """Return what a record tells of this array: one half, two of a pair within it."""
    ends = {side: (reference(record, f"{side}_system"), reference(record, f"{side}_volume")) for side in ENDS}
    found = []
    for role, other in (("source", "target"), ("target", "source")):
        (system, volume), (peer_system, peer) = ends[role], ends[other]
        if system == own.upper():
            found.append(_half(record, role, (own, volume), (peer_system, peer)))
    return tuple(found)


def _half(record: Record, role: str, own: tuple[str, str], peer: tuple[str, str]) -> Half:
    kind, state = text(record, "type", "").casefold(), text(record, "state", "").casefold()
    marked = state.removeprefix("target_") if role == "target" else state
    mode = MODES.get(kind, "metro_mirror")
    full = DUPLEX if mode == "metro_mirror" else PENDING
    tracks = number(record, "out_of_sync_tracks") if text(record, "out_of_sync_tracks", "") else None
    return Half(
        subject="volume",
        id=own[1],
        name=own[1],
        system_id=own[0],
        key=own[0].upper(),
        peer=peer[1],
        peer_key=peer[0] or None,
        role="source" if role == "source" else "target",
        mode=mode,
        standing="inactive" if marked == SUSPENDED else "active",
        in_step=marked == full,
        words=f"{role} of {text(record, 'id', '?')}, {kind or '?'}, {state or '?'}",
        pair_id=text(record, "id").upper(),
        missing_bytes=tracks * TRACK_BYTES if tracks is not None and role == "source" else None,
        strange=_strange(kind, marked),
    )


def _strange(kind: str, state: str) -> str:
    if kind not in MODES:
        return f"its type {kind!r} is not understood"
    if state in KNOWN:
        return ""
    return f"its state is {state}" if state in BAD else f"its state {state!r} is not understood"

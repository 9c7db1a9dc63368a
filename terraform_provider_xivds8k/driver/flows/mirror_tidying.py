"""Snapshots by which sync jobs were ordered are deleted again, of however many pairs, in a time that has one bound.

Once an operation was stopped or ran out of time, all that is left to be tidied shares one short time, and an array that
did not answer is not asked again.
"""

from __future__ import annotations

import time

from ..errors import DriverError, InDoubt, TimedOut, Unreachable
from ..replicating import Half, Pair, Side
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .mirror_deeds import Deed
from .mirror_ends import MirrorEnds
from .pair_calls import in_short
from .pair_views import SILENT_S
from .pair_work import Run
from .volumes import UNDO_S

SILENCES = (InDoubt, Unreachable, TimedOut)


class MirrorTidying:
    """Tidy up after the pairs of one operation."""

    def __init__(self, ends: MirrorEnds) -> None:
        self._ends = ends
        self._last: Budget | None = None
        self._silent: dict[Side, tuple[float, str]] = {}

    def discard(self, pair: Pair, name: str, deed: Deed, run: Run) -> None:
        """Delete the snapshots of a name on both sides; what is left is told."""
        for side, half in self._ends.sides(pair):
            if half is None:
                continue
            why = self._silence(side) or self._discarded(side, half, name, deed, run)
            if why:
                deed.left.append(f"snapshot {name} on the {side} array")
                run.tell(f"{pair.name}: snapshot {name} is left on the {side} array ({why})")

    def _silence(self, side: Side) -> str:
        """Return how an array was silent that was asked a moment ago."""
        at_s, why = self._silent.get(side, (0.0, ""))
        return why if why and time.monotonic() - at_s < SILENT_S else ""

    def _discarded(self, side: Side, half: Half, name: str, deed: Deed, run: Run) -> str:
        """Delete a snapshot on one side; return why it may be there still."""
        had_ended = self._has_ended(side, run)
        try:
            with deed.sending(side, discarding(half, name)):
                if had_ended:  # sent once: no time to make sure of a lost answer
                    self._ends.mirrors(side).discard(half.subject, name, self._share(side))
                else:
                    self._ends.drop(side, half.subject, name, Budget(UNDO_S, self._ends.core(side).stop))
        except DriverError as error:
            if not had_ended and self._has_ended(side, run):  # meanwhile: it is one of those that share a time
                return self._discarded(side, half, name, deed, run)
            if isinstance(error, SILENCES):
                self._silent[side] = time.monotonic(), in_short(error)
            return in_short(error)
        return ""

    def _has_ended(self, side: Side, run: Run) -> bool:
        return self._ends.core(side).stop.is_set() or run.budget.left_s <= 0

    def _share(self, side: Side) -> Budget:
        """Return half of what is left of the time for all: an array that hangs leaves some for the other."""
        stop = self._ends.core(side).stop
        if self._last is None or (stop.is_set() and self._last.left_s > LOOK_AFTER_STOP_S):
            self._last = Budget(LOOK_AFTER_STOP_S if stop.is_set() else UNDO_S)
        left_s = self._last.left_s / 2
        return Budget(left_s) if stop.is_set() else Budget(left_s, stop)


def discarding(half: Half, name: str) -> str:
    """Return the call that deletes a snapshot, or a snapshot group, of a name."""
    return f"snap_group_delete snap_group={name}" if half.subject == "group" else f"snapshot_delete snapshot={name}"

"""Another mode for a PPRC pair: paused, and resumed as the other type; only what differs is copied (ds8k-rest.md §4.2).

Asking for the pair once more as Metro Mirror turns it on some machines only [K]; this way does on all.
"""

from __future__ import annotations

from ..errors import DriverError, Unsupported
from ..pprcs import PairEnds, PairOption, PairType
from ..replicating import Pair, ReplicationMode
from ..waiting import LOOK_AFTER_STOP_S, Budget, Progress
from .pair_views import PairViews
from .pprc_bulk import ends_of, halves_at, in_bulk, is_copied_as, is_suspended, pprcs_of
from .pprc_ending import MAY_COME_LATE
from .pprc_making import MODES
from .volumes import UNDO_S

GO_ON: tuple[PairOption, ...] = ("permit_space_efficient_target", "initial_copy_out_of_sync")


class PprcModes:
    """Change how pairs from home to remote are copied."""

    def __init__(self, views: PairViews) -> None:
        self._views = views

    def change(self, pair: Pair, mode: ReplicationMode, rpo_s: int | None, budget: Budget, progress: Progress) -> None:
        """Copy in another mode from now on; no full copy is needed, and for a moment nothing is copied."""
        if rpo_s is not None:
            raise Unsupported(
                "A DS8000 has no recovery point objective to set",
                happened="Metro Mirror lags behind by nothing, and a Global Copy by what nobody can set.",
                left_behind="Nothing was changed.",
                next_step="Leave rpo_seconds out.",
                attribute="rpo_seconds",
            )
        if pair.mode == mode:
            return
        ends, before = ends_of(pair, "home"), MODES[pair.mode or ""]
        progress(f"{pair.name}: paused, to go on as {mode}")
        try:
            self._pause(ends, budget)
            self._resume(ends, MODES[mode], budget)
        except DriverError as error:
            self._go_on_as_before(ends, before, error, budget)
            raise
        self._views.home.wait_until(
            budget, lambda look: self._is_copied_as(ends, mode, look), f"{pair.name} to be copied as {mode}"
        )
        progress(f"{pair.name}: copied as {mode} from now on")

    def _pause(self, ends: PairEnds, budget: Budget) -> None:
        home = self._views.home
        failures = in_bulk(home, (ends,), pprcs_of(home).pause, is_suspended, budget)
        if ends in failures:
            raise failures[ends]

    def _resume(self, ends: PairEnds, kind: PairType, budget: Budget) -> None:
        home = self._views.home
        pprcs = pprcs_of(home)
        failures = in_bulk(
            home, (ends,), lambda pairs, left: pprcs.resume(pairs, kind, GO_ON, left), is_copied_as(kind), budget
        )
        if ends in failures:
            raise failures[ends]

    def _go_on_as_before(self, ends: PairEnds, kind: PairType, error: DriverError, budget: Budget) -> None:
        """Let copying go on as it was where this call stopped it; where that fails too, say so."""
        left = Budget(LOOK_AFTER_STOP_S) if budget.stop.is_set() else Budget(max(UNDO_S, budget.left_s), budget.stop)
        try:
            half = halves_at(self._views.home, left).get(ends.id)
            if is_suspended(half):
                self._resume(ends, kind, left)
            is_new = half is not None and not is_suspended(half) and half.mode != kind
            error.left_behind = "It is copied in the new mode." if is_new else f"It is copied as {kind}, as before."
            if isinstance(error, MAY_COME_LATE) and not is_new:
                error.left_behind += " What was not answered may still be carried out: look at replication status."
        except DriverError as second:
            error.happened = f"{error.happened} Going on as before failed too: {second}".strip()
            error.left_behind = f"Pair {ends.id} may be suspended: then nothing is copied."
            error.next_step = "Run resync, which lets it go on; then change the mode again."

    def _is_copied_as(self, ends: PairEnds, mode: ReplicationMode, budget: Budget) -> bool:
        halves = [halves_at(core, budget).get(ends.id) for core in (self._views.home, self._views.remote)]
        return all(half is not None and half.mode == mode and half.standing != "inactive" for half in halves)

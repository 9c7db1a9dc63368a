"""What becomes of a Global Copy whose move was broken off: it moves as Metro Mirror, and is one meanwhile.

One that did not move goes on as a Global Copy; of one that did, the error says what it is now.  A Metro Mirror that was
to be a Global Copy afterwards stays one where it did not move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import DriverError
from ..pprcs import PairEnds
from ..replicating import OTHER, Pair, Side
from ..waiting import LOOK_AFTER_STOP_S, Budget
from .pair_views import PairViews
from .pair_work import Run, Work
from .pprc_bulk import ends_of, halves_at, in_bulk, is_copied_as, is_source, is_suspended, pprcs_of
from .pprc_plans import GO_ON, FailOver, Quiet, Resume, Step
from .pprc_sight import seen_now
from .volumes import UNDO_S

Failures = Mapping[str, DriverError]
LEFT_AS_SYNC = (
    'It may be a Metro Mirror for now: run it again with mode = "global_copy", which makes it a Global Copy again.'
)


class PprcGlobalCopies:
    """Bring Global Copies back to what they were."""

    def __init__(self, views: PairViews, work: Work, run: Run) -> None:
        self._views = views
        self._work = work
        self._run = run

    def put_back(self, left: Mapping[str, Sequence[Step]], pairs: Mapping[str, Pair], failures: Failures) -> None:
        """Let Global Copies that did not move go on as Global Copy; of those that moved, say what they are now."""
        begun = {key: steps for key, steps in left.items() if not any(isinstance(step, Quiet) for step in steps)}
        turned = {key: steps for key, steps in begun.items() if any(map(_makes_global_copy, steps))}
        if not turned:
            return
        stopped = self._run.budget.stop.is_set()
        budget = Budget(LOOK_AFTER_STOP_S) if stopped else Budget(UNDO_S, self._run.budget.stop)
        side: Side = OTHER[self._work.to]
        unmoved = self._unmoved(side, turned, pairs, budget)
        before = tuple(ends for ends, key in unmoved.items() if pairs[key].mode == "global_copy")
        wrong: dict[PairEnds, DriverError] = {}
        if before:
            try:
                wrong = self._as_before(side, before, budget)
            except DriverError as error:
                wrong = dict.fromkeys(before, error)
        for ends, problem in wrong.items():
            told = failures[unmoved[ends]]
            told.left_behind = f"{told.left_behind} It may be paused, or a Metro Mirror for now: {problem}".strip()
        for key in turned.keys() - set(unmoved.values()):
            told = failures[key]
            if LEFT_AS_SYNC not in told.left_behind:  # one error may be told of several
                told.left_behind = f"{told.left_behind} {LEFT_AS_SYNC}".strip()

    def _unmoved(
        self, side: Side, left: Mapping[str, Sequence[Step]], pairs: Mapping[str, Pair], budget: Budget
    ) -> dict[PairEnds, str]:
        """Return which pairs certainly were not failed over; where that was asked for, both arrays have to say so."""
        before = {key for key, steps in left.items() if any(isinstance(step, FailOver) for step in steps)}
        doubtful = {key for key in before if isinstance(left[key][0], FailOver)}
        certain = before - doubtful
        if doubtful:
            try:
                now = seen_now(self._views, [pairs[key] for key in doubtful], budget)
            except DriverError:
                now = {}
            for key, pair in now.items():
                copy = pair.half(OTHER[side])
                if copy is not None and copy.role == "target":
                    certain.add(key)
        return {ends_of(pairs[key], side): key for key in sorted(certain)}

    def _as_before(self, side: Side, pairs: tuple[PairEnds, ...], budget: Budget) -> dict[PairEnds, DriverError]:
        core = self._views.core(side)
        pprcs, found = pprcs_of(core), halves_at(core, budget)
        turned = [ends for ends in pairs if is_source(found.get(ends.id)) and found[ends.id].mode != "global_copy"]
        active = tuple(ends for ends in turned if found[ends.id].standing != "inactive")
        wrong = dict(in_bulk(core, active, pprcs.pause, is_suspended, budget)) if active else {}
        paused = tuple(
            ends for ends in pairs if ends not in wrong and (ends in active or is_suspended(found.get(ends.id)))
        )
        if paused:
            wrong |= in_bulk(
                core,
                paused,
                lambda some, left: pprcs.resume(some, "global_copy", GO_ON, left),
                is_copied_as("global_copy"),
                budget,
            )
        return wrong


def _makes_global_copy(step: Step) -> bool:
    """Tell whether a step lets a pair be a Global Copy again at the end of a move as Metro Mirror."""
    return isinstance(step, Resume) and step.kind == "global_copy" and not step.failback

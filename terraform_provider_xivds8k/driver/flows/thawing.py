"""Thawing LSSs of a DS8000: asked again until every one is thawed for certain, or the time for it is over.

Hosts wait meanwhile, so silence is no answer to give up at.  Thawing twice does no harm: it ends no freeze but that of
whoever has the LSSs' turn.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from ..array import FlashCopies
from ..errors import BadCredentials, Busy, Cancelled, DriverError, InDoubt, Refused, TimedOut, Unreachable, WrongSystem
from ..waiting import LOOK_AFTER_STOP_S, Budget, Stop

AFTER_STOP_S = 3.0  # all that is left for it when the run is stopped
REFUSALS = 3  # of one LSS: a code nobody knows may mean "not now", and may mean that nothing is frozen
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
USELESS = (BadCredentials, WrongSystem)  # asking again does not help
NOTHING_SENT = (Unreachable, Busy, TimedOut, Cancelled, *USELESS)


class Thaw:
    """Thaw some LSSs, for so many seconds at most; with ``tries``, asked so often at most."""

    def __init__(self, copies: FlashCopies, seconds: float, stop: Stop, *, tries: int | None = None) -> None:
        self._copies = copies
        self._whole = Budget(seconds, stop)
        self._stopped: Budget | None = None
        self._tries = tries
        self._lost: set[str] = set()
        self._refusals: Counter[str] = Counter()

    def of(self, lss_ids: tuple[str, ...]) -> dict[str, DriverError]:
        """Return why, by LSS, where a thaw is not confirmed."""
        failed: dict[str, DriverError] = {}
        pending, pause, tried = lss_ids, FIRST_PAUSE_S, 0
        while pending:
            now = self._sent(pending)
            tried += 1
            failed = {lss: error for lss, error in failed.items() if lss not in pending} | now
            pending = tuple(lss for lss, error in now.items() if self._is_worth_asking(lss, error, tried))
            if not pending or self._left.left_s <= pause:
                break
            with suppress(TimedOut, Cancelled):  # a stop leaves a little time, which the next call is bounded by
                self._left.pause(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        return failed

    def _is_worth_asking(self, lss: str, error: DriverError, tried: int) -> bool:
        if isinstance(error, USELESS) or (self._tries is not None and tried >= self._tries):
            return False
        return isinstance(error, (InDoubt, *NOTHING_SENT)) or self._refusals[lss] < REFUSALS

    @property
    def _left(self) -> Budget:
        """Return what is left of the time; a stop shortens it to a few seconds, and ends no call after that."""
        if not self._whole.stop.is_set():
            return self._whole
        if self._stopped is None:
            self._stopped = Budget(min(self._whole.left_s, AFTER_STOP_S))
        return self._stopped

    def _one_call(self) -> Budget:
        left = self._left
        return left if left is self._whole else Budget(min(left.left_s, LOOK_AFTER_STOP_S))

    def _sent(self, lss_ids: tuple[str, ...]) -> dict[str, DriverError]:
        """Thaw all in one call, each alone where that was refused.

        An array may refuse to thaw what is thawed already: after a thaw of ours whose answer was lost, that is what a
        refusal means, unless it refused before.
        """
        try:
            self._copies.thaw(lss_ids, self._one_call())
        except InDoubt as error:
            self._lost |= set(lss_ids) - self._refusals.keys()
            return dict.fromkeys(lss_ids, error)
        except NOTHING_SENT as error:
            return dict.fromkeys(lss_ids, error)
        except DriverError as refusal:
            if len(lss_ids) > 1:
                return {lss: error for one in lss_ids for lss, error in self._sent((one,)).items()}
            (lss,) = lss_ids
            if lss in self._lost and isinstance(refusal, Refused):
                return {}
            self._refusals[lss] += 1
            return {lss: refusal}
        return {}

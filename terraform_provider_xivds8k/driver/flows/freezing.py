"""One consistent FlashCopy of several volumes of a DS8000: the freeze, the thaw after it, and how long both took.

From the copy to the thaw the array holds back what hosts write to the LSSs of the sources.  So whatever becomes of the
copy, a thaw follows it before anything else; an LSS that was not thawed for certain is remembered, and told of.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from ..array import FlashCopies, FlashCopyOption
from ..core import Core
from ..errors import DriverError, InDoubt, Refused
from ..waiting import Budget, in_turn
from .thawing import NOTHING_SENT, Thaw

FREEZE_S = 60.0  # after it the array lets hosts write by itself, FB [K]
THAW_AT_LEAST_S = 10.0  # whatever is left of the operation's time: hosts wait
LOOK_S = 10.0
THAWS = 3  # of what an earlier copy left
OPTIONS: tuple[FlashCopyOption, ...] = (
    "persistent",
    "no_background_copy",
    "permit_space_efficient_target",
    "fail_space_efficient_target_out_of_space",
    "freeze_consistency",
)

Pair = tuple[str, str]


@dataclass(slots=True)
class Frozen:
    """Be what became of one consistent copy.

    ``error`` is what the call as a whole ended with, ``refused`` what the array said of single pairs, ``seen`` the
    pairs a look after a lost answer found; ``unthawed`` says of each LSS that may still be frozen why; ``took_s`` is
    the time from before the copy to the answer to the last thaw.
    """

    pairs: tuple[Pair, ...]
    lss_ids: tuple[str, ...]
    sent: bool = False
    error: DriverError | None = None
    refused: dict[Pair, DriverError] = field(default_factory=dict)
    seen: frozenset[Pair] = frozenset()
    unthawed: dict[str, DriverError] = field(default_factory=dict)
    took_s: float = 0.0
    began_s: float = 0.0
    timer: Budget = field(default_factory=lambda: Budget(FREEZE_S))  # the array's own

    @property
    def may_come_late(self) -> frozenset[Pair]:
        """Return the pairs the array may still copy: nobody knows whether it read the request."""
        return frozenset(self.pairs) - self.seen if isinstance(self.error, InDoubt) else frozenset()

    @property
    def is_whole(self) -> bool:
        """Tell whether every pair was copied."""
        if isinstance(self.error, InDoubt):
            return not self.may_come_late
        return self.sent and self.error is None and not self.refused

    @property
    def is_consistent(self) -> bool:
        """Tell whether all pairs are of one point in time, for certain."""
        return self.is_whole and not self.unthawed and self.took_s <= FREEZE_S


class Freezing:
    """Freeze, copy and thaw on one array; one copy at a time has an LSS."""

    def __init__(self, core: Core, copies: FlashCopies, clock: Callable[[], float] = time.monotonic) -> None:
        self._core = core
        self._copies = copies
        self._clock = clock
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._unthawed: set[str] = set()

    @property
    def unthawed(self) -> frozenset[str]:
        """Return the LSSs whose last thaw was not confirmed."""
        return frozenset(self._unthawed)

    def copy(
        self,
        pairs: tuple[Pair, ...],
        lss_ids: tuple[str, ...],
        budget: Budget,
        options: tuple[FlashCopyOption, ...] = OPTIONS,
        look: Callable[[], None] = lambda: None,
    ) -> Frozen:
        """Copy all pairs at one point in time and thaw; raises only before anything was sent.

        ``look`` looks at them anew, and raises, before a busy array is asked again.
        """
        made = Frozen(pairs, lss_ids)
        with self._held(lss_ids, budget):
            try:
                self._send(made, options, budget, look)
            finally:
                if made.sent:
                    seconds = max(THAW_AT_LEAST_S, min(made.timer.left_s, budget.left_s))
                    made.unthawed = self._thawed(lss_ids, Thaw(self._copies, seconds, budget.stop))
                    made.took_s = self._clock() - made.began_s
        return made

    def _send(
        self, made: Frozen, options: tuple[FlashCopyOption, ...], budget: Budget, look: Callable[[], None]
    ) -> None:
        refused = [False]

        def once() -> None:
            if refused[0]:
                look()
            made.sent, made.began_s, made.timer = True, self._clock(), Budget(FREEZE_S)
            try:
                made.refused = dict(self._copies.establish(made.pairs, options, budget))
            except NOTHING_SENT:
                made.sent, refused[0] = False, True
                raise

        try:
            self._core.patiently(budget, once)
        except InDoubt as lost:
            made.error, made.seen = lost, self._look(made.pairs, budget)
        except DriverError as error:
            made.error = error

    def _look(self, pairs: tuple[Pair, ...], budget: Budget) -> frozenset[Pair]:
        """Return which pairs are there; none where the array does not say."""
        try:
            relations = self._copies.listing(_short(budget, LOOK_S))
        except DriverError:
            return frozenset()
        return frozenset(pairs) & {(one.source_id, one.target_id) for one in relations if not one.is_broken}

    def thaw(self, lss_ids: tuple[str, ...], budget: Budget, *, tries: int = THAWS) -> dict[str, DriverError]:
        """Thaw LSSs in their turn; return why, by LSS, where that is not confirmed."""
        with self._held(lss_ids, budget):
            seconds = min(FREEZE_S, budget.for_a_look().left_s)
            return self._thawed(lss_ids, Thaw(self._copies, seconds, budget.stop, tries=tries))

    def doubt(self, lss_ids: tuple[str, ...]) -> None:
        """Remember LSSs that a copy still under way may freeze."""
        with self._lock:
            self._unthawed |= set(lss_ids)

    def thaw_remembered(self, lss_ids: tuple[str, ...], budget: Budget) -> None:
        """Thaw what an earlier copy left; a refusal stands in the way of nothing: the new copy thaws them, too."""
        again = tuple(lss for lss in lss_ids if lss in self._unthawed)
        failed = self.thaw(again, budget) if again else {}
        silent = {lss: error for lss, error in failed.items() if not isinstance(error, Refused)}
        if silent:
            raise still_frozen(silent)

    def _thawed(self, lss_ids: tuple[str, ...], thaw: Thaw) -> dict[str, DriverError]:
        failed = thaw.of(lss_ids)
        with self._lock:
            self._unthawed = (self._unthawed - set(lss_ids)) | failed.keys()
        return failed

    @contextmanager
    def _held(self, lss_ids: tuple[str, ...], budget: Budget) -> Iterator[None]:
        """Hold LSSs, always in the same order: a thaw ends everybody's freeze of an LSS."""
        with self._lock:
            turns = [self._turns.setdefault(lss, threading.Lock()) for lss in sorted(lss_ids)]
        with ExitStack() as stack:
            for turn in turns:
                stack.enter_context(in_turn(turn, budget))
            yield


def still_frozen(unthawed: dict[str, DriverError]) -> DriverError:
    """Return the error for LSSs that an earlier copy may have left frozen and that could not be thawed now."""
    why = next(iter(unthawed.values()))
    error = type(why)(
        f"LSS {', '.join(sorted(unthawed))} may still be frozen and could not be thawed",
        happened=f"{why.summary}. {why.happened}".rstrip(),
        left_behind=frozen_words(tuple(sorted(unthawed))),
        next_step="Run it again: it thaws these LSSs first.",
        code=why.code,
        words=why.words,
    )
    error.frozen = tuple(sorted(unthawed))
    return error


def frozen_words(lss_ids: tuple[str, ...]) -> str:
    """Say what LSSs do whose thaw is not confirmed."""
    return (
        f"LSS {', '.join(lss_ids)} may hold back what hosts write until they are thawed, or until the array's timer of "
        f"{FREEZE_S:g} s ends that."
    )


def _short(budget: Budget, most_s: float) -> Budget:
    """Return the budget of one call that has to be made whatever became of the operation, and soon."""
    look = budget.for_a_look()
    return Budget(min(look.left_s, most_s), look.stop)

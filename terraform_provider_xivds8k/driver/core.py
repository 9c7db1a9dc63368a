"""What every flow stands on: the array, the freeze, the stop sign, and look-ups that name near matches.

The one choke point where a frozen core refuses mutations, before anything reaches the wire.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TypeVar

from .array import Array
from .errors import (
    Ambiguous,
    BadCredentials,
    Busy,
    Cancelled,
    Denied,
    DriverError,
    InDoubt,
    NotFound,
    Refused,
    TimedOut,
    WrongSystem,
)
from .inventory import Inventory
from .objects import Pool, Settings, System, Volume
from .once import SILENT, Once, Recent
from .passing import Passing
from .recent import RecentCopies
from .waiting import Budget, Stop, in_turn

T = TypeVar("T")

READ_S = 120.0  # a read without a deadline of its own
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
RECENT_S = 60.0


class Core:
    """Hold one array and what guards it."""

    def __init__(self, settings: Settings, array: Array, stop: Stop) -> None:
        self.settings = settings
        self.array = array
        self.stop = stop
        self.partner: Core | None = None  # the array that holds the remote copies
        self.silent: tuple[float, DriverError] | None = None  # since when it tells nothing of its pairs, and why
        self.silence_took_s = 0.0  # how long was waited to find that out
        self.ahead_s: float | None = None  # its clock is ahead of the partner's by that at most, as both were read
        self.compared_at: float | None = None
        self.frozen = False
        self.inventory = Inventory(array)
        self.recent = RecentCopies(array)
        self.passing = Passing()
        self.made: Counter[str] = Counter()  # how often this process was given an id for a new volume
        self._system: Once[System] = Once(array.system)
        self._pools: Recent[tuple[Pool, ...]] = Recent(array.pools, RECENT_S, silent_s=RECENT_S)
        self._lock = threading.Lock()
        self._names: dict[str, tuple[threading.Lock, int]] = {}

    def budget(self, deadline: float | None = None) -> Budget:
        """Return the budget of one operation; ``deadline`` in seconds from now."""
        return Budget(READ_S if deadline is None else deadline, self.stop)

    def allow(self, operation: str, *, destroys: bool = False) -> None:
        """Raise Refused (attribute ``mode``) where the mode or a freeze forbids a mutation."""
        mode = "read_only" if self.frozen else self.settings.mode
        if mode == "full" or (mode == "no_destroy" and not destroys):
            return
        why = "the backend is frozen" if self.frozen else f'mode is "{mode}"'
        raise Refused(
            f"{operation} is refused: {why}",
            happened="Nothing was sent to the array.",
            next_step="Thaw the backend." if self.frozen else 'Set mode = "full" when the array may be changed again.',
            attribute="mode",
        )

    def system(self, budget: Budget | None = None) -> System:
        """Return what the array is, asked once."""
        return self._system.get(budget or self.budget())

    @property
    def known_system(self) -> System | None:
        """Return what the array is if it has told it already; asks nothing."""
        return self._system.known

    @property
    def known_system_id(self) -> str | None:
        """Return the array's id if it has told it already."""
        return self.array.known_system_id

    def check_system(self, system_id: str, budget: Budget | None = None) -> None:
        """Raise WrongSystem unless the connected array is that one."""
        found = self.array.system_id(budget or self.budget())
        if found != system_id:
            raise WrongSystem(
                f"The connected array is {found}, not {system_id}",
                happened=f"The object belongs to array {system_id}; the provider's endpoints lead to {found}. Ids "
                "repeat across arrays, so nothing was read or changed.",
                next_step="Correct the endpoints or the alias, or remove the object from the state if it moved.",
                attribute="system_id",
            )

    def find_recent_volume(self, volume_id: str, system_id: str, budget: Budget) -> Volume | None:
        """Return a volume as it was at most a minute ago, None only by a direct read; raises WrongSystem.

        An array that does not answer is waited for by the read alone: any answer tells also which array it is.
        """
        if self.known_system_id is not None:
            self.check_system(system_id, budget)
        found = self.inventory.find(volume_id, budget)
        self.check_system(system_id, budget)
        return found

    def forget_recent(self) -> None:
        """Ask the array again for what was read before."""
        self.inventory.forget()
        self.recent.forget()
        self._pools.forget()

    def recent_pools(self) -> tuple[Pool, ...]:
        """Return all pools as they were at most a minute ago."""
        return self._pools.get(self.budget())

    def find_recent_pool(self, text: str) -> Pool | None:
        """Return the pool a text names among those of at most a minute ago."""
        return _pool_of(self.recent_pools(), text)

    def get_settled_pool(self, text: str, budget: Budget) -> Pool:
        """Return a pool for what it is, not for what is free in it; one known for a minute is not asked for again.

        Raises as ``get_pool``.
        """
        try:
            known = _pool_of(self._pools.get(budget), text)
        except SILENT:  # it may be remembered from a minute ago
            known = None
        return known if known is not None else self.get_pool(text, budget)

    def find_pool(self, text: str, budget: Budget | None = None) -> Pool | None:
        """Return the pool a text names, an id before an equal name."""
        pools = self.array.pools(budget or self.budget())
        return _pool_of(pools, text)

    def get_pool(self, text: str, budget: Budget | None = None) -> Pool:
        """Return the pool a text names; raises NotFound (attribute ``pool``) with near matches, Ambiguous."""
        pools = self.array.pools(budget or self.budget())
        found = _pool_of(pools, text)
        if found is not None:
            return found
        named = [pool for pool in pools if pool.name == text]
        if named:
            raise Ambiguous(
                f"Several pools are called {text!r}",
                happened=f"They have the ids {', '.join(pool.id for pool in named)}.",
                next_step="Write the id of the one you mean.",
                attribute="pool",
            )
        known = sorted({name for pool in pools for name in (pool.id, pool.name)})
        refusal = self._refusal(text, budget or self.budget())
        raise NotFound(
            f"No pool {text!r} on the array",
            happened=f"The array has: {', '.join(pool.label for pool in pools) or 'no pool at all'}.",
            next_step=near(text, known),
            attribute="pool",
            code=refusal.code if refusal else "",
            words=refusal.words if refusal else "",
        )

    def _refusal(self, text: str, budget: Budget) -> DriverError | None:
        """Return what the array itself says when asked for that pool, so that its own words can be shown."""
        try:
            self.array.ask_for_pool(text, budget)
        except DriverError as refusal:
            return refusal
        return None

    @contextmanager
    def naming(self, name: str, budget: Budget) -> Iterator[None]:
        """Let one flow at a time look whether a name is free and then take it; raises Cancelled, TimedOut."""
        with self._lock:
            lock, waiting = self._names.get(name, (threading.Lock(), 0))
            self._names[name] = (lock, waiting + 1)
        try:
            with in_turn(lock, budget):
                yield
        finally:
            with self._lock:
                lock, waiting = self._names[name]
                self._names[name] = (lock, waiting - 1)
                if waiting == 1:
                    del self._names[name]

    @property
    def names_one(self) -> bool:
        """Tell whether one flow at most is looking for a free name now."""
        with self._lock:
            return sum(waiting for _, waiting in self._names.values()) <= 1

    def write(self, budget: Budget, send: Callable[[], None], took_effect: Callable[[Budget], bool]) -> None:
        """Send a write that sets something to a value, and make sure that it did.

        While the array is busy, sent again until the budget ends.  After a lost answer: looked up, and sent once more
        where it took no effect, since setting the same value again changes nothing.  Raises InDoubt where it is not
        known in the end.
        """
        doubt: InDoubt | None = None
        while True:
            try:
                self.patiently(budget, send)
            except InDoubt as lost:
                if self.certainly(budget.for_a_look(), took_effect):
                    return
                if doubt is not None or self.stop.is_set():
                    raise
                doubt = lost
            except DriverError as error:
                if doubt is None:
                    raise
                doubt.happened = f"{doubt.happened} Asked again: {error}".rstrip()
                raise doubt from error
            else:
                return

    def patiently(self, budget: Budget, send: Callable[[], T]) -> T:
        """Send until the array is not busy any more or the budget ends; returns and raises what ``send`` does."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                return send()
            except Busy:
                if budget.left_s <= pause:
                    raise
            budget.pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def certainly(self, budget: Budget, holds: Callable[[Budget], bool]) -> bool:
        """Tell whether something holds for certain; an array that does not answer makes it uncertain."""
        try:
            return holds(budget)
        except DriverError:
            return False

    def wait_until(self, budget: Budget, holds: Callable[[Budget], bool], what: str) -> None:
        """Poll until something holds; a failed poll is repeated, unless the object is gone for certain.

        A stop ends the wait after one more look, since what was waited for may be so already.
        Raises NotFound, or TimedOut or Cancelled, saying ``what``.
        """
        pause = FIRST_PAUSE_S
        while not self.holds_now(budget, holds):
            try:
                budget.pause(pause)
            except (TimedOut, Cancelled) as ended:
                if self.stop.is_set() and self.holds_now(budget.for_a_look(), holds):
                    return
                ended.happened = f"It was still waiting for this: {what}."
                ended.left_behind = "The array goes on by itself; nothing was undone."
                raise
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def holds_now(self, budget: Budget, holds: Callable[[Budget], bool]) -> bool:
        """Tell whether something holds; a look that failed says no, unless asking again does not help: it raises."""
        try:
            return holds(budget)
        except (NotFound, BadCredentials, Denied, WrongSystem):
            raise
        except DriverError:
            return False


def check_pattern(pattern: str | None) -> None:
    """Raise Refused (attribute ``name_regex``) for what is no regular expression."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise Refused(f"Not a regular expression: {pattern!r}", happened=f"{error}.", attribute="name_regex") from error


def near(text: str, known: list[str]) -> str:
    """Say which known names are near to a text."""
    matches = get_close_matches(text, known, n=3)
    return f"Did you mean {' or '.join(map(repr, matches))}?" if matches else "Correct the name."


def _pool_of(pools: tuple[Pool, ...], text: str) -> Pool | None:
    wanted = text.casefold()
    for pool in pools:
        if pool.id.casefold() == wanted:
            return pool
    named = [pool for pool in pools if pool.name == text]
    return named[0] if len(named) == 1 else None

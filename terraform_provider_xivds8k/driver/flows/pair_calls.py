"""What was sent for a pair, and what came of each call: told of every pair, also where a run is stopped half-way."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ..errors import DriverError, InDoubt

NOT_ANSWERED, REFUSED = " (not answered)", " (refused)"
NOTHING = frozenset({"", "Nothing was changed.", "Nothing was sent."})  # what a call says that stands for itself


def came_of(error: DriverError | None) -> str | None:
    """Return what came of a call, as the end of its text, empty where it was carried out; None if it was never sent."""
    if error is None:
        return ""
    if isinstance(error, InDoubt):
        return NOT_ANSWERED
    return REFUSED if error.code else None


def in_short(error: DriverError) -> str:
    """Return what went wrong, for the midst of a text: with the array's own code and words."""
    said = f"; the array said {error.code}: {error.words}".rstrip(".: ") if error.code else ""
    return f"{error.summary}{said}"


def sent_so_far(calls: Iterable[str]) -> str:
    """Return what was sent, for the text of an error."""
    return f"Sent so far: {'; '.join(calls)}."


def with_sent(problem: DriverError, calls: tuple[str, ...]) -> DriverError:
    """Return a problem that says what was sent before it, where it says of itself alone that nothing was done."""
    if problem.left_behind not in NOTHING or all(call.endswith(REFUSED) for call in calls):
        return problem
    told = copy.copy(problem)  # others may have met the same
    told.left_behind = sent_so_far(calls)
    return told


@contextmanager
def after(done: str) -> Iterator[None]:
    """Let the error of a look that follows a change say that the change was made."""
    try:
        yield
    except DriverError as error:
        error.left_behind = done
        raise


class SentCalls:
    """Take down the calls of many pairs, each when it is sent, with what came of it; pairs go by their keys."""

    def __init__(self) -> None:
        self._calls: dict[str, list[tuple[str, str]]] = {}

    def begin(self, key: str, call: str) -> None:
        """Take down a call that is sent now; what comes of it is not known."""
        self._calls.setdefault(key, []).append((call, NOT_ANSWERED))

    def end(self, key: str, error: DriverError | None = None) -> bool:
        """Take down what came of the call of a pair that was sent last; tell whether it was sent at all."""
        call, _ = self._calls[key].pop()
        outcome = came_of(error)
        if outcome is not None:
            self._calls[key].append((call, outcome))
        return outcome is not None

    def of(self, key: str) -> tuple[str, ...]:
        """Return the calls of a pair, in order."""
        return tuple(f"{call}{outcome}" for call, outcome in self._calls.get(key, ()))

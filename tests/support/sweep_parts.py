"""What a sweep of faults is made of: calls and what may go wrong with them, flows and their runs, and the array.

Nothing here knows what a flow does; ``sweep`` puts it together.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from terraform_provider_xivds8k.driver import DriverError, Family, XIVDS8KDriver

from .core import Rejected
from .simulated import World

REFUSAL = {"xiv": "VOLUME_LOCKED", "ds8k": "BE7A0000"}  # means neither busy nor missing
BUSY = {"xiv": "MIRROR_RETRY_OPERATION", "ds8k": "HTTP 429"}
PATIENCE_S = 10.0  # one call, where no fault makes it hang
SHORT_PATIENCE_S = 0.5  # one call, where one does
HANG_S = 0.9
SETTLED_S = 30.0

# on an XIV, wrong_id is an answer to another request: as good as none, as garbage is
ON_READS = ("error", "drop_after", "garbage", "wrong_id", "delay_before", "down")
ON_WRITES = (
    "error", "busy", "drop_before", "drop_after", "garbage", "half", "wrong_id", "huge", "delay_before", "delay_after",
    "down", "lost_then_down",
)  # fmt: skip
LASTING = ("down", "lost_then_down", "delay_before", "delay_after")
READS = ("_list", "_get")


@dataclass(frozen=True, order=True)
class Call:
    """Name one array call of a flow: a command and its how manieth occurrence it is."""

    command: str
    nth: int

    @property
    def is_write(self) -> bool:
        """Tell whether the call changes anything; signing in does not."""
        verb, _, path = self.command.partition(" ")
        if path:
            return verb != "GET" and path != "/tokens"
        return not verb.endswith(READS)

    def every_action(self) -> tuple[str, ...]:
        """Return everything that may go wrong with it."""
        return ON_WRITES if self.is_write else tuple(action for action in ON_WRITES if action != "lost_then_down")

    def telling_actions(self) -> tuple[str, ...]:
        """Return what goes wrong in a way of its own: of the faults that look alike for a read, one of each kind."""
        if self.is_write:
            return ON_WRITES
        return ON_READS if self.command.partition(" ")[2] else tuple(a for a in ON_READS if a != "wrong_id")

    def cheap_actions(self) -> tuple[str, ...]:
        """Return the same without an answer of 200 MiB."""
        return tuple(action for action in self.telling_actions() if action != "huge")

    def __str__(self) -> str:
        return f"{self.command}#{self.nth}"


def in_turn(ways: Mapping[Call, Sequence[str]], most: int, first: int) -> dict[Call, Sequence[str]]:
    """Leave every read ``most`` of its ways to go wrong, in turn by its place among the reads, and every write all.

    Together the reads that may go wrong alike still do so in every way: where they are few, each keeps more.  ``first``
    is where the first read begins, so that another flow's reads do not go wrong as these do.
    """
    left = dict(ways)
    for alike in {tuple(actions) for call, actions in ways.items() if not call.is_write}:
        reads = sorted(call for call, actions in ways.items() if not call.is_write and tuple(actions) == alike)
        each = min(len(alike), max(most, -(-len(alike) // len(reads))))
        for place, call in enumerate(reads):
            left[call] = [alike[(first + place * each + more) % len(alike)] for more in range(each)]
    return left


@dataclass(frozen=True)
class Seen:
    """Be an object on the array, as a plain client sees it; ``size`` and ``place`` as the array writes them."""

    id: str
    name: str
    size: int
    place: str
    more: str = ""


class Witness(ABC):
    """Look at the array over a connection of its own, with none of the driver's code."""

    @abstractmethod
    def objects(self) -> tuple[Seen, ...]:
        """Return all objects of the kind."""

    @abstractmethod
    def make(self, name: str, place: str, size_bytes: int, more: str = "") -> str:
        """Make one and return its id."""

    @abstractmethod
    def remove(self, seen: Seen) -> None:
        """Remove one."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""


@dataclass
class Told:
    """Be what a user learned from a run: the error, if any."""

    error: Rejected | DriverError | None = None

    @property
    def words(self) -> str:
        """Return everything that was said."""
        error = self.error
        if isinstance(error, Rejected):
            return "\n".join(f"{one.summary}\n{one.detail}" for one in error.errors)
        if error is None:
            return ""
        left = f"{error.left.id} {error.left.name}" if error.left is not None else ""
        return f"{error} {left} {' '.join(map(str, error.candidates))}"

    def check(self) -> None:
        """Make sure that an error is one a user can work with."""
        error = self.error
        if error is None:
            return
        said = [one.summary for one in error.errors] if isinstance(error, Rejected) else [error.summary]
        assert said, "refused without an error"
        assert all(said), f"an error without a summary: {said}"
        assert "defect" not in self.words, self.words
        assert len(self.words) > max(map(len, said)) + 1, f"nothing but a summary: {said}"


class Run(ABC):
    """Be one run of a flow."""

    @abstractmethod
    def act(self, driver: XIVDS8KDriver) -> None:
        """Do what the flow does; may raise Rejected or a DriverError."""

    @abstractmethod
    def judge(self, told: Told) -> None:
        """Look, with the array back, whether all is in the state or named, nothing doubled, nothing harmed."""

    @abstractmethod
    def finish(self, told: Told) -> None:
        """Run once more and check that this reaches what was wanted."""


@dataclass(frozen=True)
class Flow:
    """Be something that calls an array; ``arrange`` prepares a run of it."""

    name: str
    families: tuple[Family, ...]
    arrange: Callable[[Bench], Run]

    def __str__(self) -> str:
        return self.name


@dataclass
class Bench:
    """Be one simulated array of its own with what the runs on it share."""

    world: World
    witness: Witness
    guarded: Callable[[], tuple[Seen, ...]]  # asserts that what no run may touch is as it was; returns what is there
    kept: frozenset[str] = frozenset()  # ids of what stays between runs
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> Family:
        """Return the array's family."""
        return self.world.family

    @property
    def calm(self) -> XIVDS8KDriver:
        """Return a driver that no fault is meant for."""
        return self.world.driver

    @contextmanager
    def disturbed(self, action: str) -> Iterator[XIVDS8KDriver]:
        """Open a driver as a new process does, impatient where calls are going to hang."""
        patience_s = SHORT_PATIENCE_S if action.startswith("delay") else PATIENCE_S
        driver = XIVDS8KDriver(replace(self.world.settings, request_timeout_s=patience_s))
        try:
            yield driver
        finally:
            driver.close()

    def break_call(self, call: Call, action: str, ordinal: int) -> None:
        """Have one call go wrong from now on; ``ordinal`` counts it among all calls of the flow."""
        if action == "lost_then_down":
            self.world.fail(call.command, "drop_after", nth=call.nth)
            self.world.fail("*", "down", nth=ordinal + 1)
            return
        codes = {"error": REFUSAL, "busy": BUSY}
        more: dict[str, object] = {"seconds": HANG_S} if action.startswith("delay") else {}
        if action in codes:
            more["code"] = codes[action][self.family]
        self.world.fail(call.command, "error" if action == "busy" else action, nth=call.nth, **more)

    def pending(self) -> list[dict[str, Any]]:
        """Return the faults that have not happened."""
        found: list[dict[str, Any]] = self.world.ask("GET", "/faults")
        return found

    def bring_back(self) -> None:
        """Have the array well again, and nothing under way on it any more."""
        self.world.ask("DELETE", "/faults")
        self.world.ask("POST", f"/arrays/{self.world.name}", {"state": "up"})
        until_s = time.monotonic() + SETTLED_S
        while self.world.ask("GET", "/journal")[self.world.name]["held"]:
            assert time.monotonic() < until_s, "a command hangs for ever"
            time.sleep(0.02)

    def clear(self, found: Sequence[Seen] | None = None) -> None:
        """Remove what a run left, as the array's last witness sees it, or ``found`` where it has just looked."""
        for seen in self.witness.objects() if found is None else found:
            if seen.id not in self.kept:
                self.witness.remove(seen)

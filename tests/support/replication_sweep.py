"""Break every call a flow of replication makes, on either of two linked arrays, one at a time.

As ``sweep`` does on one array: undisturbed, the journals of both tell which calls there are; then the flow runs once
for each call and fault, what is left is judged with the broken array back, and it has to reach its end when run again.
"""

from __future__ import annotations

import itertools
import queue
import time
import traceback
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from terraform_provider_xivds8k.driver import DriverError, Family, Side, XIVDS8KDriver

from .linked import Linked, linked
from .sweep import NotReachedError, Sweep
from .sweep_parts import BUSY, HANG_S, REFUSAL, SETTLED_S, SHORT_PATIENCE_S, Call, Told

SIDES: tuple[Side, Side] = ("home", "remote")
ON_WRITES = ("drop_after", "down", "error", "drop_before", "garbage", "busy", "half", "lost_then_down", "delay_after")
ON_READS = ("down", "error", "garbage", "drop_after", "delay_before")
TIME_SCALE = 20.0  # simulated seconds a second: a schedule of an XIV's mirror is due each second
PATIENCE_S = 5.0
RUNS = 40  # on one pair of arrays, before a fresh one is taken: what a run leaves stays there
MOST_TRIES = 4


@dataclass(frozen=True, order=True)
class At:
    """Name one call of a flow: on which array, and which."""

    side: Side
    call: Call

    def __str__(self) -> str:
        return f"{self.call} at {self.side}"


class Lane:
    """Be two linked arrays that runs take place on, one after the other, and now and then new ones."""

    def __init__(self, family: Family, directory: Path) -> None:
        self.family = family
        self._directory = directory
        self._numbers = itertools.count()
        self._runs = RUNS
        self._stack = ExitStack()
        self._linked: Linked | None = None
        self._turned: Mapping[str, bool] = {}

    def turn(self, switches: Mapping[str, bool]) -> None:
        """Have switches in these positions from now on, the others as by default."""
        if switches != self._turned:
            self.close()
            self._turned = dict(switches)

    @property
    def linked(self) -> Linked:
        """Return the arrays of this run."""
        assert self._linked is not None
        return self._linked

    def begin(self) -> None:
        """Have arrays for another run, well and linked."""
        self._runs += 1
        if self._linked is None or self._runs > RUNS:
            self.close()
            file = self._directory / f"{next(self._numbers)}.db"
            self._linked = self._stack.enter_context(
                linked(self.family, file, request_timeout_s=PATIENCE_S, time_scale=TIME_SCALE)
            )
            for name, on in self._turned.items():
                self._linked.turn(name, on=on)
            self._runs = 1

    def close(self) -> None:
        """Stop the arrays."""
        self._stack.close()
        self._linked = None

    @contextmanager
    def disturbed(self, action: str) -> Iterator[XIVDS8KDriver]:
        """Open a driver as a new process does, impatient where calls are going to hang."""
        settings = self.linked.settings
        if action.startswith("delay"):
            settings = replace(settings, request_timeout_s=SHORT_PATIENCE_S)
        driver = XIVDS8KDriver(settings)
        try:
            yield driver
        finally:
            driver.close()

    def break_call(self, at: At, action: str, ordinal: int) -> None:
        """Have one call go wrong from now on; ``ordinal`` counts it among all calls to its array."""
        if action == "lost_then_down":
            self.linked.fail(at.side, at.call.command, "drop_after", nth=at.call.nth)
            self.linked.fail(at.side, "*", "down", nth=ordinal + 1)
            return
        codes: Mapping[str, Mapping[str, str]] = {"error": REFUSAL, "busy": BUSY}
        more: dict[str, object] = {"seconds": HANG_S} if action.startswith("delay") else {}
        if action in codes:
            more["code"] = codes[action][self.family]
        self.linked.fail(at.side, at.call.command, "error" if action == "busy" else action, nth=at.call.nth, **more)

    def bring_back(self, keep_dead: Sequence[Side] = ()) -> None:
        """Have the arrays well again but for those that were dead before, and nothing under way on them."""
        both = self.linked
        both.ask("DELETE", "/faults")
        for side in SIDES:
            if side not in keep_dead:
                both.set_state(side, "up")
        until_s = time.monotonic() + SETTLED_S
        while any(both.ask("GET", "/journal")[both.name(side)]["held"] for side in SIDES):
            assert time.monotonic() < until_s, "a command hangs for ever"
            time.sleep(0.02)
        both.driver.forget_recent()


class PairRun(ABC):
    """Be one run of a flow on a lane's arrays; ``dead`` are those that are down for the flow's whole length."""

    dead: tuple[Side, ...] = ()

    @abstractmethod
    def act(self, driver: XIVDS8KDriver) -> None:
        """Do what the flow does; may raise a DriverError."""

    @abstractmethod
    def judge(self, told: Told) -> None:
        """Look whether the state is one the table names, no more is writable than was, and nothing is lost."""

    @abstractmethod
    def finish(self, told: Told) -> None:
        """Run once more and check that this reaches what was wanted."""


@dataclass(frozen=True)
class PairFlow:
    """Be something done to a pair; ``arrange`` prepares a run of it."""

    name: str
    family: Family
    arrange: Callable[[Linked], PairRun]

    def __str__(self) -> str:
        return f"{self.family} {self.name}"


@dataclass
class Chosen:
    """Say how much is broken: so many ways for each write and read, in turn; every read that is a multiple of it."""

    of_a_write: int = len(ON_WRITES)
    of_a_read: int = len(ON_READS)
    each_read: int = 1
    skip: frozenset[str] = field(default_factory=frozenset)

    def ways(self, calls: Sequence[At], family: Family, first: int) -> dict[At, tuple[str, ...]]:
        """Return by call how it goes wrong; where not all ways are chosen, each call begins with another."""
        found: dict[At, tuple[str, ...]] = {}
        turn = {True: first, False: first}
        reads = 0
        for at in calls:
            known: tuple[str, ...] = ON_WRITES if at.call.is_write else ON_READS
            every = tuple(one for one in known if one not in self.skip and (one != "busy" or family in BUSY))
            most = self.of_a_write if at.call.is_write else self.of_a_read
            reads += not at.call.is_write
            if not most or (not at.call.is_write and (reads + first) % self.each_read):
                continue
            begin = turn[at.call.is_write]
            found[at] = tuple(every[(begin + one) % len(every)] for one in range(min(most, len(every))))
            turn[at.call.is_write] += most
        return found


def undisturbed(flow: PairFlow, lane: Lane) -> tuple[At, ...]:
    """Run the flow as it is and return the calls it makes, by the journals of both arrays."""
    lane.begin()
    try:
        counts = _counted(flow, lane)
    except BaseException:
        lane.close()
        raise
    return tuple(
        sorted(
            At(side, Call(command, nth))
            for side in SIDES
            for command, count in counts[side].items()
            for nth in range(1, count + 1)
        )
    )


def _counted(flow: PairFlow, lane: Lane) -> Mapping[Side, Mapping[str, int]]:
    run = flow.arrange(lane.linked)
    lane.linked.forget_calls()
    with lane.disturbed("none") as driver:
        run.act(driver)
    counts = {side: lane.linked.calls(side) for side in SIDES}
    run.judge(Told())
    run.finish(Told())
    lane.bring_back()
    lane.linked.set_link("up")
    return counts


def sweep_pairs(flow: PairFlow, lanes: Sequence[Lane], chosen: Chosen) -> Sweep:
    """Break calls of the flow in the ways ``chosen`` for them; failures are gathered."""
    calls = undisturbed(flow, lanes[0])
    ways = chosen.ways(calls, flow.family, zlib.crc32(str(flow).encode()))
    found = Sweep(frozenset(at.call for at in calls))
    free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
    for lane in lanes:
        free.put(lane)

    def all_of(at: At) -> tuple[At, int, list[str]]:
        failures, ordinal = [], 0
        actions = sorted(ways[at], key=lambda action: action != "down")  # tells the ordinal others need
        if "lost_then_down" in actions and "down" not in actions:
            actions.remove("lost_then_down")
        for action in actions:
            lane = free.get()
            try:
                ordinal = _case(flow, lane, at, action, ordinal) or ordinal
            except (Exception, AssertionError):  # noqa: BLE001 - gathered, and shown together
                failures.append(f"{flow}, {at} {action}:\n{traceback.format_exc(limit=-3)}")
                lane.close()
            finally:
                free.put(lane)
        return at, len(actions), failures

    with ThreadPoolExecutor(len(lanes)) as pool:
        for at, cases, failures in pool.map(all_of, ways):
            found.covered.add(at.call)
            found.cases += cases
            found.failures += failures
    return found


def _case(flow: PairFlow, lane: Lane, at: At, action: str, ordinal: int) -> int:
    for _ in range(MOST_TRIES):
        try:
            return _try(flow, lane, at, action, ordinal)
        except NotReachedError:
            lane.close()
    return 0  # how often it polls depends on the machine: the call was one more look


def _try(flow: PairFlow, lane: Lane, at: At, action: str, ordinal: int) -> int:
    lane.begin()
    both, told = lane.linked, Told()
    run = flow.arrange(both)
    both.forget_calls()
    lane.break_call(at, action, ordinal)
    with lane.disturbed(action) as driver:
        try:
            run.act(driver)
        except DriverError as error:
            told.error = error
    if both.ask("GET", "/faults"):
        raise NotReachedError
    total: int = both.ask("GET", "/journal")[both.name(at.side)]["total"]
    lane.bring_back(run.dead)
    told.check()
    run.judge(told)
    run.finish(told)
    lane.bring_back()
    both.set_link("up")
    return total if action == "down" else 0

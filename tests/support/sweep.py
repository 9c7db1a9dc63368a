"""Break every array call of a flow in every way, one at a time, and have what is left judged.

Nothing here knows what a flow does.  A ``Flow`` arranges ``Run``s; undisturbed, one run's journal tells which calls it
makes, each as (command, k-th occurrence).  Then the flow runs once for each call and fault, is judged with the array
back, and has to reach its end when it is run again.  Runs go side by side, each on a simulation of its own (a
``Bench``), because most of a fault's time is spent waiting for it.
"""

from __future__ import annotations

import queue
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from terraform_provider_xivds8k.driver import DriverError, Family, XIVDS8KDriver

from .core import Rejected
from .simulated import World

REFUSAL = {"xiv": "VOLUME_LOCKED", "ds8k": "BE7A0000"}  # means neither busy nor missing
BUSY = {"xiv": "MIRROR_RETRY_OPERATION"}  # a DS8000 says it by HTTP 429, which no fault makes
PATIENCE_S = 10.0  # one call, where no fault makes it hang
SHORT_PATIENCE_S = 0.5  # one call, where one does
HANG_S = 0.9
SETTLED_S = 30.0
MOST_TRIES = 4

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
    guarded: Callable[[], None]  # asserts that what no run may touch is as it was
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

    def clear(self) -> None:
        """Remove what a run left."""
        for seen in self.witness.objects():
            if seen.id not in self.kept:
                self.witness.remove(seen)


@dataclass
class Sweep:
    """Be what a sweep of one flow found."""

    calls: frozenset[Call] = frozenset()
    covered: set[Call] = field(default_factory=set)
    cases: int = 0
    failures: list[str] = field(default_factory=list)


class NotReachedError(Exception):
    """The run made fewer calls than the undisturbed one: how often it polls depends on the machine."""


def undisturbed(flow: Flow, bench: Bench) -> frozenset[Call]:
    """Run the flow as it is and return the calls it makes, by the array's journal."""
    run = flow.arrange(bench)
    bench.world.ask("DELETE", "/journal")
    with bench.disturbed("none") as driver:
        run.act(driver)
    counts = bench.world.calls()
    run.judge(Told())
    bench.guarded()
    run.finish(Told())
    bench.clear()
    return frozenset(Call(command, nth) for command, count in counts.items() for nth in range(1, count + 1))


def sweep(
    flow: Flow, benches: Sequence[Bench], chosen: Callable[[Call], Iterable[str]], *, only_writes: bool = False
) -> Sweep:
    """Break every call of the flow in the ways ``chosen`` for it; failures are gathered."""
    found = Sweep(undisturbed(flow, benches[0]))
    free: queue.SimpleQueue[Bench] = queue.SimpleQueue()
    for bench in benches:
        free.put(bench)

    def all_of(call: Call) -> tuple[Call, int, list[str]]:
        cases, failures, ordinal = 0, [], 0
        ways = [action for action in chosen(call) if action != "busy" or benches[0].family in BUSY]
        for action in sorted(ways, key=lambda action: action != "down"):  # tells the ordinal others need
            bench = free.get()
            try:
                ordinal = _case(flow, bench, call, action, ordinal) or ordinal
            except (Exception, AssertionError):  # noqa: BLE001 - gathered, and shown together
                failures.append(f"{flow.name}, {call} {action}:\n{traceback.format_exc(limit=-2)}")
                _reset(bench)
            finally:
                free.put(bench)
            cases += 1
        return call, cases, failures

    broken = sorted(call for call in found.calls if call.is_write or not only_writes)
    with ThreadPoolExecutor(len(benches)) as pool:
        for call, cases, failures in pool.map(all_of, broken):
            found.covered.add(call)
            found.cases += cases
            found.failures += failures
    return found


def _reset(bench: Bench) -> None:
    bench.bring_back()
    bench.clear()


def _case(flow: Flow, bench: Bench, call: Call, action: str, ordinal: int) -> int:
    """Run one case; returns how many calls the array counted until it went down, 0 for any other fault."""
    for _ in range(MOST_TRIES):
        try:
            return _try(flow, bench, call, action, ordinal)
        except NotReachedError:
            _reset(bench)
    raise AssertionError(f"the run never came to {call}")


def _try(flow: Flow, bench: Bench, call: Call, action: str, ordinal: int) -> int:
    run, told = flow.arrange(bench), Told()
    bench.world.ask("DELETE", "/journal")
    bench.break_call(call, action, ordinal)
    with bench.disturbed(action) as driver:
        try:
            run.act(driver)
        except (Rejected, DriverError) as error:
            told.error = error
    if bench.pending():
        raise NotReachedError
    total: int = bench.world.ask("GET", "/journal")[bench.world.name]["total"]
    if action in LASTING:
        bench.bring_back()
    told.check()
    run.judge(told)
    run.finish(told)
    bench.guarded()
    bench.clear()
    return total if action == "down" else 0

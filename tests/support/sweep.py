"""Break every array call of a flow in every way, one at a time, and have what is left judged.

Undisturbed, one run's journal tells which calls a flow makes, each as (command, k-th occurrence).  Then the flow runs
once for each call and fault, is judged with the array back, and has to reach its end when it is run again.  Runs go
side by side, each on a simulation of its own, because most of a fault's time is spent waiting for it.
"""

from __future__ import annotations

import queue
import traceback
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from terraform_provider_xivds8k.driver import DriverError

from .core import Rejected
from .sweep_parts import BUSY, LASTING, Bench, Call, Flow, Told, in_turn

MOST_TRIES = 4


@dataclass
class Sweep:
    """Be what a sweep of one flow found."""

    calls: frozenset[Call] = frozenset()
    covered: set[Call] = field(default_factory=set)
    cases: int = 0
    failures: list[str] = field(default_factory=list)


Record = Callable[[str, object], None]


def complete(found: Sweep, name: str, record: Record) -> None:
    """Judge a sweep, and count it for the summary."""
    record("fault_sweep", [name, len(found.covered), found.cases])
    assert not found.failures, f"{len(found.failures)} of {found.cases} cases:\n\n" + "\n".join(found.failures[:8])


@contextmanager
def turned(arrays: Sequence[Bench], switches: Mapping[str, bool]) -> Iterator[Sequence[Bench]]:
    """Have switches of arrays in these positions, which are not their defaults, until the block ends."""
    try:
        _turn(arrays, switches)
        yield arrays
    finally:
        _turn(arrays, {name: not on for name, on in switches.items()})


def _turn(arrays: Sequence[Bench], switches: Mapping[str, bool]) -> None:
    for bench in arrays:
        for name, on in switches.items():
            bench.world.ask("POST", "/switches", {"array": bench.world.name, "name": name, "on": on})


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
    flow: Flow,
    benches: Sequence[Bench],
    chosen: Callable[[Call], Iterable[str]],
    *,
    only_writes: bool = False,
    most_of_a_read: int | None = None,
) -> Sweep:
    """Break every call of the flow in the ways ``chosen`` for it; failures are gathered.

    Of a read these are so many at the most, in turn, and those of all reads together are all.
    """
    found = Sweep(undisturbed(flow, benches[0]))
    free: queue.SimpleQueue[Bench] = queue.SimpleQueue()
    for bench in benches:
        free.put(bench)

    def all_of(call: Call) -> tuple[Call, int, list[str]]:
        cases, failures, ordinal = 0, [], 0
        for action in sorted(ways[call], key=lambda action: action != "down"):  # tells the ordinal others need
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
    ways = {call: _possible(chosen(call), benches[0]) for call in broken}
    if most_of_a_read is not None:
        ways = in_turn(ways, most_of_a_read, zlib.crc32(flow.name.encode()))
    with ThreadPoolExecutor(len(benches)) as pool:
        for call, cases, failures in pool.map(all_of, broken):
            found.covered.add(call)
            found.cases += cases
            found.failures += failures
    return found


def _possible(ways: Iterable[str], bench: Bench) -> Sequence[str]:
    return [action for action in ways if action != "busy" or bench.family in BUSY]


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
    bench.clear(bench.guarded())
    return total if action == "down" else 0

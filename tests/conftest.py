"""What all suites share: properties are judged by what they find, not by how busy the machine is."""

from __future__ import annotations

import gc
import os
import signal

import pytest
from hypothesis import settings

LONGEST_S = 600  # the patience of what takes half a minute or more

settings.register_profile("project", deadline=None)
settings.load_profile("project")


def pytest_configure() -> None:
    """Keep each worker, and what it starts, on one processor, where there are several workers.

    Its threads take turns at one interpreter lock: handing that from processor to processor doubles what they cost.
    Signals that whoever began the tests ignores, as a shell's background job does, are heeded.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1 and hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
        os.sched_setaffinity(0, {allowed[number % len(allowed)]})


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, one in each worker: begun last, they would keep one busy while the others idle.

    ``--dist worksteal`` first gives every worker an equal share of the list, the first worker the first one.
    """
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    total, longest = len(items), [item for item in items if _patience_s(item) >= LONGEST_S] if count > 1 else []
    for item in longest:
        items.remove(item)
    for place, item in enumerate(longest):
        items.insert(place % count * total // count, item)


def pytest_collection_finish() -> None:
    """Have the collector of garbage look no more at what was collected here and stays to the end."""
    gc.collect()
    gc.freeze()


def _patience_s(item: pytest.Item) -> float:
    """Return the seconds a test has of its own, 0 where it has what all have."""
    own = item.get_closest_marker("timeout")
    return float(own.args[0]) if own is not None else 0.0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much the sweeps of faults covered, in all workers."""
    reports = [one for outcome in ("passed", "failed") for one in terminalreporter.stats.get(outcome, ())]
    sweeps = [value for one in reports for name, value in getattr(one, "user_properties", ()) if name == "fault_sweep"]
    if sweeps:
        calls = {
            flow: covered for flow, covered, _ in sorted(sweeps)
        }  # the same flow is swept with switches turned, too
        cases = sum(cases for _, _, cases in sweeps)
        terminalreporter.write_line(
            f"fault sweep: {sum(calls.values()):,} calls of {len(calls)} flows, {cases:,} cases"
        )

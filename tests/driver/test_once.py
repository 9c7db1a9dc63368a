"""What is asked once for all threads: failures are shared by who waited, waits end with budgets and stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from terraform_provider_xivds8k.driver import Cancelled, DriverError, TimedOut, Unreachable
from terraform_provider_xivds8k.driver.once import Once
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.plugin import Cancellation


def _together(calls: int, get: Callable[[], object]) -> list[object]:
    found: list[object] = []

    def run() -> None:
        try:
            found.append(get())
        except DriverError as error:
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return found


def test_many_threads_ask_once() -> None:
    asked: list[float] = []

    def ask(budget: Budget) -> str:
        asked.append(budget.left_s)
        time.sleep(0.05)
        return "array"

    once = Once(ask)
    assert once.known is None
    assert _together(8, lambda: once.get(Budget(5))) == ["array"] * 8
    assert len(asked) == 1
    assert str(once.known) == "array"


def test_a_failure_is_told_to_all_who_waited_and_asked_again_by_the_next() -> None:
    asked: list[float] = []

    def ask(budget: Budget) -> str:
        asked.append(budget.left_s)
        time.sleep(0.5)
        raise Unreachable("The array cannot be reached", attribute="endpoints")

    once = Once(ask)
    found = _together(6, lambda: once.get(Budget(5)))
    assert [(type(one), str(one), getattr(one, "attribute", "")) for one in found] == [
        (Unreachable, "The array cannot be reached", "endpoints")
    ] * 6
    assert len({id(one) for one in found}) == 6
    assert len(asked) == 1
    with pytest.raises(Unreachable):
        once.get(Budget(5))
    assert len(asked) == 2


def test_who_runs_out_of_time_speaks_for_himself_only() -> None:
    def ask(budget: Budget) -> str:
        budget.pause(0.3)
        return "array"

    once = Once(ask)
    with pytest.raises(TimedOut):
        once.get(Budget(0.1))
    assert once.get(Budget(5)) == "array"


def test_a_stop_ends_the_wait_for_another_thread() -> None:
    stop, release = Cancellation(), threading.Event()
    once = Once(lambda _: release.wait(10))
    leader = threading.Thread(target=lambda: once.get(Budget(10)))
    leader.start()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        once.get(Budget(10, stop))
    assert time.monotonic() - began < 5
    release.set()
    leader.join(10)

"""Budgets: deadlines, the stop sign, and the one look after it."""

from __future__ import annotations

import threading

import pytest

from terraform_provider_xivds8k.driver.errors import Cancelled, TimedOut
from terraform_provider_xivds8k.driver.waiting import LOOK_AFTER_STOP_S, Budget
from terraform_provider_xivds8k.plugin import Cancellation


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_call_gets_what_is_left_and_never_more_than_its_limit() -> None:
    clock = Clock()
    budget = Budget(10, clock=clock)
    assert budget.call_s(60) == 10
    clock.now_s = 4
    assert budget.call_s(60) == 6
    assert budget.call_s(2) == 2


def test_a_budget_that_is_used_up_says_how_long_it_was() -> None:
    clock = Clock()
    budget = Budget(10, clock=clock)
    clock.now_s = 10
    with pytest.raises(TimedOut, match="10 s"):
        budget.call_s(1)


def test_a_pause_ends_at_once_when_the_run_is_stopped() -> None:
    stop = Cancellation()
    budget = Budget(60, stop)
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(Cancelled):
        budget.pause(30)
    assert budget.left_s > 50


def test_a_pause_longer_than_what_is_left_ends_with_the_deadline() -> None:
    budget = Budget(0.05)
    with pytest.raises(TimedOut):
        budget.pause(30)


def test_a_stopped_run_gets_one_short_look_that_the_stop_does_not_end() -> None:
    stop = Cancellation()
    budget = Budget(600, stop)
    stop.set()
    look = budget.for_a_look()
    assert look.call_s(60) == pytest.approx(LOOK_AFTER_STOP_S, abs=0.5)


def test_a_look_after_the_deadline_still_has_time_for_one_call() -> None:
    clock = Clock()
    budget = Budget(1, clock=clock)
    clock.now_s = 5
    assert budget.for_a_look().call_s(60) == LOOK_AFTER_STOP_S

"""Threads that make calls are kept for the next one, hold up nobody, and end when there is nothing to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from terraform_provider_xivds8k.driver.ds8k.hands import Hands

WAIT_S = 20.0


def _comes_true(what: Callable[[], bool]) -> bool:
    until = time.monotonic() + WAIT_S
    while not what() and time.monotonic() < until:
        time.sleep(0.005)
    return what()


def _running(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_work_that_comes_one_after_the_other_is_done_by_the_same_threads() -> None:
    hands, by = Hands("one"), []

    def work(done: threading.Event) -> None:
        by.append(threading.current_thread())
        done.set()

    for _ in range(50):
        done = threading.Event()
        hands.run(partial(work, done))
        assert done.wait(WAIT_S)
    assert len(by) == 50
    assert len(set(by)) < 10  # one, and another where the next work came before it was free
    hands.let_go()
    assert _comes_true(lambda: not _running("one"))


def test_work_that_does_not_end_holds_up_no_other() -> None:
    hands, held, done = Hands("held"), threading.Event(), threading.Event()

    def hold() -> None:
        held.wait(WAIT_S)

    hands.run(hold)
    hands.run(done.set)
    assert done.wait(WAIT_S)
    held.set()
    hands.let_go()


def test_work_given_while_threads_end_for_want_of_it_is_done() -> None:
    hands, done = Hands("brief", idle_s=0.0005), list[int]()
    for number in range(500):
        hands.run(partial(done.append, number))
        threading.Event().wait(0.0005)
    assert _comes_true(lambda: len(done) == 500)
    assert _comes_true(lambda: not _running("brief"))

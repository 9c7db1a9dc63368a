"""Run something that Ctrl-C, a closed terminal or SIGTERM ends cleanly: nothing more is begun, a last look is taken.

A signal that whoever started the program has it ignore (``nohup``, a shell's background job) stays ignored.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

T = TypeVar("T")
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
LEFT_ALONE = (signal.SIG_IGN, None)  # None: not set from Python, so that it could not be given back
TURN_S = 0.2


class Sign(Protocol):
    """The sign to stop, as the driver sees it, with a way to give it."""

    def is_set(self) -> bool:
        """Tell whether it was given."""

    def set(self) -> None:
        """Give it."""


def aside(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, in a thread of its own so that signals are heeded; raises what it raises."""
    results: list[T] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as problem:  # noqa: BLE001 - raised again where it is waited for
            problems.append(problem)

    worker = threading.Thread(target=run, name="operation", daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(TURN_S)
    if problems:
        raise problems[0]
    return results[0]


def interruptibly(work: Callable[[], T], sign: Sign, told: Callable[[], None]) -> T:
    """Return what ``work`` returns, ``aside`` and ``heeding`` signals while it goes on."""
    with heeding(sign, told):
        return aside(work)


@contextmanager
def heeding(sign: Sign, told: Callable[[], None]) -> Iterator[None]:
    """Give the sign at a signal, while the block runs; ``told`` is called when it is given the first time.

    Signals reach the main thread alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def heed(_number: int, _frame: object) -> None:
        if not sign.is_set():
            told()
            threading.Thread(target=sign.set, name="stop", daemon=True).start()  # it takes locks: not in a handler

    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    found = {number: signal.getsignal(number) for number in numbers}
    before = {number: handler for number, handler in found.items() if handler not in LEFT_ALONE}
    for number in before:
        signal.signal(number, heed)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""A signal is a sign to stop: what runs ends by itself, cleanly, and is waited for."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from terraform_provider_xivds8k.commands.running import interruptibly
from terraform_provider_xivds8k.plugin import Cancellation


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_sign_and_the_work_ends_in_its_own_time(number: signal.Signals) -> None:
    sign, told = Cancellation(), list[str]()

    def work() -> str:
        os.kill(os.getpid(), number)
        assert sign.wait(30)
        os.kill(os.getpid(), number)  # an impatient person changes nothing
        return "the last look was taken"

    before = signal.getsignal(number)
    assert interruptibly(work, sign, lambda: told.append("stopping")) == "the last look was taken"
    assert told == ["stopping"]
    assert signal.getsignal(number) == before


def test_what_the_work_raises_is_raised() -> None:
    def work() -> None:
        raise LookupError(threading.current_thread().name)

    with pytest.raises(LookupError, match="operation"):
        interruptibly(work, Cancellation(), lambda: None)

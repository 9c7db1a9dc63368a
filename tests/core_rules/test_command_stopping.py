"""A signal is a sign to stop: what runs ends by itself, cleanly, and is waited for."""

from __future__ import annotations

import io
import os
import signal
import threading

import pytest

from terraform_provider_xivds8k.commands.console import Console
from terraform_provider_xivds8k.commands.replication import Surroundings, run
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


def test_a_defect_of_ours_is_no_traceback_and_says_what_to_look_at_without_values() -> None:
    def broken(*_: object) -> None:
        raise LookupError("a value")

    err = io.StringIO()
    console = Console(io.StringIO(), io.StringIO(), err)
    around = Surroundings({"XIVDS8K_FAMILY": "xiv"}, console, Cancellation(), broken)  # type: ignore[arg-type]
    assert run(["failover", "--replication-id", "a", "--simulator", __file__, "--yes"], around) == 3
    assert "LookupError" in err.getvalue()
    assert "replication status" in err.getvalue()
    assert "a value" not in err.getvalue()

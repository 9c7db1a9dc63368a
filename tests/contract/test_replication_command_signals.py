"""``replication`` and signals: heeded until the result is shown, ignored where whoever started it ignores them."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import run_on, variables_of
from support.linked import Linked, changes, linked
from support.paired import pair
from support.plugin_client import eventually
from support.terraform import clean_environment
from terraform_provider_xivds8k.commands import replication
from terraform_provider_xivds8k.commands.console import Console
from terraform_provider_xivds8k.driver import Family, XIVDS8KDriver
from terraform_provider_xivds8k.plugin import Cancellation

SECOND_STEP = {"xiv": "mirror_activate", "ds8k": "POST /cs/pprcs/resume"}  # of a switch


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Return two arrays."""
    with linked(family, tmp_path / "simulator.db", time_scale=50) as found:
        yield found


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Let SIGINT do what it does in a program a person starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
@pytest.mark.parametrize("command", ["switch", "status"])
def test_ctrl_c_while_connections_are_closed_takes_nothing_of_the_result(arrays: Linked, command: str) -> None:
    remote_id = pair(arrays, arrays.volume())
    out, err, stop = io.StringIO(), io.StringIO(), Cancellation()

    def opened(*_: object) -> XIVDS8KDriver:
        interrupt = lambda: os.kill(os.getpid(), signal.SIGINT)  # noqa: E731
        return XIVDS8KDriver(arrays.settings, cancellation=stop, on_close=interrupt)

    around = replication.Surroundings(
        variables={"XIVDS8K_FAMILY": arrays.family, "XIVDS8K_SIMULATOR": __file__},
        console=Console(io.StringIO(), out, err),
        sign=stop,
        open_driver=opened,
    )
    yes = ["--yes"] if command == "switch" else []
    code = replication.run([command, "--replication-id", remote_id, *yes], around)
    assert code == 0, err.getvalue()
    assert ("switch to remote: 1 done" if yes else "1 home_serves") in out.getvalue()
    assert "Nothing was changed" not in err.getvalue()


def test_ctrl_c_instead_of_an_answer_changes_nothing_and_is_one_document_for_machines(
    arrays: Linked, tmp_path: Path
) -> None:
    class Person(io.StringIO):
        """Be somebody who presses Ctrl-C when asked."""

        def isatty(self) -> bool:
            return True

        def readline(self, _size: int | None = -1, /) -> str:  # type: ignore[override]
            raise KeyboardInterrupt

    remote_id = pair(arrays, arrays.volume())
    arrays.forget_calls()
    console = Console(Person(), io.StringIO(), Person())
    ended = run_on(
        variables_of(arrays, tmp_path / "ca.pem"), ["switch", "--json", "--replication-id", remote_id], console
    )
    assert ended.code == 1, ended.all
    assert ended.document == {"report": None, "error": ended.document["error"]}
    assert ended.document["error"]["kind"] == "Cancelled"
    assert "Nothing was changed" in ended.err
    assert changes(arrays) == {}


def test_a_signal_that_is_ignored_from_the_start_as_under_nohup_stays_ignored(arrays: Linked, tmp_path: Path) -> None:
    remote_id = pair(arrays, arrays.volume())
    arrays.fail("remote", SECOND_STEP[arrays.family], "delay_before", seconds=3)
    switch = [sys.executable, "-m", "terraform_provider_xivds8k", "replication", "switch", "--yes", "--json"]
    process = subprocess.Popen(
        ["nohup", *switch, "--replication-id", remote_id],
        env={**clean_environment(), **variables_of(arrays, tmp_path / "ca.pem")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    held = lambda: arrays.ask("GET", "/journal")[arrays.name("remote")].get("held")  # noqa: E731
    eventually(held, "the array was asked", 30)
    os.kill(process.pid, signal.SIGHUP)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert "Stopping" not in err

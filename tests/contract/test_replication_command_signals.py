"""``replication`` and signals: ignored where whoever started it has them ignored."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import variables_of
from support.linked import Linked, linked
from support.paired import pair
from support.plugin_client import eventually
from support.terraform import clean_environment
from terraform_provider_xivds8k.driver import Family

SECOND_STEP = {"xiv": "mirror_activate", "ds8k": "POST /cs/pprcs/resume"}  # of a switch


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Return two arrays."""
    with linked(family, tmp_path / "simulator.db", time_scale=50) as found:
        yield found


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

"""``replication`` where a stream is closed or full: what was done keeps its exit code, and what can be told is told."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.command_line import Ended, variables_of
from support.linked import Linked, linked
from support.paired import paired
from support.terraform import clean_environment
from terraform_provider_xivds8k.driver import Family

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "disaster-failover.md"


@dataclass(frozen=True)
class Shell:
    """Hold two arrays with a pair, and run the program on them from a shell."""

    arrays: Linked
    variables: dict[str, str]
    remote_id: str

    def runs(self, *arguments: str, streams: str = "") -> Ended:
        """Run a command with what the shell makes of its streams."""
        program = [sys.executable, "-m", "terraform_provider_xivds8k", "replication", *arguments]
        done = subprocess.run(
            ["sh", "-c", f'"$@" {streams}', "sh", *program],
            env={**clean_environment(), **self.variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "defect" not in done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def switches(self, to: str, streams: str) -> Ended:
        """Switch the pair without asking."""
        return self.runs("switch", "--yes", "--json", "--to", to, "--replication-id", self.remote_id, streams=streams)


@pytest.fixture
def shell(family: Family, tmp_path: Path) -> Iterator[Shell]:
    """Return two arrays with a pair that is in step."""
    with linked(family, tmp_path / "simulator.db", time_scale=50) as arrays:
        _, remote_id = paired(arrays, "monday")
        yield Shell(arrays, variables_of(arrays, tmp_path / "ca.pem"), remote_id)


@pytest.mark.parametrize("family", ["xiv"])
def test_a_closed_stream_takes_nothing_from_what_is_done_or_told(shell: Shell) -> None:
    without_stderr = shell.switches("remote", "2>&-")
    assert without_stderr.code == 0
    assert [one["outcome"] for one in without_stderr.document["report"]["members"]] == ["moved"]
    without_stdin = shell.switches("remote", "<&-")
    assert [one["outcome"] for one in without_stdin.document["report"]["members"]] == ["was there"]
    without_stdout = shell.switches("home", ">&-")
    assert without_stdout.code == 0
    assert "could not be written" in without_stdout.err


@pytest.mark.parametrize("family", ["xiv"])
@pytest.mark.parametrize("streams", [">&-", ">/dev/full"])
def test_looking_fails_where_what_was_seen_cannot_be_written(shell: Shell, streams: str) -> None:
    ended = shell.runs("status", streams=streams)
    assert ended.code == 1
    assert "could not be written" in ended.err


@pytest.mark.parametrize("family", ["xiv"])
def test_without_anybody_to_ask_nothing_is_done_also_where_stdin_is_closed(shell: Shell) -> None:
    ended = shell.runs("switch", "--replication-id", shell.remote_id, streams="<&-")
    assert ended.code == 1
    assert "no terminal to confirm it on" in ended.err


def test_the_guide_names_every_key_of_the_documents(shell: Shell) -> None:
    rows = dict(re.findall(r"^\| `(replications|report|error)` \([^|]*\| (.*) \|$", GUIDE.read_text("utf-8"), re.M))
    status = shell.runs("status", "--json").document
    looked = shell.runs("switch", "--dry-run", "--json", "--replication-id", shell.remote_id).document
    refused = shell.runs("switch", "--dry-run", "--json", "--replication-id", "0" * 16).document
    assert set(status) == {"replications", "error"}
    assert set(looked) == set(refused) == {"report", "error"}
    assert (status["error"], looked["error"], refused["report"]) == (None, None, None)
    for name, shown in (("replications", status), ("report", looked), ("error", refused)):
        assert keys_of(shown[name]) <= {word.strip("`") for word in re.findall(r"`[a-z_]+`", rows[name])}


def keys_of(shown: Any) -> set[str]:
    """Return the keys of a document and of all in it."""
    if isinstance(shown, list):
        return set().union(*map(keys_of, shown))
    if isinstance(shown, dict):
        return set(shown) | keys_of(list(shown.values()))
    return set()


def test_status_that_fails_is_of_the_same_shape(shell: Shell) -> None:
    for side in ("home", "remote"):
        shell.arrays.set_state(side, "refuse")
    ended = shell.runs("status", "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["replications"] is None
    assert ended.document["error"]["summary"]

"""``replication`` moves pairs from the command line: asked for, told of, broken off, gone on with, on both families."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.command_line import Ended, ran, run_on, variables_of
from support.linked import Linked, changes, linked
from support.paired import pair
from support.plugin_client import eventually
from support.terraform import clean_environment
from support.xiv_mirroring import sites_of
from terraform_provider_xivds8k.commands.console import Console
from terraform_provider_xivds8k.driver import Family, Side, Volume

PROGRAM = (sys.executable, "-m", "terraform_provider_xivds8k", "replication")
SECOND_STEP = {"xiv": "mirror_activate", "ds8k": "POST /cs/pprcs/resume"}  # of a switch
FIRST_STEP: dict[Family, tuple[Side, str]] = {
    "xiv": ("home", "mirror_switch_roles"),
    "ds8k": ("remote", "POST /cs/pprcs"),
}
IN_DOUBT = "serving: not known yet, a call is in doubt"
HALF_WAY = {"xiv": 5, "ds8k": 10}  # the row a switch is in before its second step


@dataclass(frozen=True)
class Desk:
    """Hold two arrays with a pair that is in step, and the environment that leads to them."""

    arrays: Linked
    variables: dict[str, str]
    volume: Volume
    remote_id: str

    def runs(self, *arguments: str, typed: str | None = None) -> Ended:
        """Run a command about the pair."""
        return ran(self.variables, *arguments, "--replication-id", self.remote_id, typed=typed)

    def row(self) -> int:
        """Return the row the pair is in."""
        (found,) = self.runs("status", "--json").document["replications"]
        return int(found["row"])

    def changes(self) -> int:
        """Return how many calls changed something since they were last forgotten."""
        return len(changes(self.arrays))


@pytest.fixture
def desk(family: Family, tmp_path: Path) -> Iterator[Desk]:
    """Return two arrays with a pair that has a label."""
    with linked(family, tmp_path / "simulator.db", time_scale=50) as arrays:
        volume = arrays.volume("monday")
        yield Desk(arrays, variables_of(arrays, tmp_path / "ca.pem"), volume, pair(arrays, volume))


def test_a_dry_run_lists_the_calls_and_sends_none(desk: Desk) -> None:
    desk.arrays.forget_calls()
    looked = desk.runs("switch", "--dry-run")
    assert looked.code == 0, looked.err
    assert "nothing was changed; 1 would be acted on" in looked.out
    calls = {"xiv": ["mirror_switch_roles", "mirror_activate"], "ds8k": ["POST /cs/pprcs", "POST /cs/pprcs/resume"]}
    assert all(f"{call}" in looked.out for call in calls[desk.arrays.family])
    assert desk.changes() == 0


def test_there_and_back_with_yes_and_a_second_time_changes_nothing(desk: Desk) -> None:
    done = desk.runs("switch", "--yes")
    assert done.code == 0, done.all
    assert "switch to remote: 1 done" in done.out
    assert "serving now: remote; row 4" in done.out
    desk.arrays.write("remote", desk.remote_id, "tuesday")
    desk.arrays.forget_calls()
    again = desk.runs("switch", "--yes", "--json")
    assert again.code == 0
    assert [member["outcome"] for member in again.document["report"]["members"]] == ["was there"]
    assert desk.changes() == 0
    back = desk.runs("failback", "--yes")
    assert back.code == 0, back.all
    assert desk.row() == 1
    assert desk.arrays.read("home", desk.volume.id) == ["monday", "tuesday"]


def test_a_person_is_shown_what_would_be_done_and_types_the_operation_and_the_number(desk: Desk) -> None:
    desk.arrays.forget_calls()
    wrong = desk.runs("switch", typed="yes\n")
    assert wrong.code == 1
    assert "Switch to remote: this acts on 1 of the above. Type 'switch 1' to go on" in wrong.err
    assert "would send" in wrong.err
    assert "switch to remote, to be confirmed: nothing was changed" in wrong.err
    assert "dry run" not in wrong.err
    assert "Nothing was changed" in wrong.err
    assert desk.changes() == 0
    right = desk.runs("switch", typed="switch 1\n")
    assert right.code == 0, right.all
    assert desk.row() == 4
    there = desk.runs("switch", typed="")
    assert there.code == 0
    assert "Type" not in there.err


def test_what_is_there_already_is_told_by_the_look_a_person_was_shown_and_not_looked_at_again(desk: Desk) -> None:
    """Whatever came between would be acted on without having been confirmed."""
    assert desk.runs("switch", "--yes").code == 0
    looks = {}
    for name, arguments in (("dry run", ["--dry-run"]), ("asked", [])):
        desk.arrays.forget_calls()
        assert desk.runs("switch", *arguments, typed="").code == 0
        looks[name] = desk.arrays.calls("home"), desk.arrays.calls("remote")
    assert looks["asked"] == looks["dry run"]


def test_what_changes_while_a_person_is_asked_is_not_moved(desk: Desk) -> None:
    """The number is the same, but one that was there already when it was shown has to be moved now."""
    second = pair(desk.arrays, desk.arrays.volume())
    ids = ["--replication-id", desk.remote_id, "--replication-id", second]
    assert ran(desk.variables, "switch", "--replication-id", second, "--yes").code == 0

    class Slow(io.StringIO):
        """Be a person who lets somebody else come first."""

        def isatty(self) -> bool:
            return True

        def readline(self, _size: int | None = -1, /) -> str:  # type: ignore[override]
            assert ran(desk.variables, "failback", "--replication-id", second, "--yes").code == 0
            desk.arrays.forget_calls()
            return "switch 1\n"

    class Screen(io.StringIO):
        """Be what that person looks at."""

        def isatty(self) -> bool:
            return True

    ended = run_on(desk.variables, ["switch", *ids], Console(Slow(), io.StringIO(), Screen()))
    assert ended.code == 1, ended.all
    assert "1 of the replications are not as they were confirmed" in ended.err
    assert desk.changes() == 0
    assert desk.row() == 1


def test_what_the_row_forbids_is_refused_with_the_option_that_overrides(desk: Desk) -> None:
    desk.arrays.forget_calls()
    refused = desk.runs("failover", "--yes", "--json")
    assert refused.code == 1
    assert "force" in refused.document["error"]["next_step"]
    assert refused.document["report"] is None
    assert desk.changes() == 0


def test_a_dead_home_is_failed_over_and_a_mode_that_reads_only_is_kept(desk: Desk) -> None:
    desk.arrays.set_link("down")
    desk.arrays.set_state("home", "refuse")
    kept = desk.runs("failover", "--yes", "--mode", "read_only").err
    assert "read_only" in kept
    assert "Set --mode full" in kept
    limited = desk.runs("failover", "--yes", "--max-data-loss-seconds", "9")
    assert "no number allows what is not known" in limited.err
    assert desk.row() == 7
    done = desk.runs("failover", "--yes")
    assert done.code == 0, done.all
    assert "lost: " in done.out
    assert "next: let hosts use the remote volume" in done.out
    assert desk.row() == 9
    desk.arrays.write("remote", desk.remote_id, "tuesday")
    assert desk.arrays.read("remote", desk.remote_id) == ["monday", "tuesday"]
    desk.arrays.set_state("home", "up")
    desk.arrays.set_link("up")
    for label, side in (("remote", "remote"), ("default", "home")):
        asked = desk.runs("resync", "--authoritative-backend-id", label, "--io-stopped", typed="no\n")
        assert f"Resync, with the data of the {side} array: this acts on 1 of the above." in asked.err
        looked = desk.runs("resync", "--authoritative-backend-id", label, "--io-stopped", "--dry-run", "--json")
        assert looked.code == 0, looked.all
        assert looked.document["report"]["to"] == side


def test_one_that_breaks_off_half_way_ends_with_3_says_where_it_is_and_goes_on_when_run_again(desk: Desk) -> None:
    code = {"xiv": "MIRROR_CONFIGURATION_ERROR", "ds8k": "BE7A0080"}[desk.arrays.family]
    desk.arrays.fail("remote", SECOND_STEP[desk.arrays.family], "error", code=code)
    broken = desk.runs("switch", "--yes")
    assert broken.code == 3, broken.all
    assert code in broken.all
    assert f"row {HALF_WAY[desk.arrays.family]}" in broken.out
    assert "run switch again" in broken.out
    assert desk.row() == HALF_WAY[desk.arrays.family]
    assert desk.runs("switch", "--yes").code == 0
    assert desk.row() == 4


def stopped_at(desk: Desk, side: Side, command: str, *more: str) -> Ended:
    """Press Ctrl-C while an array does not answer a command of a switch."""
    desk.arrays.fail(side, command, "delay_before", seconds=60)
    process = subprocess.Popen(
        [*PROGRAM, "switch", "--yes", "--replication-id", desk.remote_id, *more],
        env={**clean_environment(), **desk.variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    held = lambda: desk.arrays.ask("GET", "/journal")[desk.arrays.name(side)].get("held")  # noqa: E731
    eventually(held, "the array was asked", 30)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return Ended(process.returncode, out, err)


def test_ctrl_c_stops_it_says_what_is_in_doubt_and_goes_on_when_run_again(desk: Desk) -> None:
    ended = stopped_at(desk, "remote", SECOND_STEP[desk.arrays.family])
    assert ended.code == 3, ended.all
    assert "Stopping" in ended.err
    assert f"row {HALF_WAY[desk.arrays.family]}" in ended.out
    assert IN_DOUBT in ended.out
    desk.arrays.ask("DELETE", "/faults")
    assert desk.runs("switch", "--yes").code == 0


@pytest.mark.parametrize("shown", ["text", "json"])
def test_a_stop_while_the_first_call_is_in_doubt_settles_nothing_and_is_not_called_unmoved(
    desk: Desk, shown: str
) -> None:
    """The array may carry it out a moment later: both sides may be writable then, or the other one serve."""
    ended = stopped_at(desk, *FIRST_STEP[desk.arrays.family], *(["--json"] if shown == "json" else []))
    assert ended.code == 3, ended.all
    assert "use switch for a planned move" not in ended.all
    if shown == "json":
        (member,) = ended.document["report"]["members"]
        assert (member["in_doubt"], member["serves"], member["after"]) == (True, None, None)
        assert "start no application" in member["next"]
        assert "settled" in ended.document["error"]["next_step"]
        return
    assert IN_DOUBT in ended.out
    assert "serving now: home" not in ended.out
    assert "start no application" in ended.out
    assert "1 in doubt" in ended.out


def test_a_mode_to_end_in_finishes_what_is_there_already_in_another(tmp_path: Path) -> None:
    """A Metro Mirror that serves from the remote side is made a Global Copy there, and once only."""
    with linked("ds8k", tmp_path / "simulator.db", time_scale=50) as arrays:
        volume = arrays.volume("monday")
        desk = Desk(arrays, variables_of(arrays, tmp_path / "ca.pem"), volume, pair(arrays, volume))
        assert desk.runs("switch", "--yes").code == 0
        assert desk.runs("switch", "--yes", "--replication-mode", "global_copy").code == 0
        arrays.forget_calls()
        assert desk.runs("switch", "--yes", "--replication-mode", "global_copy").code == 0
        assert desk.changes() == 0
        (found,) = desk.runs("status", "--json").document["replications"]
        assert (found["row"], found["mode"]) == (4, "global_copy")


def test_a_group_is_shown_with_its_members_and_moves_as_one(tmp_path: Path) -> None:
    with linked("xiv", tmp_path / "simulator.db", time_scale=50) as arrays:
        volumes = [arrays.volume("monday"), arrays.volume("monday")]
        remote_ids = [pair(arrays, volume) for volume in volumes]
        with sites_of(arrays.simulation) as sites:
            sites.group("erp", *(volume.name for volume in volumes))
        variables = variables_of(arrays, tmp_path / "ca.pem")
        shown = ran(variables, "status")
        assert shown.code == 0
        _, head, *members = shown.out.splitlines()[2:6]
        assert "erp" in head
        assert all(line.startswith("  ") and "with its group" in line for line in members)
        alone = ran(variables, "switch", "--replication-id", remote_ids[0], "--yes")
        assert alone.code == 1
        assert "--consistency-group erp" in alone.err
        done = ran(variables, "switch", "--consistency-group", "erp", "--yes")
        assert done.code == 0, done.all
        assert "switch to remote: 1 done" in done.out
        (found,) = ran(variables, "status", "--json", "--consistency-group", "erp").document["replications"]
        assert [member["row"] for member in found["members"]] == [4, 4]

"""Opposite resyncs of one mirror from two processes, which share nothing but the arrays: nothing written is lost.

Between processes no lock helps; an array holds back calls here and there, so that the two meet in every phase.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support import resync_process
from support.mirror_lab import Lab, lab_of
from terraform_provider_xivds8k.driver import Replication, ReplicationMode, Side

ROUNDS = {"sync": 20, "async": 8}
SIDES: tuple[Side, Side] = ("home", "remote")
KEPT: dict[int, Side] = {1: "home", 4: "remote"}
BOTH_WRITABLE = {10, 11, 12}
HELD = (
    "mirror_list",
    "vol_list",
    "snapshot_create",
    "mirror_deactivate",
    "mirror_change_role",
    "mirror_activate",
)
LONGEST_S = 0.25


@dataclass
class Other:
    """Reach a process that has both arrays as well."""

    process: subprocess.Popen[str]

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Have it do something; returns when that has ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def other_process(lab: Lab) -> Iterator[Other]:
    settings = lab.linked.settings
    target = settings.replication_target
    assert target is not None
    both = {
        side: {
            "endpoints": list(one.endpoints),
            "username": one.username,
            "password": one.password.reveal(),
            "ca_pem": one.ca_pem,
        }
        for side, one in zip(SIDES, (settings.connection, target.connection), strict=True)
    }
    command = [sys.executable, str(Path(resync_process.__file__))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"family": "xiv", "pool": target.pool, **both}) + "\n")
        yield Other(process)
        process.stdin.close()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Return two linked XIVs."""
    with lab_of(tmp_path / "lab.db", 20) as held:
        yield held


def hold_back(lab: Lab, dice: random.Random) -> list[tuple[object, ...]]:
    """Have the arrays hold back a few calls for a moment; return which."""
    held: list[tuple[object, ...]] = []
    for _ in range(dice.randrange(1, 5)):
        side, command, nth = dice.choice(SIDES), dice.choice(HELD), dice.randrange(1, 6)
        action = dice.choice(("delay_before", "delay_after"))
        seconds = round(dice.uniform(0.02, LONGEST_S), 3)
        nth = 1 if command.startswith(("mirror_c", "mirror_a", "mirror_d", "snap")) else nth
        lab.linked.fail(side, command, action, nth=nth, seconds=seconds)
        held.append((side, command, nth, action, seconds))
    return held


def raced(lab: Lab, other: Other, made: Replication) -> dict[Side, dict[str, Any]]:
    """Let both processes resynchronise, each naming another side; return what each was told, by the side it named."""
    order = {"id": made.id, "deadline": 20}
    with ThreadPoolExecutor(2) as pool:
        theirs = pool.submit(other.ask, {**order, "keeps": "remote"})
        ours = pool.submit(resync_process.resynchronised, lab.driver, {**order, "keeps": "default"})
        return {"home": ours.result(60), "remote": theirs.result(60)}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_opposite_resyncs_of_two_processes_lose_nothing_that_was_written(lab: Lab, mode: ReplicationMode) -> None:
    dice = random.Random(f"opposite {mode}")
    with other_process(lab) as other:
        for number in range(ROUNDS[mode]):
            made = lab.parted(mode)
            held = hold_back(lab, dice)
            told = raced(lab, other, made)
            lab.linked.ask("DELETE", "/faults")
            lab.linked.advance(5)
            _check(lab, made, told, f"round {number}: {held}: {told}")


def _check(lab: Lab, made: Replication, told: dict[Side, dict[str, Any]], seen: str) -> None:
    names: dict[Side, str] = {"home": made.name, "remote": made.remote_name}
    row = lab.row(made.id)
    there = {side: lab.labels(side, names[side]) for side in SIDES}
    safe: dict[Side, dict[str, list[str]]] = {side: {} for side in SIDES}
    for side in SIDES:
        safety = f"{names[side]}.before-resync-"
        safe[side] = {one: lab.labels(side, one) for one in lab.names(side) if one.startswith(safety)}
    seen = f"{seen}: row {row}, {there}, {safe}"
    for side in SIDES:  # what was written there is on a volume still, or in a safety snapshot that was told
        label = f"{side}'s"
        kept = [one for one, labels in safe[side].items() if label in labels]
        assert any(label in labels for labels in there.values()) or kept, seen
    writable = [side for side in SIDES if lab.tell(side, "vol_list", vol=names[side])[0]["locked"] == "no"]
    assert len(writable) < len(SIDES) or row in BOTH_WRITABLE, seen
    moved = {side for side in SIDES if told[side]["row"] is not None}
    assert len(moved) <= 1, seen
    for side in moved:  # what is called done stays done, with the data that was to stay
        assert KEPT[told[side]["row"]] == side, seen
        assert row == told[side]["row"], seen
        assert all(f"{side}'s" in labels for labels in there.values()), seen

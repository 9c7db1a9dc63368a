"""Many PPRC pairs at once: few calls, each pair with its own answer, whatever a machine does with several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from support.linked import Linked, linked
from support.mirroring import facts, join
from support.pprc_stage import Stage
from support.rest_console import GIB, Console
from terraform_provider_xivds8k.driver import Scope, Terms
from terraform_provider_xivds8k.driver.flows.pprc_bulk import ends_of, in_bulk, is_suspended, pprcs_of
from terraform_provider_xivds8k.driver.pprcs import PairEnds

MANY = 500
LSS = ("10", "12")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked DS8000s."""
    with linked("ds8k", tmp_path / "s.db", request_timeout_s=30) as found:
        yield found


@pytest.fixture
def consoles(two: Linked) -> Iterator[tuple[Console, Console]]:
    """Return plain consoles of both."""
    found = [Console(array, str(two.simulation.control)) for array in two.simulation.arrays]
    for console in found:
        console.sign_in()
    yield found[0], found[1]
    for console in found:
        console.close()


def make_many(consoles: tuple[Console, Console], many: int) -> list[str]:
    """Make volumes with the same ids on both arrays and pair them, in step; return the ids."""
    here, there = consoles
    ids = [f"{lss}{number:02X}" for lss in LSS for number in range(many // len(LSS))]
    for console in consoles:
        for start in range(0, many, 50):
            some = ids[start : start + 50]
            given = {"namecol": [f"many{one}" for one in some], "ids": some, "cap": str(GIB), "captype": "bytes"}
            given |= {"stgtype": "fb", "pool": "P0", "tp": "ese", "lss": some[0][:2]}
            assert not console.ask("POST", "/volumes", given).refused
    for lss in LSS:
        assert not join(here, there, lss, lss).refused
        assert not join(there, here, lss, lss).refused
    home, remote = facts(here)[0], facts(there)[0]
    pairs = [
        {"source_volume": one, "source_system_id": home, "target_volume": one, "target_system_id": remote}
        for one in ids
    ]
    options = ["permit_space_efficient_target"]
    for start in range(0, many, 100):
        some_pairs = {"volume_pairs": pairs[start : start + 100], "type": "metro_mirror", "options": options}
        assert not here.ask("POST", "/cs/pprcs", some_pairs).refused
    return ids


def test_five_hundred_volumes_fail_over_in_few_calls(stage: Stage, consoles: tuple[Console, Console]) -> None:
    """The array that acts is asked at most 40 times, reads included."""
    ids = make_many(consoles, MANY)
    stage.two.advance(5)
    stage.up("home", "refuse")
    stage.two.set_link("down")
    stage.two.forget_calls()
    report = stage.driver.failover_host(scope=Scope(ids=tuple(ids)), terms=Terms())
    assert {one.after for one in report.members} == {9}
    assert len(report.members) == MANY
    calls = stage.two.calls("remote")
    assert sum(calls.values()) <= 40, calls


@pytest.mark.parametrize("all_or_none", [True, False])
def test_what_is_so_already_and_what_cannot_be_do_not_keep_the_others(stage: Stage, all_or_none: bool) -> None:
    """Of four pairs one is suspended already and one does not exist: three are suspended in the end, one is told."""
    stage.two.turn("pprc_commands_all_or_none", on=all_or_none)
    made = [stage.replicated() for _ in range(3)]
    core = stage.driver._core
    pairs = [ends_of(pair, "home") for one in made for pair in [stage.driver.find_replication(one.id)] if pair]
    assert not pprcs_of(core).pause((pairs[0],), core.budget())
    nowhere = PairEnds(pairs[0].source_system, "00FE", pairs[0].target_system, "00FE")
    failures = in_bulk(core, (*pairs, nowhere), pprcs_of(core).pause, is_suspended, core.budget())
    assert list(failures) == [nowhere]
    assert failures[nowhere].code == "BE7A0001"
    assert _rows(stage, [one.id for one in made]) == [2, 2, 2]


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
def test_a_lost_answer_about_several_is_asked_for_what_is_left(stage: Stage, action: str) -> None:
    """The answer about three pairs is lost: all are suspended in the end, and none is told as failed."""
    made = [stage.replicated() for _ in range(3)]
    core = stage.driver._core
    pairs = tuple(ends_of(pair, "home") for one in made for pair in [stage.driver.find_replication(one.id)] if pair)
    stage.two.fail("home", "POST /cs/pprcs/pause", action)
    stage.two.forget_calls()
    assert in_bulk(core, pairs, pprcs_of(core).pause, is_suspended, core.budget()) == {}
    assert stage.posts("home")["POST /cs/pprcs/pause"] == (2 if action == "drop_before" else 1)
    assert _rows(stage, [one.id for one in made]) == [2, 2, 2]


def _rows(stage: Stage, ids: Sequence[str]) -> list[int]:
    return [status.row for status in stage.driver.get_replication_status(ids)]

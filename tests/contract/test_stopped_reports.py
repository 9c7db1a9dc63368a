"""A run that is stopped in the midst of moving many: of each is told which calls were sent, and what came of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.linked import Linked, linked
from support.mirroring import facts, join
from support.pair_rows import DS8KHands, hands_on
from support.plugin_client import eventually
from support.rest_console import Console
from terraform_provider_xivds8k.driver import (
    DriverError,
    Family,
    Member,
    Scope,
    Side,
    Terms,
    XIVDS8KDriver,
    report_lines,
)
from terraform_provider_xivds8k.plugin import Cancellation

HELD_S = 4.0
OPEN, REFUSED = " (not answered)", " (refused)"
LSS = "20"


@pytest.fixture
def two(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays of a family whose time runs fast."""
    with linked(family, tmp_path / "s.db", time_scale=20) as found:
        yield found


def pairs_of(two: Linked, number: int) -> list[str]:
    """Return the remote ids of new pairs in step, as a scope names them."""
    made = []
    for _ in range(number):
        mode = "sync" if two.family == "xiv" else "metro_mirror"
        made.append(two.driver.enable_replication(volume_id=two.volume("a").id, mode=mode, wait_for_sync=True))  # type: ignore[arg-type]
    return [f"{one.remote_system_id}/{one.remote_id}" for one in made]


def stopped(two: Linked, side: Side, command: str, nth: int, ids: list[str]) -> tuple[Member, ...]:
    """Begin a switch that is stopped while an array holds back a call; return what is told of each."""
    stop = Cancellation()
    two.forget_calls()
    two.fail(side, command, "delay_before", nth=nth, seconds=HELD_S)
    with closing(XIVDS8KDriver(two.settings, cancellation=stop)) as driver, ThreadPoolExecutor(1) as pool:
        moving = pool.submit(
            driver.failover_host,
            operation="switch",
            scope=Scope(ids=tuple(ids)),
            terms=Terms(io_stopped=True),
            deadline=60,
        )
        eventually(lambda: two.calls(side).get(command, 0) >= nth, f"{command} to be asked for")
        stop.set()
        error = moving.exception(20)
    assert isinstance(error, DriverError), error
    assert error.report is not None
    return error.report.members


def _in_lss(console: Console) -> set[str]:
    seen = console.ask("GET", f"/lss/{LSS}/volumes")
    return set() if seen.refused else {record["id"] for record in seen.records}


def bulk_of(hands: DS8KHands, number: int) -> list[str]:
    """Return the remote ids of so many new pairs, made in a few calls."""
    ids = []
    for console in (hands.home, hands.away):
        made = {"name": "bulk", "quantity": str(number), "pool": "P0", "cap": "1", "captype": "gib", "lss": LSS}
        console.ask("POST", "/volumes", {**made, "stgtype": "fb", "tp": "ese"})
        ids.append(sorted(_in_lss(console)))
    join(hands.home, hands.away, LSS, LSS)
    join(hands.away, hands.home, LSS, LSS)
    home, away = (facts(console)[0] for console in (hands.home, hands.away))
    ends = [
        {"source_volume": ours, "source_system_id": home, "target_volume": theirs, "target_system_id": away}
        for ours, theirs in zip(*ids, strict=True)
    ]
    order: dict[str, Any] = {"volume_pairs": ends, "type": "metro_mirror", "options": ["permit_space_efficient_target"]}
    assert not hands.home.ask("POST", "/cs/pprcs", order).refused
    return [f"{away}/{theirs}" for theirs in ids[1]]


@pytest.mark.parametrize("family", ["ds8k"])
def test_of_a_bulk_some_of_which_was_answered_each_pair_tells_its_own(two: Linked) -> None:
    """Thirty-two go in one call: the first call was answered, the second is under way, and no third is sent."""
    with hands_on(two) as hands:
        assert isinstance(hands, DS8KHands)
        ids = bulk_of(hands, 70)
    two.advance(60)
    members = stopped(two, "remote", "POST /cs/pprcs", 2, ids)
    answered = [one for one in members if one.calls and OPEN not in one.calls[-1]]
    open_ = [one for one in members if one.calls and OPEN in one.calls[-1]]
    assert (len(answered), len(open_), len([one for one in members if not one.calls])) == (32, 32, 6)
    assert all("Sent so far: remote: POST /cs/pprcs" in one.problem for one in (*answered, *open_))
    assert {one.in_doubt for one in answered} == {False}
    assert {one.in_doubt for one in open_} == {True}


CASES: list[tuple[Family, Side, str, list[str]]] = [
    ("ds8k", "remote", "POST /cs/pprcs", [f"[failover]{OPEN}"]),
    ("ds8k", "remote", "POST /cs/pprcs/resume", ["[failover]", f"[failback]{OPEN}"]),
    ("xiv", "home", "mirror_switch_roles", [f"mirror_switch_roles{OPEN}"]),
    ("xiv", "remote", "mirror_activate", ["mirror_switch_roles", f"mirror_activate{OPEN}"]),
]


def _short(call: str) -> str:
    """Return a call without the objects it names."""
    mark = OPEN if call.endswith(OPEN) else REFUSED if call.endswith(REFUSED) else ""
    words = call.removesuffix(mark).split()
    return f"{words[-1] if words[-1].startswith('[') else words[1]}{mark}"


@pytest.mark.parametrize(("family", "side", "command", "expected"), CASES)
def test_a_call_that_was_not_answered_is_told_as_such(
    two: Linked, side: Side, command: str, expected: list[str]
) -> None:
    ids = pairs_of(two, 2)
    members = stopped(two, side, command, 1, ids)
    assert [_short(call) for call in members[0].calls] == expected
    assert [_short(call) for call in members[1].calls] == (expected if two.family == "ds8k" else [])


@pytest.mark.parametrize("family", ["xiv", "ds8k"])
def test_a_call_that_was_under_way_when_the_time_was_over_is_told_as_such(two: Linked) -> None:
    ids = pairs_of(two, 2)
    side, command = {"xiv": ("home", "mirror_switch_roles"), "ds8k": ("remote", "POST /cs/pprcs")}[two.family]
    two.fail(side, command, "delay_before", seconds=HELD_S)  # type: ignore[arg-type]
    with pytest.raises(DriverError) as failed:
        two.driver.failover_host(
            operation="switch", scope=Scope(ids=tuple(ids)), terms=Terms(io_stopped=True), deadline=1.5
        )
    assert failed.value.report is not None
    first, second = failed.value.report.members
    assert [call.endswith(OPEN) for call in first.calls] == [True]
    assert [call.endswith(OPEN) for call in second.calls] == ([True] if two.family == "ds8k" else [])
    assert (first.in_doubt, second.in_doubt) == (True, two.family == "ds8k")


@pytest.mark.parametrize("family", ["xiv", "ds8k"])
def test_a_call_that_was_refused_is_told_as_such(two: Linked) -> None:
    ids = pairs_of(two, 1)
    side: Side = "home" if two.family == "xiv" else "remote"
    command, code = {
        "xiv": ("mirror_switch_roles", "ACCESS_DENIED"),
        "ds8k": ("POST /cs/pprcs", "BE7A00FF"),
    }[two.family]
    two.fail(side, command, "error", code=code, times=9)
    with pytest.raises(DriverError) as failed:
        two.driver.failover_host(operation="switch", scope=Scope(ids=tuple(ids)), terms=Terms(io_stopped=True))
    assert failed.value.report is not None
    (member,) = failed.value.report.members
    assert [call.endswith(REFUSED) for call in member.calls] == [True]
    assert f"  sent: {member.calls[0]}" in report_lines(failed.value.report)


@pytest.mark.parametrize("family", ["xiv", "ds8k"])
def test_a_lost_answer_that_was_made_good_is_a_call_like_any_other(two: Linked) -> None:
    ids = pairs_of(two, 1)
    for side, command in (
        ("home", "mirror_switch_roles"),
        ("remote", "mirror_activate"),
        ("remote", "POST /cs/pprcs"),
    ):
        if command.startswith("POST") == (two.family == "ds8k"):
            two.fail(side, command, "drop_after")  # type: ignore[arg-type]
    terms = Terms(io_stopped=True)
    would = two.driver.failover_host(
        operation="switch", scope=Scope(ids=tuple(ids)), terms=Terms(io_stopped=True, dry_run=True)
    )
    done = two.driver.failover_host(operation="switch", scope=Scope(ids=tuple(ids)), terms=terms, deadline=60)
    assert done.members[0].calls == would.members[0].calls

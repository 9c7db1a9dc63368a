"""Every array call of a restore, broken in every way: a volume is never left between two contents, nor without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from support.restore_flows import RESTORE_FLOWS
from support.sweep import complete, sweep
from support.sweep_parts import Bench, Call, Flow
from terraform_provider_xivds8k.driver import Family

BUSY_S = 300
LONG_S = 900
MOST_OF_A_READ = 1  # fault each, in turn; all of them are among the long tests
CASES = [(family, flow) for flow in RESTORE_FLOWS for family in flow.families]

Lanes = Callable[[Family], Sequence[Bench]]
Record = Callable[[str, object], None]


def ways(call: Call) -> Sequence[str]:
    """Return what goes wrong with a call; no look follows a lost restore of an XIV, since none would tell."""
    blind = call.command in {"snapshot_restore", "snap_group_restore"}
    return [action for action in call.cheap_actions() if not (blind and action == "lost_then_down")]


@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize(("family", "flow"), CASES, ids=[f"{flow}-{family}" for family, flow in CASES])
def test_a_broken_call_of_a_restore_loses_and_harms_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), ways, most_of_a_read=MOST_OF_A_READ)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@pytest.mark.parametrize(("family", "flow"), CASES, ids=[f"{flow}-{family}" for family, flow in CASES])
def test_a_call_of_a_restore_broken_in_every_way_loses_and_harms_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), ways)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.parametrize("flow", RESTORE_FLOWS, ids=str)
def test_a_lost_write_of_a_restore_loses_nothing_where_the_array_turns_relations(
    lanes: Lanes, flow: Flow, record_property: Record
) -> None:
    arrays = lanes("ds8k")
    switch = {"name": "reverse_restore_turns_relation"}
    try:
        for bench in arrays:
            bench.world.ask("POST", "/switches", {"array": bench.world.name, **switch, "on": True})
        found = sweep(flow, arrays, lambda _: ("drop_before", "drop_after", "down"), only_writes=True)
    finally:
        for bench in arrays:
            bench.world.ask("POST", "/switches", {"array": bench.world.name, **switch, "on": False})
    complete(found, f"{flow} turned", record_property)

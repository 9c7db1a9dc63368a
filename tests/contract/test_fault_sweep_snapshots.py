"""Every array call of every flow on snapshots, broken in every way: no point in time is lost, doubled or unnamed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from support.snapshot_flows import DRIVER_FLOWS, RESOURCE_FLOWS, SELDOM_FLOWS
from support.sweep import Sweep, sweep
from support.sweep_parts import Bench, Call, Flow
from terraform_provider_xivds8k.driver import Family

BUSY_S = 300
LONG_S = 900
MOST_OF_A_READ = 1  # fault each, in turn; all of them are among the long tests
TURNED = (
    ("xiv", "xiv_wwn_upper_case", False),
    ("ds8k", "freed_ids_reused_first", False),
    ("ds8k", "flashcopies_key_singular", True),
    ("ds8k", "one_code_for_unconfirmed_refusals", True),
    ("ds8k", "failures_with_http_200", True),
)
SWITCHED = {"take", "destroy a snapshot"}

Lanes = Callable[[Family], Sequence[Bench]]
Record = Callable[[str, object], None]


def on_families(*flows: Flow) -> pytest.MarkDecorator:
    """Run a test for every flow on every family it is for."""
    cases = [(family, flow) for flow in flows for family in flow.families]
    return pytest.mark.parametrize(("family", "flow"), cases, ids=[f"{flow}-{family}" for family, flow in cases])


def complete(found: Sweep, flow: Flow, where: str, record: Record) -> None:
    """Judge a whole sweep, and count it for the summary."""
    record("fault_sweep", [f"{flow} {where}", len(found.covered), found.cases])
    assert not found.failures, f"{len(found.failures)} of {found.cases} cases:\n\n" + "\n".join(found.failures[:8])


def ways(call: Call) -> Sequence[str]:
    """Return what goes wrong with a call in a way of its own for these flows."""
    if call.is_write:
        return [action for action in call.cheap_actions() if action not in {"half", "delay_after", "busy"}]
    return ("error", "wrong_id", "down") if call.command.partition(" ")[2] else ("error", "garbage", "down")


@pytest.mark.timeout(BUSY_S)
@on_families(*RESOURCE_FLOWS)
def test_a_broken_call_on_snapshots_loses_doubles_and_harms_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), ways, most_of_a_read=MOST_OF_A_READ)
    complete(found, flow, family, record_property)
    assert found.covered == found.calls


@on_families(*DRIVER_FLOWS)
def test_a_lost_write_of_the_driver_on_snapshots_loses_doubles_and_harms_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    chosen = ("error", "drop_before", "drop_after", "down", "lost_then_down")
    complete(sweep(flow, lanes(family), lambda _: chosen, only_writes=True), flow, family, record_property)


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@on_families(*RESOURCE_FLOWS, *SELDOM_FLOWS, *DRIVER_FLOWS)
def test_a_call_on_snapshots_broken_in_every_way_loses_doubles_and_harms_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.cheap_actions)
    complete(found, flow, family, record_property)
    assert found.covered == found.calls


@pytest.mark.parametrize(("family", "switch", "on"), TURNED, ids=[f"{name}-{on}" for _, name, on in TURNED])
def test_a_lost_write_on_snapshots_harms_nothing_whatever_is_unconfirmed(
    lanes: Lanes, family: Family, switch: str, on: bool, record_property: Record
) -> None:
    arrays = lanes(family)
    try:
        turn(arrays, switch, on=on)
        for flow in (flow for flow in RESOURCE_FLOWS if flow.name in SWITCHED):
            found = sweep(flow, arrays, lambda _: ("drop_before", "drop_after", "error"), only_writes=True)
            complete(found, flow, switch, record_property)
    finally:
        turn(arrays, switch, on=not on)


def turn(arrays: Sequence[Bench], switch: str, *, on: bool) -> None:
    for bench in arrays:
        bench.world.ask("POST", "/switches", {"array": bench.world.name, "name": switch, "on": on})

"""Every array call of a group snapshot, broken in every way: no LSS stays frozen unnamed, and nothing half taken.

And of the copies of a DS8000's group, which are frozen and thawed alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from support.group_clone_flows import CLONES_FLOW
from support.group_snapshot_flows import GROUP_SNAPSHOT_FLOWS
from support.sweep import complete, sweep, turned
from support.sweep_parts import Bench, Call, Flow
from terraform_provider_xivds8k.driver import Family

BUSY_S = 300
LONG_S = 1200
FLOWS = (*GROUP_SNAPSHOT_FLOWS, CLONES_FLOW)
CASES = [(family, flow) for flow in FLOWS for family in flow.families]
QUICK = [(family, flow) for family, flow in CASES if flow.name != "create_cgsnapshot"]  # which the resource calls
TURNED = [
    ("take a group snapshot", "thaw_of_unfrozen_refused", True),
    ("take a group snapshot", "freeze_ends_by_timer", False),
    ("create_cgsnapshot", "thaw_of_unfrozen_refused", True),
    ("destroy a group snapshot", "flashcopies_key_singular", True),
]
ON_READS = ("error",)  # all else that may go wrong with a read is among the long tests

Lanes = Callable[[Family], Sequence[Bench]]
Record = Callable[[str, object], None]


def on(cases: Sequence[tuple[Family, Flow]]) -> pytest.MarkDecorator:
    """Run a test for every flow on every family it is for."""
    return pytest.mark.parametrize(("family", "flow"), cases, ids=[f"{flow}-{family}" for family, flow in cases])


def telling(call: Call) -> Sequence[str]:
    """Return what goes wrong in a way of its own: of the faults of a read, one of each kind."""
    return call.cheap_actions() if call.is_write else ON_READS


def briefly(call: Call) -> Sequence[str]:
    """Return what of that takes no waiting, for a flow most of whose steps are those of a group snapshot."""
    return [action for action in telling(call) if not action.startswith(("delay", "half", "garbage", "wrong_id"))]


@pytest.mark.timeout(BUSY_S)
@on(QUICK)
def test_a_broken_call_of_a_group_snapshot_freezes_nothing_unnamed_and_loses_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), briefly if flow is CLONES_FLOW else telling)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@on(CASES)
def test_a_call_of_a_group_snapshot_broken_in_every_way_freezes_nothing_unnamed_and_loses_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.every_action)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize(("name", "switch", "on"), TURNED, ids=[f"{name}-{one}-{on}" for name, one, on in TURNED])
def test_a_lost_write_of_a_group_snapshot_freezes_nothing_unnamed_whatever_is_unconfirmed(
    lanes: Lanes, name: str, switch: str, record_property: Record, *, on: bool
) -> None:
    (flow,) = [flow for flow in FLOWS if flow.name == name]
    with turned(lanes("ds8k"), {switch: on}) as arrays:
        found = sweep(flow, arrays, lambda _: ("drop_before", "drop_after", "down"), only_writes=True)
    complete(found, f"{flow} {switch}", record_property)

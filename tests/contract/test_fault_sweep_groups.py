"""Every array call of every flow on consistency groups, broken in every way: no volume is harmed, no group unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from support.group_benches import group_benches
from support.group_flows import FROM_SOURCE, GROUP_FLOWS
from support.sweep import complete, sweep, turned
from support.sweep_parts import Bench, Call, Flow
from terraform_provider_xivds8k.driver import Family

LANES = 8
BUSY_S = 300
LONG_S = 900
MOST_OF_A_READ = 1  # fault each, in turn; all of them are among the long tests
CASES = [(family, flow) for flow in GROUP_FLOWS for family in flow.families]
CHANGING = [flow for flow in GROUP_FLOWS if "xiv" in flow.families and not flow.name.startswith(("read", "import"))]
SWITCHES = {  # unconfirmed facts a flow on groups meets, with the position that is not the default
    "xiv_group_missing_is_bad_name": False,
    "xiv_names_case_sensitive": True,
    "xiv_filter_unknown_empty": False,
    "xiv_warnings_need_sure": False,
}

Lanes = Callable[[Family], Sequence[Bench]]
Record = Callable[[str, object], None]


@pytest.fixture(scope="session")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lanes]:
    """Return how to get the arrays of a family that this worker sweeps on, made when first asked for."""
    made: dict[Family, Sequence[Bench]] = {}
    with ExitStack() as stack:

        def get(family: Family) -> Sequence[Bench]:
            if family not in made:
                made[family] = stack.enter_context(group_benches(tmp_path_factory.mktemp("groups"), family, LANES))
            return made[family]

        yield get


@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize(("family", "flow"), CASES, ids=[f"{flow}-{family}" for family, flow in CASES])
def test_a_broken_call_harms_no_volume_and_leaves_no_group_unseen(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.cheap_actions, most_of_a_read=MOST_OF_A_READ)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@pytest.mark.parametrize(("family", "flow"), CASES, ids=[f"{flow}-{family}" for family, flow in CASES])
def test_a_call_broken_in_every_way_harms_no_volume_and_leaves_no_group_unseen(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.cheap_actions)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.timeout(BUSY_S)
def test_a_broken_write_of_a_copy_of_a_group_leaves_nothing_unnamed(lanes: Lanes, record_property: Record) -> None:
    """What it reads is read by the flows it is made of, whose own sweeps break that."""
    ways = ("error", "drop_before", "drop_after", "garbage", "down", "lost_then_down")
    found = sweep(FROM_SOURCE, lanes("xiv"), lambda _: ways, only_writes=True)
    complete(found, f"{FROM_SOURCE} xiv", record_property)


def test_a_lost_write_harms_nothing_whatever_is_unconfirmed(lanes: Lanes, record_property: Record) -> None:
    with turned(lanes("xiv"), SWITCHES) as arrays:
        for flow in CHANGING:
            found = sweep(flow, arrays, lambda _: ("drop_before", "drop_after"), only_writes=True)
            complete(found, f"{flow} turned", record_property)
            assert found.covered == {call for call in found.calls if call.is_write}

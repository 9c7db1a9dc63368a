"""Every array call of every flow on hosts, broken in every way: no host unseen or gone unasked, no port moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from support.host_benches import host_benches
from support.host_flows import CHANGES, WHOLE_FLOWS
from support.sweep import complete, sweep, turned
from support.sweep_parts import Bench, Call, Flow
from terraform_provider_xivds8k.driver import Family

LANES = 8
BUSY_S = 300
LONG_S = 900
MOST_OF_A_READ = 1  # fault each, in turn; all of them are among the long tests
WRITES = [flow for flow in (*WHOLE_FLOWS, *CHANGES) if not flow.name.startswith(("read", "import"))]
SWITCHES: dict[Family, dict[str, bool]] = {  # unconfirmed facts a flow on hosts meets, turned away from their default
    "xiv": {
        "xiv_own_port_again_refused": True,
        "xiv_host_delete_in_cluster_refused": False,
        "xiv_wwn_upper_case": False,
        "xiv_warnings_need_sure": False,
        "xiv_names_case_sensitive": True,
        "xiv_iqn_case_kept": False,
    },
    "ds8k": {
        "own_port_again_refused": True,
        "assign_takes_ports": True,
        "creates_return_links_only": True,
        "empty_delete_answers": True,
        "hosts_list_mappings_briefs": False,
    },
}

Lanes = Callable[[Family], Sequence[Bench]]
Record = Callable[[str, object], None]


def cases(flows: Sequence[Flow]) -> pytest.MarkDecorator:
    """Run a test for every flow on every family it is for."""
    found = [(family, flow) for flow in flows for family in flow.families]
    return pytest.mark.parametrize(("family", "flow"), found, ids=[f"{flow}-{family}" for family, flow in found])


@pytest.fixture(scope="session")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lanes]:
    """Return how to get the arrays of a family that this worker sweeps on, made when first asked for."""
    made: dict[Family, Sequence[Bench]] = {}
    with ExitStack() as stack:

        def get(family: Family) -> Sequence[Bench]:
            if family not in made:
                made[family] = stack.enter_context(host_benches(tmp_path_factory.mktemp("hosts"), family, LANES))
            return made[family]

        yield get


@pytest.mark.timeout(BUSY_S)
@cases(WHOLE_FLOWS)
def test_a_broken_call_leaves_no_host_unseen_and_takes_none_away(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.cheap_actions, most_of_a_read=MOST_OF_A_READ)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@cases(WHOLE_FLOWS)
def test_a_call_broken_in_every_way_leaves_no_host_unseen_and_takes_none_away(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.cheap_actions)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.timeout(BUSY_S)
@cases(CHANGES)
def test_a_broken_write_of_a_change_leaves_a_host_between_what_it_was_and_shall_be(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    """What it reads is read by the flows above, in the same steps."""
    found = sweep(flow, lanes(family), Call.cheap_actions, only_writes=True)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == {call for call in found.calls if call.is_write}


@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize("family", ["xiv", "ds8k"])
def test_a_lost_write_harms_nothing_whatever_is_unconfirmed(
    lanes: Lanes, family: Family, record_property: Record
) -> None:
    with turned(lanes(family), SWITCHES[family]) as arrays:
        for flow in (flow for flow in WRITES if family in flow.families):
            found = sweep(flow, arrays, lambda _: ("drop_before", "drop_after"), only_writes=True)
            complete(found, f"{flow} turned", record_property)
            assert found.covered == {call for call in found.calls if call.is_write}

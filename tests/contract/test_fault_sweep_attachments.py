"""Every array call of every flow on attachments, broken in every way: no mapping is lost, doubled or foreign."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from support.attachment_flows import ATTACHMENT_FLOWS, attachment_benches
from support.sweep import complete, sweep, turned
from support.sweep_parts import Bench, Call, Flow
from terraform_provider_xivds8k.driver import Family

LANES = 8
BUSY_S = 300
LONG_S = 900
MOST_OF_A_READ = 1  # fault each, in turn; all of them are among the long tests
CASES = [(family, flow) for flow in ATTACHMENT_FLOWS for family in flow.families]
CHANGING = [flow for flow in ATTACHMENT_FLOWS if not flow.name.startswith(("read", "import"))]
SWITCHES: dict[Family, dict[str, bool]] = {  # unconfirmed facts a flow meets, with the position that is not the default
    "xiv": {"xiv_unmap_missing_refused": False, "xiv_warnings_need_sure": False, "xiv_names_case_sensitive": True},
    "ds8k": {
        "second_mapping_refused": True,
        "one_code_for_unconfirmed_refusals": True,
        "hosts_list_mappings_briefs": False,
        "empty_delete_answers": True,
        "creates_return_links_only": True,
    },
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
                folder = tmp_path_factory.mktemp("attachments")
                made[family] = stack.enter_context(attachment_benches(folder, family, LANES))
            return made[family]

        yield get


@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize(("family", "flow"), CASES, ids=[f"{flow}-{family}" for family, flow in CASES])
def test_a_broken_call_loses_doubles_and_mistakes_no_mapping(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.cheap_actions, most_of_a_read=MOST_OF_A_READ)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@pytest.mark.parametrize(("family", "flow"), CASES, ids=[f"{flow}-{family}" for family, flow in CASES])
def test_a_call_broken_in_every_way_loses_doubles_and_mistakes_no_mapping(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.cheap_actions)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize("family", ["xiv", "ds8k"])
def test_a_lost_write_harms_nothing_whatever_is_unconfirmed(
    lanes: Lanes, family: Family, record_property: Record
) -> None:
    with turned(lanes(family), SWITCHES[family]) as arrays:
        for flow in (flow for flow in CHANGING if family in flow.families):
            found = sweep(flow, arrays, lambda _: ("drop_before", "drop_after", "error"), only_writes=True)
            complete(found, f"{flow} turned", record_property)

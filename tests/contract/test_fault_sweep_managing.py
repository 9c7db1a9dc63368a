"""Every array call of taking and giving up a volume, broken in every way: it stays, and no name is left halfway."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from support.managing_flows import MANAGING_FLOWS
from support.sweep import complete, sweep, turned
from support.sweep_parts import Bench, Call, Flow
from terraform_provider_xivds8k.driver import Family

BUSY_S = 300
LONG_S = 900
MOST_OF_A_READ = 1  # fault each, in turn; all of them are among the long tests
CASES = [(family, flow) for flow in MANAGING_FLOWS for family in flow.families]
WRITING = [(family, flow) for family, flow in CASES if not flow.name.startswith("import")]
SWITCHES = {  # unconfirmed facts these flows meet, with the position that is not the default
    "xiv": {
        "xiv_names_case_sensitive": True,
        "xiv_names_restricted": False,
        "xiv_filter_unknown_empty": False,
        "xiv_warnings_need_sure": False,
        "xiv_wwn_upper_case": False,
    },
    "ds8k": {"flashcopies_key_singular": True},
}

Lanes = Callable[[Family], Sequence[Bench]]
Record = Callable[[str, object], None]


@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize(("family", "flow"), CASES, ids=[f"{flow}-{family}" for family, flow in CASES])
def test_a_broken_call_harms_no_volume_and_leaves_no_name_halfway(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.cheap_actions, most_of_a_read=MOST_OF_A_READ)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@pytest.mark.parametrize(("family", "flow"), CASES, ids=[f"{flow}-{family}" for family, flow in CASES])
def test_a_call_broken_in_every_way_harms_no_volume_and_leaves_no_name_halfway(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.cheap_actions)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.parametrize(("family", "flow"), WRITING, ids=[f"{flow}-{family}" for family, flow in WRITING])
def test_a_lost_write_harms_nothing_whatever_is_unconfirmed(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    with turned(lanes(family), SWITCHES[family]) as arrays:
        found = sweep(flow, arrays, lambda _: ("drop_before", "drop_after", "down"), only_writes=True)
    complete(found, f"{flow} turned", record_property)

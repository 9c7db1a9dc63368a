"""Every array call of every flow on volumes, broken in every way: nothing is lost, doubled or harmed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from support.sweep import Bench, Call, Flow, sweep
from support.sweep_benches import benches
from support.volume_flows import DRIVER_FLOWS, RESOURCE_FLOWS
from terraform_provider_xivds8k.driver import Family

LANES = 4
FLOWS = [(family, flow) for flow in (*RESOURCE_FLOWS, *DRIVER_FLOWS) for family in flow.families]

Lanes = Callable[[Family], Sequence[Bench]]
Record = Callable[[str, object], None]


@pytest.fixture(scope="session")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lanes]:
    """Return how to get the arrays of a family that this worker sweeps on, made when first asked for."""
    from contextlib import ExitStack

    made: dict[Family, Sequence[Bench]] = {}
    with ExitStack() as stack:

        def get(family: Family) -> Sequence[Bench]:
            if family not in made:
                made[family] = stack.enter_context(benches(tmp_path_factory.mktemp("sweep"), family, LANES))
            return made[family]

        yield get


@pytest.mark.parametrize(("family", "flow"), FLOWS, ids=[f"{flow}-{family}" for family, flow in FLOWS])
def test_a_broken_call_loses_doubles_and_harms_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.telling_actions if flow in DRIVER_FLOWS else Call.cheap_actions)
    record_property("fault_sweep", [len(found.covered), found.cases])
    assert found.covered == found.calls
    assert not found.failures, f"{len(found.failures)} of {found.cases} cases:\n\n" + "\n".join(found.failures[:8])

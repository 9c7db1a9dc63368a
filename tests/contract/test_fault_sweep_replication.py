"""Replications while calls to either array go wrong, or an array dies: set up, moved, grown and ended all the same.

After every broken call the state is one the table names, nothing is writable on both sides that was not before, what
may be written holds all that ever was, and running again finishes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack

import pytest

from support.replication_flows import PAIR_FLOWS
from support.replication_sweep import Chosen, Lane, PairFlow, sweep_pairs
from support.replication_switches import TURNED
from support.sweep import complete
from terraform_provider_xivds8k.driver import Family

BUSY_S, LONG_S = 300, 1800
LANES = 6
QUICK = Chosen(of_a_write=2, of_a_read=1, each_read=6)
ONE_LOST, LOST = Chosen(of_a_write=1, of_a_read=0), Chosen(of_a_write=3, of_a_read=0)

PairLanes = Callable[[Family], Sequence[Lane]]
Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def pair_lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PairLanes]:
    """Return how to get linked arrays of a family that this worker sweeps on, made when first asked for."""
    made: dict[Family, Sequence[Lane]] = {}
    with ExitStack() as stack:

        def get(family: Family) -> Sequence[Lane]:
            if family not in made:
                made[family] = tuple(Lane(family, tmp_path_factory.mktemp("pairs")) for _ in range(LANES))
                for lane in made[family]:
                    stack.callback(lane.close)
            return made[family]

        yield get


@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize("flow", PAIR_FLOWS, ids=str)
def test_a_broken_call_leaves_a_pair_in_a_state_that_running_again_finishes(
    pair_lanes: PairLanes, flow: PairFlow, record_property: Record
) -> None:
    """Every write in some ways, in turn, and some of the reads."""
    complete(sweep_pairs(flow, pair_lanes(flow.family), QUICK), str(flow), record_property)


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@pytest.mark.parametrize("flow", PAIR_FLOWS, ids=str)
def test_a_call_broken_in_every_way_leaves_a_pair_in_a_state_that_running_again_finishes(
    pair_lanes: PairLanes, flow: PairFlow, record_property: Record
) -> None:
    complete(sweep_pairs(flow, pair_lanes(flow.family), Chosen()), str(flow), record_property)


BY_TURNS = [  # a third of the flows, and each fact with some of them
    (flow, TURNED[flow.family][number % len(TURNED[flow.family])])
    for family in TURNED
    for number, flow in enumerate([flow for flow in PAIR_FLOWS if flow.family == family][::3])
]
ALL_TURNS = [(flow, turned) for flow in PAIR_FLOWS for turned in TURNED[flow.family]]


def _named(cases: Sequence[tuple[PairFlow, Mapping[str, bool]]]) -> list[str]:
    return [f"{flow} {' '.join(turned)}" for flow, turned in cases]


def _sweep_turned(
    lanes: Sequence[Lane], flow: PairFlow, turned: Mapping[str, bool], chosen: Chosen, record: Record
) -> None:
    for lane in lanes:
        lane.turn(turned)
    try:
        complete(sweep_pairs(flow, lanes, chosen), f"{flow} turned", record)
    finally:
        for lane in lanes:
            lane.turn({})


@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize(("flow", "turned"), BY_TURNS, ids=_named(BY_TURNS))
def test_a_lost_write_leaves_a_pair_well_whatever_is_unconfirmed(
    pair_lanes: PairLanes, flow: PairFlow, turned: Mapping[str, bool], record_property: Record
) -> None:
    """Some flows meet some of the facts, together all of them; the long run has each flow meet each."""
    _sweep_turned(pair_lanes(flow.family)[:2], flow, turned, ONE_LOST, record_property)


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@pytest.mark.parametrize(("flow", "turned"), ALL_TURNS, ids=_named(ALL_TURNS))
def test_a_write_lost_in_any_way_leaves_a_pair_well_whatever_is_unconfirmed(
    pair_lanes: PairLanes, flow: PairFlow, turned: Mapping[str, bool], record_property: Record
) -> None:
    _sweep_turned(pair_lanes(flow.family), flow, turned, LOST, record_property)

"""Every array call of a copy, broken in every way: the source is not harmed, and no part is taken for the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from support.clone_flows import CLONE_FLOWS, TURNED_FLOW
from support.sweep import complete, sweep, turned
from support.sweep_parts import Bench, Call, Flow
from terraform_provider_xivds8k.driver import Family

BUSY_S = 300
ALL = [(family, flow) for flow in CLONE_FLOWS for family in flow.families]
CASES = [case for case in ALL if case[1] is not CLONE_FLOWS[0]]
# what is not confirmed and a copy meets, each the other way round
TURNED: list[tuple[Family, str, bool, Flow]] = [
    ("ds8k", "flashcopy_from_target_refused", False, TURNED_FLOW),
    ("ds8k", "flashcopies_key_singular", True, CLONE_FLOWS[0]),
    ("xiv", "xiv_copy_needs_formatted", False, CLONE_FLOWS[0]),
    ("xiv", "xiv_new_volume_uses_nothing", False, CLONE_FLOWS[2]),
    ("xiv", "xiv_size_blocks_rounded", True, CLONE_FLOWS[0]),
]

Lanes = Callable[[Family], Sequence[Bench]]
Record = Callable[[str, object], None]


def ways(call: Call) -> Sequence[str]:
    """Return what goes wrong with a call; with a read little, since most of them are swept with volumes."""
    if call.is_write:
        return call.cheap_actions()
    return ("down",) if call.command.startswith(("GET /cs/", "vol_list")) else ("error",)


@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize("family", CLONE_FLOWS[0].families)
def test_a_broken_call_of_a_copy_loses_doubles_and_harms_nothing(
    lanes: Lanes, family: Family, record_property: Record
) -> None:
    flow = CLONE_FLOWS[0]
    found = sweep(flow, lanes(family), ways)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls


@pytest.mark.parametrize(("family", "flow"), CASES, ids=[f"{flow}-{family}" for family, flow in CASES])
def test_a_broken_write_of_a_copy_loses_doubles_and_harms_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), lambda _: ("error", "drop_before", "drop_after", "down"), only_writes=True)
    complete(found, f"{flow} {family}", record_property)


@pytest.mark.parametrize("case", TURNED, ids=[switch for _, switch, _, _ in TURNED])
def test_a_lost_write_of_a_copy_loses_doubles_and_harms_nothing_whatever_is_unconfirmed(
    lanes: Lanes, case: tuple[Family, str, bool, Flow], record_property: Record
) -> None:
    family, switch, on, flow = case
    with turned(lanes(family), {switch: on}) as arrays:
        found = sweep(flow, arrays, lambda _: ("drop_before", "drop_after", "down"), only_writes=True)
    complete(found, f"{flow} {switch}", record_property)


@pytest.mark.long
@pytest.mark.timeout(BUSY_S)
@pytest.mark.parametrize(("family", "flow"), ALL, ids=[f"{flow}-{family}" for family, flow in ALL])
def test_a_call_of_a_copy_broken_in_every_way_loses_doubles_and_harms_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.cheap_actions)
    complete(found, f"{flow} {family}", record_property)
    assert found.covered == found.calls

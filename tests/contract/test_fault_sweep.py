"""Every array call of every flow on volumes, broken in every way: nothing is lost, doubled or harmed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.sweep import Sweep, sweep
from support.sweep_benches import benches
from support.sweep_parts import Bench, Call, Flow
from support.volume_flows import DRIVER_FLOWS, RESOURCE_FLOWS, WRITTEN_FLOWS
from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.simulators.ds8k.switches import SWITCHES as DS8K_SWITCHES
from terraform_provider_xivds8k.simulators.switches import Switch
from terraform_provider_xivds8k.simulators.xiv.switches import SWITCHES as XIV_SWITCHES

BUSY_S = 300  # on a machine with other things to do
LONG_S = 900
MOST_OF_A_READ = 1  # fault each, in turn; all of them are among the long tests
VARIANT, LANES = "xiv_is_a9000", 6
# facts about hosts, groups, copies and signing in, none of which a flow on volumes meets
ELSEWHERE = {
    "xiv_move_in_group_refused",
    "xiv_copy_needs_formatted",
    "xiv_unmap_missing_refused",
    "xiv_lun_zero_allowed",
    "xiv_host_delete_unmaps",
    "xiv_host_delete_in_cluster_refused",
    "xiv_retype_mapped_refused",
    "xiv_join_mapped_refused",
    "xiv_own_port_again_refused",
    "xiv_iqn_case_kept",
    "xiv_chap_cleared_by_empty",
    "xiv_refusals_repeat_arguments",
    "xiv_fc_connectivity",
    "retype_mapped_host_refused",
    "auto_host_type_is_resolved",
    "assign_takes_ports",
    "own_port_again_refused",
    "xiv_group_missing_is_bad_name",
    "xiv_login_code_specific",
    "xiv_qos_on_volumes",
    "bad_credentials_http_400",
    "flashcopies_key_singular",
    "move_across_nodes_refused",
    "bulk_delete_is_all_or_nothing",
    "delete_mapped_volume_refused",
    "delete_mapped_host_refused",
    "recent_io_blocks_delete",
    "second_mapping_refused",
    "flashcopy_from_target_refused",
    "twelve_relations_a_source",
    "freeze_ends_by_timer",
    "reverse_restore_turns_relation",
    "thaw_of_unfrozen_refused",
}
SWITCHES = [switch for switch in (*XIV_SWITCHES, *DS8K_SWITCHES) if switch.name not in ELSEWHERE]
TURNED = [f"{switch.name}-{'off' if switch.default else 'on'}" for switch in SWITCHES]
SWITCHED = {"create", "create thin", "create an OS/400 model", "grow", "move", "destroy"}

Lanes = Callable[[Family], Sequence[Bench]]
Record = Callable[[str, object], None]
Actions = Callable[[Call], Sequence[str]]


def on_families(*flows: Flow) -> pytest.MarkDecorator:
    """Run a test for every flow on every family it is for."""
    cases = [(family, flow) for flow in flows for family in flow.families]
    return pytest.mark.parametrize(("family", "flow"), cases, ids=[f"{flow}-{family}" for family, flow in cases])


def complete(found: Sweep, flow: Flow, family: str, record: Record) -> None:
    """Judge a whole sweep, and count it for the summary."""
    record("fault_sweep", [f"{flow} {family}", len(found.covered), found.cases])
    assert not found.failures, f"{len(found.failures)} of {found.cases} cases:\n\n" + "\n".join(found.failures[:8])


@pytest.mark.timeout(BUSY_S)
@on_families(*RESOURCE_FLOWS, *DRIVER_FLOWS)
def test_a_broken_call_loses_doubles_and_harms_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    """An answer of 200 MiB is sent to the driver's own flows alone: it takes half a second each time."""
    chosen = Call.telling_actions if flow in DRIVER_FLOWS else Call.cheap_actions
    found = sweep(flow, lanes(family), chosen, most_of_a_read=MOST_OF_A_READ)
    complete(found, flow, family, record_property)
    assert found.covered == found.calls


@on_families(*WRITTEN_FLOWS)
def test_what_a_creation_in_doubt_made_and_a_host_wrote_to_is_kept(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    """It is refused, naming the volume, and both ways out keep what was written."""
    found = sweep(flow, lanes(family), lambda _: ("down", "delay_before", "lost_then_down"), only_writes=True)
    complete(found, flow, family, record_property)


@pytest.mark.parametrize("switch", SWITCHES, ids=TURNED)
def test_a_lost_write_loses_doubles_and_harms_nothing_whatever_is_unconfirmed(
    lanes: Lanes, switch: Switch, tmp_path: Path, record_property: Record
) -> None:
    with turned(lanes, switch, tmp_path) as arrays:
        for flow in switched_flows(switch):
            found = sweep(flow, arrays, lambda _: ("drop_before", "drop_after"), only_writes=True)
            complete(found, flow, switch.family, record_property)
            assert {call for call in found.calls if call.is_write} == found.covered


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@on_families(*RESOURCE_FLOWS, *DRIVER_FLOWS)
def test_a_call_broken_in_every_way_there_is_loses_doubles_and_harms_nothing(
    lanes: Lanes, family: Family, flow: Flow, record_property: Record
) -> None:
    found = sweep(flow, lanes(family), Call.every_action)
    complete(found, flow, family, record_property)
    assert found.covered == found.calls


@pytest.mark.long
@pytest.mark.timeout(LONG_S)
@pytest.mark.parametrize("switch", SWITCHES, ids=TURNED)
def test_a_broken_call_loses_doubles_and_harms_nothing_whatever_is_unconfirmed(
    lanes: Lanes, switch: Switch, tmp_path: Path, record_property: Record
) -> None:
    with turned(lanes, switch, tmp_path) as arrays:
        for flow in switched_flows(switch):
            found = sweep(flow, arrays, Call.cheap_actions)
            complete(found, flow, switch.family, record_property)
            assert found.covered == found.calls


def switched_flows(switch: Switch) -> list[Flow]:
    """Return the flows that are swept with a switch turned."""
    return [flow for flow in RESOURCE_FLOWS if flow.name in SWITCHED and switch.family in flow.families]


@contextmanager
def turned(lanes: Lanes, switch: Switch, folder: Path) -> Iterator[Sequence[Bench]]:
    """Give arrays on which one unconfirmed fact is the other way round; another variant is another array."""
    if switch.name == VARIANT:
        with benches(folder, "xiv", LANES, **{switch.name: True}) as variants:
            yield variants
        return
    arrays = lanes("xiv" if switch.family == "xiv" else "ds8k")
    try:
        turn(arrays, switch, on=not switch.default)
        yield arrays
    finally:
        turn(arrays, switch, on=switch.default)


def turn(arrays: Sequence[Bench], switch: Switch, *, on: bool) -> None:
    for bench in arrays:
        bench.world.ask("POST", "/switches", {"array": bench.world.name, "name": switch.name, "on": on})

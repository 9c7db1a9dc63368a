"""A group snapshot not taken for certain: its state keeps what is left, and the next run thaws and finishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.group_stage import LSSS, Members, members, turn
from support.late_copies import let_time_pass, refused_for_now
from support.simulated import World
from terraform_provider_xivds8k.driver.flows.freezing import OPTIONS

Manage = Callable[..., Core]
COPY, THAW = "POST /cs/flashcopies", "POST /cs/flashcopies/unfreeze"
DS8K = pytest.mark.parametrize("family", ["ds8k"])
XIV = pytest.mark.parametrize("family", ["xiv"])
BOTH = pytest.mark.parametrize("refused", [False, True], ids=["thaw_again_is_done", "thaw_again_is_refused"])


def config(group: Members, **more: Any) -> dict[str, Any]:
    """Return a configuration of a group snapshot of all members."""
    return {"consistency_group_id": group.group_id, "name": "monday", "volume_ids": group.ids, **more}


def fails(core: Core, group: Members) -> Rejected:
    """Have the creation fail and return what the user is told."""
    with pytest.raises(Rejected) as refused:
        core.run(config(group))
    return refused.value


def targets(array: World) -> set[str]:
    """Return the ids of the volumes that bear names of targets."""
    return {one.id for one in array.driver.list_volumes() if one.name.startswith("monday_")}


@DS8K
@BOTH
def test_targets_whose_copy_may_still_come_are_in_the_state_and_removed_by_the_next_run(
    array: World, manage_group_snapshot: Manage, *, refused: bool
) -> None:
    turn(array, "thaw_of_unfrozen_refused", on=refused)
    group, core = members(array), manage_group_snapshot()
    array.fail(COPY, "drop_before")
    fails(core, group)
    state = state_of(core)
    assert (state["id"], state["lost"], set(state["volume_ids"])) == (None, None, set(group.ids))
    left = set(state["snapshot_ids"].values())
    assert left == targets(array)
    said = core.refresh()
    assert any("not known whether" in one for one in warnings_of(said))
    assert all(lss in said.items[0].detail for lss in LSSS)
    refused_for_now(core, config(group))
    assert left == targets(array)
    let_time_pass(core)
    made = core.run(config(group))
    assert made.action == "replace"
    assert state_of(core)["id"]
    assert targets(array) == set(state_of(core)["snapshot_ids"].values())
    assert group.frozen == set()


@DS8K
def test_the_copy_that_came_late_is_thawed_and_withdrawn_by_a_destroy(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array), manage_group_snapshot()
    array.fail(COPY, "drop_before")
    fails(core, group)
    arrived = array.driver._core
    assert arrived.array.flashcopies is not None
    arrived.array.flashcopies.establish(tuple(state_of(core)["snapshot_ids"].items()), OPTIONS, arrived.budget())
    assert group.frozen == set(LSSS)
    core.refresh()
    core.run(None)
    assert (core.instance, targets(array), group.frozen) == (None, set(), set())


@DS8K
def test_lsss_whose_thaw_is_not_confirmed_stay_in_the_state_and_a_re_run_thaws_them_first(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array), manage_group_snapshot()
    array.fail(THAW, "error", code="BE7A0000", times=1000)
    told = str(fails(core, group))
    assert all(lss in told for lss in LSSS)
    assert (group.frozen, targets(array)) == (set(LSSS), set())
    said = core.refresh()
    assert all(lss in said.items[0].detail for lss in LSSS)
    array.ask("DELETE", "/faults")
    again = manage_group_snapshot()  # another process, which remembers nothing
    again.instance = core.instance
    again.run(None)
    assert again.instance is None
    assert group.frozen == set()


@DS8K
def test_an_untainted_one_is_never_called_consistent(array: World, manage_group_snapshot: Manage) -> None:
    group, core = members(array), manage_group_snapshot()
    array.fail(COPY, "drop_before")
    fails(core, group)
    assert core.instance is not None
    core.instance.tainted = False
    made = core.plan(config(group))
    assert made.action == "update"
    with pytest.raises(Rejected, match="was not taken over"):
        core.apply(made)


@DS8K
def test_a_target_in_doubt_goes_only_while_it_is_provably_empty(array: World, manage_group_snapshot: Manage) -> None:
    group, core = members(array), manage_group_snapshot()
    array.fail("POST /volumes", "drop_before", nth=2)
    fails(core, group)
    assert (targets(array), state_of(core)["id"]) == (set(), None)
    pool, _ = array.pools()
    late = array.driver.create_volume(
        name=f"monday_{group.ids[1]}", pool=pool.id, size_bytes=2**30, provisioning="thin"
    )
    core.refresh()
    array.ask("POST", "/io", {"array": array.name, "volume": late.id, "write": "mine"})
    with pytest.raises(Rejected, match=late.id):
        core.run(config(group))
    assert targets(array) == {late.id}
    array.driver.delete_volume(volume_id=late.id)
    core.run(config(group))
    assert state_of(core)["id"]


@DS8K
@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("DELETE /cs/flashcopies/{id}", {"action": "error", "code": "BE7A0000"}),
        ("DELETE /volumes/{id}", {"action": "drop_before"}),
    ],
    ids=["the_copy", "the_target"],
)
def test_a_deletion_that_fails_halfway_keeps_what_is_left_and_is_finished_by_the_next_run(
    array: World, manage_group_snapshot: Manage, command: str, fault: dict[str, Any]
) -> None:
    group, core = members(array, 3), manage_group_snapshot()
    core.run(config(group))
    array.fail(command, nth=2, **fault)
    with pytest.raises(Rejected):
        core.run(None)
    assert len(state_of(core)["snapshot_ids"]) == len(targets(array)) == 2
    said = core.refresh()
    assert any("half deleted" in one for one in warnings_of(said))
    core.run(None)
    assert (core.instance, targets(array)) == (None, set())


@DS8K
def test_what_a_failed_deletion_left_is_replaced_by_the_next_apply(array: World, manage_group_snapshot: Manage) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    array.fail("DELETE /volumes/{id}", "drop_before")
    with pytest.raises(Rejected):
        core.run(None)
    assert core.run(config(group)).action == "replace"
    assert targets(array) == set(state_of(core)["snapshot_ids"].values())


@XIV
def test_one_the_array_never_took_is_gone_with_a_warning(array: World, manage_group_snapshot: Manage) -> None:
    group, core = members(array), manage_group_snapshot()
    array.fail("cg_snapshots_create", "drop_before")
    fails(core, group)
    assert (state_of(core)["id"], state_of(core)["name"]) == (None, "monday")
    assert any("never taken" in one for one in warnings_of(core.refresh()))
    assert core.instance is None


@XIV
def test_one_the_array_took_late_is_named_taken_over_when_untainted_and_never_deleted(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array), manage_group_snapshot()
    array.fail("cg_snapshots_create", "drop_before")
    fails(core, group)
    late = group.take("monday")
    said = core.refresh()
    assert "monday" in said.items[0].detail
    with pytest.raises(Rejected, match="in doubt and was not deleted") as refused:
        core.run(None)
    assert "untaint" in str(refused.value)
    assert core.instance is not None
    core.instance.tainted = False
    assert core.run(config(group)).action == "update"
    assert state_of(core)["snapshot_ids"] == {one.volume_id: one.id for one in late.snapshots}
    assert core.plan(config(group)).action == "no-op"


@DS8K
@pytest.mark.parametrize(
    "fault", [{"action": "error", "code": "BE74121D"}, {"action": "drop_before", "times": 2}], ids=["refused", "cut"]
)
def test_a_destroy_that_withdrew_nothing_leaves_the_point_in_time_whole(
    array: World, manage_group_snapshot: Manage, fault: dict[str, Any]
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    before = state_of(core)
    array.fail("DELETE /cs/flashcopies/{id}", **fault)
    with pytest.raises(Rejected):
        core.run(None)
    assert not warnings_of(core.refresh())
    assert state_of(core) == before
    assert core.plan(config(group)).action == "no-op"


@DS8K
def test_replacing_what_is_half_deleted_says_what_it_loses_while_something_holds(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array, 3), manage_group_snapshot()
    core.run(config(group))
    array.fail("DELETE /cs/flashcopies/{id}", "error", code="BE7A0000", nth=2)
    with pytest.raises(Rejected):
        core.run(None)
    core.refresh()
    assert any("loses the point in time" in one for one in warnings_of(core.plan(config(group)).diagnostics))
    array.fail("DELETE /volumes/{id}", "drop_before", nth=2)
    with pytest.raises(Rejected):
        core.run(None)
    core.refresh()
    assert not any("loses the point in time" in one for one in warnings_of(core.plan(config(group)).diagnostics))

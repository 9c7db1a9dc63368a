"""Taking a group snapshot again deletes the old one first: it is not planned where the new one could not be taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.group_stage import Members, held, lose, members
from support.simulated import World
from support.xcli import Xcli
from terraform_provider_xivds8k.driver import Refused
from terraform_provider_xivds8k.schema import UNKNOWN

Manage = Callable[..., Core]
DS8K = pytest.mark.parametrize("family", ["ds8k"])
XIV = pytest.mark.parametrize("family", ["xiv"])


def config(group: Members, **more: Any) -> dict[str, Any]:
    """Return a configuration of a group snapshot of all members."""
    return {"consistency_group_id": group.group_id, "name": "monday", "volume_ids": group.ids, **more}


@XIV
def test_a_group_that_is_not_there_is_refused_before_the_point_in_time_is_lost(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    with pytest.raises(Rejected, match="no consistency group typo"):
        core.plan(config(group, consistency_group_id="typo"))


@XIV
def test_a_group_with_other_members_is_refused_before_the_point_in_time_is_lost(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    other = members(array)
    with pytest.raises(Rejected, match=group.ids[0]):
        core.plan(config(group, consistency_group_id=other.group_id))
    assert core.plan(config(other)).action == "replace"


@XIV
def test_a_replacement_asked_for_is_refused_once_a_member_has_left_the_group(
    array: World, manage_group_snapshot: Manage, xcli: Xcli
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    assert core.plan(config(group), replace=True).action == "replace"
    xcli.does("cg_remove_vol", vol=group.volumes[1].name)
    with pytest.raises(Rejected, match=group.ids[1]) as refused:
        core.plan(config(group), replace=True)
    assert "could not be taken again" in str(refused.value)
    assert core.plan(config(group)).action == "no-op"
    assert core.plan(None).action == "delete"


@DS8K
def test_a_volume_that_is_gone_is_told_before_the_point_in_time_of_the_others_is_lost(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    with pytest.raises(Rejected, match="no volume 10FE"):
        core.plan(config(group, volume_ids=[*group.ids, "10FE"]), replace=True)


@DS8K
def test_a_lost_one_whose_target_still_bears_its_name_is_kept_and_the_target_named(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array), manage_group_snapshot()
    wished = config(group, recreate_when_lost=True)
    core.run(wished)
    lose(group, state_of(core))
    core.refresh()
    targets = state_of(core)["snapshot_ids"].values()
    made = core.plan(wished)
    assert made.action == "no-op"
    (said,) = made.diagnostics.items
    assert said.severity == "warning"
    assert all(target in said.detail for target in targets)
    with pytest.raises(Rejected, match="could not be taken again"):
        core.plan(config(group), replace=True)
    for target in targets:
        array.driver.delete_volume(volume_id=target)
    assert core.run(wished).action == "replace"
    assert state_of(core)["lost"] is False


@XIV
def test_a_lost_one_whose_single_snapshots_are_left_is_kept_and_they_are_named(
    array: World, manage_group_snapshot: Manage, xcli: Xcli
) -> None:
    group, core = members(array), manage_group_snapshot()
    wished = config(group, recreate_when_lost=True)
    core.run(wished)
    xcli.does("snap_group_disband", snap_group="monday")
    core.refresh()
    assert state_of(core)["lost"] is True
    made = core.plan(wished)
    assert made.action == "no-op"
    assert f"monday.{group.volumes[0].name}" in made.diagnostics.items[0].detail


def test_whether_a_lost_one_is_taken_again_waits_while_that_is_not_known(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group, recreate_when_lost=False))
    lose(group, state_of(core))
    core.refresh()
    made = core.plan(config(group, recreate_when_lost=UNKNOWN))
    assert made.action == "no-op"
    assert any("recreate_when_lost" in one for one in warnings_of(made.diagnostics))
    core.apply(made, config(group, recreate_when_lost=True))


@DS8K
def test_an_import_that_names_a_volume_twice_is_refused(array: World, manage_group_snapshot: Manage) -> None:
    group = members(array)
    first = group.take("monday")
    assert array.driver.find_cgsnapshot(first.id) is not None
    twice = ",".join((first.id, f"{group.ids[0]}:10FE"))
    with pytest.raises(Refused, match="twice"):
        array.driver.find_cgsnapshot(twice)
    with pytest.raises(Rejected, match="twice"):
        manage_group_snapshot().import_object(twice)
    assert array.driver.delete_cgsnapshot(held(first)) == ()

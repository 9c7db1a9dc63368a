"""Group snapshots as Terraform core drives them: what a plan does, what a state keeps, what is lost and taken again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.group_stage import Members, lose, members
from support.simulated import World

Manage = Callable[..., Core]


def config(group: Members, **more: Any) -> dict[str, Any]:
    """Return a configuration of a group snapshot of all members."""
    return {"consistency_group_id": group.group_id, "name": "monday", "volume_ids": group.ids, **more}


def test_a_group_snapshot_is_taken_kept_and_destroyed(array: World, manage_group_snapshot: Manage) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    state = state_of(core)
    assert set(state["snapshot_ids"]) == set(group.ids) == set(state["volume_ids"])
    assert (state["lost"], state["system_id"]) == (False, array.description["system_id"])
    core.refresh()
    assert core.plan(config(group)).action == "no-op"
    core.run(None)
    assert core.instance is None
    assert all(array.driver.find_volume(one) is None for one in state["snapshot_ids"].values())


def test_a_change_of_what_only_creation_uses_is_kept_in_the_state_and_sends_nothing(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    before = state_of(core)
    assert core.plan(config(group, volume_ids=group.ids[:1])).action == "no-op"
    changed = config(group, recreate_when_lost=True)
    array.ask("DELETE", "/journal")
    assert core.run(changed).action == "update"
    assert not [
        one for one in array.calls() if "POST /cs" in one or "DELETE" in one or one.startswith(("cg_", "snap_group_d"))
    ]
    assert state_of(core) == {**before, "recreate_when_lost": True}


def test_a_change_of_the_name_is_refused_when_planning(array: World, manage_group_snapshot: Manage) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    with pytest.raises(Rejected, match="cannot be renamed") as refused:
        core.plan(config(group, name="tuesday"))
    assert "would be lost" in str(refused.value)
    assert refused.value.paths == ["name"]


def test_another_group_plans_a_replacement_and_says_what_is_lost(array: World, manage_group_snapshot: Manage) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    xiv = array.family == "xiv"
    made = core.plan(config(members(array)) if xiv else config(group, consistency_group_id="another"))
    assert (made.action, made.replaces) == ("replace", ("consistency_group_id",))
    assert any("loses the point in time" in one for one in warnings_of(made.diagnostics))


def test_a_lost_one_is_kept_with_a_warning_and_the_plan_changes_nothing(
    array: World, manage_group_snapshot: Manage
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    before = state_of(core)
    lose(group, before)
    said = core.refresh()
    assert any("is lost" in one for one in warnings_of(said))
    assert state_of(core) == {**before, "lost": True}
    assert core.plan(config(group)).action == "no-op"
    core.run(None)
    assert core.instance is None


def test_a_lost_one_is_taken_again_when_asked_for(array: World, manage_group_snapshot: Manage) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    lose(group, state_of(core))
    core.refresh()
    if array.family == "ds8k":
        for target in state_of(core)["snapshot_ids"].values():  # it bears our name still, and is nobody's to delete
            array.driver.delete_volume(volume_id=target)
    made = core.run(config(group, recreate_when_lost=True))
    assert (made.action, made.replaces) == ("replace", ("lost",))
    assert state_of(core)["lost"] is False
    core.refresh()
    assert core.plan(config(group, recreate_when_lost=True)).action == "no-op"


def test_an_import_plans_at_most_an_update_that_sends_nothing(array: World, manage_group_snapshot: Manage) -> None:
    group = members(array)
    taken = group.take("monday")
    core = manage_group_snapshot()
    core.import_object("name:monday" if array.family == "xiv" else taken.id)
    expected = "no-op" if array.family == "xiv" else "update"
    assert core.plan(config(group)).action == expected
    core.run(config(group))
    assert core.plan(config(group)).action == "no-op"
    again = manage_group_snapshot()
    again.import_object(identity={"system_id": array.description["system_id"], "id": taken.id})
    assert state_of(again)["snapshot_ids"] == state_of(core)["snapshot_ids"]


@pytest.mark.parametrize("family", ["ds8k"])
def test_a_ds8000_needs_the_volumes_and_a_short_name(array: World, manage_group_snapshot: Manage) -> None:
    group, core = members(array), manage_group_snapshot()
    with pytest.raises(Rejected, match="needs volume_ids"):
        core.plan(config(group, volume_ids=None))
    with pytest.raises(Rejected, match="1 to 11"):
        core.plan(config(group, name="a_longer_name"))


@pytest.mark.parametrize("family", ["xiv"])
def test_an_xiv_takes_whatever_the_group_holds_and_has_no_lss(array: World, manage_group_snapshot: Manage) -> None:
    group, core = members(array), manage_group_snapshot()
    with pytest.raises(Rejected, match="no LSS"):
        core.plan(config(group, allow_shared_lss=True))
    core.run(config(group, volume_ids=None))
    assert set(state_of(core)["volume_ids"]) == set(group.ids)
    assert core.plan(config(group)).action == "no-op"

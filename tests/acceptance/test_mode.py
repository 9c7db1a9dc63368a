"""The provider's mode: every plan is shown, and what it forbids is refused at apply."""

from __future__ import annotations

from typing import Any

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import GIB, World

ADDRESS = "xivds8k_volume.a"
MODES = ["read_only", "no_destroy"]


def _exists(workspace: Workspace, world: World, mode: str) -> str:
    """Make a volume in full mode, then change to another mode; return the name."""
    name = world.name()
    workspace.write(world.volume(name=name))
    workspace.apply()
    workspace.providers(world.provider(mode=mode))
    return name


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("change", ["rename", "grow", "move"])
def test_changes_in_place(workspace: Workspace, world: World, mode: str, change: str) -> None:
    """no_destroy lets them through; read_only shows them with a warning and refuses them."""
    name = _exists(workspace, world, mode)
    changes: dict[str, dict[str, Any]] = {
        "rename": {"name": world.name()},
        "grow": {"name": name, "size_gib": 2},
        "move": {"name": name, "pool": world.second_pool},
    }
    workspace.write(world.volume(**changes[change]))
    planned = workspace.plan()
    assert planned.actions == {ADDRESS: "update"}
    assert any(mode in warning.summary for warning in planned.warnings) == (mode == "read_only")
    if mode == "no_destroy":
        workspace.apply()
        workspace.plans_empty()
        return
    assert "read_only" in workspace.apply_fails().error().text
    found = world.find(workspace.state(ADDRESS)["id"])
    assert found is not None
    assert found.name == name
    assert found.size_bytes < 2 * GIB or workspace.state(ADDRESS)["actual_bytes"] == found.size_bytes


@pytest.mark.parametrize("mode", MODES)
def test_create(workspace: Workspace, world: World, mode: str) -> None:
    name = world.name()
    workspace.providers(world.provider(mode=mode))
    workspace.write(world.volume(name=name))
    assert workspace.plan().actions == {ADDRESS: "create"}
    if mode == "no_destroy":
        workspace.apply()
    else:
        assert "read_only" in workspace.apply_fails().error().text
    assert len(world.named(name)) == (1 if mode == "no_destroy" else 0)
    assert sorted(workspace.instances) == ([ADDRESS] if mode == "no_destroy" else [])


@pytest.mark.parametrize("mode", MODES)
def test_delete(workspace: Workspace, world: World, mode: str) -> None:
    name = _exists(workspace, world, mode)
    planned = workspace.plan("-destroy")
    assert planned.actions == {ADDRESS: "delete"}
    assert any(mode in warning.summary for warning in planned.warnings)
    assert mode in workspace.destroy_fails().error().text
    assert len(world.named(name)) == 1
    assert sorted(workspace.instances) == [ADDRESS]


@pytest.mark.parametrize("mode", MODES)
def test_import_is_allowed_in_every_mode(workspace: Workspace, world: World, mode: str) -> None:
    """It changes nothing on the array."""
    volume = world.make(world.name())
    workspace.providers(world.provider(mode=mode))
    workspace.write(world.volume(name=volume.name) + block("import", to=Expression(ADDRESS), id=volume.id))
    workspace.apply()
    workspace.plans_empty()


def test_the_mode_from_the_environment(installed: Workspace, world: World) -> None:
    name = world.name()
    installed.write(world.volume(name=name))
    assert "read_only" in installed.apply_fails(XIVDS8K_MODE="read_only").error().text
    assert world.named(name) == ()
    assert "Unknown mode" in installed.plan_fails(XIVDS8K_MODE="frozen").errors[0].text

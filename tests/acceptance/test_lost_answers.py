"""Answers that never come: what Terraform ends up with is what the array holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.terraform import Workspace
from support.world import World

ADDRESS = "xivds8k_volume.a"
CREATE = {"xiv": "vol_create", "ds8k": "POST /volumes"}
DELETE = {"xiv": "vol_delete", "ds8k": "DELETE /volumes/{id}"}
LOOK = {"xiv": "vol_list", "ds8k": "GET /lss/{id}/volumes"}  # once before a creation, and then to settle a doubt


@pytest.fixture
def troubled(workspace: Workspace, world: World) -> Iterator[Workspace]:
    """Give a workspace on an array that is well again afterwards."""
    yield workspace
    world.ask_control("DELETE", "/faults")
    world.ask_control("POST", f"/arrays/{world.array['name']}", {"state": "up"})


def test_a_lost_answer_to_a_creation_is_looked_up_and_is_success(troubled: Workspace, world: World) -> None:
    """An error would taint the volume, and the next apply would destroy it."""
    name = world.name()
    troubled.write(world.volume(name=name))
    world.fault(CREATE[world.family], "drop_after")
    troubled.apply()
    assert "status" not in troubled.instances[ADDRESS]
    assert [one.id for one in world.named(name)] == [troubled.state(ADDRESS)["id"]]
    troubled.plans_empty()


def test_a_lost_answer_to_a_deletion_is_success(troubled: Workspace, world: World) -> None:
    troubled.write(world.volume(name=world.name()))
    troubled.apply()
    world.fault(DELETE[world.family], "drop_after")
    troubled.destroy()
    assert troubled.instances == {}


def test_an_array_that_goes_down_during_a_creation_is_asked_again_by_the_next_run(
    troubled: Workspace, world: World
) -> None:
    """Nothing is forgotten and nothing is made twice."""
    name = world.name()
    troubled.providers(world.provider(request_timeout="2s"))
    troubled.write(world.volume(name=name, timeouts={"create": "10s"}))
    world.fault(CREATE[world.family], "down")
    failed = troubled.apply_fails()
    assert len(failed.errors) == 1
    world.ask_control("POST", f"/arrays/{world.array['name']}", {"state": "up"})
    before = world.named(name)
    troubled.apply()
    assert len(world.named(name)) == 1
    assert not before or troubled.state(ADDRESS)["id"]
    troubled.plans_empty()


def test_a_creation_in_doubt_is_kept_in_the_state_and_taken_over_when_untainted(
    troubled: Workspace, world: World
) -> None:
    """Made, but neither the answer nor a look came through: the state has no id until somebody decides."""
    name = world.name()
    troubled.providers(world.provider(request_timeout="2s"))
    troubled.write(world.volume(name=name, timeouts={"create": "10s"}))
    world.fault(CREATE[world.family], "drop_after")
    world.fault(LOOK[world.family], "garbage", nth=2, times=1000)
    error = troubled.apply_fails().error()
    world.ask_control("DELETE", "/faults")
    assert "not known" in error.text
    stored = troubled.instances[ADDRESS]
    assert (stored["status"], stored["attributes"]["id"], stored["attributes"]["name"]) == ("tainted", None, name)
    made = world.named(name)
    assert len(made) == 1
    assert any(made[0].id in warning.detail for warning in troubled.plan().warnings)
    troubled.ok("untaint", ADDRESS)
    assert troubled.plan().actions == {ADDRESS: "update"}
    troubled.apply()
    assert troubled.state(ADDRESS)["id"] == made[0].id
    troubled.plans_empty()

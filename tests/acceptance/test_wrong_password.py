"""A wrong password with fifty volumes at parallelism 10: it is sent once, so that no account is locked."""

from __future__ import annotations

import pytest

from support.hcl import Expression
from support.terraform import DebugProvider, Result, Workspace
from support.world import World

COUNT = 50
WRONG = "Wr0ng-Secret-Word"
PARALLEL = "-parallelism=10"


@pytest.fixture
def fifty(installed: Workspace, world: World) -> Workspace:
    """Give a workspace with fifty volumes to be made; its commands start the provider from the mirror."""
    name = world.name("locked") + "_"
    installed.write(world.volume(name=Expression(f'"{name}${{count.index}}"'), count=COUNT))
    return installed


@pytest.fixture
def attached(fifty: Workspace, debug_provider: DebugProvider) -> Workspace:
    """Give the same folder, its commands attached to the debug provider: they start sooner."""
    return Workspace(fifty.terraform, fifty.folder, {"TF_REATTACH_PROVIDERS": debug_provider.reattach})


def sign_ins_during(world: World, workspace: Workspace, *arguments: str) -> tuple[Result, dict[str, int]]:
    """Run what must fail with a wrong password; return what it said and how often it signed in."""
    workspace.providers(world.provider(password=WRONG))
    world.ask_control("DELETE", "/journal")
    result = workspace.run(*arguments, "-json", PARALLEL)
    counted: dict[str, int] = world.ask_control("GET", "/journal")[world.array["name"]]["sign_ins"]
    assert result.code == 1
    assert all("refused username or password" in error.text for error in result.errors), result.output
    assert WRONG not in result.output
    return result, counted


def test_a_refresh_and_a_destroy_of_fifty_volumes_send_a_wrong_password_once(
    fifty: Workspace, attached: Workspace, world: World
) -> None:
    attached.apply(PARALLEL)
    before = (fifty.folder / "terraform.tfstate").read_bytes()
    result, sign_ins = sign_ins_during(world, fifty, "plan")
    assert sign_ins == {"ok": 0, "refused": 1}
    assert result.errors
    assert (fifty.folder / "terraform.tfstate").read_bytes() == before
    _, sign_ins = sign_ins_during(world, fifty, "destroy", "-auto-approve", "-refresh=false")
    assert sign_ins == {"ok": 0, "refused": 1}
    assert len(fifty.instances) == COUNT
    fifty.providers(world.provider())
    attached.destroy(PARALLEL)


def test_an_apply_of_fifty_new_volumes_sends_a_wrong_password_once(fifty: Workspace, world: World) -> None:
    """The plan fails already: the apply, a process of its own, would send it again."""
    result, sign_ins = sign_ins_during(world, fifty, "apply", "-auto-approve")
    assert sign_ins == {"ok": 0, "refused": 1}
    assert len(result.errors) == COUNT
    assert fifty.instances == {}

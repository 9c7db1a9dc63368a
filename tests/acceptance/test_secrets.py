"""The password appears nowhere: no output, no plan, no state, no log at the finest level."""

from __future__ import annotations

import json
import os

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import World

ADDRESS = "xivds8k_volume.a"


def _password_of(world: World) -> str:
    password = str(world.array["password"])
    assert len(password) >= 8, "too short to be looked for"
    return password


def test_a_password_from_the_environment_is_nowhere(installed: Workspace, world: World) -> None:
    """Create, refused create, plan file, state, destroy: with TF_LOG=TRACE, over both protocols."""
    password = _password_of(world)
    environment = {
        "XIVDS8K_ENDPOINTS": ",".join(world.array["endpoints"]),
        "XIVDS8K_USERNAME": world.array["username"],
        "XIVDS8K_PASSWORD": password,
        "TF_LOG": "TRACE",
        "TF_LOG_PATH": os.fspath(installed.folder / "terraform.log"),
    }
    installed.providers(world.provider(endpoints=..., username=..., password=...))
    name = world.name()
    installed.write(world.volume(name=name))
    outputs = [installed.plan("-out=saved.tfplan", **environment).output]
    outputs += [installed.run("show", "-json", "saved.tfplan", **environment).stdout]
    outputs += [installed.apply(**environment).output]
    outputs += [installed.run("show", "-json", **environment).stdout]
    installed.write(world.volume(name=name) + world.volume("b", name=name))
    outputs += [installed.apply_fails(**environment).output]
    installed.write("")
    outputs += [installed.apply(**environment).output]
    assert all(password not in output for output in outputs)
    files = [path for path in installed.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.name == "terraform.log" for path in files)
    found_in = [path.name for path in files if password.encode() in path.read_bytes()]
    assert found_in == []


def test_the_log_says_what_was_asked_of_the_array(installed: Workspace, world: World) -> None:
    """The test above must not pass because nothing is logged."""
    log = installed.folder / "terraform.log"
    installed.write(world.volume(name=world.name()))
    installed.apply(TF_LOG_PROVIDER="TRACE", TF_LOG_PATH=os.fspath(log))
    text = log.read_text(encoding="utf-8")
    assert ("vol_create" if world.family == "xiv" else "/volumes") in text
    assert "ApplyResourceChange" in text


def test_a_password_in_an_ephemeral_variable_is_in_no_plan_and_no_state(installed: Workspace, world: World) -> None:
    password = _password_of(world)
    document = {"variable": {"password": {"type": "string", "ephemeral": True, "sensitive": True}}}
    installed.write(json.dumps(document), "variables.tf.json")
    installed.providers(world.provider(password="${var.password}"))
    installed.write(world.volume(name=world.name()))
    outputs = [installed.plan("-out=saved.tfplan", TF_VAR_password=password).output]
    outputs += [installed.apply(TF_VAR_password=password).output]
    assert all(password not in output for output in outputs)
    files = [path for path in installed.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert [path.name for path in files if password.encode() in path.read_bytes()] == []


def test_a_wrong_password_is_not_repeated_in_the_error(workspace: Workspace, world: World) -> None:
    workspace.providers(world.provider(password="Wr0ng-Secret-Word"))
    workspace.write(world.volume(name=world.name()) + block("output", "x", value=Expression("1")))
    result = workspace.apply_fails()
    assert "Wr0ng-Secret-Word" not in result.output

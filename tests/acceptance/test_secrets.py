"""Passwords and tokens appear nowhere: no output, no plan, no state, no log at the finest level, no process list."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.crosswise import crosswise
from support.hcl import Expression, block
from support.running import PROVIDER, watched_process_list
from support.terraform import Result, Workspace
from support.world import World

ADDRESS = "xivds8k_volume.a"
CREATE = {"xiv": "vol_create", "ds8k": "POST /volumes"}
QUERIES = (1, 14)


@dataclass
class Recorded:
    """Run commands with everything logged, and keep what they printed."""

    workspace: Workspace
    environment: dict[str, str]
    outputs: list[str] = field(default_factory=list)

    def run(self, *arguments: str, code: int = 0) -> Result:
        """Run a command; fails unless it ends with that code."""
        result = self.workspace.run(*arguments, **self.environment)
        assert result.code == code, result.output
        self.outputs.append(result.output)
        return result

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the content of every file of the folder, and of what lies inside a plan file."""
        for path in self.workspace.folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path.name, path.read_bytes()
                if zipfile.is_zipfile(path):
                    with zipfile.ZipFile(path) as archive:
                        yield from ((f"{path.name}/{inner}", archive.read(inner)) for inner in archive.namelist())


@pytest.fixture
def recorded(request: pytest.FixtureRequest, installed: Workspace, world: World) -> Iterator[Recorded]:
    """Give an installed workspace whose password comes from outside the configuration."""
    log = {"TF_LOG": "TRACE", "TF_LOG_PATH": os.fspath(installed.folder / "terraform.log")}
    if request.param == "environment":
        installed.providers(world.provider(endpoints=..., username=..., password=...))
        reach = {
            "XIVDS8K_ENDPOINTS": ",".join(world.array["endpoints"]),
            "XIVDS8K_USERNAME": world.array["username"],
            "XIVDS8K_PASSWORD": world.array["password"],
        }
    else:
        document = {"variable": {"password": {"type": "string", "ephemeral": True, "sensitive": True}}}
        installed.write(json.dumps(document), "variables.tf.json")
        installed.providers(world.provider(password="${var.password}"))
        reach = {"TF_VAR_password": world.array["password"]}
    yield Recorded(installed, {**log, **reach})
    well_again(world)


def well_again(world: World) -> None:
    world.ask_control("DELETE", "/faults")
    world.ask_control("POST", f"/arrays/{world.array['name']}", {"state": "up"})


def secrets_of(world: World) -> list[str]:
    """Return the password, and every token the array ever issued, from the simulation's own file."""
    file = Path(world.array["ca_file"].removesuffix(".ca.pem"))
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as simulation:
        asked = "SELECT key FROM objects WHERE kind = 'token' AND array = ?"
        rows = simulation.execute(asked, (world.array["name"],)).fetchall()
    simulation.close()
    found = [str(world.array["password"]), *(token for (token,) in rows)]
    assert all(len(secret) >= 8 for secret in found), "too short to be looked for"
    return found


@crosswise(recorded=("environment", "ephemeral variable"), family=("ds8k", "xiv"))
def test_passwords_and_tokens_are_nowhere(recorded: Recorded, world: World) -> None:
    """In whatever a run leaves behind, nor in what anybody on the machine can see of it while it runs."""
    with watched_process_list() as processes:
        use_everything(recorded, world)
    secrets = secrets_of(world)
    assert (len(secrets) > 1) == (world.family == "ds8k")
    coded = [base64.b64encode(secret.encode()).rstrip(b"=")[:-1] for secret in secrets]
    sought = [*(secret.encode() for secret in secrets), *coded]
    files = dict(recorded.files())
    assert {"terraform.log", "terraform.tfstate", "saved.tfplan", "saved.tfplan/tfplan"} <= files.keys()
    assert [name for name, content in files.items() if any(secret in content for secret in sought)] == []
    assert not any(secret in output.encode() for output in recorded.outputs for secret in sought)
    lines = processes.all_lines
    assert any(PROVIDER in line for line in lines), "no provider process was seen"
    assert not any(secret in line for line in lines for secret in sought)


def use_everything(recorded: Recorded, world: World) -> None:
    """Create, rename, grow, be refused, be left in doubt, reach nobody, import, query, destroy."""
    workspace, apply = recorded.workspace, ("apply", "-json", "-auto-approve")
    first, second = world.name("first"), world.name("second")
    workspace.write(world.volume(name=first))
    recorded.run("plan", "-out=saved.tfplan")
    recorded.run("show", "-json", "saved.tfplan")
    recorded.run("apply", "-json", "saved.tfplan")
    taken = world.make(world.name("taken"))
    changed = world.volume(name=second, size_gib=3) + world.volume("c", name=world.name("doubt"))
    workspace.write(changed + world.volume("b", name=taken.name))
    world.fault(CREATE[world.family], "drop_before")
    said = {error.address: error.text for error in recorded.run(*apply, code=1).errors}
    assert said.keys() == {"xivds8k_volume.b", "xivds8k_volume.c"}
    assert "already" in said["xivds8k_volume.b"]
    assert "not known" in said["xivds8k_volume.c"]
    assert (workspace.state(ADDRESS)["name"], workspace.state(ADDRESS)["size_gib"]) == (second, 3)
    workspace.write(changed)
    world.ask_control("POST", f"/arrays/{world.array['name']}", {"state": "refuse"})
    assert "cannot be reached" in recorded.run("plan", code=1).output
    well_again(world)
    workspace.write(changed + world.volume("b", name=taken.name))
    imported = block("import", to=Expression("xivds8k_volume.b"), id=taken.id)
    workspace.write(imported, "import.tf")
    recorded.run(*apply)
    if workspace.terraform.version >= QUERIES:
        listing = block("list", "xivds8k_volume", "all", provider=Expression("xivds8k"))
        workspace.write(listing, "all.tfquery.hcl")
        assert recorded.run("query", "-json").listed
    recorded.run("show", "-json")
    recorded.run("destroy", "-json", "-auto-approve")


def test_the_log_says_what_was_asked_of_the_array(installed: Workspace, world: World) -> None:
    """The test above must not pass because nothing is logged."""
    log = installed.folder / "terraform.log"
    installed.write(world.volume(name=world.name()))
    installed.apply(TF_LOG_PROVIDER="TRACE", TF_LOG_PATH=os.fspath(log))
    text = log.read_text(encoding="utf-8")
    assert ("vol_create" if world.family == "xiv" else "/volumes") in text
    assert "ApplyResourceChange" in text


def test_a_wrong_password_is_not_repeated_in_the_error(workspace: Workspace, world: World) -> None:
    workspace.providers(world.provider(password="Wr0ng-Secret-Word"))
    workspace.write(world.volume(name=world.name()) + block("output", "x", value=Expression("1")))
    result = workspace.apply_fails()
    assert "Wr0ng-Secret-Word" not in result.output

"""Every command of the guides to replication does what they say, and every configuration in them can be applied."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from support.linked import linked
from support.terraform import Workspace, clean_environment
from support.two_sites import reach_of
from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.simulators import Simulation, start

pytestmark = pytest.mark.needs_terraform((1, 14))
ROOT = Path(__file__).parents[2]
EXAMPLE = "composed/two_sites"
OURS = "terraform-provider-xivds8k "
SETTINGS: dict[str, dict[str, str]] = {
    "xiv": {"POOL": "pool1", "ACCEPT": "", "TF_VAR_mode": "sync"},
    "ds8k": {"POOL": "P0", "ACCEPT": "--accept-inconsistent", "TF_VAR_mode": "global_copy"},
}


@dataclass(frozen=True)
class Reader:
    """Be somebody who follows a guide in a copy of the example."""

    workspace: Workspace
    simulation: Simulation
    family: Family
    environment: dict[str, str]

    def runs(self, block: str) -> str:
        """Run the commands of a block as a shell does, and return what they said; fails where one fails."""
        done = subprocess.run(
            ["bash", "-euc", block],
            cwd=self.workspace.folder,
            env=clean_environment(**self.workspace.environment, **self.environment),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-3000:]}\n{done.stderr}"
        if "terraform plan" in block:
            assert "No changes" in done.stdout, done.stdout[-3000:]
        return done.stdout

    def home(self, state: str) -> None:
        """Let the first site be lost (``refuse``) or come back (``up``)."""
        self.simulation.ask("POST", "/link", {"family": self.family, "state": "up" if state == "up" else "down"})
        self.simulation.ask("POST", f"/arrays/{self.family}1", {"state": state})


@pytest.fixture
def reader(bare: Workspace, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """Give a copy of the example whose simulated arrays can be steered from here."""
    family: Family = request.param
    for part in (EXAMPLE, "modules/replicated_volumes"):
        shutil.copytree(ROOT / "examples" / part, tmp_path / "examples" / part)
    folder = tmp_path / "examples" / EXAMPLE
    main, state = folder / "main.tf", folder / ".xivds8k" / "simulator.db"
    text = main.read_text(encoding="utf-8")  # a debug process runs in another folder
    text = text.replace("simulator        = {}", f'simulator        = {{ state_file = "{state}" }}')
    main.write_text(text.replace("= { array = ", f'= {{ state_file = "{state}", array = '), encoding="utf-8")
    programs = {"terraform": bare.terraform.command, "terraform-provider-xivds8k": PROVIDER}
    (tmp_path / "bin").mkdir()
    for name, command in programs.items():
        quoted = " ".join(f"'{word}'" for word in command)
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\nexec {quoted} "$@"\n', encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    environment = {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "TF_CLI_ARGS": "-no-color",
        "TF_VAR_family": family,
        "XIVDS8K_FAMILY": family,
        "XIVDS8K_SIMULATOR": ".xivds8k/simulator.db",
        **SETTINGS[family],
    }
    workspace = replace(bare, folder=folder)
    workspace.init()
    state.parent.mkdir()
    two = ["127.0.0.1:0"] * 2
    with start(state, xiv=two if family == "xiv" else (), ds8k=two if family == "ds8k" else ()) as simulation:
        yield Reader(workspace, simulation, family, environment)


PROVIDER = (sys.executable, "-m", "terraform_provider_xivds8k")


def blocks(guide: str, kind: str = "shell") -> list[tuple[str, str]]:
    """Return the blocks of a guide in order, each with the heading it stands under."""
    text = (ROOT / "docs" / "guides" / guide).read_text(encoding="utf-8")
    found, heading = [], ""
    for line, body in re.findall(rf"^(#+ [^\n]*)$|^ *```{kind}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        heading = line.lstrip("# ") if line else heading
        if body:
            found.append((heading, body))
    return found


@pytest.mark.parametrize("reader", ["xiv"], indirect=True)
def test_a_planned_switch_and_back_as_the_guide_has_it(reader: Reader) -> None:
    said = [reader.runs(block) for _, block in blocks("planned-switch.md")]
    assert any('"state": "remote_serves"' in text for text in said)
    assert "1 home_serves" in reader.runs(f"{OURS}replication status")


@pytest.mark.parametrize(("reader", "program"), [("xiv", "terraform "), ("ds8k", OURS)], indirect=["reader"])
def test_a_disaster_and_the_way_back_as_the_guide_has_it(reader: Reader, program: str) -> None:
    """Once with Terraform and once without; looking is done in either way."""
    *chapters, (_, set_up) = blocks("disaster-failover.md")
    reader.runs(set_up)
    assert "1 home_serves" in reader.runs(f"{OURS}replication status")
    reader.home("refuse")
    for heading, block in chapters:
        if heading.startswith("5."):
            reader.home("up")
        if block.startswith(program) or (block.startswith(f"{OURS}replication status") and "yes" not in block):
            said = reader.runs(block)
            if heading.startswith("4."):  # a check that cannot look is not passed in silence
                assert "Check block assertion failed" in said
            if heading.startswith("3."):
                assert "remote" in said
                assert "9 failed_over" in reader.runs(f"{OURS}replication status")
    assert "1 home_serves" in reader.runs(f"{OURS}replication status")
    reader.runs("terraform plan -var=size_gib=17")


CONFIGURATIONS = [(heading, block) for heading, block in blocks("replication.md", "terraform") if "resource" in block]


@pytest.mark.parametrize(("heading", "block"), CONFIGURATIONS, ids=[heading for heading, _ in CONFIGURATIONS])
def test_each_way_to_set_replication_up_is_complete(bare: Workspace, tmp_path: Path, heading: str, block: str) -> None:
    family: Family = "xiv" if heading.startswith("XIV") else "ds8k"
    with linked(family, tmp_path / "simulator.db", time_scale=50) as arrays:
        target = arrays.settings.replication_target
        assert target is not None
        home, remote = reach_of(arrays.settings.connection), reach_of(target.connection)
        bare.providers({"family": family, "deletion_protection": False, **home, "replication_target": remote})
        bare.write(block)
        bare.apply()
        bare.plans_empty()
        assert all(one.state == "home_serves" for one in arrays.driver.get_replication_status())

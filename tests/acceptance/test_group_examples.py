"""The examples of consistency groups and members do what their pages say, through real Terraform."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from support.terraform import Workspace
from support.world import world_of

EXAMPLES = Path(__file__).parents[2] / "examples"
GUIDE = EXAMPLES.parent / "docs/guides/consistency-groups.md"
GROUPS = "xivds8k_consistency_group"
MEMBERS = "xivds8k_consistency_group_member"
WRITTEN = {"volume_id": "001738000a2b0001", "system_id": "300331"}


@pytest.fixture
def applied(bare: Workspace, simulation: Any) -> Workspace:
    """Apply the example of members, which has its groups too."""
    xiv, ds8k = (world_of(simulation, name) for name in ("xiv1", "ds8k1"))
    bare.providers(xiv.provider(alias="xiv"), ds8k.provider(alias="ds8k"))
    bare.write(text(MEMBERS, "resource.tf"))
    bare.apply()
    return bare


def text(kind: str, name: str, held: dict[str, Any] | None = None) -> str:
    """Return an example, with the ids that are true here."""
    found = (EXAMPLES / "resources" / kind / name).read_text(encoding="utf-8")
    for attribute, written in WRITTEN.items():
        found = found.replace(written, held[attribute] if held is not None else written)
    return found


@pytest.mark.needs_terraform((1, 14))
def test_the_examples_apply_are_imported_in_every_form_listed_and_destroyed(applied: Workspace) -> None:
    data = f'{MEMBERS}.erp["data"]'
    held = applied.state(data)
    applied.plans_empty()
    applied.write(
        (EXAMPLES / "list-resources" / MEMBERS / "list.tfquery.hcl").read_text(encoding="utf-8"), "l.tfquery.hcl"
    )
    listed = [(one["address"].split(".")[-1], one["display_name"]) for one in applied.query().listed]
    assert {("of_one_group", "erp-group/erp-data"), ("all", "erp-group/erp-log")} <= set(listed)
    applied.remove("l.tfquery.hcl")
    for name in ("import.tf", "import-by-identity.tf"):
        applied.ok("state", "rm", data)
        applied.write(text(MEMBERS, name, held), "import.tf")
        assert applied.apply().actions == {data: "update"}  # of its timeouts, which no array keeps
        applied.remove("import.tf")
    (command,) = (line for line in text(MEMBERS, "import.sh", held).splitlines() if line.startswith("terraform"))
    applied.ok("state", "rm", data)
    applied.import_object(*shlex.split(command)[-2:])
    applied.apply()
    applied.plans_empty()
    applied.destroy()


@pytest.mark.needs_terraform((1, 14))
def test_the_examples_of_groups_import_and_list_the_group(bare: Workspace, simulation: Any) -> None:
    xiv, ds8k = (world_of(simulation, name) for name in ("xiv1", "ds8k1"))
    bare.providers(xiv.provider(alias="xiv"), ds8k.provider(alias="ds8k"))
    bare.write(text(GROUPS, "resource.tf"))
    bare.apply()
    address = f"{GROUPS}.erp"
    held = {"volume_id": "", **bare.state(address)}
    for name in ("import.tf", "import-by-identity.tf"):
        bare.ok("state", "rm", address)
        bare.write(text(GROUPS, name, held), "import.tf")
        assert bare.apply().actions == {address: "update"}  # of its timeouts, which no array keeps
        bare.remove("import.tf")
    (command,) = (line for line in text(GROUPS, "import.sh", held).splitlines() if line.startswith("terraform"))
    bare.ok("state", "rm", address)
    bare.import_object(*shlex.split(command)[-2:])
    bare.apply()
    bare.plans_empty()
    bare.write((EXAMPLES / "list-resources" / GROUPS / "list.tfquery.hcl").read_text(encoding="utf-8"), "l.tfquery.hcl")
    assert {one["display_name"] for one in bare.query().listed} == {"erp"}
    bare.remove("l.tfquery.hcl")
    bare.destroy()


def test_the_guide_s_configuration_does_what_it_says(bare: Workspace, simulation: Any) -> None:
    """One key less is one volume and one member less, in one apply; a snapshot is of all that are left."""
    written, snapshot = re.findall(r"```terraform\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    bare.providers(world_of(simulation, "xiv1").provider())
    bare.write(written)
    bare.apply()
    bare.plans_empty()
    one_less = written.replace(", log = 40", "")
    bare.write(one_less)
    assert bare.apply().actions == {'xivds8k_volume.erp["log"]': "delete", f'{MEMBERS}.erp["log"]': "delete"}
    bare.write(one_less + snapshot)
    assert bare.apply().actions == {"xivds8k_consistency_group_snapshot.monday": "create"}
    bare.plans_empty()
    bare.destroy()

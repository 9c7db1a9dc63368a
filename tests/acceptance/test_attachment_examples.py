"""The examples of attachments do what their pages say, through real Terraform."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from support.terraform import Workspace
from support.world import world_of

EXAMPLES = Path(__file__).parents[2] / "examples"
DATASTORE, SHARED = 'xivds8k_host_attachment.datastore["ds01"]', "xivds8k_host_attachment.shared"


@pytest.mark.needs_terraform((1, 14))
def test_the_examples_apply_are_imported_in_every_form_listed_and_destroyed(bare: Workspace, simulation: Any) -> None:
    xiv, ds8k = (world_of(simulation, name) for name in ("xiv1", "ds8k1"))
    bare.providers(xiv.provider(alias="xiv"), ds8k.provider(alias="ds8k"))
    folder = EXAMPLES / "resources/xivds8k_host_attachment"
    bare.write((folder / "resource.tf").read_text(encoding="utf-8"))
    bare.apply()
    bare.plans_empty()
    held = {address: bare.state(address) for address in (DATASTORE, SHARED)}

    def text(path: Path) -> str:
        """Return an example, with the ids that are true here."""
        found = path.read_text(encoding="utf-8")
        for written, address, name in (
            ("2107-75DXA41", DATASTORE, "system_id"), ("0A01", DATASTORE, "volume_id"), ("H1", DATASTORE, "host_id"),
            ("001738000a2b0001", SHARED, "volume_id"),
        ):  # fmt: skip
            found = found.replace(written, held[address][name])
        return found

    listing = text(EXAMPLES / "list-resources/xivds8k_host_attachment/list.tfquery.hcl")
    bare.write(listing, "l.tfquery.hcl")
    listed = [one["address"].split(".")[-1] for one in bare.query().listed]
    assert sorted(listed) == ["of_a_cluster", "of_a_host", "of_a_host", "of_a_volume"]
    bare.remove("l.tfquery.hcl")
    for line in text(folder / "import.sh").splitlines():
        if line.startswith("terraform"):
            address, form = shlex.split(line)[-2:]
            bare.ok("state", "rm", address)
            bare.import_object(address, form)
    assert set(bare.apply().actions.values()) <= {"update"}  # of its timeouts
    bare.plans_empty()
    for name in ("import.tf", "import-by-identity.tf"):
        bare.ok("state", "rm", DATASTORE, SHARED)
        bare.write(text(folder / name), "import.tf")
        bare.apply()
        bare.remove("import.tf")
        bare.plans_empty()
    bare.destroy()

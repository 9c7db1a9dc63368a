"""The composed examples: a second group out of the snapshot of a first, and a host with its volumes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from support.terraform import Workspace

EXAMPLES = Path(__file__).parents[2] / "examples"
COPY = "composed/copy_of_a_group"


@pytest.fixture
def composed(bare: Workspace, tmp_path: Path) -> Workspace:
    """Give a copy of the example with its module, ready to be applied."""
    for folder in (COPY, "modules/consistency_group"):
        shutil.copytree(EXAMPLES / folder, tmp_path / "examples" / folder)
    found = replace(bare, folder=tmp_path / "examples" / COPY)
    found.init()
    return found


def test_a_group_is_made_out_of_the_snapshots_of_another_in_one_apply_and_all_is_destroyed(composed: Workspace) -> None:
    applied = composed.apply()
    assert set(applied.actions.values()) == {"create"}
    assert len(applied.actions) == 11
    composed.plans_empty()
    composed.destroy()
    assert composed.instances == {}


def test_a_host_with_its_volumes_is_made_loses_one_and_is_destroyed(bare: Workspace, tmp_path: Path) -> None:
    for folder in ("composed/database_host", "modules/host_with_volumes"):
        shutil.copytree(EXAMPLES / folder, tmp_path / "examples" / folder)
    composed = replace(bare, folder=tmp_path / "examples" / "composed/database_host")
    composed.init()
    assert len(composed.apply().actions) == 5
    composed.plans_empty()
    main = composed.folder / "main.tf"
    main.write_text(main.read_text(encoding="utf-8").replace("    data = { size_gib = 200 }\n", ""), encoding="utf-8")
    assert set(composed.apply().actions.values()) == {"delete"}
    composed.plans_empty()
    composed.destroy()
    assert composed.instances == {}

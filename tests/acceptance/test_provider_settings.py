"""Provider settings that are wrong: told as what they are, before anything is asked of an array."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.hcl import block
from support.terraform import Workspace

SYSTEM = block("data", "xivds8k_system", "a")


@pytest.mark.parametrize(
    ("family", "array"), [("ds8k", "ds8k9"), ("ds8k", "xiv2"), ("xiv", "ds8k1")], indirect=["family"]
)
def test_a_simulated_array_that_is_not_there_is_named_with_those_there_are(
    bare: Workspace, tmp_path: Path, family: str, array: str
) -> None:
    file = tmp_path / "simulator.db"
    bare.providers({"family": family, "simulator": {"state_file": str(file), "array": array}})
    bare.write(SYSTEM)
    error = bare.plan_fails().error()
    assert repr(array) in error.text
    assert f"{family}1, {family}2" in error.text
    assert "defect" not in error.text


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_a_state_file_of_something_else_is_refused_and_left_alone(bare: Workspace, tmp_path: Path, family: str) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("somebody's notes, and no simulator at all\n" * 100, encoding="utf-8")
    before = file.read_bytes()
    bare.providers({"family": family, "simulator": {"state_file": str(file)}})
    bare.write(SYSTEM)
    error = bare.plan_fails().error()
    assert str(file) in error.text
    assert "defect" not in error.text
    assert file.read_bytes() == before


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_an_unprotect_entry_that_names_no_object_is_refused(bare: Workspace, tmp_path: Path, family: str) -> None:
    simulator = {"state_file": str(tmp_path / "simulator.db")}
    bare.providers({"family": family, "simulator": simulator, "unprotect": ["0A01"]})
    bare.write(SYSTEM)
    assert '"system_id/id"' in bare.plan_fails().errors[0].text

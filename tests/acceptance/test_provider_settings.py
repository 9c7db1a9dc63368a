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
@pytest.mark.parametrize("entry", ["0A01", "/0A01", "2107-75DXA41/", "2107-75DXA41/0A01/0A02"])
def test_an_unprotect_entry_that_names_no_object_is_refused_when_validated(
    bare: Workspace, tmp_path: Path, family: str, entry: str
) -> None:
    simulator = {"state_file": str(tmp_path / "simulator.db")}
    bare.providers({"family": family, "simulator": simulator, "unprotect": [entry]})
    bare.write(SYSTEM)
    checked = bare.run("validate", "-no-color")
    assert checked.code == 1
    assert repr(entry) in checked.output
    assert '"system_id/id"' in checked.output
    assert repr(entry) in bare.plan_fails().error().summary


@pytest.mark.parametrize("family", ["ds8k"], indirect=True)
def test_an_unprotect_entry_from_the_environment_is_checked_too(
    installed: Workspace, tmp_path: Path, family: str
) -> None:
    installed.providers({"family": family, "simulator": {"state_file": str(tmp_path / "simulator.db")}})
    installed.write(SYSTEM)
    error = installed.plan_fails(XIVDS8K_UNPROTECT="2107-75DXA41/0A01, 0A02").error()
    assert "'0A02'" in error.summary
    assert "0A01" not in error.summary
    assert "XIVDS8K_UNPROTECT" in error.detail

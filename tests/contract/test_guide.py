"""The guide to the driver without Terraform does what it says, on both families."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.linked import linked
from support.simulated import World
from terraform_provider_xivds8k.driver import Family

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "python-core.md"
CREATE = {"xiv": "vol_create", "ds8k": "POST /volumes"}


def test_the_guide_s_program_runs_as_it_stands(array: World, tmp_path: Path) -> None:
    """With the simulator's line beside it; every step shows, and no volume stays."""
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "ready.json").write_text(json.dumps({"arrays": [array.description]}), encoding="utf-8")
    home, other = array.pools()
    before, made = {volume.id for volume in array.driver.list_volumes()}, array.calls().get(CREATE[array.family], 0)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    moved, snapshot, deleted, found, everywhere, _, taken, frozen = done.stdout.splitlines()
    assert moved.startswith(array.driver.system().system_id)
    assert moved.endswith(f" {64 * 2**30} {other.name}")
    assert home.name != other.name
    assert snapshot.endswith(" None")
    assert deleted == "None"
    assert "name='db_data_1'" in found
    assert everywhere.count("name='db_data_1'") == 2
    assert f"db_data_1 (id {moved.split()[1]}, {64 * 2**30} bytes" in taken
    assert "frozen" in frozen
    assert {volume.id for volume in array.driver.list_volumes()} == before
    targets = 1 if array.family == "ds8k" else 0  # a snapshot is a volume there
    assert array.calls()[CREATE[array.family]] == made + 1 + targets


def test_the_guide_s_lines_about_replication_run_as_they_stand(
    family: Family, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (lines,) = re.findall(r"```py\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    with linked(family, tmp_path / "simulator.db", time_scale=50) as arrays:
        volume = arrays.volume("monday")
        exec(compile(lines, "guide", "exec"), {"driver": arrays.driver, "volume": volume})
        said = capsys.readouterr().out
        assert said.startswith("1 home ('switch', 'failover')")
        assert "would send: " in said
        assert ": done (1 of 1)" in said
        assert arrays.driver.find_replication(volume.id) is None
        with arrays.other_driver("remote") as other:
            assert [one for one in other.list_volumes() if one.name == volume.name] == []

"""The guide to the driver without Terraform does what it says, on both families."""

from __future__ import annotations

import re
from pathlib import Path

from support.simulated import World

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "python-core.md"


def test_the_guide_s_program_runs(array: World) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    names = {name: array.description[name] for name in ("family", "username", "password", "ca_file")}
    before = {volume.id for volume in array.driver.list_volumes()}
    exec(compile(program, str(GUIDE), "exec"), {**names, "endpoints": tuple(array.description["endpoints"])})
    assert {volume.id for volume in array.driver.list_volumes()} == before
    assert array.calls()[{"xiv": "vol_create", "ds8k": "POST /volumes"}[array.family]] == 1

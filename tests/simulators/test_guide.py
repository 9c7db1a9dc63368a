"""The guide to the simulated arrays does what it says."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import urllib.request
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.simulators import start

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "simulators.md"


def test_every_line_for_the_control_address_is_answered(tmp_path: Path) -> None:
    (lines,) = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    asked = [line.partition("  #")[0].strip() for line in lines.splitlines()]
    address = ["127.0.0.1"]
    with start(tmp_path / "arrays.db", xiv=address, ds8k=[*address, *address], control="127.0.0.1:0") as simulation:
        answers = [_curl(line.replace("$CONTROL", str(simulation.control))) for line in asked]
    assert answers[-1] == ["monday"]


def _curl(line: str) -> Any:
    """Do what the command line of the guide does; a machine need not have curl."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", action="store_true", required=True)
    parser.add_argument("-X")
    parser.add_argument("-d", type=str.encode)
    parser.add_argument("url")
    command, *arguments = shlex.split(line)
    assert command == "curl"
    asked = parser.parse_args(arguments)
    with urllib.request.urlopen(urllib.request.Request(asked.url, asked.d, method=asked.X), timeout=10) as answer:
        return json.loads(answer.read())


def test_the_contents_of_fresh_arrays_are_as_described(tmp_path: Path) -> None:
    with start(tmp_path / "arrays.db", xiv=["127.0.0.1"], ds8k=["127.0.0.1"]) as simulation:
        pools = {array["family"]: set(array["pools"]) for array in simulation.arrays}
    assert pools == {"xiv": {"pool1", "pool2"}, "ds8k": {"P0", "P1", "P2"}}

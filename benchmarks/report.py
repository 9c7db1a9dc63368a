"""The figures of one run as they are kept: a file for programs, a table for readers, and the bounds they must keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.driver.inventory import SINGLE_READS

ROOT = Path(__file__).parents[1]
LATEST = ROOT / "benchmarks" / "latest.json"
README = ROOT / "README.md"
EARLY = SINGLE_READS  # what a refresh may read one by one before its listings: that many or fewer, as the reads arrive
BEGIN, END = "<!-- bench:begin -->\n", "<!-- bench:end -->\n"


def figure(what: str, value: float, bound: float | None = None, unit: str = "x", note: str = "") -> dict[str, Any]:
    """Return one figure; without a ``bound`` it is shown for comparison only.

    ``unit`` is ``x`` (a ratio), ``requests``, ``MB`` or ``s``; ``note`` says what the bound is made of.
    """
    kept = {"what": what, "value": round(value, 3), "bound": bound, "unit": unit, "note": note}
    return {name: item for name, item in kept.items() if item not in {None, ""}}


def as_for(other: str) -> str:
    """Return the note of a bound that is the requests of another refresh and ``EARLY``."""
    return f"as for {other}, give or take what is read before the listings"


def broken(figures: list[dict[str, Any]]) -> list[str]:
    """Return a line for each figure above its bound."""
    return [
        f"{one['what']}: {_shown(one['value'], one['unit'])}, at most {_shown(one['bound'], one['unit'])}"
        for one in figures
        if "bound" in one and one["value"] > one["bound"]
    ]


def table(latest: Mapping[str, Any]) -> str:
    """Return the README's table of a run."""
    terraform, python, machine = latest["terraform"], latest["python"], latest["machine"]
    where = f"with Terraform {terraform} and Python {python} ({machine})"
    said = f"Measured by `make bench` at commit `{latest['commit']}` on {latest['date']}, {where}:"
    lines = [said, "", "| what | measured | at most |", "|---|---|---|"]
    for one in latest["figures"]:
        bound = _shown(one["bound"], one["unit"]) if "bound" in one else ""
        most = f"{bound} ({one['note']})" if bound and "note" in one else bound
        lines.append(f"| {one['what']} | {_shown(one['value'], one['unit'])} | {most} |")
    return "\n".join(lines) + "\n"


def _shown(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.2f}"
    return f"{value:.3f} s" if unit == "s" else f"{value:.0f} {unit}"


def read() -> dict[str, Any]:
    """Return the figures kept last."""
    kept: dict[str, Any] = json.loads(LATEST.read_text(encoding="utf-8"))
    return kept


def keep(latest: Mapping[str, Any]) -> None:
    """Write the file, and the table into the README."""
    LATEST.write_text(json.dumps(latest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}{table(latest)}{END}{after}", encoding="utf-8")

"""The figures in the README are those of the run that was kept last, which was a whole one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from benchmarks import report
from benchmarks.echo_provider import EchoProvider, EchoVolume
from support.core import Core
from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.provider_model import ProviderBlock

BOUNDS = {
    "start up to the handshake": 2.0,
    "requests for a refresh of 1000 volumes": None,
    "requests for a refresh of 5000 volumes": None,
    "requests for a refresh of 500 volumes, 500 snapshots, 20 groups": 14,
    "requests for a refresh of 1000 volumes, 1000 snapshots, 40 groups": None,
    "requests for a refresh of 1000 volumes and attachments, 100 hosts": 40,
    "requests for a refresh of 2000 volumes and attachments, 200 hosts": None,
    "requests for an apply that attaches a volume to a host with 100 others": 30,
    "requests for an apply that attaches a volume to a host with 200 others": None,
    "plan of 1000 volumes with nothing to do": 1.5,
    "apply of 1000 new volumes": 1.5,
    "peak memory of the provider, plan of 5000 volumes": 200.0,
    "StopProvider answered while 200 calls wait": 0.5,
}


@pytest.fixture
def latest() -> dict[str, Any]:
    """Return the figures kept last."""
    return report.read()


def test_the_readme_shows_the_figures_kept_last(latest: dict[str, Any]) -> None:
    readme = report.README.read_text(encoding="utf-8")
    assert readme.count(report.BEGIN) == readme.count(report.END) == 1
    shown = readme.partition(report.BEGIN)[2].partition(report.END)[0]
    assert shown == report.table(latest)


@pytest.mark.parametrize("what", sorted(BOUNDS))
def test_every_bound_is_measured_at_its_full_size(latest: dict[str, Any], what: str) -> None:
    bounds = {one["bound"] for one in latest["figures"] if one["what"].startswith(what) and "bound" in one}
    assert bounds
    assert BOUNDS[what] is None or bounds == {BOUNDS[what]}


def test_the_figures_say_which_commit_and_what_machine_they_are_of(latest: dict[str, Any]) -> None:
    assert re.fullmatch(r"[0-9a-f]{12}( and changes)?", latest["commit"])
    assert re.fullmatch(r"\d+ cores, \d+ GiB", latest["machine"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", latest["date"])


def test_a_figure_above_its_bound_is_named_and_one_on_it_is_not() -> None:
    figures = [report.figure("start", 2.0, 2.0), report.figure("plan", 2.01, 2.0), report.figure("shown", 9.0)]
    assert report.broken(figures) == ["plan: 2.01, at most 2.00"]


def test_no_figure_kept_is_above_its_bound(latest: dict[str, Any]) -> None:
    assert report.broken(latest["figures"]) == []


def test_the_echo_provider_makes_and_reads_a_volume() -> None:
    """It offers what the resource asks of a driver; else there is nothing to compare with."""
    configured = EchoProvider({}).configure(ProviderBlock.nothing(), Diagnostics(), None)
    core = Core(lambda: EchoVolume(configured))
    config = {"name": "v", "pool": "P0", "size_gib": 1, "deletion_protection": False}
    core.run(config)
    core.refresh()
    assert core.plan(config).action == "no-op"
    core.run(None)
    assert core.instance is None

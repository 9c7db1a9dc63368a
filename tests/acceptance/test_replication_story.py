"""A whole disaster in each mode, on real Terraform: a move and back, home lost, failed over, home back, failed back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.linked import changes, linked
from support.running import running, until
from support.terraform import Workspace
from support.two_sites import Sites, progress
from terraform_provider_xivds8k.driver import Family

pytestmark = pytest.mark.needs_terraform((1, 14))
SYNCHRONOUS = {"sync", "metro_mirror"}


@pytest.fixture
def sites(bare: Workspace, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Sites]:
    """Return two linked arrays, their clock fast, and an empty folder."""
    family, settings = request.param
    with linked(family, tmp_path / "simulator.db", time_scale=50) as arrays:
        yield Sites(arrays, bare, **settings)


def story(name: str, family: Family, **settings: Any) -> Any:
    return pytest.param((family, settings), id=name)


@pytest.mark.parametrize(
    "sites",
    [
        story("xiv-sync-volume", "xiv", mode="sync"),
        story("xiv-sync-group", "xiv", mode="sync", in_group=True),
        story("xiv-async-volume", "xiv", mode="async", replicated={"rpo_seconds": 120}),
        story("ds8k-metro-mirror", "ds8k", mode="metro_mirror"),
        story("ds8k-global-copy", "ds8k", mode="global_copy"),
    ],
    indirect=True,
)
def test_a_disaster_and_the_way_back(sites: Sites) -> None:
    """The chapters are those of the guide."""
    _set_up(sites)
    _planned_switch_and_back(sites)
    _home_is_lost(sites)
    _live_without_home(sites)
    _home_comes_back(sites)
    _resync_and_failback(sites)
    _everything_is_as_before(sites)


def _set_up(sites: Sites) -> None:
    sites.write()
    sites.workspace.apply()
    sites.log("in", "home", "remote")
    sites.says("home", "monday")


def _planned_switch_and_back(sites: Sites) -> None:
    sites.invoke("switch", io_stopped=True)
    assert sites.labels("remote") == ["monday"]
    sites.says("remote", "tuesday")
    with pytest.raises(ValueError, match=r"."):
        sites.says("home", "nobody")
    sites.workspace.plans_empty()
    sites.invoke("switch", to="home", io_stopped=True)
    assert sites.labels("home") == ["monday", "tuesday"]
    sites.says("home", "wednesday")


def _home_is_lost(sites: Sites) -> None:
    if sites.mode not in SYNCHRONOUS:
        sites.arrays.advance(60)  # it travels a little later
    if sites.mode == "async":
        sites.arrays.set_link("down")
        sites.says("home", "late")  # acknowledged at home, never anywhere else
    sites.kill_home()
    accepts: dict[str, Any] = {"accept_inconsistent": True} if sites.mode == "global_copy" else {}
    told = sites.invoke("failover", **accepts)
    labels = sites.labels("remote")
    if sites.mode != "global_copy":
        assert labels == ["monday", "tuesday", "wednesday"]  # of async exactly what lies before the recovery point
    assert set(labels) <= set(sites.labels("home"))  # it holds nothing the source lacked
    assert any("lost: " in line for line in progress(told))
    sites.arrays.forget_calls()
    again = sites.invoke("failover", **accepts)
    assert any("was there already" in line for line in progress(again))
    assert changes(sites.arrays) == {}


def _live_without_home(sites: Sites) -> None:
    sites.says("remote", "thursday")
    sites.plans_replicated_empty()
    sites.write(when_unreachable="keep")
    kept = sites.workspace.plans_empty()
    assert kept.warnings
    sites.size_gib = 34
    sites.write(when_unreachable="keep")
    refused = sites.workspace.apply_fails("-target=xivds8k_volume.v")
    assert f"{sites.name}v ({sites.volume_id}) cannot be changed: its pair is in row 9" in refused.error().summary
    assert sites.size("remote") == 17
    sites.size_gib = 17


def _home_comes_back(sites: Sites) -> None:
    sites.revive_home()
    sites.write()
    sites.watch()
    sites.workspace.apply()
    seen = sites.workspace.state("data.xivds8k_replication.now")
    assert (seen["row"], seen["state"]) == (10, "failed_over")
    sites.says("home", "stray")  # home does not know that it lost


def _resync_and_failback(sites: Sites) -> None:
    refused = sites.invoked("resync", authoritative_backend_id="remote")
    assert "io_stopped = true" in refused.error().text  # home's host is logged in, and would not notice
    assert sites.labels("home")[-1] == "stray"
    done = progress(sites.invoke("resync", authoritative_backend_id="remote", io_stopped=True))
    assert sites.labels("home") == sites.labels("remote")
    assert sites.labels("remote")[-1] == "thursday"
    if sites.arrays.family == "xiv":
        (line,) = [line for line in done if "is kept in: " in line]
        named = line.partition("is kept in: ")[2].split(maxsplit=1)[0]
        assert sites.labels_kept_in(named)[-1] == "stray"
    sites.invoke("failback", io_stopped=True)


def _everything_is_as_before(sites: Sites) -> None:
    sites.workspace.plans_empty()
    sites.says("home", "friday")
    sites.log("out", "remote")  # a DS8000 takes the pair apart, and nobody is to write to the copy meanwhile
    sites.size_gib = 34
    sites.write()
    sites.workspace.apply()
    assert (sites.size("home"), sites.size("remote")) == (34, 34)
    sites.workspace.plans_empty()


@pytest.mark.parametrize("sites", [story("ds8k", "ds8k", mode="metro_mirror")], indirect=True)
def test_ctrl_c_during_an_invocation_says_where_each_one_is_and_a_second_one_goes_on(sites: Sites) -> None:
    sites.write()
    sites.workspace.apply()
    sites.arrays.fail("remote", "POST /cs/pprcs/resume", "delay_before", seconds=60)
    with running(sites.workspace, *sites.invocation("switch")) as run:
        until(lambda: bool(sites.arrays.ask("GET", "/journal")[sites.arrays.name("remote")]["held"]), "it is held")
        run.interrupt()
        stopped = run.wait()
    assert stopped.code == 1, stopped.output
    text = "".join(error.text for error in stopped.errors)
    assert "row 10" in text
    assert "run switch again" in text
    sites.arrays.ask("DELETE", "/faults")
    assert any("row 4" in line for line in progress(sites.invoke("switch")))

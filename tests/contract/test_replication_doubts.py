"""Replications whose creation has no known outcome: kept in the state, taken over whole, and never ended by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.linked import Linked, linked
from support.mirroring import pause
from support.resource_keeping import keeper
from support.rest_console import Console
from support.xiv_mirroring import sites_of
from terraform_provider_xivds8k.driver import Family, ReplicationMode, Side, Volume
from terraform_provider_xivds8k.resources import ReplicationResource

MODES: dict[Family, ReplicationMode] = {"xiv": "sync", "ds8k": "metro_mirror"}
SIDES: tuple[Side, Side] = ("home", "remote")
LISTINGS: dict[Family, str] = {"xiv": "mirror_list", "ds8k": "GET /cs/pprcs"}
MAKING: dict[Family, str] = {"xiv": "mirror_create", "ds8k": "POST /cs/pprcs"}


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db", request_timeout_s=2, time_scale=20) as found:
        yield found


@pytest.fixture
def volume(arrays: Linked) -> Volume:
    """Return a volume at home, written to."""
    return arrays.volume("first")


@pytest.fixture
def config(arrays: Linked, volume: Volume) -> dict[str, Any]:
    """Return the configuration of a synchronous copy of the volume."""
    return {"volume_id": volume.id, "mode": MODES[arrays.family], "wait_for_sync": True}


@pytest.fixture
def core(arrays: Linked) -> Core:
    """Keep a replication, as one provider process does."""
    return keeper(arrays, ReplicationResource)


def lose_creation(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    """Lose the answer to the pair's creation, and every look for it."""
    arrays.fail("home", MAKING[arrays.family], "drop_after")
    number = {"xiv": 6, "ds8k": 8}[arrays.family]  # those before are of the plan and the look before the creation
    arrays.fail("home", LISTINGS[arrays.family], "drop_before", nth=number, times=60)
    with pytest.raises(Rejected):
        core.run(config)
    arrays.ask("DELETE", "/faults")
    assert core.instance is not None
    assert core.instance.tainted
    assert state_of(core)["id"] is None
    assert arrays.driver.find_replication(config["volume_id"]) is not None


def test_a_replacement_of_a_pair_in_doubt_does_not_end_it_where_its_remote_volume_would_keep_the_name(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    lose_creation(arrays, core, config)
    with pytest.raises(Rejected, match="untaint"):
        core.run(config)
    assert core.instance is not None
    assert arrays.driver.find_replication(volume.id) is not None


def test_a_pair_in_doubt_is_ended_where_its_destruction_was_planned(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    lose_creation(arrays, core, config)
    core.refresh()
    plan = core.plan(None)
    assert any("is in doubt and is to be ended" in said for said in warnings_of(plan.diagnostics))
    core.apply(plan)
    assert core.instance is None
    assert arrays.driver.find_replication(volume.id) is None
    assert arrays.driver.remote.find_volumes_by_name(volume.name) != ()


def test_a_replication_that_was_set_up_is_in_the_state_though_nobody_could_look_at_it(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    once = keeper(arrays, ReplicationResource)
    arrays.forget_calls()
    once.run({**config, "volume_id": arrays.volume("other").id, "wait_for_sync": None})
    listing = LISTINGS[arrays.family]
    asked = {side: arrays.calls(side)[listing] for side in SIDES}
    for side in SIDES:
        arrays.fail(side, listing, "drop_before", nth=asked[side], times=60)
    with pytest.raises(Rejected, match="is set up, and the arrays go on copying"):
        core.run(config)
    arrays.ask("DELETE", "/faults")
    arrays.driver.forget_recent()
    assert arrays.driver.find_replication(config["volume_id"]) is not None
    assert core.instance is not None
    assert core.instance.tainted
    core.instance.tainted = False
    core.run(config)
    core.refresh()
    assert core.plan(config).action == "no-op"
    assert state_of(core)["id"] == config["volume_id"]


@pytest.mark.parametrize("family", ["xiv"])
def test_what_a_failed_creation_left_on_the_remote_array_is_in_the_state(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    arrays.fail("home", "mirror_activate", "error", code="VOLUME_LOCKED", times=9)
    arrays.fail("remote", "vol_delete", "error", code="VOLUME_LOCKED", times=9)
    with pytest.raises(Rejected, match="Left behind"):
        core.run(config)
    arrays.ask("DELETE", "/faults")
    assert arrays.driver.find_replication(volume.id) is None
    (left,) = arrays.driver.remote.find_volumes_by_name(volume.name)
    assert core.instance is not None
    assert (state_of(core)["id"], state_of(core)["remote_volume_id"]) == (None, left.id)
    core.run(config)
    assert state_of(core)["id"] == volume.id
    assert arrays.driver.remote.find_volume(left.id) is None


def test_a_pair_in_doubt_that_is_taken_over_copies_and_is_waited_for(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    lose_creation(arrays, core, config)
    assert core.instance is not None
    core.instance.tainted = False
    core.run(config)
    assert warnings_of(core.refresh()) == []
    assert core.plan(config).action == "no-op"
    (status,) = arrays.driver.get_replication_status([volume.id])
    assert status.row == 1
    assert arrays.read("remote", state_of(core)["remote_volume_id"]) == ["first"]


def suspend(arrays: Linked, volume: Volume) -> None:
    """Let somebody stop the copying."""
    if arrays.family == "xiv":
        with sites_of(arrays.simulation) as sites:
            sites.home.does("mirror_deactivate", vol=volume.name)
        return
    with closing(Console(arrays.simulation.arrays[0], str(arrays.simulation.control))) as console:
        console.sign_in()
        found = arrays.driver.find_replication(volume.id)
        assert found is not None
        assert found.home is not None
        assert not pause(console, str(found.home.pair_id)).refused


def test_a_pair_that_does_not_copy_is_a_warning_of_the_refresh(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    core.run(config)
    suspend(arrays, volume)
    assert any("does not copy: row 2" in said for said in warnings_of(core.refresh()))
    assert core.plan(config).action == "no-op"


def test_a_pair_in_doubt_that_somebody_stopped_is_not_called_done(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    lose_creation(arrays, core, config)
    assert core.instance is not None
    core.instance.tainted = False
    if arrays.family == "xiv":
        with sites_of(arrays.simulation) as sites:
            sites.home.does("mirror_activate", vol=volume.name)
    arrays.advance(600)
    suspend(arrays, volume)
    with pytest.raises(Rejected, match=r"(?s)What would happen: .*resync"):
        core.run(config)
    assert state_of(core)["id"] is None

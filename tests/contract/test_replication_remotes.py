"""Which remote volume a replication may delete: the one it made itself, and what somebody else put there never."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.linked import Linked, linked
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import Family, ReplicationMode, Volume
from terraform_provider_xivds8k.resources import ReplicationResource

MODES: dict[Family, ReplicationMode] = {"xiv": "sync", "ds8k": "metro_mirror"}


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
    """Return the configuration of a copy that goes with its pair."""
    mode = MODES[arrays.family]
    return {"volume_id": volume.id, "mode": mode, "wait_for_sync": True, "remote_on_delete": "delete"}


@pytest.fixture
def core(arrays: Linked, config: dict[str, Any]) -> Core:
    """Keep a replication that is set up."""
    kept = keeper(arrays, ReplicationResource)
    kept.run(config)
    return kept


def pair_with_another(arrays: Linked, volume: Volume) -> str:
    """Let somebody else end the pair and copy to a remote volume of theirs; return its id."""
    with closing(arrays.another_driver()) as driver:
        driver.disable_replication(replication_id=volume.id, remote_on_delete="keep")
        made = driver.enable_replication(
            mode=MODES[arrays.family], volume_id=volume.id, remote_name="somebody_elses", wait_for_sync=True
        )
    arrays.driver.forget_recent()
    return made.remote_id


def test_another_remote_volume_than_the_plan_named_is_not_deleted(arrays: Linked, core: Core, volume: Volume) -> None:
    first = state_of(core)["remote_volume_id"]
    theirs = pair_with_another(arrays, volume)
    plan = core.plan(None)
    assert [said for said in warnings_of(plan.diagnostics) if theirs in said and "another remote volume" in said]
    with pytest.raises(Rejected, match=f"is copied to {theirs}, not to {first}") as refused:
        core.apply(plan)
    assert refused.value.paths == ["remote_on_delete"]
    assert core.instance is not None
    found = arrays.driver.find_replication(volume.id)
    assert found is not None
    assert (found.row, found.remote_id) == (1, theirs)
    assert arrays.driver.remote.find_volume(first) is not None


def test_a_pair_with_another_remote_volume_is_ended_where_that_volume_stays(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    core.run({**config, "remote_on_delete": "keep"})
    theirs = pair_with_another(arrays, volume)
    core.apply(core.plan(None))
    assert arrays.driver.find_replication(volume.id) is None
    assert arrays.read("remote", theirs) == ["first"]


def test_a_pair_that_was_ended_outside_names_the_remote_volume_that_stays(
    arrays: Linked, core: Core, volume: Volume
) -> None:
    first = state_of(core)["remote_volume_id"]
    arrays.driver.disable_replication(replication_id=volume.id)
    (told,) = core.refresh().items
    assert "is gone" in told.summary
    assert f"Its remote volume {volume.name} ({first}) is still on array" in told.detail
    assert core.instance is None


def left_over(arrays: Linked, volume: Volume, **more: Any) -> Core:
    """Return a replication of a DS8000 whose creation failed and left its remote volume."""
    kept = keeper(arrays, ReplicationResource)
    arrays.fail("home", "POST /cs/pprcs", "error", code="BE7A0042", times=9)
    arrays.fail("remote", "DELETE /volumes/{id}", "error", code="BE7A0042", times=9)
    with pytest.raises(Rejected):
        kept.run({"volume_id": volume.id, "mode": "metro_mirror", **more})
    arrays.ask("DELETE", "/faults")
    assert state_of(kept)["remote_volume_id"] is not None
    return kept


ds8k_only = pytest.mark.parametrize("family", ["ds8k"])


@ds8k_only
@pytest.mark.parametrize("ours", ["thin", "thick"])
@pytest.mark.parametrize("gib", [1, 5])
@pytest.mark.parametrize("refreshed", [True, False])
def test_a_written_volume_that_took_the_place_of_a_leftover_is_not_deleted(
    arrays: Linked, ours: Any, gib: int, *, refreshed: bool
) -> None:
    volume = arrays.volume("first", provisioning=ours)
    core = left_over(arrays, volume)
    left = state_of(core)["remote_volume_id"]
    with arrays.other_driver("remote") as theirs:
        theirs.delete_volume(volume_id=left)
        new = theirs.create_volume(
            name=volume.name, pool=arrays.pool, size_bytes=gib * 2**30, lss=left[:2], provisioning=ours
        )
    assert new.id == left
    arrays.write("remote", new.id, "precious")
    if refreshed:
        core.refresh()
    if core.instance is None:
        assert gib == 5
    else:
        plan = core.plan(None)
        assert any(f"({left}) is to be deleted" in said for said in warnings_of(plan.diagnostics))
        if gib == 5:
            assert any("is another one by now" in said for said in warnings_of(core.apply(plan)))
        else:
            with pytest.raises(Rejected, match="not provably unwritten"):
                core.apply(plan)
    assert arrays.read("remote", new.id) == ["precious"]


@ds8k_only
def test_a_leftover_that_is_new_and_empty_is_named_and_goes(arrays: Linked) -> None:
    volume = arrays.volume("first", provisioning="thin")
    core = left_over(arrays, volume)
    left = state_of(core)["remote_volume_id"]
    assert any(f"({left}) is left of" in said for said in warnings_of(core.refresh()))
    core.apply(core.plan(None))
    assert core.instance is None
    assert arrays.driver.remote.find_volume(left) is None


@ds8k_only
def test_a_leftover_is_not_looked_for_on_another_remote_array(arrays: Linked) -> None:
    core = left_over(arrays, arrays.volume("first", provisioning="thin"))
    assert state_of(core)["remote_system_id"] == arrays.simulation.arrays[1]["system_id"]
    state_of(core)["remote_system_id"] = arrays.simulation.arrays[0]["system_id"]
    with pytest.raises(Rejected, match="The connected array is"):
        core.apply(core.plan(None))


def test_another_remote_volume_is_told_by_the_refresh_and_kept_until_somebody_says_otherwise(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    first = state_of(core)["remote_volume_id"]
    theirs = pair_with_another(arrays, volume)
    (said,) = warnings_of(core.refresh())
    assert "goes to another volume now" in said
    assert f"somebody_elses ({theirs}), not {volume.name} ({first})" in said
    assert (state_of(core)["remote_volume_id"], state_of(core)["remote_on_delete"]) == (theirs, None)
    plan = core.plan(config)
    assert plan.action == "update"
    assert any(f"({theirs}) goes with" in said for said in warnings_of(plan.diagnostics))
    core.run(None)
    assert arrays.read("remote", theirs) == ["first"]
    assert arrays.driver.remote.find_volume(first) is not None


def test_another_remote_volume_goes_with_its_pair_once_that_was_applied(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    theirs = pair_with_another(arrays, volume)
    core.run(config)
    assert core.plan(config).action == "no-op"
    core.run(None)
    assert arrays.driver.remote.find_volume(theirs) is None

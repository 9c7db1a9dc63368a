"""What a plan does about a snapshot that is lost, or would be replaced: nothing by halves, nothing given up in vain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.clone_lab import Lab
from support.core import Core, Rejected, state_of, warnings_of
from support.simulated import World
from support.snapshot_hands import keeper, lose, make
from terraform_provider_xivds8k.driver import Family, Snapshot, TimedOut, Volume
from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.schema import UNKNOWN

ds8k_only = pytest.mark.parametrize("family", ["ds8k"])
xiv_only = pytest.mark.parametrize("family", ["xiv"])
TIMEOUTS = {"create": "2s", "read": "5s", "update": "5s", "delete": "2s"}


@pytest.fixture
def volume(array: World) -> Volume:
    """Return a volume."""
    return make(array)


@pytest.fixture
def core(array: World) -> Core:
    """Keep a snapshot, as one provider process does."""
    return keeper(array)


@pytest.fixture
def config(array: World, volume: Volume) -> dict[str, Any]:
    """Return the configuration of a snapshot of the volume."""
    return {"volume_id": volume.id, "name": array.new_name()}


# lost


def lost_one(array: World, core: Core, config: dict[str, Any]) -> Snapshot:
    """Have a snapshot in the state that the array has lost."""
    core.run(config)
    found = array.driver.find_snapshot(state_of(core)["id"])
    assert found is not None
    lose(array, found)
    core.refresh()
    return found


def test_a_snapshot_renamed_outside_and_then_lost_plans_nothing(
    array: World, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    found = array.driver.rename_snapshot(
        snapshot_id=state_of(core)["id"], volume_id=config["volume_id"], new_name=array.new_name()
    )
    core.refresh()
    lose(array, found)
    made = core.run(config)
    assert (made.action, state_of(core)["lost"], state_of(core)["name"]) == ("no-op", True, found.name)
    assert any("keeps its name" in text for text in warnings_of(made.diagnostics))


@xiv_only
def test_a_changed_priority_of_a_lost_snapshot_waits_until_it_is_taken_anew(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    lost_one(array, core, config)
    config = {**config, "delete_priority": 3}
    made = core.run(config)
    assert (made.action, state_of(core)["delete_priority"]) == ("no-op", 1)
    assert core.run({**config, "recreate_when_lost": True}).action == "replace"
    assert (state_of(core)["lost"], state_of(core)["delete_priority"]) == (False, 3)


@pytest.mark.parametrize("turns_out", [True, False])
def test_whether_a_lost_one_is_taken_anew_may_be_known_by_the_apply_only(
    array: World, core: Core, config: dict[str, Any], *, turns_out: bool
) -> None:
    lost_one(array, core, {**config, "recreate_when_lost": False})
    config = {**config, "name": array.new_name(), "recreate_when_lost": UNKNOWN}
    known = {**config, "recreate_when_lost": turns_out}
    made = core.plan(config)
    assert made.action == "no-op"
    assert any("while recreate_when_lost is not known" in text for text in warnings_of(made.diagnostics))
    core.apply(made, known)
    assert core.run(known).action == ("replace" if turns_out else "no-op")


def test_a_lost_one_that_may_be_taken_anew_and_has_a_new_line_is_told_to_be_planned_again(
    array: World, core: Core, config: dict[str, Any]
) -> None:
    lost_one(array, core, config)
    config = {**config, "name": array.new_name()}
    made = core.plan({**config, "recreate_when_lost": UNKNOWN})
    assert made.action == "update"
    assert any("planned once more when recreate_when_lost is known" in text for text in warnings_of(made.diagnostics))
    core.apply(made, {**config, "recreate_when_lost": False})
    assert core.run({**config, "recreate_when_lost": True}).action == "replace"


def test_a_lost_one_of_another_volume_is_replaced_whether_or_not_it_may_be_taken_anew(
    array: World, core: Core, config: dict[str, Any]
) -> None:
    lost_one(array, core, config)
    other = make(array)
    config = {**config, "name": array.new_name(), "volume_id": other.id}
    made = core.plan({**config, "recreate_when_lost": UNKNOWN})
    assert (made.action, made.replaces) == ("replace", ("volume_id",))
    core.apply(made, {**config, "recreate_when_lost": True})
    assert state_of(core)["volume_id"] == other.id


# before an old one is given up


def test_a_replacement_warns_that_the_point_in_time_is_lost(array: World, core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    made = core.plan({**config, "volume_id": make(array).id})
    assert made.action == "replace"
    assert any("loses the point in time" in text for text in warnings_of(made.diagnostics))


def test_a_volume_that_cannot_be_snapshotted_is_an_error_before_the_old_snapshot_is_deleted(
    array: World, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    absent = "0017380000ffffff" if array.family == "xiv" else "00FE"
    for wrong, said in ((absent, "No volume"), ("typo", "No volume"), (state_of(core)["id"], "is a snapshot itself")):
        with pytest.raises(Rejected, match=said) as caught:
            core.plan({**config, "volume_id": wrong})
        assert caught.value.paths == ["volume_id"]


def test_a_lost_one_whose_volume_is_made_anew_is_still_replaced(
    array: World, core: Core, config: dict[str, Any], volume: Volume
) -> None:
    core.run(config)
    lost = array.driver.find_snapshot(state_of(core)["id"])
    assert lost is not None
    lose(array, lost)
    array.driver.delete_volume(volume_id=volume.id, deadline=10)
    core.refresh()
    config = {**config, "name": array.new_name(), "recreate_when_lost": True}
    made = core.plan({**config, "volume_id": UNKNOWN})
    assert made.action == "replace"
    core.apply(made, {**config, "volume_id": (other := make(array)).id})
    assert state_of(core)["volume_id"] == other.id
    assert core.run({**config, "volume_id": other.id}).action == "no-op"


@ds8k_only
def test_a_lost_one_whose_target_still_has_the_name_is_not_given_up(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    config = {**config, "recreate_when_lost": True}
    core.run(config)
    lost = array.driver.find_snapshot(state_of(core)["id"])
    assert lost is not None
    lose(array, lost)
    core.refresh()
    with pytest.raises(Rejected, match="the name is taken") as caught:
        core.plan(config)
    assert f"{lost.id} may be what the lost one was kept in" in str(caught.value)
    assert state_of(core)["lost"] is True
    with pytest.raises(Rejected, match="no snapshot, or none any more") as caught:
        keeper(array).run(config)
    assert "import {" not in str(caught.value)
    array.driver.delete_volume(volume_id=lost.id, deadline=10)
    assert core.run(config).action == "replace"
    assert state_of(core)["lost"] is False


# told from what is no snapshot of its own


@ds8k_only
def test_an_unfinished_copy_is_not_listed_as_a_snapshot(
    array: World, tmp_path: Path, volume: Volume, family: Family
) -> None:
    lab = Lab(array, tmp_path / "simulator.db")
    taken = array.driver.create_snapshot(volume_id=volume.id, name=array.new_name(), copy="full", deadline=20)
    lab.slow_down()
    with pytest.raises(TimedOut):
        array.driver.create_cloned_volume(volume_id=lab.source.id, name=array.new_name(), pool=lab.pool.id, deadline=1)
    assert [one.id for one in array.driver.list_snapshots()] == [taken.id]


@ds8k_only
def test_importing_what_is_called_as_a_copy_of_a_group_snapshot_warns(
    array: World, volume: Volume, family: Family
) -> None:
    for name, warns in ((f"night_{volume.id}", True), (f"x{volume.id}", False), (f"_{volume.id}", False)):
        taken = array.driver.create_snapshot(volume_id=volume.id, name=name, deadline=20)
        diagnostics = Diagnostics()
        keeper(array).resource().import_by_id(taken.id, diagnostics)
        assert bool(warnings_of(diagnostics)) == warns
        assert not warns or warnings_of(diagnostics) == [f"{name} ({taken.id}) may belong to a group snapshot night"]

"""What a DS8000 calls a snapshot's FlashCopy: lost is only what it calls broken, and used only what it calls valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.clone_lab import spoil
from support.simulated import World
from support.snapshot_hands import delete, keeper, labels, make, take, write
from terraform_provider_xivds8k.driver import Family, GroupSnapshot, Refused, Snapshot, Volume

UNSURE = ("validation_required", "a_word_nobody_knows")
BROKEN = ("invalid", "tse_out_of_space", "TSE out of space")


@pytest.fixture
def family() -> Family:
    """Return the family whose snapshots are relations."""
    return "ds8k"


@pytest.fixture
def volume(array: World) -> Volume:
    made = make(array)
    write(array, made, "monday")
    return made


@pytest.fixture
def taken(array: World, volume: Volume) -> Snapshot:
    return take(array, volume)


def call(array: World, tmp_path: Path, snapshot: Snapshot, state: str) -> None:
    spoil(array, tmp_path / "simulator.db", f"{snapshot.volume_id}:{snapshot.id}", state)


@pytest.mark.parametrize("state", BROKEN)
def test_a_snapshot_the_array_calls_broken_is_lost(array: World, taken: Snapshot, tmp_path: Path, state: str) -> None:
    call(array, tmp_path, taken, state)
    found = array.driver.find_snapshot(taken.id, taken.volume_id)
    assert found is not None
    assert found.lost == f"FlashCopy {taken.volume_id}:{taken.id} is {state}"


@pytest.mark.parametrize("state", UNSURE)
def test_a_snapshot_the_array_calls_neither_valid_nor_broken_is_not_taken_anew(
    array: World, volume: Volume, tmp_path: Path, state: str
) -> None:
    core = keeper(array)
    config = {"volume_id": volume.id, "name": array.new_name(), "recreate_when_lost": True}
    core.run(config)
    assert core.instance is not None
    (taken,) = array.driver.list_snapshots()
    call(array, tmp_path, taken, state)
    core.refresh()
    assert core.instance.state["lost"] is False
    assert core.run(config).action == "no-op"
    assert [one.lost for one in array.driver.list_snapshots()] == [None]
    assert delete(array, taken) is None


@pytest.mark.parametrize("state", UNSURE)
def test_nothing_is_restored_or_copied_from_a_snapshot_that_may_not_be_whole(
    array: World, volume: Volume, taken: Snapshot, tmp_path: Path, state: str
) -> None:
    write(array, volume, "tuesday")
    call(array, tmp_path, taken, state)
    before = array.calls().get("POST /cs/flashcopies")
    with pytest.raises(Refused, match=state) as restore:
        array.driver.revert_to_snapshot(snapshot_id=taken.id, volume_id=volume.id, deadline=10)
    with pytest.raises(Refused, match=state) as clone:
        array.driver.create_volume_from_snapshot(
            snapshot_id=taken.id, name=array.new_name(), pool=volume.pool_id, deadline=10
        )
    assert (restore.value.attribute, clone.value.attribute) == ("snapshot_id", "source_snapshot_id")
    assert array.calls().get("POST /cs/flashcopies") == before
    assert labels(array, volume) == ["monday", "tuesday"]


@pytest.mark.parametrize("state", UNSURE)
def test_a_group_snapshot_is_neither_lost_nor_restored_from_while_that_is_not_sure(
    array: World, volume: Volume, tmp_path: Path, state: str
) -> None:
    made: GroupSnapshot = array.driver.create_cgsnapshot(
        group_id="group", name="monday", volume_ids=[volume.id], allow_shared_lss=True, deadline=20
    )
    call(array, tmp_path, made.snapshots[0], state)
    found = array.driver.find_cgsnapshot(made.id)
    assert found is not None
    assert [one.lost for one in found.snapshots] == [None]
    with pytest.raises(Refused, match=state):
        array.driver.revert_to_cgsnapshot(cgsnapshot_id=made.id, deadline=10)

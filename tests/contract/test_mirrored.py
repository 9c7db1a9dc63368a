"""A volume in a PPRC pair somebody else made: seen as what it is, and left alone by all that would break the pair."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.copying import DS8KBystander
from support.mirroring import fail_over, join, mirror
from support.rest_console import Console
from support.simulated import World, world_of
from terraform_provider_xivds8k import simulators
from terraform_provider_xivds8k.driver import InUse, Unsupported, Volume


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[simulators.Simulation]:
    """Serve two linked DS8000s."""
    with simulators.start(tmp_path / "s.db", ds8k=["127.0.0.1"] * 2, control="127.0.0.1:0") as found:
        yield found


@pytest.fixture
def array(linked: simulators.Simulation) -> Iterator[World]:
    """Return the first of the two with a driver connected to it."""
    found = world_of(linked, "ds8k", 5)
    yield found
    found.driver.close()


@pytest.fixture
def there(linked: simulators.Simulation) -> Iterator[Console]:
    """Return a console of the second."""
    found = Console(linked.arrays[1], str(linked.control))
    found.sign_in()
    yield found
    found.close()


@pytest.fixture
def bystander(array: World) -> Iterator[DS8KBystander]:
    """Return somebody who works beside the driver."""
    found = DS8KBystander(array)
    yield found
    found.close()


@pytest.fixture
def mirrored(bystander: DS8KBystander, there: Console) -> Volume:
    """Return a volume that is mirrored."""
    volume = bystander.make()
    remote = there.make(gib=17, lss=volume.id[:2])
    assert not join(bystander.console, there, volume.id[:2], remote[:2]).refused
    assert not mirror(bystander.console, there, volume.id, remote).refused
    return volume


def test_both_ends_of_a_pair_are_seen_as_what_they_are(
    array: World, bystander: DS8KBystander, there: Console, mirrored: Volume
) -> None:
    back = bystander.make()
    own = there.make(gib=17, lss="00")
    assert not join(there, bystander.console, "00", back.id[:2]).refused
    assert not mirror(there, bystander.console, own, back.id, "global_copy").refused
    seen = {one.id: (one.replicated, one.is_secondary) for one in array.driver.list_volumes()}
    assert (seen[mirrored.id], seen[back.id], seen["0000"]) == ((True, False), (True, True), (False, False))


def test_after_a_failover_neither_end_is_a_secondary(
    array: World, bystander: DS8KBystander, there: Console, mirrored: Volume
) -> None:
    """Both arrays have a source then, and the one that took over is not asked about the other."""
    (pair,) = there.ask("GET", "/cs/pprcs").records
    seen = fail_over(there, bystander.console, pair["target_volume"]["name"], mirrored.id)
    assert not seen.refused, seen.body
    (found,) = [one for one in array.driver.list_volumes() if one.id == mirrored.id]
    assert (found.replicated, found.is_secondary) == (True, False)


def test_the_secondary_of_a_pair_is_not_managed_and_the_primary_is(
    array: World, bystander: DS8KBystander, there: Console, mirrored: Volume
) -> None:
    """It belongs to its pair; a new name is sent for the primary alone."""
    back, own = bystander.make(), there.make(gib=17, lss="00")
    assert not join(there, bystander.console, "00", back.id[:2]).refused
    assert not mirror(there, bystander.console, own, back.id).refused
    with pytest.raises(Unsupported, match="is the secondary of a pair"):
        array.driver.manage_existing(existing_name=back.name, new_name=array.new_name())
    assert array.driver.get_volume(back.id).name == back.name
    name = array.new_name()
    assert array.driver.manage_existing(existing_name=mirrored.name, new_name=name).name == name
    assert len(bystander.console.ask("GET", f"/volumes/{mirrored.id}/pprc").records) == 1


def test_a_mirrored_volume_is_neither_restored_deleted_grown_nor_moved(
    array: World, bystander: DS8KBystander, mirrored: Volume
) -> None:
    snapshot = bystander.snapshot(mirrored)
    bystander.write(mirrored.id, "since")
    before = array.calls()
    for change in (
        lambda: array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=mirrored.id),
        lambda: array.driver.delete_volume(volume_id=mirrored.id, expected_name=mirrored.name),
        lambda: array.driver.extend_volume(
            volume_id=mirrored.id, size_bytes=2 * mirrored.size_bytes, expected_name=mirrored.name
        ),
        lambda: array.driver.migrate_volume(volume_id=mirrored.id, pool=array.pools()[1].id),
    ):
        with pytest.raises(InUse) as caught:
            change()
        assert "PPRC" in f"{caught.value.summary} {caught.value.happened}"
    writes = {"POST /cs/flashcopies", "DELETE /volumes/{id}", "PUT /volumes/{id}"}
    assert [array.calls().get(one, 0) for one in writes] == [before.get(one, 0) for one in writes]
    assert bystander.labels(mirrored.id) == ["since"]


def test_a_mirrored_snapshot_is_not_deleted_and_keeps_its_relation(
    array: World, bystander: DS8KBystander, there: Console, mirrored: Volume
) -> None:
    """A snapshot of a mirrored volume is none itself; once its target is in a pair too, it stays."""
    taken = array.driver.create_snapshot(volume_id=mirrored.id, name=array.new_name(), deadline=10)
    remote = there.make(gib=17, lss=taken.id[:2])
    assert not join(bystander.console, there, taken.id[:2], remote[:2]).refused
    assert not mirror(bystander.console, there, taken.id, remote).refused
    with pytest.raises(InUse, match="PPRC"):
        array.driver.delete_snapshot(snapshot_id=taken.id, volume_id=mirrored.id, expected_name=taken.name, deadline=10)
    found = array.driver.find_snapshot(taken.id, mirrored.id)
    assert found is not None
    assert found.lost is None

"""Restores whose ground shifts: ids given again, a busy array, a copy that ends early, half of a group, long names."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.copying import Bystander, DS8KBystander, XivBystander, bystander_of
from support.plugin_client import eventually
from support.simulated import World, world_of
from terraform_provider_xivds8k.driver import InUse, NotFound, Refused, Volume
from terraform_provider_xivds8k.simulators import start

ON_XIV = pytest.mark.parametrize("family", ["xiv"])
ON_DS8K = pytest.mark.parametrize("family", ["ds8k"])


@ON_DS8K
def test_a_snapshot_without_its_volume_restores_nothing_since_ids_are_given_again(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    """The id of a snapshot deleted outside went to a snapshot of another volume."""
    assert isinstance(bystander, DS8KBystander)
    volume, snapshot = written
    assert bystander.console.ask("DELETE", f"/cs/flashcopies/{volume.id}:{snapshot}").status in {200, 204}
    assert bystander.console.ask("DELETE", f"/volumes/{snapshot}").status in {200, 204}
    production = bystander.make()
    theirs = bystander.snapshot(production)
    bystander.write(production.id, "since")
    assert snapshot in {production.id, theirs}
    with pytest.raises(Refused) as caught:
        array.driver.revert_to_snapshot(snapshot_id=theirs)
    assert caught.value.attribute == "volume_id"
    with pytest.raises((Refused, NotFound)):
        array.driver.revert_to_snapshot(snapshot_id=theirs, volume_id=volume.id)
    with pytest.raises((Refused, NotFound)):
        array.driver.revert_to_snapshot(snapshot_id=f"{volume.id}:{theirs}")
    assert bystander.labels(production.id) == ["since"]
    array.driver.revert_to_snapshot(snapshot_id=f"{production.id}:{theirs}")
    assert bystander.labels(production.id) == []


@ON_XIV
def test_a_volume_mapped_while_the_array_was_busy_is_not_restored(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    volume, snapshot = written
    busy = {"command": "snapshot_restore", "nth": 1, "times": 3, "action": "error", "code": "MIRROR_RETRY_OPERATION"}
    array.ask("POST", "/faults", {"array": array.name, **busy})
    before = array.calls().get("snapshot_restore", 0)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(array.driver.revert_to_snapshot, snapshot_id=snapshot, volume_id=volume.id, deadline=30)
        eventually(lambda: array.calls().get("snapshot_restore", 0) > before, "the array was asked", 20)
        bystander.map(volume.id)
        with pytest.raises(InUse):
            running.result()
    assert bystander.labels(volume.id) == ["then", "since"]
    assert not [one for one in array.driver.list_volumes() if "before-restore" in one.name]


def test_a_copy_back_somebody_ends_is_not_called_done(tmp_path: Path) -> None:
    """On an array that takes a minute for it, where a tenth of a second says nothing of an end."""
    with start(tmp_path / "slow.db", ds8k=["127.0.0.1:0"], control="127.0.0.1:0", time_scale=0.01) as simulation:
        array = world_of(simulation, "ds8k", 5)
        bystander = bystander_of(array)
        volume = bystander.make()
        snapshot = bystander.snapshot(volume)
        told: list[str] = []
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(
                array.driver.revert_to_snapshot,
                snapshot_id=snapshot,
                volume_id=volume.id,
                deadline=30,
                progress=told.append,
            )
            eventually(lambda: any("tracks left" in one for one in told), "it is being copied back", 20)
            assert isinstance(bystander, DS8KBystander)
            assert not bystander.console.ask("DELETE", f"/cs/flashcopies/{volume.id}:{snapshot}").refused
            with pytest.raises(NotFound) as caught:
                running.result()
        bystander.close()
        array.driver.close()
    assert "not known" in caught.value.left_behind
    assert "tracks were left" in caught.value.happened


@ON_DS8K
def test_a_refusal_after_a_part_was_restored_names_that_part(array: World, bystander: Bystander) -> None:
    """Of two volumes the first keeps its snapshot, so it is reversed in a call of its own."""
    assert isinstance(bystander, DS8KBystander)
    kept, consumed = bystander.make(), bystander.make()
    pairs = [
        (kept, bystander.snapshot(kept, "persistent", "record_changes")),
        (consumed, bystander.snapshot(consumed)),
    ]
    bystander.console.advance(600)
    for volume, _ in pairs:
        bystander.write(volume.id, "since")
    array.fail("POST /cs/flashcopies", "error", nth=2, code="000000AE")
    name = ",".join(f"{volume.id}:{snapshot}" for volume, snapshot in pairs)
    with pytest.raises(InUse) as caught:
        array.driver.revert_to_cgsnapshot(cgsnapshot_id=name, deadline=30)
    assert f"Restored all the same: {kept.name}" in caught.value.left_behind
    assert [bystander.labels(volume.id) for volume, _ in pairs] == [[], ["since"]]


@ON_DS8K
def test_a_pair_named_twice_is_restored_once(array: World, bystander: Bystander, written: tuple[Volume, str]) -> None:
    volume, snapshot = written
    pair = f"{volume.id}:{snapshot}"
    array.driver.revert_to_cgsnapshot(cgsnapshot_id=f"{pair},{pair.lower()}")
    assert bystander.labels(volume.id) == ["then"]
    with pytest.raises(Refused):
        array.driver.revert_to_cgsnapshot(cgsnapshot_id="monday")


@ON_XIV
def test_a_group_with_long_names_gets_a_safety_snapshot_that_tells_its_members_apart(
    array: World, bystander: Bystander
) -> None:
    assert isinstance(bystander, XivBystander)
    pool, stem = array.pools()[0], "m" * 40
    volumes = [
        array.driver.create_volume(name=f"{stem}{number}", pool=pool.id, size_bytes=17 * 2**30) for number in range(2)
    ]
    group = "g" * 60
    bystander.xcli.does("cg_create", cg=group, pool=pool.name)
    for volume in volumes:
        bystander.xcli.does("cg_add_vol", cg=group, vol=volume.name)
    bystander.xcli.does("cg_snapshots_create", cg=group, snap_group="monday")
    for volume in volumes:
        bystander.write(volume.id, "since")
    done = array.driver.revert_to_cgsnapshot(cgsnapshot_id="monday")
    assert [bystander.labels(volume.id) for volume in volumes] == [[], []]
    kept = [one for one in array.driver.list_volumes() if one.snapshot_group == done.safety[0]]
    assert [bystander.labels(one.id) for one in kept] == [["since"], ["since"]]

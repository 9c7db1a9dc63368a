"""Restoring from snapshots: the same rules on both families, proven by what hosts wrote."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.copying import Bystander, DS8KBystander, XivBystander
from support.plugin_client import eventually
from support.simulated import World
from terraform_provider_xivds8k.driver import InDoubt, InUse, NoSpace, NotFound, Refused, TimedOut, Volume

ON_XIV = pytest.mark.parametrize("family", ["xiv"])
ON_DS8K = pytest.mark.parametrize("family", ["ds8k"])


@pytest.fixture
def restore_command(array: World) -> str:
    """Return the journal's name of the command that restores."""
    return "snapshot_restore" if array.family == "xiv" else "POST /cs/flashcopies"


def test_a_restored_volume_holds_what_its_snapshot_held(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    volume, snapshot = written
    told: list[str] = []
    done = array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id, progress=told.append)
    assert bystander.labels(volume.id) == ["then"]
    assert (done.volume_ids, done.dry_run) == ((volume.id,), False)
    assert any(volume.name in one for one in told)
    now = array.driver.find_volume(volume.id)
    assert now is not None
    assert (now.name, now.size_bytes, now.pool_id) == (volume.name, volume.size_bytes, volume.pool_id)


@ON_XIV  # a DS8000 has no snapshot that could be taken beside a reversed relation
def test_what_an_xiv_volume_held_is_kept_in_a_safety_snapshot(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    assert isinstance(bystander, XivBystander)
    volume, snapshot = written
    done = array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id)
    (safety,) = done.safety
    (kept,) = array.driver.find_volumes_by_name(safety)
    assert kept.snapshot_of == volume.name
    assert kept.delete_priority == 1
    assert bystander.labels(kept.id) == ["then", "since"]
    assert done.survives
    assert bystander.labels(snapshot) == ["then"]


@ON_XIV  # only an XIV takes a safety snapshot
def test_a_volume_without_room_for_a_safety_snapshot_is_not_restored(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    assert isinstance(bystander, XivBystander)
    volume, snapshot = written
    array.fail("snapshot_create", "error", code="NOT_ENOUGH_SNAPSHOT_SPACE")
    with pytest.raises(NoSpace) as caught:
        array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id)
    assert caught.value.code == "NOT_ENOUGH_SNAPSHOT_SPACE"
    assert bystander.labels(volume.id) == ["then", "since"]


@ON_DS8K  # an XIV's snapshots always survive
@pytest.mark.parametrize("turned", [False, True], ids=["kept", "turned"])
@pytest.mark.parametrize("form", ["no copy", "full copy", "incremental"])
def test_the_result_says_whether_the_snapshot_survives(
    array: World, bystander: Bystander, form: str, turned: bool
) -> None:
    assert isinstance(bystander, DS8KBystander)
    bystander.console.turn("reverse_restore_turns_relation", on=turned)
    volume = bystander.make()
    bystander.write(volume.id, "then")
    forms = {
        "no copy": ("persistent", "no_background_copy"),
        "full copy": ("persistent",),
        "incremental": ("persistent", "record_changes"),
    }
    snapshot = bystander.snapshot(volume, *forms[form])
    bystander.console.advance(600)
    bystander.write(volume.id, "since")
    done = array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id)
    assert bystander.labels(volume.id) == ["then"]
    assert done.survives == (form == "incremental" and not turned)
    relations = [one["id"] for one in bystander.console.ask("GET", "/cs/flashcopies").records]
    assert relations == ([f"{volume.id}:{snapshot}"] if done.survives else [])
    assert array.driver.find_volume(snapshot) is not None, "the snapshot's volume is not ours to delete"


def test_a_dry_run_checks_and_names_the_calls_and_changes_nothing(
    array: World, bystander: Bystander, written: tuple[Volume, str], restore_command: str
) -> None:
    volume, snapshot = written
    before = array.calls()
    done = array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id, dry_run=True)
    assert done.dry_run
    assert any(restore_command in one for one in done.calls)
    assert bystander.labels(volume.id) == ["then", "since"]
    assert array.calls().get(restore_command, 0) == before.get(restore_command, 0)
    assert array.calls().get("snapshot_create", 0) == before.get("snapshot_create", 0)


def test_a_mapped_volume_is_restored_only_when_its_hosts_are_said_to_be_offline(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    volume, snapshot = written
    bystander.map(volume.id)
    for dry_run in (True, False):
        with pytest.raises(InUse) as caught:
            array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id, dry_run=dry_run)
        assert "hosts_offline" in caught.value.next_step
    assert bystander.labels(volume.id) == ["then", "since"]
    array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id, hosts_offline=True)
    assert bystander.labels(volume.id) == ["then"]


@ON_XIV  # a DS8000 grows no volume that is in a relation
def test_a_volume_resized_since_is_not_restored(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    volume, snapshot = written
    bystander.grow(volume)
    with pytest.raises(InUse) as caught:
        array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id)
    assert "resized" in caught.value.summary
    assert bystander.labels(volume.id) == ["then", "since"]


@ON_DS8K  # an XIV restores beside any number of snapshots
def test_a_volume_with_other_relations_is_not_restored(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    volume, snapshot = written
    other = bystander.snapshot(volume)
    with pytest.raises(InUse) as caught:
        array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id)
    assert f"{volume.id}:{other}" in caught.value.happened
    assert bystander.labels(volume.id) == ["then", "since"]


@ON_DS8K  # an XIV consumes no snapshot
def test_a_mapped_snapshot_is_not_consumed(array: World, bystander: Bystander, written: tuple[Volume, str]) -> None:
    volume, snapshot = written
    bystander.map(snapshot)
    with pytest.raises(InUse) as caught:
        array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id, hosts_offline=True)
    assert "consumed" in caught.value.summary
    assert bystander.labels(volume.id) == ["then", "since"]


def test_a_lost_snapshot_restores_nothing(array: World, bystander: Bystander, written: tuple[Volume, str]) -> None:
    volume, snapshot = written
    if isinstance(bystander, DS8KBystander):
        assert bystander.console.ask("DELETE", f"/cs/flashcopies/{volume.id}:{snapshot}").status in {200, 204}
    elif isinstance(bystander, XivBystander):
        bystander.xcli.does("snapshot_delete", snapshot=bystander.called(snapshot))
    with pytest.raises(NotFound) as caught:
        array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id)
    assert caught.value.attribute == "snapshot_id"
    assert bystander.labels(volume.id) == ["then", "since"]


def test_a_snapshot_of_another_volume_restores_nothing(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    volume, snapshot = written
    other = bystander.make()
    with pytest.raises(Refused) as caught:
        array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=other.id)
    assert volume.id in caught.value.summary
    assert other.id in caught.value.summary


def test_a_restore_the_array_refuses_changes_nothing_and_keeps_its_code(
    array: World, bystander: Bystander, written: tuple[Volume, str], restore_command: str
) -> None:
    volume, snapshot = written
    code = {"xiv": "VOLUME_LOCKED", "ds8k": "000000AE"}[array.family]
    array.fail(restore_command, "error", code=code)
    before = {one.id for one in array.driver.list_volumes()}
    with pytest.raises((Refused, InUse)) as caught:
        array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id)
    assert caught.value.code == code
    assert "Nothing was restored" in caught.value.left_behind or array.family == "ds8k"
    assert bystander.labels(volume.id) == ["then", "since"]
    assert {one.id for one in array.driver.list_volumes()} == before


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
def test_a_restore_whose_answer_was_lost_is_in_doubt_or_seen_to_be_done(
    array: World, bystander: Bystander, written: tuple[Volume, str], restore_command: str, action: str
) -> None:
    volume, snapshot = written
    array.fail(restore_command, action)
    if action == "drop_after" and array.family == "ds8k":
        array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id)
        assert bystander.labels(volume.id) == ["then"]
        return
    with pytest.raises(InDoubt) as caught:
        array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id)
    assert volume.name in caught.value.left_behind
    if array.family == "xiv":
        (safety,) = [one for one in array.driver.list_volumes() if "before-restore" in one.name]
        assert safety.name in caught.value.left_behind
        assert bystander.labels(safety.id) == ["then", "since"]


@ON_DS8K
def test_defect_1_a_failed_look_at_a_restore_neither_deletes_the_volume_nor_ends_it(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    volume, snapshot = written
    looks = {"command": "GET /cs/flashcopies/{id}", "nth": 3, "times": 6, "action": "error", "code": "BE7A0005"}
    array.ask("POST", "/faults", {"array": array.name, **looks})
    array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id, deadline=30)
    assert array.driver.find_volume(volume.id) is not None
    assert bystander.labels(volume.id) == ["then"]


@ON_DS8K
def test_defect_1_an_array_that_goes_away_during_a_restore_costs_no_volume(
    array: World, bystander: Bystander, written: tuple[Volume, str]
) -> None:
    volume, snapshot = written
    array.fail("GET /cs/flashcopies/{id}", "down", nth=3)
    with pytest.raises(TimedOut) as caught:
        array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id, deadline=1.5)
    assert "nothing was undone" in caught.value.left_behind
    array.ask("DELETE", "/faults")
    array.ask("POST", f"/arrays/{array.name}", {"state": "up"})
    assert array.driver.find_volume(volume.id) is not None
    assert array.driver.find_volume(snapshot) is not None
    assert bystander.labels(volume.id) == ["then"]


def test_defect_21_a_revert_that_reports_success_has_reverted(
    array: World, bystander: Bystander, written: tuple[Volume, str], restore_command: str
) -> None:
    volume, snapshot = written
    before = array.calls().get(restore_command, 0)
    array.driver.revert_to_snapshot(snapshot_id=snapshot, volume_id=volume.id)
    assert array.calls()[restore_command] == before + 1
    assert bystander.labels(volume.id) == ["then"]


def test_a_group_is_restored_as_a_whole(array: World, bystander: Bystander) -> None:
    volumes = [bystander.make() for _ in range(3)]
    for volume in volumes:
        bystander.write(volume.id, "then")
    name, snapshots = bystander.group_snapshot(volumes)
    for volume in volumes:
        bystander.write(volume.id, "since")
    looked = array.driver.revert_to_cgsnapshot(cgsnapshot_id=name, dry_run=True)
    assert sorted(looked.volume_ids) == sorted(volume.id for volume in volumes)
    assert all(bystander.labels(volume.id) == ["then", "since"] for volume in volumes)
    done = array.driver.revert_to_cgsnapshot(cgsnapshot_id=name)
    assert all(bystander.labels(volume.id) == ["then"] for volume in volumes)
    assert done.survives == (array.family == "xiv")
    if array.family == "xiv":
        assert all(bystander.labels(snapshot) == ["then"] for snapshot in snapshots)
        kept = [one for one in array.driver.list_volumes() if one.snapshot_group == done.safety[0]]
        assert [bystander.labels(one.id) for one in kept] == [["then", "since"]] * 3


def test_a_group_with_one_mapped_member_is_not_restored_at_all(array: World, bystander: Bystander) -> None:
    volumes = [bystander.make() for _ in range(2)]
    name, _ = bystander.group_snapshot(volumes)
    for volume in volumes:
        bystander.write(volume.id, "since")
    bystander.map(volumes[1].id)
    with pytest.raises(InUse):
        array.driver.revert_to_cgsnapshot(cgsnapshot_id=name)
    assert all(bystander.labels(volume.id) == ["since"] for volume in volumes)


@ON_XIV  # a DS8000 knows no groups: the snapshot names its volumes
def test_a_group_with_other_members_than_then_is_not_restored(array: World, bystander: Bystander) -> None:
    assert isinstance(bystander, XivBystander)
    volumes = [bystander.make() for _ in range(2)]
    name, _ = bystander.group_snapshot(volumes)
    bystander.xcli.does("cg_remove_vol", vol=volumes[1].name)
    bystander.write(volumes[0].id, "since")
    with pytest.raises(Refused) as caught:
        array.driver.revert_to_cgsnapshot(cgsnapshot_id=name)
    assert volumes[1].name in caught.value.happened
    assert bystander.labels(volumes[0].id) == ["since"]


@ON_DS8K  # an XIV restores a group in one command
def test_half_a_restored_group_is_named_for_what_it_is(array: World, bystander: Bystander) -> None:
    assert isinstance(bystander, DS8KBystander)
    volumes = [bystander.make() for _ in range(2)]
    name, snapshots = bystander.group_snapshot(volumes)
    relation = f"{volumes[1].id}:{snapshots[1]}"
    for volume in volumes:
        bystander.write(volume.id, "since")
    array.fail("POST /cs/flashcopies", "delay_before", seconds=1)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(array.driver.revert_to_cgsnapshot, cgsnapshot_id=name)
        eventually(lambda: not array.ask("GET", "/faults"), "the restore is under way", 20)
        bystander.snapshot(volumes[1])  # which the look before it did not show
        with pytest.raises(Refused) as caught:
            running.result()
    assert relation in caught.value.summary
    assert caught.value.code
    assert volumes[0].name in caught.value.left_behind
    assert [bystander.labels(volume.id) for volume in volumes] == [[], ["since"]]

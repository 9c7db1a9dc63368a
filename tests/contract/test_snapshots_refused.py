"""Snapshots the array refuses, loses or is slow with: nothing of anybody's is deleted, and nothing called done.

Defects are those of the replaced driver, by their numbers in the reference, §7.1.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from support.simulated import World
from support.snapshot_hands import DELETE, RELATION, TAKE, WITHDRAW, delete, labels, make, take, write
from terraform_provider_xivds8k.driver import (
    BadCredentials,
    DriverError,
    Family,
    InDoubt,
    InUse,
    Refused,
    TimedOut,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.plugin import Cancellation

GIB = 2**30
GONE = "BE7A0001"
RECENTLY_USED = "BE7A0049"
PASSWORD_REFUSED = "BE7A0029"
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])


@ds8k_only
@pytest.mark.parametrize("code", ["BE7A0000", "000000AE", "NEVER_SEEN"])
def test_defect_2_a_failed_look_at_a_copy_deletes_nothing_and_is_repeated(
    array: World, family: Family, code: str
) -> None:
    volume = make(array)
    write(array, volume, "monday")
    array.fail(RELATION, "error", code=code, times=2)
    taken = take(array, volume, copy="full")
    assert DELETE["ds8k"] not in array.calls()
    assert array.driver.find_snapshot(taken.id, volume.id) is not None
    assert labels(array, taken) == ["monday"]


@ds8k_only
def test_defect_2_a_copy_the_array_calls_invalid_is_an_error_that_names_its_target(
    array: World, family: Family
) -> None:
    """And no success with the id of something that was deleted."""
    pool, _ = array.pools()
    volume = array.driver.create_volume(
        name=array.new_name(), pool=pool.id, size_bytes=3 * GIB, provisioning="thin", deadline=10
    )
    write(array, volume, "monday")

    def fill(_: str) -> None:
        free = array.driver.get_pool(pool.id).free_bytes // GIB
        if free > 1:
            array.driver.create_volume(
                name=array.new_name(), pool=pool.id, size_bytes=(free - 1) * GIB, provisioning="thick", deadline=10
            )
            write(array, volume, "tuesday")

    with pytest.raises(Refused, match="was lost while it was copied") as caught:
        take(array, volume, copy="full", progress=fill)
    left = caught.value.left
    assert left is not None
    assert array.driver.find_volume(left.id) is not None
    assert (
        array.driver.delete_snapshot(
            snapshot_id=left.id, volume_id=volume.id, expected_name=left.name, left_bytes=left.size_bytes, deadline=10
        )
        is None
    )
    assert array.driver.find_volume(left.id) is None


@ds8k_only
def test_defect_8_a_copy_that_is_not_seen_is_not_finished(array: World, family: Family) -> None:
    volume = make(array)
    array.fail(RELATION, "error", code=GONE, times=1000)
    with pytest.raises(TimedOut, match="was not seen") as caught:
        array.driver.create_snapshot(volume_id=volume.id, name=array.new_name(), copy="full", deadline=2)
    array.ask("DELETE", "/faults")
    assert caught.value.snapshot is None
    assert caught.value.left is not None
    assert array.driver.find_snapshot(caught.value.left.id, volume.id) is not None
    assert DELETE["ds8k"] not in array.calls()


@ds8k_only
def test_a_copy_that_is_not_done_in_time_is_left_as_the_snapshot_it_is(array: World, family: Family) -> None:
    volume = make(array)
    array.fail(RELATION, "delay_after", seconds=3, nth=1)
    with pytest.raises(TimedOut, match="copied in full") as caught:
        array.driver.create_snapshot(volume_id=volume.id, name=array.new_name(), copy="full", deadline=2)
    left = caught.value.left
    assert left is not None
    assert (left.id, left.name) in {(one.id, one.name) for one in array.driver.list_snapshots()}


@ds8k_only
def test_a_full_copy_whose_end_cannot_be_looked_for_is_left_as_the_snapshot_it_is(array: World, family: Family) -> None:
    volume, name = make(array), array.new_name()
    array.fail(RELATION, "error", code=PASSWORD_REFUSED)
    with pytest.raises(BadCredentials) as caught:
        array.driver.create_snapshot(volume_id=volume.id, name=name, copy="full", deadline=5)
    left = caught.value.left
    assert left is not None
    assert left.name == name
    assert left.id in caught.value.left_behind
    assert array.driver.find_snapshot(left.id, volume.id) is not None


@ds8k_only
def test_a_withdrawal_whose_end_cannot_be_looked_for_says_what_is_left(array: World, family: Family) -> None:
    taken = take(array, make(array))
    array.fail(RELATION, "error", code=PASSWORD_REFUSED, nth=3)
    with pytest.raises(BadCredentials) as caught:
        delete(array, taken)
    assert array.calls()[WITHDRAW] == 1
    left = caught.value.left
    assert left is not None
    assert taken.id in caught.value.left_behind
    assert delete(array, taken, left_bytes=left.size_bytes) is None
    assert array.driver.find_volume(taken.id) is None


@ds8k_only
def test_a_refused_withdrawal_changes_nothing_and_leaves_nothing(array: World, family: Family) -> None:
    taken = take(array, make(array))
    array.fail(WITHDRAW, "error", code="NEVER_SEEN")
    with pytest.raises(Refused) as caught:
        delete(array, taken)
    assert (caught.value.code, caught.value.left) == ("NEVER_SEEN", None)
    assert delete(array, taken) is None


@ds8k_only
def test_a_stop_while_copying_leaves_the_snapshot_and_says_so(array: World, family: Family) -> None:
    volume, cancellation = make(array), Cancellation()
    with (
        closing(XIVDS8KDriver(array.settings, cancellation=cancellation)) as driver,
        pytest.raises(DriverError) as caught,
    ):
        driver.create_snapshot(
            volume_id=volume.id,
            name=array.new_name(),
            copy="full",
            deadline=30,
            progress=lambda _: cancellation.set(),
        )
    assert caught.value.snapshot is not None
    found = array.driver.find_snapshot(caught.value.snapshot.id, volume.id)
    assert found is not None
    assert found.lost is None


@ds8k_only
def test_defect_3_a_refused_flashcopy_leaves_no_target(array: World, family: Family) -> None:
    volume = make(array)
    before = {one.id for one in array.driver.list_volumes()}
    array.fail(TAKE["ds8k"], "error", code="000000AE")
    with pytest.raises(InUse) as caught:
        take(array, volume)
    assert (caught.value.code, caught.value.left) == ("000000AE", None)
    assert {one.id for one in array.driver.list_volumes()} == before
    assert take(array, volume).lost is None


def test_a_refused_snapshot_leaves_nothing(array: World) -> None:
    volume = make(array)
    before = {one.id for one in array.driver.list_volumes()}
    code = {"xiv": "NEVER_SEEN", "ds8k": "00000013"}[array.family]
    array.fail(TAKE[array.family], "error", code=code)
    with pytest.raises(DriverError) as caught:
        take(array, volume)
    assert (caught.value.code, caught.value.left) == (code, None)
    assert {one.id for one in array.driver.list_volumes()} == before


@ds8k_only
def test_a_flashcopy_refused_by_an_unknown_code_keeps_its_target(array: World, family: Family) -> None:
    """What the code means is not known, so the copy may still come, and the id is given to nobody."""
    volume = make(array)
    array.fail(TAKE["ds8k"], "error", code="NEVER_SEEN")
    with pytest.raises(Refused) as caught:
        take(array, volume)
    left = caught.value.left
    assert caught.value.code == "NEVER_SEEN"
    assert left is not None
    assert f"(id {left.id}) is left" in caught.value.left_behind
    assert DELETE["ds8k"] not in array.calls()
    assert (
        array.driver.delete_snapshot(
            snapshot_id=left.id, volume_id=volume.id, expected_name=left.name, left_bytes=left.size_bytes, deadline=10
        )
        is None
    )


def test_a_snapshot_whose_answer_is_lost_is_taken_once(array: World) -> None:
    volume = make(array)
    write(array, volume, "monday")
    array.fail(TAKE[array.family], "drop_after")
    taken = take(array, volume)
    assert array.calls()[TAKE[array.family]] == 1
    assert [one.id for one in array.driver.list_snapshots()] == [taken.id]
    assert labels(array, taken) == ["monday"]


@ds8k_only
def test_a_flashcopy_that_may_still_be_carried_out_keeps_its_target(array: World, family: Family) -> None:
    """Deleted, its id would be given to the next volume, and the late FlashCopy would overwrite that."""
    volume = make(array)
    array.fail(TAKE["ds8k"], "drop_before")
    with pytest.raises(InDoubt) as caught:
        take(array, volume)
    left = caught.value.left
    assert left is not None
    assert left.id in caught.value.left_behind
    assert DELETE["ds8k"] not in array.calls()
    assert make(array).id != left.id


@ds8k_only
def test_a_flashcopy_nobody_could_look_for_keeps_its_target(array: World, family: Family) -> None:
    volume = make(array)
    array.fail(TAKE["ds8k"], "drop_after")
    array.fail(RELATION, "error", code="BE7A0000", times=3)
    with pytest.raises(InDoubt) as caught:
        take(array, volume)
    array.ask("DELETE", "/faults")
    left = caught.value.left
    assert left is not None
    assert array.driver.find_snapshot(left.id, volume.id) is not None


def test_two_snapshots_of_one_name_at_once_are_one_and_a_refusal(array: World) -> None:
    volume, name = make(array), array.new_name()
    told: list[object] = []

    def run() -> None:
        try:
            told.append(array.driver.create_snapshot(volume_id=volume.id, name=name, deadline=20).id)
        except DriverError as error:
            told.append(type(error).__name__)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("AlreadyExists") == 2
    assert [one.id for one in array.driver.list_snapshots()] == [one for one in told if one != "AlreadyExists"]


@ds8k_only
def test_a_deletion_the_array_refuses_for_a_while_is_done_within_the_deadline(array: World, family: Family) -> None:
    """As for some minutes after a host used the target."""
    taken = take(array, make(array))
    array.fail(DELETE["ds8k"], "error", code=RECENTLY_USED, times=2)
    assert delete(array, taken) is None
    assert array.driver.find_volume(taken.id) is None
    assert (array.calls()[WITHDRAW], array.calls()[DELETE["ds8k"]]) == (1, 3)


@ds8k_only
def test_a_deletion_that_is_refused_after_the_withdrawal_says_what_is_left(array: World, family: Family) -> None:
    taken = take(array, make(array))
    array.fail(DELETE["ds8k"], "error", code=RECENTLY_USED, times=1000)
    with pytest.raises(DriverError) as caught:
        delete(array, taken, deadline=0.5)
    array.ask("DELETE", "/faults")
    assert (caught.value.code, caught.value.left and caught.value.left.id) == (RECENTLY_USED, taken.id)
    assert f"(id {taken.id})" in caught.value.left_behind
    assert array.calls()[WITHDRAW] == 1
    assert delete(array, taken) is not None  # a lost one, for all that is known
    assert delete(array, taken, left_bytes=taken.size_bytes) is None
    assert array.driver.find_volume(taken.id) is None


def test_a_deletion_in_doubt_is_sent_once_and_a_late_one_meets_no_successor(array: World) -> None:
    """Sent twice and called done, the first one could delete what took the id or the name since."""
    taken = take(array, make(array))
    array.fail(DELETE[array.family], "drop_before")
    with pytest.raises(InDoubt) as caught:
        delete(array, taken)
    assert array.calls()[DELETE[array.family]] == 1
    left = caught.value.left
    assert (left.id if left is not None else None) == (taken.id if array.family == "ds8k" else None)
    found = array.driver.find_volume(taken.id)
    assert found is not None, "it is still in the way of a successor"
    assert delete(array, taken, left_bytes=taken.size_bytes) is None
    assert array.driver.find_volume(taken.id) is None


def test_what_a_mode_forbids_is_refused_before_anything_is_sent(array: World) -> None:
    taken = take(array, make(array))
    ours: dict[str, Any] = {"snapshot_id": taken.id, "volume_id": taken.volume_id}
    changes: dict[str, Callable[[XIVDS8KDriver], object]] = {
        "take": lambda driver: driver.create_snapshot(volume_id=taken.volume_id, name="other"),
        "rename": lambda driver: driver.rename_snapshot(**ours, new_name="other"),
        "prioritize": lambda driver: driver.change_snapshot_priority(**ours, delete_priority=2),
        "delete": lambda driver: driver.delete_snapshot(**ours),
    }
    before = array.calls()
    for mode, names in (("read_only", list(changes)), ("no_destroy", ["delete"])):
        with closing(array.another_driver(mode=mode)) as driver:
            for name in names:
                with pytest.raises(Refused) as caught:
                    changes[name](driver)
                assert caught.value.attribute == "mode", name
    assert array.calls() == before

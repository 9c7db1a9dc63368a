"""A DS8000 gives the id of a deleted volume to the next one: a deletion is done all the same, and harms no other."""

from __future__ import annotations

import threading
import time

import pytest

from support.simulated import World
from terraform_provider_xivds8k.driver import DriverError, Family, InDoubt, Volume

GIB = 2**30
DELETE, FIND = "DELETE /volumes/{id}", "GET /volumes/{id}"
HELD_S, PATIENCE_S = 1.0, 30.0


@pytest.fixture
def family() -> Family:
    """Return the family that gives ids again."""
    return "ds8k"


def create(array: World) -> Volume:
    pool, _ = array.pools()
    return array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)


def recreated_meanwhile(array: World, old: Volume) -> Volume:
    """Delete a volume, make another as soon as the array has deleted it, and return that one when all is done."""
    problems: list[Exception] = []

    def delete() -> None:
        try:
            array.driver.delete_volume(volume_id=old.id, expected_name=old.name, deadline=PATIENCE_S)
        except Exception as error:  # noqa: BLE001 - shown by the test
            problems.append(error)

    deletion = threading.Thread(target=delete)
    began = time.monotonic()
    deletion.start()
    while array.calls().get(DELETE, 0) == 0:
        assert time.monotonic() - began < PATIENCE_S
    new = create(array)
    deletion.join()
    assert problems == []
    assert new.id == old.id, "the id was not given again"
    return new


def test_a_deletion_is_done_when_its_id_has_a_new_volume(array: World) -> None:
    old = create(array)
    array.fail(DELETE, "delay_after", seconds=HELD_S)
    new = recreated_meanwhile(array, old)
    assert array.driver.find_volume(new.id) == new


def test_a_deletion_whose_answer_was_lost_is_done_when_its_id_has_a_new_volume_of_ours(array: World) -> None:
    """The look-up that would settle it comes after the creation; nothing is deleted a second time."""
    old = create(array)
    array.fail(DELETE, "drop_after")
    array.fail(FIND, "delay_before", nth=2, seconds=HELD_S)
    new = recreated_meanwhile(array, old)
    assert array.calls()[DELETE] == 1
    assert array.driver.find_volume(new.id) == new


def test_a_volume_of_the_same_name_is_not_taken_for_the_one_to_delete(array: World) -> None:
    """As when a resource gets another address: the old one is destroyed while the new one is made."""
    old = create(array)
    array.fail(DELETE, "drop_after")
    array.fail(FIND, "delay_before", nth=2, seconds=HELD_S)
    deletion = threading.Thread(
        target=array.driver.delete_volume,
        kwargs={"volume_id": old.id, "expected_name": old.name, "deadline": PATIENCE_S},
    )
    began = time.monotonic()
    deletion.start()
    while array.calls().get(DELETE, 0) == 0:
        assert time.monotonic() - began < PATIENCE_S
    new = array.driver.create_volume(name=old.name, pool=old.pool_id, size_bytes=5 * GIB, deadline=PATIENCE_S)
    deletion.join()
    assert array.calls()[DELETE] == 1
    assert array.driver.find_volume(new.id) == new


def test_a_write_is_not_repeated_to_the_volume_that_has_the_id_now(array: World) -> None:
    """The first one never reached the array; meanwhile somebody else deleted the volume and made another."""
    old, other, new_name = create(array), array.another_driver(), array.new_name()
    array.fail("PUT /volumes/{id}", "drop_before")
    array.fail(FIND, "delay_before", nth=2, seconds=HELD_S)
    told: list[DriverError] = []

    def rename() -> None:
        try:
            array.driver.rename_volume(volume_id=old.id, new_name=new_name, deadline=PATIENCE_S)
        except DriverError as error:
            told.append(error)

    renaming = threading.Thread(target=rename)
    began = time.monotonic()
    renaming.start()
    while array.calls().get("PUT /volumes/{id}", 0) == 0:
        assert time.monotonic() - began < PATIENCE_S
    try:
        other.delete_volume(volume_id=old.id, deadline=PATIENCE_S)
        stranger = other.create_volume(name="stranger", pool=old.pool_id, size_bytes=GIB, deadline=PATIENCE_S)
        renaming.join()
        assert stranger.id == old.id, "the id was not given again"
        assert [type(error) for error in told] == [InDoubt]
        assert "stranger" in str(told[0])
        assert other.find_volume(stranger.id) == stranger
    finally:
        other.close()


def test_a_write_that_was_sent_is_never_told_as_not_sent(array: World) -> None:
    """The answer is lost and the array is down from there on."""
    volume = create(array)
    array.fail("PUT /volumes/{id}", "drop_after")
    array.fail(FIND, "down", nth=2)
    with pytest.raises(InDoubt) as caught:
        array.driver.extend_volume(volume_id=volume.id, size_bytes=2 * GIB, deadline=5)
    assert "was sent" in str(caught.value)

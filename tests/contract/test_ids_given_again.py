"""A DS8000 gives the id of a deleted volume to the next one: a deletion is done all the same, and harms no other."""

from __future__ import annotations

import threading
import time

import pytest

from support.simulated import World
from terraform_provider_xivds8k.driver import Family, Volume

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

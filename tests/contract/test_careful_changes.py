"""Changes under awkward circumstances: a busy array, a move that shows late, names that fit more than one thing."""

from __future__ import annotations

import re
import threading
import time

import pytest

from support.simulated import World
from terraform_provider_xivds8k.data_sources.pools import Pool, PoolDataSource
from terraform_provider_xivds8k.driver import (
    DriverError,
    InUse,
    NotFound,
    Refused,
    TimedOut,
    VolumeFilter,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.driver.xiv.client import Client
from terraform_provider_xivds8k.lifecycle import Configured, Diagnostics, Guards
from terraform_provider_xivds8k.plugin import Cancellation

GIB = 2**30


@pytest.mark.parametrize("family", ["xiv"])
def test_a_snapshot_taken_while_a_deletion_waits_for_a_busy_array_is_not_deleted_with_it(array: World) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.fail("vol_delete", "error", code="MIRROR_RETRY_OPERATION", times=1000)
    ended: list[DriverError] = []

    def delete() -> None:
        try:
            array.driver.delete_volume(volume_id=made.id, expected_name=made.name, deadline=10)
        except DriverError as error:
            ended.append(error)

    deleting = threading.Thread(target=delete)
    deleting.start()
    deadline = time.monotonic() + 20
    while array.calls().get("vol_delete", 0) < 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    client = Client(array.settings)
    try:
        client.write("snapshot_create", Budget(5), vol=made.name, name="point")
    finally:
        client.close()
    deleting.join(30)
    assert [type(error) for error in ended] == [InUse]
    assert array.driver.find_volumes_by_name("point")


@pytest.mark.parametrize("family", ["ds8k"])
@pytest.mark.parametrize("shows_new_pool", [True, False])
@pytest.mark.parametrize("action", ["drop_after", "drop_before", "garbage"])
def test_a_move_whose_answer_is_lost_ends_in_the_new_pool(array: World, shows_new_pool: bool, action: str) -> None:
    pool, other = array.pools()
    switch = {"array": array.name, "name": "migrating_volume_shows_new_pool", "on": shows_new_pool}
    array.ask("POST", "/switches", switch)
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.fail("PUT /volumes/{id}", action)
    moved = array.driver.migrate_volume(volume_id=made.id, pool=other.id, deadline=30)
    assert (moved.id, moved.pool_id, moved.status) == (made.id, other.id, "normal")


@pytest.mark.parametrize("family", ["ds8k"])
def test_the_record_of_another_volume_does_not_make_a_volume_gone(array: World) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.fail("GET /volumes/{id}", "wrong_id")
    assert array.driver.find_volume(made.id) == made
    array.fail("GET /volumes/{id}", "wrong_id", times=10)
    with pytest.raises(TimedOut, match="not volume"):
        array.driver.find_volume(made.id)


def test_a_pattern_that_is_none_is_refused(array: World) -> None:
    with pytest.raises(Refused) as caught:
        array.driver.list_volumes(VolumeFilter(name_regex="("))
    assert caught.value.attribute == "name_regex"


@pytest.mark.parametrize("family", ["ds8k"])
@pytest.mark.parametrize("lss", ["ZZ", "FF", "100"])
def test_an_lss_that_is_none_is_refused(array: World, lss: str) -> None:
    pool, _ = array.pools()
    with pytest.raises(Refused) as caught:
        array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB, lss=lss)
    assert caught.value.attribute == "lss"


def _read(array: World, **written: str) -> Pool:
    configured: Configured[XIVDS8KDriver] = Configured(
        open_driver=lambda: array.driver, close_driver=lambda _: None, guards=Guards(), family=array.family
    )
    config = Pool.from_raw({**dict.fromkeys(Pool.shapes()), **written})
    return PoolDataSource(configured).read(config, Diagnostics())


def test_a_pool_is_found_by_what_was_written_and_by_nothing_else(array: World) -> None:
    pool, _ = array.pools()
    assert _read(array, id=pool.id).name == pool.name
    assert _read(array, name=pool.name).id == pool.id
    if pool.id != pool.name:
        for wrong in ({"id": pool.name}, {"name": pool.id}):
            with pytest.raises(NotFound, match=re.escape(pool.id)):
                _read(array, **wrong)


@pytest.mark.parametrize("family", ["xiv"])
def test_a_stop_does_not_wait_for_an_array_that_is_silent_while_a_creation_is_undone(array: World) -> None:
    """What could not be undone in the two seconds after a stop is named."""
    pool, _ = array.pools()
    stop = Cancellation()
    client, driver = Client(array.settings), XIVDS8KDriver(array.settings, cancellation=stop)
    ended: list[DriverError] = []

    def create() -> None:
        try:
            driver.create_volume(name="db1", pool=pool.id, size_bytes=GIB, qos_class="new", deadline=60)
        except DriverError as error:
            ended.append(error)

    try:
        client.write("perf_class_create", Budget(5), perf_class="new")
        array.fail("perf_class_add_vol", "delay_before", seconds=20)
        creating = threading.Thread(target=create)
        creating.start()
        deadline = time.monotonic() + 20
        while "perf_class_add_vol" not in array.calls() and time.monotonic() < deadline:
            time.sleep(0.02)
        array.fail("vol_list", "delay_before", seconds=20, times=100)
        stopped_at = time.monotonic()
        stop.set()
        creating.join(60)
        took_s = time.monotonic() - stopped_at
    finally:
        client.close()
        driver.close()
    assert took_s < 8
    assert [error.left.name for error in ended if error.left is not None] == ["db1"]


@pytest.mark.parametrize("family", ["ds8k"])
def test_a_volume_deleted_while_it_moves_ends_the_wait_at_once(array: World) -> None:
    """Polling for what is gone for certain would only end with the deadline."""
    first, second = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=first.id, size_bytes=GIB)
    array.ask("POST", "/switches", {"array": array.name, "name": "migrating_volume_shows_new_pool", "on": False})
    other = array.another_driver()
    timer = threading.Timer(0.2, lambda: other.delete_volume(volume_id=made.id))
    began = time.monotonic()
    timer.start()
    try:
        with pytest.raises(NotFound):
            array.driver.migrate_volume(volume_id=made.id, pool=second.id, deadline=60)
        assert time.monotonic() - began < 30
    finally:
        timer.join()
        other.close()


@pytest.mark.parametrize("family", ["ds8k"])
def test_a_move_that_is_under_way_already_is_waited_for(array: World) -> None:
    """The array shows the new pool at once, and copies for half a second."""
    first, second = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=first.id, size_bytes=GIB)
    with pytest.raises(TimedOut, match="Not done within"):
        array.driver.migrate_volume(volume_id=made.id, pool=second.id, deadline=0.2)
    moved = array.driver.migrate_volume(volume_id=made.id, pool=second.id, deadline=30)
    assert (moved.pool_id, moved.status) == (second.id, "normal")

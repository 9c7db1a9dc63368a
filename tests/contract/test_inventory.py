"""Bulk reads: a refresh costs a constant number of calls, and what it tells is never older than our own writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.simulated import World
from terraform_provider_xivds8k.driver import DriverError, InDoubt, InUse, Volume, WrongSystem, XIVDS8KDriver
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.driver.xiv.client import Client

GIB = 2**30
THREADS = 10
LISTING = {"xiv": "vol_list", "ds8k": "GET /pools/{id}/volumes"}
SINGLE = {"xiv": "vol_list", "ds8k": "GET /volumes/{id}"}
RENAME = {"xiv": "vol_rename", "ds8k": "PUT /volumes/{id}"}
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])


@pytest.fixture
def driver(array: World) -> Iterator[XIVDS8KDriver]:
    """Return a driver that has read nothing yet."""
    found = array.another_driver()
    yield found
    found.close()


def _made(array: World, count: int) -> list[Volume]:
    pool, other = array.pools()
    with ThreadPoolExecutor(THREADS) as threads:
        wanted = [(array.new_name(), (pool, other)[number % 2].id) for number in range(count)]
        return list(
            threads.map(lambda one: array.driver.create_volume(name=one[0], pool=one[1], size_bytes=GIB), wanted)
        )


def _recent(array: World, driver: XIVDS8KDriver, volume: Volume) -> Volume | None:
    return driver.find_recent_volume(volume.id, system_id=array.description["system_id"], deadline=20)


def _refresh(array: World, volumes: list[Volume]) -> int:
    """Read volumes as a refresh does, in a process of its own; return how many calls that took."""
    array.ask("DELETE", "/journal")
    driver = array.another_driver()
    try:
        with ThreadPoolExecutor(THREADS) as threads:
            found = list(threads.map(lambda volume: _recent(array, driver, volume), volumes))
    finally:
        driver.close()
    assert found == volumes
    return sum(array.calls().values())


def test_a_refresh_costs_a_constant_number_of_calls(array: World) -> None:
    pools = len(array.driver.list_pools())
    volumes = _made(array, 40)
    few = _refresh(array, volumes)
    assert few <= 6 + 2 * pools
    assert _refresh(array, [*volumes, *_made(array, 80)]) <= max(few, 6 + 2 * pools)


def test_volumes_read_one_after_the_other_are_listed_too(array: World) -> None:
    volumes = _made(array, 12)
    array.ask("DELETE", "/journal")
    assert [_recent(array, array.driver, volume) for volume in volumes] == volumes
    assert sum(array.calls().values()) <= 6 + 2 * len(array.driver.list_pools())


def _filled(array: World) -> list[Volume]:
    """Return volumes the driver's inventory holds."""
    volumes = _made(array, 4)
    assert [_recent(array, array.driver, volume) for volume in volumes] == volumes
    return volumes


def test_own_writes_are_seen_without_asking(array: World) -> None:
    first, second, third, fourth = _filled(array)
    driver, (_, other) = array.driver, array.pools()
    changed = [
        driver.rename_volume(volume_id=first.id, new_name=array.new_name()),
        driver.extend_volume(volume_id=second.id, size_bytes=40 * GIB),
        driver.migrate_volume(volume_id=third.id, pool=other.id),
        *_made(array, 1),
    ]
    driver.delete_volume(volume_id=fourth.id)
    array.ask("DELETE", "/journal")
    assert [_recent(array, driver, volume) for volume in changed] == changed
    assert array.calls() == {}
    assert _recent(array, driver, fourth) is None


def test_a_write_while_the_listing_is_under_way_is_not_lost_in_it(array: World, driver: XIVDS8KDriver) -> None:
    """The listing shows the array as it was before the write."""
    volumes = _made(array, 3)
    for volume in volumes[:2]:
        _recent(array, driver, volume)
    array.fail(LISTING[array.family], "delay_after", seconds=2)
    reading = threading.Thread(target=_recent, args=(array, driver, volumes[2]))
    reading.start()
    deadline = time.monotonic() + 20
    while array.ask("GET", "/faults") and time.monotonic() < deadline:
        time.sleep(0.02)
    grown = driver.extend_volume(volume_id=volumes[0].id, size_bytes=40 * GIB)
    assert reading.is_alive()
    reading.join(20)
    array.ask("DELETE", "/journal")
    assert _recent(array, driver, volumes[0]) == grown
    assert array.calls() == {}


def test_a_volume_the_listing_lacks_is_asked_for_before_it_is_called_gone(array: World) -> None:
    _filled(array)
    other = array.another_driver()
    try:
        late = other.create_volume(name=array.new_name(), pool=array.pools()[0].id, size_bytes=GIB)
    finally:
        other.close()
    assert _recent(array, array.driver, late) == late


def test_a_volume_whose_write_failed_is_asked_for(array: World) -> None:
    volume = _filled(array)[0]
    array.fail(RENAME[array.family], "drop_before", times=2)
    with pytest.raises(InDoubt):
        array.driver.rename_volume(volume_id=volume.id, new_name=array.new_name(), deadline=10)
    array.ask("DELETE", "/journal")
    assert _recent(array, array.driver, volume) == volume
    assert array.calls() == {SINGLE[array.family]: 1}


def _map(array: World, volume: Volume) -> None:
    client = Client(array.settings)
    try:
        client.write("host_define", Budget(5), host="h1")
        client.write("map_vol", Budget(5), host="h1", vol=volume.name, lun="1")
    finally:
        client.close()


@pytest.mark.parametrize("family", ["xiv"])
def test_what_was_listed_never_decides_a_deletion(array: World) -> None:
    """The DS8000's looks before a deletion are the same flow."""
    volume = _filled(array)[0]
    _map(array, volume)
    with pytest.raises(InUse, match="h1"):
        array.driver.delete_volume(volume_id=volume.id, deadline=10)
    assert _recent(array, array.driver, volume) is not None


@ds8k_only
def test_a_name_that_was_given_up_outside_is_free_and_one_in_doubt_is_asked_for(array: World) -> None:
    volume, *_ = _filled(array)
    pool, _ = array.pools()
    other = array.another_driver()
    try:
        other.delete_volume(volume_id=volume.id)
    finally:
        other.close()
    assert array.driver.create_volume(name=volume.name, pool=pool.id, size_bytes=GIB).name == volume.name
    name = array.new_name()
    array.fail("POST /volumes", "drop_after")
    array.fail("GET /lss/{id}/volumes", "garbage", nth=2, times=3)
    with pytest.raises(InDoubt):
        array.driver.create_volume(name=name, pool=pool.id, size_bytes=GIB, deadline=20)
    with pytest.raises(DriverError, match="already"):
        array.driver.create_volume(name=name, pool=pool.id, size_bytes=GIB, deadline=20)
    assert len(array.driver.find_volumes_by_name(name)) == 1


@ds8k_only
def test_an_array_that_cannot_list_is_asked_volume_by_volume(array: World, driver: XIVDS8KDriver) -> None:
    volumes = _made(array, 6)
    array.fail("GET /pools/{id}/volumes", "error", code="BE7A0005", times=1000)
    assert [_recent(array, driver, volume) for volume in volumes] == volumes


def test_an_array_that_does_not_answer_is_waited_for_once_by_a_whole_refresh(
    array: World, driver: XIVDS8KDriver
) -> None:
    volumes = _made(array, 40)
    driver.system_id()
    array.fail("*", "drop_before", times=1000)
    array.ask("DELETE", "/journal")

    def refused(volume: Volume) -> bool:
        with pytest.raises(DriverError):
            _recent(array, driver, volume)
        return True

    with ThreadPoolExecutor(THREADS) as threads:
        assert all(threads.map(refused, volumes))
    assert sum(array.calls().values()) <= 9  # two singles, one listing, in threes


@ds8k_only
def test_an_array_that_loses_its_listings_is_asked_volume_by_volume(array: World, driver: XIVDS8KDriver) -> None:
    """An XIV lists by the command that also shows one volume."""
    volumes = _made(array, 8)
    array.fail(LISTING[array.family], "garbage", times=1000)
    array.ask("DELETE", "/journal")
    assert [_recent(array, driver, volume) for volume in volumes] == volumes
    assert array.calls()[LISTING[array.family]] == 3


def test_a_volume_of_another_array_is_refused(array: World, driver: XIVDS8KDriver) -> None:
    """Whether or not the array has been asked before."""
    volume = _made(array, 1)[0]
    for one in (array.driver, driver):
        with pytest.raises(WrongSystem):
            one.find_recent_volume(volume.id, system_id="2107-75OTHER")

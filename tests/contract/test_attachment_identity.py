"""Attaching and detaching while names, ids and LUNs become others': nothing but what is meant is ever touched."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from support.attaching import DS8KHands, Hands, XivHands
from support.simulated import World
from terraform_provider_xivds8k.driver import InDoubt, Refused, TimedOut, Volume
from terraform_provider_xivds8k.driver.flows.holders import Holder
from terraform_provider_xivds8k.driver.flows.luns import choosing, volume_key
from terraform_provider_xivds8k.driver.waiting import Budget

LATE_S = 1.6  # after a client that waits for less has given up
XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)


def _meanwhile(array: World, act: Callable[[], object], then: Callable[[], None]) -> object:
    """Do something while a call of the driver is held back; return what the driver returns, or raises."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(act)
        _wait_until(lambda: bool(array.ask("GET", "/journal")[array.name]["held"]))
        then()
        return done.exception() or done.result()


def _wait_until(holds: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until_s


def _swap(hands: Hands, first: str, second: str) -> None:
    """Have the second host bear the name of the first."""
    hands.rename(first, f"{first}old")
    hands.rename(second, first)


def _rename_volume(hands: Hands, volume: Volume) -> None:
    assert isinstance(hands, XivHands)
    hands.xcli.does("vol_rename", vol=volume.name, new_name="renamed")


@XIV
def test_a_volume_renamed_while_its_mappings_are_read_is_detached_all_the_same(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    array.fail("mapping_list", "delay_before", seconds=0.3)
    told = _meanwhile(
        array,
        lambda: array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, deadline=20),
        lambda: _rename_volume(hands, volume),
    )
    assert (told, hands.mapped()) == ((), [])


@XIV
def test_a_volume_renamed_while_its_mappings_are_read_is_still_found(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    made = array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    array.fail("mapping_list", "delay_before", seconds=0.3)
    told = _meanwhile(
        array,
        lambda: array.driver.find_attachment(volume.id, host_id=host_id, deadline=20),
        lambda: _rename_volume(hands, volume),
    )
    assert told == made


@XIV
@pytest.mark.parametrize(("command", "nth"), [("mapping_list", 1), ("vol_list", 2)])
def test_a_host_whose_name_becomes_anothers_is_never_mixed_up_when_attaching(
    array: World, hands: Hands, command: str, nth: int
) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    hands.host("h3")
    array.driver.find_recent_attachment(volume.id, host_id=host_id, system_id=volume.system_id)
    array.fail(command, "delay_before", seconds=0.3, nth=nth)
    told = _meanwhile(
        array,
        lambda: array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, deadline=20),
        lambda: _swap(hands, "h1", "h3"),
    )
    assert isinstance(told, Refused), told
    assert "renamed" in told.summary
    assert hands.mapped() == []


@XIV
def test_a_mapping_that_went_to_another_host_is_never_told_as_done(array: World, hands: Hands) -> None:
    """The names changed between the last look and the command."""
    host_id, volume = hands.host("h1"), hands.volume()
    hands.host("h3")
    array.fail("map_vol", "delay_before", seconds=0.3)
    told = _meanwhile(
        array,
        lambda: array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, deadline=20),
        lambda: _swap(hands, "h1", "h3"),
    )
    assert isinstance(told, InDoubt), told
    assert (told.lun, "renamed" in told.happened) == (1, True)


@XIV
def test_a_host_whose_name_becomes_anothers_is_never_mixed_up_when_detaching(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    other = hands.host("h3")
    for one in (host_id, other):
        array.driver.initialize_connection(volume_id=volume.id, host_id=one)
    array.fail("vol_list", "delay_before", seconds=0.3, nth=2)
    told = _meanwhile(
        array,
        lambda: array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, deadline=20),
        lambda: _swap(hands, "h1", "h3"),
    )
    assert isinstance(told, Refused), told
    assert {one.holder for one in hands.mapped()} == {"h1", "h1old"}


def test_an_unmapping_that_comes_late_takes_no_other_volume(array: World, hands: Hands, unmap_command: str) -> None:
    """It is sent once, and what is not seen to be ended is in doubt."""
    host_id, volume, other = hands.host("h1"), hands.volume(), hands.volume()
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    with closing(array.another_driver(request_timeout_s=0.5)) as driver:
        driver.find_attachment(volume.id, host_id=host_id)
        array.fail(unmap_command, "delay_before", seconds=LATE_S)
        with pytest.raises(InDoubt):
            driver.terminate_connection(volume_id=volume.id, host_id=host_id, deadline=20)
    assert array.driver.initialize_connection(volume_id=other.id, host_id=host_id).lun == 2
    _wait_until(lambda: hands.luns(volume, "h1") == [])
    assert hands.luns(other, "h1") == [2]
    assert array.calls()[unmap_command] == 1


def test_a_mapping_in_doubt_keeps_its_volume_attached_until_it_cannot_come_any_more(
    array: World, hands: Hands, map_command: str
) -> None:
    """It comes late all the same: what has the volume's id by then would be shown to the host."""
    host_id, volume = hands.host("h1"), hands.volume()
    with closing(array.another_driver(request_timeout_s=0.5)) as driver:
        driver.find_attachment(volume.id, host_id=host_id)
        array.fail(map_command, "delay_before", seconds=LATE_S, times=2)
        with pytest.raises(InDoubt) as caught:
            driver.initialize_connection(volume_id=volume.id, host_id=host_id, new=True, deadline=20)
    since = caught.value.in_doubt_since
    assert since is not None
    if not hands.mapped():
        with pytest.raises(Refused, match="may still come") as refused:
            array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, in_doubt_since=since)
        assert "run it again after" in refused.value.next_step
    _wait_until(lambda: bool(hands.mapped()))
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, in_doubt_since=since)


def test_a_mapping_in_doubt_of_long_ago_and_not_seen_is_gone(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, in_doubt_since="2020-01-01T00:00:00Z")


def _given_again(hands: Hands, volume: Volume) -> None:
    """Have somebody delete a volume and make another one, which gets its id."""
    assert isinstance(hands, DS8KHands)
    assert not hands.console.ask("DELETE", f"/volumes/{volume.id}").refused
    order = {"name": "payroll", "cap": "1", "captype": "gib", "stgtype": "fb", "pool": volume.pool_id, "tp": "ese"}
    made = hands.console.ask("POST", "/volumes", {**order, "lss": volume.id[:2]})
    assert [one["id"] for one in made.records] == [volume.id]


@DS8K
def test_an_id_or_a_lun_given_again_is_refused_when_detaching(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    hands.unmap(volume, "h1")
    _given_again(hands, volume)
    hands.map(volume, "h1", 5)
    for lun, host_name, volume_name, attribute in (
        (1, "h1", "payroll", "lun"),
        (5, "h0", "payroll", "host_id"),
        (5, "h1", volume.name, "volume_id"),
    ):
        with pytest.raises(Refused) as caught:
            array.driver.terminate_connection(
                volume_id=volume.id,
                host_id=host_id,
                expected_lun=lun,
                expected_host_name=host_name,
                expected_volume_name=volume_name,
            )
        assert caught.value.attribute == attribute
    assert hands.luns(volume, "h1") == [5]


@DS8K
def test_an_id_given_again_is_refused_when_attaching(array: World, hands: Hands, map_command: str) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    _given_again(hands, volume)
    for host_name, volume_name in (("h1", volume.name), ("h0", "payroll")):
        with pytest.raises(Refused, match="is called"):
            array.driver.initialize_connection(
                volume_id=volume.id,
                host_id=host_id,
                expected_host_name=host_name,
                expected_volume_name=volume_name,
            )
    assert map_command not in array.calls()
    array.driver.initialize_connection(
        volume_id=volume.id, host_id=host_id, expected_host_name="h1", expected_volume_name="payroll"
    )


@XIV
def test_an_xiv_never_gives_an_id_again_so_that_a_rename_is_none_of_its_business(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, expected_host_name="h0")
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, expected_lun=9, expected_host_name="h0")
    assert hands.mapped() == []


@DS8K
def test_only_the_lun_that_is_expected_is_ended_and_the_others_are_told(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    made = array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    hands.map(volume, "h1", 9)
    left = array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, expected_lun=made.lun)
    assert (left, hands.luns(volume, "h1")) == ((9,), [9])


def test_nobody_maps_or_unmaps_while_the_holder_or_the_volume_is_being_changed(array: World, hands: Hands) -> None:
    """Whatever changes them from its look to its answer; ids are the same in any case."""
    host_id, volume = hands.host("h1"), hands.volume()
    array.ask("DELETE", "/journal")
    for key in (Holder(host_id).key, volume_key(volume.id.upper())):
        with choosing(volume.system_id, key, Budget(5)):
            with pytest.raises(TimedOut):
                array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, deadline=0.5)
            with pytest.raises(TimedOut):
                array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, deadline=0.3)
    assert not {hands.map_command, hands.unmap_command} & array.calls().keys()
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)

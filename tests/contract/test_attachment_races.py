"""Attaching and detaching while others do the same, and after answers that were lost."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from support.attaching import Hands
from support.simulated import World
from terraform_provider_xivds8k.driver import Family, InDoubt, InUse, LunTaken, Refused, XIVDS8KDriver
from terraform_provider_xivds8k.plugin import Cancellation

LOOKS = {"xiv": 4, "ds8k": 4}  # calls that tell whether a volume is mapped
READ_BACK = {"xiv": 4, "ds8k": 0}  # calls after a mapping that was answered
LOST = ["drop_before", "drop_after"]
XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)


@pytest.mark.parametrize("action", LOST)
def test_a_lost_answer_to_a_mapping_is_looked_up_and_maps_once(
    array: World, hands: Hands, map_command: str, action: str
) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    array.fail(map_command, action)
    made = array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, new=True, deadline=20)
    assert hands.luns(volume, "h1") == [made.lun] == [1]


@pytest.mark.parametrize("action", LOST)
def test_a_lost_answer_to_an_unmapping_is_looked_up_and_never_sent_again(
    array: World, hands: Hands, unmap_command: str, action: str
) -> None:
    """A second one could come late, and take what is mapped there by then; the next run looks again."""
    host_id, volume, other = hands.host("h1"), hands.volume(), hands.volume()
    for one in (volume, other):
        array.driver.initialize_connection(volume_id=one.id, host_id=host_id)
    array.fail(unmap_command, action)
    if action == "drop_before":
        with pytest.raises(InDoubt, match="may be mapped"):
            array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, deadline=20)
        assert len(hands.mapped()) == 2
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, deadline=20)
    assert [one.volume for one in hands.mapped()] == [hands.called(other)]
    assert array.calls()[unmap_command] == (2 if action == "drop_before" else 1)


def test_a_mapping_in_doubt_tells_the_lun_that_was_sent(array: World, hands: Hands, map_command: str) -> None:
    host_id, volumes = hands.host("h1"), [hands.volume() for _ in range(3)]
    array.driver.initialize_connection(volume_id=volumes[0].id, host_id=host_id)
    array.ask("DELETE", "/journal")
    array.driver.initialize_connection(volume_id=volumes[1].id, host_id=host_id)
    calls = array.ask("GET", "/journal")[array.name]["total"]
    array.fail(map_command, "drop_after")
    array.fail("*", "down", nth=calls - READ_BACK[array.family] + 1)
    with pytest.raises(InDoubt) as caught:
        array.driver.initialize_connection(volume_id=volumes[2].id, host_id=host_id, deadline=8)
    assert caught.value.lun == 3
    assert caught.value.in_doubt_since is not None
    assert "LUN 3" in caught.value.left_behind


@pytest.mark.parametrize("folded", [True, False])
def test_a_lun_taken_in_a_race_is_seen_and_another_one_chosen(
    array: World, hands: Hands, family: Family, map_command: str, folded: bool
) -> None:
    """Whatever the code is: a DS8000's is not known."""
    if family == "ds8k":
        array.turn("one_code_for_unconfirmed_refusals", on=folded)
    host_id, volume, other = hands.host("h1"), hands.volume(), hands.volume()
    array.fail(map_command, "delay_before", seconds=0.7)
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(array.driver.initialize_connection, volume_id=volume.id, host_id=host_id, deadline=20)
        _wait_until_held(array)
        hands.map(other, "h1", 1)
        assert made.result().lun == 2
    assert (hands.luns(other, "h1"), hands.luns(volume, "h1")) == ([1], [2])


def test_a_lun_asked_for_and_taken_in_a_race_is_refused(array: World, hands: Hands, map_command: str) -> None:
    host_id, volume, other = hands.host("h1"), hands.volume(), hands.volume()
    array.fail(map_command, "delay_before", seconds=0.7)
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(array.driver.initialize_connection, volume_id=volume.id, host_id=host_id, lun=4, deadline=20)
        _wait_until_held(array)
        hands.map(other, "h1", 4)
        with pytest.raises(LunTaken, match="LUN 4"):
            made.result()
    assert hands.luns(volume, "h1") == []


@XIV
def test_a_host_renamed_while_its_mappings_are_read_is_still_detached_from(array: World, hands: Hands) -> None:
    """Its name is not the array's any more then, which does not mean that it is gone."""
    host_id, volume = hands.host("h1"), hands.volume()
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    array.fail("mapping_list", "delay_before", seconds=0.7)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(array.driver.terminate_connection, volume_id=volume.id, host_id=host_id, deadline=20)
        _wait_until_held(array)
        hands.rename("h1", "h2")
        done.result()
    assert hands.mapped() == []


def test_a_mapping_seen_after_its_answer_was_lost_is_told_though_the_array_goes_away(
    array: World, hands: Hands, map_command: str
) -> None:
    """Nothing is asked for once it is seen."""
    host_id, first, volume = hands.host("h1", wwpns=["10000000C9000001"]), hands.volume(), hands.volume()
    array.driver.initialize_connection(volume_id=first.id, host_id=host_id)
    array.ask("DELETE", "/journal")
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    calls = array.ask("GET", "/journal")[array.name]["total"]
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id)
    array.fail(map_command, "drop_after")
    array.fail("*", "down", nth=calls - READ_BACK[array.family] + LOOKS[array.family] + 1)
    made = array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, new=True, deadline=8)
    assert made.lun == 2


def test_a_stop_while_a_volume_is_mapped_ends_soon_with_what_the_array_then_tells(
    array: World, hands: Hands, map_command: str
) -> None:
    """The answer is given up, the mapping looked for once."""
    host_id, volume, stop = hands.host("h1"), hands.volume(), Cancellation()
    array.fail(map_command, "delay_after", seconds=6)
    with closing(XIVDS8KDriver(array.settings, cancellation=stop)) as driver, ThreadPoolExecutor(1) as pool:
        made = pool.submit(driver.initialize_connection, volume_id=volume.id, host_id=host_id, new=True, deadline=60)
        _wait_until_held(array)
        stop.set()
        stopped_at = time.monotonic()
        assert made.result().lun == 1
        assert time.monotonic() - stopped_at < 4
    assert hands.luns(volume, "h1") == [1]


def _wait_until_held(array: World) -> None:
    until_s = time.monotonic() + 10
    while not array.ask("GET", "/journal")[array.name]["held"]:
        assert time.monotonic() < until_s, "nobody maps"


@DS8K
@pytest.mark.parametrize("refused", [True, False])
def test_a_ds8000_never_gives_a_volume_a_second_lun(
    array: World, hands: Hands, map_command: str, refused: bool
) -> None:
    """Not even where the mapping was carried out after somebody looked."""
    array.turn("second_mapping_refused", on=refused)
    host_id, volume = hands.host("h1"), hands.volume()
    array.ask(
        "POST",
        "/faults",
        {"array": array.name, "command": map_command, "nth": 1, "times": 1, "action": "drop_after"},
    )
    made = array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, deadline=20)
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    assert hands.luns(volume, "h1") == [made.lun]


@DS8K
def test_a_lun_given_to_another_volume_meanwhile_is_not_unmapped(array: World, hands: Hands) -> None:
    host_id, first, second = hands.host("h1"), hands.volume(), hands.volume()
    hands.map(first, "h1", 5)
    hands.unmap(first, "h1")
    hands.map(second, "h1", 5)
    array.driver.terminate_connection(volume_id=first.id, host_id=host_id)
    assert hands.luns(second, "h1") == [5]


@DS8K
def test_a_volume_somebody_mapped_twice_is_detached_whole(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    hands.map(volume, "h1", 5)
    hands.map(volume, "h1", 9)
    assert array.driver.initialize_connection(volume_id=volume.id, host_id=host_id).lun == 5
    found = array.driver.find_attachment(volume.id, host_id=host_id, lun=9)
    assert found is not None
    assert found.lun == 9
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id)
    assert hands.mapped() == []


@XIV
@pytest.mark.parametrize("refused", [True, False])
def test_unmapping_what_is_not_mapped_any_more_is_done(array: World, hands: Hands, refused: bool) -> None:
    array.turn("xiv_unmap_missing_refused", on=refused)
    host_id, volume = hands.host("h1"), hands.volume()
    hands.map(volume, "h1", 1)
    array.fail("unmap_vol", "drop_after")
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id, deadline=20)
    assert hands.mapped() == []


@DS8K
@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("blocks", [True, False])
def test_a_volume_detached_a_moment_ago_is_deleted_when_the_array_lets_it_go(
    array: World, hands: Hands, folded: bool, blocks: bool
) -> None:
    """A DS8000 may refuse it while it remembers what the host did; the code it says so with is not known."""
    array.turn("one_code_for_unconfirmed_refusals", on=folded)
    array.turn("recent_io_blocks_delete", on=blocks)
    host_id, volume = hands.host("h1"), hands.volume()
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    array.ask("POST", "/activity", {"array": array.name, "volume": volume.id, "seconds": 0.5})
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id)
    array.driver.delete_volume(volume_id=volume.id, deadline=20)
    assert array.driver.find_volume(volume.id) is None
    assert (array.calls()["DELETE /volumes/{id}"] > 1) is blocks


@DS8K
def test_a_volume_the_array_does_not_let_go_in_time_stays_and_a_mapped_one_is_not_waited_for(
    array: World, hands: Hands
) -> None:
    hands.host("h1")
    volume, mapped = hands.volume(), hands.volume()
    for one in (volume, mapped):
        array.ask("POST", "/activity", {"array": array.name, "volume": one.id, "seconds": 600})
    with pytest.raises(Refused) as caught:
        array.driver.delete_volume(volume_id=volume.id, deadline=1)
    assert caught.value.words
    hands.map(mapped, "h1", 1)
    began_s = time.monotonic()
    with pytest.raises(InUse, match="in use"):
        array.driver.delete_volume(volume_id=mapped.id, deadline=60)
    assert time.monotonic() - began_s < 10
    assert array.driver.find_volume(volume.id) is not None


@DS8K
def test_creations_go_on_while_a_deletion_waits(array: World, hands: Hands) -> None:
    volume = hands.volume()
    array.ask("POST", "/activity", {"array": array.name, "volume": volume.id, "seconds": 600})
    with ThreadPoolExecutor(1) as pool:
        deleted = pool.submit(array.driver.delete_volume, volume_id=volume.id, deadline=3)
        made = array.driver.create_volume(
            name="beside", pool=array.pools()[0].id, size_bytes=2**30, lss=volume.id[:2], deadline=2.5
        )
        with pytest.raises(Refused):
            deleted.result()
    assert made.id != volume.id

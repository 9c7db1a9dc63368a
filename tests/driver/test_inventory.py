"""The inventory's sense of time: how long a listing serves, how long silence is remembered, what is listed twice."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from support.memory_array import MemoryArray
from terraform_provider_xivds8k.driver import DriverError, Pool, Refused, TimedOut, Unreachable, Volume
from terraform_provider_xivds8k.driver.array import Array, VolumeOrder
from terraform_provider_xivds8k.driver.inventory import LIVES_S, NAMES_LIVE_S, SINGLE_READS, Inventory
from terraform_provider_xivds8k.driver.once import TELLING_S, Recent
from terraform_provider_xivds8k.driver.waiting import Budget

GIB = 2**30
BUDGET = Budget(60)


class Clock:
    """Stand still until put forward."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Listed(MemoryArray):
    """Count its listings; ``trouble`` is what comes instead of one."""

    def __init__(self) -> None:
        super().__init__("ds8k")
        self.listings = 0
        self.trouble: DriverError | None = None

    def pools(self, budget: Budget) -> tuple[Pool, ...]:
        """Return the pools a listing begins with, or fail."""
        self.listings += 1
        if self.trouble is not None:
            raise self.trouble
        return super().pools(budget)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def array() -> Listed:
    return Listed()


@pytest.fixture
def inventory(array: Listed, clock: Clock) -> Inventory:
    return Inventory(cast("Array", array), clock=clock)


@pytest.fixture
def volume(array: Listed) -> Volume:
    made = array.volumes.create(
        VolumeOrder(name="db1", pool=MemoryArray("ds8k").pools(BUDGET)[0], size_bytes=GIB), BUDGET
    )
    array.listings = 0
    return made


def _read(inventory: Inventory, volume: Volume, times: int = SINGLE_READS + 1) -> list[Volume | None]:
    return [inventory.find(volume.id, BUDGET) for _ in range(times)]


def test_a_listing_serves_a_minute_and_no_longer(
    inventory: Inventory, array: Listed, volume: Volume, clock: Clock
) -> None:
    _read(inventory, volume)
    array.outside_rename(volume.id, "renamed")
    clock.now_s += LIVES_S
    assert (inventory.find(volume.id, BUDGET), array.listings) == (volume, 1)
    clock.now_s += 0.001
    assert (inventory.find(volume.id, BUDGET), array.listings) == (replace(volume, name="renamed"), 2)


def test_forgetting_asks_anew(inventory: Inventory, array: Listed, volume: Volume) -> None:
    _read(inventory, volume)
    array.outside_rename(volume.id, "renamed")
    inventory.forget()
    assert inventory.find(volume.id, BUDGET) == replace(volume, name="renamed")


def test_a_volume_gone_from_the_listing_only_is_not_gone(inventory: Inventory, array: Listed, volume: Volume) -> None:
    held = array.volumes.held.pop(volume.id)
    for _ in range(SINGLE_READS + 1):
        assert inventory.find(volume.id, BUDGET) is None
    array.volumes.held[volume.id] = held
    assert inventory.find(volume.id, BUDGET) == volume


def test_silence_is_remembered_a_minute(inventory: Inventory, array: Listed, volume: Volume, clock: Clock) -> None:
    _read(inventory, volume, SINGLE_READS)
    array.trouble = Unreachable("The array cannot be reached")
    for _ in range(5):
        with pytest.raises(Unreachable):
            inventory.find(volume.id, BUDGET)
    assert array.listings == 1
    array.trouble = None
    clock.now_s += LIVES_S
    assert inventory.find(volume.id, BUDGET) == volume


def test_a_silent_listing_does_not_keep_a_name_from_being_looked_up_later(
    inventory: Inventory, array: Listed, volume: Volume
) -> None:
    array.trouble = Unreachable("The array cannot be reached")
    with pytest.raises(Unreachable):
        inventory.named("db1", BUDGET, alone=False)
    assert inventory.named("db1", BUDGET, alone=False) == (volume,)
    assert array.listings == 1


def test_names_are_listed_anew_within_seconds(
    inventory: Inventory, array: Listed, volume: Volume, clock: Clock
) -> None:
    """Reads may be a minute old; a name that somebody else took meanwhile would be given twice."""
    assert inventory.named("other", BUDGET, alone=False) == ()
    array.outside_rename(volume.id, "other")
    clock.now_s += NAMES_LIVE_S - 0.001
    assert inventory.named("other", BUDGET, alone=False) == ()
    clock.now_s += 0.001
    assert inventory.named("other", BUDGET, alone=False) == (replace(volume, name="other"),)
    assert array.listings == 2
    array.outside_rename(volume.id, "third")
    clock.now_s += 0.001
    assert inventory.named("third", BUDGET, alone=True) == (replace(volume, name="third"),)


def test_reads_go_on_one_by_one_for_a_minute_where_the_array_cannot_list(
    inventory: Inventory, array: Listed, volume: Volume, clock: Clock
) -> None:
    array.trouble = Refused("The array would not list the volumes", code="BE7A0005")
    assert _read(inventory, volume, 5) == [volume] * 5
    assert array.listings == 1
    array.trouble = None
    clock.now_s += LIVES_S
    assert _read(inventory, volume, 2) == [volume] * 2
    assert array.listings == 2


def test_what_was_told_while_a_name_was_looked_up_is_not_overwritten(
    inventory: Inventory, array: Listed, volume: Volume, clock: Clock
) -> None:
    """The id was given again to a volume of ours before the answer about the old one came."""
    inventory.named("other", BUDGET, alone=False)
    new = replace(volume, size_bytes=2 * GIB)

    def given_again() -> None:
        array.volumes.on_find = lambda: None
        inventory.put(new)

    array.volumes.on_find = given_again
    assert inventory.named(volume.name, BUDGET, alone=False) == (volume,)
    _read(inventory, volume)
    assert inventory.find(volume.id, BUDGET) == new


def test_a_volume_seen_twice_in_different_pools_is_asked_for(
    inventory: Inventory, array: Listed, volume: Volume
) -> None:
    """As while it moves from the one to the other."""
    array.volumes.also_listed = (replace(volume, pool_id="P2", pool_name="second"),)
    looked_up = array.looked_up
    assert _read(inventory, volume, 6) == [volume] * 6
    assert array.looked_up - looked_up == 6


@pytest.mark.parametrize(("took_s", "asked"), [(TELLING_S - 1, 2), (TELLING_S, 1)])
def test_a_short_wait_tells_nothing_about_the_array(clock: Clock, took_s: float, asked: int) -> None:
    """A caller in a hurry does not speak for the others."""
    asking: list[float] = []

    def ask(budget: Budget) -> str:
        asking.append(clock.now_s)
        clock.now_s += took_s
        raise TimedOut("Not done within its time")

    recent: Recent[str] = Recent(ask, 60, silent_s=60, clock=clock)
    for _ in range(2):
        with pytest.raises(TimedOut):
            recent.get(Budget(took_s, clock=clock))
    assert len(asking) == asked

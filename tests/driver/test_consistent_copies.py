"""Consistent copies of an array that no simulated one can be brought to: busy when they are sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.memory_array import MemoryArray, MemoryDriver
from support.memory_copies import BusyOnce, MemoryFlashCopies
from terraform_provider_xivds8k.driver import DriverError, GroupSnapshot, InUse, Refused, Users, Volume
from terraform_provider_xivds8k.driver.waiting import Budget

GIB = 2**30
SOURCES = ("0000", "0001")


def taken(array: MemoryArray) -> GroupSnapshot:
    """Take a group snapshot of two volumes."""
    return MemoryDriver(array).create_cgsnapshot(
        group_id="g", name="monday", volume_ids=SOURCES, allow_shared_lss=True, deadline=20
    )


def busy(meanwhile: Callable[[MemoryArray], None]) -> tuple[MemoryArray, BusyOnce]:
    """Return an array with two volumes that is busy once."""
    array = MemoryArray("ds8k")
    for one in SOURCES:
        array.outside_make(one, GIB)
    array.flashcopies = copies = BusyOnce(array, meanwhile)
    return array, copies


def target(array: MemoryArray) -> Volume:
    """Return the target of the first volume."""
    return next(one for one in array.volumes.held.values() if one.name == "monday_0000")


def renamed(array: MemoryArray) -> None:
    array.outside_rename(target(array).id, "somebodys")


def mapped(array: MemoryArray) -> None:
    array.volumes.used[target(array).id] = Users(mappings=("mapped to host h1",))


def made_a_target(array: MemoryArray) -> None:
    origin = array.outside_make("0100", GIB)
    assert array.flashcopies is not None
    MemoryFlashCopies.establish(array.flashcopies, ((origin.id, SOURCES[0]),), ("persistent",), Budget(1))


@pytest.mark.parametrize(
    ("meanwhile", "error", "is_left"),
    [(renamed, Refused, True), (mapped, Refused, True), (made_a_target, InUse, False)],
)
def test_volumes_the_array_was_too_busy_to_copy_are_not_copied_where_something_changed_meanwhile(
    meanwhile: Callable[[MemoryArray], None], error: type[DriverError], is_left: bool
) -> None:
    array, copies = busy(meanwhile)
    with pytest.raises(error) as caught:
        taken(array)
    assert (copies.asked, type(caught.value)) == (1, error)
    assert [one for one, _ in caught.value.left_copies] == ([SOURCES[0]] if is_left else [])


def test_volumes_the_array_was_too_busy_to_copy_are_copied_when_it_is_not() -> None:
    array, copies = busy(lambda _: None)
    assert len(taken(array).snapshots) == 2
    assert copies.asked == 2

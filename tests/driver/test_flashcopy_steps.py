"""The steps of a snapshot on a DS8000 that no simulated array can be brought to: busy answers, states in their order.

A busy array is asked again, and what was to be copied may be another's by then: it is looked at first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from support.memory_array import MemoryArray, MemoryDriver
from support.memory_copies import BusyOnce, MemoryFlashCopies
from terraform_provider_xivds8k.driver import DriverError, InUse, Refused, Users, Volume
from terraform_provider_xivds8k.driver.objects import Relation
from terraform_provider_xivds8k.driver.waiting import Budget

GIB = 2**30
SOURCE = "0000"


def made(array: MemoryArray, meanwhile: Callable[[MemoryArray], None]) -> BusyOnce:
    array.outside_make(SOURCE, GIB)
    copies = BusyOnce(array, meanwhile)
    array.flashcopies = copies
    return copies


def target(array: MemoryArray) -> Volume:
    return next(one for one in array.volumes.held.values() if one.name == "monday")


def renamed(array: MemoryArray) -> None:
    array.outside_rename(target(array).id, "somebodys")


def mapped(array: MemoryArray) -> None:
    array.volumes.used[target(array).id] = Users(mappings=("mapped to host h1",))


def grown(array: MemoryArray) -> None:
    array.outside_grow(SOURCE, 2 * GIB)


def made_a_target(array: MemoryArray) -> None:
    origin = array.outside_make("0100", GIB)
    MemoryFlashCopies.establish(_copies(array), ((origin.id, SOURCE),), ("persistent", "no_background_copy"), Budget(1))


def filled(array: MemoryArray) -> None:
    for number in range(12):
        MemoryFlashCopies.establish(_copies(array), ((SOURCE, f"02{number:02}"),), ("persistent",), Budget(1))


def _copies(array: MemoryArray) -> MemoryFlashCopies:
    assert array.flashcopies is not None
    return array.flashcopies


@pytest.mark.parametrize(
    ("meanwhile", "error", "is_left"),
    [
        (renamed, Refused, True),
        (mapped, Refused, True),
        (grown, Refused, False),
        (made_a_target, Refused, False),
        (filled, InUse, False),
    ],
)
def test_a_snapshot_the_array_was_too_busy_for_is_not_taken_of_or_into_what_changed_meanwhile(
    meanwhile: Callable[[MemoryArray], None], error: type[DriverError], is_left: bool
) -> None:
    array = MemoryArray("ds8k")
    copies = made(array, meanwhile)
    before = set(array.volumes.held)
    with pytest.raises(error) as caught:
        MemoryDriver(array).create_snapshot(volume_id=SOURCE, name="monday", deadline=20)
    assert copies.asked == 1
    assert type(caught.value) is error
    left = caught.value.left
    assert (left is not None) == is_left
    assert {one for one in array.volumes.held if one[:2] == "00"} - before == ({left.id} if left else set())


def test_a_snapshot_the_array_was_too_busy_for_is_taken_when_it_is_not() -> None:
    array = MemoryArray("ds8k")
    copies = made(array, lambda _: None)
    taken = MemoryDriver(array).create_snapshot(volume_id=SOURCE, name="monday", deadline=20)
    assert (copies.asked, [*copies.held]) == (2, [(SOURCE, taken.id)])


class Validated(MemoryFlashCopies):
    """Call a copy one thing after another, each for one look."""

    def __init__(self, array: MemoryArray, *states: str) -> None:
        super().__init__(array)
        self.states = list(states)

    def find(self, source_id: str, target_id: str, budget: Budget) -> Relation | None:
        """Return the relation in its next state."""
        found = super().find(source_id, target_id, budget)
        return replace(found, state=self.states.pop(0)) if found is not None and self.states else found


def test_a_full_copy_is_done_only_when_the_array_calls_it_valid() -> None:
    array = MemoryArray("ds8k")
    array.outside_make(SOURCE, GIB)
    array.flashcopies = copies = Validated(array, "validation_required", "a_word_nobody_knows")
    taken = MemoryDriver(array).create_snapshot(volume_id=SOURCE, name="monday", copy="full", deadline=20)
    assert (copies.states, taken.lost) == ([], None)


def test_a_full_copy_the_array_calls_broken_is_an_error_that_names_its_target() -> None:
    array = MemoryArray("ds8k")
    array.outside_make(SOURCE, GIB)
    array.flashcopies = Validated(array, "validation_required", "invalid")
    with pytest.raises(Refused, match="was lost while it was copied") as caught:
        MemoryDriver(array).create_snapshot(volume_id=SOURCE, name="monday", copy="full", deadline=20)
    assert caught.value.left == target(array)

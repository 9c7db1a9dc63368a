"""Deletions on an array that no simulated one can be brought to: it refuses them, and gives the id again meanwhile."""

from __future__ import annotations

import itertools

import pytest

from support.memory_array import MemoryArray, MemoryDriver, MemoryVolumes
from terraform_provider_xivds8k.driver import Refused, Volume
from terraform_provider_xivds8k.driver.waiting import Budget

GIB = 2**30


class RefusesDeletions(MemoryVolumes):
    """Refuse every deletion by a code nobody knows, or one that is known; ``meanwhile`` follows each refusal."""

    def __init__(self, array: MemoryArray, *, unknown: bool) -> None:
        super().__init__(array)
        self.asked = 0
        self._unknown = unknown

    def delete(self, volume: Volume, budget: Budget) -> None:
        """Refuse it."""
        self.asked += 1
        self.meanwhile(volume)
        refusal = Refused("The array would not delete it", code="BE7A0049", words="not now")
        refusal.is_of_unknown_code = self._unknown
        raise refusal

    def meanwhile(self, volume: Volume) -> None:
        """Do nothing."""


class GivesIdsAgain(RefusesDeletions):
    """Have somebody else delete the volume, and this driver make another one, which gets its id."""

    driver: MemoryDriver

    def meanwhile(self, volume: Volume) -> None:
        del self.held[volume.id]
        self._numbers = itertools.count(int(volume.id[2:], 16))
        self.driver.create_volume(name=volume.name, pool=volume.pool_id, size_bytes=volume.size_bytes)


def test_a_volume_this_process_made_under_the_id_meanwhile_is_not_deleted() -> None:
    """It has the name, the size and the pool of the one that was to be deleted."""
    array = MemoryArray("ds8k")
    array.volumes = volumes = GivesIdsAgain(array, unknown=True)
    volumes.driver = driver = MemoryDriver(array)
    made = driver.create_volume(name="db1", pool="P0", size_bytes=GIB)
    with pytest.raises(Refused, match="there is another volume now"):
        driver.delete_volume(volume_id=made.id, expected_name="db1", deadline=10)
    assert volumes.asked == 1
    assert made.id in array.volumes.held


def test_a_refusal_that_is_known_is_not_waited_for() -> None:
    """Only what a code nobody knows stands for may pass by itself [K]."""
    array = MemoryArray("ds8k")
    array.volumes = volumes = RefusesDeletions(array, unknown=False)
    driver = MemoryDriver(array)
    made = driver.create_volume(name="db1", pool="P0", size_bytes=GIB)
    with pytest.raises(Refused, match="would not delete"):
        driver.delete_volume(volume_id=made.id, expected_name="db1", deadline=10)
    assert volumes.asked == 1

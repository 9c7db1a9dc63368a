"""What was done to a pair is told as done, also where an array falls silent before it can be looked at once more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.linked import GIB, Linked
from support.pair_rows import Hands, Pairing
from terraform_provider_xivds8k.driver import DriverError, Family, Remaining, ReplicationMode, Side
from terraform_provider_xivds8k.driver.waiting import Progress

Sites = Callable[[Family], tuple[Linked, Hands]]
ENDED = ("stays on the remote array", "is deleted on the remote array")
CHANGED = ("made anew as", "copied as")
GROWN = ("both volumes have", "paired again")
ANOTHER: dict[Family, ReplicationMode] = {"xiv": "async", "ds8k": "global_copy"}


def broken(pairing: Pairing, side: Side, last: tuple[str, ...], change: Callable[[Progress], object]) -> DriverError:
    """Return the error of a change whose last step is told, and at once an array does not answer any more."""

    def die(line: str) -> None:
        if any(part in line for part in last):
            pairing.kill(side)

    try:
        with pytest.raises(DriverError) as failed:
            change(die)
        assert pairing.dead == [side]
    finally:
        pairing.bring_back()
    assert "Nothing was" not in failed.value.left_behind
    return failed.value


@pytest.mark.parametrize("side", ["home", "remote"])
@pytest.mark.parametrize("remaining", ["keep", "delete"])
def test_a_pair_that_was_ended_is_not_told_as_untouched(
    sites: Sites, family: Family, remaining: Remaining, side: Side
) -> None:
    both, hands = sites(family)
    pairing = hands.make("a")

    def end(progress: Progress) -> None:
        both.driver.disable_replication(
            replication_id=pairing.id,
            remote_id=pairing.remote_id,
            remote_on_delete=remaining,
            deadline=60,
            progress=progress,
        )

    told = broken(pairing, side, ENDED, end)
    assert "the pair is ended" in told.left_behind
    assert pairing.remote_id in told.left_behind
    assert both.driver.find_replication(pairing.id, remote_id=pairing.remote_id) is None
    assert (both.driver.remote.find_volume(pairing.remote_id) is None) == (remaining == "delete")
    end(lambda _: None)


def test_a_pair_that_was_changed_is_not_told_as_untouched(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    pairing, mode = hands.make("a"), ANOTHER[family]

    def change(progress: Progress) -> None:
        rpo = 120 if mode == "async" else None
        both.driver.change_replication(
            replication_id=pairing.id, mode=mode, rpo_s=rpo, allow_full_resync=True, deadline=60, progress=progress
        )

    told = broken(pairing, "remote", CHANGED, change)
    assert f"was changed, to be copied as {mode}" in told.left_behind
    (status,) = both.driver.get_replication_status([pairing.id])
    assert status.mode == mode


def test_a_pair_that_has_grown_is_not_told_as_untouched(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    pairing = hands.make("a")
    size = pairing.volume.size_bytes + 17 * GIB

    def grow(progress: Progress) -> None:
        both.driver.extend_volume(
            volume_id=pairing.id, size_bytes=size, allow_full_resync=True, deadline=60, progress=progress
        )

    told = broken(pairing, "home", GROWN, grow)
    assert "have grown" in told.left_behind
    for driver, volume in ((both.driver, pairing.id), (both.driver.remote, pairing.remote_id)):
        driver.forget_recent()
        assert driver.get_volume(volume).size_bytes >= size

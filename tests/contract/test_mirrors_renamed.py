"""A volume that is renamed while an XIV is asked for its mirrors still has one: it is never called gone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

import pytest

from support.mirror_lab import Lab
from support.plugin_client import eventually
from terraform_provider_xivds8k.driver import Refused, Replication
from terraform_provider_xivds8k.driver.waiting import Budget, NoStop
from terraform_provider_xivds8k.driver.xiv.array import XIVArray

T = TypeVar("T")
AFTER_S = 1.0


def _while_renaming(lab: Lab, made: Replication, command: str, names: tuple[str, ...], ask: Callable[[], T]) -> T:
    """Ask for something, and have home's volume renamed each time before home carries out a command."""
    lab.linked.fail("home", command, "delay_before", seconds=AFTER_S, times=len(names))
    lab.linked.forget_calls()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        for number, (old, new) in enumerate(zip((made.name, *names), names, strict=False), 1):
            eventually(
                lambda count=number: lab.linked.calls("home").get(command, 0) >= count,  # type: ignore[misc]
                f"{command} to be asked for",
                10,
            )
            lab.tell("home", "vol_rename", vol=old, new_name=new)
        return asked.result(20)


def test_a_volume_renamed_during_a_listing_is_still_replicated(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.driver.forget_recent()
    found = _while_renaming(lab, made, "vol_list", ("new",), lambda: lab.driver.find_replication(made.id))
    assert found is not None
    assert (found.id, found.name) == (made.id, f"volume new -> {made.remote_name}")
    assert lab.row(made.id) == 1


def test_a_volume_renamed_time_and_again_is_not_called_gone(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.driver.forget_recent()
    with pytest.raises(Refused, match=r"was renamed while home was asked.*Run it again"):
        _while_renaming(lab, made, "vol_list", ("once", "twice"), lambda: lab.driver.find_replication(made.id))
    assert lab.row(made.id) == 1


def test_another_volume_is_told_apart_from_one_renamed_time_and_again(lab: Lab) -> None:
    made, other = lab.pair("sync", "a"), lab.linked.volume("a")
    lab.driver.forget_recent()
    names = ("once", "twice")
    assert _while_renaming(lab, made, "vol_list", names, lambda: lab.driver.find_replication(other.id)) is None


def test_a_volume_renamed_while_its_own_mirror_is_asked_for_still_has_it(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    with closing(XIVArray(lab.linked.settings, NoStop())) as array:
        (half,) = _while_renaming(
            lab, made, "mirror_list", ("new",), lambda: array.pairs.find("volume", made.id, Budget(20))
        )
    assert (half.id, half.name) == (made.id, "new")

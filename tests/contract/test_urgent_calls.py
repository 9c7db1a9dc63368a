"""What a group snapshot needs of the rest: its thaw goes ahead of everything else, and its LSSs are kept free."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from support.group_stage import members, wait_until_held
from support.simulated import World
from terraform_provider_xivds8k.driver import XIVDS8KDriver
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.plugin import Cancellation

pytestmark = pytest.mark.parametrize("family", ["ds8k"])


def test_a_thaw_waits_for_no_other_request(array: World) -> None:
    stop = Cancellation()
    driver = XIVDS8KDriver(replace(array.settings, max_sessions=1), cancellation=stop)
    copies = driver._core.array.flashcopies
    assert copies is not None
    driver.list_pools()
    array.fail("GET /pools", "delay_before", seconds=20)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(driver.list_pools)
        wait_until_held(array)
        copies.thaw(("10",), Budget(5))
        assert not waiting.done()
        stop.set()
        assert waiting.exception(10) is not None
    driver.close()


def test_a_clone_of_a_member_is_in_another_lss_and_in_no_group_snapshots_way(array: World) -> None:
    group = members(array, lsss=("10",))
    members(array, 3, lsss=("00",))  # so that the members' is the least used
    driver = array.another_driver()
    made = driver.create_cloned_volume(volume_id=group.ids[0], name="clone", pool=group.volumes[0].pool_id, deadline=30)
    driver.close()
    assert made.lss != "10"
    assert len(group.take("monday").snapshots) == 2

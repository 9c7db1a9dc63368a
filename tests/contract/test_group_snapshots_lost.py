"""A group snapshot that is lost, renamed, or would be lost by a plan: what is said, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.group_stage import GIB, Members, lose, members, wait_until_held
from support.rest_console import Console
from support.simulated import World
from support.xcli import Xcli

Manage = Callable[..., Core]
DS8K = pytest.mark.parametrize("family", ["ds8k"])
XIV = pytest.mark.parametrize("family", ["xiv"])


def config(group: Members, **more: Any) -> dict[str, Any]:
    """Return a configuration of a group snapshot of all members."""
    return {"consistency_group_id": group.group_id, "name": "monday", "volume_ids": group.ids, **more}


@DS8K
def test_a_lost_one_never_names_what_uses_a_volume_that_was_given_its_id(
    array: World, manage_group_snapshot: Manage, console: Console
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group))
    lose(group, state_of(core))
    (target, *_) = sorted(state_of(core)["snapshot_ids"].values())
    pool = array.driver.get_volume(target).pool_id
    array.driver.delete_volume(volume_id=target)
    foreign = array.driver.create_volume(name="foreign", pool=pool, size_bytes=GIB, lss=target[:2])
    assert foreign.id == target
    console.ask("POST", "/hosts", {"name": "theirs", "hosttype": "LinuxRHEL"})
    console.ask("POST", "/hosts/theirs/mappings", {"volumes": [foreign.id]})
    core.refresh()
    assert not any("theirs" in one for one in warnings_of(core.plan(None).diagnostics))
    core.run(None)
    assert array.driver.find_volume(foreign.id) is not None


@XIV
@pytest.mark.parametrize("anew", [False, True], ids=["only_renamed", "and_its_old_name_given_to_another"])
def test_one_renamed_outside_holds_and_is_named_and_never_deleted(
    array: World, manage_group_snapshot: Manage, xcli: Xcli, *, anew: bool
) -> None:
    group, core = members(array), manage_group_snapshot()
    core.run(config(group, recreate_when_lost=True))
    before = state_of(core)
    xcli.does("snap_group_rename", snap_group="monday", new_name="kept")
    if anew:
        array.ask("POST", "/clock", {"advance_s": 61})
        xcli.does("cg_snapshots_create", cg=group.group_id, snap_group="tuesday")
        xcli.does("snap_group_rename", snap_group="tuesday", new_name="monday")
    said = core.refresh()
    assert "called kept now" in said.items[0].summary
    assert state_of(core) == before
    assert core.plan(config(group, recreate_when_lost=True)).action == "no-op"
    with pytest.raises(Rejected, match="called kept now"):
        core.run(None)
    assert all(array.driver.find_volume(one) is not None for one in before["snapshot_ids"].values())
    if anew:
        xcli.does("snap_group_delete", snap_group="monday")
    xcli.does("snap_group_rename", snap_group="kept", new_name="monday")
    core.run(None)
    assert core.instance is None
    assert array.driver.list_cgsnapshots() == ()


@XIV
def test_one_of_other_members_that_could_not_be_undone_is_in_the_state_and_goes_with_it(
    array: World, manage_group_snapshot: Manage, xcli: Xcli
) -> None:
    group, core = members(array), manage_group_snapshot()
    array.fail("cg_snapshots_create", "delay_before", seconds=0.5)
    array.fail("snap_group_delete", "error", code="SNAPSHOT_GROUP_MIRRORED")
    with ThreadPoolExecutor(1) as threads:
        taking = threads.submit(core.run, config(group))
        wait_until_held(array)
        xcli.does("cg_remove_vol", vol=group.volumes[1].name)
        with pytest.raises(Rejected, match="is left on the array"):
            taking.result(30)
    assert (state_of(core)["id"], set(state_of(core)["snapshot_ids"])) == ("monday", {group.ids[0]})
    core.run(None)
    assert core.instance is None
    assert array.driver.list_cgsnapshots() == ()

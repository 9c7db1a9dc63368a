"""Mirrored consistency groups of two simulated XIVs: volumes join and leave on both arrays, and move together."""

from __future__ import annotations

import pytest

from support.xiv_mirroring import ASYNC, Sites

MANUAL = {"type": "async_interval", "rpo": 3600, "schedule": "by_hand", "remote_schedule": "Never"}
VOLUMES = ("v1", "v2")


@pytest.fixture(params=["sync", "async"])
def grouped(request: pytest.FixtureRequest, sites: Sites) -> Sites:
    """Return both arrays with a mirrored group of two volumes, synchronous or every 20 seconds."""
    mode = ASYNC if request.param == "async" else {}
    for volume in VOLUMES:
        sites.volume(volume, "a")
        sites.mirror(volume, **mode)
    sites.group("g", *VOLUMES, **mode)
    return sites


def _read(sites: Sites) -> list[tuple[list[str], list[str]]]:
    return [sites.read(volume) for volume in VOLUMES]


def _members(sites: Sites) -> list[list[str]]:
    return [[row["name"] for row in array.does("vol_list", cg="g")] for array in (sites.home, sites.away)]


def test_a_group_is_mirrored_while_it_is_empty(sites: Sites) -> None:
    sites.volume()
    sites.mirror()
    for array in (sites.home, sites.away):
        array.does("cg_create", cg="g", pool="pool1")
    asked = {"cg": "g", "slave_cg": "g", "target": sites.names[1]}
    sites.home.does("cg_add_vol", cg="g", vol="v1")
    assert sites.home.says("mirror_create", **asked) == "CONS_GROUP_NOT_EMPTY"
    sites.home.does("cg_remove_vol", vol="v1")
    assert sites.home.says("mirror_activate", cg="g") == "CONS_GROUP_NO_MIRROR"
    sites.home.does("mirror_create", **asked)
    assert sites.home.says("mirror_create", **asked) == "CONS_GROUP_HAS_MIRROR"
    assert sites.home.says("cg_add_vol", cg="g", vol="v1") == "MIRROR_IS_NOT_SYNCHRONIZED"
    sites.home.does("mirror_activate", cg="g")
    sites.home.does("cg_add_vol", cg="g", vol="v1")
    assert sites.states(cg="g") == sites.states(vol="v1") == ("M+ Synchronized", "S+ Consistent")


def test_the_slave_group_can_be_made_with_the_mirror(sites: Sites) -> None:
    sites.home.does("cg_create", cg="g", pool="pool1")
    asked = {"cg": "g", "slave_cg": "h", "create_slave": "yes", "target": sites.names[1]}
    sites.home.does("mirror_create", **asked, remote_pool="pool2")
    found = sites.away.ask("cg_list").one
    assert (found["name"], found["pool"], found["mirrored"]) == ("h", "pool2", "yes")
    assert [row["remote_peer_name"] for row in sites.seen(scope="CG")] == ["h", "g"]


def test_a_volume_joins_and_leaves_on_both_arrays(grouped: Sites) -> None:
    assert _members(grouped) == [["v1", "v2"], ["v1", "v2"]]
    grouped.home.does("cg_remove_vol", vol="v2")
    assert _members(grouped) == [["v1"], ["v1"]]
    grouped.write("v2", "b")
    grouped.advance(21)
    assert grouped.read("v2") == (["a", "b"], ["a", "b"])
    assert [row["active"] for row in grouped.seen(vol="v2")] == ["yes", "yes"]


def test_a_volume_joins_a_mirrored_group_only_where_both_fit(sites: Sites) -> None:
    sites.volume("plain")
    sites.volume("other")
    sites.mirror("other", **ASYNC)
    sites.volume("late")
    sites.define("late")
    sites.volume("far")
    sites.mirror("far", remote_pool="pool2")
    sites.group("g")
    home = sites.home
    assert home.says("cg_add_vol", cg="g", vol="plain") == "CONS_GROUP_MIRROR_PARAMS_MISMATCH"
    assert home.says("cg_add_vol", cg="g", vol="other") == "CONS_GROUP_MIRROR_PARAMS_MISMATCH"
    assert home.says("cg_add_vol", cg="g", vol="late") == "MIRROR_IS_NON_OPERATIONAL"
    assert home.says("cg_add_vol", cg="g", vol="far") == "REMOTE_VOLUME_BAD_POOL"
    home.does("mirror_activate", vol="late")
    assert home.says("cg_add_vol", cg="g", vol="late") == "MIRROR_IS_NOT_SYNCHRONIZED"
    sites.advance(1)
    assert sites.away.says("cg_add_vol", cg="g", vol="late") == "CONS_GROUP_IS_SLAVE"
    sites.link("down")
    assert home.says("cg_add_vol", cg="g", vol="late") == "MIRROR_IS_NON_OPERATIONAL"
    sites.link("up")
    sites.away.does("cg_create", cg="h", pool="pool1")
    sites.away.does("cg_add_vol", cg="h", vol="late")
    assert home.says("cg_add_vol", cg="g", vol="late") == "REMOTE_VOLUME_BELONGS_TO_CONS_GROUP"
    assert home.does("vol_list", cg="g") == []


def test_a_member_of_a_mirrored_group_is_changed_by_its_group_alone(grouped: Sites) -> None:
    for command in ("mirror_deactivate", "mirror_activate", "mirror_switch_roles", "mirror_delete"):
        assert grouped.home.says(command, vol="v1") == "VOLUME_BELONGS_TO_MIRRORED_CONS_GROUP"
    assert grouped.away.says("cg_remove_vol", vol="v1") == "CONS_GROUP_IS_SLAVE"
    assert grouped.home.says("vol_delete", vol="v1") == "VOLUME_HAS_MIRROR"
    assert grouped.home.says("cg_delete", cg="g") == "CONS_GROUP_HAS_MIRROR"
    grouped.link("down")
    assert grouped.home.says("cg_remove_vol", vol="v1") == "MIRROR_IS_NON_OPERATIONAL"


def test_group_and_members_agree_through_a_disaster_and_the_way_back(grouped: Sites) -> None:
    grouped.link("down")
    for volume in VOLUMES:
        grouped.write(volume, "lost")
    assert grouped.away.says("mirror_change_role", vol="v1", new_role="Master").startswith("VOLUME_BELONGS")
    grouped.away.does("mirror_change_role", cg="g", new_role="Master")
    for volume in VOLUMES:
        grouped.write(volume, "b", "xiv2")
    grouped.link("up")
    assert [row["current_role"] for row in grouped.away.does("mirror_list")] == ["Master"] * 3
    grouped.home.does("mirror_deactivate", cg="g")
    grouped.home.does("mirror_change_role", cg="g", new_role="Slave")
    assert _read(grouped) == [(["a"], ["a", "b"])] * 2
    assert {row["locked"] for row in grouped.home.does("vol_list", cg="g")} == {"yes"}
    grouped.away.does("mirror_activate", cg="g")
    grouped.advance(1)
    assert _read(grouped) == [(["a", "b"], ["a", "b"])] * 2
    states = {grouped.states(cg="g"), *(grouped.states(vol=volume) for volume in VOLUMES)}
    assert len(states) == 1
    grouped.away.does("mirror_switch_roles", cg="g")
    grouped.home.does("mirror_activate", cg="g")
    grouped.advance(1)
    assert {row["current_role"] for row in grouped.home.does("mirror_list")} == {"Master"}
    assert {row["operational"] for row in grouped.home.does("mirror_list")} == {"yes"}


def test_what_a_demoted_group_gives_up_stays_in_one_snapshot_group(sites: Sites) -> None:
    for volume in VOLUMES:
        sites.volume(volume, "a")
        sites.mirror(volume)
    sites.group("g", *VOLUMES)
    sites.link("down")
    sites.write("v1", "lost")
    sites.away.does("mirror_change_role", cg="g", new_role="Master")
    sites.home.does("mirror_deactivate", cg="g")
    sites.home.does("mirror_change_role", cg="g", new_role="Slave")
    assert [row["name"] for row in sites.home.does("snap_group_list", cg="g")] == ["most-updated-g"]
    assert sites.control.ask("GET", "/io?array=xiv1&volume=most-updated-g.v1") == ["a", "lost"]
    assert sites.read("v1") == (["a"], ["a"])


def test_an_asynchronous_group_is_replicated_at_one_moment(sites: Sites) -> None:
    sites.home.does("schedule_create", schedule="by_hand", type="manual")
    for volume in VOLUMES:
        sites.volume(volume, "a")
        sites.mirror(volume, **MANUAL)
    sites.group("g", *VOLUMES, **MANUAL)
    sites.write("v1", "b")
    sites.home.does("schedule_create_tick", schedule="by_hand")
    sites.write("v2", "later")
    sites.write("v1", "later")
    sites.advance(1)
    assert [one[1] for one in _read(sites)] == [["a", "b"], ["a"]]
    points = {row["last_replicated_snapshot_time"] for row in sites.away.does("mirror_list")}
    assert len(points) == 1
    for array in (sites.home, sites.away):
        assert [row["name"] for row in array.does("snap_group_list", cg="g")] == ["last-replicated-g"]
        assert array.says("snap_group_delete", snap_group="last-replicated-g") == "SNAPSHOT_IS_INTERNAL"
    assert sites.control.ask("GET", "/io?array=xiv2&volume=last-replicated-g.v1") == ["a", "b"]
    sites.away.does("snap_group_duplicate", snap_group="last-replicated-g", new_snap_group="kept")
    sites.away.does("snap_group_delete", snap_group="kept")


def test_a_volume_that_joins_during_a_sync_job_keeps_its_own_recovery_point(sites: Sites) -> None:
    sites.home.does("schedule_create", schedule="by_hand", type="manual")
    for volume in VOLUMES:
        sites.volume(volume, "a")
        sites.mirror(volume, **MANUAL)
    sites.group("g", "v1", **MANUAL)
    sites.home.does("mirror_create_snapshot", cg="g", name="s", slave_name="s")
    sites.home.does("cg_add_vol", cg="g", vol="v2")
    sites.advance(1)
    sites.link("down")
    sites.away.does("mirror_change_role", cg="g", new_role="Master")
    assert [one[1] for one in _read(sites)] == [["a"], ["a"]]


def test_snapshots_of_both_groups_are_of_one_moment(grouped: Sites) -> None:
    grouped.home.does("mirror_create_snapshot", cg="g", name="s", slave_name="t")
    grouped.write("v1", "later")
    grouped.advance(1)
    for array, name in (("xiv1", "s"), ("xiv2", "t")):
        assert grouped.control.ask("GET", f"/io?array={array}&volume={name}.v1") == ["a"]
    assert grouped.home.says("snap_group_restore", snap_group="s") == "CONS_GROUP_HAS_MIRROR"


def test_a_deleted_group_mirror_goes_with_those_of_its_members(grouped: Sites) -> None:
    grouped.home.does("mirror_deactivate", cg="g")
    grouped.home.does("mirror_delete", cg="g")
    assert grouped.home.does("mirror_list") == grouped.away.does("mirror_list") == []
    assert _members(grouped) == [["v1", "v2"], ["v1", "v2"]]
    assert {row["locked"] for row in grouped.away.does("vol_list", cg="g")} == {"yes"}
    assert grouped.home.ask("cg_list").one["mirrored"] == "no"

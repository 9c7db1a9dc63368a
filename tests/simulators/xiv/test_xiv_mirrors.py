"""Mirrors of volumes between two simulated XIVs: defined, listed, active, inactive, out of step, deleted."""

from __future__ import annotations

import pytest

from support.xiv_mirroring import Sites

LEAVES = {
    *("local_peer_name", "remote_peer_name", "mirror_object", "target_name", "current_role", "designation", "active"),
    *("connected", "operational", "sync_type", "sync_state", "schedule_name", "rpo", "remote_rpo", "mirror_error"),
    *("last_replicated_snapshot_time", "size_to_synchronize", "sync_progress"),
}


def test_arrays_know_each_other_as_connected_targets(sites: Sites) -> None:
    for array, name, other in ((sites.home, sites.names[1], sites.away), (sites.away, sites.names[0], sites.home)):
        target = array.ask("target_list").one
        assert (target["name"], target["connected"], target["xiv_target"]) == (name, "yes", "yes")
        assert target["system_id"] == other.ask("config_get", name="system_id").one["value"]
    sites.link("down")
    assert sites.home.ask("target_list").one["connected"] == "no"


def test_a_new_mirror_is_inactive_and_its_slave_is_made_locked(sites: Sites) -> None:
    sites.volume("v1", "a")
    sites.define()
    home, away = sites.seen()
    assert home.keys() == away.keys() == LEAVES
    assert (home["target_name"], away["target_name"]) == (sites.names[1], sites.names[0])
    assert (home["designation"], away["designation"]) == ("Primary", "Secondary")
    assert sites.states() == ("M0 Initializing", "S0 Initializing")
    slave = sites.away.ask("vol_list", vol="v1").one
    assert (slave["locked"], slave["mirrored"]) == ("yes", "yes")
    assert slave["capacity"] == sites.home.ask("vol_list", vol="v1").one["capacity"]
    assert sites.read() == (["a"], [])


def test_an_active_mirror_copies_by_the_clock_and_is_then_in_step(sites: Sites) -> None:
    sites.volume("v1", "a", "b")
    sites.define()
    sites.home.does("mirror_activate", vol="v1")
    assert sites.states() == ("M+ Initializing", "S+ Initializing")
    sites.advance(1)
    assert sites.states() == ("M+ Synchronized", "S+ Consistent")
    sites.write("v1", "c")
    assert sites.read() == (["a", "b", "c"], ["a", "b", "c"])


def test_a_slave_is_written_by_its_master_alone(sites: Sites) -> None:
    sites.volume()
    sites.mirror()
    with pytest.raises(OSError, match="400"):
        sites.write("v1", "x", "xiv2")
    assert sites.away.says("vol_unlock", vol="v1") == "VOLUME_IS_SLAVE"
    assert sites.read() == ([], [])


def test_a_lost_link_leaves_the_slave_behind_and_is_made_good_by_itself(sites: Sites) -> None:
    sites.volume("v1", "a")
    sites.mirror()
    sites.link("down")
    sites.write("v1", "b")
    sites.write("v1", "c")
    assert sites.states() == ("M~ Unsynchronized", "S~ Consistent")
    assert sites.read() == (["a", "b", "c"], ["a"])
    sites.link("up")
    assert sites.states() == ("M+ Unsynchronized", "S+ Inconsistent")
    assert sites.snapshots(sites.away) == ["last-consistent-v1"]
    sites.advance(1)
    assert sites.states() == ("M+ Synchronized", "S+ Consistent")
    assert sites.read() == (["a", "b", "c"], ["a", "b", "c"])
    assert sites.snapshots(sites.away) == []


def test_a_slave_that_is_being_resynchronised_holds_no_moment_that_ever_was(sites: Sites) -> None:
    """Its last consistent state is in the snapshot; the volume has later blocks before earlier ones."""
    sites.volume("v1", "a")
    sites.mirror()
    sites.link("down")
    for label in "bcdefghijk":
        sites.write("v1", label)
    sites.link("up")
    sites.advance(0.25)
    sites.link("down")
    away = sites.read()[1]
    assert away[0] == "a"
    assert away[-1] == "k"
    assert "b" not in away
    assert sites.control.ask("GET", "/io?array=xiv2&volume=last-consistent-v1") == ["a"]
    assert sites.states()[1] == "S~ Inconsistent"
    assert sites.away.says("snapshot_create", vol="v1") == "MIRROR_IS_NOT_SYNCHRONIZED"
    assert sites.away.says("snapshot_delete", snapshot="last-consistent-v1") == "SNAPSHOT_IS_CONSISTENT_ELCS"


def test_an_inactive_mirror_carries_nothing_until_it_is_active_again(sites: Sites) -> None:
    sites.volume()
    sites.mirror()
    sites.home.does("mirror_deactivate", vol="v1")
    sites.write("v1", "a")
    assert sites.states() == ("M0 Unsynchronized", "S0 Consistent")
    assert sites.read() == (["a"], [])
    sites.home.does("mirror_activate", vol="v1")
    sites.advance(1)
    assert sites.read() == (["a"], ["a"])


def test_the_slave_of_a_working_link_is_neither_activated_nor_deactivated(sites: Sites) -> None:
    sites.volume()
    sites.mirror()
    for command in ("mirror_activate", "mirror_deactivate", "mirror_switch_roles", "mirror_delete"):
        assert sites.away.says(command, vol="v1") == "LOCAL_PEER_IS_NOT_MASTER"
    sites.link("down")
    sites.away.does("mirror_deactivate", vol="v1")
    assert sites.states()[1] == "S0 Consistent"


def test_several_mirrors_are_deactivated_together_or_not_at_all(sites: Sites) -> None:
    for volume in ("v1", "v2", "v3"):
        sites.volume(volume)
    sites.mirror("v1")
    sites.mirror("v2")
    sites.define("v3")
    assert sites.home.says("mirror_deactivate", vol="v1,v2,v3") == "SYNC_ALREADY_INACTIVE"
    assert sites.states(vol="v1")[0] == "M+ Synchronized"
    sites.home.does("mirror_deactivate", vol="v1,v2")
    assert {row["active"] for row in sites.home.does("mirror_list")} == {"no"}


def test_what_a_mirror_forbids_is_refused(sites: Sites) -> None:
    sites.volume()
    sites.mirror()
    sites.home.does("snapshot_create", vol="v1", name="s1")
    sites.home.does("vol_create", vol="other", size=17, pool="pool1")
    for array in (sites.home, sites.away):
        assert array.says("vol_delete", vol="v1") == "VOLUME_HAS_MIRROR"
        assert array.says("vol_format", vol="v1") == "VOLUME_HAS_MIRROR"
    assert sites.home.says("vol_copy", vol_src="other", vol_trg="v1") == "VOLUME_HAS_MIRROR"
    assert sites.home.says("snapshot_restore", snapshot="s1") == "VOLUME_HAS_MIRROR"
    assert sites.home.says("mirror_delete", vol="v1") == "MIRROR_IS_ACTIVE"
    assert sites.home.says("mirror_activate", vol="other") == "VOLUME_NO_MIRROR"


def test_a_mirror_is_defined_once_and_only_of_volumes_that_fit(sites: Sites) -> None:
    sites.volume()
    sites.volume("v2")
    sites.away.does("vol_create", vol="small", size=17, pool="pool1")
    sites.away.does("vol_create", vol="large", size=51, pool="pool1")

    def says(vol: str, slave: str, **more: object) -> str:
        return sites.home.says("mirror_create", target=sites.names[1], vol=vol, slave_vol=slave, **more)

    sites.mirror("v2")
    assert says("v2", "small") == "VOLUME_IS_MASTER"
    assert says("v1", "v2") == "VOLUME_IS_SLAVE"
    assert says("v1", "none") == "VOLUME_BAD_NAME"
    assert says("v1", "large") == "VOLUME_INCOMPATIBLE_SIZE"
    assert says("v1", "small", create_slave="yes", remote_pool="pool1") == "REMOTE_VOLUME_EXISTS"
    assert says("v1", "new", create_slave="yes") == "BAD_PARAMS"
    assert says("v1", "new", create_slave="yes", remote_pool="none") == "POOL_DOES_NOT_EXIST"
    assert sites.home.says("mirror_create", target="none", vol="v1", slave_vol="small") == "TARGET_BAD_NAME"
    sites.link("down")
    assert says("v1", "small") == "REMOTE_TARGET_NOT_CONNECTED"
    sites.link("up")
    assert says("v1", "small") == "SUCCESS"
    assert [row["mirrored"] for row in sites.away.does("vol_list", vol="small")] == ["yes"]


def test_a_slave_that_finds_no_room_is_not_made(sites: Sites) -> None:
    sites.volume("v1")
    sites.away.does("pool_create", pool="tiny", size=17, snapshot_size=17)
    asked = {"vol": "v1", "slave_vol": "new", "create_slave": "yes", "remote_pool": "tiny"}
    assert sites.home.says("mirror_create", target=sites.names[1], **asked) == "NOT_ENOUGH_SPACE_ON_REMOTE_MACHINE"
    assert sites.away.does("vol_list", vol="new") == []
    assert sites.home.does("mirror_list") == []


def test_a_mirrored_volume_grows_on_both_arrays_or_on_none(sites: Sites) -> None:
    sites.volume()
    sites.mirror()
    assert sites.away.says("vol_resize", vol="v1", size=34) == "VOLUME_IS_SLAVE"
    sites.home.does("vol_resize", vol="v1", size=34)
    capacities = {array.ask("vol_list", vol="v1").one["capacity"] for array in (sites.home, sites.away)}
    assert len(capacities) == 1
    sites.away.does("pool_create", pool="tiny", size=17 * 4, snapshot_size=17)
    sites.away.does("vol_move", vol="v1", pool="tiny")
    assert sites.home.says("vol_resize", vol="v1", size=170) == "NOT_ENOUGH_SPACE_ON_REMOTE_MACHINE"
    sites.link("down")
    assert sites.home.says("vol_resize", vol="v1", size=51) == "MIRROR_IS_NON_OPERATIONAL"
    assert {array.ask("vol_list", vol="v1").one["capacity"] for array in (sites.home, sites.away)} == capacities


def test_a_deleted_mirror_leaves_its_slave_locked_until_it_is_unlocked(sites: Sites) -> None:
    sites.volume("v1", "a")
    sites.mirror()
    sites.home.does("mirror_deactivate", vol="v1")
    sites.home.does("mirror_delete", vol="v1")
    assert sites.home.does("mirror_list") == sites.away.does("mirror_list") == []
    left = sites.away.ask("vol_list", vol="v1").one
    assert (left["locked"], left["mirrored"]) == ("yes", "no")
    with pytest.raises(OSError, match="400"):
        sites.write("v1", "b", "xiv2")
    sites.away.does("vol_unlock", vol="v1")
    sites.write("v1", "b", "xiv2")
    assert sites.read() == (["a"], ["a", "b"])


def test_a_mirror_deleted_without_a_link_leaves_half_of_itself_until_that_is_forced(sites: Sites) -> None:
    sites.volume()
    sites.mirror()
    sites.link("down")
    sites.home.does("mirror_deactivate", vol="v1")
    sites.home.does("mirror_delete", vol="v1")
    sites.link("up")
    assert sites.home.does("mirror_list") == []
    left = sites.away.ask("mirror_list").one
    assert (left["active"], left["mirror_error"]) == ("no", "Remote_Peer_Missing")
    assert sites.away.says("mirror_delete", vol="v1") == "LOCAL_PEER_IS_NOT_MASTER"
    sites.away.does("mirror_delete", vol="v1", force_on_slave="yes")
    assert sites.away.does("mirror_list") == []


def test_mirrors_are_listed_by_volume_scope_and_target(sites: Sites) -> None:
    for volume in ("v1", "v2"):
        sites.volume(volume)
        sites.mirror(volume)
    sites.group("g", "v2")
    listed = sites.home.does("mirror_list")
    assert [(row["mirror_object"], row["local_peer_name"]) for row in listed] == [
        ("Volume", "v1"),
        ("Volume", "v2"),
        ("CG", "g"),
    ]
    assert [row["local_peer_name"] for row in sites.home.does("mirror_list", scope="Volume")] == ["v1", "v2"]
    assert [row["local_peer_name"] for row in sites.home.does("mirror_list", scope="cg")] == ["g"]
    assert [row["local_peer_name"] for row in sites.home.does("mirror_list", vol="v2")] == ["v2"]
    assert sites.home.does("mirror_list", scope="XCG") == sites.home.does("mirror_list", target="none") == []
    assert len(sites.home.does("mirror_list", target=sites.names[1])) == len(listed)


def test_a_designation_is_a_label_that_both_arrays_show(sites: Sites) -> None:
    sites.volume()
    sites.mirror()
    sites.home.does("mirror_change_designation", vol="v1", new_designation="Secondary")
    assert [row["designation"] for row in sites.seen()] == ["Secondary", "Primary"]
    assert sites.states() == ("M+ Synchronized", "S+ Consistent")


def test_a_snapshot_of_both_peers_is_of_one_moment(sites: Sites) -> None:
    sites.volume("v1", "a")
    sites.mirror()
    sites.home.does("mirror_create_snapshot", vol="v1", name="s1", slave_name="s2", slave_delete_priority=4)
    sites.write("v1", "b")
    assert sites.control.ask("GET", "/io?array=xiv1&volume=s1") == ["a"]
    assert sites.control.ask("GET", "/io?array=xiv2&volume=s2") == ["a"]
    (away,) = sites.away.does("snapshot_list", vol="v1")
    assert (away["delete_priority"], away["locked"]) == ("4", "yes")
    taken = {"vol": "v1", "name": "s3", "slave_name": "s2"}
    assert sites.home.says("mirror_create_snapshot", **taken) == "VOLUME_EXISTS"
    sites.link("down")
    assert sites.home.says("mirror_create_snapshot", **(taken | {"slave_name": "s4"})) == "MIRROR_IS_NON_OPERATIONAL"
    assert sites.snapshots(sites.home) == ["s1"]

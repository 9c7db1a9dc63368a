"""What no source confirms about mirrors of an XIV: each position of a switch is another array to live with."""

from __future__ import annotations

import pytest

from support.xiv_mirroring import ASYNC, Sites

BOTH = pytest.mark.parametrize("on", [False, True], ids=["off", "on"])


@pytest.fixture
def mirrored(sites: Sites) -> Sites:
    """Return both arrays with a volume in step."""
    sites.volume("v1", "a")
    sites.mirror()
    return sites


def _turn(sites: Sites, name: str, *, on: bool) -> None:
    for array in ("xiv1", "xiv2"):
        sites.control.turn(f"xiv_{name}", on=on, array=array)


def _promote(sites: Sites) -> None:
    sites.link("down")
    sites.away.does("mirror_change_role", vol="v1", new_role="Master")
    sites.link("up")


@BOTH
def test_a_slave_is_promoted_as_it_is_or_once_it_is_inactive(mirrored: Sites, on: bool) -> None:
    _turn(mirrored, "mirror_promote_needs_standby", on=on)
    mirrored.link("down")
    first = mirrored.away.says("mirror_change_role", vol="v1", new_role="Master")
    assert first == ("MIRROR_IS_ACTIVE" if on else "SUCCESS")
    if on:
        mirrored.away.does("mirror_deactivate", vol="v1")
        mirrored.away.does("mirror_change_role", vol="v1", new_role="Master")
    assert mirrored.states()[1] == "M0 Unsynchronized"


@BOTH
def test_doing_it_again_is_an_error_or_nothing(mirrored: Sites, on: bool) -> None:
    _turn(mirrored, "mirror_activation_again_refused", on=on)
    assert mirrored.home.says("mirror_activate", vol="v1") == ("SYNC_ALREADY_ACTIVE" if on else "SUCCESS")
    mirrored.home.does("mirror_deactivate", vol="v1")
    assert mirrored.home.says("mirror_deactivate", vol="v1") == ("SYNC_ALREADY_INACTIVE" if on else "SUCCESS")


@BOTH
def test_a_mirror_is_activated_without_its_link_or_not(mirrored: Sites, on: bool) -> None:
    _turn(mirrored, "mirror_activate_needs_link", on=on)
    mirrored.home.does("mirror_deactivate", vol="v1")
    mirrored.write("v1", "b")
    mirrored.link("down")
    assert mirrored.home.says("mirror_activate", vol="v1") == ("TARGET_NOT_CONNECTED" if on else "SUCCESS")
    mirrored.link("up")
    mirrored.advance(1)
    assert mirrored.read()[1] == (["a"] if on else ["a", "b"])


@BOTH
def test_switched_roles_leave_the_mirror_active_or_inactive(mirrored: Sites, on: bool) -> None:
    _turn(mirrored, "mirror_switched_roles_stay_active", on=on)
    mirrored.home.does("mirror_switch_roles", vol="v1")
    mirrored.write("v1", "b", "xiv2")
    assert mirrored.read() == ((["a", "b"] if on else ["a"]), ["a", "b"])
    assert mirrored.states() == (("S+ Consistent", "M+ Synchronized") if on else ("S0 Consistent", "M0 Unsynchronized"))


@BOTH
def test_asynchronous_roles_are_switched_or_never(sites: Sites, on: bool) -> None:
    _turn(sites, "mirror_async_switch_refused", on=on)
    sites.volume("v1", "a")
    sites.mirror("v1", **ASYNC)
    assert sites.home.says("mirror_switch_roles", vol="v1") == ("MIRROR_IS_ASYNC" if on else "SUCCESS")


@BOTH
def test_a_master_that_meets_another_stays_active_or_not(mirrored: Sites, on: bool) -> None:
    _turn(mirrored, "mirror_role_conflict_deactivates", on=on)
    _promote(mirrored)
    assert mirrored.states() == ("M0 Unsynchronized" if on else "M~ Unsynchronized", "M0 Unsynchronized")


@BOTH
def test_a_mirror_is_deleted_without_its_link_or_not(mirrored: Sites, on: bool) -> None:
    _turn(mirrored, "mirror_delete_needs_link", on=on)
    mirrored.link("down")
    mirrored.home.does("mirror_deactivate", vol="v1")
    assert mirrored.home.says("mirror_delete", vol="v1") == ("TARGET_NOT_CONNECTED" if on else "SUCCESS")


@BOTH
def test_a_deleted_mirror_of_two_masters_goes_on_both_arrays_or_on_one(mirrored: Sites, on: bool) -> None:
    _turn(mirrored, "mirror_delete_takes_both_masters", on=on)
    _promote(mirrored)
    mirrored.away.does("mirror_delete", vol="v1")
    assert len(mirrored.home.does("mirror_list")) == (0 if on else 1)


@BOTH
def test_a_deleted_mirror_takes_its_snapshots_along_or_they_are_in_the_way(sites: Sites, on: bool) -> None:
    _turn(sites, "mirror_delete_keeps_snapshots", on=on)
    sites.volume("v1", "a")
    sites.mirror("v1", **ASYNC)
    sites.home.does("mirror_deactivate", vol="v1")
    sites.home.does("mirror_delete", vol="v1")
    left = ["last-replicated-v1"] if on else []
    assert sites.snapshots(sites.home) == sites.snapshots(sites.away) == left
    again = {"vol": "v1", "slave_vol": "v1", "target": sites.names[1]}
    assert sites.home.says("mirror_create", **again) == ("VOLUME_EXISTS" if on else "SUCCESS")
    if on:
        for array in (sites.home, sites.away):
            array.does("snapshot_delete", snapshot="last-replicated-v1")
        sites.home.does("mirror_create", **again)


@BOTH
def test_a_volume_of_an_inactive_mirror_grows_or_not(mirrored: Sites, on: bool) -> None:
    _turn(mirrored, "mirror_inactive_resized", on=on)
    mirrored.home.does("mirror_deactivate", vol="v1")
    grown = mirrored.home.says("vol_resize", vol="v1", size=34)
    assert grown == ("SUCCESS" if on else "MIRROR_IS_NON_OPERATIONAL")
    sizes = {array.ask("vol_list", vol="v1").one["size"] for array in (mirrored.home, mirrored.away)}
    assert sizes == {"34" if on else "17"}


@BOTH
def test_a_slave_in_step_says_consistent_or_synchronized(mirrored: Sites, on: bool) -> None:
    _turn(mirrored, "mirror_slave_says_consistent", on=on)
    assert mirrored.states()[1] == ("S+ Consistent" if on else "S+ Synchronized")
    mirrored.link("down")
    mirrored.write("v1", "b")
    mirrored.link("up")
    assert mirrored.states()[1] == ("S+ Inconsistent" if on else "S+ Unsynchronized")


@BOTH
def test_mirrors_of_an_unknown_volume_are_none_or_an_error(sites: Sites, on: bool) -> None:
    _turn(sites, "unknown_mirror_listing_empty", on=on)
    assert sites.home.says("mirror_list", vol="none") == ("SUCCESS" if on else "VOLUME_BAD_NAME")
    assert sites.home.says("sync_job_list", cg="none") == ("SUCCESS" if on else "CONS_GROUP_BAD_NAME")


@BOTH
def test_snapshots_of_both_peers_are_offered_or_unknown(mirrored: Sites, on: bool) -> None:
    _turn(mirrored, "mirror_snapshots", on=on)
    said = mirrored.home.says("mirror_create_snapshot", vol="v1", name="s", slave_name="s")
    assert said == ("SUCCESS" if on else "UNRECOGNIZED_COMMAND")
    offered = {row["name"] for row in mirrored.home.does("help", category="mirror")}
    assert ("mirror_create_snapshot" in offered) is on


@BOTH
def test_a_schedule_a_mirror_has_is_deleted_or_not(sites: Sites, on: bool) -> None:
    _turn(sites, "mirror_schedule_in_use_refused", on=on)
    sites.home.does("schedule_create", schedule="mine", interval="00:00:30")
    sites.volume("v1", "a")
    sites.mirror("v1", type="async_interval", rpo=120, schedule="mine")
    assert sites.home.says("schedule_delete", schedule="mine") == ("SCHEDULE_IN_USE" if on else "SUCCESS")
    sites.write("v1", "b")
    sites.advance(31)
    assert sites.read()[1] == (["a", "b"] if on else ["a"])


def test_a_lost_acknowledgement_of_a_resize_shows_when_the_mirror_is_activated(mirrored: Sites) -> None:
    _turn(mirrored, "mirror_acknowledgements_lost", on=True)
    assert mirrored.home.says("vol_resize", vol="v1", size=34) == "MIRROR_POSSIBLE_SIZE_MISMATCH"
    _turn(mirrored, "mirror_acknowledgements_lost", on=False)
    sizes = [array.ask("vol_list", vol="v1").one["size"] for array in (mirrored.home, mirrored.away)]
    assert sizes == ["34", "17"]
    mirrored.home.does("mirror_deactivate", vol="v1")
    assert mirrored.home.says("mirror_activate", vol="v1") == "MIRROR_SIZE_MISMATCH"
    mirrored.home.does("vol_resize", vol="v1", size=34)
    mirrored.home.does("mirror_activate", vol="v1")
    assert mirrored.away.ask("vol_list", vol="v1").one["size"] == "34"


@pytest.mark.parametrize("command", ["cg_add_vol", "cg_remove_vol"])
def test_a_lost_acknowledgement_of_a_member_shows_when_the_group_is_activated(mirrored: Sites, command: str) -> None:
    mirrored.group("g", *(["v1"] if command == "cg_remove_vol" else []))
    _turn(mirrored, "mirror_acknowledgements_lost", on=True)
    asked = {"vol": "v1"} | ({"cg": "g"} if command == "cg_add_vol" else {})
    assert mirrored.home.says(command, **asked) == "MIRROR_POSSIBLE_CONS_GROUP_MEMBERSHIP_MISMATCH"
    members = [len(array.does("vol_list", cg="g")) for array in (mirrored.home, mirrored.away)]
    assert sorted(members) == [0, 1]
    mirrored.write("v1", "b")
    mirrored.home.does("mirror_deactivate", cg="g")
    assert mirrored.home.says("mirror_activate", cg="g") == "MIRROR_CONS_GROUP_MEMBERSHIP_MISMATCH"


def test_sides_that_do_not_agree_on_what_was_last_replicated_are_not_activated(sites: Sites) -> None:
    sites.home.does("schedule_create", schedule="by_hand", type="manual")
    sites.volume("v1", "a")
    sites.mirror("v1", type="async_interval", rpo=3600, schedule="by_hand")
    sites.advance(60)
    sites.write("v1", "b")
    _turn(sites, "mirror_acknowledgements_lost", on=True)
    sites.home.does("schedule_create_tick", schedule="by_hand")
    sites.advance(1)
    assert len({row["last_replicated_snapshot_time"] for row in sites.seen()}) == 2
    _promote(sites)
    sites.home.does("mirror_deactivate", vol="v1")
    sites.home.does("mirror_change_role", vol="v1", new_role="Slave")
    assert sites.read() == (["a"], ["a", "b"])
    assert sites.away.says("mirror_activate", vol="v1") == "MIRROR_CONFIGURATION_ERROR"

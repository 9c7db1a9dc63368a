"""Who serves: roles of mirrors between two simulated XIVs, through a disaster and back, with what hosts wrote."""

from __future__ import annotations

import pytest

from support.xiv_mirroring import ASYNC, Sites


@pytest.fixture
def mirrored(sites: Sites) -> Sites:
    """Return both arrays with a volume in step."""
    sites.volume("v1", "a")
    sites.mirror()
    return sites


def test_roles_are_switched_on_both_arrays_and_nothing_is_lost(mirrored: Sites) -> None:
    mirrored.home.does("mirror_switch_roles", vol="v1")
    assert mirrored.states() == ("S0 Consistent", "M0 Unsynchronized")
    with pytest.raises(OSError, match="400"):
        mirrored.write("v1", "x", "xiv1")
    mirrored.away.does("mirror_activate", vol="v1")
    mirrored.write("v1", "b", "xiv2")
    assert mirrored.states() == ("S+ Consistent", "M+ Synchronized")
    assert mirrored.read() == (["a", "b"], ["a", "b"])
    assert mirrored.away.ask("vol_list", vol="v1").one["locked"] == "no"


def test_roles_are_switched_only_in_step(mirrored: Sites) -> None:
    mirrored.link("down")
    assert mirrored.home.says("mirror_switch_roles", vol="v1") == "MIRROR_IS_NON_OPERATIONAL"
    mirrored.write("v1", "b")
    mirrored.link("up")
    assert mirrored.home.says("mirror_switch_roles", vol="v1") == "MIRROR_IS_NOT_SYNCHRONIZED"
    mirrored.home.does("mirror_deactivate", vol="v1")
    assert mirrored.home.says("mirror_switch_roles", vol="v1") == "MIRROR_IS_NON_OPERATIONAL"


def test_a_disaster_and_the_way_back_keep_what_the_promoted_side_was_written(mirrored: Sites) -> None:
    mirrored.link("down")
    mirrored.write("v1", "lost")
    mirrored.away.does("mirror_change_role", vol="v1", new_role="Master")
    mirrored.write("v1", "b", "xiv2")
    assert mirrored.states() == ("M~ Unsynchronized", "M0 Unsynchronized")
    mirrored.link("up")
    assert [row["mirror_error"] for row in mirrored.seen()] == ["Role_Conflict", "Role_Conflict"]
    assert mirrored.away.says("mirror_activate", vol="v1") == "MIRROR_CONFIGURATION_ERROR"
    assert mirrored.home.says("mirror_change_role", vol="v1", new_role="Slave") == "MIRROR_IS_ACTIVE"
    mirrored.home.does("mirror_deactivate", vol="v1")
    mirrored.home.does("mirror_change_role", vol="v1", new_role="Slave")
    assert mirrored.read() == (["a"], ["a", "b"])
    assert mirrored.control.ask("GET", "/io?array=xiv1&volume=most-updated-v1") == ["a", "lost"]
    mirrored.away.does("mirror_activate", vol="v1")
    mirrored.advance(1)
    assert mirrored.states() == ("S+ Consistent", "M+ Synchronized")
    assert mirrored.read() == (["a", "b"], ["a", "b"])
    mirrored.away.does("mirror_switch_roles", vol="v1")
    mirrored.home.does("mirror_activate", vol="v1")
    mirrored.write("v1", "c")
    assert mirrored.states() == ("M+ Synchronized", "S+ Consistent")
    assert mirrored.read() == (["a", "b", "c"], ["a", "b", "c"])


def test_promoting_the_old_side_again_keeps_that_sides_writes_instead(mirrored: Sites) -> None:
    """Who is demoted gives up its writes, whichever side that is."""
    mirrored.link("down")
    mirrored.away.does("mirror_change_role", vol="v1", new_role="Master")
    mirrored.write("v1", "here")
    mirrored.write("v1", "there", "xiv2")
    mirrored.link("up")
    mirrored.away.does("mirror_change_role", vol="v1", new_role="Slave")
    assert mirrored.read() == (["a", "here"], ["a"])
    mirrored.home.does("mirror_deactivate", vol="v1")
    mirrored.home.does("mirror_activate", vol="v1")
    mirrored.advance(1)
    assert mirrored.read() == (["a", "here"], ["a", "here"])
    assert mirrored.control.ask("GET", "/io?array=xiv2&volume=most-updated-v1") == ["a", "there"]


def test_a_slave_is_not_promoted_before_everything_was_copied_once(sites: Sites) -> None:
    sites.volume("v1", "a")
    sites.define()
    sites.home.does("mirror_activate", vol="v1")
    assert sites.away.says("mirror_change_role", vol="v1", new_role="Master") == "MIRROR_IS_INITIAL"
    sites.link("down")
    assert sites.away.says("mirror_change_role", vol="v1", new_role="Master") == "MIRROR_IS_INITIAL"
    sites.home.does("mirror_deactivate", vol="v1")
    assert sites.home.says("mirror_change_role", vol="v1") == "MIRROR_IS_INITIAL"


def test_a_promoted_inconsistent_slave_keeps_its_last_consistent_state(mirrored: Sites) -> None:
    mirrored.link("down")
    for label in "bcdefghijk":
        mirrored.write("v1", label)
    mirrored.link("up")
    mirrored.advance(0.25)
    mirrored.link("down")
    torn = mirrored.read()[1]
    mirrored.away.does("mirror_change_role", vol="v1", new_role="Master")
    assert mirrored.snapshots(mirrored.away) == ["last-consistent-v1", "most-updated-v1"]
    assert mirrored.control.ask("GET", "/io?array=xiv2&volume=most-updated-v1") == torn
    mirrored.away.does("mirror_delete", vol="v1")
    mirrored.away.does("snapshot_restore", snapshot="last-consistent-v1")
    assert mirrored.read()[1] == ["a"]


def test_a_role_is_turned_round_where_none_is_named_and_kept_where_it_is_that_already(mirrored: Sites) -> None:
    mirrored.home.does("mirror_change_role", vol="v1", new_role="Master")
    assert mirrored.states()[0] == "M+ Synchronized"
    mirrored.home.does("mirror_deactivate", vol="v1")
    mirrored.home.does("mirror_change_role", vol="v1")
    assert mirrored.states() == ("S0 Consistent", "S0 Consistent")
    mirrored.away.does("mirror_change_role", vol="v1")
    assert mirrored.states() == ("S0 Consistent", "M0 Unsynchronized")
    assert [row["mirror_error"] for row in mirrored.seen()] == ["No_Error", "No_Error"]


def test_changing_a_role_asks_whether_one_is_sure(mirrored: Sites) -> None:
    mirrored.link("down")
    mirrored.away.options["i-am-sure"] = "no"
    asked = "ARE_YOU_SURE_YOU_WANT_TO_CHANGE_MIRROR_ROLE"
    assert mirrored.away.says("mirror_change_role", vol="v1", new_role="Master") == asked
    assert mirrored.states()[1] == "S~ Consistent"


def test_an_asynchronous_side_goes_back_to_what_was_last_replicated(sites: Sites) -> None:
    sites.volume("v1", "a")
    sites.mirror("v1", **ASYNC)
    sites.write("v1", "b")
    sites.link("down")
    sites.away.does("mirror_change_role", vol="v1", new_role="Master")
    sites.write("v1", "c", "xiv2")
    assert sites.read() == (["a", "b"], ["a", "c"])
    sites.link("up")
    sites.home.does("mirror_deactivate", vol="v1")
    sites.home.does("mirror_change_role", vol="v1", new_role="Slave")
    assert sites.read() == (["a"], ["a", "c"])
    sites.away.does("mirror_activate", vol="v1")
    sites.advance(1)
    assert sites.read() == (["a", "c"], ["a", "c"])
    assert sites.states() == ("S+ RPO OK", "M+ RPO OK")


def test_asynchronous_roles_are_switched_once_nothing_is_pending(sites: Sites) -> None:
    sites.volume("v1", "a")
    sites.mirror("v1", **ASYNC)
    sites.write("v1", "b")
    assert sites.home.says("mirror_switch_roles", vol="v1") == "MIRROR_IS_ASYNC"
    sites.home.does("mirror_create_snapshot", vol="v1", name="s", slave_name="s")
    assert sites.home.says("mirror_switch_roles", vol="v1") == "MIRROR_IS_ASYNC"
    sites.advance(1)
    sites.home.does("mirror_switch_roles", vol="v1")
    sites.away.does("mirror_activate", vol="v1")
    sites.advance(1)
    assert sites.states() == ("S+ RPO OK", "M+ RPO OK")
    assert sites.read() == (["a", "b"], ["a", "b"])


def test_a_deleted_mirror_of_two_masters_goes_on_one_array_alone(mirrored: Sites) -> None:
    mirrored.link("down")
    mirrored.away.does("mirror_change_role", vol="v1", new_role="Master")
    mirrored.link("up")
    mirrored.away.does("mirror_delete", vol="v1")
    assert mirrored.away.does("mirror_list") == []
    assert mirrored.home.ask("mirror_list").one["mirror_error"] == "Remote_Peer_Missing"
    assert mirrored.away.ask("vol_list", vol="v1").one["locked"] == "no"

"""Half of a mirror that one XIV lost: it never stands in the way of others, and no volume is taken for its copy."""

from __future__ import annotations

import pytest

from support.mirror_lab import Lab
from terraform_provider_xivds8k.driver import Refused, Remaining, Replication


def _lose_remote_half(lab: Lab, made: Replication) -> None:
    """Have the remote array forget its half and lose its volume."""
    lab.linked.set_link("down")
    lab.says("remote", "mirror_deactivate", vol=made.remote_name)
    lab.tell("remote", "mirror_delete", vol=made.remote_name, force_on_slave="yes")
    lab.tell("remote", "vol_unlock", vol=made.remote_name)
    lab.tell("remote", "vol_delete", vol=made.remote_name)
    lab.linked.set_link("up")
    lab.linked.advance(3)


@pytest.mark.parametrize("lost", [1, 4])  # asked about one by one, or all at once
def test_pairs_are_read_and_moved_beside_one_whose_remote_volume_has_no_name_any_more(lab: Lab, lost: int) -> None:
    broken = [lab.pair("sync") for _ in range(lost)]
    healthy = lab.pair("sync", "a")
    for one in broken:
        _lose_remote_half(lab, one)
    assert lab.tell("home", "mirror_list", vol=broken[0].name)[0]["remote_peer_name"] == ""
    assert lab.row(healthy.id) == 1
    assert lab.one("failover", healthy.id, force=True).outcome == "moved"
    assert lab.one("resync", healthy.id, authoritative_backend_id="remote").outcome == "moved"
    assert lab.pair("sync").id
    assert lab.row(broken[0].id) == 14
    lab.driver.disable_replication(replication_id=broken[0].id, remote_id=broken[0].remote_id)
    assert lab.driver.find_replication(broken[0].id) is None


def test_a_name_of_a_lost_peer_that_the_array_refuses_is_not_known_and_no_error(lab: Lab) -> None:
    broken, healthy = lab.pair("sync"), lab.pair("sync")
    lab.linked.set_link("down")
    lab.says("remote", "mirror_deactivate", vol=broken.remote_name)
    lab.tell("remote", "mirror_delete", vol=broken.remote_name, force_on_slave="yes")
    lab.driver.forget_recent()
    lab.linked.fail("remote", "vol_list", "error", code="ILLEGAL_NAME", nth=2)  # the first is the listing
    lost, other = (pair for pair in lab.driver.list_replications())
    assert (lost.id, lost.row, lost.remote_id) == (broken.id, 14, None)
    assert (other.id, other.row) == (healthy.id, 2)
    assert lab.driver.get_replication_status([broken.id])[0].remote_id == broken.remote_id


def _lose_remote_half_alone(lab: Lab, made: Replication) -> None:
    """Have the remote array forget its half; its volume stays, locked."""
    lab.linked.set_link("down")
    lab.says("remote", "mirror_deactivate", vol=made.remote_name)
    lab.tell("remote", "mirror_delete", vol=made.remote_name, force_on_slave="yes")
    lab.linked.set_link("up")


def _locked(lab: Lab) -> dict[str, bool]:
    return {row["wwn"].lower(): row["locked"] == "yes" for row in lab.tell("remote", "vol_list")}


@pytest.mark.parametrize("remaining", ["keep", "delete"])
def test_a_volume_that_only_bears_the_name_of_a_lost_copy_is_not_touched(lab: Lab, remaining: Remaining) -> None:
    made = lab.pair("sync", "a")
    _lose_remote_half_alone(lab, made)
    told: list[str] = []

    def end() -> None:
        lab.driver.disable_replication(replication_id=made.id, remote_on_delete=remaining, progress=told.append)

    if remaining == "keep":
        end()
    else:
        with pytest.raises(Refused, match=rf"was not deleted.*Volume {made.remote_id} is left"):
            end()
    assert any(f"{made.remote_name} there is not touched by its name alone" in line for line in told)
    assert lab.driver.find_replication(made.id) is None
    assert _locked(lab) == {made.remote_id: True}


@pytest.mark.parametrize("remaining", ["keep", "delete"])
@pytest.mark.parametrize("is_renamed", [False, True])
def test_the_copy_of_a_lost_half_that_is_named_by_its_id_stays_or_goes_as_it_was_said(
    lab: Lab, remaining: Remaining, is_renamed: bool
) -> None:
    made = lab.pair("sync", "a")
    _lose_remote_half_alone(lab, made)
    if is_renamed:
        lab.tell("remote", "vol_rename", vol=made.remote_name, new_name="aside")
    lab.driver.disable_replication(replication_id=made.id, remote_id=made.remote_id, remote_on_delete=remaining)
    assert _locked(lab) == ({made.remote_id: False} if remaining == "keep" else {})


def test_the_schedule_of_a_half_that_home_has_alone_goes_with_it(lab: Lab) -> None:
    made = lab.pair("async", "a")
    _lose_remote_half_alone(lab, made)
    lab.driver.disable_replication(replication_id=made.id, remote_id=made.remote_id)
    assert lab.schedules("home") == lab.schedules("remote") == set()

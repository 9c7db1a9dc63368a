"""Half of a mirror that one XIV lost: it never stands in the way of others, and no volume is taken for its copy."""

from __future__ import annotations

import pytest

from support.mirror_lab import Lab
from terraform_provider_xivds8k.driver import Replication


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

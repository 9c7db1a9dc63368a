"""What the OpenStack driver was recorded to ask of two XIVs (its order of commands), asked again of simulated ones."""

from __future__ import annotations

import pytest

from support.xiv_mirroring import ASYNC, Sites

SYNC = {"type": "sync_best_effort"}


def _make(sites: Sites, volume: str, **more: object) -> None:
    sites.home.does("vol_create", vol=volume, size_blocks=33_554_432, pool="pool1")
    made = {"vol": volume, "slave_vol": volume, "target": sites.names[1], "create_slave": "yes"}
    sites.home.does("mirror_create", **made, remote_pool="pool1", **more)
    sites.home.does("mirror_activate", vol=volume)
    assert volume in {row["local_peer_name"] for row in sites.home.does("mirror_list", scope="Volume")}
    sites.advance(1)


@pytest.mark.parametrize("mode", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_replicated_volume_is_made_and_deleted(sites: Sites, mode: dict[str, object]) -> None:
    _make(sites, "v1", **mode)
    sites.home.does("mirror_deactivate", vol="v1")
    sites.home.does("mirror_delete", vol="v1")
    sites.away.does("vol_delete", vol="v1")
    sites.home.does("vol_delete", vol="v1")
    for array in (sites.home, sites.away):
        assert array.does("vol_list") == array.does("mirror_list") == []


def test_a_host_fails_over_and_back(sites: Sites) -> None:
    """Before each step both arrays have one mirror of the volume, in step, and it is active."""
    _make(sites, "v1", **SYNC)
    for serving, other in ((sites.home, sites.away), (sites.away, sites.home)):
        for array in (serving, other):
            assert array.does("vol_list", pool="pool1")
        roles = [array.ask("mirror_list", vol="v1").one["current_role"] for array in (serving, other)]
        assert roles == ["Master", "Slave"]
        assert serving.ask("mirror_list", vol="v1").one["sync_state"] == "Synchronized"
        assert {row["active"] for row in serving.does("mirror_list", scope="Volume")} == {"yes"}
        serving.does("mirror_switch_roles", vol="v1")
        other.does("mirror_activate", vol="v1")


@pytest.mark.parametrize("mode", [SYNC, ASYNC], ids=["sync", "async"])
def test_replication_of_a_group_is_enabled_and_disabled(sites: Sites, mode: dict[str, object]) -> None:
    sites.home.does("cg_create", cg="g", pool="pool1")
    for array in (sites.home, sites.away):
        array.does("vol_create", vol="v1", size_blocks=33_554_432, pool="pool1")
    sites.home.does("cg_add_vol", cg="g", vol="v1")
    sites.home.does("cg_remove_vol", vol="v1")
    asked = {"vol": "v1", "slave_vol": "v1", "target": sites.names[1], **mode}
    assert sites.home.says("mirror_create", **asked, create_slave="yes", remote_pool="pool1") == "REMOTE_VOLUME_EXISTS"
    sites.home.does("mirror_create", **asked, create_slave="no")
    sites.home.does("mirror_activate", vol="v1")
    sites.home.does("mirror_list", scope="Volume")
    sites.advance(1)
    sites.away.does("cg_create", cg="g", pool="pool1")
    sites.home.does("mirror_create", cg="g", slave_cg="g", target=sites.names[1], create_slave="no", **mode)
    sites.home.does("mirror_activate", cg="g")
    assert sites.home.ask("mirror_list", scope="CG").one["current_role"] == "Master"
    sites.home.does("cg_add_vol", vol="v1", cg="g")
    assert sites.away.ask("vol_list", vol="v1").one["cg_name"] == "g"
    sites.home.does("mirror_deactivate", cg="g")
    sites.home.does("mirror_delete", cg="g")
    for array in (sites.home, sites.away):
        array.does("vol_unlock", vol="v1")
    sites.away.does("cg_remove_vol", vol="v1")
    assert [row["locked"] for row in sites.away.does("vol_list", vol="v1")] == ["no"]
    sites.away.does("cg_delete", cg="g")

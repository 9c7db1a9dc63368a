"""Listings of attachments: narrowed by what is there, by id or name."""

from __future__ import annotations

import pytest

from support.attaching import Hands
from support.simulated import World
from terraform_provider_xivds8k.driver import DriverError, Family
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.resources import HostAttachmentResource

ONE, TWO = "10000000C9AA0001", "10000000C9AA0002"


def listed(array: World, **filters: str) -> list[str]:
    """Return what a listing calls the attachments it finds."""
    configured = Configured(
        open_driver=lambda: array.driver, close_driver=lambda _: None, guards=Guards(), family=array.family
    )
    resource = HostAttachmentResource(configured)
    everything = dict.fromkeys(("host_id", "cluster", "volume_id", "side"))
    wanted = resource.list_config.from_raw({**everything, **filters})
    return [one.display_name for one in resource.listing(wanted)]


def test_hosts_and_volumes_are_named_by_id_or_name(array: World, hands: Hands) -> None:
    first, _ = hands.host("db01", wwpns=[ONE]), hands.host("db02", wwpns=[TWO])
    volume, other = hands.volume(), hands.volume()
    hands.map(volume, "db01", 3)
    hands.map(other, "db02", 4)
    for text in (first, first.lower(), "db01"):
        assert listed(array, host_id=text) == [f"db01 LUN 3: {volume.id}"]
    for text in (volume.id, volume.id.upper(), volume.name):
        assert listed(array, volume_id=text) == [f"db01 LUN 3: {volume.id}"]
    assert len(listed(array)) == 2


@pytest.mark.parametrize("name", ["host_id", "cluster", "volume_id"])
def test_what_is_not_there_is_an_error_at_its_filter(array: World, hands: Hands, name: str) -> None:
    hands.host("db01", wwpns=[ONE])
    for text in ("nope", "zz", "00FF"):
        with pytest.raises(DriverError) as caught:
            listed(array, **{name: text})
        assert caught.value.attribute == name


@pytest.mark.parametrize("family", ["xiv"])
def test_a_cluster_is_found_in_any_case(array: World, hands: Hands, family: Family) -> None:
    hands.cluster("c1")
    hands.host("db01", wwpns=[ONE], cluster="c1")
    volume = hands.volume()
    array.driver.initialize_connection(volume_id=volume.id, cluster="c1", deadline=20)
    assert listed(array, cluster="C1") == [f"c1 LUN 1: {volume.id}"]
    with pytest.raises(DriverError, match="No cluster 'c9'") as caught:
        listed(array, cluster="c9")
    assert caught.value.happened == "The array has: c1."

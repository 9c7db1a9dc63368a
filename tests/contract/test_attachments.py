"""Attaching volumes through the driver: which LUN, what is refused, and what becomes of a lost answer."""

from __future__ import annotations

from contextlib import closing

import pytest

from support.attaching import Hands
from support.simulated import World
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    InUse,
    LunTaken,
    NoSpace,
    NotFound,
    Refused,
    Unsupported,
)

WWPNS = ("10000000c9123456", "10000000c9123457")
IQN = "iqn.1994-05.com.redhat:db1"
XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)


def test_an_attachment_gets_the_lowest_free_lun_and_tells_how_the_host_reaches_it(array: World, hands: Hands) -> None:
    host_id = hands.host("h1", wwpns=WWPNS)
    volumes = [hands.volume() for _ in range(3)]
    hands.map(volumes[0], "h1", 2)
    made = [array.driver.initialize_connection(volume_id=one.id, host_id=host_id) for one in volumes[1:]]
    assert [one.lun for one in made] == [1, 3]
    assert (made[0].host_id, made[0].host_name, made[0].cluster) == (host_id, "h1", None)
    assert made[0].device_path == volumes[1].device_path
    ports = [port.address.upper() for port in array.driver.system().ports if port.kind == "fc"]
    assert list(made[0].target_wwpns) == sorted(ports)
    assert (made[0].target_iqn, made[0].target_portals) == (None, ())
    assert array.driver.find_attachment(volumes[1].id, host_id=host_id) == made[0]
    assert hands.luns(volumes[2], "h1") == [3]


@XIV
def test_an_iscsi_host_reaches_a_volume_by_every_portal(array: World, hands: Hands) -> None:
    host_id, volume = hands.host(iqns=[IQN]), hands.volume()
    made = array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    assert made.target_wwpns == ()
    assert made.target_portals == ("192.0.2.11:3260", "192.0.2.12:3260")
    assert made.target_iqn == "iqn.2005-10.com.xivstorage:300331"
    assert made.offline == frozenset()


def test_attaching_again_is_the_same_attachment_and_sends_nothing(array: World, hands: Hands, map_command: str) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    made = array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    for lun in (None, made.lun):
        assert array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, lun=lun) == made
    with pytest.raises(AlreadyExists, match="as LUN 1") as caught:
        array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, lun=7)
    assert caught.value.attribute == "lun"
    with pytest.raises(AlreadyExists) as caught:
        array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, new=True)
    assert caught.value.attribute == "volume_id"
    assert array.calls()[map_command] == 1
    assert hands.luns(volume, "h1") == [1]


def test_a_lun_that_is_asked_for_is_given_or_refused_naming_what_has_it(array: World, hands: Hands) -> None:
    host_id, first, second = hands.host("h1"), hands.volume(), hands.volume()
    assert array.driver.initialize_connection(volume_id=first.id, host_id=host_id, lun=17).lun == 17
    with pytest.raises(LunTaken, match="LUN 17") as caught:
        array.driver.initialize_connection(volume_id=second.id, host_id=host_id, lun=17)
    assert hands.called(first) in caught.value.happened
    assert caught.value.attribute == "lun"
    assert hands.luns(second, "h1") == []


@pytest.mark.parametrize(("lun", "words"), [(0, "1 to 255"), (256, "255"), (512, "highest")])
def test_a_lun_outside_the_providers_range_is_refused_and_nothing_sent(
    array: World, hands: Hands, lun: int, words: str
) -> None:
    host_id, volume = hands.host(), hands.volume()
    with pytest.raises(Refused, match=words) as caught:
        array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, lun=lun)
    assert caught.value.attribute == "lun"
    assert hands.map_command not in array.calls()


def test_the_providers_range_is_used_and_ends(array: World, hands: Hands) -> None:
    host_id, volumes = hands.host("h1"), [hands.volume() for _ in range(3)]
    with closing(array.another_driver(lun_range=(10, 11))) as driver:
        made = [driver.initialize_connection(volume_id=one.id, host_id=host_id).lun for one in volumes[:2]]
        assert made == [10, 11]
        with pytest.raises(NoSpace, match="from 10 to 11") as caught:
            driver.initialize_connection(volume_id=volumes[2].id, host_id=host_id)
    assert caught.value.attribute == "lun"


@pytest.mark.parametrize("allowed", [True, False])
def test_lun_zero_is_given_only_where_range_and_array_allow_it(array: World, hands: Hands, allowed: bool) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    if array.family == "xiv":
        array.turn("xiv_lun_zero_allowed", on=allowed)
    with closing(array.another_driver(lun_range=(0, 255))) as driver:
        if allowed or array.family == "ds8k":
            assert driver.initialize_connection(volume_id=volume.id, host_id=host_id, lun=0).lun == 0
            return
        with pytest.raises(Refused) as caught:
            driver.initialize_connection(volume_id=volume.id, host_id=host_id, lun=0)
    assert (caught.value.code, caught.value.attribute) == ("ILLEGAL_LUN", "lun")


def test_a_volume_can_be_attached_to_several_hosts(array: World, hands: Hands) -> None:
    """An XIV asks whether that is meant; it is told so only after a look."""
    volume, hosts = hands.volume(), [hands.host(f"h{number}") for number in range(2)]
    for host_id in hosts:
        assert array.driver.initialize_connection(volume_id=volume.id, host_id=host_id).lun == 1
    array.driver.terminate_connection(volume_id=volume.id, host_id=hosts[0])
    assert (hands.luns(volume, "h0"), hands.luns(volume, "h1")) == ([], [1])


def test_what_is_not_there_is_named_with_what_is_near(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    with pytest.raises(NotFound) as caught:
        array.driver.initialize_connection(volume_id=volume.id, host_id=f"{host_id}9")
    assert (caught.value.attribute, "h1" in caught.value.happened) == ("host_id", True)
    array.driver.delete_volume(volume_id=volume.id)
    with pytest.raises(NotFound) as caught:
        array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    assert caught.value.attribute == "volume_id"


def test_a_renamed_host_is_still_the_host(array: World, hands: Hands) -> None:
    host_id, first, second = hands.host("h1"), hands.volume(), hands.volume()
    array.driver.initialize_connection(volume_id=first.id, host_id=host_id)
    hands.rename("h1", "h2")
    hands.host("h1")
    assert array.driver.initialize_connection(volume_id=second.id, host_id=host_id).host_name == "h2"
    array.driver.terminate_connection(volume_id=first.id, host_id=host_id)
    assert [(one.holder, one.volume) for one in hands.mapped()] == [("h2", hands.called(second))]


def test_a_detachment_ends_that_mapping_alone_and_may_be_repeated(
    array: World, hands: Hands, unmap_command: str
) -> None:
    host_id, volumes = hands.host("h1"), [hands.volume() for _ in range(2)]
    for one in volumes:
        array.driver.initialize_connection(volume_id=one.id, host_id=host_id)
    for _ in range(2):
        array.driver.terminate_connection(volume_id=volumes[0].id, host_id=host_id)
    assert array.calls()[unmap_command] == 1
    assert [one.volume for one in hands.mapped()] == [hands.called(volumes[1])]
    assert host_id in hands.names()  # a host is never deleted by its last detachment


def test_a_detachment_whose_host_or_volume_is_gone_is_done(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    hands.drop_host("h1")
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id)
    array.driver.delete_volume(volume_id=volume.id)
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id)


@DS8K
@pytest.mark.parametrize("kind", ["zLinux", "iSeries"])
@pytest.mark.parametrize("briefs", [True, False])
def test_a_host_addressed_by_mask_has_computed_luns(array: World, hands: Hands, kind: str, briefs: bool) -> None:
    array.turn("hosts_list_mappings_briefs", on=briefs)
    host_id = hands.host("z", kind=kind)
    os400 = "099" if kind == "iSeries" else None
    pool = array.pools()[0].id
    volume = array.driver.create_volume(name="z1", pool=pool, size_bytes=2**30, lss="28", os400=os400)
    computed = int(f"40{volume.id[2:]}4028", 16)
    with pytest.raises(Refused, match="masking") as caught:
        array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, lun=1)
    assert f"lun = {computed}" in caught.value.next_step
    made = array.driver.initialize_connection(volume_id=volume.id, host_id=host_id, lun=computed)
    assert made.lun == computed
    assert array.driver.find_attachment(volume.id, host_id=host_id) == made
    array.driver.terminate_connection(volume_id=volume.id, host_id=host_id)
    assert hands.mapped() == []
    assert array.driver.initialize_connection(volume_id=volume.id, host_id=host_id).lun == computed


@DS8K
@pytest.mark.parametrize("shown", [True, False])
def test_blocks_of_host_and_volume_have_to_suit(array: World, hands: Hands, shown: bool) -> None:
    array.turn("os400_model_in_mtm", on=shown)
    iseries, linux, plain = hands.host(kind="iSeries"), hands.host(), hands.volume()
    pool = array.pools()[0].id
    os400 = array.driver.create_volume(name="i1", pool=pool, size_bytes=2**30, os400="050")
    for volume, host_id in ((os400, linux), (plain, iseries)):
        with pytest.raises(Refused, match="520") as caught:
            array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
        assert caught.value.attribute == "volume_id"
    assert hands.mapped() == []


@XIV
def test_a_volume_is_attached_to_a_cluster_and_every_host_of_it_sees_it(array: World, hands: Hands) -> None:
    hands.cluster("c1")
    for name in ("h1", "h2"):
        hands.host(name, wwpns=[WWPNS[int(name[1]) - 1]], cluster="c1")
    first, second = hands.volume(), hands.volume()
    made = array.driver.initialize_connection(volume_id=first.id, cluster="c1")
    assert (made.cluster, made.host_id, made.host_name, made.lun) == ("c1", None, None, 1)
    assert made.target_wwpns
    assert made.target_iqn is None
    assert array.driver.initialize_connection(volume_id=second.id, cluster="c1").lun == 2
    assert array.driver.initialize_connection(volume_id=first.id, cluster="c1") == made
    assert array.driver.find_attachment(first.id, cluster="c1") == made
    array.driver.terminate_connection(volume_id=first.id, cluster="c1")
    assert hands.luns(first, "c1") == []
    assert array.driver.find_attachment(first.id, cluster="c1") is None


@XIV
def test_a_cluster_in_another_case_is_the_one_the_array_means(array: World, hands: Hands, map_command: str) -> None:
    hands.cluster("Prod")
    hands.host("h1", wwpns=[WWPNS[0]], cluster="Prod")
    volume, other = hands.volume(), hands.volume()
    array.fail(map_command, "drop_after")
    made = array.driver.initialize_connection(volume_id=volume.id, cluster="prod", new=True, deadline=20)
    assert (made.cluster, made.lun) == ("Prod", 1)
    assert made.target_iqn is None  # its host has no iSCSI name
    for spelled in ("prod", "Prod"):
        assert array.driver.initialize_connection(volume_id=volume.id, cluster=spelled) == made
        assert array.driver.find_attachment(volume.id, cluster=spelled) == made
        assert array.driver.list_attachments(cluster=spelled) == (made,)
    assert array.driver.find_recent_attachment(volume.id, cluster="prod", system_id=volume.system_id) == made
    assert array.driver.initialize_connection(volume_id=other.id, cluster="prod").lun == 2
    array.driver.terminate_connection(volume_id=volume.id, cluster="prod")
    assert [one.volume for one in hands.mapped()] == [other.name]


@XIV
def test_clusters_of_two_cases_are_two_where_the_array_tells_them_apart(array: World, hands: Hands) -> None:
    array.turn("xiv_names_case_sensitive", on=True)
    for name in ("Prod", "prod"):
        hands.cluster(name)
    volume = hands.volume()
    array.driver.initialize_connection(volume_id=volume.id, cluster="Prod")
    array.driver.terminate_connection(volume_id=volume.id, cluster="prod")
    assert array.driver.find_attachment(volume.id, cluster="prod") is None
    assert hands.luns(volume, "Prod") == [1]


@XIV
def test_a_host_in_a_cluster_is_refused_naming_the_cluster(array: World, hands: Hands, map_command: str) -> None:
    hands.cluster("c1")
    host_id, volume = hands.host("h1", cluster="c1"), hands.volume()
    with pytest.raises(Refused, match="cluster c1") as refused:
        array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    assert 'cluster = "c1"' in refused.value.next_step
    assert map_command not in array.calls()
    array.driver.initialize_connection(volume_id=volume.id, cluster="c1")
    with pytest.raises(InUse, match="cluster c1"):
        array.driver.terminate_connection(volume_id=volume.id, host_id=host_id)
    assert array.driver.find_attachment(volume.id, host_id=host_id) is None
    assert hands.luns(volume, "c1") == [1]


def test_a_cluster_that_is_not_there_is_named(array: World, hands: Hands) -> None:
    volume = hands.volume()
    if array.family == "ds8k":
        with pytest.raises(Unsupported, match="no clusters"):
            array.driver.initialize_connection(volume_id=volume.id, cluster="c1")
        return
    hands.cluster("cluster1")
    with pytest.raises(NotFound, match="'cluster2'") as caught:
        array.driver.initialize_connection(volume_id=volume.id, cluster="cluster2")
    assert (caught.value.attribute, "cluster1" in caught.value.next_step) == ("cluster", True)


def test_a_frozen_core_attaches_and_detaches_nothing(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    hands.map(volume, "h1", 1)
    with closing(array.another_driver(mode="no_destroy")) as driver:
        with pytest.raises(Refused) as caught:
            driver.terminate_connection(volume_id=volume.id, host_id=host_id)
        assert caught.value.attribute == "mode"
        driver.freeze_backend()
        with pytest.raises(Refused):
            driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    assert hands.luns(volume, "h1") == [1]


def test_attachments_are_listed_by_host_and_by_volume(array: World, hands: Hands) -> None:
    hosts = [hands.host(f"h{number}") for number in range(2)]
    volumes = [hands.volume() for _ in range(2)]
    for host_id in hosts:
        for one in volumes:
            array.driver.initialize_connection(volume_id=one.id, host_id=host_id)
    listed = array.driver.list_attachments()
    assert [(one.host_id, one.volume_id, one.lun) for one in listed] == [
        (host_id, one.id, lun) for host_id in hosts for lun, one in enumerate(volumes, 1)
    ]
    assert listed[0] == array.driver.find_attachment(volumes[0].id, host_id=hosts[0])
    assert len(array.driver.list_attachments(host_id=hosts[0].lower())) == 2
    assert len(array.driver.list_attachments(volume_id=volumes[0].id)) == 2


def test_exports_are_checked_and_tell_the_ports(array: World, hands: Hands) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    targets = array.driver.create_export(volume_id=volume.id)
    assert targets == array.driver.ensure_export(volume_id=volume.id)
    assert targets.wwpns
    array.driver.remove_export(volume_id=volume.id)
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    with pytest.raises(InUse, match="attached") as caught:
        array.driver.remove_export(volume_id=volume.id)
    assert "h1" in caught.value.happened
    with pytest.raises(NotFound):
        array.driver.create_export(volume_id="0017380000000000" if array.family == "xiv" else "0FFF")


@XIV
@pytest.mark.parametrize("sure", [True, False])
def test_a_mapping_elsewhere_needs_no_saying_where_the_array_does_not_ask(
    array: World, hands: Hands, sure: bool
) -> None:
    array.turn("xiv_warnings_need_sure", on=sure)
    volume, hosts = hands.volume(), [hands.host() for _ in range(2)]
    for host_id in hosts:
        array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    assert len(hands.mapped()) == 2


def test_attaching_to_a_host_costs_the_same_however_much_is_mapped(array: World, hands: Hands) -> None:
    host_id, volumes = hands.host("h1"), [hands.volume() for _ in range(12)]
    counts = []
    for one in volumes:
        array.ask("DELETE", "/journal")
        array.driver.initialize_connection(volume_id=one.id, host_id=host_id)
        counts.append(array.ask("GET", "/journal")[array.name]["total"])
    assert len(set(counts[1:])) == 1, counts  # the first also asks for the array's ports
    assert counts[-1] <= {"xiv": 10, "ds8k": 6}[array.family]  # what goes by names is looked at before and after

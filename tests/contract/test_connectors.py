"""Attaching to the host that owns ports, and to one that is made for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.attaching import Hands
from support.simulated import World
from terraform_provider_xivds8k.driver import (
    Connector,
    DriverError,
    Family,
    HostOrder,
    InDoubt,
    NotFound,
    Refused,
    Volume,
)

ONE, TWO, NOBODY_S = "10000000c9aa0001", "10000000c9aa0002", "10000000c9aa00ff"
IQN = "iqn.1994-05.com.redhat:db1"


@pytest.mark.parametrize("spelling", [ONE.upper(), "10:00:00:00:c9:aa:00:01", "0x10000000C9AA0001"])
def test_the_host_that_owns_the_ports_is_found_in_any_spelling(array: World, hands: Hands, spelling: str) -> None:
    host_id, volume = hands.host(wwpns=[ONE]), hands.volume()
    made = array.driver.initialize_connection(volume_id=volume.id, connector=Connector(wwpns=(spelling,)))
    assert made.host_id == host_id
    array.driver.terminate_connection(volume_id=volume.id, connector=Connector(wwpns=(spelling,)))
    assert hands.mapped() == []


def test_ports_of_several_hosts_and_of_nobody_are_refused_naming_whose_they_are(array: World, hands: Hands) -> None:
    hands.host("h1", wwpns=[ONE])
    hands.host("h2", wwpns=[TWO])
    volume = hands.volume()
    for act in (array.driver.initialize_connection, array.driver.terminate_connection):
        with pytest.raises(Refused, match=r"h1.*h2"):
            act(volume_id=volume.id, connector=Connector(wwpns=(ONE, TWO)))
    with pytest.raises(NotFound, match=NOBODY_S.upper()):
        array.driver.initialize_connection(volume_id=volume.id, connector=Connector(wwpns=(ONE, NOBODY_S)))
    with pytest.raises(NotFound):
        array.driver.terminate_connection(volume_id=volume.id, connector=Connector(wwpns=(ONE, NOBODY_S)))
    array.driver.terminate_connection(volume_id=volume.id, connector=Connector(wwpns=(NOBODY_S,)))
    assert hands.mapped() == []


@pytest.mark.parametrize("family", ["xiv"])
def test_a_host_is_found_by_its_iscsi_name(array: World, hands: Hands, family: Family) -> None:
    host_id, volume = hands.host(iqns=[IQN]), hands.volume()
    made = array.driver.initialize_connection(volume_id=volume.id, connector=Connector(iqn=IQN.upper()))
    assert (made.host_id, made.target_wwpns) == (host_id, ())


def test_a_host_is_made_once_where_nobody_has_the_ports(array: World, hands: Hands) -> None:
    connector, order = Connector(wwpns=(ONE, TWO)), HostOrder(name="new1")
    first, second = hands.volume(), hands.volume()
    made = array.driver.initialize_connection(volume_id=first.id, connector=connector, make_host=order)
    again = array.driver.initialize_connection(volume_id=second.id, connector=connector, make_host=order)
    assert made.host_id == again.host_id
    assert (made.host_name, made.lun, again.lun) == ("new1", 1, 2)
    assert list(hands.names().values()) == ["new1"]
    assert array.driver.get_host("new1").wwpns == (ONE.upper(), TWO.upper())


@pytest.mark.parametrize("code", ["VOLUME_LOCKED", "BE7A0000"])
def test_a_host_made_for_a_mapping_that_fails_is_deleted_again(
    array: World, hands: Hands, map_command: str, code: str
) -> None:
    volume = hands.volume()
    array.fail(map_command, "error", code=code)
    with pytest.raises(DriverError) as caught:
        array.driver.initialize_connection(
            volume_id=volume.id, connector=Connector(wwpns=(ONE,)), make_host=HostOrder(name="new1"), deadline=20
        )
    assert caught.value.code == code
    assert caught.value.left_host is None
    assert (hands.names(), hands.mapped()) == ({}, [])


def test_a_host_that_was_there_is_not_deleted_when_a_mapping_fails(
    array: World, hands: Hands, map_command: str
) -> None:
    host_id, volume = hands.host("h1", wwpns=[ONE]), hands.volume()
    array.fail(map_command, "error", code="NEVER_SEEN")
    with pytest.raises(DriverError):
        array.driver.initialize_connection(
            volume_id=volume.id, connector=Connector(wwpns=(ONE,)), make_host=HostOrder(name="new1"), deadline=20
        )
    assert hands.names() == {host_id: "h1"}


def test_no_host_is_made_for_a_volume_that_is_not_there(array: World, hands: Hands) -> None:
    missing = "0017380000000000" if array.family == "xiv" else "0FFF"
    with pytest.raises(NotFound) as caught:
        array.driver.initialize_connection(
            volume_id=missing, connector=Connector(wwpns=(ONE,)), make_host=HostOrder(name="new1")
        )
    assert caught.value.attribute == "volume_id"
    assert hands.names() == {}


def test_a_host_that_would_not_have_the_connectors_ports_is_not_made(array: World, hands: Hands) -> None:
    volume = hands.volume()
    with pytest.raises(Refused, match=ONE.upper()) as caught:
        array.driver.initialize_connection(
            volume_id=volume.id, connector=Connector(wwpns=(ONE,)), make_host=HostOrder(name="new1", wwpns=(TWO,))
        )
    assert caught.value.attribute == "make_host"
    assert hands.names() == {}


def test_volumes_attached_by_one_connector_at_once_are_attached_to_one_host(array: World, hands: Hands) -> None:
    """Who finds that the host was made meanwhile takes it."""
    volumes = [hands.volume() for _ in range(3)]

    def attach(volume: Volume) -> int:
        return array.driver.initialize_connection(
            volume_id=volume.id, connector=Connector(wwpns=(ONE,)), make_host=HostOrder(name="new1"), deadline=20
        ).lun

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(attach, volumes)) == [1, 2, 3]
    assert list(hands.names().values()) == ["new1"]


def test_a_host_whose_mapping_is_in_doubt_is_kept(array: World, hands: Hands, map_command: str) -> None:
    """The mapping could come late, to whatever host has the id or the name by then."""
    volume = hands.volume()
    array.fail(map_command, "drop_before", times=2)
    with pytest.raises(InDoubt) as caught:
        array.driver.initialize_connection(
            volume_id=volume.id, connector=Connector(wwpns=(ONE,)), make_host=HostOrder(name="new1"), deadline=20
        )
    doubt = caught.value
    assert doubt.left_host is not None
    assert (doubt.left_host.name, doubt.lun, doubt.in_doubt_since is None) == ("new1", 1, False)
    assert "new1" in doubt.left_behind
    assert list(hands.names().values()) == ["new1"]
    made = array.driver.initialize_connection(volume_id=volume.id, connector=Connector(wwpns=(ONE,)), deadline=20)
    assert made.host_name == "new1"

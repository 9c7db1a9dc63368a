"""A host whose making fails is deleted again, unless somebody else has laid hands on it meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from support.memory_array import GIB, MemoryArray, MemoryDriver
from support.memory_mappings import mapping_of
from terraform_provider_xivds8k.driver import DriverError, Family, Host, NoSpace, Refused

PORTS = ("10000000C9000001", "10000000C9000002")
THEIRS = "10000000C9000003"
Hand = Callable[[MemoryArray, MemoryDriver, Host], None]


def nobody(array: MemoryArray, driver: MemoryDriver, host: Host) -> None:
    """Do nothing."""


def maps(array: MemoryArray, driver: MemoryDriver, host: Host) -> None:
    """Map a volume to the host."""
    volume = driver.create_volume(name="v", pool="first", size_bytes=GIB)
    array.mappings.held.append(mapping_of(volume, host, None, 1))


def gives_a_port(array: MemoryArray, driver: MemoryDriver, host: Host) -> None:
    """Give the host a port nobody asked for."""
    array.hosts.held[host.id] = replace(array.hosts.held[host.id], wwpns=(PORTS[0], THEIRS))


def renames(array: MemoryArray, driver: MemoryDriver, host: Host) -> None:
    """Give the host another name."""
    array.hosts.held[host.id] = replace(array.hosts.held[host.id], name="theirs")


def clusters(array: MemoryArray, driver: MemoryDriver, host: Host) -> None:
    """Put the host into a cluster nobody asked for."""
    array.hosts.held[host.id] = replace(array.hosts.held[host.id], cluster="theirs")


@pytest.mark.parametrize("hand", [nobody, maps, gives_a_port, renames, clusters])
def test_what_somebody_else_uses_by_now_is_named_and_stays(hand: Hand) -> None:
    array = MemoryArray("xiv")
    driver, given = MemoryDriver(array), []

    def refuse_second(host: Host) -> None:
        given.append(host)
        if len(given) == 2:
            hand(array, driver, host)
            raise NoSpace("No more ports", code="MAX_PORTS_REACHED", words="Too many")

    array.hosts.on_add = refuse_second
    with pytest.raises(DriverError) as caught:
        driver.create_host(name="mine", wwpns=PORTS)
    if hand is nobody:
        assert (array.hosts.held, caught.value.left_host) == ({}, None)
        return
    (left,) = array.hosts.held.values()
    assert caught.value.left_host == left
    assert left.id in caught.value.left_behind


@pytest.mark.parametrize(("family", "code"), [("ds8k", "BE7A00FF"), ("xiv", "SOME_CODE"), ("ds8k", "")])
def test_only_a_ds8000_s_refusal_is_looked_behind(family: Family, code: str) -> None:
    """What its codes mean is not all known: the host may be there."""
    array = MemoryArray(family)
    driver = MemoryDriver(array)

    def refuse(host: Host) -> None:
        raise Refused("No", code=code, words="No")

    array.hosts.on_create = refuse
    if (family, code) == ("ds8k", "BE7A00FF"):
        assert driver.create_host(name="mine", wwpns=PORTS).wwpns == PORTS
        return
    with pytest.raises(Refused, match="No"):
        driver.create_host(name="mine", wwpns=PORTS)


def test_a_host_somebody_else_made_of_the_name_is_not_taken_behind_a_refusal() -> None:
    array = MemoryArray("ds8k")
    driver = MemoryDriver(array)

    def refuse(host: Host) -> None:
        array.hosts.held[host.id] = replace(host, wwpns=(THEIRS,))
        raise Refused("No", code="BE7A00FF", words="No")

    array.hosts.on_create = refuse
    with pytest.raises(Refused) as caught:
        driver.create_host(name="mine")
    assert caught.value.left_host is None
    assert [host.wwpns for host in array.hosts.held.values()] == [(THEIRS,)]

"""A host whose making fails is deleted again, unless somebody else has laid hands on it meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from support.memory_array import GIB, MemoryArray, MemoryDriver
from support.memory_mappings import mapping_of
from terraform_provider_xivds8k.driver import DriverError, Host, NoSpace

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

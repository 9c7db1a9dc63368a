"""Attaching to a connector's host that somebody makes between the looks for it."""

from __future__ import annotations

import pytest

from support.memory_array import GIB, MemoryArray, MemoryDriver
from support.memory_hosts import MemoryHosts
from terraform_provider_xivds8k.driver import Connector, Family, HostOrder, HostPort, NotFound
from terraform_provider_xivds8k.driver.attaching import Host
from terraform_provider_xivds8k.driver.waiting import Budget

PORTS = ("10000000C9000001", "10000000C9000002")


class MadeMeanwhile(MemoryHosts):
    """Have somebody make a host with the first port right after it was found to be nobody's."""

    def ports(self, budget: Budget) -> tuple[HostPort, ...]:
        """Return all ports, asked for once nobody owns one."""
        self.held["1"] = Host(id="1", name="new1", system_id="theirs", wwpns=PORTS[:1])
        return super().ports(budget)


@pytest.mark.parametrize("family", ["xiv", "ds8k"])
def test_a_host_that_is_made_meanwhile_is_taken(family: Family) -> None:
    array = MemoryArray(family)
    array.hosts = MadeMeanwhile(array)
    driver = MemoryDriver(array)
    volume = driver.create_volume(name="v", pool="first", size_bytes=GIB)
    made = driver.initialize_connection(
        volume_id=volume.id, connector=Connector(wwpns=PORTS[:1]), make_host=HostOrder(name="new1"), deadline=5
    )
    assert (made.host_id, list(array.hosts.held)) == ("1", ["1"])


@pytest.mark.parametrize("family", ["xiv", "ds8k"])
def test_one_that_has_a_part_of_the_ports_is_not(family: Family) -> None:
    array = MemoryArray(family)
    array.hosts = MadeMeanwhile(array)
    driver = MemoryDriver(array)
    volume = driver.create_volume(name="v", pool="first", size_bytes=GIB)
    with pytest.raises(NotFound, match=PORTS[1]):
        driver.initialize_connection(
            volume_id=volume.id, connector=Connector(wwpns=PORTS), make_host=HostOrder(name="new1"), deadline=5
        )
    assert array.mappings.held == []

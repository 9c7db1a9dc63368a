"""An array that is reached over IPv6: verified by its address, in whatever zone that is."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from support.simulated import World, world
from terraform_provider_xivds8k.driver import Family


@pytest.fixture
def array(family: Family, tmp_path: Path) -> Iterator[World]:
    """Return a fresh array of the family on the IPv6 loopback address."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback address")
    with world(family, tmp_path / "array.db", "[::1]:0") as found:
        yield found


@pytest.mark.parametrize("zone", ["", f"%{socket.if_nameindex()[0][0]}"], ids=["no zone", "zone"])
def test_an_ipv6_address_is_verified_without_its_zone(array: World, family: Family, zone: str) -> None:
    port = array.description["endpoints"][0].rpartition(":")[2]
    connection = replace(array.settings.connection, endpoints=(f"[::1{zone}]:{port}",))
    with closing(array.another_driver(connection=connection)) as driver:
        assert driver.do_setup().system_id == array.description["system_id"]

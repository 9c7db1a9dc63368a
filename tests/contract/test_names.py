"""Names that can be told without asking are those the array itself gives."""

from __future__ import annotations

from support.simulated import World
from terraform_provider_xivds8k.driver import device_path, volume_wwn, wwpn

GIB = 2**30


def test_a_volumes_names_follow_from_its_wwn_or_its_system_and_id(array: World) -> None:
    pool, _ = array.pools()
    volume = array.driver.create_volume(name=array.new_name(), pool=pool.name, size_bytes=GIB)
    assert device_path(volume.wwn.upper()) == volume.device_path
    wwnn = array.driver.system().wwnn
    assert (wwnn is not None) == (array.family == "ds8k")
    assert volume.wwn == (volume_wwn(wwnn, volume.id) if wwnn is not None else volume.id)


def test_the_ports_hosts_log_in_to_are_spelled_as_every_wwpn_is(array: World) -> None:
    listed = [port.address for port in array.driver.system().ports if port.kind == "fc"]
    assert listed
    assert [wwpn(address) for address in listed] == listed

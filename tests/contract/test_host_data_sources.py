"""Data sources and listings of hosts, on both families."""

from __future__ import annotations

from typing import Any

import pytest

from support.host_keeper import Keeper, new_wwpn, spelled
from terraform_provider_xivds8k.data_sources import HostDataSource, HostsDataSource
from terraform_provider_xivds8k.data_sources.hosts import Host as HostData
from terraform_provider_xivds8k.data_sources.hosts import Hosts as HostsData
from terraform_provider_xivds8k.driver import DriverError
from terraform_provider_xivds8k.lifecycle import Diagnostics


def test_the_data_sources_tell_ports_log_ins_and_mappings(keeper: Keeper) -> None:
    here, away, stranger = new_wwpn(), new_wwpn(), new_wwpn()
    core, config = keeper.there(wwpns=[here, away])
    volume_id = keeper.map_a_volume(core, lun=7)
    for port in (here, stranger):
        keeper.array.ask("POST", "/logins", {"array": keeper.array.name, "port": port, "state": "in"})
    read = HostDataSource(keeper.configured())
    by_name = HostData.from_raw({**HostData.nothing().raw, "name": config["name"]})
    found = read.read(by_name, Diagnostics())
    assert {port.address: port.logged_in for port in found.ports} == {here: True, away: False}
    (mapping,) = found.mappings
    volume = keeper.hands.get_volume(volume_id)
    assert (mapping.volume_id, mapping.volume_name, mapping.lun) == (volume.id, volume.name, 7)
    for wanted in ({"id": found.id}, {"port": spelled(away)}):
        again = read.read(HostData.from_raw({**HostData.nothing().raw, **wanted}), Diagnostics())
        assert again.name == config["name"]
    keeper.there()
    listed = HostsDataSource(keeper.configured())
    everything = listed.read(HostsData.nothing(), Diagnostics())
    assert len(everything.hosts) == 2
    assert everything.unowned_ports == [stranger]
    none = listed.read(HostsData.from_raw({**HostsData.nothing().raw, "name": "nobody"}), Diagnostics())
    assert none.hosts == []
    missing = HostData.from_raw({**HostData.nothing().raw, "name": config["name"] + "x"})
    with pytest.raises(DriverError, match="No host") as caught:
        read.read(missing, Diagnostics())
    assert config["name"] in caught.value.next_step
    assert _complaints(read, {"name": "a", "id": "b"})
    assert _complaints(read, {})
    assert not _complaints(read, {"port": "a"})


def _complaints(source: HostDataSource, written: dict[str, Any]) -> bool:
    diagnostics = Diagnostics()
    source.validate(HostData.from_raw({**HostData.nothing().raw, **written}), diagnostics)
    return diagnostics.has_errors

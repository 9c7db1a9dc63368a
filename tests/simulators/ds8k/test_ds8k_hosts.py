"""Hosts, their ports and mappings."""

from __future__ import annotations

import pytest

from support.rest_console import Console, Seen

WWPN = "10000000C9123456"


def _host(console: Console, name: str = "h", hosttype: str = "VMWare") -> str:
    seen = console.ask("POST", "/hosts", {"name": name, "hosttype": hosttype})
    assert seen.status == 200, seen.body
    return str(seen.body["data"]["hosts"][0]["id"])


def _map(console: Console, host: str, volume: str, lun: str = "") -> Seen:
    params = {"mappings": [{lun: volume}]} if lun else {"volumes": [volume]}
    return console.ask("POST", f"/hosts/{host}/mappings", params)


def test_a_host_is_addressed_by_name_and_by_id(console: Console) -> None:
    host_id = _host(console)
    _map(console, "h", "0000")
    assert console.ask("GET", "/hosts/h").records == console.ask("GET", f"/hosts%5Bid={host_id}%5D").records
    by_id = console.ask("GET", f"/hosts%5Bid={host_id}%5D/mappings").records
    assert by_id == console.ask("GET", "/hosts/h/mappings").records
    assert [one["id"] for one in console.ask("GET", "/hosts/h/volumes").records] == ["0000"]
    assert [one["name"] for one in console.ask("GET", "/volumes/0000/hosts").records] == ["h"]


def test_a_host_name_is_taken_once_and_has_a_known_type(console: Console) -> None:
    _host(console)
    assert console.ask("POST", "/hosts", {"name": "h", "hosttype": "VMWare"}).code == "BE7A0060"
    assert console.ask("POST", "/hosts", {"name": "i", "hosttype": "Toaster"}).refused
    assert console.ask("POST", "/hosts", {"name": "with-dash", "hosttype": "VMWare"}).refused


def test_an_unknown_host_and_an_unknown_mapping_have_their_own_codes(console: Console) -> None:
    _host(console)
    assert console.ask("GET", "/hosts/nobody").code == "BE7A0016"
    assert console.ask("GET", "/hosts%5Bid=H99%5D").code == "BE7A0016"
    assert console.ask("DELETE", "/hosts/h/mappings/07").code == "BE7A001F"
    assert _map(console, "h", "0BAD").code == "BE586015"


def test_the_machine_picks_the_lowest_lun_or_takes_the_one_given(console: Console) -> None:
    _host(console)
    ids = [console.make() for _ in range(3)]
    assert _map(console, "h", ids[0], "01").id == "01"
    assert [_map(console, "h", one).id for one in ids[1:]] == ["00", "02"]
    assert _map(console, "h", "0000", "01").code == "BE7A0063"
    assert _map(console, "h", "0000", "XX").refused
    (host,) = console.ask("GET", "/hosts").records
    assert host["mappings_briefs"][1] == {"lunid": "01", "volume_id": ids[0]}


def test_a_host_of_an_older_release_lists_its_mappings_elsewhere(console: Console) -> None:
    _host(console)
    _map(console, "h", "0000")
    console.turn("hosts_list_mappings_briefs", on=False)
    (host,) = console.ask("GET", "/hosts").records
    assert "mappings_briefs" not in host
    assert len(console.ask("GET", "/hosts/h/mappings").records) == 1


def test_a_host_has_256_luns(console: Console) -> None:
    _host(console)
    luns = [{f"{number:02X}": "0000"} for number in range(256)]
    assert console.ask("POST", "/hosts/h/mappings", {"mappings": luns}).status == 200
    assert _map(console, "h", console.make()).code == "BE74121B"


def test_mapping_twice_gives_a_second_lun_or_is_refused(console: Console) -> None:
    _host(console)
    assert [_map(console, "h", "0000").id for _ in range(2)] == ["00", "01"]
    console.turn("second_mapping_refused", on=True)
    assert _map(console, "h", "0000").code == "BE7A0064"


@pytest.mark.parametrize("hosttype", ["zLinux", "iSeries"])
def test_a_masked_host_sees_every_volume_under_its_own_lun(console: Console, hosttype: str) -> None:
    _host(console, hosttype=hosttype)
    volume = console.make(pool="P1", id="2918")
    assert _map(console, "h", volume, "05").refused
    assert _map(console, "h", volume).id == "40294018"
    assert console.ask("DELETE", f"/hosts/h/mappings/{0x40294018}").status == 200
    assert console.ask("GET", "/hosts/h/mappings").records == []


def test_a_mapped_volume_is_protected_or_goes_with_its_mappings(console: Console) -> None:
    _host(console)
    _map(console, "h", "0000")
    assert console.ask("DELETE", "/volumes/0000").code == "BE7A0048"
    console.turn("delete_mapped_volume_refused", on=False)
    assert console.ask("DELETE", "/volumes/0000").status == 200
    assert console.ask("GET", "/hosts/h/mappings").records == []


def test_a_host_with_mappings_is_protected_or_goes_with_them(console: Console) -> None:
    _host(console)
    _map(console, "h", "0000")
    assert console.ask("PUT", "/hosts/h", {"hosttype": "zLinux"}).code == "BE7A0061"
    assert console.ask("DELETE", "/hosts/h").code == "BE7A0061"
    console.turn("delete_mapped_host_refused", on=False)
    assert console.ask("DELETE", "/hosts/h").status == 200
    assert console.ask("DELETE", "/volumes/0000").status == 200


def test_a_renamed_host_keeps_id_ports_and_mappings(console: Console) -> None:
    _host(console)
    console.ask("POST", "/host_ports", {"wwpn": WWPN, "host": "h"})
    _map(console, "h", "0000")
    assert console.ask("PUT", "/hosts/h", {"name": "renamed"}).id == "renamed"
    (host,) = console.ask("GET", "/hosts").records
    assert (host["name"], host["host_id"], len(host["mappings_briefs"])) == ("renamed", "H1", 1)
    (port,) = console.ask("GET", "/hosts/renamed/host_ports").records
    assert port["host"]["name"] == "renamed"


def test_a_port_belongs_to_one_host_and_can_be_moved(console: Console) -> None:
    _host(console)
    second = _host(console, "i")
    assert console.ask("POST", "/host_ports", {"wwpn": "10:00:00:00:c9:12:34:56", "host": "h"}).id == WWPN
    assert console.ask("POST", "/host_ports", {"wwpn": WWPN, "host": "i"}).code == "BE7A0062"
    params = {"host_id": second, "host_port_wwpns": [WWPN]}
    assert console.ask("POST", "/host_ports/assign", params).code == "BE7A0062"
    assert console.ask("PUT", f"/host_ports/{WWPN}", {"host": "i"}).status == 200
    assert [one["host_id"] for one in console.ask("GET", "/host_ports").records] == [second]


def test_a_port_that_logs_in_is_seen_before_it_is_defined(console: Console) -> None:
    console.steer("POST", "/logins", {"array": console.name, "port": WWPN, "state": "in"})
    query = f"/host_ports?wwpns={WWPN},21000000C9123456&state=logged%20in"
    (port,) = console.ask("GET", query).records
    assert (port["host_id"], port["state"]) == ("", "logged in")
    host_id = _host(console)
    console.ask("POST", "/host_ports/assign", {"host_id": host_id, "host_port_wwpns": [WWPN]})
    (host,) = console.ask("GET", "/hosts/h").records
    assert (host["state"], host["login_ports"]) == ("Online", [{"wwpn": WWPN, "state": "logged in"}])
    assert console.ask("DELETE", "/hosts/h").status == 200
    assert [one["host_id"] for one in console.ask("GET", query).records] == [""]
    console.steer("POST", "/logins", {"array": console.name, "port": WWPN, "state": "out"})
    assert console.ask("GET", "/host_ports").records == []


@pytest.mark.parametrize("taken", [False, True])
def test_a_port_of_another_host_is_assigned_by_switch_alone(console: Console, taken: bool) -> None:
    first, second = _host(console, "h1"), _host(console, "h2")
    assign = {"host_id": first, "host_port_wwpns": [WWPN]}
    assert console.ask("POST", "/host_ports/assign", assign).status == 200
    assert console.ask("POST", "/host_ports/assign", assign).status == 200  # its own
    console.turn("assign_takes_ports", on=taken)
    moved = console.ask("POST", "/host_ports/assign", {"host_id": second, "host_port_wwpns": [WWPN]})
    assert moved.refused is not taken
    (port,) = console.ask("GET", f"/host_ports/{WWPN}").records
    assert port["host_id"] == (second if taken else first)
    console.turn("own_port_again_refused", on=True)
    again = {"host_id": port["host_id"], "host_port_wwpns": [WWPN]}
    assert console.ask("POST", "/host_ports/assign", again).code == "BE7A0062"


@pytest.mark.parametrize(("hosttype", "lbs", "mode"), [("VMWare", "512", "SCSI map"), ("iSeries", "520", "SCSI mask")])
def test_host_and_port_have_the_blocks_of_the_host_s_type(console: Console, hosttype: str, lbs: str, mode: str) -> None:
    host_id = _host(console, hosttype=hosttype)
    console.ask("POST", "/host_ports/assign", {"host_id": host_id, "host_port_wwpns": [WWPN]})
    (host,) = console.ask("GET", "/hosts/h").records
    (port,) = console.ask("GET", "/hosts/h/host_ports").records
    assert (host["lbs"], port["lbs"], host["addrmode"]) == (lbs, lbs, mode)


@pytest.mark.parametrize("refused", [True, False])
def test_a_mapped_host_gets_another_type_by_switch_alone(console: Console, refused: bool) -> None:
    _host(console)
    _map(console, "h", "0000")
    console.turn("retype_mapped_host_refused", on=refused)
    assert console.ask("PUT", "/hosts/h", {"hosttype": "iSeries"}).refused is refused

"""Confirmed defects of the driver that this one replaces, one test each: none of them is here.

Numbers are those of the list of 26 in the reference on the replaced driver, §7.1.
"""

from __future__ import annotations

import hashlib
import ssl
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from support.attaching import Hands
from support.rest_console import Console
from support.simulated import World, world
from support.xcli import Xcli
from terraform_provider_xivds8k.driver import (
    BadCredentials,
    Connector,
    DriverError,
    Family,
    HostOrder,
    InUse,
    Refused,
    Secret,
    Unreachable,
    Volume,
)

GIB = 2**30
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])
xiv_only = pytest.mark.parametrize("family", ["xiv"])


def test_defect_4_a_creation_whose_answer_is_lost_makes_one_volume(
    array: World, family: Family, create_command: str
) -> None:
    pool, _ = array.pools()
    name = array.new_name()
    array.fail(create_command, "drop_after")
    made = array.driver.create_volume(name=name, pool=pool.id, size_bytes=GIB, deadline=20)
    assert [volume.id for volume in array.driver.find_volumes_by_name(name)] == [made.id]
    assert array.calls()[create_command] == 1


@pytest.mark.parametrize("code", ["BE7A0005", "BE7A0000", "NEVER_SEEN", "ACCESS_DENIED"])
def test_defect_5_a_failed_look_up_is_no_deletion(array: World, family: Family, delete_command: str, code: str) -> None:
    """For any code but the one that means it is gone; codes of the other family are unknown ones."""
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.fail({"ds8k": "GET /volumes/{id}", "xiv": "vol_list"}[family], "error", code=code)
    with pytest.raises(DriverError) as caught:
        array.driver.delete_volume(volume_id=made.id, deadline=5)
    assert caught.value.code == code
    assert delete_command not in array.calls()
    assert array.driver.get_volume(made.id).name == made.name


@ds8k_only
def test_defect_9_an_array_without_any_lss_takes_its_first_volume(
    array: World, family: Family, console: Console
) -> None:
    for lss in [record["id"] for record in console.ask("GET", "/lss").records]:
        for volume in console.ask("GET", f"/lss/{lss}/volumes").records:
            assert not console.ask("DELETE", f"/volumes/{volume['id']}").refused
        assert not console.ask("DELETE", f"/lss/{lss}").refused
    assert console.ask("GET", "/lss").records == []
    made = {
        pool.node: array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
        for pool in array.driver.list_pools()
        if pool.storage_type == "fb"
    }
    assert {node: int(str(volume.lss), 16) % 2 for node, volume in made.items()} == {0: 0, 1: 1}


def test_defect_15_a_wrong_password_is_tried_once(array: World, family: Family) -> None:
    wrong = replace(array.settings.connection, password=Secret("not-the-password"))
    driver = array.another_driver(connection=wrong)
    try:
        for _ in range(2):
            with pytest.raises(BadCredentials):
                driver.do_setup()
    finally:
        driver.close()
    assert array.ask("GET", "/journal")[array.name]["sign_ins"]["refused"] == 1


def test_defect_16_a_pinned_certificate_connects_and_another_one_does_not(array: World, family: Family) -> None:
    host, _, port = array.description["endpoints"][0].rpartition(":")
    shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((host, int(port))))
    pin = hashlib.sha256(shown).hexdigest()
    pinned = replace(array.settings.connection, ca_pem=None, fingerprint=pin)
    driver = array.another_driver(connection=pinned)
    try:
        assert driver.do_setup().system_id == array.description["system_id"]
    finally:
        driver.close()
    array.ask("DELETE", "/journal")
    driver = array.another_driver(connection=replace(pinned, fingerprint=f"{pin[:-1]}{'0' if pin[-1] != '0' else '1'}"))
    try:
        with pytest.raises(Unreachable) as caught:
            driver.do_setup()
    finally:
        driver.close()
    assert caught.value.attribute == "fingerprint"
    assert pin in caught.value.happened
    journal = array.ask("GET", "/journal")[array.name]
    assert (journal["total"], journal["sign_ins"]) == (0, {"ok": 0, "refused": 0})


PASSWORDS = [
    pytest.param("Grüße", id="umlauts"),
    pytest.param("パスワード 🔑", id="beyond latin"),
    pytest.param("<a b='c'>&amp;\"</option>]]>", id="markup"),
    pytest.param('{"x": "\\u0041\\n"}\\', id="escapes"),
    pytest.param("b'bytes'", id="bytes in writing"),
    pytest.param("cGFzc3dvcmQ=", id="base64"),
    pytest.param(" space around ", id="spaces"),
    pytest.param("e\u0301", id="not composed"),
]


@pytest.mark.parametrize("password", PASSWORDS)
def test_defect_17_a_password_is_text_and_signs_in_as_it_stands(family: Family, tmp_path: Path, password: str) -> None:
    with world(family, tmp_path / "array.db", password=password) as array:
        assert array.driver.do_setup().system_id == array.description["system_id"]
        assert array.ask("GET", "/journal")[array.name]["sign_ins"]["refused"] == 0
        near = replace(array.settings.connection, password=Secret(f"{password}."))
        with closing(array.another_driver(connection=near)) as driver, pytest.raises(BadCredentials) as caught:
            driver.do_setup()
        assert password not in f"{caught.value} {caught.value!r} {near!r}"


@pytest.mark.parametrize("trust", ["ca_file", "ca_pem"])
@pytest.mark.parametrize(
    "text",
    [None, "", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "zertifikat ä"],
    ids=["none", "empty", "words", "broken", "no ASCII"],
)
def test_defect_19_an_authority_that_cannot_be_read_is_an_error_and_nobody_is_asked(
    array: World, family: Family, tmp_path: Path, trust: str, text: str | None
) -> None:
    """An empty ca_pem is none at all: the system's authorities are trusted then, and they do not know the array."""
    file = tmp_path / "authority.pem"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    known, by_file = array.settings.connection, trust == "ca_file"
    untrusting = replace(known, ca_file=str(file), ca_pem=None) if by_file else replace(known, ca_pem=text)
    with pytest.raises(DriverError) as caught, closing(array.another_driver(connection=untrusting)) as driver:
        driver.do_setup()
    assert isinstance(caught.value, Refused if by_file or text else Unreachable)
    assert caught.value.attribute == (trust if isinstance(caught.value, Refused) else "ca_file")
    journal = array.ask("GET", "/journal")[array.name]
    assert (journal["total"], journal["sign_ins"]) == (0, {"ok": 0, "refused": 0})


def test_defect_19_an_authority_the_second_half_of_which_is_broken_is_an_error(array: World, family: Family) -> None:
    text = f"{array.settings.connection.ca_pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    broken = replace(array.settings.connection, ca_pem=text)
    with pytest.raises(Refused) as caught, closing(array.another_driver(connection=broken)) as driver:
        driver.do_setup()
    assert caught.value.attribute == "ca_pem"


@xiv_only
def test_defect_20_the_pools_of_an_a9000_have_a_size(array: World, family: Family) -> None:
    array.ask("POST", "/switches", {"array": array.name, "name": "xiv_is_a9000", "on": True})
    for pool in array.driver.list_pools():
        assert pool.total_bytes >= pool.free_bytes > 0
        assert pool.extent_bytes == GIB


def _map(array: World, volume: Volume) -> None:
    """Map a volume to a host, as another administrator."""
    assert array.settings.connection.ca_pem is not None
    if array.family == "xiv":
        with Xcli(array.description, array.settings.connection.ca_pem) as other:
            other.does("host_define", host="h1")
            other.does("map_vol", host="h1", vol=volume.name, lun=3)
        return
    with closing(Console(array.description, array.control)) as other_console:
        other_console.sign_in()
        assert not other_console.ask("POST", "/hosts", {"name": "h1", "hosttype": "VMWare"}).refused
        assert not other_console.ask("POST", "/hosts/h1/mappings", {"volumes": [volume.id]}).refused


def test_defect_22_a_mapped_volume_is_refused_and_stays(array: World, family: Family, delete_command: str) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    _map(array, made)
    with pytest.raises(InUse, match="h1"):
        array.driver.delete_volume(volume_id=made.id, deadline=5)
    assert array.driver.get_volume(made.id).mapped in {True, None}  # a DS8000 tells it in another place
    assert delete_command not in array.calls()


@xiv_only
def test_defect_22_a_refusal_of_the_array_itself_is_no_deletion(array: World, family: Family) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.fail("vol_delete", "error", code="VOLUME_IS_MAPPED")
    with pytest.raises(DriverError) as caught:
        array.driver.delete_volume(volume_id=made.id, deadline=5)
    assert caught.value.code == "VOLUME_IS_MAPPED"
    assert array.driver.get_volume(made.id).name == made.name


def test_defect_10_attaching_twice_maps_once(array: World, family: Family, hands: Hands, map_command: str) -> None:
    host_id, volume = hands.host("h1"), hands.volume()
    made = [array.driver.initialize_connection(volume_id=volume.id, host_id=host_id) for _ in range(2)]
    assert made[0] == made[1]
    assert array.calls()[map_command] == 1
    assert hands.luns(volume, "h1") == [made[0].lun]


@pytest.mark.parametrize("wwpn", ["10:00:00:00:C9:12:34:56", "10-00-00-00-c9-12-34-56", "10000000c9123456"])
def test_defect_26_wwpns_in_any_spelling_find_the_host_and_its_ports_are_added_once(
    array: World, family: Family, hands: Hands, wwpn: str
) -> None:
    connector, order = Connector(wwpns=(wwpn,)), HostOrder(name="made")
    for _ in range(2):
        volume = hands.volume()
        array.driver.initialize_connection(volume_id=volume.id, connector=connector, make_host=order)
        (host_id,) = hands.names()
    assert array.driver.get_host(host_id).wwpns == ("10000000C9123456",)
    add = {"xiv": "host_add_port", "ds8k": "POST /host_ports/assign"}[family]
    assert array.calls()[add] == 1


@xiv_only
def test_defect_18_a_chap_secret_goes_to_the_array_as_text(array: World, family: Family, hands: Hands) -> None:
    """And comes back nowhere: not in the attachment of the host either."""
    order = HostOrder(name="h1", chap_name="db1", chap_secret=Secret("geheimes-wort1"))
    connector = Connector(iqn="iqn.1994-05.com.redhat:db1")
    made = array.driver.initialize_connection(volume_id=hands.volume().id, connector=connector, make_host=order)
    assert array.driver.get_host("h1").chap_name == "db1"
    assert "geheim" not in f"{made!r} {array.driver.get_host('h1')!r} {order!r}"


@xiv_only
def test_defect_20_an_a9000_attaches_and_tells_every_portal(array: World, family: Family, hands: Hands) -> None:
    array.turn("xiv_is_a9000", on=True)
    host_id, volume = hands.host("h1", iqns=["iqn.1994-05.com.redhat:db1"]), hands.volume()
    made = array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    assert len(made.target_portals) == 2
    assert array.driver.find_attachment(volume.id, host_id=host_id) == made


@ds8k_only
def test_defect_13_a_volume_of_any_pool_is_attached_and_moves_while_it_is(
    array: World, family: Family, hands: Hands
) -> None:
    """The replaced driver knew only the pools it was told of."""
    host_id, volume = hands.host("h1"), hands.volume(1)
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    moved = array.driver.migrate_volume(volume_id=volume.id, pool=array.pools()[0].id, deadline=30)
    assert moved.id == volume.id
    assert hands.luns(volume, "h1") == [1]

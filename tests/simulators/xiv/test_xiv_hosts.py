"""Rules of hosts: CHAP, types, clusters, the ports the machine sees."""

from __future__ import annotations

import pytest

from support.xcli import ControlAddress, Xcli

SECRET = "a-secret-of-16-b"
WWPN = "10000000C9AABB01"


@pytest.fixture(autouse=True)
def host(xiv: Xcli) -> str:
    """Return the name of a host there is."""
    xiv.does("host_define", host="h1")
    return "h1"


@pytest.mark.parametrize("secret", [SECRET, "0x" + "ab" * 12, "0bYWJjZGVmZ2hpamtsbW5vcA=="])
def test_a_chap_secret_has_96_to_128_bits_and_a_name(xiv: Xcli, secret: str) -> None:
    xiv.does("host_update", host="h1", iscsi_chap_name="c", iscsi_chap_secret=secret)
    row = xiv.ask("host_list", host="h1").one
    assert row["iscsi_chap_name"] == "c"
    assert secret not in row.values()
    assert xiv.says("host_update", host="h1", iscsi_chap_name="c", iscsi_chap_secret="short") == "ILLEGAL_VALUE"
    assert xiv.says("host_update", host="h1", iscsi_chap_name="c", iscsi_chap_secret="0xzz") == "ILLEGAL_VALUE"
    assert xiv.says("host_update", host="h1", iscsi_chap_name="c") == "BAD_PARAMS"
    assert xiv.says("host_define", host="h2", iscsi_chap_name="c") == "BAD_PARAMS"


@pytest.mark.parametrize(("cleared", "code", "left"), [(True, "SUCCESS", ""), (False, "BAD_PARAMS", "c")])
def test_chap_is_cleared_by_empty_values(
    xiv: Xcli, control: ControlAddress, cleared: bool, code: str, left: str
) -> None:
    control.turn("xiv_chap_cleared_by_empty", on=cleared)
    xiv.does("host_update", host="h1", iscsi_chap_name="c", iscsi_chap_secret=SECRET)
    assert xiv.says("host_update", host="h1", iscsi_chap_name="", iscsi_chap_secret="") == code
    assert xiv.ask("host_list", host="h1").one["iscsi_chap_name"] == left


def test_a_host_gets_another_type_unless_it_is_mapped(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("special_type_set", host="h1", type="hpux")
    assert xiv.ask("host_list", host="h1").one["type"] == "hpux"
    assert xiv.says("special_type_set", host="h1", type="toaster") == "ILLEGAL_VALUE"
    xiv.does("vol_create", vol="v1", size=17, pool="pool1")
    xiv.does("map_vol", host="h1", vol="v1", lun=1)
    assert xiv.says("special_type_set", host="h1", type="zvm") == "HOST_HAS_MAPPINGS"
    control.turn("xiv_retype_mapped_refused", on=False)
    xiv.does("special_type_set", host="h1", type="zvm")


def test_ports_of_nobody_are_seen(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("host_add_port", host="h1", fcaddress=WWPN)
    control.ask("POST", "/logins", {"array": "xiv1", "port": WWPN, "state": "in"})
    control.ask("POST", "/logins", {"array": "xiv1", "port": "10000000C9AABB02", "state": "in"})
    control.ask("POST", "/logins", {"array": "xiv1", "port": "iqn.1994-05.com.example:h1", "state": "in"})
    assert [row["wwpn"] for row in xiv.does("fc_connectivity_list")] == [WWPN, "10000000C9AABB02"]
    assert xiv.ask("fc_connectivity_list", wwpn="10:00:00:00:c9:aa:bb:02").one["role"] == "Initiator"
    assert xiv.does("fc_connectivity_list", role="Target") == []
    assert [row["host_port"] for row in xiv.does("host_connectivity_list")] == [WWPN]
    control.turn("xiv_fc_connectivity", on=False)
    assert xiv.says("fc_connectivity_list") == "UNRECOGNIZED_COMMAND"


@pytest.mark.parametrize(("refused", "code"), [(True, "HOST_PORT_EXISTS"), (False, "SUCCESS")])
def test_a_port_the_host_has_already(xiv: Xcli, control: ControlAddress, refused: bool, code: str) -> None:
    control.turn("xiv_own_port_again_refused", on=refused)
    xiv.does("host_add_port", host="h1", fcaddress=WWPN)
    assert xiv.says("host_add_port", host="h1", fcaddress=WWPN) == code


@pytest.mark.parametrize("kept", [True, False])
def test_an_iscsi_name_keeps_its_case_or_not(xiv: Xcli, control: ControlAddress, kept: bool) -> None:
    control.turn("xiv_iqn_case_kept", on=kept)
    name = "iqn.1994-05.com.Example:H1"
    xiv.does("host_add_port", host="h1", iscsi_name=name)
    assert xiv.ask("host_list", host="h1").one["iscsi_ports"] == (name if kept else name.lower())


def test_a_cluster_is_renamed_and_joined(xiv: Xcli, control: ControlAddress) -> None:
    xiv.does("cluster_create", cluster="c1")
    xiv.does("cluster_rename", cluster="c1", new_name="c2")
    assert xiv.says("cluster_add_host", cluster="c1", host="h1") == "CLUSTER_BAD_NAME"
    xiv.does("vol_create", vol="v1", size=17, pool="pool1")
    xiv.does("map_vol", host="h1", vol="v1", lun=1)
    assert xiv.says("cluster_add_host", cluster="c2", host="h1") == "HOST_HAS_MAPPINGS"
    control.turn("xiv_join_mapped_refused", on=False)
    xiv.does("cluster_add_host", cluster="c2", host="h1")
    assert xiv.does("mapping_list") == []
    assert xiv.says("host_delete", host="h1") == "HOST_BELONGS_TO_CLUSTER"
    control.turn("xiv_host_delete_in_cluster_refused", on=False)
    xiv.does("host_delete", host="h1")
    assert xiv.ask("cluster_list", cluster="c2").one["hosts"] == ""


def test_a_refusal_may_repeat_what_it_refuses(xiv: Xcli, control: ControlAddress) -> None:
    control.turn("xiv_refusals_repeat_arguments", on=True)
    said = xiv.ask("host_update", host="h1", iscsi_chap_name="c", iscsi_chap_secret="short").words
    assert "iscsi_chap_secret=short" in said


def test_the_machine_is_not_divided_into_domains(xiv: Xcli) -> None:
    assert xiv.does("domain_list") == []

"""IBM's own client (pyxcli 1.2.1) finds in the simulated XIV what it expects of a real one."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from pyxcli import errors

from support.pyxcli_here import CHUNK, VerifyingTransport, over
from support.xcli import ControlAddress
from terraform_provider_xivds8k.simulators import Simulation
from terraform_provider_xivds8k.simulators.xiv.texts import TEXTS

Connect = Callable[..., Any]


def test_commands_come_with_their_help(client: Any) -> None:
    assert client.cmd.vol_create.__doc__.startswith("Creates a new volume.\nUsage: vol_create vol=")
    assert "shrink_volume" in client.cmd.vol_resize.syntax


def test_lists_are_rows_with_the_leaves_ibms_tools_read(client: Any) -> None:
    pool = client.cmd.pool_list(pool="pool1").as_single_element
    assert int(pool.soft_size_MiB) == int(pool.hard_size_MiB) > int(pool.empty_space_soft_MiB)
    assert next(port.component_id for port in client.cmd.fc_port_list()) == "1:FC_Port:4:1"
    config = client.cmd.config_get().as_dict("name")
    assert (config["machine_type"].value, config["machine_model"].value) == ("2810", "214")
    assert client.cmd.version_get().as_single_element.system_version
    assert client.cmd.state_list().as_dict("category")["system_state"].value == "on"
    target = client.cmd.target_list().as_single_element
    assert (target.connected, target.xiv_target) == ("yes", "yes")


def test_an_empty_list_is_empty_and_no_error(client: Any) -> None:
    for listing in (client.cmd.vol_list(), client.cmd.vol_list(vol="none"), client.cmd.mirror_list()):
        assert listing.as_list == []
        assert not listing.as_single_element


def test_a_volume_is_made_renamed_resized_moved_and_deleted(client: Any) -> None:
    made = client.cmd.vol_create(vol="v1", size_blocks=19531251, pool="pool1").as_single_element
    assert (made.name, made.capacity, made.pool_name) == ("v1", "19531251", "pool1")
    client.cmd.vol_rename(vol="v1", new_name="v2")
    client.cmd.vol_resize(vol="v2", size=34)
    client.cmd.vol_move(vol="v2", pool="pool2")
    found = client.cmd.vol_list(wwn=made.wwn).as_single_element
    assert (found.name, found.size, found.pool_name, found.id) == ("v2", "34", "pool2", made.id)
    client.cmd.vol_delete(vol="v2")
    assert len(client.cmd.vol_list()) == 0


def test_what_the_csi_driver_does_with_snapshots_hosts_and_mappings(client: Any) -> None:
    client.cmd.vol_create(vol="v1", size=17, pool="pool1")
    snapshot = client.cmd.snapshot_create(vol="v1", name="s1").as_single_element
    assert (snapshot.master_name, snapshot.locked) == ("v1", "yes")
    assert client.cmd.snapshot_list(vol="v1").as_single_element.name == "s1"
    client.cmd.host_define(host="h1")
    client.cmd.host_add_port(host="h1", fcaddress="10:00:00:00:c9:aa:bb:01")
    client.cmd.map_vol(host="h1", vol="v1", lun=7)
    mapped = client.cmd.vol_mapping_list(vol="v1").as_single_element
    assert (mapped.host, mapped.type, mapped.lun) == ("h1", "host", "7")
    with pytest.raises(errors.VolumeIsMappedError):
        client.cmd.vol_delete(vol="v1")
    with pytest.raises(errors.CommandFailedRuntimeError) as taken:
        client.cmd.map_vol(host="h1", vol="s1", lun=7)
    assert "LUN is already in use" in str(taken.value)
    client.cmd.unmap_vol(host="h1", vol="v1")
    with pytest.raises(errors.CommandFailedRuntimeError) as missing:
        client.cmd.unmap_vol(host="h1", vol="v1")
    assert "The requested mapping is not defined" in str(missing.value)


@pytest.mark.parametrize(
    ("command", "arguments", "error"),
    [
        ("vol_create", {"vol": "v1", "size": 17, "pool": "pool1"}, errors.VolumeExistsError),
        ("vol_create", {"vol": "v2", "size": 17, "pool": "none"}, errors.PoolDoesNotExistError),
        ("vol_create", {"vol": "v2", "size": 160_000, "pool": "pool1"}, errors.PoolOutOfSpaceError),
        ("vol_create", {"vol": "v2", "size": 999_999, "pool": "pool1"}, errors.VolumeSizeAboveLimitError),
        ("vol_create", {"vol": "v/2", "size": 17, "pool": "pool1"}, errors.IllegalNameForObjectError),
        ("vol_create", {"vol": "v2", "size": "x", "pool": "pool1"}, errors.IllegalValueForArgumentError),
        ("vol_resize", {"vol": "v1", "size_blocks": 1}, errors.VolumeSizeCannotBeDecreased),
        ("vol_delete", {"vol": "none"}, errors.VolumeBadNameError),
        ("host_delete", {"host": "none"}, errors.HostBadNameError),
        ("volume_make", {}, errors.UnrecognizedCommandError),
        ("cg_delete", {"cg": "none"}, errors.CgBadNameError),
        ("perf_class_add_vol", {"perf_class": "none", "vol": "v1"}, errors.CommandFailedRuntimeError),
    ],
)
def test_refusals_are_the_error_classes_ibms_tools_catch(
    client: Any, command: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    client.cmd.vol_create(vol="v1", size=17, pool="pool1")
    with pytest.raises(error) as refused:
        getattr(client.cmd, command)(**arguments)
    assert isinstance(refused.value, errors.CommandExecutionError)


def test_an_unknown_code_falls_back_on_its_level(client: Any) -> None:
    client.cmd.host_define(host="h1")
    client.cmd.vol_create(vol="v1", size=17, pool="pool1")
    client.cmd.map_vol(host="h1", vol="v1", lun=1)
    with pytest.raises(errors.CommandFailedRuntimeError) as unknown:
        client.cmd.map_vol(host="h1", vol="v1", lun=2)
    assert type(unknown.value) is errors.CommandFailedRuntimeError


def test_levels_agree_with_the_classes_ibm_gave_the_codes() -> None:
    known = errors.CommandExecutionError.KNOWN_CODES
    shared = {code: known[code] for code in TEXTS if code in known and known[code] is not errors.CredentialsError}
    assert len(shared) > 30
    for code, error in shared.items():
        assert issubclass(error, errors.CommandExecutionError.KNOWN_LEVELS[str(TEXTS[code].level)]), code


def test_a_wrong_password_is_seen_at_once(connect: Connect) -> None:
    with pytest.raises(errors.CredentialsError):
        connect(password="wrong")


def test_an_unknown_authority_is_refused(endpoints: list[tuple[str, int]]) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        VerifyingTransport(*endpoints[0], ssl.create_default_context())


def test_a_wrong_host_name_is_refused(endpoints: list[tuple[str, int]], trusting: ssl.SSLContext) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        VerifyingTransport(*endpoints[0], trusting, server_hostname="array.example.com")


@pytest.mark.parametrize("compressed", [True, False])
def test_replies_longer_than_one_read_arrive_whole(client: Any, compressed: bool) -> None:
    for number in range(60):
        client.cmd.vol_create(vol=f"v{number:03d}", size_blocks=2048, pool="pool1")
    client.set_options(compress_output="base64" if compressed else None)
    listed = client.cmd.vol_list()
    assert [row.name for row in listed] == [f"v{number:03d}" for number in range(60)]
    assert len(ElementTree.tostring(listed.response_etree)) > 2 * CHUNK


def test_one_connection_serves_many_commands(client: Any, control: ControlAddress) -> None:
    for _ in range(20):
        client.cmd.version_get()
    journal = control.ask("GET", "/journal")["xiv1"]
    assert (journal["by_command"]["version_get"], journal["sign_ins"]["ok"]) == (20, 1)


def test_further_endpoints_are_discovered(client: Any) -> None:
    interfaces = list(client.cmd.ipinterface_list())
    managing = [it.address for it in interfaces if it.type.lower() == "management"]
    assert len(managing) == 2
    assert {it.type for it in interfaces} == {"Management", "iSCSI"}


def test_a_dead_endpoint_hands_over_to_the_next(
    connect: Connect, control: ControlAddress, endpoints: list[tuple[str, int]], trusting: ssl.SSLContext
) -> None:
    client = connect(transport=over(endpoints, trusting))
    client.cmd.vol_create(vol="v1", size=17, pool="pool1")
    host, port = endpoints[0]
    control.ask("POST", "/arrays/xiv1", {"state": "refuse", "endpoint": f"{host}:{port}"})
    assert [row.name for row in client.cmd.vol_list()] == ["v1"]


def test_commands_run_on_the_linked_array(client: Any, simulation: Simulation) -> None:
    target = simulation.arrays[1]["target_name"]
    remote = client.get_remote_client(target)
    mine, other = (it.cmd.config_get().as_dict("name")["machine_serial_number"].value for it in (client, remote))
    assert mine != other
    with pytest.raises(errors.CommandFailedAServerError):
        client.execute_remote("nobody", "vol_list")


def test_no_password_in_a_log(connect: Connect, simulation: Simulation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="simulators")
    client = connect()
    with pytest.raises(errors.VolumeBadNameError):
        client.cmd.vol_delete(vol="none")
    assert caplog.text
    assert simulation.arrays[0]["password"] not in caplog.text


def test_hosts_with_ports_clusters_and_chap(client: Any, control: ControlAddress) -> None:
    made = client.cmd.host_define(host="h1", type="default").as_single_element
    client.cmd.host_add_port(host="h1", fcaddress="10000000C9AABB01")
    client.cmd.host_add_port(host="h1", iscsi_name="iqn.1994-05.com.example:h1")
    client.cmd.host_update(host="h1", iscsi_chap_name="c", iscsi_chap_secret="a-secret-of-16-b")
    client.cmd.special_type_set(host="h1", type="hpux")
    client.cmd.cluster_create(cluster="c1")
    client.cmd.cluster_add_host(cluster="c1", host="h1")
    client.cmd.host_rename(host="h1", new_name="h2")
    found = client.cmd.host_list(host="h2").as_single_element
    assert (found.id, found.type, found.cluster, found.iscsi_chap_name) == (made.id, "hpux", "c1", "c")
    assert (found.fc_ports, found.iscsi_ports) == ("10000000C9AABB01", "iqn.1994-05.com.example:h1")
    for port in (found.fc_ports, "10000000C9AABB02"):
        control.ask("POST", "/logins", {"array": "xiv1", "port": port, "state": "in"})
    assert [one.host_port for one in client.cmd.host_connectivity_list(host="h2")] == [found.fc_ports]
    assert [one.wwpn for one in client.cmd.fc_connectivity_list()] == ["10000000C9AABB01", "10000000C9AABB02"]
    client.cmd.host_define(host="h3")
    with pytest.raises(errors.HostWithPortIdAlreadyDefined):
        client.cmd.host_add_port(host="h3", fcaddress=found.fc_ports)
    with pytest.raises(errors.HostNameAlreadyExistsError):
        client.cmd.host_define(host="h2")
    client.cmd.cluster_remove_host(cluster="c1", host="h2")
    client.cmd.host_delete(host="h2")
    assert client.cmd.cluster_list(cluster="c1").as_single_element.hosts == ""

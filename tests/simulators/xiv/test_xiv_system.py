"""The array as a whole: its table of commands, its identity, its ports, and its state in one file."""

from __future__ import annotations

import re
import threading
from pathlib import Path

from support.xcli import ControlAddress, Leaves, Xcli
from terraform_provider_xivds8k.simulators import Simulation, start
from terraform_provider_xivds8k.simulators.xiv.catalog import COMMANDS
from terraform_provider_xivds8k.simulators.xiv.switches import SWITCHES
from terraform_provider_xivds8k.simulators.xiv.texts import TEXTS

PACKAGE = Path(start.__code__.co_filename).parent / "xiv"
LISTS = (
    "state_list",
    "fc_port_list",
    "ipinterface_list",
    "ipinterface_list_ports",
    "system_capacity_list",
    "time_list",
)


def test_help_is_the_table_of_commands(xiv: Xcli) -> None:
    listed = {row["name"]: row for row in xiv.does("help")}
    assert set(listed) == set(COMMANDS)
    for name, row in listed.items():
        assert row["syntax"].split()[0] == name
        assert row["description"].endswith(".")
    assert xiv.ask("help", command="vol_list").one == listed["vol_list"]
    assert {row["category"] for row in xiv.does("help", category="pool")} == {"pool"}


def test_every_code_the_machine_uses_has_its_text() -> None:
    used = set()
    for module in PACKAGE.glob("*.py"):
        if module.name != "texts.py":
            used |= set(re.findall(r'(?:FailureError\(|confirm\(context, )"([A-Z_]+)"', module.read_text("utf-8")))
    assert len(used) > 40
    assert used <= set(TEXTS)


def test_every_switch_is_used_and_every_use_is_a_switch() -> None:
    source = "".join(path.read_text("utf-8") for path in PACKAGE.glob("*.py") if path.name != "switches.py")
    used = re.findall(r'(?:switch\(|needs_switch=)"(xiv_[a-z0-9_]+)"', source)
    assert set(used) == {switch.name for switch in SWITCHES}


def test_the_two_arrays_differ_in_what_identifies_them(simulation: Simulation, xiv: Xcli, partner: Xcli) -> None:
    mine, other = ({row["name"]: row["value"] for row in client.does("config_get")} for client in (xiv, partner))
    for name in ("machine_serial_number", "system_id", "iscsi_name", "system_name"):
        assert mine[name] != other[name]
    described = simulation.arrays[0]
    joined = "-".join(mine[name] for name in ("machine_type", "machine_model", "machine_serial_number"))
    assert described["system_id"] == joined
    assert described["pools"] == ["pool1", "pool2"]
    seen = partner.ask("target_list").one
    assert (seen["name"], seen["system_id"]) == (described["target_name"], mine["system_id"])
    ports = [{row["wwpn"] for row in client.does("fc_port_list")} for client in (xiv, partner)]
    assert not ports[0] & ports[1]
    assert xiv.says("config_get", name="nothing") == "CONF_PATH_DOES_NOT_EXIST"


def test_the_array_has_fibre_channel_and_iscsi_ports(xiv: Xcli) -> None:
    ports = xiv.does("fc_port_list")
    assert {port["role"] for port in ports} == {"Target", "Initiator"}
    assert all(re.fullmatch(r"5001738[0-9A-F]{9}", port["wwpn"]) for port in ports)
    assert xiv.ask("fc_port_list", fcport="1:FC_Port:4:1").one == ports[0]
    interfaces = xiv.does("ipinterface_list")
    assert {row["type"] for row in interfaces} == {"Management", "iSCSI"}
    assert all(row["address"] for row in interfaces)
    behind = {row["ip_interface"] for row in xiv.does("ipinterface_list_ports") if row["is_link_up"] == "yes"}
    assert behind == {row["name"] for row in interfaces}


def test_every_system_listing_answers_and_mirrors_are_empty(xiv: Xcli) -> None:
    for command in LISTS:
        assert xiv.does(command), command
    for command in ("mirror_list", "sync_job_list", "snap_group_list", "reservation_list"):
        assert xiv.ask(command).records == []
    assert {row["category"]: row["value"] for row in xiv.does("state_list")}["system_state"] == "on"


def test_time_is_simulated(xiv: Xcli, control: ControlAddress) -> None:
    before = xiv.ask("time_list").one
    control.ask("POST", "/clock", {"advance_s": 86_400 * 400})
    assert int(xiv.ask("time_list").one["date"][:4]) > int(before["date"][:4])


def test_endpoints_of_an_array_show_the_same_state(simulation: Simulation, xiv: Xcli) -> None:
    xiv.does("vol_create", vol="v1", size=17, pool="pool1")
    with Xcli(simulation.arrays[0], simulation.ca_pem, endpoint=1) as other:
        assert other.does("vol_list") == xiv.does("vol_list")


def test_the_state_survives_in_its_file(tmp_path: Path) -> None:
    seen: list[list[Leaves]] = []
    for _ in range(2):
        with (
            start(tmp_path / "kept.db", xiv=["127.0.0.1:0"]) as simulation,
            Xcli(simulation.arrays[0], simulation.ca_pem) as client,
        ):
            if not seen:
                client.does("vol_create", vol="v1", size=17, pool="pool1")
            seen.append(client.does("vol_list"))
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_of_many_who_want_one_name_exactly_one_gets_it(simulation: Simulation) -> None:
    codes: list[str] = []

    def want(number: int) -> None:
        with Xcli(simulation.arrays[0], simulation.ca_pem, endpoint=number % 2) as client:
            codes.append(client.says("vol_create", vol="same", size=17, pool="pool1"))

    threads = [threading.Thread(target=want, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["SUCCESS"] + ["VOLUME_EXISTS"] * 7

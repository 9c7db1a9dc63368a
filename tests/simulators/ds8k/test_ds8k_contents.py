"""Two arrays of one simulation, and what the tables promise about themselves."""

from __future__ import annotations

from pathlib import Path

from support.rest_console import Console
from terraform_provider_xivds8k import simulators
from terraform_provider_xivds8k.simulators.ds8k import codes, routes
from terraform_provider_xivds8k.simulators.ds8k.switches import SWITCHES


def test_two_arrays_differ_in_name_and_share_volume_ids(tmp_path: Path) -> None:
    with simulators.start(tmp_path / "s.db", ds8k=["127.0.0.1", "127.0.0.1"], control="127.0.0.1:0") as simulation:
        systems = []
        for description in simulation.arrays:
            console = Console(description, str(simulation.control))
            console.sign_in()
            (system,) = console.ask("GET", "/systems").records
            assert system["id"] == description["system_id"]
            assert description["pools"] == ["P0", "P1", "P2"]
            assert console.volume("0000")["name"] == "existing_0"
            systems.append((system["id"], system["wwnn"]))
            console.close()
    assert len({name for name, _ in systems}) == len({wwnn for _, wwnn in systems}) == 2


def test_what_was_made_is_there_after_a_restart_and_so_is_the_token(tmp_path: Path) -> None:
    token, made = "", ""
    for _ in range(2):
        with simulators.start(tmp_path / "s.db", ds8k=["127.0.0.1"], control="127.0.0.1:0") as simulation:
            console = Console(simulation.arrays[0], str(simulation.control), token=token)
            if token:
                assert console.volume(made)["name"] == "kept"
            else:
                console.sign_in()
                token, made = console.token, console.make("kept")
            console.close()


def test_every_code_is_used_once_and_says_where_it_comes_from() -> None:
    table = [code for code in vars(codes).values() if isinstance(code, codes.Code)]
    assert len({code.code for code in table}) == len(table)
    assert all(code.source[:3] in {"[S]", "[K]"} for code in table)


def test_every_switch_and_route_says_where_it_comes_from() -> None:
    assert len({switch.name for switch in SWITCHES}) == len(SWITCHES)
    assert all(switch.source[:3] in {"[S]", "[K]"} and switch.meaning.endswith(".") for switch in SWITCHES)
    assert all(source == "[S]" for _, _, source in routes.TABLE)

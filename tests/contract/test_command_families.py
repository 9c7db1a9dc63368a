"""A command told of the wrong family does not say that nothing is replicated, but what does not fit, and makes none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from support.command_line import ran, variables_of
from support.linked import Linked
from support.pair_rows import Hands
from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.simulators import start

OTHER: dict[Family, Family] = {"xiv": "ds8k", "ds8k": "xiv"}


def held(file: Path) -> set[str]:
    """Return the arrays a simulator's file holds."""
    connection = sqlite3.connect(file)
    try:
        return {name for (name,) in connection.execute("SELECT name FROM arrays")}
    finally:
        connection.close()


def made(file: Path, family: Family, number: int) -> Path:
    """Make a simulator's file with so many arrays of a family."""
    addresses = ["127.0.0.1"] * number
    start(file, xiv=addresses if family == "xiv" else (), ds8k=addresses if family == "ds8k" else ()).stop()
    return file


@pytest.mark.parametrize("command", [["status"], ["switch", "--replication-id", "0A01", "--yes"]])
@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_file_without_an_array_of_the_family_is_refused_and_left_as_it_is(
    family: Family, tmp_path: Path, command: list[str], how: str
) -> None:
    other = OTHER[family]
    file = made(tmp_path / "simulator.db", other, 2)
    words = ["--family", family, "--simulator", str(file)] if how == "option" else []
    ended = ran({} if words else {"XIVDS8K_FAMILY": family, "XIVDS8K_SIMULATOR": str(file)}, *command, *words)
    assert (ended.code, ended.out) == (2, "")
    assert f"{file} holds no array of family {family}: it holds {other}1, {other}2." in ended.err
    assert "Correct --family (or XIVDS8K_FAMILY), or name another file" in ended.err
    assert held(file) == {f"{other}1", f"{other}2"}


def test_a_file_with_one_array_of_the_family_has_nothing_to_replicate_to(family: Family, tmp_path: Path) -> None:
    file = made(tmp_path / "simulator.db", family, 1)
    ended = ran({}, "status", "--family", family, "--simulator", str(file))
    assert ended.code == 2
    assert f"{file} holds one array of family {family} alone: it holds {family}1." in ended.err
    assert held(file) == {f"{family}1"}


def test_an_empty_file_holds_no_array_and_stays_empty(family: Family, tmp_path: Path) -> None:
    file = tmp_path / "simulator.db"
    file.touch()
    ended = ran({}, "status", "--family", family, "--simulator", str(file))
    assert ended.code == 2
    assert f"{file} holds no array of family {family}: it holds none at all." in ended.err
    assert file.stat().st_size == 0


@pytest.mark.parametrize("content", ["text", "foreign"])
def test_what_is_no_simulators_file_is_told_as_that(family: Family, tmp_path: Path, content: str) -> None:
    file = tmp_path / "simulator.db"
    if content == "text":
        file.write_text("hello", encoding="ascii")
    else:
        connection = sqlite3.connect(file)
        connection.execute("CREATE TABLE arrays (a)")
        connection.close()
    ended = ran({}, "status", "--family", family, "--simulator", str(file))
    assert ended.code == 1
    assert f"{file} was not made by this version of the simulator" in ended.err


def test_endpoints_of_the_other_family_are_no_arrays_without_replications(
    sites: Callable[[Family], tuple[Linked, Hands]], tmp_path: Path
) -> None:
    """Something answers there, and the family is the first thing to look at."""
    both, hands = sites("xiv")
    hands.make("a")
    ended = ran(variables_of(both, tmp_path / "ca.pem") | {"XIVDS8K_FAMILY": "ds8k"}, "status")
    assert (ended.code, ended.out) == (1, "")
    assert "Neither array answers" in ended.err
    assert "Home: The array cannot be reached" in ended.err
    assert "Check family (a DS8000 was asked for) and endpoints" in ended.err
    assert ended.err.count("Check family") == 1

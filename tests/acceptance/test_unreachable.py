"""An array that does not answer, or answers nonsense: a clear error in time, never "gone", and the state as it was.

Each array of this simulation has two endpoints; where the other one is alive, everything works.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from support.hcl import Expression
from support.terraform import Result, Workspace
from support.world import GIB, World
from terraform_provider_xivds8k import simulators

ADDRESS = "xivds8k_volume.a"
TWO = "127.0.0.1,127.0.0.1"
READ = {"xiv": "vol_list", "ds8k": "GET /volumes/{id}"}
STATES = ("refuse", "hang")
TOLD = {
    "refuse": "was cut",
    "hang": "no connection within|it took too long|Not done within 5 s",
    "down": "was cut|was closed",
    "half": "closed before the answer was whole",
    "garbage": "not well-formed|no HTTP",
    "wrong_id": "belongs to another request|does not fit|answer is about|The connected array is",
    "huge": "larger than 67108864 bytes|[Nn]o (whole )?answer within",
}
EVERYTHING = [(how, "everything") for how in TOLD]
READS = [(how, "reads") for how in ("half", "garbage", "wrong_id", "huge")]  # after a sign-in that went well
PLAN = ("plan",)
CHANGE = ("apply", "-auto-approve", "-refresh=false")
DEADLINE_S = 5.0
GENEROUS_S = 25.0  # the deadline, and what Terraform needs beside it on a busy machine


@pytest.fixture(scope="module")
def simulation() -> Iterator[Any]:
    """Run an XIV and a DS8000 with two endpoints each."""
    with simulators.start(None, xiv=[TWO], ds8k=[TWO], control="127.0.0.1:0") as own:
        yield own


@pytest.fixture
def empty(workspace: Workspace, world: World) -> Iterator[Workspace]:
    """Give an empty workspace on an array that is well again afterwards."""
    yield workspace
    well_again(world)


@pytest.fixture
def settled(empty: Workspace, world: World) -> Workspace:
    """Give a workspace with one volume; only the array's first endpoint is named."""
    limit_requests(empty, world, "60s")
    write(empty, world, world.name())
    empty.apply()
    return empty


def limit_requests(workspace: Workspace, world: World, most: str) -> None:
    workspace.providers(world.provider(endpoints=world.array["endpoints"][:1], request_timeout=most))


def write(workspace: Workspace, world: World, name: str) -> None:
    limits = dict.fromkeys(("create", "read", "update", "delete"), f"{DEADLINE_S:g}s")
    workspace.write(world.volume(name=name, timeouts=limits))


def set_state(world: World, state: str, **endpoint: str) -> None:
    world.ask_control("POST", f"/arrays/{world.array['name']}", {"state": state, **endpoint})


def well_again(world: World) -> None:
    world.ask_control("DELETE", "/faults")
    set_state(world, "up")


def stored(workspace: Workspace) -> bytes:
    return (workspace.folder / "terraform.tfstate").read_bytes()


def fails_in_time(workspace: Workspace, *arguments: str) -> Result:
    """Run what must fail, with one error, in time, and with nothing called gone."""
    began = time.monotonic()
    result = workspace.run(*arguments, "-json")
    took_s = time.monotonic() - began
    sys.stdout.write(f"{' '.join(arguments)} failed after {took_s:.1f} s: {result.error().text}\n")
    assert result.code == 1
    assert took_s < GENEROUS_S
    assert not any("gone" in told.text for told in result.diagnostics)
    return result


@pytest.mark.parametrize(("how", "what"), EVERYTHING + READS)
def test_an_array_in_trouble_is_an_error_and_the_state_stays(
    settled: Workspace, world: World, how: str, what: str
) -> None:
    before, name = stored(settled), settled.state(ADDRESS)["name"]
    limit_requests(settled, world, "2s")
    if how in STATES:
        set_state(world, how)
    else:
        world.fault("*" if what == "everything" else READ[world.family], how, times=1000)
    write(settled, world, world.name("other"))
    for run in (PLAN,) if what == "reads" else (PLAN, CHANGE):
        error = fails_in_time(settled, *run).error()
        assert re.search(TOLD[how], error.text)
        assert error.address == ADDRESS
    assert stored(settled) == before
    well_again(world)
    limit_requests(settled, world, "60s")
    write(settled, world, name)
    settled.plans_empty()


@pytest.mark.parametrize("run", [PLAN, CHANGE], ids=["refresh", "change"])
def test_the_deadline_of_a_volume_bounds_a_hanging_array_however_long_one_request_may_take(
    settled: Workspace, world: World, run: tuple[str, ...]
) -> None:
    """Connecting and asking which array it is count, too; the error says for what it was waiting."""
    before = stored(settled)
    set_state(world, "hang")
    write(settled, world, world.name("other"))
    error = fails_in_time(settled, *run).error()
    assert f"ot done within {DEADLINE_S:g} s" in error.text
    assert world.array["endpoints"][0] in error.text
    assert stored(settled) == before


def test_a_creation_on_an_array_that_hangs_makes_no_volume_and_no_state(empty: Workspace, world: World) -> None:
    limit_requests(empty, world, "1s")
    name = world.name()
    set_state(world, "hang")
    write(empty, world, name)
    error = fails_in_time(empty, "apply", "-auto-approve").error()
    assert re.search(TOLD["hang"], error.text)
    assert world.array["endpoints"][0] in error.text
    assert empty.instances == {}
    well_again(world)
    assert world.named(name) == ()


@pytest.fixture
def half_dead(empty: Workspace, world: World, state: str, dead: int) -> Workspace:
    """Give a workspace on an array one of whose endpoints is dead."""
    empty.providers(world.provider(request_timeout="3s" if (state, dead) == ("hang", 0) else "60s"))
    set_state(world, state, endpoint=world.array["endpoints"][dead])
    return empty


@pytest.mark.parametrize(("state", "dead"), [("refuse", 0), ("refuse", 1), ("hang", 1)])
def test_with_another_endpoint_alive_everything_works(half_dead: Workspace, world: World) -> None:
    first, second = world.name("first"), world.name("second")
    names = f'["{first}0", "{first}1"][count.index]'
    half_dead.write(world.volume(name=Expression(names), count=2))
    half_dead.apply()
    half_dead.plans_empty()
    names = f'["{second}0", "{first}1"][count.index]'
    half_dead.write(world.volume(name=Expression(names), count=2, size_gib=3))
    assert set(half_dead.apply().actions.values()) == {"update"}
    ids = [half_dead.state(f"{ADDRESS}[{number}]")["id"] for number in range(2)]
    found = [volume for volume in map(world.find, ids) if volume is not None]
    assert [(one.name, one.size_bytes) for one in found] == [(f"{second}0", 3 * GIB), (f"{first}1", 3 * GIB)]
    half_dead.destroy()
    assert [world.find(volume_id) for volume_id in ids] == [None, None]


@pytest.mark.parametrize(("state", "dead"), [("hang", 0)])
def test_an_endpoint_that_hangs_is_left_for_the_next_one(half_dead: Workspace, world: World) -> None:
    name = world.name()
    half_dead.write(world.volume(name=name))
    half_dead.apply()
    half_dead.plans_empty()
    assert [volume.id for volume in world.named(name)] == [half_dead.state(ADDRESS)["id"]]

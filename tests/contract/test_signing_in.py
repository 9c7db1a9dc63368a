"""How a sign-in is tried: once, by one thread, at one endpoint; what was refused is not sent again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.simulated import World, world
from terraform_provider_xivds8k.driver import BadCredentials, DriverError, Family, Secret, XIVDS8KDriver

GIB = 2**30
TOGETHER = 16


@pytest.fixture
def array(family: Family, tmp_path: Path) -> Iterator[World]:
    """Return a fresh array of the family with two endpoints."""
    with world(family, tmp_path / "arrays.db", "127.0.0.1:0,127.0.0.2:0") as found:
        yield found


@pytest.fixture
def refused(array: World) -> Iterator[XIVDS8KDriver]:
    """Return a driver with a wrong password."""
    wrong = replace(array.settings.connection, password=Secret("not-the-password"))
    driver = array.another_driver(connection=wrong)
    yield driver
    driver.close()


def _together(call: Callable[[], object]) -> list[object]:
    """Make a call in many threads at once; return what came of each."""
    ready, outcomes = threading.Barrier(TOGETHER), list[object]()

    def run() -> None:
        ready.wait(30)
        try:
            outcomes.append(call())
        except DriverError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run) for _ in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def _journal(array: World) -> tuple[int, dict[str, int]]:
    found = array.ask("GET", "/journal")[array.name]
    return found["total"], found["sign_ins"]


def test_many_threads_at_once_send_a_wrong_password_once_to_one_endpoint(array: World, refused: XIVDS8KDriver) -> None:
    outcomes = _together(lambda: refused.find_volumes_by_name("db1"))
    assert [type(outcome) for outcome in outcomes] == [BadCredentials] * TOGETHER
    total, sign_ins = _journal(array)
    assert sign_ins == {"ok": 0, "refused": 1}
    assert total == 1


def test_after_a_refusal_nothing_is_sent_for_any_operation(array: World, refused: XIVDS8KDriver) -> None:
    with pytest.raises(BadCredentials) as first:
        refused.do_setup()
    assert "sent once" in first.value.next_step
    volume_id = {"xiv": "001738000000000A", "ds8k": "0000"}[array.family]
    calls: list[Callable[[], object]] = [
        refused.do_setup,
        refused.list_pools,
        lambda: refused.find_volume(volume_id),
        lambda: refused.create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=20),
        lambda: refused.delete_volume(volume_id=volume_id, deadline=20),
    ]
    for call in calls:
        with pytest.raises(BadCredentials) as later:
            call()
        assert "they were not sent again" in str(later.value)
        assert (later.value.code, later.value.words) == (first.value.code, first.value.words)
    assert _journal(array) == (1, {"ok": 0, "refused": 1})


def test_a_driver_whose_password_is_right_is_not_held_up_by_the_other_one(array: World, refused: XIVDS8KDriver) -> None:
    with pytest.raises(BadCredentials):
        refused.do_setup()
    assert array.driver.do_setup().system_id == array.description["system_id"]

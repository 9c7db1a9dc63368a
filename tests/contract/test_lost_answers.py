"""What becomes of a volume when the answer to a write is lost: nothing is made twice, lost or called done."""

from __future__ import annotations

import threading
import time

import pytest

from support.simulated import World
from terraform_provider_xivds8k.driver import BadCredentials, Cancelled, InDoubt, Secret, Unreachable, XIVDS8KDriver
from terraform_provider_xivds8k.plugin import Cancellation

GIB = 2**30
LOST = ["drop_after", "garbage", "half", "wrong_id"]


@pytest.mark.parametrize("action", LOST)
def test_a_creation_whose_answer_is_lost_is_found_and_not_repeated(
    array: World, action: str, create_command: str
) -> None:
    pool, _ = array.pools()
    name = array.new_name()
    array.fail(create_command, action)
    made = array.driver.create_volume(name=name, pool=pool.id, size_bytes=GIB, deadline=20)
    assert array.driver.find_volumes_by_name(name) == (array.driver.get_volume(made.id),)
    assert array.calls()[create_command] == 1


def test_a_creation_the_array_never_saw_is_in_doubt_and_not_repeated(array: World, create_command: str) -> None:
    pool, _ = array.pools()
    name = array.new_name()
    array.fail(create_command, "drop_before")
    with pytest.raises(InDoubt) as caught:
        array.driver.create_volume(name=name, pool=pool.id, size_bytes=GIB, deadline=20)
    assert caught.value.left is None
    assert array.driver.find_volumes_by_name(name) == ()
    assert array.driver.create_volume(name=name, pool=pool.id, size_bytes=GIB).name == name


@pytest.mark.parametrize("action", [*LOST, "drop_before"])
def test_a_rename_whose_answer_is_lost_ends_with_the_new_name(array: World, action: str, rename_command: str) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    new_name = array.new_name()
    array.fail(rename_command, action)
    assert array.driver.rename_volume(volume_id=made.id, new_name=new_name, deadline=20).name == new_name
    assert array.driver.get_volume(made.id).name == new_name


@pytest.mark.parametrize("action", [*LOST, "drop_before"])
def test_a_growth_whose_answer_is_lost_ends_with_the_size(array: World, action: str, grow_command: str) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.fail(grow_command, action)
    assert array.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB, deadline=20).size_bytes >= 40 * GIB


def test_a_deletion_that_may_not_have_reached_the_array_is_sent_once_and_in_doubt(
    array: World, delete_command: str
) -> None:
    """A second one could be done while the first, carried out late, meets the volume made in its place."""
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.fail(delete_command, "drop_before")
    with pytest.raises(InDoubt):
        array.driver.delete_volume(volume_id=made.id, expected_name=made.name, deadline=20)
    assert array.calls()[delete_command] == 1
    assert array.driver.find_volume(made.id) == made
    array.driver.delete_volume(volume_id=made.id, expected_name=made.name, deadline=20)
    assert array.driver.find_volume(made.id) is None


@pytest.mark.parametrize("action", LOST)
def test_a_deletion_whose_answer_is_lost_ends_with_the_volume_gone(
    array: World, action: str, delete_command: str
) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.fail(delete_command, action)
    array.driver.delete_volume(volume_id=made.id, expected_name=made.name, deadline=20)
    assert array.driver.find_volume(made.id) is None


def test_a_stop_ends_a_waiting_creation_within_a_second_and_finds_what_it_made(
    array: World, create_command: str
) -> None:
    pool, _ = array.pools()
    name = array.new_name()
    stop = Cancellation()
    driver = XIVDS8KDriver(array.settings, cancellation=stop)
    outcome: list[object] = []

    def create() -> None:
        try:
            outcome.append(driver.create_volume(name=name, pool=pool.id, size_bytes=GIB, deadline=60))
        except (InDoubt, Cancelled) as error:
            outcome.append(error)

    try:
        driver.system()
        array.fail(create_command, "delay_after", seconds=30)
        thread = threading.Thread(target=create)
        thread.start()
        deadline = time.monotonic() + 20
        while create_command not in array.calls() and time.monotonic() < deadline:
            time.sleep(0.02)
        stopped_at = time.monotonic()
        stop.set()
        thread.join(20)
        assert time.monotonic() - stopped_at < 10  # a second and the one look, on a machine that is busy
    finally:
        driver.close()
    (result,) = outcome
    made = array.driver.find_volumes_by_name(name)
    if isinstance(result, (InDoubt, Cancelled)):
        assert made == () or isinstance(result, InDoubt)
    else:
        assert [volume.name for volume in made] == [name]


def test_a_refused_password_is_sent_once(array: World) -> None:
    connection = array.settings.connection
    wrong = type(connection)(
        endpoints=connection.endpoints,
        username=connection.username,
        password=Secret("wrong-password"),
        ca_pem=connection.ca_pem,
    )
    driver = array.another_driver(connection=wrong)
    try:
        for _ in range(3):
            with pytest.raises(BadCredentials) as caught:
                driver.list_pools()
            assert "wrong-password" not in f"{caught.value!r}{caught.value}"
    finally:
        driver.close()
    assert array.ask("GET", "/journal")[array.name]["sign_ins"]["refused"] == 1


def test_an_array_that_cannot_be_reached_is_unreachable_and_never_says_gone(array: World) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.ask("POST", f"/arrays/{array.name}", {"state": "refuse"})
    driver = array.another_driver()
    try:
        with pytest.raises(Unreachable) as caught:
            driver.find_volume(made.id)
    finally:
        driver.close()
    assert array.description["endpoints"][0] in str(caught.value)
    array.ask("POST", f"/arrays/{array.name}", {"state": "up"})
    assert array.driver.get_volume(made.id).name == made.name

"""Hosts on arrays that answer late, give ids again or are used by others meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest

from support.attaching import Hands
from support.group_stage import wait_until_held
from support.host_hands import command, new_host, new_wwpn
from support.simulated import World
from terraform_provider_xivds8k.driver import (
    Ambiguous,
    Connector,
    DriverError,
    HostFilter,
    HostOrder,
    InDoubt,
    InUse,
    NotFound,
    Refused,
)

DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)


@pytest.mark.parametrize("step", ["delete", "remove"])
def test_what_takes_away_is_sent_once(array: World, step: str) -> None:
    """The first one, carried out late, would hit what was made in its place."""
    made, driver = new_host(array, new_wwpn()), array.driver
    array.fail(command(array, step), "drop_before")
    sends: dict[str, Callable[..., object]] = {
        "delete": driver.delete_host,
        "remove": partial(driver.update_host, wwpns=()),
    }
    with pytest.raises(InDoubt):
        sends[step](made.id, deadline=20)
    assert array.calls()[command(array, step)] == 1
    assert driver.find_host(made.id) == made


def test_only_a_ds8000_s_host_under_another_name_is_not_changed(array: World, hands: Hands) -> None:
    """Its id may have been given to another host; an XIV never gives one again."""
    made = new_host(array)
    hands.rename(made.name, "theirs")
    port = new_wwpn()
    if array.family == "ds8k":
        with pytest.raises(Refused, match="was not changed"):
            array.driver.update_host(made.id, expected_name=made.name, wwpns=(port,), deadline=20)
        assert array.driver.get_host(made.id).wwpns == ()
    else:
        found = array.driver.update_host(made.id, expected_name=made.name, wwpns=(port,), deadline=20)
        assert found.wwpns == (port,)
    assert array.driver.update_host(made.id, expected_name="theirs", name="mine", deadline=20).name == "mine"


def test_a_new_host_whose_mapping_is_in_doubt_is_kept(array: World, hands: Hands, map_command: str) -> None:
    """A mapping that came late would be to whatever host had its place by then."""
    volume, port = hands.volume(), new_wwpn()
    array.fail(map_command, "drop_before", times=9)
    with pytest.raises(InDoubt, match="made by this, is left") as caught:
        array.driver.initialize_connection(
            volume_id=volume.id,
            connector=Connector(wwpns=(port,)),
            make_host=HostOrder(name="made1"),
            deadline=20,
        )
    (left,) = array.driver.list_hosts(HostFilter(name="made1"))
    assert caught.value.left_host is not None
    assert (caught.value.left_host.id, caught.value.lun) == (left.id, 1)


def test_two_aliases_of_one_array_give_a_port_to_one_host(array: World) -> None:
    """Whatever the array does with a port that somebody has."""
    if array.family == "ds8k":
        array.turn("assign_takes_ports", on=True)
    port = new_wwpn()
    with closing(array.another_driver()) as alias:
        alias.list_hosts()
        array.fail(command(array, "add"), "delay_before", seconds=0.5)
        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(array.driver.create_host, name="a1", wwpns=(port,), deadline=20)
            wait_until_held(array)
            with pytest.raises(InUse):
                alias.create_host(name="a2", wwpns=(port,), deadline=20)
            assert made.result().wwpns == (port,)
    assert [host.name for host in array.driver.list_hosts()] == ["a1"]


@DS8K
def test_a_port_taken_by_others_meanwhile_is_not_said_to_be_given(array: World, hands: Hands) -> None:
    array.turn("assign_takes_ports", on=True)
    mine, port = new_host(array), new_wwpn()
    with closing(array.another_driver()) as other:
        second = new_host(array)
        array.fail("POST /host_ports/assign", "delay_after", seconds=1.5)
        with ThreadPoolExecutor(1) as pool:
            given = pool.submit(array.driver.update_host, mine.id, wwpns=(port,), deadline=20)
            wait_until_held(array)
            console = getattr(hands, "console")  # noqa: B009 - of one family's hands
            console.ask("POST", "/host_ports/assign", {"host_id": second.id, "host_port_wwpns": [port]})
            with pytest.raises(Refused, match=f"does not have {port}"):
                given.result()
        assert other.get_host(second.id).wwpns == (port,)


@DS8K
def test_a_host_renamed_while_its_ports_are_read_keeps_them(array: World, hands: Hands) -> None:
    """Ports are listed by the host's name, and the host that has it now may have none."""
    port = new_wwpn()
    host_id = hands.host("a", wwpns=[port])
    hands.host("b")
    array.fail("GET /hosts/{id}/host_ports", "delay_before", seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(array.driver.find_host, host_id)
        wait_until_held(array)
        hands.rename("a", "c")
        hands.rename("b", "a")
        host = found.result()
    assert host is not None
    assert (host.name, host.wwpns) == ("c", (port,))


@DS8K
def test_an_id_in_another_case_that_is_another_host_s_name_is_ambiguous(array: World, hands: Hands) -> None:
    first, second = hands.host("db"), hands.host("h1")
    with pytest.raises(Ambiguous) as caught:
        array.driver.get_host("h1")
    assert f"id {first}" in caught.value.happened
    assert f"id {second}" in caught.value.happened
    assert array.driver.get_host(first).name == "db"
    assert array.driver.get_host(second.lower()).name == "h1"


@DS8K
def test_a_creation_refused_by_an_unknown_code_stands_unless_the_host_is_there(array: World) -> None:
    array.fail("POST /hosts", "error", code="BE7A00FF")
    with pytest.raises(Refused) as caught:
        array.driver.create_host(name="h1", deadline=20)
    assert caught.value.code == "BE7A00FF"
    with pytest.raises(NotFound):
        array.driver.get_host("h1")


def test_a_name_two_want_at_once_is_given_once(array: World) -> None:
    with closing(array.another_driver()) as alias:
        alias.list_hosts()
        array.fail(command(array, "create"), "delay_before", seconds=0.4)
        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(array.driver.create_host, name="a1", deadline=20)
            wait_until_held(array)
            with pytest.raises(DriverError, match="There is a host called 'a1' already"):
                alias.create_host(name="a1", deadline=20)
            made.result()

"""Hosts through the driver: what each family does, refuses, and answers when an answer is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from support.host_hands import COMMANDS, command, log_in, map_a_volume, new_host, new_wwpn
from support.simulated import World
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    Connector,
    DriverError,
    HostFilter,
    InDoubt,
    InUse,
    NotFound,
    Refused,
    Secret,
    Unsupported,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.plugin import Cancellation

LOST = ["drop_before", "drop_after", "garbage", "half", "wrong_id"]
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)
SECRET = Secret("not-in-any-log-1")


def test_a_host_is_made_found_changed_and_deleted(array: World) -> None:
    first, second, third = new_wwpn(), new_wwpn(), new_wwpn()
    spelled = ":".join(first[at : at + 2].lower() for at in range(0, 16, 2))
    made = new_host(array, spelled, second)
    assert made.wwpns == (first, second)
    assert made.type == {"xiv": "default", "ds8k": "Linux"}[array.family]
    assert array.driver.find_host(made.id) == made
    assert array.driver.get_host(made.name) == array.driver.get_host(made.id) == made
    assert made in array.driver.list_hosts()
    changed = array.driver.update_host(made.id, name=array.new_name(), wwpns=(second, third), deadline=20)
    assert (changed.id, changed.wwpns) == (made.id, (second, third))
    assert changed.name != made.name
    other = {"xiv": "hpux", "ds8k": "iSeries"}[array.family]
    retyped = array.driver.update_host(made.id, type=other, deadline=20)
    assert (retyped.type, retyped.name, retyped.wwpns) == (other, changed.name, changed.wwpns)
    array.driver.delete_host(made.id, expected_name=changed.name, deadline=20)
    assert array.driver.find_host(made.id) is None
    array.driver.delete_host(made.id)  # it is gone already
    assert not [port for port in array.driver.list_host_ports() if port.address in {first, second, third}]


@DS8K
def test_a_masked_host_has_blocks_of_its_type(array: World) -> None:
    made = new_host(array, type="iseries")
    assert (made.is_masked, made.block_bytes) == (True, 520)
    plain = new_host(array, type="VMware")
    assert (plain.is_masked, plain.block_bytes) == (False, 512)


def test_nothing_is_sent_for_what_is_so_already(array: World) -> None:
    port = new_wwpn()
    made = new_host(array, port)
    before = array.calls()
    array.driver.update_host(made.id, name=made.name, type=str(made.type).upper(), wwpns=(port.lower(),), deadline=20)
    array.driver.update_host(made.id, cluster="", deadline=20)
    after = array.calls()
    assert not [one for one in COMMANDS if after.get(command(array, one)) != before.get(command(array, one))]


def test_a_taken_name_is_refused_with_what_is_there(array: World) -> None:
    port = new_wwpn()
    made = new_host(array, port)
    other = new_host(array)
    refusals: tuple[Callable[[], object], ...] = (
        lambda: array.driver.create_host(name=made.name),
        lambda: array.driver.update_host(other.id, name=made.name),
    )
    for refused in refusals:
        with pytest.raises(AlreadyExists) as caught:
            refused()
        assert caught.value.attribute == "name"
        assert f"id {made.id}" in caught.value.happened
        assert port in caught.value.happened


def test_a_port_of_another_host_is_refused_and_stays_there(array: World) -> None:
    port = new_wwpn()
    owner, other = new_host(array, port), new_host(array)
    name = array.new_name()
    with pytest.raises(InUse, match=f"{port} is host {owner.name}'s"):
        array.driver.create_host(name=name, wwpns=(port,))
    assert array.driver.list_hosts(HostFilter(name=name)) == ()
    with pytest.raises(InUse) as caught:
        array.driver.update_host(other.id, wwpns=(port,), deadline=20)
    assert caught.value.attribute == "wwpns"
    assert array.driver.list_hosts(HostFilter(port=port.lower())) == (owner,)


@pytest.mark.parametrize(
    ("asked", "attribute"),
    [
        ({"name": "a/b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 64}, "name"),
        ({"wwpns": ("1234",)}, "wwpns"),
        ({"iqns": ("nobody",)}, "iqns"),
    ],
)
def test_what_the_array_would_not_take_is_refused_before_it(
    array: World, asked: dict[str, Any], attribute: str
) -> None:
    with pytest.raises((Refused, Unsupported)) as caught:
        array.driver.create_host(**{"name": array.new_name()} | asked)
    assert caught.value.attribute == attribute
    assert command(array, "create") not in array.calls()


@DS8K
@pytest.mark.parametrize(
    "asked", [{"iqns": ("iqn.1994-05.com.example:h",)}, {"cluster": "c"}, {"chap_name": "c", "chap_secret": SECRET}]
)
def test_a_ds8000_refuses_what_it_has_not(array: World, asked: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as caught:
        new_host(array, **asked)
    assert caught.value.attribute in asked
    made = new_host(array)
    with pytest.raises(Unsupported):
        array.driver.update_host(made.id, **asked)


def test_a_type_the_array_does_not_know_is_refused_by_it(array: World) -> None:
    name = array.new_name()
    with pytest.raises(Refused) as caught:
        array.driver.create_host(name=name, type="Toaster", wwpns=(new_wwpn(),))
    assert caught.value.code
    assert array.driver.list_hosts(HostFilter(name=name)) == ()


def test_a_mapped_host_keeps_its_type_and_is_not_deleted(array: World) -> None:
    made = new_host(array, new_wwpn())
    volume_id = map_a_volume(array, made)
    (words,) = array.driver.host_users(made.id)
    assert "LUN" in words
    with pytest.raises(InUse, match="LUN"):
        array.driver.update_host(made.id, type={"xiv": "zvm", "ds8k": "iSeries"}[array.family], deadline=20)
    with pytest.raises(InUse, match="was not deleted"):
        array.driver.delete_host(made.id)
    assert command(array, "delete") not in array.calls()
    assert array.driver.find_host(made.id) == made
    assert array.driver.volume_users(volume_id).mappings


def test_a_host_renamed_by_others_is_found_by_its_id_and_not_deleted_under_its_old_name(array: World) -> None:
    made = new_host(array)
    other = array.another_driver()
    other.update_host(made.id, name=array.new_name(), deadline=20)
    other.close()
    with pytest.raises(Refused, match="was not deleted"):
        array.driver.delete_host(made.id, expected_name=made.name)
    port = new_wwpn()
    assert array.driver.update_host(made.id, wwpns=(port,), deadline=20).wwpns == (port,)


def test_hosts_are_looked_up_with_near_matches(array: World) -> None:
    made = new_host(array)
    with pytest.raises(NotFound) as caught:
        array.driver.get_host(made.name + "x")
    assert made.name in caught.value.next_step
    assert array.driver.list_hosts(HostFilter(name_regex=f"^{made.name}$")) == (made,)
    assert array.driver.list_hosts(HostFilter(name="nobody")) == ()
    with pytest.raises(Refused):
        array.driver.list_hosts(HostFilter(port="nobody"))
    with pytest.raises(NotFound):
        array.driver.update_host("H99" if array.family == "ds8k" else "999", name="n")


def test_ports_tell_their_host_and_who_is_logged_in(array: World) -> None:
    mine, stranger, silent = new_wwpn(), new_wwpn(), new_wwpn()
    made = new_host(array, mine, silent)
    log_in(array, mine)
    log_in(array, stranger)
    ports = {port.address: port for port in array.driver.list_host_ports()}
    assert (ports[mine].host_id, ports[mine].host_name, ports[mine].logged_in) == (made.id, made.name, True)
    assert (ports[stranger].host_id, ports[stranger].logged_in) == (None, True)
    assert not ports[silent].logged_in
    found = array.driver.update_host(made.id, wwpns=(mine, silent, stranger), deadline=20)
    assert found.wwpns == tuple(sorted((mine, silent, stranger)))


def test_a_connector_finds_the_host_that_owns_all_its_ports(array: World) -> None:
    first, second, third, stranger = (new_wwpn() for _ in range(4))
    made, other = new_host(array, first, second), new_host(array, third)
    log_in(array, stranger)
    spelled = first.lower()
    assert array.driver.host_owning(Connector(wwpns=(spelled, second))).id == made.id
    with pytest.raises(Refused, match="several hosts") as caught:
        array.driver.host_owning(Connector(wwpns=(first, third)))
    assert {made.name, other.name} <= set(str(caught.value).replace("'s", "").split())
    with pytest.raises(NotFound) as missing:
        array.driver.host_owning(Connector(wwpns=(first, stranger)))
    assert stranger in missing.value.happened
    with pytest.raises(Refused):
        array.driver.host_owning(Connector())


def test_the_mode_forbids(array: World) -> None:
    port = new_wwpn()
    made = new_host(array, port)
    careful = array.another_driver(mode="no_destroy")
    careful.update_host(made.id, wwpns=(port, new_wwpn()), deadline=20)
    refusals: tuple[Callable[[], object], ...] = (
        lambda: careful.update_host(made.id, wwpns=()),
        lambda: careful.delete_host(made.id),
    )
    for refused in refusals:
        with pytest.raises(Refused) as caught:
            refused()
        assert caught.value.attribute == "mode"
    careful.close()
    array.driver.freeze_backend()
    with pytest.raises(Refused, match="frozen"):
        new_host(array)


def test_a_failed_step_leaves_no_host_behind(array: World) -> None:
    name, first, second = array.new_name(), new_wwpn(), new_wwpn()
    code = {"xiv": "MAX_PORTS_REACHED", "ds8k": "BE7A0007"}[array.family]
    array.fail(command(array, "add"), "error", code=code, nth=2)
    with pytest.raises(DriverError) as caught:
        array.driver.create_host(name=name, wwpns=(first, second), deadline=20)
    assert caught.value.left_host is None
    assert array.driver.list_hosts(HostFilter(name=name)) == ()
    assert not [port for port in array.driver.list_host_ports() if port.address in {first, second}]


@pytest.mark.parametrize("action", LOST)
def test_a_lost_creation_is_looked_up_and_never_repeated(array: World, action: str) -> None:
    name, port = array.new_name(), new_wwpn()
    array.fail(command(array, "create"), action)
    if action == "drop_before":
        with pytest.raises(InDoubt, match=f"Host {name} may be on the array"):
            array.driver.create_host(name=name, wwpns=(port,), deadline=20)
        assert array.driver.list_hosts(HostFilter(name=name)) == ()
        return
    made = array.driver.create_host(name=name, wwpns=(port,), deadline=20)
    assert array.driver.list_hosts(HostFilter(name=name)) == (made,)
    assert array.calls()[command(array, "create")] == 1


@pytest.mark.parametrize("action", LOST)
@pytest.mark.parametrize("step", ["rename", "retype", "add", "remove", "delete"])
def test_a_lost_change_is_made_sure_of(array: World, step: str, action: str) -> None:
    had, gets = new_wwpn(), new_wwpn()
    made = new_host(array, had)
    array.fail(command(array, step), action)
    driver = array.driver
    if step == "delete":
        if action == "drop_before":
            with pytest.raises(InDoubt, match="may be there, or still go"):
                driver.delete_host(made.id, deadline=20)
        driver.delete_host(made.id, deadline=20)
        assert driver.find_host(made.id) is None
        return
    if (step, action) == ("remove", "drop_before"):
        with pytest.raises(InDoubt, match=f"Port {had} may be"):
            driver.update_host(made.id, wwpns=(), deadline=20)
        assert array.calls()[command(array, step)] == 1
    wanted = {
        "rename": {"name": array.new_name()},
        "retype": {"type": {"xiv": "hpux", "ds8k": "Win2012"}[array.family]},
        "add": {"wwpns": (had, gets)},
        "remove": {"wwpns": ()},
    }[step]
    changed = driver.update_host(made.id, deadline=20, **wanted)  # type: ignore[arg-type]  # of different types
    assert changed == replace(made, **wanted)  # type: ignore[arg-type]  # of different types
    assert driver.find_host(made.id) == changed


def test_a_recent_host_costs_one_listing_for_all(array: World) -> None:
    made = [new_host(array) for _ in range(3)]
    system_id = array.driver.system_id()
    array.driver.forget_recent()
    before = sum(array.calls().values())
    for one in made:
        assert array.driver.find_recent_host(one.id, system_id=system_id) == one
    assert sum(array.calls().values()) - before <= 2
    array.driver.delete_host(made[0].id, deadline=20)
    assert array.driver.find_recent_host(made[0].id, system_id=system_id) is None


def test_a_stop_while_a_host_is_given_its_ports_leaves_none_unnamed(array: World) -> None:
    """What was made is deleted within the two seconds after a stop, while the call that hangs is given up."""
    name, stop = array.new_name(), Cancellation()
    driver = XIVDS8KDriver(array.settings, cancellation=stop)
    ended: list[DriverError] = []

    def create() -> None:
        try:
            driver.create_host(name=name, wwpns=(new_wwpn(),), deadline=60)
        except DriverError as error:
            ended.append(error)

    array.fail(command(array, "add"), "delay_before", seconds=20)
    creating = threading.Thread(target=create)
    creating.start()
    until_s = time.monotonic() + 20
    while command(array, "add") not in array.calls() and time.monotonic() < until_s:
        time.sleep(0.02)
    stopped_at = time.monotonic()
    stop.set()
    creating.join(60)
    driver.close()
    assert time.monotonic() - stopped_at < 8
    (error,) = ended
    left = array.driver.list_hosts(HostFilter(name=name))
    assert (left, error.left_host) == ((), None)

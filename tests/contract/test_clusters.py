"""Clusters of an XIV's hosts: case in their names, moves that do not end, and who attaches meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.attaching import XivHands
from support.group_stage import wait_until_held
from support.host_hands import new_host
from support.simulated import World
from terraform_provider_xivds8k.driver import DriverError, HostFilter, InUse, NotFound, Refused, XIVDS8KDriver
from terraform_provider_xivds8k.plugin import Cancellation


@pytest.fixture
def family() -> str:
    """Return the family that has them."""
    return "xiv"


@pytest.fixture
def xiv(hands: XivHands) -> XivHands:
    """Return another administrator."""
    return hands


def test_a_cluster_is_known_in_any_case_where_the_array_does_not_mind(array: World, xiv: XivHands) -> None:
    xiv.cluster("Prod")
    host_id = xiv.host("h1", cluster="Prod")
    before = array.calls()
    assert array.driver.update_host(host_id, cluster="prod", deadline=20).cluster == "Prod"
    assert "cluster_remove_host" not in array.calls(), before
    assert array.driver.create_host(name="h2", cluster="PROD", deadline=20).cluster == "Prod"
    assert array.driver.find_cluster("pROD") == "Prod"
    assert list(array.driver.list_clusters()) == ["Prod"]


def test_clusters_that_differ_in_case_are_two_where_the_array_minds(array: World, xiv: XivHands) -> None:
    array.turn("xiv_names_case_sensitive", on=True)
    xiv.cluster("Prod")
    host_id = xiv.host("h1", cluster="Prod")
    assert array.driver.find_cluster("prod") is None
    assert array.driver.update_host(host_id, cluster="prod", deadline=20).cluster == "prod"
    assert array.driver.list_clusters() == {"Prod": (), "prod": (host_id,)}


def test_a_host_that_does_not_get_into_another_cluster_is_put_back(array: World, xiv: XivHands) -> None:
    for name in "AB":
        xiv.cluster(name)
    host_id = xiv.host("h1", cluster="A")
    array.fail("cluster_add_host", "error", code="MAX_HOSTS_REACHED")
    with pytest.raises(DriverError) as caught:
        array.driver.update_host(host_id, name="new1", cluster="B", deadline=20)
    found = array.driver.get_host(host_id)
    assert (found.name, found.cluster) == ("new1", "A")
    assert "Done already: renamed to new1" in caught.value.left_behind


def test_a_host_that_cannot_be_put_back_is_told_to_be_out(array: World, xiv: XivHands) -> None:
    for name in "AB":
        xiv.cluster(name)
    host_id = xiv.host("h1", cluster="A")
    array.fail("cluster_add_host", "error", code="MAX_HOSTS_REACHED", times=2)
    with pytest.raises(DriverError, match="no longer in cluster A"):
        array.driver.update_host(host_id, cluster="B", deadline=20)


def test_a_deletion_refused_after_the_array_was_busy_names_the_cluster_a_host_is_out_of(
    array: World, xiv: XivHands
) -> None:
    xiv.cluster("A")
    host_id = xiv.host("h1", cluster="A")
    array.fail("host_delete", "error", code="MIRROR_RETRY_OPERATION")
    array.fail("host_delete", "error", code="ACCESS_DENIED", nth=2)
    array.fail("cluster_add_host", "error", code="MAX_HOSTS_REACHED", times=9)
    with pytest.raises(DriverError, match="no longer in cluster A"):
        array.driver.delete_host(host_id, deadline=20)


def test_a_stop_leaves_little_time_to_put_a_host_back(array: World, xiv: XivHands) -> None:
    xiv.cluster("A")
    host_id, stop = xiv.host("h1", cluster="A"), Cancellation()
    driver = XIVDS8KDriver(array.settings, cancellation=stop)
    driver.find_host(host_id)
    array.fail("host_delete", "delay_before", seconds=20)
    array.fail("cluster_add_host", "error", code="MIRROR_RETRY_OPERATION", times=500)
    with ThreadPoolExecutor(1) as pool:
        deleted = pool.submit(driver.delete_host, host_id, deadline=60)
        wait_until_held(array)
        stopped_at = time.monotonic()
        stop.set()
        with pytest.raises(DriverError, match="no longer in cluster A"):
            deleted.result()
    assert time.monotonic() - stopped_at < 8
    driver.close()


def test_a_cluster_renamed_meanwhile_has_not_been_left(array: World, xiv: XivHands) -> None:
    xiv.cluster("A")
    host_id = xiv.host("h1", cluster="A")
    array.fail("cluster_remove_host", "delay_before", seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        left = pool.submit(array.driver.update_host, host_id, cluster="", deadline=20)
        wait_until_held(array)
        xiv.xcli.does("cluster_rename", cluster="A", new_name="B")
        with pytest.raises(Refused, match="in cluster B by now"):
            left.result()
    assert array.driver.get_host(host_id).cluster == "B"


def test_nothing_is_attached_to_a_host_while_it_is_deleted_or_joins_a_cluster(array: World, xiv: XivHands) -> None:
    """An array that lets it go mapped, or drops its mappings, would take the volume away."""
    array.turn("xiv_host_delete_unmaps", on=True)
    array.turn("xiv_join_mapped_refused", on=False)
    for command in ("host_delete", "cluster_add_host"):
        host_id, volume = xiv.host(), xiv.volume()
        array.fail(command, "delay_before", seconds=0.5)
        with ThreadPoolExecutor(2) as pool:
            if command == "host_delete":
                changed = pool.submit(array.driver.delete_host, host_id, deadline=20)
            else:
                changed = pool.submit(array.driver.update_host, host_id, cluster="c1", deadline=20)  # type: ignore[arg-type]
            wait_until_held(array)
            attached = pool.submit(
                array.driver.initialize_connection, volume_id=volume.id, host_id=host_id, deadline=20
            )
            changed.result()
            with pytest.raises((NotFound, Refused)):
                attached.result()


def test_what_is_mapped_to_a_new_host_meanwhile_keeps_it_out_of_its_cluster(array: World, xiv: XivHands) -> None:
    array.turn("xiv_join_mapped_refused", on=False)
    xiv.cluster("A")
    volume = xiv.volume()
    array.fail("host_add_port", "delay_after", seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(array.driver.create_host, name="h1", wwpns=("10000000C9000001",), cluster="A", deadline=20)
        wait_until_held(array)
        xiv.map(volume, "h1", 1)
        with pytest.raises(InUse) as caught:
            made.result()
    assert caught.value.left_host is not None
    assert xiv.luns(volume, "h1") == [1]


def test_hosts_that_change_places_between_clusters_do_not_wait_for_each_other(array: World) -> None:
    one, other = new_host(array, cluster="A"), new_host(array, cluster="B")
    ready = threading.Barrier(2)

    def move(host_id: str, cluster: str) -> None:
        ready.wait(10)
        array.driver.update_host(host_id, cluster=cluster, deadline=15)

    with ThreadPoolExecutor(2) as pool:
        for moved in [pool.submit(move, one.id, "B"), pool.submit(move, other.id, "A")]:
            moved.result()
    assert array.driver.list_clusters() == {"A": (other.id,), "B": (one.id,)}
    assert len(array.driver.list_hosts(HostFilter())) == 2

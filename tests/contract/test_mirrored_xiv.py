"""Volumes and groups somebody else mirrors between two XIVs: seen as what they are, and left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.refusals import says_all
from support.simulated import World, world_of
from support.xiv_mirroring import ASYNC, Sites, sites_of, still_arrays
from terraform_provider_xivds8k.driver import InUse, Secret, Unsupported, XIVDS8KDriver
from terraform_provider_xivds8k.simulators import Simulation

GIB = 2**30


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[Simulation]:
    """Serve two linked XIVs."""
    with still_arrays(tmp_path / "s.db") as found:
        yield found


@pytest.fixture
def sites(linked: Simulation) -> Iterator[Sites]:
    """Return both arrays, as somebody sees them who works beside the driver."""
    with sites_of(linked) as found:
        found.volume("v1", "a")
        found.mirror("v1")
        yield found


@pytest.fixture
def array(linked: Simulation) -> Iterator[World]:
    """Return the array that serves with a driver connected to it."""
    found = world_of(linked, "xiv", 5)
    yield found
    found.driver.close()


@pytest.fixture
def there(linked: Simulation, array: World) -> Iterator[XIVDS8KDriver]:
    """Return a driver connected to the other array."""
    second = linked.arrays[1]
    connection = replace(
        array.settings.connection, endpoints=tuple(second["endpoints"]), password=Secret(second["password"])
    )
    found = array.another_driver(connection=connection)
    yield found
    found.close()


def test_both_ends_of_a_mirror_are_seen_as_what_they_are(array: World, there: XIVDS8KDriver, sites: Sites) -> None:
    sites.volume("plain")
    seen = {one.name: (one.replicated, one.is_secondary) for one in array.driver.list_volumes()}
    assert seen == {"v1": (True, False), "plain": (False, False)}
    assert [(one.replicated, one.is_secondary) for one in there.list_volumes()] == [(True, True)]
    sites.home.does("mirror_switch_roles", vol="v1")
    (now,) = array.driver.find_volumes_by_name("v1")
    assert now.is_secondary


def test_a_slave_is_not_managed(there: XIVDS8KDriver, sites: Sites) -> None:
    with pytest.raises(Unsupported, match="secondary"):
        there.manage_existing(existing_name="v1", new_name="mine")
    assert sites.away.does("vol_list", vol="v1")


def test_neither_end_of_a_mirror_is_deleted(array: World, there: XIVDS8KDriver, sites: Sites) -> None:
    for driver in (array.driver, there):
        (volume,) = driver.find_volumes_by_name("v1")
        with pytest.raises(InUse, match="mirror"):
            driver.delete_volume(volume_id=volume.id, expected_name="v1")
    assert sites.read() == (["a"], ["a"])
    assert sites.states() == ("M+ Synchronized", "S+ Consistent")


def test_a_mirrored_volume_is_not_restored(array: World, sites: Sites) -> None:
    (volume,) = array.driver.find_volumes_by_name("v1")
    taken = array.driver.create_snapshot(volume_id=volume.id, name="s1", deadline=10)
    sites.write("v1", "b")
    with pytest.raises(InUse, match="mirror"):
        array.driver.revert_to_snapshot(snapshot_id=taken.id, volume_id=volume.id)
    assert sites.read() == (["a", "b"], ["a", "b"])


def test_the_arrays_own_snapshots_are_nobodys(array: World, there: XIVDS8KDriver, sites: Sites) -> None:
    sites.volume("w1", "a")
    sites.mirror("w1", **ASYNC)
    sites.volume("w2", "a")
    sites.mirror("w2", **ASYNC)
    sites.group("g", "w2", **ASYNC)
    sites.advance(21)
    assert sites.snapshots(sites.home, "w1") == ["last-replicated-w1"]
    for driver in (array.driver, there):
        assert list(driver.list_snapshots()) == []
        assert list(driver.list_cgsnapshots()) == []


def test_a_mirrored_group_is_seen_and_not_deleted(array: World, sites: Sites) -> None:
    sites.group("g", "v1")
    (group,) = array.driver.list_consistencygroups()
    assert group.is_mirrored
    with pytest.raises(InUse, match="mirror"):
        array.driver.delete_consistencygroup(group_id=group.id)
    assert sites.home.ask("cg_list").one["mirrored"] == "yes"


def test_a_mirrored_group_is_not_restored(array: World, sites: Sites) -> None:
    sites.group("g", "v1")
    (group,) = array.driver.list_consistencygroups()
    (volume,) = array.driver.find_volumes_by_name("v1")
    taken = array.driver.create_cgsnapshot(group_id=group.id, name="s1", volume_ids=[volume.id], deadline=10)
    sites.write("v1", "b")
    with pytest.raises(InUse, match="Consistency group g is mirrored") as refused:
        array.driver.revert_to_cgsnapshot(cgsnapshot_id=taken.id, deadline=10)
    says_all(refused.value)
    assert sites.read() == (["a", "b"], ["a", "b"])

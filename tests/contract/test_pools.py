"""Pools and the array itself, as both families tell of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from support.simulated import World
from terraform_provider_xivds8k.driver import NotFound

GIB = 2**30


def test_a_volume_raises_what_a_pool_has_promised(array: World) -> None:
    pool, _ = array.pools()
    before = array.driver.get_pool(pool.id)
    array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=1024 * GIB)
    after = array.driver.get_pool(pool.id)
    assert before.thin_ratio is not None
    assert after.thin_ratio is not None
    assert after.thin_ratio - before.thin_ratio == pytest.approx(
        Decimal(1024 * GIB) / pool.total_bytes, abs=Decimal("0.01")
    )
    assert after.total_bytes == before.total_bytes


def test_an_unknown_pool_is_not_found_and_near_names_are_told(array: World) -> None:
    pool, _ = array.pools()
    with pytest.raises(NotFound) as caught:
        array.driver.get_pool(f"{pool.name}x")
    assert repr(pool.name) in caught.value.next_step
    assert array.driver.find_pool(f"{pool.name}x") is None


def test_a_pool_is_found_by_id_and_by_name(array: World) -> None:
    for pool in array.driver.list_pools():
        assert array.driver.find_pool(pool.id) == array.driver.find_pool(pool.name) == array.driver.get_pool(pool.id)


def test_the_array_says_who_it_is_and_how_hosts_reach_it(array: World) -> None:
    system, pools = array.driver.get_volume_stats()
    assert system.family == array.family
    assert system.system_id == array.description["system_id"]
    assert system.serial in system.system_id
    assert {port.kind for port in system.ports} >= {"fc"}
    assert {pool.name for pool in pools} | {pool.id for pool in pools} >= set(array.description["pools"])
    if array.family == "xiv":
        assert {port.kind for port in system.ports} == {"fc", "iscsi"}
        assert "qos" in system.abilities

"""Volumes: the same behaviour on both families, through the driver, over the real wire."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.rest_console import Console
from support.simulated import World
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    NoSpace,
    NotFound,
    Refused,
    VolumeFilter,
    WrongSystem,
)

GIB = 2**30
ODD_BYTES = 10_000_000_512


def test_a_new_volume_is_as_ordered_and_reads_back_the_same(array: World) -> None:
    pool, _ = array.pools()
    name = array.new_name()
    made = array.driver.create_volume(name=name, pool=pool.name, size_bytes=GIB)
    assert (made.name, made.pool_id, made.pool_name) == (name, pool.id, pool.name)
    assert made.size_bytes >= GIB
    assert made.system_id == array.driver.system().system_id == array.description["system_id"]
    assert array.driver.find_volume(made.id) == made
    assert array.driver.find_volume_by_wwn(made.wwn.upper()) == array.driver.get_volume(made.id)


def test_a_size_in_bytes_is_kept_exactly_where_the_array_does_not_round(array: World) -> None:
    pool, _ = array.pools()
    if array.family == "xiv":
        for switch in array.ask("GET", "/switches"):
            if "round" in switch["name"] and switch.get("array") in {None, array.name}:
                array.ask("POST", "/switches", {"array": array.name, "name": switch["name"], "on": False})
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=ODD_BYTES)
    assert made.size_bytes == ODD_BYTES


def test_a_taken_name_is_refused_with_the_volume_that_has_it(array: World) -> None:
    pool, _ = array.pools()
    first = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    with pytest.raises(AlreadyExists) as caught:
        array.driver.create_volume(name=first.name, pool=pool.id, size_bytes=GIB)
    (candidate,) = caught.value.candidates
    assert (candidate.id, candidate.size_bytes, candidate.mapped) == (first.id, first.size_bytes, False)
    assert array.driver.find_volumes_by_name(first.name) == (array.driver.get_volume(first.id),)


def test_an_unknown_pool_is_refused_with_those_there_are(array: World) -> None:
    with pytest.raises(NotFound) as caught:
        array.driver.create_volume(name=array.new_name(), pool="nowhere", size_bytes=GIB)
    assert caught.value.attribute == "pool"
    assert array.pools()[0].name in caught.value.happened


def test_a_pool_without_room_refuses_with_its_own_code_and_nothing_is_left(array: World) -> None:
    pool, _ = array.pools()
    name = array.new_name()
    size = (pool.virtual_free_bytes or pool.free_bytes) // 512 * 512 + 64 * GIB
    with pytest.raises(NoSpace) as caught:
        array.driver.create_volume(name=name, pool=pool.id, size_bytes=size)
    assert caught.value.code
    assert caught.value.words
    assert array.driver.find_volumes_by_name(name) == ()


def test_a_rename_keeps_id_and_wwn_and_frees_the_old_name(array: World) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    new_name = array.new_name()
    renamed = array.driver.rename_volume(volume_id=made.id, new_name=new_name)
    assert (renamed.id, renamed.wwn, renamed.name) == (made.id, made.wwn, new_name)
    assert array.driver.find_volumes_by_name(made.name) == ()


def test_a_rename_to_a_taken_name_is_refused_and_changes_nothing(array: World) -> None:
    pool, _ = array.pools()
    first, second = (array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB) for _ in range(2))
    with pytest.raises(AlreadyExists):
        array.driver.rename_volume(volume_id=first.id, new_name=second.name)
    assert array.driver.get_volume(first.id).name == first.name


def test_growing_keeps_the_volume_and_reaches_the_size(array: World) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    grown = array.driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB, expected_name=made.name)
    assert (grown.id, grown.wwn) == (made.id, made.wwn)
    assert grown.size_bytes >= 40 * GIB


def test_growing_to_less_than_there_is_sends_nothing(array: World, grow_command: str) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=40 * GIB)
    before = array.calls().get(grow_command, 0)
    assert array.driver.extend_volume(volume_id=made.id, size_bytes=GIB).size_bytes == made.size_bytes
    assert array.calls().get(grow_command, 0) == before


def test_a_move_keeps_the_volume_and_ends_in_the_other_pool(array: World) -> None:
    first, second = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=first.id, size_bytes=GIB)
    moved = array.driver.migrate_volume(volume_id=made.id, pool=second.name, deadline=30)
    assert (moved.id, moved.wwn, moved.pool_id) == (made.id, made.wwn, second.id)


def test_deleting_removes_the_volume_and_doing_it_again_is_done(array: World) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.driver.delete_volume(volume_id=made.id, expected_name=made.name)
    assert array.driver.find_volume(made.id) is None
    array.driver.delete_volume(volume_id=made.id, expected_name=made.name)


def test_what_fits_the_filter_is_listed(array: World) -> None:
    first, second = array.pools()
    small = array.driver.create_volume(name=array.new_name(), pool=first.id, size_bytes=GIB)
    large = array.driver.create_volume(name=array.new_name(), pool=second.id, size_bytes=100 * GIB)

    def ids(**wanted: object) -> set[str]:
        found = array.driver.list_volumes(VolumeFilter(**wanted))  # type: ignore[arg-type]  # one of its fields
        return {volume.id for volume in found} & {small.id, large.id}

    assert ids() == {small.id, large.id}
    assert ids(name=small.name) == {small.id}
    assert ids(name_regex=f"{large.name}$") == {large.id}
    assert ids(pool=second.name) == {large.id}
    assert ids(min_size_bytes=90 * GIB) == {large.id}
    assert ids(max_size_bytes=90 * GIB) == {small.id}
    assert ids(mapped=True) == set()
    assert ids(replicated=False) == {small.id, large.id}
    assert ids(storage_type="ckd") == set()


def test_another_array_s_object_is_not_touched(array: World) -> None:
    with pytest.raises(WrongSystem) as caught:
        array.driver.check_system("2107-75OTHER")
    assert "2107-75OTHER" in caught.value.summary


@pytest.mark.parametrize("mode", ["read_only", "no_destroy"])
def test_a_mode_refuses_at_one_choke_point_before_the_wire(
    array: World, mode: str, delete_command: str, create_command: str
) -> None:
    pool, _ = array.pools()
    made = array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    before = array.calls()
    careful = array.another_driver(mode=mode)
    try:
        with pytest.raises(Refused, match="mode"):
            careful.delete_volume(volume_id=made.id)
        if mode == "read_only":
            with pytest.raises(Refused, match="mode"):
                careful.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
            with pytest.raises(Refused, match="mode"):
                careful.rename_volume(volume_id=made.id, new_name=array.new_name())
            assert array.calls() == before
        else:
            assert careful.rename_volume(volume_id=made.id, new_name=array.new_name()).id == made.id
        assert array.calls().get(delete_command, 0) == before.get(delete_command, 0)
        assert array.calls()[create_command] == before[create_command]
    finally:
        careful.close()


def test_a_frozen_backend_refuses_until_it_is_thawed(array: World) -> None:
    pool, _ = array.pools()
    array.driver.freeze_backend()
    with pytest.raises(Refused, match="frozen"):
        array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    array.driver.thaw_backend()
    assert array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)


def test_many_volumes_at_once_get_ids_of_their_own(array: World) -> None:
    pool, _ = array.pools()
    names = [array.new_name() for _ in range(12)]
    with ThreadPoolExecutor(12) as threads:
        made = list(
            threads.map(lambda name: array.driver.create_volume(name=name, pool=pool.id, size_bytes=GIB), names)
        )
    assert [volume.name for volume in made] == names
    assert len({volume.id for volume in made}) == 12
    assert {volume.name for volume in array.driver.list_volumes()} >= set(names)


def test_the_same_name_twice_at_once_makes_one_volume(array: World) -> None:
    pool, _ = array.pools()
    name = array.new_name()

    def create(_: int) -> str:
        try:
            return array.driver.create_volume(name=name, pool=pool.id, size_bytes=GIB).id
        except AlreadyExists:
            return "taken"

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(create, range(4)))
    assert results.count("taken") == 3
    assert len(array.driver.find_volumes_by_name(name)) == 1


@pytest.mark.parametrize("family", ["ds8k"])
def test_many_creations_share_the_listings_of_pools_names_and_lsss(array: World) -> None:
    """What is in an LSS is listed before each creation; the rest may be some seconds old."""
    pool, _ = array.pools()
    array.driver.find_volumes_by_name("nobody")
    array.ask("DELETE", "/journal")
    names = [array.new_name() for _ in range(24)]
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(lambda one: array.driver.create_volume(name=one, pool=pool.id, size_bytes=GIB), names))
    assert len({volume.id for volume in made}) == 24
    calls = array.calls()
    assert {calls[one] for one in ("GET /lss/{id}/volumes", "POST /volumes", "GET /volumes/{id}")} == {24}
    assert calls["GET /lss"] == 1
    assert calls["GET /pools/{id}/volumes"] <= 3 * 8  # one that runs alone lists for itself


@pytest.mark.parametrize("family", ["ds8k"])
def test_an_lss_that_somebody_else_filled_is_found_out_once(array: World) -> None:
    """What the driver knows of it is up to a minute old."""
    first = array.driver.create_volume(name=array.new_name(), pool="P0", size_bytes=GIB)
    console = Console(array.description, array.control)
    console.sign_in()
    while room := 256 - len(console.ask("GET", f"/lss/{first.lss}/volumes").records):
        order = {"cap": str(GIB), "captype": "bytes", "stgtype": "fb", "pool": "P0", "lss": first.lss, "tp": "ese"}
        assert not console.ask("POST", "/volumes", {**order, "name": "full", "quantity": str(min(room, 100))}).refused
    console.close()
    array.ask("DELETE", "/journal")
    made = [array.driver.create_volume(name=array.new_name(), pool="P0", size_bytes=GIB) for _ in range(3)]
    assert {volume.lss for volume in made}.isdisjoint({first.lss})
    assert (array.calls()["GET /lss"], array.calls()["GET /lss/{id}/volumes"]) == (1, 4)

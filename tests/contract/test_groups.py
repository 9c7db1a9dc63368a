"""Consistency groups through the driver: what each family does, refuses, and answers when an answer is lost."""

from __future__ import annotations

import pytest

from support.simulated import World
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    ConsistencyGroup,
    InDoubt,
    InUse,
    NotFound,
    Refused,
    Unsupported,
    Volume,
)

GIB = 2**30
LOST = ["drop_before", "drop_after", "garbage", "half", "wrong_id"]
XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)


def new_group(array: World, pool: int = 0) -> ConsistencyGroup:
    """Make a group as the family needs it."""
    pool_name = array.pools()[pool].name if array.family == "xiv" else None
    return array.driver.create_consistencygroup(name=array.new_name(), pool=pool_name, deadline=20)


def new_volume(array: World, pool: int = 0) -> Volume:
    """Make a volume."""
    return array.driver.create_volume(name=array.new_name(), pool=array.pools()[pool].id, size_bytes=GIB, deadline=20)


def put(array: World, group: ConsistencyGroup, *volumes: Volume) -> tuple[Volume, ...]:
    """Put volumes into a group."""
    return array.driver.update_consistencygroup(group_id=group.id, add=tuple(one.id for one in volumes), deadline=20)


def take(array: World, group: ConsistencyGroup, *volumes: Volume) -> None:
    """Take volumes out of a group."""
    array.driver.update_consistencygroup(group_id=group.id, remove=tuple(one.id for one in volumes), deadline=20)


def group_of(array: World, volume: Volume) -> str | None:
    """Return the group a volume is in now."""
    return array.driver.get_volume(volume.id).group


def test_a_volume_that_joins_and_leaves_a_group_keeps_id_and_wwn(array: World) -> None:
    group, volume = new_group(array), new_volume(array)
    (joined,) = put(array, group, volume)
    assert (joined.id, joined.wwn) == (volume.id, volume.wwn)
    assert group_of(array, volume) == (group.name if array.family == "xiv" else None)
    take(array, group, volume)
    assert group_of(array, volume) is None
    take(array, group, volume)  # it is out already
    array.driver.delete_consistencygroup(group_id=group.id)
    array.driver.delete_consistencygroup(group_id=group.id)  # it is gone already


@DS8K
def test_a_group_of_a_ds8000_is_an_id_and_sends_nothing(array: World) -> None:
    array.driver.system_id()
    array.ask("DELETE", "/journal")
    group = new_group(array)
    array.driver.delete_consistencygroup(group_id=group.id)
    take(array, group)
    assert array.ask("GET", "/journal")[array.name]["total"] == 0
    assert len(group.id) == 36
    assert group.id != new_group(array).id


@DS8K
def test_a_ds8000_says_that_it_has_no_groups(array: World) -> None:
    with pytest.raises(Unsupported, match="keeps no consistency groups"):
        array.driver.list_consistencygroups()
    with pytest.raises(Unsupported) as caught:
        array.driver.create_consistencygroup(name="g", pool="P0")
    assert caught.value.attribute == "pool"


def test_a_volume_that_is_not_there_is_not_put_in(array: World) -> None:
    group, volume = new_group(array), new_volume(array)
    array.driver.delete_volume(volume_id=volume.id)
    with pytest.raises(NotFound) as caught:
        put(array, group, volume)
    assert caught.value.attribute == "volume_id"


@XIV
def test_a_group_is_found_listed_and_read_with_its_members(array: World) -> None:
    group, volumes = new_group(array), [new_volume(array) for _ in range(2)]
    put(array, group, *volumes)
    assert array.driver.find_consistencygroup(group.id) == group
    assert group in array.driver.list_consistencygroups(pool=group.pool_name)
    assert array.driver.list_consistencygroups(name_regex=f"^{group.name}$") == (group,)
    assert group not in array.driver.list_consistencygroups(pool=array.pools()[1].id)
    members = array.driver.consistencygroup_members(group.id)
    assert [one.id for one in members] == sorted(one.id for one in volumes)
    with pytest.raises(NotFound) as caught:
        array.driver.get_consistencygroup(group.name + "x")
    assert group.name in caught.value.next_step


@XIV
def test_a_name_that_is_taken_is_refused(array: World) -> None:
    group = new_group(array)
    with pytest.raises(AlreadyExists) as caught:
        array.driver.create_consistencygroup(name=group.name, pool=group.pool_name)
    assert caught.value.attribute == "name"
    assert f"pool {group.pool_name}" in str(caught.value)


@XIV
@pytest.mark.parametrize(("name", "pool", "attribute"), [("a/b", "pool1", "name"), ("fine", None, "pool")])
def test_a_group_the_array_would_not_take_is_refused(array: World, name: str, pool: str | None, attribute: str) -> None:
    array.ask("DELETE", "/journal")
    with pytest.raises(Refused) as caught:
        array.driver.create_consistencygroup(name=name, pool=pool)
    assert caught.value.attribute == attribute
    assert "cg_create" not in array.calls()


@XIV
def test_refusals_name_group_pool_and_volume(array: World) -> None:
    group, other, volume, elsewhere = new_group(array), new_group(array), new_volume(array), new_volume(array, 1)
    put(array, other, volume)
    with pytest.raises(InUse, match=other.name):
        put(array, group, volume)
    with pytest.raises(AlreadyExists, match=volume.name):
        put(array, other, volume)
    with pytest.raises(Refused) as caught:
        put(array, group, elsewhere)
    assert {array.pools()[0].name, array.pools()[1].name} <= set(str(caught.value).replace(",", " ").split())
    with pytest.raises(NotFound, match="nowhere"):
        array.driver.update_consistencygroup(group_id="nowhere", add=(volume.id,))
    assert array.driver.consistencygroup_members(group.id) == ()


@XIV
def test_a_group_in_use_is_not_deleted_and_its_users_are_named(array: World) -> None:
    group, volume = new_group(array), new_volume(array)
    put(array, group, volume)
    groups = array.driver._core.array.groups
    assert groups is not None
    groups.take(group.id, f"{group.name}s", array.driver._core.budget())
    with pytest.raises(InUse) as caught:
        array.driver.delete_consistencygroup(group_id=group.id)
    assert f"volume {volume.name}" in str(caught.value)
    assert f"snapshot group {group.name}s" in str(caught.value)
    take(array, group, volume)
    with pytest.raises(InUse, match=f"snapshot group {group.name}s"):
        array.driver.delete_consistencygroup(group_id=group.id)
    assert "cg_delete" not in array.calls()


@XIV
def test_defect_22_a_deletion_of_a_group_that_the_array_refuses_is_not_deleted(array: World) -> None:
    group = new_group(array)
    array.fail("cg_delete", "error", code="CONS_GROUP_NOT_EMPTY")
    with pytest.raises(InUse) as caught:
        array.driver.delete_consistencygroup(group_id=group.id)
    assert caught.value.code == "CONS_GROUP_NOT_EMPTY"
    assert array.driver.find_consistencygroup(group.id) == group


@XIV
def test_what_the_array_says_of_a_mirrored_group_stays_readable(array: World) -> None:
    group, volume = new_group(array), new_volume(array)
    array.fail("cg_add_vol", "error", code="CONS_GROUP_MIRROR_PARAMS_MISMATCH")
    with pytest.raises(Refused) as caught:
        put(array, group, volume)
    assert caught.value.code == "CONS_GROUP_MIRROR_PARAMS_MISMATCH"
    assert "put the volume into the consistency group" in caught.value.summary


@XIV
def test_volumes_are_put_in_together_or_not_at_all(array: World) -> None:
    """What this call put in is taken out again; what was in before stays."""
    group, before, *volumes = new_group(array), *(new_volume(array) for _ in range(4))
    put(array, group, before)
    array.fail("cg_add_vol", "error", nth=3, code="MAX_VOLUMES_IN_CONS_GROUP_REACHED")
    told: list[str] = []
    with pytest.raises(Exception, match="MAX_VOLUMES_IN_CONS_GROUP_REACHED"):
        array.driver.update_consistencygroup(
            group_id=group.id, add=tuple(one.id for one in volumes), deadline=20, progress=told.append
        )
    assert len(told) == 2
    assert [one.id for one in array.driver.consistencygroup_members(group.id)] == [before.id]


@XIV
def test_members_are_looked_at_before_any_is_changed(array: World) -> None:
    group, other, inside, taken = new_group(array), new_group(array), new_volume(array), new_volume(array)
    put(array, group, inside)
    put(array, other, taken)
    with pytest.raises(InUse):
        array.driver.update_consistencygroup(group_id=group.id, add=(taken.id,), remove=(inside.id,))
    assert group_of(array, inside) == group.name


@XIV
def test_a_volume_of_another_group_is_never_taken_out(array: World) -> None:
    """The command names no group: the array would take it out of any."""
    group, other, volume = new_group(array), new_group(array), new_volume(array)
    put(array, other, volume)
    take(array, group, volume)
    assert group_of(array, volume) == other.name
    assert "cg_remove_vol" not in array.calls()


@XIV
def test_a_group_whose_creation_is_lost_is_found_or_in_doubt_and_never_made_twice(array: World) -> None:
    pool = array.pools()[0].name
    for number, action in enumerate(LOST, start=1):
        name = array.new_name()
        array.fail("cg_create", action)
        if action == "drop_before":
            with pytest.raises(InDoubt) as caught:
                array.driver.create_consistencygroup(name=name, pool=pool, deadline=20)
            assert name in caught.value.left_behind
            assert array.driver.find_consistencygroup(name) is None
        else:
            assert array.driver.create_consistencygroup(name=name, pool=pool, deadline=20).name == name
        assert array.calls()["cg_create"] == number


@XIV
def test_a_lost_answer_to_a_change_of_members_or_a_deletion_ends_as_wanted(array: World) -> None:
    volume = new_volume(array)
    for action in LOST:
        group = new_group(array)
        array.fail("cg_add_vol", action)
        put(array, group, volume)
        assert group_of(array, volume) == group.name
        array.fail("cg_remove_vol", action)
        take(array, group, volume)
        assert group_of(array, volume) is None
        array.fail("cg_delete", action)
        array.driver.delete_consistencygroup(group_id=group.id, deadline=20)
        assert array.driver.find_consistencygroup(group.id) is None


def turn(array: World, switch: str, *, on: bool) -> None:
    """Put a switch of the array into a position."""
    array.ask("POST", "/switches", {"array": array.name, "name": switch, "on": on})


@XIV
def test_a_missing_group_is_missing_by_either_code(array: World) -> None:
    for bad_name in (True, False):
        turn(array, "xiv_group_missing_is_bad_name", on=bad_name)
        group = new_group(array)
        array.driver.delete_consistencygroup(group_id=group.id)
        assert array.driver.find_consistencygroup(group.id) is None
        array.driver.delete_consistencygroup(group_id=group.id)


@XIV
def test_a_group_is_the_one_of_exactly_that_name(array: World) -> None:
    for sensitive in (True, False):
        turn(array, "xiv_names_case_sensitive", on=sensitive)
        group = new_group(array)
        assert array.driver.find_consistencygroup(group.id.upper()) is None
        with pytest.raises(NotFound):
            array.driver.update_consistencygroup(group_id=group.id.upper(), add=(new_volume(array).id,))
        array.driver.delete_consistencygroup(group_id=group.id.upper())
        assert array.driver.find_consistencygroup(group.id) == group


@pytest.mark.parametrize("mode", ["no_destroy", "read_only"])
def test_a_mode_refuses_before_the_wire(array: World, mode: str) -> None:
    driver = array.another_driver(mode=mode)
    try:
        if mode == "read_only":
            with pytest.raises(Refused, match="read_only"):
                driver.create_consistencygroup(name="g")
        with pytest.raises(Refused, match=mode):
            driver.delete_consistencygroup(group_id="g")
        with pytest.raises(Refused, match=mode):
            driver.update_consistencygroup(group_id="g", remove=("0001",))
    finally:
        driver.close()
    assert array.ask("GET", "/journal")[array.name]["total"] == 0


@XIV
def test_a_refresh_of_groups_and_members_asks_no_more_for_twice_as_many(array: World) -> None:
    """Groups come from one listing, members from the volumes', however many there are."""
    asked: list[int] = []
    groups: list[ConsistencyGroup] = []
    volumes: list[Volume] = []
    for _ in range(2):
        groups += [new_group(array) for _ in range(5)]
        volumes += [new_volume(array) for _ in range(5)]
        for group, volume in zip(groups[-5:], volumes[-5:], strict=True):
            put(array, group, volume)
        driver = array.another_driver()
        try:
            driver.system_id()
            array.ask("DELETE", "/journal")
            for group, volume in zip(groups, volumes, strict=True):
                assert driver.find_recent_consistencygroup(group.id, system_id=group.system_id) == group
                found = driver.find_recent_volume(volume.id, system_id=group.system_id)
                assert found is not None
                assert found.group == group.name
        finally:
            driver.close()
        asked.append(array.ask("GET", "/journal")[array.name]["total"])
    assert asked[0] == asked[1] <= 8

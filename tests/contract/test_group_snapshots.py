"""Group snapshots: the same behaviour on both families, through the driver, over the real wire."""

from __future__ import annotations

import pytest

from support.group_stage import Writer, check_one_moment, held, members
from support.simulated import World
from terraform_provider_xivds8k.driver import AlreadyExists, NotFound, Refused


def test_a_group_snapshot_holds_what_every_member_held(array: World) -> None:
    group = members(array, 3)
    for index in range(3):
        group.write(index, f"before-{index}")
    taken = group.take("monday")
    for index in range(3):
        assert group.write(index, "after")
    assert group.labels(taken) == [["before-0"], ["before-1"], ["before-2"]]
    assert sorted(one.volume_id for one in taken.snapshots) == sorted(group.ids)
    assert (taken.name, taken.group_id) == ("monday", group.group_id)
    assert taken.created_at


def test_a_group_snapshot_is_found_by_its_id_and_gone_when_deleted(array: World) -> None:
    group = members(array)
    taken = group.take("monday")
    found = array.driver.find_cgsnapshot(taken.id)
    assert found is not None
    assert (found.id, found.name, {one.id for one in found.snapshots}) == (
        taken.id,
        "monday",
        {one.id for one in taken.snapshots},
    )
    assert array.driver.delete_cgsnapshot(held(taken)) == ()
    assert array.driver.find_cgsnapshot(taken.id) is None
    assert all(array.driver.find_volume(one.id) is None for one in taken.snapshots)
    assert array.driver.delete_cgsnapshot(held(taken)) == ()
    assert all(array.driver.find_volume(volume_id) is not None for volume_id in group.ids)


FREEZING = [{}, {"freeze_ends_by_timer": False}, {"thaw_of_unfrozen_refused": True}]
ON_EACH = [("xiv", {}), *(("ds8k", one) for one in FREEZING)]


@pytest.mark.parametrize(("family", "switches"), ON_EACH, ids=[f"{one}-{two}" for one, two in ON_EACH])
def test_a_group_snapshot_is_one_point_in_time_under_concurrent_writes(array: World, switches: dict[str, bool]) -> None:
    """Whatever was written before the last number in it is in it, too, whichever member it went to."""
    for name, on in switches.items():
        array.ask("POST", "/switches", {"array": array.name, "name": name, "on": on})
    group = members(array, 3)
    with Writer(group) as writer:
        writer.wait_for(3)
        taken = [group.take(name) for name in ("monday", "tuesday", "wednesday")]
        writer.wait_for(writer.written + 1)
    counts = []
    for one in taken:
        check_one_moment(group.labels(one))
        counts.append(sum(map(len, group.labels(one))))
    assert 3 <= counts[0] <= counts[1] <= counts[2] <= writer.written


def test_a_taken_name_is_refused_and_what_has_it_is_as_it_was(array: World) -> None:
    group = members(array)
    group.write(0, "one")
    first = group.take("monday")
    group.write(0, "two")
    with pytest.raises(AlreadyExists) as refused:
        group.take("monday")
    assert refused.value.attribute == "name"
    assert group.labels(first) == [["one"], []]


def test_volumes_that_are_not_there_are_refused_by_name_and_nothing_is_taken(array: World) -> None:
    group = members(array)
    missing = "ffffffffffffffff" if array.family == "xiv" else "10FE"
    with pytest.raises((NotFound, Refused)) as refused:
        array.driver.create_cgsnapshot(group_id=group.group_id, name="monday", volume_ids=[*group.ids, missing])
    assert refused.value.attribute == "volume_ids"
    assert missing in str(refused.value)
    assert not [one for one in array.calls() if one in {"cg_snapshots_create", "POST /cs/flashcopies"}]


def test_a_mode_refuses_before_the_wire(array: World) -> None:
    group = members(array)
    taken = group.take("monday")
    array.ask("DELETE", "/journal")
    careful = array.another_driver(mode="no_destroy")
    with pytest.raises(Refused, match="mode"):
        careful.delete_cgsnapshot(held(taken))
    careful.freeze_backend()
    with pytest.raises(Refused, match="frozen"):
        careful.create_cgsnapshot(group_id=group.group_id, name="tuesday", volume_ids=group.ids)
    careful.close()
    assert array.calls() == {}


def test_reading_many_asks_no_more_than_reading_few(array: World) -> None:
    """Two listings serve all of them, beside the first single reads."""
    group = members(array)
    taken = [held(group.take(f"s{number}")) for number in range(8)]
    system_id = array.driver.system_id()

    def asked(count: int) -> int:
        reader = array.another_driver()
        reader.system_id()
        array.ask("DELETE", "/journal")
        assert not any(reader.recent_cgsnapshot_losses(one, system_id=system_id) for one in taken[:count])
        reader.close()
        return sum(array.calls().values())

    assert asked(8) == asked(4) <= 8

"""Existing volumes taken and given up by the driver: at most a name is changed, never the data, and nothing twice."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from support.copying import Bystander, DS8KBystander
from support.simulated import World
from terraform_provider_xivds8k.driver import (
    AlreadyExists,
    Ambiguous,
    ExpectedVolume,
    NotFound,
    Refused,
    Unsupported,
    Volume,
)

GIB = 2**30
LOST = ["drop_after", "garbage", "half", "wrong_id", "drop_before"]
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])


@pytest.fixture
def legacy(bystander: Bystander) -> Volume:
    """Return a volume somebody else made, mapped and wrote to."""
    made = bystander.make()
    bystander.map(made.id)
    bystander.write(made.id, "theirs")
    return made


def _now(array: World, bystander: Bystander, volume: Volume) -> Volume:
    """Return a volume that must still be there with what was written, and mapped."""
    assert bystander.labels(volume.id) == ["theirs"]
    found = array.driver.get_volume(volume.id)
    assert found.mapped
    return found


@pytest.mark.parametrize("by", ["name", "id", "wwn", "all"])
def test_defect_11_a_volume_is_taken_by_whatever_names_it(
    array: World, bystander: Bystander, legacy: Volume, by: str, rename_command: str
) -> None:
    """Under its own name nothing is sent; its size is told in bytes."""
    wwn = ":".join(legacy.wwn[at : at + 2] for at in range(0, len(legacy.wwn), 2)).upper()
    named: dict[str, Any] = {
        "existing_name": legacy.name,
        "existing_id": legacy.id.upper(),
        "existing_wwn": f"naa.{wwn}",
    }
    named = named if by == "all" else {f"existing_{by}": named[f"existing_{by}"]}
    assert array.driver.manage_existing_get_size(**named) == legacy.size_bytes
    assert array.driver.manage_existing(**named).id == legacy.id
    assert array.driver.manage_existing(**named, new_name=legacy.name).name == legacy.name
    assert rename_command not in array.calls()
    assert _now(array, bystander, legacy).name == legacy.name


def test_defect_11_it_is_renamed_and_given_up_with_its_old_name(
    array: World, bystander: Bystander, legacy: Volume, rename_command: str
) -> None:
    name = array.new_name()
    expected = ExpectedVolume(pool=legacy.pool_name, size_bytes=legacy.size_bytes, provisioning=legacy.provisioning)
    taken = array.driver.manage_existing(existing_id=legacy.id, new_name=name, expected=[expected])
    assert (taken.id, taken.name) == (legacy.id, name)
    assert array.driver.unmanage(volume_id=legacy.id) is not None
    assert _now(array, bystander, legacy).name == name
    given_up = array.driver.unmanage(volume_id=legacy.id, restore_name=legacy.name, expected_name=name)
    assert given_up is not None
    assert given_up.name == legacy.name
    array.driver.unmanage(volume_id=legacy.id, restore_name=legacy.name, expected_name=name)
    assert array.calls()[rename_command] == 2
    assert _now(array, bystander, legacy).name == legacy.name


@pytest.mark.parametrize("wrong", ["pool", "size_bytes", "qos_class", "provisioning"])
def test_what_is_not_as_expected_is_refused_before_anything_is_renamed(
    array: World, bystander: Bystander, legacy: Volume, wrong: str, rename_command: str
) -> None:
    values: dict[str, Any] = {
        "pool": array.pools()[1].id,
        "size_bytes": 512,
        "qos_class": "gold",
        "provisioning": "thin",
    }
    expected = ExpectedVolume(**{wrong: values[wrong]})
    with pytest.raises(Refused) as caught:
        array.driver.manage_existing(existing_id=legacy.id, new_name=array.new_name(), expected=[expected])
    assert caught.value.attribute == wrong
    assert str(values[wrong]) in caught.value.happened
    assert caught.value.left is None
    assert rename_command not in array.calls()
    assert _now(array, bystander, legacy).name == legacy.name


def test_several_settings_that_name_two_volumes_are_refused(array: World, bystander: Bystander, legacy: Volume) -> None:
    other = bystander.make()
    wrongs: list[dict[str, Any]]
    wrongs = [{"existing_name": other.name}, {"existing_wwn": other.wwn}, {"existing_name": "nobody"}]
    for wrong in wrongs:
        with pytest.raises(Refused) as caught:
            array.driver.manage_existing(existing_id=legacy.id, new_name=array.new_name(), **wrong)
        assert caught.value.attribute in wrong
    assert _now(array, bystander, legacy).name == legacy.name


@pytest.mark.parametrize("named", [{"existing_name": "nobody"}, {"existing_id": "FE01"}, {"existing_wwn": "00" * 8}])
def test_what_is_not_there_is_said_with_the_setting(array: World, named: dict[str, Any]) -> None:
    with pytest.raises((NotFound, Refused)) as caught:
        array.driver.manage_existing(**named)
    assert [caught.value.attribute] == list(named)


def test_nothing_named_is_refused(array: World) -> None:
    with pytest.raises(Refused, match="No volume is named"):
        array.driver.manage_existing(new_name="x")


@ds8k_only
def test_a_name_several_volumes_have_lists_them_and_an_id_decides(array: World, bystander: DS8KBystander) -> None:
    name = array.new_name()
    twins = [bystander.console.make(name) for _ in range(2)]
    with pytest.raises(Ambiguous) as caught:
        array.driver.manage_existing(existing_name=name, new_name=array.new_name())
    assert sorted(one.id for one in caught.value.candidates) == twins
    assert all(one.mapped is False and one.id in caught.value.happened for one in caught.value.candidates)
    assert array.driver.manage_existing(existing_name=name, existing_id=twins[1]).id == twins[1]


def test_a_snapshot_is_refused_saying_what_it_is(
    array: World, bystander: Bystander, written: tuple[Volume, str], rename_command: str
) -> None:
    volume, snapshot_id = written
    named = array.driver.get_volume(snapshot_id).name
    forms: list[dict[str, Any]] = [{"existing_id": snapshot_id}, {"existing_name": named}]
    for how in forms:
        for recent in (False, True):
            with pytest.raises(Unsupported, match=f"snapshot of volume|target of FlashCopy {volume.id}"):
                array.driver.find_existing_volume(**how, recent=recent)
        with pytest.raises(Unsupported):
            array.driver.manage_existing(**how, new_name=array.new_name())
    assert rename_command not in array.calls()


@ds8k_only
def test_a_ckd_volume_and_an_unfinished_copy_are_refused_saying_what_they_are(
    array: World, bystander: DS8KBystander
) -> None:
    assert not bystander.console.ask(
        "POST", "/lss", {"id": "FD", "type": "ckd", "sub_system_identifier": "FD00"}
    ).refused
    order = {"name": "mvs001", "pool": "P3", "cap": "1113", "captype": "cyl", "stgtype": "ckd", "lss": "FD"}
    made = bystander.console.ask("POST", "/volumes", order)
    assert not made.refused, made.body
    forms: list[dict[str, Any]] = [{"existing_id": made.id}, {"existing_name": "mvs001"}]
    for named in forms:
        with pytest.raises(Unsupported, match="is a ckd volume"):
            array.driver.manage_existing(**named, new_name=array.new_name())
    source = bystander.make()
    target = bystander.snapshot(source, "no_background_copy")
    with pytest.raises(Unsupported, match=f"FlashCopy {source.id}:{target}"):
        array.driver.manage_existing(existing_id=target)


def test_a_name_that_is_taken_is_refused_both_ways_and_nothing_else_is_done(
    array: World, bystander: Bystander, legacy: Volume, rename_command: str
) -> None:
    other = bystander.make()
    with pytest.raises(AlreadyExists) as caught:
        array.driver.manage_existing(existing_id=legacy.id, new_name=other.name)
    assert (caught.value.attribute, caught.value.left) == ("name", None)
    with pytest.raises(AlreadyExists) as caught:
        array.driver.unmanage(volume_id=legacy.id, restore_name=other.name, expected_name=legacy.name)
    assert caught.value.attribute == "restore_name"
    assert [one.id for one in caught.value.candidates] == [other.id]
    assert rename_command not in array.calls()
    assert _now(array, bystander, legacy).name == legacy.name


def test_a_volume_that_no_longer_bears_the_name_written_last_is_not_renamed_on_a_ds8000(
    array: World, bystander: Bystander, legacy: Volume
) -> None:
    """Its id may be another volume's by now; an XIV's WWN never is."""
    theirs, old = array.new_name(), array.new_name()
    array.driver.rename_volume(volume_id=legacy.id, new_name=theirs)
    if array.family == "ds8k":
        with pytest.raises(Refused) as caught:
            array.driver.unmanage(volume_id=legacy.id, restore_name=old, expected_name=legacy.name)
        assert caught.value.attribute == "written_name"
    else:
        array.driver.unmanage(volume_id=legacy.id, restore_name=old, expected_name=legacy.name)
    assert _now(array, bystander, legacy).name == (theirs if array.family == "ds8k" else old)


def test_a_volume_that_is_gone_is_given_up_already(array: World, legacy: Volume, bystander: Bystander) -> None:
    made = bystander.make()
    array.driver.delete_volume(volume_id=made.id)
    assert array.driver.unmanage(volume_id=made.id, restore_name="x", expected_name=made.name) is None


@pytest.mark.parametrize("action", LOST)
def test_a_name_whose_answer_is_lost_is_looked_up(
    array: World, bystander: Bystander, legacy: Volume, action: str, rename_command: str
) -> None:
    """It ends with the new name; an answer lost after the array did it is not sent again."""
    name, most = array.new_name(), 2 if action == "drop_before" else 1
    array.fail(rename_command, action)
    assert array.driver.manage_existing(existing_id=legacy.id, new_name=name, deadline=20).name == name
    assert array.calls()[rename_command] <= most
    array.fail(rename_command, action)
    array.driver.unmanage(volume_id=legacy.id, restore_name=legacy.name, expected_name=name, deadline=20)
    assert array.calls()[rename_command] <= 2 * most
    assert _now(array, bystander, legacy).name == legacy.name


def test_a_volume_that_may_bear_the_new_name_is_named_by_the_error(
    array: World, legacy: Volume, rename_command: str
) -> None:
    name = array.new_name()
    array.fail(rename_command, "down")
    with pytest.raises(Exception, match=name) as caught:
        array.driver.manage_existing(existing_id=legacy.id, new_name=name, deadline=3)
    left: Volume | None = getattr(caught.value, "left", None)
    assert left is not None
    assert (left.id, left.name) == (legacy.id, legacy.name)


def test_each_mode_refuses_what_it_does_not_allow(array: World, legacy: Volume, rename_command: str) -> None:
    with closing(array.another_driver(mode="read_only")) as frozen, pytest.raises(Refused, match="read_only"):
        frozen.manage_existing(existing_id=legacy.id)
    with closing(array.another_driver(mode="no_destroy")) as driver:
        driver.manage_existing(existing_id=legacy.id)
        with pytest.raises(Refused, match="no_destroy"):
            driver.unmanage(volume_id=legacy.id)
    assert rename_command not in array.calls()

"""A consistency group made from another or from a group snapshot: one point in time, or nothing left behind."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from support.group_stage import Writer, check_one_moment, labels, members, turn
from support.simulated import World
from terraform_provider_xivds8k.driver import AlreadyExists, CopiedGroup, DriverError, Refused, Unsupported, Volume

GIB = 2**30
XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)
COPY = {"xiv": "vol_copy", "ds8k": "POST /cs/flashcopies"}


@dataclass
class Source:
    """Hold a group of two volumes with something written to them, and the names of their copies."""

    array: World
    group_id: str
    volumes: tuple[Volume, Volume]

    @property
    def names(self) -> dict[str, str]:
        """Return the name of each volume's copy."""
        return {volume.id: f"{volume.name}c" for volume in self.volumes}

    def write(self, label: str) -> None:
        """Write to both, as hosts do."""
        for volume in self.volumes:
            self.array.ask("POST", "/io", {"array": self.array.name, "volume": self.address(volume), "write": label})

    def labels(self, volume: Volume) -> list[str]:
        """Return what a volume holds."""
        path = f"/io?array={self.array.name}&volume={self.address(volume)}"
        return list(self.array.ask("GET", path))

    def address(self, volume: Volume) -> str:
        """Return how the control address names a volume."""
        return volume.name if self.array.family == "xiv" else volume.id

    def everything(self) -> set[str]:
        """Return the ids of all volumes and snapshots on the array."""
        return {volume.id for volume in self.array.driver.list_volumes()}

    def groups(self) -> set[str]:
        """Return the names of all groups on the array."""
        if self.array.family == "ds8k":
            return set()
        return {group.name for group in self.array.driver.list_consistencygroups()}

    def check(self, copied: CopiedGroup, name: str, label: str) -> None:
        """Make sure that the copies hold what was written first and are in the group of the name asked for."""
        assert copied.group.name == name
        assert copied.left == ()
        assert [volume.name for volume in copied.volumes] == list(self.names.values())
        for volume in copied.volumes:
            assert self.labels(volume) == [label]
            if self.array.family == "xiv":
                assert self.array.driver.get_volume(volume.id).group == name


@pytest.fixture
def source(array: World) -> Source:
    """Make the group, on an array that copies from a FlashCopy target; whether a DS8000 does is not confirmed."""
    if array.family == "ds8k":
        turn(array, "flashcopy_from_target_refused", on=False)
    driver, pool = array.driver, array.pools()[0]
    group = driver.create_consistencygroup(name="source", pool=pool.name if array.family == "xiv" else None)
    lss = "20" if array.family == "ds8k" else None  # of its own: the whole LSS is frozen for a moment
    first, second = (
        driver.create_volume(name=name, pool=pool.id, size_bytes=GIB, lss=lss, deadline=20) for name in ("a", "b")
    )
    driver.update_consistencygroup(group_id=group.id, add=(first.id, second.id), deadline=20)
    made = Source(array, group.id, (first, second))
    made.write("monday")
    return made


def test_defect_23_a_group_from_a_group_has_the_name_asked_for_and_its_members(source: Source) -> None:
    before = source.everything()
    copied = source.array.driver.create_consistencygroup_from_src(
        name="copy", source_group_id=source.group_id, volumes=source.names, deadline=60
    )
    source.check(copied, "copy", "monday")
    assert source.everything() == before | {volume.id for volume in copied.volumes}, "the temporary snapshot is left"
    source.write("tuesday")
    source.check(copied, "copy", "monday")


def test_a_group_from_a_group_snapshot_holds_its_point_in_time(source: Source) -> None:
    driver = source.array.driver
    taken = driver.create_cgsnapshot(group_id=source.group_id, name="snap", volume_ids=[*source.names], deadline=60)
    source.write("tuesday")
    before = source.everything()
    copied = driver.create_consistencygroup_from_src(
        name="copy", group_snapshot=taken, volumes=source.names, deadline=60
    )
    source.check(copied, "copy", "monday")
    assert source.everything() == before | {volume.id for volume in copied.volumes}
    assert driver.find_cgsnapshot(taken.id) is not None


@pytest.mark.parametrize("nth", [1, 2])
def test_a_refused_copy_undoes_exactly_what_was_made(source: Source, nth: int) -> None:
    driver, family = source.array.driver, source.array.family
    taken = driver.create_cgsnapshot(group_id=source.group_id, name="snap", volume_ids=[*source.names], deadline=60)
    before, groups = source.everything(), source.groups()
    code = {"xiv": "VOLUME_LOCKED", "ds8k": "BE7A0000"}[family]
    source.array.fail(COPY[family], "error", nth=nth, code=code)
    with pytest.raises(DriverError) as caught:
        driver.create_consistencygroup_from_src(name="copy", group_snapshot=taken, volumes=source.names, deadline=60)
    assert caught.value.code == code
    assert (source.everything(), source.groups()) == (before, groups)
    copied = driver.create_consistencygroup_from_src(
        name="copy", group_snapshot=taken, volumes=source.names, deadline=60
    )
    source.check(copied, "copy", "monday")


def test_a_copy_that_no_answer_of_the_array_named_is_not_deleted_but_named(source: Source, create_command: str) -> None:
    """Found under the name asked for after its answer was lost: what undoing deletes, the array has to have named."""
    driver, (first, second) = source.array.driver, source.volumes
    taken = driver.create_cgsnapshot(group_id=source.group_id, name="snap", volume_ids=[*source.names], deadline=60)
    before, groups = source.everything(), source.groups()
    source.array.fail(create_command, "drop_after")
    with pytest.raises(AlreadyExists) as caught:
        driver.create_consistencygroup_from_src(
            name="copy", group_snapshot=taken, volumes={first.id: "c1", second.id: first.name}, deadline=60
        )
    ((volume_id, left),) = caught.value.left_copies
    assert (volume_id, left.name) == (first.id, "c1")
    assert f"c1 (id {left.id}" in caught.value.left_behind
    assert (source.everything(), source.groups()) == (before | {left.id}, groups)
    assert source.labels(left) == ["monday"]


@XIV
def test_a_group_that_no_answer_of_the_array_told_of_is_not_deleted_but_named(source: Source) -> None:
    driver, (first, second) = source.array.driver, source.volumes
    taken = driver.create_cgsnapshot(group_id=source.group_id, name="snap", volume_ids=[*source.names], deadline=60)
    before = source.everything()
    source.array.fail("cg_create", "drop_after")
    with pytest.raises(AlreadyExists) as caught:
        driver.create_consistencygroup_from_src(
            name="copy", group_snapshot=taken, volumes={first.id: "c1", second.id: first.name}, deadline=60
        )
    assert "consistency group copy" in caught.value.left_behind
    assert "copy" in source.groups()
    assert source.everything() == before


@XIV
def test_a_member_that_is_refused_undoes_exactly_what_was_made(source: Source) -> None:
    before, groups = source.everything(), source.groups()
    source.array.fail("cg_add_vol", "error", nth=2, code="MAX_VOLUMES_IN_CONS_GROUP_REACHED")
    with pytest.raises(DriverError, match="MAX_VOLUMES"):
        source.array.driver.create_consistencygroup_from_src(
            name="copy", source_group_id=source.group_id, volumes=source.names, deadline=60
        )
    assert (source.everything(), source.groups()) == (before, groups)


def test_names_that_are_taken_or_missing_leave_nothing_behind(source: Source) -> None:
    driver, (first, second) = source.array.driver, source.volumes
    taken = driver.create_cgsnapshot(group_id=source.group_id, name="snap", volume_ids=[*source.names], deadline=60)
    before, groups = source.everything(), source.groups()
    for names, kind in (
        ({first.id: "c1"}, Refused),
        ({first.id: "same", second.id: "same"}, Refused),
        ({first.id: "c1", second.id: first.name}, AlreadyExists),
    ):
        with pytest.raises(kind):
            driver.create_consistencygroup_from_src(name="copy", group_snapshot=taken, volumes=names, deadline=60)
        assert (source.everything(), source.groups()) == (before, groups)
    with pytest.raises(Refused, match="source_group_id or group_snapshot"):
        driver.create_consistencygroup_from_src(name="copy", volumes=source.names)


def test_copies_of_a_group_are_of_one_point_in_time_under_concurrent_writes(array: World) -> None:
    """Whatever was written before the last number in them is in them, too, whichever volume it went to."""
    group = members(array, 3)
    counts = []
    with Writer(group) as writer:
        writer.wait_for(3)
        for number in (1, 2):
            copied = array.driver.create_consistencygroup_from_src(
                name=f"copy{number}",
                source_group_id=group.group_id,
                volumes={volume_id: f"c{number}{volume_id[-4:]}" for volume_id in group.ids},
                deadline=60,
            )
            writer.wait_for(writer.written + 1)
            found = [labels(array, volume) for volume in copied.volumes]
            check_one_moment(found)
            counts.append(sum(map(len, found)))
    assert 3 <= counts[0] < counts[1] <= writer.written


@DS8K
def test_an_array_that_does_not_copy_from_a_target_leaves_nothing_and_names_the_way(source: Source) -> None:
    driver = source.array.driver
    turn(source.array, "flashcopy_from_target_refused", on=True)
    taken = driver.create_cgsnapshot(group_id=source.group_id, name="snap", volume_ids=[*source.names], deadline=60)
    before = source.everything()
    with pytest.raises(Unsupported) as caught:
        driver.create_consistencygroup_from_src(name="copy", group_snapshot=taken, volumes=source.names, deadline=60)
    assert caught.value.code
    assert caught.value.words
    assert "source_group_id" in caught.value.next_step
    assert source.everything() == before
    found = driver.find_cgsnapshot(taken.id)
    assert found is not None
    assert [one.lost for one in found.snapshots] == [None, None]

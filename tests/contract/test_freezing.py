"""A DS8000's group snapshot freezes LSSs for a moment: of one point in time or an error, and thawed in any case."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.group_stage import LSSS, Members, held, labels, members, turn, until_called, wait_until_held
from support.rest_console import Console
from support.simulated import World
from terraform_provider_xivds8k.driver import DriverError, InDoubt, InUse, Refused, XIVDS8KDriver
from terraform_provider_xivds8k.driver.core import Core
from terraform_provider_xivds8k.driver.ds8k import DS8KArray
from terraform_provider_xivds8k.driver.flows import VolumeFlows
from terraform_provider_xivds8k.driver.flows.freezing import FREEZE_S
from terraform_provider_xivds8k.driver.flows.group_snapshots import GroupSnapshots
from terraform_provider_xivds8k.driver.waiting import NoStop
from terraform_provider_xivds8k.plugin import Cancellation

COPY = "POST /cs/flashcopies"
THAW = "POST /cs/flashcopies/unfreeze"
pytestmark = pytest.mark.parametrize("family", ["ds8k"])
BOTH = pytest.mark.parametrize("refused", [False, True], ids=["thaw_again_is_done", "thaw_again_is_refused"])


@pytest.fixture
def group(array: World) -> Members:
    """Return two volumes in an LSS each."""
    return members(array)


def copies_on(array: World) -> list[str]:
    """Return the names of the targets there are of a group snapshot called monday."""
    return sorted(one.name for one in array.driver.list_volumes() if one.name.startswith("monday_"))


def hold(array: World, command: str, action: str) -> None:
    """Have the next call of a command, or its answer, wait for a moment."""
    array.fail(command, action, seconds=0.5)


def failing(take: Callable[[], object]) -> DriverError:
    """Return the error taking a snapshot ends with."""
    with pytest.raises(DriverError) as caught:
        take()
    return caught.value


@BOTH
@pytest.mark.parametrize("lost", ["drop_before", "drop_after"])
def test_a_lost_answer_to_the_thaw_is_asked_again(array: World, group: Members, lost: str, *, refused: bool) -> None:
    turn(array, "thaw_of_unfrozen_refused", on=refused)
    array.fail(THAW, lost)
    taken = group.take("monday")
    assert len(taken.snapshots) == 2
    assert group.frozen == set()


@BOTH
def test_a_lost_answer_to_the_copy_is_looked_up_and_thawed(array: World, group: Members, *, refused: bool) -> None:
    turn(array, "thaw_of_unfrozen_refused", on=refused)
    group.write(0, "one")
    array.fail(COPY, "drop_after")
    taken = group.take("monday")
    assert group.labels(taken) == [["one"], []]
    assert group.frozen == set()


@BOTH
def test_defect_8_no_copy_to_be_seen_is_not_a_copy_done_and_its_targets_and_lsss_are_named(
    array: World, group: Members, *, refused: bool
) -> None:
    turn(array, "thaw_of_unfrozen_refused", on=refused)
    array.fail(COPY, "drop_before")
    error = failing(lambda: group.take("monday"))
    assert isinstance(error, InDoubt)
    assert error.frozen == LSSS
    assert [one.name for _, one in error.left_copies] == copies_on(array) == [f"monday_{one}" for one in group.ids]
    assert all(text in str(error) for text in (*LSSS, *copies_on(array)))
    assert array.calls()[THAW] >= 1
    assert group.frozen == set()


def test_defect_1_a_failed_look_after_the_copy_costs_no_volume_and_is_no_success(array: World, group: Members) -> None:
    group.write(0, "one")
    array.fail(COPY, "drop_after")
    array.fail("GET /flashcopy", "error", code="BE7A0000")
    error = failing(lambda: group.take("monday"))
    assert isinstance(error, InDoubt)
    assert labels(array, group.volumes[0]) == ["one"]
    assert (copies_on(array), error.left_copies) == ([], ())  # its relations were seen by then, and withdrawn
    assert group.frozen == set()


def test_defect_2_a_copy_that_did_not_hold_is_an_error_and_no_success(
    array: World, group: Members, console: Console
) -> None:
    array.fail("GET /flashcopy", "delay_before", seconds=0.5)
    with ThreadPoolExecutor(1) as threads:
        taking = threads.submit(failing, lambda: group.take("monday"))
        wait_until_held(array)
        (relation,) = console.ask("GET", f"/volumes/{group.ids[0]}/flashcopy").records
        console.ask("DELETE", f"/cs/flashcopies/{relation['id']}")
        error = taking.result(30)
    assert "did not hold" in error.summary
    assert group.ids[0] in error.happened
    assert group.ids[1] not in error.happened
    assert copies_on(array) == []


def test_a_thaw_is_asked_for_again_until_the_array_answers(array: World, group: Members) -> None:
    array.fail(THAW, "drop_before", times=5)
    assert len(group.take("monday").snapshots) == 2
    assert (array.calls()[THAW], group.frozen) == (6, set())


def test_a_thaw_refused_with_a_code_nobody_knows_is_asked_for_again(array: World) -> None:
    group = members(array, lsss=("10",))
    array.fail(THAW, "error", code="BE7A9999", times=2)
    assert len(group.take("monday").snapshots) == 2
    assert group.frozen == set()


def test_what_could_not_be_thawed_after_the_copy_is_thawed_after_undoing_it(array: World) -> None:
    group = members(array, lsss=("10",))
    array.fail(THAW, "error", code="BE7A9999", times=3)
    error = failing(lambda: group.take("monday"))
    assert (error.frozen, error.left_copies, copies_on(array)) == ((), (), [])
    assert "LSS 10 was thawed after undoing" in str(error)
    assert "hold back" not in str(error)
    assert group.frozen == set()


def test_a_stop_leaves_a_silent_thaw_a_few_seconds_and_names_what_may_be_frozen(array: World, group: Members) -> None:
    stop = Cancellation()
    driver = XIVDS8KDriver(array.settings, cancellation=stop)
    array.fail(THAW, "drop_before", times=1000)
    with ThreadPoolExecutor(1) as threads:
        taking = threads.submit(
            failing,
            lambda: driver.create_cgsnapshot(group_id="g", name="monday", volume_ids=group.ids, deadline=30),
        )
        until_called(array, THAW)
        began_s = time.monotonic()
        stop.set()
        error = taking.result(30)
    driver.close()
    assert time.monotonic() - began_s < 9
    assert (error.frozen, copies_on(array)) == (LSSS, [])


def test_no_thaw_confirmed_is_no_point_in_time_and_the_next_one_thaws_first(array: World, group: Members) -> None:
    array.fail(THAW, "error", code="BE7A0000", times=1000)
    error = failing(lambda: group.take("monday"))
    assert (error.frozen, error.left_copies) == (LSSS, ())
    assert "60 s" in str(error)
    assert all(lss in str(error) for lss in LSSS)
    assert copies_on(array) == []
    assert group.frozen == set(LSSS)
    array.ask("DELETE", "/faults")
    array.ask("DELETE", "/journal")
    group.take("monday")
    assert array.calls()[THAW] == 2
    assert group.frozen == set()


def test_a_thaw_the_array_refuses_is_tried_for_each_lss_alone(array: World, group: Members) -> None:
    array.fail(THAW, "error", code="BE7A0000", times=2)  # of both, and of the first alone
    array.fail(THAW, "error", code="BE7A0000", nth=4, times=1000)
    error = failing(lambda: group.take("monday"))
    assert error.frozen == LSSS[:1]
    assert (error.code, copies_on(array)) == ("BE7A0000", [])
    assert group.frozen == set(LSSS[:1])


@pytest.mark.parametrize("by_timer", [True, False], ids=["freeze_ends_by_timer", "freeze_ends_by_thaw_only"])
def test_a_thaw_later_than_the_timer_is_no_point_in_time(array: World, group: Members, *, by_timer: bool) -> None:
    """Measured from before the copy to the answer to the thaw, by a clock of our own."""
    turn(array, "freeze_ends_by_timer", on=by_timer)
    ticks = itertools.count(0.0, FREEZE_S + 3)
    core = Core(array.settings, DS8KArray(array.settings), NoStop())
    slow = GroupSnapshots(core, VolumeFlows(core), clock=lambda: next(ticks))

    def take() -> object:
        return slow.take("g", "monday", group.ids, core.budget(30), lambda _: None, allow_shared_lss=False)

    error = failing(take)
    core.array.close()
    assert "63 s" in str(error)
    assert "60 s" in str(error)
    assert all(lss in str(error) for lss in LSSS)
    assert (copies_on(array), group.frozen, error.frozen) == ([], set(), ())


def test_a_freeze_the_array_ended_before_the_thaw_is_no_point_in_time(array: World, group: Members) -> None:
    turn(array, "thaw_of_unfrozen_refused", on=True)
    hold(array, THAW, "delay_before")
    with ThreadPoolExecutor(1) as threads:
        taking = threads.submit(failing, lambda: group.take("monday"))
        wait_until_held(array)
        array.ask("POST", "/clock", {"advance_s": 61})
        error = taking.result(30)
    assert error.frozen == LSSS
    assert "is not frozen" in str(error)
    assert copies_on(array) == []


@BOTH
def test_defect_3_a_pair_the_array_refuses_undoes_all_and_keeps_its_code(
    array: World, group: Members, console: Console, *, refused: bool
) -> None:
    """Somebody else's copies take the last of a source's twelve relations right before ours."""
    turn(array, "thaw_of_unfrozen_refused", on=refused)
    own = [console.make(f"x{number}", tp="ese") for number in range(12)]
    pairs = [{"source_volume": group.ids[0], "target_volume": one} for one in own]
    options = ["persistent", "no_background_copy", "permit_space_efficient_target"]
    hold(array, COPY, "delay_before")
    with ThreadPoolExecutor(1) as threads:
        taking = threads.submit(failing, lambda: group.take("monday"))
        wait_until_held(array)
        assert console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": options}).status == 200
        error = taking.result(30)
    assert error.code
    assert group.ids[0] in error.happened
    assert group.ids[1] not in error.happened
    assert (copies_on(array), error.left_copies) == ([], ())
    assert error.frozen == (LSSS[:1] if refused else ())  # the array would not thaw what it had not frozen
    assert group.frozen == set()


def test_a_stop_after_the_copy_was_sent_still_thaws(array: World, group: Members) -> None:
    stop = Cancellation()
    driver = XIVDS8KDriver(array.settings, cancellation=stop)
    hold(array, COPY, "delay_after")
    with ThreadPoolExecutor(1) as threads:
        taking = threads.submit(
            driver.create_cgsnapshot, group_id="g", name="monday", volume_ids=group.ids, deadline=30
        )
        wait_until_held(array)
        stop.set()
        taken = taking.result(10)
    driver.close()
    assert len(taken.snapshots) == 2
    assert group.frozen == set()


def test_an_lss_with_other_volumes_is_refused_naming_them_unless_it_may_be_frozen(array: World) -> None:
    group, other = members(array), members(array, 1)
    error = failing(lambda: group.take("monday"))
    assert isinstance(error, Refused)
    assert error.attribute == "allow_shared_lss"
    assert other.volumes[0].name in str(error)
    assert (copies_on(array), array.calls().get(COPY, 0)) == ([], 0)
    assert len(group.take("monday", allow_shared_lss=True).snapshots) == 2


def test_snapshots_of_the_members_in_their_lss_are_nobodys_and_in_nobodys_way(array: World) -> None:
    group = members(array, 2, lsss=("10",))
    for name in ("monday", "tuesday", "wednesday"):
        assert len(group.take(name).snapshots) == 2


def test_new_targets_of_another_group_snapshot_are_nobodys_and_in_nobodys_way(array: World) -> None:
    first, second = members(array, lsss=("10",)), Members(array, "g", (array.driver.get_volume("0000"),))
    hold(array, COPY, "delay_before")
    with ThreadPoolExecutor(1) as threads:
        taking = threads.submit(first.take, "monday")
        wait_until_held(array)
        listed = {one.id[:2] for one in array.driver.list_volumes() if one.name.startswith("monday_")}
        assert "00" in listed
        assert len(second.take("tuesday").snapshots) == 1
        assert len(taking.result(30).snapshots) == 2


def test_targets_of_any_number_are_named_by_one_listing(array: World) -> None:
    asked = []
    for group in (members(array, 1), members(array, 5)):
        array.driver.forget_recent()
        array.ask("DELETE", "/journal")
        group.take(array.new_name(), allow_shared_lss=True)
        asked.append(array.calls()["GET /pools/{id}/volumes"])
    assert asked[0] == asked[1]


def test_two_group_snapshots_at_once_that_share_an_lss_are_both_of_one_point_in_time(array: World) -> None:
    group = members(array, 2)
    with ThreadPoolExecutor(2) as threads:
        taken = list(threads.map(group.take, ("monday", "tuesday")))
    assert [len(one.snapshots) for one in taken] == [2, 2]
    assert group.frozen == set()


def test_a_member_that_is_itself_a_target_is_refused_before_anything_is_made(array: World, group: Members) -> None:
    (source, _), first = group.ids, group.take("monday")
    target = next(one.id for one in first.snapshots if one.volume_id == source)
    before = array.calls()["POST /volumes"]
    wrong = Members(array, "g", (*group.volumes, array.driver.get_volume(target)))
    error = failing(lambda: wrong.take("tuesday"))
    assert isinstance(error, InUse)
    assert "itself a FlashCopy target" in str(error)
    assert array.calls()["POST /volumes"] == before


@pytest.mark.parametrize("twelve", [True, False])
def test_a_member_with_twelve_relations_is_refused_before_anything_is_made(
    array: World, group: Members, console: Console, *, twelve: bool
) -> None:
    turn(array, "twelve_relations_a_source", on=twelve)
    pairs = [{"source_volume": group.ids[0], "target_volume": console.make(f"x{n}", tp="ese")} for n in range(12)]
    options = ["persistent", "no_background_copy", "permit_space_efficient_target"]
    console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": options})
    before = array.calls()["POST /volumes"]
    error = failing(lambda: group.take("monday"))
    assert isinstance(error, InUse)
    assert group.ids[0] in error.summary
    assert array.calls()["POST /volumes"] == before


def test_a_stop_while_targets_are_made_leaves_none(array: World, group: Members) -> None:
    stop = Cancellation()
    driver = XIVDS8KDriver(array.settings, cancellation=stop)
    with pytest.raises(DriverError):
        driver.create_cgsnapshot(
            group_id="g", name="monday", volume_ids=group.ids, deadline=30, progress=lambda _: stop.set()
        )
    driver.close()
    assert copies_on(array) == []
    assert array.calls().get(COPY, 0) == 0


def test_a_name_that_a_target_would_bear_is_taken_before_anything_is_made(array: World, group: Members) -> None:
    pool, _ = array.pools()
    there = array.driver.create_volume(name=f"monday_{group.ids[1]}", pool=pool.id, size_bytes=2**30)
    error = failing(lambda: group.take("monday"))
    assert [one.id for one in error.candidates] == [there.id]
    assert copies_on(array) == [there.name]


def test_targets_are_thin_in_the_pool_of_their_volume_and_keep_their_relation(array: World, group: Members) -> None:
    taken = group.take("monday")
    for one in taken.snapshots:
        target = array.driver.get_volume(one.id)
        assert (target.provisioning, target.pool_id) == ("thin", group.volumes[0].pool_id)
        assert (target.snapshot_of, target.name) == (one.volume_id, f"monday_{one.volume_id}")
    assert taken.id == ",".join(sorted(f"{one.volume_id}:{one.id}" for one in taken.snapshots))


def test_a_deletion_that_fails_halfway_is_finished_by_the_next(array: World, group: Members) -> None:
    taken = group.take("monday")
    array.fail("DELETE /volumes/{id}", "drop_before")
    steps: list[tuple[str, str]] = []
    with pytest.raises(InDoubt):
        array.driver.delete_cgsnapshot(held(taken), on_step=lambda one, step: steps.append((one, step)))
    (withdrawn,) = [one for one, step in steps if step == "withdrawn"]
    assert len(copies_on(array)) == 2
    left = array.driver.delete_cgsnapshot(held(taken, withdrawn=frozenset({withdrawn})))
    assert (left, copies_on(array)) == ((), [])


def test_a_target_whose_copy_somebody_withdrew_is_named_and_not_deleted(
    array: World, group: Members, console: Console
) -> None:
    taken = group.take("monday")
    relation = taken.id.split(",")[0]
    console.ask("DELETE", f"/cs/flashcopies/{relation}")
    left = array.driver.delete_cgsnapshot(held(taken))
    assert len(left) == 1
    assert relation.split(":")[1] in left[0]
    assert [array.driver.get_volume(relation.split(":")[1]).name] == copies_on(array)


def test_a_mapped_snapshot_keeps_the_whole_group_snapshot(array: World, group: Members, console: Console) -> None:
    taken = group.take("monday")
    console.ask("POST", "/hosts", {"name": "backup", "hosttype": "LinuxRHEL"})
    console.ask("POST", "/hosts/backup/mappings", {"volumes": [taken.snapshots[1].id]})
    with pytest.raises(InUse, match="backup"):
        array.driver.delete_cgsnapshot(held(taken))
    found = array.driver.find_cgsnapshot(taken.id)
    assert found is not None
    assert [one.lost for one in found.snapshots] == [None, None]

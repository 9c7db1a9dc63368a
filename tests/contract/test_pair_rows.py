"""Every row of the table that two linked arrays of a family come to: what is read there, and what may be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest

from support.linked import GIB, Linked
from support.pair_rows import DS8KHands, Hands, Pairing, XIVHands, writes
from support.refusals import says_all
from terraform_provider_xivds8k.driver import (
    DriverError,
    Family,
    InUse,
    NotFound,
    Pair,
    Refused,
    Side,
    Unreachable,
    Volume,
)
from terraform_provider_xivds8k.driver.flows.pair_refusals import WAYS

HANDS: dict[Family, type[Hands]] = {"xiv": XIVHands, "ds8k": DS8KHands}
ROWS = [(family, row) for family, hands in HANDS.items() for row in hands.rows]
STATES = {
    **dict.fromkeys((1, 2, 3, 7), "home_serves"),
    **dict.fromkeys((4, 5, 6, 8), "remote_serves"),
    **dict.fromkeys((9, 10, 11), "failed_over"),
    12: "split", 13: "nobody_serves", 14: "broken", 16: "unknown",
}  # fmt: skip
OPERATIONS = {
    1: {"switch", "failover"}, 2: {"switch", "resync", "failover", "failback"}, 4: {"switch", "failback"},
    5: {"switch", "resync", "failback"}, 6: {"failover"}, 7: {"failover"}, 10: {"resync", "failback"},
    11: {"resync", "failback"}, 12: {"resync"}, 13: {"failover"},
}  # fmt: skip
HOME_SILENT, REMOTE_SILENT = {7, 8, 9}, {3, 6}


@pytest.fixture
def reached(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family, row: int
) -> Iterator[tuple[Linked, Pairing]]:
    """Return arrays and a pair of theirs in a row."""
    both, hands = sites(family)
    pairing = hands.make("a", row=row)
    hands.bring(pairing, row)
    both.driver.forget_recent()
    yield both, pairing
    pairing.bring_back()


@pytest.mark.parametrize(("family", "row"), [one for one in ROWS if one[1] != 15])
def test_a_row_is_read_as_what_it_is(reached: tuple[Linked, Pairing], row: int) -> None:
    both, pairing = reached
    both.forget_calls()
    found = both.driver.find_replication(pairing.id, remote_id=pairing.remote_id)
    assert found is not None
    assert (found.row, found.state) == (row, STATES[row])
    assert both.driver.find_recent_replication(pairing.id, remote_id=pairing.remote_id) == found
    (status,) = both.driver.get_replication_status([pairing.remote_id if row in HOME_SILENT else pairing.id])
    assert (status.row, status.state, status.serves, status.cause) == (row, found.state, found.serves, found.cause)
    goes_on = {"switch"} if row in {10, 11} and both.family == "ds8k" else set()  # nothing was written since
    assert set(status.operations) == OPERATIONS.get(row, set()) | goes_on
    assert ("does not answer" in status.home_says) == (row in HOME_SILENT)
    assert ("does not answer" in status.remote_says) == (row in REMOTE_SILENT)
    assert status.recovery_point
    assert found in both.driver.list_replications()
    for side, volume in (("home", pairing.id), ("remote", pairing.remote_id)):
        known = side == "remote" or found.id is not None
        warned = both.driver.find_mapping_warning(volume, side="home" if side == "home" else "remote")
        assert (warned is not None) == (row in {9, 10, 11, 12} and known)
    is_described(both, pairing, found)
    assert writes(both) == []


def is_described(both: Linked, pairing: Pairing, found: Pair) -> None:
    """Make sure that a pair is described where both arrays tell of it."""
    if found.row in HOME_SILENT | REMOTE_SILENT | {14}:
        with pytest.raises(Unreachable, match="cannot be read whole"):
            both.driver.describe_replication(found)
        return
    told = both.driver.describe_replication(found)
    assert (told.id, told.name, told.remote_id) == (pairing.id, pairing.volume.name, pairing.remote_id)
    assert (told.system_id, told.backend_id, told.remote_pool) == (pairing.volume.system_id, "remote", both.pool)
    remote = both.driver.remote.get_volume(pairing.remote_id)
    assert (told.remote_name, told.remote_wwn, told.remote_system_id) == (remote.name, remote.wwn, remote.system_id)


def is_refused(both: Linked, row: int, change: Callable[[], object]) -> DriverError:
    """Return the refusal of a change, of which nothing reached either array."""
    both.forget_calls()
    with pytest.raises(DriverError) as caught:
        change()
    assert writes(both) == [], caught.value
    if row not in HOME_SILENT:
        assert WAYS[row] in caught.value.next_step, caught.value
        assert f"row {row}" in str(caught.value)
        says_all(caught.value)
        assert "Nothing was changed" in caught.value.left_behind
    return caught.value


@pytest.mark.parametrize(("family", "row"), [one for one in ROWS if one[1] in {1, 2, 3}])
def test_a_replicated_volume_home_serves_is_renamed_and_never_deleted_or_moved(
    reached: tuple[Linked, Pairing], row: int
) -> None:
    both, pairing = reached
    name = f"{pairing.volume.name}n"
    assert both.driver.rename_volume(volume_id=pairing.id, new_name=name, deadline=20).name == name, row
    both.forget_calls()
    for change in _leaving(both, pairing, name):
        with pytest.raises(DriverError, match=r"mirror|PPRC"):
            change()
    assert writes(both) == []
    if row != 1:
        for change in _moulding(both, pairing):
            is_refused(both, row, change)
    if row == 3:
        is_refused(both, row, lambda: both.driver.disable_replication(replication_id=pairing.id, deadline=20))


@pytest.mark.parametrize(("family", "row"), [one for one in ROWS if one[1] not in {1, 2, 3, 15}])
def test_nothing_is_done_to_a_volume_home_does_not_serve_and_the_way_back_is_named(
    reached: tuple[Linked, Pairing], row: int
) -> None:
    both, pairing = reached
    name = pairing.volume.name
    changes = [
        *_leaving(both, pairing, name),
        *_moulding(both, pairing),
        lambda: both.driver.rename_volume(volume_id=pairing.id, new_name=f"{name}n", deadline=20),
    ]
    if row != 14:  # which is what an ending that was broken off leaves
        changes.append(lambda: both.driver.disable_replication(replication_id=pairing.id, deadline=20))
    for change in changes:
        is_refused(both, row, change)


def _leaving(both: Linked, pairing: Pairing, name: str) -> list[Callable[[], object]]:
    pool = {"xiv": "pool2", "ds8k": "P2"}[both.family]
    return [
        lambda: both.driver.delete_volume(volume_id=pairing.id, expected_name=name, deadline=20),
        lambda: both.driver.migrate_volume(volume_id=pairing.id, pool=pool, deadline=20),
    ]


def _moulding(both: Linked, pairing: Pairing) -> list[Callable[[], object]]:
    size, is_xiv = pairing.volume.size_bytes + 17 * GIB, both.family == "xiv"
    return [
        lambda: both.driver.extend_volume(volume_id=pairing.id, size_bytes=size, allow_full_resync=True, deadline=20),
        lambda: both.driver.change_replication(
            replication_id=pairing.id,
            mode="async" if is_xiv else "global_copy",
            rpo_s=120 if is_xiv else None,
            allow_full_resync=True,
            deadline=20,
        ),
    ]


@pytest.mark.parametrize(("family", "row"), [one for one in ROWS if one[1] in {1, 2}])
def test_a_pair_ends_where_home_serves_and_remote_answers(reached: tuple[Linked, Pairing], row: int) -> None:
    both, pairing = reached
    both.driver.disable_replication(replication_id=pairing.id, deadline=60)
    assert both.driver.find_replication(pairing.id, remote_id=pairing.remote_id) is None
    both.write("home", pairing.id, f"after row {row}")
    both.write("remote", pairing.remote_id, "its own")
    assert both.read("remote", pairing.remote_id) == ["a", "its own"]


@pytest.mark.parametrize(("family", "row"), [one for one in ROWS if one[1] == 1])
def test_a_volume_in_step_grows_on_both_arrays(reached: tuple[Linked, Pairing], row: int) -> None:
    both, pairing = reached
    size = pairing.volume.size_bytes + 17 * GIB
    grown = both.driver.extend_volume(volume_id=pairing.id, size_bytes=size, allow_full_resync=True, deadline=60)
    assert grown.size_bytes >= size
    found = both.driver.find_replication(pairing.id)
    assert found is not None
    assert found.row in {row, 2}
    assert found.remote_id == pairing.remote_id
    assert both.driver.remote.get_volume(pairing.remote_id).size_bytes == grown.size_bytes
    assert both.read("home", pairing.id) == ["a"]


@pytest.mark.parametrize(("family", "row"), [one for one in ROWS if one[1] == 15])
def test_what_is_not_replicated_is_gone_for_both_and_free_to_be_changed(reached: tuple[Linked, Pairing]) -> None:
    both, pairing = reached
    assert both.driver.find_replication(pairing.id) is None
    with pytest.raises(NotFound):
        both.driver.get_replication_status([pairing.id])
    both.forget_calls()
    both.driver.disable_replication(replication_id=pairing.id)
    assert writes(both) == []
    both.driver.delete_volume(volume_id=pairing.id, expected_name=pairing.volume.name, deadline=20)


@pytest.mark.parametrize("family", HANDS)
def test_a_pair_home_lost_is_broken_and_is_found_by_either_id(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family
) -> None:
    """Home's volume is then an unreplicated one by all that home says, and may be changed."""
    both, hands = sites(family)
    pairing = hands.make("a")
    hands.lose(pairing, "home")
    found = both.driver.find_replication(pairing.id)
    assert found is not None
    assert (found.row, found.id, found.remote_id) == (14, pairing.id, pairing.remote_id)
    assert both.driver.find_replication("FFFF", remote_id=pairing.remote_id) == found
    assert both.driver.rename_volume(volume_id=pairing.id, new_name=f"{pairing.volume.name}n", deadline=20)


@pytest.mark.parametrize("family", HANDS)
@pytest.mark.parametrize("loser", ["home", "remote"])
def test_what_an_ending_that_was_broken_off_left_is_ended(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family, loser: Side
) -> None:
    """Home serves all the while; a remote volume nothing shows to be the copy is named, and not deleted."""
    both, hands = sites(family)
    kept, going = hands.make("a"), hands.make("a")
    for pairing in (kept, going):
        hands.lose(pairing, loser)
    end = both.driver.disable_replication
    end(replication_id=kept.id, remote_id=kept.remote_id, deadline=60)
    both.write("remote", kept.remote_id, "its own")
    is_known = loser == "home" or family == "xiv"  # a former slave is locked as nothing else is
    with nullcontext() if is_known else pytest.raises(Refused, match=r"(was|is) not deleted") as caught:
        end(replication_id=going.id, remote_id=going.remote_id, remote_on_delete="delete", deadline=60)
    left = both.driver.remote.find_volume(going.remote_id)
    assert (left is None) == is_known
    assert caught is None or (left is not None and left.id in str(caught.value))
    for pairing in (kept, going):
        assert both.driver.find_replication(pairing.id, remote_id=pairing.remote_id) is None
        assert both.read("home", pairing.id) == ["a"]


@pytest.mark.parametrize("family", HANDS)
@pytest.mark.parametrize("side", ["home", "remote"])
def test_a_pair_the_answering_array_does_not_have_is_not_called_gone(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family, side: str
) -> None:
    both, hands = sites(family)
    pairing = hands.make(row=15)
    pairing.kill("home" if side == "home" else "remote")
    both.driver.forget_recent()
    try:
        for find in (both.driver.find_replication, both.driver.find_recent_replication):
            with pytest.raises(Unreachable, match="not known whether"):
                find(pairing.id, remote_id="FFFF")
    finally:
        pairing.bring_back()


@pytest.mark.parametrize("family", HANDS)
def test_without_any_array_nothing_is_known_of_a_pair(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family
) -> None:
    both, hands = sites(family)
    pairing = hands.make(row=15)
    for side in ("home", "remote"):
        pairing.kill("home" if side == "home" else "remote")
    both.driver.forget_recent()
    try:
        with pytest.raises(Unreachable, match="Neither array answers"):
            both.driver.get_replication_status()
        assert both.driver.find_mapping_warning(pairing.id) is None
    finally:
        pairing.bring_back()


@pytest.mark.parametrize("family", HANDS)
def test_the_array_itself_is_no_replication_target_of_its_own(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family
) -> None:
    both, _ = sites(family)
    target = both.settings.replication_target
    assert target is not None
    own = type(target)(connection=both.settings.connection, pool=target.pool)
    driver = both.another_driver(replication_target=own)
    try:
        own_id = str(both.simulation.arrays[0]["system_id"])
        with pytest.raises(Refused, match=rf"the connected array itself, {own_id}\b") as caught:
            driver.list_replications()
        assert caught.value.attribute == "replication_target"
    finally:
        driver.close()


@pytest.mark.parametrize("family", HANDS)
def test_a_volume_home_does_not_serve_is_not_restored_and_one_it_serves_is_refused_as_mirrored(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family
) -> None:
    both, hands = sites(family)
    pairing = hands.make("a")
    taken = both.driver.create_snapshot(volume_id=pairing.id, name=f"{pairing.volume.name}s", deadline=20)

    def restore() -> object:
        return both.driver.revert_to_snapshot(snapshot_id=taken.id, volume_id=pairing.id, deadline=20)

    both.write("home", pairing.id, "b")
    both.forget_calls()
    with pytest.raises(InUse, match=r"mirror|PPRC") as mirrored:
        restore()
    says_all(mirrored.value)
    assert writes(both) == []
    hands.bring(pairing, 4)
    is_refused(both, 4, restore)
    assert both.read("remote", pairing.remote_id) == ["a", "b"]


@pytest.mark.parametrize("row", [1, 2, 4, 10])
def test_the_class_of_a_replicated_volume_changes_where_home_serves_it(
    sites: Callable[[Family], tuple[Linked, Hands]], row: int
) -> None:
    both, hands = sites("xiv")
    assert isinstance(hands, XIVHands)
    pairing = hands.make()
    name = f"class{row}"
    hands.home.does("perf_class_create", perf_class=name)
    hands.bring(pairing, row)

    def retype() -> Volume:
        return both.driver.retype(volume_id=pairing.id, qos_class=name, deadline=20)

    try:
        if row in {1, 2}:
            assert retype().qos_class == name
        else:
            assert is_refused(both, row, retype).attribute == "qos_class"
    finally:
        pairing.bring_back()


@pytest.mark.parametrize("family", HANDS)
def test_home_that_answers_again_is_believed_at_once(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family
) -> None:
    """That it did not answer a moment ago keeps no volume of it from being renamed."""
    both, hands = sites(family)
    pairing = hands.make()
    pairing.kill("home")
    both.driver.forget_recent()
    found = both.driver.find_replication(pairing.id, remote_id=pairing.remote_id)
    assert found is not None
    assert found.row == 7
    both.set_state("home", "up")
    name = f"{pairing.volume.name}n"
    assert both.driver.rename_volume(volume_id=pairing.id, new_name=name, deadline=20).name == name

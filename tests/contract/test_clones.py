"""Volumes made from volumes and snapshots: what they hold, and what is left where that does not work out."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.clone_lab import GIB, Lab
from support.rest_console import Console
from support.simulated import World
from support.xcli import Xcli
from terraform_provider_xivds8k.driver import (
    Cancelled,
    DriverError,
    Family,
    InDoubt,
    InUse,
    NotFound,
    Refused,
    TimedOut,
    Unsupported,
    Volume,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.plugin import Cancellation

ds8k_only = pytest.mark.parametrize("family", ["ds8k"])
xiv_only = pytest.mark.parametrize("family", ["xiv"])


@pytest.fixture
def lab(array: World, tmp_path: Path) -> Lab:
    """Return an array with a source volume on it."""
    return Lab(array, tmp_path / "simulator.db")


def _has_no_relation(volume: Volume, lab: Lab) -> bool:
    return not lab.array.driver.volume_users(volume.id)


def _unfinished(lab: Lab, name: str) -> Volume:
    """Stop the run while the copy is under way; return the volume it leaves."""
    lab.slow_down()
    stop = Cancellation()
    driver = XIVDS8KDriver(lab.array.settings, cancellation=stop)
    try:
        with pytest.raises(Cancelled) as caught:
            driver.create_cloned_volume(
                volume_id=lab.source.id, name=name, pool=lab.pool.id, deadline=60, progress=lambda _: stop.set()
            )
    finally:
        driver.close()
    assert caught.value.left is not None
    assert "goes on" in caught.value.next_step
    return caught.value.left


def test_a_clone_holds_what_its_source_held_and_later_writes_travel_neither_way(lab: Lab) -> None:
    lab.write(lab.source, "tuesday")
    made = lab.clone()
    lab.write(lab.source, "only the source")
    lab.write(made, "only the clone")
    assert lab.labels(made) == ["monday", "tuesday", "only the clone"]
    assert lab.labels(lab.source) == ["monday", "tuesday", "only the source"]
    assert made == lab.array.driver.find_volume(made.id)
    assert made.size_bytes >= lab.source.size_bytes
    assert _has_no_relation(made, lab)
    assert _has_no_relation(lab.source, lab)


@pytest.mark.parametrize("provisioning", [None, "thin", "thick"])
def test_a_clone_may_be_larger_than_its_source(lab: Lab, provisioning: str | None) -> None:
    asked: dict[str, object] = {"provisioning": provisioning} if lab.array.family == "ds8k" else {}
    made = lab.clone(size_bytes=40 * GIB, **asked)
    assert made.size_bytes >= 40 * GIB
    assert lab.labels(made) == ["monday"]
    assert made == lab.array.driver.find_volume(made.id)


def test_a_clone_smaller_than_its_source_is_refused_and_nothing_is_made(lab: Lab) -> None:
    name = lab.array.new_name()
    with pytest.raises(Refused) as caught:
        lab.clone(name, size_bytes=GIB)
    assert caught.value.attribute == "size_bytes"
    assert str(lab.source.size_bytes) in str(caught.value)
    assert lab.nothing_called(name)


def test_a_clone_goes_where_it_is_asked_to(lab: Lab) -> None:
    _, pool = lab.array.pools()
    made = lab.clone(pool=pool.name)
    assert made.pool_id == pool.id
    assert lab.labels(made) == ["monday"]


def test_a_volume_from_a_snapshot_holds_the_point_in_time(lab: Lab) -> None:
    if lab.array.family == "ds8k":
        lab.turn("flashcopy_from_target_refused", on=False)
    taken = lab.snapshot()
    lab.write(lab.source, "too late")
    made = lab.restore(taken, size_bytes=40 * GIB)
    lab.write(made, "only the new one")
    assert lab.labels(made) == ["monday", "only the new one"]
    assert lab.labels(taken) == ["monday"]
    assert lab.labels(lab.source) == ["monday", "too late"]
    assert made.size_bytes >= 40 * GIB


def test_a_snapshot_is_no_volume_to_clone(lab: Lab) -> None:
    taken = lab.snapshot()
    with pytest.raises(Refused) as caught:
        lab.clone(volume_id=taken.id)
    assert caught.value.attribute == "source_volume_id"
    assert "source_snapshot_id" in caught.value.next_step


def test_a_volume_is_no_snapshot_to_copy_from(lab: Lab) -> None:
    with pytest.raises(NotFound) as caught:
        lab.restore(lab.source)
    assert lab.source.id in str(caught.value)


@pytest.mark.parametrize("attribute", ["source_volume_id", "source_snapshot_id"])
def test_a_source_that_is_gone_is_not_found_by_name_of_its_id(lab: Lab, attribute: str) -> None:
    taken = lab.snapshot() if lab.array.family == "xiv" else lab.source
    if lab.array.family == "xiv":
        with Xcli(lab.array.description, lab.array.settings.connection.ca_pem or "") as xcli:
            xcli.does("snapshot_delete", snapshot=taken.name)
    else:
        lab.array.driver.delete_volume(volume_id=taken.id)
    name = lab.array.new_name()
    with pytest.raises(NotFound) as caught:
        lab.clone(name, volume_id=taken.id) if attribute == "source_volume_id" else lab.restore(taken, name)
    assert taken.id in str(caught.value)
    assert caught.value.attribute == attribute
    assert lab.nothing_called(name)


@ds8k_only
def test_a_snapshot_whose_relation_is_gone_is_lost_and_not_copied_from(
    lab: Lab, family: Family, console: Console
) -> None:
    taken = lab.snapshot()
    assert not console.ask("DELETE", f"/cs/flashcopies/{lab.source.id}:{taken.id}").refused
    name = lab.array.new_name()
    with pytest.raises(NotFound) as caught:
        lab.restore(taken, name)
    assert taken.id in str(caught.value)
    assert lab.nothing_called(name)


@ds8k_only
def test_a_copy_from_a_flashcopy_target_the_array_refuses_is_unsupported_and_nothing_is_left(
    lab: Lab, family: Family
) -> None:
    taken, name = lab.snapshot(), lab.array.new_name()
    with pytest.raises(Unsupported) as caught:
        lab.restore(taken, name)
    assert caught.value.code
    assert caught.value.words
    assert lab.source.id in caught.value.next_step
    assert lab.nothing_called(name)
    assert lab.labels(taken) == ["monday"]


@pytest.mark.parametrize("needs_formatted", [True, False])
@pytest.mark.parametrize("rounded", [True, False])
@xiv_only
def test_a_clone_is_the_same_whatever_is_unconfirmed_of_an_xiv(
    lab: Lab, family: Family, needs_formatted: bool, rounded: bool
) -> None:
    lab.turn("xiv_copy_needs_formatted", on=needs_formatted)
    lab.turn("xiv_size_blocks_rounded", on=rounded)
    made = lab.clone(size_bytes=3 * GIB)
    assert made.size_bytes >= 3 * GIB
    assert lab.labels(made) == ["monday"]


@ds8k_only
def test_the_source_may_have_twelve_relations_and_the_thirteenth_leaves_nothing(
    lab: Lab, family: Family, console: Console
) -> None:
    for _ in range(12):
        lab.snapshot()
    name = lab.array.new_name()
    with pytest.raises(DriverError) as caught:
        lab.clone(name)
    assert caught.value.code
    assert lab.nothing_called(name)
    lab.turn("twelve_relations_a_source", on=False)
    assert lab.labels(lab.clone(name)) == ["monday"]


@ds8k_only
def test_a_clone_keeps_the_os400_model_of_its_source(lab: Lab, family: Family) -> None:
    source = lab.array.driver.create_volume(
        name=lab.array.new_name(), pool=lab.pool.id, size_bytes=8 * GIB, os400="A01"
    )
    made = lab.clone(volume_id=source.id)
    assert (made.os400, made.size_bytes) == ("A01", source.size_bytes)
    with pytest.raises(Refused) as caught:
        lab.clone(volume_id=source.id, size_bytes=source.size_bytes + GIB)
    assert "A01" in str(caught.value)


@xiv_only
def test_a_clone_is_put_into_its_class_and_undone_where_that_is_refused(lab: Lab, family: Family) -> None:
    made = lab.clone(qos_class="gold")
    assert made.qos_class == "gold"
    name = lab.array.new_name()
    lab.array.fail("perf_class_add_vol", "error", code="VOLUME_LOCKED")
    with pytest.raises(Refused):
        lab.clone(name, qos_class="gold")
    assert lab.nothing_called(name)


@xiv_only
def test_a_copy_whose_answer_was_lost_is_never_sent_again_and_never_called_done(lab: Lab, family: Family) -> None:
    """Nothing shows that it was made: the source holds nothing, and both are of one size."""
    empty = lab.array.driver.create_volume(name=lab.array.new_name(), pool=lab.pool.id, size_bytes=2 * GIB)
    name = lab.array.new_name()
    lab.array.fail("vol_copy", "drop_before")
    with pytest.raises(InDoubt) as caught:
        lab.clone(name, volume_id=empty.id)
    assert lab.array.calls()["vol_copy"] == 1
    assert caught.value.left is not None
    assert [one.id for one in lab.array.driver.find_volumes_by_name(name)] == [caught.value.left.id]
    assert f"{name} (id {caught.value.left.id}) is left" in caught.value.left_behind


@pytest.mark.parametrize(("action", "made"), [("drop_after", True), ("drop_before", False)])
@pytest.mark.parametrize("more", [{}, {"size_bytes": 40 * GIB}])
@xiv_only
def test_a_copy_whose_answer_was_lost_counts_only_where_the_array_shows_it(
    lab: Lab, family: Family, action: str, made: bool, more: dict[str, object]
) -> None:
    lab.array.fail("vol_copy", action)
    if made:
        found = lab.clone(**more)
        assert lab.labels(found) == ["monday"]
        assert found.size_bytes >= int(str(more.get("size_bytes", 0)))
    else:
        with pytest.raises(InDoubt):
            lab.clone(**more)
    assert lab.array.calls()["vol_copy"] == 1


@ds8k_only
@pytest.mark.parametrize("command", ["POST /cs/flashcopies", "DELETE /cs/flashcopies/{id}"])
def test_a_flashcopy_whose_answer_was_lost_is_looked_up(lab: Lab, family: Family, command: str) -> None:
    lab.array.fail(command, "drop_after")
    made = lab.clone()
    assert lab.labels(made) == ["monday"]
    assert lab.array.calls()[command] == 1
    assert _has_no_relation(made, lab)


@ds8k_only
@pytest.mark.parametrize("command", ["POST /cs/flashcopies", "DELETE /cs/flashcopies/{id}"])
def test_a_flashcopy_in_doubt_is_not_sent_again_and_its_target_is_left_and_named(
    lab: Lab, family: Family, command: str
) -> None:
    """Carried out late, a second one would overwrite what hosts wrote since, or hit whoever has the id by then."""
    name = lab.array.new_name()
    lab.array.fail(command, "drop_before")
    with pytest.raises(InDoubt) as caught:
        lab.clone(name)
    assert caught.value.left is not None
    assert [one.id for one in lab.array.driver.find_volumes_by_name(name)] == [caught.value.left.id]
    assert lab.array.calls()[command] == 1
    assert "DELETE /volumes/{id}" not in lab.array.calls()


@ds8k_only
def test_a_copy_that_outlasts_its_deadline_is_named_and_can_be_finished(lab: Lab, family: Family) -> None:
    heard: list[str] = []
    lab.slow_down()
    with pytest.raises(TimedOut) as caught:
        lab.clone(deadline=3, progress=heard.append)
    left = caught.value.left
    assert left is not None
    assert "goes on" in caught.value.next_step
    assert any("tracks left" in one for one in heard)
    assert [lab.array.driver.volume_users(left.id).relations] == [(f"FlashCopy {lab.source.id}:{left.id}",)]
    lab.array.ask("POST", "/clock", {"advance_s": 60})
    made = lab.array.driver.finish_cloned_volume(
        volume_id=left.id,
        copied_from=lab.source.id,
        expected_name=left.name,
        size_bytes=left.size_bytes,
        deadline=20,
    )
    assert _has_no_relation(made, lab)
    assert lab.labels(made) == ["monday"]


@ds8k_only
def test_an_unfinished_clone_is_deleted_with_the_one_relation_that_is_its_own(lab: Lab, family: Family) -> None:
    left = _unfinished(lab, lab.array.new_name())
    for copied_from in (None, "0000", left.id):
        with pytest.raises(InUse):
            lab.array.driver.delete_volume(volume_id=left.id, expected_name=left.name, copied_from=copied_from)
    with pytest.raises(Refused):
        lab.array.driver.delete_volume(volume_id=left.id, expected_name="another", copied_from=lab.source.id)
    assert "DELETE /cs/flashcopies/{id}" not in lab.array.calls()
    lab.array.driver.delete_volume(
        volume_id=left.id, expected_name=left.name, copied_from=lab.source.id.lower(), deadline=20
    )
    assert lab.nothing_called(left.name)
    assert lab.labels(lab.source) == ["monday"]


@ds8k_only
def test_a_volume_whose_copy_is_withdrawn_and_that_stays_is_told_to_hold_none(lab: Lab, family: Family) -> None:
    left = _unfinished(lab, lab.array.new_name())
    lab.array.fail("DELETE /volumes/{id}", "error", code="BE7A0000", times=99)
    with pytest.raises(DriverError) as caught:
        lab.array.driver.delete_volume(volume_id=left.id, copied_from=lab.source.id, deadline=1)
    assert "holds no whole copy any more" in caught.value.left_behind
    lab.array.ask("DELETE", "/faults")
    lab.array.driver.delete_volume(volume_id=left.id, copied_from=lab.source.id)
    assert lab.nothing_called(left.name)


@ds8k_only
def test_the_relation_of_a_mapped_clone_is_not_withdrawn(lab: Lab, family: Family, console: Console) -> None:
    left = _unfinished(lab, lab.array.new_name())
    console.ask("POST", "/hosts", {"name": "h", "hosttype": "LinuxRHEL"})
    assert not console.ask("POST", "/hosts/h/mappings", {"volumes": [left.id]}).refused
    with pytest.raises(InUse):
        lab.array.driver.delete_volume(volume_id=left.id, copied_from=lab.source.id)
    assert lab.labels(left) == ["monday"]
    assert console.ask("GET", f"/cs/flashcopies/{lab.source.id}:{left.id}").records


@ds8k_only
def test_a_snapshot_is_never_deleted_as_the_volume_it_is_of(lab: Lab, family: Family) -> None:
    """What it was copied from says nothing of the snapshots it has itself."""
    made = lab.clone()
    lab.source = made
    taken = lab.snapshot()
    with pytest.raises(InUse) as caught:
        lab.array.driver.delete_volume(volume_id=made.id, copied_from=taken.id)
    assert taken.id in str(caught.value)


@ds8k_only
def test_a_stop_while_it_copies_leaves_the_volume_named(lab: Lab, family: Family) -> None:
    name = lab.array.new_name()
    left = _unfinished(lab, name)
    assert [one.id for one in lab.array.driver.find_volumes_by_name(name)] == [left.id]


@ds8k_only
def test_an_unfinished_copy_is_not_finished_by_a_snapshots_relation(lab: Lab, family: Family) -> None:
    taken = lab.snapshot()
    with pytest.raises(Refused) as caught:
        lab.array.driver.finish_cloned_volume(
            volume_id=taken.id,
            copied_from=lab.source.id,
            expected_name=taken.name,
            size_bytes=taken.size_bytes,
            deadline=5,
        )
    assert f"{lab.source.id}:{taken.id}" in str(caught.value)
    assert lab.labels(taken) == ["monday"]


def test_a_frozen_backend_copies_nothing(lab: Lab) -> None:
    lab.array.driver.freeze_backend()
    with pytest.raises(Refused) as of_volume:
        lab.clone()
    with pytest.raises(Refused) as of_snapshot:
        lab.restore(lab.source)
    assert (of_volume.value.attribute, of_snapshot.value.attribute) == ("mode", "mode")

"""What is refused of mirrors before anything is sent: what cannot be made, and what changed since it was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.mirror_lab import Lab, lab_of
from support.refusals import WOULD, says_all
from terraform_provider_xivds8k.driver import DriverError, NotFound, Pair, Refused, Unsupported
from terraform_provider_xivds8k.driver.flows.mirror_setup import MirrorSetup
from terraform_provider_xivds8k.simulators.context import context_of
from terraform_provider_xivds8k.simulators.store import Store
from terraform_provider_xivds8k.simulators.xiv import mirror_data, mirror_store

GIB = 2**30


def _refused(lab: Lab, ask: Callable[[], object]) -> DriverError:
    """Return the refusal of something, of which nothing reached either array."""
    lab.linked.forget_calls()
    with pytest.raises(DriverError) as caught:
        ask()
    assert lab.changes() == {"home": [], "remote": []}
    assert "Nothing was changed" in caught.value.left_behind
    assert caught.value.happened
    assert caught.value.next_step
    return caught.value


def test_what_cannot_be_mirrored_is_refused_before_anything_is_made(lab: Lab) -> None:
    """An unknown volume, a snapshot, a name no array takes, both subjects or none, a mode of the other family."""
    volume = lab.linked.volume("a")
    taken = lab.driver.create_snapshot(volume_id=volume.id, name="taken")
    sync: Any = {"mode": "sync", "volume_id": volume.id}
    for kind, attribute, asked in (
        (NotFound, "volume_id", {**sync, "volume_id": "00173813ffff0001"}),
        (Refused, "volume_id", {**sync, "volume_id": taken.id}),
        (Refused, "remote_name", {**sync, "remote_name": "x" * 64}),
        (Refused, "volume_id", {**sync, "consistency_group_id": "g"}),
        (Refused, "volume_id", {"mode": "sync"}),
        (Unsupported, "mode", {**sync, "mode": "metro_mirror"}),
    ):
        told = _refused(lab, lambda asked=asked: lab.driver.enable_replication(**asked))  # type: ignore[misc]
        assert (type(told), told.attribute) == (kind, attribute), told


def test_a_pool_is_named_somewhere(lab: Lab) -> None:
    volume, target = lab.linked.volume("a"), lab.linked.settings.replication_target
    assert target is not None
    driver = lab.linked.another_driver(replication_target=replace(target, pool=None))
    try:
        told = _refused(lab, lambda: driver.enable_replication(mode="sync", volume_id=volume.id))
        assert told.attribute == "remote_pool"
    finally:
        driver.close()


def test_a_recovery_point_objective_is_changed_with_async_alone(lab: Lab) -> None:
    made = lab.pair("sync")
    for mode, rpo_s in (("sync", 60), ("async", None)):
        told = _refused(
            lab,
            lambda mode=mode, rpo_s=rpo_s: lab.driver.change_replication(
                replication_id=made.id, mode=mode, rpo_s=rpo_s
            ),  # type: ignore[misc]
        )
        assert told.attribute == "rpo_seconds"


def test_what_is_not_replicated_is_not_changed(lab: Lab) -> None:
    volume = lab.linked.volume("a")
    told = _refused(lab, lambda: lab.driver.change_replication(replication_id=volume.id, mode="async", rpo_s=60))
    assert isinstance(told, NotFound)


# what changed since it was looked at


@pytest.fixture
def looked(lab: Lab) -> tuple[Pair, MirrorSetup]:
    """Return a pair as it was in step, and what changes it without another look of its caller."""
    made = lab.pair("sync", "a")
    pair = lab.driver.find_replication(made.id)
    assert pair is not None
    return pair, MirrorSetup(lab.driver._views)


def _changes(lab: Lab, pair: Pair, setup: MirrorSetup) -> Iterator[Callable[[], object]]:
    budget = lab.driver._core.budget(10)
    yield lambda: setup.grow(pair, 40 * GIB, budget, print, anew=True)
    yield lambda: setup.change(pair, "async", 7200, budget, print, anew=True)


def test_a_mirror_that_left_the_first_row_meanwhile_is_not_changed(lab: Lab, looked: tuple[Pair, MirrorSetup]) -> None:
    lab.linked.set_link("down")
    for change in _changes(lab, *looked):
        told = _refused(lab, change)
        assert "is not in step any more" in told.summary
        says_all(told)


def test_a_mirror_that_was_switched_meanwhile_is_not_ended(lab: Lab, looked: tuple[Pair, MirrorSetup]) -> None:
    pair, setup = looked
    lab.one("switch", pair.id or "")
    told = _refused(lab, lambda: setup.delete(pair, "delete", lab.driver._core.budget(10), print))
    assert "home does not serve it any more" in told.summary
    assert WOULD in told.happened


def test_a_mirror_that_one_array_lost_meanwhile_is_not_ended(lab: Lab, looked: tuple[Pair, MirrorSetup]) -> None:
    pair, setup = looked
    lab.linked.set_link("down")
    lab.tell("home", "mirror_deactivate", vol=pair.home.name if pair.home else "")
    lab.tell("home", "mirror_delete", vol=pair.home.name if pair.home else "")
    told = _refused(lab, lambda: setup.delete(pair, "keep", lab.driver._core.budget(10), print))
    assert "the home array has no such mirror" in told.summary
    assert WOULD in told.happened


@pytest.mark.parametrize("side", ["home", "remote"])
def test_a_last_consistent_state_is_kept_where_the_mode_is_changed(tmp_path: Path, side: str) -> None:
    """The array makes no mirror while there is one, so that the old mirror stays as well."""
    with lab_of(tmp_path / "lab.db") as lab:
        made = lab.pair("sync", "a")
        assert lab.row(made.id) == 1
        store = Store(tmp_path / "lab.db")
        with store.transaction() as transaction:
            context = context_of(transaction, {"home": "xiv1", "remote": "xiv2"}[side])
            (row,) = (one for role in ("Master", "Slave") for one in mirror_store.heads(context, role))
            mirror_data.take(context, row, mirror_data.LAST_CONSISTENT, mirror_data.contents(context, row), 0)
        store.close()
        told = _refused(
            lab,
            lambda: lab.driver.change_replication(
                replication_id=made.id, mode="async", rpo_s=7200, allow_full_resync=True
            ),
        )
        assert f"last-consistent snapshot on the {side} array" in told.summary
        says_all(told)
        assert lab.row(made.id) == 1

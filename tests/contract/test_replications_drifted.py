"""What others changed of a replication is told, and no reason to take a healthy pair apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.linked import Linked, changes, linked
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import Family, ReplicationMode, Volume
from terraform_provider_xivds8k.resources import ReplicationResource

MODES: dict[Family, ReplicationMode] = {"xiv": "sync", "ds8k": "metro_mirror"}
OTHER_POOL: dict[Family, str] = {"xiv": "pool2", "ds8k": "P2"}


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db", request_timeout_s=2, time_scale=20) as found:
        yield found


@pytest.fixture
def volume(arrays: Linked) -> Volume:
    """Return a volume at home, written to."""
    return arrays.volume("first")


@pytest.fixture
def config(arrays: Linked, volume: Volume) -> dict[str, Any]:
    """Return the configuration of a copy of which all is written."""
    return {
        "volume_id": volume.id,
        "mode": MODES[arrays.family],
        "wait_for_sync": True,
        "remote_name": "copy",
        "remote_pool": arrays.pool,
    }


@pytest.fixture
def core(arrays: Linked) -> Core:
    """Keep a replication, as one provider process does."""
    return keeper(arrays, ReplicationResource)


def make_anew(arrays: Linked, volume_id: str, name: str, pool: str) -> str:
    """Let somebody else end the pair and copy to a remote volume of theirs; return its id."""
    with closing(arrays.another_driver()) as driver:
        former = driver.find_replication(volume_id)
        assert former is not None
        driver.disable_replication(replication_id=volume_id)
        driver.remote.rename_volume(volume_id=former.remote_id or "", new_name="former")
        made = driver.enable_replication(
            mode=MODES[arrays.family], volume_id=volume_id, remote_name=name, remote_pool=pool, wait_for_sync=True
        )
    arrays.driver.forget_recent()
    return made.remote_id


# a pair that was made anew


@pytest.mark.parametrize("fate", ["keep", "delete"])
@pytest.mark.parametrize("name", ["copy", "theirs"])
def test_a_pair_that_was_made_anew_elsewhere_is_told_and_left_alone(
    arrays: Linked, core: Core, config: dict[str, Any], name: str, fate: str
) -> None:
    config["remote_on_delete"] = fate
    core.run(config)
    theirs = make_anew(arrays, config["volume_id"], name, OTHER_POOL[arrays.family])
    (said, *_) = core.refresh().items
    assert f"goes to another volume now: {name} ({theirs})" in said.summary
    assert f"in pool {OTHER_POOL[arrays.family]}" in said.detail
    plan = core.plan(config)
    assert plan.action == ("no-op" if fate == "keep" else "update")
    goes = [f"Remote volume {name} ({theirs}) goes with"] if fate == "delete" else []
    assert [one.partition(" replication")[0] for one in warnings_of(plan.diagnostics)] == goes
    core.apply(plan)
    core.refresh()
    assert core.plan(config).action == "no-op"
    found = arrays.driver.find_replication(config["volume_id"])
    assert found is not None
    assert (found.row, found.remote_id) == (1, theirs)
    assert [one for one in warnings_of(core.plan(None).diagnostics) if "is to be ended" in one]
    core.run(None)
    assert (arrays.driver.remote.find_volume(theirs) is None) == (fate == "delete")


def test_a_copy_of_another_name_than_asked_is_told_by_each_refresh(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    make_anew(arrays, config["volume_id"], "theirs", arrays.pool)
    core.refresh()
    (said,) = core.refresh().items
    assert "is called theirs now" in said.summary
    assert "asked for as copy" in said.detail


# what is there, written


@pytest.mark.parametrize("written", [{"remote_name": "theirs"}, {"remote_pool": "other"}])
def test_what_the_copy_is_called_and_where_it_is_now_is_taken_over_by_writing_it(
    arrays: Linked, core: Core, config: dict[str, Any], written: dict[str, Any]
) -> None:
    core.run(config)
    other = OTHER_POOL[arrays.family]
    make_anew(arrays, config["volume_id"], "theirs", other)
    core.refresh()
    taken = {**config, **({"remote_pool": other} if "remote_pool" in written else written)}
    arrays.forget_calls()
    plan = core.plan(taken)
    assert plan.action == "update"
    core.apply(plan)
    assert changes(arrays) == {}
    assert {name: state_of(core)[name] for name in written} == {name: taken[name] for name in written}
    core.refresh()
    assert core.plan(taken).action == "no-op"


def test_a_copy_that_was_renamed_is_taken_over_by_writing_its_name(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    arrays.driver.remote.rename_volume(volume_id=state_of(core)["remote_volume_id"], new_name="renamed")
    core.refresh()
    core.run({**config, "remote_name": "renamed"})
    assert warnings_of(core.refresh()) == []


def test_a_name_that_cannot_be_compared_is_left_to_a_plan_that_can(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    arrays.set_state("remote", "refuse")
    core.begin()
    plan = core.plan({**config, "remote_name": "another"})
    assert plan.action == "no-op"
    assert [one for one in warnings_of(plan.diagnostics) if "cannot be told whether 'another' is the name" in one]
    with pytest.raises(Rejected, match="cannot be told whether 'another' is the name"):
        core.plan({**config, "remote_name": "another", "allow_full_resync": True})
    arrays.set_state("remote", "up")
    core.begin()
    assert core.plan({**config, "remote_name": "another"}).action == "replace"


def test_a_replacement_does_not_speak_of_the_copy_as_one_that_goes_later(core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    told = core.plan({**config, "remote_name": "another", "remote_on_delete": "delete"}).diagnostics
    assert not [one for one in warnings_of(told) if "goes with" in one]
    (said,) = (one for one in told.items if "everything copied anew" in one.summary)
    assert "stays on the other array" in said.detail


# another mode

xiv_only = pytest.mark.parametrize("family", ["xiv"])
ASYNC: dict[str, Any] = {"mode": "async", "rpo_seconds": 120}


def copy_as(arrays: Linked, volume_id: str, mode: ReplicationMode, rpo_s: int | None = None) -> None:
    """Let somebody else change the mode."""
    arrays.advance(3600)
    with closing(arrays.another_driver()) as driver:
        driver.change_replication(replication_id=volume_id, mode=mode, rpo_s=rpo_s, allow_full_resync=True)
    arrays.driver.forget_recent()


@xiv_only
@pytest.mark.parametrize("was", ["sync", "async"])
def test_a_mode_that_was_changed_is_told_and_keeps_nothing_from_being_planned(
    arrays: Linked, core: Core, config: dict[str, Any], was: str
) -> None:
    config |= {"allow_full_resync": True} | (ASYNC if was == "async" else {})
    core.run(config)
    now: ReplicationMode = "sync" if was == "async" else "async"
    copy_as(arrays, config["volume_id"], now, 120 if now == "async" else None)
    (said,) = (one for one in core.refresh().items if "is copied as" in one.summary)
    assert f"is copied as {now} now, not as {was}" in said.summary
    assert ("rpo_seconds = 120" in said.detail) == (now == "async")
    assert core.plan(config).action == "no-op"
    core.run({**config, "allow_full_resync": None})
    found = arrays.driver.find_replication(config["volume_id"])
    assert found is not None
    assert found.mode == now
    arrays.advance(3600)
    core.run(None)
    assert arrays.driver.find_replication(config["volume_id"]) is None


@xiv_only
def test_a_mode_that_was_changed_is_taken_over_by_writing_it(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    copy_as(arrays, config["volume_id"], "async", 120)
    core.refresh()
    arrays.forget_calls()
    plan = core.plan({**config, **ASYNC})
    assert (plan.action, warnings_of(plan.diagnostics)) == ("update", [])
    core.apply(plan)
    assert changes(arrays) == {}
    assert not [said for said in warnings_of(core.refresh()) if "is copied as" in said]
    assert core.plan({**config, **ASYNC}).action == "no-op"
    with pytest.raises(Rejected, match="is async; an XIV changes that only by a new pair"):
        core.plan(config)


@xiv_only
def test_another_rpo_of_a_mode_that_was_changed_takes_the_pair_apart_only_where_that_is_allowed(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run({**config, **ASYNC})
    copy_as(arrays, config["volume_id"], "sync")
    core.refresh()
    other = {**config, **ASYNC, "rpo_seconds": 600}
    with pytest.raises(Rejected, match=r'is sync; an XIV changes that.*or mode = "sync"'):
        core.plan(other)
    told = warnings_of(core.plan({**other, "allow_full_resync": True}).diagnostics)
    assert [said for said in told if "is taken apart and copied in full again" in said]


@xiv_only
def test_another_mode_of_a_group_or_its_member_is_told_at_plan_to_be_refused_while_there_are_members(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    head, group = _mirrored_group(arrays)
    other = {**ASYNC, "allow_full_resync": True}
    assert not _told_of_group(head, {**group, **other})
    assert not _told_of_group(core, {**config, **other})
    arrays.driver.update_consistencygroup(group_id="g", add=(config["volume_id"],))
    arrays.driver.forget_recent()
    assert "group g holds volume " in _told_of_group(head, {**group, **other})
    assert "is in group g" in _told_of_group(core, {**config, **other})
    with pytest.raises(Rejected, match="has members and is not made anew"):
        head.run({**group, **other})


@xiv_only
def test_a_replacement_of_a_group_or_its_member_is_told_at_plan_to_be_refused_while_there_are_members(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    head, group = _mirrored_group(arrays)
    other = {"remote_name": "another"}
    said = "is not ended so"
    assert not _told_of_group(head, {**group, **other}, said)
    assert not _told_of_group(core, {**config, **other}, said)
    arrays.driver.update_consistencygroup(group_id="g", add=(config["volume_id"],))
    arrays.driver.forget_recent()
    assert "group g holds volume " in _told_of_group(head, {**group, **other}, said)
    assert "is in group g" in _told_of_group(core, {**config, **other}, said)
    with pytest.raises(Rejected, match="has members and is not ended"):
        head.run({**group, **other})
    with pytest.raises(Rejected, match="moves with its consistency group g only"):
        core.run({**config, **other})
    arrays.driver.update_consistencygroup(group_id="g", remove=(config["volume_id"],))  # as its resource does first
    head.run({**group, **other})
    core.run({**config, **other, "remote_name": "one more"})


def _mirrored_group(arrays: Linked) -> tuple[Core, dict[str, Any]]:
    """Mirror a new group g, and return who keeps that replication, and how it is written."""
    arrays.driver.create_consistencygroup(name="g", pool=arrays.pool)
    group = {"consistency_group_id": "g", "mode": "sync", "remote_pool": arrays.pool, "wait_for_sync": True}
    head = keeper(arrays, ReplicationResource)
    head.run(group)
    return head, group


def _told_of_group(core: Core, config: dict[str, Any], what: str = "gets no other mode so") -> str:
    return " ".join(said for said in warnings_of(core.plan(config).diagnostics) if what in said)


def test_a_mode_a_pair_has_already_is_taken_over_out_of_step(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    state_of(core)["mode"] = {"xiv": "async", "ds8k": "global_copy"}[arrays.family]
    state_of(core)["rpo_seconds"] = 120 if arrays.family == "xiv" else None
    arrays.set_link("down")
    arrays.write("home", config["volume_id"], "second")
    arrays.advance(60)
    core.begin()
    found = arrays.driver.find_replication(config["volume_id"])
    assert found is not None
    assert found.row == 2
    plan = core.plan(config)
    assert (plan.action, warnings_of(plan.diagnostics)) == ("update", [])
    core.apply(plan)
    assert (state_of(core)["mode"], state_of(core)["rpo_seconds"]) == (config["mode"], None)

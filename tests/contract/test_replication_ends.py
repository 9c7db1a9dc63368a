"""An end of a replication that was broken off: kept in the state and told until it is finished, by running it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.linked import Linked
from support.mirror_lab import Lab, lab_of
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import Volume
from terraform_provider_xivds8k.resources import ReplicationResource

FATES = ("keep", "delete")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Return two linked XIVs whose clock runs twenty times as fast."""
    with lab_of(tmp_path / "lab.db", 20) as held:
        yield held


@pytest.fixture
def arrays(lab: Lab) -> Linked:
    """Return them as the keeper of a resource needs them."""
    return lab.linked


@pytest.fixture
def volume(arrays: Linked) -> Volume:
    """Return a volume at home, written to."""
    return arrays.volume("first")


@pytest.fixture
def config(volume: Volume) -> dict[str, Any]:
    """Return the configuration of a copy of it."""
    return {"volume_id": volume.id, "mode": "sync", "wait_for_sync": True, "remote_name": "copy"}


@pytest.fixture
def core(arrays: Linked) -> Core:
    """Keep a replication, as one provider process does."""
    return keeper(arrays, ReplicationResource)


def break_off(lab: Lab, core: Core, config: dict[str, Any], fate: str) -> str:
    """Let the destruction fail once the mirror is gone; return the remote volume's id."""
    core.run({**config, "remote_on_delete": fate})
    left = str(state_of(core)["remote_volume_id"])
    command = {"keep": "vol_unlock", "delete": "vol_delete"}[fate]
    lab.linked.fail("remote", command, "error", code="ACCESS_DENIED", times=9)
    with pytest.raises(
        Rejected, match=rf"`{command} vol=copy` on array {lab.linked.simulation.arrays[1]['system_id']}"
    ):
        core.run(None)
    lab.linked.ask("DELETE", "/faults")
    assert lab.states(vol=config["volume_id"]) == ("-", "-")
    return left


def is_locked(lab: Lab, name: str) -> bool:
    (row,) = lab.tell("remote", "vol_list", vol=name)
    return row["locked"] == "yes"


@pytest.mark.parametrize("fate", FATES)
def test_a_copy_that_is_locked_still_stays_in_the_state_until_the_end_is_finished(
    lab: Lab, core: Core, config: dict[str, Any], fate: str
) -> None:
    left = break_off(lab, core, config, fate)
    for _ in range(2):
        (said,) = warnings_of(core.refresh())
        assert f"Remote volume copy ({left}) is left of" in said
        assert "locked still as the copy it was" in said
        assert state_of(core)["remote_volume_id"] == left
    plan = core.plan(None)
    assert any(f"copy ({left}) is to be" in said for said in warnings_of(plan.diagnostics))
    core.apply(plan)
    assert core.instance is None
    assert ("copy" in lab.names("remote")) == (fate == "keep")
    if fate == "keep":
        lab.linked.write("remote", left, "second")
    assert core.refresh().items == []


@pytest.mark.parametrize("fate", FATES)
def test_a_process_that_died_in_the_midst_of_an_end_leaves_nothing_unseen(
    lab: Lab, core: Core, config: dict[str, Any], fate: str
) -> None:
    """The state is as it was before, and so is a plan made by it without a refresh."""
    core.run({**config, "remote_on_delete": fate})
    before = replace(core.instance) if core.instance is not None else None
    break_off(lab, core, config, fate)
    core.instance = before
    core.apply(core.plan(None))
    assert core.instance is None
    assert ("copy" in lab.names("remote")) == (fate == "keep")
    assert fate == "delete" or not is_locked(lab, "copy")


@pytest.mark.parametrize("fate", FATES)
def test_what_others_unlocked_meanwhile_is_theirs(lab: Lab, core: Core, config: dict[str, Any], fate: str) -> None:
    left = break_off(lab, core, config, fate)
    core.refresh()
    plan = core.plan(None)
    lab.tell("remote", "vol_unlock", vol="copy")
    lab.linked.write("remote", left, "theirs")
    core.apply(plan)
    assert lab.labels("remote", "copy") == ["first", "theirs"]


def test_what_was_unlocked_by_hand_is_finished(lab: Lab, core: Core, config: dict[str, Any]) -> None:
    left = break_off(lab, core, config, "keep")
    core.refresh()
    lab.tell("remote", "vol_unlock", vol="copy")
    (told,) = core.refresh().items
    assert "is gone" in told.summary
    assert f"copy ({left}) is still on array" in told.detail
    assert core.instance is None


def test_an_apply_with_the_block_still_there_finishes_the_end_and_begins_anew(
    lab: Lab, core: Core, config: dict[str, Any], volume: Volume
) -> None:
    left = break_off(lab, core, config, "keep")
    core.refresh()
    again = {**config, "remote_name": "another"}
    plan = core.plan(again)
    assert plan.action == "replace"
    core.apply(plan, again)
    lab.linked.write("remote", left, "second")
    assert state_of(core)["remote_name"] == "another"
    assert lab.row(volume.id) == 1
    core.refresh()
    assert core.plan(again).action == "no-op"


def test_a_name_that_stays_taken_is_told_by_the_plan(lab: Lab, core: Core, config: dict[str, Any]) -> None:
    break_off(lab, core, config, "keep")
    core.refresh()
    plan = core.plan(config)
    assert any("keeps its name, which the new one is to get" in said for said in warnings_of(plan.diagnostics))


@pytest.mark.parametrize("fate", FATES)
def test_a_remote_array_that_is_silent_after_the_end_loses_nothing(
    lab: Lab, core: Core, config: dict[str, Any], fate: str
) -> None:
    core.run({**config, "remote_on_delete": fate})
    lab.linked.fail("remote", {"keep": "vol_unlock", "delete": "vol_delete"}[fate], "down")
    with pytest.raises(Rejected, match=r"vol=copy"):
        core.run(None)
    lab.linked.ask("DELETE", "/faults")
    lab.linked.set_state("remote", "up")
    assert any("locked still" in said for said in warnings_of(core.refresh()))
    core.run(None)
    assert core.instance is None
    assert ("copy" in lab.names("remote")) == (fate == "keep")
    assert fate == "delete" or not is_locked(lab, "copy")


def test_a_copy_whose_pair_others_ended_is_never_deleted(
    lab: Lab, core: Core, config: dict[str, Any], volume: Volume
) -> None:
    core.run({**config, "remote_on_delete": "delete"})
    left = str(state_of(core)["remote_volume_id"])
    lab.tell("home", "mirror_deactivate", vol=volume.name)
    lab.tell("home", "mirror_delete", vol=volume.name)
    (told,) = core.refresh().items
    assert f"copy ({left}) is still on array" in told.detail
    assert "may be the only good copy" in told.detail
    assert core.instance is None
    another = {**config, "remote_name": "another", "remote_on_delete": "delete"}
    core.run(another)
    assert lab.labels("remote", "copy") == ["first"]
    assert is_locked(lab, "copy")


def test_a_remote_group_that_was_not_deleted_stays_in_the_state(lab: Lab, core: Core) -> None:
    lab.driver.create_consistencygroup(name="g", pool=lab.linked.pool)
    core.run({"consistency_group_id": "g", "mode": "sync", "remote_on_delete": "delete"})
    lab.linked.fail("remote", "cg_delete", "error", code="ACCESS_DENIED", times=9)
    with pytest.raises(Rejected, match=r"`cg_delete cg=g` on array"):
        core.run(None)
    lab.linked.ask("DELETE", "/faults")
    (said,) = warnings_of(core.refresh())
    assert "Remote group g is left of" in said
    core.run(None)
    assert core.instance is None
    assert lab.tell("remote", "cg_list") == []


def test_a_remote_group_that_got_members_meanwhile_is_theirs(lab: Lab, core: Core) -> None:
    lab.driver.create_consistencygroup(name="g", pool=lab.linked.pool)
    core.run({"consistency_group_id": "g", "mode": "sync", "remote_on_delete": "delete"})
    lab.linked.fail("remote", "cg_delete", "error", code="ACCESS_DENIED", times=9)
    with pytest.raises(Rejected):
        core.run(None)
    lab.linked.ask("DELETE", "/faults")
    core.refresh()
    plan = core.plan(None)
    lab.tell("remote", "vol_create", vol="theirs", pool=lab.linked.pool, size=17)
    lab.tell("remote", "cg_add_vol", cg="g", vol="theirs")
    core.apply(plan)
    assert [row["name"] for row in lab.tell("remote", "cg_list")] == ["g"]


def test_a_group_whose_remote_one_stays_has_nothing_left_to_do(lab: Lab, core: Core) -> None:
    lab.driver.create_consistencygroup(name="g", pool=lab.linked.pool)
    core.run({"consistency_group_id": "g", "mode": "sync"})
    lab.driver.disable_replication(replication_id="g")
    (told,) = core.refresh().items
    assert "is gone" in told.summary
    assert "remote group g is still on array" in told.detail
    assert core.instance is None


def test_a_copy_whose_volume_is_gone_at_home_is_not_deleted(
    lab: Lab, core: Core, config: dict[str, Any], volume: Volume
) -> None:
    break_off(lab, core, config, "delete")
    core.refresh()
    plan = core.plan(None)
    lab.tell("home", "vol_delete", vol=volume.name)
    (said,) = warnings_of(core.apply(plan))
    assert f"home has no volume {volume.id} any more" in said
    assert core.instance is None
    assert lab.labels("remote", "copy") == ["first"]


def take_apart(lab: Lab, core: Core, config: dict[str, Any]) -> None:
    """Let a change of mode fail once the mirror is gone, and the old one not be made again either."""
    lab.linked.fail("home", "mirror_create", "error", code="REMOTE_MAX_VOLUMES_REACHED", times=9)
    with pytest.raises(Rejected, match="Putting it back failed too"):
        core.run({**config, "mode": "async", "rpo_seconds": 120, "allow_full_resync": True})
    lab.linked.ask("DELETE", "/faults")
    assert lab.states(vol=config["volume_id"]) == ("-", "-")


def test_a_change_of_mode_that_failed_half_way_is_told_and_the_next_apply_begins_anew(
    lab: Lab, core: Core, config: dict[str, Any], volume: Volume
) -> None:
    config["remote_on_delete"] = "delete"
    core.run(config)
    left = str(state_of(core)["remote_volume_id"])
    take_apart(lab, core, config)
    (said,) = core.refresh().items
    assert f"Remote volume copy ({left}) is left of" in said.summary
    assert "a change of mode that failed half way" in said.detail
    assert state_of(core)["remote_volume_id"] == left
    core.run(config)
    assert lab.row(volume.id) == 1
    assert state_of(core)["remote_volume_id"] != left
    assert len(lab.driver.remote.find_volumes_by_name("copy")) == 1
    core.refresh()
    assert core.plan(config).action == "no-op"


def test_a_change_of_mode_that_failed_half_way_leaves_a_copy_that_stays_alone(
    lab: Lab, core: Core, config: dict[str, Any], volume: Volume
) -> None:
    core.run(config)
    left = str(state_of(core)["remote_volume_id"])
    take_apart(lab, core, config)
    (said,) = core.refresh().items
    assert "a change of mode that failed half way" in said.detail
    core.run({**config, "remote_name": "another"})
    assert lab.row(volume.id) == 1
    assert lab.labels("remote", "copy") == ["first"]
    assert not is_locked(lab, "copy")
    assert state_of(core)["remote_volume_id"] != left


def test_a_copy_whose_pair_others_ended_is_not_deleted_for_a_change_of_mode_that_failed(
    lab: Lab, core: Core, config: dict[str, Any], volume: Volume
) -> None:
    config["remote_on_delete"] = "delete"
    core.run(config)
    lab.tell("home", "mirror_deactivate", vol=volume.name)
    lab.tell("home", "mirror_delete", vol=volume.name)
    loose = {**config, "mode": "async", "rpo_seconds": 120, "allow_full_resync": True}
    with pytest.raises(Rejected):
        core.apply(core.plan(loose))
    (told,) = core.refresh().items
    assert "may be the only good copy" in told.detail
    assert core.instance is None
    assert is_locked(lab, "copy")


def test_the_plan_of_an_end_tells_of_a_copy_that_stays_and_is_not_in_step(
    lab: Lab, core: Core, config: dict[str, Any]
) -> None:
    core.run({**config, "remote_on_delete": "keep"})
    assert not any("not in step" in said for said in warnings_of(core.plan(None).diagnostics))
    lab.linked.set_link("down")
    lab.driver.forget_recent()
    told = [said for said in warnings_of(core.plan(None).diagnostics) if "stays, and is not in step" in said]
    assert len(told) == 1

"""Snapshots whose creation or deletion ends halfway: what is left is known, named, and goes with the next run."""

from __future__ import annotations

from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.late_copies import let_time_pass, refused_for_now
from support.simulated import World
from support.snapshot_hands import DELETE, RELATION, TAKE, WITHDRAW, delete, keeper, make, map_to_host, rest
from support.snapshot_hands import write as write_to
from terraform_provider_xivds8k.driver import Family, Volume
from terraform_provider_xivds8k.driver.flows.flashcopies import OPTIONS

ds8k_only = pytest.mark.parametrize("family", ["ds8k"])
SHORT = {"create": "2s", "read": "5s", "update": "5s", "delete": "2s"}


@pytest.fixture
def volume(array: World) -> Volume:
    """Return a volume somebody wrote to."""
    made = make(array)
    write_to(array, made, "monday")
    return made


@pytest.fixture
def core(array: World) -> Core:
    """Keep a snapshot, as one provider process does."""
    return keeper(array)


@pytest.fixture
def config(array: World, volume: Volume) -> dict[str, Any]:
    """Return the configuration of a snapshot of the volume."""
    return {"volume_id": volume.id, "name": array.new_name()}


@ds8k_only
def test_a_flashcopy_whose_answer_is_lost_and_that_is_not_seen_keeps_its_target(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    """It may still be carried out, so the target's id must not be given to anybody; the next apply deletes it."""
    array.fail(TAKE["ds8k"], "drop_before")
    with pytest.raises(Rejected, match="may still become it"):
        core.run(config)
    state = state_of(core)
    assert (state["lost"], state["written_name"]) == (None, config["name"])
    target = array.driver.find_volume(state["id"])
    assert target is not None
    assert target.name == config["name"]
    assert warnings_of(core.refresh()) == [f"Volume {target.id} is left of snapshot {config['name']}"]
    refused_for_now(core, config)
    refused_for_now(core, None)
    assert array.driver.find_volume(state["id"]) == target
    let_time_pass(core)
    assert core.run(config).action == "replace"  # it is tainted
    assert [one.name for one in array.driver.list_snapshots()] == [config["name"]]
    assert core.run(config).action == "no-op"


@ds8k_only
def test_a_flashcopy_that_came_late_is_withdrawn_at_once(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    array.fail(TAKE["ds8k"], "drop_before")
    with pytest.raises(Rejected):
        core.run(config)
    pair = (config["volume_id"], state_of(core)["id"])
    copies = array.driver._core.array.flashcopies
    assert copies is not None
    assert not copies.establish((pair,), (*OPTIONS, "no_background_copy"), array.driver._core.budget())
    core.run(None)
    assert (core.instance, array.driver.find_volume(pair[1])) == (None, None)


@ds8k_only
def test_an_untainted_target_that_never_became_a_snapshot_is_replaced(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    array.fail(TAKE["ds8k"], "drop_before")
    with pytest.raises(Rejected):
        core.run(config)
    assert core.instance is not None
    core.instance.tainted = False
    refused_for_now(core, config)
    let_time_pass(core)
    made = core.run(config)
    assert (made.action, made.replaces) == ("replace", ("lost",))
    assert core.run(config).action == "no-op"


@ds8k_only
def test_a_target_whose_relation_is_withdrawn_and_that_could_not_be_deleted_goes_with_the_next_run(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    core.run(config)
    target = state_of(core)["id"]
    array.fail(DELETE["ds8k"], "drop_before")
    with pytest.raises(Rejected, match="withdrawn"):
        core.run(None)
    assert (state_of(core)["id"], state_of(core)["lost"]) == (target, None)
    core.refresh()
    core.apply(core.plan(None))
    assert core.instance is None
    assert array.driver.find_volume(target) is None


@ds8k_only
@pytest.mark.parametrize("change", ["renamed", "grown", "mapped"])
def test_what_is_not_as_it_was_left_is_not_deleted(
    array: World, core: Core, config: dict[str, Any], family: Family, change: str
) -> None:
    core.run(config)
    target = array.driver.find_volume(state_of(core)["id"])
    assert target is not None
    array.fail(DELETE["ds8k"], "drop_before")
    with pytest.raises(Rejected):
        core.run(None)
    if change == "renamed":
        rest(array, "PUT", f"/volumes/{target.id}", {"name": "somebodys"})
    elif change == "grown":
        array.driver.extend_volume(volume_id=target.id, size_bytes=2 * target.size_bytes, deadline=10)
    else:
        map_to_host(array, target)
    with pytest.raises(Rejected, match="not deleted"):
        core.apply(core.plan(None))
    assert array.driver.find_volume(target.id) is not None


@ds8k_only
def test_a_withdrawal_whose_answer_is_lost_is_sent_once(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    core.run(config)
    array.fail(WITHDRAW, "drop_before")
    with pytest.raises(Rejected, match="may be withdrawn"):
        core.run(None)
    assert array.calls()[WITHDRAW] == 1
    core.refresh()
    assert state_of(core)["lost"] is False
    core.run(None)
    assert array.driver.list_snapshots() == ()


@ds8k_only
def test_a_full_copy_that_is_not_done_in_time_is_in_the_state_as_what_it_is(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    array.fail(RELATION, "error", code="BE7A0000", times=1000)
    with pytest.raises(Rejected, match="copied in full"):
        core.run({**config, "copy": "full", "timeouts": SHORT})
    array.ask("DELETE", "/faults")
    assert state_of(core)["id"]
    core.refresh()
    assert state_of(core)["lost"] is False
    assert core.instance is not None
    core.instance.tainted = False
    assert core.run({**config, "copy": "full", "timeouts": SHORT}).action == "no-op"


@pytest.mark.parametrize("untainted", [True, False])
def test_a_creation_in_doubt_is_in_the_state_without_an_id(
    array: World, core: Core, config: dict[str, Any], untainted: bool
) -> None:
    """Both ways out: untainted, the one that fits is taken; or out of the state, and imported."""
    driver = array.another_driver(request_timeout_s=1)
    other = keeper(array, driver)
    try:
        array.fail({"xiv": "snapshot_create", "ds8k": "POST /volumes"}[array.family], "drop_before")
        with pytest.raises(Rejected):
            other.run({**config, "timeouts": SHORT})
    finally:
        driver.close()
    core.instance = other.instance
    assert state_of(core)["id"] is None
    if not untainted:
        assert warnings_of(core.refresh()) == [f"Snapshot {config['name']} was never taken"]
        assert core.instance is None
        return
    taken = array.driver.create_snapshot(**config, deadline=10)
    assert warnings_of(core.refresh()) == [f"It is not known whether snapshot {config['name']} is ours"]
    assert core.instance is not None
    core.instance.tainted = False
    assert core.run(config).action == "update"
    assert state_of(core)["id"] == taken.id
    assert core.run(config).action == "no-op"


def test_a_snapshot_in_doubt_is_not_deleted(array: World, core: Core, config: dict[str, Any]) -> None:
    taken = array.driver.create_snapshot(**config, deadline=10)
    core.run({**config, "name": array.new_name()})
    state_of(core).update(id=None, lost=None, name=config["name"])
    with pytest.raises(Rejected, match="in doubt and was not deleted") as caught:
        core.apply(core.plan(None))
    assert taken.id in str(caught.value)
    assert delete(array, taken) is None

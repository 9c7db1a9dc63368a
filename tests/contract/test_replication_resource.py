"""The replication resource behind the stand-in for Terraform core, on linked arrays of both families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.linked import Linked, linked
from support.paired import pair
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import Family, Scope, Terms, Volume
from terraform_provider_xivds8k.resources import ReplicationResource
from terraform_provider_xivds8k.schema import UNKNOWN

MODES: dict[Family, str] = {"xiv": "sync", "ds8k": "metro_mirror"}
SHORT = dict.fromkeys(("create", "read", "update", "delete"), "3s")
LOOSE: dict[Family, str] = {"xiv": "async", "ds8k": "global_copy"}
FILTERS: dict[str, Any] = {"mode": None, "consistency_group_id": None}


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db", time_scale=20) as found:
        yield found


@pytest.fixture
def core(arrays: Linked) -> Core:
    """Keep a replication, as one provider process does."""
    return keeper(arrays, ReplicationResource)


@pytest.fixture
def volume(arrays: Linked) -> Volume:
    """Return a volume at home, written to."""
    return arrays.volume("first")


@pytest.fixture
def config(arrays: Linked, volume: Volume) -> dict[str, Any]:
    """Return the configuration of a synchronous copy of the volume."""
    return {"volume_id": volume.id, "mode": MODES[arrays.family], "wait_for_sync": True}


# life


@pytest.mark.parametrize("remaining", [None, "keep", "delete"])
def test_a_replication_lives_from_creation_to_destruction(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any], remaining: str | None
) -> None:
    config = {**config, "remote_on_delete": remaining}
    core.run(config)
    state = dict(state_of(core))
    assert (state["id"], state["system_id"]) == (volume.id, arrays.simulation.arrays[0]["system_id"])
    assert (state["backend_id"], state["rpo_seconds"], state["remote_name"]) == ("remote", None, volume.name)
    remote = arrays.driver.remote.get_volume(state["remote_volume_id"])
    assert state["remote_wwn"] == remote.wwn
    assert arrays.read("remote", remote.id) == ["first"]
    assert warnings_of(core.refresh()) == []
    assert core.plan(config).action == "no-op"
    planned = core.plan(None)
    stays = "stays" if remaining != "delete" else "is deleted"
    assert [said for said in warnings_of(planned.diagnostics) if f"remote {remote.id} {stays}" in said]
    core.run(None)
    assert arrays.driver.find_replication(volume.id) is None
    assert arrays.read("home", volume.id) == ["first"]
    if remaining == "delete":
        assert arrays.driver.remote.find_volume(remote.id) is None
        return
    arrays.write("remote", remote.id, "after")
    assert arrays.read("remote", remote.id) == ["first", "after"]


def test_a_first_copy_that_is_late_is_a_warning_and_no_reason_to_begin_anew(family: Family, tmp_path: Path) -> None:
    with linked(family, tmp_path / "slow.db", time_scale=0.001) as slow:
        core = keeper(slow, ReplicationResource)
        late = {"volume_id": slow.volume("first").id, "mode": MODES[family], "wait_for_sync": True, "timeouts": SHORT}
        plan = core.plan(late)
        assert any("is set up and not in step yet" in said for said in warnings_of(core.apply(plan, late)))
        assert core.instance is not None
        assert not core.instance.tainted
        core.refresh()
        assert core.plan(late).action == "no-op"


def test_what_is_kept_is_named_when_the_pair_ends(core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    remote_id = state_of(core)["remote_volume_id"]
    plan = core.plan(None)
    answer = core.apply(plan)
    assert any(f"Remote {remote_id}" in said and "stays" in said for said in warnings_of(answer))


def test_everything_written_is_in_the_state_and_plans_empty(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    whole = {**config, "backend_id": "remote", "remote_pool": arrays.pool, "remote_name": "the_copy"}
    core.run(whole)
    state = state_of(core)
    assert {name: state[name] for name in whole} == whole
    core.refresh()
    assert core.plan(whole).action == "no-op"
    assert core.plan(config).action == "no-op"


def test_another_spelling_of_the_remote_pool_is_the_same(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    pool = arrays.driver.remote.get_pool(arrays.pool)
    core.run({**config, "remote_pool": pool.id})
    assert core.plan({**config, "remote_pool": pool.name}).action == "no-op"


@pytest.mark.parametrize("change", ["mode", "mode and back"])
def test_the_mode_is_changed_while_both_sides_are_in_step(
    arrays: Linked, core: Core, config: dict[str, Any], change: str
) -> None:
    core.run(config)
    before = dict(state_of(core))
    rpo = {"rpo_seconds": 120} if arrays.family == "xiv" else {}
    loose = {**config, "mode": LOOSE[arrays.family], "allow_full_resync": True, **rpo}
    core.run(loose)
    arrays.advance(3600)
    core.refresh()
    assert core.plan(loose).action == "no-op"
    state = state_of(core)
    assert (state["mode"], state["id"]) == (loose["mode"], before["id"])
    assert state["rpo_seconds"] == rpo.get("rpo_seconds")
    assert state["remote_volume_id"] == before["remote_volume_id"]
    if change == "mode":
        return
    again = {**config, "allow_full_resync": True}
    core.run(again)
    core.refresh()
    assert core.plan(again).action == "no-op"
    assert state_of(core)["rpo_seconds"] is None


@pytest.mark.parametrize("family", ["xiv"])
def test_a_mode_that_needs_a_full_copy_is_an_error_of_the_plan_until_it_is_allowed(
    core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    loose = {**config, "mode": "async", "rpo_seconds": 120}
    with pytest.raises(Rejected, match="allow_full_resync = true"):
        core.plan(loose)
    plan = core.plan({**loose, "allow_full_resync": True})
    assert plan.action == "update"
    assert any("copied in full again" in said for said in warnings_of(plan.diagnostics))


@pytest.mark.parametrize("family", ["xiv"])
def test_async_needs_a_recovery_point_objective(core: Core, config: dict[str, Any]) -> None:
    with pytest.raises(Rejected, match="needs rpo_seconds") as refused:
        core.plan({**config, "mode": "async"})
    assert refused.value.paths == ["rpo_seconds"]


@pytest.mark.parametrize("family", ["xiv"])
def test_the_recovery_point_objective_is_changed_in_place(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    loose = {**config, "mode": "async", "rpo_seconds": 120}
    core.run(loose)
    assert state_of(core)["rpo_seconds"] == 120
    core.run({**loose, "rpo_seconds": 600})
    core.refresh()
    assert state_of(core)["rpo_seconds"] == 600
    assert core.plan({**loose, "rpo_seconds": 600}).action == "no-op"
    unset = {**loose, "rpo_seconds": None}
    assert core.plan(unset).action == "no-op"


def test_settings_alone_send_nothing(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    arrays.forget_calls()
    core.run({**config, "remote_on_delete": "delete", "allow_full_resync": True, "wait_for_sync": None})
    asked = {**arrays.calls("home"), **arrays.calls("remote")}
    assert not [name for name in asked if name.startswith(("POST /cs", "DELETE", "mirror_create", "mirror_ch"))]
    assert state_of(core)["remote_on_delete"] == "delete"


# what is refused


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"volume_id": None}, "volume_id"),
        ({"consistency_group_id": "g"}, "consistency_group_id"),
        ({"rpo_seconds": 120}, "rpo_seconds"),
        ({"backend_id": "another"}, "backend_id"),
        ({"remote_name": "no/name"}, "remote_name"),
    ],
)
def test_what_cannot_be_meant_is_an_error_of_the_plan(
    core: Core, config: dict[str, Any], wrong: dict[str, Any], path: str
) -> None:
    with pytest.raises(Rejected) as refused:
        core.plan({**config, **wrong})
    assert path in refused.value.paths


def test_the_other_family_s_modes_are_named_beside_those_there_are(arrays: Linked, core: Core, volume: Volume) -> None:
    other = MODES["ds8k" if arrays.family == "xiv" else "xiv"]
    with pytest.raises(Rejected, match=f'allowed is "{MODES[arrays.family]}"'):
        core.plan({"volume_id": volume.id, "mode": other})


def test_without_a_replication_target_nothing_is_planned(arrays: Linked, config: dict[str, Any]) -> None:
    alone = arrays.another_driver(replication_target=None)
    try:
        with pytest.raises(Rejected, match="no replication target"):
            keeper(arrays, ReplicationResource, driver=alone).plan(config)
    finally:
        alone.close()


def test_a_pool_has_to_be_named_somewhere(arrays: Linked, config: dict[str, Any]) -> None:
    target = arrays.settings.replication_target
    assert target is not None
    driver = arrays.another_driver(replication_target=replace(target, pool=None))
    try:
        core = keeper(arrays, ReplicationResource, driver=driver)
        with pytest.raises(Rejected, match="not said which pool") as refused:
            core.plan(config)
        assert refused.value.paths == ["remote_pool"]
        core.run({**config, "remote_pool": arrays.pool})
    finally:
        driver.close()


def test_a_remote_volume_of_the_name_is_refused_and_named(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    there = arrays.driver.remote.create_volume(name=volume.name, pool=arrays.pool, size_bytes=2**30)
    with pytest.raises(Rejected, match=there.id):
        core.run(config)
    assert core.instance is None
    assert arrays.driver.find_replication(volume.id) is None


def test_a_volume_that_is_replicated_already_is_refused_with_an_import_block(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    pair(arrays, volume)
    with pytest.raises(Rejected, match=f'id = "{volume.id}"'):
        core.run(config)
    assert core.instance is None
    assert arrays.driver.find_replication(volume.id) is not None


@pytest.mark.parametrize("mode", ["no_destroy", "read_only"])
def test_the_provider_s_mode_keeps_a_pair(arrays: Linked, core: Core, config: dict[str, Any], mode: Any) -> None:
    core.run(config)
    driver = arrays.another_driver(mode=mode)
    try:
        guarded = keeper(arrays, ReplicationResource, driver=driver, mode=mode)
        guarded.instance = core.instance
        assert any(f'mode = "{mode}"' in said for said in warnings_of(guarded.plan(None).diagnostics))
        with pytest.raises(Rejected, match=mode):
            guarded.run(None)
    finally:
        driver.close()
    assert arrays.driver.find_replication(config["volume_id"]) is not None


@pytest.mark.parametrize("mode", ["no_destroy", "read_only"])
def test_the_provider_s_mode_decides_what_is_set_up_and_changed(
    arrays: Linked, core: Core, config: dict[str, Any], mode: Any
) -> None:
    changed = {**config, "mode": LOOSE[arrays.family], "allow_full_resync": True}
    changed["rpo_seconds"] = 120 if arrays.family == "xiv" else None
    driver = arrays.another_driver(mode=mode)
    try:
        guarded = keeper(arrays, ReplicationResource, driver=driver, mode=mode)
        if mode == "no_destroy":
            guarded.run(config)
            if arrays.family == "ds8k":
                assert not [said for said in warnings_of(guarded.run(changed).diagnostics) if "no_destroy" in said]
                return
            plan = guarded.plan(changed)
            assert [said for said in warnings_of(plan.diagnostics) if 'mode = "no_destroy"' in said]
            with pytest.raises(Rejected, match=mode):  # an XIV would delete the mirror and make it anew
                guarded.apply(plan)
            return
        with pytest.raises(Rejected, match=mode):
            guarded.run(config)
        assert guarded.instance is None
        core.run(config)
        guarded.instance = core.instance
        assert any(f'mode = "{mode}"' in said for said in warnings_of(guarded.plan(changed).diagnostics))
        with pytest.raises(Rejected, match=mode):
            guarded.run(changed)
    finally:
        driver.close()
    found = arrays.driver.find_replication(config["volume_id"])
    assert found is not None
    assert found.mode == config["mode"]


def test_a_pair_that_is_served_by_the_remote_array_is_not_ended(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    terms = Terms(io_stopped=True)
    arrays.driver.failover_host(operation="switch", to="remote", scope=Scope(ids=(config["volume_id"],)), terms=terms)
    core.refresh()
    assert core.plan(config).action == "no-op"
    told = core.plan(None).diagnostics
    (warned,) = (item for item in told.items if "cannot be ended now: row 4" in item.summary)
    assert f"attachments of the remote volume {state_of(core)['remote_volume_id']}, which serves now," in warned.detail
    with pytest.raises(Rejected, match="row 4"):
        core.run(None)
    assert core.instance is not None


# replacement


def test_a_replacement_whose_remote_name_would_stay_taken_is_an_error_of_the_plan(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run({**config, "remote_name": "copy_a"})
    other = {"xiv": "pool2", "ds8k": "P2"}[arrays.family]
    with pytest.raises(Rejected, match="copy_a"):
        core.plan({**config, "remote_name": "copy_a", "remote_pool": other})
    plan = core.plan({**config, "remote_name": "copy_b", "remote_pool": other})
    assert plan.action == "replace"
    assert any("everything copied anew" in said for said in warnings_of(plan.diagnostics))
    core.apply(plan, {**config, "remote_name": "copy_b", "remote_pool": other})
    names = {volume.name for volume in arrays.driver.remote.list_volumes()}
    assert {"copy_a", "copy_b"} <= names
    core.refresh()
    assert core.plan({**config, "remote_name": "copy_b", "remote_pool": other}).action == "no-op"


def test_an_unknown_volume_changes_nothing_in_this_run(core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    assert core.plan({**config, "volume_id": UNKNOWN}).action == "no-op"

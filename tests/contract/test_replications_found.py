"""Replications that others changed, imported, listed or in doubt, behind the stand-in for Terraform core."""

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
from support.xiv_mirroring import sites_of
from terraform_provider_xivds8k.data_sources import ReplicationDataSource
from terraform_provider_xivds8k.driver import Ambiguous, DriverError, Family, NotFound, Volume
from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.lifecycle.importing import generate_config, list_objects
from terraform_provider_xivds8k.resources import ReplicationResource

MODES: dict[Family, str] = {"xiv": "sync", "ds8k": "metro_mirror"}
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


# outside


def test_a_pair_that_was_ended_outside_is_gone_with_a_warning_and_made_again(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    core.run(config)
    arrays.driver.disable_replication(replication_id=volume.id, remote_on_delete="delete")
    assert [said for said in warnings_of(core.refresh()) if "is gone" in said]
    assert core.instance is None
    assert core.plan(config).action == "create"


def test_a_remote_volume_renamed_outside_is_a_warning_and_nothing_else(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    named = {**config, "remote_name": "the_copy"}
    core.run(named)
    arrays.driver.remote.rename_volume(volume_id=state_of(core)["remote_volume_id"], new_name="other_name")
    assert [said for said in warnings_of(core.refresh()) if "is called other_name now" in said]
    assert core.plan(named).action == "no-op"


def test_a_state_of_another_array_is_refused(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    state_of(core)["system_id"] = "2107-75OTHER"
    for act in (core.refresh, lambda: core.plan(None)):
        with pytest.raises(Rejected, match="2107-75OTHER"):
            act()


def test_a_label_that_is_changed_replaces_nothing(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    core.run({**config, "backend_id": "remote"})
    target = arrays.settings.replication_target
    assert target is not None
    driver = arrays.another_driver(replication_target=replace(target, backend_id="potsdam"))
    try:
        renamed = keeper(arrays, ReplicationResource, driver=driver)
        renamed.instance = core.instance
        assert renamed.plan({**config, "backend_id": "potsdam"}).action == "update"
        renamed.refresh()
        assert state_of(renamed)["backend_id"] == "potsdam"
        for label in ("potsdam", None):
            assert renamed.plan({**config, "backend_id": label}).action == "no-op"
    finally:
        driver.close()


# what the plan of a new pair knows


def test_what_would_be_refused_is_told_at_plan(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    assert warnings_of(core.plan(config).diagnostics) == []
    arrays.driver.remote.create_volume(name=volume.name, pool=arrays.pool, size_bytes=2**30)
    (said,) = warnings_of(core.plan(config).diagnostics)
    assert f"the copy cannot be called {volume.name}" in said
    free = {**config, "remote_name": "free_name"}
    assert warnings_of(core.plan(free).diagnostics) == []
    core.run(free)
    other = keeper(arrays, ReplicationResource)
    assert any("is replicated already" in said for said in warnings_of(other.plan(free).diagnostics))


def test_a_copy_for_which_there_is_no_room_is_told_at_plan(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    large = {**config, "volume_id": arrays.volume(gib=4).id}
    (pool,) = [one for one in arrays.driver.remote.list_pools() if arrays.pool in {one.id, one.name}]
    free = pool.virtual_free_bytes if pool.virtual_free_bytes is not None else pool.free_bytes
    size = (free // 2**30 - 2) * 2**30
    arrays.driver.remote.create_volume(name="filler", pool=arrays.pool, size_bytes=size)
    core.begin()
    (said,) = warnings_of(core.plan(large).diagnostics)
    assert "needs 4.0 GiB in the remote pool" in said


def test_a_pair_of_another_volume_of_the_name_that_stays_is_refused_at_plan(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    core.run(config)
    arrays.driver.rename_volume(volume_id=volume.id, new_name="first_old")
    other = arrays.volume(name=volume.name)
    with pytest.raises(Rejected, match="The remote volume that stays is called"):
        core.plan({**config, "volume_id": other.id})
    assert core.plan({**config, "volume_id": other.id, "remote_name": "another"}).action == "replace"


# import, listing, data source


def test_it_is_imported_by_id_and_identity_and_plans_empty(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    pair(arrays, volume)
    bare = {"volume_id": volume.id, "mode": config["mode"]}
    system_id = arrays.simulation.arrays[0]["system_id"]
    for how in ({"text": volume.id}, {"identity": {"system_id": system_id, "id": volume.id}}):
        one = keeper(arrays, ReplicationResource)
        one.import_object(**how)
        one.refresh()
        assert one.plan(bare).action == "no-op"
        generated = generate_config(one.resource(), state_of(one))
        assert one.plan(generated).action == "no-op"
    with pytest.raises(Rejected, match="is not replicated"):
        keeper(arrays, ReplicationResource).import_object(arrays.volume().id)


def test_a_listing_is_of_what_is_replicated(arrays: Linked, core: Core, volume: Volume) -> None:
    arrays.volume()
    pair(arrays, volume)
    resource: Any = core.resource()

    def listed(**filters: Any) -> list[Any]:
        found = list_objects(resource, {**FILTERS, **filters}, whole=True, limit=0)
        return [one.identity["id"] for one in found]

    assert listed() == [volume.id]
    assert (listed(mode=MODES[arrays.family]), listed(mode=LOOSE[arrays.family])) == ([volume.id], [])


def test_a_listing_with_one_array_silent_names_what_it_lacks(arrays: Linked, core: Core, volume: Volume) -> None:
    pair(arrays, volume)
    arrays.set_state("remote", "refuse")
    resource: Any = core.resource()
    assert list(list_objects(resource, FILTERS, whole=True, limit=0)) == []
    (said,) = resource.not_listed.items
    assert "Not all replications are listed" in said.summary
    assert volume.id in said.detail or volume.name in said.detail


@pytest.mark.parametrize("family", ["xiv"])
def test_a_mirrored_group_and_its_member_live_and_are_listed_together(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    arrays.driver.create_consistencygroup(name="mirrored", pool=arrays.pool)
    group = {"consistency_group_id": "mirrored", "mode": "sync", "wait_for_sync": True}
    of_group = keeper(arrays, ReplicationResource)
    of_group.run(group)
    assert (state_of(of_group)["id"], state_of(of_group)["remote_volume_id"]) == ("mirrored", "mirrored")
    assert state_of(of_group)["remote_wwn"] is None
    core.run(config)
    arrays.driver.update_consistencygroup(group_id="mirrored", add=(volume.id,))
    for kept, wanted in ((of_group, group), (core, config)):
        assert warnings_of(kept.refresh()) == []
        assert kept.plan(wanted).action == "no-op"
    resource: Any = core.resource()
    found = list_objects(resource, {**FILTERS, "consistency_group_id": "mirrored"}, whole=False, limit=0)
    assert [one.identity["id"] for one in found] == ["mirrored", volume.id]
    source = ReplicationDataSource(core.resource().configured)
    asked = source.model.from_raw({**source.model.nothing().raw, "id": "mirrored"})
    said = source.read(asked, Diagnostics())
    assert (said.subject, [one.id for one in said.members]) == ("group", [volume.id])


def test_the_data_source_tells_how_it_stands_from_whichever_array_answers(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    core.run(config)
    remote_id = state_of(core)["remote_volume_id"]
    source = ReplicationDataSource(core.resource().configured)

    def told(**asked: Any) -> Any:
        core.begin()
        return source.read(source.model.from_raw({**source.model.nothing().raw, **asked}), Diagnostics())

    said = told(id=volume.id)
    assert (said.row, said.state, said.serves, said.cause) == (1, "home_serves", "home", "")
    assert said.operations == ["switch", "failover"]
    needs = ["force"] if config["mode"] != "global_copy" else ["force", "accept_inconsistent"]
    assert [(one.operation, one.to, one.needs) for one in said.offers] == [
        ("switch", "remote", []),
        ("failover", "remote", needs),
    ]
    assert (said.remote_volume_id, said.remote_id, said.mode) == (remote_id, remote_id, config["mode"])
    arrays.set_state("remote", "refuse")
    assert told(id=volume.id).row == 3
    arrays.set_state("remote", "up")
    arrays.set_state("home", "refuse")
    said = told(id=volume.id, remote_volume_id=remote_id)
    assert (said.row, said.operations) == (7, ["failover"])
    assert "does not answer" in said.home_says


@pytest.mark.parametrize("family", ["ds8k"])
def test_an_id_both_arrays_use_is_that_of_home_s_volume(arrays: Linked, core: Core) -> None:
    arrays.driver.remote.create_volume(name="shift", pool=arrays.pool, size_bytes=2**30)
    volumes = [arrays.volume() for _ in range(2)]
    remote_ids = [pair(arrays, one) for one in volumes]
    assert remote_ids[0] == volumes[1].id
    source = ReplicationDataSource(core.resource().configured)
    for own, there in zip(volumes, remote_ids, strict=True):
        found = source.read(source.model.from_raw({**source.model.nothing().raw, "id": own.id}), Diagnostics())
        assert (found.remote_volume_id, found.row) == (there, 1)
    far = f"{arrays.simulation.arrays[1]['system_id']}/{remote_ids[0]}"
    found = source.read(source.model.from_raw({**source.model.nothing().raw, "id": far}), Diagnostics())
    assert found.remote_id == remote_ids[0]


@pytest.mark.parametrize("family", ["ds8k"])
def test_a_volume_that_is_in_no_pair_has_no_state_of_another_volume_s(arrays: Linked, core: Core) -> None:
    arrays.driver.remote.create_volume(name="shift", pool=arrays.pool, size_bytes=2**30)
    first, second = (arrays.volume() for _ in range(2))
    first_there, second_there = (pair(arrays, one) for one in (first, second))
    assert first_there == second.id
    source = ReplicationDataSource(core.resource().configured)

    def told(own: str, there: str | None = None) -> Any:
        asked = {**source.model.nothing().raw, "id": own, "remote_volume_id": there}
        return source.read(source.model.from_raw(asked), Diagnostics())

    arrays.driver.disable_replication(replication_id=second.id)
    for there in (None, second_there, first_there):
        with pytest.raises((Ambiguous, NotFound)):
            told(second.id, there)
    assert told(first.id, "0099").remote_id == first_there
    arrays.driver.disable_replication(replication_id=first.id)
    pair(arrays, second)
    with pytest.raises(NotFound):
        told(first.id, first_there)


@pytest.mark.parametrize("family", ["ds8k"])
def test_with_home_silent_from_the_start_an_id_alone_is_not_guessed(arrays: Linked, volume: Volume) -> None:
    there = pair(arrays, volume)
    arrays.set_state("home", "refuse")
    driver = arrays.another_driver()
    try:
        with pytest.raises(Ambiguous):
            driver.get_status_of_replication(volume.id)
        with pytest.raises(NotFound):
            driver.get_status_of_replication("00AA", remote_id=there)
        exact = f"{arrays.simulation.arrays[0]['system_id']}/{volume.id}"
        for own, remote in ((volume.id, there), (exact, None)):
            assert driver.get_status_of_replication(own, remote_id=remote).row == 7
    finally:
        driver.close()


# doubt


@pytest.mark.parametrize("action", ["drop_after", "drop_before"])
def test_a_lost_answer_is_looked_up_or_leaves_a_doubt_that_an_apply_settles(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any], action: str
) -> None:
    command = {"xiv": "mirror_create", "ds8k": "POST /cs/pprcs"}[arrays.family]
    arrays.fail("home", command, action)
    try:
        core.run(config)
    except Rejected:
        assert core.instance is not None or arrays.driver.find_replication(volume.id) is None
        core.run(config)
    core.refresh()
    assert core.plan(config).action == "no-op"
    assert state_of(core)["id"] == volume.id
    remote = [one.name for one in arrays.driver.remote.list_volumes() if one.name.startswith(volume.name)]
    assert len(remote) == 1


def test_a_doubt_is_told_and_taken_over_or_ended(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    """As it is after the pair was made and both arrays fell silent."""
    core.run(config)
    state = state_of(core)
    doubt = {**state, "id": None, "remote_volume_id": None, "remote_wwn": None}
    assert core.instance is not None
    core.instance.state, core.instance.identity = dict(doubt), None
    assert any("It is not known whether" in said for said in warnings_of(core.refresh()))
    assert state_of(core) == doubt
    core.run(config)
    core.refresh()
    assert state_of(core) == state
    core.instance.state, core.instance.identity = {**doubt, "remote_on_delete": "delete"}, None
    core.run(None)
    assert arrays.driver.find_replication(volume.id) is None
    assert arrays.driver.remote.find_volume(state["remote_volume_id"]) is None


def test_a_doubt_of_which_nothing_came_is_gone(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    assert core.instance is not None
    core.instance.state |= {"id": None, "remote_volume_id": None, "remote_wwn": None}
    core.instance.identity = None
    arrays.driver.disable_replication(replication_id=config["volume_id"], remote_on_delete="delete")
    assert any("is not there" in said for said in warnings_of(core.refresh()))
    assert core.instance is None


def test_a_remote_volume_that_is_left_over_is_told_and_makes_way_for_a_new_one(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    """As it is after a deletion that ended the pair and lost the answer to the rest."""
    config = {**config, "remote_on_delete": "delete"}
    core.run(config)
    left = state_of(core)["remote_volume_id"]
    arrays.driver.disable_replication(replication_id=volume.id)
    if arrays.family == "xiv":  # as the array leaves it
        with sites_of(arrays.simulation) as sites:
            sites.away.does("vol_lock", vol=volume.name)
    assert core.instance is not None
    core.instance.state["id"] = None
    core.instance.state["left_bytes"] = arrays.driver.remote.get_volume(left).size_bytes
    core.instance.identity = None
    assert any(f"({left}) is left of" in said for said in warnings_of(core.refresh()))
    assert core.plan(config).action == "replace"
    core.run(config)
    core.refresh()
    assert core.plan(config).action == "no-op"
    copies = [one.id for one in arrays.driver.remote.list_volumes() if one.name == volume.name]
    assert copies == [state_of(core)["remote_volume_id"]]


@pytest.mark.parametrize("family", ["ds8k"])
@pytest.mark.parametrize("fate", ["keep", "delete"])
def test_a_growth_that_failed_half_way_is_not_called_somebody_else_s(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any], fate: str
) -> None:
    core.run({**config, "remote_on_delete": fate})
    left = state_of(core)["remote_volume_id"]
    arrays.fail("home", "POST /cs/pprcs", "error", code="BE7A0042", times=9)
    arrays.fail("remote", "POST /cs/pprcs", "error", code="BE7A0042", times=9)
    with pytest.raises(DriverError, match="NOT replicated now"):
        arrays.driver.extend_volume(volume_id=volume.id, size_bytes=2 * 2**30, allow_full_resync=True, deadline=20)
    arrays.ask("DELETE", "/faults")
    (told,) = core.refresh().items
    assert "outside Terraform" not in told.detail
    assert "failed half way" in told.detail
    assert f"remote volume {volume.name} ({left}) is still on array" in told.detail
    assert "refused while that has the name" in told.detail
    assert arrays.driver.remote.find_volume(left) is not None

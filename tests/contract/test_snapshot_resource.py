"""The snapshot resource behind the stand-in for Terraform core, on both families, over the real wire."""

from __future__ import annotations

from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.simulated import World
from support.snapshot_hands import (
    keeper,
    labels,
    lose,
    make,
    map_to_host,
    rest,
    take,
    xcli,
)
from support.snapshot_hands import write as write_to
from terraform_provider_xivds8k.driver import Family, Volume
from terraform_provider_xivds8k.schema import UNKNOWN

ds8k_only = pytest.mark.parametrize("family", ["ds8k"])
xiv_only = pytest.mark.parametrize("family", ["xiv"])
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


def writes(array: World) -> dict[str, int]:
    return {k: n for k, n in array.calls().items() if not k.startswith(("GET", "POST /tokens")) and "_list" not in k}


def test_a_snapshot_lives_from_creation_to_destruction(array: World, core: Core, config: dict[str, Any]) -> None:
    assert core.run(config).action == "create"
    state = state_of(core)
    assert (state["name"], state["lost"], state["system_id"]) == (config["name"], False, array.description["system_id"])
    assert state["created_at"]
    assert core.run(config).action == "no-op"
    renamed = {**config, "name": array.new_name()}
    assert core.run(renamed).action == "update"
    assert (state_of(core)["id"], state_of(core)["name"]) == (state["id"], renamed["name"])
    assert state_of(core)["created_at"] == state["created_at"]
    assert core.run(renamed).action == "no-op"
    core.run(None)
    assert array.driver.find_volume(state["id"]) is None


def test_a_lost_snapshot_warns_and_changes_nothing(
    array: World, core: Core, config: dict[str, Any], volume: Volume
) -> None:
    core.run(config)
    before = state_of(core)
    found = array.driver.find_snapshot(before["id"])
    assert found is not None
    lose(array, found)
    write_to(array, volume, "tuesday")
    written = writes(array)
    said = core.refresh()
    assert warnings_of(said) == [f"Snapshot {config['name']} of volume {volume.id} is lost"]
    assert before["created_at"] in said.items[0].detail
    assert state_of(core) == {**before, "lost": True}
    assert core.run(config).action == "no-op"
    kept = core.run({**config, "name": array.new_name()})
    assert kept.action == "no-op"
    assert f"Lost snapshot {config['name']} keeps its name" in warnings_of(kept.diagnostics)
    assert writes(array) == written
    assert core.run({**config, "recreate_when_lost": False}).action == "update"
    core.apply(core.plan(None))
    assert core.instance is None
    assert writes(array) == written


@pytest.mark.parametrize("how", ["-replace", "recreate_when_lost"])
def test_a_lost_snapshot_is_taken_anew_when_that_is_asked_for(
    array: World, core: Core, config: dict[str, Any], volume: Volume, how: str
) -> None:
    core.run(config)
    lost = array.driver.find_snapshot(state_of(core)["id"])
    assert lost is not None
    lose(array, lost)
    write_to(array, volume, "tuesday")
    core.refresh()
    config = {**config, "name": array.new_name()}  # on a DS8000 the lost target keeps its name
    if how == "recreate_when_lost":
        config |= {"recreate_when_lost": True}
    made = core.plan(config, replace=how == "-replace")
    assert made.action == "replace"
    assert made.replaces == (("lost",) if how == "recreate_when_lost" else ())
    core.apply(made)
    now = array.driver.find_snapshot(state_of(core)["id"], volume.id)
    assert now is not None
    assert labels(array, now) == ["monday", "tuesday"]
    assert core.run(config).action == "no-op"
    assert (array.driver.find_volume(lost.id) is not None) == (array.family == "ds8k")


def test_a_snapshot_whose_volume_is_gone_is_lost_all_the_same(
    array: World, core: Core, config: dict[str, Any], volume: Volume
) -> None:
    core.run(config)
    found = array.driver.find_snapshot(state_of(core)["id"])
    assert found is not None
    lose(array, found)
    array.driver.delete_volume(volume_id=volume.id, deadline=10)
    core.refresh()
    assert state_of(core)["lost"] is True
    assert core.plan({**config, "volume_id": UNKNOWN}).action == "no-op"
    core.run(None)
    assert core.instance is None


@ds8k_only
def test_what_stays_of_a_lost_snapshot_is_named(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    core.run(config)
    target = state_of(core)["id"]
    rest(array, "DELETE", f"/cs/flashcopies/{config['volume_id']}:{target}")
    core.refresh()
    said = core.apply(core.plan(None))
    assert warnings_of(said) == [f"Volume {target} ({config['name']}) stays on the array"]
    assert array.driver.find_volume(target) is not None


def test_a_snapshot_that_is_there_again_is_not_deleted_as_a_lost_one(
    array: World, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    state_of(core)["lost"] = True
    with pytest.raises(Rejected, match="is there again"):
        core.apply(core.plan(None))
    said = core.refresh()
    assert state_of(core)["lost"] is False
    if array.family == "ds8k":
        assert warnings_of(said) == [f"Snapshot {config['name']} is there again"]
        assert state_of(core)["created_at"] is None
    core.run(None)
    assert array.driver.list_snapshots() == ()


def test_a_mapped_snapshot_is_named_at_plan_and_refused_at_apply(
    array: World, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    found = array.driver.find_snapshot(state_of(core)["id"])
    assert found is not None
    map_to_host(array, found)
    planned = core.plan(None)
    assert any("h1" in text for text in warnings_of(planned.diagnostics))
    with pytest.raises(Rejected, match="h1"):
        core.apply(planned)
    assert state_of(core)["id"] == found.id


def test_another_volume_replaces_and_another_spelling_does_not(
    array: World, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    assert core.plan({**config, "volume_id": config["volume_id"].upper()}).action == "no-op"
    other = make(array)
    made = core.plan({**config, "volume_id": other.id})
    assert (made.action, made.replaces) == ("replace", ("volume_id",))
    core.apply(made)
    assert array.driver.find_snapshot(state_of(core)["id"], other.id) is not None


@pytest.mark.parametrize("form", ["id", "name", "wwn", "identity"])
def test_every_form_of_import_is_followed_by_an_empty_plan(array: World, core: Core, volume: Volume, form: str) -> None:
    taken = take(array, volume)
    if form == "identity":
        core.import_object(identity={"system_id": taken.system_id, "id": taken.id})
    else:
        core.import_object({"id": taken.id, "name": f"name:{taken.name}", "wwn": f"wwn:{taken.wwn}"}[form])
    assert (state_of(core)["id"], state_of(core)["volume_id"]) == (taken.id, volume.id)
    assert (state_of(core)["created_at"] is None) == (array.family == "ds8k")
    assert core.plan({"volume_id": volume.id, "name": taken.name}).action == "no-op"
    assert core.plan(core.generated()).action == "no-op"


def test_a_volume_is_not_imported_as_a_snapshot_nor_a_snapshot_as_a_volume(
    array: World, core: Core, manage: Any, volume: Volume
) -> None:
    taken = take(array, volume)
    for text in (volume.id, f"name:{volume.name}", f"wwn:{volume.wwn}"):
        with pytest.raises(Rejected, match="is a volume, not a snapshot"):
            core.import_object(text)
    for text in (taken.id, f"name:{taken.name}", f"wwn:{taken.wwn}"):
        with pytest.raises(Rejected, match="xivds8k_snapshot"):
            manage().import_object(text)
    for text in ("name:nobody", "wwn:0123456789abcdef"):
        with pytest.raises(Rejected, match="No snapshot"):
            core.import_object(text)


def test_what_is_not_for_the_family_is_refused_at_plan(array: World, core: Core, config: dict[str, Any]) -> None:
    foreign: tuple[dict[str, Any], ...] = ({"copy": "none"}, {"pool": "P0"}, {"delete_priority": 1})
    for more in foreign[:2] if array.family == "xiv" else foreign[2:]:
        with pytest.raises(Rejected) as caught:
            core.plan({**config, **more})
        assert caught.value.paths == list(more)
        assert "not for this array" in caught.value.summaries[0]


def test_a_taken_name_is_answered_with_an_import_block(array: World, core: Core, config: dict[str, Any]) -> None:
    taken = array.driver.create_snapshot(**config, deadline=10)
    with pytest.raises(Rejected, match="to = xivds8k_snapshot") as caught:
        core.run(config)
    assert f'id = "{taken.id}"' in str(caught.value)
    assert core.instance is None


@xiv_only
def test_a_priority_is_changed_in_place(array: World, core: Core, config: dict[str, Any], family: Family) -> None:
    core.run(config)
    assert state_of(core)["delete_priority"] == 1
    made = core.run({**config, "delete_priority": 4})
    assert made.action == "update"
    found = array.driver.find_snapshot(state_of(core)["id"])
    assert found is not None
    assert found.delete_priority == 4
    assert core.run(config).action == "no-op"


@xiv_only
def test_a_snapshot_that_was_taken_again_outside_is_told(
    array: World, core: Core, config: dict[str, Any], volume: Volume, family: Family
) -> None:
    core.run(config)
    array.ask("POST", "/clock", {"advance_s": 90})
    xcli(array, "snapshot_create", vol=volume.name, overwrite=config["name"])
    said = core.refresh()
    assert warnings_of(said) == [f"Snapshot {config['name']} was taken again outside Terraform"]


@ds8k_only
def test_a_pool_may_be_spelled_by_name_and_another_one_replaces(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    first, second = array.pools()
    core.run({**config, "pool": first.name})
    assert core.run({**config, "pool": first.id}).action == "no-op"
    assert core.run(config).action == "no-op"
    assert core.plan({**config, "pool": second.id}).replaces == ("pool",)
    rest(array, "PUT", f"/volumes/{state_of(core)['id']}", {"pool": second.id})
    assert core.run({**config, "pool": first.id}).action == "no-op"


@ds8k_only
def test_a_snapshot_moved_outside_is_not_replaced_by_writing_the_pool_it_is_in(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    first, second = array.pools()
    core.run({**config, "pool": first.id})
    assert state_of(core)["pool_id"] == first.id
    rest(array, "PUT", f"/volumes/{state_of(core)['id']}", {"pool": second.id})
    core.refresh()
    assert state_of(core)["pool_id"] == second.id
    for pool in (second.id, second.name, first.id):
        assert core.run({**config, "pool": pool}).action == "no-op"


@ds8k_only
def test_a_snapshot_whose_pool_was_renamed_is_not_replaced_by_writing_the_new_name(
    array: World, core: Core, config: dict[str, Any], family: Family
) -> None:
    first, second = array.pools()
    core.run({**config, "pool": first.name})
    state_of(core)["pool"] = "its_former_name"
    assert core.run({**config, "pool": first.name}).action == "no-op"
    assert core.plan({**config, "pool": second.name}).replaces == ("pool",)

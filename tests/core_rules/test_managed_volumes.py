"""A managed volume: taken as it is, kept as any other, and given up; what is not written is never touched."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from support.core import Core, Rejected, warnings_of
from support.memory_array import MemoryDriver
from support.memory_volume import MemoryWorld, gib
from terraform_provider_xivds8k.driver import Family, NotFound, Refused, Volume
from terraform_provider_xivds8k.resources import ManagedVolumeResource
from terraform_provider_xivds8k.schema import UNKNOWN

OTHER: dict[Family, str] = {"xiv": "0017380000ffff01", "ds8k": "00F0"}
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])
xiv_only = pytest.mark.parametrize("family", ["xiv"])


@pytest.fixture
def legacy(memory: MemoryWorld) -> Volume:
    """Have a volume that was there before."""
    return MemoryDriver(memory.array).create_volume(name="old1", pool=memory.pool, size_bytes=gib(8))


@pytest.fixture
def core(memory: MemoryWorld) -> Core:
    """Keep one managed volume behind a provider that protects volumes."""
    return memory.core(ManagedVolumeResource, protect=True)


def _state(core: Core) -> dict[str, Any]:
    assert core.instance is not None
    return core.instance.state


def _expected(**values: Any) -> dict[str, Any]:
    return {"pool": None, "size_bytes": None, "provisioning": None, **values}


def _now(memory: MemoryWorld, volume: Volume) -> Volume:
    return memory.array.volumes.held[volume.id]


def test_what_is_not_written_is_filled_in_and_stays_as_it_is(memory: MemoryWorld, core: Core, legacy: Volume) -> None:
    config = {"existing_name": "old1"}
    core.run(config)
    state = _state(core)
    assert [state[f"existing_{one}"] for one in ("name", "id", "wwn")] == ["old1", legacy.id, legacy.wwn]
    assert (state["size_gib"], state["pool_id"], state["lss"]) == (8, legacy.pool_id, legacy.lss)
    assert (state["name"], state["written_name"], state["provisioning"]) == ("old1", "old1", legacy.provisioning)
    memory.array.outside_grow(legacy.id, gib(16))
    MemoryDriver(memory.array).migrate_volume(volume_id=legacy.id, pool=memory.second_pool)
    core.refresh()
    assert core.plan(config).action == "no-op"
    core.run(None)
    assert _now(memory, legacy).size_bytes == gib(16)


@pytest.mark.parametrize("form", ["id", "name", "wwn"])
def test_an_import_plans_empty_with_any_lines_that_are_true(
    memory: MemoryWorld, core: Core, legacy: Volume, form: str
) -> None:
    core.import_object({"id": legacy.id, "name": "name:old1", "wwn": f"wwn:{legacy.wwn}"}[form])
    for config in ({}, core.generated(), {"existing_name": "long gone"}, memory.config(name="old1")):
        assert core.plan(config).action == "no-op"
    assert core.generated()["existing_id"] == legacy.id
    assert core.plan({"existing_wwn": f"NAA.{legacy.wwn.upper()}", "timeouts": None}).action == "no-op"


def test_what_names_another_volume_later_is_refused(memory: MemoryWorld, core: Core, legacy: Volume) -> None:
    other = MemoryDriver(memory.array).create_volume(name="other", pool=memory.pool, size_bytes=gib(8))
    core.run({"existing_id": legacy.id})
    for attribute, value in (("existing_id", other.id), ("existing_wwn", other.wwn)):
        with pytest.raises(Rejected, match="is another volume than old1") as caught:
            core.plan({attribute: value})
        assert caught.value.paths == [attribute]
    assert core.plan({"existing_id": UNKNOWN, "existing_name": UNKNOWN}).action == "no-op"


def test_a_name_that_comes_to_be_another_volume_s_is_a_warning_and_changes_are_refused(
    memory: MemoryWorld, core: Core, legacy: Volume
) -> None:
    """Another volume may get the name at any time; whoever wrote it meant either, so that neither is touched."""
    core.import_object(legacy.id)
    config: dict[str, Any] = {"existing_name": "other"}
    assert not core.plan(config).diagnostics.items
    MemoryDriver(memory.array).create_volume(name="other", pool=memory.pool, size_bytes=gib(8))
    core.begin()
    plan = core.plan(config)
    assert plan.action == "no-op"
    assert warnings_of(plan.diagnostics) == [f"existing_name = 'other' is another volume than old1 ({legacy.id})"]
    with pytest.raises(Rejected, match="is another volume than old1") as caught:
        core.apply(core.plan({**config, "size_gib": 16, "name": "new1"}))
    assert caught.value.paths == ["existing_name"]
    assert _now(memory, legacy) == legacy


@ds8k_only
def test_an_id_that_is_another_volume_s_by_now_is_a_warning_also_where_that_one_is_otherwise(
    memory: MemoryWorld, core: Core, legacy: Volume
) -> None:
    config = {"existing_id": legacy.id, "provisioning": "thick"}
    core.run(config)
    memory.array.volumes.held[legacy.id] = replace(legacy, name="theirs", provisioning="thin")
    core.refresh()
    plan = core.plan(config)
    assert [one for one in warnings_of(plan.diagnostics) if "provisioning of a managed volume cannot change" in one]
    with pytest.raises(Rejected, match="provisioning of a managed volume cannot change") as caught:
        core.apply(plan)
    assert caught.value.paths == ["provisioning"]
    assert _now(memory, legacy).name == "theirs"


@pytest.mark.parametrize("attribute", ["existing_name", "existing_id", "existing_wwn"])
def test_what_names_it_may_be_known_only_after_apply(core: Core, legacy: Volume, attribute: str) -> None:
    known = {"existing_name": "old1", "existing_id": legacy.id, "existing_wwn": legacy.wwn}[attribute]
    plan = core.plan({attribute: UNKNOWN, "name": UNKNOWN, "expected": _expected(pool=UNKNOWN)})
    assert plan.action == "create"
    core.apply(plan, {attribute: known, "name": "new1", "expected": _expected(pool="first")})
    assert (_state(core)["id"], _state(core)["name"]) == (legacy.id, "new1")


def test_what_is_written_must_be_what_it_has(memory: MemoryWorld, core: Core, legacy: Volume) -> None:
    """Each line that is not so is a warning of the plan at its place, and refused by the apply; nothing is sent."""
    wrong: dict[str, Any] = {"pool": memory.second_pool, "size_gib": 9, "expected": _expected(size_bytes=gib(1))}
    wrong |= {"qos_class": "gold"} if memory.family == "xiv" else {"provisioning": "thin", "lss": "02", "os400": "A01"}
    for name, value in wrong.items():
        plan = core.plan({"existing_id": legacy.id, "name": "new1", name: value})
        (said,) = plan.diagnostics.items
        assert (said.severity, str(said.path)) == ("warning", name)
        assert "is not as expected" in said.summary
        with pytest.raises(Rejected, match="is not as expected") as caught:
            core.apply(plan)
        assert caught.value.paths == [name]
        assert core.instance is None
    assert _now(memory, legacy) == legacy


@pytest.mark.parametrize("drift", ["another size", "another place", "one more of its name", "its id and another name"])
def test_what_became_of_it_outside_is_never_an_error_of_the_plan(
    memory: MemoryWorld, core: Core, legacy: Volume, drift: str
) -> None:
    """Terraform plans what is configured before it destroys anything: an error would keep it from that."""
    config: dict[str, Any] = {"existing_name": "old1", "size_gib": 8, "expected": _expected(pool=memory.pool)}
    if drift == "its id and another name":
        config["existing_id"] = legacy.id
    core.run(config)
    core.instance = None  # deleted, and made again otherwise
    if drift == "another size":
        memory.array.outside_grow(legacy.id, gib(16))
    elif drift == "another place":
        MemoryDriver(memory.array).migrate_volume(volume_id=legacy.id, pool=memory.second_pool)
    elif drift == "one more of its name":
        memory.array.outside_make(OTHER[memory.family], gib(8))
        memory.array.outside_rename(OTHER[memory.family], "old1")
    else:
        memory.array.outside_rename(legacy.id, "theirs")
    core.begin()
    plan = core.plan(config)
    assert plan.diagnostics.items
    assert all("The apply will be refused" in one.detail for one in plan.diagnostics.items)
    with pytest.raises(Rejected):
        core.apply(plan)
    assert core.instance is None


@pytest.mark.parametrize("happens", ["renamed", "grown", "deleted"])
def test_a_volume_that_changes_between_the_looks_is_not_renamed(
    memory: MemoryWorld, legacy: Volume, happens: str
) -> None:
    """It is read once more right before; what it is by then is somebody else's doing, or another volume."""
    volumes, looks = memory.array.volumes, count(1)

    def change() -> None:
        if next(looks) != 2:
            return
        if happens == "deleted":
            del volumes.held[legacy.id]
        elif happens == "grown":
            memory.array.outside_grow(legacy.id, gib(16))
        else:
            memory.array.outside_rename(legacy.id, "theirs")

    volumes.on_find = change
    with pytest.raises((Refused, NotFound)) as caught:
        MemoryDriver(memory.array).manage_existing(existing_id=legacy.id, new_name="new1")
    assert caught.value.left is None
    assert [one.name for one in volumes.held.values()] in ([], ["old1"], ["theirs"])


def test_a_size_that_turns_out_different_is_refused_where_it_is_written(core: Core, legacy: Volume) -> None:
    config = {"existing_id": legacy.id, "name": "new1"}
    plan = core.plan({**config, "size_gib": UNKNOWN})
    with pytest.raises(Rejected, match="is not as expected") as caught:
        core.apply(plan, {**config, "size_gib": 9})
    assert caught.value.paths == ["size_gib"]
    assert core.instance is None


def test_what_is_not_there_is_a_warning_and_refused_at_apply(core: Core) -> None:
    plan = core.plan({"existing_name": "nobody"})
    assert [one for one in warnings_of(plan.diagnostics) if "There is no volume with existing_name = 'nobody'" in one]
    with pytest.raises(Rejected, match="There is no volume") as caught:
        core.apply(plan)
    assert caught.value.paths == ["existing_name"]


def test_one_that_bears_the_new_name_already_is_named_where_its_state_was_lost(core: Core, legacy: Volume) -> None:
    """Nobody takes it for the one that was meant; the line that would is spelled out."""
    config = {"existing_name": "old1", "name": "new1"}
    core.run(config)
    core.instance = None
    plan = core.plan(config)
    assert f'existing_id = "{legacy.id}"' in str(plan.diagnostics.items)
    with pytest.raises(Rejected, match=f'existing_id = "{legacy.id}"'):
        core.apply(plan)
    core.run({"existing_id": legacy.id, "name": "new1"})
    assert core.plan({"existing_id": legacy.id, "name": "new1"}).action == "no-op"


@pytest.mark.parametrize("by", ["existing_id", "existing_wwn", "existing_name"])
def test_a_replacement_that_gives_the_old_name_back_is_planned_and_goes_on(
    memory: MemoryWorld, core: Core, legacy: Volume, by: str
) -> None:
    """The plan finds the new name still there; it says what decides, and how to keep a tainted one."""
    named = {"existing_id": legacy.id, "existing_wwn": legacy.wwn, "existing_name": "old1"}
    config = {"existing_name": "old1", by: named[by], "name": "new1", "restore_name": "old1"}
    core.run(config)
    core.begin()
    plan = core.plan(config, replace=True)
    (detail,) = [one.detail for one in plan.diagnostics.items if one.severity == "warning"]
    assert "gives that name back first" in detail
    assert "terraform untaint" in detail
    core.apply(plan)
    assert (_state(core)["id"], _now(memory, legacy).name) == (legacy.id, "new1")
    core.instance = None
    with pytest.raises(Rejected, match=r"do not name one volume|There is no volume"):
        core.run(config)


@ds8k_only
def test_an_id_no_ds8000_gives_is_an_error_of_the_plan(core: Core) -> None:
    with pytest.raises(Rejected, match="is no volume id of a DS8000") as caught:
        core.plan({"existing_id": "payroll"})
    assert caught.value.paths == ["existing_id"]


def test_a_wwn_nobody_could_mean_is_an_error_of_the_plan(core: Core) -> None:
    with pytest.raises(Rejected, match="is no WWN") as caught:
        core.plan({"existing_wwn": "payroll"})
    assert caught.value.paths == ["existing_wwn"]


def test_a_volume_needs_to_be_named(core: Core) -> None:
    with pytest.raises(Rejected, match="No existing volume is named"):
        core.plan({"name": "new1"})


@ds8k_only
def test_what_would_need_another_volume_is_refused_and_never_a_replacement(core: Core, legacy: Volume) -> None:
    config = {"existing_id": legacy.id}
    core.run(config)
    for name, value in {"provisioning": "thin", "lss": "02", "os400": "A01"}.items():
        with pytest.raises(Rejected, match=f"{name} of a managed volume cannot change") as caught:
            core.plan({**config, name: value})
        assert caught.value.paths == [name]
    as_found = {**config, "provisioning": "thick", "lss": "00"}
    assert core.plan({**as_found, "provisioning": UNKNOWN, "lss": UNKNOWN}).action == "no-op"
    core.apply(core.plan({**as_found, "os400": UNKNOWN}), as_found)
    assert core.plan(as_found).action == "no-op"


def test_a_shrink_and_a_foreign_attribute_are_refused(memory: MemoryWorld, core: Core, legacy: Volume) -> None:
    core.run({"existing_id": legacy.id})
    with pytest.raises(Rejected, match="cannot shrink"):
        core.plan({"size_gib": 4})
    foreign = {"lss": "00"} if memory.family == "xiv" else {"qos_class": "gold"}
    with pytest.raises(Rejected, match="is not for this array"):
        core.plan({"existing_id": legacy.id, **foreign})


def test_a_name_it_has_already_is_as_good_as_any(memory: MemoryWorld, core: Core, legacy: Volume) -> None:
    """Only a new one has to follow the array's rules, to be given back as well."""
    odd = "an odd name, this one!"
    memory.array.outside_rename(legacy.id, odd)
    config = {"existing_name": odd, "name": odd, "restore_name": odd}
    core.run(config)
    core.run({**config, "name": "new1"})
    for name in ("name", "restore_name"):
        with pytest.raises(Rejected, match="would not take this name") as caught:
            core.plan({**config, "name": "new1", name: "another odd name!"})
        assert caught.value.paths == [name]
    core.run(None)
    assert _now(memory, legacy).name == odd


@pytest.mark.parametrize("restore", [None, "old1", "third"])
def test_it_is_given_up_under_the_name_that_was_asked_for(
    memory: MemoryWorld, core: Core, legacy: Volume, restore: str | None
) -> None:
    core.run({"existing_id": legacy.id, "name": "new1"})
    core.run({"existing_id": legacy.id, "name": "new1", "restore_name": restore})
    plan = core.plan(None)
    (said,) = plan.diagnostics.items
    assert said.summary == "A managed volume is given up, not deleted"
    assert (restore or "keeps its name new1") in said.detail
    core.apply(plan)
    assert core.instance is None
    assert _now(memory, legacy).name == (restore or "new1")


def test_one_taken_anew_before_it_is_given_up_keeps_the_new_name(
    memory: MemoryWorld, core: Core, legacy: Volume
) -> None:
    """With create_before_destroy the new object's state stays true; the name is given back when that one goes."""
    config = {"existing_id": legacy.id, "name": "new1", "restore_name": "old1"}
    core.run(config)
    core.refresh()
    (said,) = core.apply(core.plan(config, replace=True), create_first=True).items
    assert said.severity == "warning"
    assert "was taken again in this run and keeps the name it has" in said.summary
    assert (_state(core)["name"], _now(memory, legacy).name) == ("new1", "new1")
    core.apply(core.plan(None))
    assert _now(memory, legacy).name == "old1"


def test_a_name_taken_meanwhile_keeps_it_in_the_state(memory: MemoryWorld, core: Core, legacy: Volume) -> None:
    """Without restore_name it is given up all the same."""
    core.run({"existing_id": legacy.id, "name": "new1", "restore_name": "old1"})
    MemoryDriver(memory.array).create_volume(name="old1", pool=memory.pool, size_bytes=gib(8))
    with pytest.raises(Rejected, match="There is a volume called 'old1' already") as caught:
        core.run(None)
    assert caught.value.paths == ["restore_name"]
    assert _now(memory, legacy).name == "new1"
    core.run({"existing_id": legacy.id, "name": "new1"})
    core.run(None)
    assert core.instance is None


@ds8k_only
def test_a_name_changed_outside_has_to_be_taken_by_an_apply_on_a_ds8000(
    memory: MemoryWorld, core: Core, legacy: Volume
) -> None:
    """Its id may be another volume's: until then it is neither grown nor given its old name back."""
    config = {"existing_id": legacy.id, "restore_name": "old2"}
    core.run(config)
    memory.array.outside_rename(legacy.id, "theirs")
    core.refresh()
    plan = core.plan(config)
    assert plan.action == "update"
    assert [one for one in warnings_of(plan.diagnostics) if "is now called theirs" in one]
    with pytest.raises(Rejected, match="is called theirs, not old1"):
        core.apply(core.plan(None))
    core.apply(plan)
    assert core.plan(config).action == "no-op"
    assert _now(memory, legacy).name == "theirs"
    core.run(None)
    assert _now(memory, legacy).name == "old2"


@xiv_only
def test_a_name_changed_outside_is_no_drift_of_a_volume_whose_name_is_not_written(
    memory: MemoryWorld, core: Core, legacy: Volume
) -> None:
    """Its WWN tells that it is the same volume."""
    config = {"existing_id": legacy.id, "restore_name": "old2"}
    core.run(config)
    memory.array.outside_rename(legacy.id, "theirs")
    core.refresh()
    assert core.plan(config).action == "no-op"
    core.run(None)
    assert _now(memory, legacy).name == "old2"


def test_a_state_of_another_array_is_refused_everywhere(core: Core, legacy: Volume) -> None:
    core.run({"existing_id": legacy.id})
    _state(core)["system_id"] = "elsewhere"
    with pytest.raises(Rejected, match="elsewhere"):
        core.refresh()
    with pytest.raises(Rejected, match="elsewhere"):
        core.plan({"existing_id": legacy.id, "name": "new1"})
    with pytest.raises(Rejected, match="elsewhere"):
        core.plan(None)


def test_it_is_never_protected(memory: MemoryWorld, family: Family, core: Core, legacy: Volume) -> None:
    """It is given up behind a provider that protects volumes, and replaced by being given up and taken again."""
    core.run({"existing_id": legacy.id})
    core.apply(core.plan({"existing_id": legacy.id}, replace=True))
    assert _state(core)["id"] == legacy.id
    core.run(None)
    assert _now(memory, legacy) == legacy

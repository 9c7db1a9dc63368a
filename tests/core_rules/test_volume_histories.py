"""Whatever a user writes next and whatever happens outside, core finds nothing to complain about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.core import Core, Rejected, warnings_of
from support.memory_array import GIB
from support.memory_volume import MemoryWorld
from terraform_provider_xivds8k.driver import Family

NAMES = ("db1", "db2", "DB1")
NO_TIMEOUTS: dict[str, str | None] = {"create": None, "read": None, "update": None, "delete": None}
TIMEOUTS = (None, {**NO_TIMEOUTS, "create": "5m"}, NO_TIMEOUTS)
EVENTS = ("nothing", "nothing", "rename", "grow", "move", "delete")


def _values(family: Family) -> st.SearchStrategy[dict[str, Any]]:
    own: dict[str, st.SearchStrategy[Any]] = {
        "xiv": {"qos_class": st.sampled_from([None, "", "gold", "silver"])},
        "ds8k": {
            "provisioning": st.sampled_from([None, "thin", "thick"]),
            "lss": st.sampled_from([None, "00", "0a", "0A"]),
            "os400": st.sampled_from([None, "050"]),
        },
    }[family]
    pools = ["first", "second", "1001"] if family == "xiv" else ["P0", "P2", "p0", "first"]
    return st.fixed_dictionaries(
        {
            "name": st.sampled_from(NAMES),
            "pool": st.sampled_from(pools),
            "size_gib": st.sampled_from([8, 9, 12, 20]),
            "deletion_protection": st.sampled_from([None, False, True]),
            "timeouts": st.sampled_from(TIMEOUTS),
            **own,
        }
    )


def _outside(core: Core, world: MemoryWorld, what: str) -> None:
    assert core.instance is not None
    volume_id = str(core.instance.state["id"])
    held = world.array.volumes.held
    if volume_id not in held:
        return
    if what == "rename":
        world.array.outside_rename(volume_id, "renamed")
    elif what == "grow":
        world.array.outside_grow(volume_id, held[volume_id].size_bytes + 512)
    elif what == "move":
        pool = world.array.pools(None)[-1 if world.family == "ds8k" else 1]  # type: ignore[arg-type]  # in memory
        held[volume_id] = replace(held[volume_id], pool_id=pool.id, pool_name=pool.name)
    else:
        del held[volume_id]


@pytest.mark.parametrize("family", ["xiv", "ds8k"])
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_any_history_plans_repeatably_and_ends_empty(family: Family, data: st.DataObject) -> None:
    """Every plan is applied as planned, or refused in words; afterwards the plan is empty."""
    world = MemoryWorld(family)
    core = world.core()
    for _ in range(data.draw(st.integers(1, 5))):
        wanted = data.draw(_values(family))
        if core.instance is not None:
            _outside(core, world, data.draw(st.sampled_from(EVENTS)))
        try:
            core.run(wanted)
        except Rejected:
            continue
        core.refresh()
        again = core.plan(wanted)
        assert again.action == "no-op", again.planned


@pytest.mark.parametrize("what", ["rename", "grow", "move", "delete"])
def test_drift_never_blocks_planning_a_destroy(memory: MemoryWorld, core: Core, what: str) -> None:
    core.run(memory.config())
    _outside(core, memory, what)
    core.refresh()
    if core.instance is not None:
        core.plan(memory.config())
        core.plan(None)


def test_a_destroy_of_a_ds8000_volume_renamed_outside_is_refused_at_apply_only() -> None:
    """The plan warns; an apply of the name makes it ours again and the destroy works."""
    world = MemoryWorld("ds8k")
    core = world.core()
    core.run(world.config())
    _outside(core, world, "rename")
    core.refresh()
    plan = core.plan(None)
    assert any("renamed" in text for text in warnings_of(plan.diagnostics))
    with pytest.raises(Rejected, match="is called renamed, not db1"):
        core.apply(plan)
    core.run(world.config())
    core.run(None)
    assert world.array.volumes.held == {}


def test_an_xiv_volume_renamed_outside_is_destroyed_all_the_same() -> None:
    """Its id is the WWN, which no other volume ever gets."""
    world = MemoryWorld("xiv")
    core = world.core()
    core.run(world.config())
    _outside(core, world, "rename")
    core.run(None)
    assert world.array.volumes.held == {}


@pytest.mark.parametrize("attribute", ["lss", "provisioning", "os400"])
def test_what_needs_a_new_lun_is_a_replacement(attribute: str) -> None:
    world = MemoryWorld("ds8k")
    core = world.core()
    core.run(world.config(size_gib=8, lss="00", provisioning="thin", os400=None))
    other = {"lss": "02", "provisioning": "thick", "os400": "A01"}[attribute]
    plan = core.plan(world.config(**{"lss": "00", "provisioning": "thin", attribute: other}))
    assert (plan.action, plan.replaces) == ("replace", (attribute,))
    core.apply(plan)
    core.refresh()
    assert core.plan(world.config(**{attribute: other})).action == "no-op"


FORMS = ["id", "name", "wwn", "identity", "identity without system"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [8 * GIB, 10_000_000_512])
def test_every_import_form_is_followed_by_an_empty_plan(memory: MemoryWorld, core: Core, form: str, size: int) -> None:
    """Also for an odd name and a size that is no whole number of GiB, with the generated configuration."""
    other = memory.core()
    other.run(memory.config(name="odd", size_gib=None, size_bytes=size))
    assert other.instance is not None
    state = other.instance.state
    odd = "odd name (made by hand) ä"
    memory.array.outside_rename(str(state["id"]), odd)
    imported = {
        "id": lambda: core.import_object(str(state["id"])),
        "name": lambda: core.import_object(f"name:{odd}"),
        "wwn": lambda: core.import_object(f"wwn:{state['wwn']}"),
        "identity": lambda: core.import_object(identity={"system_id": state["system_id"], "id": state["id"]}),
        "identity without system": lambda: core.import_object(identity={"id": state["id"]}),
    }[form]()
    assert imported.identity == {"system_id": state["system_id"], "id": state["id"]}
    written = {"name": odd, "pool": state["pool"], "size_bytes": size}
    assert core.plan(written).action == "no-op"
    assert core.plan(core.generated()).action == "no-op"
    assert core.plan(core.generated()).diagnostics.items == []


def test_an_import_from_another_array_is_refused(memory: MemoryWorld, core: Core) -> None:
    core.run(memory.config())
    assert core.instance is not None
    with pytest.raises(Rejected, match="not 2107-OTHER"):
        core.import_object(identity={"system_id": "2107-OTHER", "id": core.instance.state["id"]})


def test_a_state_of_another_array_is_an_error_and_never_gone(memory: MemoryWorld, core: Core) -> None:
    core.run(memory.config())
    assert core.instance is not None
    core.instance.state["system_id"] = "2107-OTHER"
    with pytest.raises(Rejected, match="not 2107-OTHER"):
        core.refresh()
    assert core.instance is not None

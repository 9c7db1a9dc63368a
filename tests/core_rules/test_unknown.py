"""Every attribute of every type may be unknown: planned at create and at update, and then applied."""

from __future__ import annotations

from typing import Any

import pytest

from support.core import Core, Rejected, warnings_of
from support.core_checks import Complaint
from support.memory_array import MemoryDriver
from support.memory_pairs import MemoryPairDriver
from support.memory_volume import MemoryWorld
from support.samples import ATTACHMENT, REPLICATION, SAMPLES
from terraform_provider_xivds8k.driver import Family, Replication
from terraform_provider_xivds8k.lifecycle import Diagnostics, Resource
from terraform_provider_xivds8k.lifecycle.validation import validate_values
from terraform_provider_xivds8k.plugin import Cancellation
from terraform_provider_xivds8k.provider import NEEDED_AT_PLAN, Provider
from terraform_provider_xivds8k.schema import UNKNOWN, AttributeNode

PROVIDER = Provider({})
ONE_OF_SEVERAL = {
    ATTACHMENT: {"connector"},
    REPLICATION: {"consistency_group_id"},
}  # forms of which one is written; the others have tests of their own
NOT_ON: dict[Family, dict[str, set[str]]] = {
    "xiv": {
        "xivds8k_volume": {"provisioning", "lss", "os400", "source_snapshot_id"},  # at most one source is written
        "xivds8k_snapshot": {"copy", "pool"},
        "xivds8k_consistency_group_snapshot": {"allow_shared_lss"},
    },
    "ds8k": {"xivds8k_volume": {"qos_class", "source_volume_id"}, "xivds8k_snapshot": {"delete_priority"}},
}
FAMILIES: tuple[Family, ...] = ("xiv", "ds8k")
MEMBER, GROUP_SNAPSHOT = "xivds8k_consistency_group_member", "xivds8k_consistency_group_snapshot"
EVERY_ATTRIBUTE = [
    (type_name, family, node.name)
    for type_name, kind in PROVIDER.resources.items()
    for family in FAMILIES
    for node in kind.model.node().attributes
    if node.configurable and node.name in SAMPLES[type_name][family]
]
WAITING = [  # for what replaces the object: while it is unknown, the next plan is waited for
    (type_name, family, name)
    for type_name, family, name in EVERY_ATTRIBUTE
    if not PROVIDER.resources[type_name].model.node().by_name[name].unknown_replaces
]
BY_FAMILY = {
    ("xivds8k_consistency_group", "xiv", "name"),
    *((GROUP_SNAPSHOT, f, "consistency_group_id") for f in FAMILIES),
}
DECIDING = [  # another value needs another object
    (type_name, family, name)
    for type_name, family, name in WAITING
    if PROVIDER.resources[type_name].model.node().by_name[name].replaces or (type_name, family, name) in BY_FAMILY
]
OTHERS: dict[str, Any] = {
    "volume_id": {"xiv": "0017380000000002", "ds8k": "0002"},
    "consistency_group_id": "another",
    "name": "another",
    "provisioning": "thick",
    "lss": "02",
    "os400": "099",
    "copy": "none",
    "pool": "P0",
    "host_id": "H2",
    "cluster": "another",
    "lun": 9,
    "side": "home",  # the other one needs a second array
    "remote_pool": {"xiv": "second", "ds8k": "P2"},
    "remote_name": "copy2",
    "backend_id": "another",
}
CHANGED = {"create": "50m", "read": None, "update": None, "delete": None}


def test_the_sweep_has_a_sample_for_every_attribute_of_every_type() -> None:
    """A new type or attribute fails here until the sweep covers it."""
    for type_name, kind in PROVIDER.resources.items():
        wanted = {node.name for node in kind.model.node().attributes if node.configurable}
        assert set().union(*SAMPLES[type_name].values()) == wanted - ONE_OF_SEVERAL.get(type_name, set())


def _core(type_name: str, family: Family) -> Core:
    """Return the type's behaviour on an array in memory, with what an object of it refers to."""
    memory = MemoryWorld(family)
    source = memory.array.outside_make("0017380000ffff01" if family == "xiv" else "00F0", 2**30)
    if family == "ds8k":
        memory.array.outside_snapshot(source, "00F1")
    if type_name == "xivds8k_snapshot":
        return memory.snapshot_core()
    if type_name == "xivds8k_managed_volume":
        own = {name: SAMPLES[type_name][family].get(name) for name in ("provisioning", "lss", "os400", "qos_class")}
        MemoryDriver(memory.array).create_volume(name="old1", pool=memory.pool, size_bytes=8 * 2**30, **own)
    if type_name in {MEMBER, GROUP_SNAPSHOT, ATTACHMENT}:
        memory.core().run(memory.config())
    if type_name in {MEMBER, GROUP_SNAPSHOT} and family == "xiv":
        memory.core(PROVIDER.resources["xivds8k_consistency_group"]).run({"name": "there", "pool": memory.pool})
    if type_name == GROUP_SNAPSHOT and family == "xiv":
        memory.core(PROVIDER.resources[MEMBER]).run(SAMPLES[MEMBER][family])
    if type_name == ATTACHMENT:
        memory.core(PROVIDER.resources["xivds8k_host"]).run(SAMPLES["xivds8k_host"][family])
    if type_name == REPLICATION:
        for own_id in (SAMPLES[type_name][family]["volume_id"], OTHERS["volume_id"][family]):
            memory.array.outside_make(own_id, 2**30)
        held: dict[str, Replication] = {}
        return memory.core(PROVIDER.resources[type_name], opening=lambda: MemoryPairDriver(memory.array, held))
    return memory.core(PROVIDER.resources[type_name])


@pytest.mark.parametrize(("type_name", "family", "name"), EVERY_ATTRIBUTE)
def test_unknown_at_create(type_name: str, family: Family, name: str) -> None:
    """Planned without a complaint, and applied once it is known; the next plan is empty."""
    core, whole = _core(type_name, family), SAMPLES[type_name][family]
    plan = core.plan({**whole, name: UNKNOWN})
    assert plan.action == "create"
    core.apply(plan, whole)
    core.refresh()
    assert core.plan(whole).action == "no-op"


@pytest.mark.parametrize(("type_name", "family", "name"), sorted({*WAITING} - {*DECIDING}))
def test_unknown_at_update(type_name: str, family: Family, name: str) -> None:
    """Beside another change it is planned without a complaint, and applied when it turns out the same."""
    core, whole = _core(type_name, family), SAMPLES[type_name][family]
    core.run(whole)
    changed = {**whole, "timeouts": {"create": "50m", "read": None, "update": None, "delete": None}}
    plan = core.plan({**changed, name: UNKNOWN})
    assert plan.action == "update"
    core.apply(plan, changed)
    core.refresh()
    assert core.plan(changed).action == "no-op"


@pytest.mark.parametrize(("type_name", "family", "name"), DECIDING)
@pytest.mark.parametrize("turns_out", ["the same", "another"])
def test_nothing_is_changed_while_it_is_unknown_whether_the_object_is_replaced(
    type_name: str, family: Family, name: str, turns_out: str
) -> None:
    """What else changed waits for the next run with it, and a warning names both; no apply finds another plan."""
    core, whole = _core(type_name, family), SAMPLES[type_name][family]
    core.run(whole)
    assert core.instance is not None
    had = core.instance.state
    changed = {**whole, "timeouts": CHANGED}
    plan = core.plan({**changed, name: UNKNOWN})
    assert (plan.action, plan.planned) == ("no-op", had)
    told = [one for one in plan.diagnostics.items if f"while {name} is not known" in one.summary]
    assert [str(one.path) for one in told] == [name]
    assert "next run: timeouts" in told[0].detail
    other = OTHERS[name][family] if isinstance(OTHERS[name], dict) else OTHERS[name]
    resolved = changed if turns_out == "the same" else {**changed, name: other}
    core.apply(plan, resolved)
    core.refresh()
    if resolved == changed:
        core.apply(core.plan(resolved))
        assert core.plan(resolved).action == "no-op"
    elif (type_name, family) == (GROUP_SNAPSHOT, "xiv"):  # whose members are in the group that was
        with pytest.raises(Rejected, match="no consistency group another"):
            core.plan(resolved)
    elif name == "backend_id":
        with pytest.raises(Rejected, match="no replication target 'another'"):
            core.plan(resolved)
    else:
        assert core.plan(resolved).action == "replace"


@pytest.mark.parametrize(("type_name", "family", "name"), DECIDING)
def test_a_new_line_beside_an_unknown_is_planned_with_a_warning(type_name: str, family: Family, name: str) -> None:
    """Terraform takes no plan that leaves out a line; where the unknown turns out the same it is applied."""
    core, whole = _core(type_name, family), SAMPLES[type_name][family]
    core.run({**whole, "timeouts": None})
    plan = core.plan({**whole, name: UNKNOWN})
    assert plan.action == "update"
    assert [one for one in warnings_of(plan.diagnostics) if f"once more when {name} is known" in one]
    core.apply(plan, whole)
    assert core.plan(whole).action == "no-op"


@pytest.mark.parametrize(("type_name", "family", "name"), WAITING)
def test_unknown_alone_is_never_a_replacement(type_name: str, family: Family, name: str) -> None:
    core, whole = _core(type_name, family), SAMPLES[type_name][family]
    core.run(whole)
    plan = core.plan({**whole, name: UNKNOWN})
    assert plan.action in {"no-op", "update"}
    core.apply(plan, whole)


@pytest.mark.parametrize(("type_name", "family", "name"), sorted({*EVERY_ATTRIBUTE} - {*WAITING}))
def test_a_member_and_an_attachment_whose_ends_are_unknown_are_replaced(
    type_name: str, family: Family, name: str
) -> None:
    """It is taken away before they go; where they turn out the same it is made again, without a complaint."""
    core, whole = _core(type_name, family), SAMPLES[type_name][family]
    core.run(whole)
    plan = core.plan({**whole, name: UNKNOWN})
    assert (plan.action, plan.replaces) == ("replace", (name,))
    core.apply(plan, whole)
    core.refresh()
    assert core.plan(whole).action == "no-op"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("inner", ["create", "read", "update", "delete"])
def test_an_unknown_inside_timeouts_is_planned(family: Family, inner: str) -> None:
    core, whole = _core("xivds8k_volume", family), SAMPLES["xivds8k_volume"][family]
    known = {**whole["timeouts"], inner: "7m"}
    plan = core.plan({**whole, "timeouts": {**known, inner: UNKNOWN}})
    core.apply(plan, {**whole, "timeouts": known})
    core.run({**whole, "timeouts": {**known, inner: UNKNOWN}}, {**whole, "timeouts": {**known, inner: "9m"}})


@pytest.mark.parametrize("family", FAMILIES)
def test_everything_unknown_at_once_is_planned(family: Family) -> None:
    core, whole = _core("xivds8k_volume", family), SAMPLES["xivds8k_volume"][family]
    core.apply(core.plan(dict.fromkeys(whole, UNKNOWN)), whole)
    plan = core.plan(dict.fromkeys(whole, UNKNOWN))
    assert plan.action == {"xiv": "update", "ds8k": "no-op"}[family]
    core.apply(plan, whole)


@pytest.mark.parametrize("family", ["ds8k"])
def test_an_unknown_lss_that_turns_out_different_is_seen_by_the_next_run(family: Family) -> None:
    """The unknown plans the prior value, so nothing happens; the next plan, knowing it, replaces."""
    core, whole = _core("xivds8k_volume", family), SAMPLES["xivds8k_volume"][family]
    core.run(whole)
    assert core.plan({**whole, "lss": UNKNOWN}).action == "no-op"
    later = core.plan({**whole, "lss": "02"})
    assert later.action == "replace"
    assert later.replaces == ("lss",)


def test_the_stand_in_notices_a_replacement_that_only_appears_at_apply() -> None:
    """Beside a new line, an unknown that turns out different stops the apply before anything is done."""
    core, whole = _core("xivds8k_volume", "ds8k"), SAMPLES["xivds8k_volume"]["ds8k"]
    core.run({**whole, "timeouts": None})
    plan = core.plan({**whole, "name": "db2", "lss": UNKNOWN})
    with pytest.raises(Complaint, match="inconsistent final plan"):
        core.apply(plan, {**whole, "name": "db2", "lss": "02"})
    core.refresh()
    assert core.instance is not None
    assert core.instance.state["name"] == "db1"


def _configurable(model: Any) -> list[AttributeNode]:
    return [node for node in model.node().attributes if node.configurable]


EVERY_DATA_ATTRIBUTE = [
    pytest.param(kind, node.name, id=f"{type_name}-{node.name}")
    for type_name, kind in PROVIDER.data_sources.items()
    for node in _configurable(kind.model)
]


@pytest.mark.parametrize(("kind", "name"), EVERY_DATA_ATTRIBUTE)
def test_a_data_source_is_valid_with_anything_unknown(kind: Any, name: str) -> None:
    config = {**kind.model.nothing().raw, name: UNKNOWN}
    diagnostics = Diagnostics()
    validate_values(kind.model.node(), config, diagnostics)
    kind(None).validate(kind.model.from_raw(config), diagnostics)
    assert not diagnostics.has_errors


@pytest.mark.parametrize("name", [node.name for node in _configurable(PROVIDER.model)])
def test_an_unknown_in_the_provider_block_is_valid_and_only_what_decides_a_plan_must_be_known(name: str) -> None:
    config = {**PROVIDER.model.nothing().raw, "family": "xiv", name: UNKNOWN}
    diagnostics = Diagnostics()
    validate_values(PROVIDER.model.node(), config, diagnostics)
    PROVIDER.validate(PROVIDER.model.from_raw(dict(config)), diagnostics)
    assert not diagnostics.has_errors
    PROVIDER.configure(PROVIDER.model.from_raw(dict(config)), diagnostics, Cancellation())
    assert [str(item.path) for item in diagnostics.items] == ([name] if name in NEEDED_AT_PLAN else [])


@pytest.mark.parametrize("kind", PROVIDER.resources.values(), ids=PROVIDER.resources)
def test_validation_of_a_resource_accepts_everything_unknown(kind: type[Resource[Any, Any]]) -> None:
    config = {node.name: UNKNOWN if node.configurable else None for node in kind.model.node().attributes}
    diagnostics = Diagnostics()
    validate_values(kind.model.node(), dict(config), diagnostics)
    kind(None).validate(kind.model.from_raw(dict(config)), diagnostics)
    assert not diagnostics.has_errors

"""Volumes made as copies, as Terraform core sees them: a source is used once, and never replaces anything."""

from __future__ import annotations

from typing import Any

import pytest

from support.core import Core, Rejected, warnings_of
from support.memory_volume import MemoryWorld, gib
from terraform_provider_xivds8k.schema import UNKNOWN

IDS = {"xiv": ("0017380000ffff01", "0017380000ffff02", "0017380000ffff03"), "ds8k": ("00F1", "00F3", "00F5")}
ATTRIBUTES = ("source_volume_id", "source_snapshot_id")


@pytest.fixture
def ids(memory: MemoryWorld) -> tuple[str, str, str]:
    """Return two volumes of 4 GiB and a snapshot of the first."""
    first, second, snapshot = IDS[memory.family]
    memory.array.outside_snapshot(memory.array.outside_make(first, gib(4)), snapshot)
    memory.array.outside_make(second, gib(4))
    return first, second, snapshot


def _state(core: Core) -> dict[str, Any]:
    assert core.instance is not None
    return core.instance.state


def test_two_sources_are_an_error_of_the_configuration(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str]
) -> None:
    with pytest.raises(Rejected) as caught:
        core.validate(memory.config(source_volume_id=ids[0], source_snapshot_id=ids[2]))
    assert caught.value.paths == ["source_snapshot_id"]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_copy_without_a_size_is_an_error_at_plan(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str], attribute: str
) -> None:
    with pytest.raises(Rejected, match="needs a size"):
        core.plan({**memory.config(size_gib=None), attribute: ids[0]})


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_copy_smaller_than_its_source_is_an_error_at_plan(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str], attribute: str
) -> None:
    source = ids[0] if attribute == "source_volume_id" else ids[2]
    with pytest.raises(Rejected, match="smaller than its source") as caught:
        core.plan(memory.config(size_gib=3, **{attribute: source}))
    assert caught.value.paths == ["size_gib"]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_source_that_is_not_there_is_a_warning_at_plan_and_refused_at_apply(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str], attribute: str
) -> None:
    """A plan that fails for it would keep everything else from being applied too."""
    config = memory.config(**{attribute: ids[0]})
    del memory.array.volumes.held[ids[0]]
    plan = core.plan(config)
    assert [one for one in warnings_of(plan.diagnostics) if ids[0] in one]
    with pytest.raises(Rejected, match=ids[0]) as caught:
        core.apply(plan)
    assert caught.value.paths == [attribute]
    assert core.instance is None


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("later", ["removed", "unknown", "changed", "unknown and changed"])
def test_a_later_change_of_the_source_never_replaces_and_sends_nothing(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str], attribute: str, later: str
) -> None:
    source = ids[0] if attribute == "source_volume_id" else ids[2]
    config = memory.config(**{attribute: source})
    core.run(config)
    volume_id, writes = _state(core)["id"], memory.array.resizes
    resolved = {**config, attribute: {"removed": None, "unknown": source}.get(later, ids[1])}
    planned = {**resolved, attribute: UNKNOWN} if "unknown" in later else resolved
    core.refresh()
    plan = core.plan(planned)
    assert plan.action == ("update" if later == "removed" else "no-op")
    core.apply(plan, resolved)
    core.refresh()
    assert core.plan(resolved).action == "no-op"
    assert (_state(core)["id"], memory.array.resizes) == (volume_id, writes)
    assert _state(core)[attribute] == (None if later == "removed" else source)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_an_unknown_source_that_turns_out_another_beside_a_rename_is_applied(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str], attribute: str
) -> None:
    source = ids[0] if attribute == "source_volume_id" else ids[2]
    core.run(memory.config(**{attribute: source}))
    renamed = memory.config(name="db2", **{attribute: ids[1]})
    core.apply(core.plan({**renamed, attribute: UNKNOWN}), renamed)
    assert (_state(core)["name"], _state(core)[attribute]) == ("db2", source)


def test_a_changed_source_is_warned_of(memory: MemoryWorld, core: Core, ids: tuple[str, str, str]) -> None:
    core.run(memory.config(source_volume_id=ids[0]))
    plan = core.plan(memory.config(source_volume_id=ids[1]))
    assert [one for one in warnings_of(plan.diagnostics) if f"stays a copy of {ids[0]}" in one]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_another_spelling_of_the_same_source_changes_nothing(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str], attribute: str
) -> None:
    source = ids[0] if attribute == "source_volume_id" else ids[2]
    core.run(memory.config(**{attribute: source}))
    other = source.lower() if source != source.lower() else source.upper()
    plan = core.plan(memory.config(**{attribute: other}))
    assert (plan.action, warnings_of(plan.diagnostics)) == ("no-op", [])


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("way", ["swapped", "removed, then another written"])
def test_another_source_in_an_empty_line_is_warned_of_until_the_true_one_is_back(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str], attribute: str, way: str
) -> None:
    """Terraform takes such a line into the state; what the volume was made from is told all the same."""
    source, other = (ids[0], ids[2]) if attribute == "source_volume_id" else (ids[2], ids[0])
    line = attribute if way != "swapped" else next(name for name in ATTRIBUTES if name != attribute)
    core.run(memory.config(**{attribute: source}))
    if way != "swapped":
        core.run(memory.config())
    config = memory.config(**{line: other})
    for action in ("update", "no-op"):
        plan = core.run(config)
        assert plan.action == action
        assert [one for one in warnings_of(plan.diagnostics) if f"stays a copy of {source}" in one]
    plan = core.run(memory.config(**{attribute: source}))
    assert (plan.action, warnings_of(plan.diagnostics), _state(core)[attribute]) == ("update", [], source)


@pytest.mark.parametrize("first", ["the same", "unknown"])
def test_a_source_that_stands_wrongly_in_the_state_follows_the_line(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str], first: str
) -> None:
    core.run(memory.config(source_volume_id=ids[0]))
    core.run(memory.config())
    core.run(memory.config(source_volume_id=ids[1]))
    config = memory.config(name="db2", source_volume_id=ids[0])
    plan = core.plan(config if first == "the same" else {**config, "source_volume_id": UNKNOWN})
    core.apply(plan, config)
    assert (_state(core)["source_volume_id"], _state(core)["name"]) == (ids[0], "db2")
    assert core.plan(config).action == "no-op"


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("first", ["known", "unknown"])
def test_a_source_written_after_an_import_is_an_update_that_sends_nothing(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str], attribute: str, first: str
) -> None:
    config = memory.config(size_gib=4, name=f"their{ids[0]}")
    core.import_object(ids[0])
    assert [_state(core)[name] for name in ATTRIBUTES] == [None, None]
    core.run(config)
    with_source = {**config, attribute: ids[1]}
    plan = core.plan(with_source if first == "known" else {**with_source, attribute: UNKNOWN})
    assert plan.action == "update"
    core.apply(plan, with_source)
    core.refresh()
    assert core.plan(with_source).action == "no-op"
    assert memory.array.resizes == 0


def test_the_loss_of_its_source_does_not_touch_a_clone(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str]
) -> None:
    config = memory.config(source_snapshot_id=ids[2])
    core.run(config)
    del memory.array.volumes.held[ids[2]]
    core.refresh()
    plan = core.plan(config)
    assert (plan.action, warnings_of(plan.diagnostics)) == ("no-op", [])
    core.run(None)
    assert core.instance is None


@pytest.mark.parametrize("family", ["ds8k"])
def test_a_replacement_whose_source_is_gone_is_an_error_at_plan(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str], family: str
) -> None:
    """The old volume would be deleted before the array could refuse the new one."""
    config = memory.config(source_snapshot_id=ids[2])
    core.run(config)
    del memory.array.volumes.held[ids[2]]
    core.refresh()
    with pytest.raises(Rejected, match=ids[2]):
        core.plan({**config, "lss": "02"})


def test_a_copy_whose_creation_is_in_doubt_is_never_taken_over_empty(
    memory: MemoryWorld, core: Core, ids: tuple[str, str, str]
) -> None:
    thin = {"provisioning": "thin"} if memory.family == "ds8k" else {}
    config = memory.config(source_volume_id=ids[0], **thin)
    memory.array.loses_creations = "after"
    with pytest.raises(Rejected):
        core.run(config)
    memory.array.loses_creations = ""
    assert core.instance is not None
    assert (_state(core)["id"], core.instance.tainted) == (None, True)
    assert [one for one in warnings_of(core.refresh()) if "not known" in one]
    core.instance.tainted = False
    with pytest.raises(Rejected, match="nothing was copied"):
        core.run(config)
    core.instance.tainted = True
    core.run(config)
    assert _state(core)["id"] is not None
    assert len([one for one in memory.array.volumes.held.values() if one.name == config["name"]]) == 1

"""A creation whose answer was lost: nothing is guessed, and every way out that is offered works."""

from __future__ import annotations

from typing import Any

import pytest

from support.core import Core, Rejected, warnings_of
from support.memory_volume import MemoryWorld
from terraform_provider_xivds8k.driver import Family, Users

SIZES: list[dict[str, int]] = [{"size_gib": 8}, {"size_bytes": 10_000_000_512}]


def _config(memory: MemoryWorld, **values: Any) -> dict[str, Any]:
    own = {"provisioning": "thin"} if memory.family == "ds8k" else {}
    return memory.config(**{**own, **values})


def _lost(memory: MemoryWorld, core: Core, *, made: bool, **values: Any) -> dict[str, Any]:
    """Lose the answer to a creation that took effect, or did not; return the configuration."""
    config = _config(memory, **values)
    memory.array.loses_creations = "after" if made else "before"
    with pytest.raises(Rejected, match="lost"):
        core.run(config)
    memory.array.loses_creations = ""
    return config


def _untaint(core: Core) -> None:
    assert core.instance is not None
    core.instance.tainted = False


def test_the_state_keeps_name_size_and_pool_and_may_be_destroyed(memory: MemoryWorld) -> None:
    core = memory.core(protect=True)
    _lost(memory, core, made=True)
    assert core.instance is not None
    state = core.instance.state
    assert core.instance.tainted
    assert (state["id"], state["name"], state["size_gib"], state["pool"]) == (None, "db1", 8, memory.pool)
    assert state["deletion_protection"] is False


def test_what_was_never_made_is_gone_with_a_warning(memory: MemoryWorld, core: Core) -> None:
    config = _lost(memory, core, made=False)
    assert "never made" in warnings_of(core.refresh())[0]
    assert core.instance is None
    core.run(config)
    assert len(memory.array.volumes.held) == 1


def test_reading_names_the_candidate_and_never_takes_it(memory: MemoryWorld, core: Core) -> None:
    _lost(memory, core, made=True)
    read = core.refresh()
    assert core.instance is not None
    assert core.instance.state["id"] is None
    assert next(iter(memory.array.volumes.held)) in read.items[0].detail
    assert "untaint" in read.items[0].detail


@pytest.mark.parametrize("rounds", [False, True])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("protect", [False, True])
def test_an_untainted_one_takes_the_only_candidate_in_place(
    family: Family, rounds: bool, size: dict[str, int], protect: bool
) -> None:
    """The next plan is empty, and the protection is again what the configuration says."""
    memory = MemoryWorld(family, rounds=rounds and family == "xiv")
    core = memory.core(protect=protect)
    config = _lost(memory, core, made=True, **size)
    _untaint(core)
    core.refresh()
    plan = core.plan(config)
    assert plan.action == "update"
    core.apply(plan)
    core.refresh()
    assert core.instance is not None
    assert core.instance.state["id"] in memory.array.volumes.held
    assert core.instance.state["deletion_protection"] is protect
    assert core.plan(config).action == "no-op"


@pytest.mark.parametrize("change", [{"name": "db2"}, {"size_gib": 12}, {"deletion_protection": True}])
def test_an_untainted_one_may_change_at_the_same_time(memory: MemoryWorld, core: Core, change: dict[str, Any]) -> None:
    _lost(memory, core, made=True)
    _untaint(core)
    config = _config(memory, **change)
    core.run(config)
    core.refresh()
    assert core.plan(config).action == "no-op"


def test_of_two_candidates_none_is_taken() -> None:
    """A DS8000 allows equal names, so both are named and neither is touched."""
    memory = MemoryWorld("ds8k")
    core, other = memory.core(), memory.core()
    other.run(_config(memory, name="db2"))
    assert other.instance is not None
    config = _lost(memory, core, made=True)
    memory.array.outside_rename(str(other.instance.state["id"]), "db1")
    _untaint(core)
    core.refresh()
    with pytest.raises(Rejected, match="in doubt") as refused:
        core.run(config)
    assert all(volume_id in str(refused.value) for volume_id in memory.array.volumes.held)
    with pytest.raises(Rejected, match="in doubt"):
        core.run(None)
    assert len(memory.array.volumes.held) == 2


def test_an_unwritten_candidate_goes_with_the_tainted_replacement(memory: MemoryWorld, core: Core) -> None:
    config = _lost(memory, core, made=True)
    core.refresh()
    plan = core.plan(config)
    assert plan.action == "replace"
    core.apply(plan)
    assert len(memory.array.volumes.held) == 1
    core.refresh()
    assert core.plan(config).action == "no-op"


@pytest.mark.parametrize("because", ["written", "mapped"])
def test_a_candidate_that_may_hold_data_is_never_deleted(memory: MemoryWorld, core: Core, because: str) -> None:
    config = _lost(memory, core, made=True)
    volume_id = next(iter(memory.array.volumes.held))
    if because == "written":
        memory.array.outside_write(volume_id)
    else:
        memory.array.volumes.used[volume_id] = Users(mappings=("mapped to host h as LUN 1",))
    core.refresh()
    for wanted in (config, None):
        with pytest.raises(Rejected, match="in doubt"):
            core.apply(core.plan(wanted))
    assert volume_id in memory.array.volumes.held


def test_a_thick_ds8000_volume_in_doubt_is_never_deleted() -> None:
    """Nothing proves that it was never written."""
    memory = MemoryWorld("ds8k")
    core = memory.core()
    _lost(memory, core, made=True, provisioning="thick")
    core.refresh()
    with pytest.raises(Rejected, match="in doubt"):
        core.run(None)
    assert len(memory.array.volumes.held) == 1


def test_destroying_what_was_never_made_is_done(memory: MemoryWorld, core: Core) -> None:
    _lost(memory, core, made=False)
    core.apply(core.plan(None))
    assert core.instance is None

"""Deletion protection and modes, in every way Terraform can come to destroy something."""

from __future__ import annotations

from typing import Any

import pytest

from support.core import Core, Rejected, warnings_of
from support.memory_volume import MemoryWorld


@pytest.fixture
def protected(memory: MemoryWorld) -> Core:
    """Keep a volume that the provider's default protects."""
    core = memory.core(protect=True)
    core.run(memory.config())
    return core


def test_the_providers_default_is_stored_in_the_state(protected: Core) -> None:
    assert protected.instance is not None
    assert protected.instance.state["deletion_protection"] is True


def test_a_protected_volume_is_not_planned_for_destruction(protected: Core) -> None:
    with pytest.raises(Rejected, match="unprotect") as refused:
        protected.plan(None)
    assert refused.value.paths == ["deletion_protection"]


def test_removing_the_line_does_not_lift_it(memory: MemoryWorld) -> None:
    core = memory.core(protect=False)
    core.run(memory.config(deletion_protection=True))
    core.run(memory.config())
    with pytest.raises(Rejected, match="is protected"):
        core.plan(None)


def test_forced_replacement_of_a_protected_volume_is_refused_at_apply(memory: MemoryWorld, protected: Core) -> None:
    plan = protected.plan(memory.config(), replace=True)
    with pytest.raises(Rejected, match="is protected"):
        protected.apply(plan)
    assert len(memory.array.volumes.held) == 1


def test_a_tainted_protected_volume_is_not_destroyed(memory: MemoryWorld, protected: Core) -> None:
    assert protected.instance is not None
    protected.instance.tainted = True
    plan = protected.plan(memory.config())
    assert plan.action == "replace"
    with pytest.raises(Rejected, match="is protected"):
        protected.apply(plan)
    assert len(memory.array.volumes.held) == 1


def test_a_replacement_is_judged_by_the_prior_state() -> None:
    """Lifting the protection and replacing are two applies."""
    world = MemoryWorld("ds8k")
    core = world.core(protect=True)
    core.run(world.config(lss="00"))
    both = world.config(lss="02", deletion_protection=False)
    with pytest.raises(Rejected, match="cannot be replaced"):
        core.plan(both)
    core.run(world.config(lss="00", deletion_protection=False))
    assert core.plan(both).action == "replace"
    core.run(both)


def test_unprotect_lifts_it_for_the_named_volume_only(memory: MemoryWorld, protected: Core) -> None:
    assert protected.instance is not None
    state = protected.instance.state
    other = memory.core(protect=True)
    other.run(memory.config(name="db2"))
    for core, ok in ((protected, True), (other, False)):
        lifted = memory.core(protect=True, unprotect=frozenset({f"{state['system_id']}/{state['id']}"}))
        lifted.instance = core.instance
        if ok:
            lifted.run(None)
        else:
            with pytest.raises(Rejected, match="is protected"):
                lifted.plan(None)
    assert [one.name for one in memory.array.volumes.held.values()] == ["db2"]


def test_a_deposed_protected_object_is_kept_until_unprotect_names_it() -> None:
    """With create_before_destroy the new volume exists and the old one stays deposed."""
    world = MemoryWorld("ds8k")
    core = world.core()
    core.run(world.config(lss="00", deletion_protection=True))
    plan = core.plan(world.config(name="db2", deletion_protection=True), replace=True)
    with pytest.raises(Rejected, match="unprotect"):
        core.apply(plan, create_first=True)
    assert len(core.deposed) == 1
    assert sorted(one.name for one in world.array.volumes.held.values()) == ["db1", "db2"]


def test_an_import_takes_the_providers_default(memory: MemoryWorld) -> None:
    memory.core().run(memory.config())
    core = memory.core(protect=True)
    imported = core.import_object("name:db1")
    assert imported.state["deletion_protection"] is True
    assert core.plan(memory.config()).action == "no-op"


CHANGES: dict[str, dict[str, Any]] = {"rename": {"name": "db2"}, "grow": {"size_gib": 9}, "move": {}}


@pytest.mark.parametrize("mode", ["read_only", "no_destroy"])
@pytest.mark.parametrize("change", sorted(CHANGES))
def test_what_a_mode_allows_in_place(memory: MemoryWorld, mode: str, change: str) -> None:
    """read_only shows every change and refuses it at apply; no_destroy lets changes in place through."""
    memory.core().run(memory.config())
    core = memory.core(mode=mode)  # type: ignore[arg-type]  # one of the three
    core.import_object("name:db1")
    values = CHANGES[change] or {"pool": memory.second_pool}
    plan = core.plan(memory.config(**values))
    assert plan.action == "update"
    warned = any(f'mode = "{mode}"' in text for text in warnings_of(plan.diagnostics))
    assert warned == (mode == "read_only")
    if mode == "read_only":
        with pytest.raises(Rejected, match="read_only"):
            core.apply(plan)
    else:
        core.apply(plan)


@pytest.mark.parametrize("mode", ["read_only", "no_destroy"])
def test_no_mode_but_full_destroys(memory: MemoryWorld, mode: str) -> None:
    memory.core().run(memory.config())
    core = memory.core(mode=mode)  # type: ignore[arg-type]  # one of the three
    core.import_object("name:db1")
    plan = core.plan(None)
    assert any(f'mode = "{mode}"' in text for text in warnings_of(plan.diagnostics))
    with pytest.raises(Rejected, match=mode):
        core.apply(plan)
    assert len(memory.array.volumes.held) == 1


def test_read_only_refuses_to_create_and_leaves_nothing(memory: MemoryWorld) -> None:
    core = memory.core(mode="read_only")
    plan = core.plan(memory.config())
    with pytest.raises(Rejected, match="read_only"):
        core.apply(plan)
    assert memory.array.volumes.held == {}
    assert core.instance is None

"""The stand-in itself: it has to complain where Terraform core would."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from support.core import Core, Rejected
from support.core_checks import Complaint
from support.memory_volume import MemoryWorld
from terraform_provider_xivds8k.lifecycle import Change, Create, Read
from terraform_provider_xivds8k.resources import VolumeResource
from terraform_provider_xivds8k.resources.volume_model import Volume, VolumeIdentity
from terraform_provider_xivds8k.schema import UNKNOWN


class PlansSomethingElse(VolumeResource):
    """Plan a name nobody wrote."""

    def plan(self, change: Change[Volume]) -> None:
        super().plan(change)
        change.planned.set(Volume.name, "something else")


class PlansDifferently(VolumeResource):
    """Plan another value every time it is asked."""

    numbers = itertools.count()

    def plan(self, change: Change[Volume]) -> None:
        super().plan(change)
        change.planned.set(Volume.written_name, f"n{next(self.numbers)}")


class ReadsUnknown(VolumeResource):
    """Leave something unknown in a refreshed state."""

    def read(self, operation: Read[Volume]) -> Volume | None:
        found = super().read(operation)
        assert found is not None
        found.set(Volume.wwn, UNKNOWN)
        return found


class ChangesIdentity(VolumeResource):
    """Report another identity after an update."""

    def identify(self, state: Volume) -> VolumeIdentity | None:
        return VolumeIdentity(system_id="x", id="before" if state.is_null(Volume.timeouts) else "after")


class InventsTimeouts(VolumeResource):
    """Plan a value for an attribute that is neither configured nor computed."""

    def plan(self, change: Change[Volume]) -> None:
        super().plan(change)
        change.planned.raw["timeouts"] = dict.fromkeys(("create", "read", "update", "delete"), "5m")


class PlansOnceKnown(VolumeResource):
    """Plan a computed value that the apply then does not give."""

    def plan(self, change: Change[Volume]) -> None:
        super().plan(change)
        if change.planned.is_known(Volume.name):
            change.planned.set(Volume.wwn, "a wwn by guess" if change.config.is_known(Volume.pool) else "another")


def _core(world: MemoryWorld, kind: type[VolumeResource]) -> Core:
    behaviour = world.core().resource()
    return Core(lambda: kind(behaviour.configured))


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        (PlansSomethingElse, "invalid plan: name"),
        (PlansDifferently, "two different plans"),
        (InventsTimeouts, "invalid plan: timeouts"),
    ],
)
def test_bad_plans_are_complained_of(memory: MemoryWorld, kind: type[VolumeResource], complaint: str) -> None:
    with pytest.raises(Complaint, match=complaint):
        _core(memory, kind).plan(memory.config())


def test_an_unknown_in_a_refreshed_state_is_complained_of(memory: MemoryWorld) -> None:
    core = _core(memory, ReadsUnknown)
    core.run(memory.config())
    with pytest.raises(Complaint, match="not known after refresh"):
        core.refresh()


def test_a_changed_identity_never_passes(memory: MemoryWorld) -> None:
    core = _core(memory, ChangesIdentity)
    core.run(memory.config())
    plan = core.plan(memory.config(timeouts={"create": "5m", "read": None, "update": None, "delete": None}))
    with pytest.raises((Complaint, Rejected), match="identity"):
        core.apply(plan)


def test_a_final_plan_unlike_the_first_is_complained_of(memory: MemoryWorld) -> None:
    core = _core(memory, PlansOnceKnown)
    plan = core.plan(memory.config(pool=UNKNOWN))
    with pytest.raises(Complaint, match="inconsistent final plan"):
        core.apply(plan, memory.config())


def test_a_result_unlike_the_plan_is_said_by_the_provider_itself(memory: MemoryWorld) -> None:
    """Before core complains, the lifecycle names the attributes and keeps the state."""

    class MakesAnother(VolumeResource):
        def create(self, operation: Create[Volume]) -> Volume:
            state = super().create(operation)
            state.set(Volume.name, "another")
            return state

    core = _core(memory, MakesAnother)
    with pytest.raises(Exception, match="Unlike the plan: name"):
        core.run(memory.config())
    assert core.instance is not None
    assert core.instance.tainted


def test_a_configuration_of_unknown_names_is_a_mistake_of_the_test(core: Core, memory: MemoryWorld) -> None:
    wrong: dict[str, Any] = memory.config(no_such_attribute=1)
    with pytest.raises(AssertionError, match="no such attributes"):
        core.plan(wrong)

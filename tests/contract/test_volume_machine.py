"""Any history of applies, outside interference and faults: nothing is lost, doubled or harmed, and a re-run gets there.

The machine plays the user: it applies, and where it is refused it follows a way out the refusal names.  What is true is
read from the simulation's own records.  When something fails, hypothesis prints the steps.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from support.core import Instance, Rejected
from support.volume_faults import Fault, faults
from support.volume_ledger import DEFECT, check_wanted
from support.volume_stage import Found, Stage
from support.volume_user import User
from terraform_provider_xivds8k.driver import Family

SLOTS = 2
slots = st.integers(0, SLOTS - 1)
meddlings = st.sampled_from(
    ["nothing"] * 8 + ["same name", "rename", "grow", "delete", "map", "snapshot", "write", "foreign", "move"]
)
configurations = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["db1", "db2", "log", "web", "mail"]),
        "pool": st.sampled_from([0, 0, 1]),
        "size": st.integers(1, 4),
        "kind": st.sampled_from([0, 0, 1]),
    }
)


class VolumeMachine(RuleBasedStateMachine):
    """Play a user of two volumes, the other people on the array, and its bad days."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.user = User(stage, SLOTS)

    @rule(slot=slots, written=configurations, meddling=meddlings, broken=faults, repair=st.booleans())
    def applies(self, *, slot: int, written: dict[str, Any], meddling: str, broken: list[Fault], repair: bool) -> None:
        """Write a configuration and apply it; somebody meddles between plan and apply, and calls break."""
        user, one = self.user, self.user.slots[slot]
        user.heed(one)
        one.wanted = user.config(one, **written)
        plan = user.planned(one)
        if plan is None:
            user.converge(one)
            return
        user.meddle(meddling, one)
        refused = user.during(one, lambda: one.core.apply(plan), broken, user.may_go(one, plan))
        if refused is None and meddling == "nothing":
            check_wanted(one, self.stage.volumes())
        elif repair:
            user.converge(one)

    @rule(slot=slots, freed=st.booleans(), meddling=meddlings, broken=faults, repair=st.booleans())
    def destroys(self, *, slot: int, freed: bool, meddling: str, broken: list[Fault], repair: bool) -> None:
        """Remove the block and apply, often after what uses the volume was removed; what is not there is made first."""
        user, one = self.user, self.user.slots[slot]
        user.heed(one)
        if one.core.instance is None:
            one.wanted = user.config(one, name="tmp", pool=0, size=1, kind=0)
            user.converge(one)
        if freed and one.id in self.stage.volumes():
            user.set_free(self.stage.volumes()[str(one.id)])
        one.wanted = None
        plan = user.planned(one)
        if plan is None:
            return
        user.meddle(meddling, one)
        held = one.id
        refused = user.during(one, lambda: one.core.apply(plan), broken, user.may_go(one, plan))
        if refused is None:
            assert held is None or held not in self.stage.volumes(), f"{held} was destroyed and is there"
        elif repair:
            user.converge(one)

    @rule(slot=slots, broken=faults)
    def refreshes(self, *, slot: int, broken: list[Fault]) -> None:
        """Refresh and plan while calls break: nothing is called gone that is there."""
        one = self.user.slots[slot]
        self.user.heed(one)
        had = copy.deepcopy(one.core.instance)

        def look() -> None:
            one.core.refresh()
            if one.wanted is not None:
                one.core.plan(one.wanted)

        refused = self.user.during(one, look, broken, set())
        if had is not None and one.core.instance is None:
            there = [found for found in self.stage.volumes().values() if _is(found, had)]
            assert not there, f"called gone: {there}"
        if refused is not None and one.core.instance is not None:
            assert had is not None
            assert one.id == had.state["id"]

    @rule(slot=slots, state=st.sampled_from(["refuse", "down"]))
    def finds_the_array_down(self, *, slot: int, state: str) -> None:
        """Run everything against an array that is down: errors, and the state stays as it was."""
        one = self.user.slots[slot]
        had = copy.deepcopy(one.core.instance)
        if had is None:
            return
        if state == "refuse":
            self.stage.ask("POST", f"/arrays/{self.stage.array}", {"state": "refuse"})
        else:
            self.stage.break_down(command="*", action="down")
        try:
            for what in (one.core.refresh, lambda: one.core.apply(one.core.plan(None))):
                with pytest.raises(Rejected) as caught:
                    what()
                assert DEFECT not in str(caught.value)
                assert one.core.instance == had
        finally:
            self.stage.mend()

    @rule(slot=slots, form=st.sampled_from(["id", "name", "wwn", "identity"]))
    def imports(self, *, slot: int, form: str) -> None:
        """Take it out of the state and import it again: the plan is empty, or follows the configuration."""
        one, there = self.user.slots[slot], self.stage.volumes()
        self.user.heed(one)
        state, found = one.state, there.get(one.id or "")
        if state is None or found is None:
            return
        one.core.instance = None
        if form == "identity":
            one.core.import_object(identity={"system_id": state["system_id"], "id": state["id"]})
        elif form == "name" and sum(other.name == found.name for other in there.values()) == 1:
            one.core.import_object(f"name:{found.name}")
        else:
            one.core.import_object(f"wwn:{state['wwn']}" if form == "wwn" else str(state["id"]))
        assert one.id == found.id
        if one.wanted is not None:
            self.user.converge(one)

    @rule(slot=slots, meddling=meddlings)
    def meddles(self, *, slot: int, meddling: str) -> None:
        """Let somebody else act between two runs."""
        self.user.meddle(meddling, self.user.slots[slot])

    @rule(slot=slots)
    def runs_again(self, *, slot: int) -> None:
        """Run again what was left: it gets where it was to go."""
        self.user.heed(self.user.slots[slot])
        self.user.converge(self.user.slots[slot])

    @rule()
    def starts_another_process(self) -> None:
        """Forget what only the provider process knew."""
        self.user.start_another_process()

    def teardown(self) -> None:
        """Bring everything to its end, and see that nothing but strangers' volumes is left."""
        try:
            for one in self.user.slots:
                self.user.heed(one)
                self.user.converge(one)
            for one in self.user.slots:
                one.wanted = None
                self.user.converge(one)
            ledger = self.user.ledger
            left = self.stage.volumes().keys() - ledger.foreign.keys() - ledger.told
            assert not left, f"left behind unseen: {left}"
        finally:
            self.user.close()
            self.stage.back_to_the_start()


def _is(found: Found, had: Instance) -> bool:
    return found.name == had.state["name"] if had.state["id"] is None else found.id == had.state["id"]


@pytest.fixture(params=["xiv", "ds8k"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return one array of each family, for all examples of a machine."""
    family: Family = request.param
    running = Stage(family, tmp_path_factory.mktemp("stage"))
    yield running
    running.close()


def _play(stage: Stage, **how: Any) -> None:
    every = list(HealthCheck)
    run_state_machine_as_test(
        lambda: VolumeMachine(stage),  # type: ignore[arg-type]  # it is called and nothing else
        settings=settings(deadline=None, print_blob=True, database=None, suppress_health_check=every, **how),
    )


@pytest.mark.timeout(900)
def test_any_history_of_volumes_loses_nothing_and_ends_as_wanted(stage: Stage) -> None:
    _play(stage, max_examples=30, stateful_step_count=30, derandomize=True)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_any_long_history_of_volumes_loses_nothing_and_ends_as_wanted(stage: Stage) -> None:
    _play(stage, max_examples=200, stateful_step_count=50)

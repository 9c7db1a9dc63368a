"""The failover action against two linked arrays: what its plan warns of, what it shows while it runs, how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.linked import Linked, changes, linked
from support.paired import pair
from terraform_provider_xivds8k.actions import ReplicationFailoverAction
from terraform_provider_xivds8k.actions.replication_failover_model import ReplicationFailover
from terraform_provider_xivds8k.driver import Family, Volume
from terraform_provider_xivds8k.lifecycle import Configured, Diagnostics, Guards
from terraform_provider_xivds8k.lifecycle.invoking import invoke_action, plan_action
from terraform_provider_xivds8k.lifecycle.requests import Completed, Progressed

SECOND_STEP = {"xiv": "mirror_activate", "ds8k": "POST /cs/pprcs/resume"}  # of a switch
CODES = {"xiv": "MIRROR_CONFIGURATION_ERROR", "ds8k": "BE7A0080"}


@dataclass(frozen=True)
class Stage:
    """Hold two arrays with two pairs that are in step."""

    arrays: Linked
    volumes: tuple[Volume, Volume]
    remote_ids: tuple[str, str]

    def _action(self, mode: Any) -> ReplicationFailoverAction:
        driver = self.arrays.another_driver(mode=mode)
        configured = Configured(lambda: driver, lambda one: one.close(), Guards(mode=mode), family=self.arrays.family)
        return ReplicationFailoverAction(configured)

    def _config(self, operation: str, config: dict[str, Any]) -> dict[str, Any]:
        away = self.arrays.simulation.arrays[1]["system_id"]
        named = [f"{away}/{one}" for one in self.remote_ids]
        return {**ReplicationFailover.nothing().raw, "operation": operation, "replication_ids": named, **config}

    def plans(self, operation: str, mode: Any = "full", **config: Any) -> list[tuple[str, str, str]]:
        """Return severity, summary and detail of what a plan says."""
        action = self._action(mode)
        found = plan_action(action, self._config(operation, config)).items
        assert action.configured is not None
        action.configured.close()
        return [(one.severity, one.summary, one.detail) for one in found]

    def invokes(self, operation: str, mode: Any = "full", **config: Any) -> tuple[list[str], Diagnostics]:
        """Return the lines an invocation shows, and how it ends."""
        action = self._action(mode)
        *events, end = invoke_action(action, self._config(operation, config))
        assert action.configured is not None
        action.configured.close()
        assert isinstance(end, Completed)
        return [one.message for one in events if isinstance(one, Progressed)], end.diagnostics

    def rows(self) -> list[int]:
        """Return the row of each pair."""
        driver = self.arrays.another_driver()
        found = [one.row for one in driver.get_replication_status()]
        driver.close()
        return found

    def lose_home(self) -> None:
        """Lose the first site."""
        self.arrays.set_link("down")
        self.arrays.set_state("home", "refuse")

    def find_home(self) -> None:
        """Have it back."""
        self.arrays.set_state("home", "up")
        self.arrays.set_link("up")


@pytest.fixture
def stage(family: Family, tmp_path: Path) -> Iterator[Stage]:
    """Return two arrays with two pairs."""
    with linked(family, tmp_path / "simulator.db", time_scale=50) as arrays:
        volumes = arrays.volume("monday"), arrays.volume("monday")
        yield Stage(arrays, volumes, (pair(arrays, volumes[0]), pair(arrays, volumes[1])))


def test_a_plan_warns_of_what_would_be_refused_now_and_of_what_may_be_lost_and_changes_nothing(stage: Stage) -> None:
    stage.arrays.forget_calls()
    ((severity, summary, detail),) = stage.plans("failover")
    assert severity == "warning"
    assert summary.startswith("It would be refused now: ")
    assert "for 2 of 2 replications: failover to remote is not possible in row 1" in summary
    assert detail.count("force = true") == 1
    assert detail.startswith("They are: volume ")
    assert stage.plans("switch") == []
    stage.lose_home()
    ((severity, summary, detail),) = stage.plans("failover")
    assert (severity, summary) == ("warning", "failover to remote: what may be lost of 2 of 2 replications")
    assert len(detail.splitlines()) == 2
    assert changes(stage.arrays) == {}


def test_a_dry_run_lists_each_pair_and_call_and_changes_nothing_while_home_is_dead(stage: Stage) -> None:
    stage.lose_home()
    stage.arrays.forget_calls()
    lines, ended = stage.invokes("failover", dry_run=True)
    assert ended.items == []
    assert lines[0] == "dry run: nothing was changed; failover to remote would act on 2 of 2 replications"
    call = {"xiv": "remote: mirror_change_role vol=", "ds8k": "remote: POST /cs/pprcs "}[stage.arrays.family]
    assert len([line for line in lines if line.startswith(f"would send: {call}")]) == 2
    assert all(any(f"remote id {one}" in line for line in lines) for one in stage.remote_ids)
    assert changes(stage.arrays) == {}


def test_each_member_is_told_when_it_is_done_and_in_the_end_where_it_is(stage: Stage) -> None:
    lines, ended = stage.invokes("switch")
    assert ended.items == []
    assert [line.partition("done (")[2] for line in lines if "done (" in line] == ["1 of 2)", "2 of 2)"]
    assert len([line for line in lines if "serving now: remote; row 4" in line]) == 2
    assert len([line for line in lines if line.startswith("next: ")]) == 2
    stage.arrays.forget_calls()
    again, ended = stage.invokes("switch")
    assert ended.items == []
    assert len([line for line in again if "was there already" in line]) == 2
    assert changes(stage.arrays) == {}


def test_an_error_half_way_carries_the_whole_report(stage: Stage) -> None:
    command, code = SECOND_STEP[stage.arrays.family], CODES[stage.arrays.family]
    stage.arrays.fail("remote", command, "error", code=code, times=9)
    _, ended = stage.invokes("switch")
    (error,) = ended.items
    assert error.severity == "error"
    assert code in error.detail
    assert all(f"remote id {one}" in error.detail for one in stage.remote_ids)
    assert "run switch again" in error.detail
    stage.arrays.ask("DELETE", "/faults")
    _, ended = stage.invokes("switch")
    assert ended.items == []
    assert stage.rows() == [4, 4]


def test_a_mode_that_destroys_nothing_refuses_what_discards_writes_and_no_more(stage: Stage) -> None:
    stage.lose_home()
    assert stage.invokes("failover", "no_destroy")[1].items == []
    stage.arrays.write("remote", stage.remote_ids[0], "tuesday")
    stage.find_home()
    vouched = {"authoritative_backend_id": "remote"}
    if stage.arrays.family == "xiv":
        details = [detail for _, _, detail in stage.plans("resync", **vouched)]
        assert any(detail.endswith("name will carry the time of the operation itself.") for detail in details)
    for operation in ("resync", "failback"):
        assert any("no_destroy" in summary for _, summary, _ in stage.plans(operation, "no_destroy", **vouched))
        (refused,) = stage.invokes(operation, "no_destroy", **vouched)[1].items
        assert "no_destroy" in f"{refused.summary} {refused.detail}"
    assert set(stage.rows()) <= {10, 12}
    assert stage.invokes("resync", **vouched)[1].items == []
    assert stage.rows() == [4, 4]
    assert not any("no_destroy" in summary for _, summary, _ in stage.plans("failback", "no_destroy"))
    assert stage.invokes("failback", "no_destroy")[1].items == []
    assert stage.rows() == [1, 1]


def test_pools_of_the_remote_array_are_moved_only_if_they_hold_as_many_as_expected(stage: Stage) -> None:
    pools = {"replication_ids": None, "pools": [stage.arrays.pool]}
    (refused,) = stage.invokes("switch", expected_count=3, **pools)[1].items
    assert "2 replications are in" in refused.summary
    assert stage.rows() == [1, 1]
    assert stage.invokes("switch", expected_count=2, **pools)[1].items == []
    assert stage.rows() == [4, 4]

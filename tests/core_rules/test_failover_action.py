"""What a configuration of the failover action is refused for, before any array is asked."""

from __future__ import annotations

from typing import Any

import pytest

from terraform_provider_xivds8k.actions import ReplicationFailoverAction
from terraform_provider_xivds8k.actions.replication_failover import error_lines
from terraform_provider_xivds8k.actions.replication_failover_model import ReplicationFailover
from terraform_provider_xivds8k.driver import FailoverReport, Member, XIVDS8KDriver, report_lines
from terraform_provider_xivds8k.lifecycle import Configured, Guards
from terraform_provider_xivds8k.lifecycle.invoking import plan_action, validate_action
from terraform_provider_xivds8k.schema import UNKNOWN, RawObject


def action(family: str | None = None, mode: Any = "full") -> ReplicationFailoverAction:
    def nobody() -> XIVDS8KDriver:
        raise AssertionError("an array was asked")

    return ReplicationFailoverAction(Configured(nobody, lambda _: None, Guards(mode=mode), family=family))


def written(**values: Any) -> RawObject:
    return {**ReplicationFailover.nothing().raw, "operation": "failover", **values}


def said(family: str | None = None, /, **values: Any) -> list[str]:
    found = validate_action(action(family), written(**values))
    assert all(one.detail for one in found.items)
    return [one.summary for one in found.items]


@pytest.mark.parametrize(
    "values",
    [
        {"replication_ids": ["0A01"]},
        {"consistency_group_id": "erp"},
        {"pools": ["P0"], "expected_count": 3},
        {"pools": UNKNOWN, "expected_count": UNKNOWN},
        {"replication_ids": UNKNOWN, "operation": UNKNOWN, "to": "remote", "force": True},
        {"operation": "failback", "replication_ids": ["0A01"], "to": "home"},
        {"operation": "switch", "replication_ids": ["0A01"], "to": "home", "force": False},
        {"replication_ids": ["0A01"], "force": True, "accept_inconsistent": True, "max_data_loss_seconds": 0},
        {"operation": "switch", "replication_ids": ["0A01"], "mode": "global_copy"},
        {"operation": UNKNOWN, "replication_ids": ["0A01"], "mode": UNKNOWN},
    ],
    ids=str,
)
def test_these_are_configurations(values: dict[str, Any]) -> None:
    assert said(**values) == []


@pytest.mark.parametrize(
    ("values", "summary"),
    [
        ({}, "Exactly one scope is acted on"),
        ({"replication_ids": ["0A01"], "consistency_group_id": "erp"}, "Exactly one scope is acted on"),
        ({"replication_ids": []}, "replication_ids is empty"),
        ({"pools": [], "expected_count": 1}, "pools is empty"),
        ({"pools": ["P0"]}, "pools need expected_count"),
        ({"replication_ids": ["0A01"], "expected_count": 1}, "expected_count goes with pools"),
        ({"operation": "failback", "replication_ids": ["0A01"], "to": "remote"}, "A failback is always to home"),
        ({"operation": "resync", "replication_ids": ["0A01"], "to": "home"}, "A resync has no direction of its own"),
        ({"operation": "switch", "replication_ids": ["0A01"], "force": True}, "force goes with a failover"),
        ({"replication_ids": ["0A01"], "mode": "global_copy"}, "A failover leaves the mode as it is"),
        (
            {"operation": "resync", "replication_ids": ["0A01"], "max_data_loss_seconds": 0},
            "max_data_loss_seconds goes with a failover",
        ),
        (
            {"operation": "failback", "replication_ids": ["0A01"], "accept_inconsistent": True},
            "accept_inconsistent goes with a failover",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_an_error_that_says_what_to_write(values: dict[str, Any], summary: str) -> None:
    assert said(**values) == [summary]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("operation", "fail over"),
        ("to", "away"),
        ("expected_count", 0),
        ("max_data_loss_seconds", -1),
        ("timeout", "soon"),
        ("mode", "sync"),
        ("replication_ids", [""]),
    ],
)
def test_a_value_out_of_range_is_named_with_what_is_allowed(name: str, value: Any) -> None:
    scope = {"pools": ["P0"], "expected_count": 1} if name == "expected_count" else {"replication_ids": ["0A01"]}
    found = validate_action(action(), written(**(scope | {name: value}))).items
    assert len(found) == 1
    assert str(found[0].path.steps[0]) == name


def test_a_ds8000_has_no_groups_to_fail_over() -> None:
    assert said("ds8k", consistency_group_id="erp") == ["A DS8000 has no mirrored consistency groups"]
    assert said("xiv", consistency_group_id="erp") == []


def test_an_xiv_moves_a_mirror_as_what_it_is() -> None:
    asked = {"operation": "switch", "replication_ids": ["0A01"], "mode": "global_copy"}
    assert said("xiv", **asked) == ["An XIV moves a mirror as what it is"]
    assert said("ds8k", **asked) == []


def test_what_is_not_known_yet_is_not_looked_at() -> None:
    assert plan_action(action(), written(replication_ids=UNKNOWN)).items == []


@pytest.mark.parametrize(
    ("mode", "operation", "warned"),
    [
        ("read_only", "switch", True),
        ("read_only", "failback", True),
        ("no_destroy", "resync", True),
        ("no_destroy", "switch", False),
        ("no_destroy", "failover", False),
        ("full", "resync", False),
    ],
)
def test_a_plan_says_what_the_mode_will_refuse(mode: str, operation: str, warned: bool) -> None:
    config = written(operation=operation, replication_ids=UNKNOWN)
    assert [mode in one.summary for one in plan_action(action(mode=mode), config).items] == [True] * warned


def test_a_report_says_of_each_member_where_it_is_what_is_lost_what_is_kept_and_what_to_do() -> None:
    moved = _member(outcome="moved", after=9, lost="writes after 10:00", kept=("a.before-resync", "b.before-resync"))
    failed = _member(outcome="failed", after=7, problem="The array said no.")
    there = _member(outcome="was there", after=None, before=4)
    lines = report_lines(
        FailoverReport(operation="failover", to="remote", dry_run=False, members=(moved, failed, there))
    )
    text = "\n".join(lines)
    assert text.count("remote id 0B01") == 3
    assert "lost: writes after 10:00" in text
    assert [line for line in lines if "kept in" in line] == [
        "  what was discarded is kept in: a.before-resync",
        "  what was discarded is kept in: b.before-resync",
    ]
    assert "why: The array said no." in text
    assert "run failover again" in text
    assert "was there already; serving now: remote; row 4" in text
    assert "could not be read" not in text


def test_the_error_of_an_operation_on_many_tells_of_those_that_failed_and_of_no_more_than_one_reads() -> None:
    moved = [_member(name=f"volume m{number}", outcome="moved", after=4) for number in range(150)]
    failed = [_member(name=f"volume f{number}", outcome="failed", after=7, problem="No.") for number in range(150)]
    few, many = (
        FailoverReport(operation="switch", to="remote", dry_run=False, members=(*moved, *failed[:count]))
        for count in (2, 150)
    )
    assert "\n".join(error_lines(few)).count("volume m") == 0
    assert error_lines(few)[0].startswith("2 of 152 failed, and are below.")
    assert [line for line in error_lines(few) if "f1" in line or "f0" in line] == [
        line for line in report_lines(few) if "volume f" in line
    ]
    assert error_lines(many)[0].startswith("150 of 300 failed; 20 of them are below.")
    assert "\n".join(error_lines(many)).count("volume f") == 20
    alone = FailoverReport(operation="switch", to="remote", dry_run=False, members=(moved[0], failed[0]))
    assert error_lines(alone) == report_lines(alone)


def test_a_dry_run_s_report_names_the_calls_and_nothing_as_done() -> None:
    member = _member(outcome="would move", after=None, calls=("remote: mirror_change_role vol=a",), lost="not known")
    lines = report_lines(FailoverReport(operation="failover", to="remote", dry_run=True, members=(member,)))
    assert [line.strip() for line in lines[1:]] == [
        "would send: remote: mirror_change_role vol=a",
        "would be lost: not known",
    ]


def test_a_dry_run_does_not_promise_a_name_that_carries_its_own_time() -> None:
    member = _member(outcome="would move", after=None, calls=("home: snapshot_create vol=a name=a.before-resync-1",))
    lines = report_lines(FailoverReport(operation="resync", to="remote", dry_run=True, members=(member,)))
    assert "time of the operation itself" in lines[-1]


def _member(**values: Any) -> Member:
    told: dict[str, Any] = {
        "id": "0A01",
        "remote_id": "0B01",
        "name": "volume a -> b",
        "subject": "volume",
        "before": 7,
        "serves": "remote",
    }
    return Member(**(told | values))

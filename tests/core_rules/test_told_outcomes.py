"""What the error of an operation on pairs says of those that are where they should be."""

from __future__ import annotations

from typing import cast

import pytest

from terraform_provider_xivds8k.driver import Cancelled, FailoverReport, Member
from terraform_provider_xivds8k.driver.flows.pair_outcomes import told
from terraform_provider_xivds8k.driver.flows.pair_views import PairViews
from terraform_provider_xivds8k.driver.flows.pair_work import Run
from terraform_provider_xivds8k.driver.waiting import Budget


def _member(name: str, *, moved: bool) -> Member:
    return Member(
        id=name,
        remote_id=None,
        name=name,
        subject="volume",
        before=10,
        after=4 if moved else 10,
        outcome="moved" if moved else "failed",
        serves="remote",
    )


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        ((True, True), "All are where they should be. Nothing was undone."),
        ((True, False), "The others are where they should be. Nothing was undone."),
        ((False, False), "Nothing was undone."),
    ],
)
def test_others_are_spoken_of_where_there_are_some_that_are_not_there(moved: tuple[bool, ...], said: str) -> None:
    members = tuple(_member(f"v{number}", moved=one) for number, one in enumerate(moved))
    report = FailoverReport(operation="resync", to="remote", dry_run=False, members=members)
    run = Run(cast(PairViews, None), Budget(1), lambda _: None)  # no array is asked
    assert told(report, run, Cancelled("The run was stopped")).left_behind == said

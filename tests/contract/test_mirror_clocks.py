"""How much an asynchronous failover loses is told by the clock that wrote the time, also once that array is silent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from support.mirror_lab import Lab, lab_of
from terraform_provider_xivds8k.driver import Refused, Replication, XIVDS8KDriver

AHEAD_S = 3000
LAG_S = 3400  # by remote's clock a few hundred seconds
IN_TIME_S = 8.0
NEVER = "its age counts as if both arrays' clocks agreed (never compared while home answered)"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Return two linked XIVs by simulated time as it passes; home's clock is ahead."""
    with lab_of(tmp_path / "lab.db", 1) as held:
        held.linked.ask("POST", "/clock", {"array": held.linked.name("home"), "ahead_s": AHEAD_S})
        yield held


def lose_home_later(lab: Lab) -> None:
    lab.linked.set_link("down")
    lab.linked.advance(LAG_S)
    lab.linked.set_state("home", "refuse")


def by_status(driver: XIVDS8KDriver, made: Replication) -> None:
    driver.get_replication_status([made.id])


def by_one_status(driver: XIVDS8KDriver, made: Replication) -> None:
    driver.get_status_of_replication(made.id)


def by_refresh(driver: XIVDS8KDriver, made: Replication) -> None:
    driver.find_recent_replication(made.id)


@pytest.mark.parametrize("look", [by_status, by_one_status, by_refresh])
def test_a_silent_home_s_clock_is_told_by_the_other_one(
    lab: Lab, look: Callable[[XIVDS8KDriver, Replication], None]
) -> None:
    made = lab.pair("async")
    look(lab.driver, made)
    lose_home_later(lab)
    with pytest.raises(Refused, match=r"more than 1000 s of writes may be lost.*up to 3[45][0-9][0-9] s"):
        lab.one("failover", made.remote_id, max_data_loss_s=1000)
    assert "mirror_change_role" not in lab.linked.calls("remote")
    moved = lab.one("failover", made.remote_id, max_data_loss_s=3600)
    assert (moved.outcome, moved.after) == ("moved", 9)
    assert "compared" not in moved.lost


def test_clocks_that_were_never_compared_count_as_agreeing_and_that_is_said(lab: Lab) -> None:
    """On the day of a disaster a new process finds home silent."""
    lab.linked.ask("POST", "/clock", {"array": lab.linked.name("home"), "ahead_s": 0})
    made = lab.pair("async")
    by_status(lab.driver, made)
    lose_home_later(lab)
    with closing(lab.linked.another_driver()) as driver:
        other = Lab(replace(lab.linked, driver=driver))
        with pytest.raises(Refused, match=rf"up to 3[45][0-9][0-9] s.*{re.escape(NEVER)}") as refused:
            other.one("failover", made.remote_id, max_data_loss_s=1000)
        assert refused.value.attribute == "max_data_loss_seconds"
        assert "mirror_change_role" not in lab.linked.calls("remote")
        assert NEVER in other.one("failover", made.remote_id, dry_run=True).lost
        moved = other.one("failover", made.remote_id, max_data_loss_s=3600)
        assert (moved.outcome, moved.after) == ("moved", 9)
        assert NEVER in moved.lost


def test_a_clock_that_is_behind_the_last_point_shows_no_bound(lab: Lab) -> None:
    made = lab.pair("async")
    lab.linked.set_link("down")
    lab.linked.set_state("home", "refuse")
    with closing(lab.linked.another_driver()) as driver:
        other = Lab(replace(lab.linked, driver=driver))
        with pytest.raises(Refused, match="not known"):
            other.one("failover", made.remote_id, max_data_loss_s=10**6)
        assert other.one("failover", made.remote_id).after == 9


def test_the_clocks_are_compared_once_and_only_for_asynchronous_mirrors(lab: Lab) -> None:
    lab.pair("sync")
    lab.driver.get_replication_status()
    assert "time_list" not in {*lab.linked.calls("home"), *lab.linked.calls("remote")}
    lab.pair("async")
    for _ in range(3):
        lab.driver.get_replication_status()
    assert (lab.linked.calls("home")["time_list"], lab.linked.calls("remote")["time_list"]) == (1, 1)


def test_an_array_that_does_not_tell_its_time_holds_up_one_call_and_for_a_part_of_its_time_only(lab: Lab) -> None:
    made = lab.pair("async")
    lab.linked.fail("home", "time_list", "delay_before", seconds=2 * IN_TIME_S, times=1000)
    lab.linked.forget_calls()
    with closing(lab.linked.another_driver()) as driver:
        budget = driver._core.budget(IN_TIME_S)
        for _ in range(3):
            (status,) = driver._replications.statuses([made.id], None, None, budget)
            assert status.row == 1
        assert budget.left_s > 0
    assert lab.linked.calls("home")["time_list"] == 1

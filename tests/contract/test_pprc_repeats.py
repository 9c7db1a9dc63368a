"""What a DS8000 was too busy for, or did not answer, is asked for again only where a new look still allows it."""

from __future__ import annotations

from functools import partial

import pytest

from support.interrupted import interrupted
from support.pprc_stage import DEADLINE_S, Stage
from terraform_provider_xivds8k.driver import DriverError, Scope
from terraform_provider_xivds8k.driver.errors import Busy, InDoubt
from terraform_provider_xivds8k.driver.flows.failovers import Asked, Failovers
from terraform_provider_xivds8k.driver.flows.pair_views import PairViews
from terraform_provider_xivds8k.driver.flows.pprc_ending import PprcEnding
from terraform_provider_xivds8k.driver.flows.pprc_making import PprcMaking
from terraform_provider_xivds8k.driver.flows.pprc_steps import PprcSteps
from terraform_provider_xivds8k.driver.replicating import Operation, Replication, ReplicationOrder, Terms

UNANSWERED = pytest.mark.parametrize("error", [Busy, InDoubt])


def _run(stage: Stage, views: PairViews, operation: Operation, *made: Replication) -> None:
    ids = tuple(one.remote_id for one in made)
    asked = Asked(operation=operation, to="remote", scope=Scope(ids=ids), terms=Terms())
    Failovers(views, PprcSteps(views)).run(asked, stage.driver._core.budget(DEADLINE_S), stage.told.append)


@UNANSWERED
def test_a_switch_does_not_go_on_over_what_home_is_written_while_it_waits(
    stage: Stage, error: type[DriverError]
) -> None:
    """The remote array puts the failback off, and home takes a write: it is not sent again, and the write is there."""
    made = stage.replicated("a")
    meanwhile = partial(stage.two.write, "home", made.id, "b")
    with (
        interrupted(stage, "remote", "resume", meanwhile, error("later")) as views,
        pytest.raises(DriverError, match="home volume was written to") as failed,
    ):
        _run(stage, views, "switch", made)
    assert stage.two.read("home", made.id) == ["a", "b"]
    assert failed.value.report is not None
    assert failed.value.report.members[0].outcome == "failed"


@UNANSWERED
def test_a_failover_is_not_sent_again_once_home_is_back(stage: Stage, error: type[DriverError]) -> None:
    """The remote array puts the failover off, and home answers again: it serves, and nothing is promoted unforced."""
    made = stage.replicated("a")
    stage.two.set_link("down")
    stage.up("home", "refuse")

    def back() -> None:
        stage.two.set_state("home", "up")
        stage.two.set_link("up")

    with interrupted(stage, "remote", "create", back, error("later")) as both:
        views = both.bearing("home").needing("remote")
        with pytest.raises(DriverError, match="not possible in row") as failed:
            _run(stage, views, "failover", made)
    stage.up("home")
    assert stage.row(made) in {1, 2}
    assert failed.value.report is not None
    assert failed.value.report.members[0].outcome == "failed"


@UNANSWERED
def test_one_pair_that_may_not_be_asked_for_again_does_not_keep_the_others(
    stage: Stage, error: type[DriverError]
) -> None:
    """Of two pairs home writes to one while they wait: the other one is switched, and that one is told."""
    kept, other = stage.replicated("a"), stage.replicated("c")
    meanwhile = partial(stage.two.write, "home", kept.id, "b")
    with (
        interrupted(stage, "remote", "resume", meanwhile, error("later")) as views,
        pytest.raises(DriverError) as failed,
    ):
        _run(stage, views, "switch", kept, other)
    assert failed.value.report is not None
    assert [one.outcome for one in failed.value.report.members] == ["failed", "moved"]
    assert stage.two.read("home", kept.id) == ["a", "b"]
    assert stage.row(other) == 4


@UNANSWERED
def test_a_new_copy_is_not_asked_for_again_over_what_its_volume_is_used_for_by_then(
    stage: Stage, error: type[DriverError]
) -> None:
    """Home puts the new pair off, and somebody maps the new remote volume and writes to it: that is not copied over."""
    volume = stage.two.volume("a")

    def used() -> None:
        copy = next(one for one in stage.driver.remote.list_volumes() if one.name == volume.name)
        stage.host("remote", copy.id)
        stage.two.write("remote", copy.id, "theirs")

    order = ReplicationOrder(subject="volume", id=volume.id, mode="metro_mirror")
    with (
        interrupted(stage, "home", "create", used, error("later")) as views,
        pytest.raises(DriverError, match="in use already"),
    ):
        PprcMaking(views).create(order, stage.driver._core.budget(DEADLINE_S), stage.told.append)
    assert stage.driver.list_replications() == ()
    copy = next(one for one in stage.driver.remote.list_volumes() if one.name == volume.name)
    assert stage.two.read("remote", copy.id) == ["theirs"]


@UNANSWERED
def test_a_pair_is_not_ended_any_more_once_its_copy_was_promoted(stage: Stage, error: type[DriverError]) -> None:
    """Home puts the end off, and the remote side is failed over to meanwhile: the pair stays, so that a way back is."""
    made = stage.replicated("a")
    pair = stage.driver.find_replication(made.id)
    assert pair is not None

    def promoted() -> None:
        stage.move("failover", made, force=True)

    with (
        interrupted(stage, "home", "delete", promoted, error("later")) as views,
        pytest.raises(DriverError, match=r"row 10 .* does not allow to delete"),
    ):
        PprcEnding(views).delete(pair, "keep", stage.driver._core.budget(DEADLINE_S), stage.told.append)
    assert stage.row(made) == 10

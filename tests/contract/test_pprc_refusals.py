"""What operations on PPRC pairs are refused with: what would happen, what to check, which option overrides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from support.linked import GIB
from support.pprc_stage import DEADLINE_S, MODES, Stage
from support.refusals import says_all
from terraform_provider_xivds8k.driver import DriverError, Replication, ReplicationMode, Scope, Side, Terms
from terraform_provider_xivds8k.driver.flows.pair_calls import SentCalls
from terraform_provider_xivds8k.driver.flows.pair_work import NOT_KNOWN, Done, Run, Work, key_of
from terraform_provider_xivds8k.driver.flows.pprc_bulk import ends_of
from terraform_provider_xivds8k.driver.flows.pprc_checks import PprcChecks
from terraform_provider_xivds8k.driver.flows.pprc_moves import PprcMoves
from terraform_provider_xivds8k.driver.flows.pprc_paths import PprcPaths
from terraform_provider_xivds8k.driver.flows.pprc_plans import FailOver
from terraform_provider_xivds8k.driver.flows.pprc_steps import PprcSteps
from terraform_provider_xivds8k.driver.pprcs import PairEnds
from terraform_provider_xivds8k.driver.replicating import Operation
from terraform_provider_xivds8k.simulators.context import context_of
from terraform_provider_xivds8k.simulators.store import Store

THIRD_WWNN = "5005076303FFAAAA"


def test_hosts_logged_in_at_home_keep_it_from_being_switched(stage: Stage) -> None:
    """The refusal names host and LUN, says what would be lost, and io_stopped overrides it."""
    made = stage.replicated("a")
    host = stage.host("home", made.id)
    with pytest.raises(DriverError, match=host) as refused:
        stage.move("switch", made)
    says_all(refused.value, "io_stopped")
    assert refused.value.attribute == "io_stopped"
    assert "is lost" in refused.value.happened
    assert "io_stopped = true" in refused.value.next_step
    assert stage.row(made) == 1
    stage.move("switch", made, io_stopped=True)
    assert stage.row(made) == 4


def test_hosts_logged_in_at_the_remote_side_keep_it_from_being_failed_back(stage: Stage) -> None:
    """A failback moves the service too: hosts of the remote side are looked for, named, and can be vouched for."""
    made = stage.replicated("a")
    stage.move("switch", made)
    host = stage.host("remote", made.remote_id)
    with pytest.raises(DriverError, match=host) as refused:
        stage.move("failback", made)
    says_all(refused.value, "io_stopped")
    assert refused.value.attribute == "io_stopped"
    stage.move("failback", made, io_stopped=True)
    assert stage.row(made) == 1


@pytest.mark.parametrize("mode", MODES)
def test_a_failback_after_a_disaster_copies_while_the_remote_side_goes_on_serving(
    stage: Stage, mode: ReplicationMode
) -> None:
    """Remote hosts need to stop once the copy is complete, not before: home is in step by then, and a rerun goes on."""
    made = stage.replicated("a", mode=mode)
    stage.move("failover", made, force=True, accept_inconsistent=True)
    host = stage.host("remote", made.remote_id)
    stage.two.write("remote", made.remote_id, "b")
    with pytest.raises(DriverError, match=host) as refused:
        stage.move("failback", made, authoritative_backend_id="remote")
    assert refused.value.attribute == "io_stopped"
    assert "goes on serving" in refused.value.left_behind
    assert (stage.row(made), stage.mode(made)) == (4, mode)
    stage.two.write("remote", made.remote_id, "c")
    stage.two.advance(5)
    assert stage.two.read("home", made.id) == ["a", "b", "c"]
    stage.move("failback", made, io_stopped=True)
    assert (stage.row(made), stage.mode(made)) == (1, mode)


def test_hosts_at_home_keep_a_failback_from_beginning(stage: Stage) -> None:
    """What home was written since the two sides parted is lost by the copy: its hosts stop before anything is sent."""
    made = stage.replicated("a")
    stage.move("failover", made, force=True)
    host = stage.host("home", made.id)
    stage.two.forget_calls()
    with pytest.raises(DriverError, match=host) as refused:
        stage.move("failback", made, authoritative_backend_id="remote")
    says_all(refused.value, "io_stopped")
    assert "since the two sides parted" in refused.value.happened
    assert stage.posts("home") == stage.posts("remote") == {}


@pytest.mark.parametrize("kept", ["home", "remote"])
def test_hosts_of_the_discarded_side_keep_a_resync_from_it(stage: Stage, kept: Side) -> None:
    """What is discarded must not be written; hosts of the side that is kept do not matter."""
    made = stage.replicated("a")
    stage.move("failover", made, force=True)
    ids = {"home": made.id, "remote": made.remote_id}
    gone: Side = "remote" if kept == "home" else "home"
    hosts = {side: stage.host(side, ids[side]) for side in (kept, gone)}
    label = {"home": "default", "remote": "remote"}[kept]
    with pytest.raises(DriverError, match=hosts[gone]) as refused:
        stage.move("resync", made, authoritative_backend_id=label)
    says_all(refused.value, "io_stopped")
    assert refused.value.attribute == "io_stopped"
    assert hosts[kept] not in str(refused.value)
    stage.move("resync", made, authoritative_backend_id=label, io_stopped=True)
    assert stage.row(made) == (1 if kept == "home" else 4)


def test_a_link_that_works_means_that_home_is_alive(stage: Stage) -> None:
    """Only home's management is dead: refused, since its hosts may go on; force overrides it."""
    made = stage.replicated("a")
    stage.up("home", "refuse")
    stage.two.forget_calls()
    with pytest.raises(DriverError, match="alive") as refused:
        stage.move("failover", made)
    says_all(refused.value, "force")
    assert refused.value.attribute == "force"
    assert "force = true" in refused.value.next_step
    assert stage.posts("remote") == {}
    assert stage.move("failover", made, force=True).members[0].after == 9


def test_paths_that_cannot_be_listed_keep_home_from_being_failed_over_until_forced(stage: Stage) -> None:
    """Whether home is alive cannot be told: the error names force, which needs no path and fails over all the same."""
    made = stage.replicated("a")
    stage.up("home", "refuse")
    stage.two.fail("remote", "GET /cs/pprcs/paths", "error", code="BE7A00FF", times=20)
    stage.two.forget_calls()
    with pytest.raises(DriverError, match="home array may be alive") as refused:
        stage.move("failover", made)
    says_all(refused.value, "force")
    assert refused.value.attribute == "force"
    assert refused.value.code == "BE7A00FF"
    assert "force = true" in refused.value.next_step
    assert stage.posts("remote") == {}
    assert stage.move("failover", made, force=True).members[0].after == 9


def test_a_path_to_a_third_array_does_not_tell_that_home_is_alive(stage: Stage, tmp_path: Path) -> None:
    """The way back is gone and a path between LSSs of the same numbers leads elsewhere: the node names differ."""
    made = stage.replicated("a")
    _lead_back_elsewhere(stage, tmp_path)
    stage.up("home", "refuse")
    assert stage.move("failover", made).members[0].after == 9


def test_a_path_to_an_array_nobody_knows_is_called_that(stage: Stage, tmp_path: Path) -> None:
    """A driver home never answered cannot tell whose node name it is: refused, and the name is there to compare."""
    made = stage.replicated("a")
    _lead_back_elsewhere(stage, tmp_path)
    stage.up("home", "refuse")
    driver = stage.two.another_driver()
    try:
        with pytest.raises(DriverError, match="may be alive") as refused:
            driver.failover_host(scope=Scope(ids=(made.remote_id,)), deadline=DEADLINE_S)
        says_all(refused.value, "force")
        assert THIRD_WWNN in refused.value.happened
        assert refused.value.attribute == "force"
        forced = driver.failover_host(scope=Scope(ids=(made.remote_id,)), terms=Terms(force=True), deadline=DEADLINE_S)
        assert forced.members[0].after == 9
    finally:
        driver.close()


def test_home_that_is_back_once_all_was_checked_is_not_failed_over(stage: Stage) -> None:
    """It was dead when the failover was checked and answers when it is promoted: refused, and nothing is sent."""
    made = stage.replicated("a")
    stage.two.set_link("down")
    done = _failing_over(stage, made, lambda: stage.two.set_state("home", "up"))
    assert done.problem is not None
    assert done.problem.attribute == "force"
    assert "in row 1" in done.problem.summary
    assert (stage.posts("remote"), stage.row(made)) == ({}, 1)


def test_a_link_that_is_back_once_all_was_checked_keeps_home_from_being_failed_over(stage: Stage) -> None:
    """Home's management stays dead, but a path works again by then: its hosts may go on, so nothing is sent."""
    made = stage.replicated("a")
    stage.two.set_link("down")
    done = _failing_over(stage, made, lambda: stage.two.set_link("up"))
    assert done.problem is not None
    assert "alive" in done.problem.summary
    assert stage.posts("remote") == {}


def test_a_home_that_lost_the_pair_by_then_is_not_failed_over_by_force_either(stage: Stage) -> None:
    """Home comes back without the pair (row 14): what was forced is a failover of a pair that is there."""
    made = stage.replicated("a")
    ends = _ends(stage, made.id)
    stage.two.set_link("down")

    def back_without_it() -> None:
        stage.two.set_state("home", "up")
        with stage.two.other_driver("home") as other:
            assert other._core.array.pprcs is not None
            assert other._core.array.pprcs.delete(ends, "source", other._core.budget()) == {}

    done = _failing_over(stage, made, back_without_it, Terms(force=True))
    assert done.problem is not None
    assert "row 14" in done.problem.summary
    assert stage.posts("remote") == {}


def test_a_global_copy_is_promoted_only_where_that_is_accepted(stage: Stage) -> None:
    """Its blocks are of different moments: accept_inconsistent overrides, force does not."""
    made = stage.replicated("a", mode="global_copy")
    stage.up("home", "refuse")
    with pytest.raises(DriverError, match="inconsistent") as refused:
        stage.move("failover", made, force=True)
    says_all(refused.value, "accept_inconsistent")
    assert refused.value.attribute == "accept_inconsistent"
    assert "accept_inconsistent = true" in refused.value.next_step


def test_a_copy_that_is_not_complete_is_promoted_only_where_that_is_accepted(stage: Stage) -> None:
    """A Metro Mirror that was suspended and copies again is of no one moment either."""
    made = stage.replicated("a")
    stage.driver._core.array.pprcs.pause(  # type: ignore[union-attr]
        _ends(stage, made.id), stage.driver._core.budget()
    )
    with pytest.raises(DriverError, match="inconsistent") as refused:
        stage.move("failover", made, force=True)
    says_all(refused.value, "accept_inconsistent")
    assert refused.value.attribute == "accept_inconsistent"


def test_a_loss_that_is_not_known_is_more_than_any_limit(stage: Stage) -> None:
    """max_data_loss_seconds refuses what nobody knows; in step and with home answering nothing is lost."""
    made = stage.replicated("a")
    stage.up("home", "refuse")
    with pytest.raises(DriverError, match="more than 60 s") as refused:
        stage.move("failover", made, force=True, max_data_loss_s=60)
    says_all(refused.value, "max_data_loss_seconds")
    assert refused.value.attribute == "max_data_loss_seconds"
    assert NOT_KNOWN in refused.value.happened
    stage.up("home")
    assert stage.move("failover", made, force=True, max_data_loss_s=0).members[0].outcome == "moved"


def test_both_sides_written_needs_to_be_said_whose_data_stays(stage: Stage) -> None:
    """Rows 10 and 12: resync and failback name authoritative_backend_id, and nothing is sent."""
    made = stage.replicated("a")
    stage.move("failover", made, force=True)
    stage.two.forget_calls()
    for operation in ("resync", "failback"):
        with pytest.raises(DriverError) as refused:
            stage.move(operation, made)
        says_all(refused.value, "authoritative_backend_id")
        assert refused.value.attribute == "authoritative_backend_id"
    assert stage.posts("home") == stage.posts("remote") == {}


def test_no_path_and_no_link_is_told_before_anything_is_changed(stage: Stage) -> None:
    """The way back cannot be made: the switch is refused while both sides are as they were."""
    made = stage.replicated("a")
    stage.two.set_link("down")
    with pytest.raises(DriverError) as refused:
        stage.move("switch", made)
    says_all(refused.value)
    assert refused.value.attribute == "port_pairs"
    stage.two.set_link("up")
    assert stage.row(made) == 1


def test_a_copy_larger_than_its_source_is_not_switched_to(stage: Stage) -> None:
    """A growth that was broken off left the remote volume larger: home could not be its copy, so nothing moves."""
    stage.two.turn("pprc_growth_refused", on=False)
    made = stage.replicated("a")
    stage.two.fail("home", "PUT /volumes/{id}", "error", code="BE531465")
    with pytest.raises(DriverError):
        stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB)
    stage.two.forget_calls()
    with pytest.raises(DriverError, match="smaller") as refused:
        stage.move("switch", made)
    says_all(refused.value)
    assert stage.posts("home") == stage.posts("remote") == {}
    stage.driver.extend_volume(volume_id=made.id, size_bytes=2 * GIB)
    stage.move("switch", made)
    assert stage.row(made) == 4


def test_a_global_copy_that_was_failed_over_does_not_go_on_as_a_switch(stage: Stage) -> None:
    """Home may hold what was never copied: nothing is discarded without being told whose data stays."""
    made = stage.replicated("a", mode="global_copy")
    stage.written("home", made.id, ["on its way"])
    stage.move("failover", made, force=True, accept_inconsistent=True)
    for operation in ("switch", "failback", "resync"):
        with pytest.raises(DriverError):
            stage.move(operation, made)
    assert "on its way" in stage.two.read("home", made.id)


@pytest.mark.parametrize("operation", ["resync", "failback"])
def test_home_that_is_written_once_all_was_checked_is_not_discarded_unsaid(stage: Stage, operation: Operation) -> None:
    """Home was in full duplex, so the check named no loss; a write since then is kept, and named by the next check."""
    made = stage.replicated("a")
    stage.move("failover", made, force=True)
    terms = Terms(authoritative_backend_id="remote", io_stopped=True)
    work, steps, run = _checked(stage, made, Work(operation, "home", terms, (), {}))
    assert steps.lost(work, work.pairs[0]) == ""
    stage.two.write("home", made.id, "late")
    steps.act(work, run)
    problem = run.results[key_of(work.pairs[0])].problem
    assert problem is not None
    assert "was written to" in problem.summary
    says_all(problem, "authoritative_backend_id")
    assert stage.two.read("home", made.id) == ["a", "late"]
    would = stage.move("resync", made, authoritative_backend_id="remote", io_stopped=True, dry_run=True)
    assert "is gone" in would.members[0].lost


def test_a_metro_mirror_that_is_a_global_copy_again_by_then_is_not_promoted(stage: Stage) -> None:
    """It was in step as Metro Mirror, and by the failover is a Global Copy, which is never of one moment: refused."""
    stage.two.turn("pprc_failover_keeps_type", on=False)
    made = stage.replicated("a", mode="global_copy")
    work, _, run = _checked(stage, made, Work("switch", "remote", Terms(), (), {}))
    paths = PprcPaths(run.views)
    moves = PprcMoves(run.views, paths, PprcChecks(run.views, paths), work, run)
    key = key_of(work.pairs[0])
    stage.two.forget_calls()
    failures = moves.take(FailOver("remote", "metro_mirror", in_step=True), work.pairs, SentCalls())
    assert "copied as global_copy" in failures[key].summary
    assert (stage.posts("remote"), stage.row(made), stage.mode(made)) == ({}, 1, "global_copy")


def _failing_over(stage: Stage, made: Replication, meanwhile: Callable[[], None], terms: Terms = Terms()) -> Done:  # noqa: B008 - frozen
    """Check a failover while home is dead, let something happen, and carry it out; return what became of it."""
    stage.up("home", "refuse")
    work, steps, run = _checked(stage, made, Work("failover", "remote", terms, (), {}))
    meanwhile()
    stage.two.forget_calls()
    steps.act(work, run)
    return run.results[key_of(work.pairs[0])]


def _checked(stage: Stage, made: Replication, work: Work) -> tuple[Work, PprcSteps, Run]:
    """Check some work on one replication, whose remote data is to stay: nothing keeps it from being carried out."""
    views, budget = stage.driver._views, stage.driver._core.budget(DEADLINE_S)
    (pair,) = (one for one in views.look(budget).pairs if one.remote_id == made.remote_id)
    work = replace(work, pairs=(pair,), keeps={key_of(pair): "remote"})
    steps, run = PprcSteps(views), Run(views, budget, stage.told.append, total=1)
    assert steps.problems(work, budget) == {}
    return work, steps, run


def _lead_back_elsewhere(stage: Stage, folder: Path) -> None:
    """Delete the path back to home, and have one between LSSs of the same numbers that leads to a third array."""
    core = stage.driver.remote._core
    assert core.array.pprcs is not None
    (path,) = core.array.pprcs.paths(core.budget())
    core.array.pprcs.delete_path(path.id, core.budget())
    lsss = {"source_lss": path.source_lss, "target_lss": path.target_lss}
    row = {**lsss, "target_wwnn": THIRD_WWNN, "ports": list(path.states), "consistency_group": False}
    store = Store(folder / "s.db")
    with store.transaction() as transaction:
        context_of(transaction, stage.two.name("remote")).put("pprc_path", path.id.replace(path.target_wwnn, "X"), row)
    store.close()


def _ends(stage: Stage, volume_id: str) -> tuple[PairEnds, ...]:
    pair = stage.driver.find_replication(volume_id)
    assert pair is not None
    return (ends_of(pair, "home"),)

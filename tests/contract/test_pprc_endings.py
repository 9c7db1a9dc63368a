"""The end of a replication between two DS8000s: gone on both arrays, or told what is left and how to end that."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from support.pprc_stage import Stage
from support.refusals import says_all
from terraform_provider_xivds8k.driver import DriverError, InUse, Refused, ReplicationMode, Side
from terraform_provider_xivds8k.driver.flows.pprc_setup import PprcSetup
from terraform_provider_xivds8k.driver.replicating import Remaining


@pytest.mark.parametrize("link", ["up", "down"])
def test_an_ended_pair_is_gone_on_both_arrays_and_its_volume_kept(
    stage: Stage, mode: ReplicationMode, link: str
) -> None:
    """The pair ends whatever the link does; both volumes keep what they hold, and the former copy can be written."""
    made = stage.replicated("a", mode=mode)
    stage.two.set_link(link)
    for _ in range(2):
        stage.driver.disable_replication(replication_id=made.id, progress=stage.told.append)
    assert stage.driver.list_replications() == ()
    stage.two.write("remote", made.remote_id, "b")
    assert stage.two.read("remote", made.remote_id) == ["a", "b"]
    assert any("hosts there may write" in line for line in stage.told)


def test_the_remote_volume_is_deleted_where_that_is_asked_for(stage: Stage, mode: ReplicationMode) -> None:
    """With delete the former copy goes too."""
    made = stage.replicated("a", mode=mode)
    stage.driver.disable_replication(replication_id=made.id, remote_on_delete="delete")
    assert stage.driver.remote.find_volume(made.remote_id) is None
    assert stage.driver.find_volume(made.id) is not None


def test_a_remote_volume_in_use_keeps_its_pair(stage: Stage) -> None:
    """A mapped copy is not deleted, and so the pair is not ended either."""
    made = stage.replicated()
    host = stage.host("remote", made.remote_id)
    stage.two.forget_calls()
    with pytest.raises(InUse, match=host) as refused:
        stage.driver.disable_replication(replication_id=made.id, remote_on_delete="delete")
    says_all(refused.value, "remote_on_delete")
    assert refused.value.attribute == "remote_on_delete"
    assert stage.posts("home") == stage.posts("remote") == {}
    assert stage.row(made) == 1


@pytest.mark.parametrize("side", ["home", "remote"])
def test_an_end_that_breaks_off_names_what_may_be_left(stage: Stage, side: Side) -> None:
    """One of the arrays refuses: the error says that the pair may be ended, and names the remote volume."""
    made = stage.replicated("a")
    stage.two.turn("pprc_delete_reaches_target", on=False)
    stage.two.fail(side, "POST /cs/pprcs/delete", "error", code="BE7A00FF")
    with pytest.raises(DriverError) as failed:
        stage.driver.disable_replication(replication_id=made.id, remote_on_delete="delete")
    assert f"({made.remote_id}) is left on the remote array" in failed.value.left_behind
    assert stage.driver.remote.find_volume(made.remote_id) is not None


@pytest.mark.parametrize("remaining", ["keep", "delete"])
def test_an_end_that_reached_home_alone_is_told_and_can_be_finished(stage: Stage, remaining: Remaining) -> None:
    """The remote array refuses: home is not replicated any more, the error says so, and its half is ended later."""
    made = stage.replicated("a")
    stage.two.set_link("down")
    stage.two.fail("remote", "POST /cs/pprcs/delete", "error", code="BE7A00FF", times=3)
    with pytest.raises(DriverError) as failed:
        stage.driver.disable_replication(replication_id=made.id, remote_on_delete=remaining)
    assert f"Volume {made.id} is NOT replicated any more" in failed.value.left_behind
    assert f"still holds {made.remote_id} as its target" in failed.value.left_behind
    assert "Run it again" in failed.value.next_step
    stage.two.ask("DELETE", "/faults")
    assert stage.row(made) == 14
    stage.driver.disable_replication(replication_id=made.id, remote_on_delete=remaining)
    assert stage.driver.list_replications() == ()
    if remaining == "keep":
        stage.two.write("remote", made.remote_id, "b")
    assert (stage.driver.remote.find_volume(made.remote_id) is None) == (remaining == "delete")


def test_an_end_that_was_refused_says_that_the_pair_goes_on(stage: Stage) -> None:
    """Home refuses: nothing ended, and the error says that the volume is replicated as before."""
    made = stage.replicated("a")
    stage.two.fail("home", "POST /cs/pprcs/delete", "error", code="BE7A00FF", times=3)
    with pytest.raises(DriverError) as failed:
        stage.driver.disable_replication(replication_id=made.id)
    assert "replicated as before" in failed.value.left_behind
    assert stage.row(made) == 1


def test_a_lone_source_on_the_remote_array_is_not_ended(stage: Stage) -> None:
    """Its home half is gone and it is no target: whose it is is not known, so it is refused and nothing is sent."""
    made = stage.replicated("a")
    pair = stage.driver.find_replication(made.id)
    assert pair is not None
    assert pair.home is not None
    stage.two.forget_calls()
    lone = replace(pair, home=None, remote=replace(pair.home, role="source"))
    with pytest.raises(Refused, match="does not hold its target") as refused:
        PprcSetup(stage.driver._views).delete(lone, "keep", stage.driver._core.budget(), stage.told.append)
    says_all(refused.value)
    assert stage.posts("home") == stage.posts("remote") == {}


def test_a_former_copy_whose_deletion_was_lost_is_not_told_as_deleted_by_another_run(stage: Stage) -> None:
    """Without the pair nothing shows whose it is: it is named and left, and done is said once it is gone, or kept."""
    made = stage.replicated("a")
    stage.two.fail("remote", "DELETE /volumes/{id}", "drop_before", times=2)
    end = partial(stage.driver.disable_replication, replication_id=made.id, remote_id=made.remote_id)
    with pytest.raises(DriverError) as failed:
        end(remote_on_delete="delete")
    assert f"({made.remote_id}) may be left on the remote array" in failed.value.left_behind
    stage.two.ask("DELETE", "/faults")
    with pytest.raises(Refused, match=made.remote_id) as refused:
        end(remote_on_delete="delete")
    says_all(refused.value)
    assert refused.value.attribute == "remote_on_delete"
    assert stage.driver.remote.find_volume(made.remote_id) is not None
    end(remote_on_delete="keep")
    stage.driver.remote.delete_volume(volume_id=made.remote_id)
    end(remote_on_delete="delete")

"""A failback between two DS8000s that broke off: the same command discards nothing home was written since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.linked import linked
from support.pprc_stage import Stage
from support.refusals import says_all
from terraform_provider_xivds8k.driver import DriverError, Refused, Replication


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Serve two linked DS8000s, as replicated volumes see them."""
    with linked("ds8k", tmp_path / "s.db") as two:
        yield Stage(two)


def _failed_over(stage: Stage, made: Replication) -> None:
    """Let the remote side take over, be written, and home come back."""
    stage.move("failover", made, force=True, accept_inconsistent=True)
    stage.two.write("remote", made.remote_id, "b")


def _broken_off(stage: Stage) -> Replication:
    """Return what a failback that names the remote side left half way, with home promoted."""
    made = stage.replicated("a")
    _failed_over(stage, made)
    stage.two.fail("home", "POST /cs/pprcs/resume", "error", code="BE7A00FF", times=1000)
    with pytest.raises(DriverError):
        stage.move("failback", made, authoritative_backend_id="remote")
    stage.two.ask("DELETE", "/faults")
    assert stage.row(made) == 11
    return made


def test_a_failback_broken_off_after_home_was_promoted_goes_on_as_it_was_asked_for(stage: Stage) -> None:
    """Both sides hold the same, so nothing is discarded whichever is named."""
    made = _broken_off(stage)
    stage.move("failback", made, authoritative_backend_id="remote")
    assert stage.row(made) == 1
    assert stage.two.read("home", made.id) == stage.two.read("remote", made.remote_id) == ["a", "b"]


def test_what_home_was_written_after_it_was_promoted_is_not_discarded_by_the_same_failback(stage: Stage) -> None:
    """The remote side was named for what home had before: refused, io_stopped or not, naming the way on."""
    made = _broken_off(stage)
    stage.two.write("home", made.id, "c")
    for stopped in (False, True):
        with pytest.raises(Refused, match="may have been written since") as refused:
            stage.move("failback", made, authoritative_backend_id="remote", io_stopped=stopped)
        says_all(refused.value, "authoritative_backend_id")
    stage.move("failback", made)
    assert stage.row(made) == 1
    stage.two.advance(5)
    assert stage.two.read("home", made.id) == stage.two.read("remote", made.remote_id) == ["a", "b", "c"]


def test_a_failback_does_not_go_on_by_itself_once_the_remote_side_was_written_too(stage: Stage) -> None:
    """Any write suspends the remote side: both hold something of their own, and whose stays has to be said."""
    made = _broken_off(stage)
    stage.two.write("remote", made.remote_id, "c")
    with pytest.raises(DriverError):
        stage.move("failback", made)
    assert stage.two.read("remote", made.remote_id) == ["a", "b", "c"]


@pytest.mark.parametrize("written", [False, True], ids=["in step", "home written"])
def test_a_failback_of_a_global_copy_that_stopped_while_paused_goes_on_or_says_how(
    stage: Stage, *, written: bool
) -> None:
    """Where both hold the same it finishes; otherwise it never advises to promote the copy."""
    made = stage.replicated("a", mode="global_copy")
    _failed_over(stage, made)
    stage.two.fail("home", "POST /cs/pprcs/resume", "error", code="BE7A00FF", nth=2, times=1000)
    with pytest.raises(DriverError):
        stage.move("failback", made, authoritative_backend_id="remote", mode="global_copy")
    stage.two.ask("DELETE", "/faults")
    assert stage.row(made) == 2
    if written:
        stage.two.write("home", made.id, "c")
        with pytest.raises(DriverError, match="holds the copy") as refused:
            stage.move("failback", made, authoritative_backend_id="remote", mode="global_copy")
        assert "fail over" not in str(refused.value)
        assert "without authoritative_backend_id" in str(refused.value)
        stage.move("failback", made, mode="global_copy")
    else:
        stage.move("failback", made, authoritative_backend_id="remote", mode="global_copy")
    assert (stage.row(made), stage.mode(made)) == (1, "global_copy")
    assert stage.two.read("home", made.id) == ["a", "b", *(["c"] if written else [])]

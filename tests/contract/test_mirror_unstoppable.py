"""A forced failover from a home that answers and cannot be stopped: the copy serves all the same, and that is said."""

from __future__ import annotations

import re
from typing import Literal

import pytest

from support.mirror_lab import Lab
from terraform_provider_xivds8k.driver import DriverError, Refused

Mode = Literal["sync", "async"]
WAYS = {
    "an error of its own": {"action": "error", "code": "INTERNAL_ERROR"},
    "no rights": {"action": "error", "code": "OPERATION_FORBIDDEN_FOR_USER_CATEGORY"},
    "a code nobody knows": {"action": "error", "code": "BLABLA"},
    "no answer": {"action": "drop_before"},
}


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("way", WAYS)
def test_home_that_cannot_be_stopped_keeps_nobody_from_the_copy(lab: Lab, way: str, mode: Mode) -> None:
    made = lab.pair(mode, "a")
    lab.linked.fail("home", "mirror_deactivate", times=1000, **WAYS[way])
    moved = lab.one("failover", made.id, force=True)
    assert (moved.outcome, moved.after) == ("moved", 10)
    assert "home could not be stopped" in moved.lost
    assert "goes on taking writes" in moved.lost
    lab.linked.write("remote", made.remote_id, "b")
    lab.linked.write("home", made.id, "not at remote")
    assert lab.linked.read("remote", made.remote_id) == ["a", "b"]


def test_what_an_array_refused_on_the_way_is_told_with_its_own_code(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.linked.fail("home", "mirror_deactivate", "error", code="OPERATION_FORBIDDEN_FOR_USER_CATEGORY", times=1000)
    lab.linked.fail("remote", "snapshot_duplicate", "error", code="NOT_ENOUGH_SNAPSHOT_SPACE", times=1000)
    moved = lab.one("failover", made.id, force=True)
    assert re.search(r"stopped \(.*; the array said OPERATION_FORBIDDEN_FOR_USER_CATEGORY: [^)]*\), and", moved.lost)
    assert re.search(r"no second snapshot .* \(.*; the array said NOT_ENOUGH_SNAPSHOT_SPACE: [^)]*\)$", moved.lost)


def test_why_home_was_not_started_again_is_told(lab: Lab) -> None:
    made = lab.pair("async", "a")
    lab.linked.fail("home", "mirror_activate", "error", code="MIRROR_SIZE_MISMATCH", times=1000)
    lab.linked.fail("remote", "mirror_change_role", "error", code="MIRROR_IS_INITIAL", times=1000)
    with pytest.raises(DriverError) as failed:
        lab.one("failover", made.id, force=True)
    said = r"The mirror is stopped at home, .* could not be started again \(.*; the array said MIRROR_SIZE_MISMATCH: "
    assert re.search(said, failed.value.left_behind)
    assert failed.value.code == "MIRROR_IS_INITIAL"


def test_a_copy_that_only_a_silent_home_could_stop_is_promoted_once_the_link_is_cut(lab: Lab) -> None:
    lab.linked.turn("xiv_mirror_promote_needs_standby", on=True)
    made = lab.pair("sync", "a")
    lab.linked.set_state("home", "refuse")
    with pytest.raises(Refused, match=r"only once its mirror stands still.*Cut the replication link at remote"):
        lab.one("failover", made.remote_id, force=True)
    lab.linked.set_link("down")
    assert lab.one("failover", made.remote_id, force=True).after == 9

"""Somebody else changes a side while the other is given up for it: nothing is lost, and what happened is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.mirror_lab import Lab
from support.plugin_client import eventually
from terraform_provider_xivds8k.driver import Refused, Side


def _safety(lab: Lab, side: Side) -> list[str]:
    return sorted(name for name in lab.names(side) if ".before-resync-" in name)


def test_where_the_kept_side_became_a_slave_meanwhile_the_other_is_made_a_master_again(lab: Lab) -> None:
    made = lab.parted()
    lab.linked.fail("home", "mirror_change_role", "delay_before", seconds=1)
    with ThreadPoolExecutor(1) as pool:
        resync = pool.submit(lab.one, "resync", made.id, authoritative_backend_id="remote")
        eventually(lambda: lab.linked.calls("home").get("mirror_change_role"), "the demotion of home to be sent")
        lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Slave")
        with pytest.raises(Refused, match=r"became a slave meanwhile.*Home was made a master again") as refused:
            resync.result()
    (name,) = _safety(lab, "home")
    assert name in refused.value.left_behind
    assert lab.labels("home", name) == ["common", "home's"]
    assert [state[:2] for state in lab.states(vol=made.name)] == ["M0", "S0"]


def test_a_side_is_not_given_up_for_one_that_became_a_slave_while_the_snapshot_was_taken(lab: Lab) -> None:
    made = lab.parted()
    lab.linked.fail("home", "snapshot_create", "delay_before", seconds=1)
    with ThreadPoolExecutor(1) as pool:
        resync = pool.submit(lab.one, "resync", made.id, authoritative_backend_id="remote")
        eventually(lambda: lab.linked.calls("home").get("snapshot_create"), "the snapshot to be asked for")
        lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Slave")
        with pytest.raises(Refused, match=r"resync to remote is not possible in row [12]"):
            resync.result()
    assert "mirror_change_role" not in lab.linked.calls("home")
    assert (_safety(lab, "home"), lab.linked.read("home", made.id)) == ([], ["common", "home's"])


def test_a_side_that_was_stopped_is_not_given_up_for_one_that_became_a_slave_by_then(lab: Lab) -> None:
    made = lab.parted()
    lab.linked.fail("home", "mirror_deactivate", "delay_before", seconds=1)
    with ThreadPoolExecutor(1) as pool:
        resync = pool.submit(lab.one, "resync", made.id, authoritative_backend_id="remote")
        eventually(lambda: lab.linked.calls("home").get("mirror_deactivate"), "home to be stopped")
        lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Slave")
        with pytest.raises(Refused, match=r"Home was stopped and started again; it was not given up") as refused:
            resync.result()
    assert refused.value.report is not None
    assert "mirror_change_role" not in lab.linked.calls("home")
    lab.linked.advance(5)
    assert (_safety(lab, "home"), lab.row(made.id)) == ([], 1)
    assert lab.linked.read("home", made.id) == lab.linked.read("remote", made.remote_id) == ["common", "home's"]


def test_a_side_is_not_given_up_for_one_that_became_a_slave_while_the_array_was_busy(lab: Lab) -> None:
    made = lab.parted()
    lab.linked.fail("home", "mirror_change_role", "error", code="MIRROR_RETRY_OPERATION", times=8)
    with ThreadPoolExecutor(1) as pool:
        resync = pool.submit(lab.one, "resync", made.id, authoritative_backend_id="remote")
        eventually(lambda: lab.linked.calls("home").get("mirror_change_role"), "the demotion of home to be sent")
        lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Slave")
        with pytest.raises(Refused, match=r"Home was stopped and started again; it was not given up"):
            resync.result()
    lab.linked.advance(5)
    assert (_safety(lab, "home"), lab.row(made.id)) == ([], 1)
    assert lab.linked.read("home", made.id) == lab.linked.read("remote", made.remote_id) == ["common", "home's"]


def test_a_side_that_was_stopped_and_cannot_be_started_again_is_told_as_such(lab: Lab) -> None:
    made = lab.parted()
    lab.linked.fail("home", "mirror_deactivate", "delay_before", seconds=1)
    lab.linked.fail("home", "mirror_activate", "error", code="ACCESS_DENIED")
    with ThreadPoolExecutor(1) as pool:
        resync = pool.submit(lab.one, "resync", made.id, authoritative_backend_id="remote")
        eventually(lambda: lab.linked.calls("home").get("mirror_deactivate"), "home to be stopped")
        lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Slave")
        with pytest.raises(Refused, match=r"Home was stopped and does not copy now \(.*\); it was not given up"):
            resync.result()
    assert (_safety(lab, "home"), lab.row(made.id)) == ([], 2)
    assert lab.linked.read("home", made.id) == ["common", "home's"]


@pytest.mark.parametrize("leaves", ["a snapshot of ours", "one of the array"])
def test_a_kept_side_that_was_a_slave_for_a_moment_is_not_called_kept(lab: Lab, leaves: str) -> None:
    """Its role shows nothing of it: what was taken of it meanwhile does."""
    made = lab.parted()
    lab.linked.fail("home", "mirror_change_role", "delay_before", seconds=1)
    with ThreadPoolExecutor(1) as pool:
        resync = pool.submit(lab.one, "resync", made.id, authoritative_backend_id="remote")
        eventually(lambda: lab.linked.calls("home").get("mirror_change_role"), "the demotion of home to be sent")
        left = f"most-updated-{made.remote_name}"
        if leaves == "a snapshot of ours":
            left = f"{made.remote_name}.before-resync-x"
            lab.tell("remote", "snapshot_create", vol=made.remote_name, name=left)
        for part in ("Slave", "Master"):
            lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role=part)
        with pytest.raises(Refused, match=r"became a slave meanwhile.*Home was made a master again") as refused:
            resync.result()
    assert left in refused.value.happened
    assert lab.labels("remote", left) == ["common", "remote's"]
    (name,) = _safety(lab, "home")
    assert lab.labels("home", name) == ["common", "home's"]
    assert [state[:2] for state in lab.states(vol=made.name)] == ["M0", "M0"]

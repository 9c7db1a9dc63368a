"""A run that is stopped while a mirror is made anew, or home is given up for its copy.

Home's volume is protected afterwards, or what is left is named.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from support.mirror_lab import COPIED_S, Lab
from support.plugin_client import eventually
from terraform_provider_xivds8k.driver import DriverError, ReplicationMode, Scope, Terms, XIVDS8KDriver
from terraform_provider_xivds8k.plugin import Cancellation


def _stopped_in(lab: Lab, own_id: str, command: str) -> BaseException | None:
    """Change a mode, stop it while home carries out a command, and return the error that ends with, if any."""
    stop = Cancellation()
    lab.linked.fail("home", command, "delay_after", seconds=0.5)
    lab.linked.forget_calls()
    with closing(XIVDS8KDriver(lab.linked.settings, cancellation=stop)) as driver, ThreadPoolExecutor(1) as pool:
        change = pool.submit(
            driver.change_replication, replication_id=own_id, mode="async", rpo_s=7200, allow_full_resync=True
        )
        eventually(lambda: lab.linked.calls("home").get(command), f"{command} to be asked for")
        stop.set()
        return change.exception(20)


@pytest.mark.parametrize("command", ["mirror_deactivate", "mirror_delete", "mirror_create", "mirror_activate"])
def test_a_mode_change_that_is_stopped_leaves_the_volume_protected(lab: Lab, command: str) -> None:
    """Stopped in its last call, it is found complete."""
    made = lab.pair("sync", "a")
    error = _stopped_in(lab, made.id, command)
    assert (error is None) == (command == "mirror_activate"), error
    lab.linked.advance(2)
    (now,) = lab.driver.get_replication_status([made.id])
    assert (now.mode == "async") or error is not None
    assert lab.row(made.id) == 1
    assert lab.linked.read("remote", made.remote_id) == ["a"]


def test_where_nothing_can_be_put_back_the_remote_volume_is_named_by_its_wwn(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.linked.fail("home", "mirror_create", "error", code="REMOTE_MAX_VOLUMES_REACHED", times=3)
    error = _stopped_in(lab, made.id, "mirror_delete")
    assert isinstance(error, DriverError), error
    assert f"{made.remote_name} (WWN {made.remote_id})" in error.next_step


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_forced_failover_that_is_stopped_before_the_promotion_lets_home_go_on_copying(
    lab: Lab, mode: ReplicationMode
) -> None:
    made, stop = lab.pair(mode, "a"), Cancellation()
    lab.linked.fail("home", "mirror_deactivate", "delay_after", seconds=3)
    with closing(XIVDS8KDriver(lab.linked.settings, cancellation=stop)) as driver, ThreadPoolExecutor(1) as pool:
        failover = pool.submit(
            driver.failover_host, operation="failover", scope=Scope(ids=(made.remote_id,)), terms=Terms(force=True)
        )
        eventually(lambda: lab.states(vol=made.name)[0].startswith("M0"), "home to be stopped")
        stop.set()
        error = failover.exception(20)
    assert isinstance(error, DriverError), error
    assert error.report is not None
    (member,) = error.report.members
    assert "Home was stopped and started again" in member.problem
    assert [call.split()[1] for call in member.calls] == ["mirror_deactivate", "mirror_activate"]
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 1

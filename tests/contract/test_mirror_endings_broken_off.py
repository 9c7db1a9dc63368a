"""An end of a replication that home refuses, or that is stopped, leaves its volume protected or says that it is not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from support.mirror_lab import COPIED_S, Lab
from support.plugin_client import eventually
from terraform_provider_xivds8k.driver import Cancelled, Denied, DriverError, Refused, Replication, XIVDS8KDriver
from terraform_provider_xivds8k.plugin import Cancellation


def _broken_off(lab: Lab, made: Replication, deadline: float = 20) -> DriverError:
    with pytest.raises(DriverError) as failed:
        lab.driver.disable_replication(replication_id=made.id, remote_id=made.remote_id, deadline=deadline)
    return failed.value


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_mirror_whose_end_is_refused_copies_again(lab: Lab, mode: str) -> None:
    made = lab.pair(mode, "a")  # type: ignore[arg-type]
    lab.linked.fail("home", "mirror_delete", "error", code="ACCESS_DENIED")
    error = _broken_off(lab, made)
    assert isinstance(error, Denied)
    assert not error.has_ended
    assert "was not ended: it is active again" in error.left_behind
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 1


def test_a_mirror_whose_end_runs_out_of_time_copies_again(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.linked.fail("home", "mirror_delete", "error", code="MIRROR_RETRY_OPERATION", times=1000)
    assert "it is active again" in _broken_off(lab, made, deadline=1).left_behind
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 1


@pytest.mark.parametrize("needs_link", [False, True])
def test_a_mirror_that_cannot_be_ended_without_the_link_goes_on_or_is_told_to_stand_still(
    lab: Lab, needs_link: bool
) -> None:
    made = lab.pair("sync", "a")
    lab.linked.turn("xiv_mirror_delete_needs_link", on=True)
    lab.linked.turn("xiv_mirror_activate_needs_link", on=needs_link)
    lab.linked.set_link("down")
    error = _broken_off(lab, made)
    assert isinstance(error, Refused)
    assert (f"nothing protects {made.name}" if needs_link else "it is active again") in error.left_behind
    lab.linked.set_link("up")
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == (2 if needs_link else 1)


def test_a_mirror_whose_end_is_stopped_copies_again(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    stop = Cancellation()
    lab.linked.fail("home", "mirror_deactivate", "delay_after", seconds=0.5)
    lab.linked.forget_calls()
    with closing(XIVDS8KDriver(lab.linked.settings, cancellation=stop)) as driver, ThreadPoolExecutor(1) as pool:
        end = pool.submit(driver.disable_replication, replication_id=made.id)
        eventually(lambda: lab.linked.calls("home").get("mirror_deactivate"), "the mirror to be deactivated")
        stop.set()
        error = end.exception(20)
    assert isinstance(error, Cancelled)
    assert "it is active again" in error.left_behind
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 1


def test_a_mirror_that_stands_still_after_all_is_told_with_the_command_that_starts_it(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    for command in ("mirror_delete", "mirror_activate"):
        lab.linked.fail("home", command, "error", code="ACCESS_DENIED")
    error = _broken_off(lab, made)
    assert f"nothing protects {made.name}" in error.left_behind
    assert f"mirror_activate vol={made.name}" in error.left_behind
    assert lab.row(made.id) == 2


def test_a_mirror_that_stood_still_before_is_left_so(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.tell("home", "mirror_deactivate", vol=made.name)
    lab.linked.fail("home", "mirror_delete", "error", code="ACCESS_DENIED")
    _broken_off(lab, made)
    assert lab.states(vol=made.name)[0].startswith("M0")


def test_a_copy_that_was_promoted_meanwhile_is_not_copied_over_when_the_end_is_refused(lab: Lab) -> None:
    made = lab.pair("sync", "a")
    lab.linked.fail("home", "mirror_deactivate", "delay_after", seconds=1.5)
    lab.linked.fail("home", "mirror_delete", "error", code="ACCESS_DENIED")
    with ThreadPoolExecutor(1) as pool:
        end = pool.submit(_broken_off, lab, made)
        eventually(lambda: lab.states(vol=made.name)[0].startswith("M0"), "the mirror to be inactive", 10)
        lab.tell("remote", "mirror_change_role", vol=made.remote_name, new_role="Master")
        lab.linked.write("remote", made.remote_id, "theirs")
        error = end.result(30)
    assert "nothing protects" in error.left_behind
    assert lab.states(vol=made.name)[0].startswith("M0")
    assert lab.linked.read("remote", made.remote_id) == ["a", "theirs"]

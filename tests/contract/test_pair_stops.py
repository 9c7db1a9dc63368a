"""An operation on pairs that is stopped while an array takes its time: where each is is told, and it can go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from support.linked import Linked
from support.pair_rows import DS8KHands, XIVHands
from terraform_provider_xivds8k.driver import DriverError, FailoverReport, Family, Scope, Side, Terms, XIVDS8KDriver
from terraform_provider_xivds8k.plugin import Cancellation

Sites = Callable[[Family], tuple[Linked, DS8KHands | XIVHands]]
HELD_S, STOPPED_AFTER_S, ENDS_WITHIN_S = 4.0, 0.7, 3.5
WRITES: list[tuple[Family, Side, str]] = [
    ("xiv", "home", "mirror_switch_roles"),
    ("xiv", "remote", "mirror_activate"),
    ("ds8k", "remote", "POST /cs/pprcs"),
    ("ds8k", "remote", "POST /cs/pprcs/resume"),
]
WINDOW = {"xiv": {1, 4, 5}, "ds8k": {1, 4, 5, 10}}


@pytest.mark.parametrize("delay", ["delay_before", "delay_after"])
@pytest.mark.parametrize(("family", "side", "command"), WRITES)
def test_a_stopped_switch_says_where_each_pair_is_and_goes_on_when_run_again(
    sites: Sites, family: Family, side: Side, command: str, delay: str
) -> None:
    """Where all are there by the one look after the stop, it is no error."""
    both, hands = sites(family)
    pairings = [hands.make("a") for _ in range(2)]
    ids = tuple(f"{both.driver.system_id()}/{one.id}" for one in pairings)
    stop = Cancellation()
    driver = XIVDS8KDriver(both.settings, cancellation=stop)
    both.fail(side, command, delay, seconds=HELD_S)
    timer = threading.Timer(STOPPED_AFTER_S, stop.set)
    began = time.monotonic()
    timer.start()
    report: FailoverReport | None = None
    try:
        report = driver.failover_host(
            operation="switch", scope=Scope(ids=ids), terms=Terms(io_stopped=True), deadline=60
        )
        assert not report.failed
    except DriverError as error:
        report = error.report
        assert report is None or report.failed
    finally:
        timer.join()
        driver.close()
    took_s = time.monotonic() - began - STOPPED_AFTER_S
    assert report is not None
    assert took_s < ENDS_WITHIN_S, f"it went on for {took_s:.1f} s after the stop"
    assert all((one.outcome == "moved") == (one.after == 4) for one in report.members)
    assert {one.after for one in report.members} <= WINDOW[family] | {None}
    _settle(both)
    both.driver.failover_host(operation="switch", scope=Scope(ids=ids), terms=Terms(io_stopped=True), deadline=60)
    assert {one.row for one in both.driver.get_replication_status(ids)} == {4}
    for one in pairings:
        assert both.read("home", one.id) == both.read("remote", one.remote_id) == ["a"]


def _settle(both: Linked) -> None:
    """Wait until nothing is under way on the arrays any more."""
    until_s = time.monotonic() + 5 * HELD_S
    while any(one["held"] for one in both.ask("GET", "/journal").values()):
        assert time.monotonic() < until_s, "a command hangs for ever"
        threading.Event().wait(0.05)
    both.ask("DELETE", "/faults")
    both.driver.forget_recent()

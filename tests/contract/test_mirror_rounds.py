"""Several mirrors are waited for at once: one that is slow, or copies no more, does not hold up the others.

When that is broken off they are tidied up together, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from support.mirror_lab import COPIED_S, Lab
from support.plugin_client import eventually
from terraform_provider_xivds8k.driver import (
    Cancelled,
    DriverError,
    FailoverReport,
    Operation,
    Replication,
    Scope,
    Side,
    Terms,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.plugin import Cancellation

LOOKS = 3  # at the third the second is over, and what it saw is acted upon


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Return who does an operation while a test looks on."""
    with ThreadPoolExecutor(1) as one:
        yield one


def _promoted(lab: Lab, *labels: Side) -> Replication:
    """Return a replication whose copy was promoted while home was away, each of these sides written since."""
    made = lab.pair("sync", "common")
    lab.lose_home()
    lab.one("failover", made.remote_id)
    for side in labels:
        lab.linked.write(side, made.id if side == "home" else made.remote_id, f"{side}'s")
    lab.return_home()
    return made


def _begin(
    lab: Lab, pool: ThreadPoolExecutor, operation: Operation, told: list[str], *pairs: Replication, **terms: str
) -> Future[FailoverReport]:
    return pool.submit(
        lab.driver.failover_host,
        operation=operation,
        scope=Scope(ids=tuple(one.id for one in pairs)),
        terms=Terms(**terms),  # type: ignore[arg-type]
        deadline=30,
        progress=told.append,
    )


def _looked_at(lab: Lab, times: int = LOOKS) -> None:
    """Wait until pairs were looked at again."""
    lab.linked.forget_calls()
    eventually(lambda: lab.linked.calls("remote").get("mirror_list", 0) >= times, "the pairs to be looked at")


def test_one_that_copies_for_long_keeps_no_other_waiting(still_lab: Lab, pool: ThreadPoolExecutor) -> None:
    lab, told = still_lab, list[str]()
    slow, quick = _promoted(lab, "remote"), _promoted(lab)
    resync = _begin(lab, pool, "resync", told, slow, quick, authoritative_backend_id="remote")
    eventually(lambda: any(f"{quick.name}: done (1 of 2)" in line for line in told), "the second to be in step")
    lab.linked.advance(COPIED_S)
    assert [one.after for one in resync.result().members] == [4, 4]
    assert lab.linked.read("home", slow.id) == ["common", "remote's"]


def test_one_that_somebody_stopped_is_told_and_the_others_go_all_the_way(
    still_lab: Lab, pool: ThreadPoolExecutor
) -> None:
    lab, told = still_lab, list[str]()
    stopped, other = _promoted(lab, "remote"), _promoted(lab, "remote")
    failback = _begin(lab, pool, "failback", told, stopped, other, authoritative_backend_id="remote")
    eventually(lambda: lab.states(vol=other.name)[1].startswith("M+"), "both to copy")
    _looked_at(lab)
    lab.tell("remote", "mirror_deactivate", vol=stopped.remote_name)
    _looked_at(lab)
    lab.linked.advance(COPIED_S)
    with pytest.raises(DriverError) as failed:
        failback.result()
    report = failed.value.report
    assert report is not None
    assert [(one.outcome, one.after) for one in report.members] == [("failed", 5), ("moved", 1)]
    assert "does not copy any more" in report.members[0].problem
    assert "the remote array: Master, inactive" in report.members[0].problem
    assert "who stopped or changed it" in report.members[0].problem
    assert lab.linked.read("home", other.id) == ["common", "remote's"]


def test_a_sync_job_that_never_ends_since_somebody_stopped_its_mirror_is_not_waited_for(
    still_lab: Lab, pool: ThreadPoolExecutor
) -> None:
    lab, told = still_lab, list[str]()
    stopped, other = lab.pair("async", "a"), lab.pair("async", "a")
    for one in (stopped, other):
        lab.linked.write("home", one.id, "b")
    switch = _begin(lab, pool, "switch", told, stopped, other)
    eventually(lambda: lab.linked.calls("home").get("mirror_create_snapshot", 0) == 2, "both jobs to be ordered")
    _looked_at(lab)
    lab.tell("home", "mirror_deactivate", vol=stopped.name)
    eventually(lambda: any(f"{stopped.name}: stopped" in line for line in told), "the first to be given up")
    lab.linked.advance(COPIED_S)
    with pytest.raises(DriverError) as failed:
        switch.result()
    report = failed.value.report
    assert report is not None
    assert [(one.outcome, one.after) for one in report.members] == [("failed", 2), ("moved", 4)]
    assert "does not copy any more" in report.members[0].problem
    assert lab.linked.read("remote", other.remote_id) == ["a", "b"]


def _orders(names: set[str]) -> set[str]:
    """Return those of the snapshots by which sync jobs are ordered."""
    return {name for name in names if name.startswith("xivds8k-switch-")}


def test_an_array_that_is_silent_after_a_stop_is_asked_once_to_tidy_up_and_the_other_for_every_pair(
    still_lab: Lab, pool: ThreadPoolExecutor
) -> None:
    lab = still_lab
    pairs = [lab.pair("async", "a") for _ in range(4)]
    for one in pairs:
        lab.linked.write("home", one.id, "b")
    lab.linked.turn("xiv_mirror_acknowledgements_lost", on=True)
    stop = Cancellation()
    driver = XIVDS8KDriver(lab.linked.settings, cancellation=stop)
    switch = pool.submit(
        driver.failover_host, operation="switch", scope=Scope(ids=tuple(one.id for one in pairs)), deadline=60
    )
    try:
        eventually(lambda: lab.linked.calls("home").get("mirror_create_snapshot", 0) == 4, "all jobs to be ordered")
        lab.linked.advance(COPIED_S)
        eventually(lambda: len(_orders(lab.names("remote"))) == 4, "all jobs to have come there")
        lab.linked.fail("remote", "snapshot_delete", "delay_before", seconds=3, times=100)
        stop.set()
        with pytest.raises(Cancelled) as stopped:
            switch.result()
    finally:
        driver.close()
    assert lab.linked.calls("home")["snapshot_delete"] == 4
    assert lab.linked.calls("remote")["snapshot_delete"] == 1
    assert _orders(lab.names("home")) == set()
    report = stopped.value.report
    assert report is not None
    for member in report.members:
        assert re.search(r"Left: snapshot xivds8k-switch-\S+ on the remote array", member.problem), member.problem

"""A home that hangs in the midst of a failover is waited for once, not once for every pair."""

from __future__ import annotations

import time

from support.mirror_lab import Lab
from terraform_provider_xivds8k.driver import Scope, Terms, TimedOut

WAITED_S = 20.0
BRIEF_S = 2.0


def test_home_that_was_waited_for_a_moment_ago_is_not_waited_for_by_every_pair(lab: Lab) -> None:
    pairs = [lab.pair("sync") for _ in range(3)]
    lab.linked.set_link("down")
    scope = Scope(ids=tuple(one.remote_id for one in pairs))
    driver = lab.linked.another_driver(request_timeout_s=1)
    done_at: list[float] = []

    def hang(line: str) -> None:
        if "of 3)" in line and not done_at:  # and the look at the first pair took that long
            lab.linked.set_state("home", "hang")
            core = driver._core
            core.silent, core.silence_took_s = (time.monotonic(), TimedOut("home says nothing")), WAITED_S
        if "of 3)" in line:
            done_at.append(time.monotonic())

    report = driver.failover_host(scope=scope, terms=Terms(force=True), deadline=60, progress=hang)
    driver.close()
    assert [one.outcome for one in report.members] == ["moved"] * 3
    assert len(done_at) == 3
    assert done_at[-1] - done_at[0] < BRIEF_S

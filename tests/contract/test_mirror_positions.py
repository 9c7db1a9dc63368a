"""What no source confirms about mirrors may be either way: a pair's whole life with every such switch turned."""

from __future__ import annotations

import pytest

from support.mirror_lab import COPIED_S, Lab
from terraform_provider_xivds8k.driver import Refused, Replication
from terraform_provider_xivds8k.simulators.xiv.switches import SWITCHES

EVENTS = {"xiv_mirror_acknowledgements_lost"}  # not a position: an acknowledgement that is lost
TURNED = {
    one.name: not one.default
    for one in SWITCHES
    if one.name.startswith(("xiv_mirror_", "xiv_unknown_mirror_", "xiv_is_a9000")) and one.name not in EVENTS
}
NEVER_ASYNC = "xiv_mirror_async_switch_refused"
BY_INTERVAL = "xiv_mirror_snapshots"


@pytest.mark.parametrize("switch", sorted(TURNED))
def test_a_pair_lives_with_every_position(lab: Lab, switch: str) -> None:
    lab.linked.turn(switch, on=TURNED[switch])
    rpo_s = 50 if switch == BY_INTERVAL else 7200
    pairs = [lab.pair("sync", "a"), lab.replicate(lab.linked.volume("a"), "async", rpo_s)]
    assert [lab.row(one.id) for one in pairs] == [1, 1]
    for made in pairs:
        _grown(lab, made)
        _moved(lab, made, switch)
    lab.lose_home()
    report = lab.run("failover", *(one.remote_id for one in pairs))
    assert [one.after for one in report.members] == [9, 9]
    for made in pairs:
        lab.linked.write("remote", made.remote_id, "c")
    lab.return_home()
    for made in pairs:
        assert lab.one("resync", made.id, authoritative_backend_id="remote").after == 4
        assert lab.linked.read("home", made.id)[-1] == "c"
        if made.mode == "sync" or switch != NEVER_ASYNC:
            assert lab.one("failback", made.id).after == 1
            lab.driver.disable_replication(replication_id=made.id, deadline=20)
            assert lab.driver.find_replication(made.id) is None


def _grown(lab: Lab, made: Replication) -> None:
    lab.driver.extend_volume(volume_id=made.id, size_bytes=40 * 2**30)
    lab.linked.advance(COPIED_S)
    assert lab.row(made.id) == 1


def _moved(lab: Lab, made: Replication, switch: str) -> None:
    """Switch there and back, and write meanwhile; some arrays never do that to an asynchronous mirror."""
    if made.mode == "async" and switch == NEVER_ASYNC:
        with pytest.raises(Refused, match=r"MIRROR_IS_ASYNC"):
            lab.one("switch", made.id)
        return
    assert lab.one("switch", made.id).after == 4
    lab.linked.write("remote", made.remote_id, "b")
    assert lab.one("switch", made.id, to="home").after == 1
    assert lab.linked.read("home", made.id) == ["a", "b"]


def test_the_checks_of_an_operation_cost_the_same_however_many_pairs_there_are(lab: Lab) -> None:
    def cost(*pairs: Replication) -> dict[str, int]:
        lab.linked.forget_calls()
        lab.run("failover", *(one.remote_id for one in pairs), dry_run=True)
        return lab.linked.calls("remote")

    pairs = [lab.pair("async") for _ in range(4)]
    lab.row(pairs[0].id)
    lab.lose_home()
    assert cost(*pairs[:1]) == cost(*pairs)

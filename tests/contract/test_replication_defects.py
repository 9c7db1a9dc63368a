"""Defects in replication of the driver that this one replaces: none of them is here.

Numbers are those of the list of 26 in the reference on the replaced driver, §7.1; the rest stands in its §7.2.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support.linked import GIB, Linked, linked
from support.pair_rows import DS8KHands, Pairing, XIVHands, writes
from support.refusals import says_all
from terraform_provider_xivds8k.driver import (
    DriverError,
    Family,
    Refused,
    ReplicationMode,
    Scope,
    Side,
    Terms,
    TimedOut,
)

Hands = DS8KHands | XIVHands
Sites = Callable[[Family], tuple[Linked, Hands]]
CODES: dict[Family, str] = {"xiv": "VOLUME_LOCKED", "ds8k": "BE7A0000"}
STANDS_STILL = 0.001
xiv_only = pytest.mark.parametrize("family", ["xiv"])


@pytest.fixture(params=["xiv", "ds8k"])
def family(request: pytest.FixtureRequest) -> Family:
    """Return each family in turn."""
    found: Family = request.param
    return found


def lose_home(both: Linked, *pairings: Pairing) -> None:
    """Let home and its link be gone."""
    both.set_link("down")
    pairings[0].kill("home")
    both.driver.forget_recent()


def rows(both: Linked, *pairings: Pairing) -> list[int]:
    """Return the rows of pairs, by their remote volumes."""
    return [one.row for one in both.driver.get_replication_status([pairing.remote_id for pairing in pairings])]


@pytest.mark.parametrize("side", ["home", "remote"])
def test_defect_6_a_size_the_array_refuses_costs_no_replication(sites: Sites, family: Family, side: Side) -> None:
    both, hands = sites(family)
    pairing = hands.make("a")
    command = {"xiv": "vol_resize", "ds8k": "PUT /volumes/{id}"}[family]
    both.fail("home" if family == "xiv" else side, command, "error", code=CODES[family], times=2)
    size = pairing.volume.size_bytes + 17 * GIB
    with pytest.raises(DriverError):
        both.driver.extend_volume(volume_id=pairing.id, size_bytes=size, allow_full_resync=True, deadline=20)
    both.ask("DELETE", "/faults")
    both.advance(60)
    found = both.driver.find_replication(pairing.id)
    assert found is not None
    assert (found.row, found.remote_id) == (1, pairing.remote_id)
    assert both.read("home", pairing.id) == both.read("remote", pairing.remote_id) == ["a"]


def test_defect_7_what_is_replicated_otherwise_leaves_no_replica_behind(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    pairing = hands.make("a")
    before = {one.id for one in both.driver.remote.list_volumes()}
    mode: ReplicationMode = "async" if family == "xiv" else "global_copy"
    changed = both.driver.change_replication(
        replication_id=pairing.id,
        mode=mode,
        rpo_s=120 if family == "xiv" else None,
        allow_full_resync=True,
        deadline=60,
    )
    assert (changed.mode, changed.remote_id) == (mode, pairing.remote_id)
    assert {one.id for one in both.driver.remote.list_volumes() if not one.is_snapshot} == before
    both.advance(60)
    both.driver.disable_replication(replication_id=pairing.id, remote_on_delete="delete", deadline=60)
    assert {one.id for one in both.driver.remote.list_volumes() if not one.is_snapshot} == before - {pairing.remote_id}


def test_defect_11_how_a_replication_stands_is_told_whichever_array_is_up(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    pairing = hands.make("a")
    assert rows(both, pairing) == [1]
    for side, row in (("remote", 3), ("home", 7)):
        pairing.kill("home" if side == "home" else "remote")
        both.driver.forget_recent()
        (status,) = both.driver.get_replication_status([pairing.id if side == "remote" else pairing.remote_id])
        assert (status.row, bool(status.recovery_point)) == (row, True)
        pairing.bring_back()


def test_defect_12_without_a_target_or_a_scope_a_failover_is_refused_in_words(sites: Sites, family: Family) -> None:
    both, _ = sites(family)
    with both.other_driver("home") as alone:
        for ask in (lambda: alone.failover_host(scope=Scope(ids=("0000",))), alone.get_replication_status):
            with pytest.raises(Refused) as caught:
                ask()
            assert caught.value.attribute == "replication_target"
    both.forget_calls()
    with pytest.raises(Refused, match="in one way") as refused:
        both.driver.failover_host(scope=Scope(), terms=Terms(force=True))
    says_all(refused.value)
    assert writes(both) == []


@xiv_only
def test_defect_24_a_group_alone_fails_over_and_comes_back_by_a_driver_that_never_saw_it(
    sites: Sites, family: Family
) -> None:
    both, hands = sites(family)
    other, member = hands.make("b"), hands.make("a")
    driver, name = both.driver, f"g_{member.volume.name}"
    driver.create_consistencygroup(name=name, pool=both.pool, deadline=20)
    driver.enable_replication(consistency_group_id=name, mode="sync", deadline=60)
    driver.update_consistencygroup(group_id=name, add=(member.id,), deadline=60)
    lose_home(both, member)
    report = driver.failover_host(scope=Scope(group=name), deadline=60)
    assert [(one.name, one.outcome) for one in report.members] == [(f"group {name}", "moved")]
    assert rows(both, member, other) == [9, 7]
    member.bring_back()
    with closing(both.another_driver()) as fresh:
        back = fresh.failover_host(
            operation="failback",
            scope=Scope(group=name),
            terms=Terms(io_stopped=True, authoritative_backend_id="remote"),
            deadline=60,
        )
    assert [one.outcome for one in back.members] == ["moved"]
    assert rows(both, member, other) == [1, 1]


@pytest.mark.parametrize("state", ["refuse", "hang"])
def test_a_driver_that_never_reached_home_fails_over_and_fails_back(sites: Sites, family: Family, state: str) -> None:
    """What a later driver asks for after that goes to the two arrays as they are, not to one of them twice."""
    both, hands = sites(family)
    pairing = hands.make("a")
    pairing.dead.append("home")
    both.set_link("down")
    both.set_state("home", state)
    with closing(both.another_driver(request_timeout_s=1)) as fresh:
        report = fresh.failover_host(scope=Scope(ids=(pairing.remote_id,)), deadline=60)
        assert [one.outcome for one in report.members] == ["moved"]
    both.write("remote", pairing.remote_id, "b")
    pairing.bring_back()
    with closing(both.another_driver()) as later:
        terms = Terms(io_stopped=True, authoritative_backend_id="remote")
        later.failover_host(operation="failback", scope=Scope(ids=(pairing.id,)), terms=terms, deadline=60)
    assert rows(both, pairing) == [1]
    assert both.read("home", pairing.id) == both.read("remote", pairing.remote_id) == ["a", "b"]


def test_a_failback_that_the_array_refuses_is_not_done_and_leaves_the_side_that_served(
    sites: Sites, family: Family
) -> None:
    both, hands = sites(family)
    pairing = hands.make("a")
    hands.bring(pairing, 4)
    side, command = {"xiv": ("remote", "mirror_switch_roles"), "ds8k": ("home", "POST /cs/pprcs")}[family]
    both.fail("home" if side == "home" else "remote", command, "error", code=CODES[family], times=5)
    with pytest.raises(DriverError) as caught:
        both.driver.failover_host(
            operation="failback", scope=Scope(ids=(pairing.id,)), terms=Terms(io_stopped=True), deadline=10
        )
    both.ask("DELETE", "/faults")
    assert caught.value.report is not None
    assert [(one.outcome, one.after, one.serves) for one in caught.value.report.members] == [("failed", 4, "remote")]
    assert rows(both, pairing) == [4]


@xiv_only
def test_the_copy_of_a_group_is_in_the_pool_asked_for_and_not_in_one_called_as_home_s(
    sites: Sites, family: Family
) -> None:
    both, _ = sites(family)
    both.driver.create_consistencygroup(name="in_pool1", pool="pool1", deadline=20)
    made = both.driver.enable_replication(
        consistency_group_id="in_pool1", mode="sync", remote_pool="pool2", deadline=60
    )
    assert made.remote_pool == "pool2"
    assert both.driver.remote.get_consistencygroup("in_pool1").pool_name == "pool2"


def test_a_copy_that_does_not_end_is_waited_for_as_long_as_said_and_goes_on(family: Family, tmp_path: Path) -> None:
    mode: ReplicationMode = "sync" if family == "xiv" else "metro_mirror"
    with linked(family, tmp_path / "s.db", time_scale=STANDS_STILL) as both:
        volume = both.volume("a")
        with pytest.raises(TimedOut) as caught:
            both.driver.enable_replication(volume_id=volume.id, mode=mode, wait_for_sync=True, deadline=3)
        assert caught.value.attribute == "wait_for_sync"
        assert "go on copying" in caught.value.left_behind
        both.advance(3600)
        found = both.driver.find_replication(volume.id)
        assert found is not None
        assert found.row == 1


def test_pools_without_a_replica_are_nothing_to_do(family: Family, tmp_path: Path) -> None:
    with linked(family, tmp_path / "s.db") as both:
        both.volume("a")
        assert both.driver.get_replication_status(pools=[both.pool]) == ()
        assert both.driver.failover_host(scope=Scope(pools=(both.pool,), expected_count=0)).members == ()

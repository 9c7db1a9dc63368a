"""What no source confirms of pairs: a pair's whole life goes well whichever way each unconfirmed fact turns out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from support.linked import Linked
from support.pair_rows import DS8KHands, XIVHands
from support.replication_switches import FLIPPED
from terraform_provider_xivds8k.driver import Family, Operation, ReplicationMode, Scope, Side, Terms

Sites = Callable[[Family], tuple[Linked, DS8KHands | XIVHands]]
CASES = [  # a growth whose acknowledgement is lost has tests of its own
    (family, name, on)
    for family, flipped in FLIPPED.items()
    for name, on in flipped
    if name != "xiv_mirror_acknowledgements_lost"
]
MODES: dict[Family, ReplicationMode] = {"xiv": "sync", "ds8k": "metro_mirror"}
GROWN = 17 * 2**30


@pytest.fixture
def both(sites: Sites, family: Family, name: str, on: bool) -> Iterator[Linked]:
    """Return two linked arrays on which one fact is turned round."""
    found, _ = sites(family)
    found.turn(name, on=on)
    yield found
    found.turn(name, on=not on)
    found.set_state("home", "up")
    found.set_link("up")
    found.driver.forget_recent()


@pytest.mark.parametrize(
    ("family", "name", "on"), CASES, ids=[f"{name}-{'on' if on else 'off'}" for _, name, on in CASES]
)
def test_a_pair_lives_through_every_operation(both: Linked, family: Family) -> None:
    """Set up, grown, switched and back, failed over, brought in step, failed back, ended: no label is lost."""
    volume = both.volume("a")
    made = both.driver.enable_replication(volume_id=volume.id, mode=MODES[family], wait_for_sync=True, deadline=60)
    scope = Scope(ids=(f"{made.remote_system_id}/{made.remote_id}",))

    def move(operation: Operation, to: Side = "remote", keeps: str | None = None) -> int | None:
        terms = Terms(io_stopped=True, authoritative_backend_id=keeps)
        report = both.driver.failover_host(operation=operation, to=to, scope=scope, terms=terms, deadline=60)
        (member,) = report.members
        assert member.outcome == "moved", member
        return member.after

    size = volume.size_bytes + GROWN
    grown = both.driver.extend_volume(volume_id=volume.id, size_bytes=size, allow_full_resync=True, deadline=60)
    assert both.driver.remote.get_volume(made.remote_id).size_bytes == grown.size_bytes
    both.advance(60)
    assert move("switch") == 4
    both.write("remote", made.remote_id, "b")
    assert move("switch", "home") == 1
    both.set_link("down")
    both.set_state("home", "refuse")
    both.driver.forget_recent()
    assert move("failover") == 9
    both.write("remote", made.remote_id, "c")
    both.set_state("home", "up")
    both.set_link("up")
    both.advance(5)
    assert move("resync", keeps="remote") == 4
    assert move("failback", "home") == 1
    assert both.read("home", volume.id) == both.read("remote", made.remote_id) == ["a", "b", "c"]
    both.driver.disable_replication(replication_id=volume.id, remote_on_delete="delete", deadline=60)
    assert both.driver.find_replication(volume.id) is None
    assert both.driver.remote.find_volume(made.remote_id) is None

"""A replicated volume and its replication in Terraform, in every row of the table: nothing is changed or planned."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.core import Core, Rejected, state_of, warnings_of
from support.linked import Linked
from support.pair_rows import DS8KHands, Hands, Pairing, XIVHands
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.lifecycle.importing import list_objects
from terraform_provider_xivds8k.resources import ReplicationResource, VolumeResource

HANDS: dict[Family, type[Hands]] = {"xiv": XIVHands, "ds8k": DS8KHands}
ROWS = [(family, row) for family, hands in HANDS.items() for row in hands.rows if row != 15]
MODES: dict[Family, str] = {"xiv": "sync", "ds8k": "metro_mirror"}
ENDED = {1, 2, 14}


@pytest.fixture
def kept(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family, row: int
) -> Iterator[tuple[Pairing, Core, Core]]:
    """Return a pair in a row, with the volume and the replication as they were imported when it was in step."""
    both, hands = sites(family)
    pairing = hands.make("a", row=row)
    volume, pair = keeper(both, VolumeResource), keeper(both, ReplicationResource)
    for core in (volume, pair):
        core.import_object(pairing.id)
        core.refresh()
    hands.bring(pairing, row)
    both.driver.forget_recent()
    yield pairing, volume, pair
    pairing.bring_back()


@pytest.mark.parametrize(("family", "row"), ROWS)
def test_nothing_is_planned_whoever_serves(kept: tuple[Pairing, Core, Core], family: Family, row: int) -> None:
    pairing, volume, pair = kept
    before = dict(state_of(volume)), dict(state_of(pair))
    said = [warnings_of(core.refresh()) for core in (volume, pair)]
    assert (state_of(volume), state_of(pair)) == before
    assert volume.plan({"name": pairing.volume.name, "pool": before[0]["pool"], "size_gib": 1}).action == "no-op"
    assert pair.plan({"volume_id": pairing.id, "mode": MODES[family]}).action == "no-op"
    assert bool(said[0]) == (row in {7, 8, 9})
    assert bool(said[1]) == (row in {2, 3, 6, 7, 8, 9, 14, 16})


@pytest.mark.parametrize(("family", "row"), ROWS)
def test_it_is_ended_only_where_home_serves(kept: tuple[Pairing, Core, Core], family: Family, row: int) -> None:
    pairing, _, pair = kept
    warned = any("cannot be ended now" in said for said in warnings_of(pair.plan(None).diagnostics))
    assert warned == (row not in ENDED)
    if row in ENDED:
        pair.run(None)
        pairing.bring_back()
        assert pairing.linked.driver.find_replication(pairing.id) is None
        return
    with pytest.raises(Rejected):
        pair.run(None)
    assert pair.instance is not None


@pytest.mark.parametrize(("family", "row"), [(family, row) for family in HANDS for row in (14, 16)])
def test_what_is_broken_or_not_understood_is_not_imported_and_a_listing_says_so(
    kept: tuple[Pairing, Core, Core], family: Family, row: int
) -> None:
    pairing, _, pair = kept
    own = re.compile(rf"volume ({pairing.id}|{pairing.volume.name}) ")
    for mode in (None, MODES[family]):
        resource: Any = pair.resource()
        found = list_objects(resource, {"mode": mode, "consistency_group_id": None}, whole=False, limit=0)
        assert pairing.id not in [one.identity["id"] for one in found]
        (said,) = resource.not_listed.items
        assert said.summary.startswith("Not all replications are listed")
        assert [one for one in said.detail.splitlines() if f" is in row {row} (" in one and own.search(one)]
    with pytest.raises(Rejected, match=f"row {row}"):
        keeper(pairing.linked, ReplicationResource).import_object(pairing.id)

"""Which replications an operation is about: said in one way, never everything, and no more than is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from support.linked import Linked
from support.pair_rows import Hands, writes
from support.refusals import WOULD, says_all
from terraform_provider_xivds8k.driver import (
    Ambiguous,
    DriverError,
    Family,
    NotFound,
    Operation,
    Refused,
    Scope,
    Terms,
    Unreachable,
    Unsupported,
)
from terraform_provider_xivds8k.driver.flows.pair_scopes import _refuse_several_homes
from terraform_provider_xivds8k.driver.flows.pair_views import Look

Sites = Callable[[Family], tuple[Linked, Hands]]


def refused(both: Linked, scope: Scope, operation: Operation = "switch", **more: Any) -> DriverError:
    """Return the refusal of an operation, of which nothing reached either array."""
    both.driver.forget_recent()
    both.forget_calls()
    with pytest.raises(DriverError) as caught:
        both.driver.failover_host(operation=operation, scope=scope, deadline=30, **more)
    assert writes(both) == []
    assert "Nothing was changed" in caught.value.left_behind
    return caught.value


@pytest.mark.parametrize(
    "scope", [Scope(), Scope(ids=("a",), group="g"), Scope(ids=("a",), pools=("p",)), Scope(group="g", pools=("p",))]
)
def test_what_is_meant_is_said_in_exactly_one_way(sites: Sites, family: Family, scope: Scope) -> None:
    both, _ = sites(family)
    told = refused(both, scope, terms=Terms(force=True))
    says_all(told)
    assert told.attribute == "replication_ids"


def test_pools_come_with_the_number_expected_there(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    hands.make()
    number = len(both.driver.list_replications())  # a group once
    for told in (refused(both, Scope(pools=(both.pool,))), refused(both, _in_pool(both, number + 1))):
        says_all(told, "expected_count")
        assert told.attribute == "expected_count"


def _in_pool(both: Linked, number: int) -> Scope:
    return Scope(pools=(both.pool,), expected_count=number)


def test_a_pool_nobody_has_is_named(sites: Sites, family: Family) -> None:
    both, _ = sites(family)
    told = refused(both, Scope(pools=("nowhere",), expected_count=1))
    assert (type(told), told.attribute) == (NotFound, "pools")


def test_pools_of_an_array_that_does_not_answer_are_not_guessed(sites: Sites, family: Family) -> None:
    """That is the remote array, whichever side is to serve: then replications are named one by one."""
    both, hands = sites(family)
    pairing = hands.make(row=1)
    hands.bring(pairing, 6)
    try:
        told = refused(both, _in_pool(both, 1), "failover", to="home", terms=Terms(force=True))
        says_all(told, "replication_ids")
        assert told.attribute == "pools"
    finally:
        pairing.bring_back()


def test_pools_with_pairs_of_several_arrays_are_not_taken_for_home_s(sites: Sites, family: Family) -> None:
    """Home is silent from the start, so that nobody knows which of those arrays it is."""
    both, hands = sites(family)
    pairing = hands.make()
    pair = both.driver.find_replication(pairing.id)
    assert pair is not None
    assert pair.remote is not None
    theirs = replace(pair, remote=replace(pair.remote, peer_key="another array"))
    look = Look(None, (), (pair, theirs), {"home": Unreachable("Nobody answers.")})
    driver = both.another_driver()
    try:
        with pytest.raises(Refused, match="pairs with several arrays") as caught:
            _refuse_several_homes((pair, theirs), look, driver._views)
        says_all(caught.value, "replication_ids")
        _refuse_several_homes((pair, pair), look, driver._views)
    finally:
        driver.close()


def test_a_side_nobody_is_called_keeps_no_data(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    pairing = hands.make()
    told = refused(both, Scope(ids=(pairing.id,)), "resync", terms=Terms(authoritative_backend_id="paris"))
    assert told.attribute == "authoritative_backend_id"
    assert "'paris'" in told.summary
    assert WOULD in told.happened
    assert both.settings.backend_id in told.happened


def test_a_failback_is_to_home(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    pairing = hands.make(row=1)
    told = refused(both, Scope(ids=(pairing.id,)), "failback", to="remote")
    says_all(told)
    assert told.attribute == "to"


def test_a_group_nobody_mirrors_is_named(sites: Sites, family: Family) -> None:
    both, _ = sites(family)
    told = refused(both, Scope(group="nobody"))
    assert (type(told), told.attribute) == (NotFound, "consistency_group_id")


def test_a_group_of_home_that_is_not_mirrored_does_not_move_the_one_whose_copy_bears_its_name(sites: Sites) -> None:
    both, _ = sites("xiv")
    for name in ("books", "books-old"):
        both.driver.create_consistencygroup(name=name, pool=both.pool)
    both.driver.enable_replication(mode="sync", consistency_group_id="books-old", remote_name="books")
    terms = Terms(io_stopped=True, force=True, dry_run=True)
    for scope in (Scope(group="books"), Scope(ids=("books",))):
        for operation in ("switch", "failover"):
            told = refused(both, scope, operation, terms=terms)
            assert type(told) is Ambiguous
            says_all(told, "books-old")
    with pytest.raises(Ambiguous):
        both.driver.get_status_of_replication("books")
    (member,) = both.driver.failover_host(operation="switch", scope=Scope(group="books-old"), terms=terms).members
    assert member.outcome == "would move"


def test_a_mode_is_said_only_where_an_operation_ends_in_one(sites: Sites, family: Family) -> None:
    both, hands = sites(family)
    pairing = hands.make()
    mode: Any = {"xiv": "sync", "ds8k": "metro_mirror"}[family]
    told = refused(both, Scope(ids=(pairing.id,)), "failover", terms=Terms(mode=mode, force=True))
    assert (type(told), told.attribute) == (Unsupported, "mode")

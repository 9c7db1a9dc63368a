"""What a failover loses and nobody knows is told in the same words by both families, wherever it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from support.linked import Linked
from support.pair_rows import Hands, Pairing
from terraform_provider_xivds8k.driver import Family, Refused, Scope, Terms
from terraform_provider_xivds8k.driver.flows.pair_work import NOT_KNOWN


@pytest.fixture
def lost(sites: Callable[[Family], tuple[Linked, Hands]], family: Family) -> Iterator[tuple[Linked, Pairing]]:
    """Return two arrays of which home is lost with the link, and a pair that was in step."""
    both, hands = sites(family)
    pairing = hands.make("a")
    pairing.kill("home")
    both.set_link("down")
    both.driver.forget_recent()
    yield both, pairing
    pairing.bring_back()


def test_the_words_are_the_ones_of_the_guide() -> None:
    assert NOT_KNOWN == "not known: the other side may have gone on alone"


def test_status_dry_run_and_report_tell_it_alike(lost: tuple[Linked, Pairing]) -> None:
    both, pairing = lost
    (status,) = both.driver.get_replication_status([pairing.remote_id])
    assert status.recovery_point == NOT_KNOWN
    for dry_run in (True, False):
        (member,) = both.driver.failover_host(
            scope=Scope(ids=(pairing.remote_id,)), terms=Terms(dry_run=dry_run), deadline=60
        ).members
        assert member.lost == NOT_KNOWN


def test_a_limit_of_what_may_be_lost_is_refused_in_these_words(lost: tuple[Linked, Pairing]) -> None:
    both, pairing = lost
    with pytest.raises(Refused) as caught:
        both.driver.failover_host(scope=Scope(ids=(pairing.remote_id,)), terms=Terms(max_data_loss_s=60), deadline=60)
    assert caught.value.summary.endswith(": more than 60 s of writes may be lost")
    assert caught.value.happened.startswith(f"What the copy lacks is {NOT_KNOWN}. What would happen: ")
    assert caught.value.next_step.endswith("no number allows what is not known.")

"""Which LSS a new volume goes to."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from terraform_provider_xivds8k.driver.ds8k.placement import Placement
from terraform_provider_xivds8k.driver.errors import NoSpace, Refused
from terraform_provider_xivds8k.driver.objects import Pool, StorageType
from terraform_provider_xivds8k.driver.waiting import Budget

NONE: frozenset[str] = frozenset()


def pool(node: int, storage_type: StorageType = "fb") -> Pool:
    return Pool(
        id=f"P{node}",
        name=f"P{node}",
        storage_type=storage_type,
        node=node,
        total_bytes=2**40,
        free_bytes=2**40,
        virtual_total_bytes=None,
        virtual_free_bytes=None,
        snapshot_bytes=None,
        extent_bytes=2**30,
        thin_ratio=None,
    )


def lss(number: str, volumes: int, storage_type: str = "fb") -> dict[str, str]:
    return {"id": number, "type": storage_type, "configvols": str(volumes)}


def chosen(
    *existing: dict[str, str],
    node: int = 0,
    wanted: str | None = None,
    full: frozenset[str] = NONE,
    avoid: frozenset[str] = NONE,
) -> str:
    with Placement().reserved(existing, pool(node), wanted, full, Budget(5), avoid=avoid) as number:
        return number


def test_defect_9_an_array_without_any_lss_gets_its_first_one() -> None:
    assert chosen() == "00"
    assert chosen(node=1) == "01"


def test_the_least_used_lss_of_the_pool_s_node_is_taken() -> None:
    assert chosen(lss("00", 9), lss("02", 3), lss("01", 0), lss("03", 1)) == "02"
    assert chosen(lss("00", 9), lss("02", 3), lss("01", 4), lss("03", 1), node=1) == "03"


def test_a_full_lss_leads_to_the_next_and_then_to_a_new_one() -> None:
    assert chosen(lss("00", 256), lss("02", 255)) == "02"
    assert chosen(lss("00", 256), lss("02", 255), full=frozenset({"02"})) == "04"


def test_an_lss_to_avoid_is_taken_only_where_there_is_no_other() -> None:
    assert chosen(lss("00", 1), lss("02", 9), avoid=frozenset({"00"})) == "02"
    assert chosen(lss("00", 1), avoid=frozenset({"00"})) == "02"
    everything = tuple(lss(f"{number:02X}", 256) for number in range(2, 0xFF, 2))
    assert chosen(lss("00", 1), *everything, avoid=frozenset({"00"})) == "00"


def test_a_new_lss_stays_out_of_address_groups_of_the_other_storage_type() -> None:
    assert chosen(lss("00", 1, "ckd")) == "10"


def test_creations_at_the_same_time_go_to_different_lsss() -> None:
    placement, existing = Placement(), (lss("00", 1), lss("02", 1))
    with ExitStack() as held:
        taken = {held.enter_context(placement.reserved(existing, pool(0), None, NONE, Budget(5))) for _ in range(2)}
    assert taken == {"00", "02"}


def test_one_creation_at_a_time_runs_in_an_lss() -> None:
    placement, entered = Placement(), threading.Event()

    def second() -> None:
        with placement.reserved((), pool(0), "00", NONE, Budget(5)):
            entered.set()

    with placement.reserved((), pool(0), "00", NONE, Budget(5)):
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.2)
    assert entered.wait(5)
    thread.join()


@pytest.mark.parametrize(("wanted", "said"), [("01", "node 1"), ("02", "ckd"), ("1E", "address group 1 holds ckd")])
def test_an_lss_that_does_not_suit_the_pool_is_refused(wanted: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        chosen(lss("02", 1, "ckd"), lss("10", 1, "ckd"), wanted=wanted)
    assert said in caught.value.happened
    assert caught.value.attribute == "lss"


def test_when_every_lss_of_the_node_is_full_nothing_is_left() -> None:
    existing = tuple(lss(f"{number:02X}", 256) for number in range(0, 0xFF, 2))
    with pytest.raises(NoSpace, match="No LSS is left"):
        chosen(*existing)

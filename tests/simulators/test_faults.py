"""Faults: counted from the order on, by command, in the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from terraform_provider_xivds8k.simulators import faults
from terraform_provider_xivds8k.simulators.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "simulator.db")
    yield found
    found.close()


def order(**more: Any) -> dict[str, Any]:
    return {"array": "xiv1", "command": "vol_create", "action": "drop_after", **more}


def seen(store: Store, command: str, calls: int) -> list[int]:
    """Return which of so many calls a fault happened to."""
    hit = []
    for call in range(1, calls + 1):
        with store.transaction() as transaction:
            if faults.take(transaction, "xiv1", command):
                hit.append(call)
    return hit


def test_a_fault_happens_to_the_nth_call_and_as_often_as_asked(store: Store) -> None:
    with store.transaction() as transaction:
        faults.add(transaction, faults.parse(order(nth=3, times=2)))
    assert seen(store, "vol_list", 5) == []
    assert seen(store, "vol_create", 6) == [3, 4]


def test_a_star_stands_for_any_rest_and_braces_for_themselves(store: Store) -> None:
    with store.transaction() as transaction:
        faults.add(transaction, faults.parse(order(command="GET /volumes*")))
        faults.add(transaction, faults.parse(order(command="PUT /volumes/{id}")))
    assert seen(store, "POST /volumes", 1) == []
    assert seen(store, "GET /volumes/{id}", 2) == [1]
    assert seen(store, "PUT /volumes/{id}", 2) == [1]


def test_faults_of_another_array_do_not_happen(store: Store) -> None:
    with store.transaction() as transaction:
        faults.add(transaction, faults.parse(order(array="xiv2")))
    assert seen(store, "vol_create", 2) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"action": "explode"}, "explode"),
        ({"action": "delay_before"}, "seconds"),
        ({"action": "error"}, "code"),
        ({"nth": 0}, "1 or more"),
        ({"command": ""}, "command"),
        ({"wrong": 1}, "wrong"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_what_is_wrong(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        faults.parse(order(**more))

"""Which ways to go wrong are left to the reads of a flow in a quick sweep: some each, and all of them together."""

from __future__ import annotations

import itertools

import pytest

from support.sweep_parts import Call, in_turn

WAYS = ("error", "drop_after", "garbage", "wrong_id", "delay_before", "down")
WRITE = Call("POST /volumes", 1)


def reads(count: int) -> list[Call]:
    return [Call("GET /volumes/{id}", nth) for nth in range(1, count + 1)]


@pytest.mark.parametrize(
    ("count", "most", "first"), [*itertools.product((1, 2, 3, 4, 5, 7, 30), (1, 2, 4), (0, 5, 4_000_000_001))]
)
def test_the_reads_of_a_flow_go_wrong_in_every_way_however_few_they_are(count: int, most: int, first: int) -> None:
    left = in_turn(dict.fromkeys(reads(count), WAYS), most, first)
    assert {way for ways in left.values() for way in ways} == set(WAYS)
    assert left.keys() == set(reads(count))


def test_a_read_goes_wrong_in_so_many_ways_where_reads_are_many() -> None:
    left = in_turn(dict.fromkeys(reads(9), WAYS), 2, 0)
    assert [len(set(ways)) for ways in left.values()] == [2] * 9


def test_reads_that_differ_in_what_may_go_wrong_take_turns_among_themselves() -> None:
    few, many = reads(3), [Call("GET /pools", nth) for nth in range(1, 4)]
    left = in_turn({**dict.fromkeys(few, WAYS[:3]), **dict.fromkeys(many, WAYS)}, 1, 1)
    assert {way for call in few for way in left[call]} == set(WAYS[:3])
    assert {way for call in many for way in left[call]} == set(WAYS)


def test_another_flow_s_reads_go_wrong_in_other_ways() -> None:
    ways = dict.fromkeys(reads(6), WAYS)
    assert in_turn(ways, 1, 0)[reads(1)[0]] != in_turn(ways, 1, 1)[reads(1)[0]]


def test_a_write_goes_wrong_in_every_way() -> None:
    ways = {WRITE: WAYS, **dict.fromkeys(reads(4), WAYS)}
    assert in_turn(ways, 1, 3)[WRITE] == WAYS

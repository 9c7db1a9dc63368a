"""What each of the four operations does to a pair in every row two linked arrays come to: just what the row says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from support.linked import Linked
from support.pair_rows import DS8KHands, Hands, Pairing, XIVHands, writes
from terraform_provider_xivds8k.driver import DriverError, Family, Operation, Scope, Side, Terms

HANDS: dict[Family, type[Hands]] = {"xiv": XIVHands, "ds8k": DS8KHands}
ROWS = [(family, row) for family, hands in HANDS.items() for row in hands.rows if row != 15]
ALL: tuple[tuple[Operation, Side], ...] = (
    ("switch", "remote"), ("switch", "home"), ("failover", "remote"), ("failover", "home"), ("resync", "remote"),
    ("failback", "home"),
)  # fmt: skip
THERE: dict[tuple[str, str], set[int]] = {
    ("switch", "remote"): {4},
    ("switch", "home"): {1},
    ("failover", "remote"): {4, 5, 8, 9, 10},
    ("failover", "home"): {1, 2, 3, 11},
    ("resync", "remote"): {1, 4},
    ("failback", "home"): {1},
}
BEGINS: dict[tuple[str, str], set[int]] = {  # with nothing said but that I/O is stopped
    ("switch", "remote"): {1, 5},
    ("switch", "home"): {2, 4},
    ("failover", "remote"): {7},
    ("failover", "home"): {6},
    ("resync", "remote"): {2, 5},
    ("failback", "home"): {2, 4, 5},
}
# a DS8000's old source in full duplex was not written since, so a broken move goes on
GOES_ON: dict[tuple[str, str], int] = {("switch", "remote"): 10, ("switch", "home"): 11, ("failback", "home"): 11}
SILENT = {3, 6, 7, 8, 9}


@pytest.fixture
def reached(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family, row: int
) -> Iterator[tuple[Linked, Pairing]]:
    """Return arrays and a pair of theirs in a row; with the array that serves, its link is dead."""
    both, hands = sites(family)
    pairing = hands.make("a", row=row)
    hands.bring(pairing, row)
    if row in {6, 7}:
        both.set_link("down")
    both.driver.forget_recent()
    yield both, pairing
    pairing.bring_back()


def run(both: Linked, pairing: Pairing, operation: Operation, to: Side, **terms: Any) -> str:
    """Ask for an operation and return what became of the pair: its outcome, or ``refused`` with nothing changed."""
    both.forget_calls()
    scope = Scope(ids=(pairing.id if "remote" in pairing.dead else pairing.remote_id,))
    said = Terms(**({"io_stopped": True} | terms))
    try:
        report = both.driver.failover_host(operation=operation, to=to, scope=scope, terms=said, deadline=60)
    except DriverError as error:
        told = error.report, error.left_behind, writes(both)
        assert (told[0], "Nothing was changed" in told[1], told[2]) == (None, True, []), error  # noqa: PT017
        return "refused"
    (member,) = report.members
    if member.outcome != "moved":
        assert writes(both) == []
    return member.outcome


def expected(family: Family, row: int, operation: Operation, to: Side) -> str:
    """Return what a dry run should say where nothing is forced and nobody named a side."""
    if row in THERE[operation, to]:
        return "was there"
    goes_on = family == "ds8k" and row == GOES_ON.get((operation, to))
    return "would move" if row in BEGINS[operation, to] or goes_on else "refused"


@pytest.mark.parametrize(("family", "row"), ROWS)
def test_an_operation_is_possible_in_its_rows_only_and_a_dry_run_changes_nothing(
    reached: tuple[Linked, Pairing], family: Family, row: int
) -> None:
    both, pairing = reached
    said = {(op, to): run(both, pairing, op, to, dry_run=True, accept_inconsistent=True) for op, to in ALL}
    assert said == {(op, to): expected(family, row, op, to) for op, to in ALL}
    (status,) = both.driver.get_replication_status([pairing.remote_id if "home" in pairing.dead else pairing.id])
    offered = {(one.operation, one.to) for one in status.offers if not set(one.needs) - {"accept_inconsistent"}}
    assert {one for one, became in said.items() if became == "would move"} == {
        (op, to) for op, to in ALL if (op, to) in offered or (op, None) in offered
    }


OPEN = {("failover", "remote"): {1, 2, 7, 13}, ("failover", "home"): {6, 13}}  # with everything a user can vouch for
UNDECIDED = {10, 11, 12}
SERVING: dict[int, Side] = {1: "home", 2: "home", 4: "remote", 5: "remote"}


def overridden(family: Family, row: int, operation: Operation, to: Side, kept: Side) -> str:
    """Return what a dry run should say where all is vouched for and forced, and the data of one side is to stay."""
    if operation == "resync":
        stays = row in UNDECIDED or SERVING.get(row) == kept
        return "refused" if not stays else "was there" if row in THERE[operation, to] else "would move"
    if row in THERE[operation, to] or (operation == "failover" and row == 12):
        return "was there"
    if operation == "failover":
        return "would move" if row in OPEN[operation, to] and kept == to else "refused"
    if operation == "failback" and row in {10, 11}:
        return "would move"
    if row in BEGINS[operation, to]:  # a failback that was broken off stands still at home, and both hold the same
        is_broken_off = (row, operation) == (2, "failback")
        return "would move" if SERVING[row] == kept or is_broken_off else "refused"
    goes_on = family == "ds8k" and row == GOES_ON.get((operation, to))
    return "would move" if goes_on and kept == to else "refused"


@pytest.mark.parametrize(("family", "row"), ROWS)
def test_no_option_opens_a_row_that_the_table_closes(reached: tuple[Linked, Pairing], family: Family, row: int) -> None:
    both, pairing = reached
    labels: dict[Side, str] = {"home": both.settings.backend_id, "remote": "remote"}
    said: dict[Any, str] = {}
    for kept, label in labels.items():
        terms = {"force": True, "accept_inconsistent": True, "authoritative_backend_id": label}
        for operation, to in ALL:
            said[operation, to, kept] = run(both, pairing, operation, to, dry_run=True, **terms)
    assert said == {(op, to, kept): overridden(family, row, op, to, kept) for op, to in ALL for kept in labels}


@dataclass(frozen=True)
class Move:
    """Be an operation that moves a pair from a row into one of others; ``keeps`` is the side named, if any."""

    row: int
    operation: Operation
    to: Side
    ends: frozenset[int]
    keeps: Side | None = None
    force: bool = False
    families: tuple[Family, ...] = ("xiv", "ds8k")

    def __str__(self) -> str:
        said = "".join(f"-{one}" for one in (self.keeps, "force" if self.force else "") if one)
        return f"{self.row}-{self.operation}-{self.to}{said}"


HOME_IN_STEP, REMOTE_IN_STEP = frozenset({1}), frozenset({4})
MOVES = (
    Move(1, "switch", "remote", REMOTE_IN_STEP),
    Move(5, "switch", "remote", REMOTE_IN_STEP),
    Move(10, "switch", "remote", REMOTE_IN_STEP, families=("ds8k",)),
    Move(4, "switch", "home", HOME_IN_STEP),
    Move(2, "switch", "home", HOME_IN_STEP),
    Move(11, "switch", "home", HOME_IN_STEP, families=("ds8k",)),
    Move(7, "failover", "remote", frozenset({9})),
    Move(1, "failover", "remote", frozenset({10, 12}), force=True),
    Move(2, "failover", "remote", frozenset({10, 12}), force=True),
    Move(6, "failover", "home", frozenset({3})),
    Move(13, "failover", "remote", frozenset({4, 5, 10}), keeps="remote", families=("xiv",)),
    Move(13, "failover", "home", frozenset({1, 2, 11}), keeps="home", families=("xiv",)),
    Move(2, "resync", "remote", HOME_IN_STEP),
    Move(5, "resync", "remote", REMOTE_IN_STEP),
    *(
        Move(row, "resync", "remote", REMOTE_IN_STEP if side == "remote" else HOME_IN_STEP, keeps=side)
        for row in (10, 11, 12)
        for side in ("home", "remote")
    ),
    Move(4, "failback", "home", HOME_IN_STEP),
    Move(5, "failback", "home", HOME_IN_STEP),
    Move(10, "failback", "home", HOME_IN_STEP, keeps="remote"),
    Move(10, "failback", "home", HOME_IN_STEP, keeps="home"),
    Move(11, "failback", "home", HOME_IN_STEP, keeps="home"),
    Move(11, "failback", "home", HOME_IN_STEP, keeps="remote", families=("xiv",)),  # a DS8000 refuses: home was written
)
CASES = [(family, move.row, move) for move in MOVES for family in move.families]


@pytest.mark.parametrize(("family", "row", "move"), CASES, ids=[f"{family}-{move}" for family, _, move in CASES])
def test_an_operation_brings_a_pair_where_it_is_to_be_and_asked_again_changes_nothing(
    reached: tuple[Linked, Pairing], row: int, move: Move
) -> None:
    """What the side that is kept was written stays, on both arrays where both answer."""
    both, pairing = reached
    writable: Side = "remote" if row in {4, 5, 10} else "home"
    kept = ["a"]
    if row not in SILENT | {13}:
        both.write(writable, pairing.id if writable == "home" else pairing.remote_id, "b")
        kept += ["b"] if move.keeps in {None, writable} or row in {1, 2, 4, 5} else []
    labels = {"home": both.settings.backend_id, "remote": "remote"}
    terms: dict[str, Any] = {"force": move.force, "accept_inconsistent": True}
    if move.keeps is not None:
        terms["authoritative_backend_id"] = labels[move.keeps]
    assert run(both, pairing, move.operation, move.to, **terms) == "moved"
    found = both.driver.find_replication(pairing.id, remote_id=pairing.remote_id)
    assert found is not None
    assert found.row in move.ends
    if row not in SILENT and not move.force:
        assert both.read("home", pairing.id) == both.read("remote", pairing.remote_id) == kept
    again = run(both, pairing, move.operation, move.to, **terms)
    there = THERE[move.operation, move.to] | ({12} if move.force else set())
    assert again == ("was there" if found.row in there else "refused")


@pytest.mark.parametrize(
    ("family", "row", "to"), [(family, row, to) for family in HANDS for row, to in ((7, "remote"), (6, "home"))]
)
def test_a_silent_array_whose_link_is_alive_is_failed_over_by_force_only(
    sites: Callable[[Family], tuple[Linked, Hands]], family: Family, row: int, to: Side
) -> None:
    """Its management alone may be away, while its hosts go on writing."""
    both, hands = sites(family)
    pairing = hands.make("a")
    hands.bring(pairing, row)
    both.driver.forget_recent()
    try:
        scope = Scope(ids=(pairing.id if row == 6 else pairing.remote_id,))
        both.forget_calls()
        with pytest.raises(DriverError) as caught:
            both.driver.failover_host(operation="failover", to=to, scope=scope, deadline=60)
        assert caught.value.attribute == "force"
        assert "force" in str(caught.value)
        assert writes(both) == []
    finally:
        pairing.bring_back()

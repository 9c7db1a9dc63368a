"""The table of what two arrays say of a pair: each row in both families' columns, and every combination there is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from support.refusals import says_all
from terraform_provider_xivds8k.driver import Refused
from terraform_provider_xivds8k.driver.flows.pair_guards import mapping_warning
from terraform_provider_xivds8k.driver.flows.pair_refusals import (
    WAYS,
    both_writable,
    forbidden,
    not_in_row,
    refuse_unconfirmed,
)
from terraform_provider_xivds8k.driver.flows.pair_views import Look
from terraform_provider_xivds8k.driver.pairing import BOTH_WRITABLE, CAUSES, STATES, paired, row_of
from terraform_provider_xivds8k.driver.replicating import DELETABLE, Half, Operation, Pair, Side, Terms

Seen = tuple[Half, ...] | None
HOME, REMOTE = ("home", "0A01", "A"), ("remote", "0B02", "B")
STANDINGS: dict[str, Any] = {"+": "active", "~": "hindered", "0": "inactive"}
IN_SYNC = {"synchronized", "consistent", "rpo ok"}


def xiv(told: str, own: tuple[str, str, str] = HOME, peer: tuple[str, str, str] = REMOTE) -> Half:
    """Return the half an XIV tells of by role, activity and state: ``M+ synchronized``."""
    sign, _, state = told.partition(" ")
    return Half(
        subject="volume",
        id=own[1],
        name=own[0],
        system_id=own[2],
        key=own[2],
        peer=peer[0],
        peer_key=peer[2],
        role="source" if sign[0] == "M" else "target",
        mode="async" if "rpo" in state else "sync",
        standing=STANDINGS[sign[1]],
        in_step=state in IN_SYNC,
        words=told,
    )


def ds8k(
    told: str,
    own: tuple[str, str, str] = HOME,
    peer: tuple[str, str, str] = REMOTE,
    *,
    mode: Any = "metro_mirror",
) -> Half:
    """Return the half a DS8000 tells of by role and state: ``Pf``."""
    full = "f" if mode == "metro_mirror" else "c"
    return Half(
        subject="volume",
        id=own[1],
        name=own[1],
        system_id=own[2],
        key=own[2],
        peer=peer[1],
        peer_key=peer[2],
        role="source" if told[0] == "P" else "target",
        mode=mode,
        standing="inactive" if told[1] == "s" else "active",
        in_step=told[1] == full,
        words=told,
        pair_id=f"{own[1]}:{peer[1]}",
    )


XIV_ROWS = [
    (1, "M+ synchronized", "S+ consistent"),
    (1, "M+ synchronized", "S+ synchronized"),
    (1, "M+ rpo ok", "S+ rpo ok"),
    (2, "M+ initializing", "S+ initializing"),
    (2, "M~ unsynchronized", "S~ consistent"),
    (2, "M0 unsynchronized", "S0 consistent"),
    (2, "M+ rpo lagging", "S+ rpo lagging"),
    (2, "M+ synchronized", "S+ inconsistent"),
    (2, "M~ synchronized", "S+ consistent"),
    (3, "M+ synchronized", "X"),
    (3, "M0 unsynchronized", "X"),
    (4, "S+ consistent", "M+ synchronized"),
    (4, "S+ rpo ok", "M+ rpo ok"),
    (5, "S0 consistent", "M0 unsynchronized"),
    (5, "S+ inconsistent", "M+ unsynchronized"),
    (6, "S+ consistent", "X"),
    (6, "S0 inconsistent", "X"),
    (7, "X", "S+ consistent"),
    (7, "X", "S~ rpo lagging"),
    (8, "X", "M+ synchronized"),
    (8, "X", "M~ unsynchronized"),
    (9, "X", "M0 unsynchronized"),
    (10, "M+ unsynchronized", "M0 unsynchronized"),
    (10, "M~ unsynchronized", "M0 unsynchronized"),
    (11, "M0 unsynchronized", "M+ unsynchronized"),
    (11, "M0 unsynchronized", "M~ unsynchronized"),
    (12, "M0 unsynchronized", "M0 unsynchronized"),
    (12, "M~ unsynchronized", "M+ unsynchronized"),
    (13, "S0 consistent", "S0 consistent"),
    (13, "S+ consistent", "S~ consistent"),
    (14, "M+ synchronized", "-"),
    (14, "-", "S0 consistent"),
    (15, "-", "-"),
]
DS8K_ROWS = [
    (1, "Pf", "Tf"),
    (2, "Pc", "Tc"),
    (2, "Ps", "Ts"),
    (2, "Ps", "Tf"),  # a target may not know yet
    (3, "Pf", "X"),
    (3, "Ps", "X"),
    (4, "Tf", "Pf"),
    (5, "Tc", "Pc"),
    (5, "Tf", "Ps"),
    (6, "Tf", "X"),
    (6, "Ts", "X"),
    (7, "X", "Tf"),
    (7, "X", "Ts"),
    (8, "X", "Pf"),
    (8, "X", "Pc"),
    (9, "X", "Ps"),
    (10, "Pf", "Ps"),
    (10, "Pc", "Ps"),
    (11, "Ps", "Pf"),
    (11, "Ps", "Pc"),
    (12, "Ps", "Ps"),
    (12, "Pf", "Pf"),
    (13, "Tf", "Tf"),
    (13, "Ts", "Tc"),
    (14, "Pf", "-"),
    (14, "-", "Ts"),
    (15, "-", "-"),
]
GLOBAL_COPY_ROWS = [
    (1, "Pc", "Tc"),
    (2, "Ps", "Tc"),
    (2, "Ps", "Ts"),
    (4, "Tc", "Pc"),
    (5, "Ts", "Ps"),
    (10, "Pc", "Ps"),
]


def seen(told: str, make: Callable[..., Half], *ends: tuple[str, str, str]) -> Seen:
    """Return what an array tells: X for nothing at all, - for no such pair."""
    return None if told == "X" else () if told == "-" else (make(told, *ends),)


@pytest.mark.parametrize(("row", "home", "remote"), XIV_ROWS)
def test_each_row_is_told_by_what_two_xivs_say(row: int, home: str, remote: str) -> None:
    assert row_of(seen(home, xiv), seen(remote, xiv, REMOTE, HOME))[0] == row


@pytest.mark.parametrize(("row", "home", "remote"), DS8K_ROWS)
def test_each_row_is_told_by_what_two_ds8000s_say(row: int, home: str, remote: str) -> None:
    assert row_of(seen(home, ds8k), seen(remote, ds8k, REMOTE, HOME))[0] == row


@pytest.mark.parametrize(("row", "home", "remote"), GLOBAL_COPY_ROWS)
def test_a_global_copy_is_in_step_while_it_is_pending(row: int, home: str, remote: str) -> None:
    ends = [
        (ds8k(told, *order, mode="global_copy"),) for told, order in ((home, (HOME, REMOTE)), (remote, (REMOTE, HOME)))
    ]
    assert row_of(ends[0], ends[1])[0] == row


SOURCE, TARGET = xiv("M+ synchronized"), xiv("S+ consistent", REMOTE, HOME)
NOT_UNDERSTOOD: list[tuple[str, Seen, Seen]] = [
    ("its state", (replace(SOURCE, strange="its state is invalid"),), (TARGET,)),
    ("its role", (SOURCE,), (replace(TARGET, strange="its role 'smaster' is not understood"),)),
    ("its state", None, (replace(TARGET, strange="its state is invalid"),)),
    ("its state", (replace(SOURCE, strange="its state is invalid"),), ()),
    ("2 relations", (SOURCE, replace(SOURCE, role="target")), (TARGET,)),
    ("2 relations", (SOURCE,), (TARGET, replace(TARGET, peer="other"))),
    ("is paired with array C", (replace(SOURCE, peer_key="C"),), (TARGET,)),
    ("is paired with array C", (SOURCE,), (replace(TARGET, peer_key="C"),)),
    ("is paired with other", (replace(SOURCE, peer="other"),), (TARGET,)),
    ("is paired with other", (SOURCE,), (replace(TARGET, peer="other"),)),
]


@pytest.mark.parametrize(("cause", "home", "remote"), NOT_UNDERSTOOD)
def test_what_is_not_understood_is_row_16_and_says_why(cause: str, home: Seen, remote: Seen) -> None:
    row, why = row_of(home, remote)
    assert row == 16
    assert cause in why


@pytest.mark.parametrize(("home", "remote"), [(None, None), (None, ()), ((), None)])
def test_a_silent_array_and_one_without_the_pair_make_no_row(home: Seen, remote: Seen) -> None:
    """It is never called gone then: the caller keeps the state and says that it is not known."""
    with pytest.raises(ValueError, match="may have the pair"):
        row_of(home, remote)


KINDS: list[Seen] = [
    None,
    (),
    *(
        (xiv(f"{role}{sign} {state}"),)
        for role in "MS"
        for sign in "+~0"
        for state in ("synchronized", "unsynchronized")
    ),
    (replace(SOURCE, strange="?"),),
    (SOURCE, SOURCE),
]


def _as_remote(half: Half) -> Half:
    return replace(half, id="0B02", name="remote", system_id="B", key="B", peer="home", peer_key="A")


COMBINATIONS = [
    (home, None if remote is None else tuple(_as_remote(half) for half in remote))
    for home, remote in itertools.product(KINDS, KINDS)
]
PATTERNS: dict[int, Callable[[str, str], bool]] = {  # by role and activity, ! for in step
    1: lambda here, there: (here, there) == ("M+!", "S+!"),
    2: lambda here, there: here[0] == "M" and there[0] == "S" and (here, there) != ("M+!", "S+!"),
    3: lambda here, there: here[0] == "M" and there == "X",
    4: lambda here, there: (here, there) == ("S+!", "M+!"),
    5: lambda here, there: here[0] == "S" and there[0] == "M" and (here, there) != ("S+!", "M+!"),
    6: lambda here, there: here[0] == "S" and there == "X",
    7: lambda here, there: here == "X" and there[0] == "S",
    8: lambda here, there: here == "X" and there[:2] in {"M+", "M~"},
    9: lambda here, there: here == "X" and there[:2] == "M0",
    10: lambda here, there: here[:2] in {"M+", "M~"} and there[:2] == "M0",
    11: lambda here, there: here[:2] == "M0" and there[:2] in {"M+", "M~"},
    12: lambda here, there: {here[0], there[0]} == {"M"} and ((here[:2] == "M0") == (there[:2] == "M0")),
    13: lambda here, there: {here[0], there[0]} == {"S"},
    14: lambda here, there: (here == "-") != (there == "-") and "X" not in {here, there} and "?" not in {here, there},
    15: lambda here, there: (here, there) == ("-", "-"),
    16: lambda here, there: "?" in {here, there},
}


def _symbol(told: Seen) -> str:
    if told is None:
        return "X"
    if len(told) != 1:
        return "?" if told else "-"
    half = told[0]
    sign = next(sign for sign, standing in STANDINGS.items() if standing == half.standing)
    return "?" if half.strange else f"{'M' if half.role == 'source' else 'S'}{sign}{'!' if half.in_step else ''}"


def test_every_combination_is_exactly_one_row_or_not_knowable() -> None:
    for home, remote in COMBINATIONS:
        here, there = _symbol(home), _symbol(remote)
        fitting = [row for row, fits in PATTERNS.items() if fits(here, there)]
        if fitting:
            assert [row_of(home, remote)[0]] == fitting, (here, there)
        else:
            assert {here, there} <= {"X", "-"}
            with pytest.raises(ValueError, match="may have the pair"):
                row_of(home, remote)


MIRRORED = {1: 4, 4: 1, 2: 5, 5: 2, 10: 11, 11: 10}


def test_the_table_is_the_same_seen_from_the_other_side_while_both_answer() -> None:
    for home, remote in COMBINATIONS:
        if home is not None and remote is not None:
            row = row_of(home, remote)[0]
            assert row_of(remote, home)[0] == MIRRORED.get(row, row)


def pair_in(row: int) -> Pair:
    """Return a pair in a row, as an XIV has it or, where that is clearer, nobody."""
    for told, home, remote in XIV_ROWS:
        if told == row:
            return paired("volume", seen(home, xiv), seen(remote, xiv, REMOTE, HOME))
    return paired("volume", (replace(SOURCE, strange="its state is invalid"),), (TARGET,))


@pytest.mark.parametrize("row", STATES)
def test_a_row_names_its_state_its_cause_and_who_serves(row: int) -> None:
    found = pair_in(row)
    assert (found.row, found.state) == (row, STATES[row])
    assert bool(found.cause) == (row not in {1, 4, 15})
    assert found.cause == CAUSES.get(row, found.cause)
    serving = {"home": {1, 2, 3, 7, 11}, "remote": {4, 5, 6, 8, 9, 10}}
    assert found.serves == next((side for side, rows in serving.items() if row in rows), None)


def test_the_rows_in_which_a_pair_may_be_ended_are_those_of_the_table() -> None:
    assert {1, 2} == DELETABLE


@pytest.mark.parametrize("row", sorted(set(STATES) - {15}))
def test_a_refusal_tells_both_arrays_words_and_the_way_back(row: int) -> None:
    found = pair_in(row)
    for refusal in (
        not_in_row("switch", "remote", found),
        forbidden(found, "rename volume home", frozenset({1, 2, 3})),
    ):
        said = str(refusal)
        assert f"row {row}" in said
        assert STATES[row].replace("_", " ") in said
        assert WAYS[row] in said
        assert all(half.words in said for half in (found.home, found.remote) if half is not None)
        assert found.cause in said
        says_all(refusal)


ALL: list[tuple[Operation, Side]] = [
    ("switch", "remote"), ("switch", "home"), ("failover", "remote"), ("failover", "home"), ("resync", "remote"),
    ("failback", "home"),
]  # fmt: skip


@pytest.mark.parametrize("row", sorted(set(STATES) - {15}))
@pytest.mark.parametrize(("operation", "to"), ALL)
def test_every_refused_operation_says_what_it_would_do_and_what_overrides(
    operation: Operation, to: Side, row: int
) -> None:
    """No option does, but force where home serves and is failed over from."""
    refusal = not_in_row(operation, to, pair_in(row))
    forced = operation == "failover" and to == "remote" and row in {1, 2}
    says_all(refusal, "force" if forced else None)
    assert refusal.attribute == ("force" if forced else "operation")


LABELS: dict[Side, str] = {"home": "default", "remote": "away"}


@pytest.mark.parametrize("row", [1, 2, 4, 5, 10, 11, 12, 13])
def test_whose_data_stays_is_asked_for_with_what_would_be_discarded(row: int) -> None:
    refusal = both_writable("failover" if row == 13 else "resync", pair_in(row), "", LABELS)
    says_all(refusal, "authoritative_backend_id")
    assert all(label in refusal.next_step for label in LABELS.values())


def test_what_nobody_confirmed_is_not_moved_and_says_so() -> None:
    terms = Terms(confirmed=frozenset())
    with pytest.raises(Refused) as caught:
        refuse_unconfirmed("switch", [pair_in(1)], terms)
    says_all(caught.value)
    assert "row 1" in caught.value.happened


def test_only_a_failover_while_home_serves_can_be_forced() -> None:
    assert "force = true" in str(not_in_row("failover", "remote", pair_in(2)))
    assert "both sides take writes" in str(not_in_row("failover", "remote", pair_in(1)))
    assert "force" not in str(not_in_row("failover", "home", pair_in(1)))
    assert "force" not in str(not_in_row("failover", "remote", pair_in(12)))


@pytest.mark.parametrize("row", STATES)
def test_a_mapping_is_warned_of_while_both_sides_may_be_written(row: int) -> None:
    found = replace(pair_in(row), subject="volume")
    look = Look((), (), (found,))
    told = [mapping_warning(look, half.id.lower(), "home") for half in (found.home,) if half is not None]
    told += [mapping_warning(look, half.id.lower(), "remote") for half in (found.remote,) if half is not None]
    assert all((one is not None) == (row in BOTH_WRITABLE) for one in told)
    assert mapping_warning(look, "0F0F", "home") is None
    assert not told or row not in BOTH_WRITABLE or f"row {row}" in str(told[0])


def test_members_make_their_group_unknown_unless_they_are_as_it_is() -> None:
    group = (
        replace(xiv("M+ synchronized"), subject="group"),
        replace(xiv("S+ consistent", REMOTE, HOME), subject="group"),
    )
    like = paired("volume", (replace(SOURCE, group="home"),), (replace(TARGET, group="remote"),))
    assert paired("group", (group[0],), (group[1],), (like,)).row == 1
    late = paired("volume", (replace(SOURCE, in_step=False, group="home"),), (replace(TARGET, group="remote"),))
    half = paired("volume", (replace(SOURCE, group="home"),), (TARGET,))
    for unlike in (late, half):
        found = paired("group", (group[0],), (group[1],), (like, unlike))
        assert (found.row, found.serves) == (16, None)
        assert unlike.name in found.cause


@pytest.mark.parametrize(("half", "is_said"), [(xiv("M0 x"), True), (ds8k("Ps"), True), (xiv("M+ x"), False)])
def test_a_source_that_does_not_copy_while_remote_is_silent_may_have_been_promoted_and_says_so(
    half: Half, is_said: bool
) -> None:
    row, cause = row_of((half,), None)
    assert row == 3
    assert ("it was promoted by a failover, or copying has stopped" in cause) is is_said

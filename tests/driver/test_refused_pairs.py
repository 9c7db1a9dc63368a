"""Refusals of several replications told together: one text for those that are refused for the same reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from terraform_provider_xivds8k.commands.replication_tables import error_text, report_json
from terraform_provider_xivds8k.driver import DriverError, InUse, Refused
from terraform_provider_xivds8k.driver.flows.pair_refusals import not_in_row
from terraform_provider_xivds8k.driver.flows.pair_refused import of_members
from terraform_provider_xivds8k.driver.flows.pair_work import key_of
from terraform_provider_xivds8k.driver.pairing import paired
from terraform_provider_xivds8k.driver.replicating import Half, Pair
from terraform_provider_xivds8k.lifecycle import problem_text

FORCE = "force = true"


def halves(number: int) -> tuple[Half, Half]:
    """Return both halves of a Metro Mirror in step, as two DS8000s tell of them."""
    ids = f"0A{number:02X}", f"0B{number:02X}"
    home = Half(
        subject="volume",
        id=ids[0],
        name=ids[0],
        system_id="A",
        key="A",
        peer=ids[1],
        peer_key="B",
        role="source",
        mode="metro_mirror",
        standing="active",
        in_step=True,
        words=f"source of {ids[0]}:{ids[1]}, metro_mirror, full_duplex",
        pair_id=f"{ids[0]}:{ids[1]}",
    )
    words = home.words.replace("source", "target")
    turned = replace(home, id=ids[1], name=ids[1], system_id="B", key="B", peer=ids[0], peer_key="A", words=words)
    return home, replace(turned, role="target")


def in_step(count: int) -> list[Pair]:
    """Return pairs in row 1."""
    both = [halves(number) for number in range(count)]
    return [paired("volume", (home,), (remote,)) for home, remote in both]


def unforced(pair: Pair) -> Refused:
    """Return why a pair in step is not failed over."""
    return not_in_row("failover", "remote", pair)


def written(pair: Pair) -> InUse:
    """Return why a pair is not switched whose hosts write: each has a host of its own."""
    return InUse(
        f"{pair.name}: hosts that may write are logged in to the home array",
        happened=f"They are: host of {pair.id} (LUN 1, logged in). What would happen: what they write is lost.",
        left_behind="Nothing was changed.",
        next_step="Stop the applications. io_stopped = true says that nothing is written.",
        attribute="io_stopped",
    )


def all_of(pairs: Sequence[Pair], why: Callable[[Pair], DriverError]) -> Mapping[str, DriverError]:
    """Return the same refusal for each."""
    return {key_of(pair): why(pair) for pair in pairs}


def test_one_that_was_asked_for_alone_is_refused_by_its_own_error() -> None:
    (pair,) = in_step(1)
    problem = written(pair)
    assert of_members("switch", [pair], {key_of(pair): problem}) is problem


def test_one_of_several_is_named_with_its_reason_and_what_to_do() -> None:
    pairs = in_step(3)
    error = of_members("failover", pairs, all_of(pairs[1:2], unforced))
    reason = "failover to remote is not possible in row 1 (home serves)"
    assert error.summary == f"failover is refused for 1 of 3 replications: {reason}"
    assert error.happened.startswith("It is volume 0A01 -> 0B01. Home says: source of 0A01:0B01, ")
    assert "both sides take writes" in error.happened
    assert error.left_behind.startswith("Nothing was changed")
    assert FORCE in error.next_step
    assert error.next_step.endswith("Or leave it out.")
    assert error.attribute == "force"


def test_several_that_are_refused_for_the_same_reason_are_listed_before_one_text() -> None:
    pairs = in_step(3)
    error = of_members("failover", pairs, all_of(pairs, unforced))
    assert error.summary.startswith("failover is refused for 3 of 3 replications: failover to remote is not possible")
    assert error.happened.startswith(
        "They are: volume 0A00 -> 0B00, volume 0A01 -> 0B01, volume 0A02 -> 0B02. "
        "Home says: source, metro_mirror, full_duplex; the remote array: target, metro_mirror, full_duplex. "
    )
    assert f"{error}".count("home answers and serves") == f"{error}".count(FORCE) == 1
    assert "leave" not in error.next_step  # all are meant: nothing would be left


def test_the_command_line_tells_one_reason_in_one_paragraph_with_its_own_options() -> None:
    pairs = in_step(3)
    error = of_members("failover", pairs, all_of(pairs, unforced))
    first, *others = error_text(error)
    assert first.startswith("Error: failover is refused for 3 of 3 replications: ")
    assert [line[:10] for line in others] == ["  They are", "  Nothing ", "  The two "]
    assert "--force" in others[-1]


def test_what_differs_of_one_reason_is_told_of_each_and_the_rest_once() -> None:
    pairs = in_step(2)
    error = of_members("switch", pairs, all_of(pairs, written))
    assert error.happened == (
        "They are: volume 0A00 -> 0B00, volume 0A01 -> 0B01. "
        "Of volume 0A00 -> 0B00: They are: host of 0A00 (LUN 1, logged in). "
        "Of volume 0A01 -> 0B01: They are: host of 0A01 (LUN 1, logged in). "
        "What would happen: what they write is lost."
    )


def test_several_reasons_have_a_line_each_with_those_they_are_for_and_what_to_do() -> None:
    pairs = in_step(5)
    problems = {**all_of(pairs[::2], written), **all_of(pairs[1::2], unforced)}
    error = of_members("failover", pairs, problems)
    assert error.summary == "failover is refused for 5 of 5 replications, for 2 reasons"
    first, second = error.happened.split("\n")
    assert first.startswith("[1] volume 0A00 -> 0B00, volume 0A02 -> 0B02, volume 0A04 -> 0B04: hosts that may write")
    assert first.endswith("io_stopped = true says that nothing is written.")
    assert second.startswith("[2] volume 0A01 -> 0B01, volume 0A03 -> 0B03: failover to remote is not possible in row")
    assert FORCE in second
    assert error.attribute == "io_stopped"
    assert [line.strip()[:3] for line in error_text(error)][1:3] == ["[1]", "[2]"]
    assert problem_text(error).split("\n")[:2] == [first, second]


def test_of_a_hundred_ten_are_named_and_counted_and_a_machine_gets_them_all() -> None:
    pairs = in_step(100)
    error = of_members("failover", pairs, all_of(pairs, unforced))
    assert "for 100 of 100 replications" in error.summary
    assert "volume 0A09 -> 0B09 and 90 more. Home says" in error.happened
    assert "0A0A" not in f"{error}"
    (told,) = error.refusals
    assert told.names == tuple(pair.name for pair in pairs)
    assert pairs[-1].name in report_json(None, error)


def test_of_a_hundred_with_a_host_each_a_few_hosts_are_named_and_the_others_counted() -> None:
    pairs = in_step(100)
    error = of_members("switch", pairs, all_of(pairs, written))
    assert error.happened.count("host of ") == 5
    assert "Of 95 more: not shown. What would happen: what they write is lost." in error.happened


def test_of_a_hundred_reasons_ten_are_told_and_the_others_counted() -> None:
    pairs = in_step(100)
    problems = {key_of(pair): Refused(f"{pair.name}: reason {number}") for number, pair in enumerate(pairs)}
    error = of_members("switch", pairs, problems)
    *shown, last = error.happened.split("\n")
    assert len(shown) == 10
    assert shown[9] == "[10] volume 0A09 -> 0B09: reason 9."
    assert last == "And 90 more, for 90 other reasons."
    assert len(list(error_text(error))) == 14
    assert len(error.refusals) == 100


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\u2028"])
def test_what_an_array_says_makes_no_line_of_its_own(line_break: str) -> None:
    pairs = in_step(2)
    problems = {
        key_of(pair): Refused(f"{pair.name}: {number}{line_break}[9] forged") for number, pair in enumerate(pairs)
    }
    error = of_members("switch", pairs, problems)
    assert [line.split("]")[0] for line in error.happened.splitlines()] == ["[1", "[2"]


def test_the_arrays_code_and_words_stay_with_what_is_refused_for_it() -> None:
    pairs = in_step(3)

    def coded(pair: Pair) -> Refused:
        return Refused(
            f"{pair.name}: it is not told",
            happened="A look failed.",
            next_step="Mend it.",
            code="BE7A00FF",
            words="No.",
        )

    same = of_members("failover", pairs, all_of(pairs, coded))
    assert (same.code, same.words) == ("BE7A00FF", "No.")
    assert f"{same}".count("BE7A00FF") == 1
    mixed = of_members("failover", pairs, {**all_of(pairs[:2], coded), **all_of(pairs[2:], written)})
    assert (mixed.code, mixed.happened.count(" The array said BE7A00FF: No. ")) == ("", 1)

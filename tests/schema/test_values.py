"""Raw values: sets in canonical order, what is known, paths."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terraform_provider_xivds8k.schema import ROOT, UNKNOWN, ElementKey, Path, is_wholly_known
from terraform_provider_xivds8k.schema.values import canonical_set

numbers = st.one_of(st.integers(), st.decimals(allow_nan=False, allow_infinity=False, places=40))


@given(st.lists(st.one_of(st.text(), numbers, st.booleans()), max_size=8), st.randoms())
def test_a_set_has_one_form_whatever_the_order(items: Any, random: Any) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)
    assert canonical_set(shuffled) == canonical_set(items)


@given(st.sets(st.integers(min_value=10**40, max_value=10**40 + 9), min_size=2))
def test_numbers_that_differ_in_the_last_of_many_digits_are_two_elements(items: Any) -> None:
    assert len(canonical_set(list(items))) == len(items)


def test_numbers_that_differ_far_behind_the_point_are_two_elements() -> None:
    one, other = Decimal("0." + "0" * 40 + "1"), Decimal("0." + "0" * 40 + "2")
    assert canonical_set([other, one]) == [one, other]


def test_one_number_in_two_spellings_is_one_element() -> None:
    assert len(canonical_set([10, Decimal("10.0"), Decimal("1E+1")])) == 1
    assert len(canonical_set([0, Decimal("-0.0")])) == 1


def test_texts_that_are_one_in_nfc_are_one_element() -> None:
    assert len(canonical_set(["\u00e9", "e\u0301"])) == 1


def test_true_and_one_and_their_texts_are_different_elements() -> None:
    assert len(canonical_set([True, 1, "1", "True"])) == 4


def test_unknown_elements_are_counted_one_by_one() -> None:
    assert canonical_set([UNKNOWN, "a", UNKNOWN, "a"]).count(UNKNOWN) == 2


def test_objects_with_something_unknown_are_never_taken_for_one() -> None:
    assert len(canonical_set([{"a": UNKNOWN}, {"a": UNKNOWN}])) == 2


@pytest.mark.parametrize("value", [UNKNOWN, [UNKNOWN], {"a": [{"b": UNKNOWN}]}])
def test_unknown_is_seen_at_any_depth(value: Any) -> None:
    assert not is_wholly_known(value)


@pytest.mark.parametrize("value", [None, "", 0, False, [], {}, [{"a": None}]])
def test_null_and_empty_are_known(value: Any) -> None:
    assert is_wholly_known(value)


def test_a_path_reads_as_terraform_writes_it() -> None:
    assert str(Path(("slots", 2, "label"))) == "slots[2].label"
    assert str(ROOT / "drawers" / ElementKey("top") / Path(("width",))) == 'drawers["top"].width'
    assert str(ROOT) == ""

"""Declared checks: what they allow, at the edges, and how they say it."""

from decimal import Decimal
from typing import Any

import pytest

from terraform_provider_xivds8k.schema import (
    at_least,
    between,
    duration,
    duration_s,
    length,
    matching,
    multiple_of,
    one_of,
)
from terraform_provider_xivds8k.schema.checks import Check, each, whole


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (length(2, 3), ["ab", "abc", "é€"], ["", "a", "abcd"]),
        (between(1, 3), [1, 3], [0, 4, -1]),
        (at_least(5), [5, 10**30], [4]),
        (multiple_of(512), [0, 512, 2**40], [1, 511, 513]),
        (one_of("a", "b"), ["a", "b"], ["A", "", "ab"]),
        (matching("[0-9]{2}", "two digits"), ["42"], ["4", "423", "42\n"]),
        (duration(), ["90s", "15m", "1h30m", "0.5s", "8760h"], ["", "0s", "9", "-1s", "1d", "8761h", "9" * 400 + "h"]),
        (whole(), [1, 10**30], [Decimal("1.5")]),
        (each(one_of("a")), [[], ["a", "a"], {"k": "a"}], [["b"], ["a", "b"], {"k": "b"}]),
    ],
)
def test_what_is_allowed_and_what_is_not(check: Check[Any], good: Any, bad: Any) -> None:
    assert [value for value in good if not check.accepts(value)] == []
    assert [value for value in bad if check.accepts(value)] == []


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("1h30m", 5400), ("1h1m1.5s", 3661.5), ("0s", 0)]
)
def test_durations_are_read_in_seconds(text: Any, seconds: Any) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "1", "1m1h", "1 h", "٣s", "1e3s", "h"])
def test_what_is_no_duration_is_none(text: Any) -> None:
    assert duration_s(text) is None


def test_the_allowed_text_names_the_range() -> None:
    assert one_of("a", "b").allowed == '"a" or "b"'
    assert between(1, 3).allowed == "1 to 3"
    assert each(between(1, 3)).allowed == "for each element 1 to 3"

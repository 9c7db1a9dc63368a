"""Limits a caller is told before anything is sent."""

from __future__ import annotations

import pytest

from terraform_provider_xivds8k.driver import rules


@pytest.mark.parametrize(
    ("family", "name"),
    [("xiv", "a" * 63), ("xiv", "db 1_x.y-z~"), ("ds8k", "a" * 16), ("ds8k", "DB_1")],
)
def test_a_name_within_the_family_s_limits_is_accepted(family: str, name: str) -> None:
    assert rules.volume_name_problem(family, name) is None


@pytest.mark.parametrize(
    ("family", "name", "said"),
    [
        ("xiv", "a" * 64, "1 to 63"),
        ("xiv", "", "1 to 63"),
        ("xiv", "a/b", "'/'"),
        ("xiv", " a", "space"),
        ("xiv", "last-replicated-x", "mirroring"),
        ("ds8k", "a" * 17, "1 to 16"),
        ("ds8k", "a-b", "'-'"),
        ("ds8k", "ü", "'ü'"),
    ],
)
def test_a_name_beyond_the_limits_is_told_what_is_allowed(family: str, name: str, said: str) -> None:
    assert said in (rules.volume_name_problem(family, name) or "")


@pytest.mark.parametrize("family", ["xiv", "ds8k"])
def test_sizes_are_whole_blocks_within_the_family_s_range(family: str) -> None:
    largest = {"xiv": rules.XIV_LARGEST_BYTES, "ds8k": rules.DS8K_LARGEST_BYTES}[family]
    largest -= largest % 512
    assert rules.size_problem(family, 512) is None
    assert rules.size_problem(family, largest) is None
    assert "out of range" in (rules.size_problem(family, 0) or "")
    assert "out of range" in (rules.size_problem(family, largest + 512) or "")
    assert "512 and 1024" in (rules.size_problem(family, 513) or "")


@pytest.mark.parametrize(("lss", "good"), [("00", True), ("fe", True), ("FF", False), ("1", False), ("0G", False)])
def test_an_lss_is_two_hex_digits_below_ff(lss: str, *, good: bool) -> None:
    assert (rules.lss_problem(lss) is None) is good


def test_fixed_os400_models_have_a_size_and_variable_ones_do_not() -> None:
    assert rules.os400_fixed_bytes("A01") == rules.os400_fixed_bytes("a81") == 8 * 2**30
    assert rules.os400_fixed_bytes("099") is None
    assert rules.os400_problem("099") is None
    assert "A05" in (rules.os400_problem("A03") or "")

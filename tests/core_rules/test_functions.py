"""The functions behind the stand-in for Terraform core: pure, exact, and clear about what they refuse."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.core_checks import Complaint
from support.function_core import FunctionCore, FunctionError
from support.shelf import ShelfProvider
from support.shelf_function import Heaviest, HeaviestFunction
from terraform_provider_xivds8k.provider import Provider
from terraform_provider_xivds8k.schema import UNKNOWN

CORE = FunctionCore(Provider({}))
GIB = 2**30
EIB = 2**60

RESULTS: list[tuple[str, tuple[Any, ...], Any]] = [
    ("normalize_wwpn", ("21:00:00:e0:8b:10:a9:5c",), "210000E08B10A95C"),
    ("normalize_iqn", ("iqn.1991-05.com.microsoft:DB01",), "iqn.1991-05.com.microsoft:db01"),
    ("volume_wwn", ("5005076306FFD65A", "0A01"), "6005076306ffd65a0000000000000a01"),
    ("device_path", ("001738000A2B0001",), "/dev/disk/by-id/scsi-2001738000a2b0001"),
    ("gib_to_bytes", (0,), 0),
    ("gib_to_bytes", (1,), GIB),
    ("gib_to_bytes", (Decimal("1.5"),), 1_610_612_736),
    ("gib_to_bytes", (Decimal(1) / GIB,), 1),
    ("gib_to_bytes", (2**33 - 1,), 2**63 - GIB),
    ("bytes_to_gib", (0,), 0),
    ("bytes_to_gib", (GIB,), 1),
    ("bytes_to_gib", (1_610_612_736,), Decimal("1.5")),
    ("bytes_to_gib", (1,), Decimal("0.000000000931322574615478515625")),
    ("bytes_to_gib", (2**63 - 1,), Decimal("8589934591.999999999068677425384521484375")),
    ("xiv_size_gib", (1,), 16),
    ("xiv_size_gib", (16,), 16),
    ("xiv_size_gib", (Decimal("16.00000000000000000000000000000000000001"),), 32),
    ("xiv_size_gib", (17,), 32),
    ("xiv_size_gib", (Decimal("0.5"),), 16),
    ("xiv_size_gib", (149_942,), 149_952),
]

ERRORS: list[tuple[str, tuple[Any, ...], str, str]] = [
    ("normalize_wwpn", ("21:00",), "text", "'21:00' is no WWPN. It has 4 hex digits; a WWPN has 16 hex digits"),
    ("normalize_iqn", ("iqn.1994-05.com.redhat:a_b",), "text", "It contains '_'"),
    ("volume_wwn", ("5005", "0A01"), "system_wwnn", "'5005' is no WWNN of a DS8000"),
    ("volume_wwn", ("5005076306FFD65A", "A01"), "volume_id", "'A01' is no volume id of a DS8000"),
    ("device_path", ("5005076306FFD65A",), "wwn", "is no WWN of a volume"),
    ("gib_to_bytes", (-1,), "n", "n = -1 GiB is out of range. Allowed is 0 to less than 8 EiB"),
    ("gib_to_bytes", (2**33,), "n", "out of range"),
    ("gib_to_bytes", (Decimal("1e390"),), "n", "n = 1000000000000000000000000000000000000000… GiB is out of range"),
    ("gib_to_bytes", (Decimal("0.1"),), "n", "It lies between 107374182 and 107374183 bytes"),
    ("gib_to_bytes", (Decimal("1.0000000000000000000000000000000000001"),), "n", "no whole number of bytes"),
    ("bytes_to_gib", (-1,), "n", "n = -1: allowed is 0 to 9223372036854775807"),
    ("bytes_to_gib", (2**63,), "n", "n = 9223372036854775808: allowed is 0 to"),
    ("bytes_to_gib", (Decimal("0.5"),), "n", "n = 0.5: it must be a whole number"),
    ("xiv_size_gib", (0,), "n", "n = 0 GiB is out of range. Allowed is more than 0, at most 149942 GiB"),
    ("xiv_size_gib", (-5,), "n", "out of range"),
    ("xiv_size_gib", (149_943,), "n", "n = 149943 GiB is out of range"),
]


def test_the_tables_are_about_every_function() -> None:
    assert {name for name, _, _ in RESULTS} == {name for name, _, _, _ in ERRORS} == set(CORE.declared)


@pytest.mark.parametrize(("name", "arguments", "result"), RESULTS)
def test_a_result_is_exact(name: str, arguments: tuple[Any, ...], result: Any) -> None:
    assert CORE.call(name, *arguments) == result


@pytest.mark.parametrize(("name", "arguments", "parameter", "said"), ERRORS)
def test_an_error_names_parameter_value_and_what_is_allowed(
    name: str, arguments: tuple[Any, ...], parameter: str, said: str
) -> None:
    with pytest.raises(FunctionError) as refused:
        CORE.call(name, *arguments)
    assert refused.value.argument == parameter
    assert said in str(refused.value)


@pytest.mark.parametrize("name", sorted(CORE.declared))
def test_null_is_an_error_and_unknown_stays_unknown_in_every_place(name: str) -> None:
    good = next(arguments for one, arguments, _ in RESULTS if one == name)
    for place in range(len(good)):
        assert CORE.call(name, *good[:place], UNKNOWN, *good[place + 1 :]) is UNKNOWN
        with pytest.raises(FunctionError, match="null"):
            CORE.call(name, *good[:place], None, *good[place + 1 :])


@given(st.integers(0, 2**63 - 1))
def test_bytes_survive_the_way_to_gib_and_back(size: int) -> None:
    gib = CORE.call("bytes_to_gib", size)
    assert isinstance(gib, int | Decimal)
    assert Fraction(gib) == Fraction(size, GIB)
    assert CORE.call("gib_to_bytes", gib) == size


@given(st.decimals("0.0001", 149_942, allow_nan=False))
def test_an_xiv_takes_the_least_number_of_units_that_hold_a_size(size: Decimal) -> None:
    taken = CORE.call("xiv_size_gib", size)
    assert isinstance(taken, int)
    assert taken % 16 == 0
    assert taken - 16 < size <= taken


class Counting(HeaviestFunction):
    """Count its calls."""

    numbers = itertools.count()

    def call(self, arguments: Heaviest) -> int:
        return next(self.numbers)


class Differing(ShelfProvider):
    """Offer a function that is never twice the same."""

    @property
    def functions(self) -> dict[str, Any]:
        return {"heaviest": Counting}


def test_the_stand_in_complains_of_a_function_that_is_not_pure() -> None:
    with pytest.raises(Complaint, match="not pure"):
        FunctionCore(Differing()).call("heaviest", [1])


def test_the_stand_in_passes_collections() -> None:
    core = FunctionCore(ShelfProvider())
    assert core.call("heaviest", [3, 9]) == 9
    assert core.call("labels", "a", 2) == ["a", "a"]

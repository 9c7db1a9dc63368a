"""Calls of functions: arguments checked as a configuration is, and errors that name the argument at fault."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from support.shelf_function import HeaviestFunction, LabelsFunction
from terraform_provider_xivds8k.lifecycle.calling import call_function
from terraform_provider_xivds8k.schema import UNKNOWN


def test_a_call_has_the_result_in_raw_values() -> None:
    called = call_function(LabelsFunction(), ["a", 2])
    assert (called.result, called.error, called.argument) == (["a", "a"], "", None)


@pytest.mark.parametrize("arguments", [[UNKNOWN, 2], ["a", UNKNOWN], [UNKNOWN, UNKNOWN], [UNKNOWN, 77]])
def test_what_depends_on_something_unknown_is_unknown(arguments: list[Any]) -> None:
    assert call_function(LabelsFunction(), arguments).result is UNKNOWN


def test_something_unknown_inside_a_collection_is_enough() -> None:
    assert call_function(HeaviestFunction(), [[1, UNKNOWN]]).result is UNKNOWN


@pytest.mark.parametrize(
    ("arguments", "argument", "words"),
    [
        ([None, 2], 0, "text is null. The function needs a value"),
        (["a", None], 1, "copies is null. The function needs a value"),
        ([UNKNOWN, None], 1, "copies is null. The function needs a value"),
        (["", 2], 0, "1 to 20 characters"),
        (["a", 10], 1, "copies = 10: allowed is 1 to 9"),
        (["a", Decimal("1.5")], 1, "copies = 1.5: it must be a whole number"),
        (["refused text", 2], 0, "The shelf refuses. The shelf said no. Nothing was put on it. Choose another name"),
        (["refused copies", 2], 1, "The shelf refuses"),
        (["refused", 2], None, "The shelf refuses"),
        (["refused weight", 2], None, "The shelf refuses"),
        (["broken", 2], None, "The provider has a defect. RuntimeError"),
    ],
)
def test_an_error_names_the_argument_at_fault(arguments: list[Any], argument: int | None, words: str) -> None:
    called = call_function(LabelsFunction(), arguments)
    assert (called.result, called.argument) == (None, argument)
    assert words in called.error
    assert "s3cret" not in called.error
    assert not called.error.endswith(".")


@pytest.mark.parametrize("arguments", [[], ["a"], ["a", 1, 2]])
def test_a_wrong_number_of_arguments_is_said_with_the_parameters(arguments: list[Any]) -> None:
    called = call_function(LabelsFunction(), arguments)
    assert called.error == f"labels(text, copies) was called with {len(arguments)} arguments"
    assert called.argument is None


def test_what_the_only_argument_is_refused_for_is_about_that_argument() -> None:
    assert call_function(HeaviestFunction(), [[]]).argument == 0


def test_a_set_is_given_and_null_inside_it_is_refused() -> None:
    assert call_function(HeaviestFunction(), [[1, 7, 3]]).result == 7
    assert call_function(HeaviestFunction(), [[1, None]]).argument == 0

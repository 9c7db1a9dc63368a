"""Type constraints as Terraform reads them; a wrong one makes Terraform crash."""

import json
from typing import Any

import pytest

from terraform_provider_xivds8k.schema.types import (
    BOOL,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    constraint_json,
    describe,
)

CASES = [
    (STRING, "string", "string"),
    (NUMBER, "number", "number"),
    (BOOL, "bool", "bool"),
    (ListType(STRING), ["list", "string"], "list of string"),
    (SetType(ListType(BOOL)), ["set", ["list", "bool"]], "set of list of bool"),
    (MapType(NUMBER), ["map", "number"], "map of number"),
    (
        ObjectType((("a", STRING), ("b", SetType(NUMBER)))),
        ["object", {"a": "string", "b": ["set", "number"]}],
        "object",
    ),
]


@pytest.mark.parametrize(("node", "wire", "_words"), CASES)
def test_the_constraint_is_compact_json(node: Any, wire: Any, _words: Any) -> None:
    text = constraint_json(node)
    assert json.loads(text) == wire
    assert b" " not in text


@pytest.mark.parametrize(("node", "_wire", "words"), CASES)
def test_the_pages_words_for_a_type(node: Any, _wire: Any, words: Any) -> None:
    assert describe(node) == words


def test_equal_types_are_equal_nodes() -> None:
    assert ListType(STRING) == ListType(STRING)
    assert len({ListType(STRING), SetType(STRING)}) == 2

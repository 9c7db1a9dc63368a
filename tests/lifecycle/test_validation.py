"""Validation: every declared check at every depth, and patience with what is not known yet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.shelf import Box, box
from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.lifecycle.validation import validate_values
from terraform_provider_xivds8k.schema import UNKNOWN, Attr, Model, length, optional


def _said(**values: Any) -> list[tuple[str, str]]:
    diagnostics = Diagnostics()
    validate_values(Box.node(), box(**values), diagnostics)
    return [(str(item.path), item.detail) for item in diagnostics.items]


def _paths(**values: Any) -> list[str]:
    return [path for path, _ in _said(**values)]


class Safe(Model):
    """A safe."""

    code: Attr[str | None] = optional("Opens it.", sensitive=True, check=[length(9, 9)])
    word: Attr[str | None] = optional("Opens it too.", write_only=True, check=[length(9, 9)])


LID = {"material": "tin", "screws": None, "code": None}
SLOT = {"width": 1, "label": None}


@pytest.mark.parametrize(
    ("values", "paths"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "!" * 21}, ["name", "name"]),
        ({"colour": "green"}, ["colour"]),
        ({"count": Decimal("1.5")}, ["count"]),
        ({"count": -1}, ["count"]),
        ({"sizes": [1, Decimal("1.5")]}, ["sizes"]),
        ({"moods": ["glad", "mad"]}, ["moods"]),
        ({"lid": {**LID, "material": "tar"}}, ["lid.material"]),
        ({"lid": {**LID, "screws": 9}}, ["lid.screws"]),
        ({"slots": [SLOT, {**SLOT, "label": "too long"}]}, ["slots[1].label"]),
        ({"spare": [{**SLOT, "label": "too long"}]}, ["spare.label"]),
        ({"drawers": {"top": {**SLOT, "label": "too long"}}}, ['drawers["top"].label']),
        ({"timeouts": {"create": "soon", "read": None, "update": None, "delete": "0s"}},
         ["timeouts.create", "timeouts.delete"]),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_named_where_it_stands(values: dict[str, Any], paths: list[str]) -> None:
    assert _paths(**values) == paths


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"tags": ["a", None]}, "tags"),
        ({"sizes": [1, None]}, "sizes[1]"),
        ({"notes": {"a": None}}, 'notes["a"]'),
        ({"slots": [None]}, "slots[0]"),
        ({"spare": [None]}, "spare"),
        ({"drawers": {"top": None}}, 'drawers["top"]'),
    ],
)
def test_null_inside_a_collection_is_not_allowed(values: dict[str, Any], path: str) -> None:
    ((where, detail),) = _said(**values)
    assert where == path
    assert "null" in detail


@pytest.mark.parametrize(
    "values",
    [
        {"name": "a", "colour": "red", "count": 10**30, "weight": Decimal("0.1"), "sizes": [], "moods": ["sad"]},
        {"lid": {"material": "wood", "screws": 0, "code": "x"}, "slots": [SLOT], "drawers": {}, "spare": []},
        {"timeouts": {"create": "90s", "read": "15m", "update": "1h30m", "delete": None}},
        {},
    ],
)
def test_what_is_allowed_passes(values: dict[str, Any]) -> None:
    assert _said(**values) == []


@pytest.mark.parametrize(
    "values",
    [
        {"name": UNKNOWN, "sizes": UNKNOWN, "lid": UNKNOWN, "slots": UNKNOWN},
        {"sizes": [UNKNOWN, 1], "moods": [UNKNOWN], "tags": [UNKNOWN], "notes": {"a": UNKNOWN}},
        {"lid": {"material": UNKNOWN, "screws": UNKNOWN, "code": UNKNOWN}},
        {"slots": [UNKNOWN, {"width": UNKNOWN, "label": UNKNOWN}], "drawers": {"a": UNKNOWN}},
    ],
)
def test_what_is_not_known_yet_passes_at_any_depth(values: dict[str, Any]) -> None:
    assert _said(**values) == []


def _with_unknown(config: dict[str, Any], choose: Any) -> Any:
    def punched(value: Any) -> Any:
        if choose():
            return UNKNOWN
        if isinstance(value, list):
            return [punched(item) for item in value]
        return {name: punched(item) for name, item in value.items()} if isinstance(value, dict) else value

    return {name: punched(value) for name, value in config.items()}


@given(st.data())
@settings(max_examples=60)
def test_a_valid_configuration_with_holes_of_any_kind_is_still_valid(data: Any) -> None:
    whole = box(
        name="a", colour="red", count=1, sizes=[1, 2], moods=["glad"], tags=["a"], notes={"a": "b"},
        lid={"material": "tin", "screws": 1, "code": "x"}, slots=[SLOT, SLOT], spare=[SLOT], drawers={"a": SLOT},
        timeouts={"create": "1s", "read": None, "update": None, "delete": None},
    )  # fmt: skip
    assert _said(**_with_unknown(whole, lambda: data.draw(st.booleans()))) == []


def test_a_complaint_says_value_range_and_what_to_do() -> None:
    ((_, detail),) = _said(lid={**LID, "screws": 9})
    assert detail == "lid.screws = 9: allowed is 0 to 8. Write one of these and plan again."


def test_a_long_value_is_shown_in_part() -> None:
    ((_, detail),) = _said(name="n" * 5000)
    assert len(detail) < 250


def test_a_sensitive_value_is_not_shown() -> None:
    diagnostics = Diagnostics()
    validate_values(Safe.node(), {"code": "s3cret", "word": "s3cret"}, diagnostics)
    assert len(diagnostics.items) == 2
    assert "s3cret" not in f"{diagnostics}"

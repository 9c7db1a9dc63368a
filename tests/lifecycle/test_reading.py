"""Refresh, import, listings and generated configuration."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.core import Core, Rejected, warnings_of
from support.shelf import Box, BoxFilters, BoxResource, Shelf, box, on
from terraform_provider_xivds8k.lifecycle import Imported, Listed, Read
from terraform_provider_xivds8k.lifecycle.importing import generate_config, import_object, list_objects
from terraform_provider_xivds8k.lifecycle.reading import read
from terraform_provider_xivds8k.lifecycle.requests import ImportRequest, ReadRequest

TIMEOUTS = {"create": "1m", "read": None, "update": None, "delete": None}
IDENTITY: dict[str, Any] = {"shelf": "oak", "id": "1"}


def _filled(shelf: Shelf, *names: str) -> Box:
    for name in names:
        shelf.put(Box.from_raw(box(name=name)))
    return shelf.boxes["1"]


def test_a_refresh_returns_the_object_as_it_is(shelf: Shelf) -> None:
    made = _filled(shelf, "now")
    answer = read(on(shelf), ReadRequest({**made.raw, "name": "before"}, b'{"kept":1}', dict(IDENTITY)))
    assert answer.state == made.raw
    assert json.loads(answer.private) == {"kept": 1, "read": True}
    assert answer.identity == IDENTITY


def test_no_answer_holds_a_write_only_value_the_array_told(shelf: Shelf) -> None:
    made = _filled(shelf, "a")
    states = [
        read(on(shelf), ReadRequest(dict(made.raw))).state,
        import_object(on(shelf), ImportRequest("1")).state,
        *(one.state for one in list_objects(on(shelf), {"colour": None}, whole=True, limit=0)),
    ]
    assert [state["secret"] for state in states if state is not None] == [None, None, None]


def test_an_object_that_is_gone_is_null_with_a_warning(shelf: Shelf) -> None:
    answer = read(on(shelf), ReadRequest(box(name="a", id="1"), b'{"kept":1}', dict(IDENTITY)))
    assert (answer.state, answer.private, answer.identity) == (None, b"", None)
    assert warnings_of(answer.diagnostics) == ["Box 1 is gone"]
    assert not answer.diagnostics.has_errors


def test_an_array_that_does_not_answer_leaves_everything_as_it_was(shelf: Shelf) -> None:
    state = box(name="unreachable", id="1", tags=["x"], lid={"material": "tin", "screws": None, "code": None})
    answer = read(on(shelf), ReadRequest(state, b'{"kept":1}', dict(IDENTITY)))
    assert answer.diagnostics.has_errors
    assert answer.state == box(
        name="unreachable", id="1", tags=["x"], lid={"material": "tin", "screws": None, "code": None}
    )
    assert (answer.private, answer.identity) == (b'{"kept":1}', IDENTITY)


def test_an_error_said_and_not_raised_leaves_everything_as_it_was_too(shelf: Shelf) -> None:
    class Complaining(BoxResource):
        """Say that something is wrong, and find nothing."""

        def read(self, operation: Read[Box]) -> Box | None:
            operation.state.tags = {"changed"}
            operation.diagnostics.error(None, "Wrong system", "Another array answers.")
            return None

    state = box(name="a", id="1")
    answer = read(Complaining(on(shelf).configured), ReadRequest(state, b'{"kept":1}', dict(IDENTITY)))
    assert answer.state == box(name="a", id="1")
    assert answer.identity == IDENTITY


def test_a_stub_of_an_import_can_be_refreshed(shelf: Shelf) -> None:
    made = _filled(shelf, "a")
    assert read(on(shelf), ReadRequest(box(id="1"))).state == made.raw


@pytest.mark.parametrize("how", [{"text": "1"}, {"identity": {"id": "1"}}, {"identity": IDENTITY}])
def test_an_import_then_a_plan_of_the_same_is_empty(core: Core, shelf: Shelf, how: dict[str, Any]) -> None:
    shelf.put(Box.from_raw(box(name="a", fragile=False, badges=["a", "b"])))
    core.import_object(**how)
    core.refresh()
    assert core.plan({"name": "a"}).action == "no-op"


def test_an_import_of_nothing_is_refused_in_the_resources_words(core: Core) -> None:
    with pytest.raises(Rejected, match="No box 7"):
        core.import_object("7")
    assert core.instance is None


def test_an_import_that_meets_a_defect_returns_no_half_object(shelf: Shelf) -> None:
    class Broken(BoxResource):
        """Fail after the object was found."""

        def import_by_id(self, text: str, diagnostics: Any) -> Imported[Box]:
            return Imported(Box.from_raw(box(name="unidentifiable")))

    answer = import_object(Broken(on(shelf).configured), ImportRequest("1"))
    assert answer.state is None
    assert answer.diagnostics.has_errors


@pytest.mark.parametrize(
    ("limit", "expected"), [(0, ["a", "b", "c"]), (1, ["a"]), (2, ["a", "b"]), (9, ["a", "b", "c"])]
)
def test_a_listing_ends_at_the_limit(shelf: Shelf, limit: int, expected: list[str]) -> None:
    _filled(shelf, "a", "b", "c")
    found = list(list_objects(on(shelf), {"colour": None}, whole=False, limit=limit))
    assert [one.display_name for one in found] == expected
    assert [one.state for one in found] == [None] * len(expected)


def test_a_listing_asks_for_no_more_than_the_limit(shelf: Shelf) -> None:
    _filled(shelf, "a", "unlistable")
    assert len(list(list_objects(on(shelf), {"colour": None}, whole=False, limit=1))) == 1


def test_an_object_without_identity_is_not_listed_and_not_counted(shelf: Shelf) -> None:
    class Doubtful(BoxResource):
        """List a box in doubt before the others."""

        def listing(self, filters: BoxFilters) -> Any:
            yield Listed(Box.from_raw(box(name="in doubt")), "in doubt")
            yield from super().listing(filters)

    _filled(shelf, "a", "b")
    found = list_objects(Doubtful(on(shelf).configured), {"colour": None}, whole=False, limit=1)
    assert [one.display_name for one in found] == ["a"]


def test_a_generated_configuration_leaves_the_state_alone_and_plans_empty(core: Core, shelf: Shelf) -> None:
    core.run({"name": "a", "lid": {"material": "tin", "screws": 1, "code": None}, "timeouts": TIMEOUTS})
    assert core.instance is not None
    state = json.loads(json.dumps(core.instance.state))
    config = generate_config(on(shelf), core.instance.state)
    assert core.instance.state == state
    assert {name for name in ("id", "stamp", "seal", "secret", "timeouts") if config[name] is not None} == set()
    assert core.plan({**config, "timeouts": TIMEOUTS}).action == "no-op"

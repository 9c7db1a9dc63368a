"""Apply: exactly what was planned or a refusal, and nothing made is ever lost sight of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.shelf import Box, BoxResource, Shelf, ShelfError, box, on
from terraform_provider_xivds8k.lifecycle import Create, Delete, Update
from terraform_provider_xivds8k.lifecycle.applying import apply
from terraform_provider_xivds8k.lifecycle.requests import ApplyRequest, StateResponse
from terraform_provider_xivds8k.schema import UNKNOWN

LATER = {"id": UNKNOWN, "place": UNKNOWN, "stamp": UNKNOWN, "seal": UNKNOWN}
TIN = {"material": "tin", "screws": 1, "code": None}
MADE = {"id": "1", "place": "left", "stamp": "stamp of a", "seal": "seal of stamp of a"}


def _created(shelf: Shelf, planned: dict[str, Any] | None = None, **config: Any) -> StateResponse:
    wanted = {**box(**config), "secret": None, **LATER, **(planned or {})}
    return apply(on(shelf), ApplyRequest(None, wanted, box(**config)))


def _said(answer: StateResponse) -> list[tuple[str, str]]:
    return [(item.summary, str(item.path)) for item in answer.diagnostics.items]


def test_a_creation_returns_what_was_planned_and_what_the_array_decided(shelf: Shelf) -> None:
    answer = _created(shelf, name="a", tags=["x"])
    assert answer.state == box(name="a", tags=["x"], **MADE)
    assert answer.identity == {"shelf": "oak", "id": "1"}
    assert _said(answer) == []


def test_write_only_values_reach_the_resource_and_no_answer(shelf: Shelf) -> None:
    answer = _created(shelf, name="a", secret="hush")
    assert json.loads(answer.private) == {"secret_length": 4}
    assert answer.state is not None
    assert answer.state["secret"] is None
    assert "hush" not in f"{answer}"


def test_what_differs_from_the_plan_is_refused_and_kept_as_it_is(shelf: Shelf) -> None:
    answer = _created(shelf, name="renamed by the shelf")
    assert _said(answer) == [("The array did not do what was planned", "")]
    assert "name" in answer.diagnostics.items[0].detail
    assert answer.state is not None
    assert (answer.state["name"], answer.state["id"]) == ("something else", "1")


@pytest.mark.parametrize(
    ("name", "planned", "reported", "fits"),
    [
        ("tags", ["a", UNKNOWN], ["a"], True),
        ("tags", ["a", UNKNOWN], ["a", "b"], True),
        ("tags", ["a", UNKNOWN], ["b", "c"], False),
        ("tags", ["a", UNKNOWN], ["a", "b", "c"], False),
        ("sizes", [1, UNKNOWN], [1, 2], True),
        ("sizes", [1, UNKNOWN], [1], False),
        ("sizes", [1, UNKNOWN], [2, 2], False),
        ("notes", {"a": UNKNOWN}, {"a": "x"}, True),
        ("notes", {"a": UNKNOWN}, {"b": "x"}, False),
        ("lid", {**TIN, "screws": UNKNOWN}, TIN, True),
        ("lid", {**TIN, "screws": UNKNOWN}, {**TIN, "material": "wood"}, False),
        ("lid", {**TIN, "screws": UNKNOWN}, None, False),
    ],
)  # fmt: skip
def test_what_is_partly_unknown_in_the_plan_is_held_to_the_rest(
    shelf: Shelf, name: str, planned: Any, reported: Any, fits: bool
) -> None:
    class Reporting(BoxResource):
        """Report another value than the plan holds."""

        def create(self, operation: Create[Box]) -> Box:
            made = shelf.finish(operation.planned.copy())
            made.id = "1"
            made.raw[name] = reported
            return made

    wanted = {**box(name="a"), **LATER, name: planned}
    answer = apply(Reporting(on(shelf).configured), ApplyRequest(None, wanted, box(name="a")))
    assert answer.diagnostics.has_errors is not fits
    assert answer.state is not None
    assert answer.state[name] == reported


def test_what_is_still_unknown_afterwards_is_refused_and_stored_as_null(shelf: Shelf) -> None:
    class Forgetful(BoxResource):
        """Leave something unknown."""

        def create(self, operation: Create[Box]) -> Box:
            made = shelf.put(operation.planned)
            made.raw |= {"seal": UNKNOWN, "tags": ["a", UNKNOWN]}
            return made

    wanted = {**box(name="a"), **LATER, "tags": UNKNOWN}
    answer = apply(Forgetful(on(shelf).configured), ApplyRequest(None, wanted, box(name="a")))
    assert "still unknown: seal, tags" in answer.diagnostics.items[0].detail
    assert answer.state is not None
    assert (answer.state["seal"], answer.state["tags"], answer.state["id"]) == (None, ["a", None], "1")


def test_a_refused_creation_leaves_nothing_but_the_error(shelf: Shelf) -> None:
    answer = _created(shelf, name="refused")
    assert _said(answer) == [("The shelf refuses", "name")]
    assert (answer.state, answer.private, answer.identity) == (None, b"", None)


def test_a_creation_that_fails_half_way_keeps_what_was_made(shelf: Shelf) -> None:
    answer = _created(shelf, name="half")
    assert _said(answer) == [("Half of it fell", "")]
    assert answer.state is not None
    assert (answer.state["id"], answer.state["name"]) == ("1", "half")
    assert answer.identity == {"shelf": "oak", "id": "1"}
    assert json.loads(answer.private) == {"secret_length": 0}


def test_what_was_made_is_not_lost_when_its_identity_cannot_be_told(shelf: Shelf) -> None:
    answer = _created(shelf, name="unidentifiable")
    assert _said(answer) == [("The provider has a defect", "")]
    assert answer.state is not None
    assert answer.state["id"] == "1"


def _updated(shelf: Shelf, **config: Any) -> StateResponse:
    made = _created(shelf, name="a")
    assert made.state is not None
    planned = {**made.state, **config, "stamp": UNKNOWN, "seal": UNKNOWN}
    return apply(on(shelf), ApplyRequest(made.state, planned, box(**config), b'{"kept":1}', made.identity))


def test_an_update_returns_what_was_planned_and_keeps_private_data(shelf: Shelf) -> None:
    answer = _updated(shelf, name="b")
    assert answer.state == {**box(name="b", **MADE), "stamp": "stamp of b", "seal": "seal of stamp of b"}
    assert answer.private == b'{"kept":1}'
    assert answer.identity == {"shelf": "oak", "id": "1"}


def test_a_refused_update_leaves_the_state_to_terraform(shelf: Shelf) -> None:
    answer = _updated(shelf, name="refused")
    assert _said(answer) == [("The shelf refuses", "name")]
    assert answer.state is None
    assert answer.identity == {"shelf": "oak", "id": "1"}


def test_an_update_that_fails_half_way_keeps_what_it_reached(shelf: Shelf) -> None:
    class Stumbling(BoxResource):
        """Rename the box, then fall."""

        def update(self, operation: Update[Box]) -> Box:
            reached = operation.prior.copy()
            reached.name = operation.planned.name
            operation.keep(reached)
            raise RuntimeError("fell")

    prior = box(name="a", **MADE)
    planned = {**prior, "name": "b", "count": 2}
    answer = apply(Stumbling(on(shelf).configured), ApplyRequest(prior, planned, planned))
    assert _said(answer) == [("The provider has a defect", "")]
    assert answer.state == {**prior, "name": "b"}


def test_a_deletion_leaves_nothing(shelf: Shelf) -> None:
    made = _created(shelf, name="a")
    for _ in range(2):
        answer = apply(on(shelf), ApplyRequest(made.state, None, None, b'{"kept":1}', made.identity))
        assert (answer.state, answer.identity, _said(answer)) == (None, None, [])
    assert shelf.boxes == {}


def test_a_refused_deletion_returns_the_error_alone(shelf: Shelf) -> None:
    prior = box(name="refused", **MADE)
    answer = apply(on(shelf), ApplyRequest(prior, None, None, b"", {"shelf": "oak", "id": "1"}))
    assert answer.state is None
    assert _said(answer) == [("The shelf refuses", "name")]


def test_a_deletion_that_fails_half_way_keeps_what_it_reached(shelf: Shelf) -> None:
    prior = box(name="stuck", tags=["x"], **MADE)
    answer = apply(on(shelf), ApplyRequest(prior, None, None, b'{"kept":1}', {"shelf": "oak", "id": "1"}))
    assert answer.state == {**prior, "tags": None}
    assert answer.private == b'{"kept":1}'
    assert answer.identity == {"shelf": "oak", "id": "1"}


def test_what_a_deletion_kept_is_dropped_when_it_ends_well(shelf: Shelf) -> None:
    class Careful(BoxResource):
        """Keep a state on the way to the end."""

        def delete(self, operation: Delete[Box]) -> None:
            operation.keep(operation.prior)

    answer = apply(Careful(on(shelf).configured), ApplyRequest(box(name="a", **MADE), None, None))
    assert (answer.state, answer.private) == (None, b"")


@pytest.mark.parametrize(
    ("timeouts", "expected"),
    [
        (None, 1200),
        ({"create": None, "read": "1s", "update": "2s", "delete": "3s"}, 1200),
        ({"create": "90s", "read": None, "update": None, "delete": None}, 90),
        ({"create": "1h30m", "read": None, "update": None, "delete": None}, 5400),
    ],
)
def test_an_operation_may_take_as_long_as_its_timeouts_say(shelf: Shelf, timeouts: Any, expected: float) -> None:
    _created(shelf, name="a", timeouts=timeouts)
    assert shelf.deadlines == [expected]


def test_an_array_that_does_not_answer_is_told_with_the_object_it_kept_from_being_changed(shelf: Shelf) -> None:
    """Terraform shows the address; on a bad day people look for the name."""

    class Silent(BoxResource):
        def update(self, operation: Update[Box]) -> Box:
            silence = ShelfError("The shelf cannot be reached")
            silence.is_silence = True  # type: ignore[attr-defined]
            raise silence

    prior = box(name="a", **MADE)
    answer = apply(
        Silent(on(shelf).configured), ApplyRequest(prior, {**prior, "tags": ["x"]}, box(name="a", tags=["x"]))
    )
    assert _said(answer) == [("a: the shelf cannot be reached", "")]

"""Plans: what is filled in, what is kept, what becomes unknown, and what needs another object."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from support.core import Core, warnings_of
from support.shelf import Box, BoxResource, Shelf, box, on
from support.values import values
from terraform_provider_xivds8k.lifecycle import Change
from terraform_provider_xivds8k.lifecycle.planning import plan
from terraform_provider_xivds8k.lifecycle.requests import PlanRequest, PlanResponse
from terraform_provider_xivds8k.schema import UNKNOWN, Path, RawObject

DEFAULTS = {"fragile": False, "badges": ["a", "b"]}
MADE = {**DEFAULTS, "id": "1", "place": "left", "stamp": "stamp of a", "seal": "seal of stamp of a"}


def _planned(
    shelf: Shelf, prior: RawObject | None, proposed: RawObject, config: RawObject, **more: Any
) -> PlanResponse:
    return plan(on(shelf), PlanRequest(prior, proposed, config, **more))


def _update(shelf: Shelf, prior: dict[str, Any], config: dict[str, Any]) -> PlanResponse:
    """Plan a change as core asks for it: what is computed and not configured is proposed as it was."""
    computed = {node.name for node in Box.node().attributes if node.computed}
    proposed = {n: prior[n] if value is None and n in computed else value for n, value in config.items()}
    return _planned(shelf, prior, proposed, config)


def test_a_creation_has_the_defaults_and_what_is_computed_unknown(shelf: Shelf) -> None:
    config = box(name="a", tags=["x"])
    answer = _planned(shelf, None, config, config)
    assert answer.planned == {
        **config, **DEFAULTS, "id": UNKNOWN, "place": UNKNOWN, "stamp": UNKNOWN, "seal": UNKNOWN
    }  # fmt: skip
    assert answer.requires_replace == []


def test_what_the_user_wrote_goes_before_a_default(shelf: Shelf) -> None:
    config = box(name="a", fragile=True, badges=[])
    planned = _planned(shelf, None, config, config).planned
    assert planned is not None
    assert (planned["fragile"], planned["badges"]) == (True, [])


def test_an_unknown_value_stays_unknown_and_gets_no_default(shelf: Shelf) -> None:
    config = box(name=UNKNOWN, fragile=UNKNOWN, colour=UNKNOWN)
    planned = _planned(shelf, None, config, config).planned
    assert planned is not None
    assert (planned["name"], planned["fragile"], planned["colour"]) == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_plans_do_not_share_a_default(shelf: Shelf) -> None:
    config = box(name="a")
    first, second = (_planned(shelf, None, config, config).planned for _ in range(2))
    assert first is not None
    assert second is not None
    assert isinstance(first["badges"], list)
    first["badges"].append("c")
    assert second["badges"] == ["a", "b"]
    assert Box.node().by_name["badges"].when_unset == ["a", "b"]


def test_nothing_changed_plans_nothing(shelf: Shelf) -> None:
    prior = box(name="a", **MADE)
    assert _update(shelf, prior, box(name="a")).planned == prior


def test_an_optional_computed_line_that_is_removed_keeps_its_value(shelf: Shelf) -> None:
    prior = {**box(name="a", **MADE), "place": "right"}
    assert _update(shelf, prior, box(name="a")).planned == prior


def test_a_change_makes_unknown_what_it_drives_and_what_that_drives_and_nothing_else(shelf: Shelf) -> None:
    prior = box(name="a", **MADE)
    planned = _update(shelf, prior, box(name="b")).planned
    assert planned == {**prior, "name": "b", "stamp": UNKNOWN, "seal": UNKNOWN}


def test_another_change_drives_nothing(shelf: Shelf) -> None:
    prior = box(name="a", **MADE)
    assert _update(shelf, prior, box(name="a", count=3)).planned == {**prior, "count": 3}


def test_a_known_change_of_what_cannot_change_needs_another_object(shelf: Shelf) -> None:
    answer = _update(shelf, box(name="a", colour="red", **MADE), box(name="a", colour="blue"))
    assert answer.requires_replace == [Path(("colour",))]
    assert warnings_of(answer.diagnostics) == ["Another box"]


def test_removing_what_cannot_change_needs_another_object(shelf: Shelf) -> None:
    answer = _update(shelf, box(name="a", colour="red", **MADE), box(name="a"))
    assert answer.requires_replace == [Path(("colour",))]


@pytest.mark.parametrize(
    ("name", "prior", "unknown"),
    [("colour", "red", UNKNOWN), ("marks", ["x"], UNKNOWN), ("marks", ["x"], ["x", UNKNOWN])],
)
def test_an_unknown_change_of_what_cannot_change_plans_the_prior_value(
    shelf: Shelf, name: str, prior: Any, unknown: Any
) -> None:
    had = box(name="a", **{name: prior}, **MADE)
    answer = _update(shelf, had, box(name="a", **{name: unknown}))
    assert answer.planned == had
    assert answer.requires_replace == []


@pytest.mark.parametrize(("name", "unknown"), [("colour", UNKNOWN), ("marks", ["x", UNKNOWN])])
def test_without_a_prior_value_the_unknown_one_is_planned(shelf: Shelf, name: str, unknown: Any) -> None:
    answer = _update(shelf, box(name="a", **MADE), box(name="a", **{name: unknown}))
    assert answer.planned is not None
    assert answer.planned[name] == unknown
    assert answer.requires_replace == []


def test_a_write_only_value_is_in_no_plan(shelf: Shelf) -> None:
    config = box(name="a", secret="hush")
    answer = _planned(shelf, None, config, config)
    assert answer.planned is not None
    assert answer.planned["secret"] is None
    assert "hush" not in f"{answer}"


def test_a_write_only_value_a_resource_plans_is_taken_out_again(shelf: Shelf) -> None:
    class Talkative(BoxResource):
        """Plan what it was told."""

        def plan(self, change: Change[Box]) -> None:
            change.planned.secret = change.config.secret

    config = box(name="a", secret="hush")
    answer = plan(Talkative(on(shelf).configured), PlanRequest(None, config, config))
    assert answer.planned is not None
    assert answer.planned["secret"] is None


def test_the_request_is_left_as_it_came(shelf: Shelf) -> None:
    config = box(name="a", lid={"material": "tin", "screws": None, "code": None}, secret="hush")
    proposed = box(name="a", lid={"material": "tin", "screws": None, "code": None}, secret="hush")
    _planned(shelf, None, proposed, config)
    assert config == proposed == box(name="a", lid={"material": "tin", "screws": None, "code": None}, secret="hush")


def test_private_data_goes_through_the_plan(shelf: Shelf) -> None:
    config = box(name="a")
    assert _planned(shelf, None, config, config, private=b'{"kept":true}').private == b'{"kept":true,"planned":1}'


@pytest.mark.parametrize("private", [b"", b"no json", b"[1]", b"\xff"])
def test_private_data_that_is_none_is_nothing_kept(shelf: Shelf, private: bytes) -> None:
    config = box(name="a")
    assert _planned(shelf, None, config, config, private=private).private == b'{"planned":1}'


def test_a_problem_while_planning_is_told_at_its_attribute_and_keeps_private_data(shelf: Shelf) -> None:
    config = box(name="planned badly")
    answer = _planned(shelf, None, config, config, private=b'{"kept":true}')
    assert [(item.severity, item.summary, str(item.path)) for item in answer.diagnostics.items] == [
        ("error", "No plan", "name")
    ]
    assert answer.planned is None
    assert answer.private == b'{"kept":true}'


def test_a_change_knows_the_identity_of_an_object_an_older_provider_stored(shelf: Shelf) -> None:
    answer = _update(shelf, box(name="a", **MADE), box(name="b"))
    assert answer.identity == {"shelf": "oak", "id": "1"}


def test_a_planned_destruction_is_named_with_what_was_kept(shelf: Shelf) -> None:
    answer = plan(
        on(shelf), PlanRequest(box(name="a", **MADE), None, None, b'{"planned":4}', {"shelf": "oak", "id": "1"})
    )
    assert answer.planned is None
    assert not answer.diagnostics.has_errors
    assert [(item.summary, item.detail) for item in answer.diagnostics.items] == [("Box a goes", "Planned 4 times.")]
    assert answer.identity == {"shelf": "oak", "id": "1"}


def _modes(shelf: Shelf, mode: Any, request: PlanRequest) -> list[str]:
    said = warnings_of(plan(on(shelf, mode), request).diagnostics)
    return [text for text in said if "mode" in text]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("full", (0, 0, 0, 0)), ("no_destroy", (0, 0, 1, 1)), ("read_only", (0, 1, 1, 1))],
)
def test_a_guarded_mode_warns_of_exactly_what_it_will_refuse(
    shelf: Shelf, mode: Any, expected: tuple[int, ...]
) -> None:
    prior = box(name="a", colour="red", **MADE)
    requests = [
        PlanRequest(prior, prior, box(name="a", colour="red")),
        PlanRequest(prior, {**prior, "count": 3}, box(name="a", colour="red", count=3)),
        PlanRequest(prior, {**prior, "colour": "blue"}, box(name="a", colour="blue")),
        PlanRequest(prior, None, None),
    ]
    assert tuple(len(_modes(shelf, mode, request)) for request in requests) == expected


@given(values(Box.node().type))
@settings(max_examples=60)
def test_any_configuration_is_planned_the_same_way_twice(config: Any) -> None:
    if not isinstance(config, dict):
        return
    first, second = (_planned(Shelf(), None, config, config) for _ in range(2))
    assert first == second
    if first.planned is not None:
        again = _update(Shelf(), first.planned, config)
        assert again.requires_replace == []


def test_core_has_nothing_to_complain_of_in_a_whole_life(core: Core) -> None:
    first = {"name": "a", "colour": "red", "secret": "hush", "lid": {"material": "tin", "screws": 2, "code": "1"}}
    assert core.run(first).action == "create"
    assert core.run(first).action == "no-op"
    assert core.run({**first, "name": "b"}).action == "update"
    assert core.run({**first, "name": UNKNOWN}, {**first, "name": "c"}).action == "update"
    assert core.run({**first, "name": "c", "colour": "blue"}).action == "replace"
    assert core.run({**first, "name": "c", "colour": "blue"}).action == "no-op"
    assert core.run(None).action == "delete"
    assert core.instance is None

"""What a user is told: what happened, what may be left behind, what to do next; and never a secret."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from support.shelf import Box, Shelf, ShelfError, box, on
from terraform_provider_xivds8k.lifecycle import Configured, Diagnostics, Guards
from terraform_provider_xivds8k.lifecycle.applying import apply
from terraform_provider_xivds8k.lifecycle.diagnostics import Problem
from terraform_provider_xivds8k.lifecycle.requests import ApplyRequest
from terraform_provider_xivds8k.schema import UNKNOWN, ElementKey, Path


def _caught(error: Exception, known: frozenset[str] = frozenset({"name"})) -> Any:
    diagnostics = Diagnostics(known=known)
    _raise_inside(diagnostics, error)
    (found,) = diagnostics.items
    return found


def _raise_inside(diagnostics: Diagnostics, error: Exception) -> None:
    with diagnostics.catching():
        raise error


def test_a_problem_is_told_in_four_parts() -> None:
    found = _caught(ShelfError("The shelf refuses", attribute="name", code="E7", words="no such name"))
    assert (found.severity, found.summary, str(found.path)) == ("error", "The shelf refuses", "name")
    assert found.detail.split("\n\n") == [
        "The shelf said no.",
        "The array said E7: no such name",
        "Nothing was put on it.",
        "Choose another name.",
    ]


def test_what_a_code_means_stands_right_under_the_array_s_words() -> None:
    found = _caught(ShelfError("No", code="E7", words="no such name", cause="It was thrown away."))
    assert found.detail.split("\n\n")[1] == "The array said E7: no such name\nIt was thrown away."


def test_a_problem_without_a_code_does_not_speak_of_the_array() -> None:
    assert "array" not in _caught(ShelfError("No")).detail
    assert "The array said E7\n" in _caught(ShelfError("No", code="E7")).detail


def test_a_problem_of_an_attribute_this_object_lacks_is_told_of_the_whole() -> None:
    assert _caught(ShelfError("No", attribute="size")).path == Path()


def test_anything_else_is_a_defect_and_its_words_stay_out(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        found = _caught(KeyError("pa55word"))
    assert found.summary == "The provider has a defect"
    assert "KeyError" in found.detail
    assert "pa55word" not in found.detail
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_problem_is_logged_for_those_who_look_closely_only(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        _caught(ShelfError("No"))
    assert [record.levelname for record in caplog.records] == ["DEBUG"]


def test_what_ends_the_process_is_not_caught() -> None:
    with pytest.raises(KeyboardInterrupt), Diagnostics().catching():
        raise KeyboardInterrupt


def test_a_problem_is_known_by_its_shape() -> None:
    assert isinstance(ShelfError("No"), Problem)
    assert not isinstance(ValueError("No"), Problem)


def test_a_path_may_lead_anywhere() -> None:
    diagnostics = Diagnostics()
    diagnostics.error(Box.name, "One")
    diagnostics.warning(Box.slots.path / 2 / "label", "Two")
    diagnostics.warning(Path(("drawers", ElementKey("a"))), "Three")
    diagnostics.warning(None, "Four")
    assert [str(item.path) for item in diagnostics.items] == ["name", "slots[2].label", 'drawers["a"]', ""]
    assert diagnostics.has_errors


@pytest.mark.parametrize("name", ["broken", "refused", "half", "renamed by the shelf"])
def test_no_secret_is_in_what_a_failed_apply_says(shelf: Shelf, name: str, caplog: pytest.LogCaptureFixture) -> None:
    planned = {**box(name=name), "id": UNKNOWN, "place": UNKNOWN, "stamp": UNKNOWN, "seal": UNKNOWN}
    answer = apply(on(shelf), ApplyRequest(None, planned, box(name=name, secret="s3cret")))
    assert answer.diagnostics.has_errors
    assert "s3cret" not in f"{answer}"
    assert "pa55word" not in f"{answer.diagnostics}"


def test_protection_is_lifted_for_exactly_the_named_object() -> None:
    guards = Guards(unprotect=frozenset({" 75AB/0a01 "}))
    assert guards.lifts("75ab", "0A01")
    assert not guards.lifts("75AB", "0A02")
    assert not guards.lifts("75AC", "0A01")


def test_an_object_without_a_number_is_named_by_nothing() -> None:
    assert not Guards(unprotect=frozenset({"none/none", "75AB/None"})).lifts(None, None)
    assert not Guards(unprotect=frozenset({"none/none", "75AB/None"})).lifts("75AB", None)


def test_a_driver_is_opened_once_at_first_use_and_closed_once() -> None:
    seen: list[str] = []

    def opening() -> str:
        seen.append("opened")
        return "driver"

    configured = Configured(opening, lambda driver: seen.append(f"closed {driver}"), Guards(), None)
    configured.close()
    assert seen == []
    assert [configured.driver, configured.driver] == ["driver", "driver"]
    configured.close()
    configured.close()
    assert seen == ["opened", "closed driver"]


def test_a_driver_that_cannot_be_opened_is_tried_again_at_the_next_use() -> None:
    failures = [ShelfError("down")]

    def opening() -> str:
        if failures:
            raise failures.pop()
        return "driver"

    configured = Configured(opening, lambda _driver: None, Guards(), None)
    with pytest.raises(ShelfError):
        _ = configured.driver
    assert configured.driver == "driver"

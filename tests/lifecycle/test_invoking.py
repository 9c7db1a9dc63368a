"""Actions: checked whenever they are asked about, told of while they run, and ended exactly once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest

from support.core import warnings_of
from support.shelf import Shelf, ShelfError
from support.shelf_action import Shake, ShakeAction
from terraform_provider_xivds8k.lifecycle import Action, Configured, Diagnostics, Guards, Invocation
from terraform_provider_xivds8k.lifecycle.invoking import invoke_action, plan_action, validate_action
from terraform_provider_xivds8k.lifecycle.progress import LONGEST_LINE
from terraform_provider_xivds8k.lifecycle.requests import Completed, InvocationEvent, Progressed
from terraform_provider_xivds8k.schema import UNKNOWN, Attr, Model, RawObject, duration, optional, required

WITHIN_S = 30.0
Doing = Callable[[Invocation["Bell"]], object]
Asking = Callable[..., Diagnostics]


class Rope(Model):
    """What a bell is rung with."""

    knot: Attr[str | None] = optional("How to undo it.", sensitive=True)


class Bell(Model, type_name="test_bell"):
    """A bell to ring."""

    tower: Attr[str] = required("Where it hangs.")
    words: Attr[list[str] | None] = optional("What is whispered.", sensitive=True)
    rope: Attr[Rope | None] = optional("Its rope.")
    ropes: Attr[dict[str, Rope] | None] = optional("Ropes by name.")
    timeout: Attr[str | None] = optional("How long it may ring.", check=[duration()])


class BellAction(Action[Bell, Doing]):
    """Ring a bell: whatever a test does then."""

    model = Bell
    default_timeout_s = 45.0

    def invoke(self, invocation: Invocation[Bell]) -> None:
        self.driver(invocation)


def bell(**values: Any) -> RawObject:
    return {**Bell.nothing().raw, "tower": "north", **values}


def ringing(doing: Doing) -> BellAction:
    return BellAction(Configured(lambda: doing, lambda _doing: None, Guards(), family=None))


def rung(doing: Doing, **values: Any) -> Iterator[InvocationEvent]:
    return invoke_action(ringing(doing), bell(**values))


def shake(**values: Any) -> RawObject:
    return {**Shake.nothing().raw, "name": "a", **values}


def shaking(shelf: Shelf, mode: Literal["full", "no_destroy", "read_only"] = "full") -> ShakeAction:
    return ShakeAction(Configured(lambda: shelf, lambda _shelf: None, Guards(mode=mode), family=None))


def invoked(action: Action[Any, Any], config: RawObject | None) -> Diagnostics:
    *_, end = invoke_action(action, config)
    assert isinstance(end, Completed)
    return end.diagnostics


EVERY_QUESTION = pytest.mark.parametrize("ask", [validate_action, plan_action, invoked])


def said(diagnostics: Diagnostics) -> list[tuple[str, str]]:
    return [(str(item.path), item.summary) for item in diagnostics.items if item.severity == "error"]


def lines(events: Iterator[InvocationEvent]) -> list[str]:
    *told, end = events
    assert isinstance(end, Completed)
    return [event.message for event in told if isinstance(event, Progressed)]


def test_progress_is_told_while_the_action_still_runs() -> None:
    gate, ended = threading.Event(), threading.Event()

    def doing(invocation: Invocation[Bell]) -> None:
        invocation.progress("half of it")
        assert gate.wait(WITHIN_S)
        ended.set()

    events = rung(doing)
    assert next(events) == Progressed("half of it")
    assert not ended.is_set()
    gate.set()
    assert list(events) == [Completed(Diagnostics(known=frozenset(Bell.shapes())))]
    assert ended.is_set()


def test_an_action_that_is_stopped_ends_with_the_reason(shelf: Shelf) -> None:
    sign = threading.Event()
    shelf.cancellation = sign
    events = invoke_action(shaking(shelf), shake(name="slow"))
    assert next(events) == Progressed("Shake 1, saying None")
    sign.set()
    (end,) = events
    assert isinstance(end, Completed)
    assert said(end.diagnostics) == [("", "Stopped")]


def test_a_problem_in_the_middle_is_the_end_with_its_attribute() -> None:
    def doing(invocation: Invocation[Bell]) -> None:
        invocation.progress("begun")
        raise ShelfError("The tower is closed", attribute="tower", code="E7", words="no entry")

    begun, end = rung(doing)
    assert begun == Progressed("begun")
    assert isinstance(end, Completed)
    assert said(end.diagnostics) == [("tower", "The tower is closed")]
    assert "E7: no entry" in end.diagnostics.items[0].detail


@pytest.mark.parametrize("error", [RuntimeError("hush"), SystemExit("hush"), KeyboardInterrupt("hush")])
def test_anything_else_in_the_middle_is_the_end_and_called_a_defect(error: BaseException) -> None:
    def doing(invocation: Invocation[Bell]) -> None:
        invocation.progress("begun")
        raise error

    begun, end = rung(doing)
    assert begun == Progressed("begun")
    assert isinstance(end, Completed)
    assert said(end.diagnostics) == [("", "The provider has a defect")]
    assert type(error).__name__ in end.diagnostics.items[0].detail
    assert "hush" not in f"{end}"


def test_an_error_said_and_not_raised_is_in_the_end() -> None:
    events = rung(lambda invocation: invocation.diagnostics.error(Bell.tower, "One member failed", "The others rang."))
    (end,) = events
    assert isinstance(end, Completed)
    assert said(end.diagnostics) == [("tower", "One member failed")]


def test_nothing_comes_after_the_end() -> None:
    kept: list[Invocation[Bell]] = []
    events = rung(kept.append)
    assert isinstance(next(events), Completed)
    kept[0].progress("too late")
    assert list(events) == []


def test_several_threads_of_an_action_may_tell() -> None:
    def doing(invocation: Invocation[Bell]) -> None:
        members = [threading.Thread(target=invocation.progress, args=(f"member {number}",)) for number in range(20)]
        for member in members:
            member.start()
        for member in members:
            member.join()

    assert sorted(lines(rung(doing))) == sorted(f"member {number}" for number in range(20))


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("plain", "plain"),
        ("two\nlines\r\n", "two lines"),
        ("\x1b[31mred\x1b[0m\ttab\x07\x00", "[31mred [0m tab"),
        ("turned\u202eround and\u2028broken", "turned round and broken"),
        ("half a letter \ud800", "half a letter"),
        ("Größe 10 GiB", "Größe 10 GiB"),
        ("x" * 5000, "x" * (LONGEST_LINE - 1) + "…"),
    ],
)
def test_what_is_told_is_one_printable_line(message: str, line: str) -> None:
    assert lines(rung(lambda invocation: invocation.progress(message))) == [line]


@pytest.mark.parametrize("message", ["", " ", "\n", "\x00\x1b", "\u2028\u200b"])
def test_a_message_that_says_nothing_is_not_sent(message: str) -> None:
    assert lines(rung(lambda invocation: invocation.progress(message))) == []


def test_no_secret_of_the_configuration_is_told() -> None:
    def doing(invocation: Invocation[Bell]) -> None:
        invocation.progress("north: first, first and more, a\nknot, another knot")

    hidden = {
        "words": ["first", "first and more"],
        "rope": {"knot": "a\nknot"},
        "ropes": {"long": {"knot": "another knot"}},
    }
    assert lines(rung(doing, **hidden)) == ["north: ***, ***, ***, ***"]


def test_a_write_only_value_reaches_the_action_and_nothing_it_tells(shelf: Shelf) -> None:
    events = invoke_action(shaking(shelf), shake(secret="hush", times=2))
    assert lines(events) == ["Shake 1, saying ***", "Shake 2, saying ***"]


@pytest.mark.parametrize(("timeout", "seconds"), [(None, 45.0), ("90s", 90.0), ("1h", 3600.0)])
def test_the_time_is_that_of_the_configuration_or_of_the_class(timeout: str | None, seconds: float) -> None:
    kept: list[Invocation[Bell]] = []
    list(rung(kept.append, timeout=timeout))
    assert kept[0].timeout_s == seconds
    assert 0 < kept[0].left_s <= seconds
    kept[0].began_s -= seconds
    assert kept[0].left_s == 0


@EVERY_QUESTION
def test_without_a_config_block_what_is_required_is_asked_for(ask: Asking) -> None:
    assert said(ask(ringing(lambda _: pytest.fail("it ran")), None)) == [("tower", "tower is required")]


@EVERY_QUESTION
@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"timeout": "soon"}, ("timeout", "timeout is not allowed")),
        ({"times": 10}, ("times", "times is not allowed")),
        ({"name": "nobody"}, ("name", "Nobody is no name")),
        ({"name": None}, ("name", "name is required")),
    ],
)
def test_a_configuration_is_checked_whenever_it_may_have_become_known(
    shelf: Shelf, ask: Asking, values: dict[str, Any], complaint: tuple[str, str]
) -> None:
    assert said(ask(shaking(shelf), shake(**values))) == [complaint]


@pytest.mark.parametrize("ask", [validate_action, plan_action])
def test_what_is_not_known_yet_is_accepted_until_it_runs(shelf: Shelf, ask: Asking) -> None:
    config = dict.fromkeys(Shake.shapes(), UNKNOWN)
    assert said(ask(shaking(shelf), config)) == []


def test_what_is_not_known_is_never_acted_on(shelf: Shelf) -> None:
    (summary,) = said(invoked(shaking(shelf), shake(gently=UNKNOWN, times=UNKNOWN)))
    assert summary == ("", "gently, times must be known when the action runs")


def test_a_plan_may_look_and_complain(shelf: Shelf) -> None:
    assert warnings_of(plan_action(shaking(shelf), shake())) == ["The shelf is empty"]
    assert said(plan_action(shaking(shelf), shake(name="planned badly"))) == [("name", "No plan")]


@pytest.mark.parametrize(
    ("mode", "gently", "warned"),
    [
        ("full", False, False),
        ("read_only", False, True),
        ("read_only", True, False),
        ("read_only", UNKNOWN, True),
        ("no_destroy", False, True),
        ("no_destroy", True, False),
    ],
)
def test_a_plan_warns_where_the_mode_will_refuse(
    shelf: Shelf, mode: Literal["full", "no_destroy", "read_only"], gently: Any, warned: bool
) -> None:
    told = warnings_of(plan_action(shaking(shelf, mode), shake(gently=gently)))
    assert (f'The array will not be changed by this apply: mode = "{mode}"' in told) == warned


def test_what_only_changes_is_not_warned_of_where_only_destroying_is_refused() -> None:
    action = BellAction(Configured(lambda: print, lambda _: None, Guards(mode="no_destroy"), family=None))
    assert plan_action(action, bell()).items == []


def test_an_action_meets_an_unconfigured_provider_only_when_it_needs_it() -> None:
    assert validate_action(ShakeAction(None), shake()).items == []
    assert said(invoked(ShakeAction(None), shake())) == [("", "The provider has a defect")]


def test_a_defect_before_it_runs_is_the_end_too() -> None:
    class Broken(BellAction):
        """Fail when checked."""

        def validate(self, config: Bell, diagnostics: Diagnostics) -> None:
            raise RuntimeError(config.tower)

    action = Broken(None)
    for found in (validate_action(action, bell()), plan_action(action, bell()), invoked(action, bell())):
        assert said(found) == [("", "The provider has a defect")]

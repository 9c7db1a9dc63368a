"""What the RPCs about actions answer, and that an invocation is told of over the wire while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.plugin_client import Plugin, value
from support.shelf import ShelfBlock, ShelfProvider
from support.shelf_action import Shake
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.handlers import handlers_for
from terraform_provider_xivds8k.plugin.server import RpcContext
from terraform_provider_xivds8k.plugin.stop import Cancellation
from terraform_provider_xivds8k.schema import UNKNOWN

Start = Callable[..., Plugin]
Ask = Callable[..., Any]
NODE = Shake.node()
NOTHING = pb.DynamicValue(msgpack=b"\xc0")  # what Terraform sends where there is no config block
BLOCK = pb.ConfigureProvider.Request(config=value(ShelfBlock.nothing().raw, ShelfBlock.node()))
EVERY_QUESTION = pytest.mark.parametrize("name", ["ValidateActionConfig", "PlanAction", "InvokeAction"])


@pytest.fixture
def ask() -> Ask:
    """Ask a configured provider about shaking the shelf."""
    handlers, context = handlers_for(ShelfProvider()), RpcContext("test", Cancellation())
    handlers["ConfigureProvider"](BLOCK, context)

    def asking(name: str, config: pb.DynamicValue) -> Any:
        answer = handlers[name](_request(name, config), context)
        return list(answer) if name == "InvokeAction" else answer

    return asking


def _request(name: str, config: pb.DynamicValue) -> Any:
    which = "type_name" if name == "ValidateActionConfig" else "action_type"
    return getattr(pb, name).Request(**{which: "shelf_shake", "config": config})


def _shake(**values: Any) -> pb.DynamicValue:
    return value({**Shake.nothing().raw, "name": "a", **values}, NODE)


def _summaries(answer: Any) -> list[str]:
    holder = answer[-1].completed if isinstance(answer, list) else answer
    return [item.summary for item in holder.diagnostics]


def _kinds(events: list[Any]) -> list[str | None]:
    return [event.WhichOneof("type") for event in events]


@EVERY_QUESTION
@pytest.mark.parametrize("config", [NOTHING, pb.DynamicValue(), value(Shake.nothing().raw, NODE)])
def test_without_a_configuration_what_is_required_is_asked_for(ask: Ask, name: str, config: pb.DynamicValue) -> None:
    answer = ask(name, config)
    assert _summaries(answer) == ["name is required"]
    holder = answer[-1].completed if isinstance(answer, list) else answer
    assert holder.diagnostics[0].attribute.steps[0].attribute_name == "name"


@pytest.mark.parametrize("name", ["ValidateActionConfig", "PlanAction"])
def test_what_is_not_known_yet_is_no_error(ask: Ask, name: str) -> None:
    answer = ask(name, value(dict.fromkeys(Shake.shapes(), UNKNOWN), NODE))
    assert all(item.severity == pb.Diagnostic.WARNING for item in answer.diagnostics)


def test_an_invocation_is_progress_and_one_end(ask: Ask) -> None:
    events = ask("InvokeAction", _shake(times=2, secret="hush"))
    assert _kinds(events) == ["progress", "progress", "completed"]
    assert [event.progress.message for event in events[:2]] == ["Shake 1, saying ***", "Shake 2, saying ***"]
    assert _summaries(events) == []


@pytest.mark.parametrize(
    ("name", "summary"), [("refused", "The shelf refuses"), ("broken", "The provider has a defect")]
)
def test_an_invocation_that_fails_ends_with_the_reason(ask: Ask, name: str, summary: str) -> None:
    events = ask("InvokeAction", _shake(name=name))
    assert _kinds(events) == ["progress", "completed"]
    assert _summaries(events) == [summary]


def test_over_the_wire_a_stop_ends_an_invocation_whose_progress_was_already_seen(start: Start) -> None:
    plugin = start()
    plugin.call("ConfigureProvider", BLOCK)
    events = plugin.start("InvokeAction", _request("InvokeAction", _shake(name="slow")))
    assert next(events).progress.message == "Shake 1, saying None"
    assert plugin.call("StopProvider", pb.StopProvider.Request()).Error == ""
    rest = list(events)
    assert _kinds(rest) == ["completed"]
    assert _summaries(rest) == ["Stopped"]


def test_after_the_sign_to_stop_only_the_end_is_told() -> None:
    """Terraform 1.15 that was stopped crashes at the second event from then on."""
    handlers, context = handlers_for(ShelfProvider()), RpcContext("test", Cancellation())
    handlers["ConfigureProvider"](BLOCK, context)
    context.cancellation.set()
    assert _kinds(list(handlers["InvokeAction"](_request("InvokeAction", _shake(times=3)), context))) == ["completed"]


@pytest.mark.parametrize(("kind", "junk"), [("no_such", b""), ("shelf_shake", b"\xc1"), ("shelf_shake", b"\x80")])
def test_what_cannot_be_asked_is_one_end_with_an_error(plugin: Plugin, kind: str, junk: bytes) -> None:
    request = pb.InvokeAction.Request(action_type=kind, config=pb.DynamicValue(msgpack=junk))
    events = plugin.call("InvokeAction", request)
    assert _kinds(events) == ["completed"]
    assert [item.severity for item in events[0].completed.diagnostics] == [pb.Diagnostic.ERROR]

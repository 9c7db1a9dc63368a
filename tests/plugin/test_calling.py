"""What CallFunction answers, message by message; nothing is configured, as Terraform leaves it for functions."""

from __future__ import annotations

from typing import Any

import pytest

from support.plugin_client import Plugin
from support.shelf import ShelfProvider
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.handlers import handlers_for
from terraform_provider_xivds8k.plugin.server import RpcContext
from terraform_provider_xivds8k.plugin.stop import Cancellation
from terraform_provider_xivds8k.schema import UNKNOWN
from terraform_provider_xivds8k.schema.codec import decode, encode
from terraform_provider_xivds8k.schema.types import NUMBER, STRING, ListType

A, TWO, NULL, LATER = encode("a", STRING), encode(2, NUMBER), b"\xc0", b"\xd4\x00\x00"
INFINITE = b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"


def _ask(name: str, *arguments: bytes) -> Any:
    request = pb.CallFunction.Request(name=name, arguments=[pb.DynamicValue(msgpack=one) for one in arguments])
    return handlers_for(ShelfProvider())["CallFunction"](request, RpcContext("test", Cancellation()))


def test_a_call_is_answered_with_the_result_alone() -> None:
    answer = _ask("labels", A, TWO)
    assert not answer.HasField("error")
    assert decode(answer.result.msgpack, ListType(STRING)) == ["a", "a"]


def test_unknown_is_answered_with_unknown() -> None:
    answer = _ask("labels", LATER, TWO)
    assert not answer.HasField("error")
    assert decode(answer.result.msgpack, ListType(STRING)) is UNKNOWN


@pytest.mark.parametrize(
    ("arguments", "index", "words"),
    [
        ((A, A), 1, "copies cannot be read: expected a number"),
        ((TWO, TWO), 0, "text cannot be read: expected a string"),
        ((A, b"\xc1"), 1, "copies cannot be read: not msgpack"),
        ((A, INFINITE), 1, "copies cannot be read: expected a number"),
        ((NULL, TWO), 0, "text is null"),
        ((b"", TWO), 0, "text is null"),
        ((A,), None, "was called with 1 arguments"),
        ((A, TWO, TWO), None, "was called with 3 arguments"),
        ((encode("broken", STRING), TWO), None, "The provider has a defect"),
    ],
)
def test_an_error_is_alone_too_and_has_the_index_of_the_argument(
    arguments: tuple[bytes, ...], index: int | None, words: str
) -> None:
    answer = _ask("labels", *arguments)
    assert not answer.HasField("result")
    assert words in answer.error.text
    assert (answer.error.function_argument if answer.error.HasField("function_argument") else None) == index


def test_over_the_wire_a_function_of_another_version_is_an_error_in_one_sentence(plugin: Plugin) -> None:
    answer = plugin.call("CallFunction", pb.CallFunction.Request(name="levels"))
    assert answer.error.text.startswith("This provider has no levels. ")
    assert "\n" not in answer.error.text
    assert not answer.error.text.endswith(".")

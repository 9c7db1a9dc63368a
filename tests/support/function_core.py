"""Stand in for Terraform core where it calls a provider's functions: over the wire's messages, with core's complaints.

Facts: the protocol reference, sections 1.6 and 4.14.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from terraform_provider_xivds8k.lifecycle import Provider
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.handlers import handlers_for
from terraform_provider_xivds8k.plugin.server import RpcContext
from terraform_provider_xivds8k.plugin.stop import Cancellation
from terraform_provider_xivds8k.schema import UNKNOWN, Raw, is_wholly_known
from terraform_provider_xivds8k.schema.codec import decode, encode
from terraform_provider_xivds8k.schema.types import BOOL, NUMBER, STRING, ListType, SetType, Type

from .core_checks import Complaint

_SIMPLE: dict[str, Type] = {"string": STRING, "number": NUMBER, "bool": BOOL}
_COLLECTION: dict[str, Callable[[Type], Type]] = {"list": ListType, "set": SetType}


class FunctionError(Exception):
    """The function refused, as Terraform words it; ``argument`` is the name of the parameter it points at."""

    def __init__(self, text: str, argument: str | None) -> None:
        where = f'Invalid value for "{argument}" parameter' if argument else "Call to function failed"
        super().__init__(f"{where}: {text}.")
        self.argument = argument


class FunctionCore:
    """Call the functions a provider declares."""

    def __init__(self, provider: Provider[Any]) -> None:
        self._handlers = handlers_for(provider)
        self.declared = dict(self._ask("GetProviderSchema", pb.GetProviderSchema.Request()).functions)

    def call(self, name: str, *arguments: Raw) -> Raw:
        """Return the result; raises FunctionError where Terraform shows an error, Complaint where it sees a defect."""
        declared = self.declared[name]
        if len(arguments) != len(declared.parameters):
            raise FunctionError("Wrong number of arguments", None)
        for parameter, value in zip(declared.parameters, arguments, strict=True):
            if value is None and not parameter.allow_null_value:
                raise FunctionError("argument must not be null", parameter.name)
        if not all(is_wholly_known(value) for value in arguments):
            return UNKNOWN  # no parameter allows unknown values
        results = [self._called(name, arguments) for _ in range(2)]
        if results[0] != results[1]:
            raise Complaint(f"{name} is not pure: {results}")
        return results[0]

    def _called(self, name: str, arguments: tuple[Raw, ...]) -> Raw:
        declared = self.declared[name]
        kinds = [_type(parameter.type) for parameter in declared.parameters]
        wire = [pb.DynamicValue(msgpack=encode(value, kind)) for value, kind in zip(arguments, kinds, strict=True)]
        answer = self._ask("CallFunction", pb.CallFunction.Request(name=name, arguments=wire))
        if answer.HasField("error"):
            raise self._error(answer.error, declared)
        if not answer.result.msgpack:
            raise Complaint(f"{name} answers neither a result nor an error")
        result = decode(answer.result.msgpack, _type(getattr(declared, "return").type))
        if result is None or not is_wholly_known(result):
            raise Complaint(f"{name} of known arguments is {result}")
        return result

    @staticmethod
    def _error(error: Any, declared: Any) -> Exception:
        if not error.text or error.text.endswith(".") or "\n" in error.text:
            return Complaint(f"not a part of a sentence: {error.text!r}")
        if not error.HasField("function_argument"):
            return FunctionError(error.text, None)
        return FunctionError(error.text, declared.parameters[error.function_argument].name)

    def _ask(self, name: str, request: Any) -> Any:
        return self._handlers[name](request, RpcContext("test", Cancellation()))


def _type(constraint: bytes) -> Type:
    parsed = json.loads(constraint)
    if isinstance(parsed, list):
        return _COLLECTION[parsed[0]](_SIMPLE[parsed[1]])
    return _SIMPLE[parsed]

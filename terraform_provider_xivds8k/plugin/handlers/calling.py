"""RPCs about functions: what there are, and a call."""

from __future__ import annotations

from terraform_provider_xivds8k.lifecycle import calling
from terraform_provider_xivds8k.lifecycle.requests import Called
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.server import RpcContext
from terraform_provider_xivds8k.schema import Raw
from terraform_provider_xivds8k.schema.codec import CodecError, decode, encode

from .convert import function_message
from .session import Session


def get_functions(
    session: Session, _request: pb.GetFunctions.Request, _context: RpcContext
) -> pb.GetFunctions.Response:
    """Answer GetFunctions."""
    kinds = session.provider.functions.items()
    return pb.GetFunctions.Response(functions={name: function_message(kind) for name, kind in kinds})


def call_function(session: Session, request: pb.CallFunction.Request, _context: RpcContext) -> pb.CallFunction.Response:
    """Answer CallFunction; the provider need not be configured."""
    function = session.function(request.name)
    arguments: list[Raw] = []
    for index, (attribute, value) in enumerate(zip(function.model.node().attributes, request.arguments, strict=False)):
        try:
            arguments.append(decode(value.msgpack, attribute.type) if value.msgpack else None)
        except CodecError as error:
            return _error(Called(error=f"{attribute.name} cannot be read: {error}", argument=index))
    arguments += [None] * (len(request.arguments) - len(arguments))  # as many as came, for the count is checked below
    called = calling.call_function(function, arguments)
    if called.error:
        return _error(called)
    return pb.CallFunction.Response(result=pb.DynamicValue(msgpack=encode(called.result, function.returns().node)))


def _error(called: Called) -> pb.CallFunction.Response:
    return pb.CallFunction.Response(error=pb.FunctionError(text=called.error, function_argument=called.argument))

"""The gRPC server: every RPC of the protocol answered, none ever with a gRPC error.

Handlers are functions from request message to response message; this module knows no message by name.  Registered
from the descriptor in a loop, and looked up when the first RPC comes: Terraform waits for nothing but the handshake.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message_factory import GetMessageClass

from .answers import failure, guarded
from .generated import goplugin_pb2, health_pb2
from .generated import tfplugin6_pb2 as pb
from .stop import Cancellation

_log = logging.getLogger("plugin")

THREADS = 256
MESSAGE_BYTES = 256 * 2**20
SERVICE = pb.DESCRIPTOR.services_by_name["Provider"]
OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),
)


@dataclass(frozen=True, slots=True)
class RpcContext:
    """Say who calls, and whether the run shall stop."""

    peer: str
    cancellation: Cancellation


Handler = Callable[[Any, RpcContext], Any]
Handlers = Callable[[], Mapping[str, Handler]]  # may block until they are there


def explain(error: Exception) -> tuple[str, str]:
    """Return summary and detail for an exception a handler let through; the traceback goes to the log alone."""
    try:
        from terraform_provider_xivds8k.lifecycle import Problem, defect_text, problem_text
    except Exception:  # noqa: BLE001 - what cannot be imported may be the reason for the error
        _log.exception("not installed whole")
        return "The provider cannot be loaded", f"{type(error).__name__}: {error}. Install it again."

    if isinstance(error, Problem):
        _log.debug("refused", exc_info=error)
        return error.summary, problem_text(error)
    _log.error("defect", exc_info=error)
    return "The provider has a defect", defect_text(error)


def new_server(
    handlers: Handlers, cancellation_of: Callable[[str], Cancellation], shutdown: Callable[[], None]
) -> grpc.Server:
    """Return a server that is not bound to an address yet.

    ``cancellation_of`` finds the sign to stop by a gRPC peer; ``shutdown`` runs when Terraform ends the process.
    """
    server = grpc.server(ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="rpc"), options=OPTIONS)
    methods = {method.name: _rpc(method, handlers, cancellation_of) for method in SERVICE.methods}
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(SERVICE.full_name, methods),
            grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": _shutdown(shutdown)}),
            grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": _health()}),
        )
    )
    return server


def _stop(_request: pb.StopProvider.Request, context: RpcContext) -> pb.StopProvider.Response:
    _log.info("stop asked for")
    context.cancellation.set()
    return pb.StopProvider.Response()


def _rpc(method: Any, handlers: Handlers, cancellation_of: Callable[[str], Cancellation]) -> grpc.RpcMethodHandler:
    def answer(request: Any, call: grpc.ServicerContext) -> Any:
        peer = call.peer()
        return _answer(method, handlers, request, RpcContext(peer, cancellation_of(peer)))

    kinds = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
    }
    return kinds[method.client_streaming, method.server_streaming](
        answer,
        request_deserializer=GetMessageClass(method.input_type).FromString,
        response_serializer=GetMessageClass(method.output_type).SerializeToString,
    )


def _answer(method: Any, handlers: Handlers, request: Any, context: RpcContext) -> Any:
    started = time.monotonic()
    try:
        handler = _stop if method.name == "StopProvider" else handlers().get(method.name)
        if handler is None:
            return failure(
                method, f"{method.name} is not supported", "This provider does not offer what Terraform asked for."
            )
        response = handler(request, context)
    except Exception as error:  # noqa: BLE001 - the last stop before Terraform, which would show a crash
        response = failure(method, *explain(error))
    _log.debug(
        "answered", extra={"tf_rpc": method.name, "tf_req_duration_ms": round((time.monotonic() - started) * 1e3)}
    )
    return guarded(response, method, explain) if isinstance(response, Iterator) else response


def _shutdown(shutdown: Callable[[], None]) -> grpc.RpcMethodHandler:
    def answer(_request: Any, call: grpc.ServicerContext) -> Any:
        call.add_callback(shutdown)
        return goplugin_pb2.Empty()

    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=goplugin_pb2.Empty.FromString,
        response_serializer=goplugin_pb2.Empty.SerializeToString,
    )


def _health() -> grpc.RpcMethodHandler:
    serving = health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)
    return grpc.unary_unary_rpc_method_handler(
        lambda _request, _call: serving,
        request_deserializer=health_pb2.HealthCheckRequest.FromString,
        response_serializer=health_pb2.HealthCheckResponse.SerializeToString,
    )

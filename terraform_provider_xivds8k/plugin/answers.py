"""What an RPC answers when it cannot be answered: diagnostics in the right place of the right message.

The places are found from the descriptor, so a new RPC needs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from .generated import tfplugin6_pb2 as pb


def failure(method: Any, summary: str, detail: str) -> Any:
    """Return the answer of an RPC (a message, or an iterator for a streaming one) that carries one error."""
    answer = GetMessageClass(method.output_type)()
    _put(answer, pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary=summary, detail=detail))
    return iter([answer]) if method.server_streaming else answer


def _put(answer: Message, diagnostic: pb.Diagnostic) -> None:
    fields: Any = answer
    names = answer.DESCRIPTOR.fields_by_name
    if "diagnostics" in names:
        fields.diagnostics.append(diagnostic)
    elif "diagnostic" in names:  # an event of a listing
        fields.diagnostic.append(diagnostic)
    elif "completed" in names:  # an event of an action
        fields.completed.diagnostics.append(diagnostic)
    elif "error" in names:  # a function
        fields.error.text = " ".join(f"{diagnostic.summary}. {diagnostic.detail}".split()).rstrip(".")
    elif "Error" in names:  # StopProvider
        fields.Error = diagnostic.summary


def guarded(stream: Iterator[Any], method: Any, explain: Any) -> Iterator[Any]:
    """Yield a stream's events, and end it with an error event where it raises; ``explain`` makes its texts."""
    try:
        yield from stream
    except Exception as error:  # noqa: BLE001 - the last stop before Terraform, which would show a crash
        yield from failure(method, *explain(error))

"""RPCs about actions: validate, plan, and the invocation as a stream of events."""

from __future__ import annotations

from collections.abc import Iterator

from terraform_provider_xivds8k.lifecycle import invoking
from terraform_provider_xivds8k.lifecycle.requests import Progressed
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.server import RpcContext

from .convert import diagnostic_messages, object_of
from .session import Session


def validate_action_config(
    session: Session, request: pb.ValidateActionConfig.Request, context: RpcContext
) -> pb.ValidateActionConfig.Response:
    """Answer ValidateActionConfig."""
    action = session.action(request.type_name, context)
    found = invoking.validate_action(action, object_of(request.config, action.model.node()))
    return pb.ValidateActionConfig.Response(diagnostics=diagnostic_messages(found))


def plan_action(session: Session, request: pb.PlanAction.Request, context: RpcContext) -> pb.PlanAction.Response:
    """Answer PlanAction."""
    action = session.action(request.action_type, context)
    found = invoking.plan_action(action, object_of(request.config, action.model.node()))
    return pb.PlanAction.Response(diagnostics=diagnostic_messages(found))


def invoke_action(
    session: Session, request: pb.InvokeAction.Request, context: RpcContext
) -> Iterator[pb.InvokeAction.Event]:
    """Answer InvokeAction: progress as it happens, and one end.

    Terraform 1.15 that was told to stop takes one event more and crashes at the next: from the sign on, only the end.
    """
    action = session.action(request.action_type, context)
    for event in invoking.invoke_action(action, object_of(request.config, action.model.node())):
        if isinstance(event, Progressed):
            if context.cancellation.is_set():
                continue
            yield pb.InvokeAction.Event(progress=pb.InvokeAction.Event.Progress(message=event.message))
        else:
            said = diagnostic_messages(event.diagnostics)
            yield pb.InvokeAction.Event(completed=pb.InvokeAction.Event.Completed(diagnostics=said))

"""RPCs about managed resources: validate, upgrade, read, plan, apply."""

from __future__ import annotations

from typing import Any

from terraform_provider_xivds8k.lifecycle import Diagnostics, Resource
from terraform_provider_xivds8k.lifecycle.applying import apply
from terraform_provider_xivds8k.lifecycle.planning import plan
from terraform_provider_xivds8k.lifecycle.reading import read
from terraform_provider_xivds8k.lifecycle.requests import ApplyRequest, PlanRequest, ReadRequest
from terraform_provider_xivds8k.lifecycle.settling import concealed
from terraform_provider_xivds8k.lifecycle.validation import validate_values
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.server import RpcContext
from terraform_provider_xivds8k.schema import ModelNode, RawObject
from terraform_provider_xivds8k.schema.codec import CodecError, from_json

from .convert import diagnostic_messages, identity_message, identity_of, object_of, path_message, value_of
from .session import Session


def validate_resource_config(
    session: Session, request: pb.ValidateResourceConfig.Request, context: RpcContext
) -> pb.ValidateResourceConfig.Response:
    """Answer ValidateResourceConfig."""
    resource, diagnostics = session.resource(request.type_name, context), Diagnostics()
    node = resource.model.node()
    config = object_of(request.config, node)
    if config is not None:
        validate_values(node, config, diagnostics)
        if not diagnostics.has_errors:
            resource.validate(resource.model.from_raw(config), diagnostics)
        if not request.client_capabilities.write_only_attributes_allowed:
            _refuse_write_only(resource, config, diagnostics)
    return pb.ValidateResourceConfig.Response(diagnostics=diagnostic_messages(diagnostics))


def _refuse_write_only(resource: Resource[Any, Any], config: dict[str, Any], diagnostics: Diagnostics) -> None:
    for attribute in resource.model.node().attributes:
        if attribute.write_only and config[attribute.name] is not None:
            diagnostics.error(
                getattr(resource.model, attribute.name),
                f"{attribute.name} needs Terraform 1.11",
                "It is write-only, so that it never reaches a state; this Terraform does not know such attributes.",
            )


def upgrade_resource_state(
    session: Session, request: pb.UpgradeResourceState.Request, context: RpcContext
) -> pb.UpgradeResourceState.Response:
    """Answer UpgradeResourceState, which Terraform also asks for states of the current version."""
    node = session.resource(request.type_name, context).model.node()
    diagnostics = Diagnostics()
    state = _stored(request, node, diagnostics)
    response = pb.UpgradeResourceState.Response(diagnostics=diagnostic_messages(diagnostics))
    if state is not None:
        response.upgraded_state.CopyFrom(value_of(concealed(node, state), node))
    return response


def _stored(request: pb.UpgradeResourceState.Request, node: ModelNode, diagnostics: Diagnostics) -> RawObject | None:
    if not request.raw_state.json:
        diagnostics.error(
            None,
            "The stored state is too old",
            "It was written by a Terraform before 0.12; upgrade through 0.13 first.",
        )
        return None
    try:
        state = from_json(request.raw_state.json, node.type)
        if isinstance(state, dict):
            return state
        reason = "it is null"  # answered as it is, Terraform would forget the object without a word
    except CodecError as error:
        reason = str(error)
    diagnostics.error(
        None,
        f"The stored state of a {request.type_name} cannot be read",
        f"The state does not have the type's form: {reason}. Nothing was changed. Restore the state from a backup "
        "(terraform state pull and push), or take the object out of it and import it again.",
    )
    return None


def upgrade_resource_identity(
    session: Session, request: pb.UpgradeResourceIdentity.Request, context: RpcContext
) -> pb.UpgradeResourceIdentity.Response:
    """Answer UpgradeResourceIdentity."""
    node = session.resource(request.type_name, context).identity.node()
    identity = from_json(request.raw_identity.json, node.type)
    return pb.UpgradeResourceIdentity.Response(
        upgraded_identity=identity_message(identity if isinstance(identity, dict) else None, node)
    )


def read_resource(session: Session, request: pb.ReadResource.Request, context: RpcContext) -> pb.ReadResource.Response:
    """Answer ReadResource."""
    resource = session.resource(request.type_name, context)
    node, identity_node = resource.model.node(), resource.identity.node()
    state = object_of(request.current_state, node)
    if state is None:
        return pb.ReadResource.Response(new_state=value_of(None, node))
    identity = identity_of(request.current_identity, identity_node)
    found = read(resource, ReadRequest(state, request.private, identity))
    return pb.ReadResource.Response(
        new_state=value_of(found.state, node),
        diagnostics=diagnostic_messages(found.diagnostics),
        private=found.private,
        new_identity=identity_message(found.identity, identity_node),
    )


def plan_resource_change(
    session: Session, request: pb.PlanResourceChange.Request, context: RpcContext
) -> pb.PlanResourceChange.Response:
    """Answer PlanResourceChange."""
    resource = session.resource(request.type_name, context)
    node, identity_node = resource.model.node(), resource.identity.node()
    planned = plan(
        resource,
        PlanRequest(
            prior=object_of(request.prior_state, node),
            proposed=object_of(request.proposed_new_state, node),
            config=object_of(request.config, node),
            private=request.prior_private,
            identity=identity_of(request.prior_identity, identity_node),
        ),
    )
    return pb.PlanResourceChange.Response(
        planned_state=value_of(planned.planned, node),
        requires_replace=[path for path in map(path_message, planned.requires_replace) if path is not None],
        planned_private=planned.private,
        diagnostics=diagnostic_messages(planned.diagnostics),
        planned_identity=identity_message(planned.identity, identity_node),
    )


def apply_resource_change(
    session: Session, request: pb.ApplyResourceChange.Request, context: RpcContext
) -> pb.ApplyResourceChange.Response:
    """Answer ApplyResourceChange."""
    resource = session.resource(request.type_name, context)
    node, identity_node = resource.model.node(), resource.identity.node()
    applied = apply(
        resource,
        ApplyRequest(
            prior=object_of(request.prior_state, node),
            planned=object_of(request.planned_state, node),
            config=object_of(request.config, node),
            private=request.planned_private,
            identity=identity_of(request.planned_identity, identity_node),
        ),
    )
    return pb.ApplyResourceChange.Response(
        new_state=value_of(applied.state, node),
        private=applied.private,
        diagnostics=diagnostic_messages(applied.diagnostics),
        new_identity=identity_message(applied.identity, identity_node),
    )

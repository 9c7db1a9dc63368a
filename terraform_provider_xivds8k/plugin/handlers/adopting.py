"""RPCs that bring objects in: import, move, listings, generated configuration; and data sources."""

from __future__ import annotations

from collections.abc import Iterator

from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.lifecycle.importing import generate_config, import_object, list_objects
from terraform_provider_xivds8k.lifecycle.moving import move_object
from terraform_provider_xivds8k.lifecycle.reading import read_data
from terraform_provider_xivds8k.lifecycle.requests import ImportRequest, MoveRequest
from terraform_provider_xivds8k.lifecycle.validation import validate_values
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.server import RpcContext

from .convert import diagnostic_messages, identity_message, identity_of, object_of, value_of
from .session import Session


def import_resource_state(
    session: Session, request: pb.ImportResourceState.Request, context: RpcContext
) -> pb.ImportResourceState.Response:
    """Answer ImportResourceState."""
    resource = session.resource(request.type_name, context)
    identity_node = resource.identity.node()
    imported = import_object(resource, ImportRequest(request.id, identity_of(request.identity, identity_node)))
    response = pb.ImportResourceState.Response(diagnostics=diagnostic_messages(imported.diagnostics))
    if imported.state is not None:
        response.imported_resources.add(
            type_name=request.type_name,
            state=value_of(imported.state, resource.model.node()),
            private=imported.private,
            identity=identity_message(imported.identity, identity_node),
        )
    return response


def move_resource_state(
    session: Session, request: pb.MoveResourceState.Request, context: RpcContext
) -> pb.MoveResourceState.Response:
    """Answer MoveResourceState; no provider block has been seen by then."""
    target = session.resource(request.target_type_name, context)
    moved = move_object(
        session.provider,
        target,
        MoveRequest(
            provider_address=request.source_provider_address,
            type_name=request.source_type_name,
            schema_version=request.source_schema_version,
            state=request.source_state.json,
            private=request.source_private,
        ),
    )
    response = pb.MoveResourceState.Response(
        diagnostics=diagnostic_messages(moved.diagnostics),
        target_private=moved.private,
        target_identity=identity_message(moved.identity, target.identity.node()),
    )
    if moved.state is not None:
        response.target_state.CopyFrom(value_of(moved.state, target.model.node()))
    return response


def generate_resource_config(
    session: Session, request: pb.GenerateResourceConfig.Request, context: RpcContext
) -> pb.GenerateResourceConfig.Response:
    """Answer GenerateResourceConfig."""
    resource = session.resource(request.type_name, context)
    node = resource.model.node()
    state = object_of(request.state, node)
    return pb.GenerateResourceConfig.Response(
        config=value_of(generate_config(resource, state) if state is not None else None, node)
    )


def validate_list_resource_config(
    session: Session, request: pb.ValidateListResourceConfig.Request, context: RpcContext
) -> pb.ValidateListResourceConfig.Response:
    """Answer ValidateListResourceConfig."""
    resource, diagnostics = session.listable(request.type_name, context), Diagnostics()
    model = resource.list_config
    config = object_of(request.config, model.node())
    config = config if config is not None else model.nothing().raw
    validate_values(model.node(), config, diagnostics)
    if not diagnostics.has_errors:
        resource.validate_listing(model.from_raw(config), diagnostics)
    return pb.ValidateListResourceConfig.Response(diagnostics=diagnostic_messages(diagnostics))


def list_resource(
    session: Session, request: pb.ListResource.Request, context: RpcContext
) -> Iterator[pb.ListResource.Event]:
    """Answer ListResource, an event an object."""
    resource = session.listable(request.type_name, context)
    config = object_of(request.config, resource.list_config.node())
    diagnostics = Diagnostics()
    with diagnostics.catching():
        listed = list_objects(
            resource,
            config if config is not None else resource.list_config.nothing().raw,
            whole=request.include_resource_object,
            limit=request.limit,
        )
        for one in listed:
            yield pb.ListResource.Event(
                identity=identity_message(one.identity, resource.identity.node()),
                display_name=one.display_name,
                resource_object=value_of(one.state, resource.model.node()) if one.state is not None else None,
            )
    diagnostics.items.extend(resource.not_listed.items)
    if diagnostics.items:
        yield pb.ListResource.Event(diagnostic=diagnostic_messages(diagnostics))


def validate_data_resource_config(
    session: Session, request: pb.ValidateDataResourceConfig.Request, context: RpcContext
) -> pb.ValidateDataResourceConfig.Response:
    """Answer ValidateDataResourceConfig."""
    source, diagnostics = session.data_source(request.type_name, context), Diagnostics()
    config = object_of(request.config, source.model.node())
    if config is not None:
        validate_values(source.model.node(), config, diagnostics)
        if not diagnostics.has_errors:
            source.validate(source.model.from_raw(config), diagnostics)
    return pb.ValidateDataResourceConfig.Response(diagnostics=diagnostic_messages(diagnostics))


def read_data_source(
    session: Session, request: pb.ReadDataSource.Request, context: RpcContext
) -> pb.ReadDataSource.Response:
    """Answer ReadDataSource."""
    source = session.data_source(request.type_name, context)
    node = source.model.node()
    config = object_of(request.config, node)
    found = read_data(source, config if config is not None else source.model.nothing().raw)
    response = pb.ReadDataSource.Response(diagnostics=diagnostic_messages(found.diagnostics))
    if found.state is not None:
        response.state.CopyFrom(value_of(found.state, node))
    return response

"""RPCs that describe the provider and settle its block: schema, metadata, identities, configuration."""

from __future__ import annotations

import functools
from typing import Any

from terraform_provider_xivds8k.lifecycle import Diagnostics, ListableResource, Provider
from terraform_provider_xivds8k.lifecycle.validation import validate_values
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.server import RpcContext

from .convert import diagnostic_messages, function_message, identity_schema_message, object_of, schema_message
from .session import Session

CAPABILITIES = pb.ServerCapabilities(
    plan_destroy=True, get_provider_schema_optional=True, move_resource_state=True, generate_resource_config=True
)


def get_metadata(session: Session, _request: pb.GetMetadata.Request, _context: RpcContext) -> pb.GetMetadata.Response:
    """Answer GetMetadata."""
    provider = session.provider
    return pb.GetMetadata.Response(
        server_capabilities=CAPABILITIES,
        data_sources=[pb.GetMetadata.DataSourceMetadata(type_name=name) for name in provider.data_sources],
        resources=[pb.GetMetadata.ResourceMetadata(type_name=name) for name in provider.resources],
        list_resources=[
            pb.GetMetadata.ListResourceMetadata(type_name=name)
            for name, kind in provider.resources.items()
            if issubclass(kind, ListableResource)
        ],
        actions=[pb.GetMetadata.ActionMetadata(type_name=name) for name in provider.actions],
        functions=[pb.GetMetadata.FunctionMetadata(name=name) for name in provider.functions],
    )


def get_provider_schema(
    session: Session, _request: pb.GetProviderSchema.Request, _context: RpcContext
) -> pb.GetProviderSchema.Response:
    """Answer GetProviderSchema."""
    return _schema_of(session.provider)


@functools.lru_cache(maxsize=1)  # a process that is attached to is asked again by every command
def _schema_of(provider: Provider[Any]) -> pb.GetProviderSchema.Response:
    return pb.GetProviderSchema.Response(
        provider=schema_message(provider.model.node()),
        resource_schemas={name: schema_message(kind.model.node()) for name, kind in provider.resources.items()},
        data_source_schemas={name: schema_message(kind.model.node()) for name, kind in provider.data_sources.items()},
        list_resource_schemas={
            name: schema_message(kind.list_config.node())
            for name, kind in provider.resources.items()
            if issubclass(kind, ListableResource)
        },
        action_schemas={
            name: pb.ActionSchema(schema=schema_message(kind.model.node())) for name, kind in provider.actions.items()
        },
        functions={name: function_message(kind) for name, kind in provider.functions.items()},
        server_capabilities=CAPABILITIES,
    )


def get_resource_identity_schemas(
    session: Session, _request: pb.GetResourceIdentitySchemas.Request, _context: RpcContext
) -> pb.GetResourceIdentitySchemas.Response:
    """Answer GetResourceIdentitySchemas."""
    kinds = session.provider.resources.items()
    return pb.GetResourceIdentitySchemas.Response(
        identity_schemas={name: identity_schema_message(kind.identity.node()) for name, kind in kinds}
    )


def validate_provider_config(
    session: Session, request: pb.ValidateProviderConfig.Request, _context: RpcContext
) -> pb.ValidateProviderConfig.Response:
    """Answer ValidateProviderConfig."""
    model, diagnostics = session.provider.model, Diagnostics()
    config = object_of(request.config, model.node())
    if config is not None:
        validate_values(model.node(), config, diagnostics)
        if not diagnostics.has_errors:
            session.provider.validate(model.from_raw(config), diagnostics)
    return pb.ValidateProviderConfig.Response(diagnostics=diagnostic_messages(diagnostics))


def configure_provider(
    session: Session, request: pb.ConfigureProvider.Request, context: RpcContext
) -> pb.ConfigureProvider.Response:
    """Answer ConfigureProvider; nothing is connected yet."""
    model = session.provider.model
    diagnostics = Diagnostics(known=frozenset(model.shapes()))
    config = object_of(request.config, model.node())
    block = model.from_raw(config) if config is not None else model.nothing()
    with diagnostics.catching():
        session.configure(context, session.provider.configure(block, diagnostics, context.cancellation))
    return pb.ConfigureProvider.Response(diagnostics=diagnostic_messages(diagnostics))
